"""What the chair is asked for before an act: a reason, a place, whom, or how they rule."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from conferences.models import Conference, Delegation
from outbox.marking import Marking
from sessions.floor.models import ASKED_FOR, LONGEST_REASON, Kind, Phrase, PointState


class AskedForm(Marking, forms.Form):
    """Only what the page needs to show; the action says what is right, so that socket and form refuse alike."""

    def __init__(self, *args: Any, conference: Conference, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.conference = conference

    def field_of(self, name: str) -> str:
        return "delegation_id" if name == "delegation" else name


def _words(label: Any, help_text: Any = "", **attributes: str) -> forms.CharField:
    return forms.CharField(
        label=label,
        help_text=help_text,
        required=False,
        max_length=LONGEST_REASON,
        widget=forms.TextInput(attrs={"dir": "auto", "autocomplete": "off", **attributes}),
    )


class WhyForm(AskedForm):
    reason = _words(_("Why"), _("It stays on record."), required="")


class NoteForm(AskedForm):
    reason = _words(_("What happened"), _("For the record, if there is time to say it."))


class MoveForm(AskedForm):
    place = forms.IntegerField(label=_("To place"), min_value=1, widget=forms.NumberInput(attrs={"class": "count"}))
    reason = _words(_("Why"), _("It stays on record."), required="")


class DelegationForm(AskedForm):
    """One of the conference's delegations, in its own order, which the chair knows; or what `nobody` says."""

    nobody: Any

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        rows = Delegation.objects.filter(conference=self.conference).order_by("position", "pk")
        choices = [("", self.nobody), *((str(row.pk), str(row.name)) for row in rows)]
        self.fields["delegation_id"].choices = choices  # type: ignore[attr-defined]

    def clean_delegation_id(self) -> int | None:
        return int(self.cleaned_data["delegation_id"] or 0) or None


class AddForm(DelegationForm):
    nobody = _("None: in their own name")
    kind = forms.ChoiceField(
        label=_("What for"),
        choices=[(kind.value, kind.label) for kind in ASKED_FOR],
        initial=Kind.COMMENT,
        widget=forms.RadioSelect,
    )
    delegation_id = forms.ChoiceField(label=_("Delegation"), required=False)
    about_id = forms.ChoiceField(label=_("On which statement"), required=False)
    name = _words(_("Name"), _("For somebody who speaks in their own name, or as it is to be announced."))
    function = _words(_("Function"))

    def __init__(self, *args: Any, statements: Sequence[tuple[str, str]] = (), **kwargs: Any) -> None:
        """Of statements, each with whose it is, nothing is asked where nobody makes one."""
        super().__init__(*args, **kwargs)
        if statements:
            self.fields["about_id"].choices = [("", _("None in particular")), *statements]  # type: ignore[attr-defined]
        else:
            del self.fields["about_id"]

    def clean_about_id(self) -> int | None:
        return int(self.cleaned_data["about_id"] or 0) or None


class PointForm(DelegationForm):
    nobody = _("Choose…")
    delegation_id = forms.ChoiceField(
        label=_("Which delegation"), required=False, widget=forms.Select({"required": ""})
    )

    def clean_delegation_id(self) -> int:
        chosen = super().clean_delegation_id()
        if chosen is None:
            raise forms.ValidationError(_("Choose a delegation of this conference."))
        return chosen


class NoticeForm(DelegationForm):
    nobody = _("All that are on the list")
    delegation_id = forms.ChoiceField(label=_("To whom"), required=False)
    phrase = forms.ChoiceField(
        label=_("What"),
        choices=[*Phrase.choices, ("", _("Only what I write"))],
        required=False,
        widget=forms.RadioSelect,
        help_text=_("Each reads it in their own language."),
    )
    text = _words(_("In your own words"))


class RuleForm(AskedForm):
    ruling = forms.ChoiceField(
        label=_("You rule"),
        choices=[(state.value, state.label) for state in (PointState.UPHELD, PointState.REJECTED, PointState.NOTED)],
        widget=forms.RadioSelect,
    )
    reason = _words(_("In these words"), _("Everybody in the session reads them."))


class DecideForm(AskedForm):
    ruling = forms.ChoiceField(
        label=_("The meeting decided"),
        choices=[(state.value, state.label) for state in (PointState.SUSTAINED, PointState.OVERRULED)],
        widget=forms.RadioSelect,
    )
    reason = _words(_("Words for the record"))
