"""What pages may ask of a review, over the socket or by a form."""

from datetime import date
from typing import Annotated, Any

import msgspec

from conferences.rules import Person
from outbox.registry import register_command
from sessions.review.actions import handing_in, lots, remarking, reporting, setting_up, swapping
from sessions.review.models import Answer, RemarkKind

# As far as a database counts.
Id = Annotated[int, msgspec.Meta(ge=1, le=2**63 - 1)]


class OfSession(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    session_id: Id


class Invite(OfSession, forbid_unknown_fields=True, kw_only=True):
    delegation_ids: list[Id]


class OfSlot(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    slot_id: Id


class Withdraw(OfSlot, forbid_unknown_fields=True, kw_only=True):
    reason: str = ""


class Attended(OfSlot, forbid_unknown_fields=True, kw_only=True):
    attended: bool


class Ready(OfSlot, forbid_unknown_fields=True, kw_only=True):
    ready: bool = True


class Propose(OfSlot, forbid_unknown_fields=True, kw_only=True):
    other_id: Id


class OfSwap(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    swap_id: Id


class Submit(OfSlot, forbid_unknown_fields=True, kw_only=True):
    kind: RemarkKind
    text: str
    focus_area: str = ""


class OfRemark(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    remark_id: Id


class AnswerRemark(OfRemark, forbid_unknown_fields=True, kw_only=True):
    answer: Answer
    text: str = ""
    due_on: date | None = None


def _commit_lot(of: OfSession, *, by: Person) -> dict[str, Any]:
    return {"commitment": lots.commit_lot(of.session_id, by=by).commitment}


def _draw_lot(of: OfSession, *, by: Person) -> dict[str, Any]:
    lot = lots.draw_lot(of.session_id, by=by)
    return {"seed": lot.seed, "drawn": lot.delegation_id}


def _invite(wish: Invite, *, by: Person) -> dict[str, Any]:
    return {"slots": [slot.pk for slot in setting_up.invite(wish.session_id, wish.delegation_ids, by=by)]}


def _withdraw(wish: Withdraw, *, by: Person) -> None:
    setting_up.withdraw_slot(wish.slot_id, reason=wish.reason, by=by)


def _attended(wish: Attended, *, by: Person) -> None:
    setting_up.mark_attended(wish.slot_id, attended=wish.attended, by=by)


def _ready(wish: Ready, *, by: Person) -> None:
    handing_in.say_ready(wish.slot_id, ready=wish.ready, by=by)


def _here(of: OfSlot, *, by: Person) -> None:
    handing_in.say_here(of.slot_id, by=by)


def _propose(wish: Propose, *, by: Person) -> dict[str, Any]:
    return {"swap_id": swapping.propose_swap(wish.slot_id, wish.other_id, by=by).pk}


def _accept(of: OfSwap, *, by: Person) -> None:
    swapping.accept_swap(of.swap_id, by=by)


def _decline(of: OfSwap, *, by: Person) -> None:
    swapping.decline_swap(of.swap_id, by=by)


def _take_back(of: OfSwap, *, by: Person) -> None:
    swapping.take_swap_back(of.swap_id, by=by)


def _submit(wish: Submit, *, by: Person) -> dict[str, Any]:
    done = remarking.submit_and_join(wish.slot_id, kind=wish.kind, text=wish.text, focus_area=wish.focus_area, by=by)
    return {
        "remark_id": done.remark.pk,
        "turn_id": done.turn.pk if done.turn else None,
        "why_not": str(done.why_not),
    }


def _withdraw_remark(of: OfRemark, *, by: Person) -> None:
    remarking.withdraw_remark(of.remark_id, by=by)


def _answer(wish: AnswerRemark, *, by: Person) -> None:
    remarking.answer_remark(wish.remark_id, answer=wish.answer, text=wish.text, due_on=wish.due_on, by=by)


def _publish(of: OfSlot, *, by: Person) -> None:
    reporting.publish_page(of.slot_id, by=by)


def _unpublish(of: OfSlot, *, by: Person) -> None:
    reporting.unpublish_page(of.slot_id, by=by)


def register() -> None:
    register_command("review.commit_lot", OfSession, _commit_lot)
    register_command("review.draw_lot", OfSession, _draw_lot)
    register_command("review.invite", Invite, _invite)
    register_command("slot.withdraw", Withdraw, _withdraw)
    register_command("slot.attended", Attended, _attended)
    register_command("slot.ready", Ready, _ready)
    register_command("slot.here", OfSlot, _here)
    register_command("slot.publish", OfSlot, _publish)
    register_command("slot.unpublish", OfSlot, _unpublish)
    register_command("swap.propose", Propose, _propose)
    register_command("swap.accept", OfSwap, _accept)
    register_command("swap.decline", OfSwap, _decline)
    register_command("swap.take_back", OfSwap, _take_back)
    register_command("remark.submit", Submit, _submit)
    register_command("remark.withdraw", OfRemark, _withdraw_remark)
    register_command("remark.answer", AnswerRemark, _answer)
