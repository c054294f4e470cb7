"""Who may do what in a session. Pure sentences: they read, they never write."""

from conferences.rules import Person, is_delegate, is_organiser, is_registered
from sessions.programme.models import Access, Appointment, Duty, Session


def may_enter(user: Person, session: Session) -> bool:
    """The one rule that guards a session's page, topics, stage and files."""
    if (
        session.access == Access.PUBLIC
        or has_duty(user, session)
        or is_organiser(user, session.conference_id)
    ):
        return True
    if session.access == Access.REGISTERED:
        return is_registered(user, session.conference_id)
    if session.access == Access.DELEGATIONS:
        return is_delegate(user, session.conference_id)
    return False


def has_duty(user: Person, session: Session, *duties: Duty) -> bool:
    """Whether this person has one of `duties` in the session; with none named, any."""
    if not user.is_authenticated or not user.is_active:
        return False
    mine = Appointment.objects.filter(session_id=session.pk, user_id=user.pk)
    return (mine.filter(duty__in=duties) if duties else mine).exists()


def may_moderate(user: Person, session: Session) -> bool:
    return has_duty(user, session, Duty.MODERATOR) or is_organiser(user, session.conference_id)


def may_chair(user: Person, session: Session) -> bool:
    """Make it live, suspend and resume it, end it."""
    return has_duty(user, session, Duty.CHAIR) or is_organiser(user, session.conference_id)


def may_organise_session(user: Person, session: Session) -> bool:
    return is_organiser(user, session.conference_id)
