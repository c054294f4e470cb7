"""Reads that views, commands and the apps above share."""

from collections.abc import Callable

from django.db.models import QuerySet

from conferences.models import Conference
from conferences.rules import Person
from outbox.errors import NotThere, SignInFirst
from sessions.programme.models import ON, Session
from sessions.programme.rules import may_enter


def entered_session(user: Person, session_id: int, *, slug: str | None = None) -> Session:
    """The session with its conference and room, for somebody who may enter it. Raises NotThere for everybody else.

    `slug` is the conference's in the page's address: a session is not found under another one's.
    """
    found = Session.objects.select_related("conference", "room").filter(pk=session_id)
    if slug is not None:
        found = found.filter(conference__slug=slug)
    session = found.first()
    if session is None or not may_enter(user, session):
        raise NotThere
    return session


def session_to_enter(session_id: int, by: Person, *, slug: str | None = None) -> Session:
    """The session, with its conference and room. Raises NotThere where this person may not enter: the two read alike.

    Raises SignInFirst for whoever did not sign in yet: that a session exists is in the public programme. `slug` is the
    conference's in the page's address: a session is not found under another one's.
    """
    found = Session.objects.select_related("conference", "room").filter(pk=session_id)
    if slug is not None:
        found = found.filter(conference__slug=slug)
    session = found.first()
    if session is None:
        raise NotThere
    if not may_enter(by, session):
        raise NotThere if by.is_authenticated else SignInFirst
    return session


def session_to_act_in(session_id: int, by: Person) -> Session:
    """The same for whoever would change something there: SignInFirst also where a session is open to the public."""
    session = session_to_enter(session_id, by)
    if not by.is_authenticated:
        raise SignInFirst
    return session


def may_in(user: Person, session_id: int, may: Callable[[Person, Session], bool]) -> bool:
    """Whether there is such a session and this sentence (`may_enter`, `may_chair`) is true of the person in it."""
    session = Session.objects.filter(pk=session_id).first()
    return session is not None and may(user, session)


def programme_of(conference: Conference) -> QuerySet[Session]:
    """All its sessions with their rooms, in time and then by room. Its facts are public, whoever may enter."""
    return conference.sessions.select_related("room").order_by("starts_at", "room__position", "pk")


def on_now(conference: Conference) -> QuerySet[Session]:
    """What is live or suspended, by room."""
    return programme_of(conference).filter(state__in=ON).order_by("room__position", "starts_at", "pk")
