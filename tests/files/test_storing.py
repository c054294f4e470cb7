"""What is handed in is judged by its content, kept under a name nobody chose, and refused in words."""

import hashlib
from pathlib import Path

import pytest
from django.conf import settings
from django.core.exceptions import ValidationError

from files import actions
from files.models import Upload
from files.registry import register_guard

FILMS = ("video/mp4", "video/webm")


@pytest.fixture
def store(db, purpose, handed_in, ben):
    name = purpose(lambda user, upload: True)

    def store(content, name_given=None, *, accepts=FILMS, largest=10_000_000):
        return actions.store_upload(
            handed_in(content, name_given), purpose=name, accepts=accepts, largest=largest, by=ben
        )

    return store


def kept():
    root = Path(settings.MEDIA_ROOT)
    return [path for path in root.rglob("*") if path.is_file()] if root.exists() else []


def test_a_film_is_kept_as_it_came(store, film, ben):
    content = film()
    upload = store(content, "Opening.mp4")
    assert (upload.name, upload.size, upload.content_type, upload.owner) == (
        "Opening.mp4",
        len(content),
        "video/mp4",
        ben,
    )
    assert upload.sha256 == hashlib.sha256(content).hexdigest()
    assert upload.seconds == pytest.approx(0.5, abs=0.1)
    (path,) = kept()
    assert path.read_bytes() == content


def test_its_place_tells_nothing_of_its_name(store, film):
    upload = store(film(), "../../etc/passwd.mp4")
    assert upload.name == "passwd.mp4"
    (path,) = kept()
    assert "passwd" not in str(path)
    assert path.suffix == ""


@pytest.mark.parametrize(
    ("format", "video", "audio", "content_type"),
    [
        ("mp4", "libx264", "aac", "video/mp4"),
        ("mp4", None, "aac", "audio/mp4"),
        ("webm", "libvpx", "libopus", "video/webm"),
        ("webm", "libvpx-vp9", None, "video/webm"),
        ("webm", None, "libopus", "audio/webm"),
    ],
)
def test_its_type_is_found_whatever_it_is_called(store, film, format, video, audio, content_type):
    content = film(format, video=video, audio=audio)
    upload = store(content, "notes.txt", accepts=(content_type,))
    assert upload.content_type == content_type


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"<!doctype html><script>alert(1)</script>", "not of a kind"),
        (b"#EXTM3U\n#EXTINF:2,\nfile:///etc/passwd\n", "not of a kind"),
        (b"%PDF-1.7\n", "not of a kind"),
        (b"\x00\x00\x00\x18ftypmp42" + b"<script>" * 100, "damaged or incomplete"),
        (b"\x1a\x45\xdf\xa3" + b"\x00" * 500, "damaged or incomplete"),
        (b"", "empty"),
    ],
    ids=["html", "playlist", "pdf", "mp4 in name only", "webm in name only", "empty"],
)
def test_what_is_no_film_is_refused_although_it_is_called_mp4(store, content, words):
    with pytest.raises(ValidationError, match=words):
        store(content, "film.mp4")
    assert kept() == []
    assert not Upload.objects.exists()


def test_half_a_film_is_refused(store, film):
    content = film()
    with pytest.raises(ValidationError, match="damaged or incomplete"):
        store(content[: len(content) // 2], "film.mp4")


def test_a_coding_that_browsers_do_not_play_is_named(store, film):
    with pytest.raises(ValidationError, match="coded as mpeg4, which not every browser can play"):
        store(film("mp4", video="mpeg4", audio=None))


def test_the_largest_size_is_allowed_and_one_byte_more_is_not(store, film):
    content = film()
    store(content, largest=len(content))
    with pytest.raises(ValidationError, match=r"It can be .+ at most"):
        store(content, largest=len(content) - 1)
    assert len(kept()) == 1


def test_a_purpose_nobody_guards_is_not_stored_for(db, purpose, handed_in, film):
    with pytest.raises(LookupError):
        actions.store_upload(handed_in(film()), purpose="test", accepts=FILMS, largest=10**6, by=None)
    assert kept() == []


def test_a_purpose_has_one_guard(purpose):
    purpose(lambda user, upload: True)
    with pytest.raises(ValueError, match="guard already"):
        register_guard("test", lambda user, upload: False)


def test_a_file_goes_with_its_upload_when_that_is_committed(store, film, django_capture_on_commit_callbacks):
    upload = store(film())
    with django_capture_on_commit_callbacks(execute=True):
        actions.discard_upload(upload.pk)
        assert len(kept()) == 1
    assert kept() == []
    actions.discard_upload(upload.pk)


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("Laporan akhir.pdf", "Laporan akhir.pdf"),
        ("تقرير.pdf", "تقرير.pdf"),
        (r"C:\Users\ben\film.mp4", "film.mp4"),
        ("photo\u202egpj.exe", "photogpj.exe"),
        ("a\r\nSet-Cookie: b.mp4", "aSet-Cookie: b.mp4"),
        ("\n", "file"),
        ("x" * 300 + ".mp4", "x" * 196 + ".mp4"),
    ],
)
def test_names_are_made_harmless_not_unreadable(given, shown):
    assert actions.safe_name(given) == shown
