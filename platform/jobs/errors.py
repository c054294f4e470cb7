"""What ends a job's work early."""

from django.utils.functional import Promise


class TakenOverError(Exception):
    """Another worker has this job now: stop at once and write nothing more."""


class HopelessError(Exception):
    """Raised by work that no further attempt can save; `words` tell the person who started it why."""

    def __init__(self, words: str | Promise) -> None:
        super().__init__(str(words))
