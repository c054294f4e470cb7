"""What everybody reads: the conferences, one conference's home, its timetable."""

from typing import Any

from django.db.models import Prefetch
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from conferences.models import Conference
from conferences.queries import conference_at, delegations_of
from conferences.rules import may_create_conferences, may_organise
from outbox.tickets import let_follow, open_topics
from registration.context import represented_in
from registration.participants import may_read_list
from registration.queries import has_applied, takes_applications
from registration.rules import may_decide
from sessions.programme.live import PROGRAMME
from sessions.programme.models import ON, Room, Session, Speaker, State
from sessions.programme.queries import programme_of
from sessions.programme.rules import enterable, sessions_on_duty
from sessions.programme.timetable import days_of

# Beside what is on, this many sessions that come next.
NEXT_SHOWN = 6


@require_safe
def conferences(request: HttpRequest) -> HttpResponse:
    """All conferences here, the latest first. With only one, that one's home."""
    found = list(Conference.objects.order_by("-opens_at")[:200])
    may_create = may_create_conferences(request.user)
    if len(found) == 1 and not may_create:
        return redirect(found[0])
    return render(request, "programme/conferences.html", {"conferences": found, "may_create": may_create})


@require_safe
def home(request: HttpRequest, slug: str) -> HttpResponse:
    """What this is, what is on now, what comes next."""
    conference = conference_at(slug)
    sessions = list(programme_of(conference))
    now = [session for session in sessions if session.state in ON]
    coming = [session for session in sessions if session.state == State.SCHEDULED]
    on_duty = sessions_on_duty(request.user, conference.pk)
    topic = PROGRAMME.name(conference_id=conference.pk)
    let_follow(request, topic)
    return render(
        request,
        "programme/home.html",
        {
            **of_conference(request, conference),
            "now": sorted(now, key=lambda session: (session.room.position, session.room_id)),
            "next": coming[:NEXT_SHOWN],
            "mine": [session for session in sessions if session.pk in on_duty],
            "has_sessions": bool(sessions),
            "is_over": bool(sessions) and not now and not coming,
            "enterable": enterable(request.user, conference.pk, sessions),
            "delegations": list(delegations_of(conference)),
            "takes_applications": takes_applications(conference),
            "has_applied": has_applied(request.user, conference),
            "may_read_list": may_read_list(request.user, conference),
            "represented": represented_in(request, conference),
            "topic": topic,
        },
    )


@require_safe
def timetable(request: HttpRequest, slug: str) -> HttpResponse:
    """The days as tables; `?room=` shows one room, which is how a phone turns from room to room."""
    conference = conference_at(slug)
    topic = PROGRAMME.name(conference_id=conference.pk)
    # Before the data: what changes in between is told again, which does no harm.
    at = open_topics(request, topic)[topic].position
    speakers = Prefetch("speakers", Speaker.objects.select_related("delegation"))
    sessions = list(programme_of(conference).prefetch_related(speakers))
    rooms = list(conference.rooms.order_by("position", "pk"))
    room = _chosen(rooms, request.GET.get("room"))
    shown = [session for session in sessions if room is None or session.room_id == room.pk]
    return render(
        request,
        "programme/timetable.html",
        {
            **of_conference(request, conference),
            "days": days_of(shown, conference.zone, timezone.now()),
            "rooms": rooms,
            "room": room,
            "enterable": enterable(request.user, conference.pk, sessions),
            "on_duty": sessions_on_duty(request.user, conference.pk),
            "topic": topic,
            "at": at,
        },
    )


def _chosen(rooms: list[Room], wished: str | None) -> Room | None:
    return next((room for room in rooms if str(room.pk) == wished), None)


def of_conference(request: HttpRequest, conference: Conference) -> dict[str, Any]:
    """What the head of every page of a conference needs."""
    organises = may_organise(request.user, conference)
    return {
        "conference": conference,
        "may_organise": organises,
        # Who organises finds the desk among the organisers' pages.
        "may_decide": not organises and may_decide(request.user, conference),
        "states": State.choices,
    }


def rooms_on(conference: Conference, but: Session) -> list[Session]:
    """What else is on, by room: the strip that leads from one session to another."""
    others = programme_of(conference).filter(state__in=ON).exclude(pk=but.pk)
    return list(others.order_by("room__position", "room_id", "starts_at"))
