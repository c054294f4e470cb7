"""What an organiser sets up: categories, and the forms that they ask.

The conference's row is the lock for all of them, as for its delegations and members.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, TypedDict, Unpack, cast

from django.db import transaction
from django.db.models import Count, Max
from django.utils import timezone
from django.utils.text import slugify
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from i18nfield.strings import LazyI18nString

from conferences.audit import ADDITION, CHANGE, DELETION, note
from conferences.checking import check
from conferences.queries import organised
from conferences.rules import Person, may_organise
from conferences.texts import in_languages
from outbox.changes import action
from outbox.errors import Invalid, NotThere, WrongMove
from registration.models import (
    OF_A_DELEGATION,
    Answer,
    Attendance,
    Capacity,
    Category,
    Field,
    FieldKind,
    Import,
    Wording,
)
from registration.models.applications import OF_FILES
from registration.places import Places
from registration.queries import forget_forms
from registration.rules import is_open

Texts = Mapping[str, str]


class CategoryFacts(TypedDict, total=False):
    """What an organiser says of a category. Texts by language's code; moments are aware."""

    name: Texts
    about: Texts
    capacity: str
    needs_approval: bool
    is_listed: bool
    opens_at: datetime | None
    closes_at: datetime | None


class FieldFacts(TypedDict, total=False):
    """What an organiser says of a field. Texts by language's code.

    `choices` holds the words of each choice by language, one a line; `kept_for_days` counts from the conference's end.
    """

    label: Texts
    help: Texts
    why: Texts
    is_required: bool
    kept_for_days: int
    is_sensitive: bool
    choices: Texts


TEXTS = ("name", "about", "label", "help", "why")
# Of a consent: whoever ticked the box agreed to these.
WORDS_AGREED_TO = ("label", "help", "why")
# Characters in each language; the columns hold all of them together.
LONGEST = {"name": 200, "label": 200}
LONGEST_TEXT = 5000
MOST_CHOICES = 200
LONGEST_CHOICE = 200


# Categories


@action
def add_category(conference_id: int, *, by: Person, **facts: Unpack[CategoryFacts]) -> Category:
    """Adds a category as the last one, with an empty form. Raises NotThere, NotAllowed, Invalid."""
    conference = organised(conference_id, by)
    last = conference.categories.aggregate(last=Max("position"))["last"]
    category = Category(conference=conference, position=0 if last is None else last + 1)
    _set_facts(category, facts)
    _check_category(category)
    category.save()
    note(category, ADDITION, by=by)
    return category


@action
def change_category(category_id: int, *, by: Person, **facts: Unpack[CategoryFacts]) -> Category:
    """Changes the facts that are given. Raises NotThere, NotAllowed, and Invalid.

    Where anybody applied, a category of those who come for a delegation stays one, one of its heads too, and any other
    becomes none.
    """
    category = _category(category_id, by)
    was = category.is_of_a_delegation, category.capacity == Capacity.HEAD
    _set_facts(category, facts)
    _check_category(category)
    is_now = category.is_of_a_delegation, category.capacity == Capacity.HEAD
    if is_now != was and category.applications.exists():
        words = _("People applied in it already. Make another category for this.")
        raise Invalid(fields={"capacity": words})
    category.save()
    note(category, CHANGE, by=by, words=", ".join(sorted(facts)))
    return category


@action
def remove_category(category_id: int, *, by: Person) -> None:
    """Removes a category with its form and places.

    Raises NotThere, NotAllowed, and WrongMove where anybody applied, or may be applying now.
    """
    category = _category(category_id, by)
    if category.is_listed and is_open(category, timezone.now()):
        raise WrongMove(_("People may be applying in it now. Take it off the public page first, or close it."))
    # Under the lock of whoever takes a place: what they hand in is there, or they have not begun.
    Places(category.conference_id, *Attendance.values)
    if category.applications.exists() or Import.objects.filter(category=category).exists():
        raise WrongMove(_("People applied in this category, so it stays. You can close it instead."))
    note(category, DELETION, by=by)
    category.delete()


@action
def move_category(category_id: int, *, up: bool, by: Person) -> None:
    """Moves a category one place up or down among the others. Raises NotThere, NotAllowed."""
    category = _category(category_id, by)
    if _move(list(category.conference.categories.order_by("position", "pk")), category, up):
        note(category.conference, CHANGE, by=by, words="order of categories")


def _check_category(category: Category) -> None:
    if category.capacity in OF_A_DELEGATION and not category.needs_approval and category.is_listed:
        words = _("Whoever comes for a delegation is approved by the secretariat.")
        raise Invalid(fields={"needs_approval": words})
    if category.opens_at and category.closes_at and category.closes_at <= category.opens_at:
        raise Invalid(fields={"closes_at": _("It must close after it opens.")})
    check(category)


# Fields


@action
def add_field(category_id: int, *, kind: str, by: Person, **facts: Unpack[FieldFacts]) -> Field:
    """Adds a field as the last of a category's form. Raises NotThere, NotAllowed, Invalid."""
    category = _category(category_id, by)
    if kind not in FieldKind.values:
        raise Invalid(fields={"kind": _("There is no such kind of field.")})
    last = category.fields.aggregate(last=Max("position"))["last"]
    field = Field(category=category, kind=kind, position=0 if last is None else last + 1)
    _set_field(field, facts)
    field.save()
    _keep_wording(field)
    note(field, ADDITION, by=by, words=kind)
    return field


@action
def change_field(field_id: int, *, by: Person, **facts: Unpack[FieldFacts]) -> Field:
    """Changes the facts that are given. A consent whose words change becomes the next version of itself.

    A choice that somebody took stays among the choices, and what was answered as sensitive stays so. Raises NotThere,
    NotAllowed, Invalid, and WrongMove for a field that was retired.
    """
    field = _field(field_id, by)
    if field.retired_at is not None:
        raise WrongMove(_("This is asked no more. Add a new field in its place."))
    before, was_sensitive = _words_agreed_to(field), field.is_sensitive
    if field.kind == FieldKind.CONSENT:
        # What was asked so far may come from elsewhere, such as a conference that was loaded: then it is kept only now.
        _keep_wording(field)
    _set_field(field, facts)
    if was_sensitive and not field.is_sensitive and field.answers.exists():
        # Whoever answered was told that each look is noted; switched off for a moment, none would be.
        words = _("Somebody has answered this, so it stays sensitive. Add another field for what is not.")
        raise Invalid(fields={"is_sensitive": words})
    if field.kind == FieldKind.CONSENT and _words_agreed_to(field) != before:
        field.version += 1
        _keep_wording(field)
    field.save()
    note(field, CHANGE, by=by, words=", ".join(sorted(facts)))
    return field


@action
def remove_field(field_id: int, *, by: Person) -> Field | None:
    """Takes a field out of the form: one that was answered is retired, so that the answers keep their question.

    So is one of a category that is open, since somebody may be answering it now. Returns the retired field, or None
    where it is gone. Raises NotThere, NotAllowed.
    """
    field = _field(field_id, by)
    if field.retired_at is not None:
        return field
    now = timezone.now()
    if is_open(field.category, now) or field.answers.exists():
        field.retired_at = now
        field.save(update_fields=["retired_at"])
        note(field, CHANGE, by=by, words="retired")
        return field
    note(field, DELETION, by=by)
    field.delete()
    return None


@action
def move_field(field_id: int, *, up: bool, by: Person) -> None:
    """Moves a field one place up or down in its form. Raises NotThere, NotAllowed."""
    field = _field(field_id, by)
    asked = list(field.category.fields.filter(retired_at=None).order_by("position", "pk"))
    if _move(asked, field, up):
        note(field.category, CHANGE, by=by, words="order of fields")


def _set_field(field: Field, facts: FieldFacts) -> None:
    choices = facts.get("choices")
    _set_facts(field, {name: value for name, value in facts.items() if name != "choices"})
    if field.is_sensitive and field.kind not in OF_FILES:
        raise Invalid(fields={"is_sensitive": _("Only files and photos can be sensitive.")})
    if choices is not None and field.kind == FieldKind.CHOICE:
        field.choices = _choices(field, choices)
    if field.kind == FieldKind.CHOICE and len(field.choices) < 2:
        raise Invalid(fields={"choices": _("Write at least two, one a line.")})
    if not in_languages(field.label):
        raise Invalid(fields={"label": _("Write it in at least one language.")})
    check(field)


def _words_agreed_to(field: Field) -> list[dict[str, str]]:
    return [in_languages(getattr(field, name)) for name in WORDS_AGREED_TO]


def _keep_wording(field: Field) -> None:
    if field.kind == FieldKind.CONSENT:
        words = {name: getattr(field, name) for name in WORDS_AGREED_TO}
        Wording.objects.get_or_create(field=field, version=field.version, defaults=words)


# Choices: lines in, keys and words out


def _choices(field: Field, lines: Texts) -> list[dict[str, Any]]:
    by_language = {language: [line.strip() for line in text.splitlines()] for language, text in lines.items()}
    by_language = {language: [line for line in found if line] for language, found in by_language.items()}
    by_language = {language: found for language, found in by_language.items() if found}
    if not by_language:
        return []
    # The longest list says how many there are; a language that has fewer is missing a translation.
    count = max(map(len, by_language.values()))
    if count > MOST_CHOICES or any(len(line) > LONGEST_CHOICE for found in by_language.values() for line in found):
        words = _("At most %(count)d choices, of %(length)d characters each.")
        raise Invalid(fields={"choices": words % {"count": MOST_CHOICES, "length": LONGEST_CHOICE}})
    if any(len(found) != count for found in by_language.values()):
        raise Invalid(fields={"choices": _("Write the same number of lines in each language.")})
    words_of = [{language: found[row] for language, found in by_language.items()} for row in range(count)]
    for found in by_language.values():
        if len({line.casefold() for line in found}) < count:
            raise Invalid(fields={"choices": _("Two of the choices are the same.")})
    keys = _keys(field.choices, words_of)
    _check_taken_stay(field, keys)
    return [{"key": key, "words": words} for key, words in zip(keys, words_of, strict=True)]


def _keys(before: Sequence[Mapping[str, Any]], words_of: Sequence[Texts]) -> list[str]:
    """A key for each choice. One that was there keeps its key, so that answers keep their meaning: it is known again
    by its words in any language, or, where nothing was added or taken away, by its line.
    """
    left = {choice["key"]: choice["words"] for choice in before}
    keys: list[str | None] = [_known_again(left, words) for words in words_of]
    if len(before) == len(words_of):
        for row, choice in enumerate(before):
            if keys[row] is None and choice["key"] in left:
                keys[row] = choice["key"]
                del left[choice["key"]]
    taken = {choice["key"] for choice in before} | {key for key in keys if key}
    for row, words in enumerate(words_of):
        if keys[row] is None:
            keys[row] = _new_key(words, taken)
            taken.add(cast(str, keys[row]))
    return cast(list[str], keys)


def _known_again(left: dict[str, Texts], words: Texts) -> str | None:
    for key, old in left.items():
        if any(old.get(language) == line for language, line in words.items()):
            del left[key]
            return key
    return None


def _new_key(words: Texts, taken: set[str]) -> str:
    root = next((key for line in words.values() if (key := slugify(line)[:40])), "choice")
    number, key = 1, root
    while key in taken:
        number += 1
        key = f"{root}-{number}"
    return key


def _check_taken_stay(field: Field, keys: Sequence[str]) -> None:
    """Raises Invalid where a choice that somebody took would be gone, and the answer would have no words."""
    if field.pk is None:
        return
    lost = [choice for choice in field.choices if choice["key"] not in keys]
    if not lost:
        return
    answered = Answer.objects.filter(field=field, words__in=[choice["key"] for choice in lost])
    counts = dict(answered.values_list("words").annotate(Count("pk")))
    for choice in lost:
        if count := counts.get(choice["key"]):
            words = ngettext(
                "“%(choice)s” was chosen by %(count)d person, so it stays.",
                "“%(choice)s” was chosen by %(count)d people, so it stays.",
                count,
            )
            told = words % {"choice": LazyI18nString(choice["words"]), "count": count}
            raise Invalid(fields={"choices": told})


# What both share


def _set_facts(thing: Category | Field, facts: Mapping[str, Any]) -> None:
    for name, value in facts.items():
        if name in TEXTS and any(len(words) > LONGEST.get(name, LONGEST_TEXT) for words in value.values()):
            words = _("At most %(count)d characters.") % {"count": LONGEST.get(name, LONGEST_TEXT)}
            raise Invalid(fields={name: words})
        setattr(thing, name, LazyI18nString(dict(value)) if name in TEXTS else value)


def _move(rows: list[Any], thing: Category | Field, up: bool) -> bool:
    """Moves `thing` among `rows` and numbers them anew. Returns whether anything moved."""
    place = next(place for place, row in enumerate(rows) if row.pk == thing.pk) if thing in rows else -1
    other = place - 1 if up else place + 1
    if place < 0 or not 0 <= other < len(rows):
        return False
    rows[place], rows[other] = rows[other], rows[place]
    for position, row in enumerate(rows):
        row.position = position
    type(thing)._default_manager.bulk_update(rows, ["position"])
    # Nothing is told of what is written in bulk.
    transaction.on_commit(forget_forms, robust=True)
    return True


def _category(category_id: int, by: Person) -> Category:
    """The category under its conference's lock, for an organiser. Raises NotThere, NotAllowed."""
    found = Category.objects.select_related("conference").filter(pk=category_id).first()
    # A category that is not listed is known to its conference only.
    if found is None or not (found.is_listed or may_organise(by, found.conference)):
        raise NotThere
    conference = organised(found.conference_id, by)
    category = Category.objects.filter(pk=category_id).first()
    if category is None:
        # Removed by somebody while this waited for the conference.
        raise NotThere
    category.conference = conference
    return category


def _field(field_id: int, by: Person) -> Field:
    """The field with its category, under its conference's lock. Raises NotThere, NotAllowed."""
    found = Field.objects.filter(pk=field_id).values_list("category_id", flat=True).first()
    if found is None:
        raise NotThere
    category = _category(found, by)
    field = category.fields.filter(pk=field_id).first()
    if field is None:
        raise NotThere
    field.category = category
    return field
