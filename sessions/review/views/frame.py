"""What the review’s pages share: the session for whoever may, and what stands in the head of each page."""

from typing import Any

from django.http import HttpRequest

from outbox.errors import NotThere, SignInFirst
from sessions.programme.models import Format, Session
from sessions.programme.queries import entered_session
from sessions.programme.rules import may_organise_session
from sessions.programme.views.reading import of_conference
from sessions.review.models import Review
from sessions.review.rules import may_see_board


def reviewed_session(request: HttpRequest, slug: str, session_id: int) -> Session:
    """The session of a countries’ review, for whoever may enter it.

    Raises NotThere, and SignInFirst for whoever may only have to sign in: that there is the session, everybody knows
    from the timetable.
    """
    try:
        session = entered_session(request.user, session_id, slug=slug)
    except NotThere:
        if not request.user.is_authenticated and _is_there(slug, session_id):
            raise SignInFirst from None
        raise
    if not _is_review(session):
        raise NotThere
    return session


def organised_session(request: HttpRequest, slug: str, session_id: int) -> Session:
    """For its organisers. Raises NotThere for everybody else, and SignInFirst for who did not sign in."""
    session = reviewed_session(request, slug, session_id)
    if not request.user.is_authenticated:
        raise SignInFirst
    if not may_organise_session(request.user, session):
        raise NotThere
    return session


def chaired_session(request: HttpRequest, slug: str, session_id: int) -> Session:
    """For its organisers and its chair. Raises as `organised_session`."""
    session = reviewed_session(request, slug, session_id)
    if not request.user.is_authenticated:
        raise SignInFirst
    if not may_see_board(request.user, session):
        raise NotThere
    return session


def of_review(request: HttpRequest, session: Session) -> dict[str, Any]:
    """What the head of every page of a review needs."""
    return {
        **of_conference(request, session.conference),
        "session": session,
        "organises": may_organise_session(request.user, session),
        "chairs": may_see_board(request.user, session),
    }


def _is_there(slug: str, session_id: int) -> bool:
    return Session.objects.filter(pk=session_id, conference__slug=slug).exists()


def _is_review(session: Session) -> bool:
    return session.format == Format.COUNTRIES_REVIEW or Review.objects.filter(pk=session.pk).exists()
