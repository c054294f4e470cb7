"""The forms of lists: which file, what its columns mean, what to export, whom to find among the participants."""

from collections.abc import Sequence
from typing import Any, ClassVar

from django import forms
from django.contrib.humanize.templatetags.humanize import intcomma
from django.utils.translation import gettext_lazy as _
from openpyxl.utils import get_column_letter

from conferences.forms import TranslatedForm
from registration.answers import name_of
from registration.columns import meanings_of
from registration.import_actions import text_fields
from registration.importing import ENCODINGS, MOST_ROWS
from registration.models import Attendance, Category, Import

# The headings of long lists are shown at this length, in characters.
SHOWN = 60


class ListForm(TranslatedForm):
    """A list of people, and what all of them come as."""

    order: ClassVar[tuple[str, ...]] = ("file", "category", "attendance")

    file = forms.FileField(
        label=_("List of people"),
        # Whether there is anything in it is said where it is read.
        allow_empty_file=True,
        widget=forms.FileInput({"accept": ".xlsx,.csv,.tsv,.txt"}),
    )
    category = forms.TypedChoiceField(label=_("Category"), coerce=int, help_text=_("All of them come in this one."))
    attendance = forms.ChoiceField(
        label=_("Takes part"), choices=Attendance.choices, help_text=_("Where a row does not say so.")
    )

    def __init__(self, *args: Any, categories: Sequence[Category], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        words = _("XLSX or CSV, up to %(count)s rows. The first row says what each column holds.")
        self.fields["file"].help_text = words % {"count": intcomma(MOST_ROWS)}
        # As what thousands come is chosen, not left as it stands.
        chosen = [("", "—"), *((category.pk, str(category)) for category in categories)]
        self.fields["category"].choices = chosen  # type: ignore[attr-defined]


class ColumnsForm(TranslatedForm):
    """Which column of the list means what; the encoding is asked only where nothing in the file says it."""

    def __init__(self, *args: Any, imported: Import, headings: Sequence[str], **kwargs: Any) -> None:
        initial = {**imported.columns, "encoding": imported.encoding, "passport": imported.passport_id}
        super().__init__(*args, initial=initial, **kwargs)
        columns = [("", "—"), *((number, _heading(number, words)) for number, words in enumerate(headings))]
        asked_of_all = imported.category.fields.filter(is_required=True)
        required = {name_of(field) for field in asked_of_all} | {"name"}
        self.meanings = meanings_of(imported.category, for_delegation=imported.delegation_id is not None)
        if imported.encoding:
            self.fields["encoding"] = forms.ChoiceField(
                label=_("Encoding"),
                choices=list(ENCODINGS.items()),
                help_text=_("Nothing in the file says it. Choose another where names below are not right."),
            )
        for key, label in self.meanings.items():
            self.fields[key] = forms.TypedChoiceField(
                label=str(label), choices=columns, coerce=int, empty_value=None, required=False
            )
            if key in required or (key == "delegation" and imported.category.is_of_a_delegation):
                self.fields[key].help_text = _("Needed.")
        texts = text_fields(imported.category)
        if texts:
            self.fields["passport"] = forms.TypedChoiceField(
                label=_("Number of the passport"),
                choices=[("", "—"), *((field.pk, str(field)) for field in texts)],
                coerce=int,
                empty_value=None,
                required=False,
                help_text=_(
                    "Which question asks for it. People with the same number are shown as possible duplicates."
                ),
            )

    def columns(self) -> dict[str, int]:
        """What was chosen, by meaning."""
        chosen = {key: self.cleaned_data.get(key) for key in self.meanings}
        return {key: column for key, column in chosen.items() if column is not None}


def _heading(number: int, words: str) -> str:
    """With the letters a spreadsheet shows above the column."""
    letters = get_column_letter(number + 1)
    shown = words if len(words) <= SHOWN else f"{words[:SHOWN]}…"
    return f"{letters}: {shown}" if shown else letters


class FindForm(forms.Form):
    words = forms.CharField(
        label=_("Name, function or organisation"),
        max_length=100,
        required=False,
        widget=forms.SearchInput({"dir": "auto"}),
    )
