"""Starting a job, claiming it, carrying it out, and putting back what a dead worker left."""

import logging
import time
from collections.abc import Mapping
from datetime import timedelta
from functools import partial
from typing import Any

from celery import current_app
from django.contrib.auth.models import AbstractBaseUser
from django.db import transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _
from kombu.exceptions import OperationalError

from jobs.errors import HopelessError, TakenOverError
from jobs.models import Job, State
from jobs.registry import kind_named

logger = logging.getLogger(__name__)

MOST_ATTEMPTS = 3
# A worker that showed no sign of life for so long is taken for dead.
DEAD_AFTER = timedelta(seconds=30)
# A waiting job is called out again after so long: the broker may have been away, or have lost the call.
CALL_AGAIN_AFTER = timedelta(seconds=15)
# Progress is for people's eyes: more often than this would only be writing.
SAVE_EVERY = 0.5  # seconds


def start(kind: str, arguments: Mapping[str, Any], *, by: AbstractBaseUser | None = None) -> Job:
    """Makes a job and, on commit, calls for a worker.

    `arguments` must fit into JSON. Raises LookupError for a kind nobody registered. If the broker is away the
    job waits in the database until `put_stale_back` calls again.
    """
    kind_named(kind)
    job = Job.objects.create(
        kind=kind, arguments=dict(arguments), started_by_id=by.pk if by else None, beat_at=timezone.now()
    )
    transaction.on_commit(partial(call_worker, job.pk), robust=True)
    return job


def call_worker(job_id: int) -> None:
    """Asks any worker to look at this job. Asking twice does no harm: it can be claimed once."""
    try:
        # By name, since tasks import actions. A request does not wait for a broker that is away.
        current_app.send_task("jobs.tasks.work_on", kwargs={"job_id": job_id}, retry=False)
    except (OperationalError, OSError) as error:
        logger.warning("the broker is away, job %s waits: %s", job_id, error)


def claim(job_id: int) -> Job | None:
    """Takes a waiting job for this worker, or returns None where it is not waiting: one statement decides."""
    now = timezone.now()
    claimed = Job.objects.filter(pk=job_id, state=State.WAITING).update(
        state=State.RUNNING, attempts=F("attempts") + 1, started_at=now, beat_at=now
    )
    return Job.objects.get(pk=job_id) if claimed else None


def carry_out(job: Job) -> None:
    """Does the work of a job that this worker claimed, and writes down how it ended.

    An attempt that fails is repeated up to MOST_ATTEMPTS in all, unless the work itself says that this is
    hopeless. A job that was taken over meanwhile is left to whoever has it.
    """
    progress = _SavedProgress(job)
    try:
        result = kind_named(job.kind).work(job.arguments, progress)
    except TakenOverError:
        logger.warning("job %s was taken over by another worker", job.pk)
    except HopelessError as error:
        _end(job, State.FAILED, error=str(error))
    except Exception as error:
        logger.exception("job %s failed in attempt %s", job.pk, job.attempts)
        over = job.attempts >= MOST_ATTEMPTS
        _end(job, State.FAILED if over else State.WAITING, error=f"{type(error).__name__}: {error}")
    else:
        done = progress.latest or {}
        _end(job, State.DONE, error="", result=dict(result or {}), **done)


def put_stale_back() -> None:
    """Gives dead workers' jobs to others, fails those that used up their attempts, and calls for workers."""
    now = timezone.now()
    dead = Job.objects.filter(state=State.RUNNING, beat_at__lt=now - DEAD_AFTER)
    dead.filter(attempts__gte=MOST_ATTEMPTS).update(
        state=State.FAILED,
        ended_at=now,
        error=_("The worker went away %(count)d times.") % {"count": MOST_ATTEMPTS},
    )
    # The old sign of life stays, so that the next lines call for a worker at once.
    dead.update(state=State.WAITING)
    for job_id in Job.objects.filter(state=State.WAITING, beat_at__lt=now - CALL_AGAIN_AFTER).values_list(
        "pk", flat=True
    ):
        if Job.objects.filter(pk=job_id, state=State.WAITING).update(beat_at=now):
            call_worker(job_id)


class _SavedProgress:
    """The `progress` given to work: saves how far it is, which is the sign of life too."""

    def __init__(self, job: Job) -> None:
        self.job = job
        self.latest: dict[str, int] | None = None
        self.saved_at = -SAVE_EVERY

    def __call__(self, done: int, total: int) -> None:
        """Raises TakenOverError once another worker has the job."""
        self.latest = {"done_count": min(done, total), "total_count": total}
        if time.monotonic() - self.saved_at < SAVE_EVERY:
            return
        _write(self.job, beat_at=timezone.now(), **self.latest)
        self.saved_at = time.monotonic()


def _end(job: Job, state: State, **fields: Any) -> None:
    now = timezone.now()
    try:
        _write(job, state=state, beat_at=now, ended_at=None if state == State.WAITING else now, **fields)
    except TakenOverError:
        logger.warning("job %s was taken over by another worker", job.pk)


def _write(job: Job, **fields: Any) -> None:
    """Writes only while this attempt still holds the job. Raises TakenOverError."""
    if not Job.objects.filter(pk=job.pk, state=State.RUNNING, attempts=job.attempts).update(**fields):
        raise TakenOverError
