"""The forms of letters: a conference's own words, and a letter to many in the conference's languages."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, ClassVar

from babel import Locale, UnknownLocaleError
from django import forms
from django.utils.translation import gettext_lazy as _

from conferences.forms import TranslatedForm
from conferences.models import Conference
from conferences.queries import delegations_of
from registration.letter_actions import LONGEST_SUBJECT, LONGEST_TEXT
from registration.letters import Words, languages_of
from registration.mailings import APPLICANTS, CHOSEN_BY, FOCAL_POINTS
from registration.models import Attendance, Mailing, Status
from web import moments


def name_of_language(code: str) -> str:
    return moments.locale().languages.get(code, code)


def direction_of(code: str) -> str:
    """Which way a language is written: "ltr" or "rtl"."""
    try:
        return Locale.parse(code, sep="-").text_direction
    except (UnknownLocaleError, ValueError):
        return "ltr"


def _subject(code: str, *, required: bool = True) -> forms.CharField:
    return forms.CharField(
        label=_("Subject"),
        required=required,
        max_length=LONGEST_SUBJECT,
        widget=forms.TextInput(attrs={"lang": code, "dir": direction_of(code), "autocomplete": "off"}),
    )


def _text(code: str, *, required: bool = True) -> forms.CharField:
    return forms.CharField(
        label=_("Text"),
        required=required,
        max_length=LONGEST_TEXT,
        strip=False,
        widget=forms.Textarea(attrs={"lang": code, "dir": direction_of(code), "rows": 14}),
    )


class LetterForm(TranslatedForm):
    """One letter in one language."""

    order: ClassVar[tuple[str, ...]] = ("subject", "text", "person")

    person = forms.CharField(
        label=_("Preview for"),
        required=False,
        max_length=100,
        widget=forms.TextInput(attrs={"dir": "auto", "autocomplete": "off"}),
        help_text=_("A name or an address. Left empty, whoever applied last."),
    )

    def __init__(self, *args: Any, language: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["subject"] = _subject(language)
        self.fields["text"] = _text(language)
        self.order_fields(self.order)

    def words(self) -> Words:
        return Words(self.cleaned_data["subject"], self.cleaned_data["text"])


@dataclass(frozen=True)
class InLanguage:
    """The two inputs of a letter to many in one language."""

    code: str
    name: str
    subject: forms.BoundField
    text: forms.BoundField

    @property
    def is_begun(self) -> bool:
        inputs = (self.subject, self.text)
        return any(bound.value() or bound.errors for bound in inputs)


class MailingForm(TranslatedForm):
    """A letter to many. What is left empty in one language is not written in it."""

    to = forms.ChoiceField(
        label=_("Readers"),
        choices=[
            (APPLICANTS, _("Those who applied or were named")),
            (FOCAL_POINTS, _("Focal points of the delegations")),
        ],
        initial=APPLICANTS,
        widget=forms.RadioSelect,
        help_text=_("Of focal points only the delegation is asked below."),
    )
    status = forms.MultipleChoiceField(
        label=_("Status"), choices=Status.choices, required=False, widget=forms.CheckboxSelectMultiple
    )
    attendance = forms.MultipleChoiceField(
        label=_("Attendance"), choices=Attendance.choices, required=False, widget=forms.CheckboxSelectMultiple
    )
    category = forms.TypedMultipleChoiceField(
        label=_("Category"), coerce=int, required=False, widget=forms.CheckboxSelectMultiple
    )
    delegation = forms.TypedMultipleChoiceField(
        label=_("Delegation"), coerce=int, required=False, widget=forms.CheckboxSelectMultiple
    )
    is_essential = forms.BooleanField(
        label=_("Essential: it goes to those too who want no other mails"),
        required=False,
        help_text=_("For what nobody can do without, such as a change of the venue."),
    )

    def __init__(self, *args: Any, conference: Conference, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.languages = languages_of(conference)
        for code in self.languages:
            self.fields[f"subject_{code}"] = _subject(code, required=False)
            self.fields[f"text_{code}"] = _text(code, required=False)
            for field in (self.fields[f"subject_{code}"], self.fields[f"text_{code}"]):
                # The page does not call it optional: one language is not.
                field.is_first_of_required = True  # type: ignore[attr-defined]
        categories = [(category.pk, str(category)) for category in conference.categories.all()]
        delegations = [(delegation.pk, str(delegation)) for delegation in delegations_of(conference)]
        self.fields["category"].choices = categories  # type: ignore[attr-defined]
        self.fields["delegation"].choices = delegations  # type: ignore[attr-defined]

    def in_languages(self) -> Iterator[InLanguage]:
        for code in self.languages:
            yield InLanguage(code, name_of_language(code), self[f"subject_{code}"], self[f"text_{code}"])

    def chosen_by(self) -> list[forms.BoundField]:
        """What recipients are chosen by, where there is anything to choose."""
        return [self[name] for name in CHOSEN_BY if self.fields[name].choices]  # type: ignore[attr-defined]

    def said(self) -> dict[str, Any]:
        """What the actions take."""
        data = self.cleaned_data
        return {
            "words": {code: Words(data[f"subject_{code}"], data[f"text_{code}"]) for code in self.languages},
            "recipients": {"to": [data["to"]], **{name: data[name] for name in CHOSEN_BY}},
            "is_essential": data["is_essential"],
        }


def initial_of_mailing(mailing: Mailing) -> dict[str, Any]:
    words = {f"{field}_{code}": text for code, fields in mailing.words.items() for field, text in fields.items()}
    to = next(iter(mailing.recipients.get("to", ())), APPLICANTS)
    return {**words, **mailing.recipients, "to": to, "is_essential": mailing.is_essential}
