"""Posting a mail, sending it once, giving up with a reason, and forgetting it."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime, timedelta
from email.utils import make_msgid, parseaddr
from functools import partial
from smtplib import SMTPException, SMTPRecipientsRefused, SMTPResponseException

from django.conf import settings
from django.core.mail import EmailMultiAlternatives, get_connection
from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone
from kombu.exceptions import OperationalError

from mail.addresses import as_kept, as_sent
from mail.models import OutgoingMail, State

logger = logging.getLogger(__name__)

# How long a worker may hold a mail. Longer than the connection's own time limit, so that only a dead worker loses it.
LEASE = timedelta(minutes=5)
# Before the second try, the third, and so on; after the last one the mail has failed.
DELAYS = (
    timedelta(seconds=15),
    timedelta(minutes=1),
    timedelta(minutes=5),
    timedelta(minutes=20),
    timedelta(hours=1),
    timedelta(hours=4),
)
KEPT_FOR = timedelta(days=30)
LONGEST_MESSAGE_ID = 255
LONGEST_BOUNCE = 500

_posts_nothing: ContextVar[bool] = ContextVar("posts nothing", default=False)


@contextmanager
def posting_nothing() -> Iterator[None]:
    """Mails that are sent within are dropped: the story of a demonstration is made, and nobody lived through it."""
    token = _posts_nothing.set(True)
    try:
        yield
    finally:
        _posts_nothing.reset(token)


def posts_nothing() -> bool:
    return _posts_nothing.get()


def post(mail: OutgoingMail) -> OutgoingMail:
    """Writes the row in the caller's transaction; a worker is woken after the commit."""
    if not mail.message_id:
        mail.message_id = _message_id(mail)
    mail.save(force_insert=True)
    transaction.on_commit(partial(_wake_a_worker, mail.pk), robust=True)
    return mail


def _message_id(mail: OutgoingMail) -> str:
    """What the mail is called by all servers that pass it on: as its sender wished, or new in the sender's domain."""
    given = next((value for name, value in mail.headers.items() if name.lower() == "message-id"), "")
    domain = parseaddr(mail.from_address)[1].rpartition("@")[2] or "localhost"
    return (given or make_msgid(domain=domain)).strip().strip("<>")[:LONGEST_MESSAGE_ID]


def _wake_a_worker(mail_id: int) -> None:
    from mail.tasks import send_mail  # noqa: PLC0415  tasks call actions

    try:
        # Not tried again: a request does not wait for a broker, and beat looks for waiting mails every 15 s.
        send_mail.apply_async(kwargs={"mail_id": mail_id}, retry=False)
    except (OperationalError, OSError) as error:
        logger.warning("the broker is away, mail %s waits for the scheduler: %s", mail_id, error)


def deliver(mail_id: int) -> bool:
    """Sends the mail if it is due and nobody else holds it. Returns whether it went now.

    The claim is one conditional update, so of two workers one sends. A worker that dies between the mail server's
    yes and our commit has the mail sent again after the lease: no mail is lost, and that is the only way to have two.
    """
    mail = _claim(mail_id)
    if mail is None:
        return False
    try:
        _hand_over(mail)
    except (OSError, SMTPException, ValueError) as error:
        _put_back(mail, error)
        return False
    mail.state, mail.sent_at, mail.last_error = State.SENT, timezone.now(), ""
    if not settings.DEMO:
        mail.text = mail.html = ""
        mail.attachments = []
    mail.save(update_fields=["state", "sent_at", "last_error", "text", "html", "attachments"])
    return True


def _claim(mail_id: int) -> OutgoingMail | None:
    now = timezone.now()
    claimed = OutgoingMail.objects.filter(pk=mail_id, state=State.WAITING, next_try_at__lte=now).update(
        next_try_at=now + LEASE, attempts=F("attempts") + 1
    )
    return OutgoingMail.objects.get(pk=mail_id) if claimed else None


def _hand_over(mail: OutgoingMail) -> None:
    headers = dict(mail.headers)
    if mail.message_id and not any(name.lower() == "message-id" for name in headers):
        headers["Message-ID"] = f"<{mail.message_id}>"
    message = EmailMultiAlternatives(
        mail.subject,
        mail.text,
        mail.from_address,
        [as_sent(address) for address in mail.to],
        bcc=[as_sent(address) for address in mail.bcc],
        headers=headers,
        connection=get_connection(settings.MAIL_DELIVERY_BACKEND),
    )
    if mail.html and mail.text:
        message.attach_alternative(mail.html, "text/html")
    elif mail.html:
        message.body, message.content_subtype = mail.html, "html"
    for file in mail.attachments:
        message.attach(file["name"], file["text"], file["type"])
    message.send()


def _put_back(mail: OutgoingMail, error: Exception) -> None:
    mail.last_error = f"{type(error).__name__}: {error}"[:500]
    if mail.attempts > len(DELAYS) or _is_for_ever(error):
        mail.state = State.FAILED
        logger.warning("mail %s failed after %s attempts: %s", mail.pk, mail.attempts, mail.last_error)
    else:
        mail.next_try_at = timezone.now() + DELAYS[mail.attempts - 1]
    mail.save(update_fields=["last_error", "state", "next_try_at"])


def _is_for_ever(error: Exception) -> bool:
    """Whether the mail server said no rather than not now (RFC 5321: 5yz against 4yz)."""
    if isinstance(error, SMTPRecipientsRefused):
        return all(code >= 500 for code, _ in error.recipients.values())
    # A wrong password of ours answers 535 as well; that is put right by an operator, so it is tried again.
    return isinstance(error, SMTPResponseException) and error.smtp_code in (550, 551, 552, 553, 554)


def try_again(mail_id: int) -> None:
    """Gives a failed mail all its attempts anew. One that waits or went is left alone."""
    with transaction.atomic():
        changed = OutgoingMail.objects.filter(pk=mail_id, state=State.FAILED).update(
            state=State.WAITING, attempts=0, next_try_at=timezone.now()
        )
        if changed:
            transaction.on_commit(partial(_wake_a_worker, mail_id), robust=True)


@transaction.atomic
def record_bounce(*, message_id: str = "", address: str = "", words: str) -> OutgoingMail | None:
    """Notes that a mail came back, and what the reader's mail server said.

    The mail is known by its Message-ID; where that is not repeated, or is another than it left with, the latest mail
    that went to the address alone is meant. Returns it, or None where there is no such mail (any more). A mail that
    came back before keeps its first answer.
    """
    mails = OutgoingMail.objects.select_for_update(no_key=True)
    mail = None
    if message_id := message_id.strip().strip("<>")[:LONGEST_MESSAGE_ID]:
        mail = mails.filter(message_id=message_id).order_by("-pk").first()
    if mail is None and address:
        theirs = Q(to=[address]) | Q(to=[as_kept(address)])
        mail = mails.filter(theirs, state=State.SENT).order_by("-pk").first()
    if mail is None or mail.bounced_at is not None:
        return mail
    mail.bounced_at, mail.bounce_words = timezone.now(), " ".join(words.split())[:LONGEST_BOUNCE]
    mail.save(update_fields=["bounced_at", "bounce_words"])
    logger.warning("mail %s came back: %s", mail.pk, mail.bounce_words)
    return mail


def not_arrived(address: str) -> OutgoingMail | None:
    """The latest mail to this address alone that came back or could not be sent, if any is known."""
    lost = Q(state=State.FAILED) | Q(bounced_at__isnull=False)
    return OutgoingMail.objects.filter(lost, to=[address]).order_by("-pk").first() if address else None


def lost_since(moment: datetime) -> dict[str, str]:
    """Addresses, in small letters, to which a mail made since then did not arrive, with what is known of why."""
    lost = Q(state=State.FAILED) | Q(bounced_at__isnull=False)
    found = OutgoingMail.objects.filter(lost, made_at__gte=moment).order_by("pk")
    return {
        mail.to[0].lower(): mail.bounce_words or mail.last_error
        for mail in found.only("to", "bounce_words", "last_error")
        if len(mail.to) == 1
    }


def forget_old_mails() -> int:
    """Deletes what is done with and older than a month. Returns how many."""
    old = OutgoingMail.objects.filter(made_at__lt=timezone.now() - KEPT_FOR).exclude(state=State.WAITING)
    return old.delete()[0]
