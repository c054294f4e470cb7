"""Asking for the floor by plain forms: every button of the hall, and what is asked once before the graver ones."""

from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST, require_safe

from outbox.errors import NotThere
from sessions.floor.models import ASKED_FOR, Mode
from sessions.programme.models import Session
from sessions.programme.queries import session_to_enter
from sessions.programme.views.posted import back, carry_out, refusals_told, row_number, way_back

# A button's name is the verb; its value says on what.
COMMANDS = {
    "join": "floor.join",
    "ready": "floor.ready",
    "not_ready": "floor.ready",
    "here": "floor.here",
    "leave": "floor.leave",
    "yield": "floor.yield",
    "raise_point": "floor.raise_point",
    "take_point_back": "floor.take_point_back",
    "appeal": "floor.appeal",
    "acknowledge": "floor.acknowledge",
}
DONE = {
    "join": _("You are on the list. Your place stands here and moves by itself."),
    "ready": _("The chair sees that you are ready."),
    "not_ready": _("The chair sees that you are not ready yet."),
    "here": _("The chair sees that you are here."),
    "leave": _("You are off the list."),
    "yield": _("You have given the floor back."),
    "raise_point": _("Your point of order is raised. The chair rules on it."),
    "take_point_back": _("Your point of order is taken back."),
    "appeal": _("Your appeal is made. The meeting decides."),
    "acknowledge": _("The desk sees that you have read it."),
}


@dataclass(frozen=True)
class Sure:
    """What is asked before something that everybody sees and nobody can undo."""

    title: str | Promise
    says: str | Promise
    does: str | Promise


SURE = {
    "leave": Sure(
        _("Take your request back?"),
        _("You leave the list. If you ask again, you come to its end."),
        _("Leave the list"),
    ),
    "yield": Sure(
        _("Give the floor back?"),
        _("Your clock stops, and the chair calls whoever is next. You cannot take it back."),
        _("I yield"),
    ),
    "raise_point": Sure(
        _("Rise to a point of order?"),
        _("The clock stops for everybody, and the chair rules. Then whoever has the floor goes on."),
        _("Rise to a point of order"),
    ),
    "appeal": Sure(
        _("Appeal against the ruling?"),
        _("The clock stops, and the meeting decides at once whether the ruling stands."),
        _("Appeal"),
    ),
}


@require_POST
def speak(request: HttpRequest, slug: str, session_id: int) -> HttpResponse:
    """One form for all that can be asked of the floor, told apart by the button that was pressed."""
    session = session_to_enter(session_id, request.user, slug=slug)
    if not request.user.is_authenticated:
        return redirect_to_login(session.get_absolute_url())
    verb = next((verb for verb in COMMANDS if verb in request.POST), None)
    if verb is None:
        raise NotThere
    with refusals_told(request):
        wish = _wish(request, session, verb)
        carry_out(request, COMMANDS[verb], wish, *wish.values())
        messages.success(request, str(DONE[verb]))
    return back(request, session.get_absolute_url())


def _wish(request: HttpRequest, session: Session, verb: str) -> dict[str, Any]:
    """What the command is told. Raises NotThere for a button that no page has."""
    value = request.POST.get(verb, "")
    if verb == "join":
        mode = request.POST.get("mode") or Mode.ROOM
        if value not in ASKED_FOR or mode not in Mode.values:
            raise NotThere
        return {"session_id": session.pk, "kind": value, "mode": mode}
    if verb == "raise_point":
        return {"session_id": session.pk}
    number = row_number(value)
    if verb in ("take_point_back", "appeal"):
        return {"point_id": number}
    if verb == "acknowledge":
        return {"notice_id": number}
    if verb in ("ready", "not_ready"):
        return {"turn_id": number, "ready": verb == "ready"}
    return {"turn_id": number}


@require_safe
def sure(request: HttpRequest, slug: str, session_id: int, verb: str, number: int) -> HttpResponse:
    """Asks once, without a script; a page with scripts asks in a dialog. Whether it can be done is found when it is."""
    session = session_to_enter(session_id, request.user, slug=slug)
    if not request.user.is_authenticated:
        return redirect_to_login(request.get_full_path())
    if verb not in SURE:
        raise NotThere
    context = {
        "conference": session.conference,
        "session": session,
        "verb": verb,
        "number": number,
        "sure": SURE[verb],
        "back": way_back(request, request.GET.get("back", ""), session.get_absolute_url()),
        "command_id": str(uuid4()),
    }
    return render(request, "floor/sure.html", context)
