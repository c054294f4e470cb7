"""The tus protocol, as a client meets it: where an upload stands, what it takes, and whose it is."""

import base64
import hashlib
import os
from datetime import timedelta
from uuid import uuid4

import pytest
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from files import registry, resumable
from files.arrival import Arrival, Checksum
from files.fields import Arrived
from files.models import PartialUpload, Upload
from files.registry import Resumable
from files.resumable import Refused, begin_upload, finished_upload, path_on_disk, sweep, take_upload
from files.tasks import sweep_partial_uploads

CONTENT = b"%PDF-1.7\n" + bytes(range(256)) * 40
SIZE = len(CONTENT)
VERSION = {"Tus-Resumable": "1.0.0"}
CHUNK = "application/offset+octet-stream"

pytestmark = pytest.mark.django_db


@pytest.fixture
def used():
    """The uploads that something shows."""
    return set()


@pytest.fixture(autouse=True)
def statements(purpose, used, monkeypatch):
    """A purpose that takes PDF up to 1 MB from everybody, about thing 7 alone."""
    monkeypatch.setattr(registry, "_resumable", {})
    name = purpose(lambda user, upload: upload.owner_id == user.pk)
    registry.register_resumable(
        name,
        Resumable(
            ("application/pdf",),
            1_000_000,
            may_begin=lambda user, about: about == 7,
            is_used=lambda upload: upload.pk in used,
        ),
    )
    return name


@pytest.fixture
def bens(client, ben):
    client.force_login(ben)
    return client


@pytest.fixture
def eves(eve):
    client = Client()
    client.force_login(eve)
    return client


def metadata(**told) -> str:
    return ",".join(f"{name} {base64.b64encode(str(value).encode()).decode()}" for name, value in told.items())


def create(client, size=SIZE, *, body=b"", content_type="", **told):
    told = {"filename": "Statement.pdf", "purpose": "test", "about": 7, **told}
    headers = {**VERSION, "Upload-Length": str(size), "Upload-Metadata": metadata(**told)}
    return client.post(reverse("files:uploads"), body, content_type=content_type or "text/plain", headers=headers)


@pytest.fixture
def address(bens):
    """Of an upload that Ben began."""
    return create(bens)["Location"]


def patch(client, address, at, chunk, **headers):
    return client.patch(address, chunk, content_type=CHUNK, headers={**VERSION, "Upload-Offset": str(at), **headers})


def offset(client, address) -> int:
    return int(client.head(address, headers=VERSION)["Upload-Offset"])


def the_one() -> PartialUpload:
    return PartialUpload.objects.get()


def words(answer) -> str:
    return answer.json()["refused"]["message"]


# Core


def test_what_is_understood_is_said_to_anybody(client):
    answer = client.options(reverse("files:uploads"))
    assert answer.status_code == 204
    assert {name: answer[name] for name in answer.headers if name.startswith("Tus-")} == {
        "Tus-Resumable": "1.0.0",
        "Tus-Version": "1.0.0",
        "Tus-Extension": "creation,creation-with-upload,expiration,termination,checksum",
        "Tus-Max-Size": str(20 * 1024**3),
        "Tus-Checksum-Algorithm": "sha1,sha256",
    }


@pytest.mark.parametrize("version", [{}, {"Tus-Resumable": "0.2.2"}])
def test_another_version_is_refused_with_ours(bens, address, version):
    answer = bens.head(address, headers=version)
    assert (answer.status_code, answer["Tus-Version"]) == (412, "1.0.0")


def test_an_upload_is_created_continued_and_looked_at(bens, address):
    first = patch(bens, address, 0, CONTENT[:1000])
    assert (first.status_code, first["Upload-Offset"], first["Tus-Resumable"]) == (204, "1000", "1.0.0")
    look = bens.head(address, headers=VERSION)
    told = {name: look[name] for name in ("Upload-Offset", "Upload-Length", "Cache-Control", "Upload-Metadata")}
    assert told == {
        "Upload-Offset": "1000",
        "Upload-Length": str(len(CONTENT)),
        "Cache-Control": "no-store",
        "Upload-Metadata": metadata(filename="Statement.pdf", purpose="test", about=7),
    }
    assert patch(bens, address, 1000, CONTENT[1000:])["Upload-Offset"] == str(len(CONTENT))
    assert path_on_disk(the_one()).read_bytes() == CONTENT


@pytest.mark.parametrize("at", [0, 999, 1001])
def test_a_part_for_another_place_changes_nothing(bens, address, at):
    patch(bens, address, 0, CONTENT[:1000])
    assert patch(bens, address, at, b"x" * 10).status_code == 409
    assert offset(bens, address) == 1000
    assert path_on_disk(the_one()).read_bytes() == CONTENT[:1000]


@pytest.mark.parametrize("at", ["", "-1", "1e3", "٣", str(2**63)])
def test_a_place_that_is_no_number_is_refused(bens, address, at):
    assert patch(bens, address, at, b"x").status_code == 400


def test_a_part_of_another_type_is_refused(bens, address):
    headers = {**VERSION, "Upload-Offset": "0"}
    assert bens.patch(address, CONTENT, content_type="application/pdf", headers=headers).status_code == 415


def test_a_part_beyond_the_declared_size_is_refused_whole(bens, address):
    patch(bens, address, 0, CONTENT[:1000])
    assert patch(bens, address, 1000, CONTENT[1000:] + b"x").status_code == 413
    assert offset(bens, address) == 1000


def test_a_network_without_patch(bens, address):
    headers = {**VERSION, "X-HTTP-Method-Override": "PATCH", "Upload-Offset": "0"}
    assert bens.post(address, CONTENT, content_type=CHUNK, headers=headers)["Upload-Offset"] == str(len(CONTENT))


def test_what_there_is_no_verb_for(bens, address):
    assert bens.put(address, headers=VERSION).status_code == 405
    assert bens.get(address, headers={**VERSION, "X-HTTP-Method-Override": "DELETE"}).status_code == 405


# Creation


@pytest.mark.parametrize("size", ["", "0", "-5", "x", str(2**63)])
def test_a_size_that_is_none_is_refused(bens, size):
    assert create(bens, size).status_code == 400
    assert not PartialUpload.objects.exists()


@pytest.mark.parametrize(
    ("told", "status"),
    [({"about": 8}, 404), ({"purpose": "nothing"}, 404), ({"about": "x"}, 400), ({"key": "no key"}, 400)],
)
def test_what_may_not_begin_does_not(bens, told, status):
    assert create(bens, **told).status_code == status
    assert not PartialUpload.objects.exists()


@pytest.mark.parametrize("raw", ["filename %%%", "x" * 5000])
def test_metadata_that_cannot_be_read_are_refused(bens, raw):
    headers = {**VERSION, "Upload-Length": "5", "Upload-Metadata": raw}
    assert bens.post(reverse("files:uploads"), headers=headers).status_code == 400


def test_more_than_the_purpose_takes_is_refused_before_a_byte_is_sent(bens):
    answer = create(bens, 1_000_001)
    assert (answer.status_code, words(answer)) == (413, "This file is 976.6\xa0KB. It can be 976.6\xa0KB at most.")
    assert create(bens, 1_000_000).status_code == 201


def test_a_creation_that_is_sent_again_begins_once(bens):
    key = uuid4()
    assert create(bens, key=key)["Location"] == create(bens, key=key)["Location"]
    assert create(bens, size=5, key=key).status_code == 409
    assert PartialUpload.objects.count() == 1


def test_a_creation_may_bring_the_first_part(bens):
    answer = create(bens, body=CONTENT[:500], content_type=CHUNK)
    assert (answer.status_code, answer["Upload-Offset"]) == (201, "500")
    assert offset(bens, answer["Location"]) == 500


def test_such_a_creation_that_is_sent_again_says_where_it_stands(bens):
    key = uuid4()
    create(bens, body=CONTENT[:500], content_type=CHUNK, key=key)
    answer = create(bens, body=CONTENT[:500], content_type=CHUNK, key=key)
    assert (answer.status_code, answer["Upload-Offset"]) == (201, "500")
    assert path_on_disk(the_one()).read_bytes() == CONTENT[:500]


# Checksum


@pytest.mark.parametrize("algorithm", ["sha1", "sha256"])
def test_a_part_is_kept_if_its_checksum_fits(bens, address, algorithm):
    digest = base64.b64encode(hashlib.new(algorithm, CONTENT[:1000]).digest()).decode()
    wrong = patch(bens, address, 0, CONTENT[1:1001], **{"Upload-Checksum": f"{algorithm} {digest}"})
    assert wrong.status_code in (415, 460)
    assert offset(bens, address) == 0
    right = patch(bens, address, 0, CONTENT[:1000], **{"Upload-Checksum": f"{algorithm} {digest}"})
    assert (right.status_code, right["Upload-Offset"]) == (204, "1000")
    later = patch(bens, address, 1000, CONTENT[1000:], **{"Upload-Checksum": f"{algorithm} {digest}"})
    assert later.status_code == 460
    assert offset(bens, address) == 1000
    assert path_on_disk(the_one()).read_bytes() == CONTENT[:1000]


@pytest.mark.parametrize("given", ["md5 AAAA", "sha1 %%%", "sha1"])
def test_a_checksum_that_cannot_be_checked_is_refused(bens, address, given):
    answer = patch(bens, address, 0, CONTENT, **{"Upload-Checksum": given})
    assert answer.status_code in (400, 460)
    assert offset(bens, address) == 0


def test_what_broke_off_cannot_be_checked_and_is_not_kept(ben):
    begun = begin_upload(purpose="test", about=7, name="a.pdf", size=len(CONTENT), by=ben)
    arrival = Arrival(begun, at=0, checksum=Checksum("sha256", hashlib.sha256(CONTENT).digest()))
    arrival.open()
    arrival.write(CONTENT[:5000])
    arrival.end(whole=False)
    assert arrival.at == the_one().offset == path_on_disk(begun).stat().st_size == 0


# What it is


def test_what_cannot_become_what_is_accepted_is_refused_by_its_first_part(bens):
    address = create(bens, 900_000)["Location"]
    answer = patch(bens, address, 0, b"GIF89a" * 2000)
    assert (answer.status_code, offset(bens, address)) == (415, 0)
    assert "not of a kind" in words(answer)


def test_also_where_the_first_parts_are_tiny(bens):
    address = create(bens, 9_000)["Location"]
    assert patch(bens, address, 0, b"GIF89a").status_code == 204
    assert patch(bens, address, 6, b"x" * 5000).status_code == 415
    assert offset(bens, address) == 6


# Whose it is


def test_it_is_nobody_elses(bens, eves, address):
    none = reverse("files:upload", args=["x" * 43])
    answers = [
        [eves.head(where, headers=VERSION), patch(eves, where, 0, CONTENT), eves.delete(where, headers=VERSION)]
        for where in (address, none)
    ]
    told = [[(answer.status_code, answer.content) for answer in three] for three in answers]
    assert told[0] == told[1]
    assert {status for status, _ in told[0]} == {404}
    assert offset(bens, address) == 0


def test_whoever_is_not_signed_in_is_told_so_whether_it_is_there_or_not(client, bens, address):
    stranger = Client()
    for where in (address, reverse("files:upload", args=["x" * 43])):
        assert [stranger.head(where, headers=VERSION).status_code, patch(stranger, where, 0, b"").status_code] == [
            403
        ] * 2
    assert create(stranger).status_code == 403


def test_a_page_of_another_site_cannot_send(ben, address):
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(ben)
    assert create(strict).status_code == 403
    assert patch(strict, address, 0, CONTENT).status_code == 403


# The end


def test_what_arrived_is_taken_in_once(bens, address, ben, settings):
    patch(bens, address, 0, CONTENT)
    public_id = the_one().public_id
    before = path_on_disk(the_one()).stat().st_ino
    upload = finished_upload(public_id, purpose="test", about=7, by=ben)
    assert finished_upload(public_id, purpose="test", about=7, by=ben) == upload
    assert Upload.objects.count() == 1
    assert (upload.name, upload.size, upload.content_type, upload.sha256, upload.owner) == (
        "Statement.pdf",
        len(CONTENT),
        "application/pdf",
        hashlib.sha256(CONTENT).hexdigest(),
        ben,
    )
    with upload.file.open() as file:
        assert file.read() == CONTENT
        assert os.fstat(file.fileno()).st_ino == before, "the file was copied"


@pytest.mark.parametrize("wrong", [{"about": 8}, {"about": None}, {"purpose": "other"}, {"public_id": "x" * 43}])
def test_it_is_taken_in_for_what_it_was_begun_alone(bens, address, ben, wrong):
    patch(bens, address, 0, CONTENT)
    asked = {"public_id": the_one().public_id, "purpose": "test", "about": 7, **wrong}
    with pytest.raises(ValidationError, match="Choose the file again"):
        finished_upload(asked.pop("public_id"), by=ben, **asked)


def test_it_is_taken_in_for_nobody_else(bens, address, eve):
    patch(bens, address, 0, CONTENT)
    with pytest.raises(ValidationError, match="Choose the file again"):
        finished_upload(the_one().public_id, purpose="test", about=7, by=eve)


def test_what_is_not_all_here_is_not_taken_in(bens, address, ben):
    patch(bens, address, 0, CONTENT[:-1])
    with pytest.raises(ValidationError, match="still arriving"):
        finished_upload(the_one().public_id, purpose="test", about=7, by=ben)
    assert patch(bens, address, len(CONTENT) - 1, CONTENT[-1:]).status_code == 204


def test_what_is_refused_for_its_content_is_given_up(
    bens, address, ben, statements, monkeypatch, django_capture_on_commit_callbacks
):
    patch(bens, address, 0, CONTENT)
    begun = the_one()
    monkeypatch.setitem(registry._resumable, "test", Resumable(("video/mp4",), 10**6, bool, bool))
    with django_capture_on_commit_callbacks(execute=True), pytest.raises(ValidationError, match="not of a kind"):
        finished_upload(begun.public_id, purpose="test", about=7, by=ben)
    assert not PartialUpload.objects.exists()
    assert not path_on_disk(begun).exists()


def test_a_form_takes_either_in(bens, address, ben):
    patch(bens, address, 0, CONTENT)
    ahead = take_upload(Arrived(the_one().public_id), purpose="test", about=7, by=ben)
    beside = take_upload(SimpleUploadedFile("Statement.pdf", CONTENT), purpose="test", about=7, by=ben)
    assert (ahead.sha256, ahead.name, ahead.content_type) == (beside.sha256, beside.name, beside.content_type)


def test_what_is_in_use_goes_on_no_more(bens, address, ben, used):
    patch(bens, address, 0, CONTENT)
    upload = finished_upload(the_one().public_id, purpose="test", about=7, by=ben)
    assert bens.head(address, headers=VERSION).status_code == 200
    used.add(upload.pk)
    assert bens.head(address, headers=VERSION).status_code == 410


def test_it_can_be_given_up(bens, address, django_capture_on_commit_callbacks):
    patch(bens, address, 0, CONTENT[:100])
    path = path_on_disk(the_one())
    with django_capture_on_commit_callbacks(execute=True):
        assert bens.delete(address, headers=VERSION).status_code == 204
    assert not path.exists()
    assert bens.head(address, headers=VERSION).status_code == 404


def test_so_can_one_that_was_taken_in_and_that_nothing_shows(bens, address, ben, django_capture_on_commit_callbacks):
    patch(bens, address, 0, CONTENT)
    path = path_on_disk(the_one())
    finished_upload(the_one().public_id, purpose="test", about=7, by=ben)
    with django_capture_on_commit_callbacks(execute=True):
        bens.delete(address, headers=VERSION)
    assert (path.exists(), Upload.objects.count(), PartialUpload.objects.count()) == (False, 0, 0)


# Time and room


def expire():
    PartialUpload.objects.update(expires_at=timezone.now() - timedelta(seconds=1))


def test_every_part_prolongs_it(bens, address):
    soon = timezone.now() + timedelta(minutes=1)
    PartialUpload.objects.update(expires_at=soon)
    answer = patch(bens, address, 0, CONTENT[:10])
    assert the_one().expires_at > soon
    assert answer["Upload-Expires"] == bens.head(address, headers=VERSION)["Upload-Expires"]


def test_what_nobody_continued_goes_with_its_bytes(bens, address, django_capture_on_commit_callbacks):
    patch(bens, address, 0, CONTENT[:100])
    going_on = create(bens)["Location"]
    path = path_on_disk(PartialUpload.objects.first())
    PartialUpload.objects.filter(offset=100).update(expires_at=timezone.now() - timedelta(seconds=1))
    assert bens.head(address, headers=VERSION).status_code == 410
    assert patch(bens, address, 100, CONTENT[100:]).status_code == 410
    with django_capture_on_commit_callbacks(execute=True):
        sweep_partial_uploads()
    assert not path.exists()
    assert bens.head(address, headers=VERSION).status_code == 404
    assert bens.head(going_on, headers=VERSION).status_code == 200


@pytest.mark.parametrize("is_used", [True, False])
def test_what_was_taken_in_stays_if_something_shows_it(
    bens, address, ben, used, is_used, django_capture_on_commit_callbacks
):
    patch(bens, address, 0, CONTENT)
    path = path_on_disk(the_one())
    upload = finished_upload(the_one().public_id, purpose="test", about=7, by=ben)
    used |= {upload.pk} if is_used else set()
    expire()
    with django_capture_on_commit_callbacks(execute=True):
        assert sweep() == 1
    assert (path.exists(), Upload.objects.exists(), PartialUpload.objects.exists()) == (is_used, is_used, False)


def test_one_person_has_so_many_under_way(bens, eves, monkeypatch, used, ben):
    monkeypatch.setattr(resumable, "MOST_AT_ONCE", 2)
    address = create(bens)["Location"]
    create(bens)
    answer = create(bens)
    assert (answer.status_code, words(answer)[:33]) == (409, "You have 2 unfinished uploads. Fi")
    assert create(eves).status_code == 201
    patch(bens, address, 0, CONTENT)
    upload = finished_upload(PartialUpload.objects.get(offset__gt=0).public_id, purpose="test", about=7, by=ben)
    assert create(bens).status_code == 409
    used.add(upload.pk)
    assert create(bens).status_code == 201


def test_and_so_many_bytes(bens, monkeypatch):
    monkeypatch.setattr(resumable, "MOST_BYTES", 1_500_000)
    create(bens, 1_000_000)
    assert create(bens, 500_001).status_code == 409
    assert create(bens, 500_000).status_code == 201
    expire()
    assert create(bens, 1_000_000).status_code == 201


# The disk


def test_two_requests_do_not_write_at_once(ben):
    begun = begin_upload(purpose="test", about=7, name="a.pdf", size=len(CONTENT), by=ben)
    first, second = Arrival(begun, at=0), Arrival(begun, at=0)
    first.open()
    with pytest.raises(Refused, match="423"):
        second.open()
    first.write(CONTENT[:10])
    first.end(whole=False)
    with pytest.raises(Refused, match="409"):
        second.open()
    third = Arrival(begun, at=10)
    third.open()
    third.write(CONTENT[10:])
    third.end(whole=True)
    assert path_on_disk(begun).read_bytes() == CONTENT


def test_what_a_killed_server_did_not_vouch_for_is_written_anew(bens, address):
    patch(bens, address, 0, CONTENT[:100])
    with path_on_disk(the_one()).open("ab") as file:
        file.write(b"what the disk made of it" * 1000)
    patch(bens, address, 100, CONTENT[100:])
    assert path_on_disk(the_one()).read_bytes() == CONTENT


def test_bytes_that_are_lost_are_not_counted_on(bens, address):
    patch(bens, address, 0, CONTENT[:100])
    path_on_disk(the_one()).unlink()
    assert patch(bens, address, 100, CONTENT[100:]).status_code == 410


def test_one_that_is_given_up_under_the_hands_leaves_no_file(bens, address, django_capture_on_commit_callbacks):
    begun = the_one()
    arrival = Arrival(begun, at=0)
    arrival.open()
    arrival.write(CONTENT[:100])
    with django_capture_on_commit_callbacks(execute=True):
        bens.delete(address, headers=VERSION)
    with pytest.raises(Refused, match="410"):
        arrival.end(whole=True)
    with pytest.raises(Refused, match="410"):
        Arrival(begun, at=0).open()
    assert not path_on_disk(begun).exists()


def test_a_full_disk_keeps_what_fitted(bens, address, monkeypatch):
    patch(bens, address, 0, CONTENT[:100])

    def full(*_):
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as broken:
        broken.setattr("files.arrival.os.pwrite", full)
        answer = patch(bens, address, 100, CONTENT[100:])
    assert (answer.status_code, offset(bens, address)) == (507, 100)
    assert patch(bens, address, 100, CONTENT[100:]).status_code == 204


class BadLink(RuleBasedStateMachine):
    """A client that sends parts of any length, breaks off anywhere, repeats itself, and asks where it stands."""

    owner = None

    @initialize(size=st.integers(1, 60_000))
    def begin(self, size):
        self.content = (CONTENT * 6)[:size] if size > 9 else b"%PDF-1.7\n"[:9]
        self.begun = begin_upload(purpose="test", about=7, name="a.pdf", size=len(self.content), by=self.owner)
        self.known = 0
        self.least = 0

    def _send(self, at, length, pieces, *, whole):
        part = self.content[at : at + length]
        arrival = Arrival(self.begun, at=at)
        arrival.open()
        step = max(1, len(part) // pieces)
        try:
            for start in range(0, len(part), step):
                arrival.write(part[start : start + step])
        finally:
            arrival.end(whole=whole)
        return arrival.at

    @rule(length=st.integers(0, 30_000), pieces=st.integers(1, 5), answered=st.booleans(), whole=st.booleans())
    def send(self, length, pieces, answered, whole):
        stands = PartialUpload.objects.get(pk=self.begun.pk).offset
        if self.known != stands:
            with pytest.raises(Refused, match="409"):
                self._send(self.known, length, pieces, whole=whole)
            return
        at = self._send(self.known, length, pieces, whole=whole)
        assert at == min(self.known + length, len(self.content))
        if answered and whole:
            self.known = at

    @rule()
    def ask(self):
        self.known = PartialUpload.objects.get(pk=self.begun.pk).offset

    @rule(rubbish=st.binary(max_size=100))
    def is_killed_while_it_writes(self, rubbish):
        path = path_on_disk(self.begun)
        if path.exists():
            with path.open("ab") as file:
                file.write(rubbish[: len(self.content) - path.stat().st_size])

    @precondition(lambda self: hasattr(self, "begun"))
    @invariant()
    def nothing_that_was_kept_is_lost_or_changed(self):
        stands = PartialUpload.objects.get(pk=self.begun.pk).offset
        assert stands >= self.least
        self.least = stands
        if stands:
            assert path_on_disk(self.begun).read_bytes()[:stands] == self.content[:stands]

    def teardown(self):
        if not hasattr(self, "begun"):
            return
        self.ask()
        if self.known < len(self.content):
            self._send(self.known, len(self.content), 3, whole=True)
        upload = finished_upload(self.begun.public_id, purpose="test", about=7, by=self.owner)
        assert upload.sha256 == hashlib.sha256(self.content).hexdigest()
        Upload.objects.all().delete()


def test_any_parts_over_any_link_come_to_the_same_file(ben, monkeypatch):
    monkeypatch.setattr(BadLink, "owner", ben)
    run_state_machine_as_test(BadLink, settings=settings(max_examples=40, stateful_step_count=12, deadline=None))


@given(lengths=st.lists(st.integers(1, 4000), min_size=1, max_size=12))
@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_split_by_http_comes_to_the_same_file(bens, ben, lengths):
    address = create(bens)["Location"]
    at = 0
    for length in [*lengths, len(CONTENT)]:
        part = CONTENT[at : at + length]
        assert not part or patch(bens, address, at, part).status_code == 204
        at += len(part)
    public_id = address.rstrip("/").rpartition("/")[2]
    assert finished_upload(public_id, purpose="test", about=7, by=ben).sha256 == hashlib.sha256(CONTENT).hexdigest()
    Upload.objects.all().delete()
