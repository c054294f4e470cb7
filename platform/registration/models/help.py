"""Who needs help, where, and what was answered."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from conferences.models import Conference


class TicketState(models.TextChoices):
    OPEN = "open", _("open")
    TAKEN = "taken", _("somebody is at it")
    CLOSED = "closed", _("closed")


# From which state a ticket may come to which. One that is closed is opened again by further words on it.
TICKET_MOVES: dict[TicketState, tuple[TicketState, ...]] = {
    TicketState.OPEN: (TicketState.TAKEN, TicketState.CLOSED),
    TicketState.TAKEN: (TicketState.TAKEN, TicketState.CLOSED),
    TicketState.CLOSED: (TicketState.OPEN, TicketState.TAKEN),
}


class Ticket(models.Model):
    """Somebody needs help, with what their page knows of the place and the link."""

    conference = models.ForeignKey(Conference, on_delete=models.CASCADE, related_name="tickets", null=True, blank=True)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="tickets", null=True, blank=True
    )
    # By which a browser that is not signed in finds its ticket again.
    key = models.UUIDField(unique=True)
    name = models.CharField(_("name"), max_length=200, blank=True)
    page = models.CharField(_("page"), max_length=500, blank=True)
    browser = models.CharField(_("browser"), max_length=300, blank=True)
    # What the page knows: rtt_ms, way (socket, stream or asking), online, lost, language, screen.
    link = models.JSONField(default=dict, blank=True)
    # Where in the venue, as its person said.
    place = models.CharField(_("where you are"), max_length=200, blank=True)
    state = models.CharField(_("state"), max_length=10, choices=TicketState, default=TicketState.OPEN)
    taken_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, related_name="+", null=True, blank=True
    )
    made_at = models.DateTimeField(auto_now_add=True)
    closed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("ticket")
        verbose_name_plural = _("tickets")
        ordering = ["pk"]
        indexes = [models.Index(fields=["conference", "state"], name="tickets_by_state")]

    def __str__(self) -> str:
        return f"#{self.pk}"


class Message(models.Model):
    """What was said on a ticket: by its person, or by the desk."""

    ticket = models.ForeignKey(Ticket, on_delete=models.CASCADE, related_name="messages")
    key = models.UUIDField(unique=True)
    words = models.TextField(_("message"), max_length=4000)
    # None for the ticket's own person who is not signed in.
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, related_name="+", null=True, blank=True)
    is_of_desk = models.BooleanField(default=False)
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("message")
        verbose_name_plural = _("messages")
        ordering = ["pk"]

    def __str__(self) -> str:
        return self.words[:50]
