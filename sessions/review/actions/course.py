"""What the session and the floor do to a review, by nobody’s own right and inside their transactions."""

from datetime import datetime

from outbox.changes import action, record
from sessions.floor.actions.standing import open_for_remarks
from sessions.floor.models import Floor, Kind, State, Turn
from sessions.programme.models import Session
from sessions.review.models import Remark, Remarks, RemarkState, Review, Slot
from sessions.review.orders import OrderPolicy
from sessions.review.queries import remarks_with_names, slots_with_names, with_rules
from sessions.review.rules import HEARD


@action
def freeze(session: Session, *, at: datetime) -> None:
    """The session is live: order and time change by themselves no more."""
    review = with_rules().filter(session=session).first()
    if review is None or review.frozen_at is not None:
        return
    record("review.frozen", review)
    review.frozen_at = at
    review.save(update_fields=["frozen_at"])


@action
def keep_order_by_hand(floor: Floor) -> None:
    """The desk has ordered the list: no rule orders it anew from here on."""
    review = with_rules().filter(pk=floor.pk).first()
    if review is None or review.frozen_at is not None or review.order == OrderPolicy.MANUAL:
        return
    record("review.set_up", review)
    review.order = OrderPolicy.MANUAL
    review.save(update_fields=["order"])


@action
def follow_turn(turn: Turn, *, was: State, at: datetime) -> None:
    """A turn has moved: its delegation is here, its remarks are read, its text may be read by all."""
    if turn.is_rehearsal:
        return
    if turn.state == State.SPEAKING and was == State.CALLED:
        _begun(turn, at)
    if turn.state in HEARD:
        _heard(turn)


def _begun(turn: Turn, at: datetime) -> None:
    if turn.kind == Kind.STATEMENT:
        slot = _slot_of(turn)
        if slot is not None:
            _seen_here(slot, at)
            _open_round(slot)
    elif turn.about_id is not None and turn.delegation_id is not None:
        for remark in _remarks_read_in(turn):
            record("remark.delivered", remark)
            remark.state, remark.turn, remark.delivered_at = RemarkState.DELIVERED, turn, at
            remark.save()


def _slot_of(turn: Turn) -> Slot | None:
    return slots_with_names().filter(turn_id=turn.pk).first()


def _seen_here(slot: Slot, at: datetime) -> None:
    if slot.attended_at is None:
        record("slot.attended", slot)
        slot.attended_at = at
        slot.save(update_fields=["attended_at"])


def _open_round(slot: Slot) -> None:
    if slot.review.remarks != Remarks.NONE:
        open_for_remarks(slot.review.session, wait=slot.review.remarks == Remarks.AFTER_BLOCK)


def _remarks_read_in(turn: Turn) -> list[Remark]:
    waiting = remarks_with_names().filter(
        slot__turn=turn.about, author_id=turn.delegation_id, state=RemarkState.SUBMITTED
    )
    return list(waiting.order_by("pk"))


def _heard(turn: Turn) -> None:
    slot = _slot_of(turn)
    if slot is not None:
        # Its card has changed with the turn: told whole.
        record("slot.heard", slot, new=True)


@action
def file_what_was_not_read(session: Session) -> None:
    """The session has ended: remarks that nobody read out are filed."""
    if not Review.objects.filter(session=session).exists():
        return
    waiting = remarks_with_names().filter(slot__review_id=session.pk, state=RemarkState.SUBMITTED)
    for remark in waiting.order_by("pk"):
        record("remark.filed", remark)
        remark.state = RemarkState.FILED
        remark.save(update_fields=["state"])
