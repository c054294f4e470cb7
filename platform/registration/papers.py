"""Files and photos that come with a form: stored as soon as they are there, so that a form that comes back has them.

Between two tries the page carries a signed word for each file that was taken; it counts for that one form alone.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from uuid import UUID

from django.core import signing
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext_lazy as _

from conferences.rules import Person
from files.actions import discard_upload, store_upload
from files.models import Upload
from registration.answers import name_of
from registration.door_photos import small_picture
from registration.models import Answer, Field, FieldKind
from registration.pictures import NoPicture

# The purpose under which they are stored (files.registry).
PURPOSE = "registration"
PHOTOS = ("image/jpeg", "image/png", "image/webp")
ACCEPTED = {FieldKind.PHOTO: PHOTOS, FieldKind.FILE: ("application/pdf", *PHOTOS)}
LARGEST = {FieldKind.PHOTO: 10 * 1024 * 1024, FieldKind.FILE: 20 * 1024 * 1024}  # bytes
KINDS = {
    FieldKind.PHOTO: _("A picture as JPEG, PNG or WebP, at most 10 MB."),
    FieldKind.FILE: _("A PDF, or a picture as JPEG, PNG or WebP, at most 20 MB."),
}
UNREADABLE = _(
    "This picture cannot be read, or it is too large: a JPEG can have 65 megapixels, all others 16. "
    "Choose another, or save it smaller."
)
# How long a form may lie open with a file that was taken.
KEPT_FOR = 24 * 3600  # seconds
SALT = "registration.papers"


@dataclass
class Papers:
    """The files of one form, by field, and what is wrong with those that could not be taken, by the field's name."""

    submit_key: UUID
    uploads: dict[int, Upload] = field(default_factory=dict)
    wrong: dict[str, str] = field(default_factory=dict)

    @classmethod
    def of_answers(cls, answers: Iterable[Answer], submit_key: UUID) -> "Papers":
        """Those that were handed in before."""
        return cls(submit_key, {answer.field_id: answer.upload for answer in answers if answer.upload is not None})

    def take(
        self, fields: Iterable[Field], *, typed: Mapping[str, str], files: Mapping[str, UploadedFile], by: Person
    ) -> None:
        """Stores what comes with a form, and finds again what came with its last try. To be called outside a
        transaction: a large file takes time."""
        for one in fields:
            if not one.is_of_files:
                continue
            name = name_of(one)
            if (kept := self._kept(one, typed.get(f"{name}_kept", ""))) is not None:
                self.uploads[one.pk] = kept
            if (file := files.get(name)) is not None:
                self._store(one, file, by)

    def _store(self, one: Field, file: UploadedFile, by: Person) -> None:
        kind = FieldKind(one.kind)
        owner = by if by.is_authenticated else None
        try:
            upload = store_upload(file, purpose=PURPOSE, accepts=ACCEPTED[kind], largest=LARGEST[kind], by=owner)
            if kind == FieldKind.PHOTO:
                _check_photo(upload)
        except ValidationError as error:
            self.wrong[name_of(one)] = " ".join([*error.messages, str(KINDS[kind])])
        else:
            self.uploads[one.pk] = upload

    def word_for(self, one: Field) -> str:
        """What the page carries of the file that was taken; "" where none was."""
        upload = self.uploads.get(one.pk)
        return "" if upload is None else signing.dumps([upload.pk, one.pk, str(self.submit_key)], salt=SALT)

    def _kept(self, one: Field, word: str) -> Upload | None:
        try:
            upload_id, field_id, submit_key = signing.loads(word, salt=SALT, max_age=KEPT_FOR)
        except (signing.BadSignature, ValueError):
            return None
        if (field_id, submit_key) != (one.pk, str(self.submit_key)):
            return None
        return Upload.objects.filter(pk=upload_id, purpose=PURPOSE).first()


def _check_photo(upload: Upload) -> None:
    """Makes the small picture that the door and badges show. Raises ValidationError, in words, where none can be."""
    try:
        small_picture(upload)
    except NoPicture as error:
        discard_upload(upload.pk)
        raise ValidationError(UNREADABLE) from error
