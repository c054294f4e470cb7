"""The forms of gates and devices."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from outbox.marking import Marking
from registration.models import Category, Gate


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

    def __init__(self, *args: Any, categories: list[Category], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["category"].choices = [(one.pk, str(one.name)) for one in categories]  # type: ignore[attr-defined]
