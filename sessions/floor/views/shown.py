"""The floor as pages show it. Templates get this and never the rows."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from django.utils import timezone

from sessions.floor.clock import Clock
from sessions.floor.live import key_of, point_key, points_shown, turns_shown
from sessions.floor.models import (
    APPEALABLE,
    DONE,
    OPEN_POINTS,
    WAITING,
    Floor,
    Kind,
    Mode,
    PointOfOrder,
    PointState,
    State,
    StoppedBy,
    Turn,
)
from sessions.floor.queries import course_of


@dataclass(frozen=True, kw_only=True)
class ShownTurn:
    """`place` is 1 for whoever is called next; times are UTC; `clock` holds milliseconds."""

    id: int
    key: str
    kind: str
    kind_words: str
    mode: str
    mode_words: str
    state: str
    state_words: str
    delegation_id: int | None
    delegation: str
    country: str
    name: str
    function: str
    theme: str
    about: int | None
    clock: Clock
    extended_count: int
    stopped_by: str
    stopped_words: str
    absent_count: int
    can_be_filed: bool
    inscribed_at: datetime
    called_at: datetime | None = None
    here_at: datetime | None = None
    place: int | None = None
    expected_at: datetime | None = None

    @property
    def who(self) -> str:
        """In whose name they speak: the delegation, else the person."""
        return self.delegation or self.name


@dataclass(frozen=True, kw_only=True)
class ShownPoint:
    id: int
    key: str
    state: str
    state_words: str
    is_open: bool
    delegation: str
    country: str
    raised_at: datetime
    recognised_at: datetime | None
    seconds: int
    ruling: str
    appealed_by: str
    # An appeal is made against a ruling at once: until somebody is called.
    is_beyond_appeal: bool = True


@dataclass(frozen=True, kw_only=True)
class ShownFloor:
    """How it stands: who has the floor, who waits in which order, who is done, and points of order (the open ones as
    they were raised, then those that are over, the last one first)."""

    list_is_open: bool
    holder: ShownTurn | None
    waiting: Sequence[ShownTurn]
    done: Sequence[ShownTurn]
    points: Sequence[ShownPoint]
    # When all will have been heard, by the time as it is now (UTC).
    through_at: datetime | None = None

    @property
    def next_three(self) -> Sequence[ShownTurn]:
        return self.waiting[:3]

    @property
    def open_point(self) -> ShownPoint | None:
        """The one that was raised first of those that are open."""
        return next((point for point in self.points if point.is_open), None)


# What a page's script fills in for each turn that comes later.
BLANK = ShownTurn(
    id=0,
    key="",
    kind="",
    kind_words="",
    mode="",
    mode_words="",
    state="",
    state_words="",
    delegation_id=None,
    delegation="",
    country="",
    name="",
    function="",
    theme="",
    about=None,
    clock=Clock(0),
    extended_count=0,
    stopped_by="",
    stopped_words="",
    absent_count=0,
    can_be_filed=False,
    inscribed_at=datetime(2000, 1, 1, tzinfo=UTC),
)


def shown_floor(floor: Floor, *, rehearsal: bool = False, even_after: bool = False) -> ShownFloor:
    """Of a floor that was never used too. In the language that is active now. `even_after` as `course_of` has it."""
    if floor._state.adding:
        return ShownFloor(list_is_open=False, holder=None, waiting=(), done=(), points=())
    course = course_of(floor, rehearsal=rehearsal, even_after=even_after)
    waiting = [
        shown_turn(turn, place=place, expected_at=course.expected_at(turn.pk))
        for place, turn in enumerate(course.waiting, start=1)
    ]
    turns = turns_shown(floor.pk, rehearsal=rehearsal)
    done = [shown_turn(turn) for turn in turns if turn.state in DONE]
    called_at = max((turn.called_at for turn in turns if turn.called_at is not None), default=None)
    return ShownFloor(
        list_is_open=floor.list_is_open,
        holder=shown_turn(course.holder) if course.holder else None,
        waiting=waiting,
        done=done,
        points=[shown_point(point, called_at) for point in points_shown(floor.pk, rehearsal=rehearsal)],
        through_at=course.through_from(timezone.now()),
    )


def shown_turn(turn: Turn, *, place: int | None = None, expected_at: datetime | None = None) -> ShownTurn:
    return ShownTurn(
        id=turn.pk,
        key=key_of(turn),
        kind=turn.kind,
        # get_FOO_display hashes all choices, in translation, each time.
        kind_words=str(Kind(turn.kind).label),
        mode=turn.mode,
        mode_words=str(Mode(turn.mode).label),
        state=turn.state,
        state_words=str(State(turn.state).label),
        delegation_id=turn.delegation_id,
        delegation=str(turn.delegation.name) if turn.delegation else "",
        country=str(turn.delegation.country) if turn.delegation else "",
        name=turn.name,
        function=turn.function,
        theme=str(turn.theme or ""),
        about=turn.about_id,
        clock=turn.clock,
        extended_count=turn.extended_count,
        stopped_by=turn.stopped_by,
        stopped_words=str(StoppedBy(turn.stopped_by).label) if turn.stopped_by else "",
        absent_count=turn.absent_count,
        can_be_filed=turn.can_be_filed,
        inscribed_at=turn.inscribed_at,
        called_at=turn.called_at,
        here_at=turn.here_at,
        place=place if turn.state in WAITING else None,
        expected_at=expected_at,
    )


def shown_point(point: PointOfOrder, called_at: datetime | None) -> ShownPoint:
    """`called_at` is when somebody was called last."""
    at_once = point.ruled_at is not None and (called_at is None or called_at <= point.ruled_at)
    return ShownPoint(
        id=point.pk,
        key=point_key(point),
        state=point.state,
        state_words=str(PointState(point.state).label),
        is_open=point.state in OPEN_POINTS,
        delegation=str(point.delegation.name),
        country=str(point.delegation.country),
        raised_at=point.raised_at,
        recognised_at=point.recognised_at,
        seconds=point.seconds,
        ruling=point.ruling,
        appealed_by=str(point.appealed_by.name) if point.appealed_by else "",
        is_beyond_appeal=not at_once or point.state not in APPEALABLE,
    )
