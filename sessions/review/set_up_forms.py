"""The forms by which an organiser sets a review up."""

from collections.abc import Iterable
from typing import Any, ClassVar

from babel import Locale
from django import forms
from django.conf import settings
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from accounts.unseen import NothingUnseen
from conferences.forms import LocalTimeField, Translated, TranslatedForm
from conferences.models import Delegation, Rank
from conferences.order import ALPHABETS, HostSeat
from outbox.errors import Refusal
from outbox.marking import Marking
from sessions.floor.forms import FloorRulesForm
from sessions.floor.models import LONGEST_REASON, Floor, Mode
from sessions.review.models import Remarks, Review, Slot, Theme, TimePolicy
from sessions.review.orders import OrderPolicy
from sessions.review.times import Kind, TooManyError

# Fixed once the session was live.
OF_ORDER_AND_TIME = (
    "order", "order_language", "host", "time", "budget_minutes", "statement_seconds", "observer_seconds",
)  # fmt: skip
OF_THE_REST = ("remarks", "most_recommendations", "due_at")
OF_FLOOR = ("speakers", "handover_seconds", "grace_seconds")


class Timed(Marking):
    """A form that may ask for more than there is time for: `time_field` is where that is said."""

    time_field: ClassVar[str] = ""

    def refuse(self, refusal: Refusal) -> None:
        too_many = isinstance(refusal, TooManyError)
        self.mark(refusal, {self.time_field: refusal.words} if too_many else None)


class RulesForm(Timed, forms.Form):
    """The rules of the review and of its floor. Due dates are on the clock of the zone that is active."""

    time_field = "budget_minutes"

    order = forms.ChoiceField(label=_("Order"), choices=OrderPolicy.choices)
    order_language = forms.ChoiceField(
        label=_("Alphabet of"), help_text=_("The names are put in order as this language spells them.")
    )
    host = forms.ChoiceField(label=_("The host speaks"), choices=HostSeat.choices)
    time = forms.ChoiceField(label=_("Time for each"), choices=TimePolicy.choices)
    budget_minutes = forms.IntegerField(
        label=_("Time there is, in minutes"),
        min_value=1,
        max_value=1440,
        help_text=_("Where it is divided: for all statements and what is between them."),
    )
    statement_seconds = forms.IntegerField(
        label=_("For a statement, in seconds"),
        min_value=15,
        max_value=3600,
        help_text=_("Where it is the same for each, or for members."),
    )
    observer_seconds = forms.IntegerField(
        label=_("For an observer’s statement, in seconds"), min_value=15, max_value=3600
    )
    handover_seconds = FloorRulesForm.base_fields["handover_seconds"]
    grace_seconds = FloorRulesForm.base_fields["grace_seconds"]
    speakers = FloorRulesForm.base_fields["speakers"]
    remarks = forms.ChoiceField(label=_("Comment round"), choices=Remarks.choices)
    most_recommendations = forms.IntegerField(
        label=_("Recommendations of a delegation to another, at most"), min_value=0, max_value=50
    )
    due_at = LocalTimeField(
        label=_("Statements and films are due"), required=False, help_text=_("On the conference’s clock.")
    )

    def __init__(self, *args: Any, review: Review, floor: Floor, **kwargs: Any) -> None:
        initial = {name: getattr(review, name) for name in (*OF_ORDER_AND_TIME, *OF_THE_REST)}
        initial |= {name: getattr(floor, name) for name in OF_FLOOR}
        super().__init__(*args, **{**kwargs, "initial": initial})
        self.is_frozen = review.frozen_at is not None
        names = Locale.parse(get_language() or settings.LANGUAGE_CODE, sep="-").languages
        self.fields["order_language"].choices = [(code, names.get(code, code)) for code in ALPHABETS]  # type: ignore[attr-defined]
        if self.is_frozen:
            for name in OF_ORDER_AND_TIME:
                self.fields[name].disabled = True

    def rules(self) -> dict[str, Any]:
        """Of the review, as far as they may still be set."""
        names = OF_THE_REST if self.is_frozen else (*OF_ORDER_AND_TIME, *OF_THE_REST)
        return {name: self.cleaned_data[name] for name in names}

    def seconds(self) -> dict[str, int]:
        """Of the floor."""
        return {name: self.cleaned_data[name] for name in OF_FLOOR if name != "speakers"}


class ThemeForm(TranslatedForm):
    translated: ClassVar[dict[str, Translated]] = {"title": Translated(_("Theme"), required=True, longest=300)}
    order = ("title",)


class InvitationForm(Timed, forms.Form):
    time_field = "delegations"

    delegations = forms.TypedMultipleChoiceField(
        label=_("Delegations"),
        coerce=int,
        widget=forms.CheckboxSelectMultiple,
        error_messages={
            "required": _("Choose whom to invite."),
            "invalid_choice": _("Choose delegations of this conference."),
        },
    )

    def __init__(self, *args: Any, free: Iterable[Delegation], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["delegations"].choices = [(each.pk, str(each)) for each in free]  # type: ignore[attr-defined]


class SlotForm(Timed, forms.Form):
    """Who speaks for a delegation, on what and how."""

    time_field = "mode"

    theme_id = forms.TypedChoiceField(label=_("Theme"), required=False, coerce=int, empty_value=None)
    mode = forms.ChoiceField(label=_("How it is given"), choices=Mode.choices)
    kind = forms.ChoiceField(label=_("As"), choices=Kind.choices)
    honorific = forms.CharField(
        label=_("Form of address"),
        max_length=60,
        required=False,
        help_text=_("As it is read out: H.E. Ms"),
        validators=[NothingUnseen()],
        widget=forms.TextInput(attrs={"dir": "auto", "autocomplete": "off"}),
    )
    name = forms.CharField(
        label=_("Speaker"),
        max_length=200,
        required=False,
        validators=[NothingUnseen()],
        widget=forms.TextInput(attrs={"dir": "auto", "autocomplete": "off"}),
    )
    function = forms.CharField(
        label=_("Function"),
        max_length=200,
        required=False,
        validators=[NothingUnseen()],
        widget=forms.TextInput(attrs={"dir": "auto", "autocomplete": "off"}),
    )
    rank = forms.TypedChoiceField(label=_("Rank"), coerce=int, choices=Rank.choices)

    def __init__(self, *args: Any, slot: Slot, themes: Iterable[Theme], **kwargs: Any) -> None:
        initial = {
            "theme_id": slot.theme_id,
            "kind": slot.kind,
            "honorific": slot.honorific,
            "rank": slot.rank,
            "mode": slot.turn.mode,
            "name": slot.turn.name,
            "function": slot.turn.function,
        }
        super().__init__(*args, **{**kwargs, "initial": initial})
        self.fields["theme_id"].choices = [("", "—"), *((each.pk, str(each)) for each in themes)]  # type: ignore[attr-defined]

    def field_of(self, name: str) -> str:
        return "theme_id" if name == "theme" else name


class PlaceForm(Marking, forms.Form):
    """Another place, by hand."""

    place = forms.IntegerField(label=_("Place"), min_value=1, help_text=_("1 is called first."))
    reason = forms.CharField(label=_("Reason"), max_length=LONGEST_REASON, help_text=_("It stays on record."))


class WithdrawalForm(Marking, forms.Form):
    # Not the name of the other form's field: both stand on one page.
    why = forms.CharField(label=_("Reason"), max_length=LONGEST_REASON, help_text=_("It stays on record."))

    def field_of(self, name: str) -> str:
        return "why" if name == "reason" else name


class RuleForm(Marking, forms.Form):
    """Back from an order by hand to one by rule."""

    order = forms.ChoiceField(
        label=_("Order"), choices=[choice for choice in OrderPolicy.choices if choice[0] != OrderPolicy.MANUAL]
    )
