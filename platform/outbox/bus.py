"""The bus says "look": after the commit, to every process that serves live pages. What it loses, the log still has."""

import logging
import time
from collections.abc import Callable
from functools import cache

import msgspec
import redis
from django.conf import settings
from redis.backoff import NoBackoff
from redis.retry import Retry

logger = logging.getLogger(__name__)

# One channel for all topics of one person or one delegation: thousands of subscriptions would cost more than they save.
PRIVATE = ("user.", "delegation.")
# A bus that is away is left alone so long, or every change would wait for it.
LEFT_ALONE = 2.0  # seconds


class Told(msgspec.Struct, array_like=True):
    """A message on the bus. `frame` is empty for a tally: the hub reads the totals when it sends them."""

    topic: str
    seq: int
    frame: str | None


Listener = Callable[[Told], None]
_listeners: list[Listener] = []
_left_alone_until = 0.0


def listen(listener: Listener) -> None:
    """Adds a listener of this process. It is called from any thread and must return at once."""
    _listeners.append(listener)


def stop_listening(listener: Listener) -> None:
    _listeners.remove(listener)


def channel_of(topic: str) -> str:
    return "sidang:private" if topic.startswith(PRIVATE) else f"sidang:{topic}"


def tell_event(topic: str, seq: int, frame: str) -> None:
    _tell(Told(topic, seq, frame))


def tell_tally(topic: str) -> None:
    _tell(Told(topic, 0, None))


def _tell(told: Told) -> None:
    if not settings.REDIS_URL:
        for listener in list(_listeners):
            listener(told)
        return
    global _left_alone_until
    if time.monotonic() < _left_alone_until:
        return
    try:
        _redis().publish(channel_of(told.topic), msgspec.msgpack.encode(told))
    except redis.RedisError as error:
        # Not an error for whoever made the change: the heartbeat of each hub reads it from the log within a second.
        logger.warning("the bus is away: %s", error)
        _left_alone_until = time.monotonic() + LEFT_ALONE


@cache
def _redis() -> redis.Redis:
    # Tried once more at once, for a connection that a restarted Redis has forgotten; redis-py would wait for seconds.
    again = Retry(NoBackoff(), 1, supported_errors=(redis.ConnectionError,))
    return redis.Redis.from_url(settings.REDIS_URL, socket_timeout=1, socket_connect_timeout=1, retry=again)
