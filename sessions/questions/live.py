"""What each audience sees of questions as they change: the floor, the desk, the stage, and each author.

A card is all that its audience may see. The desk is not told who asked anonymously, and what a moderator wrote to an
author is in the author's own card alone.
"""

from collections.abc import Iterable, Iterator

import msgspec
from django.db.models import QuerySet

from conferences.models import Delegation
from conferences.rules import Person
from conferences.texts import in_languages
from outbox.reading import SNAPSHOT_CARDS
from outbox.registry import Placement, TopicKind, register_announcer, register_topic
from sessions.attendance.actions import note_count, note_left, note_online
from sessions.programme.queries import may_in
from sessions.programme.rules import may_enter, may_moderate
from sessions.questions.models import PUBLIC, Capacity, Question, QuestionTime, Status
from sessions.questions.queries import in_status, on_stage, questions_with_names, window_of
from sessions.questions.rules import may_open_stage
from web.moments import machine

# How the desk's snapshot shares its cards out where there is more of everything than fits; the page reads the rest.
DESK_SHARES = (
    (Status.ON_STAGE, 1),
    (Status.PENDING, 22),
    (Status.LIVE, 17),
    (Status.ANSWERED, 5),
    (Status.DISMISSED, 5),
)

ON_DESK = tuple(status for status, _ in DESK_SHARES)


class DelegationName(msgspec.Struct, frozen=True, kw_only=True):
    """`name` by language's code; `country` is an ISO code, or "" for an organisation."""

    name: dict[str, str]
    country: str


class PublicQuestion(msgspec.Struct, frozen=True, kw_only=True):
    """A published question. `author` is None for an anonymous one. Its votes are a tally."""

    id: int
    text: str
    language: str
    status: str
    capacity: str
    author: str | None
    delegation: DelegationName | None
    asked_at: str


class DeskQuestion(msgspec.Struct, frozen=True, kw_only=True):
    """A question as moderators see it; who asked anonymously is not told to them either."""

    id: int
    text: str
    language: str
    status: str
    capacity: str
    author: str | None
    delegation: DelegationName | None
    asked_at: str
    moved_at: str
    reason: str


class StageQuestion(msgspec.Struct, frozen=True, kw_only=True):
    """The question on stage, for the projector."""

    id: int
    text: str
    language: str
    capacity: str
    author: str | None
    delegation: DelegationName | None


class OwnQuestion(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody's own question in whatever state, with what the desk told them."""

    id: int
    uuid: str
    session_id: int
    text: str
    language: str
    status: str
    capacity: str
    reason: str
    note: str
    asked_at: str


class QuestionTimeCard(msgspec.Struct, frozen=True, kw_only=True):
    """Whether questions are open, closed or read-only."""

    window: str


class DeskTimeCard(msgspec.Struct, frozen=True, kw_only=True):
    """The same for the desk, with the address of the projector's page."""

    window: str
    stage_path: str


def key_of(question: Question) -> str:
    return f"question.{question.pk}"


def counts_of(question: Question) -> dict[str, int]:
    return {"votes": question.vote_count, "delegations": question.delegation_count}


def author_name(question: Question) -> str | None:
    """As everybody but the author sees it. Never the mail address, which a person without a name is known by."""
    return None if question.capacity == Capacity.ANONYMOUS else question.author.name or None


def stage_path(question_time: QuestionTime) -> str:
    """Where the projector's page is on this site."""
    return f"/s/{question_time.session_id}/{question_time.stage_key}/"


def public_card(question: Question) -> PublicQuestion | None:
    if question.status not in PUBLIC:
        return None
    return PublicQuestion(
        id=question.pk,
        text=question.text,
        language=question.language,
        status=question.status,
        capacity=question.capacity,
        author=author_name(question),
        delegation=_delegation(question.delegation),
        asked_at=machine(question.asked_at),
    )


def desk_card(question: Question) -> DeskQuestion | None:
    if question.status not in ON_DESK:
        return None
    return DeskQuestion(
        id=question.pk,
        text=question.text,
        language=question.language,
        status=question.status,
        capacity=question.capacity,
        author=author_name(question),
        delegation=_delegation(question.delegation),
        asked_at=machine(question.asked_at),
        moved_at=machine(question.moved_at),
        reason=question.reason,
    )


def stage_card(question: Question) -> StageQuestion | None:
    if question.status != Status.ON_STAGE:
        return None
    return StageQuestion(
        id=question.pk,
        text=question.text,
        language=question.language,
        capacity=question.capacity,
        author=author_name(question),
        delegation=_delegation(question.delegation),
    )


def own_card(question: Question) -> OwnQuestion:
    return OwnQuestion(
        id=question.pk,
        uuid=str(question.uuid),
        session_id=question.session_id,
        text=question.text,
        language=question.language,
        status=question.status,
        capacity=question.capacity,
        reason=question.reason,
        note=question.note,
        asked_at=machine(question.asked_at),
    )


def _delegation(delegation: Delegation | None) -> DelegationName | None:
    if delegation is None:
        return None
    return DelegationName(name=in_languages(delegation.name), country=str(delegation.country))


def _may_follow_floor(user: Person, session_id: int) -> bool:
    return may_in(user, session_id, may_enter)


def _may_follow_desk(user: Person, session_id: int) -> bool:
    return may_in(user, session_id, may_moderate)


def _may_follow_stage(user: Person, session_id: int, key: int) -> bool:
    question_time = QuestionTime.objects.filter(session_id=session_id).first()
    return question_time is not None and may_open_stage(key, question_time)


def _may_follow_own(user: Person, user_id: int) -> bool:
    return user.is_authenticated and user.is_active and user.pk == user_id


def _floor_now(session_id: int) -> Iterator[tuple[str, PublicQuestion | QuestionTimeCard]]:
    yield "question_time", QuestionTimeCard(window=window_of(session_id))
    # One status at a time: each reads its stretch of the index and stops.
    for status in (Status.ON_STAGE, Status.LIVE, Status.ANSWERED):
        for question in in_status(session_id, status)[:SNAPSHOT_CARDS]:
            if card := public_card(question):
                yield key_of(question), card


def _desk_now(session_id: int) -> Iterator[tuple[str, DeskQuestion | DeskTimeCard]]:
    question_time = QuestionTime.objects.filter(session_id=session_id).first()
    if question_time is not None:
        yield "question_time", _desk_time(question_time)
    for status, share in DESK_SHARES:
        for question in in_status(session_id, status)[:share]:
            if card := desk_card(question):
                yield key_of(question), card


def _stage_now(session_id: int, key: int) -> Iterator[tuple[str, StageQuestion | QuestionTimeCard]]:
    question_time = QuestionTime.objects.filter(session_id=session_id).first()
    if question_time is None or not may_open_stage(key, question_time):
        return
    yield "question_time", QuestionTimeCard(window=question_time.window)
    question = on_stage(session_id)
    if question is not None and (card := stage_card(question)):
        yield key_of(question), card


def _own_now(user_id: int) -> Iterator[tuple[str, OwnQuestion]]:
    newest = questions_with_names().filter(author_id=user_id).order_by("-pk")
    for question in newest[:SNAPSHOT_CARDS]:
        yield key_of(question), own_card(question)


def _desk_time(question_time: QuestionTime) -> DeskTimeCard:
    return DeskTimeCard(window=question_time.window, stage_path=stage_path(question_time))


FLOOR = TopicKind(
    pattern="session.{session_id}.floor",
    cards=(PublicQuestion, QuestionTimeCard),
    may_follow=_may_follow_floor,
    snapshot=_floor_now,
    presence=True,
    # Whoever follows a session's page is online in it.
    attended=note_online,
    left=note_left,
    counted=note_count,
)
DESK = TopicKind(
    pattern="session.{session_id}.desk",
    cards=(DeskQuestion, DeskTimeCard),
    may_follow=_may_follow_desk,
    snapshot=_desk_now,
)
# The projector signs in to nothing: its topic's name holds the key that its address holds.
STAGE = TopicKind(
    pattern="stage.{session_id}.{key}",
    cards=(StageQuestion, QuestionTimeCard),
    may_follow=_may_follow_stage,
    snapshot=_stage_now,
)
OWN = TopicKind(
    pattern="user.{user_id}",
    cards=(OwnQuestion,),
    may_follow=_may_follow_own,
    snapshot=_own_now,
)

QUESTION_EVENTS = (
    "question.submitted",
    "question.approved",
    "question.dismissed",
    "question.restored",
    "question.withdrawn",
    "question.staged",
    "question.unstaged",
    "question.answered",
    "question.reopened",
    "question.orphaned",
)
QUESTION_TIME_EVENTS = ("question_time.changed",)


def stage_topic(question_time: QuestionTime) -> str:
    return STAGE.name(session_id=question_time.session_id, key=question_time.stage_key)


def tally_topics(question: Question) -> Iterator[str]:
    """Who is told how many support a question: the floor, the desk, and the projector while it shows it."""
    yield FLOOR.name(session_id=question.session_id)
    yield DESK.name(session_id=question.session_id)
    if question.status == Status.ON_STAGE:
        yield stage_topic(question.session.question_time)


def _question_placements(question: Question) -> Iterable[Placement]:
    key = key_of(question)
    return (
        Placement(FLOOR.name(session_id=question.session_id), key, public_card(question)),
        Placement(DESK.name(session_id=question.session_id), key, desk_card(question)),
        Placement(stage_topic(question.session.question_time), key, stage_card(question)),
        Placement(OWN.name(user_id=question.author_id), key, own_card(question)),
    )


def _question_time_placements(question_time: QuestionTime) -> Iterator[Placement]:
    public = QuestionTimeCard(window=question_time.window)
    yield Placement(FLOOR.name(session_id=question_time.session_id), "question_time", public)
    yield Placement(DESK.name(session_id=question_time.session_id), "question_time", _desk_time(question_time))
    yield Placement(stage_topic(question_time), "question_time", public)
    # With a new key the whole stage moves to another topic, and the question on it moves too.
    question = on_stage(question_time.session_id)
    if question is not None:
        yield Placement(stage_topic(question_time), key_of(question), stage_card(question))


def _question_times() -> QuerySet[QuestionTime]:
    return QuestionTime.objects.all()


def register() -> None:
    for kind in (FLOOR, DESK, STAGE, OWN):
        register_topic(kind)
    register_announcer(Question, _question_placements, reread=questions_with_names, events=QUESTION_EVENTS)
    register_announcer(QuestionTime, _question_time_placements, reread=_question_times, events=QUESTION_TIME_EVENTS)
