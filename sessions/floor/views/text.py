"""The floor in words alone, for the weakest link: no script, no picture, and the page again every so often."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from sessions.floor.text_parts import TEXT_PARTS
from sessions.floor.views.hall import hall_of
from sessions.programme.queries import session_to_enter
from sessions.programme.views.session import REFRESHED_EVERY


@require_safe
@never_cache
def text(request: HttpRequest, slug: str, session_id: int) -> HttpResponse:
    """`?still` holds it still, for whoever reads slowly."""
    session = session_to_enter(session_id, request.user, slug=slug)
    refreshes = "still" not in request.GET
    context: dict[str, Any] = {
        "conference": session.conference,
        "session": session,
        "hall": hall_of(request, session),
        "made_at": timezone.now(),
        "refreshes": refreshes,
        "refreshed_every": REFRESHED_EVERY,
    }
    filled = TEXT_PARTS.fill(request, session)
    context["now"] = [each.render(each.part.now, context, request) for each in filled]
    context["below"] = [each.render(each.part.below, context, request) for each in filled]
    answer = render(request, "floor/text.html", context)
    if refreshes:
        answer["Refresh"] = str(REFRESHED_EVERY)
    return answer
