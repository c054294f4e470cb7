"""What a delegation says of itself and answers: its speaker, achievements, commitments, and remarks made to it."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from outbox.errors import NotThere, Refusal, SignInFirst
from outbox.marking import Marking
from sessions.programme.views.posted import carry_out
from sessions.review.actions import reporting, setting_up
from sessions.review.forms import (
    AnswerForm,
    Lines,
    SpeakerForm,
    achievements_form,
    commitments_form,
    filled,
)
from sessions.review.models import FollowUp, Remark, Slot
from sessions.review.queries import remarks_with_names
from sessions.review.rules import may_answer_for
from sessions.review.views.reached import of_session, slot_page, slot_to_prepare
from web.posted import UNPROCESSABLE, form_page, status_of


@form_page
def speaker(request: HttpRequest, slug: str, session_id: int, slot_id: int) -> HttpResponse:
    slot = slot_to_prepare(request.user, slug, session_id, slot_id)
    form = SpeakerForm(request.POST or None, slot=slot)
    if form.is_valid() and _taken(form, lambda: setting_up.change_slot(slot.pk, by=request.user, **form.facts())):
        messages.success(request, _("Saved. It is announced and read out like this."))
        return redirect(slot_page(slot, "speaker"))
    return _form(request, slot, "review/speaker_form.html", form, fragment="speaker")


@form_page
def answer(request: HttpRequest, slug: str, session_id: int, slot_id: int, remark_id: int) -> HttpResponse:
    """The answer to a remark, in the delegation’s name: organisers do not answer for it."""
    slot = slot_to_prepare(request.user, slug, session_id, slot_id)
    remark = remarks_with_names().filter(pk=remark_id, slot=slot).first()
    if remark is None or not may_answer_for(request.user, slot):
        raise NotThere
    form = AnswerForm(request.POST or None, initial=_answer_of(remark))
    if form.is_valid() and _taken(form, lambda: _answer(request, remark, form)):
        messages.success(request, _("Your answer stands beside the remark."))
        return redirect(slot_page(slot, "remarks"))
    return _form(request, slot, "review/answer_form.html", form, fragment="remarks", remark=remark)


def _answer_of(remark: Remark) -> dict[str, Any]:
    return {"answer": remark.answer, "text": remark.answer_text, "due_on": remark.due_on}


def _answer(request: HttpRequest, remark: Remark, form: AnswerForm) -> None:
    given = form.cleaned_data
    due_on = given["due_on"].isoformat() if given["due_on"] else None
    payload = {"remark_id": remark.pk, "answer": given["answer"], "text": given["text"], "due_on": due_on}
    carry_out(request, "remark.answer", payload, remark.pk, *given.values())


@form_page
def achievements(request: HttpRequest, slug: str, session_id: int, slot_id: int) -> HttpResponse:
    slot = slot_to_prepare(request.user, slug, session_id, slot_id)
    rows = slot.achievements.values("what", "figure", "evidence", "focus_area")
    formset = achievements_form(request.POST or None, rows)

    def save() -> None:
        reporting.set_achievements(slot.pk, filled(formset, "what"), by=request.user)

    return _rows(request, slot, "review/achievements_form.html", formset, save, _("The achievements are saved."))


@form_page
def commitments(request: HttpRequest, slug: str, session_id: int, slot_id: int) -> HttpResponse:
    slot = slot_to_prepare(request.user, slug, session_id, slot_id)
    formset = commitments_form(request.POST or None, slot.commitments.values("text", "follow_up"))

    def save() -> None:
        rows = [{**row, "follow_up": row["follow_up"] or FollowUp.NONE} for row in filled(formset, "text")]
        reporting.set_commitments(slot.pk, rows, by=request.user)

    return _rows(request, slot, "review/commitments_form.html", formset, save, _("The commitments are saved."))


def _rows(
    request: HttpRequest,
    slot: Slot,
    template: str,
    formset: Lines,
    save: Callable[[], None],
    done: str,
) -> HttpResponse:
    """A page of lines, which come back as they were typed where one of them could not be taken."""
    refused = ""
    if formset.is_bound and formset.is_valid():
        try:
            save()
        except (NotThere, SignInFirst):
            raise
        except Refusal as refusal:
            refused = " ".join(str(words) for words in refusal.fields.values()) or str(refusal.words)
        else:
            messages.success(request, done)
            return redirect(slot_page(slot, "report"))
    context = {
        **of_session(request, slot.review.session),
        "slot": slot,
        "formset": formset,
        "refused": refused,
        "page": slot_page(slot, "report"),
    }
    return render(request, template, context, status=UNPROCESSABLE if formset.is_bound else 200)


def _taken(form: Marking, act: Callable[[], Any]) -> bool:
    """Whether it was done; if not, the form says why beside what was typed."""
    try:
        act()
    except (NotThere, SignInFirst):
        raise
    except Refusal as refusal:
        form.mark(refusal)
        return False
    return True


def _form(
    request: HttpRequest, slot: Slot, template: str, form: forms.Form, *, fragment: str, **more: Any
) -> HttpResponse:
    context = {
        **of_session(request, slot.review.session),
        "slot": slot,
        "form": form,
        "page": slot_page(slot, fragment),
        **more,
    }
    return render(request, template, context, status=status_of(form))
