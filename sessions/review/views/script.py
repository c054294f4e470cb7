"""The script that the chair reads out: a page that keeps up with the order, and paper for where nothing else works."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import get_language, get_language_info
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from conferences.rules import Person, is_organiser
from outbox.errors import NotThere
from outbox.tickets import open_topics
from sessions.floor.live import HALL as SPEAKERS
from sessions.programme.models import Session
from sessions.programme.queries import entered_session
from sessions.review.live import BOARD, HALL
from sessions.review.models import Review
from sessions.review.paper import script_on_paper
from sessions.review.rules import may_chair
from sessions.review.script import script_of
from sessions.review.views.answered import as_file


def chaired_review(user: Person, session_id: int, *, slug: str) -> Session:
    """Raises NotThere for whoever does not chair: there is no script for them."""
    session = entered_session(user, session_id, slug=slug)
    if not may_chair(user, session) or not Review.objects.filter(session=session).exists():
        raise NotThere
    return session


def _language(request: HttpRequest) -> str:
    """The one that was chosen, else the page’s."""
    chosen = request.GET.get("language", "")
    return chosen if chosen in dict(settings.LANGUAGES) else get_language() or settings.LANGUAGE_CODE


@require_safe
@never_cache
def page(request: HttpRequest, slug: str, session_id: int) -> HttpResponse:
    session = chaired_review(request.user, session_id, slug=slug)
    topics = [kind.name(session_id=session.pk) for kind in (SPEAKERS, HALL, BOARD)]
    standings = open_topics(request, *topics)
    language = _language(request)
    context = {
        "conference": session.conference,
        "session": session,
        "may_organise": is_organiser(request.user, session.conference_id),
        "topics": [(topic, standings[topic].position) for topic in topics],
        "script": script_of(session, language),
        "is_right_to_left": get_language_info(language)["bidi"],
        "languages": [(code, get_language_info(code)["name_local"]) for code, _name in settings.LANGUAGES],
    }
    return render(request, "review/script.html", context)


@require_safe
def as_pdf(request: HttpRequest, slug: str, session_id: int) -> HttpResponse:
    session = chaired_review(request.user, session_id, slug=slug)
    language = _language(request)
    return as_file(script_on_paper(session, language), "application/pdf", f"{slug}-{session_id}-script-{language}.pdf")
