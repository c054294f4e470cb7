"""The meeting itself, moved from the desk. A press that waited for a link, or on a question, while the meeting went on
without it does nothing."""

from conferences.rules import Person
from outbox.changes import action
from sessions.floor.actions.steps import at_desk
from sessions.programme import actions as programme
from sessions.programme.models import Session


@action
def go_live(session_id: int, *, rev: int | None = None, by: Person) -> Session:
    """Raises what `at_desk` does, and WrongMove where it is not to come."""
    _seen(session_id, rev, by)
    return programme.go_live(session_id, by=by)


@action
def suspend(session_id: int, *, rev: int | None = None, by: Person) -> Session:
    """Raises what `at_desk` does, and WrongMove where it is not live."""
    _seen(session_id, rev, by)
    return programme.suspend(session_id, by=by)


@action
def resume(session_id: int, *, rev: int | None = None, by: Person) -> Session:
    """Raises what `at_desk` does, and WrongMove where it is not suspended."""
    _seen(session_id, rev, by)
    return programme.resume(session_id, by=by)


@action
def end(session_id: int, *, rev: int | None = None, by: Person) -> Session:
    """Raises what `at_desk` does, and WrongMove where it has not begun."""
    _seen(session_id, rev, by)
    return programme.end_session(session_id, by=by)


def _seen(session_id: int, rev: int | None, by: Person) -> None:
    # The session's lock comes before its floor's, as in every move of a session.
    programme.locked_session(session_id)
    at_desk(session_id, by, rev)
