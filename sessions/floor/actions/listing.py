"""Asking for the floor: the verbs of whoever wants to speak."""

from collections.abc import Iterable
from typing import cast

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from conferences.models import Delegation
from conferences.rules import Person
from outbox.changes import action, record
from outbox.errors import NotAllowed, NotThere, WrongMove
from sessions.floor.actions.ordering import allotted_for, join, statement_of
from sessions.floor.actions.steps import OnFloor, locked_floor, on_floor
from sessions.floor.models import ASKED_FOR, OPEN, WAITING, Floor, Kind, Mode, Notice, Speakers, State, Turn
from sessions.floor.queries import notices_with_names, turns_with_names
from sessions.floor.rules import is_of, may_join, voice_of
from sessions.programme.models import ON, Session
from sessions.programme.models import State as SessionState


@action
def join_list(session_id: int, *, kind: Kind, about_id: int | None = None, mode: Mode = Mode.ROOM, by: Person) -> Turn:
    """Asks for the floor, in the name of the delegation that the person speaks for, else in their own.

    Asking again for what one waits for already, on the same statement (`about_id`), returns that turn; for a comment or
    question on it while one’s own is heard, there is another. Raises
    NotThere, SignInFirst, NotAllowed, and WrongMove (the list is closed or full, or no reply is left).
    """
    now = on_floor(session_id, by, is_real=True)
    if kind not in ASKED_FOR or mode not in (Mode.ROOM, Mode.REMOTE):
        raise NotAllowed
    if not may_join(by, now.session, now.floor, kind):
        raise NotAllowed(_("Only those who may speak for a delegation can ask for this."))
    delegation = voice_of(by, now.session)
    mine = _open_turn(now, kind, about_id, delegation, by)
    if mine is not None:
        return mine
    if now.floor.is_rehearsed:
        raise WrongMove(_("The list opens when the session begins."))
    if kind == Kind.REPLY:
        _require_a_reply_left(now, delegation)
    elif not now.floor.list_is_open:
        raise WrongMove(_("The list is closed."))
    if now.turns.filter(state__in=WAITING).exclude(kind=Kind.STATEMENT).count() >= now.floor.longest_list:
        raise WrongMove(_("The list is full: as many wait as there is time for."))
    turn = Turn(
        floor=now.floor,
        kind=kind,
        mode=mode,
        delegation=delegation,
        person_id=by.pk,
        name=cast(User, by).name,
        about=statement_of(now, about_id),
        allotted_ms=allotted_for(now, kind, delegation),
        inscribed_at=now.at,
    )
    with now.list_changed():
        join(now, turn)
    return turn


def _open_turn(
    now: OnFloor, kind: Kind, about_id: int | None, delegation: Delegation | None, by: Person
) -> Turn | None:
    # Whoever has begun to speak on a statement may have more to say on it. What is on nothing in particular is asked
    # for again once it is over, as the page says, and each reply is one of few.
    states = OPEN if about_id is None or kind == Kind.REPLY else (*WAITING, State.CALLED)
    same = now.turns.filter(kind=kind, about_id=about_id, state__in=states)
    if delegation is not None and now.floor.speakers == Speakers.DELEGATIONS:
        return same.filter(delegation=delegation).first()
    return same.filter(person_id=by.pk).first()


def _require_a_reply_left(now: OnFloor, delegation: Delegation | None) -> None:
    if now.session.state not in ON:
        raise WrongMove(_("A right of reply can be asked for while the session is on."))
    given = now.turns.filter(kind=Kind.REPLY, delegation=delegation).exclude(state=State.WITHDRAWN).count()
    if given >= now.floor.most_replies:
        raise WrongMove(_("Your delegation has no right of reply left on this item."))


@action
def leave_list(turn_id: int, *, by: Person) -> None:
    """Takes one’s own turn back before it is called. Raises NotThere, SignInFirst, WrongMove."""
    now, turn = _own(turn_id, by)
    if turn.state == State.WITHDRAWN:
        return
    if turn.kind == Kind.STATEMENT and now.session.state != SessionState.SCHEDULED:
        raise WrongMove(_("Ask the desk: the order of statements is called out already."))
    now.require_not_over()
    with now.list_changed():
        now.close(turn, State.WITHDRAWN, "turn.withdrawn")


@action
def say_ready(turn_id: int, *, ready: bool = True, by: Person) -> None:
    """Answers “you are next: ready?”, or takes the answer back. Raises NotThere, SignInFirst, WrongMove."""
    now, turn = _own(turn_id, by)
    now.answer(turn, ready=ready)


@action
def say_here(turn_id: int, *, by: Person) -> None:
    """Answers the call: the speaker is there. Once is enough. Raises NotThere, SignInFirst, WrongMove."""
    now, turn = _own(turn_id, by)
    now.answer_call(turn)


@action
def yield_floor(turn_id: int, *, by: Person) -> None:
    """Whoever speaks is done before the chair says so. Raises NotThere, SignInFirst, WrongMove."""
    now, turn = _own(turn_id, by)
    if turn.state == State.COMPLETED:
        return
    if turn.state not in (State.SPEAKING, State.PAUSED):
        raise WrongMove
    now.moved()
    now.close(turn, State.COMPLETED, "turn.ended")


def _own(turn_id: int, by: Person) -> tuple[OnFloor, Turn]:
    session_id = Turn.objects.filter(pk=turn_id, is_rehearsal=False).values_list("floor_id", flat=True).first()
    if session_id is None:
        raise NotThere
    now = on_floor(session_id, by, is_real=True)
    turn = Turn.objects.select_related("delegation", "person").get(pk=turn_id)
    turn.floor = now.floor
    if not is_of(by, turn):
        raise NotThere
    return now, turn


@action
def forget_speaker(*, of: User) -> None:
    """Somebody leaves for good: their turns, and what they told or read, stay on record as nobody’s, and a desk that
    they hold is free. By nobody’s own right."""
    told = Q(sent_by=of) | Q(acknowledged_by=of)
    for now in _under_locks(
        Turn.objects.filter(person=of).values_list("floor_id", flat=True),
        Notice.objects.filter(told).values_list("floor_id", flat=True),
        Floor.objects.filter(desk_holder=of).values_list("pk", flat=True),
    ):
        if now.floor.desk_holder_id == of.pk:
            now.hand_desk_to(None, "floor.desk_released")
        for notice in notices_with_names().filter(told, floor=now.floor).order_by("pk"):
            record("notice.orphaned", notice)
            notice.sent_by = None if notice.sent_by_id == of.pk else notice.sent_by
            notice.acknowledged_by = None if notice.acknowledged_by_id == of.pk else notice.acknowledged_by
            notice.save(update_fields=["sent_by", "acknowledged_by"])
        # Read under the lock, and no more is written than what is forgotten: the chair goes on meanwhile.
        for turn in turns_with_names().filter(floor=now.floor, person=of).order_by("pk"):
            turn.floor = now.floor
            record("turn.orphaned", turn)
            if turn.delegation is None:
                # The desk’s script says the name.
                record("floor.moved", now.floor)
            turn.person, turn.name, turn.function = None, "", ""
            turn.save(update_fields=["person", "name", "function"])


def _under_locks(*session_ids: Iterable[int]) -> list[OnFloor]:
    """These floors, all of them locked before any is changed, in the one order in which nobody waits for another."""
    sessions = Session.objects.filter(pk__in=set().union(*session_ids)).order_by("pk")
    return [OnFloor(locked_floor(session), None) for session in sessions]
