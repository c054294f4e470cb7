"""The script of a review: what the chair reads out, sentence by sentence, in a language of the site.

A sentence is translated as a whole, since languages put its parts in different places. What goes into it is prepared
for the ear: a name from the lists of the United Nations is turned round (“Iran (Islamic Republic of)” is called as “the
Islamic Republic of Iran”), and English names get the article that goes with them. Arabic sentences are built so that
they say nothing of anybody's sex, which is not known here, and so that no particle is written into a name.

All raise ValueError for a language that the site does not speak.
"""

import re
from dataclasses import dataclass

from babel.lists import format_list
from babel.units import format_unit
from django.conf import settings
from django.utils.functional import Promise
from django.utils.translation import get_language_bidi, ngettext, override
from django.utils.translation import gettext_lazy as _

from conferences.models import Delegation
from conferences.order import Order, name_of
from conferences.protocol_names import short_name_in
from web.moments import locale


@dataclass(frozen=True, kw_only=True)
class Speaker:
    """Who speaks, as registered: “H.E. Ms”, “Retno Marsudi”, “Minister for Foreign Affairs”. Each may be empty."""

    title: str = ""
    name: str = ""
    function: str = ""


# Names, for the ear

_TURNED = {
    # Iran (Islamic Republic of)
    "en": (re.compile(r"(.+) \((.+ of)\)"), r"\2 \1"),
    # Iran (Republik Islam)
    "id": (re.compile(r"(.+) \(((?:Negara|Republik) .+)\)"), r"\2 \1"),
    # The kind of State stands around the name: إيران (جمهورية - الإسلامية).
    "ar": (re.compile(r"(.+) \((.+) - (.+)\)"), r"\2 \1 \3"),
}
# English names that take an article though no word in them says so.
_WITH_ARTICLE = frozenset(
    ["bahamas", "comoros", "congo", "gambia", "maldives", "netherlands", "niger", "philippines", "sudan"]
)
# What a name is the name of, where it takes an article: the last word before “of” or “for”.
_KINDS = frozenset(
    [
        "agency", "alliance", "assembly", "association", "authority", "bank", "centre", "center", "commission",
        "committee", "commonwealth", "community", "confederation", "conference", "cooperation", "council", "court",
        "duchy", "emirates", "federation", "forum", "fund", "group", "institute", "isle", "islands", "kingdom",
        "league", "ministry", "nations", "network", "office", "order", "organisation", "organization", "principality",
        "programme", "republic", "secretariat", "see", "state", "states", "sultanate", "territories", "territory",
        "union", "university",
    ]
)  # fmt: skip


def spoken_name(name: str, language: str) -> str:
    """A protocol name as it is said in the middle of a sentence: “the Philippines”, “Japan”, “Republik Islam Iran”."""
    if language in _TURNED:
        pattern, around = _TURNED[language]
        name = pattern.sub(around, name) if pattern.fullmatch(name) else name
    return _with_article(name.replace(" & ", " and ").replace("St. ", "Saint ")) if language == "en" else name


def _with_article(name: str) -> str:
    if name.casefold().startswith("the "):
        return f"the {name[4:]}"
    kind = re.split(r" (?:of|for) ", name, maxsplit=1)[0].split()[-1:]
    if name.casefold() in _WITH_ARTICLE or {word.casefold() for word in kind} & _KINDS:
        return f"the {name}"
    return name


# Forms of address as they are written, and as they are read out.
_READ_OUT: dict[str, Promise | str] = {
    # Translators: before the name of a speaker, who is a minister or an ambassador.
    "h.e. mr": _("His Excellency Mr"),
    # Translators: before the name of a speaker, who is a minister or an ambassador.
    "h.e. ms": _("Her Excellency Ms"),
    # Translators: before the name of a speaker, who is a minister or an ambassador.
    "h.e. mrs": _("Her Excellency Mrs"),
}


def spoken_title(title: str) -> str:
    """A form of address as it is read out in the active language: “Her Excellency Ms” for “H.E. Ms”.

    Any other stays as it was written, since what “H.E. Dr” or “H.R.H.” stands for depends on who it is.
    """
    return str(_READ_OUT.get(" ".join(title.split()).casefold().removesuffix("."), title))


# Sentences

_FUNCTION = "function"
_OWN = "own"
_NAME = "name"
_NOBODY = "nobody"

_GIVEN: dict[str, Promise | str] = {
    # Translators: the chair reads this out. “Her Excellency Ms Retno Marsudi, Minister for Foreign Affairs of Japan”
    _FUNCTION: _("I now give the floor to %(speaker)s, %(function)s of %(delegation)s."),
    # Translators: the chair reads this out; the function says of which country it is.
    _OWN: _("I now give the floor to %(speaker)s, %(function)s."),
    _NAME: _("I now give the floor to %(speaker)s, who speaks for %(delegation)s."),
    _NOBODY: _("I now give the floor to the distinguished representative of %(delegation)s."),
}
_SHOWN: dict[str, Promise | str] = {
    _FUNCTION: _(
        "I now give the floor to %(speaker)s, %(function)s of %(delegation)s, whose statement was recorded and will "
        "now be shown."
    ),
    _OWN: _("I now give the floor to %(speaker)s, %(function)s, whose statement was recorded and will now be shown."),
    _NAME: _(
        "I now give the floor to %(speaker)s, who speaks for %(delegation)s in a statement that was recorded and will "
        "now be shown."
    ),
    _NOBODY: _("We now come to the statement of %(delegation)s, which was recorded and will now be shown."),
}


def giving_the_floor(delegation: Delegation, speaker: Speaker, language: str, *, is_recorded: bool = False) -> str:
    """“I now give the floor to …”, with as much of the speaker as is known."""
    sentences = _SHOWN if is_recorded else _GIVEN
    with override(_known(language)):
        named = " ".join(part for part in (spoken_title(speaker.title), speaker.name) if part)
    if not speaker.name:
        known = _NOBODY
    elif not speaker.function:
        known = _NAME
    else:
        known = _OWN if _says_whose(speaker.function, delegation, language) else _FUNCTION
    return _said(sentences[known], language, delegation, speaker=named, function=speaker.function)


def _says_whose(function: str, delegation: Delegation, language: str) -> bool:
    """Whether a function names its country already: “Minister for Foreign Affairs of Japan”."""
    country = str(delegation.country)
    names = {_name(delegation, language)} | {short_name_in(country, each) for each in (language, "en") if country}
    return any(re.search(rf"(?<!\w){re.escape(name)}(?!\w)", function, re.IGNORECASE) for name in names if name)


def following(delegation: Delegation | None, language: str) -> str:
    """Who is next, or that nobody is."""
    if delegation is None:
        return _said(_("This is the last statement on the list."), language)
    return _said(_("The next statement will be that of %(delegation)s."), language, delegation)


def thanking(delegation: Delegation, language: str) -> str:
    """What is said after a statement."""
    sentence = _("I thank the distinguished representative of %(delegation)s for the statement.")
    return _said(sentence, language, delegation)


def thanking_for_a_remark(delegation: Delegation, language: str) -> str:
    """What is said after a comment, a question or a reply."""
    return _said(_("I thank the distinguished representative of %(delegation)s."), language, delegation)


def time_is_over(language: str) -> str:
    """Said as the microphone is cut, before the thanks."""
    return _said(_("The time for this statement is over."), language)


def asking_for_patience(language: str) -> str:
    """A film or a link has failed."""
    return _said(_("We have a technical difficulty and ask for a moment’s patience."), language)


def opening_the_review(statements: int, language: str) -> str:
    """The first sentence of all, with how many statements there are."""
    with override(_known(language)):
        sentence = ngettext(
            "Excellencies, distinguished delegates: I declare the countries’ review open. There is %(number)s "
            "statement on the list.",
            "Excellencies, distinguished delegates: I declare the countries’ review open. There are %(number)s "
            "statements on the list.",
            statements,
        )
        return sentence % {"number": statements}


def time_for_each(seconds: int, language: str) -> str:
    """What each statement may take, where it is the same for all: “3 minutes and 45 seconds”."""
    with override(_known(language)):
        return _said(_("Each statement has %(time)s."), language, time=spoken_time(seconds))


def spoken_time(seconds: int) -> str:
    """A length as it is said, in the active language."""
    parts = [(seconds // 60, "duration-minute"), (seconds % 60, "duration-second")]
    said = [format_unit(number, unit, "long", locale=locale()) for number, unit in parts if number]
    return format_list(said or [format_unit(0, "duration-second", "long", locale=locale())], locale=locale())


def asking_for_a_pace(language: str) -> str:
    return _said(
        _("Speakers are asked to keep to their time, and to speak at a pace that can be interpreted."), language
    )


def coming_to(theme: str, language: str) -> str:
    """A new block begins; the theme is in the words of its conference."""
    return _said(_("We now come to the statements on the theme “%(theme)s”."), language, theme=theme)


def published_unread(delegation: Delegation, language: str) -> str:
    """A statement that was handed in in writing from the beginning."""
    sentence = _(
        "The statement of %(delegation)s was handed in in writing and will be published without being delivered."
    )
    return _said(sentence, language, delegation)


def opening_the_round(delegation: Delegation | None, language: str) -> str:
    """Comments on one statement, or (None) on those of this part."""
    if delegation is None:
        return _said(_("The floor is open for comments and questions on the statements of this part."), language)
    sentence = _("The floor is open for comments and questions on the statement of %(delegation)s.")
    return _said(sentence, language, delegation)


def commenting(delegation: Delegation, about: Delegation | None, language: str, *, is_question: bool = False) -> str:
    """Gives the floor for a comment or a question, on another delegation’s statement where it is on one."""
    if about is None and is_question:
        sentence = _("I give the floor to the distinguished representative of %(delegation)s for a question.")
    elif about is None:
        sentence = _("I give the floor to the distinguished representative of %(delegation)s for a comment.")
    elif is_question:
        sentence = _(
            "I give the floor to the distinguished representative of %(delegation)s for a question on the statement of "
            "%(about)s."
        )
    else:
        sentence = _(
            "I give the floor to the distinguished representative of %(delegation)s for a comment on the statement of "
            "%(about)s."
        )
    spoken = {} if about is None else {"about": spoken_name(_name(about, _known(language)), language)}
    return _said(sentence, language, delegation, **spoken)


def following_on_the_floor(delegation: Delegation, language: str) -> str:
    """Who is next with something that is no statement."""
    return _said(_("The next speaker will be the representative of %(delegation)s."), language, delegation)


def closing_the_review(language: str) -> list[str]:
    """What is said at the end of all."""
    return [
        _said(_("We have heard the last speaker on the list. I thank all delegations for their statements."), language),
        _said(
            _("I thank the interpreters, the secretariat and everybody who took part in the room and online."), language
        ),
        _said(_("I declare the countries’ review closed."), language),
    ]


def drawn_first(delegation: Delegation, language: str) -> str:
    """On whom the lot fell."""
    sentence = _(
        "The lot has fallen on %(delegation)s. That delegation will speak first, and the others will follow in "
        "alphabetical order."
    )
    return _said(sentence, language, delegation)


def in_right_of_reply(delegation: Delegation, language: str) -> str:
    sentence = _(
        "I give the floor to the distinguished representative of %(delegation)s in exercise of the right of reply."
    )
    return _said(sentence, language, delegation)


def moved_to_the_end(delegation: Delegation, language: str) -> str:
    """Absent when called for the first time."""
    sentence = _(
        "I see that the delegation of %(delegation)s is not present. It will be called again at the end of this part."
    )
    return _said(sentence, language, delegation)


def put_off(delegation: Delegation, language: str) -> str:
    """Its film or its link failed."""
    return _said(
        _("The statement of the delegation of %(delegation)s will be heard at the end of this part."),
        language,
        delegation,
    )


def absent_again(delegation: Delegation, language: str, *, is_filed: bool) -> str:
    """Absent when called for the second time; `is_filed` where there is a statement to publish."""
    if is_filed:
        sentence = _(
            "I see that the delegation of %(delegation)s is still not present. Its statement will be published without "
            "being delivered."
        )
    else:
        sentence = _("I see that the delegation of %(delegation)s is still not present. We go on to the next speaker.")
    return _said(sentence, language, delegation)


def _said(sentence: Promise | str, language: str, delegation: Delegation | None = None, **values: str) -> str:
    if delegation is not None:
        values["delegation"] = spoken_name(_name(delegation, _known(language)), language)
    with override(_known(language)):
        return str(sentence) % {name: _isolated(words) for name, words in values.items()}


def _name(delegation: Delegation, language: str) -> str:
    return name_of(delegation, Order(language=language))


def _known(language: str) -> str:
    if language not in dict(settings.LANGUAGES):
        raise ValueError(f"the site does not speak {language}")
    return language


def _isolated(words: str) -> str:
    """A Latin name must not turn the order of the words around it in a sentence that runs from right to left."""
    return f"\u2068{words}\u2069" if get_language_bidi() else words
