"""What pages send: a reaction, together with those that others send at the same moment."""

from collections.abc import Mapping, Sequence

import msgspec

from conferences.rules import Person
from outbox.errors import Refusal
from outbox.registry import Asked, CommandGroup, register_command
from sessions.reactions.actions import Reaction, react

GIVE = "reaction.give"


class Give(msgspec.Struct, forbid_unknown_fields=True):
    session_id: int
    kind: str
    times: int = 1


def _give(given: Give, *, by: Person) -> Mapping[str, int]:
    (result,) = react([Reaction(given.session_id, given.kind, given.times, by)])
    if isinstance(result, Refusal):
        raise result
    return result


def _give_together(asked: Sequence[Asked]) -> list[Mapping[str, int] | Refusal]:
    return react([Reaction(each.payload.session_id, each.payload.kind, each.payload.times, each.by) for each in asked])


TOGETHER = CommandGroup("reactions", _give_together)


def register() -> None:
    register_command(GIVE, Give, _give, group=TOGETHER)
