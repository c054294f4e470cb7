"""The rules of a floor; and what the chair is asked for before an act: a reason, a place, whom, or how they rule."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.db import models
from django.utils.translation import gettext_lazy as _

from conferences.models import Conference, Delegation
from outbox.marking import Marking
from sessions.floor.models import ASKED_FOR, BOUNDS, LONGEST_REASON, Floor, Kind, Phrase, PointState, Speakers


class Preset(models.TextChoices):
    """Rules to begin with."""

    HOUSE = "house", _("The house’s own")
    GENERAL_ASSEMBLY = "general_assembly", _("The General Assembly’s")

    @property
    def rules(self) -> dict[str, int]:
        floor = Floor()
        own = {name: getattr(floor, name) for name in BOUNDS}
        return {**own, **OF_GENERAL_ASSEMBLY} if self == Preset.GENERAL_ASSEMBLY else own


# Its decision 34/401: two rights of reply of a delegation on an item, the first of ten minutes and the second of five.
OF_GENERAL_ASSEMBLY = {"first_reply_seconds": 600, "second_reply_seconds": 300, "most_replies": 2}


def _bounded(name: str, label: Any, help_text: Any = "") -> forms.IntegerField:
    least, most = BOUNDS[name]
    return forms.IntegerField(label=label, help_text=help_text, min_value=least, max_value=most)


class FloorRulesForm(Marking, forms.Form):
    """All that can be set of a floor; apps that stand on it take single fields into forms of their own."""

    comment_seconds = _bounded("comment_seconds", _("For a comment or question, in seconds"))
    most_replies = _bounded(
        "most_replies",
        _("Rights of reply of a delegation, at most"),
        _("In the whole session. 0: none are taken onto the list."),
    )
    first_reply_seconds = _bounded("first_reply_seconds", _("For a first right of reply, in seconds"))
    second_reply_seconds = _bounded("second_reply_seconds", _("For a second right of reply, in seconds"))
    point_seconds = _bounded(
        "point_seconds",
        _("For a point of order, in seconds"),
        _("To say what it is, from when the chair hears it."),
    )
    speakers = forms.ChoiceField(label=_("Who may ask for the floor"), choices=Speakers.choices)
    longest_list = _bounded(
        "longest_list",
        _("On the list at the same time, at most"),
        _("Of those who asked: statements of the programme are not counted."),
    )
    handover_seconds = _bounded("handover_seconds", _("Between two speakers, in seconds"))
    grace_seconds = _bounded(
        "grace_seconds", _("Grace after the time, in seconds"), _("Then the chair is asked to cut.")
    )
    cuts_by_itself = forms.BooleanField(
        label=_("Cut by itself after the grace"),
        required=False,
        help_text=_("The turn then ends by itself. Otherwise the chair decides."),
    )

    def __init__(self, *args: Any, floor: Floor, preset: Preset | None = None, **kwargs: Any) -> None:
        now = {name: getattr(floor, name) for name in self.base_fields}
        super().__init__(*args, **{**kwargs, "initial": {**now, **(preset.rules if preset else {})}})


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
