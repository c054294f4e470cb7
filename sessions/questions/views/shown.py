"""A question as a page shows it. Templates get this and never the row, so none can show what a reader may not see."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime

from django.db.models import TextChoices

from sessions.questions.live import author_name, key_of
from sessions.questions.models import Capacity, Question, Status


@dataclass(frozen=True, kw_only=True)
class ShownQuestion:
    """`reason` and `note` are filled for the author (and the reason for the desk) only. Times are UTC."""

    id: int
    key: str
    text: str
    language: str
    status: str
    status_words: str
    capacity: str
    author: str
    delegation: str
    country: str
    asked_at: datetime
    votes: int
    delegations: int
    supported: bool = False
    mine: bool = False
    reason: str = ""
    note: str = ""

    @property
    def may_be_withdrawn(self) -> bool:
        return self.mine and self.status in (Status.PENDING, Status.LIVE)


# What a page's script fills in for each question that comes later.
BLANK = ShownQuestion(
    id=0,
    key="",
    text="",
    language="",
    status="",
    status_words="",
    capacity="",
    author="",
    delegation="",
    country="",
    asked_at=datetime(2000, 1, 1, tzinfo=UTC),
    votes=0,
    delegations=0,
)


def to_public(question: Question, *, supported: Collection[int] = (), reader_id: int | None = None) -> ShownQuestion:
    return _shown(
        question, supported=question.pk in supported, mine=reader_id is not None and question.author_id == reader_id
    )


def to_desk(question: Question) -> ShownQuestion:
    return _shown(question, reason=str(question.get_reason_display()) if question.reason else "")


def to_author(question: Question) -> ShownQuestion:
    return _shown(
        question,
        mine=True,
        reason=str(question.get_reason_display()) if question.reason else "",
        note=question.note,
    )


def _shown(
    question: Question, *, supported: bool = False, mine: bool = False, reason: str = "", note: str = ""
) -> ShownQuestion:
    delegation = question.delegation if question.capacity == Capacity.DELEGATION else None
    return ShownQuestion(
        id=question.pk,
        key=key_of(question),
        text=question.text,
        language=question.language,
        status=question.status,
        # get_status_display hashes all choices, in translation, each time: a list of fifty would wait for it.
        status_words=str(Status(question.status).label),
        capacity=question.capacity,
        author=author_name(question) or "",
        delegation=str(delegation.name) if delegation else "",
        country=str(delegation.country) if delegation else "",
        asked_at=question.asked_at,
        votes=question.vote_count,
        delegations=question.delegation_count,
        supported=supported,
        mine=mine,
        reason=reason,
        note=note,
    )


def words_of(*choices: type[TextChoices]) -> dict[str, str]:
    """The words for each state, as `status.live`, for the page's script."""
    return {f"{kind.__name__.lower()}.{value}": str(words) for kind in choices for value, words in kind.choices}
