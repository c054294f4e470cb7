"""For the apps that stand on the floor: they put turns on the list by the programme, not by asking.

By nobody’s own right: the caller has asked who may, inside an action of its own. While the floor is rehearsed the real
list goes on being prepared.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from i18nfield.strings import LazyI18nString

from conferences.models import Delegation
from outbox.changes import action, record
from outbox.errors import WrongMove
from sessions.floor.actions.steps import OnFloor, Said, locked_floor
from sessions.floor.models import OPEN, WAITING, Floor, Kind, Minute, Mode, State, Turn
from sessions.programme.models import Session


@dataclass(frozen=True, kw_only=True)
class Statement:
    """What a statement’s turn begins with."""

    delegation: Delegation
    name: str = ""
    function: str = ""
    theme: LazyI18nString | str = ""
    mode: Mode = Mode.ROOM
    can_be_filed: bool = False
    allotted_ms: int = 0
    block: int = 0


def _on_list(session: Session, by: Any) -> OnFloor:
    return OnFloor(locked_floor(session), by, is_real=True)


@action
def inscribe_statements(session: Session, statements: Sequence[Statement], *, by: Any) -> list[Turn]:
    """Puts statements at the end of their blocks, in this order."""
    now = _on_list(session, by)
    now.require_not_over()
    turns = []
    with now.list_changed():
        for one in statements:
            turn = Turn(
                floor=now.floor,
                kind=Kind.STATEMENT,
                mode=one.mode,
                delegation=one.delegation,
                name=one.name,
                function=one.function,
                theme=one.theme,
                can_be_filed=one.can_be_filed,
                allotted_ms=one.allotted_ms,
                inscribed_at=now.at,
            )
            now.place(turn, after=None, block=one.block)
            turn.save()
            record("turn.inscribed", turn, new=True)
            now.note("turn.inscribed", turn=turn)
            turns.append(turn)
    return turns


@action
def move_remarks_over(was: Turn, to: Turn, *, by: Any) -> None:
    """A statement has another turn than it had: what is still to be said on it is on that one."""
    now = _on_list(to.floor.session, by)
    to_come = list(now.turns.filter(about=was, state__in=(*WAITING, State.CALLED)))
    if not to_come:
        return
    with now.list_changed():
        for turn in to_come:
            record("turn.changed", turn)
            turn.about = to
        Turn.objects.bulk_update(to_come, ["about"])


@action
def arrange(session: Session, order: Sequence[tuple[int, int]], *, words: Said, by: Any) -> None:
    """Sets block and order of the statements that wait: (block, turn’s id) in calling order.

    What else waits stays before them, in its order. Raises WrongMove where one of them does not wait any more.
    """
    now = _on_list(session, by)
    now.require_not_over()
    waiting = {turn.pk: turn for turn in now.waiting() if turn.kind == Kind.STATEMENT}
    named = [turn_id for _block, turn_id in order]
    if len(set(named)) != len(named) or not waiting.keys() >= set(named):
        raise WrongMove
    first = 1 + max((turn.position for turn in now.turns if turn.pk not in named), default=0)
    with now.list_changed("floor.reordered"):
        for position, (block, turn_id) in enumerate(order, start=first):
            waiting[turn_id].block, waiting[turn_id].position = block, position
        Turn.objects.bulk_update([waiting[turn_id] for turn_id in named], ["block", "position"])
    now.note("floor.reordered", words=words)


@action
def swap_places(session: Session, one_id: int, other_id: int, *, words: Said, by: Any) -> Minute:
    """Two that wait change places; each keeps its own time. Returns the minute of it, which stands with the first of
    them. Raises NotThere, and WrongMove once one is called."""
    now = _on_list(session, by)
    one, other = now.turn(one_id), now.turn(other_id)
    now.require_not_over()
    if one.state not in WAITING or other.state not in WAITING:
        raise WrongMove
    place, other_place = (one.block, one.position), (other.block, other.position)
    with now.list_changed("floor.reordered"):
        (one.block, one.position), (other.block, other.position) = other_place, place
        Turn.objects.bulk_update([one, other], ["block", "position"])
    return now.note("floor.reordered", turn=one, words=words)


# What may be changed of a turn that was not called yet.
CHANGEABLE = {"name", "function", "theme", "mode", "can_be_filed", "allotted_ms", "person"}


@action
def change_turn(turn: Turn, *, by: Any, **fields: Any) -> Turn:
    """Changes what is announced of a turn, or how it is given. Raises WrongMove for the time of one that was called."""
    if unknown := fields.keys() - CHANGEABLE:
        raise ValueError(f"not changed here: {sorted(unknown)}")
    now = _on_list(turn.floor.session, by)
    found = now.turn(turn.pk)
    if all(getattr(found, name) == value for name, value in fields.items()):
        return found
    if "allotted_ms" in fields and found.state not in WAITING:
        raise WrongMove
    with now.list_changed():
        record("turn.changed", found)
        for name, value in fields.items():
            setattr(found, name, value)
        found.save()
    return found


@action
def set_ready(turn: Turn, *, ready: bool, by: Any) -> None:
    """Says of a turn that waits whether its speaker is there and can begin. Raises WrongMove once it was called."""
    now = _on_list(turn.floor.session, by)
    found = Turn.objects.select_related("delegation", "person").get(pk=turn.pk)
    found.floor = now.floor
    now.answer(found, ready=ready)


@action
def set_here(turn: Turn, *, by: Any) -> None:
    """Says of a turn that is called that its speaker is there. Raises WrongMove where it is not called."""
    now = OnFloor(locked_floor(turn.floor.session), by)
    now.answer_call(now.turn(turn.pk))


@action
def set_allotments(session: Session, allotted_ms: Mapping[int, int], *, by: Any) -> None:
    """Gives turns that are not over their time, by their ids. Others keep theirs."""
    now = _on_list(session, by)
    still_open = now.turns.filter(pk__in=allotted_ms, state__in=OPEN)
    changed = [turn for turn in still_open if turn.allotted_ms != allotted_ms[turn.pk]]
    if not changed:
        return
    with now.list_changed():
        for turn in changed:
            record("turn.changed", turn)
            turn.allotted_ms = allotted_ms[turn.pk]
        Turn.objects.bulk_update(changed, ["allotted_ms"])


@action
def open_for_remarks(session: Session, *, wait: bool) -> None:
    """A statement has begun: comments on it are taken onto the list; `wait` has them heard at the end of the block."""
    now = _on_list(session, None)
    if now.floor.list_is_open and now.floor.remarks_wait == wait:
        return
    now.moved("floor.list_opened")
    now.floor.list_is_open, now.floor.remarks_wait = True, wait
    now.floor.save()
    now.note("floor.list_opened")


@action
def withdraw_statement(turn: Turn, *, words: str = "", by: Any) -> None:
    """Takes a statement off the list. Quietly done where it is; raises WrongMove once it was called."""
    now = _on_list(turn.floor.session, by)
    found = now.turn(turn.pk)
    if found.state == State.WITHDRAWN:
        return
    now.require_not_over()
    if found.state not in WAITING:
        raise WrongMove
    with now.list_changed():
        now.close(found, State.WITHDRAWN, "turn.withdrawn", words=words)


def floor_under_lock(session: Session) -> Floor:
    """Inside the caller’s action: whoever changes what stands on the floor takes its lock first."""
    return locked_floor(session)
