"""What crosses the wire. `EVENTS.md` is the page about it; every frame is encoded once, whoever reads it."""

from collections.abc import Iterable, Iterator
from typing import Any

import msgspec
from django.utils import timezone

from outbox.reading import Snapshot

# A phone on a slow link shows the first part while the next arrives.
LARGEST = 32 * 1024

# Pages come back within this time after a restart, each at its own random moment.
RETRY_SPREAD_MS = 2000

encode = msgspec.json.Encoder().encode


def frame(**parts: Any) -> str:
    return encode(parts).decode()


def hello_frame(user_id: int | None) -> str:
    """The first word to a page, by whichever way: our clock, whom we take it for, how to come back."""
    now = int(timezone.now().timestamp() * 1000)
    return frame(hello={"now": now, "user": user_id, "retry_spread_ms": RETRY_SPREAD_MS})


def snapshot_frames(snapshot: Snapshot) -> Iterator[str]:
    """A snapshot in parts of at most LARGEST bytes; the first part replaces what the page has, the last says so."""
    parts = list(_parts(snapshot.cards.items()))
    for number, cards in enumerate(parts, start=1):
        tallies = {key: snapshot.tallies[key] for key in cards if key in snapshot.tallies}
        yield frame(
            topic=snapshot.topic,
            at=str(snapshot.standing.position),
            part=[number, len(parts)],
            cards=cards,
            tallies=tallies,
            tallies_at=snapshot.standing.tally_version,
        )


def tally_frame(topic: str, tallies: dict[str, dict[str, int]]) -> str:
    newest = max(counts["version"] for counts in tallies.values())
    return frame(topic=topic, tallies=tallies, tallies_at=newest)


def _parts(cards: Iterable[tuple[str, Any]]) -> Iterator[dict[str, Any]]:
    part: dict[str, Any] = {}
    size = 0
    for key, card in cards:
        weight = len(encode(card)) + len(key) + 80
        if part and size + weight > LARGEST:
            yield part
            part, size = {}, 0
        part[key] = card
        size += weight
    yield part
