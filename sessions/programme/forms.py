"""Organisers' forms of the programme. Times are on the conference's clock: the view activates its zone."""

from typing import TYPE_CHECKING, Any, ClassVar, cast

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from conferences.forms import LocalTimeField, Translated, TranslatedForm, initial_texts
from conferences.models import Conference
from sessions.programme.actions import SpeakerLine
from sessions.programme.models import Access, Duty, Format, Session

if TYPE_CHECKING:
    _SpeakerLines = forms.BaseFormSet["SpeakerForm"]
else:
    # Generic for type checkers only.
    _SpeakerLines = forms.BaseFormSet


class RoomForm(TranslatedForm):
    translated = {"name": Translated(_("Name of the room"), required=True, longest=120)}
    order = ("name", "position")

    position = forms.IntegerField(label=_("Place among the rooms"), min_value=0, max_value=30_000, required=False)


class SessionForm(TranslatedForm):
    translated = {
        "title": Translated(_("Title"), required=True),
        "about": Translated(_("About"), is_long=True),
    }
    order: ClassVar[tuple[str, ...]] = ("format", "title", "about", "room", "starts_at", "ends_at", "access")

    format = forms.ChoiceField(label=_("Format"), choices=Format.choices)
    room = forms.TypedChoiceField(label=_("Room"), coerce=int)
    starts_at = LocalTimeField(label=_("Starts"), help_text=_("On the conference’s clock."))
    ends_at = LocalTimeField(label=_("Ends"))
    access = forms.ChoiceField(label=_("Who may enter"), choices=Access.choices)

    def __init__(self, *args: Any, conference: Conference, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        rooms = conference.rooms.order_by("position", "pk")
        self.fields["room"].choices = [(room.pk, str(room)) for room in rooms]  # type: ignore[attr-defined]

    def facts(self) -> dict[str, Any]:
        """What the action takes."""
        plain = {name: self.cleaned_data[name] for name in ("format", "starts_at", "ends_at", "access")}
        return {
            **plain,
            "room_id": self.cleaned_data["room"],
            **{name: self.texts_of(name) for name in self.translated},
        }


def initial_of_session(session: Session) -> dict[str, Any]:
    names = ("format", "starts_at", "ends_at", "access")
    return {
        **{name: getattr(session, name) for name in names},
        "room": session.room_id,
        **initial_texts(session, SessionForm.translated),
    }


class SpeakerForm(forms.Form):
    """One line; an emptied one is a speaker taken out."""

    name = forms.CharField(
        label=_("Name"), max_length=200, required=False, widget=forms.TextInput(attrs={"dir": "auto"})
    )
    title = forms.CharField(
        label=pgettext_lazy("of a person", "Title"),
        max_length=200,
        required=False,
        widget=forms.TextInput(attrs={"dir": "auto"}),
    )
    delegation = forms.TypedChoiceField(label=_("Delegation"), required=False, coerce=int, empty_value=None)

    def __init__(self, *args: Any, delegations: list[tuple[int | str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["delegation"].choices = [("", "—"), *delegations]  # type: ignore[attr-defined]

    def clean_name(self) -> str:
        name = str(self.cleaned_data["name"])
        if not name and (self["title"].data or self["delegation"].data):
            raise forms.ValidationError(_("Who is it? Write the name, or empty the line."))
        return name


class Speakers(forms.BaseFormSet):
    """The lines of a session's speakers, and three empty ones."""

    def lines(self) -> list[SpeakerLine]:
        return [
            SpeakerLine(name=line["name"], title=line["title"], delegation_id=line["delegation"])
            for line in (form.cleaned_data for form in self.forms)
            if line.get("name")
        ]


SpeakerFormSet = forms.formset_factory(
    SpeakerForm, formset=Speakers, extra=3, max_num=100, validate_max=True, absolute_max=100
)


def speakers_form(conference: Conference, session: Session | None, data: Any) -> Speakers:
    seats: list[tuple[int | str, str]] = [
        (seat.pk, str(seat)) for seat in conference.delegations.order_by("position", "pk")
    ]
    speakers = session.speakers.all() if session else []
    initial = [{"name": row.name, "title": row.title, "delegation": row.delegation_id} for row in speakers]
    return cast(Speakers, SpeakerFormSet(data, prefix="speakers", initial=initial, form_kwargs={"delegations": seats}))


class AppointmentForm(TranslatedForm):
    order = ("email", "name", "duty")

    email = forms.EmailField(
        label=_("E-mail address"), max_length=254, widget=forms.EmailInput(attrs={"autocomplete": "off"})
    )
    name = forms.CharField(
        label=_("Name"),
        max_length=200,
        widget=forms.TextInput(attrs={"autocomplete": "off", "dir": "auto"}),
        help_text=_("As it is to be shown. Somebody known here keeps the name they gave themselves."),
    )
    duty = forms.ChoiceField(label=_("Duty"), choices=Duty.choices)
