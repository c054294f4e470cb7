"""What is typed: a question, and the reason why one is not taken."""

from typing import Any

from django import forms
from django.conf import settings
from django.utils.translation import get_language, get_language_info
from django.utils.translation import gettext_lazy as _

from conferences.models import Conference
from conferences.rules import Person, speaks_for
from outbox.marking import Marking
from sessions.programme.models import Session
from sessions.questions.actions import LONGEST_NOTE
from sessions.questions.models import LONGEST, SHORTEST, Capacity, Reason


class AskForm(Marking, forms.Form):
    """Only what the page needs to show; the action says what is right, so that socket and form refuse alike."""

    text = forms.CharField(
        label=_("Your question"),
        help_text=_("The desk reads it first. Say what you want to know in one or two sentences."),
        strip=False,
        required=False,
        widget=forms.Textarea(
            attrs={
                "rows": 4,
                "dir": "auto",
                "minlength": SHORTEST,
                "maxlength": LONGEST,
                "data-counted": "",
                "autocomplete": "off",
            }
        ),
    )
    capacity = forms.ChoiceField(label=_("As whom"), widget=forms.RadioSelect, initial=Capacity.SELF)
    language = forms.ChoiceField(label=_("Language of the question"), required=False)

    def __init__(self, *args: Any, session: Session, user: Person, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["capacity"].choices = _capacities(session, user)  # type: ignore[attr-defined]
        languages = _languages(session.conference)
        self.fields["language"].choices = languages  # type: ignore[attr-defined]
        spoken = get_language() or settings.LANGUAGE_CODE
        self.fields["language"].initial = spoken if spoken in dict(languages) else languages[0][0]


def _capacities(session: Session, user: Person) -> list[tuple[str, Any]]:
    delegation = speaks_for(user, session.conference_id)
    choices: list[tuple[str, Any]] = [(Capacity.SELF.value, Capacity.SELF.label)]
    if delegation is not None:
        words = _("On behalf of %(delegation)s") % {"delegation": delegation}
        choices.append((Capacity.DELEGATION.value, words))
    anonymous = _("Anonymously: nobody sees who asks, and the desk does not either")
    choices.append((Capacity.ANONYMOUS.value, anonymous))
    return choices


def _languages(conference: Conference) -> list[tuple[str, str]]:
    """The conference's languages first, then the site's; each by its own name."""
    codes = dict.fromkeys([*(conference.languages or []), *(code for code, _name in settings.LANGUAGES)])
    return [(code, _own_name(code)) for code in codes]


def _own_name(code: str) -> str:
    try:
        return get_language_info(code)["name_local"].capitalize()
    except KeyError:
        return code


class DismissForm(Marking, forms.Form):
    reason = forms.ChoiceField(
        label=_("Why it is not taken"),
        help_text=_("The author is told."),
        choices=Reason.choices,
        widget=forms.RadioSelect,
    )
    note = forms.CharField(
        label=_("A word to the author"),
        help_text=_("Only the author reads it."),
        required=False,
        max_length=LONGEST_NOTE,
        widget=forms.Textarea(attrs={"rows": 2, "dir": "auto", "data-counted": "", "maxlength": LONGEST_NOTE}),
    )
