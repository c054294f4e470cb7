"""The big screen: who has the floor and for how long, readable from thirty metres, for whoever has its address."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from conferences.rules import Person
from outbox.errors import NotThere
from outbox.tickets import open_topics
from sessions.floor.live import screen_topic
from sessions.floor.models import Floor
from sessions.floor.rules import may_chair, may_open_screen
from sessions.floor.screen_parts import SCREEN_PARTS
from sessions.floor.views.hall_now import hall_now
from sessions.floor.views.shown import BLANK
from sessions.floor.views.words import screen_words
from sessions.programme.live import PROGRAMME
from sessions.programme.models import Session
from sessions.programme.queries import session_to_enter
from sessions.programme.views.posted import back, carry_out, refusals_told
from web.parts import scripts_of, styles_of


@require_safe
@never_cache
def screen(request: HttpRequest, session_id: int, key: int) -> HttpResponse:
    """Raises NotThere with a wrong or renewed key, as for a session that is not there."""
    floor = Floor.objects.select_related("session__conference", "session__room").filter(session_id=session_id).first()
    if floor is None or not may_open_screen(key, floor):
        raise NotThere
    session = floor.session
    topic = screen_topic(floor)
    programme = PROGRAMME.name(conference_id=session.conference_id)
    standings = open_topics(request, topic, programme)
    now = hall_now(session, topic, standings[topic])
    context: dict[str, Any] = {
        "conference": session.conference,
        "session": session,
        "topic": topic,
        "standing": standings[topic],
        "programme_topic": programme,
        "programme_standing": standings[programme],
        "now": now,
        "shown": now.shown,
        "blank": BLANK,
        "words": screen_words(),
    }
    filled = SCREEN_PARTS.fill(request, floor)
    context["film"] = [each.render(each.part.template, context, request) for each in filled]
    context["styles"], context["scripts"] = styles_of(filled), scripts_of(filled)
    return render(request, "floor/screen.html", context)


def _chaired(session_id: int, by: Person, slug: str) -> Session:
    """Raises NotThere for whoever does not chair: there is no desk for them."""
    session = session_to_enter(session_id, by, slug=slug)
    if not may_chair(by, session):
        raise NotThere
    return session


@require_safe
def screen_here(request: HttpRequest, slug: str, session_id: int) -> HttpResponse:
    """To the big screen's page, for the desk that does not have its address at hand."""
    session = _chaired(session_id, request.user, slug)
    floor = Floor.objects.filter(session=session).first()
    if floor is None:
        messages.info(request, _("Take the desk first: then the big screen has its address."))
        return redirect(session)
    return redirect("floor:screen", session.pk, floor.screen_key)


@require_POST
def new_screen_address(request: HttpRequest, slug: str, session_id: int) -> HttpResponse:
    """Revokes the big screen's address and makes another."""
    session = _chaired(session_id, request.user, slug)
    with refusals_told(request):
        carry_out(request, "desk.renew_screen", {"session_id": session.pk})
        messages.success(request, _("The big screen has a new address. The old one shows nothing any more."))
    return back(request, session.get_absolute_url())
