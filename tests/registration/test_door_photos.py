"""The door sees faces: small, upright, of its own conference, and no papers."""

import io
import struct
from fractions import Fraction

import av
import pytest
from django.core.files.base import ContentFile
from django.test import Client
from django.urls import reverse

from conferences.models import Membership, Role
from files.models import Upload
from registration.actions import move_application
from registration.door import add_gate, enrol_device, invite_device
from registration.door_list import door_list
from registration.door_photos import WIDTH, NoPicture, small_picture
from registration.models import Answer, Device, Field, FieldKind, Status

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _own_files(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path


def photo(width=600, height=800, *, codec="mjpeg", pixels="yuvj420p", held=None) -> bytes:
    """A picture whose upper half is dark; `held` is how its camera says it was held (Exif)."""
    frame = av.VideoFrame(width, height, "gray")
    rows = frame.planes[0].line_size
    half = height // 2
    frame.planes[0].update(b"\x20" * (rows * half) + b"\xe0" * (rows * (height - half)))
    coder = av.CodecContext.create(codec, "w")
    coder.width, coder.height, coder.pix_fmt, coder.time_base = width, height, pixels, Fraction(1, 1)
    made = b"".join(map(bytes, [*coder.encode(frame.reformat(format=pixels)), *coder.encode(None)]))
    if held is None:
        return made
    noted = b"Exif\0\0MM\0*\0\0\0\x08" + struct.pack(">HHHIHHI", 1, 0x0112, 3, 1, held, 0, 0)
    return made[:2] + b"\xff\xe1" + struct.pack(">H", len(noted) + 2) + noted + made[2:]


def stored(content: bytes, content_type="image/jpeg") -> Upload:
    upload = Upload(purpose="registration", name="me", size=len(content), sha256="0", content_type=content_type)
    upload.file.save("me", ContentFile(content), save=True)
    return upload


def seen(content: bytes) -> tuple[int, int, str]:
    """Its size, and which of its sides is the dark one."""
    with av.open(io.BytesIO(content), "r", format="jpeg_pipe") as box:
        frame = next(box.decode(video=0)).reformat(format="gray")
    plane, row = bytes(frame.planes[0]), frame.planes[0].line_size
    middle, centre = frame.height // 2, frame.width // 2
    sides = {
        "top": plane[4 * row + centre],
        "bottom": plane[(frame.height - 5) * row + centre],
        "left": plane[middle * row + 4],
        "right": plane[middle * row + frame.width - 5],
    }
    return frame.width, frame.height, min(sides, key=lambda side: sides[side])


def test_a_photo_is_small_whatever_its_format():
    for content, content_type in (
        (photo(), "image/jpeg"),
        (photo(codec="png", pixels="rgb24"), "image/png"),
        (photo(codec="png", pixels="rgba"), "image/png"),
    ):
        small = small_picture(stored(content, content_type))
        assert seen(small) == (WIDTH, 320, "top")
        assert len(small) < 20_000


@pytest.mark.parametrize(
    ("held", "size", "dark"),
    [(1, (240, 320), "top"), (3, (240, 320), "bottom"), (6, (240, 180), "right"), (8, (240, 180), "left")],
)
def test_a_camera_that_was_held_askew_is_turned_upright(held, size, dark):
    assert seen(small_picture(stored(photo(held=held)))) == (*size, dark)


@pytest.mark.parametrize(
    ("content", "content_type"),
    [
        (b"\xff\xd8\xff nothing else", "image/jpeg"),
        (photo()[:900], "image/png"),
        (b"%PDF-1.7", "application/pdf"),
    ],
)
def test_what_is_no_picture_is_told_so(content, content_type):
    with pytest.raises(NoPicture):
        small_picture(stored(content, content_type))


def test_a_picture_that_claims_to_be_vast_is_not_opened(monkeypatch):
    monkeypatch.setattr("registration.door_photos.MOST_PIXELS", 600 * 800 - 1)
    with pytest.raises(NoPicture):
        small_picture(stored(photo()))


@pytest.fixture
def asked(public):
    """`asked(ana, is_sensitive=True)` hands in a photo to a field of the form."""

    def hand_in(application, **field):
        of = Field.objects.create(category=public, kind=FieldKind.PHOTO, label="Photo", **field)
        return Answer.objects.create(application=application, field=of, upload=stored(photo()))

    return hand_in


def test_a_device_gets_faces_of_its_own_conference_and_no_papers(apply, public, asked, conference, olga):
    ana, bo = apply(public, "Ana"), apply(public, "Bo")
    face, passport, theirs = asked(ana), asked(ana, is_sensitive=True), asked(bo)
    gate = add_gate(conference.pk, name="North", by=olga)
    device, key = enrol_device(invite_device(gate.pk, name="Phone", by=olga)[1])
    client = Client()
    client.cookies["door"] = key

    def got(answer) -> int:
        path = reverse("registration:door_photo", args=[answer.upload_id])
        return client.get(path, headers={"accept": "application/json"}).status_code

    named = [entry["photo"] for entry in door_list(device)["people"]]
    assert named == [reverse("registration:door_photo", args=[one.upload_id]) for one in (face, theirs)]
    assert (got(face), got(passport), got(theirs)) == (200, 404, 200)
    move_application(bo.pk, to=Status.REJECTED, reason="By mistake.", by=olga)
    assert got(theirs) == 404
    other = type(conference).objects.create(
        slug="other", acronym="O", name="Other", opens_at=conference.opens_at, closes_at=conference.closes_at
    )
    Membership.objects.create(conference=other, user=olga, role=Role.ORGANISER)
    Device.objects.update(conference=other)
    assert got(face) == 404
