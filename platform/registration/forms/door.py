"""The forms of gates and devices."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.html import format_html_join
from django.utils.translation import gettext_lazy as _

from outbox.marking import Marking
from registration.answers import name_of
from registration.door_list import WalkIns
from registration.models import Field, Gate


class GateForm(Marking, forms.Form):
    name = forms.CharField(label=_("Name"), max_length=100, help_text=_("As on its sign: North entrance."))
    area = forms.CharField(
        label=_("Leads into"),
        max_length=100,
        required=False,
        help_text=_(
            "Empty for the venue itself, or a room’s name. Who came in through one gate of a place is in it for all "
            "gates of that place."
        ),
    )

    def __init__(self, *args: Any, gate: Gate | None = None, **kwargs: Any) -> None:
        if gate is not None:
            kwargs["initial"] = {"name": gate.name, "area": gate.area}
        super().__init__(*args, **kwargs)


class DeviceForm(Marking, forms.Form):
    name = forms.CharField(
        label=_("Name of the device"), max_length=100, help_text=_("Who carries it, or what is written on it.")
    )


class WalkInForm(Marking, forms.Form):
    """Somebody who comes without having applied."""

    submit_key = forms.UUIDField(widget=forms.HiddenInput)
    name = forms.CharField(label=_("Name"), max_length=200)
    email = forms.EmailField(label=_("E-mail"), required=False)
    category = forms.TypedChoiceField(label=_("Category"), coerce=int)

    def __init__(self, *args: Any, categories: Sequence[WalkIns], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        chosen = [(one.category.pk, str(one.category)) for one in categories]
        self.fields["category"].choices = chosen  # type: ignore[attr-defined]
        # One box for consents that several categories ask for in the same words. By its name, which fields it answers.
        self.heard: dict[str, list[Field]] = {}
        alike: dict[tuple[str, str], str] = {}
        for one in categories:
            for consent in one.consents:
                words = (str(consent.label), str(consent.help))
                name = alike.setdefault(words, name_of(consent))
                self.heard.setdefault(name, []).append(consent)
        for name, consents in self.heard.items():
            self.fields[name] = self._box(consents, of_all=len(consents) == len(categories))

    def _box(self, consents: Sequence[Field], *, of_all: bool) -> forms.BooleanField:
        first = consents[0]
        # Which categories ask for it; the device's script shows the box for those only.
        of = "" if of_all else ", ".join(str(consent.category) for consent in consents)
        told = [
            words for words in (of, str(first.help), str(_("Read this to the person. Tick it if they agree."))) if words
        ]
        numbers = " ".join(str(consent.category_id) for consent in consents)
        return forms.BooleanField(
            label=str(first.label),
            required=False,
            help_text=format_html_join("", "<p>{}</p>", ((words,) for words in told if words)),
            widget=forms.CheckboxInput({"data-of": numbers}),
        )

    def agreed(self) -> list[int]:
        """The numbers of the consents whose boxes were ticked."""
        return [field.pk for name, fields in self.heard.items() if self.cleaned_data.get(name) for field in fields]

    def field_of(self, name: str) -> str:
        """A consent that is asked for by another category's box stands there."""
        return next((box for box, fields in self.heard.items() if name in map(name_of, fields)), name)
