"""What pages may ask of the floor, over the socket or by a form."""

from collections.abc import Callable
from typing import Annotated, Any

import msgspec

from conferences.rules import Person
from outbox.registry import register_command
from sessions.floor.actions import desk, listing, meeting, notices, ordering, points, rehearsing, setting
from sessions.floor.models import Kind, Mode, PointState

# As far as a database counts.
Id = Annotated[int, msgspec.Meta(ge=1, le=2**63 - 1)]
Rev = Annotated[int, msgspec.Meta(ge=0, le=2**31 - 1)]


class OfSession(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    session_id: Id


class AtDesk(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """`rev` is what the page had seen when it was pressed on."""

    session_id: Id
    rev: Rev


class OnTurn(AtDesk, forbid_unknown_fields=True, kw_only=True):
    turn_id: Id


class OnTurnWhy(OnTurn, forbid_unknown_fields=True, kw_only=True):
    reason: str = ""


class Add(AtDesk, forbid_unknown_fields=True, kw_only=True):
    kind: Kind
    delegation_id: Id | None = None
    about_id: Id | None = None
    name: str = ""
    function: str = ""


class Move(OnTurnWhy, forbid_unknown_fields=True, kw_only=True):
    place: Annotated[int, msgspec.Meta(ge=1, le=1000)]


class Reorder(AtDesk, forbid_unknown_fields=True, kw_only=True):
    order: list[Id]
    reason: str = ""


class GoOnLive(OnTurn, forbid_unknown_fields=True, kw_only=True):
    mode: Mode


class NotePoint(AtDesk, forbid_unknown_fields=True, kw_only=True):
    delegation_id: Id


class OnPoint(AtDesk, forbid_unknown_fields=True, kw_only=True):
    point_id: Id


class NoteAppeal(OnPoint, forbid_unknown_fields=True, kw_only=True):
    delegation_id: Id


class Rule(OnPoint, forbid_unknown_fields=True, kw_only=True):
    ruling: PointState
    reason: str = ""


class Send(OfSession, forbid_unknown_fields=True, kw_only=True):
    """Without a delegation: to each that is on the list."""

    delegation_id: Id | None = None
    phrase: str = ""
    text: str = ""


class Join(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    session_id: Id
    kind: Kind
    about_id: Id | None = None
    mode: Mode = Mode.ROOM


class OwnTurn(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    turn_id: Id


class Ready(OwnTurn, forbid_unknown_fields=True, kw_only=True):
    ready: bool = True


class OwnNotice(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    notice_id: Id


class OwnPoint(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    point_id: Id


def _of_desk(verb: Callable[..., Any]) -> Callable[..., None]:
    """A verb whose payload is its arguments; a reason is asked for under this name where it takes one."""

    def run(payload: msgspec.Struct, *, by: Person) -> None:
        verb(**msgspec.structs.asdict(payload), by=by)

    return run


def _join(wish: Join, *, by: Person) -> dict[str, Any]:
    turn = listing.join_list(wish.session_id, kind=wish.kind, about_id=wish.about_id, mode=wish.mode, by=by)
    return {"turn_id": turn.pk}


def _add(wish: Add, *, by: Person) -> dict[str, Any]:
    return {"turn_id": ordering.add_turn(**msgspec.structs.asdict(wish), by=by).pk}


def _reorder(wish: Reorder, *, by: Person) -> None:
    ordering.set_order(wish.session_id, wish.order, reason=wish.reason, rev=wish.rev, by=by)


def _note_point(wish: NotePoint, *, by: Person) -> dict[str, Any]:
    return {"point_id": points.note_point(**msgspec.structs.asdict(wish), by=by).pk}


def _send(wish: Send, *, by: Person) -> dict[str, Any]:
    sent = notices.send_notice(wish.session_id, wish.delegation_id, phrase=wish.phrase, text=wish.text, by=by)
    return {"sent": len(sent)}


def _raise_point(of: OfSession, *, by: Person) -> dict[str, Any]:
    return {"point_id": points.raise_point(of.session_id, by=by).pk}


def _rule(wish: Rule, *, by: Person) -> None:
    points.rule_on_point(wish.session_id, wish.point_id, ruling=wish.ruling, words=wish.reason, rev=wish.rev, by=by)


def _decide(wish: Rule, *, by: Person) -> None:
    points.decide_appeal(wish.session_id, wish.point_id, outcome=wish.ruling, words=wish.reason, rev=wish.rev, by=by)


def register() -> None:
    register_command("floor.join", Join, _join)
    register_command("floor.leave", OwnTurn, _of_desk(listing.leave_list))
    register_command("floor.ready", Ready, _of_desk(listing.say_ready))
    register_command("floor.here", OwnTurn, _of_desk(listing.say_here))
    register_command("floor.yield", OwnTurn, _of_desk(listing.yield_floor))
    register_command("floor.raise_point", OfSession, _raise_point)
    register_command("floor.take_point_back", OwnPoint, _of_desk(points.take_point_back))
    register_command("floor.appeal", OwnPoint, _of_desk(points.appeal))
    register_command("floor.acknowledge", OwnNotice, _of_desk(notices.acknowledge_notice))

    register_command("desk.take", OfSession, _of_desk(desk.take_desk))
    register_command("desk.release", OfSession, _of_desk(desk.release_desk))
    register_command("desk.begin_rehearsal", OfSession, _of_desk(rehearsing.begin_rehearsal))
    register_command("desk.end_rehearsal", OfSession, _of_desk(rehearsing.end_rehearsal))
    register_command("desk.go_live", AtDesk, _of_desk(meeting.go_live))
    register_command("desk.suspend_meeting", AtDesk, _of_desk(meeting.suspend))
    register_command("desk.resume_meeting", AtDesk, _of_desk(meeting.resume))
    register_command("desk.end_meeting", AtDesk, _of_desk(meeting.end))
    register_command("desk.open_list", AtDesk, _of_desk(ordering.open_list))
    register_command("desk.close_list", AtDesk, _of_desk(ordering.close_list))
    register_command("desk.add", Add, _add)
    register_command("desk.move", Move, _of_desk(ordering.move_turn))
    register_command("desk.reorder", Reorder, _reorder)
    register_command("desk.strike", OnTurnWhy, _of_desk(ordering.strike_turn))
    register_command("desk.call_next", AtDesk, _of_desk(desk.call_next))
    register_command("desk.call", OnTurn, _of_desk(desk.call_turn))
    register_command("desk.take_call_back", OnTurn, _of_desk(desk.take_call_back))
    register_command("desk.start", OnTurn, _of_desk(desk.start_turn))
    register_command("desk.pause", OnTurn, _of_desk(desk.pause_turn))
    register_command("desk.resume", OnTurn, _of_desk(desk.resume_turn))
    register_command("desk.start_over", OnTurn, _of_desk(desk.start_over))
    register_command("desk.extend", OnTurn, _of_desk(desk.extend_turn))
    register_command("desk.interrupt", OnTurnWhy, _of_desk(desk.interrupt_turn))
    register_command("desk.go_on_live", GoOnLive, _of_desk(desk.go_on_live))
    register_command("desk.end", OnTurn, _of_desk(desk.end_turn))
    register_command("desk.cut", OnTurn, _of_desk(desk.cut_turn))
    register_command("desk.not_present", OnTurn, _of_desk(desk.mark_absent))
    register_command("desk.defer", OnTurnWhy, _of_desk(desk.defer_turn))
    register_command("desk.file", OnTurn, _of_desk(desk.file_turn))
    register_command("desk.note_point", NotePoint, _note_point)
    register_command("desk.recognise_point", OnPoint, _of_desk(points.recognise_point))
    register_command("desk.rule", Rule, _rule)
    register_command("desk.note_appeal", NoteAppeal, _of_desk(points.note_appeal))
    register_command("desk.decide_appeal", Rule, _decide)
    register_command("desk.send_notice", Send, _send)
    register_command("desk.renew_screen", OfSession, _of_desk(setting.renew_screen_key))
