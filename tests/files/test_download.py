"""A file leaves whole or in part, to whom its guard lets, and to nobody else."""

import pytest
from asgiref.sync import async_to_sync
from django.db import connection, transaction
from django.urls import reverse

from files import actions, sending
from files.contents import BEGINNINGS, DOCX, ENDINGS, MATROSKA, ODT, SOUND_ALONE, TEXT
from files.models import Upload

BYTES = bytes(range(256)) * 4


@pytest.fixture
def upload(db, purpose, handed_in, ben):
    """A thousand bytes and 24 that Ben alone may read."""
    upload = actions.store_upload(
        handed_in(BYTES, "Größe “1”.bin"),
        purpose=purpose(lambda user, upload: user.pk == ben.pk),
        accepts=["application/octet-stream"],
        largest=10_000,
        by=ben,
    )
    Upload.objects.filter(pk=upload.pk).update(content_type="video/mp4")
    upload.refresh_from_db()
    return upload


@pytest.fixture
def address(upload):
    return reverse("files:download", args=[upload.pk])


@pytest.fixture
def bens(client, ben):
    client.force_login(ben)
    return client


@async_to_sync
async def body(response):
    return b"".join([chunk async for chunk in response.streaming_content])


def test_the_whole_file(bens, address, upload):
    answer = bens.get(address, headers={"Accept-Encoding": "gzip"})
    assert answer.status_code == 200
    assert body(answer) == BYTES
    expected = {
        "Content-Length": "1024",
        "Content-Type": "video/mp4",
        "Accept-Ranges": "bytes",
        "ETag": f'"{upload.sha256}"',
        "X-Content-Type-Options": "nosniff",
        "Cache-Control": "private, no-cache",
        "Content-Disposition": "inline; filename*=utf-8''Gr%C3%B6%C3%9Fe%20%E2%80%9C1%E2%80%9D.bin.mp4",
    }
    assert {name: answer.get(name) for name in expected} == expected
    assert not answer.has_header("Content-Encoding")


def test_a_part(bens, address):
    answer = bens.get(address, headers={"Range": "bytes=10-19"})
    assert (answer.status_code, answer["Content-Range"], answer["Content-Length"]) == (
        206,
        "bytes 10-19/1024",
        "10",
    )
    assert body(answer) == BYTES[10:20]


def test_a_part_after_the_end(bens, address):
    answer = bens.get(address, headers={"Range": "bytes=1024-"})
    assert (answer.status_code, answer["Content-Range"], answer.content) == (416, "bytes */1024", b"")


def test_a_part_of_another_file_is_the_whole_of_this_one(bens, address, upload):
    same = bens.get(address, headers={"Range": "bytes=0-0", "If-Range": f'"{upload.sha256}"'})
    other = bens.get(address, headers={"Range": "bytes=0-0", "If-Range": '"another"'})
    assert (same.status_code, other.status_code) == (206, 200)
    assert (body(same), body(other)) == (BYTES[:1], BYTES)


def test_head_tells_without_sending(bens, address):
    answer = bens.head(address)
    assert (answer.status_code, answer["Content-Length"], answer.content) == (200, "1024", b"")


def test_what_the_browser_has_is_not_sent_again(bens, address, upload):
    answer = bens.get(address, headers={"If-None-Match": f'"{upload.sha256}"'})
    assert (answer.status_code, answer.content) == (304, b"")


def test_it_is_read_only(bens, address):
    assert (bens.post(address)).status_code == 405


def test_what_a_browser_could_run_is_saved_in_a_sandbox(bens, address, upload):
    Upload.objects.filter(pk=upload.pk).update(content_type="text/html")
    answer = bens.get(address)
    assert answer["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert answer["Content-Disposition"].startswith("attachment; ")


@pytest.mark.parametrize(
    ("name", "content_type", "offered"),
    [
        ("x.html", "image/jpeg", "x.html.jpg"),
        ("Me.JPEG", "image/jpeg", "Me.JPEG"),
        ("me.png", "image/jpeg", "me.png.jpg"),
        ("passport", "application/pdf", "passport.pdf"),
        ("x.svg", "image/png", "x.svg.png"),
        ("talk.mov", "video/mp4", "talk.mov"),
        ("people.csv", "application/octet-stream", "people.csv"),
    ],
)
def test_the_name_that_is_offered_ends_as_the_type_says(bens, address, name, content_type, offered):
    Upload.objects.update(name=name, content_type=content_type)
    assert bens.get(address)["Content-Disposition"].endswith(f'filename="{offered}"')


def test_every_type_that_is_found_has_an_ending():
    assert {*BEGINNINGS, MATROSKA, *SOUND_ALONE.values(), DOCX, ODT, TEXT} == set(ENDINGS)


def test_eve_cannot_tell_bens_file_from_none(client, upload, address, eve):
    assert client.get(address).status_code == 404
    client.force_login(eve)
    hers = client.get(address)
    none = client.get(reverse("files:download", args=[upload.pk + 1]))
    assert hers.status_code == none.status_code == 404


def test_a_file_that_is_lost_is_not_there(bens, address, upload):
    upload.file.storage.delete(upload.file.name)
    assert (bens.get(address)).status_code == 404


@pytest.mark.django_db(transaction=True)
def test_no_database_connection_is_held_while_it_is_sent():
    connection.ensure_connection()
    with transaction.atomic():
        sending.release_connections()
        assert connection.connection is not None
    sending.release_connections()
    assert connection.connection is None
