"""Protocol order: who is named, seated and called before whom. It drives lists, seat plates and speakers alike.

Pure functions over delegations. An order goes by name in one language, or by the rank of the heads of delegation and
within a rank by name. A drawn first seat turns the alphabet: it begins at that delegation and goes on around. Two heads
of one rank would be ordered further by the day they took office, which is not known here.
"""

import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from django.db import models
from django.utils.translation import gettext_lazy as _

from conferences.models import Delegation, Rank
from conferences.protocol_names import name_in, short_name_in
from conferences.texts import in_languages


class By(models.TextChoices):
    NAME = "name", _("alphabetical")
    RANK = "rank", _("by the rank of the heads of delegation, then alphabetical")


class Naming(models.TextChoices):
    PROTOCOL = "protocol", _("protocol names")
    SHORT = "short", _("short names")


class HostSeat(models.TextChoices):
    AMONG = "among", _("among the others")
    FIRST = "first", _("first")
    LAST = "last", _("last")


@dataclass(frozen=True)
class Alphabet:
    """What is particular to a language when names are ordered in it.

    `articles` at the beginning of a name do not count, but for names that are `kept` whole. `own` are letters that
    stand apart, each by the letter that it follows; accents of all other letters do not count, as dictionaries of that
    language have it.
    """

    articles: tuple[str, ...] = ()
    kept: tuple[str, ...] = ()
    own: Mapping[str, str] = field(default_factory=dict)
    # Letters whose small form differs from everybody else's.
    small: Mapping[str, str] = field(default_factory=dict)


# Chinese is ordered by strokes, Japanese by readings, Thai, Khmer, Lao and Burmese by syllables: none of that can be
# told from the letters alone, so no order is offered in them rather than one that only looks like it.
ALPHABETS: dict[str, Alphabet] = {
    "en": Alphabet(articles=("the ",)),
    "fr": Alphabet(articles=("le ", "la ", "les ", "l’", "l'")),
    "es": Alphabet(articles=("el ", "la ", "los ", "las "), kept=("el salvador",), own={"ñ": "n"}),
    "ar": Alphabet(articles=("ال",)),
    "ru": Alphabet(own={"й": "и"}),
    "id": Alphabet(),
    "ms": Alphabet(),
    "pt": Alphabet(articles=("o ", "a ", "os ", "as ")),
    "de": Alphabet(articles=("der ", "die ", "das ")),
    "it": Alphabet(articles=("il ", "lo ", "la ", "i ", "gli ", "le ", "l’", "l'")),
    "tr": Alphabet(
        own={"ç": "c", "ğ": "g", "ı": "h", "ö": "o", "ş": "s", "ü": "u"},
        small={"I": "ı", "İ": "i"},
    ),
    "vi": Alphabet(own={"ă": "a", "â": "a", "đ": "d", "ê": "e", "ô": "o", "ơ": "o", "ư": "u"}),
}
# Letters that hold two, or are not composed of a letter and its accent.
_FOLDED = {"æ": "ae", "œ": "oe", "ø": "o", "đ": "d", "ð": "d", "þ": "th", "ł": "l", "ı": "i", "\u0640": ""}
_APOSTROPHES = "'’ʼʻ"
# Behind every letter there is, in the order of `own`.
_AFTER = 0x10FF00

Key = tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Order:
    """One protocol order. `first` is the number of the delegation that was drawn for the first seat."""

    by: str = By.NAME
    language: str = "en"
    name: str = Naming.PROTOCOL
    first: int | None = None
    host: str = HostSeat.AMONG

    def __post_init__(self) -> None:
        if (
            self.by not in By.values
            or self.language not in ALPHABETS
            or self.name not in Naming.values
            or self.host not in HostSeat.values
        ):
            raise ValueError(f"there is no such order: {self}")


def ordered(
    delegations: Iterable[Delegation], order: Order | None = None, *, ranks: Mapping[int, int] | None = None
) -> list[Delegation]:
    """The delegations in this order; without one, alphabetically by their English protocol names.

    `ranks` are the Rank of each delegation's head by its number; who has none comes after those who have. Where the
    host sits first or last, the others keep their order. Raises LookupError where `first` is not among them.
    """
    order = order or Order()
    rows = sorted(delegations, key=_alphabetical(order))
    begins = 0
    if order.first is not None:
        begins = next((place for place, row in enumerate(rows) if row.pk == order.first), -1)
        if begins < 0:
            raise LookupError(order.first)
    seated = rows[begins:] + rows[:begins]
    if order.by == By.RANK:
        known = ranks or {}
        # Stable: within a rank the alphabet stays, from where the draw lets it begin.
        seated.sort(key=lambda row: known.get(row.pk, Rank.NONE))
    if order.host != HostSeat.AMONG:
        # Stable too: only the host moves.
        seated.sort(key=lambda row: row.is_host == (order.host == HostSeat.LAST))
    return seated


def _alphabetical(order: Order) -> Callable[[Delegation], tuple[Key, str, int]]:
    def key(delegation: Delegation) -> tuple[Key, str, int]:
        name = name_of(delegation, order)
        return alphabet_key(name, order.language), name, delegation.pk or 0

    return key


def name_of(delegation: Delegation, order: Order) -> str:
    """The name by which it is ordered: as organisers wrote it in that language, else as that language calls it."""
    country = str(delegation.country)
    if order.name == Naming.SHORT and country:
        return short_name_in(country, order.language)
    written = in_languages(delegation.name)
    if order.language in written:
        return written[order.language]
    if country:
        return name_in(country, order.language)
    return written.get("en") or next(iter(written.values()), "")


def alphabet_key(name: str, language: str) -> Key:
    """What names are ordered by in a language of ALPHABETS: word by word, without articles, case and marks."""
    alphabet = ALPHABETS[language]
    small = "".join(alphabet.small.get(char, char) for char in unicodedata.normalize("NFC", name)).casefold().strip()
    words = [""]
    for letter in _letters(_without_article(small, alphabet)):
        if letter[0] in _APOSTROPHES:
            continue
        if letter[0].isalnum():
            words[-1] += _counted(letter, alphabet)
        elif words[-1]:
            words.append("")
    return tuple(word for word in words if word)


def _without_article(name: str, alphabet: Alphabet) -> str:
    if name in alphabet.kept:
        return name
    for article in alphabet.articles:
        rest = name.removeprefix(article).strip()
        if rest and rest != name:
            return rest
    return name


def _letters(name: str) -> Iterator[str]:
    """Each letter with its accents behind it."""
    letter = ""
    for char in unicodedata.normalize("NFD", name):
        if letter and not unicodedata.combining(char):
            yield letter
            letter = ""
        letter += char
    if letter:
        yield letter


def _counted(letter: str, alphabet: Alphabet) -> str:
    """What a letter counts for: itself where it stands apart, else without its accents."""
    base, marks = letter[0], letter[1:]
    for composed in (base, *(unicodedata.normalize("NFC", base + mark) for mark in marks)):
        if composed in alphabet.own:
            return alphabet.own[composed] + chr(_AFTER + list(alphabet.own).index(composed))
    plain = unicodedata.normalize("NFKD", _FOLDED.get(base, base))
    return "".join(char for char in plain if not unicodedata.combining(char))


# The order that a conference begins with


def english_name(delegation: Delegation) -> str:
    return delegation.name.localize("en") if hasattr(delegation.name, "localize") else str(delegation.name)


def protocol_key(name: str) -> str:
    """What names of people are ordered by: without accents or case, so that Éva comes before Ewa."""
    plain = unicodedata.normalize("NFKD", name)
    return "".join(char for char in plain if not unicodedata.combining(char)).casefold()


def protocol_order(delegations: Iterable[Delegation]) -> list[Delegation]:
    """Alphabetically by English protocol names."""
    return ordered(delegations)


def placed(newcomer: Delegation, seated: Sequence[Delegation]) -> list[Delegation]:
    """The order with a newcomer: at its alphabetical place, or last where organisers chose another order."""
    if list(seated) == protocol_order(seated):
        return protocol_order([*seated, newcomer])
    return [*seated, newcomer]
