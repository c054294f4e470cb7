"""Reads that pages and topics share. Each is bounded and follows an index: there may be thousands of questions."""

from collections.abc import Iterable

from django.db.models import QuerySet

from conferences.rules import Person
from outbox.errors import NotThere
from sessions.programme.models import Session
from sessions.programme.rules import may_enter
from sessions.questions.models import SUPPORTABLE, Question, QuestionTime, Status, Vote, Window

# Questions on one page of a list.
A_PAGE = 50


def session_to_enter(session_id: int, by: Person, *, slug: str | None = None) -> Session:
    """The session, with its conference and room. Raises NotThere where this person may not enter: the two read alike.

    `slug` is the conference's in the page's address: a session is not found under another one's.
    """
    found = Session.objects.select_related("conference", "room").filter(pk=session_id)
    if slug is not None:
        found = found.filter(conference__slug=slug)
    session = found.first()
    if session is None or not may_enter(by, session):
        raise NotThere
    return session


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


def window_of(session_id: int) -> Window:
    """Closed where nobody ever opened it."""
    found = QuestionTime.objects.filter(session_id=session_id).values_list("window", flat=True).first()
    return Window(found) if found else Window.CLOSED
