"""The hearing side of the bus: in process, or Redis pub/sub with confirmed subscriptions."""

import asyncio
import contextlib
import logging
from collections import Counter
from collections.abc import Callable
from typing import Protocol

import msgspec
from django.conf import settings
from redis import asyncio as redis
from redis.exceptions import RedisError

from outbox import bus

logger = logging.getLogger(__name__)

Hear = Callable[[bus.Told], None]

# A bus that does not confirm in this time is away: the heartbeat carries the topic meanwhile.
CONFIRMED_WITHIN = 2.0
RETRY_AFTER = 1.0


class Subscriptions(Protocol):
    async def add(self, topic: str) -> None:
        """Returns once messages of the topic will be heard (or the bus is known to be away)."""

    async def remove(self, topic: str) -> None: ...

    async def close(self) -> None: ...


def subscriptions(hear: Hear) -> Subscriptions:
    return RedisSubscriptions(hear) if settings.REDIS_URL else InProcess(hear)


class InProcess:
    """One process: whoever commits calls the hub, from whatever thread."""

    def __init__(self, hear: Hear) -> None:
        loop = asyncio.get_running_loop()

        def listener(told: bus.Told) -> None:
            # The loop may be closing while a last request commits.
            with contextlib.suppress(RuntimeError):
                loop.call_soon_threadsafe(hear, told)

        self._listener = listener
        bus.listen(listener)

    async def add(self, topic: str) -> None:
        """Everything is heard already."""

    async def remove(self, topic: str) -> None:
        """Nothing to do: what nobody follows is dropped by the hub."""

    async def close(self) -> None:
        bus.stop_listening(self._listener)


class RedisSubscriptions:
    """One connection a process, one subscription a channel; all private topics share one.

    redis-py resubscribes by itself after a lost connection; what was published meanwhile is gone, and the hub's
    heartbeat reads it from the log.
    """

    def __init__(self, hear: Hear) -> None:
        self._hear = hear
        self._client = redis.Redis.from_url(settings.REDIS_URL, health_check_interval=15)
        self._pubsub = self._client.pubsub()
        self._wanted: Counter[str] = Counter()
        self._confirmed: dict[str, asyncio.Future[None]] = {}
        self._reading: asyncio.Task[None] | None = None

    async def add(self, topic: str) -> None:
        channel = bus.channel_of(topic)
        self._wanted[channel] += 1
        if channel not in self._confirmed:
            self._confirmed[channel] = asyncio.get_running_loop().create_future()
            try:
                await self._pubsub.subscribe(channel)
            except (RedisError, OSError) as error:
                # It stays among the wanted: redis-py subscribes when it is back.
                logger.warning("the bus is away: %s", error)
                self._confirm(channel)
            if self._reading is None:
                self._reading = asyncio.ensure_future(self._read())
        try:
            async with asyncio.timeout(CONFIRMED_WITHIN):
                await asyncio.shield(self._confirmed[channel])
        except TimeoutError:
            logger.warning("the bus did not confirm %s", channel)

    async def remove(self, topic: str) -> None:
        channel = bus.channel_of(topic)
        self._wanted[channel] -= 1
        if self._wanted[channel] > 0:
            return
        del self._wanted[channel]
        self._confirmed.pop(channel, None)
        with contextlib.suppress(RedisError, OSError):
            await self._pubsub.unsubscribe(channel)

    async def close(self) -> None:
        if self._reading is not None:
            self._reading.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._reading
        with contextlib.suppress(RedisError, OSError):
            await self._pubsub.aclose()
            await self._client.aclose()

    async def _read(self) -> None:
        while True:
            try:
                message = await self._pubsub.get_message(timeout=None)
            except (RedisError, OSError) as error:
                logger.warning("the bus is away: %s", error)
                await asyncio.sleep(RETRY_AFTER)
                continue
            if message is None:
                await asyncio.sleep(0.01)  # nothing is subscribed just now
            elif message["type"] == "subscribe":
                self._confirm(message["channel"].decode())
            elif message["type"] == "message":
                self._take(message["data"])

    def _take(self, data: bytes) -> None:
        try:
            self._hear(msgspec.msgpack.decode(data, type=bus.Told))
        except msgspec.DecodeError as error:
            # Another version of this program may share the bus during a deploy; the log has what it said.
            logger.warning("not understood on the bus: %s", error)

    def _confirm(self, channel: str) -> None:
        confirmed = self._confirmed.get(channel)
        if confirmed is not None and not confirmed.done():
            confirmed.set_result(None)
