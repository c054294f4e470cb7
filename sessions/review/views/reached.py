"""The slot, statement or review that a page is about, for whoever may: fetched and permitted in one step."""

from typing import Any

from django.http import HttpRequest
from django.urls import reverse

from conferences.rules import Person
from outbox.errors import NotThere, SignInFirst
from sessions.programme.models import Session
from sessions.programme.queries import entered_session
from sessions.programme.views.reading import of_conference
from sessions.review.models import Review, Slot, Statement
from sessions.review.queries import slots_with_names, with_rules
from sessions.review.rules import may_chair, may_prepare, may_read_statement


def slot_to_prepare(user: Person, slug: str, session_id: int, slot_id: int) -> Slot:
    """For its delegation and the organisers. Raises NotThere, also for everybody else, and SignInFirst."""
    slot = _slot(user, slug, session_id, slot_id)
    if not may_prepare(user, slot):
        raise NotThere
    return slot


def slot_to_preview(user: Person, slug: str, session_id: int, slot_id: int) -> Slot:
    """For its delegation and the desk. Raises as `slot_to_prepare`."""
    slot = _slot(user, slug, session_id, slot_id)
    if not may_prepare(user, slot) and not may_chair(user, slot.review.session):
        raise NotThere
    return slot


def _slot(user: Person, slug: str, session_id: int, slot_id: int) -> Slot:
    if not user.is_authenticated:
        raise SignInFirst
    slots = slots_with_names().filter(review_id=session_id, review__session__conference__slug=slug)
    slot = slots.filter(pk=slot_id).first()
    if slot is None:
        raise NotThere
    return slot


def statement_to_read(user: Person, slug: str, session_id: int, statement_id: int) -> Statement:
    """For whoever may read it now. Raises NotThere, and SignInFirst for whoever may only have to sign in."""
    statements = Statement.objects.select_related(
        "upload", "slot__delegation", "slot__theme", "slot__turn", "slot__review__session__conference"
    )
    found = statements.filter(slot__review_id=session_id, slot__review__session__conference__slug=slug)
    statement = found.filter(pk=statement_id).first()
    if statement is not None and may_read_statement(user, statement):
        return statement
    if not user.is_authenticated:
        raise SignInFirst
    raise NotThere


def entered_review(user: Person, slug: str, session_id: int) -> tuple[Session, Review]:
    """The session and its review, for whoever may enter. Raises NotThere, also where it is no review."""
    session = entered_session(user, session_id, slug=slug)
    review = with_rules().filter(pk=session.pk).first()
    if review is None:
        raise NotThere
    return session, review


def of_session(request: HttpRequest, session: Session) -> dict[str, Any]:
    """What the head of every page of a review needs."""
    return {
        **of_conference(request, session.conference),
        "session": session,
        "session_page": session.get_absolute_url(),
    }


def slot_page(slot: Slot, fragment: str = "") -> str:
    address = reverse("review:slot", args=[slot.review.session.conference.slug, slot.review_id, slot.pk])
    return f"{address}#{fragment}" if fragment else address
