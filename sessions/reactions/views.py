"""Reacting without a script: a button, and the page again."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from outbox.commands import id_of_button, perform
from outbox.errors import NotThere, Refusal, SignInFirst
from sessions.programme.queries import entered_session
from sessions.reactions.commands import GIVE


@require_POST
def give(request: HttpRequest, slug: str, session_id: int) -> HttpResponse:
    session = entered_session(request.user, session_id, slug=slug)
    kind = request.POST.get("kind", "")
    try:
        sent_as = id_of_button(request.POST.get("command_id"), kind)
        perform(GIVE, {"session_id": session.pk, "kind": kind}, by=request.user, command_id=sent_as)
    except (NotThere, SignInFirst):
        raise
    except Refusal as refusal:
        messages.error(request, " ".join(map(str, refusal.fields.values())) or str(refusal.words))
    return redirect(session)
