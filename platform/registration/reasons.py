"""The words that somebody gives for a decision, and that others read."""

from django.utils.translation import gettext_lazy as _

from accounts.unseen import IN_TEXTS, UNSEEN, holds_unseen
from outbox.errors import Invalid, Words

LONGEST_REASON = 2000  # characters


def checked_reason(words: str, *, missing: Words = "", longest: int = LONGEST_REASON) -> str:
    """The reason without blanks around it.

    Raises Invalid where it is too long, holds what nobody sees, or is empty and `missing` asks for it.
    """
    words = words.strip()
    if missing and not words:
        raise Invalid(fields={"reason": missing})
    if len(words) > longest:
        raise Invalid(fields={"reason": _("At most %(count)d characters.") % {"count": longest}})
    if holds_unseen(words, but=IN_TEXTS):
        raise Invalid(fields={"reason": UNSEEN})
    return words
