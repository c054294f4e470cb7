"""Where a session's picture comes from, as an organiser says it."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from conferences.rules import Person
from files.fields import ResumableField
from outbox.marking import Marking
from sessions.programme.models import Session
from sessions.stage.models import StageSource
from sessions.stage.rules import PURPOSE, is_hls_address


class SourceForm(Marking, forms.Form):
    """An address or a film. With neither, a film that is there already stays, and its words may change."""

    hls_url = forms.CharField(
        label=_("HLS address"),
        max_length=500,
        required=False,
        help_text=_("The playlist of a live stream or of a recording: https://…/master.m3u8"),
        widget=forms.TextInput(attrs={"inputmode": "url", "autocomplete": "off", "spellcheck": "false", "dir": "ltr"}),
        error_messages={"max_length": _("This address is too long.")},
    )
    film = ResumableField(
        purpose=PURPOSE,
        accept="video/mp4,video/quicktime,video/webm,audio/mp4,audio/webm",
        label=_("Or a film from this computer"),
        required=False,
        help_text=_("MP4 (H.264 and AAC) or WebM, 500 MB at most."),
        error_messages={"empty": _("This file is empty.")},
    )
    title = forms.CharField(
        label=_("What will be seen"),
        max_length=200,
        required=False,
        help_text=_("People read it before they press play. Left empty, they read the session’s title."),
    )
    repeats = forms.BooleanField(
        label=_("Begins again at its end"), required=False, help_text=_("For a holding picture.")
    )

    def __init__(self, *args: Any, session: Session, source: StageSource | None, by: Person, **kwargs: Any) -> None:
        self.source = source
        if source is not None:
            kwargs["initial"] = {
                "hls_url": source.hls_url,
                "title": source.title,
                "repeats": source.repeats,
                **kwargs.get("initial", {}),
            }
        super().__init__(*args, **kwargs)
        film = self.fields["film"]
        if isinstance(film, ResumableField):
            film.is_for(session.pk, by=by)

    def clean_hls_url(self) -> str:
        address = str(self.cleaned_data["hls_url"]).strip()
        if address and not is_hls_address(address):
            raise forms.ValidationError(
                _("Give an address that begins with https:// (or / on this site) and ends in .m3u8.")
            )
        return address

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        address, film = cleaned.get("hls_url"), cleaned.get("film")
        if film and address and (self.source is None or address != self.source.hls_url):
            self.add_error("film", _("Give either an address or a film, not both."))
        elif not film and not address and not self.errors and (self.source is None or not self.source.upload_id):
            self.add_error("hls_url", _("Give an address, or choose a film below."))
        return cleaned
