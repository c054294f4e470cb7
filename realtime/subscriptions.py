"""The hearing side of the bus: in process, or Redis pub/sub with confirmed subscriptions."""

import asyncio
import contextlib
import logging
from collections import Counter
from collections.abc import Callable, Coroutine
from typing import Any, Protocol

import msgspec
from django.conf import settings
from redis import asyncio as redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

from outbox import bus

logger = logging.getLogger(__name__)

Hear = Callable[[bus.Told], None]

# A bus that does not confirm in this time is away: the heartbeat carries the topic meanwhile.
CONFIRMED_WITHIN = 2.0
RETRY_AFTER = 1.0
# A bus that says nothing for so long is asked whether it is there, and has as long to answer.
QUIET = 10.0


class Subscriptions(Protocol):
    async def add(self, topic: str) -> None:
        """Returns once messages of the topic will be heard (or the bus is known to be away)."""

    def remove(self, topic: str) -> Coroutine[Any, Any, None] | None:
        """Nobody here follows the topic any more. What is left to do, where anything is."""

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

    def remove(self, topic: str) -> None:
        """Nothing to do: what nobody follows is dropped by the hub."""

    async def close(self) -> None:
        bus.stop_listening(self._listener)


class RedisSubscriptions:
    """One connection a process, one subscription a channel; all private topics share one.

    One task keeps the connection. When it is lost, all that is wanted is subscribed anew; what was published meanwhile
    is gone, and the hub's heartbeat reads it from the log.
    """

    def __init__(self, hear: Hear) -> None:
        self._hear = hear
        self._client = redis.Redis.from_url(
            settings.REDIS_URL,
            socket_timeout=CONFIRMED_WITHIN,
            socket_connect_timeout=CONFIRMED_WITHIN,
            retry=Retry(NoBackoff(), 0),
        )
        self._wanted: Counter[str] = Counter()
        self._confirmed: dict[str, asyncio.Future[None]] = {}
        # What commands go to: nothing while there is no connection.
        self._pubsub: redis.client.PubSub | None = None
        self._away = False
        self._keeping: asyncio.Task[None] | None = None

    async def add(self, topic: str) -> None:
        channel = bus.channel_of(topic)
        self._wanted[channel] += 1
        if self._keeping is None:
            self._keeping = asyncio.ensure_future(self._keep())
        if self._away or ((known := self._confirmed.get(channel)) is not None and known.done()):
            return
        try:
            async with asyncio.timeout(CONFIRMED_WITHIN):
                if channel not in self._confirmed:
                    self._confirmed[channel] = asyncio.get_running_loop().create_future()
                    if self._pubsub is not None:
                        await self._pubsub.subscribe(channel)
                await asyncio.shield(self._confirmed[channel])
        except (TimeoutError, RedisError, OSError) as error:
            logger.warning("the bus did not confirm %s: %r", channel, error)

    def remove(self, topic: str) -> Coroutine[Any, Any, None] | None:
        channel = bus.channel_of(topic)
        self._wanted[channel] -= 1
        return self._unsubscribe(channel) if self._wanted[channel] <= 0 else None

    async def _unsubscribe(self, channel: str) -> None:
        if self._wanted[channel] > 0:
            return  # somebody came back meanwhile
        del self._wanted[channel]
        self._confirmed.pop(channel, None)
        if self._pubsub is not None:
            with contextlib.suppress(RedisError, OSError):
                await self._pubsub.unsubscribe(channel)

    async def close(self) -> None:
        if self._keeping is not None:
            self._keeping.cancel()
            await asyncio.wait([self._keeping])
        # Whoever still wants to leave a topic would open another connection for it.
        self._pubsub = None
        with contextlib.suppress(RedisError, OSError):
            await self._client.aclose()

    async def _keep(self) -> None:
        while True:
            try:
                async with self._client.pubsub() as pubsub:
                    await self._subscribe_all(pubsub)
                    await self._listen(pubsub)
            except (RedisError, OSError) as error:
                logger.warning("the bus is away: %s", error)
            except Exception:
                # Whatever it was, a process must not go deaf for the rest of its life.
                logger.exception("hearing the bus failed")
            self._pubsub, self._away = None, True
            for channel in list(self._confirmed):
                self._confirm(channel)  # nobody waits for what cannot come
            await asyncio.sleep(RETRY_AFTER)

    async def _subscribe_all(self, pubsub: redis.client.PubSub) -> None:
        await pubsub.connect()
        subscribed: set[str] = set()
        # More may be wanted while these are asked for.
        while missing := self._wanted.keys() - subscribed:
            await pubsub.subscribe(*missing)
            subscribed |= missing
        self._pubsub, self._away = pubsub, False

    async def _listen(self, pubsub: redis.client.PubSub) -> None:
        asked = False
        while True:
            message = await pubsub.get_message(timeout=QUIET)
            if message is None:
                # A connection may be dead without saying so.
                if asked:
                    raise ConnectionError("it does not answer")
                await pubsub.ping()
            elif message["type"] == "subscribe":
                self._confirm(message["channel"].decode())
            elif message["type"] == "message":
                self._take(message["data"])
            asked = message is None

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
