"""A clip is played to everybody: one position for all, by the server's clock, whatever happens to a page's link."""

from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from outbox.changes import action
from outbox.reading import may_follow
from sessions.programme.actions import end_session, remove_session
from sessions.programme.models import Session, State
from sessions.stage.actions import hold_playing, play_together, set_source, stop_playing
from sessions.stage.models import Playing

CLIP = "clip-" + "0123456789abcdef" * 2
OTHER = "clip-" + "fedcba9876543210" * 2
BEGIN = datetime(2021, 11, 18, 2, 0, 3, 250_000, tzinfo=UTC)


@pytest.fixture
def topic(panel):
    return f"session.{panel.pk}.picture"


def play(session, **what):
    given = {"bundle": CLIP, "title": "Fiji", "seconds": 225.0, "position_ms": 0, "since": BEGIN}
    return play_together(session, **{**given, **what})


@pytest.fixture
def playing(panel):
    return play(panel)


def card(panel, **what):
    base = f"/c/icdd/sessions/{panel.pk}/hls/{CLIP}"
    return {
        "playing": {
            "url": f"{base}/master.m3u8",
            "title": "Fiji",
            "seconds": 225.0,
            "position_ms": 0,
            "since": "2021-11-18T02:00:03.250+00:00",
            "poster": f"{base}/poster.jpg",
            **what,
        }
    }


def told(events):
    return [(event.name, event.cards) for event in events]


def test_playing_reaches_open_pages_with_where_and_since_when(followed, panel, topic):
    with followed(topic) as events:
        play(panel)
    assert told(events) == [("playing.started", card(panel))]


def test_holding_and_going_on(followed, panel, playing, topic):
    with followed(topic) as events:
        hold_playing(panel, position_ms=61_250)
    assert told(events) == [("playing.held", card(panel, position_ms=61_250, since=None))]
    later = BEGIN + timedelta(minutes=2)
    with followed(topic) as events:
        play(panel, position_ms=61_250, since=later)
    assert told(events) == [("playing.started", card(panel, position_ms=61_250, since="2021-11-18T02:02:03.250+00:00"))]


def test_stopping_brings_the_source_back(followed, panel, playing, topic, olga):
    set_source(panel.pk, hls_url="https://cdn.example.org/a.m3u8", by=olga)
    with followed(topic) as events:
        stop_playing(panel)
    assert told(events) == [("playing.stopped", {"playing": None})]
    assert not Playing.objects.exists()
    assert panel.stage_source.hls_url == "https://cdn.example.org/a.m3u8"


def test_the_next_clip_takes_the_place_of_the_one_before(followed, panel, playing, topic):
    with followed(topic) as events:
        play(panel, bundle=OTHER, title="Finland")
    ((name, cards),) = told(events)
    assert (name, cards["playing"]["title"]) == ("playing.started", "Finland")
    assert Playing.objects.count() == 1


def test_what_is_done_already_is_done_quietly(followed, panel, playing, topic):
    with followed(topic, changes=False):
        play(panel)
    hold_playing(panel, position_ms=5)
    with followed(topic, changes=False):
        hold_playing(panel, position_ms=5)
    stop_playing(panel)
    with followed(topic, changes=False):
        stop_playing(panel)
        hold_playing(panel, position_ms=5)


def test_it_is_told_within_the_change_of_an_app_above(followed, panel, topic):
    @action
    def call_next():
        play(panel)
        hold_playing(panel, position_ms=10)

    with followed(topic) as events:
        call_next()
    assert [event.name for event in events] == ["playing.started", "playing.held"]
    assert events[0].cards == events[1].cards == card(panel, position_ms=10, since=None)


@pytest.mark.parametrize(
    "what",
    [
        {"bundle": "../secret"},
        {"position_ms": -1},
        {"position_ms": 225_001},
        {"since": datetime(2021, 11, 18, 2, 0, 3)},  # noqa: DTZ001  that is what is wrong with it
    ],
)
def test_what_cannot_be_is_a_mistake_of_the_caller(panel, what):
    with pytest.raises(ValueError):
        play(panel, **what)
    assert not Playing.objects.exists()


def test_it_is_held_within_the_clip(panel, playing):
    hold_playing(panel, position_ms=10_000_000)
    assert Playing.objects.get().position_ms == 225_000


def test_the_end_of_the_session_is_the_end_of_its_clip(followed, panel, playing, topic, chen):
    with followed(topic) as events:
        end_session(panel.pk, by=chen)
    assert told(events) == [("playing.stopped", {"playing": None})]


def test_a_session_that_is_removed_takes_it_along(followed, panel, playing, topic, olga):
    Session.objects.update(state=State.SCHEDULED)
    with followed(topic) as events:
        remove_session(panel.pk, by=olga)
    assert "playing.stopped" in [event.name for event in events]
    assert not Playing.objects.exists()


def test_strangers_hear_nothing_of_it(panel, playing, topic, ben, eve):
    assert (may_follow(topic, ben), may_follow(topic, eve)) == (True, False)


def test_the_page_knows_it_from_the_start_and_links_it_without_scripts(client, panel, playing, ben):
    client.force_login(ben)
    page = client.get(panel.get_absolute_url()).text
    address = card(panel)["playing"]["url"]
    assert "2021-11-18T02:00:03.250+00:00" in page
    assert f'href="{address}"' in page


@given(
    position_ms=st.integers(0, 225_000),
    held=st.booleans(),
    seconds_since=st.floats(-100, 1000),
)
def test_where_it_is(position_ms, held, seconds_since):
    playing = Playing(seconds=225.0, position_ms=position_ms, since=None if held else BEGIN)
    at = playing.position_at(BEGIN + timedelta(seconds=seconds_since))
    assert 0 <= at <= 225
    if held or seconds_since <= 0:
        assert at == position_ms / 1000
    else:
        assert at == pytest.approx(min(position_ms / 1000 + seconds_since, 225), abs=1e-5)


def test_a_moment_that_was_given_is_the_moment_that_is_kept(panel):
    now = timezone.now()
    play(panel, since=now)
    assert Playing.objects.get().since == now
