"""Whose rights changed lately, as this process knows it: what a ticket is measured against without the database.

The hub of a server process follows the topic `rights` and keeps this up to date; a page that is made reads where it
stands. Of what was before it began it knows nothing, and says so: a ticket that cannot be judged is no ticket. What it
has not heard of yet, a second at most, closes the sockets concerned when it does.
"""

import re
from collections.abc import Iterable, Mapping

from outbox.reading import Position

# "user.7", "session.12": the first two parts of the names of the topics concerned.
WHOM = re.compile(r"[a-z_]+\.[0-9]+")


def whom_of(topic: str) -> str:
    """Whose rights decide about a topic: `session.12` for `session.12.floor`."""
    return ".".join(topic.split(".", 2)[:2])


class KnownRights:
    """The newest change of each whom since `_since`; of what was before nothing is known."""

    def __init__(self) -> None:
        self._at: Position | None = None
        self._since = 0
        self._changed: dict[str, int] = {}

    @property
    def at(self) -> Position | None:
        """Up to where everything is known, or None where nobody follows rights in this process (yet)."""
        return self._at

    def begin(self, at: Position, *, since: int, changed: Mapping[str, int]) -> None:
        """`changed` maps each whom to the seq of its newest change after `since`."""
        self._since, self._changed = since, dict(changed)
        self._at = at

    def note(self, seq: int, whom: Iterable[str]) -> None:
        """The next change: it comes once and in order."""
        if self._at is None:
            return
        self._changed.update(dict.fromkeys(whom, seq))
        # Last: who reads the position in another thread must find everything up to it.
        self._at = Position(self._at.epoch, seq)

    def forget(self) -> None:
        self._at = None

    def unchanged(self, since: Position, whom: Iterable[str]) -> bool:
        """Whether nothing is known to have changed for these after `since`. False where that cannot be told."""
        if self._at is None or since.epoch != self._at.epoch or since.seq < self._since:
            return False
        return all(self._changed.get(one, 0) <= since.seq for one in whom)


known = KnownRights()
