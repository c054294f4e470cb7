"""Time allotted against time used, a bar for each who spoke: numbers for a drawing that is stretched to its width.

Each bar lies in a drawing of 100 wide and 10 high. Numbers are texts, since a language that writes 12,5 must not write
it into a path. Where the page runs from right to left, so do the bars.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from sessions.floor.models import Kind
from sessions.floor.record import DELIVERED, FloorRecord, TurnRecord
from sessions.review.told import Who, length, who_of

# In seconds: the finest step of them with which the scale has no more than so many.
STEPS = (15, 30, 60, 120, 300, 600, 1200, 1800, 3600)
MOST_STEPS = 6


@dataclass(frozen=True, slots=True)
class Span:
    """From where, and how wide."""

    x: str
    width: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """`used` ends at the time allotted, `over` begins there; None where nobody spoke that long."""

    who: Who
    allotted: Span
    used: Span | None
    over: Span | None
    allotted_words: str
    used_words: str
    over_words: str
    left_words: str


@dataclass(frozen=True, slots=True)
class Tick:
    """`place` is a percentage of the width from the left."""

    place: str
    label: str
    anchor: str


@dataclass(frozen=True, slots=True)
class Bars:
    bars: list[Bar]
    ticks: list[Tick]


@dataclass(slots=True)
class _Time:
    who: Who
    allotted_ms: int = 0
    used_ms: int = 0


def bars_of(floor: FloorRecord, *, statements_alone: bool, mirrored: bool = False) -> Bars | None:
    """What each was allotted and used; None where nobody spoke. In a review (`statements_alone`) comments and replies
    are left out, elsewhere the turns of one delegation or person are put together."""
    turns = [turn for turn in floor.turns if turn.allotted_ms and turn.state in DELIVERED]
    if statements_alone:
        turns = [turn for turn in turns if turn.kind == Kind.STATEMENT]
    times = _together(turns)
    if not times:
        return None
    longest = max(max(time.allotted_ms, time.used_ms) for time in times)
    step = next((step * 1000 for step in STEPS if longest <= step * 1000 * MOST_STEPS), STEPS[-1] * 1000)
    whole = -(-longest // step) * step
    return Bars([_bar(time, whole, mirrored) for time in times], _ticks(whole, step, mirrored))


def _together(turns: Sequence[TurnRecord]) -> list[_Time]:
    times: dict[int | str, _Time] = {}
    for turn in turns:
        key = turn.delegation.id if turn.delegation else turn.name
        time = times.setdefault(key, _Time(who_of(turn.delegation, turn.name)))
        time.allotted_ms += turn.allotted_ms
        time.used_ms += turn.consumed_ms
    return list(times.values())


def _bar(time: _Time, whole: int, mirrored: bool) -> Bar:
    within, over = min(time.used_ms, time.allotted_ms), max(0, time.used_ms - time.allotted_ms)
    left = time.allotted_ms - within
    return Bar(
        who=time.who,
        allotted=_span(0, time.allotted_ms, whole, mirrored),
        used=_span(0, within, whole, mirrored) if within else None,
        over=_span(time.allotted_ms, over, whole, mirrored) if over else None,
        allotted_words=length(time.allotted_ms),
        used_words=length(time.used_ms),
        over_words=length(over) if over else "",
        left_words=length(left) if left else "",
    )


def _span(begins: int, wide: int, whole: int, mirrored: bool) -> Span:
    x = whole - begins - wide if mirrored else begins
    return Span(f"{100 * x / whole:.2f}", f"{100 * wide / whole:.2f}")


def _ticks(whole: int, step: int, mirrored: bool) -> list[Tick]:
    ticks = []
    for at in range(0, whole + 1, step):
        share = 100 - 100 * at / whole if mirrored else 100 * at / whole
        anchor = "start" if share < 4 else "end" if share > 96 else "middle"
        ticks.append(Tick(f"{share:.2f}", length(at), anchor))
    return ticks
