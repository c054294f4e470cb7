"""Reads that pages and topics share. Each is bounded and follows an index: there may be thousands of questions."""

from collections.abc import Iterable
from datetime import datetime

from django.db.models import Min, QuerySet

from sessions.questions.models import SUPPORTABLE, Question, QuestionTime, Status, Vote, Window

# Questions on one page of a list.
A_PAGE = 50


def questions_with_names() -> QuerySet[Question]:
    """All that a card needs, in one query."""
    return Question.objects.select_related("author", "delegation", "session__question_time")


def in_status(session_id: int, *statuses: Status) -> QuerySet[Question]:
    """The most supported first, then the oldest: the order of `questions_by_support`, one status at a time."""
    return questions_with_names().filter(session_id=session_id, status__in=statuses).order_by("-vote_count", "pk")


def on_stage(session_id: int) -> Question | None:
    return in_status(session_id, Status.ON_STAGE).first()


def page_of(session_id: int, status: Status, *, page: int = 1, size: int = A_PAGE) -> tuple[list[Question], bool]:
    """One page of the questions in `status`, and whether there are more."""
    first = (page - 1) * size
    rows = list(in_status(session_id, status)[first : first + size + 1])
    return rows[:size], len(rows) > size


def own_questions(session_id: int, author_id: int) -> list[Question]:
    """A person's own questions in a session, the newest first."""
    return list(questions_with_names().filter(session_id=session_id, author_id=author_id).order_by("-pk")[:A_PAGE])


def supported_by(voter_id: int, questions: Iterable[Question]) -> set[int]:
    """Which of these questions the person supports."""
    ids = [question.pk for question in questions if question.status in SUPPORTABLE]
    if not ids:
        return set()
    return set(Vote.objects.filter(voter_id=voter_id, question_id__in=ids).values_list("question_id", flat=True))


def supported_in(session_id: int, voter_id: int) -> set[int]:
    """All that the person supports in a session and can still take back."""
    votes = Vote.objects.filter(voter_id=voter_id, question__session_id=session_id, question__status__in=SUPPORTABLE)
    return set(votes.values_list("question_id", flat=True))


def window_of(session_id: int) -> Window:
    """Closed where nobody ever opened it."""
    found = QuestionTime.objects.filter(session_id=session_id).values_list("window", flat=True).first()
    return Window(found) if found else Window.CLOSED


# A count that is shown beside a title; beyond it, "999+" says as much.
MOST_COUNTED = 1000


def count_in(session_id: int, status: Status) -> int:
    """How many there are, up to MOST_COUNTED: counting thousands for a number nobody reads is not worth it."""
    return Question.objects.filter(session_id=session_id, status=status)[:MOST_COUNTED].count()


def oldest_waiting(session_id: int) -> datetime | None:
    """Since when the question has waited that waits longest, in UTC."""
    waiting = Question.objects.filter(session_id=session_id, status=Status.PENDING)
    return waiting.aggregate(oldest=Min("asked_at"))["oldest"]
