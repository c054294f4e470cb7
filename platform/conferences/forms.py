"""The forms of organisers: plain fields, one input a language, times on the conference's own clock."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar
from zoneinfo import available_timezones

from babel import Locale
from django import forms
from django.conf import settings
from django.utils.functional import Promise
from django.utils.translation import get_language, get_language_info
from django.utils.translation import gettext_lazy as _

from accounts.unseen import IN_TEXTS, NothingUnseen
from conferences.models import Conference, Membership, Mode, Role
from conferences.texts import in_languages
from outbox.marking import Marking

# Of an organiser's choice: the languages of the United Nations, those of this site, and the hosts' neighbours'.
CONFERENCE_LANGUAGES = (
    "en", "id", "ar", "fr", "es", "ru", "zh", "pt", "ja", "ko", "ms", "th", "vi", "km", "lo", "my", "hi", "tet",
)  # fmt: skip

# Of what organisers plan.
FIRST_YEAR, LAST_YEAR = 1970, 2199


@dataclass(frozen=True)
class Translated:
    """A text that is asked for once in each of the site's languages; `required` means in at least one of them."""

    label: str | Promise
    required: bool = False
    is_long: bool = False
    # Characters in each language.
    longest: int | None = None


class TranslatedForm(Marking, forms.Form):
    """A form with texts in several languages: `translated` names them, `texts_of(name)` reads what was typed."""

    translated: ClassVar[Mapping[str, Translated]] = {}
    # Names of fields and of texts in the order of the page.
    order: ClassVar[tuple[str, ...]] = ()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, text in self.translated.items():
            for code, _words in settings.LANGUAGES:
                self.fields[f"{name}_{code}"] = _field_in(code, text)
        self.order_fields([field for name in self.order for field in self._fields_of(name)])

    def _fields_of(self, name: str) -> list[str]:
        return [f"{name}_{code}" for code, _words in settings.LANGUAGES] if name in self.translated else [name]

    def texts_of(self, name: str) -> dict[str, str]:
        """What was typed, by language's code."""
        typed = {code: self.cleaned_data.get(f"{name}_{code}", "") for code, _words in settings.LANGUAGES}
        return {code: words for code, words in typed.items() if words}

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        for name, text in self.translated.items():
            fields = self._fields_of(name)
            if text.required and not any(field in self.errors for field in fields) and not self.texts_of(name):
                self.add_error(fields[0], _("Write it in at least one language."))
        return cleaned

    def field_of(self, name: str) -> str:
        """Of a text in several languages its first field."""
        return self._fields_of(name)[0]


def _field_in(code: str, text: Translated) -> forms.CharField:
    language = get_language_info(code)
    attrs = {"lang": code, "dir": "rtl" if language["bidi"] else "ltr"}
    widget: forms.Widget = forms.Textarea({**attrs, "rows": 4}) if text.is_long else forms.TextInput(attrs)
    is_first_of_required = text.required and code == settings.LANGUAGES[0][0]
    field = forms.CharField(
        label=_("%(what)s, in %(language)s") % {"what": text.label, "language": language["name_translated"]},
        required=False,
        max_length=text.longest or (5000 if text.is_long else 300),
        validators=[NothingUnseen(IN_TEXTS if text.is_long else "")],
        widget=widget,
        # Said once, under the first.
        help_text=_("In at least one language.") if is_first_of_required else "",
    )
    # The page does not call it optional: one of them is not.
    field.is_first_of_required = is_first_of_required  # type: ignore[attr-defined]
    return field


def initial_texts(thing: object, names: Mapping[str, Translated]) -> dict[str, str]:
    """What a TranslatedForm shows at first for the texts of `thing`."""
    return {f"{name}_{code}": words for name in names for code, words in in_languages(getattr(thing, name)).items()}


class LocalTimeField(forms.DateTimeField):
    """A moment, typed and shown on the clock of the zone that is active (`timezone.override`)."""

    widget = forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M")

    def clean(self, value: Any) -> datetime | None:
        """At the ends of the calendar a moment of one zone is no moment of another: nothing is held there."""
        moment: datetime | None = super().clean(value)
        if moment is not None and not FIRST_YEAR <= moment.year <= LAST_YEAR:
            raise forms.ValidationError(
                _("Choose a year from %(first)s to %(last)s."), params={"first": FIRST_YEAR, "last": LAST_YEAR}
            )
        return moment


class ConferenceForm(TranslatedForm):
    """A conference's facts. Times are on its own clock: the view activates the zone that was chosen."""

    translated = {
        "name": Translated(_("Name"), required=True),
        "theme": Translated(_("Theme")),
        "organiser": Translated(_("Organised by")),
        "about": Translated(_("About"), is_long=True),
    }
    order = (
        "acronym", "slug", "name", "mode", "venue", "city", "country", "time_zone", "opens_at", "closes_at",
        "languages", "accent", "theme", "organiser", "about",
    )  # fmt: skip

    acronym = forms.CharField(label=_("Acronym"), max_length=40, help_text=_("As on the badge: ICDD 2021."))
    slug = forms.SlugField(
        label=_("Short address"),
        max_length=50,
        help_text=_("Small letters, digits and hyphens: icdd-2021. It stands in every link, so it should not change."),
        error_messages={"invalid": _("Only letters without accents, digits and hyphens.")},
    )
    mode = forms.ChoiceField(label=_("Held"), choices=Mode.choices)
    venue = forms.CharField(label=_("Venue"), max_length=200, required=False)
    city = forms.CharField(label=_("City"), max_length=200, required=False)
    country = Conference._meta.get_field("country").formfield(label=_("Country"), required=False)
    time_zone = forms.ChoiceField(
        label=_("Time zone"), help_text=_("All times of the conference are shown on this clock.")
    )
    opens_at = LocalTimeField(label=_("Opens"), help_text=_("On the clock of the time zone above."))
    closes_at = LocalTimeField(label=_("Closes"))
    languages = forms.MultipleChoiceField(
        label=_("Languages of the conference"), widget=forms.CheckboxSelectMultiple, required=False
    )
    accent = forms.RegexField(
        r"^#[0-9a-f]{6}$",
        label=_("Colour"),
        widget=forms.TextInput(attrs={"type": "color"}),
        help_text=_("For what is live or comes next."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        zones = sorted(zone for zone in available_timezones() if "/" in zone and not zone.startswith("Etc/"))
        self.fields["time_zone"].choices = [("UTC", "UTC"), *((zone, zone) for zone in zones)]  # type: ignore[attr-defined]
        names = Locale.parse(get_language() or settings.LANGUAGE_CODE, sep="-").languages
        self.fields["languages"].choices = [(code, names.get(code, code)) for code in CONFERENCE_LANGUAGES]  # type: ignore[attr-defined]

    def clean_slug(self) -> str:
        return str(self.cleaned_data["slug"]).lower()

    def facts(self) -> dict[str, Any]:
        """What the action takes."""
        plain = {name: self.cleaned_data[name] for name in self.order if name not in self.translated}
        return {**plain, **{name: self.texts_of(name) for name in self.translated}}


def initial_of_conference(conference: Conference) -> dict[str, Any]:
    names = [name for name in ConferenceForm.order if name not in ConferenceForm.translated]
    return {
        **{name: getattr(conference, name) for name in names},
        **initial_texts(conference, ConferenceForm.translated),
    }


class DelegationForm(TranslatedForm):
    translated = {"name": Translated(_("Protocol name"), required=True, longest=200)}
    order = ("name", "is_host")

    is_host = forms.BooleanField(label=_("Hosts the conference"), required=False)


class OrganisationForm(TranslatedForm):
    """A delegation without a country."""

    translated = {"name": Translated(_("Name of the organisation"), required=True, longest=200)}
    order = ("name",)


class PlaceForm(TranslatedForm):
    """What somebody is in a conference."""

    order: ClassVar[tuple[str, ...]] = ("role", "delegation")

    role = forms.ChoiceField(label=_("Role"), choices=Role.choices)
    delegation = forms.TypedChoiceField(
        label=_("Delegation"), required=False, coerce=int, empty_value=None, help_text=_("A delegate belongs to one.")
    )

    def __init__(self, *args: Any, conference: Conference, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        seats = conference.delegations.order_by("position", "pk")
        self.fields["delegation"].choices = [("", "—"), *((seat.pk, str(seat)) for seat in seats)]  # type: ignore[attr-defined]


class InvitationForm(PlaceForm):
    order = ("email", "name", "role", "delegation")

    email = forms.EmailField(
        label=_("E-mail address"), max_length=254, widget=forms.EmailInput({"autocomplete": "off"})
    )
    name = forms.CharField(
        label=_("Name"),
        max_length=200,
        widget=forms.TextInput(attrs={"autocomplete": "off", "dir": "auto"}),
        help_text=_("As it is to be shown. Somebody known here keeps the name they gave themselves."),
    )


def place_of(membership: Membership) -> dict[str, Any]:
    return {"role": membership.role, "delegation": membership.delegation_id}
