"""What crosses the wire. `EVENTS.md` is the page about it; every frame is encoded once, whoever reads it."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import msgspec
from django.utils import timezone

from outbox.reading import TICKET_LIFE, Snapshot

# A phone on a slow link shows the first part while the next arrives.
LARGEST = 32 * 1024

# Joins a second that one process takes with ease. Pages that lost their link come back within the time that their
# number needs at this rate, each at a random moment of it.
JOINS_A_SECOND = 1000
SHORTEST_SPREAD_MS = 2000
# Pages ask for the next ticket at a random moment before this, so that one that is thrown out holds a good one.
RENEWED_WITHIN_MS = int(TICKET_LIFE.total_seconds() * 1000) // 2

encode = msgspec.json.Encoder().encode


class Frame:
    """One message to pages: its text, and the websocket frame around it, made once for all who are written to."""

    __slots__ = ("_wire", "text")

    def __init__(self, text: str) -> None:
        self.text = text
        self._wire: bytes | None = None

    @classmethod
    def bundle(cls, frames: "Sequence[Frame]") -> "Frame":
        """Several as one, for those who are written to directly: the wire of all of them, one after the other."""
        if len(frames) == 1:
            return frames[0]
        bundled = cls("")
        bundled._wire = b"".join(frame.wire for frame in frames)
        return bundled

    @property
    def wire(self) -> bytes:
        """An unfragmented text frame as a server sends it (RFC 6455, 5.2): without a mask, not compressed."""
        if self._wire is None:
            payload = self.text.encode()
            self._wire = _header(len(payload)) + payload
        return self._wire


def close_wire(code: int) -> bytes:
    """The frame that ends a socket (RFC 6455, 5.5.1)."""
    return b"\x88\x02" + code.to_bytes(2, "big")


def _header(length: int) -> bytes:
    if length < 126:
        return bytes((0x81, length))
    if length < 1 << 16:
        return b"\x81\x7e" + length.to_bytes(2, "big")
    return b"\x81\x7f" + length.to_bytes(8, "big")


def frame(**parts: Any) -> Frame:
    return Frame(encode(parts).decode())


def hello_frame(user_id: int | None, spread_ms: int) -> Frame:
    """The first word to a page, by whichever way: our clock, whom we take it for, how and with what to come back."""
    now = int(timezone.now().timestamp() * 1000)
    return frame(
        hello={"now": now, "user": user_id, "retry_spread_ms": spread_ms, "renew_within_ms": RENEWED_WITHIN_MS}
    )


def spread_ms(pages: int) -> int:
    """Within how many milliseconds so many pages should come back."""
    return max(SHORTEST_SPREAD_MS, pages * 1000 // JOINS_A_SECOND)


def snapshot_frames(snapshot: Snapshot) -> Iterator[Frame]:
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


def tally_frame(topic: str, tallies: dict[str, dict[str, int]]) -> Frame:
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
