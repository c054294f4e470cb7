"""Reacting without a script: a button, and the page again."""

from uuid import UUID, uuid4, uuid5

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from outbox.commands import perform
from outbox.errors import NotThere, Refusal, SignInFirst
from sessions.programme.queries import entered_session
from sessions.reactions.commands import GIVE


@require_POST
def give(request: HttpRequest, slug: str, session_id: int) -> HttpResponse:
    session = entered_session(request.user, session_id, slug=slug)
    kind = request.POST.get("kind", "")
    try:
        perform(GIVE, {"session_id": session.pk, "kind": kind}, by=request.user, command_id=_command_id(request, kind))
    except (NotThere, SignInFirst):
        raise
    except Refusal as refusal:
        messages.error(request, " ".join(map(str, refusal.fields.values())) or str(refusal.words))
    return redirect(session)


def _command_id(request: HttpRequest, kind: str) -> UUID:
    """One page holds several buttons, so the button is part of the command's id."""
    try:
        return uuid5(UUID(request.POST.get("command_id", "")), kind)
    except ValueError:
        return uuid4()
