"""Who may do what in a session. Pure sentences: they read, they never write."""

from collections.abc import Iterable

from conferences.models import Membership, Role
from conferences.rules import Person, is_organiser, membership_of
from sessions.programme.models import Access, Appointment, Duty, Session


def may_enter(user: Person, session: Session) -> bool:
    """The one rule that guards a session's page, topics, stage and files."""
    return bool(enterable(user, session.conference_id, [session]))


def enterable(user: Person, conference_id: int, sessions: Iterable[Session]) -> set[int]:
    """Which of these sessions of one conference the person may enter: `may_enter` for a list, in two queries."""
    sessions = list(sessions)
    if all(session.access == Access.PUBLIC for session in sessions):
        return {session.pk for session in sessions}
    membership, on_duty = None, set()
    if user.is_authenticated and user.is_active:
        membership = membership_of(user, conference_id)
        on_duty = sessions_on_duty(user, conference_id)
    return {session.pk for session in sessions if _door_opens(session, membership, session.pk in on_duty)}


def _door_opens(session: Session, membership: Membership | None, on_duty: bool) -> bool:
    if session.access == Access.PUBLIC or on_duty:
        return True
    if membership is None:
        return False
    if membership.role == Role.ORGANISER or session.access == Access.REGISTERED:
        return True
    return session.access == Access.DELEGATIONS and membership.delegation_id is not None


def sessions_on_duty(user: Person, conference_id: int) -> set[int]:
    """In which sessions this person has any duty."""
    if not user.is_authenticated or not user.is_active:
        return set()
    mine = Appointment.objects.filter(session__conference_id=conference_id, user_id=user.pk)
    return set(mine.values_list("session_id", flat=True))


def has_duty(user: Person, session: Session, *duties: Duty) -> bool:
    """Whether this person has one of `duties` in the session; with none named, any."""
    if not user.is_authenticated or not user.is_active:
        return False
    mine = Appointment.objects.filter(session_id=session.pk, user_id=user.pk)
    return (mine.filter(duty__in=duties) if duties else mine).exists()


def is_chair(user: Person, session: Session) -> bool:
    return has_duty(user, session, Duty.CHAIR)


def is_moderator(user: Person, session: Session) -> bool:
    return has_duty(user, session, Duty.MODERATOR)


def is_panellist(user: Person, session: Session) -> bool:
    return has_duty(user, session, Duty.PANELLIST)


def may_moderate(user: Person, session: Session) -> bool:
    return is_moderator(user, session) or is_organiser(user, session.conference_id)


def may_chair(user: Person, session: Session) -> bool:
    """Make it live, suspend and resume it, end it."""
    return is_chair(user, session) or is_organiser(user, session.conference_id)


def may_organise_session(user: Person, session: Session) -> bool:
    """Schedule and change it, appoint people, open it again after its end."""
    return is_organiser(user, session.conference_id)
