"""Characters that nobody sees, and which of them a script cannot do without.

They make two names of one that reads alike, hide words, or turn the direction of the line they stand in.
"""

import unicodedata

from django.core.exceptions import ValidationError
from django.utils.deconstruct import deconstructible
from django.utils.translation import gettext_lazy as _

UNSEEN = _("This holds characters that cannot be seen. Type it anew.")
# In texts of several lines: how they are broken, and where Khmer may be; which way a full stop runs beside Arabic.
LINES = "\r\n\t"
IN_TEXTS = LINES + "\u00ad\u200b\u200e\u200f\u061c\u2060\ufeff"

# Control characters, format characters, separators of lines and of paragraphs, halves of characters.
_CATEGORIES = frozenset(("Cc", "Cf", "Zl", "Zp", "Cs"))
# Blanks that are letters, marks or symbols by their category.
_BLANKS = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0")
# Format characters that are seen: signs around which Arabic, Syriac and Kaithi write numbers.
_SIGNS = frozenset("\u0600\u0601\u0602\u0603\u0604\u0605\u06dd\u070f\u0890\u0891\u08e2\U000110bd\U000110cd")

# They change how the letters beside them join; elsewhere nothing is seen of them.
_JOINERS = frozenset("\u180e\u200c\u200d")
_JOINING = frozenset((
    "ADLAM", "ARABIC", "BALINESE", "BENGALI", "DEVANAGARI", "GUJARATI", "GURMUKHI", "JAVANESE", "KANNADA", "KHMER",
    "MALAYALAM", "MANDAIC", "MONGOLIAN", "MYANMAR", "NKO", "ORIYA", "SINHALA", "SYRIAC", "TAMIL", "TELUGU", "TIBETAN",
))  # fmt: skip
# They choose one of several shapes of what stands before them.
_SELECTORS = frozenset(map(chr, (*range(0x180B, 0x180E), 0x180F, *range(0xFE00, 0xFE10), *range(0xE0100, 0xE01F0))))
_OF_SEVERAL_SHAPES = frozenset(("CJK", "MONGOLIAN", "MYANMAR", "PHAGS-PA"))
_VIRAMA = 9  # the combining class of what takes a consonant's vowel away


def holds_unseen(words: str, *, but: str = "") -> bool:
    """Whether something is in these words that nobody sees and no script needs where it stands; `but` may be there."""
    return any(
        _may_be_unseen(char) and char not in but and not _is_needed(char, words[at - 1 : at], words[at + 1 : at + 2])
        for at, char in enumerate(words)
    )


def _may_be_unseen(char: str) -> bool:
    if char.isascii():
        return not char.isprintable()
    if char in _BLANKS or char in _SELECTORS:
        return True
    return unicodedata.category(char) in _CATEGORIES and char not in _SIGNS


def _is_needed(char: str, before: str, after: str) -> bool:
    """Whether the script of what stands beside it cannot do without it. Both are one character, or none."""
    if not before:
        return False
    if char in _SELECTORS:
        return unicodedata.category(before)[0] in "SPN" or _script(before) in _OF_SEVERAL_SHAPES
    if char not in _JOINERS:
        return False
    if _is_letter(before) and _script(before) in _JOINING:
        # Malayalam ends words in a virama and a joiner.
        return unicodedata.combining(before) == _VIRAMA or (_is_letter(after) and _script(after) in _JOINING)
    # Emoji of several: a woman, a joiner, a laptop.
    return char == "\u200d" and not before.isalnum() and bool(after) and unicodedata.category(after) == "So"


def _is_letter(char: str) -> bool:
    return bool(char) and unicodedata.category(char)[0] in "LM"


def _script(char: str) -> str:
    """The first word of its name: ARABIC, CJK."""
    return unicodedata.name(char, "").partition(" ")[0]


@deconstructible
class NothingUnseen:
    """A validator of what is typed."""

    def __init__(self, but: str = "") -> None:
        self.but = but

    def __call__(self, words: str) -> None:
        if holds_unseen(words, but=self.but):
            raise ValidationError(UNSEEN, code="unseen")

    def __eq__(self, other: object) -> bool:
        return isinstance(other, NothingUnseen) and self.but == other.but

    def __hash__(self) -> int:
        return hash(self.but)
