"""The mails that wait, went or failed."""

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class State(models.TextChoices):
    WAITING = "waiting", _("waiting")
    SENT = "sent", _("sent")
    FAILED = "failed", _("failed")


class OutgoingMail(models.Model):
    """One message to its recipients.

    While a worker holds it the row stays `waiting`, with `next_try_at` moved ahead: if the worker dies, the mail is
    due again by itself. Outside the demonstration the words are dropped as soon as the mail is sent, since they may
    hold a code; who was written to, about what and when is kept for a month.
    """

    to = models.JSONField(_("to"))
    # Told to the mail server and to nobody else.
    bcc = models.JSONField(_("blind copies"), default=list, blank=True)
    from_address = models.CharField(_("from"), max_length=320)
    subject = models.CharField(_("subject"), max_length=500)
    text = models.TextField(_("text"), blank=True)
    html = models.TextField(_("text as HTML"), blank=True)
    # Cc, Reply-To and whatever else the sender set.
    headers = models.JSONField(_("headers"), default=dict, blank=True)
    # Texts such as a calendar's entry: [{"name": "conference.ics", "type": "text/calendar", "text": "..."}]. What asks
    # for permission is never here, but on a page that the mail leads to.
    attachments = models.JSONField(_("attachments"), default=list, blank=True)
    # By which a mail server that gives it back names it, without the angle brackets.
    message_id = models.CharField(max_length=255, blank=True, editable=False)
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.WAITING)
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    last_error = models.CharField(_("last error"), max_length=500, blank=True)
    made_at = models.DateTimeField(_("made"), default=timezone.now, editable=False)
    next_try_at = models.DateTimeField(_("next try"), default=timezone.now)
    sent_at = models.DateTimeField(_("sent"), null=True, blank=True)
    # When it came back from the reader's mail server, and what that said.
    bounced_at = models.DateTimeField(_("came back"), null=True, blank=True)
    bounce_words = models.CharField(_("why it came back"), max_length=500, blank=True)

    class Meta:
        verbose_name = _("outgoing mail")
        verbose_name_plural = _("outgoing mails")
        ordering = ["-pk"]
        indexes = [
            models.Index(fields=["next_try_at"], name="mail_waiting", condition=Q(state="waiting")),
            models.Index(fields=["made_at"], name="mail_by_age"),
            models.Index(fields=["message_id"], name="mail_by_message_id", condition=~Q(message_id="")),
            models.Index(
                fields=["to"], name="mail_not_arrived", condition=Q(state="failed") | Q(bounced_at__isnull=False)
            ),
        ]

    def __str__(self) -> str:
        return self.subject
