"""The chair’s verbs. Each says which page it was pressed on (`rev`), so that two presses never do two things."""

from django.utils.translation import gettext_lazy as _

from conferences.rules import Person
from conferences.texts import told_to_all
from outbox.changes import action, record
from outbox.errors import Invalid, WrongMove
from sessions.floor.actions.steps import OnFloor, at_desk, on_floor, reason_given
from sessions.floor.clock import EXTENSION_MS
from sessions.floor.models import WAITING, Floor, Mode, State, StoppedBy, Turn
from sessions.floor.rules import may_chair
from sessions.floor.signals import mode_changed

MOST_EXTENSIONS = 2


# Who holds the desk


@action
def take_desk(session_id: int, *, by: Person) -> Floor:
    """Takes the desk from whoever holds it: a laptop that died must not hold a meeting up. All at a desk see it.

    Raises NotThere, SignInFirst, NotAllowed.
    """
    now = on_floor(session_id, by, may_chair)
    if now.floor.desk_holder_id != by.pk:
        now.hand_desk_to(by.pk, "floor.desk_taken")
    return now.floor


@action
def release_desk(session_id: int, *, by: Person) -> None:
    """Leaves the desk to whoever presses next. Quietly done by whoever does not hold it. Raises as `take_desk`."""
    now = on_floor(session_id, by, may_chair)
    if now.floor.desk_holder_id == by.pk:
        now.hand_desk_to(None, "floor.desk_released")


# Giving the floor


@action
def call_next(session_id: int, *, rev: int | None = None, by: Person) -> Turn:
    """Calls the first of those that wait. Raises as `at_desk`, and WrongMove (not live, not free, an open point)."""
    now = at_desk(session_id, by, rev)
    waiting = now.waiting()
    if not waiting:
        raise WrongMove(_("Nobody waits for the floor."))
    _call(now, waiting[0])
    return waiting[0]


@action
def call_turn(session_id: int, turn_id: int, *, rev: int | None = None, by: Person) -> Turn:
    """Calls this one, out of turn. Raises as `call_next`."""
    now = at_desk(session_id, by, rev)
    turn = now.turn(turn_id)
    if turn.state != State.CALLED:
        _call(now, turn)
    return turn


def _call(now: OnFloor, turn: Turn) -> None:
    now.require_running()
    now.require_no_open_point()
    if (holder := now.holder()) is not None:
        raise WrongMove(_("%(name)s has the floor.") % {"name": holder.delegation or holder.name})
    if turn.state not in WAITING:
        raise WrongMove
    now.moved()
    now.move(turn, State.CALLED, "turn.called", called_at=now.at, here_at=None, called_from=turn.state)


@action
def take_call_back(session_id: int, turn_id: int, *, rev: int | None = None, by: Person) -> None:
    """Puts whoever was called back to where they were, as before. Raises as `at_desk`, and WrongMove."""
    now = at_desk(session_id, by, rev)
    turn = now.turn(turn_id)
    if turn.state in WAITING:
        return
    if turn.state != State.CALLED:
        raise WrongMove
    now.moved()
    now.move(turn, stood_as(turn), "turn.call_taken_back", called_at=None, here_at=None)


def stood_as(turn: Turn) -> State:
    """What a turn was before it was called."""
    return State(turn.called_from)


@action
def start_turn(session_id: int, turn_id: int, *, rev: int | None = None, by: Person) -> Turn:
    """Lets the clock of whoever was called run. Raises as `at_desk`, and WrongMove, also for what is in writing."""
    now = at_desk(session_id, by, rev)
    turn = now.turn(turn_id)
    if turn.state == State.SPEAKING:
        return turn
    if turn.state != State.CALLED:
        raise WrongMove
    if turn.mode == Mode.WRITTEN:
        raise WrongMove(_("It is given in writing: file it, or have it said live."))
    now.require_running()
    now.require_no_open_point()
    now.moved()
    now.run(turn, "turn.started", started_at=now.at)
    return turn


@action
def pause_turn(session_id: int, turn_id: int, *, rev: int | None = None, by: Person) -> None:
    """Stops the clock. One that a point of order stopped then stays stopped after the ruling too."""
    now = at_desk(session_id, by, rev)
    turn = now.turn(turn_id)
    if turn.state == State.PAUSED:
        if turn.stopped_by != StoppedBy.DESK:
            now.moved()
            record("turn.paused", turn)
            turn.stopped_by = StoppedBy.DESK
            turn.save()
            now.note("turn.paused", turn=turn)
        return
    now.moved()
    now.stop(turn, State.PAUSED, "turn.paused", stopped_by=StoppedBy.DESK)


@action
def resume_turn(session_id: int, turn_id: int, *, rev: int | None = None, by: Person) -> None:
    """Lets a stopped or interrupted turn go on, where it stopped. Raises as `at_desk`, and WrongMove."""
    now = at_desk(session_id, by, rev)
    turn = now.turn(turn_id)
    if turn.state == State.SPEAKING:
        return
    if turn.state not in (State.PAUSED, State.INTERRUPTED):
        raise WrongMove
    now.require_running()
    now.require_no_open_point()
    now.moved()
    now.run(turn, "turn.resumed")


@action
def start_over(session_id: int, turn_id: int, *, rev: int | None = None, by: Person) -> None:
    """Shows a film from its beginning, with all of its time: what ran until now stays on record and counts no more.

    Raises as `at_desk`, and WrongMove.
    """
    now = at_desk(session_id, by, rev)
    turn = now.turn(turn_id)
    if turn.mode != Mode.RECORDED:
        raise WrongMove
    if turn.state == State.SPEAKING and turn.consumed_ms == 0:
        return
    if turn.state not in (State.CALLED, State.PAUSED, State.INTERRUPTED):
        raise WrongMove
    now.require_running()
    now.require_no_open_point()
    now.moved()
    turn.segments.update(ms=0)
    now.run(turn, "turn.begun_again", consumed_ms=0, started_at=now.at)


@action
def extend_turn(session_id: int, turn_id: int, *, rev: int | None = None, by: Person) -> None:
    """Gives half a minute more, twice at most. Raises as `at_desk`, and WrongMove."""
    now = at_desk(session_id, by, rev)
    turn = now.turn(turn_id)
    if turn.state not in (State.SPEAKING, State.PAUSED):
        raise WrongMove
    if turn.extended_count >= MOST_EXTENSIONS:
        raise WrongMove(_("The time was extended twice already."))
    now.moved()
    record("turn.extended", turn)
    turn.allotted_ms += EXTENSION_MS
    turn.extended_count += 1
    turn.save()
    now.note("turn.extended", turn=turn)


@action
def interrupt_turn(session_id: int, turn_id: int, *, reason: str = "", rev: int | None = None, by: Person) -> None:
    """The link or the film failed: the clock stands until the chair decides. Raises as `at_desk`, and WrongMove."""
    now = at_desk(session_id, by, rev)
    turn = now.turn(turn_id)
    if turn.state == State.INTERRUPTED:
        return
    now.moved()
    words = reason_given(reason, required=False)
    now.stop(turn, State.INTERRUPTED, "turn.interrupted", words=words, stopped_by="")


@action
def go_on_live(session_id: int, turn_id: int, *, mode: Mode, rev: int | None = None, by: Person) -> None:
    """What was recorded is said live instead, with the time that is left. Raises as `at_desk`, Invalid, WrongMove."""
    now = at_desk(session_id, by, rev)
    turn = now.turn(turn_id)
    if mode not in (Mode.ROOM, Mode.REMOTE):
        raise Invalid(fields={"mode": _("Choose whether it is said in the room or from elsewhere.")})
    if turn.state not in (*WAITING, State.CALLED, State.INTERRUPTED):
        raise WrongMove
    if turn.mode == mode:
        return
    now.moved()
    record("turn.changed", turn)
    turn.mode = mode
    turn.save()
    now.note("turn.changed", turn=turn, words=told_to_all(Mode(mode).label))
    mode_changed.send(sender=Turn, turn=turn)


# Ending it


@action
def end_turn(session_id: int, turn_id: int, *, rev: int | None = None, by: Person) -> None:
    """The speaker is done: the floor is free. Raises as `at_desk`, and WrongMove."""
    now = at_desk(session_id, by, rev)
    turn = now.turn(turn_id)
    if turn.state == State.COMPLETED:
        return
    if turn.state not in (State.SPEAKING, State.PAUSED):
        raise WrongMove
    now.moved()
    now.close(turn, State.COMPLETED, "turn.ended")


@action
def cut_turn(session_id: int, turn_id: int, *, rev: int | None = None, by: Person) -> None:
    """Takes the floor from whoever speaks on after their time and the grace. Raises as `at_desk`, and WrongMove."""
    now = at_desk(session_id, by, rev)
    turn = now.turn(turn_id)
    if turn.state == State.CUT:
        return
    if turn.state not in (State.SPEAKING, State.PAUSED):
        raise WrongMove
    over = -turn.clock.remaining_at(now.at)
    if over < now.floor.grace_seconds * 1000:
        raise WrongMove(_("The time and its grace are not over. End the turn, if the speaker is done."))
    now.moved()
    now.close(turn, State.CUT, "turn.cut")


@action
def mark_absent(session_id: int, turn_id: int, *, rev: int | None = None, by: Person) -> None:
    """Whoever was called is not there: the first time they come to the end of their block, the second time what they
    would have said is filed, if it is at hand, or their turn is forfeited. Raises as `at_desk`, and WrongMove."""
    now = at_desk(session_id, by, rev)
    turn = now.turn(turn_id)
    if turn.state != State.CALLED:
        raise WrongMove
    now.moved()
    count = turn.absent_count + 1
    if count == 1:
        now.to_end_of_block(turn)
        now.move(turn, State.DEFERRED, "turn.not_present", absent_count=count)
        return
    turn.absent_count = count
    if turn.can_be_filed:
        now.close(turn, State.FILED, "turn.filed")
    else:
        now.close(turn, State.FORFEITED, "turn.forfeited")


@action
def defer_turn(session_id: int, turn_id: int, *, reason: str = "", rev: int | None = None, by: Person) -> None:
    """What was interrupted is heard again at the end of its block. Raises as `at_desk`, and WrongMove."""
    now = at_desk(session_id, by, rev)
    turn = now.turn(turn_id)
    if turn.state == State.PUT_OFF:
        return
    if turn.state != State.INTERRUPTED:
        raise WrongMove
    now.moved()
    now.to_end_of_block(turn)
    words = reason_given(reason, required=False)
    now.move(turn, State.PUT_OFF, "turn.put_off", words=words)


@action
def file_turn(session_id: int, turn_id: int, *, rev: int | None = None, by: Person) -> None:
    """Takes the text as read: it is published and not delivered, also after the session. Raises as `at_desk`,
    and WrongMove without a text."""
    now = at_desk(session_id, by, rev, even_after=True)
    turn = now.turn(turn_id)
    if turn.state == State.FILED:
        return
    if not turn.can_be_filed:
        raise WrongMove(_("There is no text to file."))
    now.moved()
    now.close(turn, State.FILED, "turn.filed")
