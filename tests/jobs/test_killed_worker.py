"""A real worker on the real broker is killed in the middle of a job; another one ends it."""

from datetime import timedelta
from pathlib import Path

import pytest
from django.utils import timezone

from jobs import actions, registry
from jobs.models import Job, State

WORKER = Path(__file__).with_name("steady_worker.py")


@pytest.mark.django_db(transaction=True)
def test_a_job_whose_worker_is_killed_is_ended_by_another_and_done_once(start_worker, until, tmp_path, monkeypatch):
    monkeypatch.setattr(registry, "_kinds", dict(registry._kinds))
    registry.register_kind("test.steps", lambda arguments, progress: None, title="Steps")
    folder = tmp_path / "steps"
    folder.mkdir()
    first = start_worker(WORKER)
    job = actions.start("test.steps", {"folder": str(folder)})

    until(lambda: len(list(folder.iterdir())) >= 5)
    first.kill()
    half = Job.objects.get(pk=job.pk)
    assert half.state == State.RUNNING
    assert len(list(folder.iterdir())) < 30

    # Half a minute without a sign of life passes.
    Job.objects.filter(pk=job.pk).update(beat_at=timezone.now() - timedelta(seconds=31))
    start_worker(WORKER)
    actions.put_stale_back()
    until(lambda: Job.objects.get(pk=job.pk).state == State.DONE)

    ended = Job.objects.get(pk=job.pk)
    assert (ended.attempts, ended.done_count, ended.total_count) == (2, 30, 30)
    assert ended.result == {"steps": 30}
    assert sorted(mark.name for mark in folder.iterdir()) == sorted(map(str, range(30)))
    assert {mark.read_text() for mark in folder.iterdir()} == {"x"}
