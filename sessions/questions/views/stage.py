"""The page for the projector: one question, readable from thirty metres. Whoever has its address may open it."""

import segno
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.safestring import SafeString, mark_safe
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from outbox.errors import NotThere
from outbox.tickets import open_topics
from sessions.programme.live import PROGRAMME
from sessions.programme.models import Session, State
from sessions.questions.live import stage_topic
from sessions.questions.models import QuestionTime
from sessions.questions.queries import on_stage
from sessions.questions.rules import may_open_stage
from sessions.questions.views.shown import to_public, words_of


@require_GET
@never_cache
def stage(request: HttpRequest, session_id: int, key: int) -> HttpResponse:
    """Raises NotThere with a wrong or renewed key, as for a session that is not there."""
    question_time = (
        QuestionTime.objects.select_related("session__conference", "session__room")
        .filter(session_id=session_id)
        .first()
    )
    if question_time is None or not may_open_stage(key, question_time):
        raise NotThere
    session = question_time.session
    topic = stage_topic(question_time)
    programme = PROGRAMME.name(conference_id=session.conference_id)
    standings = open_topics(request, topic, programme)
    staged = on_stage(session.pk)
    short = request.build_absolute_uri(reverse("questions:short", args=[session.pk]))
    context = {
        "conference": session.conference,
        "session": session,
        "topic": topic,
        "standing": standings[topic],
        "programme_topic": programme,
        "programme_standing": standings[programme],
        "window": question_time.window,
        "question": to_public(staged) if staged else None,
        "words": words_of(State),
        # Without the scheme: that is how people read an address out and type it.
        "short_address": short.partition("://")[2].rstrip("/"),
        "code": _code(short),
    }
    return render(request, "questions/stage.html", context)


def _code(address: str) -> SafeString:
    """A code to scan, as an inline picture without styles of its own. Quiet margins are part of it."""
    code = segno.make(address, error="m", micro=False)
    picture = code.svg_inline(border=4, omitsize=True, svgclass="stage-code", lineclass=None, light="#fff", dark="#000")
    return mark_safe(picture)  # noqa: S308  made here from an address that segno encodes as squares


@require_GET
def short(request: HttpRequest, session_id: int) -> HttpResponse:
    """The address under the code: short enough to type. The programme is public; the page itself asks who may enter."""
    session = Session.objects.select_related("conference").filter(pk=session_id).first()
    if session is None:
        raise NotThere
    return redirect(session.get_absolute_url())
