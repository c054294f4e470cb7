"""An organiser sets the picture; open pages of those who may enter switch to it, and nobody else hears of it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from files.models import Upload
from outbox.errors import Invalid, NotAllowed, NotThere
from outbox.reading import may_follow
from sessions.programme.actions import remove_session
from sessions.programme.models import Access, Session, State
from sessions.stage.actions import clear_source, set_source
from sessions.stage.models import StageSource
from sessions.stage.rules import is_hls_address

ADDRESS = "https://cdn.example.org/panel-2/master.m3u8"
OTHER = "https://cdn.example.org/panel-3/master.m3u8"


@pytest.fixture
def topic(panel):
    return f"session.{panel.pk}.picture"


def test_setting_an_address_reaches_open_pages(followed, panel, olga, topic):
    with followed(topic) as events:
        set_source(panel.pk, hls_url=ADDRESS, title="The opening film", by=olga)
    (event,) = events
    assert event.name == "stage_source.changed"
    assert event.cards == {
        "stage_source": {
            "kind": "hls",
            "url": ADDRESS,
            "content_type": "application/vnd.apple.mpegurl",
            "has_picture": True,
            "title": "The opening film",
            "repeats": False,
            "seconds": None,
        }
    }


def test_a_film_takes_an_addresss_place(followed, picture, stored, panel, olga, topic):
    upload = stored(olga)
    with followed(topic) as events:
        set_source(panel.pk, upload_id=upload.pk, by=olga)
    (event,) = events
    card = event.cards["stage_source"]
    assert (card["kind"], card["url"], card["content_type"]) == ("file", f"/files/{upload.pk}/", "video/mp4")
    assert card["seconds"] == pytest.approx(0.5)


def test_a_film_is_deleted_when_something_takes_its_place(
    followed, stored, panel, olga, topic, django_capture_on_commit_callbacks
):
    upload = stored(olga)
    set_source(panel.pk, upload_id=upload.pk, by=olga)
    with django_capture_on_commit_callbacks(execute=True), followed(topic) as events:
        set_source(panel.pk, hls_url=ADDRESS, by=olga)
    assert [event.name for event in events] == ["stage_source.changed"]
    assert not Upload.objects.exists()
    assert not upload.file.storage.exists(upload.path)


def test_clearing_takes_it_from_open_pages(followed, picture, panel, olga, topic):
    with followed(topic) as events:
        clear_source(panel.pk, by=olga)
    assert [(event.name, event.cards) for event in events] == [("stage_source.cleared", {"stage_source": None})]


def test_clearing_deletes_the_film(followed, stored, panel, olga, topic):
    set_source(panel.pk, upload_id=stored(olga).pk, by=olga)
    with followed(topic):
        clear_source(panel.pk, by=olga)
    assert not Upload.objects.exists()


def test_what_is_done_already_is_done_quietly(followed, picture, panel, olga, topic):
    with followed(topic, changes=False):
        set_source(panel.pk, hls_url=ADDRESS, by=olga)
    clear_source(panel.pk, by=olga)
    with followed(topic, changes=False):
        clear_source(panel.pk, by=olga)


def test_only_organisers_set_and_clear(picture, panel, ada, ben, chen):
    for person in (ada, ben, chen):
        with pytest.raises(NotAllowed):
            set_source(panel.pk, hls_url=OTHER, by=person)
        with pytest.raises(NotAllowed):
            clear_source(panel.pk, by=person)
    assert StageSource.objects.get().hls_url == ADDRESS


def test_eve_cannot_tell_the_session_from_none(panel, eve):
    for session_id in (panel.pk, panel.pk + 1):
        with pytest.raises(NotThere):
            set_source(session_id, hls_url=OTHER, by=eve)
        with pytest.raises(NotThere):
            clear_source(session_id, by=eve)


def test_somebody_elses_film_is_not_there(panel, stored, olga, ben):
    with pytest.raises(NotThere):
        set_source(panel.pk, upload_id=stored(ben).pk, by=olga)


def test_a_film_that_is_shown_in_another_session_is_not_free(panel, conference, room, stored, olga):
    other = type(panel).objects.create(
        conference=conference, room=room, title="Two", starts_at=panel.starts_at, ends_at=panel.ends_at
    )
    upload = stored(olga)
    set_source(other.pk, upload_id=upload.pk, by=olga)
    with pytest.raises(NotThere):
        set_source(panel.pk, upload_id=upload.pk, by=olga)


def test_neither_and_both_are_invalid(panel, stored, olga):
    for what in ({}, {"hls_url": ADDRESS, "upload_id": stored(olga).pk}):
        with pytest.raises(Invalid):
            set_source(panel.pk, by=olga, **what)


# Who may follow and read


def test_the_picture_is_for_whoever_may_enter(panel, topic, ada, ben, chen, olga, eve):
    assert [may_follow(topic, person) for person in (ada, ben, chen, olga, eve)] == [True] * 4 + [False]
    assert not may_follow("session.999999.picture", olga)


def test_a_film_is_read_by_whoever_may_enter(client, panel, stored, olga, ben, eve):
    upload = stored(olga)
    address = f"/files/{upload.pk}/"
    answers = []
    for shown in (False, True):
        if shown:
            set_source(panel.pk, upload_id=upload.pk, by=olga)
        for person in (olga, ben, eve):
            client.force_login(person)
            answers.append(client.head(address).status_code)
    assert answers == [200, 404, 404, 200, 200, 404]


def test_the_public_reads_the_film_of_a_public_session(client, panel, stored, olga):
    panel.access = Access.PUBLIC
    panel.save()
    upload = stored(olga)
    set_source(panel.pk, upload_id=upload.pk, by=olga)
    assert client.head(f"/files/{upload.pk}/").status_code == 200


# Which addresses can play


@pytest.mark.parametrize(
    ("address", "plays"),
    [
        ("https://cdn.example.org/live.m3u8", True),
        ("https://cdn.example.org:8443/a/live.m3u8?token=a%20b", True),
        ("/c/icdd/sessions/1/hls/0123456789ab/master.m3u8", True),
        ("http://cdn.example.org/live.m3u8", False),
        ("//cdn.example.org/live.m3u8", False),
        ("https:///live.m3u8", False),
        ("https://user:secret@cdn.example.org/live.m3u8", False),
        ("https://cdn.example.org/watch?v=live.m3u8", False),
        ("https://www.youtube.com/watch?v=1", False),
        ("javascript:alert(1)//.m3u8", False),
        ("data:application/vnd.apple.mpegurl,.m3u8", False),
        ("/\\evil.example/live.m3u8", False),
        ("/live .m3u8", False),
        ("https://[half/live.m3u8", False),
        ("", False),
    ],
)
def test_an_address_is_a_playlist_over_https_or_here(address, plays):
    assert is_hls_address(address) is plays


@given(st.text(max_size=60))
def test_no_text_breaks_the_judgement(text):
    assert is_hls_address(text) in (True, False)
    assert is_hls_address(f"{text}.m3u8") in (True, False)


def test_the_film_of_a_session_goes_with_it(followed, stored, panel, olga, topic, django_capture_on_commit_callbacks):
    Session.objects.update(state=State.SCHEDULED)
    set_source(panel.pk, upload_id=stored(olga).pk, by=olga)
    with django_capture_on_commit_callbacks(execute=True), followed(topic) as events:
        remove_session(panel.pk, by=olga)
    assert [event.name for event in events] == ["stage_source.cleared"]
    assert not Upload.objects.exists()
    assert not Session.objects.exists()
