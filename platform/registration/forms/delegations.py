"""Forms of a delegation's pages: its focal points, members, credentials, phases, and the order of all of them."""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from babel import Locale
from django import forms
from django.conf import settings
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from conferences.forms import LocalTimeField, TranslatedForm
from conferences.models import Delegation, Rank
from conferences.order import ALPHABETS, By, HostSeat, Naming, Order
from registration.forms.apply import ApplicationForm, Choice, Line
from registration.models import Application, Category, Field, FieldKind, Phases
from registration.papers import Papers
from registration.wishes import as_asked_for_others
from web.posted import whole_number


class FocalPointForm(TranslatedForm):
    order: ClassVar[tuple[str, ...]] = ("email", "name")

    email = forms.EmailField(
        label=_("E-mail address"), max_length=254, widget=forms.EmailInput({"autocomplete": "off", "dir": "ltr"})
    )
    name = forms.CharField(
        label=_("Name"),
        max_length=200,
        widget=forms.TextInput({"autocomplete": "off", "dir": "auto"}),
        help_text=_("As it is to be shown. Somebody known here keeps the name they gave themselves."),
    )


class MemberForm(ApplicationForm):
    """What a category asks, filled in by somebody else: with the rank, and with an address only where there is one.

    What somebody agrees to they say themselves; files that are asked of them may come from them too.
    """

    def __init__(
        self,
        category: Category,
        fields: Sequence[Field],
        papers: Papers,
        *,
        asks_address: bool,
        data: Mapping[str, Any] | None = None,
        initial: Mapping[str, Any] | None = None,
    ) -> None:
        fields = [as_asked_for_others(field) for field in fields if field.kind != FieldKind.CONSENT]
        super().__init__(category, fields, papers, asks_address=asks_address, data=data, initial=initial)
        self.fields.pop("delegation", None)
        self.fields["name"] = Line(
            label=_("Name"),
            help_text=_("As it is to stand on the badge and the seat plate."),
            widget=forms.TextInput({"autocomplete": "off", "dir": "auto"}),
        )
        if asks_address:
            self.fields["email"] = Line(
                label=_("E-mail address"),
                required=False,
                help_text=_(
                    "With an address they are told how they stand, and can sign in. Without one you tell them."
                ),
                widget=forms.EmailInput({"autocomplete": "off", "dir": "ltr", "inputmode": "email"}),
            )
        ranks = [(Rank.NONE, "—"), *((rank, label) for rank, label in Rank.choices if rank != Rank.NONE)]
        self.fields["rank"] = Choice(
            label=_("Rank"), choices=ranks, help_text=_("The order within the delegation goes by it.")
        )
        for name in ("honorific", "function", "organisation"):
            self.fields[name].widget.attrs["autocomplete"] = "off"
        self.order_fields(["submit_key", "name", "email", "attendance", "honorific", "function", "rank"])
        if "attendance" in self.fields:
            self.fields["attendance"].label = _("How they take part")
        self.fields["is_listed"].label = _("They agreed to stand in the list of participants")
        self.fields["is_listed"].help_text = _("Others then read their name, function and organisation.")


def rank_of(typed: Mapping[str, str]) -> int:
    """The chosen rank; whether there is such a one is the action's to say."""
    return whole_number(typed.get("rank"), otherwise=Rank.NONE)


class CredentialsForm(TranslatedForm):
    """The note, and whom it names. That the file is what it says is found when it is stored."""

    order: ClassVar[tuple[str, ...]] = ("note", "names")

    note = forms.FileField(
        label=_("Note verbale or letter of credentials"),
        help_text=_("A PDF, or a picture as JPEG or PNG, at most 20 MB."),
        widget=forms.FileInput({"accept": "application/pdf,image/jpeg,image/png"}),
    )
    names = forms.TypedMultipleChoiceField(
        label=_("Whom it names"),
        coerce=int,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("They may speak for the delegation once the secretariat has verified the note."),
    )

    def __init__(self, *args: Any, members: Sequence[Application], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["names"].choices = [(member.pk, _who(member)) for member in members]  # type: ignore[attr-defined]


def _who(member: Application) -> SafeString:
    """The name, and by what somebody is told from another of the same name."""
    facts = [member.honorific, str(member.category), member.function or member.organisation, member.email]
    if member.rank != Rank.NONE:
        facts.insert(2, member.get_rank_display())
    facts.append(member.get_status_display())
    known = format_html_join(" · ", "<bdi>{}</bdi>", ((fact,) for fact in facts if fact))
    return format_html(
        '<span class="person"><bdi class="person-name">{}</bdi> <span class="quiet">{}</span></span>',
        member.name,
        known,
    )


class ReasonForm(TranslatedForm):
    order: ClassVar[tuple[str, ...]] = ("reason",)

    reason = forms.CharField(
        label=_("Reason"),
        max_length=2000,
        widget=forms.Textarea({"rows": 4, "dir": "auto"}),
        help_text=_("The focal points are told."),
    )


class PhasesForm(TranslatedForm):
    """The two phases, on the conference's own clock: the view activates its zone."""

    order: ClassVar[tuple[str, ...]] = (
        "nomination_opens_at", "nomination_closes_at", "confirmation_opens_at", "confirmation_closes_at",
        "list_is_public",
    )  # fmt: skip

    nomination_opens_at = LocalTimeField(label=_("Nomination opens"), required=False)
    nomination_closes_at = LocalTimeField(
        label=_("Nomination closes"),
        required=False,
        help_text=_("Afterwards focal points can only replace or withdraw members."),
    )
    confirmation_opens_at = LocalTimeField(
        label=_("Confirmation opens"), required=False, help_text=_("From then on they say who really comes.")
    )
    confirmation_closes_at = LocalTimeField(
        label=_("Confirmation closes"),
        required=False,
        help_text=_("Afterwards only the secretariat names or replaces anybody."),
    )
    list_is_public = forms.BooleanField(
        label=_("Everybody may read the list of participants"),
        required=False,
        help_text=_("Only those stand in it who agreed to."),
    )


def initial_of_phases(phases: Phases) -> dict[str, Any]:
    return {name: getattr(phases, name) for name in PhasesForm.order}


class OrderForm(forms.Form):
    """A protocol order, chosen and looked at before it is saved."""

    by = forms.ChoiceField(label=_("Order"), choices=By.choices, required=False)
    language = forms.ChoiceField(label=_("In the language"), required=False)
    name = forms.ChoiceField(label=_("Names"), choices=Naming.choices, required=False)
    host = forms.ChoiceField(label=_("The host"), choices=HostSeat.choices, required=False)
    first = forms.TypedChoiceField(label=_("Begins with"), coerce=int, empty_value=None, required=False)

    def __init__(self, data: Mapping[str, Any] | None, *, delegations: Sequence[Delegation]) -> None:
        # What the address leaves out or leaves empty is as in the order that a conference begins with.
        plain = Order()
        given = {"by": plain.by, "language": plain.language, "name": plain.name, "host": plain.host, "first": ""}
        super().__init__({**given, **({name: data[name] for name in given if data.get(name)} if data else {})})
        names = Locale.parse(get_language() or settings.LANGUAGE_CODE, sep="-").languages
        languages = sorted(((code, names.get(code, code)) for code in ALPHABETS), key=lambda pair: pair[1])
        self.fields["language"].choices = languages  # type: ignore[attr-defined]
        seats = [(delegation.pk, str(delegation)) for delegation in delegations]
        self.fields["first"].choices = [("", _("the first of the alphabet")), *seats]  # type: ignore[attr-defined]

    def chosen(self) -> Order:
        """The order; the one that a conference begins with where what came cannot be read."""
        if not self.is_valid():
            return Order()
        return Order(**{name: self.cleaned_data[name] for name in ("by", "language", "name", "host", "first")})
