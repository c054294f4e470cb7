"""The log's own housekeeping."""

from celery import shared_task

from outbox.pruning import prune


@shared_task
def prune_log() -> None:
    prune()
