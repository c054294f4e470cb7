"""The list of those who wait: the desk opens and closes it, adds, moves and strikes."""

from collections.abc import Sequence

from django.utils.translation import gettext_lazy as _

from conferences.models import Delegation
from conferences.rules import Person
from conferences.texts import one_line
from outbox.changes import action, record
from outbox.errors import Invalid, NotThere, WrongMove
from sessions.floor.actions.steps import OnFloor, at_desk, reason_given
from sessions.floor.models import LONGEST_NAME, WAITING, Floor, Kind, State, Turn
from sessions.floor.signals import reordered_by_hand

# Behind everything else that is on the list.
REPLIES_BLOCK = 1000


@action
def open_list(session_id: int, *, rev: int | None = None, by: Person) -> None:
    """Takes comments and questions onto the list. Raises as `at_desk`, and WrongMove in a rehearsal."""
    _set_list(at_desk(session_id, by, rev), True, "floor.list_opened")


@action
def close_list(session_id: int, *, rev: int | None = None, by: Person) -> None:
    """Whoever is on the list stays on it. Raises as `open_list`."""
    _set_list(at_desk(session_id, by, rev), False, "floor.list_closed")


def _set_list(now: OnFloor, is_open: bool, event: str) -> None:
    if now.floor.is_rehearsed:
        raise WrongMove(_("This is a rehearsal: the real list stays as it is."))
    if now.floor.list_is_open != is_open:
        now.moved(event)
        now.floor.list_is_open = is_open
        now.floor.save()
        now.note(event)


@action
def add_turn(
    session_id: int,
    *,
    kind: Kind,
    delegation_id: int | None = None,
    about_id: int | None = None,
    name: str = "",
    function: str = "",
    rev: int | None = None,
    by: Person,
) -> Turn:
    """Puts somebody on the list who asked in the room: on which statement (`about_id`), if on one.

    A right of reply is on none. Raises as `at_desk`, NotThere where there is no such statement, and Invalid (`kind`,
    `name`, `function`, `delegation`).
    """
    now = at_desk(session_id, by, rev)
    if kind == Kind.STATEMENT:
        raise Invalid(fields={"kind": _("Statements come onto the list by the programme.")})
    delegation = _delegation(now, delegation_id)
    spoken = one_line(name, "name", longest=LONGEST_NAME, is_name=True)
    if delegation is None and not spoken:
        raise Invalid(fields={"name": _("Say who it is, or for which delegation.")})
    turn = Turn(
        floor=now.floor,
        kind=kind,
        delegation=delegation,
        name=spoken,
        function=one_line(function, "function", longest=LONGEST_NAME, is_name=True),
        about=statement_of(now, about_id) if kind != Kind.REPLY else None,
        allotted_ms=allotted_for(now, kind, delegation),
        inscribed_at=now.at,
        is_rehearsal=now.floor.is_rehearsed,
    )
    now.moved()
    join(now, turn)
    return turn


def _delegation(now: OnFloor, delegation_id: int | None) -> Delegation | None:
    if delegation_id is None:
        return None
    found = Delegation.objects.filter(pk=delegation_id, conference_id=now.session.conference_id).first()
    if found is None:
        raise Invalid(fields={"delegation": _("Choose a delegation of this conference.")})
    return found


def statement_of(now: OnFloor, turn_id: int | None) -> Turn | None:
    """The statement that is spoken on, if on one. Raises NotThere."""
    if turn_id is None:
        return None
    statement = now.turns.filter(pk=turn_id, kind=Kind.STATEMENT).exclude(state=State.WITHDRAWN).first()
    if statement is None:
        raise NotThere
    return statement


def allotted_for(now: OnFloor, kind: Kind, delegation: Delegation | None) -> int:
    """In milliseconds. A delegation’s second right of reply is shorter than its first."""
    floor = now.floor
    if kind != Kind.REPLY:
        return floor.comment_seconds * 1000
    before = now.turns.filter(kind=Kind.REPLY, delegation=delegation).exclude(state=State.WITHDRAWN).count()
    return (floor.second_reply_seconds if before else floor.first_reply_seconds) * 1000


def join(now: OnFloor, turn: Turn) -> None:
    """Puts a new turn at its place: a reply at the end of all, a remark behind what it is about, the rest behind their
    like. Around it the floor is said to move."""
    if turn.kind == Kind.REPLY:
        now.place(turn, after=None, block=REPLIES_BLOCK)
    elif turn.about is not None:
        after = None if now.floor.remarks_wait else _last_remark_on(now, turn.about)
        now.place(turn, after=after, block=turn.about.block)
    else:
        blocks = [each.block for each in now.turns if each.block < REPLIES_BLOCK]
        now.place(turn, after=None, block=max(blocks, default=0))
    turn.save()
    record("turn.inscribed", turn, new=True)
    now.note("turn.inscribed", turn=turn)


def _last_remark_on(now: OnFloor, statement: Turn) -> Turn:
    return now.turns.filter(about=statement).last() or statement


@action
def move_turn(session_id: int, turn_id: int, *, place: int, reason: str, rev: int | None = None, by: Person) -> None:
    """Moves a turn to a place among those that wait (1 is next), for a reason that stays on record.

    Raises as `at_desk`, WrongMove for one that does not wait, and Invalid (`reason`, `place`).
    """
    now = at_desk(session_id, by, rev)
    turn = now.turn(turn_id)
    order = now.waiting()
    if turn.state not in WAITING:
        raise WrongMove
    if not 1 <= place <= len(order):
        raise Invalid(fields={"place": _("Choose a place from 1 to %(number)s.") % {"number": len(order)}})
    rest = [each for each in order if each.pk != turn.pk]
    _set_order(now, [*rest[: place - 1], turn, *rest[place - 1 :]], reason_given(reason), turn)


@action
def set_order(session_id: int, turn_ids: Sequence[int], *, reason: str, rev: int | None = None, by: Person) -> None:
    """Puts all that wait into this order. Raises as `at_desk`, and Invalid where it is no permutation of them."""
    now = at_desk(session_id, by, rev)
    waiting = {turn.pk: turn for turn in now.waiting()}
    if sorted(turn_ids) != sorted(waiting):
        raise Invalid(fields={"order": _("The list has changed: name each turn that waits once.")})
    _set_order(now, [waiting[turn_id] for turn_id in turn_ids], reason_given(reason), None)


def _set_order(now: OnFloor, order: list[Turn], reason: str, turn: Turn | None) -> None:
    if [each.pk for each in order] == [each.pk for each in now.waiting()]:
        return
    now.moved("floor.reordered")
    now.reorder(order)
    now.note("floor.reordered", turn=turn, words=reason)
    if not now.floor.is_rehearsed:
        reordered_by_hand.send(sender=Floor, floor=now.floor)


@action
def strike_turn(session_id: int, turn_id: int, *, reason: str, rev: int | None = None, by: Person) -> None:
    """Takes a turn off the list, for a reason that stays on record.

    Raises as `at_desk`, Invalid (`reason`), and WrongMove.
    """
    now = at_desk(session_id, by, rev)
    turn = now.turn(turn_id)
    words = reason_given(reason)
    if turn.state == State.WITHDRAWN:
        return
    now.moved()
    now.close(turn, State.WITHDRAWN, "turn.withdrawn", words=words)
