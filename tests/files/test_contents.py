"""What documents and recordings are is read from their content."""

import io
import zipfile

import pytest
from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile

from files.actions import check_file
from files.contents import DOCX, MATROSKA, ODT, QUICKTIME, TEXT, UNKNOWN, examine, may_become

DOCX_TYPES = b"""<?xml version="1.0"?><Types><Override PartName="/word/document.xml"
ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"/></Types>"""
MACROS = b"""<?xml version="1.0"?><Types><Override PartName="/word/document.xml"
ContentType="application/vnd.ms-word.document.macroEnabled.main+xml"/></Types>"""


def zipped(parts: dict[str, bytes]) -> bytes:
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return written.getvalue()


DOCUMENTS = {
    DOCX: zipped({"word/numbering.xml": b"x", "[Content_Types].xml": DOCX_TYPES, "word/document.xml": b"x"}),
    ODT: zipped({"mimetype": ODT.encode(), "content.xml": b"x"}),
}


@pytest.mark.parametrize("content_type", [DOCX, ODT])
def test_a_document_is_told_by_what_is_in_it(content_type):
    content = DOCUMENTS[content_type]
    assert examine(ContentFile(content)).content_type == content_type
    assert may_become(content[:100], [content_type])
    assert not may_become(content[:100], ["application/pdf"])


@pytest.mark.parametrize(
    "content",
    [
        zipped({"[Content_Types].xml": MACROS}),
        zipped({"xl/workbook.xml": b"x", "[Content_Types].xml": b"<Types/>"}),
        DOCUMENTS[DOCX][:-30],
        b"PK\x03\x04" + b"x" * 100,
        # Says that it holds more than there is room to list.
        DOCUMENTS[DOCX][:-12] + b"\xff\xff" + DOCUMENTS[DOCX][-10:],
    ],
    ids=["macros", "a workbook", "cut off", "no zip", "too many parts"],
)
def test_another_zip_is_none(content):
    assert examine(ContentFile(content)).content_type == UNKNOWN


@pytest.mark.parametrize("words", ["Statement of Fiji.\n", "\ufeffبيان", "é" * 100_000])
def test_text_is_text_for_whoever_asks_for_it(words):
    content = ContentFile(words.encode())
    assert examine(content, text=True).content_type == TEXT
    assert examine(content).content_type == UNKNOWN
    assert check_file(content, accepts=[TEXT], largest=10**6).content_type == TEXT
    assert check_file(content, accepts=[UNKNOWN], largest=10**6).content_type == UNKNOWN


@pytest.mark.parametrize("content", [b"a\0b", "é".encode()[:1], b"\xff\xfe", b"x" * 70_000 + b"\x80"])
def test_what_is_not_text_to_its_end_is_none(content):
    assert examine(ContentFile(content), text=True).content_type == UNKNOWN


@pytest.mark.parametrize(
    ("format", "video", "audio", "content_type", "unplayable"),
    [
        ("mp4", "libx264", "aac", "video/mp4", ""),
        ("mp4", "libx265", None, "video/mp4", "hevc"),
        ("mov", "libx264", "aac", QUICKTIME, ""),
        ("mov", None, "aac", "audio/mp4", ""),
        ("webm", "libvpx", "libopus", "video/webm", ""),
        ("matroska", "libx264", "aac", MATROSKA, "Matroska"),
        ("matroska", None, "libopus", "audio/x-matroska", "Matroska"),
    ],
)
def test_a_recording_is_told_with_what_browsers_cannot_play(film, format, video, audio, content_type, unplayable):
    content = film(format, video=video, audio=audio)
    found = examine(ContentFile(content))
    assert (found.content_type, found.unplayable) == (content_type, unplayable)
    assert found.seconds == pytest.approx(0.5, abs=0.1)
    assert may_become(content[:4096], [content_type])


def test_a_purpose_may_take_what_is_coded_anew_later(film):
    content = ContentFile(film(video="libx265", audio=None))
    accepted = {"accepts": ["video/mp4"], "largest": 10**6}
    assert check_file(content, plays=False, **accepted).unplayable == "hevc"
    with pytest.raises(ValidationError, match="coded as hevc"):
        check_file(content, **accepted)


def test_quicktime_of_old_begins_without_saying_so():
    assert may_become(b"\0\0\0\x08wide\0\0\0\0mdat", [QUICKTIME])
    assert not may_become(b"Feelfree to come", [QUICKTIME])
