"""What of a conference's own stands on its papers, and who sets it: logo, words, whose certificate, who signs."""

from dataclasses import dataclass, fields
from typing import cast

from django.core.exceptions import ValidationError
from django.core.files import File
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from accounts.unseen import IN_TEXTS, UNSEEN, holds_unseen
from conferences.audit import CHANGE, note
from conferences.models import Conference
from conferences.rules import Person
from files.actions import discard_upload, store_upload
from files.models import Upload
from outbox.errors import Invalid, Words
from registration.desk import decided
from registration.models import CertificateFor, Design
from registration.pictures import NoPicture, read_picture
from registration.printing import render
from registration.rules import may_decide

# The purpose under which logos and signatures are stored (files.registry).
PURPOSE = "registration.design"
PICTURES = ("image/png", "image/jpeg")
LARGEST = 2 * 1024 * 1024  # bytes
# More would be set anew on each of thousands of badges; paper shows no more.
MOST_PIXELS = 6_000_000
TEXTS = {"back_words": 300, "certificate_title": 100, "certifies": 200, "took_part": 200, "signed_by": 200}
UNREADABLE = _("This picture cannot be read. Save it as PNG or JPEG of at most 6 megapixels, and choose it again.")


@dataclass(frozen=True, kw_only=True)
class DesignFacts:
    """All that a design says; pictures are numbers of uploads, None for no picture."""

    logo: int | None = None
    shows_flag: bool = True
    shows_photo: bool = True
    back_words: str = ""
    certificate_for: str = CertificateFor.PRESENT
    certificate_title: str = ""
    certifies: str = ""
    took_part: str = ""
    signed_by: str = ""
    signature: int | None = None


def design_of(conference: Conference) -> Design:
    """The conference's own, or the program's."""
    return Design.objects.select_related("logo", "signature").filter(pk=conference.pk).first() or Design(
        conference=conference
    )


def store_picture(file: File, *, by: Person) -> Upload:
    """Stores a logo or a signature for `set_design`. Raises ValidationError, in words, for what is no such picture.

    It is set on paper once before it is taken: what only half can be read would stop all printing on the day.
    """
    upload = store_upload(file, purpose=PURPOSE, accepts=PICTURES, largest=LARGEST, by=by)
    try:
        read_picture(upload, most_pixels=MOST_PIXELS)
        render("picture", {"picture": name_of(upload)}, pictures=pictures_of(upload))
    except (NoPicture, RuntimeError) as error:
        discard_upload(upload.pk)
        raise ValidationError(UNREADABLE) from error
    return upload


@transaction.atomic
def set_design(conference_id: int, facts: DesignFacts, *, by: Person) -> Design:
    """Says how a conference's papers look from now on. Pictures that are not among them any more are discarded.

    A picture that is not the design's yet must be the doer's own, of `store_picture`. Raises NotThere, NotAllowed, and
    Invalid.
    """
    conference = decided(conference_id, by, lock=True)
    design = design_of(conference)
    before = {design.logo_id, design.signature_id} - {None}
    wrong = _problems(facts)
    for name in ("logo", "signature"):
        wished = getattr(facts, name)
        if wished not in (None, *before) and not _is_own(wished, by):
            wrong[name] = _("Choose the file again.")
    if wrong:
        raise Invalid(fields=wrong)
    for one in fields(facts):
        value = getattr(facts, one.name)
        if one.name in ("logo", "signature"):
            setattr(design, f"{one.name}_id", value)
        else:
            setattr(design, one.name, value)
    design.save()
    note(conference, CHANGE, by=by, words="design of the papers")
    for upload_id in before - {facts.logo, facts.signature}:
        discard_upload(cast(int, upload_id))
    return design


def _problems(facts: DesignFacts) -> dict[str, Words]:
    wrong: dict[str, Words] = {}
    if facts.certificate_for not in CertificateFor.values:
        wrong["certificate_for"] = _("Choose one of these.")
    for name, longest in TEXTS.items():
        words = getattr(facts, name)
        if len(words) > longest:
            wrong[name] = _("At most %(count)d characters.") % {"count": longest}
        elif holds_unseen(words, but=IN_TEXTS):
            wrong[name] = UNSEEN
    return wrong


def _is_own(upload_id: int, by: Person) -> bool:
    return Upload.objects.filter(pk=upload_id, purpose=PURPOSE, owner_id=by.pk or 0).exists()


def may_read_picture(user: Person, upload: Upload) -> bool:
    """The guard of these pictures: the secretariat of the conference on whose papers they stand."""
    conferences = Conference.objects.filter(design__logo=upload) | Conference.objects.filter(design__signature=upload)
    return any(may_decide(user, conference) for conference in conferences.distinct())


# On paper


def name_of(upload: Upload | None) -> str:
    """What templates call the picture. "" for none, or for one whose file is lost: papers are printed without it."""
    is_there = upload is not None and upload.file.storage.exists(upload.path)
    return f"design/{upload.pk}.{upload.content_type.rpartition('/')[2]}" if upload and is_there else ""


def pictures_of(*uploads: Upload | None) -> dict[str, bytes]:
    """Those that there are, for `render`."""
    pictures = {}
    for upload in uploads:
        if upload is not None and (name := name_of(upload)):
            with upload.file.storage.open(upload.path) as file:
                pictures[name] = file.read()
    return pictures
