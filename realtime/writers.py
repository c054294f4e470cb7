"""How a frame reaches one follower without anybody waiting for anybody."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Generator, Iterable
from typing import Any, Protocol

COME_BACK = 1013  # the close code that says: come back from where you stand
LAGGING_AT_MOST = 15.0  # seconds until a socket that takes nothing is closed
QUEUE = 256


class Follower(Protocol):
    """Whoever follows topics through the hub."""

    user_id: int | None

    def write(self, text: str) -> bool:
        """Sends a frame at once and never waits. False where it cannot take more: the hub repairs it when it drains."""

    def drained(self) -> Awaitable[None]:
        """Ends when frames can be taken again."""

    def close(self, code: int, reason: str) -> None: ...


class SocketWriter:
    """Writes by driving the server's `send` one step: any ASGI server, no task and no thread per event.

    A `send` that finishes in its first step is done. One that suspends has met a full buffer: the rest of it goes on in
    a task while this writer refuses more. Daphne never suspends; its buffer is its own.
    """

    def __init__(self, send: Callable[[dict[str, Any]], Coroutine[Any, Any, None]], user_id: int | None) -> None:
        self._send = send
        self.user_id = user_id
        self._rest: asyncio.Task[None] | None = None
        self._closing = False

    def write(self, text: str) -> bool:
        return self._step({"type": "websocket.send", "text": text})

    async def drained(self) -> None:
        if self._rest is None:
            return
        # Waited for from outside: whoever closes the socket meanwhile must not end the one who waits.
        sent, _ = await asyncio.wait([self._rest], timeout=LAGGING_AT_MOST)
        if not sent:
            self.close(COME_BACK, "too slow")

    def close(self, code: int, reason: str) -> None:
        if self._closing:
            return
        self._closing = True
        if self._rest is not None:
            self._rest.cancel()
            self._rest = None
        self._step({"type": "websocket.close", "code": code, "reason": reason}, last=True)

    def _step(self, message: dict[str, Any], *, last: bool = False) -> bool:
        if self._closing and not last:
            return True  # nobody is there any more; nothing is missing
        if self._rest is not None and not self._rest.done():
            return False
        sending = self._send(message)
        try:
            waited_for = sending.send(None)
        except StopIteration:
            self._rest = None
            return True
        except Exception:
            # The server says that the socket is gone; its own disconnect message follows.
            self._closing = True
            return True
        self._rest = asyncio.ensure_future(_finish(sending, waited_for))
        return True


async def _finish(sending: Coroutine[Any, Any, None], waited_for: Any) -> None:
    try:
        await _Rest(sending, waited_for)
    except asyncio.CancelledError:
        raise
    except Exception:
        # As above: a socket that went away while it was full.
        return


class _Rest:
    """The rest of a coroutine whose first step was taken by hand: it yields what that step waited for, then goes on."""

    def __init__(self, sending: Coroutine[Any, Any, None], waited_for: Any) -> None:
        self._sending = sending
        self._waited_for = waited_for

    def __await__(self) -> Generator[Any, Any, None]:
        waited_for = self._waited_for
        while True:
            try:
                yield waited_for
            except BaseException as error:
                try:
                    waited_for = self._sending.throw(error)
                except StopIteration:
                    return
            else:
                try:
                    waited_for = self._sending.send(None)
                except StopIteration:
                    return


class QueueWriter:
    """For a stream that pulls, such as server-sent events: a bounded queue, which `taken()` empties."""

    def __init__(self, user_id: int | None) -> None:
        self.user_id = user_id
        self.closed_because = 0
        self._frames: asyncio.Queue[str | None] = asyncio.Queue(QUEUE)
        self._room = asyncio.Event()

    def write(self, text: str) -> bool:
        if self.closed_because:
            return True  # nobody is there any more; nothing is missing
        try:
            self._frames.put_nowait(text)
        except asyncio.QueueFull:
            self._room.clear()
            return False
        return True

    async def drained(self) -> None:
        if not self._frames.full():
            return
        try:
            async with asyncio.timeout(LAGGING_AT_MOST):
                await self._room.wait()
        except TimeoutError:
            self.close(COME_BACK, "too slow")

    def close(self, code: int, reason: str) -> None:
        if self.closed_because:
            return
        self.closed_because = code
        while not self._frames.empty():
            self._frames.get_nowait()
        self._frames.put_nowait(None)
        self._room.set()

    async def taken(self) -> AsyncIterator[str]:
        """Every frame as it comes, until the follower is closed."""
        while (text := await self._frames.get()) is not None:
            if self._frames.qsize() <= QUEUE // 2:
                self._room.set()
            yield text


def write_all(follower: Follower, frames: Iterable[str]) -> bool:
    """False as soon as one does not fit."""
    return all(follower.write(text) for text in frames)


async def write_each(follower: Follower, frames: Iterable[str]) -> None:
    """Every frame, each as soon as there is room for it."""
    for text in frames:
        while not follower.write(text):
            await follower.drained()
