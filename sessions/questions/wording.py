"""The text of a question as it is kept: one paragraph, normalised, with nothing in it that the eye does not see."""

import re
import unicodedata

from django.utils.translation import gettext_lazy as _

from outbox.errors import Invalid
from sessions.questions.models import LONGEST, SHORTEST

# Marks that turn the direction of what follows, on into the page around the text. Pages isolate every question
# with dir="auto" instead.
_TURNING = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_UNSEEN = _TURNING | frozenset("\ufeff\u00ad")
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,6})?")


def normalised(text: str) -> str:
    """The text in Unicode's composed form, without control characters, its white space narrowed to single spaces.

    Joiners and zero-width spaces stay: Persian, Khmer and family pictures need them.
    """
    composed = unicodedata.normalize("NFC", text)
    # Cs: half a character, which no database and no socket can carry.
    seen = (
        " " if c.isspace() else c
        for c in composed
        if c.isspace() or (c not in _UNSEEN and unicodedata.category(c) not in ("Cc", "Cs"))
    )
    return re.sub(" +", " ", "".join(seen)).strip()


def question_text(text: str) -> str:
    """The text as it will be kept. Raises Invalid (`fields["text"]`) where it is too short, too long or no words."""
    # A megabyte is refused before it is looked at letter by letter.
    kept = normalised(text[: LONGEST * 10])
    if len(kept) < SHORTEST:
        raise Invalid(fields={"text": _("Write at least %(number)s characters.") % {"number": SHORTEST}})
    if len(kept) > LONGEST:
        raise Invalid(fields={"text": _("Write at most %(number)s characters.") % {"number": LONGEST}})
    if not any(c.isalnum() for c in kept):
        raise Invalid(fields={"text": _("Write your question in words.")})
    return kept


def question_language(code: str) -> str:
    """A language's code as pages carry it in `lang`, or "" for none. Raises Invalid (`fields["language"]`)."""
    if code and not _LANGUAGE.fullmatch(code):
        raise Invalid(fields={"language": _("Choose a language from the list.")})
    return code
