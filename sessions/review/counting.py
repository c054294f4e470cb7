"""What became of all who were invited to speak: counted from the states of their slots, without a database.

Reports of past reviews confuse these numbers: 21 delegations invited, 20 that attended, 19 that delivered. So each slot
is exactly one of delivered, filed, absent and not reached, and who attended is counted beside that.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple


class Outcome(StrEnum):
    """What became of a slot."""

    DELIVERED = "delivered"
    FILED = "filed"
    ABSENT = "absent"
    NOT_REACHED = "not_reached"


class Course(NamedTuple):
    """A slot: its state, whether its delegation attended, and its times in milliseconds."""

    state: str
    attended: bool
    allotted_ms: int
    consumed_ms: int


# Those whose turn has not come.
WAITING = frozenset({"inscribed", "ready", "deferred", "put_off"})
# Those whose turn it is: it may have been broken off by a link that failed, and be taken up again.
HAVING_THE_FLOOR = frozenset({"called", "speaking", "paused", "interrupted"})
ENDED = frozenset({"completed", "cut", "filed", "forfeited", "withdrawn"})


def outcome_of(course: Course) -> Outcome:
    """What became of a slot so far.

    A statement that was begun and then cut counts as delivered. One that was published without being delivered is
    filed, whether or not its delegation attended. Absent is who forfeited or withdrew, or was called in vain and was
    never seen; who was not called is not reached, seen or not. Raises ValueError for a state that there is not.
    """
    state = course.state
    if state not in WAITING | HAVING_THE_FLOOR | ENDED:
        raise ValueError(f"there is no such state: {state}")
    if state == "completed" or (state == "cut" and course.consumed_ms > 0):
        return Outcome.DELIVERED
    if state == "filed":
        return Outcome.FILED
    if state in {"forfeited", "withdrawn"}:
        return Outcome.ABSENT
    if state == "deferred" and not course.attended:
        return Outcome.ABSENT
    return Outcome.NOT_REACHED


@dataclass(frozen=True)
class Tally:
    """How many slots became what, and the time of those that were delivered, in milliseconds.

    `invited` is the sum of the four outcomes. `under_ms` is what speakers left of their time, `over_ms` by how much
    others exceeded theirs; neither is set off against the other.
    """

    invited: int
    attended: int
    delivered: int
    filed: int
    absent: int
    not_reached: int
    allotted_ms: int
    consumed_ms: int
    under_ms: int
    over_ms: int


def tallied(slots: Iterable[Course]) -> Tally:
    """The numbers of a review as it stands. Raises ValueError for a state that there is not."""
    courses = list(slots)
    outcomes = [outcome_of(course) for course in courses]
    became = Counter(outcomes)
    delivered = [course for course, outcome in zip(courses, outcomes, strict=True) if outcome is Outcome.DELIVERED]
    left = [course.allotted_ms - course.consumed_ms for course in delivered]
    return Tally(
        invited=len(courses),
        attended=sum(course.attended for course in courses),
        delivered=became[Outcome.DELIVERED],
        filed=became[Outcome.FILED],
        absent=became[Outcome.ABSENT],
        not_reached=became[Outcome.NOT_REACHED],
        allotted_ms=sum(course.allotted_ms for course in delivered),
        consumed_ms=sum(course.consumed_ms for course in delivered),
        under_ms=sum(max(each, 0) for each in left),
        over_ms=sum(max(-each, 0) for each in left),
    )
