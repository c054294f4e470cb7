"""What happens by itself in the programme."""

from celery import shared_task
from django.conf import settings
from django.utils import timezone

from conferences.models import Conference
from sessions.programme.conference_files.reading import plan_at
from sessions.programme.loading import load_conference, shift_to_now


@shared_task
def keep_demonstration_on() -> None:
    """Moves a demonstration's day to now once it is over, so that its panels are on whenever somebody looks."""
    if not settings.DEMO:
        return
    now = timezone.now()
    for conference in Conference.objects.filter(shifted_by__isnull=False, closes_at__lt=now):
        plan = plan_at(conference.slug)
        load_conference(plan, shift=shift_to_now(plan, now))
