"""What the floor shows to everybody, read once for a whole hall."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import msgspec
from django.db.models import Count, Max
from django.utils import timezone
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language

from outbox.kept import kept
from outbox.reading import Standing, snapshot
from sessions.floor.clock import Clock
from sessions.floor.live import HALL
from sessions.floor.models import (
    BEFORE_THE_CHAIR,
    OPEN,
    OPEN_POINTS,
    WAITING,
    Floor,
    Kind,
    PointOfOrder,
    PointState,
    State,
    Turn,
)
from sessions.floor.queries import floor_of, is_over, open_points_of
from sessions.floor.views.shown import ShownFloor, ShownPoint, shown_floor
from sessions.floor.views.words import holding_words
from sessions.programme.models import Session


@dataclass(frozen=True, slots=True)
class OpenTurn:
    """Whose turn it is: of somebody’s delegation, or their own; and the statement that it is on, if any."""

    id: int
    kind: str
    state: str
    delegation_id: int | None
    person_id: int | None
    about_id: int | None


OPEN_FACTS = ("pk", "kind", "state", "delegation_id", "person_id", "about_id")


@dataclass(frozen=True, slots=True)
class HallNow:
    """`replies`: how many rights of reply each delegation has had, by its id; `open_points`: whose points of order are
    before the chair, by the delegation’s id; `ruled`: the one that was ruled on since somebody was called last;
    `cards`: what a page’s script begins with, as JSON."""

    floor: Floor
    shown: ShownFloor
    open_turns: Sequence[OpenTurn]
    replies: Mapping[int, int]
    open_points: Mapping[int, int]
    ruled: int | None
    cards: SafeString

    @property
    def is_used(self) -> bool:
        """Whether there is anything of it to see."""
        shown = self.shown
        return bool(shown.list_is_open or shown.holder or shown.waiting or shown.done or shown.points)

    @property
    def state_of_holder(self) -> str:
        return holding_words(self.shown.holder) if self.shown.holder else ""

    @property
    def left_ms(self) -> int:
        """Of the holder’s clock, now."""
        return self.shown.holder.clock.remaining_at(timezone.now()) if self.shown.holder else 0

    @property
    def grace_ms(self) -> int:
        return self.floor.grace_seconds * 1000

    @property
    def open_point(self) -> ShownPoint | None:
        """The point of order that is being heard, else the first that waits for it."""
        heard = (point for point in self.shown.points if point.state == PointState.RECOGNISED)
        return next(heard, self.shown.open_point)

    @property
    def point_clock(self) -> Clock | None:
        """Of the point of order that is being heard."""
        point = self.open_point
        if point is None or point.state != PointState.RECOGNISED:
            return None
        return Clock(point.seconds * 1000, 0, point.recognised_at)

    @property
    def point_left_ms(self) -> int:
        clock = self.point_clock
        return clock.remaining_at(timezone.now()) if clock else 0

    @property
    def asked_count(self) -> int:
        """How many wait that asked for it, against `Floor.longest_list`."""
        return sum(1 for turn in self.open_turns if turn.state in WAITING and turn.kind != Kind.STATEMENT)


def hall_now(session: Session, topic: str, standing: Standing) -> HallNow:
    """In the active language. `standing` is that of `topic`, the hall’s or the big screen’s, read before this is
    called."""
    return kept(f"{topic} in {get_language()}", session.pk, standing, lambda: _read(session))


def _read(session: Session) -> HallNow:
    floor = floor_of(session)
    turns = Turn.objects.filter(floor_id=session.pk, is_rehearsal=False).exclude(state=State.WITHDRAWN).order_by()
    replies = turns.filter(kind=Kind.REPLY, delegation__isnull=False).values_list("delegation")
    open_turns = turns.filter(state__in=() if is_over(floor) else OPEN).order_by("block", "position", "pk")
    before_the_chair = open_points_of(session.pk).filter(state__in=BEFORE_THE_CHAIR)
    return HallNow(
        floor=floor,
        shown=shown_floor(floor),
        open_turns=[OpenTurn(*row) for row in open_turns.values_list(*OPEN_FACTS)],
        replies=dict(replies.annotate(Count("pk"))),
        open_points=dict(before_the_chair.values_list("delegation_id", "pk")),
        ruled=_ruled_just_now(session.pk),
        cards=_in_a_page(snapshot(HALL.name(session_id=session.pk)).cards),
    )


def _in_a_page(cards: Mapping[str, object]) -> SafeString:
    """JSON that stands in a page's <script>, which ends at the first "</" of whatever kind."""
    text = msgspec.json.encode(cards).decode()
    return mark_safe(text.translate({ord(sign): f"\\u{ord(sign):04x}" for sign in "<>&"}))  # noqa: S308  just escaped


def _ruled_just_now(floor_id: int) -> int | None:
    """The point of order whose ruling is news: an appeal against it would be made at once."""
    points = PointOfOrder.objects.filter(floor_id=floor_id, is_rehearsal=False, ruled_at__isnull=False)
    last = points.exclude(state__in=OPEN_POINTS).order_by("-ruled_at", "-pk").first()
    if last is None or last.ruled_at is None:
        return None
    called = Turn.objects.filter(floor_id=floor_id, is_rehearsal=False).aggregate(last=Max("called_at"))["last"]
    return last.pk if called is None or called <= last.ruled_at else None
