"""Once a second: what the bus lost is read from the log, and idle pages hear that the server is there."""

import asyncio
import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from outbox import changes, reading
from outbox.models import Event, Topic
from realtime import presence
from realtime.feeds import Feed
from realtime.frames import frame, spread_ms
from realtime.threads import in_thread, in_thread_ahead

if TYPE_CHECKING:
    from realtime.hub import Hub

logger = logging.getLogger(__name__)

HEARTBEAT = 1.0  # seconds
TELL_EVERY = 15  # heartbeats between a word to idle pages
# Heartbeats between two reports of who came and left, and of everybody who is here.
REPORT_EVERY = 2
REPORT_ALL_EVERY = 60
# So many followers are a hall; seconds between the words to two of them.
A_HALL = 100
BETWEEN_HALLS = 0.3
# So many topics are looked at before an event that came has its turn.
LOOKED_AT_ONCE = 200
# Rows may become visible out of the order of their ids; so far back is read again.
OVERLAP = 500


@dataclass(frozen=True, slots=True)
class _News:
    epoch: str
    topics: dict[str, tuple[int, int, int]]  # generation, seq, tally version
    private: dict[str, int]  # topic: newest seq
    cursor: int


class Heartbeat:
    def __init__(self, hub: "Hub") -> None:
        self._hub = hub
        self._cursor: int | None = None
        self._epoch = ""

    async def beat(self) -> None:
        beats = 0
        while True:
            await asyncio.sleep(HEARTBEAT)
            beats += 1
            try:
                if changes.RIGHTS not in self._hub.feeds:
                    await self._hub.open_rights()
                self._hub.drop_idle()
                await self._read_news()
                if beats % TELL_EVERY == 0:
                    self._hub.start(self._tell_idle_pages())
                if beats % REPORT_EVERY == 0:
                    self._report_presence(everybody=beats % REPORT_ALL_EVERY == 0)
            except Exception:
                # A database that is away must not end the heartbeat: it is what repairs everything else.
                logger.exception("a heartbeat was missed")

    async def _read_news(self) -> None:
        shared = [name for name, feed in self._hub.feeds.items() if not feed.private]
        news = await in_thread_ahead(_news, shared, self._cursor)
        # Of people's own topics, as many as there are people here, only those that moved; all where the log is another.
        looked_at = [*news.topics, *news.private] if news.epoch == self._epoch else list(self._hub.feeds)
        self._cursor, self._epoch = news.cursor, news.epoch
        for name in looked_at:
            feed = self._hub.feeds.get(name)
            if feed is not None and feed.standing is not None:
                self._compare(feed, news)

    def _compare(self, feed: Feed, news: _News) -> None:
        generation, seq, tally_version = news.topics.get(feed.topic, (0, news.private.get(feed.topic, 0), 0))
        other_log = not feed.epoch.startswith(f"{news.epoch}.")
        if feed.topic in news.topics:
            other_log = feed.epoch != f"{news.epoch}.{generation}"
            if tally_version > feed.tally_version:
                self._hub.tally_soon(feed)
        if seq > feed.seq or other_log:
            self._hub.repair_soon(feed)

    async def _tell_idle_pages(self) -> None:
        """An open but silent socket notices here that it is behind; those present are counted."""
        feeds = []
        for number, feed in enumerate(list(self._hub.feeds.values())):
            if not self._can_be_silent(feed):
                feeds.append(feed)
            if number % LOOKED_AT_ONCE == 0:
                await asyncio.sleep(0)
        counts = await presence.totals(
            {feed.topic: feed.attended.people(_people(feed)) for feed in feeds if feed.attended is not None}
        )
        for feed in feeds:
            told: dict[str, Any] = {"topic": feed.topic, "beat": feed.seq}
            if feed.attended is not None:
                count = counts[feed.topic]
                self._hub.start(in_thread(feed.attended.report_count, count))
                told["retry_spread_ms"] = spread_ms(self._hub.size)
                if presence.worth_telling(feed.attended.told, count):
                    feed.attended.told = told["present"] = count
            self._hub.send(feed, frame(**told), 0, (feed.seq, feed.tally_version))
            # A hall's topics one after the other, with room for an event between them, and people's own in portions.
            await asyncio.sleep(BETWEEN_HALLS if len(feed.followers) > A_HALL else 0)

    def _can_be_silent(self, feed: Feed) -> bool:
        """In a topic where nothing ever happened nobody can be behind: most people's own ones, who hear of others."""
        if feed.seq or not feed.private:
            return False
        return all(len(self._hub.topics_of(follower)) > 1 for follower in feed.followers)

    def _report_presence(self, *, everybody: bool) -> None:
        """Beside the heartbeat: a ledger that is slow must not hold up the log."""
        for feed in self._hub.feeds.values():
            if feed.attended is not None:
                self._hub.start(in_thread(feed.attended.report(_people(feed), everybody=everybody)))


def _people(feed: Feed) -> list[int | None]:
    return [follower.user_id for follower in feed.followers]


def _news(shared: list[str], cursor: int | None) -> _News:
    """One look at the log: where the shared topics stand, and which private ones moved (trailing by id)."""
    rows = Topic.objects.filter(name__in=shared).values_list("name", "generation", "seq", "tally_version")
    newest = Event.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
    private: dict[str, int] = {}
    if newest != cursor:
        # A hub that begins knows where its topics stand; only what became visible late is new to it.
        read_to = newest if cursor is None else min(cursor, newest)
        late = Event.objects.filter(pk__gt=max(0, read_to - OVERLAP))
        for topic, seq in late.values_list("topic_id", "seq"):
            private[topic] = max(seq, private.get(topic, 0))
    topics = {name: (generation, seq, version) for name, generation, seq, version in rows}
    return _News(reading.log_epoch(), topics, private, newest)
