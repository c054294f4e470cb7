"""Bundles of our own: made by a job, read by whoever may enter, one file at a time and no other file."""

import av
import pytest
from asgiref.sync import async_to_sync
from django.core.cache import cache
from django.core.management import CommandError, call_command

from jobs.actions import carry_out, claim
from jobs.models import Job, State
from sessions.programme.models import Access
from sessions.stage import bundles, demo
from sessions.stage.models import StageSource

pytestmark = pytest.mark.anywhere


@pytest.fixture(autouse=True)
def fresh_cache():
    cache.clear()
    yield
    cache.clear()


@pytest.fixture
def bundle(panel, settings):
    """A bundle of one playlist and one segment, and a secret beside it."""
    name = "0123456789ab"
    folder = bundles.folder(panel.pk) / name
    folder.mkdir(parents=True)
    (folder / "master.m3u8").write_text("#EXTM3U\n")
    (folder / "360p-000.m4s").write_bytes(bytes(range(200)))
    (settings.MEDIA_ROOT / "secret.m3u8").write_text("secret")
    return f"/c/icdd/sessions/{panel.pk}/hls/{name}"


@async_to_sync
async def body(response):
    return b"".join([chunk async for chunk in response.streaming_content])


def test_playlists_are_asked_for_anew_and_segments_are_kept(client, bundle, ben):
    client.force_login(ben)
    playlist = client.get(f"{bundle}/master.m3u8")
    segment = client.get(f"{bundle}/360p-000.m4s", headers={"Range": "bytes=5-9"})
    assert body(playlist) == b"#EXTM3U\n"
    assert body(segment) == bytes(range(5, 10))
    assert (playlist["Content-Type"], segment["Content-Type"]) == ("application/vnd.apple.mpegurl", "video/mp4")
    assert (playlist["Cache-Control"], segment["Cache-Control"]) == (
        "private, no-cache",
        "private, max-age=3600, immutable",
    )
    assert (playlist.status_code, segment.status_code) == (200, 206)


@pytest.mark.parametrize("number", ["9" * 18, "9" * 19, "9" * 5000, "0" * 300 + "1", "-1"])
def test_a_number_that_no_session_has_is_no_file(client, bundle, number):
    name = "0123456789ab/master.m3u8"
    for address in (f"/c/icdd/sessions/{number}/hls/{name}", f"/f/{number}/1/hls/{name}"):
        assert client.get(address).status_code == 404


def test_it_is_for_whoever_may_enter(client, bundle, panel, ada, ben, olga, eve):
    address = f"{bundle}/master.m3u8"
    assert client.head(address).status_code == 404
    answers = []
    for person in (ada, ben, olga, eve):
        client.force_login(person)
        answers.append(client.head(address).status_code)
    assert answers == [200, 200, 200, 404]
    client.logout()
    panel.access = Access.PUBLIC
    panel.save()
    assert client.head(address).status_code == 200


def test_asking_again_costs_no_queries_but_for_who_asks(client, bundle, ben, django_assert_num_queries):
    client.force_login(ben)
    client.head(f"{bundle}/master.m3u8")
    with django_assert_num_queries(2):  # the browser's session and its person
        client.head(f"{bundle}/360p-000.m4s")


def test_a_yes_in_one_session_is_none_in_another(client, bundle, panel, conference, room, ben):
    closed = type(panel).objects.create(
        conference=conference,
        room=room,
        title="Two",
        starts_at=panel.starts_at,
        ends_at=panel.ends_at,
        access=Access.CLOSED,
    )
    bundles.folder(panel.pk).rename(bundles.folder(closed.pk))
    client.force_login(ben)
    client.head(f"{bundle}/master.m3u8")
    assert client.head(bundle.replace(f"/{panel.pk}/", f"/{closed.pk}/") + "/master.m3u8").status_code == 404


@pytest.mark.parametrize(
    "file",
    [
        "../../../secret.m3u8",
        "..%2F..%2F..%2Fsecret.m3u8",
        "%2e%2e/master.m3u8",
        "..\\..\\secret.m3u8",
        "/etc/passwd",
        "master.m3u8%00.ts",
        "master.m3u8%0A",
        "missing.m3u8",
        "master.html",
        "MASTER.M3U8",
        ".m3u8",
    ],
)
def test_no_other_file_can_be_named(client, bundle, ben, file):
    client.force_login(ben)
    assert client.get(f"{bundle}/{file}").status_code == 404


def test_paths_hold_no_other_names_either():
    for bundle, file in (("..", "master.m3u8"), ("0123456789ab", "../x.m3u8"), ("0123456789ab", "master.m3u8\n")):
        with pytest.raises(ValueError, match="no bundle holds"):
            bundles.path_of(1, bundle, file)


# The demonstration's test cards


@pytest.fixture
def card(panel, olga):
    """The panel shows a test card, made as a worker makes it."""
    job = demo.show_test_cards([panel.pk], by=olga)
    carry_out(claim(job.pk))
    job.refresh_from_db()
    assert job.state == State.DONE, job.error
    return job


def test_a_test_card_is_made_shown_and_whole(card, panel, client, ben):
    assert (card.done_count, card.total_count) == (100, 100)
    source = StageSource.objects.get(session=panel)
    assert source.repeats
    client.force_login(ben)
    master = body(client.get(source.hls_url)).decode()
    assert master.count("#EXT-X-STREAM-INF") == 3
    folder = source.hls_url.rpartition("/")[0]
    played = set()
    for name in [line for line in master.splitlines() if not line.startswith("#")]:
        playlist = body(client.get(f"{folder}/{name}")).decode()
        assert playlist.rstrip().endswith("#EXT-X-ENDLIST")
        files = [line for line in playlist.splitlines() if not line.startswith("#")]
        assert len(files) == 9
        assert all(client.head(f"{folder}/{file}").status_code == 200 for file in files)
        played.add(name)
    assert played == {"360p.m3u8", "180p.m3u8", "sound.m3u8"}


def test_its_renditions_are_what_they_say(card, panel):
    (folder,) = bundles.folder(panel.pk).iterdir()
    found = {}
    for playlist in folder.glob("*.m3u8"):
        if playlist.name == "master.m3u8":
            continue
        with av.open(str(playlist)) as container:
            found[playlist.stem] = (
                [(stream.width, stream.height) for stream in container.streams.video],
                [stream.codec_context.codec.canonical_name for stream in container.streams.audio],
                round(container.duration / av.time_base),
            )
    assert found == {
        "360p": ([(640, 360)], ["aac"], 36),
        "180p": ([(320, 180)], ["aac"], 36),
        "sound": ([], ["aac"], 36),
    }


def test_making_it_again_leaves_one_bundle(card, panel, olga):
    folder = bundles.folder(panel.pk)
    (folder / "0123456789ab.unfinished").mkdir()
    carry_out(claim(demo.show_test_cards([panel.pk], by=olga).pk))
    (only,) = folder.iterdir()
    assert StageSource.objects.get().hls_url == bundles.address(panel, only.name)


def test_a_session_deleted_meanwhile_is_passed_over(panel, olga):
    job = demo.show_test_cards([panel.pk + 1], by=olga)
    carry_out(claim(job.pk))
    job.refresh_from_db()
    assert (job.state, job.result) == (State.DONE, {"sessions": 0})


def test_the_command_starts_the_job_in_the_demonstration_only(panel, olga, settings, capsys):
    settings.DEMO = False
    with pytest.raises(CommandError, match="DEMO=True"):
        call_command("demo_stage")
    settings.DEMO = True
    call_command("demo_stage")
    job = Job.objects.get()
    assert job.arguments == {"session_ids": [panel.pk], "by": olga.pk}
    assert job.get_absolute_url() in capsys.readouterr().out


@pytest.mark.parametrize("slug", ["another", None])
def test_the_command_names_what_is_missing(db, settings, slug):
    settings.DEMO = True
    with pytest.raises(CommandError, match="conference"):
        call_command("demo_stage", *([slug] if slug else []))
