"""Texts in several languages."""

from i18nfield.strings import LazyI18nString


def in_languages(text: LazyI18nString | str) -> dict[str, str]:
    """A text by language's code; one that was given without a language stands under "en"."""
    data = text.data if isinstance(text, LazyI18nString) else text
    if isinstance(data, dict):
        return {language: words for language, words in sorted(data.items()) if words}
    return {"en": str(data)} if data else {}
