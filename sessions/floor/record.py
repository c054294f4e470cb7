"""What remains of a floor: who was called in which order, for how long they had it, and what was decided there.

A record is built of rows that were read before, and holds nothing of a rehearsal. Whoever chairs and the organisers
read in it who acted and what was withdrawn; everybody else reads “the chair”, and of withdrawn turns their number.

All times are UTC in ISO 8601 with milliseconds, all lengths are whole milliseconds, names are by language’s code. The
field names of these structs are the keys of the JSON, which stay.

The hash says in 64 digits how all turns ended up, so that pages can be compared with the rows. Its canonical form is
lines of ASCII, each ended by a line feed: first `sidang.floor/1`, then for each turn that the hall sees, in the order
of the record,

    <place from 1> <id> <state> <consumed_ms> <allotted_ms>

with single spaces between them. In the order of the record come: turns that were called and do not wait, by
`called_at` and then `id`; turns that ended without being called, by `id`; turns that wait, as `order` of the card
`floor` has them. Withdrawn turns and those of a rehearsal are not among them. The hash is SHA-256 of these lines.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from itertools import pairwise
from typing import Any, NamedTuple

import msgspec
from django.db.models import Prefetch

from accounts.models import User
from conferences.models import Membership, Role
from conferences.texts import in_languages
from sessions.floor.clock import EXTENSION_MS
from sessions.floor.live import Named, named, utc, utc_or_none
from sessions.floor.models import WAITING, Floor, Minute, PointOfOrder, Segment, State, Turn
from sessions.floor.queries import points_with_names, turns_of
from sessions.programme.models import Appointment, Duty, Session

CANONICAL = "sidang.floor/1"
DELIVERED = (State.COMPLETED, State.CUT)

# Who did something. Their names are for the chair and the organisers.
BY_CHAIR = "chair"
BY_DELEGATION = "delegation"
BY_CLOCK = "clock"
# The desk’s own housekeeping is no part of the meeting.
UNTOLD = ("floor.opened", "floor.desk_taken", "floor.desk_released", "turn.ready_changed")
# What nobody but the chair can do, also where their account is gone.
CHAIRS_OWN = (
    "turn.called",
    "turn.started",
    "turn.begun_again",
    "turn.extended",
    "turn.interrupted",
    "point.recognised",
    "point.appeal_decided",
)


class Stretch(msgspec.Struct, frozen=True, kw_only=True):
    """A time in which the clock ran (or, between two of them, stood). Its `ms` count, and are 0 of what was shown
    again from the beginning."""

    began_at: str
    ended_at: str
    ms: int


class TurnRecord(msgspec.Struct, frozen=True, kw_only=True):
    """A turn as it went. `consumed_ms` is the sum of its `stretches`; `allotted_ms` includes `extended_ms`.

    `over_ms` and `under_ms` are of what was delivered, and 0 for everything else. `running_since` is there while its
    clock runs; what has run since is not counted yet.
    """

    place: int
    id: int
    kind: str
    mode: str
    state: str
    delegation: Named | None
    name: str
    function: str
    theme: dict[str, str]
    about: int | None
    allotted_ms: int
    extended_count: int
    extended_ms: int
    consumed_ms: int
    over_ms: int
    under_ms: int
    stretches: list[Stretch]
    pauses: list[Stretch]
    absent_count: int
    called_at: str | None
    started_at: str | None
    ended_at: str | None
    running_since: str | None


class PointRecord(msgspec.Struct, frozen=True, kw_only=True):
    """A point of order with its ruling, and what became of an appeal."""

    id: int
    delegation: Named
    state: str
    raised_at: str
    recognised_at: str | None
    ruled_at: str | None
    ruling: str
    appealed_by: Named | None
    appeal: str


class MinuteRecord(msgspec.Struct, frozen=True, kw_only=True):
    """What was done: the name of the event, and the reason or the words of a ruling.

    Its words are by language’s code; somebody’s own, of which no language is known, stand under "en". `by` is "chair",
    "delegation" or "clock"; `by_name` is "" for everybody but the chair and the organisers.
    """

    at: str
    what: str
    by: str
    by_name: str
    turn: int | None
    point: int | None
    words: dict[str, str]


class FloorTotals(msgspec.Struct, frozen=True, kw_only=True):
    """How many turns ended how, and the time of those that were delivered. `withdrawn` are not among `turns`.

    Neither `over_ms` nor `under_ms` is set off against the other.
    """

    turns: int
    delivered: int
    cut: int
    filed: int
    forfeited: int
    not_reached: int
    withdrawn: int
    points_of_order: int
    allotted_ms: int
    extended_ms: int
    consumed_ms: int
    over_ms: int
    under_ms: int


class FloorRecord(msgspec.Struct, frozen=True, kw_only=True):
    """All of a floor. `turns` are in the order of the record, withdrawn ones behind them."""

    speakers: str
    grace_ms: int
    turns: list[TurnRecord]
    points: list[PointRecord]
    minutes: list[MinuteRecord]
    totals: FloorTotals
    hash: str

    def turn(self, turn_id: int | None) -> TurnRecord | None:
        return next((turn for turn in self.turns if turn.id == turn_id), None)

    @property
    def reorders(self) -> list[MinuteRecord]:
        """Changes of the order, each with its reason."""
        return [minute for minute in self.minutes if minute.what == "floor.reordered"]


# From rows


@dataclass(frozen=True, slots=True)
class Rows:
    """What a record is made of. `turns` are in the order of the list with their segments, `chairs` the ids of those
    who may chair."""

    floor: Floor
    turns: Sequence[Turn]
    points: Sequence[PointOfOrder]
    minutes: Sequence[Minute]
    chairs: Collection[int]


def rows_of(floor: Floor) -> Rows:
    """In five queries; nothing of a rehearsal."""
    turns = turns_of(floor.pk).prefetch_related(Prefetch("segments", Segment.objects.order_by("began_at", "pk")))
    points = points_with_names().filter(floor_id=floor.pk, is_rehearsal=False).order_by("raised_at", "pk")
    minutes = Minute.objects.select_related("by").filter(floor_id=floor.pk, is_rehearsal=False).order_by("pk")
    return Rows(floor, list(turns), list(points), list(minutes), _chairs(floor.session))


def _chairs(session: Session) -> set[int]:
    appointed = Appointment.objects.filter(session=session, duty=Duty.CHAIR).values_list("user_id", flat=True)
    organising = Membership.objects.filter(conference_id=session.conference_id, role=Role.ORGANISER)
    return {*appointed, *organising.values_list("user_id", flat=True)}


def record_of(rows: Rows, *, with_names: bool, also_hidden: Collection[int] = frozenset()) -> FloorRecord:
    """`with_names` for the chair and the organisers: who acted, and what was withdrawn. `also_hidden` from everybody
    else are the minutes, by their keys, that stand with one turn and tell of another, withdrawn one."""
    seen = in_order([turn for turn in rows.turns if turn.state != State.WITHDRAWN])
    withdrawn = [turn for turn in rows.turns if turn.state == State.WITHDRAWN]
    kept = [*seen, *withdrawn] if with_names else seen
    hidden = set() if with_names else {turn.pk for turn in withdrawn}
    turns = [_turn(place, turn) for place, turn in enumerate(kept, start=1)]
    minutes = [each for each in rows.minutes if each.what not in UNTOLD and each.turn_id not in hidden]
    if not with_names:
        minutes = [each for each in minutes if each.pk not in also_hidden]
    return FloorRecord(
        speakers=rows.floor.speakers,
        grace_ms=rows.floor.grace_seconds * 1000,
        turns=turns,
        points=[_point(point, rows.minutes) for point in rows.points],
        minutes=[_minute(minute, rows.chairs, with_names=with_names) for minute in minutes],
        totals=_totals(turns, withdrawn=len(withdrawn), points=len(rows.points)),
        hash=_hashed(_line_of(turn) for turn in seen),
    )


def in_order(turns: Sequence[Turn]) -> list[Turn]:
    """Turns that are in the order of the list, in that of the record; as `_cards_in_order` puts cards."""
    waiting = [turn for turn in turns if turn.state in WAITING]
    called = [turn for turn in turns if turn.state not in WAITING and turn.called_at is not None]
    uncalled = [turn for turn in turns if turn.state not in WAITING and turn.called_at is None]
    called.sort(key=lambda turn: (utc_or_none(turn.called_at), turn.pk))
    uncalled.sort(key=lambda turn: turn.pk)
    return [*called, *uncalled, *waiting]


def _turn(place: int, turn: Turn) -> TurnRecord:
    stretches = [
        Stretch(began_at=utc(each.began_at), ended_at=utc(each.ended_at), ms=each.ms) for each in turn.segments.all()
    ]
    left = turn.allotted_ms - turn.consumed_ms if turn.state in DELIVERED else 0
    return TurnRecord(
        place=place,
        id=turn.pk,
        kind=turn.kind,
        mode=turn.mode,
        state=turn.state,
        delegation=named(turn.delegation) if turn.delegation else None,
        name=turn.name,
        function=turn.function,
        theme=in_languages(turn.theme),
        about=turn.about_id,
        allotted_ms=turn.allotted_ms,
        extended_count=turn.extended_count,
        extended_ms=turn.extended_count * EXTENSION_MS,
        consumed_ms=turn.consumed_ms,
        over_ms=max(0, -left),
        under_ms=max(0, left),
        stretches=stretches,
        pauses=list(_between(list(turn.segments.all()))),
        absent_count=turn.absent_count,
        called_at=utc_or_none(turn.called_at),
        started_at=utc_or_none(turn.started_at),
        ended_at=utc_or_none(turn.ended_at),
        running_since=utc_or_none(turn.running_since),
    )


def _between(segments: Sequence[Segment]) -> Iterator[Stretch]:
    for before, after in pairwise(segments):
        ms = int((after.began_at - before.ended_at).total_seconds() * 1000)
        yield Stretch(began_at=utc(before.ended_at), ended_at=utc(after.began_at), ms=ms)


def _point(point: PointOfOrder, minutes: Iterable[Minute]) -> PointRecord:
    decided = [str(each.words) for each in minutes if each.point_id == point.pk and each.what == "point.appeal_decided"]
    return PointRecord(
        id=point.pk,
        delegation=named(point.delegation),
        state=point.state,
        raised_at=utc(point.raised_at),
        recognised_at=utc_or_none(point.recognised_at),
        ruled_at=utc_or_none(point.ruled_at),
        ruling=point.ruling,
        appealed_by=named(point.appealed_by) if point.appealed_by else None,
        appeal=decided[-1] if decided else "",
    )


def _minute(minute: Minute, chairs: Collection[int], *, with_names: bool) -> MinuteRecord:
    by: User | None = minute.by
    if minute.what in CHAIRS_OWN or (by is not None and by.pk in chairs):
        acted = BY_CHAIR
    else:
        acted = BY_CLOCK if by is None else BY_DELEGATION
    return MinuteRecord(
        at=utc(minute.at),
        what=minute.what,
        by=acted,
        by_name=str(by) if by is not None and with_names else "",
        turn=minute.turn_id,
        point=minute.point_id,
        words=in_languages(minute.words),
    )


def _totals(turns: Sequence[TurnRecord], *, withdrawn: int, points: int) -> FloorTotals:
    states = Counter(turn.state for turn in turns if turn.state != State.WITHDRAWN)
    delivered = [turn for turn in turns if turn.state in DELIVERED]
    return FloorTotals(
        turns=states.total(),
        delivered=len(delivered),
        cut=states[State.CUT],
        filed=states[State.FILED],
        forfeited=states[State.FORFEITED],
        not_reached=sum(states[state] for state in WAITING),
        withdrawn=withdrawn,
        points_of_order=points,
        allotted_ms=sum(turn.allotted_ms for turn in delivered),
        extended_ms=sum(turn.extended_ms for turn in delivered),
        consumed_ms=sum(turn.consumed_ms for turn in delivered),
        over_ms=sum(turn.over_ms for turn in delivered),
        under_ms=sum(turn.under_ms for turn in delivered),
    )


# The hash


class _Line(NamedTuple):
    id: int
    state: str
    consumed_ms: int
    allotted_ms: int


def hash_of_rows(session_id: int, *, among: Collection[int] | None = None) -> str:
    """The hash of a session’s floor; with `among`, of these turns alone: a snapshot holds so many cards at most."""
    turns = in_order(list(turns_of(session_id).exclude(state=State.WITHDRAWN)))
    return _hashed(_line_of(turn) for turn in turns if among is None or turn.pk in among)


def hash_of_cards(cards: Mapping[str, Mapping[str, Any]]) -> str:
    """The same from the cards that a page holds of `session.<id>.speakers`."""
    return _hashed(
        _Line(card["id"], card["state"], card["clock"]["consumed_ms"], card["clock"]["allotted_ms"])
        for card in _cards_in_order(cards)
    )


def _cards_in_order(cards: Mapping[str, Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    turns = {card["id"]: card for key, card in cards.items() if key.startswith("turn.")}
    order = cards["floor"]["order"] if "floor" in cards else []
    waiting = [turns.pop(turn_id) for turn_id in order if turn_id in turns]
    called = sorted((card["called_at"], card["id"]) for card in turns.values() if card["called_at"])
    uncalled = sorted(card["id"] for card in turns.values() if not card["called_at"])
    return [*(turns[turn_id] for _at, turn_id in called), *(turns[turn_id] for turn_id in uncalled), *waiting]


def _line_of(turn: Turn) -> _Line:
    return _Line(turn.pk, turn.state, turn.consumed_ms, turn.allotted_ms)


def _hashed(lines: Iterable[_Line]) -> str:
    told = [CANONICAL, *(" ".join(map(str, (place, *line))) for place, line in enumerate(lines, start=1))]
    return sha256("".join(f"{line}\n" for line in told).encode("ascii")).hexdigest()
