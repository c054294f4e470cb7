"""Where topics stand as they are opened: people's own topics by the hundred, a shared one with its latest events."""

import asyncio

from outbox import changes, reading
from outbox.bus import PRIVATE
from outbox.reading import MOST_MISSED, Standing
from realtime.frames import Frame
from realtime.threads import in_thread

Beginning = tuple[Standing, list[tuple[int, Frame]]]
# As many names as one query asks for.
A_LOOK = 500
# Seconds for which names are gathered before they are looked up: nobody notices, and a look costs as much as a join.
GATHERED = 0.01


class Beginnings:
    """Private topics are looked up together: all that are asked for within a moment."""

    def __init__(self) -> None:
        self._wanted: dict[str, asyncio.Future[Standing]] = {}
        self._looking: asyncio.Task[None] | None = None

    async def of(self, topic: str) -> Beginning:
        """Where the topic stands, and the events up to there; a private topic's are read when they are missed."""
        if not topic.startswith(PRIVATE):
            return await in_thread(_beginning, topic)
        standing = self._wanted.get(topic)
        if standing is None:
            standing = self._wanted[topic] = asyncio.get_running_loop().create_future()
        if self._looking is None:
            self._looking = asyncio.ensure_future(self._look())
        return await standing, []

    async def _look(self) -> None:
        try:
            while self._wanted:
                await asyncio.sleep(GATHERED)
                names = list(self._wanted)[:A_LOOK]
                looked_for = {name: self._wanted.pop(name) for name in names}
                await _stand(looked_for)
        finally:
            self._looking = None


async def _stand(looked_for: "dict[str, asyncio.Future[Standing]]") -> None:
    try:
        standings = await in_thread(reading.standings_of, list(looked_for))
    except Exception as error:
        for future in looked_for.values():
            if not future.done():
                future.set_exception(error)
        return
    for name, future in looked_for.items():
        if not future.done():
            future.set_result(standings[name])


def _beginning(topic: str) -> Beginning:
    standing = reading.standing_of(topic)
    events = reading.latest(topic, standing, MOST_MISSED)
    return standing, [(event.seq, Frame(changes.frame(event))) for event in events]
