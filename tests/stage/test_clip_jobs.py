"""A worker makes a clip of an uploaded film, once, however often it is killed; and clips leave other bundles alone."""

import json
from datetime import timedelta

import pytest
from asgiref.sync import async_to_sync
from django.core.cache import cache
from django.core.files import File
from django.utils import timezone

from files.models import Upload
from jobs.actions import carry_out, claim, put_stale_back
from jobs.models import Job, State
from sessions.stage import bundles, demo
from sessions.stage.clip_jobs import Outcome, outcome_of, start_clip
from sessions.stage.clips import ProblemCode, Severity, Trouble
from sessions.stage.models import StageSource
from sessions.stage.signals import clip_examined

pytestmark = pytest.mark.anywhere


@pytest.fixture(autouse=True)
def fresh_cache():
    cache.clear()
    yield
    cache.clear()


@pytest.fixture
def uploaded(olga):
    """`uploaded(path)` is a film as it was handed in, of whatever kind."""

    def upload(path):
        made = Upload(purpose="stage", name=path.name, size=path.stat().st_size, content_type="video/mp4", owner=olga)
        with path.open("rb") as file:
            made.file.save(path.name, File(file), save=False)
        made.save()
        return made

    return upload


@pytest.fixture
def heard():
    """The outcomes that the apps above hear of."""
    outcomes = []

    def receive(session_id, upload_id, outcome, **_kwargs):
        outcomes.append((session_id, upload_id, outcome))

    clip_examined.connect(receive)
    yield outcomes
    clip_examined.disconnect(receive)


def worked(job):
    carry_out(claim(job.pk))
    job.refresh_from_db()
    return job


@async_to_sync
async def body(response):
    return b"".join([chunk async for chunk in response.streaming_content])


def test_a_film_becomes_a_bundle_that_whoever_may_enter_can_play(film_file, uploaded, heard, panel, olga, ben, client):
    upload = uploaded(film_file("a.mov", size=(640, 360)))
    job = worked(start_clip(panel.pk, upload.pk, allotted_ms=2_000, by=olga))
    assert (job.state, job.error, job.done_count, job.total_count) == (State.DONE, "", 1000, 1000)
    outcome = outcome_of(job.result)
    assert heard == [(panel.pk, upload.pk, outcome)]
    assert outcome.problems(allotted_ms=2_000) == []
    assert (outcome.trouble, outcome.converted.sizes) == (None, ((640, 360), (320, 180)))
    client.force_login(ben)
    address, poster = (f(panel, outcome.bundle) for f in (bundles.address, bundles.poster_address))
    assert body(client.get(address)).startswith(b"#EXTM3U")
    picture = client.get(poster)
    assert (picture["Content-Type"], body(picture)[:3]) == ("image/jpeg", b"\xff\xd8\xff")
    assert client.get(address.replace("master.m3u8", "clip.json")).status_code == 404


def test_the_name_of_a_clip_is_not_to_be_guessed(panel, olga):
    names = {bundles.new_clip_name() for _ in range(50)}
    assert len(names) == 50
    assert all(len(name.removeprefix("clip-")) * 4 >= 96 for name in names)
    assert all(bundles.path_of(1, name, "master.m3u8") for name in names)


def test_an_outcome_survives_being_written_down(film_file, uploaded, panel, olga):
    job = worked(start_clip(panel.pk, uploaded(film_file("a.mp4")).pk, allotted_ms=2_000, by=olga))
    outcome = outcome_of(json.loads(json.dumps(job.result)))
    assert outcome.as_dict() == outcome_of(job.result).as_dict()
    assert outcome_of(json.loads(json.dumps(Outcome(trouble=Trouble.EMPTY).as_dict()))).trouble == Trouble.EMPTY


def test_a_film_that_is_refused_is_not_converted(film_file, uploaded, heard, panel, olga):
    upload = uploaded(film_file("a.mp4", seconds=13))
    job = worked(start_clip(panel.pk, upload.pk, allotted_ms=2_000, by=olga))
    assert job.state == State.DONE
    ((_, _, outcome),) = heard
    assert outcome.bundle == ""
    assert [(problem.code, problem.severity) for problem in outcome.problems(allotted_ms=2_000)][:1] == [
        (ProblemCode.TOO_LONG, Severity.REFUSE)
    ]
    assert not list(bundles.folder(panel.pk).glob("*"))


def test_a_file_that_is_no_film_ends_the_job_in_words(tmp_path, uploaded, heard, panel, olga):
    (tmp_path / "a.mp4").write_bytes(b"\0\0\0\x18ftypmp42" + bytes(500))
    upload = uploaded(tmp_path / "a.mp4")
    job = worked(start_clip(panel.pk, upload.pk, allotted_ms=2_000, by=olga))
    assert (job.state, job.attempts, job.error) == (State.FAILED, 1, str(Trouble.DAMAGED.label))
    assert [outcome.trouble for *_, outcome in heard] == [Trouble.DAMAGED]


def test_a_film_that_was_taken_away_ends_the_job(film_file, uploaded, heard, panel, olga):
    upload = uploaded(film_file("a.mp4"))
    job = start_clip(panel.pk, upload.pk, allotted_ms=2_000, by=olga)
    upload.delete()
    assert worked(job).state == State.FAILED
    assert heard == []


def test_what_was_made_before_the_worker_died_is_not_made_again(film_file, uploaded, heard, panel, olga):
    job = worked(start_clip(panel.pk, uploaded(film_file("a.mp4")).pk, allotted_ms=2_000, by=olga))
    master = bundles.folder(panel.pk) / job.result["bundle"] / "master.m3u8"
    before = master.stat().st_mtime_ns
    Job.objects.filter(pk=job.pk).update(state=State.WAITING)
    again = worked(job)
    assert (again.state, again.result["bundle"]) == (State.DONE, master.parent.name)
    assert master.stat().st_mtime_ns == before
    assert [outcome for *_, outcome in heard] == [outcome_of(again.result)] * 2


def test_two_that_make_the_same_bundle_make_one(panel):
    name = bundles.new_clip_name()
    with bundles.making(panel.pk, name) as one:
        (one / "master.m3u8").write_text("one")
        other = one.with_name(f"{name}.other")
        other.mkdir()
        (other / "master.m3u8").write_text("other")
        other.rename(one.with_name(name))
    assert [path.name for path in bundles.folder(panel.pk).iterdir()] == [name]
    assert (bundles.folder(panel.pk) / name / "master.m3u8").read_text() == "other"


def test_a_making_that_fails_leaves_nothing(panel):
    with pytest.raises(ZeroDivisionError), bundles.making(panel.pk, bundles.new_clip_name()):
        raise ZeroDivisionError
    assert list(bundles.folder(panel.pk).iterdir()) == []


# Beside other bundles


def test_a_new_test_card_leaves_clips_and_a_removed_clip_leaves_the_card(panel, olga):
    kept, removed = bundles.new_clip_name(), bundles.new_clip_name()
    for name in (kept, removed):
        with bundles.making(panel.pk, name) as folder:
            (folder / "master.m3u8").write_text("#EXTM3U\n")
    worked(demo.show_test_cards([panel.pk], by=olga))
    bundles.remove_bundle(panel.pk, removed)
    bundles.remove_bundle(panel.pk, removed)
    card = StageSource.objects.get().hls_url.split("/")[-2]
    assert {path.name for path in bundles.folder(panel.pk).iterdir()} == {kept, card}


@pytest.mark.parametrize("name", ["", "..", "clip-", "clip-*", "*", "0123456789ab/../x"])
def test_nothing_else_can_be_removed(panel, name):
    with pytest.raises(ValueError, match="no bundle is called"):
        bundles.remove_bundle(panel.pk, name)


# A worker that is killed


@pytest.fixture
def worker_program(tmp_path, settings):
    """A worker that finds the films where this test puts them."""
    program = tmp_path / "worker.py"
    program.write_text(
        "import django\n"
        "from django.conf import settings\n"
        "django.setup()\n"
        "from pathlib import Path\n"
        f"settings.MEDIA_ROOT = Path({str(settings.MEDIA_ROOT)!r})\n"
        "from config.celery import app\n"
        "app.worker_main(['worker', '--pool=prefork', '--concurrency=1', '--loglevel=WARNING', '--without-mingle'])\n"
    )
    return program


@pytest.mark.django_db(transaction=True)
def test_a_clip_whose_worker_is_killed_is_made_by_another_and_once(
    film_file, uploaded, panel, olga, start_worker, worker_program, until
):
    upload = uploaded(film_file("a.mp4", seconds=24, size=(640, 360), rate=15))
    first = start_worker(worker_program)
    job = start_clip(panel.pk, upload.pk, allotted_ms=24_000, by=olga)
    until(lambda: len(list(bundles.folder(panel.pk).glob("*/*.m4s"))) >= 2)
    first.kill()
    half = Job.objects.get(pk=job.pk)
    assert (half.state, half.done_count < half.total_count) == (State.RUNNING, True)
    (left,) = bundles.folder(panel.pk).iterdir()
    assert bundles.UNFINISHED in left.name

    # Half a minute without a sign of life passes.
    Job.objects.filter(pk=job.pk).update(beat_at=timezone.now() - timedelta(seconds=31))
    start_worker(worker_program)
    put_stale_back()
    until(lambda: Job.objects.get(pk=job.pk).state == State.DONE)

    ended = Job.objects.get(pk=job.pk)
    assert ended.attempts == 2
    assert [path.name for path in bundles.folder(panel.pk).iterdir()] == [ended.result["bundle"]]
    assert outcome_of(ended.result).converted.seconds == pytest.approx(24, abs=0.1)
