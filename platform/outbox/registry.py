"""What there is to follow and to command. Apps register here in their `AppConfig`; the edges look here."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import msgspec
from django.contrib.auth.models import AbstractBaseUser
from django.db.models import Model, QuerySet

from outbox.errors import Refusal, UnknownCommand

Card = msgspec.Struct


@dataclass(frozen=True, slots=True)
class Placement:
    """One thing as one audience sees it. `card` is None where this audience may not see it (now)."""

    topic: str
    key: str
    card: Card | None


@dataclass(frozen=True)
class TopicKind:
    """A family of topics with one audience and closed schemas.

    `pattern` is the name with whole numbers in braces: `session.{session_id}.floor`. `cards` are the only types
    that may enter. `snapshot(**numbers)` yields (key, card) in the order of importance, at most 50 of them;
    `may_follow(user, **numbers)` is the whole permission. `presence`: who is here is counted and told.

    Who would know who is here says so by three callables. Each is called in a worker thread, outside any transaction,
    with the topic's numbers and `at`, an aware moment; it may be called again with the same, late, or out of order.
    `attended(**numbers, user_ids=frozenset, at=)`: who follows in this process, about once a minute.
    `left(**numbers, user_ids=frozenset, at=)`: who follows in this process no more, gathered, soon after they left.
    `counted(**numbers, present=int, at=)`: all who follow in all processes, signed in or not, whenever it is added up.
    """

    pattern: str
    cards: tuple[type[Card], ...]
    may_follow: Callable[..., bool]
    snapshot: Callable[..., Iterable[tuple[str, Card]]]
    presence: bool = False
    attended: Callable[..., None] | None = None
    left: Callable[..., None] | None = None
    counted: Callable[..., None] | None = None
    regex: re.Pattern[str] = field(init=False)

    def __post_init__(self) -> None:
        escaped = re.sub(r"\\{(\w+)\\}", r"(?P<\1>[1-9][0-9]{0,17})", re.escape(self.pattern))
        object.__setattr__(self, "regex", re.compile(escaped))

    def name(self, **numbers: int) -> str:
        return self.pattern.format(**numbers)

    def numbers(self, name: str) -> dict[str, int] | None:
        match = self.regex.fullmatch(name)
        return {key: int(value) for key, value in match.groupdict().items()} if match else None


@dataclass(frozen=True)
class Announcer:
    """How a changed thing reaches its audiences.

    `placements(thing)` names every audience the thing could have, with a card of None where it is not to be seen.
    `reread` is the queryset the thing is read again from, with all that its cards need. `topics(thing)` names the same
    audiences without their cards, where cards cost more than a name.
    """

    model: type[Model]
    placements: Callable[[Any], Iterable[Placement]]
    reread: Callable[[], QuerySet[Any]]
    events: frozenset[str]
    topics: Callable[[Any], Iterable[str]] | None = None


@dataclass(frozen=True, slots=True)
class Asked:
    """One command of a group, as `CommandGroup.run` gets it: `payload` is of the command's own type."""

    name: str
    payload: Any
    by: AbstractBaseUser


@dataclass(frozen=True)
class CommandGroup:
    """Commands that can be carried out together, where many people send them at the same moment.

    `run(asked)` calls one action for all of them, in the order they came, and returns a result for each, in that
    order: what the page gets back, or the Refusal of this one, which is returned and fails no other.
    """

    name: str
    run: Callable[[Sequence[Asked]], Sequence[Mapping[str, Any] | Refusal]]


@dataclass(frozen=True)
class Command:
    """A verb that a page may send. `run(payload, by=user)` calls one action and returns what the page gets back.

    `group`: those it may be carried out together with, by an edge that has many at once; the outcome is the same.
    """

    name: str
    payload: type[msgspec.Struct]
    run: Callable[..., Mapping[str, Any] | None]
    group: CommandGroup | None = None


_kinds: list[TopicKind] = []
_announcers: dict[type[Model], Announcer] = {}
_commands: dict[str, Command] = {}


def register_topic(kind: TopicKind) -> TopicKind:
    if any(other.pattern == kind.pattern for other in _kinds):
        raise ValueError(f"topic {kind.pattern} is registered twice")
    _kinds.append(kind)
    return kind


def register_announcer(
    model: type[Model],
    placements: Callable[[Any], Iterable[Placement]],
    *,
    reread: Callable[[], QuerySet[Any]],
    events: Iterable[str],
    topics: Callable[[Any], Iterable[str]] | None = None,
) -> None:
    if model in _announcers:
        raise ValueError(f"{model.__name__} is announced twice")
    _announcers[model] = Announcer(model, placements, reread, frozenset(events), topics)


def register_command(
    name: str,
    payload: type[msgspec.Struct],
    run: Callable[..., Mapping[str, Any] | None],
    *,
    group: CommandGroup | None = None,
) -> None:
    if name in _commands:
        raise ValueError(f"command {name} is registered twice")
    if not payload.__struct_config__.forbid_unknown_fields:
        raise ValueError(f"the payload of {name} must forbid unknown fields")
    _commands[name] = Command(name, payload, run, group)


def kind_of(topic: str) -> tuple[TopicKind, dict[str, int]] | None:
    """The family of a topic's name and the numbers in it, or None for a name nobody registered."""
    for kind in _kinds:
        if (numbers := kind.numbers(topic)) is not None:
            return kind, numbers
    return None


def announcer_of(thing: Model) -> Announcer:
    return _announcers[type(thing)]


def command(name: str) -> Command:
    """Raises UnknownCommand."""
    try:
        return _commands[name]
    except KeyError:
        raise UnknownCommand from None


def kinds() -> Iterator[TopicKind]:
    return iter(_kinds)


def commands() -> Iterator[Command]:
    return iter(_commands.values())


def announcers() -> Iterator[Announcer]:
    return iter(_announcers.values())
