"""Who may do what on the floor. Pure sentences: they read, they never write."""

from secrets import compare_digest

from conferences.models import Delegation
from conferences.rules import Person, membership_of, speaks_for
from sessions.floor.models import Floor, Kind, PointOfOrder, Speakers, Turn
from sessions.programme.models import Session
from sessions.programme.rules import may_chair, may_enter

__all__ = [
    "delegation_of",
    "is_of",
    "may_chair",
    "may_enter",
    "may_join",
    "may_open_screen",
    "may_raise_point",
    "may_read_notices",
    "may_take_back",
    "voice_of",
]


def voice_of(user: Person, session: Session) -> Delegation | None:
    """The delegation in whose name this person may speak in the session, if any."""
    return speaks_for(user, session.conference_id) if may_enter(user, session) else None


def delegation_of(user: Person, session: Session) -> Delegation | None:
    """The delegation this person sits in, with a voice or without, where they may enter."""
    membership = membership_of(user, session.conference_id) if may_enter(user, session) else None
    return membership.delegation if membership else None


def may_read_notices(user: Person, session: Session, delegation_id: int) -> bool:
    """What the desk tells a delegation, all of it reads, and any of it may acknowledge."""
    delegation = delegation_of(user, session)
    return delegation is not None and delegation.pk == delegation_id


def may_join(user: Person, session: Session, floor: Floor, kind: Kind) -> bool:
    """Ask for the floor. A right of reply is a delegation's; the rest is as the floor's rules have it."""
    if not user.is_authenticated or not user.is_active or not may_enter(user, session):
        return False
    if kind == Kind.REPLY or floor.speakers == Speakers.DELEGATIONS:
        return voice_of(user, session) is not None
    return True


def may_raise_point(user: Person, session: Session) -> bool:
    """Whoever speaks for a delegation; the desk may note one that was raised in the room."""
    return voice_of(user, session) is not None


def is_of(user: Person, turn: Turn) -> bool:
    """Whether it is this person's own turn, or that of the delegation they speak for."""
    if not user.is_authenticated or not user.is_active:
        return False
    if turn.delegation_id is None:
        return turn.person_id == user.pk
    voice = speaks_for(user, turn.floor.session.conference_id)
    return voice is not None and voice.pk == turn.delegation_id


def may_take_back(user: Person, point: PointOfOrder) -> bool:
    """A point of order is the delegation's that raised it."""
    voice = speaks_for(user, point.floor.session.conference_id)
    return voice is not None and voice.pk == point.delegation_id


def may_open_screen(key: int, floor: Floor) -> bool:
    """Whoever holds the big screen's key, signed in or not."""
    return compare_digest(str(key), str(floor.screen_key))
