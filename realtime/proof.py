"""Proof that the direct line to the wire says what the server's own `send` says, before anything goes by it.

The first socket of a process makes it open one to itself, over the address it listens on, where each of a few texts is
sent both ways: byte for byte the same, or frames go by `send` for as long as the process lives.
"""

import asyncio
import logging
from base64 import b64encode
from collections.abc import Callable
from contextlib import suppress
from secrets import token_bytes
from typing import Any, Protocol
from weakref import ref

from django.core import signing

from realtime.frames import Frame
from realtime.lines import Line, line_of

logger = logging.getLogger(__name__)

PATH = "/live/socket/proof/"
# One for each way that a websocket frame writes its length.
TEXTS = ("short", "longer, and in more than one script: сессия 会议 جلسة " * 3, "a snapshot of many cards " * 3000)
TRIES = 10
PATIENCE = 5.0  # seconds for a try; a hall may be coming in meanwhile
TOKEN_LIFE = 60  # seconds

_signer = signing.TimestampSigner(salt="sidang.proof")


class TakesLine(Protocol):
    def take_line(self, line: Line) -> None: ...


class _Trial:
    """What is known of one kind of line in this process, and who waits to hear."""

    def __init__(self) -> None:
        self.proved: bool | None = None
        self.task: asyncio.Task[None] | None = None
        self.waiting: list[tuple[ref[TakesLine], Line]] = []


_trials: dict[str, _Trial] = {}


def when_proved(name: str, server: Any, writer: TakesLine, line: Line) -> None:
    """Gives the line to the writer at once, or as soon as lines of this name are proved, or never."""
    trial = _trials.setdefault(name, _Trial())
    if trial.proved:
        writer.take_line(line)
    elif trial.proved is None and server is not None:
        trial.waiting.append((ref(writer), line))
        if trial.task is None:
            trial.task = asyncio.ensure_future(_try(name, trial, server))


async def _try(name: str, trial: _Trial, server: Any) -> None:
    proved, why = False, "no answer"
    for _ in range(TRIES):
        try:
            async with asyncio.timeout(PATIENCE):
                proved = await _same_both_ways(server)
        except (OSError, TimeoutError, asyncio.IncompleteReadError, asyncio.LimitOverrunError) as error:
            why = repr(error)
            await asyncio.sleep(0.1)
        else:
            why = "the bytes differ"
            break
    trial.proved = proved
    waiting, trial.waiting = trial.waiting, []
    if proved:
        logger.info("frames go directly to the wire (%s)", name)
        for reference, line in waiting:
            if (writer := reference()) is not None:
                writer.take_line(line)
    else:
        logger.warning(
            "frames go by the server's send, which is slower: the direct line (%s) is not proved: %s", name, why
        )


async def _same_both_ways(server: Any) -> bool:
    host, port = server
    reader, writer = await (asyncio.open_connection(host, port) if port else asyncio.open_unix_connection(host))
    try:
        writer.write(
            f"GET {PATH}{_signer.sign('line')} HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\n"
            "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
            f"Sec-WebSocket-Key: {b64encode(token_bytes(16)).decode()}\r\n\r\n".encode()
        )
        answer = await reader.readuntil(b"\r\n\r\n")
        if not answer.startswith(b"HTTP/1.1 101"):
            raise OSError(answer.partition(b"\r\n")[0])
        for text in TEXTS:
            wire = Frame(text).wire
            if await reader.readexactly(2 * len(wire)) != wire + wire:
                return False
    finally:
        writer.close()
        with suppress(OSError):
            await writer.wait_closed()
    return True


async def answer(scope: dict[str, Any], receive: Callable[[], Any], send: Callable[[dict[str, Any]], Any]) -> None:
    """The other end: each text by `send`, then by the line. For processes of this installation only."""
    await receive()
    try:
        _signer.unsign(scope["path"].removeprefix(PATH), max_age=TOKEN_LIFE)
    except signing.BadSignature:
        await send({"type": "websocket.close", "code": 4404})
        return
    await send({"type": "websocket.accept"})
    line = line_of(send)
    if line is not None:
        for text in TEXTS:
            await send({"type": "websocket.send", "text": text})
            # What waits goes first in any case; that nothing waits is what is to be tried.
            for _ in range(1000):
                if not line.waiting():
                    break
                await asyncio.sleep(0.001)
            line.write(Frame(text).wire)
    await send({"type": "websocket.close", "code": 1000})
