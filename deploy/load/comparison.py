"""The arithmetic of a load run: percentiles, what a socket holds, and whether that is what the log says."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Any

import msgspec

Cards = dict[str, str]  # key: digest
Counts = dict[str, int]

_sorted = msgspec.json.Encoder(order="sorted").encode


def digest(card: object) -> str:
    """Stands for a card: equal for equal cards, in whatever order their fields were stored."""
    return blake2b(_sorted(card), digest_size=8).hexdigest()


def percentile(values: Sequence[float], share: float) -> float:
    """The smallest of `values` (sorted, not empty) that at least `share` (0 to 1) of them do not exceed."""
    if not values:
        raise ValueError("nothing was measured")
    rank = -int(-share * len(values) // 1)
    return values[max(rank, 1) - 1]


def in_ms(seconds: Iterable[float], *shares: float) -> dict[str, float] | None:
    """{p50, p99, max} in milliseconds, or the percentiles of other `shares`; None where nothing was measured."""
    values = sorted(seconds)
    if not values:
        return None
    points = {f"p{share * 100:g}": percentile(values, share) for share in shares or (0.5, 0.99)}
    points["max"] = values[-1]
    return {name: round(value * 1000, 1) for name, value in points.items()}


class Held:
    """What one socket holds of one topic, kept as the page keeps it, and what it noticed on the way."""

    __slots__ = (
        "ahead", "cards", "disordered", "epoch", "missing", "repeated", "seq", "start", "start_cards", "start_tallies",
        "tallies", "tallies_at",
    )  # fmt: skip

    def __init__(self) -> None:
        self.epoch = ""
        self.seq = -1
        self.cards: Cards = {}
        self.tallies: dict[str, Counts] = {}
        self.tallies_at = 0
        # Where the last snapshot stood, and what was in it.
        self.start = -1
        self.start_cards: Cards = {}
        self.start_tallies = 0
        self.missing = 0
        self.repeated = 0
        self.disordered = 0
        # The newest event that came while one before it was missing.
        self.ahead = 0

    def look(self, epoch: str, seq: int, cards: Cards, tallies: Mapping[str, Counts], tallies_at: int) -> None:
        """A whole snapshot takes the place of everything."""
        self.epoch, self.seq, self.start = epoch, seq, seq
        self.start_cards, self.cards = cards, dict(cards)
        self.tallies, self.tallies_at, self.start_tallies = dict(tallies), tallies_at, tallies_at
        self.ahead = 0

    def take(self, seq: int, cards: Mapping[str, str | None]) -> bool:
        """Applies the next event. False on a gap: the page then asks for what it missed."""
        if seq > self.seq + 1:
            self.ahead = max(self.ahead, seq)
            return False
        if seq <= self.seq:
            self.repeated += 1
            return True
        self.disordered += seq < self.ahead
        self.seq = seq
        for key, card in cards.items():
            if card is None:
                self.cards.pop(key, None)
            else:
                self.cards[key] = card
        return True

    def jump(self, seq: int, cards: Mapping[str, str | None]) -> None:
        """A page that asks for nothing: what is between is missing for good."""
        self.missing += seq - self.seq - 1
        self.seq = seq - 1
        self.take(seq, cards)

    def resume(self) -> None:
        """What was missed follows now, in order."""
        self.ahead = 0

    def count(self, tallies: Mapping[str, Counts], tallies_at: int) -> None:
        """Sets absolute counts; an older version of one is dropped."""
        for key, counts in tallies.items():
            if counts["version"] > self.tallies.get(key, {}).get("version", 0):
                self.tallies[key] = counts
        self.tallies_at = max(self.tallies_at, tallies_at)

    def state(self, topic: str) -> State:
        return State(
            topic=topic,
            start=self.start,
            seq=self.seq,
            start_cards=self.start_cards,
            cards=self.cards,
            start_tallies=self.start_tallies,
            tallies=self.tallies,
        )


class State(msgspec.Struct, frozen=True):
    """What a socket holds at the end; thousands of sockets usually share one."""

    topic: str
    start: int
    seq: int
    start_cards: Cards
    cards: Cards
    start_tallies: int
    tallies: dict[str, Counts]


class Holding(msgspec.Struct):
    """How many sockets hold the same, and what they noticed, added up."""

    state: State
    sockets: int = 0
    missing: int = 0
    repeated: int = 0
    disordered: int = 0


class Logged(msgspec.Struct):
    """A topic as the database has it: its log, and a snapshot taken now."""

    seq: int
    events: dict[int, dict[str, str | None]]  # seq: key: digest
    fresh: Cards
    # A snapshot is bounded; a shorter one shows everything there is.
    fresh_is_whole: bool
    tallies: dict[str, Counts]
    names: dict[int, str] = {}  # seq: what happened


@dataclass
class Verdict:
    """Over all sockets and topics. `differing`: sockets whose cards or counts are not those of the log."""

    lost: int = 0
    duplicated: int = 0
    disordered: int = 0
    differing: int = 0
    compared: int = 0
    examples: list[str] = field(default_factory=list)


def held_together(everything: Iterable[tuple[str, Held]]) -> list[Holding]:
    """Sockets that hold the same are told of once."""
    groups: dict[object, Holding] = {}
    for topic, held in everything:
        cards, counts = frozenset(held.cards.items()), frozenset((k, v["version"]) for k, v in held.tallies.items())
        same = (topic, held.start, held.start_tallies, held.seq, id(held.start_cards), cards, counts)
        group = groups.setdefault(same, Holding(held.state(topic)))
        group.sockets += 1
        group.missing += held.missing
        group.repeated += held.repeated
        group.disordered += held.disordered
    return list(groups.values())


def compare(holdings: Iterable[Holding], log: Mapping[str, Logged]) -> Verdict:
    """Measures what all sockets hold against the log and against a fresh snapshot.

    One that never got a snapshot holds nothing to compare; the run tells of it as not back.
    """
    verdict = Verdict()
    for holding in holdings:
        if holding.state.start < 0:
            continue
        state, logged = holding.state, log[holding.state.topic]
        verdict.compared += holding.sockets
        verdict.lost += holding.missing + holding.sockets * max(logged.seq - state.seq, 0)
        verdict.duplicated += holding.repeated
        verdict.disordered += holding.disordered
        if wrong := differences(state, logged):
            verdict.differing += holding.sockets
            verdict.examples.append(f"{state.topic}, {holding.sockets} sockets: {wrong}")
    return verdict


def differences(state: State, logged: Logged) -> str:
    """What is not as it should be in these cards and counts, or "" where all of it is."""
    expected = dict(state.start_cards)
    for seq in range(state.start + 1, logged.seq + 1):
        if seq not in logged.events:
            return f"event {seq} is not in the log"
        expected |= {key: card for key, card in logged.events[seq].items() if card is not None}
        for key in [key for key, card in logged.events[seq].items() if card is None]:
            expected.pop(key, None)
    if state.cards != expected:
        return f"not what the log gives: {_unlike(state.cards, expected)}"
    seen = state.cards if logged.fresh_is_whole else {k: v for k, v in state.cards.items() if k in logged.fresh}
    fresh = logged.fresh if logged.fresh_is_whole else {k: v for k, v in logged.fresh.items() if k in seen}
    if seen != fresh:
        return f"not what a page opened now shows: {_unlike(seen, fresh)}"
    due = {k: v for k, v in logged.tallies.items() if v["version"] > state.start_tallies or k in state.tallies}
    held = {key: counts for key, counts in state.tallies.items() if key in due}
    if held != due:
        return f"not the counts of the log: {_unlike(held, due)}"
    return ""


def made(log: Logged) -> Counter[str]:
    """What happened to which card, and how often; commands are told of so by the clients that sent them."""
    return Counter(f"{log.names[seq]} {key}" for seq, cards in log.events.items() for key in cards)


def unlike_commands(done: Mapping[str, int], log: Logged) -> tuple[Counter[str], Counter[str]]:
    """(commands that were answered as done and are not in the log, events that no command was answered for)."""
    asked, there = Counter(done), made(log)
    return asked - there, there - asked


def _unlike(mine: Mapping[str, object], theirs: Mapping[str, object]) -> str:
    keys = sorted(key for key in mine.keys() | theirs.keys() if mine.get(key) != theirs.get(key))
    return ", ".join(keys[:5]) + (" …" if len(keys) > 5 else "")


def as_json(value: Any) -> bytes:
    return msgspec.json.encode(value)
