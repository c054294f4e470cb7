"""Statements: handed in by their delegation, and read by whoever may."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.files import File
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from files.actions import discard_upload
from files.resumable import take_upload
from outbox.errors import NotThere, Refusal, SignInFirst
from sessions.review.actions.handing_in import ON_RECORD, end_embargo, hand_in_statement, remove_statement
from sessions.review.forms import StatementForm
from sessions.review.missing import was_heard
from sessions.review.models import Slot, Statement
from sessions.review.rules import STATEMENTS, is_open_to_all
from sessions.review.views.reached import of_session, slot_page, slot_to_prepare, statement_to_read
from sessions.review.views.shown import text_shown
from web.posted import form_page, status_of


@form_page
def hand_in(request: HttpRequest, slug: str, session_id: int, slot_id: int) -> HttpResponse:
    """The statement in one language: `?language=en` shows what is there in it. Times are on the conference’s clock."""
    slot = slot_to_prepare(request.user, slug, session_id, slot_id)
    conference = slot.review.session.conference
    there = _in_language(slot, request.POST.get("language") or request.GET.get("language", ""))
    if request.method != "POST" and there is not None and was_heard(slot):
        messages.error(request, str(ON_RECORD))
        return redirect(slot_page(slot, "statement"))
    with timezone.override(conference.zone):
        form = StatementForm(
            request.POST or None, request.FILES or None, slot=slot, by=request.user, initial=_initial(request, there)
        )
        if form.is_valid() and _handed_in(request, slot, form):
            messages.success(request, _("The statement is handed in. Interpreters have it from now on."))
            return redirect(slot_page(slot, "statement"))
        context = {
            **of_session(request, slot.review.session),
            "slot": slot,
            "there": text_shown(there) if there else None,
            "was_heard": was_heard(slot),
            "form": form,
            "page": slot_page(slot, "statement"),
        }
        return render(request, "review/statement_form.html", context, status=status_of(form))


def _in_language(slot: Slot, language: str) -> Statement | None:
    return next((statement for statement in slot.statements.all() if statement.language == language), None)


def _initial(request: HttpRequest, there: Statement | None) -> dict[str, Any]:
    if there is None:
        language = request.GET.get("language", "")
        return {"language": language} if language else {}
    names = ("language", "text", "check_against_delivery", "embargoed_until")
    return {name: getattr(there, name) for name in names}


def _handed_in(request: HttpRequest, slot: Slot, form: StatementForm) -> bool:
    """Whether it was taken; if not, the form says why. A file is stored before the change’s transaction."""
    given = dict(form.cleaned_data)
    file = given.pop("file")
    try:
        upload_id = take_upload(file, purpose=STATEMENTS, about=slot.pk, by=request.user).pk if file else None
    except ValidationError as error:
        form.add_error("file", error)
        return False
    try:
        hand_in_statement(slot.pk, upload_id=upload_id, by=request.user, **given)
    except (NotThere, SignInFirst):
        raise
    except Refusal as refusal:
        # One that arrived before the form waits for the form to be put right.
        if upload_id is not None and isinstance(file, File):
            discard_upload(upload_id)
        form.mark(refusal)
        return False
    return True


@require_POST
def remove(request: HttpRequest, slug: str, session_id: int, slot_id: int, statement_id: int) -> HttpResponse:
    done = _("The statement is taken back, and its file is deleted here.")
    return _done(
        request, slot_to_prepare(request.user, slug, session_id, slot_id), statement_id, remove_statement, done
    )


@require_POST
def release(request: HttpRequest, slug: str, session_id: int, slot_id: int, statement_id: int) -> HttpResponse:
    done = _("The embargo has ended: everybody in the session may read it.")
    return _done(request, slot_to_prepare(request.user, slug, session_id, slot_id), statement_id, end_embargo, done)


def _done(request: HttpRequest, slot: Slot, statement_id: int, verb: Callable[..., None], done: str) -> HttpResponse:
    """What a button beside a statement does; back to the page, which says what became of it."""
    if not any(statement.pk == statement_id for statement in slot.statements.all()):
        # Gone already, or never this delegation’s: its page shows what is there.
        return redirect(slot_page(slot, "statement"))
    try:
        verb(statement_id, by=request.user)
    except (NotThere, SignInFirst):
        raise
    except Refusal as refusal:
        messages.error(request, str(refusal.words))
    else:
        messages.success(request, done)
    return redirect(slot_page(slot, "statement"))


@require_safe
@never_cache
def statement(request: HttpRequest, slug: str, session_id: int, statement_id: int) -> HttpResponse:
    """The text of a statement as a page of its own."""
    found = statement_to_read(request.user, slug, session_id, statement_id)
    context = {
        **of_session(request, found.slot.review.session),
        "slot": found.slot,
        "statement": text_shown(found),
        "words": found.text,
        "is_open": is_open_to_all(found),
        "was_heard": was_heard(found.slot),
    }
    return render(request, "review/statement.html", context)


@require_safe
@never_cache
def plain(request: HttpRequest, slug: str, session_id: int, statement_id: int) -> HttpResponse:
    """The words alone, for a page that opens them in place."""
    found = statement_to_read(request.user, slug, session_id, statement_id)
    response = HttpResponse(found.text, content_type="text/plain; charset=utf-8")
    response["Content-Language"] = found.language
    response["X-Content-Type-Options"] = "nosniff"
    return response
