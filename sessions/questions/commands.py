"""What pages may ask of questions, over the socket or by a form."""

from collections.abc import Sequence
from typing import Annotated, Any
from uuid import UUID, uuid4

import msgspec

from conferences.rules import Person
from outbox.errors import Refusal
from outbox.registry import Asked, CommandGroup, register_command
from sessions.questions import actions
from sessions.questions.live import counts_of, stage_path
from sessions.questions.models import Capacity, Reason, Window

VOTE, UNVOTE = "question.vote", "question.unvote"

# As far as a database counts.
Id = Annotated[int, msgspec.Meta(ge=1, le=2**63 - 1)]


class Ask(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    session_id: Id
    text: str
    capacity: Capacity
    # Kept with the draft by the page, so that even a draft that was sent and found again is not asked twice.
    uuid: UUID | None = None
    language: str = ""


class OfQuestion(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    question_id: Id


class Dismiss(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    question_id: Id
    reason: Reason
    note: str = ""


class SetWindow(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    session_id: Id
    window: Window


class OfSession(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    session_id: Id


def _ask(asked: Ask, *, by: Person) -> dict[str, Any]:
    question = actions.ask_question(
        asked.session_id,
        text=asked.text,
        capacity=asked.capacity,
        uuid=asked.uuid or uuid4(),
        language=asked.language,
        by=by,
    )
    return {"question_id": question.pk, "status": question.status}


def _withdraw(of: OfQuestion, *, by: Person) -> None:
    actions.withdraw_question(of.question_id, by=by)


def _vote(of: OfQuestion, *, by: Person) -> dict[str, int]:
    return counts_of(actions.vote_for(of.question_id, by=by))


def _unvote(of: OfQuestion, *, by: Person) -> dict[str, int]:
    return counts_of(actions.take_vote_back(of.question_id, by=by))


def _change_support(asked: Sequence[Asked]) -> list[dict[str, int] | Refusal]:
    wishes = [actions.Support(each.payload.question_id, by=each.by, wanted=each.name == VOTE) for each in asked]
    return [result if isinstance(result, Refusal) else counts_of(result) for result in actions.change_support(wishes)]


def _approve(of: OfQuestion, *, by: Person) -> None:
    actions.approve_question(of.question_id, by=by)


def _dismiss(of: Dismiss, *, by: Person) -> None:
    actions.dismiss_question(of.question_id, reason=of.reason, note=of.note, by=by)


def _restore(of: OfQuestion, *, by: Person) -> None:
    actions.restore_question(of.question_id, by=by)


def _stage(of: OfQuestion, *, by: Person) -> None:
    actions.stage_question(of.question_id, by=by)


def _unstage(of: OfQuestion, *, by: Person) -> None:
    actions.unstage_question(of.question_id, by=by)


def _answer(of: OfQuestion, *, by: Person) -> None:
    actions.answer_question(of.question_id, by=by)


def _reopen(of: OfQuestion, *, by: Person) -> None:
    actions.reopen_question(of.question_id, by=by)


def _set_window(to: SetWindow, *, by: Person) -> None:
    actions.set_window(to.session_id, window=to.window, by=by)


def _renew_stage_key(of: OfSession, *, by: Person) -> dict[str, Any]:
    return {"stage_path": stage_path(actions.renew_stage_key(of.session_id, by=by))}


# A hall votes at the same moment.
SUPPORT = CommandGroup("support", _change_support)


def register() -> None:
    register_command("question.ask", Ask, _ask)
    register_command("question.withdraw", OfQuestion, _withdraw)
    register_command(VOTE, OfQuestion, _vote, group=SUPPORT)
    register_command(UNVOTE, OfQuestion, _unvote, group=SUPPORT)
    register_command("question.approve", OfQuestion, _approve)
    register_command("question.dismiss", Dismiss, _dismiss)
    register_command("question.restore", OfQuestion, _restore)
    register_command("question.stage", OfQuestion, _stage)
    register_command("question.unstage", OfQuestion, _unstage)
    register_command("question.answer", OfQuestion, _answer)
    register_command("question.reopen", OfQuestion, _reopen)
    register_command("question_time.set_window", SetWindow, _set_window)
    register_command("question_time.renew_stage_key", OfSession, _renew_stage_key)
