"""What the scheduler does with files."""

from celery import shared_task

from files import resumable


@shared_task
def sweep_partial_uploads() -> None:
    """Forgets files that began to arrive and were not continued in time, with their bytes."""
    resumable.sweep()
