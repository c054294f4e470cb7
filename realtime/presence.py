"""How many people are here: counted per process, added up over processes where there is a Redis."""

import asyncio
import time
import uuid
from collections.abc import Mapping

from django.conf import settings
from redis import asyncio as redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

# A process that died stops counting after this many seconds.
FRESH = 40
ANSWERED_WITHIN = 1.0  # seconds: the heartbeat waits for it
PROCESS = uuid.uuid4().hex


def worth_telling(told: int, count: int) -> bool:
    """A change of a hundredth is told, so that an idle hall costs an idle page next to nothing."""
    return abs(count - told) * 100 >= max(told, 1)


async def totals(here: Mapping[str, int]) -> dict[str, int]:
    """People following each topic in all processes, `here` being this one's. Alone, or with the bus away: `here`."""
    if not settings.REDIS_URL or not here:
        return dict(here)
    now = int(time.time())
    try:
        async with (
            asyncio.timeout(ANSWERED_WITHIN),
            redis.Redis.from_url(settings.REDIS_URL, retry=Retry(NoBackoff(), 0)) as client,
            client.pipeline(transaction=False) as pipe,
        ):
            for topic, count in here.items():
                key = f"sidang:present:{topic}"
                pipe.hset(key, PROCESS, f"{count}:{now}")
                pipe.expire(key, 2 * FRESH)
                pipe.hvals(key)
            counted = (await pipe.execute())[2::3]
    except (RedisError, OSError):
        return dict(here)
    return {topic: sum(_fresh(counts, now)) for topic, counts in zip(here, counted, strict=True)}


def _fresh(counts: list[bytes], now: int) -> list[int]:
    told = [tuple(map(int, value.split(b":"))) for value in counts]
    return [count for count, at in told if now - at < FRESH]
