"""In which order delegations are called in a review: by lot, by theme, by precedence, as they asked, or by hand.

Pure functions over entrants. Each gives every entrant's slot exactly once, with the number of its block from 0. Names,
alphabets and ranks are as protocol order has them (`conferences.order`).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import models
from django.utils.translation import gettext_lazy as _

from conferences.models import Delegation
from conferences.order import HostSeat, Order, name_of, ordered
from sessions.review import lot


class OrderPolicy(models.TextChoices):
    LOT_ALPHA = "lot_alpha", _("alphabetical, from the delegation that was drawn")
    THEME_BLOCKS = "theme_blocks", _("by theme, then alphabetical from the delegation that was drawn")
    PRECEDENCE = "precedence", _("by the rank of the speakers, then by the time of the request")
    REQUEST = "request", _("by the time of the request")
    MANUAL = "manual", _("as the secretariat arranged it")


@dataclass(frozen=True)
class Entrant:
    """A slot that wants a place. `rank` is a Rank; who has no theme has neither number nor position of one."""

    slot_id: int
    delegation: Delegation
    theme_id: int | None
    theme_position: int
    rank: int
    requested_at: datetime


# The number of the block from 0, and the slot.
Place = tuple[int, int]


@dataclass(frozen=True, kw_only=True)
class OrderRule:
    """One order of a review. `first` is the number of the delegation that was drawn; None lets the alphabet begin."""

    policy: str
    language: str = "en"
    first: int | None = None
    host: str = HostSeat.AMONG

    def __post_init__(self) -> None:
        if self.policy not in OrderPolicy.values:
            raise ValueError(f"there is no such order: {self.policy}")


def arranged(
    entrants: Sequence[Entrant], rule: OrderRule, *, listed: Iterable[Delegation] | None = None
) -> list[Place]:
    """The entrants by this rule; `listed` as in `lot_alpha`. Raises as the functions below do."""
    match rule.policy:
        case OrderPolicy.LOT_ALPHA:
            return lot_alpha(entrants, language=rule.language, first=rule.first, host=rule.host, listed=listed)
        case OrderPolicy.THEME_BLOCKS:
            return theme_blocks(entrants, language=rule.language, first=rule.first, host=rule.host, listed=listed)
        case OrderPolicy.PRECEDENCE:
            return precedence(entrants, host=rule.host)
        case OrderPolicy.REQUEST:
            return request(entrants, host=rule.host)
        case _:
            return manual(entrants)


def ballot(delegations: Iterable[Delegation], language: str = "en") -> list[tuple[Delegation, str]]:
    """The list that a lot is drawn on: alphabetical by protocol names, each with its line (`lot.line`)."""
    order = Order(language=language)
    return [
        (row, lot.line(str(row.country) or str(row.pk), " ".join(name_of(row, order).split())))
        for row in ordered(delegations, order)
    ]


def lot_alpha(
    entrants: Sequence[Entrant],
    *,
    language: str = "en",
    first: int | None = None,
    host: str = HostSeat.AMONG,
    listed: Iterable[Delegation] | None = None,
) -> list[Place]:
    """One block: the alphabet of protocol names, which begins at the delegation that was drawn and goes on around.

    `listed` are the delegations that the lot was drawn on. Give them where the drawn one may have left since: the
    others then stay where they are. Raises LookupError where `first` is neither listed nor an entrant, ValueError for a
    language without an alphabet.
    """
    return _in_one_block(_alphabetical(entrants, language, first, host, listed))


def theme_blocks(
    entrants: Sequence[Entrant],
    *,
    language: str = "en",
    first: int | None = None,
    host: str = HostSeat.AMONG,
    listed: Iterable[Delegation] | None = None,
) -> list[Place]:
    """A block for each theme in the order of their positions, those without a theme last; within one as `lot_alpha`.

    A block in which the drawn delegation does not speak begins with whoever comes next after it. The host is first or
    last within its block. Raises as `lot_alpha` does.
    """
    themes = sorted({_theme(entrant) for entrant in entrants})
    around = _alphabetical(entrants, language, first, host, listed)
    # Stable: within a theme the alphabet stays.
    return [(themes.index(_theme(entrant)), entrant.slot_id) for entrant in sorted(around, key=_theme)]


def precedence(entrants: Sequence[Entrant], *, host: str = HostSeat.AMONG) -> list[Place]:
    """One block: the highest rank first, and of one rank whoever asked first."""
    ranked = sorted(entrants, key=lambda entrant: (entrant.rank, entrant.requested_at, entrant.slot_id))
    return _in_one_block(_host_seated(ranked, host))


def request(entrants: Sequence[Entrant], *, host: str = HostSeat.AMONG) -> list[Place]:
    """One block: whoever asked first comes first."""
    came = sorted(entrants, key=lambda entrant: (entrant.requested_at, entrant.slot_id))
    return _in_one_block(_host_seated(came, host))


def manual(entrants: Sequence[Entrant]) -> list[Place]:
    """One block, in the order in which they are given."""
    return _in_one_block(entrants)


def _in_one_block(entrants: Iterable[Entrant]) -> list[Place]:
    return [(0, entrant.slot_id) for entrant in entrants]


def _theme(entrant: Entrant) -> tuple[bool, int, int]:
    if entrant.theme_id is None:
        return True, 0, 0
    return False, entrant.theme_position, entrant.theme_id


def _alphabetical(
    entrants: Sequence[Entrant], language: str, first: int | None, host: str, listed: Iterable[Delegation] | None
) -> list[Entrant]:
    """Of a delegation with several slots, by theme and then by number."""
    delegations = {row.pk: row for row in (*(listed or ()), *(entrant.delegation for entrant in entrants))}
    around = ordered(delegations.values(), Order(language=language, first=first, host=host))
    seats = {row.pk: seat for seat, row in enumerate(around)}
    return sorted(entrants, key=lambda entrant: (seats[entrant.delegation.pk], _theme(entrant), entrant.slot_id))


def _host_seated(entrants: Iterable[Entrant], host: str) -> list[Entrant]:
    """Stable: only the host moves."""
    if host == HostSeat.AMONG:
        return list(entrants)
    return sorted(entrants, key=lambda entrant: entrant.delegation.is_host == (host == HostSeat.LAST))
