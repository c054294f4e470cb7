"""What the session and the clock do to the floor, by nobody’s own right."""

from datetime import datetime, timedelta

from django.utils import timezone

from outbox.changes import action
from sessions.floor.actions.desk import stood_as
from sessions.floor.actions.rehearsing import forget_rehearsal
from sessions.floor.actions.steps import OnFloor, locked_floor
from sessions.floor.models import Floor, Mode, PointState, State, StoppedBy, Turn
from sessions.programme.models import Session


@action
def go_on_with_session(session: Session) -> None:
    """The session is live, for the first time or again: what was rehearsed is forgotten, whoever was not reached waits
    again, and what is expected counts from now.

    Called within the transaction that opens, resumes or reopens it.
    """
    now = _of(session)
    if now is None:
        return
    now.moved(anew=True)
    if now.floor.is_rehearsed:
        forget_rehearsal(now)


@action
def stop_with_session(session: Session) -> None:
    """The meeting is suspended: a running clock stands until the chair lets it go on.

    Called within the transaction that suspends the session.
    """
    now = _of(session)
    if now is None:
        return
    now.moved(anew=True)
    turn = now.holder()
    if turn is not None and turn.state == State.SPEAKING:
        now.stop(turn, State.PAUSED, "turn.paused", stopped_by=StoppedBy.SUSPENSION)


@action
def close_with_session(session: Session) -> None:
    """The session has ended: nobody holds the floor, the list is closed, and points that are open are noted.

    Whoever waits still was not reached, and stays so on the record; on pages nobody waits any more. Called within the
    transaction that ends it.
    """
    now = _of(session)
    if now is None:
        return
    now.moved("floor.list_closed", anew=True)
    now.floor.list_is_open = False
    now.floor.save()
    for point in now.open_points():
        to = PointState.SUSTAINED if point.state == PointState.APPEALED else PointState.NOTED
        now.move_point(point, to, "point.ruled", ruled_at=now.at)
    turn = now.holder()
    if turn is not None:
        _leave_floor(now, turn)


def _leave_floor(now: OnFloor, turn: Turn) -> None:
    if turn.state == State.CALLED:
        now.move(turn, stood_as(turn), "turn.call_taken_back", called_at=None, here_at=None)
    elif turn.state != State.INTERRUPTED:
        now.close(turn, State.COMPLETED, "turn.ended")
    elif turn.can_be_filed:
        now.close(turn, State.FILED, "turn.filed")
    else:
        now.move(turn, State.PUT_OFF, "turn.put_off")


def _of(session: Session) -> OnFloor | None:
    if not Floor.objects.filter(session=session).exists():
        return None
    return OnFloor(locked_floor(session), None)


@action
def end_at(turn_id: int, *, at: datetime, cut: bool = False) -> bool:
    """Ends a turn whose end was due at that moment (UTC): its film is over, or (`cut`) its time and grace.

    Safe to ask again, and late: the record has the moment that was due. False where the turn stopped, ended or was
    given more time meanwhile.
    """
    session_id = Turn.objects.filter(pk=turn_id).values_list("floor_id", flat=True).first()
    if session_id is None:
        return False
    now = OnFloor(locked_floor(Session.objects.get(pk=session_id)), None, at=at)
    turn = now.turns.filter(pk=turn_id, state=State.SPEAKING).first()
    if turn is None or turn.running_since is None or turn.running_since > at:
        return False
    turn.floor = now.floor
    if cut and at < due_to_be_cut(turn):
        return False
    now.moved()
    now.close(turn, State.CUT if cut else State.COMPLETED, "turn.cut" if cut else "turn.ended")
    return True


def due_to_be_cut(turn: Turn) -> datetime:
    """When the time and the grace of a turn whose clock runs are over."""
    runs_out = turn.clock.runs_out_at()
    if runs_out is None:
        raise ValueError("its clock does not run")
    return runs_out + timedelta(seconds=turn.floor.grace_seconds)


def cut_what_ran_over() -> int:
    """Cuts the turns whose time and grace are over, on floors that cut by themselves. Returns how many."""
    running = Turn.objects.select_related("floor").filter(state=State.SPEAKING, floor__cuts_by_itself=True)
    # What is recorded ends with its film, which may be a little longer than its time.
    running = running.exclude(mode=Mode.RECORDED)
    now = timezone.now()
    due = [(turn.pk, due_to_be_cut(turn)) for turn in running]
    return sum(end_at(turn_id, at=at, cut=True) for turn_id, at in due if at <= now)
