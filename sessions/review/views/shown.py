"""Statements as pages show them. Templates get this and never the rows."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language_info

from files.models import Upload
from sessions.review.forms import own_name
from sessions.review.models import Slot, Statement


@dataclass(frozen=True, kw_only=True)
class Text:
    """A statement in one language, without its words. `embargoed_until` (UTC) only while it is to come.

    `version` is another one whenever it was handed in anew.
    """

    id: int
    language: str
    language_words: str
    direction: str
    has_text: bool
    file: Upload | None
    check_against_delivery: bool
    embargoed_until: datetime | None
    handed_in_at: datetime

    @property
    def language_bdi(self) -> SafeString:
        """The language’s own name, to stand within a sentence of another."""
        return format_html('<bdi lang="{}">{}</bdi>', self.language, self.language_words)

    @property
    def version(self) -> str:
        return f"{self.id}-{self.handed_in_at.timestamp():.3f}"


def texts_of(slot: Slot) -> Sequence[Text]:
    return [text_shown(statement) for statement in slot.statements.all()]


def text_shown(statement: Statement) -> Text:
    embargo = statement.embargoed_until
    return Text(
        id=statement.pk,
        language=statement.language,
        language_words=own_name(statement.language),
        direction=direction_of(statement.language),
        has_text=bool(statement.text),
        file=statement.upload,
        check_against_delivery=statement.check_against_delivery,
        embargoed_until=embargo if embargo is not None and embargo > timezone.now() else None,
        handed_in_at=statement.handed_in_at,
    )


def direction_of(language: str) -> str:
    """Which way a language is written; "auto" where nobody knows."""
    try:
        return "rtl" if get_language_info(language)["bidi"] else "ltr"
    except KeyError:
        return "auto"
