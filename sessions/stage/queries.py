"""Reads that several callers share."""

from conferences.rules import Person
from outbox.errors import NotAllowed, NotThere
from sessions.programme.models import Session
from sessions.programme.rules import may_enter, may_organise_session
from sessions.stage.models import StageSource


def source_of(session: Session) -> StageSource | None:
    return StageSource.objects.filter(session=session).select_related("upload").first()


def entered(slug: str, session_id: int, user: Person) -> Session:
    """The session at this address for whoever may enter it. Raises NotThere."""
    session = Session.objects.filter(pk=session_id, conference__slug=slug).select_related("conference", "room").first()
    if session is None or not may_enter(user, session):
        raise NotThere
    return session


def organised(slug: str, session_id: int, user: Person) -> Session:
    """The same for whoever organises it. Raises NotThere, and NotAllowed for others who may enter."""
    session = entered(slug, session_id, user)
    if not may_organise_session(user, session):
        raise NotAllowed
    return session
