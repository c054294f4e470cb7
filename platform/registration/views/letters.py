"""Letters: a conference's own words, letters to many, and the page by which somebody wants no more of them."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST, require_safe

from conferences.models import Conference
from conferences.queries import conference_at
from jobs.models import State as JobState
from outbox.errors import Invalid, NotThere, Refusal, SignInFirst
from registration import letter_actions
from registration.calendar import CONTENT_TYPE, FILE_NAME, calendar_file
from registration.desk import Wanted, applications_of, conference_to_decide
from registration.forms.letters import (
    LetterForm,
    MailingForm,
    direction_of,
    initial_of_mailing,
    name_of_language,
)
from registration.letters import LETTERS, Letter, languages_of, preview, words_for
from registration.mailings import (
    as_reader,
    left_out_count,
    letter_of,
    named_so,
    not_reached,
    recipients_of,
    still_to_get,
    who_got_it,
    whose,
    without_address_count,
)
from registration.models import Application, Mailing, MailingState, Status, Unsubscribed
from registration.placeholders import OF_A_PERSON, OF_AN_APPLICATION
from registration.views.pages import conference_page
from web.posted import UNPROCESSABLE, form_page, whole_number

# Whose names are shown of many; the rest is found by typing a name.
SHOWN_AT_MOST = 10


@require_safe
def letters(request: HttpRequest, slug: str) -> HttpResponse:
    """Which letters there are, in whose words, and the letters to many."""
    conference = conference_to_decide(slug, request.user)
    own = set(conference.letter_templates.values_list("letter", "language"))
    languages = languages_of(conference)
    rows = [
        (name, when, [(code, name_of_language(code), (name, code) in own) for code in languages])
        for name, when in LETTERS.items()
    ]
    mailings = conference.mailings.all()
    return conference_page(request, "registration/letters.html", conference, letters=rows, mailings=mailings)


@form_page
def letter(request: HttpRequest, slug: str, letter_name: str, language: str) -> HttpResponse:
    """One letter in one language. The form's second button shows it for a person, and saves nothing."""
    conference = conference_to_decide(slug, request.user)
    if letter_name not in LETTERS or language not in languages_of(conference):
        raise NotThere
    words, is_own = words_for(conference, letter_name, language)
    initial = {"subject": words.subject, "text": words.text}
    form = LetterForm(request.POST or None, initial=initial, language=language)
    seen: dict[str, Any] = {}
    if form.is_valid():
        try:
            if "preview" in request.POST:
                checked = letter_actions.check_letter(letter_name, form.words())
                reader = _reader(conference, form.cleaned_data["person"])
                seen = _seen(reader, preview(reader, letter_name, checked, language))
            else:
                letter_actions.set_letter(conference.pk, letter_name, language, words=form.words(), by=request.user)
                messages.success(request, _("The letter is saved."))
                return redirect("registration:letter", slug, letter_name, language)
        except Invalid as refusal:
            form.mark(refusal)
    return conference_page(
        request,
        "registration/letters_edit.html",
        conference,
        status=UNPROCESSABLE if form.errors else 200,
        form=form,
        letter_name=letter_name,
        sent_when=LETTERS[letter_name],
        code=language,
        language_name=name_of_language(language),
        languages=[(code, name_of_language(code)) for code in languages_of(conference)],
        is_own=is_own,
        placeholders=OF_AN_APPLICATION,
        with_calendar=letter_name == Status.APPROVED,
        **seen,
    )


def _reader(conference: Conference, words: str) -> Application:
    reader = applications_of(conference, Wanted(words=words)).first()
    if reader is None:
        raise Invalid(fields={"person": _("Nobody fits what you look for.") if words else _("Nobody has applied yet.")})
    return reader


def _seen(reader: Application, written: Letter) -> dict[str, Any]:
    """What the preview shows."""
    return {
        "reader": reader,
        "seen": written,
        "seen_direction": direction_of(written.language),
        "seen_language": name_of_language(written.language),
    }


@require_POST
def reset_letter(request: HttpRequest, slug: str, letter_name: str, language: str) -> HttpResponse:
    conference = conference_to_decide(slug, request.user)
    letter_actions.reset_letter(conference.pk, letter_name, language, by=request.user)
    messages.success(request, _("The letter is in the program’s own words again."))
    return redirect("registration:letter", slug, letter_name, language)


# Letters to many


@form_page
def write_mailing(request: HttpRequest, slug: str) -> HttpResponse:
    conference = conference_to_decide(slug, request.user)
    form = MailingForm(request.POST or None, initial={"status": [Status.APPROVED]}, conference=conference)
    if form.is_valid():
        try:
            mailing = letter_actions.draft_mailing(conference.pk, by=request.user, **form.said())
        except Invalid as refusal:
            form.mark(refusal)
        else:
            messages.success(request, _("The letter is kept. Now look at it as one of its readers gets it."))
            return redirect(mailing)
    return _mailing_form(request, conference, form)


@form_page
def change_mailing(request: HttpRequest, slug: str, mailing_id: int) -> HttpResponse:
    conference = conference_to_decide(slug, request.user)
    mailing = _mailing(conference, mailing_id)
    form = MailingForm(request.POST or None, initial=initial_of_mailing(mailing), conference=conference)
    if form.is_valid():
        try:
            letter_actions.change_mailing(mailing.pk, by=request.user, **form.said())
        except Refusal as refusal:
            form.mark(refusal)
        else:
            messages.success(request, _("The letter is changed. Look at it again before it leaves."))
            return redirect(mailing)
    return _mailing_form(request, conference, form, mailing=mailing)


def _mailing_form(request: HttpRequest, conference: Conference, form: MailingForm, **context: Any) -> HttpResponse:
    return conference_page(
        request,
        "registration/mailing_form.html",
        conference,
        status=UNPROCESSABLE if form.errors else 200,
        form=form,
        placeholders=OF_A_PERSON,
        **context,
    )


@never_cache
@require_safe
def mailing(request: HttpRequest, slug: str, mailing_id: int) -> HttpResponse:
    """Where it stands, to whom it goes, and how one of them gets it; for htmx, which asks while it leaves, the first.

    `?words=` looks for a reader; `?reader=` is whose copy was opened.
    """
    conference = conference_to_decide(slug, request.user)
    found = _mailing(conference, mailing_id)
    job_failed = found.job is not None and found.job.state == JobState.FAILED
    if request.headers.get("HX-Request"):
        return conference_page(
            request, "registration/mailing_progress.html", conference, mailing=found, job_failed=job_failed
        )
    words = request.GET.get("words", "").strip()[:100]
    recipients = who_got_it(found) if found.state == MailingState.SENT else recipients_of(found)
    fitting = named_so(found, recipients, words)
    row = recipients.filter(pk=whole_number(request.GET.get("reader"))).first()
    reader = as_reader(row) if row is not None else None
    return conference_page(
        request,
        "registration/mailing.html",
        conference,
        mailing=found,
        job_failed=job_failed,
        words=words,
        readers=[as_reader(row) for row in fitting[:SHOWN_AT_MOST]],
        not_reached=not_reached(found),
        without_address_count=without_address_count(found) if found.state != MailingState.SENT else 0,
        recipient_count=recipients.count(),
        left_count=still_to_get(found).count(),
        left_out_count=left_out_count(found),
        may_send=found.is_looked_at and found.state in (MailingState.WAITING, MailingState.STOPPED),
        **(_seen(reader, letter_of(found, reader)) if reader else {}),
    )


@require_POST
def look_at_mailing(request: HttpRequest, slug: str, mailing_id: int) -> HttpResponse:
    """Opens the letter as one of its readers gets it; after that it may leave."""
    found = _mailing(conference_to_decide(slug, request.user), mailing_id)
    reader = whole_number(request.POST.get("reader"))
    letter_actions.look_at_mailing(found.pk, application_id=reader, by=request.user)
    return redirect(f"{found.get_absolute_url()}?reader={reader}#preview")


@require_POST
def send_mailing(request: HttpRequest, slug: str, mailing_id: int) -> HttpResponse:
    found = _mailing(conference_to_decide(slug, request.user), mailing_id)
    try:
        version = whole_number(request.POST.get("version"), digits=9)
        letter_actions.send_mailing(found.pk, version=version, by=request.user)
    except Refusal as refusal:
        messages.error(request, str(refusal.words))
    return redirect(found)


@require_POST
def stop_mailing(request: HttpRequest, slug: str, mailing_id: int) -> HttpResponse:
    found = _mailing(conference_to_decide(slug, request.user), mailing_id)
    stopped = letter_actions.stop_mailing(found.pk, by=request.user)
    if stopped.state == MailingState.STOPPED:
        messages.success(request, _("Stopped. What has not left stays here."))
    else:
        messages.warning(request, _("It had left already."))
    return redirect(found)


@require_POST
def discard_mailing(request: HttpRequest, slug: str, mailing_id: int) -> HttpResponse:
    found = _mailing(conference_to_decide(slug, request.user), mailing_id)
    letter_actions.discard_mailing(found.pk, by=request.user)
    messages.success(request, _("The letter is thrown away."))
    return redirect("registration:letters", slug)


def _mailing(conference: Conference, mailing_id: int) -> Mailing:
    found = conference.mailings.select_related("conference", "job").filter(pk=mailing_id).first()
    if found is None:
        raise NotThere
    return found


# What somebody does about their own letters


@csrf_exempt
@never_cache
@form_page
def unsubscribe(request: HttpRequest, signed: str) -> HttpResponse:
    """A page with a button: opening it, as mail scanners do, changes nothing. The signed address is all that is needed.

    A mail program posts here by itself when its own button is pressed (RFC 8058), without a cookie and so without a
    token against forged forms; whoever has the address may do this anyway.
    """
    found = whose(signed)
    conference = Conference.objects.filter(pk=found[0]).first() if found else None
    if found is None or conference is None:
        raise NotThere
    if request.method == "POST":
        act = letter_actions.subscribe_again if "again" in request.POST else letter_actions.unsubscribe
        act(signed)
    is_out = Unsubscribed.objects.filter(conference=conference, user=found[1]).exists()
    return render(request, "registration/unsubscribe.html", {"conference": conference, "is_out": is_out})


@never_cache
@require_safe
def my_calendar(request: HttpRequest, slug: str) -> HttpResponse:
    """The conference as a file for the calendar of somebody who is approved."""
    conference = conference_at(slug)
    if not request.user.is_authenticated:
        raise SignInFirst
    if not conference.applications.filter(user=request.user, status=Status.APPROVED).exists():
        raise NotThere
    response = HttpResponse(
        calendar_file(conference, get_language() or ""), content_type=f"{CONTENT_TYPE}; charset=utf-8"
    )
    response["Content-Disposition"] = f'attachment; filename="{FILE_NAME}"'
    return response
