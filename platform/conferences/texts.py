"""Texts in several languages."""

from collections.abc import Callable
from typing import TypeVar

from django.conf import settings
from django.utils.functional import Promise
from django.utils.translation import override
from i18nfield.strings import LazyI18nString

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
