"""What the secretariat chooses before it prints, and why a badge is replaced."""

from typing import Any

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from conferences.models import Conference
from conferences.queries import delegations_of
from outbox.marking import Marking
from registration.badges import LONGEST_REASON
from registration.paper import PAPER_WORDS, Paper, language_of
from registration.print_jobs import Chosen


class BadgesForm(Marking, forms.Form):
    category = forms.TypedChoiceField(label=_("Category"), required=False, coerce=int, empty_value=None)
    delegation = forms.TypedChoiceField(label=_("Delegation"), required=False, coerce=int, empty_value=None)
    only_new = forms.BooleanField(label=_("Only badges that are not printed yet"), required=False, initial=True)
    paper = forms.ChoiceField(
        label=_("Paper"),
        choices=[(paper.value, words) for paper, words in PAPER_WORDS.items()],
        widget=forms.RadioSelect,
        initial=Paper.A4.value,
    )

    def __init__(self, *args: Any, conference: Conference, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        categories = conference.categories.order_by("position", "pk")
        _choose(self, "category", [("", _("all")), *((one.pk, str(one)) for one in categories)])
        _choose(self, "delegation", [("", _("all")), *_seats(conference)])

    def chosen(self) -> Chosen:
        return Chosen(
            category_id=self.cleaned_data["category"],
            delegation_id=self.cleaned_data["delegation"],
            only_new=self.cleaned_data["only_new"],
        )


class PlatesForm(forms.Form):
    """Read from the address: the plates themselves are its answer."""

    delegation = forms.TypedChoiceField(label=_("Delegation"), required=False, coerce=int, empty_value=None)
    language = forms.ChoiceField(label=_("Names in"), required=False, choices=settings.LANGUAGES)

    def __init__(self, *args: Any, conference: Conference, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["language"].initial = language_of(conference)
        _choose(self, "delegation", [("", _("all, in protocol order")), *_seats(conference)])


class ReasonForm(Marking, forms.Form):
    reason = forms.CharField(
        label=_("Reason"),
        max_length=LONGEST_REASON,
        widget=forms.TextInput(attrs={"dir": "auto"}),
        help_text=_("It is kept with the badge."),
    )


def _choose(form: forms.Form, name: str, choices: list[tuple[Any, Any]]) -> None:
    form.fields[name].choices = choices  # type: ignore[attr-defined]


def _seats(conference: Conference) -> list[tuple[int, str]]:
    return [(seat.pk, str(seat)) for seat in delegations_of(conference)]
