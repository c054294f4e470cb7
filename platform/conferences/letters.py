"""Mails to people of a conference, each in the reader's own language."""

from dataclasses import dataclass

from django.conf import settings
from django.core.mail import send_mail
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation
from django.utils.http import urlencode

from accounts.actions import issue_entry
from accounts.models import User
from conferences.models import Conference


def language_for(person: User, conference: Conference) -> str:
    """What the person chose; else the first language of the conference that this site speaks; else the site’s own."""
    offered = dict(settings.LANGUAGES)
    wished = [person.language, *conference.languages, settings.LANGUAGE_CODE]
    return next(language for language in wished if language in offered)


@dataclass(frozen=True)
class Letter:
    """A mail to one person, written in their language and not posted yet."""

    address: str
    language: str
    subject: str
    text: str


def send_letter(
    person: User, conference: Conference, template: str, *, leads_to: str, lets_in: bool = False, **context: object
) -> None:
    """Posts `<template>.txt` and `<template>_subject.txt` in the caller's transaction.

    `leads_to` is the path the reader is invited to; the mail also says how to sign in without a password, or with
    `lets_in` brings a link and a code that do so once.
    """
    query = urlencode({"next": leads_to})
    token, code = issue_entry(person) if lets_in else ("", "")
    entry = f"{settings.SITE_URL}{reverse('accounts:enter_by_link', args=[token])}?{query}" if token else ""
    post_letter(
        letter_to(person, conference, template, leads_to=leads_to, entry_address=entry, entry_code=code, **context)
    )


def letter_to(person: User, conference: Conference, template: str, *, leads_to: str, **context: object) -> Letter:
    """The letter as `send_letter` posts it, for whoever wants to read it before."""
    sign_in = f"{reverse('account_request_login_code')}?{urlencode({'next': leads_to})}"
    language = language_for(person, conference)
    with translation.override(language):
        words = {
            "person": person,
            "conference": conference,
            "address": f"{settings.SITE_URL}{leads_to}",
            "sign_in_address": f"{settings.SITE_URL}{sign_in}",
            "entry_address": "",
            "entry_code": "",
            **context,
        }
        subject = render_to_string(f"{template}_subject.txt", words)
        return Letter(person.email, language, " ".join(subject.split()), render_to_string(f"{template}.txt", words))


def post_letter(letter: Letter) -> None:
    """In the caller's transaction."""
    send_mail(letter.subject, letter.text, None, [letter.address])
