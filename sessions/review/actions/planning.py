"""An organiser plans a review: its rules and its floor’s in one step, and a place that no rule gives."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _

from conferences.rules import Person
from conferences.texts import told_to_all
from outbox.changes import action
from outbox.errors import WrongMove
from sessions.floor.actions.desk import release_desk
from sessions.floor.actions.ordering import move_turn
from sessions.floor.actions.setting import set_rules
from sessions.floor.models import Floor, Speakers
from sessions.review.actions.setting_up import keep_rules
from sessions.review.actions.steps import locked_slot, organised_review, require_waiting, settle
from sessions.review.models import Review, Slot
from sessions.review.queries import with_rules
from sessions.review.rules import may_organise_session


@action
def plan_review(session_id: int, *, speakers: Speakers, seconds: Mapping[str, int], by: Person, **rules: Any) -> Review:
    """Sets the rules of the review and those of its floor together; `seconds` are fields of Floor.

    Order and time follow once, when both are as they shall be. Raises as `set_up_review`.
    """
    review = organised_review(session_id, by)
    handover = review.session.floor.handover_seconds
    is_changed = keep_rules(review, rules)
    floor = set_rules(session_id, speakers=speakers, by=by, **seconds)
    planned = organised_review(session_id, by)
    if is_changed and floor.handover_seconds == handover:
        settle(planned, words=told_to_all(_("The rules were changed.")), by=by)
    return planned


@action
def follow_handover(floor: Floor, *, by: Any) -> None:
    """The hand-over has another length: that gives everybody another time, as a change of the budget does, until the
    session is live. Raises TooManyError where the time is not enough."""
    review = with_rules().filter(pk=floor.pk, frozen_at__isnull=True).first()
    if review is not None:
        settle(review, words=told_to_all(_("The rules were changed.")), by=by)


@action
def move_slot(slot_id: int, *, place: int, reason: str, by: Person) -> Slot:
    """Gives a slot another place among those that wait (1 is next); from here on no rule orders the list.

    The desk is as free afterwards as it was before. Raises NotThere, SignInFirst, NotAllowed where somebody else holds
    the desk, Invalid (`place`, `reason`), and WrongMove once it was called or the order is fixed.
    """
    slot = locked_slot(slot_id, by, lambda user, slot: may_organise_session(user, slot.review.session))
    require_waiting(slot)
    if slot.review.frozen_at is not None:
        raise WrongMove(_("The session was live: order and time are fixed."))
    if slot.turn.floor.is_rehearsed:
        raise WrongMove(_("A rehearsal is on. End it first, and then move."))
    was_free = slot.turn.floor.desk_holder_id is None
    move_turn(slot.review_id, slot.turn_id, place=place, reason=reason, by=by)
    if was_free:
        release_desk(slot.review_id, by=by)
    return slot
