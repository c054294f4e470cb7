"""What a process knows of one topic that somebody here follows."""

import asyncio
from collections import deque
from dataclasses import dataclass

from outbox.bus import Told
from outbox.reading import Position, Standing
from realtime.writers import Follower

RING = 500  # frames a topic keeps for those who come back


class Feed:
    """One topic in this process: where it stands, its last frames, and who follows it."""

    def __init__(self, topic: str) -> None:
        self.topic = topic
        self.followers: dict[Follower, None] = {}
        self.opened: asyncio.Task[None] | None = None
        self.joining = 0
        # Followed by the hub itself for as long as it lives.
        self.kept = False
        self.early: list[Told] = []
        self.standing: Standing | None = None
        self.epoch = ""
        self.seq = 0
        self.tally_version = 0
        self.tallied = False
        self.ring: deque[tuple[int, str]] = deque(maxlen=RING)
        self.snapshot: asyncio.Task[Opening] | None = None
        self.snapshot_seq = -1
        self.repair: asyncio.Task[None] | None = None
        # What a follower who could not take more has not seen: (seq, tally version) it stands at.
        self.lagging: dict[Follower, tuple[int, int]] = {}
        self.present = -1

    def start(self, standing: Standing) -> None:
        self.standing = standing
        self.epoch, self.seq = standing.position.epoch, standing.position.seq
        self.tally_version = standing.tally_version
        self.ring.clear()
        self.snapshot = None

    def after(self, position: Position) -> list[str] | None:
        """The frames after `position`, or None where the ring does not reach back that far."""
        epoch, seq = position.epoch, position.seq
        if epoch != self.epoch or seq > self.seq:
            return None
        if seq == self.seq:
            return []
        if not self.ring or self.ring[0][0] > seq + 1:
            return None
        return [text for number, text in self.ring if number > seq]


@dataclass(frozen=True, slots=True)
class Opening:
    """What a follower gets before a topic's next events, and where it stands then."""

    position: Position
    tally_version: int
    frames: list[str]
