"""The record of a session’s floor and review: a page, JSON, and a PDF to be filed."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import get_language_bidi
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from conferences.rules import is_organiser
from sessions.programme.models import Session
from sessions.review.chart import bars_of
from sessions.review.paper import record_on_paper
from sessions.review.record import SessionRecord, record_for, recorded_session
from sessions.review.told import told_record
from sessions.review.views.answered import as_file


def _record(request: HttpRequest, slug: str, session_id: int) -> tuple[Session, SessionRecord]:
    session, floor = recorded_session(request.user, session_id, slug=slug)
    return session, record_for(request.user, session, floor)


@require_safe
@never_cache
def page(request: HttpRequest, slug: str, session_id: int) -> HttpResponse:
    session, record = _record(request, slug, session_id)
    context = {
        "conference": session.conference,
        "session": session,
        "may_organise": is_organiser(request.user, session.conference_id),
        "record": told_record(record),
        "is_review": record.review is not None,
        "chart": bars_of(record.floor, statements_alone=record.review is not None, mirrored=get_language_bidi()),
    }
    return render(request, "review/record.html", context)


@require_safe
def as_json(request: HttpRequest, slug: str, session_id: int) -> HttpResponse:
    """The schema is `sessions.review.record`."""
    _session, record = _record(request, slug, session_id)
    return as_file(record.as_json(), "application/json", f"{slug}-{session_id}-record.json")


@require_safe
def as_pdf(request: HttpRequest, slug: str, session_id: int) -> HttpResponse:
    session, record = _record(request, slug, session_id)
    paper = record_on_paper(session.conference, record)
    return as_file(paper, "application/pdf", f"{slug}-{session_id}-record.pdf")
