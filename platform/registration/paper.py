"""What stands on a conference's badges, seat plates and certificates, in the words of its leading language."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from io import BytesIO
from typing import Any

import segno
from babel.dates import format_date, format_interval
from django.conf import settings
from django.utils import translation
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from conferences.models import Conference, Delegation
from registration.door_list import PREFIX
from registration.door_photos import NoPicture, portraits, small_picture
from registration.models import Application, Badge, Capacity
from registration.printing import flags, render
from web import moments
from web.finders import flag_exists

# White words on each of these have a contrast of more than 5:1. The words say it first.
COLOURS: dict[Capacity, str] = {
    Capacity.HEAD: "#8a1538",
    Capacity.ALTERNATE: "#7a2a6b",
    Capacity.DELEGATE: "#0b4f8a",
    Capacity.OBSERVER: "#3f5d2a",
    Capacity.SPEAKER: "#5b3a91",
    Capacity.PRESS: "#9a3b00",
    Capacity.INTERPRETER: "#00605f",
    Capacity.STAFF: "#33383d",
    Capacity.PUBLIC: "#5c5148",
}


class Paper(StrEnum):
    """How badges come: two on a sheet of A4 to be cut and folded, or each side on a page of A6."""

    A4 = "a4"
    A6 = "a6"


PAPER_WORDS: dict[Paper, Promise] = {
    Paper.A4: gettext_lazy("A4: two badges a sheet, to cut and to fold"),
    Paper.A6: gettext_lazy("A6: front and back on pages of their own, for a badge printer"),
}


@dataclass(frozen=True, slots=True)
class Attended:
    """What the ledger knows of somebody at a conference: in how many sessions they were, and for how long in all."""

    session_count: int
    minutes: int


# (conference, numbers of users) -> what each attended; who attended nothing is not in it.
Ledger = Callable[[Conference, Collection[int]], Mapping[int, Attended]]
_ledgers: list[Ledger] = []


def register_ledger(ledger: Ledger) -> None:
    """Called by the app that keeps the ledger of presence, which stands above this one, in its `AppConfig`."""
    _ledgers.append(ledger)


def language_of(conference: Conference) -> str:
    """The language that leads at the conference, in which its papers are."""
    return conference.languages[0] if conference.languages else settings.LANGUAGE_CODE


def badge_picture(badge: Badge) -> segno.QRCode:
    """The code that the door reads."""
    # A fixed mask is read as well as the best of eight, and drawn five times as fast.
    return segno.make(f"{PREFIX}{badge.code}", error="m", mask=3, micro=False)


def badges_on_paper(conference: Conference, badges: Sequence[Badge], *, paper: Paper = Paper.A4) -> bytes:
    """The PDF of these badges, in their order. Their applications come with category and delegation."""
    with translation.override(language_of(conference)):
        photos = _photos([badge.application for badge in badges])
        data = {
            **_heading(conference, _("Badges")),
            "paper": paper.value,
            "badges": [_badge(badge, has_photo=badge.application_id in photos) for badge in badges],
        }
        pictures = flags(str(delegation.country) for delegation in _delegations(badges))
    for badge in badges:
        drawn = BytesIO()
        badge_picture(badge).save(drawn, kind="png", scale=1, border=2)
        pictures[f"codes/{badge.pk}.png"] = drawn.getvalue()
    pictures |= {f"photos/{pk}.jpg": photo for pk, photo in photos.items()}
    return render("badge", data, pictures=pictures)


def plates_on_paper(conference: Conference, delegations: Iterable[Delegation], *, language: str = "") -> bytes:
    """The PDF of the seat plates of these delegations, in their order, in a language or the conference's own."""
    seated = list(delegations)
    language = language or language_of(conference)
    with translation.override(language):
        data = {
            **_heading(conference, _("Seat plates")),
            "language": language,
            "plates": [{"name": str(seat), "flag": _flag(seat)} for seat in seated],
        }
    return render("plate", data, pictures=flags(str(seat.country) for seat in seated))


def certificates_on_paper(conference: Conference, applications: Sequence[Application]) -> bytes:
    """The PDF of certificates of attendance. With a ledger they say in how many sessions each person was."""
    users = {application.user_id for application in applications if application.user_id is not None}
    attended: dict[int, Attended] = {}
    for ledger in _ledgers:
        attended |= ledger(conference, users)
    with translation.override(language_of(conference)):
        heading = _heading(conference, _("Certificate of attendance"))
        data = {
            **heading,
            "organiser": str(conference.organiser),
            "when": f"{heading['dates']} · {heading['place']}" if heading["place"] else heading["dates"],
            "words": {
                "title": _("Certificate of attendance"),
                "certifies": _("This is to certify that"),
                "took-part": _("took part in"),
                "signed": _("For the organisers"),
            },
            "certificates": [
                {**_person(application), "attended": _attended_words(attended.get(application.user_id or 0))}
                for application in applications
            ],
        }
        return render("certificate", data, is_tagged=True)


def names_on_paper(applications: Iterable[Application]) -> str:
    """All that these people wrote and that comes onto their badges, to be looked through for missing letters."""
    return " ".join(
        f"{application.honorific} {application.name} {application.function} {_of(application)}"
        for application in applications
    )


def _heading(conference: Conference, title: str) -> dict[str, Any]:
    places = (conference.city, moments.country_words(str(conference.country)) if conference.country else "")
    return {
        "title": f"{title}: {conference.acronym}",
        "acronym": conference.acronym,
        "conference": str(conference.name),
        "dates": _dates(conference),
        "place": ", ".join(place for place in places if place),
        "accent": conference.accent,
    }


def _dates(conference: Conference) -> str:
    """16–19 Nov 2021, on the conference's own calendar."""
    first, last = (
        moments.local(moment, conference.time_zone).date() for moment in (conference.opens_at, conference.closes_at)
    )
    if first == last:
        return format_date(first, "long", locale=moments.locale())
    return str(format_interval(first, last, "yMMMd", locale=moments.locale()))


def _person(application: Application) -> dict[str, str]:
    return {
        "name": application.name,
        "honorific": application.honorific,
        "of": _of(application),
        "language": application.language,
    }


def _of(application: Application) -> str:
    return str(application.delegation) if application.delegation else application.organisation


def _badge(badge: Badge, *, has_photo: bool) -> dict[str, str]:
    application = badge.application
    return {
        **_person(application),
        "function": application.function,
        "flag": _flag(application.delegation) if application.delegation else "",
        "category": str(application.category),
        "colour": COLOURS[Capacity(application.category.capacity)],
        "code": f"{badge.pk}.png",
        "photo": f"{application.pk}.jpg" if has_photo else "",
    }


def _flag(delegation: Delegation) -> str:
    country = str(delegation.country)
    return country if country and flag_exists(country) else ""


def _delegations(badges: Iterable[Badge]) -> set[Delegation]:
    return {badge.application.delegation for badge in badges if badge.application.delegation}


def _photos(applications: Iterable[Application]) -> dict[int, bytes]:
    """The small portrait of each who gave one that can be read."""
    theirs = portraits().filter(application__in=[application.pk for application in applications])
    photos: dict[int, bytes] = {}
    for answer in theirs.select_related("upload"):
        if answer.application_id in photos or answer.upload is None:
            continue
        try:
            photos[answer.application_id] = small_picture(answer.upload)
        except NoPicture:
            continue
    return photos


def _attended_words(attended: Attended | None) -> str:
    if attended is None:
        return ""
    sessions = ngettext("%(count)d session", "%(count)d sessions", attended.session_count) % {
        "count": attended.session_count
    }
    minutes = ngettext("%(count)d minute", "%(count)d minutes", attended.minutes) % {"count": attended.minutes}
    return _("Present in %(sessions)s, %(minutes)s in all") % {"sessions": sessions, "minutes": minutes}
