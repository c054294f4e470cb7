"""A film on the big screen: for whoever has its address, and for nobody else."""

import pytest
from django.utils import timezone

from outbox.reading import may_follow, snapshot
from sessions.floor.actions.setting import renew_screen_key
from sessions.floor.models import Floor, Speakers
from sessions.stage.actions import hold_playing, play_together, stop_playing
from sessions.stage.bundles import new_clip_name


@pytest.fixture
def floor(panel):
    return Floor.objects.create(session=panel, speakers=Speakers.DELEGATIONS)


def topic(floor):
    return f"screen.{floor.pk}.{floor.screen_key}.film"


def play(panel):
    return play_together(panel, bundle=new_clip_name(), title="Fiji", seconds=60, position_ms=0, since=timezone.now())


def test_the_screen_hears_of_a_film_as_the_hall_does(panel, floor, followed):
    with followed(topic(floor), f"session.{panel.pk}.picture"):
        playing = play(panel)
    with followed(topic(floor)):
        hold_playing(panel, position_ms=5_000)
    with followed(topic(floor)):
        stop_playing(panel)
    assert playing.bundle


def test_its_address_is_of_the_screen_and_needs_no_sign_in(panel, floor, client):
    play(panel)
    card = snapshot(topic(floor)).cards["playing"]
    assert card["url"].startswith(f"/f/{floor.pk}/{floor.screen_key}/hls/")
    # The name is right and the key is right, and the bundle has no such file: all that is missing is the file.
    assert client.get(card["url"]).status_code == 404


def test_the_key_opens_the_film_and_a_wrong_or_renewed_one_nothing(panel, floor, client, chen, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    playing = play(panel)
    folder = tmp_path / "hls" / str(panel.pk) / playing.bundle
    folder.mkdir(parents=True)
    (folder / "master.m3u8").write_text("#EXTM3U\n")
    address = snapshot(topic(floor)).cards["playing"]["url"]
    assert client.get(address).status_code == 200
    assert client.get(address.replace(str(floor.screen_key), "123456789012345678")).status_code == 404
    renew_screen_key(panel.pk, by=chen)
    assert client.get(address).status_code == 404


def test_only_the_key_follows(panel, floor, ada, eve):
    for person in (ada, eve):
        assert may_follow(topic(floor), person)
        assert not may_follow(f"screen.{floor.pk}.123456789012345678.film", person)


def test_without_a_floor_there_is_no_screen_to_tell(panel, followed):
    with followed(f"session.{panel.pk}.picture"):
        play(panel)
