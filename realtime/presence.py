"""How many people are here: counted per process, added up over processes where there is a Redis."""

import time
import uuid

from django.conf import settings
from redis import asyncio as redis
from redis.exceptions import RedisError

# A process that died stops counting after this many seconds.
FRESH = 40
PROCESS = uuid.uuid4().hex


def worth_telling(told: int, count: int) -> bool:
    """A change of a hundredth is told, so that an idle hall costs an idle page next to nothing."""
    return abs(count - told) * 100 >= max(told, 1)


async def total(topic: str, here: int) -> int:
    """People following `topic` in all processes, of whom `here` in this one. Alone, or with the bus away: `here`."""
    if not settings.REDIS_URL:
        return here
    key, now = f"sidang:present:{topic}", int(time.time())
    try:
        async with redis.Redis.from_url(settings.REDIS_URL, socket_timeout=1) as client, client.pipeline() as pipe:
            pipe.hset(key, PROCESS, f"{here}:{now}")
            pipe.expire(key, 2 * FRESH)
            pipe.hvals(key)
            counts = (await pipe.execute())[-1]
    except (RedisError, OSError):
        return here
    told = [tuple(map(int, value.split(b":"))) for value in counts]
    return sum(count for count, at in told if now - at < FRESH)
