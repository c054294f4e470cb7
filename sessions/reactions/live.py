"""Reactions as everybody in a session sees them: totals, told at most four times a second."""

from collections.abc import Iterable, Iterator

import msgspec

from conferences.rules import Person
from outbox.registry import Placement, TopicKind, register_announcer, register_topic
from sessions.programme.models import Session
from sessions.programme.queries import may_in
from sessions.programme.rules import may_enter
from sessions.reactions.models import Kind, Reactions

# The one card of the topic, which its totals belong to.
KEY = "reactions"


class ReactionsCard(msgspec.Struct, frozen=True, kw_only=True):
    """Which kinds there are. How often each was given is a tally."""

    kinds: tuple[str, ...]


CARD = ReactionsCard(kinds=tuple(Kind.values))


def _may_follow(user: Person, session_id: int) -> bool:
    return may_in(user, session_id, may_enter)


def _snapshot(session_id: int) -> Iterator[tuple[str, ReactionsCard]]:
    if Session.objects.filter(pk=session_id).exists():
        yield KEY, CARD


REACTIONS = TopicKind(
    pattern="session.{session_id}.reactions", cards=(ReactionsCard,), may_follow=_may_follow, snapshot=_snapshot
)


def _placements(reactions: Reactions) -> Iterable[Placement]:
    yield Placement(REACTIONS.name(session_id=reactions.session_id), KEY, CARD)


def register() -> None:
    register_topic(REACTIONS)
    register_announcer(Reactions, _placements, reread=Reactions.objects.all, events=())
