"""What all plain forms of questions share: carry out one command, say how it went, and go back."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from uuid import UUID, uuid4, uuid5

from django.contrib import messages
from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.http import url_has_allowed_host_and_scheme

from outbox.commands import perform
from outbox.errors import Invalid, NotThere, Refusal, SignInFirst


def carry_out(request: HttpRequest, command: str, payload: dict[str, Any]) -> dict[str, Any]:
    """Performs the command once for this form. Raises a Refusal.

    One form serves a whole list of buttons, so the button is part of the command's id: a page that was gone back to
    may send another of them, and the same one again does nothing twice.
    """
    form_id = _uuid(request.POST.get("command_id")) or uuid4()
    about = f"{command} {payload.get('question_id') or payload.get('session_id')} {payload.get('window', '')}"
    return perform(command, payload, by=request.user, command_id=uuid5(form_id, about))


def whole_number(text: str | None) -> int:
    """A row's number as a button sends it. Raises NotThere for anything else."""
    if not text or not text.isascii() or not text.isdecimal() or len(text) > 18 or int(text) < 1:
        raise NotThere
    return int(text)


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


def place(form: Form, refusal: Refusal) -> None:
    """Puts a refusal where it belongs in the form, so that what was typed stays beside what is wrong with it."""
    placed = {name: words for name, words in refusal.fields.items() if name in form.fields}
    for name, words in placed.items():
        form.add_error(name, str(words))
    if not placed:
        form.add_error(None, str(refusal.words))


def back(request: HttpRequest, otherwise: str) -> HttpResponse:
    """To where the form was, if that is on this site."""
    wanted = request.POST.get("back", "")
    safe = url_has_allowed_host_and_scheme(
        wanted, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return redirect(wanted if safe and wanted.startswith("/") else otherwise)


def _uuid(text: str | None) -> UUID | None:
    try:
        return UUID(text or "")
    except ValueError:
        return None
