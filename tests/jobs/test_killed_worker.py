"""A real worker on the real broker is killed in the middle of a job; another one ends it."""

import os
import signal
import subprocess
import sys
import time
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection
from django.utils import timezone

from jobs import actions, registry
from jobs.models import Job, State

WORKER = Path(__file__).with_name("steady_worker.py")


def database_url() -> str:
    """The test database, as the worker's process must be told it."""
    names = connection.settings_dict
    if connection.vendor == "sqlite":
        return f"sqlite:///{names['NAME']}"
    return f"postgres://{names['USER']}:{names['PASSWORD']}@/{names['NAME']}?host={names['HOST']}&port={names['PORT']}"


@pytest.fixture
def start_worker(tmp_path):
    running = []

    def start():
        log = (tmp_path / "worker.log").open("ab")
        environment = {
            **os.environ,
            "DATABASE_URL": database_url(),
            "DATA_DIR": str(settings.DATA),
            "DJANGO_SETTINGS_MODULE": "config.settings",
            # Root in a container is as good a worker as any.
            "C_FORCE_ROOT": "1",
        }
        # A session of its own, so that the pool's processes can be killed with it.
        worker = subprocess.Popen(
            [sys.executable, "-W", "ignore", str(WORKER)],
            env=environment,
            cwd=settings.ROOT,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
        log.close()
        running.append(worker)
        return worker

    yield start
    for worker in running:
        kill(worker)


def kill(worker: subprocess.Popen) -> None:
    if worker.poll() is None:
        os.killpg(worker.pid, signal.SIGKILL)
    worker.wait()


def until(condition, *, seconds: float = 20):
    """Asks until it is so; says what was waited for when it never is."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.05)


@pytest.mark.django_db(transaction=True)
def test_a_job_whose_worker_is_killed_is_ended_by_another_and_done_once(start_worker, tmp_path, monkeypatch):
    monkeypatch.setattr(registry, "_kinds", dict(registry._kinds))
    registry.register_kind("test.steps", lambda arguments, progress: None, title="Steps")
    folder = tmp_path / "steps"
    folder.mkdir()
    first = start_worker()
    job = actions.start("test.steps", {"folder": str(folder)})

    until(lambda: len(list(folder.iterdir())) >= 5)
    kill(first)
    half = Job.objects.get(pk=job.pk)
    assert half.state == State.RUNNING
    assert len(list(folder.iterdir())) < 30

    # Half a minute without a sign of life passes.
    Job.objects.filter(pk=job.pk).update(beat_at=timezone.now() - timedelta(seconds=31))
    start_worker()
    actions.put_stale_back()
    until(lambda: Job.objects.get(pk=job.pk).state == State.DONE)

    ended = Job.objects.get(pk=job.pk)
    assert (ended.attempts, ended.done_count, ended.total_count) == (2, 30, 30)
    assert ended.result == {"steps": 30}
    assert sorted(mark.name for mark in folder.iterdir()) == sorted(map(str, range(30)))
    assert {mark.read_text() for mark in folder.iterdir()} == {"x"}
