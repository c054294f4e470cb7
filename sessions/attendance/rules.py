"""Who may read who was present. Pure sentences: they read, they never write."""

from conferences.rules import Person
from sessions.programme.models import Session
from sessions.programme.rules import may_chair


def may_read_attendance(user: Person, session: Session) -> bool:
    """Of everybody: the organisers and the session's chair."""
    return may_chair(user, session)


def may_read_minutes(user: Person, session: Session, user_id: int) -> bool:
    """Of one person: that person too."""
    own = bool(user.is_authenticated and user.is_active and user.pk == user_id)
    return own or may_read_attendance(user, session)
