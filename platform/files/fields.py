"""A form's field for a file that may arrive in parts, before the form does."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib.auth.models import AbstractBaseUser, AnonymousUser
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from files.registry import resumable_for

LONGEST = 43  # letters of a public id


@dataclass(frozen=True, slots=True)
class Arrived:
    """What a page says arrived already. Whose it is, and whether it did, is asked when it is taken in."""

    public_id: str

    def __str__(self) -> str:
        return self.public_id


class ResumableInput(forms.FileInput):
    """A plain file input, which works as such; with a script the file goes ahead of the form and survives its link."""

    template_name = "files/_resumable.html"

    def __init__(self, attrs: Mapping[str, Any] | None = None, *, purpose: str, about: int | None = None) -> None:
        super().__init__(dict(attrs or {}))
        self.purpose = purpose
        self.about = about
        # Who uploads: what one person left in a browser is not offered to another.
        self.person: int | None = None

    def get_context(self, name: str, value: Any, attrs: Mapping[str, Any] | None) -> dict[str, Any]:
        context = super().get_context(name, None, dict(attrs or {}))
        context["resumable"] = {
            "address": reverse("files:uploads"),
            "purpose": self.purpose,
            "about": self.about,
            "person": self.person,
            "arrived_name": self.arrived_name(name),
            "arrived": value if isinstance(value, Arrived) else "",
            "largest": resumable_for(self.purpose).largest,
        }
        return context

    @staticmethod
    def arrived_name(name: str) -> str:
        return f"{name}-arrived"

    def value_from_datadict(self, data: Mapping[str, Any], files: Mapping[str, Any], name: str) -> Any:
        arrived = str(data.get(self.arrived_name(name)) or "")
        return files.get(name) or (Arrived(arrived) if arrived else None)

    def value_omitted_from_data(self, data: Mapping[str, Any], files: Mapping[str, Any], name: str) -> bool:
        return name not in files and self.arrived_name(name) not in data


class ResumableField(forms.FileField):
    """Cleans to an UploadedFile, to an Arrived, or to None where nothing was given and nothing is required.

    `files.resumable.take_upload` makes an Upload of either of them.
    """

    widget: ResumableInput

    def __init__(self, *, purpose: str, accept: str, **options: Any) -> None:
        """`accept` is what a browser offers to choose: content types and endings, as in HTML."""
        super().__init__(widget=ResumableInput({"accept": accept}, purpose=purpose), **options)

    def is_for(self, about: int | None, *, by: AbstractBaseUser | AnonymousUser) -> None:
        """The thing that the file is about, and who fills in the form; `take_upload` is told the same."""
        self.widget.about = about
        self.widget.person = by.pk

    def to_python(self, data: Any) -> Any:
        if isinstance(data, Arrived):
            if len(data.public_id) > LONGEST or not data.public_id.isascii():
                raise forms.ValidationError(_("Choose the file again."))
            return data
        return super().to_python(data)

    def bound_data(self, data: Any, initial: Any) -> Any:
        """A browser keeps no chosen file beyond its form; what arrived ahead of it stays."""
        return data if isinstance(data, Arrived) else super().bound_data(data, initial)
