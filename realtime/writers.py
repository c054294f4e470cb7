"""How a frame reaches one follower without anybody waiting for anybody."""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Generator, Iterable
from typing import Any, Protocol

from django.conf import settings

from realtime import proof
from realtime.frames import Frame, close_wire
from realtime.lines import MOST_WAITING, Line, line_of

logger = logging.getLogger(__name__)

# Close codes. Both say: come back from where you stand. A code of our own where there is one of the standard's (1013):
# Daphne refuses to send those.
RESTARTING = 1012
COME_BACK = 4013
LAGGING_AT_MOST = 15.0  # seconds until a socket that takes nothing is closed
LOOKED_AT_EVERY = 0.1  # seconds, a socket that is to drain: its server tells nobody when it has
QUEUE = 256


class Follower(Protocol):
    """Whoever follows topics through the hub. `user_id` is None until they are known, and for whoever never is."""

    user_id: int | None
    # Whether several frames may be written as one, of which it takes all or none.
    takes_bundles: bool

    def write(self, frame: Frame) -> bool:
        """Sends a frame at once and never waits. False where it cannot take more: the hub repairs it when it drains."""

    def drained(self) -> Awaitable[None]:
        """Ends when frames can be taken again."""

    def close(self, code: int, reason: str) -> None: ...


class SocketWriter:
    """Writes to a websocket: directly where the server is one that we know, by one step of its `send` elsewhere.

    By `send`: one that finishes in its first step is done; one that suspends has met a full buffer, and the rest of it
    goes on in a task while this writer refuses more. No task and no thread per event either way.
    """

    __slots__ = (
        "__weakref__",
        "_closing",
        "_held",
        "_line",
        "_next_line",
        "_rest",
        "_send",
        "takes_bundles",
        "user_id",
    )

    def __init__(self, send: Callable[[dict[str, Any]], Coroutine[Any, Any, None]]) -> None:
        self._send = send
        self.user_id: int | None = None
        self.takes_bundles = False
        self._line: Line | None = None
        self._next_line: Line | None = None
        self._held: list[bytes] | None = None
        self._rest: asyncio.Future[None] | None = None
        self._closing = False

    def opened(self, server: object) -> None:
        """The socket is accepted; `server` is the scope's, where the server listens."""
        line = line_of(self._send) if settings.LIVE_DIRECT else None
        if line is not None:
            proof.when_proved(line.name, server, self, line)

    def take_line(self, line: Line) -> None:
        """Frames go there as soon as `send` has nothing in hand."""
        self._next_line = line
        self._go_by_line()

    def _go_by_line(self) -> None:
        if self._next_line is not None and (self._rest is None or self._rest.done()):
            self._line, self._next_line = self._next_line, None
            self.takes_bundles = True

    def hold(self) -> None:
        """Keeps what is written until `let_go`, to send it in one go."""
        if self._line is not None and self._held is None:
            self._held = []

    def let_go(self, first: Frame | None = None) -> None:
        """Sends what was kept in one go, `first` before it."""
        held, self._held = self._held, None
        if first is not None and held:
            held.insert(0, first.wire)
        elif first is not None:
            self.write(first)
        if held and self._line is not None and not self._closing:
            self._line.write(held[0] if len(held) == 1 else b"".join(held))

    def write(self, frame: Frame) -> bool:
        if self._closing:
            return True  # nobody is there any more; nothing is missing
        if self._line is None:
            self._go_by_line()
        if self._line is None:
            return self._step({"type": "websocket.send", "text": frame.text})
        if self._held is None:
            return self._line.write(frame.wire)
        if sum(map(len, self._held)) > MOST_WAITING or self._line.waiting() > MOST_WAITING:
            self.let_go()
            self._held = []
            return self._line.write(frame.wire)
        self._held.append(frame.wire)
        return True

    async def drained(self) -> None:
        if self._line is not None:
            await self._line_drained(self._line)
        elif self._rest is not None:
            # Waited for from outside: whoever closes the socket meanwhile must not end the one who waits.
            sent, _ = await asyncio.wait([self._rest], timeout=LAGGING_AT_MOST)
            if not sent:
                self.close(COME_BACK, "too slow")

    async def _line_drained(self, line: Line) -> None:
        loop = asyncio.get_running_loop()
        until = loop.time() + LAGGING_AT_MOST
        while line.waiting() > MOST_WAITING // 2 and not self._closing:
            if loop.time() > until:
                self.close(COME_BACK, "too slow")
                return
            await asyncio.sleep(LOOKED_AT_EVERY)

    def close(self, code: int, reason: str) -> None:
        if self._closing:
            return
        self.let_go()
        self._closing = True
        if self._line is not None and code == COME_BACK and self._line.waiting():
            # A word of farewell would wait behind what nobody reads, and the socket with it.
            self._line.abort()
            return
        if self._line is not None and code == RESTARTING:
            # On the spot: what a server that stops has in its buffers is sent no more.
            self._line.write(close_wire(code))
            return
        if self._rest is not None:
            self._rest.cancel()
            self._rest = None
        self._step({"type": "websocket.close", "code": code, "reason": reason})

    def _step(self, message: dict[str, Any]) -> bool:
        if self._rest is not None and not self._rest.done():
            return False
        sending = self._send(message)
        if not hasattr(sending, "send"):
            # A server whose `send` is awaited and no coroutine cannot be driven a step: it goes on by itself.
            self._rest = asyncio.ensure_future(sending)
            self._rest.add_done_callback(_gone)
            return True
        try:
            waited_for = sending.send(None)
        except StopIteration:
            self._rest = None
            return True
        except Exception as error:
            # The server says that the socket is gone; its own disconnect message follows.
            logger.info("a server did not take %s: %r", message["type"], error)
            self._closing = True
            return True
        self._rest = asyncio.ensure_future(_finish(sending, waited_for))
        return True


def _gone(sent: "asyncio.Future[None]") -> None:
    """Looks at the failure of a socket that went away, as _step does, so that nobody else wonders about it."""
    if not sent.cancelled():
        sent.exception()


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

    takes_bundles = False

    def __init__(self) -> None:
        self.user_id: int | None = None
        self.closed_because = 0
        self._frames: asyncio.Queue[Frame | None] = asyncio.Queue(QUEUE)
        self._room = asyncio.Event()

    def write(self, frame: Frame) -> bool:
        if self.closed_because:
            return True  # nobody is there any more; nothing is missing
        try:
            self._frames.put_nowait(frame)
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
        """The text of every frame as it comes, until the follower is closed."""
        while (frame := await self._frames.get()) is not None:
            if self._frames.qsize() <= QUEUE // 2:
                self._room.set()
            yield frame.text


class Collector:
    """For one answer over HTTP: whatever is written now goes into it."""

    takes_bundles = False

    def __init__(self) -> None:
        self.user_id: int | None = None
        self.frames: list[Frame] = []

    def write(self, frame: Frame) -> bool:
        self.frames.append(frame)
        return True

    async def drained(self) -> None:
        """There is always room."""

    def close(self, code: int, reason: str) -> None:
        """It leaves by itself, in a moment."""


def write_all(follower: Follower, frames: Iterable[Frame]) -> bool:
    """False as soon as one does not fit."""
    return all(follower.write(frame) for frame in frames)


async def write_each(follower: Follower, frames: Iterable[Frame]) -> None:
    """Every frame, each as soon as there is room for it."""
    for frame in frames:
        while not follower.write(frame):
            await follower.drained()
