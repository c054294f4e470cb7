"""How a change is told: `record()` inside an `@action`, and the announcement that ends it.

The order of locks is things first, topics last and sorted by name. Cards are built after the topics are locked, so no
card is older than its `seq`.
"""

import functools
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any, ParamSpec, TypeVar

import msgspec
from django.db import IntegrityError, transaction
from django.db.models import Model
from django.utils import timezone

from outbox import bus
from outbox.errors import WrongMove
from outbox.models import Event, Tally, Topic
from outbox.once import read_anew
from outbox.reading import RIGHTS
from outbox.registry import Announcer, Card, announcer_of, kind_of
from outbox.rights import WHOM

P = ParamSpec("P")
R = TypeVar("R")


# What the audiences of a thing see of it, by topic and key.
_Seen = dict[tuple[str, str], Card | None]


@dataclass
class _Recorded:
    name: str
    thing: Model
    announcer: Announcer
    topics: frozenset[str]
    before: _Seen


@dataclass
class _Change:
    recorded: list[_Recorded] = field(default_factory=list)
    tallies: dict[tuple[str, str], dict[str, int]] = field(default_factory=dict)
    rights: set[str] = field(default_factory=set)
    anew: set[str] = field(default_factory=set)
    # All is written, and only the commit is left.
    is_whole: bool = False


_change: ContextVar[_Change | None] = ContextVar("change", default=None)
# Whether whoever opened the transaction gives up all of it with an action that fails.
_as_a_whole: ContextVar[bool] = ContextVar("as_a_whole", default=False)


def action(verb: Callable[P, R]) -> Callable[P, R]:
    """Makes a verb the door to a change: one transaction, and what was recorded is announced last, once.

    An action called by an action joins it; only the outermost announces. It may run inside a caller's transaction.
    Where something that it needs was removed in the same moment, which shows at its commit, it raises WrongMove.
    """

    @functools.wraps(verb)
    def door(*args: P.args, **kwargs: P.kwargs) -> R:
        if _change.get() is not None:
            return verb(*args, **kwargs)
        change = _Change()
        try:
            with transaction.atomic(savepoint=not _as_a_whole.get()):
                token = _change.set(change)
                read_anew()
                try:
                    result = verb(*args, **kwargs)
                    _announce(change)
                finally:
                    read_anew()
                    _change.reset(token)
                change.is_whole = True
        except IntegrityError as error:
            if not change.is_whole:
                raise
            # PostgreSQL looks at rows that lead to others when a transaction ends.
            raise WrongMove from error
        return result

    door.is_action = True  # type: ignore[attr-defined]
    return door


@contextmanager
def as_a_whole() -> Iterator[None]:
    """A transaction that is undone as a whole where anything in it fails, so that its actions need none within it."""
    with transaction.atomic():
        token = _as_a_whole.set(True)
        try:
            yield
        finally:
            _as_a_whole.reset(token)


def record(name: str, thing: Model, *, new: bool = False) -> None:
    """Notes that `thing` is about to change (or, with `new`, that it was just made).

    Call it under the thing's lock and **before** the change: who sees the thing now is read here, so that an audience
    that loses sight of it is told so, and one that never saw it hears nothing. Raises LookupError outside an @action.
    """
    change = _current()
    announcer = announcer_of(thing)
    if name not in announcer.events:
        raise ValueError(f"{name} is not declared as an event of {type(thing).__name__}")
    cards = _cards(announcer, thing)
    topics = frozenset(topic for topic, _ in cards)
    change.recorded.append(_Recorded(name, thing, announcer, topics, {} if new else cards))


def record_tally(topic: str, key: str, counts: Mapping[str, int]) -> None:
    """Sets the absolute counts of `key` in `topic`. Not an event: totals are told at most four times a second.

    The caller holds a lock that orders counts of the same key (the row counted), until the commit.
    """
    _current().tallies[topic, key] = dict(counts)


def change_rights(whom: str) -> None:
    """Says that the rights of `user.7`, or in `session.12`, changed: their sockets are closed within two seconds.

    `user.7` means this person's sockets, anything else those that follow a topic whose name begins with it.
    """
    if not WHOM.fullmatch(whom):
        raise ValueError(f"{whom!r} names nobody's rights: user.7, session.12")
    _current().rights.add(whom)


def begin_anew(topic: str) -> None:
    """Forgets the topic’s log: whoever follows it gets a snapshot in place of what came before, within two seconds.

    For what may not be continued, such as the end of a rehearsal.
    """
    if kind_of(topic) is None:
        raise ValueError(f"nobody registered the topic {topic}")
    _current().anew.add(topic)


def _current() -> _Change:
    change = _change.get()
    if change is None:
        raise LookupError("changes are recorded inside an @action only")
    return change


def _cards(announcer: Announcer, thing: Model) -> _Seen:
    cards: _Seen = {}
    for place in announcer.placements(thing):
        found = kind_of(place.topic)
        if found is None:
            raise ValueError(f"nobody registered the topic {place.topic}")
        if place.card is not None and type(place.card) not in found[0].cards:
            raise ValueError(f"{type(place.card).__name__} may not enter {place.topic}: its schemas are closed")
        cards[place.topic, place.key] = place.card
    return cards


def _topics_of(entry: _Recorded) -> set[str]:
    if entry.announcer.topics is not None:
        return set(entry.announcer.topics(entry.thing))
    return {topic for topic, _ in _cards(entry.announcer, entry.thing)}


def _announce(change: _Change) -> None:
    names = {topic for topic, _ in change.tallies} | change.anew
    for entry in change.recorded:
        # Where the thing was seen before, and where it is seen now: a change may move it to another topic.
        names |= entry.topics
        if entry.thing.pk is not None:
            names |= _topics_of(entry)
    if change.rights:
        names.add(RIGHTS)
    if not names:
        return

    topics = _lock(names)
    events: list[Event] = []
    now_seen = _seen_now(change.recorded)
    for entry in change.recorded:
        events += _events_of(entry, now_seen.get(_which(entry), {}), topics)
    if change.rights:
        events.append(_next(topics[RIGHTS], "rights.changed", dict.fromkeys(sorted(change.rights))))
    tallies = _tallies_of(change, topics)
    if not events and not tallies and not change.anew:
        return

    for name in change.anew:
        topics[name].generation += 1
    Event.objects.filter(topic__in=change.anew).delete()

    Event.objects.bulk_create(events)
    if tallies:
        Tally.objects.bulk_create(
            tallies,
            update_conflicts=True,
            unique_fields=["topic", "key"],
            update_fields=["counts", "version"],
        )
    # They are all there: an upsert is shorter than an update, which names the case of each row.
    Topic.objects.bulk_create(
        topics.values(),
        update_conflicts=True,
        unique_fields=["name"],
        update_fields=["generation", "seq", "tally_version"],
    )
    # If the bus is away the request still succeeds: every hub's heartbeat reads the log.
    for event in events:
        transaction.on_commit(functools.partial(bus.tell_event, event.topic_id, event.seq, frame(event)), robust=True)
    for topic in sorted({tally.topic_id for tally in tallies}):
        transaction.on_commit(functools.partial(bus.tell_tally, topic), robust=True)


def _lock(names: set[str]) -> dict[str, Topic]:
    # Missing rows are made first, in one sorted statement: no transaction waits to insert while it holds a lock.
    ordered = sorted(names)
    Topic.objects.bulk_create([Topic(name=name) for name in ordered], ignore_conflicts=True)
    locked = Topic.objects.select_for_update(no_key=True).filter(name__in=ordered).order_by("name")
    return {topic.name: topic for topic in locked}


def _which(entry: _Recorded) -> tuple[type[Model], Any]:
    return type(entry.thing), entry.thing.pk


def _seen_now(recorded: list[_Recorded]) -> dict[tuple[type[Model], Any], _Seen]:
    """The cards of what is there of the changed things, read once for all of a kind (an import changes hundreds) and
    built once for each, however often it was recorded."""
    kinds = {type(entry.thing): entry.announcer for entry in recorded}
    seen: dict[tuple[type[Model], Any], _Seen] = {}
    for kind, announcer in kinds.items():
        wanted = {entry.thing.pk for entry in recorded if type(entry.thing) is kind}
        seen |= {(kind, thing.pk): _cards(announcer, thing) for thing in announcer.reread().filter(pk__in=wanted)}
    return seen


def _events_of(entry: _Recorded, after: _Seen, topics: Mapping[str, Topic]) -> list[Event]:
    cards: dict[str, dict[str, Any]] = {}
    for place in sorted({**entry.before, **after}):
        was, is_now = entry.before.get(place), after.get(place)
        if was != is_now:
            topic, key = place
            cards.setdefault(topic, {})[key] = None if is_now is None else msgspec.to_builtins(is_now)
    return [_next(topics[topic], entry.name, changed) for topic, changed in cards.items()]


def _next(topic: Topic, name: str, cards: dict[str, Any]) -> Event:
    topic.seq += 1
    return Event(topic=topic, seq=topic.seq, name=name, cards=cards, made_at=timezone.now())


def _tallies_of(change: _Change, topics: Mapping[str, Topic]) -> list[Tally]:
    tallies = []
    for (name, key), counts in sorted(change.tallies.items()):
        topic = topics[name]
        topic.tally_version += 1
        tallies.append(Tally(topic=topic, key=key, counts=counts, version=topic.tally_version))
    return tallies


def frame(event: Event) -> str:
    """The event as it crosses the wire, encoded once."""
    told = {"topic": event.topic_id, "seq": event.seq, "name": event.name, "cards": event.cards}
    return msgspec.json.encode(told).decode()
