"""The form of a category. It shows and reads; whether what was typed can be kept is the action's to say, all of it."""

from collections.abc import Hashable, Iterable, Mapping, Sequence
from functools import cache
from typing import Any
from uuid import UUID, uuid4

from django import forms
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext_lazy as _
from django_countries import countries
from i18nfield.strings import LazyI18nString

from accounts.forms import ADDRESS, NAME_HELP
from conferences.models import Rank
from conferences.queries import delegations_of
from conferences.rules import Person
from outbox.marking import Marking
from registration.answers import YES, Given, name_of
from registration.models import Application, Attendance, Category, Field, FieldKind
from registration.papers import ACCEPTED, KINDS, Papers
from registration.queries import attendances_of
from registration.wishes import Facts, Wish
from web.posted import whole_number


class Unchecked:
    """Shows whether something is needed, and takes what comes."""

    def clean(self, value: Any) -> Any:
        return value


class Line(Unchecked, forms.CharField):
    pass


class Box(Unchecked, forms.BooleanField):
    pass


class Choice(Unchecked, forms.ChoiceField):
    pass


class PaperInput(forms.FileInput):
    """A file; one that was taken before is named, and stays unless another is chosen."""

    template_name = "registration/paper.html"

    def __init__(self, kind: FieldKind, *, name: str, word: str) -> None:
        super().__init__({"accept": ",".join(ACCEPTED[kind])})
        self.kept_name, self.word = name, word

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        return {**super().get_context(name, value, attrs), "kept_name": self.kept_name, "word": self.word}

    def use_required_attribute(self, initial: Any) -> bool:
        return not self.word


class Paper(Unchecked, forms.Field):
    pass


class ApplicationForm(Marking, forms.Form):
    """What a category asks of somebody. `papers` are the files that were taken already."""

    def __init__(
        self,
        category: Category,
        fields: Sequence[Field],
        papers: Papers,
        *,
        asks_address: bool,
        data: Mapping[str, Any] | None = None,
        initial: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(data, initial={"submit_key": papers.submit_key, **(initial or {})})
        self.fields["submit_key"] = Line(widget=forms.HiddenInput)
        self.fields["name"] = Line(
            label=_("Your name"), help_text=NAME_HELP, widget=forms.TextInput({"autocomplete": "name", "dir": "auto"})
        )
        if asks_address:
            self.fields["email"] = Line(
                label=ADDRESS, widget=forms.EmailInput({"autocomplete": "email", "dir": "ltr", "inputmode": "email"})
            )
        attendances = attendances_of(category.conference)
        if len(attendances) > 1:
            self.fields["attendance"] = Choice(
                label=_("How you take part"),
                widget=forms.RadioSelect,
                choices=[(value, Attendance(value).label.capitalize()) for value in attendances],
            )
        if category.is_of_a_delegation:
            self.fields["delegation"] = Choice(label=_("Delegation"), choices=[("", "—"), *_seats(category)])
        self.fields |= {
            "honorific": _line(
                _("Title"), _("Before the name, such as H.E. Ms or Dr."), autocomplete="honorific-prefix"
            ),
            "function": _line(
                _("Function"), _("Such as Minister for Foreign Affairs."), autocomplete="organization-title"
            ),
            "organisation": _line(_("Organisation"), "", "organization"),
        }
        for field in fields:
            self.fields[name_of(field)] = shown_field(field, papers)
        self.fields["is_listed"] = Box(
            label=_("Show me in the list of participants"),
            required=False,
            help_text=_("Others then read your name, function and organisation. You can change this later."),
        )


def _seats(category: Category) -> list[tuple[int, str]]:
    return [(seat.pk, str(seat)) for seat in delegations_of(category.conference)]


def _line(label: Any, help_text: Any, autocomplete: str) -> Line:
    attrs = {"dir": "auto", "autocomplete": autocomplete}
    return Line(label=label, help_text=help_text, required=False, widget=forms.TextInput(attrs))


def shown_field(field: Field, papers: Papers) -> forms.Field:
    """A question as a form asks it; what was typed is checked by the action."""
    # A list to choose from does not call itself optional; its first line says so.
    none = ("", "—" if field.is_required else _("No answer"))
    about: dict[str, Any] = {"label": str(field.label), "help_text": _help(field), "required": field.is_required}
    match field.kind:
        case FieldKind.FILE | FieldKind.PHOTO:
            kept = papers.uploads.get(field.pk)
            name = kept.name if kept is not None else ""
            return Paper(**about, widget=PaperInput(FieldKind(field.kind), name=name, word=papers.word_for(field)))
        case FieldKind.LONG_TEXT:
            return Line(**about, widget=forms.Textarea({"rows": 5, "dir": "auto"}))
        case FieldKind.CHOICE:
            offered = [(choice["key"], str(LazyI18nString(choice["words"]))) for choice in field.choices]
            return Choice(**about, choices=[none, *offered])
        case FieldKind.COUNTRY:
            return Choice(**about, choices=[none, *_countries(get_language() or "en")])
        case FieldKind.DATE:
            return Line(**about, widget=forms.DateInput({"type": "date"}))
        case FieldKind.CONSENT:
            return Box(**about)
        case _:
            return Line(**about, widget=forms.TextInput({"dir": "auto"}))


@cache
def _countries(language: str) -> tuple[tuple[str, str], ...]:
    """In the order of the language that is active, which is asked for often and put in order slowly."""
    return tuple((code, str(name)) for code, name in countries)


def _help(field: Field) -> str:
    """What is meant, what may be sent, why it is asked, and how long it is kept."""
    kept = ngettext(
        "Kept for %(count)d day after the conference.",
        "Kept for %(count)d days after the conference.",
        field.kept_for_days,
    ) % {"count": field.kept_for_days}
    why = format_html("{} {}", _("Why it is asked:"), str(field.why)) if str(field.why) else ""
    kinds = KINDS[FieldKind(field.kind)] if field.is_of_files else ""
    return format_html_join("", "<p>{}</p>", ((words,) for words in (str(field.help), kinds, why, kept) if words))


# Stands in a form that is written for all alike, where each page has a key of its own.
ANY_KEY = str(UUID(int=0))
# So many forms, each in a language, are kept written.
_KEPT = 200
_written: dict[Hashable, str] = {}


def written_blank(category: Category, fields: Sequence[Field]) -> SafeString:
    """The form as somebody finds it who is not signed in, with ANY_KEY in place of its key.

    Nobody has typed into it: it is written once for all alike.

    What it is kept under holds all that is in it, so that a change to the category shows at once.
    """
    seats = (
        [(seat.pk, str(seat)) for seat in delegations_of(category.conference)] if category.is_of_a_delegation else []
    )
    alike = (
        get_language(),
        attendances_of(category.conference),
        tuple(seats),
        tuple(
            (one.pk, one.kind, str(one.label), str(one.help), str(one.why), one.kept_for_days, one.is_required)
            for one in fields
        ),
        repr([one.choices for one in fields]),
    )
    if alike not in _written:
        if len(_written) >= _KEPT:
            _written.clear()
        _written[alike] = str(ApplicationForm(category, fields, Papers(UUID(ANY_KEY)), asks_address=True))
    return mark_safe(_written[alike])  # noqa: S308  its templates escape


def key_of(typed: Mapping[str, str]) -> UUID | None:
    """The key that the page made; None where it cannot be read."""
    try:
        return UUID(typed.get("submit_key", ""))
    except ValueError:
        return None


def new_key() -> UUID:
    return uuid4()


def facts_of(typed: Mapping[str, str], *, email: str, language: str, rank: int = Rank.NONE) -> Facts:
    """What the form says of its person. `rank` is not asked for: the secretariat gives it.

    `language` is that of their letters: who writes for somebody else does not choose it.
    """
    words = {name: typed.get(name, "").strip() for name in ("name", "honorific", "function", "organisation")}
    is_listed = bool(typed.get("is_listed"))
    return Facts(email=email, language=language, rank=rank, is_listed=is_listed, **words)


def attendance_of(typed: Mapping[str, str], category: Category) -> str:
    """The chosen one, or the only one there is."""
    attendances = attendances_of(category.conference)
    return typed.get("attendance", "") if len(attendances) > 1 else str(attendances[0])


def given_of(typed: Mapping[str, str], fields: Iterable[Field], papers: Papers) -> list[Given]:
    given = []
    for field in fields:
        words = typed.get(name_of(field), "")
        if field.is_of_files:
            given.append(Given(field.pk, upload=papers.uploads.get(field.pk)))
        elif field.kind == FieldKind.CONSENT:
            given.append(Given(field.pk, YES if words else ""))
        else:
            given.append(Given(field.pk, words))
    return given


def wish_of(typed: Mapping[str, str], category: Category, fields: Sequence[Field], papers: Papers, by: Person) -> Wish:
    """The application that the form hands in. Who is signed in applies with their own address."""
    email = getattr(by, "email", "") if by.is_authenticated else typed.get("email", "")
    return Wish(
        category_id=category.pk,
        facts=facts_of(typed, email=email, language=get_language() or ""),
        submit_key=papers.submit_key,
        attendance=attendance_of(typed, category),
        delegation_id=(whole_number(typed.get("delegation")) or None) if category.is_of_a_delegation else None,
        answers=given_of(typed, fields, papers),
    )


def initial_of(application: Application) -> dict[str, Any]:
    """What the form shows of an application that is there."""
    facts = {
        name: getattr(application, name) for name in ("name", "honorific", "function", "organisation", "is_listed")
    }
    answers = {
        name_of(answer.field): answer.words == YES if answer.field.kind == FieldKind.CONSENT else answer.words
        for answer in application.answers.all()
    }
    return {**facts, "attendance": application.attendance, "delegation": application.delegation_id, **answers}
