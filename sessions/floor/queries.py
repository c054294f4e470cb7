"""Reads that pages, topics and actions share."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import QuerySet

from sessions.floor.models import HOLDING, OPEN_POINTS, WAITING, Floor, Notice, PointOfOrder, Speakers, Turn
from sessions.programme.models import Format, Session
from sessions.programme.models import State as SessionState

# Of so many that wait it is told when they can expect the floor: further ahead it would be guessing.
EXPECTED_FOR = 30


def default_speakers(session: Session) -> Speakers:
    """In a panel everybody may raise a hand; elsewhere delegations speak."""
    return Speakers.PARTICIPANTS if session.format == Format.PANEL else Speakers.DELEGATIONS


def floor_of(session: Session) -> Floor:
    """The session's floor; one with the default rules, not saved, where nothing ever happened on it."""
    found = with_holder().filter(session=session).first()
    if found is None:
        return Floor(session=session, speakers=default_speakers(session), moved_at=session.starts_at)
    found.session = session
    return found


def with_holder() -> QuerySet[Floor]:
    return Floor.objects.select_related("session", "desk_holder")


def turns_with_names() -> QuerySet[Turn]:
    """All that a card needs, in one query."""
    return Turn.objects.select_related("delegation", "person", "floor__session")


def points_with_names() -> QuerySet[PointOfOrder]:
    return PointOfOrder.objects.select_related("delegation", "appealed_by", "floor__session")


def notices_with_names() -> QuerySet[Notice]:
    return Notice.objects.select_related("delegation", "sent_by", "acknowledged_by", "floor__session")


def turns_of(floor_id: int, *, rehearsal: bool = False) -> QuerySet[Turn]:
    """In the order of the list. A rehearsal has turns of its own."""
    return turns_with_names().filter(floor_id=floor_id, is_rehearsal=rehearsal).order_by("block", "position", "pk")


def open_points_of(floor_id: int, *, rehearsal: bool = False) -> QuerySet[PointOfOrder]:
    """Points of order that are not ruled on, the first one raised first."""
    points = points_with_names().filter(floor_id=floor_id, is_rehearsal=rehearsal, state__in=OPEN_POINTS)
    return points.order_by("raised_at", "pk")


@dataclass(frozen=True, slots=True)
class Course:
    """How the list stands: who has the floor, who waits in which order, and when each can expect it; when the floor is
    free, and when all will have been heard, None where nobody is to be. Times in UTC, from stored moments only: they
    are told when something changes, and stay until the next change."""

    holder: Turn | None
    waiting: Sequence[Turn]
    expected: Sequence[datetime]
    free_at: datetime
    through_at: datetime | None

    def through_from(self, now: datetime) -> datetime | None:
        """The same as the time goes on: later by as much as the floor is free later than it was to be."""
        if self.through_at is None:
            return None
        free = max(self.free_at, now)
        if self.holder is not None and self.holder.running_since is None:
            free = now + timedelta(milliseconds=max(0, self.holder.clock.remaining_at(now)))
        return self.through_at + max(free - self.free_at, timedelta())

    def place_of(self, turn_id: int) -> int | None:
        """1 for whoever is called next; None for a turn that does not wait."""
        return next((place for place, turn in enumerate(self.waiting, start=1) if turn.pk == turn_id), None)

    def expected_at(self, turn_id: int) -> datetime | None:
        return next((at for turn, at in zip(self.waiting, self.expected, strict=False) if turn.pk == turn_id), None)


def course_of(floor: Floor, *, rehearsal: bool = False, even_after: bool = False) -> Course:
    """Nobody waits once the session is over: `even_after` it are those who were not reached, whose text the desk may
    still file."""
    ordered = Turn.objects.filter(floor=floor, is_rehearsal=rehearsal, state__in=(*WAITING, *HOLDING))
    turns = list(ordered.select_related("delegation").order_by("block", "position", "pk"))
    holder = next((turn for turn in turns if turn.state in HOLDING), None)
    waiting = [turn for turn in turns if turn.state in WAITING and (even_after or not is_over(floor))]
    free_at = _free_from(floor, holder, rehearsal=rehearsal)
    *expected, through_at = _expectations(floor, holder, waiting, free_at)
    is_through = holder is None and not waiting
    return Course(holder, waiting, expected[:EXPECTED_FOR], free_at, None if is_through else through_at)


def _expectations(floor: Floor, holder: Turn | None, waiting: Sequence[Turn], at: datetime) -> Iterator[datetime]:
    """When each of them is called if everybody takes the time they have, and in the end when all were heard; the floor
    is free `at` that moment. What is only filed takes no time, and no hand-over."""
    handover = timedelta(seconds=floor.handover_seconds)
    for place, turn in enumerate(waiting):
        if turn.allotted_ms and (place or holder is not None):
            at += handover
        yield at
        at += timedelta(milliseconds=turn.allotted_ms)
    yield at


def _free_from(floor: Floor, holder: Turn | None, *, rehearsal: bool) -> datetime:
    """The floor’s last move, or the planned beginning of a session that has not begun."""
    has_begun = rehearsal or floor.session.went_live_at is not None
    since = floor.moved_at if has_begun else floor.session.starts_at
    if holder is None:
        return since
    if (runs_out := holder.clock.runs_out_at()) is not None:
        return max(runs_out, since)
    left = max(0, holder.allotted_ms - holder.consumed_ms)
    return since + timedelta(milliseconds=left)


def is_over(floor: Floor) -> bool:
    return floor.session.state == SessionState.ENDED


def is_running(floor: Floor) -> bool:
    """Whether turns can be called: the session is live, or this is a rehearsal."""
    return floor.is_rehearsed or floor.session.state == SessionState.LIVE
