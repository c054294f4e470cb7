"""What two forms, or two windows of one person, ask in the same moment."""

from uuid import uuid4

import pytest

from files.arrival import Arrival
from files.models import PartialUpload, Upload
from files.resumable import MOST_AT_ONCE, begin_upload
from sessions.stage.rules import PURPOSE

pytestmark = pytest.mark.django_db(transaction=True)

ROUNDS = 5


@pytest.fixture
def begin(panel, olga):
    """A job: Olga begins to send a film."""
    return {"do": "begin_upload", "with": {"by": olga.pk, "about": panel.pk}}


def fill(panel, olga):
    """There is room for one more."""
    PartialUpload.objects.all().delete()
    for _ in range(MOST_AT_ONCE - 1):
        begin_upload(purpose=PURPOSE, about=panel.pk, name="a.mp4", size=5, by=olga)


def test_the_last_room_is_given_once(racers, begin, panel, olga):
    for _ in range(ROUNDS):
        fill(panel, olga)
        assert sorted(racers.race([begin] * 4)) == ["409", "409", "409", "done"]
        assert PartialUpload.objects.count() == MOST_AT_ONCE


def test_without_its_lock_it_would_be_given_twice(racers, begin, panel, olga):
    """The control: if this passed without locks, the test above would prove nothing. SQLite refuses to go on."""
    for _ in range(20):
        fill(panel, olga)
        went = racers.race([begin | {"unlocked": True}] * 4)
        if PartialUpload.objects.count() > MOST_AT_ONCE or any("error" in how for how in went):
            return
    pytest.fail("twenty races without a lock, and the last room was given once: these tests cannot see a race")


def test_one_key_begins_once_however_many_send_it(racers, begin):
    for _ in range(ROUNDS):
        PartialUpload.objects.all().delete()
        job = {**begin, "with": {**begin["with"], "key": str(uuid4())}}
        assert racers.race([job] * 4) == ["done"] * 4
        assert PartialUpload.objects.count() == 1


def test_a_form_that_is_sent_twice_takes_its_film_in_once(racers, panel, olga, film, settings):
    content = film()
    for _ in range(ROUNDS):
        begun = begin_upload(purpose=PURPOSE, about=panel.pk, name="a.mp4", size=len(content), by=olga)
        arrival = Arrival(begun, at=0)
        arrival.open()
        arrival.write(content)
        arrival.end(whole=True)
        told = {
            "public_id": begun.public_id, "by": olga.pk, "about": panel.pk, "media_root": str(settings.MEDIA_ROOT),
        }  # fmt: skip
        went = racers.race([{"do": "take_upload_in", "with": told}] * 4)
        assert went == [str(Upload.objects.get().pk)] * 4
        Upload.objects.all().delete()
