"""What people are told by mail: in a conference's own words, or in the program's, each in the reader's language."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import cache

from django.conf import settings
from django.core.mail import EmailMessage
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation
from django.utils.functional import Promise
from django.utils.http import urlencode
from django.utils.translation import gettext_lazy as _

from accounts.actions import issue_entry
from conferences.models import Conference
from mail.actions import not_arrived
from mail.models import OutgoingMail
from outbox.once import once
from registration.calendar import CONTENT_TYPE, FILE_NAME, calendar_file
from registration.models import Application, LetterTemplate, Status
from registration.placeholders import NO_ENTRY, OF_AN_APPLICATION, Entry, fill, values_for

# An application that is only kept.
UNTOLD = (Status.DRAFT,)
# For whoever applies with an address that has an application already.
REMINDER = "applied_already"
# The letters that a conference may put into its own words, and when each is sent.
LETTERS: dict[str, str | Promise] = {
    Status.SUBMITTED: _("An application has come in and waits for the secretariat"),
    Status.APPROVED: _("Somebody is approved, or has a place without approval"),
    Status.WAITING: _("All places are taken, and somebody is on the waiting list"),
    Status.ON_HOLD: _("The secretariat needs to know or to see more"),
    Status.REJECTED: _("An application is not approved"),
    Status.WITHDRAWN: _("An application is withdrawn"),
    REMINDER: _("Somebody applies who has applied already"),
}
# Whoever has just applied gets one of these, and with it the way to show that the address is theirs.
CONFIRMING = (Status.SUBMITTED, Status.APPROVED, Status.WAITING)
# In place of a way in that would let somebody in.
EXAMPLE_ENTRY = Entry(f"{settings.SITE_URL}/account/enter/…/", "1234-5678")


@dataclass(frozen=True, slots=True)
class Words:
    """A letter before it is filled in for somebody."""

    subject: str
    text: str


@dataclass(frozen=True, slots=True)
class Letter:
    """A letter as it leaves, and the code of its language."""

    language: str
    subject: str
    text: str


def tell(application: Application) -> None:
    """Posts the letter of its status in the caller's transaction. Nobody is told of a draft, or without an address."""
    if application.status in UNTOLD or application.user is None:
        return
    letter = letter_for(application, application.status, entry=_entry_of(application))
    message = as_message(letter, application.user.email)
    if application.status == Status.APPROVED:
        message.attach(FILE_NAME, calendar_file(application.conference, letter.language), CONTENT_TYPE)
    message.send()


def remind(application: Application) -> None:
    """Tells somebody, at their address and nowhere else, that there is an application of theirs already."""
    if application.user is None:
        return
    letter = letter_for(application, REMINDER, entry=_new_entry(application))
    as_message(letter, application.user.email).send()


def _entry_of(application: Application) -> Entry:
    """For whoever has not shown the address to be theirs; others sign in as they do."""
    if application.confirmed_at is not None or application.status not in CONFIRMING:
        return NO_ENTRY
    return _new_entry(application)


def _new_entry(application: Application) -> Entry:
    if application.user is None:
        return NO_ENTRY
    token, code = issue_entry(application.user)
    page = reverse("accounts:enter_by_link", args=[token])
    leads_to = urlencode({"next": reverse("registration:mine", args=[application.conference.slug])})
    return Entry(f"{settings.SITE_URL}{page}?{leads_to}", code)


def letter_for(application: Application, name: str, *, entry: Entry = NO_ENTRY) -> Letter:
    """The letter of that name as it leaves for this application, in its reader's language."""
    own = own_words(application.conference_id, name)
    language = language_for(application, {*dict(settings.LANGUAGES), *own})
    words = own[language] if language in own else programs_words(name, language)
    return written(words, application, language, entry=entry)


def words_for(conference: Conference, name: str, language: str) -> tuple[Words, bool]:
    """The words that a letter has in a language, and whether they are the conference's own.

    The program has none in a language that this site does not speak: then its words in the site's first language are
    where to begin.
    """
    own = own_words(conference.pk, name)
    if language in own:
        return own[language], True
    return programs_words(name, language if language in dict(settings.LANGUAGES) else settings.LANGUAGE_CODE), False


def preview(application: Application, name: str, words: Words, language: str) -> Letter:
    """The letter as it would leave for this person, but for the secrets of a way in, which are made as it leaves."""
    lets_in = application.confirmed_at is None and name in CONFIRMING
    return written(words, application, language, entry=EXAMPLE_ENTRY if lets_in or name == REMINDER else NO_ENTRY)


def written(words: Words, application: Application, language: str, *, entry: Entry = NO_ENTRY) -> Letter:
    """The words, filled in for one application."""
    with translation.override(language):
        values = values_for(f"{words.subject}\n{words.text}", application, entry)
    subject = " ".join(fill(words.subject, values).split())
    return Letter(language, subject, f"{fill(words.text, values)}\n")


def as_message(letter: Letter, address: str, headers: Mapping[str, str] | None = None) -> EmailMessage:
    return EmailMessage(letter.subject, letter.text, None, [address], headers=dict(headers or {}))


def own_words(conference_id: int, name: str) -> dict[str, Words]:
    """A conference's own words for a letter, by language's code."""
    rows = LetterTemplate.objects.filter(conference_id=conference_id, letter=name)
    found = once(("own words", conference_id, name), lambda: list(rows.values_list("language", "subject", "text")))
    return {language: Words(subject, text) for language, subject, text in found}


@cache
def programs_words(name: str, language: str) -> Words:
    """The program's words for a letter in one of this site's languages, with its placeholders open."""
    opened = {placeholder.name: placeholder.written for placeholder in OF_AN_APPLICATION}
    with translation.override(language):
        subject = render_to_string(f"registration/mail/{name}_subject.txt", opened)
        text = render_to_string(f"registration/mail/{name}.txt", opened)
    return Words(" ".join(subject.split()), f"{fill(text, opened)}\n")


def came_back(application: Application) -> OutgoingMail | None:
    """The latest mail to this application's address that did not arrive, for the secretariat to see."""
    return not_arrived(application.email)


def language_for(application: Application, offered: Collection[str]) -> str:
    """What the person chose; else what the application says; else the conference's first; else any that is offered."""
    person = application.user
    wished = [
        *([person.language] if person is not None else []),
        application.language,
        *application.conference.languages,
        settings.LANGUAGE_CODE,
    ]
    return next((language for language in wished if language in offered), min(offered))


def languages_of(conference: Conference) -> list[str]:
    """The languages in which a conference may write: its own, the leading one first, and this site's."""
    return list(dict.fromkeys([*conference.languages, *dict(settings.LANGUAGES)]))
