"""What workers and the scheduler do with mails."""

from celery import shared_task
from django.utils import timezone

from mail.actions import deliver, forget_old_mails
from mail.models import OutgoingMail, State

# The scheduler asks every 15 s: what is left over is for the next round, or for another worker.
AT_ONCE = 100


@shared_task
def send_mail(*, mail_id: int) -> None:
    deliver(mail_id)


@shared_task
def send_waiting() -> None:
    """Sends what no worker was woken for: a broker that was away, a retry that is due, a worker that died."""
    due = OutgoingMail.objects.filter(state=State.WAITING, next_try_at__lte=timezone.now())
    for mail_id in list(due.order_by("next_try_at").values_list("pk", flat=True)[:AT_ONCE]):
        deliver(mail_id)
    forget_old_mails()
