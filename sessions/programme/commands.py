"""What pages may ask of a session, over the socket or by a form."""

from typing import Annotated

import msgspec

from conferences.rules import Person
from outbox.registry import register_command
from sessions.programme import actions

# As far as a database counts.
Id = Annotated[int, msgspec.Meta(ge=1, le=2**63 - 1)]


class OfSession(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    session_id: Id


class Reopen(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    session_id: Id
    reason: str


def _go_live(of: OfSession, *, by: Person) -> None:
    actions.go_live(of.session_id, by=by)


def _suspend(of: OfSession, *, by: Person) -> None:
    actions.suspend(of.session_id, by=by)


def _resume(of: OfSession, *, by: Person) -> None:
    actions.resume(of.session_id, by=by)


def _end(of: OfSession, *, by: Person) -> None:
    actions.end_session(of.session_id, by=by)


def _reopen(of: Reopen, *, by: Person) -> None:
    actions.reopen_session(of.session_id, reason=of.reason, by=by)


def register() -> None:
    register_command("session.go_live", OfSession, _go_live)
    register_command("session.suspend", OfSession, _suspend)
    register_command("session.resume", OfSession, _resume)
    register_command("session.end", OfSession, _end)
    register_command("session.reopen", Reopen, _reopen)
