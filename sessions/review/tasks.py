"""Background work of a review: what the clock decides."""

from celery import shared_task

from sessions.review.actions.course import end_films_that_are_over


@shared_task(ignore_result=True, expires=2)
def end_films() -> None:
    """A film that has come to its end ends its turn. Late by a moment, the record has the moment that was due."""
    end_films_that_are_over()
