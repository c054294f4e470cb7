"""What each audience sees of the floor as it changes: the hall, the chair’s desk, the big screen.

The hall sees who speaks and who comes next. The desk also sees who holds it, what was typed for it alone, and the
rehearsal; nothing of a rehearsal enters another topic.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any

import msgspec
from django.db.models import Case, IntegerField, Value, When

from accounts.models import User
from conferences.models import Delegation
from conferences.rules import Person
from conferences.texts import in_languages
from outbox.reading import SNAPSHOT_CARDS
from outbox.registry import Placement, TopicKind, register_announcer, register_topic
from sessions.floor.models import HOLDING, OPEN_POINTS, WAITING, Floor, PointOfOrder, PointState, State, Turn
from sessions.floor.queries import (
    Course,
    course_of,
    is_over,
    open_points_of,
    points_with_names,
    turns_of,
    turns_with_names,
    with_holder,
)
from sessions.floor.rules import may_open_screen
from sessions.floor.script import script_of
from sessions.programme.queries import may_in
from sessions.programme.rules import may_chair, may_enter
from web.moments import machine

POINTS_SHOWN = 5


class Named(msgspec.Struct, frozen=True, kw_only=True):
    """A delegation: `name` by language’s code; `country` is an ISO code, or "" for an organisation."""

    id: int
    name: dict[str, str]
    country: str


class ClockCard(msgspec.Struct, frozen=True, kw_only=True):
    """Remaining = allotted − consumed − (now − running_since). Times in UTC, ISO 8601 with milliseconds."""

    allotted_ms: int
    consumed_ms: int
    running_since: str | None


class FloorCard(msgspec.Struct, frozen=True, kw_only=True):
    """How the list stands. `order`: ids of the turns that wait, the next one first; `expected`: when the first of
    them can expect the floor, by id. `point` is the point of order that is open."""

    list_is_open: bool
    speakers: str
    holder: int | None
    order: list[int]
    expected: dict[str, str]
    point: int | None
    grace_ms: int
    longest_list: int
    most_replies: int


class TurnCard(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody’s turn, as the hall sees it."""

    id: int
    kind: str
    mode: str
    state: str
    delegation: Named | None
    name: str
    function: str
    theme: dict[str, str]
    about: int | None
    clock: ClockCard
    extended_count: int
    stopped_by: str
    called_at: str | None
    here_at: str | None


class PointCard(msgspec.Struct, frozen=True, kw_only=True):
    """A point of order, and how it was ruled on."""

    id: int
    delegation: Named
    state: str
    raised_at: str
    recognised_at: str | None
    ruled_at: str | None
    ruling: str
    appealed_by: Named | None
    seconds: int


class DeskCard(FloorCard, frozen=True, kw_only=True):
    """The same with what the desk needs to act on it. `script`: what to read out, by language’s code; `free_at` and
    `through_at`: when whoever has the floor is done, and when all on the list are, if everybody takes their time."""

    rev: int
    desk_holder: int | None
    desk_holder_name: str
    desk_since: str | None
    is_rehearsed: bool
    script: dict[str, list[str]]
    free_at: str
    through_at: str | None


class DeskTurnCard(TurnCard, frozen=True, kw_only=True):
    """A turn as the desk sees it."""

    can_be_filed: bool
    absent_count: int
    inscribed_at: str


def key_of(turn: Turn) -> str:
    return f"turn.{turn.pk}"


def point_key(point: PointOfOrder) -> str:
    return f"point.{point.pk}"


def named(delegation: Delegation) -> Named:
    return Named(id=delegation.pk, name=in_languages(delegation.name), country=str(delegation.country))


def utc(moment: datetime) -> str:
    """ISO 8601 in UTC with milliseconds, as pages read it."""
    return machine(moment, precise=True)


def utc_or_none(moment: datetime | None) -> str | None:
    return None if moment is None else utc(moment)


def clock_card(turn: Turn) -> ClockCard:
    return ClockCard(
        allotted_ms=turn.allotted_ms,
        consumed_ms=turn.consumed_ms,
        running_since=utc_or_none(turn.running_since),
    )


def turn_card(turn: Turn) -> TurnCard | None:
    """What the hall sees; nothing of a turn that was withdrawn."""
    if turn.is_rehearsal or turn.state == State.WITHDRAWN:
        return None
    return TurnCard(**_of_turn(turn))


def desk_turn_card(turn: Turn, *, is_rehearsed: bool) -> DeskTurnCard | None:
    """What the desk sees: in a rehearsal its turns, else those of the session."""
    if turn.is_rehearsal != is_rehearsed or turn.state == State.WITHDRAWN:
        return None
    return DeskTurnCard(
        **_of_turn(turn),
        can_be_filed=turn.can_be_filed,
        absent_count=turn.absent_count,
        inscribed_at=utc(turn.inscribed_at),
    )


def _of_turn(turn: Turn) -> dict[str, Any]:
    """What hall and desk see of it."""
    return {
        "id": turn.pk,
        "kind": turn.kind,
        "mode": turn.mode,
        "state": turn.state,
        "delegation": named(turn.delegation) if turn.delegation else None,
        "name": turn.name,
        "function": turn.function,
        "theme": in_languages(turn.theme),
        "about": turn.about_id,
        "clock": clock_card(turn),
        "extended_count": turn.extended_count,
        "stopped_by": turn.stopped_by,
        "called_at": utc_or_none(turn.called_at),
        "here_at": utc_or_none(turn.here_at),
    }


def point_card(point: PointOfOrder) -> PointCard:
    return PointCard(
        id=point.pk,
        delegation=named(point.delegation),
        state=point.state,
        raised_at=utc(point.raised_at),
        recognised_at=utc_or_none(point.recognised_at),
        ruled_at=utc_or_none(point.ruled_at),
        ruling=point.ruling,
        appealed_by=named(point.appealed_by) if point.appealed_by else None,
        seconds=point.seconds,
    )


def floor_card(floor: Floor, course: Course, point: PointOfOrder | None) -> FloorCard:
    return FloorCard(**_of_floor(floor, course, point))


def desk_card(floor: Floor, course: Course, point: PointOfOrder | None) -> DeskCard:
    holder: User | None = floor.desk_holder
    return DeskCard(
        **_of_floor(floor, course, point),
        rev=floor.rev,
        desk_holder=holder.pk if holder else None,
        desk_holder_name=str(holder) if holder else "",
        desk_since=utc_or_none(floor.desk_since),
        is_rehearsed=floor.is_rehearsed,
        script=script_of(floor, course, point),
        free_at=utc(course.free_at),
        through_at=utc_or_none(course.through_at),
    )


def _of_floor(floor: Floor, course: Course, point: PointOfOrder | None) -> dict[str, Any]:
    """What hall and desk see of it, each of its own course."""
    return {
        "list_is_open": floor.list_is_open,
        "speakers": floor.speakers,
        "holder": course.holder.pk if course.holder else None,
        "order": [turn.pk for turn in course.waiting],
        "expected": _expected(course),
        "point": point.pk if point else None,
        "grace_ms": floor.grace_seconds * 1000,
        "longest_list": floor.longest_list,
        "most_replies": floor.most_replies,
    }


def _expected(course: Course) -> dict[str, str]:
    return {str(turn.pk): utc(at) for turn, at in zip(course.waiting, course.expected, strict=False)}


# Who may follow


def _may_follow_hall(user: Person, session_id: int) -> bool:
    return may_in(user, session_id, may_enter)


def _may_follow_desk(user: Person, session_id: int) -> bool:
    return may_in(user, session_id, may_chair)


def _may_follow_screen(user: Person, session_id: int, key: int) -> bool:
    floor = Floor.objects.filter(session_id=session_id).first()
    return floor is not None and may_open_screen(key, floor)


# What is there now


def turns_shown(floor_id: int, *, rehearsal: bool = False) -> list[Turn]:
    """What a snapshot holds, the most important first: the holder, who comes next, who spoke last."""
    importance = Case(
        When(state__in=HOLDING, then=Value(0)),
        When(state__in=WAITING, then=Value(1)),
        default=Value(2),
        output_field=IntegerField(),
    )
    shown = turns_of(floor_id, rehearsal=rehearsal).exclude(state=State.WITHDRAWN)
    return list(shown.order_by(importance, "block", "position", "pk")[: SNAPSHOT_CARDS - POINTS_SHOWN - 1])


def points_shown(floor_id: int, *, rehearsal: bool = False, most: int = POINTS_SHOWN) -> list[PointOfOrder]:
    """What pages hold of them: the open ones, the first one raised first (where there are too many, who is heard and
    who is next), then the last ones that are over."""
    is_open = list(open_points_of(floor_id, rehearsal=rehearsal))
    heard_or_next = sorted(is_open, key=lambda point: point.state != PointState.RECOGNISED)[:most]
    points = points_with_names().filter(floor_id=floor_id, is_rehearsal=rehearsal)
    over = points.exclude(state__in=OPEN_POINTS).order_by("-raised_at", "-pk")
    return [*(point for point in is_open if point in heard_or_next), *over[: most - len(heard_or_next)]]


def _hall_now(session_id: int) -> Iterator[tuple[str, FloorCard | TurnCard | PointCard]]:
    floor = with_holder().filter(pk=session_id).first()
    if floor is None:
        return
    yield "floor", _cards_of(floor)[0]
    for point in points_shown(session_id):
        yield point_key(point), point_card(point)
    for turn in turns_shown(session_id):
        if card := turn_card(turn):
            yield key_of(turn), card


def _screen_now(session_id: int, key: int) -> Iterator[tuple[str, FloorCard | TurnCard | PointCard]]:
    if Floor.objects.filter(pk=session_id, screen_key=key).exists():
        yield from _hall_now(session_id)


def _desk_now(session_id: int) -> Iterator[tuple[str, DeskCard | DeskTurnCard | PointCard]]:
    floor = with_holder().filter(pk=session_id).first()
    if floor is None:
        return
    yield "floor", _cards_of(floor)[1]
    for point in points_shown(session_id, rehearsal=floor.is_rehearsed):
        yield point_key(point), point_card(point)
    for turn in turns_shown(session_id, rehearsal=floor.is_rehearsed):
        if card := desk_turn_card(turn, is_rehearsed=floor.is_rehearsed):
            yield key_of(turn), card


HALL = TopicKind(
    pattern="session.{session_id}.speakers",
    cards=(FloorCard, TurnCard, PointCard),
    may_follow=_may_follow_hall,
    snapshot=_hall_now,
)
DESK = TopicKind(
    pattern="session.{session_id}.chair",
    cards=(DeskCard, DeskTurnCard, PointCard),
    may_follow=_may_follow_desk,
    snapshot=_desk_now,
)
# The big screen signs in to nothing: its topic's name holds the key that its address holds.
SCREEN = TopicKind(
    pattern="screen.{session_id}.{key}",
    cards=(FloorCard, TurnCard, PointCard),
    may_follow=_may_follow_screen,
    snapshot=_screen_now,
)

FLOOR_EVENTS = (
    "floor.opened",
    "floor.list_opened",
    "floor.list_closed",
    "floor.rules_changed",
    "floor.desk_taken",
    "floor.desk_released",
    "floor.moved",
    "floor.reordered",
    "floor.screen_renewed",
)
TURN_EVENTS = (
    "turn.inscribed",
    "turn.ready_changed",
    "turn.called",
    "turn.answered",
    "turn.call_taken_back",
    "turn.started",
    "turn.paused",
    "turn.resumed",
    "turn.begun_again",
    "turn.extended",
    "turn.interrupted",
    "turn.ended",
    "turn.cut",
    "turn.not_present",
    "turn.put_off",
    "turn.filed",
    "turn.forfeited",
    "turn.withdrawn",
    "turn.changed",
    "turn.orphaned",
)
POINT_EVENTS = (
    "point.raised",
    "point.recognised",
    "point.ruled",
    "point.appealed",
    "point.appeal_decided",
    "point.withdrawn",
)


def screen_topic(floor: Floor) -> str:
    return SCREEN.name(session_id=floor.pk, key=floor.screen_key)


def _turn_placements(turn: Turn) -> Iterable[Placement]:
    floor, key = turn.floor, key_of(turn)
    yield Placement(DESK.name(session_id=floor.pk), key, desk_turn_card(turn, is_rehearsed=floor.is_rehearsed))
    if not turn.is_rehearsal:
        card = turn_card(turn)
        yield Placement(HALL.name(session_id=floor.pk), key, card)
        yield Placement(screen_topic(floor), key, card)


def _point_placements(point: PointOfOrder) -> Iterable[Placement]:
    floor, key = point.floor, point_key(point)
    card = point_card(point) if point in points_shown(floor.pk, rehearsal=point.is_rehearsal) else None
    yield Placement(DESK.name(session_id=floor.pk), key, card if point.is_rehearsal == floor.is_rehearsed else None)
    if not point.is_rehearsal:
        yield Placement(HALL.name(session_id=floor.pk), key, card)
        yield Placement(screen_topic(floor), key, card)


def _cards_of(floor: Floor) -> tuple[FloorCard, DeskCard]:
    """For the hall and for the desk. But in a rehearsal and after the end they tell of the same course, which is read
    once."""
    course, point = course_of(floor), open_points_of(floor.pk).first()
    card = floor_card(floor, course, point)
    if floor.is_rehearsed:
        course = course_of(floor, rehearsal=True, even_after=True)
        point = open_points_of(floor.pk, rehearsal=True).first()
    elif is_over(floor):
        course = course_of(floor, even_after=True)
    return card, desk_card(floor, course, point)


def _floor_topics(floor: Floor) -> Iterable[str]:
    numbers = {"session_id": floor.pk}
    return DESK.name(**numbers), HALL.name(**numbers), screen_topic(floor)


def _floor_placements(floor: Floor) -> Iterable[Placement]:
    card, at_desk = _cards_of(floor)
    yield Placement(DESK.name(session_id=floor.pk), "floor", at_desk)
    yield Placement(HALL.name(session_id=floor.pk), "floor", card)
    yield Placement(screen_topic(floor), "floor", card)


def register() -> None:
    for kind in (HALL, DESK, SCREEN):
        register_topic(kind)
    register_announcer(Floor, _floor_placements, reread=with_holder, events=FLOOR_EVENTS, topics=_floor_topics)
    register_announcer(Turn, _turn_placements, reread=turns_with_names, events=TURN_EVENTS)
    register_announcer(PointOfOrder, _point_placements, reread=points_with_names, events=POINT_EVENTS)
