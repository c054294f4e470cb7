"""Reading the log: where a topic stands, what a position missed, and what there is to see now."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import msgspec
from django.contrib.auth.models import AbstractBaseUser, AnonymousUser
from django.utils import timezone

from outbox.errors import NotThere
from outbox.models import Event, Log, Tally, Topic
from outbox.once import once
from outbox.registry import kind_of

# The topic every server process follows for itself: whose rights changed (see changes.change_rights).
RIGHTS = "rights"
# How long a page's ticket opens what it names (see outbox.tickets).
TICKET_LIFE = timedelta(minutes=10)
# A snapshot holds this many cards; the rest of a list comes by HTTP.
SNAPSHOT_CARDS = 50
# A position further back than this gets a snapshot: it is smaller.
MOST_MISSED = 200

Person = AbstractBaseUser | AnonymousUser


@dataclass(frozen=True, slots=True)
class Position:
    """`epoch:seq`. The epoch changes when what came before must not be continued."""

    epoch: str
    seq: int

    def __str__(self) -> str:
        return f"{self.epoch}:{self.seq}"

    @classmethod
    def parse(cls, text: str) -> "Position | None":
        epoch, colon, seq = text.rpartition(":")
        if not colon or not seq.isdecimal() or len(seq) > 18:
            return None
        return cls(epoch, int(seq))


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a topic stands: what a follower is measured against."""

    position: Position
    pruned_to: int
    tally_version: int


@dataclass(frozen=True, slots=True)
class Snapshot:
    """All there is to see (up to SNAPSHOT_CARDS cards) and a position no newer than what is seen."""

    topic: str
    standing: Standing
    cards: dict[str, Any]
    tallies: dict[str, dict[str, int]]


def log_epoch() -> str:
    return once("log epoch", lambda: Log.objects.get_or_create(pk=1)[0].epoch)


def standing_of(name: str) -> Standing:
    return standings_of([name])[name]


def standings_of(names: Collection[str]) -> dict[str, Standing]:
    if not names:
        return {}
    epoch = log_epoch()
    rows = Topic.objects.in_bulk(list(names))
    standings = {}
    for name in names:
        topic = rows.get(name) or Topic(name=name)
        position = Position(f"{epoch}.{topic.generation}", topic.seq)
        standings[name] = Standing(position, topic.pruned_to, topic.tally_version)
    return standings


def may_follow(name: str, user: Person) -> bool:
    """The one answer to "is this topic there for this person"; a name nobody registered is there for nobody."""
    found = kind_of(name)
    return found is not None and found[0].may_follow(user, **found[1])


def snapshot(name: str) -> Snapshot:
    """What the topic's audience sees now. Raises NotThere for a name nobody registered.

    The position is read **before** the data: an event that lands between is replayed over cards that already show it,
    which whole cards make harmless. So this needs no transaction.
    """
    found = kind_of(name)
    if found is None:
        raise NotThere
    kind, numbers = found
    standing = standing_of(name)
    cards: dict[str, Any] = {}
    for key, card in kind.snapshot(**numbers):
        if type(card) not in kind.cards:
            raise ValueError(f"{type(card).__name__} may not enter {name}: its schemas are closed")
        cards[key] = msgspec.to_builtins(card)
        if len(cards) == SNAPSHOT_CARDS:
            break
    tallies = {
        tally.key: {**tally.counts, "version": tally.version}
        for tally in Tally.objects.filter(topic=name, key__in=list(cards))
    }
    return Snapshot(name, standing, cards, tallies)


def missed(name: str, since: Position, standing: Standing | None = None) -> list[Event] | None:
    """The events after `since`, in order and without gaps, or None where only a snapshot can help."""
    standing = standing or standing_of(name)
    behind = standing.position.seq - since.seq
    if since.epoch != standing.position.epoch or since.seq < standing.pruned_to or not 0 <= behind <= MOST_MISSED:
        return None
    events = list(Event.objects.filter(topic=name, seq__gt=since.seq).order_by("seq")) if behind else []
    # The log may have been pruned between the two reads.
    whole = [event.seq for event in events] == list(range(since.seq + 1, since.seq + 1 + len(events)))
    return events if whole and len(events) >= behind else None


def tallies_since(name: str, version: int) -> dict[str, dict[str, int]]:
    """Absolute counts that changed after `version`, each with its own version so that an older one can be dropped."""
    changed = Tally.objects.filter(topic=name, version__gt=version).order_by("version")
    return {tally.key: {**tally.counts, "version": tally.version} for tally in changed}


def latest(name: str, standing: Standing, most: int) -> list[Event]:
    """The events that lead up to `standing`, at most so many, without gaps; none where the last of them is pruned."""
    seq = standing.position.seq
    events = list(
        Event.objects.filter(topic=name, seq__gt=max(standing.pruned_to, seq - most), seq__lte=seq).order_by("seq")
    )
    whole = [event.seq for event in events] == list(range(seq - len(events) + 1, seq + 1))
    return events if whole else []


def rights_changed_lately(up_to: int) -> tuple[int, dict[str, int]]:
    """(since, newest change of each whom after it): what can still void a ticket. `up_to` is a seq of RIGHTS."""
    # A minute more than a ticket lives: the clock is read before the change is committed.
    recent = Event.objects.filter(
        topic=RIGHTS, seq__lte=up_to, made_at__gte=timezone.now() - TICKET_LIFE - timedelta(minutes=1)
    )
    rows = list(recent.order_by("seq").values_list("seq", "cards"))
    changed = {whom: seq for seq, cards in rows for whom in cards}
    return (rows[0][0] - 1 if rows else up_to), changed
