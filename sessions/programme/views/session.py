"""A session's own page: what it is, its panels, the way to the other rooms, and for its chair how it goes."""

from typing import Any
from uuid import uuid4

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from outbox.commands import id_of_button, perform
from outbox.errors import Invalid, NotThere, Refusal, SignInFirst
from outbox.kept import kept
from outbox.tickets import open_topics
from sessions.programme.actions import may_still_reopen
from sessions.programme.live import PROGRAMME
from sessions.programme.models import Access, Session, State
from sessions.programme.panels import PANELS, topics_of
from sessions.programme.queries import entered_session
from sessions.programme.rules import may_chair, may_organise_session
from sessions.programme.views.reading import of_conference, rooms_on
from web.parts import scripts_of, styles_of

# What the page's buttons say, and the command behind each.
COMMANDS = {
    "go_live": "session.go_live",
    "suspend": "session.suspend",
    "resume": "session.resume",
    "end": "session.end",
    "reopen": "session.reopen",
}
REFRESHED_EVERY = 20  # seconds, for pages without scripts


@require_safe
@never_cache
def session(request: HttpRequest, slug: str, session_id: int) -> HttpResponse:
    try:
        found = entered_session(request.user, session_id, slug=slug)
    except NotThere:
        return _closed_door(request, slug, session_id)
    return _page(request, found)


def _closed_door(request: HttpRequest, slug: str, session_id: int) -> HttpResponse:
    """That there is a session everybody may know, from the timetable; so its door says who may enter, not more.

    Raises NotThere where there is none, and SignInFirst for whoever may only have to sign in.
    """
    found = Session.objects.select_related("conference", "room").filter(pk=session_id, conference__slug=slug).first()
    if found is None:
        raise NotThere
    if not request.user.is_authenticated:
        raise SignInFirst
    context = {**of_conference(request, found.conference), "session": found, "is_closed": found.access == Access.CLOSED}
    return render(request, "programme/closed_door.html", context, status=NotThere.status)


def _page(
    request: HttpRequest, found: Session, *, reopen: dict[str, str] | None = None, status: int = 200
) -> HttpResponse:
    """`reopen` brings back the reason that was typed and what is wrong with it."""
    topic = PROGRAMME.name(conference_id=found.conference_id)
    standing = open_topics(request, topic, *topics_of(request, found))[topic]
    chairs = may_chair(request.user, found)
    # Whoever wants to read or write in peace stops it by one link; so does a page that came back with a mistake.
    refreshes = "still" not in request.GET and reopen is None
    page: dict[str, Any] = {
        **of_conference(request, found.conference),
        "session": found,
        "speakers": list(found.speakers.select_related("delegation")),
        "rooms_on": kept("rooms but", found.pk, standing, lambda: rooms_on(found.conference, found)),
        "topic": topic,
        "at": standing.position,
        "chairs": chairs,
        "organises": may_organise_session(request.user, found),
        "is_past_reopening": found.state == State.ENDED and not may_still_reopen(found) and reopen is None,
        "reopen": reopen,
        "command_id": uuid4() if chairs else None,
        "refreshes": refreshes,
        "refreshed_every": REFRESHED_EVERY,
    }
    filled = PANELS.fill(request, found)
    for position in ("main", "aside"):
        there = [each for each in filled if each.part.position == position]
        page[f"{position}_panels"] = [each.render(each.part.template, page, request) for each in there]
    page["styles"], page["scripts"] = styles_of(filled), scripts_of(filled)
    return render(request, "programme/session.html", page, status=status)


@require_POST
def move(request: HttpRequest, slug: str, session_id: int) -> HttpResponse:
    """Carries out one of the chair's moves, once for each time the page was made."""
    wished = request.POST.get("move", "")
    if wished not in COMMANDS:
        raise NotThere
    found = entered_session(request.user, session_id, slug=slug)
    payload: dict[str, Any] = {"session_id": found.pk}
    if wished == "reopen":
        payload["reason"] = request.POST.get("reason", "")
    sent_as = id_of_button(request.POST.get("command_id"), wished)
    try:
        perform(COMMANDS[wished], payload, by=request.user, command_id=sent_as)
    except Invalid as refusal:
        words = refusal.fields.get("reason", refusal.words)
        return _page(request, found, reopen={"reason": payload.get("reason", ""), "error": str(words)}, status=422)
    except (NotThere, SignInFirst):
        raise
    except Refusal as refusal:
        messages.error(request, str(refusal.words))
    return redirect(found)
