"""The arithmetic of presence: spans of time laid together, counted and added up. It asks no database.

A span is a pair of aware datetimes, its beginning and its end; both belong to it.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

Span = tuple[datetime, datetime]

MINUTE = timedelta(minutes=1)


def so_far(from_at: datetime, to_at: datetime, *, is_open: bool, now: datetime) -> Span:
    """What a row of the ledger says at `now`: one that is open lasts until then."""
    return from_at, max(to_at, now) if is_open else to_at


def merged(spans: Iterable[Span], within: Span) -> list[Span]:
    """What the spans cover of `within`, in order and each moment once. One of no length stays: somebody was there."""
    begins, ends = within
    clipped = sorted((max(from_at, begins), min(to_at, ends)) for from_at, to_at in spans)
    laid: list[Span] = []
    for from_at, to_at in clipped:
        if from_at > to_at:  # wholly outside
            continue
        if laid and from_at <= laid[-1][1]:
            laid[-1] = laid[-1][0], max(laid[-1][1], to_at)
        else:
            laid.append((from_at, to_at))
    return laid


def whole_minutes(laid: Iterable[Span]) -> int:
    """The length of merged spans together, to the nearest minute, half a minute counting as one."""
    together = sum((to_at - from_at for from_at, to_at in laid), timedelta())
    return (together + MINUTE / 2) // MINUTE


def present_at(moments: Iterable[datetime], people: Iterable[Sequence[Span]]) -> list[int]:
    """How many people are present at each of the moments; `people` are each one's merged spans."""
    laid = [span for spans in people for span in spans]
    begun = sorted(from_at for from_at, _ in laid)
    ended = sorted(to_at for _, to_at in laid)
    return [bisect_right(begun, moment) - bisect_left(ended, moment) for moment in moments]


def moments_between(begins: datetime, ends: datetime, at_most: int) -> list[datetime]:
    """Moments a whole number of minutes apart, the two ends among them, at most so many (three or more)."""
    step = MINUTE
    if (minutes := (ends - begins) / MINUTE) > at_most - 2:
        step = MINUTE * -int(-minutes // (at_most - 2))
    moments = [begins]
    while moments[-1] + step < ends:
        moments.append(moments[-1] + step)
    return [*moments, ends] if ends > begins else moments
