"""Who may do what in a session. Pure sentences: they read, they never write."""

from collections import defaultdict
from collections.abc import Iterable
from functools import cached_property

from conferences.models import Membership, Role
from conferences.rules import Person, is_organiser, membership_of
from outbox.once import once
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
    return {session_id for session_id, _ in _duties(user, conference_id)}


def has_duty(user: Person, session: Session, *duties: Duty) -> bool:
    """Whether this person has one of `duties` in the session; with none named, any."""
    mine = {duty for session_id, duty in _duties(user, session.conference_id) if session_id == session.pk}
    return bool(mine.intersection(duties) if duties else mine)


def _duties(user: Person, conference_id: int) -> set[tuple[int, str]]:
    """What this person is appointed to in a conference: (session's id, duty)."""
    if not user.is_authenticated or not user.is_active:
        return set()
    mine = Appointment.objects.filter(session__conference_id=conference_id, user_id=user.pk)
    return once(("duties", user.pk, conference_id), lambda: set(mine.values_list("session_id", "duty")))


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


class RightsOfMany:
    """These sentences for many people and sessions at once, read in two queries, each when it is first needed.

    It says of everybody and every session it was made for what the sentence of the same name says.
    """

    def __init__(self, people: Iterable[Person], sessions: Iterable[Session]) -> None:
        self._user_ids = {person.pk for person in people if person.is_authenticated and person.is_active}
        sessions = list(sessions)
        self._session_ids = {session.pk for session in sessions}
        self._conference_ids = {session.conference_id for session in sessions}

    def may_enter(self, user: Person, session: Session) -> bool:
        if session.access == Access.PUBLIC:
            return True
        return _door_opens(
            session, self.membership_of(user, session.conference_id), bool(self._duties_of(user, session))
        )

    def may_moderate(self, user: Person, session: Session) -> bool:
        membership = self.membership_of(user, session.conference_id)
        organises = membership is not None and membership.role == Role.ORGANISER
        return organises or Duty.MODERATOR in self._duties_of(user, session)

    def membership_of(self, user: Person, conference_id: int) -> Membership | None:
        return self._memberships.get((user.pk, conference_id))

    def _duties_of(self, user: Person, session: Session) -> set[str]:
        return self._duties.get((user.pk, session.pk), set())

    @cached_property
    def _memberships(self) -> dict[tuple[int | None, int], Membership]:
        theirs = Membership.objects.filter(conference_id__in=self._conference_ids, user_id__in=self._user_ids)
        return {(membership.user_id, membership.conference_id): membership for membership in theirs}

    @cached_property
    def _duties(self) -> dict[tuple[int | None, int], set[str]]:
        theirs = Appointment.objects.filter(session_id__in=self._session_ids, user_id__in=self._user_ids)
        duties: defaultdict[tuple[int | None, int], set[str]] = defaultdict(set)
        for user_id, session_id, duty in theirs.values_list("user_id", "session_id", "duty"):
            duties[user_id, session_id].add(duty)
        return duties
