"""Reads that several callers share."""

from conferences.rules import Person
from outbox.errors import NotAllowed
from sessions.programme.models import Session
from sessions.programme.queries import entered_session
from sessions.programme.rules import may_organise_session
from sessions.stage.models import Playing, StageSource


def source_of(session: Session) -> StageSource | None:
    return StageSource.objects.filter(session=session).select_related("upload").first()


def playing_in(session: Session) -> Playing | None:
    """What is played to everybody, with what its card takes."""
    return Playing.objects.filter(session=session).select_related("session__conference").first()


def organised(slug: str, session_id: int, user: Person) -> Session:
    """The session at this address for whoever organises it. Raises NotThere, and NotAllowed for others who enter."""
    session = entered_session(user, session_id, slug=slug)
    if not may_organise_session(user, session):
        raise NotAllowed
    return session
