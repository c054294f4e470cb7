"""Commands that can be carried out together: what comes in a burst is one commit, and is answered after it."""

import asyncio
import logging
from typing import Any

from accounts.queries import person
from outbox.commands import Sent, perform, perform_together
from outbox.errors import Refusal
from outbox.registry import CommandGroup
from realtime.threads import in_thread

logger = logging.getLogger(__name__)

# Seconds for which what came during a commit is gathered before the next. A command that comes alone waits for nobody.
GATHERED = 0.05
MOST = 100  # commands in one commit

Waiting = list[tuple[Sent, "asyncio.Future[dict[str, Any]]"]]


class Together:
    def __init__(self) -> None:
        self._waiting: dict[str, Waiting] = {}
        self._working: dict[str, asyncio.Task[None]] = {}

    async def perform(self, group: CommandGroup, sent: Sent) -> dict[str, Any]:
        """What `outbox.commands.perform` returns or raises."""
        answer: asyncio.Future[dict[str, Any]] = asyncio.get_running_loop().create_future()
        self._waiting.setdefault(group.name, []).append((sent, answer))
        if group.name not in self._working:
            self._working[group.name] = asyncio.ensure_future(self._work(group))
        return await answer

    async def close(self) -> None:
        """What is under way is carried out; who waits for it has gone."""
        await asyncio.gather(*self._working.values(), return_exceptions=True)

    async def _work(self, group: CommandGroup) -> None:
        waiting = self._waiting[group.name]
        try:
            while waiting:
                now, waiting[:MOST] = waiting[:MOST], []
                await _carry_out(group, now)
                if waiting:
                    await asyncio.sleep(GATHERED)
        finally:
            del self._working[group.name]


async def _carry_out(group: CommandGroup, waiting: Waiting) -> None:
    try:
        outcomes = await in_thread(perform_together, group, [sent for sent, _ in waiting])
    except Exception:
        # Nothing of it was done: each is tried by itself, so that whatever is wrong with one harms no other.
        logger.exception("commands of %s could not be carried out together", group.name)
        for sent, answer in waiting:
            await _alone(sent, answer)
        return
    for (_, answer), outcome in zip(waiting, outcomes, strict=True):
        _give(answer, outcome)


async def _alone(sent: Sent, answer: "asyncio.Future[dict[str, Any]]") -> None:
    try:
        _give(answer, await in_thread(_perform, sent))
    except Exception as error:
        _give(answer, error)


def _perform(sent: Sent) -> dict[str, Any]:
    return perform(sent.name, sent.payload, by=person(sent.by_id), command_id=sent.command_id)


def _give(answer: "asyncio.Future[dict[str, Any]]", outcome: dict[str, Any] | Refusal | Exception) -> None:
    if answer.done():
        return  # whoever sent it has gone; the receipt has the answer for when they come back
    if isinstance(outcome, Exception):
        answer.set_exception(outcome)
    else:
        answer.set_result(outcome)
