"""The forms of organisers and of the secretariat. Times are on the conference's clock: the view activates its zone."""

from collections.abc import Iterable, Mapping
from typing import Any, ClassVar

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.models import check_name
from conferences.forms import LocalTimeField, Translated, TranslatedForm, initial_texts
from conferences.models import Delegation, Rank
from registration.answers import name_of
from registration.desk import Filling, Lot, Wanted
from registration.desk_actions import LONGEST_REASON as LONGEST_REASON_BEYOND
from registration.forms.apply import initial_of, shown_field
from registration.models import (
    Application,
    Attendance,
    Capacity,
    Category,
    Field,
    FieldKind,
    Status,
    Work,
)
from registration.models.applications import OF_FILES
from registration.papers import Papers
from registration.reasons import LONGEST_REASON
from registration.wishes import Facts

# More than any hall on earth holds, and less than the database's integers do.
MOST_PLACES = 1_000_000
OWN_DIRECTION = {"dir": "auto"}


class CategoryForm(TranslatedForm):
    translated = {
        "name": Translated(_("Name"), required=True, longest=200),
        "about": Translated(_("For whom it is"), is_long=True),
    }
    order: ClassVar[tuple[str, ...]] = (
        "name", "capacity", "about", "needs_approval", "is_listed", "opens_at", "closes_at",
    )  # fmt: skip

    capacity = forms.ChoiceField(
        label=_("They take part as"),
        # Which it is decides what they may do: nobody is made a head of delegation by leaving it as it stands.
        choices=[("", "—"), *Capacity.choices],
        help_text=_("Heads of delegation and delegates apply for a delegation."),
    )
    needs_approval = forms.BooleanField(
        label=_("The secretariat decides on each application"), required=False, initial=True
    )
    is_listed = forms.BooleanField(
        label=_("Shown on the public page"),
        required=False,
        help_text=_("If not, focal points and the secretariat register people in it."),
    )
    opens_at = LocalTimeField(
        label=_("Applications open"), required=False, help_text=_("On the conference’s clock. Empty: at once.")
    )
    closes_at = LocalTimeField(label=_("Applications close"), required=False, help_text=_("Empty: they stay open."))

    def facts(self) -> dict[str, Any]:
        """What the action takes."""
        plain = {name: self.cleaned_data[name] for name in self.order if name not in self.translated}
        return {**plain, **{name: self.texts_of(name) for name in self.translated}}


def initial_of_category(category: Category) -> dict[str, Any]:
    names = [name for name in CategoryForm.order if name not in CategoryForm.translated]
    return {
        **{name: getattr(category, name) for name in names},
        **initial_texts(category, CategoryForm.translated),
    }


class FieldForm(TranslatedForm):
    """A field of one kind. What does not concern the kind is not asked."""

    translated = {
        "label": Translated(_("Question"), required=True, longest=200),
        "help": Translated(_("Help"), is_long=True),
        "why": Translated(_("Why it is asked"), is_long=True),
    }
    order: ClassVar[tuple[str, ...]] = (
        "label", "choices", "help", "why", "is_required", "is_sensitive", "kept_for_days",
    )  # fmt: skip

    is_required = forms.BooleanField(label=_("Must be answered"), required=False)
    is_sensitive = forms.BooleanField(
        label=_("Shows a person’s papers"), required=False, help_text=_("It is noted who opens it.")
    )
    kept_for_days = forms.IntegerField(
        label=_("Kept for how many days after the conference"), min_value=0, max_value=3650, initial=90
    )

    def __init__(self, *args: Any, kind: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if kind not in OF_FILES:
            del self.fields["is_sensitive"]
        if kind == FieldKind.CONSENT:
            # Its question is what people agree to: often a sentence or two.
            for code, _words in settings.LANGUAGES:
                asked = self.fields[f"label_{code}"]
                asked.widget = forms.Textarea({**asked.widget.attrs, "rows": 2})

    def facts(self) -> dict[str, Any]:
        """What the action takes."""
        plain = {name: self.cleaned_data[name] for name in self.order if name in self.fields}
        return {**plain, **{name: self.texts_of(name) for name in self.translated}}


class ChoiceForm(FieldForm):
    translated = {
        **FieldForm.translated,
        "choices": Translated(_("Choices, one a line"), required=True, is_long=True),
    }


def form_of_kind(kind: str) -> type[FieldForm]:
    return ChoiceForm if kind == FieldKind.CHOICE else FieldForm


def initial_of_field(field: Field) -> dict[str, Any]:
    lines = {
        f"choices_{code}": "\n".join(choice["words"].get(code, "") for choice in field.choices).strip("\n")
        for code, _words in settings.LANGUAGES
    }
    return {
        "is_required": field.is_required,
        "is_sensitive": field.is_sensitive,
        "kept_for_days": field.kept_for_days,
        **initial_texts(field, FieldForm.translated),
        **lines,
    }


class PostForm(TranslatedForm):
    order: ClassVar[tuple[str, ...]] = ("work", "email", "name")

    work = forms.ChoiceField(label=_("Desk"), choices=Work.choices)
    email = forms.EmailField(
        label=_("E-mail address"), max_length=254, widget=forms.EmailInput({"autocomplete": "off"})
    )
    name = forms.CharField(
        label=_("Name"),
        max_length=200,
        widget=forms.TextInput({"autocomplete": "off", **OWN_DIRECTION}),
        help_text=_("As it is to be shown. Somebody known here keeps the name they gave themselves."),
    )


class PlacesForm(TranslatedForm):
    """A number for each lot of places; empty is as many as come."""

    def __init__(self, *args: Any, fillings: Iterable[Filling], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.lots: list[Lot] = []
        for filling in fillings:
            self.lots.append(filling.lot)
            self.fields[filling.lot.name] = forms.IntegerField(
                label=filling.attendance,
                required=False,
                min_value=0,
                max_value=MOST_PLACES,
                initial=filling.size,
                widget=forms.NumberInput({"inputmode": "numeric", "class": "places-size", "min": 0}),
            )

    def sizes(self) -> dict[Lot, int | None]:
        return {lot: self.cleaned_data[lot.name] for lot in self.lots}


class FilterForm(forms.Form):
    """What the list of applications is narrowed to. Nonsense in an address is no filter."""

    words = forms.CharField(
        label=_("Name or address"), max_length=100, required=False, widget=forms.SearchInput(OWN_DIRECTION)
    )
    status = forms.ChoiceField(label=_("Status"), required=False)
    category = forms.TypedChoiceField(label=_("Category"), required=False, coerce=int, empty_value=None)
    delegation = forms.TypedChoiceField(label=_("Delegation"), required=False, coerce=int, empty_value=None)
    attendance = forms.ChoiceField(label=_("Takes part"), required=False)

    def __init__(self, data: Mapping[str, Any], *, categories: list[Category], delegations: list[Delegation]) -> None:
        super().__init__(data, auto_id="filter-%s")
        every = [("", _("all"))]
        self.fields["status"].choices = [*every, *Status.choices]  # type: ignore[attr-defined]
        self.fields["attendance"].choices = [*every, *Attendance.choices]  # type: ignore[attr-defined]
        self.fields["category"].choices = [*every, *((row.pk, str(row)) for row in categories)]  # type: ignore[attr-defined]
        self.fields["delegation"].choices = [*every, *((row.pk, str(row)) for row in delegations)]  # type: ignore[attr-defined]

    def wanted(self) -> Wanted:
        self.is_valid()
        return Wanted(**{name: self.cleaned_data[name] for name in self.fields if name in self.cleaned_data})


class MoveForm(TranslatedForm):
    """The reason that is told with a move; which move it is, is on the button."""

    order: ClassVar[tuple[str, ...]] = ("reason",)

    reason = forms.CharField(
        label=_("Reason"),
        required=False,
        max_length=LONGEST_REASON,
        widget=forms.Textarea({"rows": 3, **OWN_DIRECTION}),
        help_text=_("It is told with the decision. Needed to put on hold and to decline."),
    )


class BeyondForm(TranslatedForm):
    """Why somebody is admitted for whom there is no place."""

    order: ClassVar[tuple[str, ...]] = ("reason",)

    reason = forms.CharField(
        label=_("Why"),
        max_length=LONGEST_REASON_BEYOND,
        widget=forms.TextInput(OWN_DIRECTION),
        help_text=_("Kept for good in the record of changes, so name nobody in it. The applicant is not told."),
    )


class FactsForm(TranslatedForm):
    """What an application says of its person, and its answers to these fields."""

    order: ClassVar[tuple[str, ...]] = (
        "honorific", "name", "function", "organisation", "rank", "language", "attendance", "is_listed",
    )  # fmt: skip

    honorific = forms.CharField(
        # Translators: before a person's name.
        label=pgettext_lazy("of a person", "Title"),
        max_length=60,
        required=False,
        validators=[check_name],
        widget=forms.TextInput(OWN_DIRECTION),
    )
    name = forms.CharField(
        label=_("Name"), max_length=200, validators=[check_name], widget=forms.TextInput(OWN_DIRECTION)
    )
    function = forms.CharField(
        label=_("Function"),
        max_length=200,
        required=False,
        validators=[check_name],
        widget=forms.TextInput(OWN_DIRECTION),
    )
    organisation = forms.CharField(
        label=_("Organisation"),
        max_length=200,
        required=False,
        validators=[check_name],
        widget=forms.TextInput(OWN_DIRECTION),
    )
    rank = forms.TypedChoiceField(label=_("Rank"), coerce=int, choices=Rank.choices)
    language = forms.ChoiceField(label=_("Language"), required=False)
    attendance = forms.ChoiceField(label=_("Takes part"), choices=Attendance.choices)
    is_listed = forms.BooleanField(label=_("Agreed to stand in the list of participants"), required=False)

    def __init__(
        self, *args: Any, application: Application, fields: Iterable[Field], papers: Papers, **kwargs: Any
    ) -> None:
        initial = {name: getattr(application, name) for name in self.order}
        super().__init__(*args, initial={**initial_of(application), **initial}, **kwargs)
        for field in fields:
            self.fields[name_of(field)] = shown_field(field, papers)
        # Somebody may have applied in a language that this site does not speak any more.
        spoken: dict[str, Any] = {application.language: application.language} if application.language else {}
        spoken |= dict(settings.LANGUAGES)
        self.fields["language"].choices = [("", "—"), *spoken.items()]  # type: ignore[attr-defined]

    def facts(self) -> Facts:
        names = [name for name in self.order if name != "attendance"]
        return Facts(**{name: self.cleaned_data[name] for name in names})
