"""What a delegation types for a review. The actions say what is right; forms hold what was typed."""

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from django import forms
from django.conf import settings
from django.utils.translation import get_language, get_language_info
from django.utils.translation import gettext_lazy as _

from conferences.forms import CONFERENCE_LANGUAGES, LocalTimeField
from conferences.models import Conference
from conferences.rules import Person
from files.fields import ResumableField
from outbox.marking import Marking
from sessions.floor.models import Mode
from sessions.review.actions.remarking import LONGEST, LONGEST_ANSWER
from sessions.review.actions.reporting import MOST_ACHIEVEMENTS, MOST_COMMITMENTS
from sessions.review.models import Answer, FollowUp, RemarkKind, Slot
from sessions.review.rules import CLIPS, HEARD, STATEMENTS

LONGEST_TEXT = 40_000

if TYPE_CHECKING:
    Achievements = forms.BaseFormSet["AchievementForm"]
    Commitments = forms.BaseFormSet["CommitmentForm"]
    Lines = forms.BaseFormSet[Any]
else:
    # Generic for type checkers only.
    Achievements = Commitments = Lines = forms.BaseFormSet


# How it is presented, and what that means.
MODES = (
    (Mode.ROOM, _("Live in the room: the speaker comes to the rostrum")),
    (Mode.REMOTE, _("Live, from elsewhere: the speaker joins by the session’s page")),
    (Mode.RECORDED, _("Recorded: your film is played when you are called")),
    (Mode.WRITTEN, _("In writing: the text is filed and published, and takes no time")),
)


def own_name(code: str) -> str:
    """A language by its own name; one that nobody named by its code."""
    try:
        return get_language_info(code)["name_local"].capitalize()
    except KeyError:
        return code


def languages_of(conference: Conference) -> list[tuple[str, str]]:
    """The conference’s languages first, then the site’s, then those that organisers choose from."""
    site = (code for code, _name in settings.LANGUAGES)
    codes = dict.fromkeys([*(conference.languages or []), *site, *CONFERENCE_LANGUAGES])
    return [(code, own_name(code)) for code in codes]


class SpeakerForm(Marking, forms.Form):
    """Who speaks, on what, and how: as it is announced."""

    honorific = forms.CharField(
        label=_("Form of address"),
        help_text=_("As it is read out: H.E. Ms, Dato’ Sri, Dr."),
        max_length=60,
        required=False,
        widget=forms.TextInput(attrs={"dir": "auto"}),
    )
    name = forms.CharField(
        label=_("Name"), max_length=200, required=False, widget=forms.TextInput(attrs={"dir": "auto"})
    )
    function = forms.CharField(
        label=_("Function"),
        help_text=_("Such as Minister for Foreign Affairs."),
        max_length=200,
        required=False,
        widget=forms.TextInput(attrs={"dir": "auto"}),
    )
    theme = forms.TypedChoiceField(label=_("Theme"), coerce=int, empty_value=None, required=False)
    mode = forms.ChoiceField(label=_("How it is presented"), choices=MODES, widget=forms.RadioSelect)

    def __init__(self, *args: Any, slot: Slot, **kwargs: Any) -> None:
        kwargs["initial"] = {
            "honorific": slot.honorific,
            "name": slot.turn.name,
            "function": slot.turn.function,
            "theme": slot.theme_id,
            "mode": slot.turn.mode,
        }
        super().__init__(*args, **kwargs)
        themes = [(theme.pk, str(theme)) for theme in slot.review.themes.all()]
        if themes:
            self.fields["theme"].choices = [("", _("Not chosen yet")), *themes]  # type: ignore[attr-defined]
        else:
            del self.fields["theme"]

    def facts(self) -> dict[str, Any]:
        """What the action takes."""
        facts = {name: " ".join(self.cleaned_data[name].split()) for name in ("honorific", "name", "function")}
        if "theme" in self.fields:
            facts["theme_id"] = self.cleaned_data["theme"]
        return {**facts, "mode": self.cleaned_data["mode"]}


class StatementForm(Marking, forms.Form):
    """A statement in one language: its text, its file, or both. The embargo is on the conference’s clock."""

    language = forms.ChoiceField(label=_("Language of the statement"))
    text = forms.CharField(
        label=_("Text"),
        help_text=_("Paste it here: interpreters work from it, and it can be read on every device."),
        required=False,
        max_length=LONGEST_TEXT,
        widget=forms.Textarea(attrs={"rows": 12, "dir": "auto", "autocomplete": "off"}),
    )
    file = ResumableField(
        purpose=STATEMENTS,
        accept=".pdf,.docx,.odt,.txt",
        label=_("Or its file"),
        required=False,
        help_text=_("PDF, Word, OpenDocument or plain text, 25 MB at most."),
        error_messages={"empty": _("This file is empty.")},
    )
    check_against_delivery = forms.BooleanField(
        label=_("Check against delivery"),
        help_text=_("Stands over the text: what is said counts, where it differs."),
        required=False,
        initial=True,
    )
    embargoed_until = LocalTimeField(label=_("Not to be read before"), required=False)

    def __init__(self, *args: Any, slot: Slot, by: Person, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        languages = languages_of(slot.review.session.conference)
        if slot.turn.state in HEARD and not self.is_bound:
            # What is there is on record. What was typed before that is shown again all the same.
            there = {statement.language for statement in slot.statements.all()}
            languages = [language for language in languages if language[0] not in there] or languages
            del self.fields["embargoed_until"]
        self.fields["language"].choices = languages  # type: ignore[attr-defined]
        spoken = get_language() or settings.LANGUAGE_CODE
        self.fields["language"].initial = spoken if spoken in dict(languages) else languages[0][0]
        file = self.fields["file"]
        if isinstance(file, ResumableField):
            file.is_for(slot.pk, by=by)


class FilmForm(Marking, forms.Form):
    film = ResumableField(
        purpose=CLIPS,
        accept="video/mp4,video/quicktime,video/webm,video/x-matroska,.mkv",
        label=_("Film"),
        help_text=_(
            "As your camera or your studio made it: MP4, MOV, WebM or MKV, 4 GB at most. It is converted here."
        ),
        error_messages={"empty": _("This file is empty."), "required": _("Choose the film.")},
    )

    def __init__(self, *args: Any, slot: Slot, by: Person, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        film = self.fields["film"]
        if isinstance(film, ResumableField):
            film.is_for(slot.pk, by=by)


class RemarkForm(Marking, forms.Form):
    """What is said on another’s statement; the action says what is right, so that socket and form refuse alike."""

    kind = forms.ChoiceField(
        label=_("Kind"), choices=RemarkKind.choices, widget=forms.RadioSelect, initial=RemarkKind.COMMENT
    )
    text = forms.CharField(
        label=_("What you will say"),
        help_text=_(
            "Interpreters and the delegation that you speak to have it at once; the hall follows it when you read it."
        ),
        required=False,
        strip=False,
        widget=forms.Textarea(
            attrs={
                "rows": 4,
                "dir": "auto",
                "minlength": 1,
                "maxlength": LONGEST,
                "data-counted": "",
                "autocomplete": "off",
            }
        ),
    )
    focus_area = forms.CharField(
        label=_("Focus area"), required=False, max_length=200, widget=forms.TextInput(attrs={"dir": "auto"})
    )


class AnswerForm(Marking, forms.Form):
    answer = forms.ChoiceField(label=_("Answer"), choices=Answer.choices, widget=forms.RadioSelect)
    text = forms.CharField(
        label=_("Words of the answer"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 4, "dir": "auto", "maxlength": LONGEST_ANSWER, "data-counted": ""}),
    )
    due_on = forms.DateField(
        label=_("Answered in writing by"),
        help_text=_("Only where it is answered later."),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )


class AchievementForm(Marking, forms.Form):
    what = forms.CharField(
        label=_("What was achieved"), max_length=200, required=False, widget=forms.TextInput(attrs={"dir": "auto"})
    )
    figure = forms.CharField(
        label=_("In figures"),
        max_length=80,
        required=False,
        widget=forms.TextInput(attrs={"dir": "auto"}),
    )
    evidence = forms.URLField(
        label=_("Where the evidence is"),
        help_text=_("An address that begins with https://."),
        max_length=400,
        required=False,
        assume_scheme="https",
        widget=forms.URLInput(attrs={"dir": "ltr"}),
    )
    focus_area = forms.CharField(
        label=_("Focus area"), max_length=200, required=False, widget=forms.TextInput(attrs={"dir": "auto"})
    )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if any(cleaned.values()) and not cleaned.get("what") and "what" not in self.errors:
            self.add_error("what", _("Say what was achieved."))
        return cleaned


class CommitmentForm(Marking, forms.Form):
    text = forms.CharField(
        label=_("Commitment"), max_length=300, required=False, widget=forms.TextInput(attrs={"dir": "auto"})
    )
    follow_up = forms.ChoiceField(label=_("How far it is"), choices=FollowUp.choices, required=False)


def achievements_form(data: Any, rows: Iterable[Mapping[str, Any]]) -> Achievements:
    """A line for each of the most there may be; those left empty are none."""
    made = forms.formset_factory(
        AchievementForm, extra=MOST_ACHIEVEMENTS, max_num=MOST_ACHIEVEMENTS, absolute_max=MOST_ACHIEVEMENTS
    )
    return made(data, initial=list(rows), prefix="rows")


def commitments_form(data: Any, rows: Iterable[Mapping[str, Any]]) -> Commitments:
    made = forms.formset_factory(
        CommitmentForm, extra=MOST_COMMITMENTS, max_num=MOST_COMMITMENTS, absolute_max=MOST_COMMITMENTS
    )
    return made(data, initial=list(rows), prefix="rows")


def filled(formset: Lines, needs: str) -> list[dict[str, Any]]:
    """The lines in which `needs` was typed."""
    return [form.cleaned_data for form in formset if form.cleaned_data.get(needs)]
