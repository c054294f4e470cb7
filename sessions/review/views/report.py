"""The report on one delegation, at an address that stays: a page, JSON, a PDF, and captions for its film."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import get_language
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from conferences.rules import is_organiser
from outbox.errors import NotThere
from sessions.review.models import Statement
from sessions.review.paper import report_on_paper
from sessions.review.report import film_shown, readable_report, report_for, report_of_country
from sessions.review.rules import may_read_statement
from sessions.review.texts import as_webvtt, cues_of
from sessions.review.told import told_report
from sessions.review.views.answered import as_file


@require_safe
@never_cache
def page(request: HttpRequest, slug: str, session_id: int, slot_id: int) -> HttpResponse:
    readable = readable_report(request.user, session_id, slot_id, slug=slug)
    session = readable.slot.review.session
    facts = report_for(request.user, readable)
    told = told_report(facts)
    context = {
        "conference": session.conference,
        "session": session,
        "slot": readable.slot,
        "may_organise": is_organiser(request.user, session.conference_id),
        "is_published": readable.is_published,
        "report": told,
        "film": facts.film,
        "tracks": [text for text in told.texts if text.words],
        "language": get_language(),
    }
    return render(request, "review/report.html", context)


@require_safe
def as_json(request: HttpRequest, slug: str, session_id: int, slot_id: int) -> HttpResponse:
    """The schema is `sessions.review.report`."""
    readable = readable_report(request.user, session_id, slot_id, slug=slug)
    content = report_for(request.user, readable).as_json()
    return as_file(content, "application/json", f"{slug}-{session_id}-report-{slot_id}.json")


@require_safe
def as_pdf(request: HttpRequest, slug: str, session_id: int, slot_id: int) -> HttpResponse:
    readable = readable_report(request.user, session_id, slot_id, slug=slug)
    report = report_for(request.user, readable)
    address = request.build_absolute_uri(reverse("review:report", args=[slug, session_id, slot_id]))
    conference = readable.slot.review.session.conference
    paper = report_on_paper(conference, report, address=address, is_published=readable.is_published)
    return as_file(paper, "application/pdf", f"{slug}-{session_id}-report-{slot_id}.pdf")


@require_safe
def by_country(request: HttpRequest, slug: str, session_id: int, country: str) -> HttpResponse:
    """To the address that stays, for those who may read what is there."""
    readable = report_of_country(request.user, session_id, country, slug=slug)
    return redirect("review:report", slug, session_id, readable.slot.pk)


@require_safe
def captions(request: HttpRequest, slug: str, session_id: int, slot_id: int, language: str) -> HttpResponse:
    """The statement’s text over the length of its film. Raises NotThere without a film that was shown, or a text that
    may be read."""
    slot = readable_report(request.user, session_id, slot_id, slug=slug).slot
    clip = film_shown(slot)
    statement = Statement.objects.filter(slot=slot, language=language).exclude(text="").first()
    if clip is None or statement is None:
        raise NotThere
    statement.slot = slot
    if not may_read_statement(request.user, statement):
        raise NotThere
    content = as_webvtt(cues_of(statement.text, clip.milliseconds or 0))
    return as_file(content.encode(), "text/vtt; charset=utf-8", f"{language}.vtt")
