"""Who is here: noted by each process, added up where there is a Redis, and told to whoever keeps a ledger of it."""

import asyncio
import functools
import time
import uuid
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from itertools import chain, islice

from django.conf import settings
from django.utils import timezone
from redis import asyncio as redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

from outbox.registry import TopicKind, kind_of

# A process that died stops counting after this many seconds.
FRESH = 40
PORTION = 250  # people in one report
PORTIONS = 15  # at most, for all who are here
ANSWERED_WITHIN = 1.0  # seconds: the heartbeat waits for it
PROCESS = uuid.uuid4().hex


class Attended:
    """Who follows a topic in this process, for its kind that would know (see outbox.registry.TopicKind).

    Who came and who left is gathered until it is reported. Whoever asks now and then instead of following comes and
    leaves each time, and so is here for as long as they go on asking.
    """

    def __init__(self, kind: TopicKind, numbers: dict[str, int]) -> None:
        self._kind = kind
        self._numbers = numbers
        self._came: set[int] = set()
        self._left: set[int] = set()
        # Who is here for long and is to be told of again.
        self._again: set[int] = set()
        # As pages were told last.
        self.told = 0

    @classmethod
    def of(cls, topic: str) -> "Attended | None":
        found = kind_of(topic)
        return cls(*found) if found is not None and found[0].presence else None

    def comes(self, user_id: int | None) -> None:
        if user_id is not None:
            self._came.add(user_id)

    def leaves(self, user_id: int | None) -> None:
        if user_id is not None:
            self._left.add(user_id)

    def people(self, following: Iterable[int | None]) -> int:
        """Distinct people here now or a moment ago; those who did not sign in count one each."""
        known, unknown = set(self._left), 0
        for user_id in following:
            if user_id is None:
                unknown += 1
            else:
                known.add(user_id)
        return len(known) + unknown

    def report(self, following: Iterable[int | None], *, everybody: bool) -> Callable[[], None]:
        """Who came and who left since the last report, or `everybody`, as a word to the kind that asks the database.

        A hall is told of in portions, so that its ledger takes no event's time.
        """
        here = {user_id for user_id in following if user_id is not None}
        if everybody:
            self._again |= here
        # Whoever left meanwhile is told of as that.
        self._again &= here
        portion = max(PORTION, len(self._again) // PORTIONS)
        seen = set(islice(chain(self._came, self._again), portion))
        self._came -= seen
        self._again -= seen
        left, self._left = self._left - here, set()
        return functools.partial(self._tell, seen, left, timezone.now())

    def _tell(self, seen: set[int], left: set[int], at: datetime) -> None:
        if self._kind.attended is not None and seen:
            self._kind.attended(**self._numbers, user_ids=frozenset(seen), at=at)
        if self._kind.left is not None and left:
            self._kind.left(**self._numbers, user_ids=frozenset(left), at=at)

    def report_count(self, present: int) -> None:
        if self._kind.counted is not None:
            self._kind.counted(**self._numbers, present=present, at=timezone.now())


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
