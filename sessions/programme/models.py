"""Rooms, conference sessions, and who does what in them."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from i18nfield.fields import I18nCharField, I18nTextField

from conferences.models import Conference, Delegation


class Room(models.Model):
    conference = models.ForeignKey(Conference, on_delete=models.CASCADE, related_name="rooms")
    name = I18nCharField(_("name"), max_length=120)
    position = models.PositiveSmallIntegerField(_("order"), default=0)
    # Its name in the conference file it came from, so that loading the file again finds it. Empty for one made by hand.
    key = models.SlugField(max_length=60, blank=True, editable=False)

    class Meta:
        verbose_name = _("room")
        verbose_name_plural = _("rooms")
        ordering = ["position", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["conference", "key"], condition=~Q(key=""), name="room_once_in_a_file"),
        ]

    def __str__(self) -> str:
        return str(self.name)


class Format(models.TextChoices):
    OPENING = "opening", _("Opening")
    PANEL = "panel", _("Panel")
    COUNTRIES_REVIEW = "countries_review", _("Countries’ review")
    CLOSING = "closing", _("Closing")


class Access(models.TextChoices):
    """Who may enter. The one rule that reads it is `rules.may_enter`."""

    PUBLIC = "public", _("Open to the public")
    REGISTERED = "registered", _("For registered participants")
    DELEGATIONS = "delegations", _("For delegations only")
    CLOSED = "closed", _("Closed: only its own staff and speakers")


class State(models.TextChoices):
    SCHEDULED = "scheduled", _("Scheduled")
    LIVE = "live", _("Live")
    SUSPENDED = "suspended", _("Suspended")
    ENDED = "ended", _("Ended")


# What is on: people are in the room, whether somebody speaks or not.
ON = (State.LIVE, State.SUSPENDED)

# Which moves there are; who may make them is in rules.py.
MOVES: dict[State, frozenset[State]] = {
    State.SCHEDULED: frozenset({State.LIVE}),
    State.LIVE: frozenset({State.SUSPENDED, State.ENDED}),
    State.SUSPENDED: frozenset({State.LIVE, State.ENDED}),
    # Within half an hour, by an organiser, with a reason.
    State.ENDED: frozenset({State.LIVE}),
}


class Session(models.Model):
    """One item of the programme. Times are UTC in the database, shown in the conference's zone and the reader's."""

    conference = models.ForeignKey(Conference, on_delete=models.CASCADE, related_name="sessions")
    room = models.ForeignKey(Room, on_delete=models.PROTECT, related_name="sessions", verbose_name=_("room"))
    format = models.CharField(_("format"), max_length=30, choices=Format, default=Format.PANEL)
    title = I18nCharField(_("title"), max_length=300)
    about = I18nTextField(_("about"), blank=True)
    starts_at = models.DateTimeField(_("starts"))
    ends_at = models.DateTimeField(_("ends"))
    access = models.CharField(_("access"), max_length=20, choices=Access, default=Access.REGISTERED)
    state = models.CharField(max_length=20, choices=State, default=State.SCHEDULED, editable=False)
    went_live_at = models.DateTimeField(null=True, editable=False)
    ended_at = models.DateTimeField(null=True, editable=False)
    # Why an organiser opened it again after its end.
    reopened_because = models.CharField(max_length=200, blank=True, editable=False)
    # As of rooms.
    key = models.SlugField(max_length=60, blank=True, editable=False)

    class Meta:
        verbose_name = _("session")
        verbose_name_plural = _("sessions")
        ordering = ["starts_at", "room__position", "pk"]
        constraints = [
            models.CheckConstraint(condition=Q(ends_at__gt=F("starts_at")), name="session_ends_after_it_starts"),
            models.UniqueConstraint(fields=["conference", "key"], condition=~Q(key=""), name="session_once_in_a_file"),
        ]
        indexes = [models.Index(fields=["conference", "starts_at"], name="programme_in_order")]

    def __str__(self) -> str:
        return str(self.title)

    def get_absolute_url(self) -> str:
        return reverse("programme:session", args=[self.conference.slug, self.pk])


class Speaker(models.Model):
    """Who is announced for a session, with or without an account."""

    session = models.ForeignKey(Session, on_delete=models.CASCADE, related_name="speakers")
    name = models.CharField(_("name"), max_length=200)
    # Translators: what somebody is, such as minister or professor; not the title of a session.
    title = models.CharField(pgettext_lazy("of a person", "title"), max_length=200, blank=True)
    delegation = models.ForeignKey(
        Delegation, on_delete=models.SET_NULL, null=True, blank=True, verbose_name=_("delegation")
    )
    position = models.PositiveSmallIntegerField(_("order"), default=0)

    class Meta:
        verbose_name = _("speaker")
        verbose_name_plural = _("speakers")
        ordering = ["position", "pk"]

    def __str__(self) -> str:
        return self.name


class Duty(models.TextChoices):
    """What somebody does in one session."""

    CHAIR = "chair", _("chair")
    MODERATOR = "moderator", _("moderator")
    PANELLIST = "panellist", _("panellist")
    INTERPRETER = "interpreter", _("interpreter")


class Appointment(models.Model):
    """A person's duty in a session. One person may have several."""

    session = models.ForeignKey(Session, on_delete=models.CASCADE, related_name="appointments")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="appointments")
    duty = models.CharField(_("duty"), max_length=20, choices=Duty)
    made_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("appointment")
        verbose_name_plural = _("appointments")
        constraints = [models.UniqueConstraint(fields=["session", "user", "duty"], name="duty_once_a_session")]

    def __str__(self) -> str:
        return f"{self.user}: {self.duty}"
