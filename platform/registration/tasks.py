"""What happens by itself in registration."""

import logging

from celery import shared_task

from registration import privacy

logger = logging.getLogger(__name__)


@shared_task
def forget_what_is_over() -> None:
    """Each night: answers, calls and files whose time is over."""
    forgotten = privacy.purge()
    logger.info("forgotten: %s", ", ".join(f"{count} {what}" for what, count in forgotten.items()))


@shared_task
def release_late_places() -> None:
    """Places that are held for addresses nobody confirmed."""
    privacy.release_late()
