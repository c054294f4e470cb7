"""Answers to requests whose body is still on its way: it is taken in as it comes, and only then is the answer known.

Django reads a body to its end before a view begins, so that of one that breaks off nothing remains. A body of
CONTENT_TYPE is left on the wire instead (config.pages): the view says by a `Reception` where it goes.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from functools import partial
from typing import Any, Protocol

from django.http import HttpRequest, HttpResponse, UnreadablePostError

CONTENT_TYPE = "application/offset+octet-stream"
# In the META of a request that has its body still before it. (What a client sends is there as HTTP_… only.)
ON_THE_WIRE = "BODY_IS_ON_THE_WIRE"
# Seconds without a byte after which a request counts as broken off: its link may have gone without a word.
PATIENCE = 20.0
# Bytes that are gathered before they are written: a server hands on a few kilobytes at a time.
GATHERED = 256 * 1024

Told = dict[str, Any]
Receive = Callable[[], Awaitable[Told]]
# Does a step elsewhere than on the loop, with a database connection of its own.
Step = Callable[[Callable[[], None]], Awaitable[None]]


class BrokenOff(Exception):
    """The body ended before its end."""


class Taker(Protocol):
    """Where a body goes."""

    def open(self) -> None: ...
    def write(self, chunk: bytes) -> None: ...
    def end(self, *, whole: bool) -> None: ...


def stays_on_the_wire(scope: dict[str, Any]) -> bool:
    """Whether the body of this ASGI request is not to be read before its view."""
    return any(
        name.lower() == b"content-type" and value.partition(b";")[0].strip().lower() == CONTENT_TYPE.encode()
        for name, value in scope["headers"]
    )


class Reception(HttpResponse):
    """What the view answers; `told(response, error)` completes it once the body is there, or why it is not.

    `error` is None, BrokenOff, or what the taker raised; what `told` does not know it raises.
    """

    def __init__(
        self, taker: Taker, told: "Callable[[Reception, Exception | None], None]", *, status: int = 204
    ) -> None:
        super().__init__(status=status)
        self._taker = taker
        self._told = told

    async def take(self, receive: Receive, step: Step) -> None:
        """Takes the body in from an ASGI server. Between its parts no thread and no connection is held."""
        error: Exception | None = None
        try:
            await self._take_in(receive, step)
        except Exception as refused:
            error = refused
        self._told(self, error)

    async def _take_in(self, receive: Receive, step: Step) -> None:
        whole = False
        try:
            await step(self._taker.open)
            async for chunk in _gathered(receive):
                await step(partial(self._taker.write, chunk))
            whole = True
        finally:
            # Also where the server gives the request up: what arrived is kept.
            await asyncio.shield(asyncio.ensure_future(step(partial(self._taker.end, whole=whole))))

    def take_now(self, request: HttpRequest) -> None:
        """Takes in a body that the thread which asks can read, as it is on any server but an ASGI one."""
        error: Exception | None = None
        try:
            self._read_in(request)
        except UnreadablePostError:
            error = BrokenOff()
        except Exception as refused:
            error = refused
        self._told(self, error)

    def _read_in(self, request: HttpRequest) -> None:
        whole = False
        try:
            self._taker.open()
            for chunk in _read(request):
                self._taker.write(chunk)
            whole = True
        finally:
            self._taker.end(whole=whole)


def _read(request: HttpRequest) -> Iterator[bytes]:
    while chunk := request.read(GATHERED):
        yield chunk


async def _gathered(receive: Receive) -> AsyncIterator[bytes]:
    """The body in pieces worth writing. Where it breaks off, what came of it, and then BrokenOff."""
    waiting = bytearray()
    more = True
    while more:
        try:
            more = await _next(receive, waiting)
        except BrokenOff:
            if waiting:
                yield bytes(waiting)
            raise
        if waiting and (not more or len(waiting) >= GATHERED):
            yield bytes(waiting)
            waiting.clear()


async def _next(receive: Receive, waiting: bytearray) -> bool:
    """Adds what comes next, and says whether there is more to come. Raises BrokenOff."""
    try:
        async with asyncio.timeout(PATIENCE):
            told = await receive()
    except TimeoutError:
        raise BrokenOff from None
    if told["type"] == "http.disconnect":
        raise BrokenOff
    waiting += told.get("body", b"")
    return bool(told.get("more_body", False))
