"""What is typed to call for help, to answer, and to let somebody in. What is right is said by the actions."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from conferences.models import Conference
from outbox.marking import Marking
from registration.help import CHECKS, LONGEST


class CallForm(Marking, forms.Form):
    """`conference` is None where the page did not say of which it is: then it is chosen."""

    conference = forms.ModelChoiceField(
        label=_("Conference"), queryset=Conference.objects.none(), empty_label=_("Choose the conference")
    )
    words = forms.CharField(
        label=_("What do you need?"),
        strip=False,
        widget=forms.Textarea(attrs={"rows": 4, "dir": "auto", "maxlength": LONGEST}),
    )
    place = forms.CharField(
        label=_("Where you are"),
        help_text=_("A room or an entrance of the venue, or the city you join from."),
        max_length=200,
        required=False,
        widget=forms.TextInput(attrs={"dir": "auto", "autocomplete": "off"}),
    )
    name = forms.CharField(
        label=_("Your name"),
        max_length=200,
        required=False,
        widget=forms.TextInput(attrs={"dir": "auto", "autocomplete": "name"}),
    )
    key = forms.UUIDField(widget=forms.HiddenInput)
    page = forms.CharField(max_length=500, required=False, widget=forms.HiddenInput)
    # What a script measures; without one they stay empty.
    rtt_ms = forms.IntegerField(required=False, widget=forms.HiddenInput)
    lost = forms.IntegerField(required=False, widget=forms.HiddenInput)
    tried = forms.IntegerField(required=False, widget=forms.HiddenInput)
    way = forms.CharField(max_length=20, required=False, widget=forms.HiddenInput)
    screen = forms.CharField(max_length=20, required=False, widget=forms.HiddenInput)

    MEASURED = ("rtt_ms", "lost", "tried", "way", "screen")

    def __init__(self, *args: Any, conference: Conference | None, is_known: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if conference is not None:
            del self.fields["conference"]
        else:
            self.fields["conference"].queryset = Conference.objects.order_by("-opens_at")  # type: ignore[attr-defined]
        if is_known:
            del self.fields["name"]

    @property
    def measured(self) -> dict[str, Any]:
        """For LinkFacts."""
        return {name: self.cleaned_data[name] for name in self.MEASURED if self.cleaned_data[name] not in (None, "")}


class WordsForm(Marking, forms.Form):
    """Further words on a call, of the person or of the desk."""

    words = forms.CharField(
        label=_("Your message"),
        strip=False,
        widget=forms.Textarea(attrs={"rows": 3, "dir": "auto", "maxlength": LONGEST}),
    )
    key = forms.UUIDField(widget=forms.HiddenInput)


class CodeForm(Marking, forms.Form):
    """Letting somebody in whose identity was checked."""

    email = forms.EmailField(label=_("E-mail address that they registered with"))
    checked = forms.ChoiceField(label=_("What you looked at"), widget=forms.RadioSelect, choices=list(CHECKS.items()))
