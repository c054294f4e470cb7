"""Two delegations change places: one proposes, the other agrees, and then it is done."""

from collections.abc import Callable
from datetime import timedelta

from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from i18nfield.strings import LazyI18nString

from conferences.rules import Person
from conferences.texts import in_each_language
from outbox.changes import action, record
from outbox.errors import Invalid, NotThere, SignInFirst, WrongMove
from sessions.floor.actions.standing import floor_under_lock, swap_places
from sessions.review.actions.steps import locked_slot, require_waiting
from sessions.review.models import Slot, Swap, SwapState
from sessions.review.queries import slots_with_names, swaps_with_names
from sessions.review.rules import may_answer_for

# For so long asking again may be the same press.
SECOND_PRESS = timedelta(minutes=1)


@action
def propose_swap(slot_id: int, other_id: int, *, by: Person) -> Swap:
    """Asks another delegation to change places. Asking twice is asking once, also where the two have just changed
    places; where the other asked already, it is agreed. Raises NotThere, SignInFirst, Invalid (`other`), and WrongMove
    once one of them was called, or the session has ended."""
    slot = locked_slot(slot_id, by, may_answer_for)
    other = slots_with_names().filter(pk=other_id, review_id=slot.review_id).first()
    if other is None or other.pk == slot.pk:
        raise Invalid(fields={"other": _("Choose another delegation of this review.")})
    require_waiting(slot)
    require_waiting(other)
    asked = _open_between(other, slot)
    if asked is not None:
        _apply(asked, by)
        return asked
    mine = _open_between(slot, other) or _just_agreed(slot, other)
    if mine is not None:
        return mine
    swap = Swap.objects.create(
        review=slot.review, proposer=slot, other=other, proposed_at=timezone.now(), proposed_by_id=by.pk
    )
    record("swap.proposed", swap, new=True)
    return swap


def _open_between(proposer: Slot, other: Slot) -> Swap | None:
    return swaps_with_names().filter(proposer=proposer, other=other, state=SwapState.PROPOSED).first()


def _just_agreed(one: Slot, other: Slot) -> Swap | None:
    """A second press, on a page that does not know yet that the first was the answer, must not ask to change back."""
    agreed = swaps_with_names().filter(state=SwapState.APPLIED, answered_at__gt=timezone.now() - SECOND_PRESS)
    both = (one.pk, other.pk)
    return agreed.filter(proposer__in=both, other__in=both).order_by("-answered_at", "-pk").first()


@action
def accept_swap(swap_id: int, *, by: Person) -> None:
    """Agrees, and the two have changed places. Raises NotThere, SignInFirst, WrongMove."""
    swap = _found(swap_id, by, lambda swap: swap.other)
    if swap.state == SwapState.APPLIED:
        return
    _apply(swap, by)


@action
def decline_swap(swap_id: int, *, by: Person) -> None:
    """Raises NotThere, SignInFirst, WrongMove."""
    _close(_found(swap_id, by, lambda swap: swap.other), SwapState.DECLINED, "swap.declined", by)


@action
def take_swap_back(swap_id: int, *, by: Person) -> None:
    """Raises NotThere, SignInFirst, WrongMove."""
    _close(_found(swap_id, by, lambda swap: swap.proposer), SwapState.WITHDRAWN, "swap.withdrawn", by)


def _found(swap_id: int, by: Person, whose: Callable[[Swap], Slot]) -> Swap:
    """Under the floor’s lock, for the side that `whose` names."""
    if not by.is_authenticated:
        raise SignInFirst
    floor_under_lock(_swap_for(swap_id, by, whose).review.session)
    return _swap_for(swap_id, by, whose)


def _swap_for(swap_id: int, by: Person, whose: Callable[[Swap], Slot]) -> Swap:
    swap = swaps_with_names().filter(pk=swap_id).first()
    if swap is None or not may_answer_for(by, slots_with_names().get(pk=whose(swap).pk)):
        raise NotThere
    return swap


def _apply(swap: Swap, by: Person) -> None:
    if swap.state != SwapState.PROPOSED:
        raise WrongMove
    one, other = swap.proposer.turn_id, swap.other.turn_id
    minute = swap_places(swap.review.session, one, other, words=_agreement(swap), by=by)
    record("swap.applied", swap)
    swap.state, swap.answered_at, swap.answered_by_id, swap.minute = SwapState.APPLIED, minute.at, by.pk, minute
    swap.save()


def _agreement(swap: Swap) -> LazyI18nString:
    def words(_language: str) -> str:
        names = {"one": str(swap.proposer.delegation.name), "other": str(swap.other.delegation.name)}
        return str(_("%(one)s and %(other)s agreed to change places.") % names)

    return LazyI18nString(in_each_language(words))


def _close(swap: Swap, to: SwapState, event: str, by: Person) -> None:
    if swap.state == to:
        return
    if swap.state != SwapState.PROPOSED:
        raise WrongMove
    record(event, swap)
    swap.state, swap.answered_at, swap.answered_by_id = to, timezone.now(), by.pk
    swap.save()
