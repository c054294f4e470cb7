"""How long each statement of a review may take. All lengths are whole milliseconds; it asks no database.

A slot takes a hand-over (the chair calls, the camera turns) and then its statement, so N slots have N hand-overs.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from outbox.errors import Refusal

STEP_MS = 5_000
MOST_MS = 300_000
LEAST_MS = 60_000


class Kind(models.TextChoices):
    """As what a delegation speaks, where the two are allotted different times."""

    MEMBER = "member", _("member")
    OBSERVER = "observer", _("observer")


class TooManyError(Refusal):
    """There are more slots than fit into the time; `fit` is how many would, 0 where not even one does."""

    code = "too_many"

    def __init__(self, fit: int) -> None:
        super().__init__(
            ngettext(
                "The time is enough for %(number)s statement at most. Give more time, or fewer delegations the floor.",
                "The time is enough for %(number)s statements at most. Give more time, or fewer delegations the floor.",
                fit,
            )
            % {"number": fit}
        )
        self.fit = fit


# What each slot is allotted


@dataclass(frozen=True)
class Fixed:
    """The same time for each, whatever it adds up to."""

    each_ms: int


@dataclass(frozen=True)
class ByKind:
    """One time for members and one for observers, by the Kind."""

    each_ms: Mapping[str, int]


@dataclass(frozen=True)
class Divided:
    """A budget in equal parts."""

    budget_ms: int
    handover_ms: int
    step_ms: int = STEP_MS
    most_ms: int = MOST_MS
    least_ms: int = LEAST_MS


Policy = Fixed | ByKind | Divided


@dataclass(frozen=True)
class Division:
    """A budget divided: what each slot is allotted, and what that makes together."""

    allotted_ms: int
    slots: int
    handover_ms: int
    budget_ms: int

    @property
    def total_ms(self) -> int:
        return self.slots * (self.allotted_ms + self.handover_ms)

    @property
    def spare_ms(self) -> int:
        return self.budget_ms - self.total_ms


def divide(
    budget_ms: int,
    slots: int,
    handover_ms: int,
    *,
    step_ms: int = STEP_MS,
    most_ms: int = MOST_MS,
    least_ms: int = LEAST_MS,
) -> Division:
    """The budget in equal parts, each rounded down to a whole step and at most `most_ms`.

    Raises TooManyError where the part would be below `least_ms`, ValueError for numbers that make no sense.
    """
    shortest = -(-least_ms // step_ms) * step_ms if step_ms > 0 else 0
    longest = most_ms // step_ms * step_ms if step_ms > 0 else 0
    if slots < 1 or budget_ms < 0 or handover_ms < 0 or least_ms < 1 or not 0 < shortest <= longest:
        raise ValueError(f"{budget_ms} ms cannot be divided by {slots} in steps of {step_ms} ms")
    part = (budget_ms - slots * handover_ms) // slots // step_ms * step_ms
    if part < shortest:
        raise TooManyError(fit=budget_ms // (shortest + handover_ms))
    return Division(min(part, longest), slots, handover_ms, budget_ms)


def fixed(slots: int, each_ms: int) -> list[int]:
    """The same time for each slot."""
    return [each_ms] * slots


def by_kind(kinds: Sequence[str], each_ms: Mapping[str, int]) -> list[int]:
    """The time of each slot's Kind. Raises LookupError for a kind without one."""
    return [each_ms[kind] for kind in kinds]


def allotments(policy: Policy, slots: Sequence[str]) -> list[int]:
    """What each slot is allotted, in their order; `slots` are their Kinds.

    Raises TooManyError where a budget is too small for so many.
    """
    match policy:
        case Fixed(each_ms):
            return fixed(len(slots), each_ms)
        case ByKind(of_kind):
            return by_kind(slots, of_kind)
        case Divided(budget_ms, handover_ms, step_ms, most_ms, least_ms):
            if not slots:
                return []
            division = divide(budget_ms, len(slots), handover_ms, step_ms=step_ms, most_ms=most_ms, least_ms=least_ms)
            return fixed(len(slots), division.allotted_ms)


# The plan


@dataclass(frozen=True)
class Plan:
    """What a review’s statements and their hand-overs take of the time there is."""

    allotted_ms: tuple[int, ...]
    handover_ms: int
    budget_ms: int

    @property
    def total_ms(self) -> int:
        return sum(self.allotted_ms) + len(self.allotted_ms) * self.handover_ms

    @property
    def spare_ms(self) -> int:
        """What the budget leaves; negative by how much the plan exceeds it."""
        return self.budget_ms - self.total_ms


def planned(policy: Policy, slots: Sequence[str], *, budget_ms: int, handover_ms: int) -> Plan:
    """The plan for these slots, by their Kinds. Raises as `allotments`."""
    return Plan(tuple(allotments(policy, slots)), handover_ms, budget_ms)
