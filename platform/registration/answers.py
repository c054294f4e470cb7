"""What is given to the fields of a form, and whether it can be an answer."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django_countries import countries

from accounts.unseen import IN_TEXTS, LINES, UNSEEN, holds_unseen
from files.models import Upload
from outbox.errors import Invalid
from registration.models import Answer, Application, Category, Field, FieldKind

LONGEST = {FieldKind.TEXT: 300, FieldKind.LONG_TEXT: 5000}
# The word of a box that was ticked.
YES = "yes"


@dataclass(frozen=True, slots=True)
class Given:
    """`words` as somebody typed or chose them, or a file that was stored before."""

    field_id: int
    words: str = ""
    upload: Upload | None = None

    @staticmethod
    def of_application(application: Application) -> list["Given"]:
        answers = application.answers.select_related("upload")
        return [Given(answer.field_id, answer.words, answer.upload) for answer in answers]


@dataclass(frozen=True, slots=True)
class Checked:
    field: Field
    words: str
    upload: Upload | None

    def of(self, application: Application) -> Answer:
        return Answer(
            application=application,
            field=self.field,
            words=self.words,
            upload=self.upload,
            version=self.field.version,
        )


def name_of(field: Field) -> str:
    """What the field is called in a form, an import's errors and a refusal."""
    return f"field_{field.pk}"


def asked(category: Category) -> list[Field]:
    """The fields of its form as it is now."""
    fields = Field.objects.filter(category=category, retired_at=None).order_by()
    return sorted(fields, key=lambda field: (field.position, field.pk))


def check_answers(category: Category, given: Sequence[Given], *, complete: bool) -> list[Checked]:
    """The answers that can be kept. `complete`: what is required must be there; a draft may leave it out.

    Raises Invalid with the words for each field that is wrong, all of them at once.
    """
    return check(asked(category), given, complete=complete)


def check(fields: Iterable[Field], given: Sequence[Given], *, complete: bool) -> list[Checked]:
    """As `check_answers`, for whoever has read the fields already, such as an import of thousands."""
    by_field = {one.field_id: one for one in given}
    answers, wrong = [], {}
    for field in fields:
        one = by_field.get(field.pk) or Given(field.pk)
        words = one.words.strip()
        if not words and one.upload is None:
            if complete and field.is_required:
                wrong[name_of(field)] = _missing(field)
            continue
        problem = _problem(field, words, one.upload)
        if problem is not None:
            wrong[name_of(field)] = problem
        else:
            answers.append(Checked(field, words, one.upload))
    if wrong:
        raise Invalid(fields=wrong)
    return answers


def _missing(field: Field) -> str | Promise:
    return _("This is needed to take part.") if field.kind == FieldKind.CONSENT else _("Please answer this.")


def _problem(field: Field, words: str, upload: Upload | None) -> str | Promise | None:
    """What is wrong with it, in words for whoever typed it; None where nothing is."""
    if field.is_of_files:
        return None if upload is not None else _("Choose the file again.")
    if upload is not None:
        return _("This is answered in words.")
    if holds_unseen(words, but=IN_TEXTS if field.kind == FieldKind.LONG_TEXT else LINES):
        return UNSEEN
    match field.kind:
        case FieldKind.TEXT | FieldKind.LONG_TEXT:
            longest = LONGEST[FieldKind(field.kind)]
            return _("At most %(count)d characters.") % {"count": longest} if len(words) > longest else None
        case FieldKind.CHOICE:
            return None if words in {choice["key"] for choice in field.choices} else _("Choose one of these.")
        case FieldKind.COUNTRY:
            return None if words in dict(countries) else _("Choose a country.")
        case FieldKind.DATE:
            return None if _is_date(words) else _("Write the date like 2021-11-16.")
        case _:
            return None if words == YES else _("Tick the box, or leave it empty.")


def _is_date(words: str) -> bool:
    try:
        return date.fromisoformat(words).isoformat() == words
    except ValueError:
        return False
