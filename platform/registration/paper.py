"""What stands on a conference's badges, seat plates and certificates, in the words of its leading language."""

from collections.abc import Iterable, Mapping, Sequence
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
from registration.designs import design_of, name_of, pictures_of
from registration.door_list import PREFIX
from registration.door_photos import portraits, small_picture
from registration.models import Application, Badge, Capacity, Design
from registration.pictures import NoPicture
from registration.presence import Attended, attended_by
from registration.printing import draw, flags, render
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


def language_of(conference: Conference) -> str:
    """The language that leads at the conference, in which its papers are."""
    return conference.languages[0] if conference.languages else settings.LANGUAGE_CODE


def badge_picture(badge: Badge) -> segno.QRCode:
    """The code that the door reads."""
    # A fixed mask is read as well as the best of eight, and drawn five times as fast.
    return segno.make(f"{PREFIX}{badge.code}", error="m", mask=3, micro=False)


def badges_on_paper(conference: Conference, badges: Sequence[Badge], *, paper: Paper = Paper.A4) -> bytes:
    """The PDF of these badges, in their order. Their applications come with category and delegation."""
    sheets = _badges(conference, design_of(conference), badges, paper)
    return render(sheets.template, sheets.data, pictures=sheets.pictures)


def plates_on_paper(conference: Conference, delegations: Iterable[Delegation], *, language: str = "") -> bytes:
    """The PDF of the seat plates of these delegations, in their order, in a language or the conference's own."""
    sheets = _plates(conference, design_of(conference), delegations, language or language_of(conference))
    return render(sheets.template, sheets.data, pictures=sheets.pictures)


def certificates_on_paper(conference: Conference, applications: Sequence[Application]) -> bytes:
    """The PDF of certificates of attendance. With a ledger they say in how many sessions each person was."""
    sheets = _certificates(conference, design_of(conference), applications)
    return render(sheets.template, sheets.data, pictures=sheets.pictures, is_tagged=True)


class Sample(StrEnum):
    """A paper to be looked at before thousands of it are printed."""

    BADGE_FRONT = "badge-front"
    BADGE_BACK = "badge-back"
    PLATE = "plate"
    CERTIFICATE = "certificate"


def sample(conference: Conference, which: Sample, application: Application, delegation: Delegation | None) -> bytes:
    """A PNG of this paper for somebody, or for a delegation. What stands in its code opens no door."""
    design = design_of(conference)
    if which == Sample.CERTIFICATE:
        sheets, page = _certificates(conference, design, [application]), 0
    elif which == Sample.PLATE:
        sheets, page = _plates(conference, design, [delegation] if delegation else [], language_of(conference)), 0
    else:
        badge = Badge(application=application, code="sample")
        sheets, page = _badges(conference, design, [badge], Paper.A6), int(which == Sample.BADGE_BACK)
    return draw(sheets.template, sheets.data, pictures=sheets.pictures)[page]


@dataclass(frozen=True, slots=True)
class _Sheets:
    """What goes to `render` or `draw`."""

    template: str
    data: Mapping[str, Any]
    pictures: Mapping[str, bytes]


def _badges(conference: Conference, design: Design, badges: Sequence[Badge], paper: Paper) -> _Sheets:
    photos = _photos([badge.application for badge in badges]) if design.shows_photo else {}
    with translation.override(language_of(conference)):
        told = [_badge(badge, design, has_photo=badge.application_id in photos) for badge in badges]
        heading = _heading(conference, _("Badges"), design)
        data = {**heading, "paper": paper.value, "back": design.back_words, "badges": told}
    pictures = flags(badge["flag"] for badge in told) | pictures_of(design.logo)
    for badge in badges:
        drawn = BytesIO()
        badge_picture(badge).save(drawn, kind="png", scale=1, border=2)
        pictures[f"codes/{badge.pk}.png"] = drawn.getvalue()
    pictures |= {f"photos/{pk}.jpg": photo for pk, photo in photos.items()}
    return _Sheets("badge", data, pictures)


def _plates(conference: Conference, design: Design, delegations: Iterable[Delegation], language: str) -> _Sheets:
    with translation.override(language):
        told = [{"name": str(seat), "flag": _flag(seat, design)} for seat in delegations]
        data = {**_heading(conference, _("Seat plates"), design), "language": language, "plates": told}
    return _Sheets("plate", data, flags(plate["flag"] for plate in told) | pictures_of(design.logo))


def _certificates(conference: Conference, design: Design, applications: Sequence[Application]) -> _Sheets:
    attended = attended_by(conference, applications)
    with translation.override(language_of(conference)):
        title = design.certificate_title or _("Certificate of attendance")
        heading = _heading(conference, title, design)
        data = {
            **heading,
            "organiser": str(conference.organiser),
            "when": f"{heading['dates']} · {heading['place']}" if heading["place"] else heading["dates"],
            "signature": name_of(design.signature),
            "words": {
                "title": title,
                "certifies": design.certifies or _("This is to certify that"),
                "took-part": design.took_part or _("took part in"),
                "signed": design.signed_by or _("For the organisers"),
            },
            "certificates": [
                {**_person(application), "attended": _attended_words(attended.get(application.user_id or 0))}
                for application in applications
            ],
        }
    return _Sheets("certificate", data, pictures_of(design.logo, design.signature))


def names_on_paper(applications: Iterable[Application]) -> str:
    """All that these people wrote and that comes onto their badges, to be looked through for missing letters."""
    return " ".join(
        f"{application.honorific} {application.name} {application.function} {_of(application)}"
        for application in applications
    )


def _heading(conference: Conference, title: str, design: Design) -> dict[str, Any]:
    places = (conference.city, moments.country_words(str(conference.country)) if conference.country else "")
    return {
        "title": f"{title}: {conference.acronym}",
        "acronym": conference.acronym,
        "conference": str(conference.name),
        "dates": _dates(conference),
        "place": ", ".join(place for place in places if place),
        "accent": conference.accent,
        "logo": name_of(design.logo),
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


def _badge(badge: Badge, design: Design, *, has_photo: bool) -> dict[str, str]:
    application = badge.application
    return {
        **_person(application),
        "function": application.function,
        "flag": _flag(application.delegation, design) if application.delegation else "",
        "category": str(application.category),
        "colour": COLOURS[Capacity(application.category.capacity)],
        "code": f"{badge.pk}.png",
        "photo": f"{application.pk}.jpg" if has_photo else "",
    }


def _flag(delegation: Delegation, design: Design) -> str:
    country = str(delegation.country)
    return country if design.shows_flag and country and flag_exists(country) else ""


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
