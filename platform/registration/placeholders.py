"""What a text may leave open for each reader: {name}, {category}, {reason} and the like.

Known names in braces are filled in, and nothing else is done with a text: no attribute is read, nothing is called, and
what is filled in is not looked through again. A brace that is meant as a brace is written twice.
"""

import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass

from django.conf import settings
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.http import urlencode
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from conferences.models import Rank
from registration.calendar import place_of
from registration.consents import consents_wanted
from registration.models import Application
from web import moments

_PIECE = re.compile(r"\{\{|\}\}|\{([^{}\n]*)\}|[{}]")
# Stands where an empty value was filled in. No text that is kept and no name holds it.
_NOTHING = "\x00"
_EMPTY_PLACE = re.compile(r"^(?:\x00 ?)+| ?\x00(?=[\s\x00,.;:!?]|$)|\x00", re.MULTILINE)
_EMPTY_LINES = re.compile(r"\n[^\S\n]*\n\s*")
# Of whom a letter says “Excellency” in place of the name.
ADDRESSED_AS_EXCELLENCY = (
    Rank.HEAD_OF_STATE,
    Rank.HEAD_OF_GOVERNMENT,
    Rank.DEPUTY_HEAD_OF_GOVERNMENT,
    Rank.FOREIGN_MINISTER,
    Rank.MINISTER,
    Rank.AMBASSADOR,
)


@dataclass(frozen=True, slots=True)
class Entry:
    """How somebody who has not shown an address to be theirs does so: an address whose page signs in, and a code."""

    address: str = ""
    code: str = ""


NO_ENTRY = Entry()


@dataclass(frozen=True, slots=True)
class Placeholder:
    name: str
    meaning: str | Promise
    value: Callable[[Application, Entry], str]

    @property
    def written(self) -> str:
        return f"{{{self.name}}}"


def _dates(application: Application) -> str:
    conference = application.conference
    first = moments.day(conference.opens_at, conference.time_zone)
    last = moments.day(conference.closes_at, conference.time_zone)
    return first if first == last else f"{first} – {last}"


def _place(application: Application) -> str:
    return place_of(application.conference)


def _address(application: Application) -> str:
    return f"{settings.SITE_URL}{_own_page(application)}"


def _own_page(application: Application) -> str:
    if application.category_id is None and application.delegation_id is not None:
        # A focal point, who is written to as if they had an application.
        return reverse("registration:delegation", args=[application.conference.slug, application.delegation_id])
    return reverse("registration:mine", args=[application.conference.slug])


def _salutation(application: Application) -> str:
    if application.rank in ADDRESSED_AS_EXCELLENCY:
        # Translators: how a letter addresses a minister or an ambassador, in place of “Dear Ana,”.
        return gettext("Excellency,")
    return gettext("Dear %(name)s,") % {"name": application.name}


def named_by(application: Application) -> str:
    """Who named this person for what; "" for whoever applied, and where whoever it was is gone."""
    if application.made_by_id is None or application.made_by_id == application.user_id:
        return ""
    who = application.made_by.name if application.made_by is not None else ""
    if not who:
        return ""
    if application.delegation is not None:
        return gettext("%(who)s named you for %(delegation)s.") % {"who": who, "delegation": application.delegation}
    return gettext("%(who)s registered you.") % {"who": who}


def _to_agree(application: Application) -> str:
    if application.made_by_id is None or application.made_by_id == application.user_id:
        return ""
    if not consents_wanted(application):
        return ""
    return gettext("Please say on your page what only you can agree to, such as how your data are used.")


def _conference_address(application: Application) -> str:
    return f"{settings.SITE_URL}{application.conference.get_absolute_url()}"


def _sign_in_address(application: Application, entry: Entry) -> str:
    if entry.address:
        return ""
    return f"{settings.SITE_URL}{reverse('account_request_login_code')}?{urlencode({'next': _own_page(application)})}"


OF_A_PERSON = (
    Placeholder(
        "salutation",
        _("How the letter addresses its reader: “Excellency,” by rank, or “Dear” and the name"),
        lambda of, entry: _salutation(of),
    ),
    Placeholder("name", _("The name, exactly as it was written"), lambda of, entry: of.name),
    Placeholder("title", _("The title before the name, such as H.E. Ms"), lambda of, entry: of.honorific),
    Placeholder("function", _("What the person is at home"), lambda of, entry: of.function),
    Placeholder("organisation", _("The organisation"), lambda of, entry: of.organisation),
    Placeholder("delegation", _("The delegation"), lambda of, entry: str(of.delegation or "")),
    Placeholder("category", _("The category of the application"), lambda of, entry: str(of.category)),
    Placeholder("attendance", _("In the room or online"), lambda of, entry: of.get_attendance_display()),
    Placeholder("conference", _("The name of the conference"), lambda of, entry: str(of.conference.name)),
    Placeholder("acronym", _("The acronym of the conference"), lambda of, entry: of.conference.acronym),
    Placeholder("dates", _("The days of the conference"), lambda of, entry: _dates(of)),
    Placeholder("place", _("The venue, the city and the country"), lambda of, entry: _place(of)),
    Placeholder(
        "address",
        _("The link to the person’s application, or to a focal point’s delegation"),
        lambda of, entry: _address(of),
    ),
    Placeholder("conference_address", _("The link to the conference"), lambda of, entry: _conference_address(of)),
    Placeholder(
        "sign_in_address",
        _("The link that signs in without a password; empty where the letter brings another way in"),
        _sign_in_address,
    ),
)
# What only a letter about one application knows.
OF_AN_APPLICATION = (
    *OF_A_PERSON,
    Placeholder(
        "named_by",
        _("Who named the person, and for which delegation; empty for whoever applied"),
        lambda of, entry: named_by(of),
    ),
    Placeholder(
        "to_agree",
        _("Asks the person to agree on their page to what others cannot agree to for them; empty where they did"),
        lambda of, entry: _to_agree(of),
    ),
    Placeholder("reason", _("The reason that the secretariat gave"), lambda of, entry: of.reason),
    Placeholder(
        "entry_address",
        _("The link that confirms the mail address; empty once it is confirmed"),
        lambda of, entry: entry.address,
    ),
    Placeholder(
        "entry_code",
        _("The code that confirms the mail address; empty once it is confirmed"),
        lambda of, entry: entry.code,
    ),
)
_BY_NAME = {placeholder.name: placeholder for placeholder in OF_AN_APPLICATION}


def names_in(text: str) -> set[str]:
    """The names in braces, known or not."""
    return {found[1] for found in _PIECE.finditer(text) if found[1] is not None}


def problem_in(text: str, known: Collection[Placeholder]) -> str | Promise | None:
    """What is wrong with the placeholders of a text, in words for whoever wrote it; None where nothing is."""
    names = {placeholder.name for placeholder in known}
    for found in _PIECE.finditer(text):
        if found[0] in ("{", "}"):
            return _("A brace has no partner. Write %(brace)s where you mean the brace itself.") % {
                "brace": found[0] * 2
            }
        if found[1] is not None and found[1] not in names:
            return _("There is no placeholder %(name)s. Those that there are stand beside the text.") % {
                "name": found[0]
            }
    return None


def values_for(text: str, application: Application, entry: Entry = NO_ENTRY) -> dict[str, str]:
    """What this text needs to know of an application, in the language that is active."""
    return {name: _BY_NAME[name].value(application, entry) for name in names_in(text) if name in _BY_NAME}


def fill(text: str, values: Mapping[str, str]) -> str:
    """The text with its placeholders filled in.

    A paragraph in which all of them turn out empty is left out, so that nobody reads “The reason:” and nothing behind;
    one that is empty within a sentence takes the space beside it along.
    """
    paragraphs = _EMPTY_LINES.split(text.strip())
    return "\n\n".join(_filled(one, values) for one in paragraphs if not _is_hollow(one, values))


def _is_hollow(paragraph: str, values: Mapping[str, str]) -> bool:
    names = names_in(paragraph)
    return bool(names) and not any(values.get(name) for name in names)


def _filled(paragraph: str, values: Mapping[str, str]) -> str:
    def of(piece: re.Match[str]) -> str:
        name = piece[1]
        if name is None:
            return piece[0][0]
        return values.get(name, piece[0]) or _NOTHING

    return _EMPTY_PLACE.sub("", _PIECE.sub(of, paragraph))
