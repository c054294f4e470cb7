"""How many requests one process works on at a time: a storm of them waits in line, in front of the database."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

Told = dict[str, Any]
Receive = Callable[[], Awaitable[Told]]
Send = Callable[[Told], Awaitable[None]]
Application = Callable[..., Awaitable[None]]

# Each may hold one connection of the database's pool; the live edge has its own few. More at a time answers nobody
# sooner: they share one processor, and hold up the loop that writes to a hall.
AT_ONCE = 4
# Seconds after which a request is told to come again rather than left to wait.
PATIENCE = 10.0
COME_AGAIN = 5  # seconds


class TooMany(Exception):
    """The line did not move for PATIENCE."""


class Admission:
    """Lets AT_ONCE requests in, the others in the order they came.

    A request takes its place once all of its body is here, and gives it back when its answer begins: a slow upload, a
    film and a stream of events hold nobody up.
    """

    def __init__(self, pages: Application, at_once: int = AT_ONCE) -> None:
        self._pages = pages
        self._places = asyncio.Semaphore(at_once)

    async def __call__(self, scope: dict[str, Any], receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._pages(scope, receive, send)
            return
        visit = _Visit(self._places, receive, send)
        try:
            await self._pages(scope, visit.receive, visit.send)
        except TooMany:
            await _come_again(send)
        finally:
            visit.give_back()


class _Visit:
    def __init__(self, places: asyncio.Semaphore, receive: Receive, send: Send) -> None:
        self._places = places
        self._receive = receive
        self._send = send
        self._asked = False
        self._holds = False

    async def receive(self) -> Told:
        told = await self._receive()
        if told["type"] == "http.request" and not told.get("more_body") and not self._asked:
            self._asked = True
            await self._take_place()
        return told

    async def send(self, told: Told) -> None:
        if told["type"] == "http.response.start":
            self.give_back()
        await self._send(told)

    async def _take_place(self) -> None:
        try:
            async with asyncio.timeout(PATIENCE):
                await self._places.acquire()
        except TimeoutError:
            raise TooMany from None
        self._holds = True

    def give_back(self) -> None:
        if self._holds:
            self._holds = False
            self._places.release()


async def _come_again(send: Send) -> None:
    """In words for nobody in particular: what a language would be chosen by was not read."""
    headers = [(b"content-type", b"text/plain; charset=utf-8"), (b"retry-after", str(COME_AGAIN).encode())]
    await send({"type": "http.response.start", "status": 503, "headers": headers})
    await send(
        {"type": "http.response.body", "body": b"Very many people are here just now. Please reload in a moment.\n"}
    )
