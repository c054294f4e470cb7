"""Who has the floor of a session, who waits for it, and what was decided there."""

import secrets
from typing import Any

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from i18nfield.fields import I18nCharField

from conferences.models import Delegation
from sessions.floor.clock import Clock
from sessions.programme.models import Session

LONGEST_NAME = 200  # characters, of a function too
LONGEST_REASON = 300


def new_screen_key() -> int:
    """A number of 18 digits (60 bits): nobody guesses it, and it is a number as names of topics have them."""
    return 10**17 + secrets.randbelow(9 * 10**17)


class Speakers(models.TextChoices):
    """Who may ask for the floor of a session."""

    DELEGATIONS = "delegations", _("Those who may speak for a delegation")
    PARTICIPANTS = "participants", _("Everybody who may enter and is signed in")


# The rules of a floor that are numbers, and within what each is sensible: times in seconds, then how many.
BOUNDS: dict[str, tuple[int, int]] = {
    "comment_seconds": (15, 3600),
    "first_reply_seconds": (15, 3600),
    "second_reply_seconds": (15, 3600),
    "most_replies": (0, 2),
    "point_seconds": (15, 600),
    "handover_seconds": (0, 600),
    "grace_seconds": (0, 300),
    "longest_list": (1, 300),
}


def _bounded(name: str, words: Any, default: int) -> "models.PositiveSmallIntegerField[int, int]":
    least, most = BOUNDS[name]
    return models.PositiveSmallIntegerField(
        words, default=default, validators=[MinValueValidator(least), MaxValueValidator(most)]
    )


class Floor(models.Model):
    """A session's floor. Its row is the lock for all that happens on it."""

    session = models.OneToOneField(Session, on_delete=models.CASCADE, primary_key=True, related_name="floor")
    # Whether comments and questions are taken onto the list. Points of order always are, replies while it is on.
    list_is_open = models.BooleanField(_("the list is open"), default=False)
    speakers = models.CharField(_("who may ask for the floor"), max_length=20, choices=Speakers)
    # Raised by every move at the desk, so that a press on an older page changes nothing.
    rev = models.PositiveIntegerField(default=0)
    moved_at = models.DateTimeField(default=timezone.now)
    # One desk at a time. Whoever may chair can take it, and everybody at a desk sees who did.
    desk_holder = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    desk_since = models.DateTimeField(null=True, blank=True)
    # A dry run on copies of the turns, which goes without a trace.
    rehearsed_since = models.DateTimeField(null=True, blank=True)
    # Who has it sees what the big screen shows, without signing in. It is part of the screen's address.
    screen_key = models.PositiveBigIntegerField(default=new_screen_key, editable=False)

    # The rules of this floor. Times in seconds.
    comment_seconds = _bounded("comment_seconds", _("for a comment or question"), 90)
    first_reply_seconds = _bounded("first_reply_seconds", _("for a first right of reply"), 180)
    second_reply_seconds = _bounded("second_reply_seconds", _("for a second right of reply"), 120)
    # Of one delegation in the session.
    most_replies = _bounded("most_replies", _("rights of reply of a delegation, at most"), 2)
    point_seconds = _bounded("point_seconds", _("for a point of order"), 60)
    handover_seconds = _bounded("handover_seconds", _("between two speakers"), 30)
    grace_seconds = _bounded("grace_seconds", _("grace before the chair is asked to cut"), 15)
    longest_list = _bounded("longest_list", _("most on the list"), 60)
    # On: comments on a statement are heard at the end of its block. Off: right behind it.
    remarks_wait = models.BooleanField(_("comments wait for the end of the block"), default=False)
    # Off: the chair cuts. On: the clock does, after the grace.
    cuts_by_itself = models.BooleanField(_("cut by itself after the grace"), default=False)

    class Meta:
        verbose_name = _("floor")
        verbose_name_plural = _("floors")
        constraints = [
            models.CheckConstraint(
                condition=Q(
                    *((f"{name}__gte", least) for name, (least, _most) in BOUNDS.items()),
                    *((f"{name}__lte", most) for name, (_least, most) in BOUNDS.items()),
                ),
                name="the_rules_of_a_floor_are_sensible",
            )
        ]

    def __str__(self) -> str:
        return f"{self.session_id}: {'open' if self.list_is_open else 'closed'}"

    @property
    def is_rehearsed(self) -> bool:
        return self.rehearsed_since is not None


class Kind(models.TextChoices):
    """What somebody has the floor for. A statement is put on the list by the programme, not by asking."""

    STATEMENT = "statement", _("Statement")
    COMMENT = "comment", _("Comment")
    QUESTION = "question", _("Question")
    REPLY = "right_of_reply", _("Right of reply")


# What can be asked for from the page.
ASKED_FOR = (Kind.COMMENT, Kind.QUESTION, Kind.REPLY)


class Mode(models.TextChoices):
    """How it is said."""

    ROOM = "live_room", _("Live in the room")
    REMOTE = "live_remote", _("Live, from elsewhere")
    RECORDED = "video", _("Recorded")
    WRITTEN = "written", _("In writing")


class State(models.TextChoices):
    INSCRIBED = "inscribed", _("On the list")
    READY = "ready", _("Ready")
    CALLED = "called", _("Called")
    SPEAKING = "speaking", _("Speaking")
    PAUSED = "paused", _("Clock stopped")
    INTERRUPTED = "interrupted", _("Interrupted")
    COMPLETED = "completed", _("Delivered")
    CUT = "cut", _("Cut at the end of the time")
    DEFERRED = "deferred", _("Not present: called again later")
    PUT_OFF = "put_off", _("Put off: called again later")
    FILED = "filed", _("Filed, not delivered")
    FORFEITED = "forfeited", _("Not delivered")
    WITHDRAWN = "withdrawn", _("Withdrawn")


MOVES: dict[State, frozenset[State]] = {
    State.INSCRIBED: frozenset({State.READY, State.CALLED, State.FILED, State.WITHDRAWN}),
    State.READY: frozenset({State.INSCRIBED, State.CALLED, State.FILED, State.WITHDRAWN}),
    # A call is taken back to where its turn was; whoever is not there is deferred once, then filed or forfeited.
    State.CALLED: frozenset(
        {State.SPEAKING, State.INSCRIBED, State.READY, State.DEFERRED, State.PUT_OFF, State.FILED, State.FORFEITED}
    ),
    State.SPEAKING: frozenset({State.PAUSED, State.INTERRUPTED, State.COMPLETED, State.CUT}),
    State.PAUSED: frozenset({State.SPEAKING, State.INTERRUPTED, State.COMPLETED, State.CUT}),
    # A film or a link failed: whoever it was is there, and is heard later.
    State.INTERRUPTED: frozenset({State.SPEAKING, State.FILED, State.PUT_OFF}),
    State.DEFERRED: frozenset({State.CALLED, State.FILED, State.FORFEITED, State.WITHDRAWN}),
    State.PUT_OFF: frozenset({State.CALLED, State.FILED, State.WITHDRAWN}),
    State.COMPLETED: frozenset(),
    State.CUT: frozenset(),
    State.FILED: frozenset(),
    State.FORFEITED: frozenset(),
    State.WITHDRAWN: frozenset(),
}
# One of a floor at most.
HOLDING = (State.CALLED, State.SPEAKING, State.PAUSED, State.INTERRUPTED)
# What can still be called.
WAITING = (State.INSCRIBED, State.READY, State.DEFERRED, State.PUT_OFF)
OPEN = (*WAITING, *HOLDING)
DONE = (State.COMPLETED, State.CUT, State.FILED, State.FORFEITED, State.WITHDRAWN)


class StoppedBy(models.TextChoices):
    """Why a clock stands that has run: what started it decides what may let it go on."""

    DESK = "desk", _("by the chair")
    POINT = "point", _("by a point of order")
    SUSPENSION = "suspension", _("because the meeting is suspended")


class Turn(models.Model):
    """Somebody's turn to speak, from the list to the record. Times are of the server, in UTC."""

    floor = models.ForeignKey(Floor, on_delete=models.CASCADE, related_name="turns")
    kind = models.CharField(max_length=20, choices=Kind)
    mode = models.CharField(max_length=20, choices=Mode, default=Mode.ROOM)
    state = models.CharField(max_length=20, choices=State, default=State.INSCRIBED)
    # In whose name; empty for somebody who speaks in their own.
    delegation = models.ForeignKey(Delegation, on_delete=models.PROTECT, null=True, blank=True, related_name="turns")
    # Who asked for it, or speaks, where they have an account.
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="turns"
    )
    # As it is announced and read out.
    name = models.CharField(_("name"), max_length=LONGEST_NAME, blank=True)
    function = models.CharField(_("function"), max_length=LONGEST_NAME, blank=True)
    theme = I18nCharField(_("theme"), max_length=300, blank=True)
    # The statement that a comment or a reply is about.
    about = models.ForeignKey("self", on_delete=models.SET_NULL, null=True, blank=True, related_name="remarks")

    # Where on the list: whoever is not present goes to the end of their block.
    block = models.PositiveSmallIntegerField(default=0)
    position = models.PositiveIntegerField(default=0)

    # The clock, in milliseconds.
    allotted_ms = models.PositiveIntegerField()
    extended_count = models.PositiveSmallIntegerField(default=0)
    consumed_ms = models.PositiveIntegerField(default=0)
    running_since = models.DateTimeField(null=True, blank=True)
    stopped_by = models.CharField(max_length=20, choices=StoppedBy, blank=True)

    # A written text is at hand: then it is filed where nobody is there to say it.
    can_be_filed = models.BooleanField(default=False)
    absent_count = models.PositiveSmallIntegerField(default=0)
    # What it was when it was called last: a call that is taken back leads there.
    called_from = models.CharField(max_length=20, choices=State, default=State.INSCRIBED)
    inscribed_at = models.DateTimeField(default=timezone.now)
    called_at = models.DateTimeField(null=True, blank=True)
    # When whoever is called answered that they are there. It goes with the call.
    here_at = models.DateTimeField(null=True, blank=True)
    started_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)

    # A copy for a rehearsal, of the turn it stands for (or of none, where it was made in the rehearsal).
    is_rehearsal = models.BooleanField(default=False)
    stands_for = models.ForeignKey("self", on_delete=models.CASCADE, null=True, blank=True, related_name="rehearsals")

    class Meta:
        verbose_name = _("turn")
        verbose_name_plural = _("turns")
        ordering = ["block", "position", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["floor", "is_rehearsal"],
                condition=Q(state__in=["called", "speaking", "paused", "interrupted"]),
                name="one_holder_of_the_floor",
            ),
            models.CheckConstraint(
                condition=(Q(state="speaking") & Q(running_since__isnull=False))
                | (~Q(state="speaking") & Q(running_since__isnull=True)),
                name="the_clock_runs_while_somebody_speaks",
            ),
            models.CheckConstraint(
                condition=Q(stands_for__isnull=True) | Q(is_rehearsal=True), name="only_a_rehearsal_stands_for_a_turn"
            ),
            models.CheckConstraint(
                condition=Q(here_at__isnull=True) | Q(called_at__isnull=False), name="only_who_is_called_answers"
            ),
        ]
        indexes = [models.Index(fields=["floor", "is_rehearsal", "block", "position"], name="turns_in_order")]

    def __str__(self) -> str:
        return f"{self.kind} {self.pk}: {self.state}"

    @property
    def clock(self) -> Clock:
        return Clock(self.allotted_ms, self.consumed_ms, self.running_since)


class Segment(models.Model):
    """A stretch of time in which a turn's clock ran. Together they are what it consumed: `ms` is 0 where a film was
    shown again from its beginning, and the moments stay."""

    turn = models.ForeignKey(Turn, on_delete=models.CASCADE, related_name="segments")
    began_at = models.DateTimeField()
    ended_at = models.DateTimeField()
    ms = models.PositiveIntegerField()

    class Meta:
        ordering = ["began_at", "pk"]

    def __str__(self) -> str:
        return f"{self.turn_id}: {self.ms} ms"


class PointState(models.TextChoices):
    RAISED = "raised", _("Raised")
    RECOGNISED = "recognised", _("Being heard")
    UPHELD = "upheld", _("Upheld")
    REJECTED = "rejected", _("Not upheld")
    NOTED = "noted", _("Noted")
    APPEALED = "appealed", _("Appealed against")
    SUSTAINED = "sustained", _("The ruling stands")
    OVERRULED = "overruled", _("The ruling was overruled")
    WITHDRAWN = "withdrawn", _("Withdrawn")


RULINGS = (PointState.UPHELD, PointState.REJECTED, PointState.NOTED)
ON_APPEAL = (PointState.SUSTAINED, PointState.OVERRULED)
# Against what somebody may appeal.
APPEALABLE = (PointState.UPHELD, PointState.REJECTED)
# On which the chair has to rule: one of a delegation at most.
BEFORE_THE_CHAIR = (PointState.RAISED, PointState.RECOGNISED)
# While one of them is open, no clock runs.
OPEN_POINTS = (*BEFORE_THE_CHAIR, PointState.APPEALED)

POINT_MOVES: dict[PointState, frozenset[PointState]] = {
    PointState.RAISED: frozenset({PointState.RECOGNISED, *RULINGS, PointState.WITHDRAWN}),
    PointState.RECOGNISED: frozenset({*RULINGS, PointState.WITHDRAWN}),
    # Appealed against at once, before anybody else has the floor.
    PointState.UPHELD: frozenset({PointState.APPEALED}),
    PointState.REJECTED: frozenset({PointState.APPEALED}),
    PointState.NOTED: frozenset(),
    PointState.APPEALED: frozenset(ON_APPEAL),
    PointState.SUSTAINED: frozenset(),
    PointState.OVERRULED: frozenset(),
    PointState.WITHDRAWN: frozenset(),
}


class PointOfOrder(models.Model):
    """It stops the clock until the chair has ruled."""

    floor = models.ForeignKey(Floor, on_delete=models.CASCADE, related_name="points")
    delegation = models.ForeignKey(Delegation, on_delete=models.PROTECT, related_name="points_of_order")
    raised_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    state = models.CharField(max_length=20, choices=PointState, default=PointState.RAISED)
    raised_at = models.DateTimeField(default=timezone.now)
    # From here the delegation has so long to say what it is, by the rules as it was raised.
    seconds = models.PositiveSmallIntegerField(default=60)
    recognised_at = models.DateTimeField(null=True, blank=True)
    ruled_at = models.DateTimeField(null=True, blank=True)
    # The chair's words.
    ruling = models.CharField(_("ruling"), max_length=LONGEST_REASON, blank=True)
    appealed_by = models.ForeignKey(Delegation, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    is_rehearsal = models.BooleanField(default=False)

    class Meta:
        verbose_name = _("point of order")
        verbose_name_plural = _("points of order")
        ordering = ["raised_at", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["floor", "delegation", "is_rehearsal"],
                # One that is appealed against is before the meeting: whoever raised it may not keep an appeal away.
                condition=Q(state__in=["raised", "recognised"]),
                name="one_point_of_a_delegation_before_the_chair",
            ),
            models.UniqueConstraint(
                fields=["floor", "is_rehearsal"], condition=Q(state="recognised"), name="one_point_is_heard_at_a_time"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.delegation_id}: {self.state}"


class Phrase(models.TextChoices):
    """What the desk tells a delegation most often. Each reader has it in their own language."""

    COME = "come", _("Please come to the podium.")
    BE_READY = "be_ready", _("You are called soon. Please be ready at your microphone.")
    NOT_HEARD = "not_heard", _("You cannot be heard. Please check your microphone.")
    SLOWER = "slower", _("Please speak more slowly, so that it can be interpreted.")
    TEXT = "text", _("The interpreters need your text. Please hand it in.")
    DESK = "desk", _("Please see the secretariat at its desk.")


class Notice(models.Model):
    """What the desk tells a delegation, and who of the delegation said that they had read it."""

    floor = models.ForeignKey(Floor, on_delete=models.CASCADE, related_name="notices")
    delegation = models.ForeignKey(Delegation, on_delete=models.CASCADE, related_name="notices")
    phrase = models.CharField(max_length=20, choices=Phrase, blank=True)
    # In the words of whoever sent it.
    text = models.CharField(max_length=LONGEST_REASON, blank=True)
    sent_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    sent_at = models.DateTimeField(default=timezone.now)
    acknowledged_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    acknowledged_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("notice")
        verbose_name_plural = _("notices")
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(condition=~Q(phrase="", text=""), name="a_notice_says_something"),
            models.CheckConstraint(
                condition=Q(acknowledged_by__isnull=True) | Q(acknowledged_at__isnull=False),
                name="whoever_acknowledged_did_so_at_a_moment",
            ),
        ]
        indexes = [models.Index(fields=["floor", "delegation", "-id"], name="notices_to_a_delegation")]

    def __str__(self) -> str:
        return f"{self.delegation_id}: {'read' if self.acknowledged_at else 'not read yet'}"


class Minute(models.Model):
    """What was done on the floor, by whom and why. Lines are added and never changed."""

    floor = models.ForeignKey(Floor, on_delete=models.CASCADE, related_name="minutes")
    at = models.DateTimeField()
    # Empty where the clock or the session did it.
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    # The name of the event that told it.
    what = models.CharField(max_length=60)
    turn = models.ForeignKey(Turn, on_delete=models.CASCADE, null=True, blank=True, related_name="minutes")
    point = models.ForeignKey(PointOfOrder, on_delete=models.CASCADE, null=True, blank=True, related_name="minutes")
    # The reason where one has to be given; the words of a ruling. What the site says itself is kept in each language.
    words = I18nCharField(max_length=LONGEST_REASON, blank=True)
    is_rehearsal = models.BooleanField(default=False)

    class Meta:
        verbose_name = _("minute")
        verbose_name_plural = _("minutes")
        ordering = ["pk"]
        indexes = [models.Index(fields=["floor", "is_rehearsal", "id"], name="minutes_in_order")]

    def __str__(self) -> str:
        return f"{self.at:%H:%M:%S} {self.what}"
