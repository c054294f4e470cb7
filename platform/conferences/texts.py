"""Texts in several languages, and what somebody types in one."""

from collections.abc import Callable
from typing import TypeVar

from django.conf import settings
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import override
from i18nfield.strings import LazyI18nString

from accounts.unseen import IN_TEXTS, UNSEEN, holds_unseen
from outbox.errors import Invalid, Words

T = TypeVar("T")


def in_languages(text: LazyI18nString | str) -> dict[str, str]:
    """A text by language's code; one that was given without a language stands under "en"."""
    data = text.data if isinstance(text, LazyI18nString) else text
    if isinstance(data, dict):
        return {language: words for language, words in sorted(data.items()) if words}
    return {"en": str(data)} if data else {}


def told_to_all(words: Promise) -> LazyI18nString:
    """What the site says now and others read later, each in their own language."""
    return LazyI18nString(in_each_language(lambda _language: str(words)))


def in_each_language(say: Callable[[str], T]) -> dict[str, T]:
    """What `say(language)` says in each language of the site, by language's code; the language is active as it does."""
    said = {}
    for language, _name in settings.LANGUAGES:
        with override(language):
            said[language] = say(language)
    return said


def one_line(text: str, field: str, *, longest: int, missing: Words = "", is_name: bool = False) -> str:
    """What somebody typed, with one blank between words.

    Raises Invalid (of that `field`) where it is too long, or holds what nobody sees (beside marks that a text in some
    script needs, and a name does not); or where nothing is seen of it, if that is `missing`.
    """
    kept = " ".join(text.split())
    if missing and not kept.strip(IN_TEXTS):
        raise Invalid(fields={field: missing})
    if len(kept) > longest:
        raise Invalid(fields={field: _("Write at most %(number)s characters.") % {"number": longest}})
    if holds_unseen(kept, but="" if is_name else IN_TEXTS):
        raise Invalid(fields={field: UNSEEN})
    return kept
