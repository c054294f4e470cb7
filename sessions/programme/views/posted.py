"""What all plain forms of a session’s page share: carry out one command, say how it went, and go back."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.http import url_has_allowed_host_and_scheme

from outbox.commands import id_of_button, perform
from outbox.errors import Invalid, NotThere, Refusal, SignInFirst
from web.posted import whole_number


def carry_out(request: HttpRequest, command: str, payload: dict[str, Any], *button: object) -> dict[str, Any]:
    """Performs the command once for this form, which serves a whole list of buttons. Raises a Refusal.

    `button` is what tells this button from the form’s others that send the same command.
    """
    form_id = request.POST.get("command_id")
    about = " ".join(map(str, (command, *button)))
    return perform(command, payload, by=request.user, command_id=id_of_button(form_id, about))


def row_number(text: str | None) -> int:
    """A row's number as a button sends it. Raises NotThere for anything else."""
    if not (number := whole_number(text)):
        raise NotThere
    return number


@contextmanager
def refusals_told(request: HttpRequest) -> Iterator[None]:
    """A refusal becomes words on the page that comes next.

    What is not there or needs a sign-in has a page of its own, and what does not fit belongs into the form.
    """
    try:
        yield
    except (NotThere, SignInFirst, Invalid):
        raise
    except Refusal as refusal:
        messages.error(request, str(refusal.words))


def back(request: HttpRequest, otherwise: str) -> HttpResponse:
    """To where the form was, if that is on this site."""
    return redirect(way_back(request, request.POST.get("back", ""), otherwise))


def way_back(request: HttpRequest, wanted: str, otherwise: str) -> str:
    """The address that a form or a page was given, if it is on this site."""
    safe = url_has_allowed_host_and_scheme(
        wanted, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return wanted if safe and wanted.startswith("/") else otherwise
