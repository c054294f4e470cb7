"""What the secretariat chooses before it prints, and why a badge is replaced."""

from dataclasses import fields
from typing import Any

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from conferences.models import Conference
from conferences.queries import delegations_of
from outbox.marking import Marking
from registration.badges import LONGEST_REASON
from registration.designs import TEXTS, DesignFacts
from registration.models import CertificateFor, Design
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


class QueueForm(forms.Form):
    """On what the badges are printed that wait at the desk."""

    paper = forms.ChoiceField(
        label=_("Paper"), choices=[(paper.value, words) for paper, words in PAPER_WORDS.items()], initial=Paper.A4.value
    )


class PlatesForm(forms.Form):
    """Read from the address: the plates themselves are its answer."""

    delegation = forms.TypedChoiceField(label=_("Delegation"), required=False, coerce=int, empty_value=None)
    language = forms.ChoiceField(label=_("Names in"), required=False, choices=settings.LANGUAGES)

    def __init__(self, *args: Any, conference: Conference, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["language"].initial = language_of(conference)
        _choose(self, "delegation", [("", _("all, in protocol order")), *_seats(conference)])


class PaperField(forms.CharField):
    """Words that stand on paper; left empty, the program's."""

    def __init__(self, name: str, **kwargs: Any) -> None:
        kwargs.setdefault("widget", forms.TextInput({"dir": "auto", "autocomplete": "off"}))
        super().__init__(required=False, max_length=TEXTS[name], **kwargs)


class DesignForm(Marking, forms.Form):
    """How a conference's papers look. A picture that is there stays until another is chosen, or it is taken off."""

    logo = forms.FileField(
        label=_("Logo"),
        required=False,
        help_text=_("PNG or JPEG, at most 2 MB. It stands on badges, seat plates and certificates."),
        widget=forms.FileInput({"accept": "image/png,image/jpeg"}),
    )
    without_logo = forms.BooleanField(label=_("Take the logo off"), required=False)
    shows_flag = forms.BooleanField(label=_("Flags on badges and seat plates"), required=False)
    shows_photo = forms.BooleanField(label=_("Photos on badges"), required=False)
    back_words = PaperField(
        "back_words",
        label=_("On the back of the badge"),
        help_text=_("Whom to call, where to bring what was found."),
        widget=forms.Textarea({"dir": "auto", "rows": 4}),
    )
    certificate_for = forms.ChoiceField(
        label=_("Certificates are for"), choices=CertificateFor.choices, widget=forms.RadioSelect
    )
    certificate_title = PaperField("certificate_title", label=_("Title of the certificate"))
    certifies = PaperField("certifies", label=_("Before the name"))
    took_part = PaperField("took_part", label=_("Before the conference"))
    signed_by = PaperField("signed_by", label=_("Who signs"))
    signature = forms.FileField(
        label=_("Signature"),
        required=False,
        help_text=_("A picture of it as PNG or JPEG, at most 2 MB. It stands above the line on certificates."),
        widget=forms.FileInput({"accept": "image/png,image/jpeg"}),
    )
    without_signature = forms.BooleanField(label=_("Take the signature off"), required=False)

    def __init__(self, *args: Any, design: Design, **kwargs: Any) -> None:
        kwargs["initial"] = {name: getattr(design, name) for name in self.facts_but_pictures()}
        super().__init__(*args, **kwargs)
        for name in ("logo", "signature"):
            if getattr(design, name) is None:
                del self.fields[f"without_{name}"]

    def facts(self, *, logo: int | None, signature: int | None) -> DesignFacts:
        """With the numbers of the pictures' uploads."""
        plain = {name: self.cleaned_data[name] for name in self.facts_but_pictures()}
        return DesignFacts(logo=logo, signature=signature, **plain)

    @staticmethod
    def facts_but_pictures() -> list[str]:
        return [one.name for one in fields(DesignFacts) if one.name not in ("logo", "signature")]


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
