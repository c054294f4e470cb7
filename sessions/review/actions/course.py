"""What the session and the floor do to a review, by nobody’s own right and inside their transactions."""

from contextlib import suppress
from datetime import datetime, timedelta

from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from outbox.changes import action, record
from outbox.errors import WrongMove
from sessions.floor.actions.course import end_at
from sessions.floor.actions.standing import floor_under_lock, open_for_remarks
from sessions.floor.models import HOLDING, Floor, Kind, Mode, State, Turn
from sessions.programme.models import Session
from sessions.review.actions.steps import allot
from sessions.review.commenting import SPOKEN_AS
from sessions.review.models import Clip, ClipState, Remark, Remarks, RemarkState, Review, Slot, SwapState
from sessions.review.orders import OrderPolicy
from sessions.review.queries import remarks_with_names, slots_with_names, swaps_with_names, with_rules
from sessions.review.rules import HEARD
from sessions.review.times import TooManyError
from sessions.stage.actions import hold_playing, play_together, stop_playing


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
    if turn.kind == Kind.STATEMENT and (slot := _slot_of(turn)) is not None:
        _show(slot, turn, was)
        if turn.state == State.WITHDRAWN and not turn.is_rehearsal:
            _withdrawn(slot, was)
    if turn.is_rehearsal:
        return
    if turn.state == State.SPEAKING and was == State.CALLED:
        _begun(turn, at)
    if turn.state in HEARD:
        _heard(turn)


def _withdrawn(slot: Slot, was: State) -> None:
    """By itself, by an organiser or by the desk. Its time is shared by the others, until the session is live."""
    # As its pages had it until now.
    slot.turn.state = was
    record("slot.withdrawn", slot)
    # Where there was too little for all, it may be too little still: nobody is kept on the list for that.
    with suppress(TooManyError):
        allot(slot.review, by=None)


def _show(slot: Slot, turn: Turn, was: State) -> None:
    """A film goes with the clock of its turn: where it has come to is what was consumed."""
    session = turn.floor.session
    if turn.state == State.SPEAKING and turn.mode == Mode.RECORDED:
        _play(slot, turn, session)
    elif turn.state in (State.PAUSED, State.INTERRUPTED) and turn.mode == Mode.RECORDED:
        hold_playing(session, position_ms=turn.consumed_ms)
    elif was in HOLDING:
        # Of others that wait, whatever becomes of them, the film of whoever has the floor hears nothing.
        stop_playing(session)


@action
def take_film_away(turn: Turn) -> None:
    """What was recorded is said live instead: where its film stands still, it leaves everybody's picture at once, and
    not only when the speaker begins."""
    if turn.state in HOLDING and turn.mode != Mode.RECORDED:
        stop_playing(turn.floor.session)


@action
def give_time(turn: Turn) -> None:
    """What was only to be filed is said after all: it has its share of the time, or what others have once that is
    fixed. Raises TooManyError where the time is not enough for one more."""
    if turn.allotted_ms or turn.is_rehearsal or turn.kind != Kind.STATEMENT:
        return
    slot = _slot_of(turn)
    if slot is not None:
        allot(slot.review, by=None)


def _play(slot: Slot, turn: Turn, session: Session) -> None:
    clip = Clip.objects.filter(slot=slot, state=ClipState.READY).first()
    if clip is None or clip.milliseconds is None or turn.running_since is None:
        raise WrongMove(_("There is no film that can be shown. Have it said live, or file the text."))
    if turn.is_rehearsal:
        # It has to be there all the same, and nobody sees it.
        return
    name = str(slot.delegation.name)
    play_together(
        session,
        bundle=clip.bundle,
        title=f"{name} · {turn.name}" if turn.name else name,
        seconds=clip.milliseconds / 1000,
        position_ms=min(turn.consumed_ms, clip.milliseconds),
        since=turn.running_since,
    )


def end_films_that_are_over() -> int:
    """Ends the turns whose films have come to their end, at the moment they did. Returns how many."""
    running = Turn.objects.filter(state=State.SPEAKING, mode=Mode.RECORDED)
    filmed = running.filter(Q(slot__clip__isnull=False) | Q(stands_for__slot__clip__isnull=False))
    filmed = filmed.select_related("slot__clip", "stands_for__slot__clip")
    now = timezone.now()
    due = [(turn.pk, film_ends_at(turn)) for turn in filmed]
    return sum(end_at(turn_id, at=at) for turn_id, at in due if at is not None and at <= now)


def film_ends_at(turn: Turn) -> datetime | None:
    """When the film of a turn whose clock runs comes to its end."""
    length = (turn.stands_for or turn).slot.clip.milliseconds
    if turn.running_since is None or length is None:
        return None
    return turn.running_since + timedelta(milliseconds=max(0, length - turn.consumed_ms))


def _begun(turn: Turn, at: datetime) -> None:
    if turn.kind == Kind.STATEMENT:
        slot = _slot_of(turn)
        if slot is not None:
            _seen_here(slot, at)
            _open_round(slot)
    elif turn.kind in SPOKEN_AS.values() and turn.about_id is not None and turn.delegation_id is not None:
        for remark in _remarks_read_in(turn):
            record("remark.delivered", remark)
            remark.state, remark.turn, remark.delivered_at = RemarkState.DELIVERED, turn, at
            remark.save()


def _slot_of(turn: Turn) -> Slot | None:
    """In a rehearsal that of the turn that it stands for."""
    return slots_with_names().filter(turn_id=turn.stands_for_id or turn.pk).first()


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
def remove_review(session: Session) -> None:
    """A session goes with its review, from the pages of delegations too, and not with anybody’s statement. Raises
    WrongMove."""
    if not Review.objects.filter(session=session).exists():
        return
    floor_under_lock(session)
    slots = list(slots_with_names().filter(review_id=session.pk))
    if any(slot.statements.all() or hasattr(slot, "clip") for slot in slots):
        raise WrongMove(_("Delegations handed in statements for this session: it stays on record."))
    for slot in slots:
        record("slot.withdrawn", slot)
    for swap in swaps_with_names().filter(review_id=session.pk, state=SwapState.PROPOSED):
        record("swap.withdrawn", swap)
    for remark in remarks_with_names().filter(slot__review_id=session.pk).exclude(state=RemarkState.WITHDRAWN):
        record("remark.withdrawn", remark)


@action
def file_what_was_not_read(session: Session) -> None:
    """The session has ended: remarks that nobody read out are filed."""
    if not Review.objects.filter(session=session).exists():
        return
    _move(_remarks_of(session, RemarkState.SUBMITTED), RemarkState.FILED, "remark.filed")


@action
def take_up_what_was_filed(session: Session) -> None:
    """The session goes on after its end: remarks that were filed with it wait again. One that was answered does not:
    what was said on it stands."""
    if not Review.objects.filter(session=session).exists():
        return
    floor_under_lock(session)
    _move(_remarks_of(session, RemarkState.FILED).filter(answer=""), RemarkState.SUBMITTED, "remark.submitted")


def _remarks_of(session: Session, state: RemarkState) -> QuerySet[Remark]:
    return remarks_with_names().filter(slot__review_id=session.pk, state=state)


def _move(remarks: QuerySet[Remark], to: RemarkState, event: str) -> None:
    for remark in remarks.order_by("pk"):
        record(event, remark)
        remark.state = to
        remark.save(update_fields=["state"])
