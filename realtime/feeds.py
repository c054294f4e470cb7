"""What a process knows of one topic that somebody here follows."""

import asyncio
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass

from outbox.bus import PRIVATE, Told
from outbox.reading import RIGHTS, Position, Standing
from realtime.frames import Frame
from realtime.presence import Attended
from realtime.writers import Follower

RING = 500  # frames a topic keeps for those who come back


@dataclass(frozen=True, slots=True)
class Due:
    """A frame on its way to all who follow: an event's `seq`, or 0; where somebody stands whom it does not reach."""

    frame: Frame
    seq: int
    stands: tuple[int, int]  # seq, tally version


class CatchingUp:
    """One follower being brought up to a topic: as far as it has been told of it, once it has its opening."""

    __slots__ = ("reached",)

    def __init__(self) -> None:
        self.reached: Position | None = None

    def is_beyond(self, position: Position) -> bool:
        return self.reached is not None and self.reached.epoch == position.epoch and self.reached.seq > position.seq


class Feed:
    """One topic in this process: where it stands, its last frames, and who follows it."""

    __slots__ = (
        "attended", "catching", "due", "early", "epoch", "followers", "idle_since", "joining", "kept", "lagging",
        "opened", "private", "repair", "ring", "seq", "snapshot", "snapshot_seq", "standing", "tallied", "tally_frames",
        "tally_version", "topic",
    )  # fmt: skip

    def __init__(self, topic: str) -> None:
        self.topic = topic
        self.private = topic.startswith(PRIVATE)
        # Each with the seq it had when it was let in: nothing up to there is written to it again.
        self.followers: dict[Follower, int] = {}
        # Who is being brought up to now; the newest where two were begun for the same one.
        self.catching: dict[Follower, CatchingUp] = {}
        self.opened: asyncio.Task[None] | None = None
        self.joining = 0
        # Followed by the hub itself for as long as it lives, whoever opened it.
        self.kept = topic == RIGHTS
        self.idle_since: float | None = None
        self.early: list[Told] = []
        self.standing: Standing | None = None
        self.epoch = ""
        self.seq = 0
        self.tally_version = 0
        self.tallied = False
        # Made when there is something to keep: most people's own topics stay empty.
        self.ring: deque[tuple[int, Frame]] | None = None
        self.due: deque[Due] | None = None
        self.snapshot: asyncio.Task[Opening] | None = None
        self.snapshot_seq = -1
        # What changed after a version, encoded once for all who come back from there.
        self.tally_frames: dict[int, asyncio.Task[Frame | None]] = {}
        self.repair: asyncio.Task[None] | None = None
        # What a follower who could not take more has not seen: (seq, tally version) it stands at.
        self.lagging: dict[Follower, tuple[int, int]] = {}
        # For topics whose kind would know who is here.
        self.attended: Attended | None = None

    def start(self, standing: Standing, latest: Iterable[tuple[int, Frame]] = ()) -> None:
        """`latest` are the events before `standing`, without gaps up to it."""
        self.standing = standing
        self.epoch, self.seq = standing.position.epoch, standing.position.seq
        self.count_to(standing.tally_version)
        self.ring = deque(latest, RING) or None
        self.snapshot = None

    def keep(self, seq: int, frame: Frame) -> None:
        self.seq = seq
        if self.ring is None:
            self.ring = deque(maxlen=RING)
        self.ring.append((seq, frame))

    def count_to(self, tally_version: int) -> None:
        self.tally_version = tally_version
        self.tally_frames = {}

    def after(self, position: Position) -> list[tuple[int, Frame]] | None:
        """The events after `position`, or None where the ring does not reach back that far."""
        epoch, seq = position.epoch, position.seq
        if epoch != self.epoch or seq > self.seq:
            return None
        if seq == self.seq:
            return []
        if not self.ring or self.ring[0][0] > seq + 1:
            return None
        return [event for event in self.ring if event[0] > seq]


@dataclass(frozen=True, slots=True)
class Opening:
    """What a follower gets before a topic's next events, and where it stands then."""

    position: Position
    tally_version: int
    frames: list[Frame]
    # Counts go after the cards they count, and so after what the ring adds to `frames`.
    counts: Frame | None = None
