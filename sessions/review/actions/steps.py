"""What the verbs share: the review or one slot of it, under the floor’s lock, for whoever may."""

from collections.abc import Callable, Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _
from i18nfield.strings import LazyI18nString

from conferences.rules import Person
from outbox.changes import record
from outbox.errors import NotAllowed, NotThere, SignInFirst, WrongMove
from sessions.floor.actions.standing import arrange, floor_under_lock, set_allotments
from sessions.floor.clock import EXTENSION_MS
from sessions.floor.models import WAITING, Mode
from sessions.floor.queries import is_over
from sessions.programme.queries import session_to_act_in
from sessions.review.models import Clip, ClipState, Review, Slot, Swap, SwapState, TimePolicy
from sessions.review.orders import OrderPolicy, Place, arranged
from sessions.review.queries import entrants, is_open, lot_of, slots_of, slots_with_names, with_rules
from sessions.review.rules import may_organise_session
from sessions.review.times import Kind, allotments
from sessions.stage.clip_jobs import outcome_of, start_clip
from sessions.stage.clips.problems import Severity


def organised_review(session_id: int, by: Person) -> Review:
    """Made on first use. Raises NotThere, SignInFirst, NotAllowed."""
    session = session_to_act_in(session_id, by)
    if not may_organise_session(by, session):
        raise NotAllowed
    floor_under_lock(session)
    # One that is first set up while its session is on is fixed from its beginning.
    begun = {"frozen_at": session.went_live_at}
    _review, made = Review.objects.get_or_create(session=session, defaults=begun)
    review = with_rules().get(pk=session.pk)
    if made:
        record("review.set_up", review, new=True)
    return review


def locked_slot(slot_id: int, by: Person, may: Callable[[Person, Slot], bool]) -> Slot:
    """Raises NotThere, also where this person has nothing to do with it; SignInFirst.

    A focal point need not be let into the session: what they may do with the slot is all that is asked.
    """
    if not by.is_authenticated:
        raise SignInFirst
    floor_under_lock(_slot_for(slot_id, by, may).review.session)
    return _slot_for(slot_id, by, may)


def _slot_for(slot_id: int, by: Person, may: Callable[[Person, Slot], bool]) -> Slot:
    slot = slots_with_names().filter(pk=slot_id).first()
    if slot is None or not may(by, slot):
        raise NotThere
    return slot


def require_waiting(slot: Slot) -> None:
    """Raises WrongMove once it was called, or will not be."""
    if is_over(slot.turn.floor):
        raise WrongMove(_("The session has ended."))
    if slot.turn.state not in WAITING:
        raise WrongMove


def settle(review: Review, *, words: LazyI18nString, by: Any) -> None:
    """Time and order anew, from the rules and the slots there are. Raises TooManyError where the time is not enough.

    Once the session is live neither changes by itself any more.
    """
    allot(review, by=by)
    if review.frozen_at is None and review.order != OrderPolicy.MANUAL:
        put_in_order(review, waiting_slots(review), words=words, by=by)


def waiting_slots(review: Review) -> list[Slot]:
    return [slot for slot in slots_of(review.pk) if slot.turn.state in WAITING]


def allot(review: Review, *, by: Any) -> None:
    """Each one’s time, until it is frozen. What is only filed in writing takes none of the others’."""
    if review.frozen_at is not None:
        _allot_to_newcomers(review, by=by)
        return
    waiting = waiting_slots(review)
    spoken = [slot for slot in waiting if slot.turn.mode != Mode.WRITTEN]
    policy = review.time_policy(review.session.floor.handover_seconds)
    given = allotments(policy, [slot.kind for slot in spoken])
    times = {slot.turn_id: ms for slot, ms in zip(spoken, given, strict=True)}
    times |= {slot.turn_id: 0 for slot in waiting if slot.turn.mode == Mode.WRITTEN}
    _give(review, waiting, times, by=by)


def _allot_to_newcomers(review: Review, *, by: Any) -> None:
    """Whoever comes once the session is live has what the others have, or what the rules name for one statement."""
    spoken = [slot for slot in slots_of(review.pk) if slot.turn.mode != Mode.WRITTEN]
    newcomers = [slot for slot in spoken if is_open(slot) and not slot.turn.allotted_ms]
    _give(review, newcomers, {slot.turn_id: _as_others_have(slot, spoken) for slot in newcomers}, by=by)


def _as_others_have(newcomer: Slot, spoken: list[Slot]) -> int:
    """In milliseconds, without what somebody was given beyond their time while they spoke."""
    review = newcomer.review
    by_kind = review.time == TimePolicy.BY_KIND
    timed = [slot.turn for slot in spoken if slot.turn.allotted_ms and (not by_kind or slot.kind == newcomer.kind)]
    if timed:
        return timed[0].allotted_ms - timed[0].extended_count * EXTENSION_MS
    is_observer = by_kind and newcomer.kind == Kind.OBSERVER
    return (review.observer_seconds if is_observer else review.statement_seconds) * 1000


def _give(review: Review, slots: list[Slot], times: Mapping[int, int], *, by: Any) -> None:
    """Milliseconds by the turn’s id. Films are judged anew by the time that their delegations have now."""
    changed = [slot for slot in slots if times.get(slot.turn_id, slot.turn.allotted_ms) != slot.turn.allotted_ms]
    filmed = [slot for slot in changed if hasattr(slot, "clip")]
    for slot in filmed:
        record("clip.checked", slot)
    set_allotments(review.session, times, by=by)
    for slot in filmed:
        slot.turn.allotted_ms = times[slot.turn_id]
        judge_film(slot)


def judge_film(slot: Slot) -> None:
    """By what was found in it, and by the time that its delegation has now; nothing is found while it is checked.

    One that stands against nothing any more and was not converted is converted now. Record the slot first.
    """
    clip: Clip = slot.clip
    if clip.outcome is None:
        return
    outcome = outcome_of(clip.outcome)
    problems = outcome.problems(allotted_ms=slot.turn.allotted_ms)
    if outcome.facts is None or any(problem.severity == Severity.REFUSE for problem in problems):
        clip.state = ClipState.REFUSED
    elif clip.bundle:
        clip.state = ClipState.READY
    else:
        clip.state, clip.outcome = ClipState.CHECKING, None
        clip.job = start_clip(slot.review_id, clip.upload_id, allotted_ms=slot.turn.allotted_ms, by=clip.handed_in_by)
    clip.save()


def put_in_order(review: Review, waiting: list[Slot], *, words: LazyI18nString, by: Any) -> None:
    """By the rule, and then by what delegations agreed on since: a newcomer undoes no swap."""
    lot = lot_of(review.pk)
    drawn = lot.delegation if lot is not None else None
    rule = review.order_rule(drawn.pk if drawn else None)
    ruled = arranged(entrants(waiting), rule, listed=[drawn] if drawn else None)
    places = swapped(ruled, review)
    turns = {slot.pk: slot.turn_id for slot in waiting}
    arrange(review.session, [(block, turns[slot_id]) for block, slot_id in places], words=words, by=by)


def swapped(places: list[Place], review: Review) -> list[Place]:
    """The order with all swaps that were agreed, in the order in which they were."""
    slots = [slot_id for _block, slot_id in places]
    agreed = Swap.objects.filter(review=review, state=SwapState.APPLIED).order_by("answered_at", "pk")
    for one, other in agreed.values_list("proposer_id", "other_id"):
        if one in slots and other in slots:
            here, there = slots.index(one), slots.index(other)
            slots[here], slots[there] = other, one
    return [(block, slot_id) for (block, _was), slot_id in zip(places, slots, strict=True)]
