"""The hub: each process follows each topic once and writes one frame to every socket that follows it.

What arrives on the bus is only a hint. The next `seq` is sent on, a repeat is dropped, and a gap is read from the log;
once a second the heartbeat reads whatever the bus lost, and what processes without a bus wrote.
"""

import asyncio
import functools
import logging
from collections.abc import Coroutine, Iterable
from dataclasses import dataclass
from typing import Any
from weakref import WeakKeyDictionary

import msgspec

from outbox import changes, reading
from outbox.bus import PRIVATE, Told
from outbox.errors import NotThere
from outbox.models import Event, Topic
from outbox.reading import Person, Position, Standing
from outbox.registry import kind_of
from realtime import presence
from realtime.feeds import Feed, Opening
from realtime.frames import frame, snapshot_frames, tally_frame
from realtime.subscriptions import subscriptions
from realtime.threads import in_thread
from realtime.writers import COME_BACK, Follower, write_all, write_each

logger = logging.getLogger(__name__)

HEARTBEAT = 1.0  # seconds
TALLY_EVERY = 0.25  # seconds: at most four times a second a topic
TELL_EVERY = 15  # heartbeats between a word to idle pages
# Rows may become visible out of the order of their ids; so far back is read again.
OVERLAP = 500
RIGHTS_CHANGED = 4403


@dataclass(frozen=True, slots=True)
class _News:
    epoch: str
    topics: dict[str, tuple[int, int, int]]  # generation, seq, tally version
    private: dict[str, int]  # topic: newest seq
    cursor: int


class Hub:
    def __init__(self) -> None:
        self._feeds: dict[str, Feed] = {}
        self._of: dict[Follower, set[str]] = {}
        self._bus = subscriptions(self._hear)
        self._tasks: set[asyncio.Task[Any]] = set()
        self._cursor: int | None = None
        self._tick_due = False
        self._beating = self._start(self._beat())

    # Following

    async def rights_at(self) -> int:
        """Where rights stand. Asked before a person is looked up, so that `arrive` knows what changed meanwhile."""
        return (await self._open_rights()).seq

    async def arrive(self, follower: Follower, rights_at: int) -> None:
        """Before anything is asked for. A change of this person's rights after `rights_at` closes the follower."""
        rights = await self._open_rights()
        self._of[follower] = set()
        changed = rights.after(Position(rights.epoch, rights_at))
        if changed is None or any(follower.user_id in _people_in(text) for text in changed):
            follower.close(RIGHTS_CHANGED, "rights changed")

    async def follow(
        self,
        follower: Follower,
        user: Person,
        topic: str,
        since: Position | None = None,
        tallies_since: int = 0,
    ) -> None:
        """Brings the follower up to now and keeps it there. Raises NotThere where this person may not follow.

        With a position in reach it gets what it missed, otherwise a snapshot. Following again is resuming.
        """
        # Noted before the question is asked, so that rights which change meanwhile close this follower too.
        self._of[follower].add(topic)
        if not await in_thread(reading.may_follow, topic, user):
            self.unfollow(follower, topic)
            raise NotThere
        await self._catch_up(follower, topic, since, tallies_since)

    async def _catch_up(self, follower: Follower, topic: str, since: Position | None, tallies_since: int) -> None:
        feed = await self._open(topic)
        try:
            # Nothing of the topic is sent while the follower is being brought up to it.
            feed.followers.pop(follower, None)
            opening = await self._opening(feed, since, tallies_since)
            await write_each(follower, opening.frames)
            # The end of this loop waits for nothing, so nothing falls between what is replayed and what is sent next.
            while (behind := feed.after(opening.position)) is None:
                opening = await self._snapshot(feed)
                await write_each(follower, opening.frames)
            if topic in self._of.get(follower, ()):
                self._admit(feed, follower, opening, behind)
        finally:
            feed.joining -= 1
            self._close_if_idle(feed)

    def _admit(self, feed: Feed, follower: Follower, opening: Opening, behind: list[str]) -> None:
        feed.followers[follower] = None
        feed.lagging.pop(follower, None)
        if feed.present >= 0:
            behind = [*behind, frame(topic=feed.topic, present=max(feed.present, 1))]
        if not write_all(follower, behind):
            self._mark_lagging(feed, follower, (opening.position.seq, opening.tally_version))
        elif feed.tally_version > opening.tally_version:
            self._start_for(follower, self._send_tallies(feed, follower, opening.tally_version))

    def unfollow(self, follower: Follower, topic: str) -> None:
        self._of.get(follower, set()).discard(topic)
        if (feed := self._feeds.get(topic)) is not None:
            feed.followers.pop(follower, None)
            feed.lagging.pop(follower, None)
            self._close_if_idle(feed)

    def leave(self, follower: Follower) -> None:
        for topic in self._of.pop(follower, set()).copy():
            self.unfollow(follower, topic)

    def topics_of(self, follower: Follower) -> frozenset[str]:
        return frozenset(self._of.get(follower, ()))

    async def close(self) -> None:
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._bus.close()

    # Opening a topic

    async def _open_rights(self) -> Feed:
        feed = await self._open(changes.RIGHTS)
        feed.kept = True
        feed.joining -= 1
        return feed

    async def _open(self, topic: str) -> Feed:
        """The topic's feed, which stays open until the caller takes itself out of `joining`."""
        feed = self._feeds.get(topic)
        if feed is None:
            feed = self._feeds[topic] = Feed(topic)
            feed.opened = asyncio.ensure_future(self._begin(feed))
            feed.opened.add_done_callback(functools.partial(self._opened, feed))
        feed.joining += 1
        assert feed.opened is not None  # noqa: S101  set with the feed
        try:
            await asyncio.shield(feed.opened)
        except BaseException:
            feed.joining -= 1
            self._close_if_idle(feed)
            raise
        return feed

    def _opened(self, feed: Feed, opened: "asyncio.Task[None]") -> None:
        if opened.cancelled() or opened.exception() is not None:
            self._close(feed)  # whoever comes next opens it anew
        else:
            self._close_if_idle(feed)  # all who waited for it may have given up

    async def _begin(self, feed: Feed) -> None:
        # Hear first, look second: what is announced between the two is kept in `early`.
        await self._bus.add(feed.topic)
        feed.start(await in_thread(reading.standing_of, feed.topic))
        kind = kind_of(feed.topic)
        if kind is not None and kind[0].presence:
            feed.present = 0
        early, feed.early = feed.early, []
        for told in early:
            self._take(feed, told)

    async def _opening(self, feed: Feed, since: Position | None, tallies_since: int) -> Opening:
        if since is not None and since.epoch == feed.epoch and since.seq <= feed.seq:
            missed = await self._missed(feed, since)
            if missed is not None:
                reached, frames = missed
                version = feed.tally_version
                resumed = frame(topic=feed.topic, at=str(since), resumed=True)
                if tallies_since < version:
                    tallies = await in_thread(reading.tallies_since, feed.topic, tallies_since)
                    frames += [tally_frame(feed.topic, tallies)] if tallies else []
                return Opening(reached, version, [resumed, *frames])
        return await self._snapshot(feed)

    async def _missed(self, feed: Feed, since: Position) -> tuple[Position, list[str]] | None:
        """(position reached, frames), or None where only a snapshot can help."""
        if feed.after(since) is not None:
            return since, []  # the ring has them, and is read when nothing waits any more
        events = await in_thread(reading.missed, feed.topic, since)
        if events is None:
            return None
        frames = [changes.frame(event) for event in events if event.seq <= feed.seq]
        return Position(since.epoch, since.seq + len(frames)), frames

    async def _snapshot(self, feed: Feed) -> Opening:
        # Read and encoded once for all who come at the same position.
        if feed.snapshot is None or feed.snapshot_seq != feed.seq:
            feed.snapshot_seq = feed.seq
            feed.snapshot = asyncio.ensure_future(_encoded_snapshot(feed.topic))
        snapshot = feed.snapshot
        try:
            opening = await asyncio.shield(snapshot)
        except Exception:
            if feed.snapshot is snapshot:
                feed.snapshot = None
            raise
        if opening.position.epoch != feed.epoch or opening.position.seq > feed.seq:
            # The data is newer than what the bus brought so far: the log brings the feed up to it.
            await self._repaired(feed)
        return opening

    def _close_if_idle(self, feed: Feed) -> None:
        opening = feed.opened is not None and not feed.opened.done()
        if not (feed.followers or feed.joining or feed.kept or opening):
            self._close(feed)

    def _close(self, feed: Feed) -> None:
        if self._feeds.get(feed.topic) is feed:
            del self._feeds[feed.topic]
            self._start(self._bus.remove(feed.topic))

    # What the bus says

    def _hear(self, told: Told) -> None:
        if (feed := self._feeds.get(told.topic)) is not None:
            self._take(feed, told)

    def _take(self, feed: Feed, told: Told) -> None:
        if feed.standing is None:
            feed.early.append(told)
        elif told.frame is None:
            self._tally_soon(feed)
        elif told.seq == feed.seq + 1:
            self._push(feed, told.seq, told.frame)
        elif told.seq > feed.seq:
            self._repair_soon(feed)

    def _push(self, feed: Feed, seq: int, text: str) -> None:
        feed.seq = seq
        feed.ring.append((seq, text))
        if feed.topic == changes.RIGHTS:
            self._close_those(text)
        self._write(feed, text, (seq - 1, feed.tally_version))

    def _write(self, feed: Feed, text: str, stands_at: tuple[int, int]) -> None:
        for follower in list(feed.followers):
            if follower not in feed.lagging and not follower.write(text):
                self._mark_lagging(feed, follower, stands_at)

    def _mark_lagging(self, feed: Feed, follower: Follower, stands_at: tuple[int, int]) -> None:
        feed.lagging[follower] = stands_at
        self._start_for(follower, self._repair_follower(follower))

    def _close_those(self, rights_changed: str) -> None:
        people = _people_in(rights_changed)
        begin = tuple(f"{whom}." for whom in _whose(rights_changed) if not whom.startswith("user."))
        for follower, topics in list(self._of.items()):
            if follower.user_id in people or any(topic.startswith(begin) for topic in topics):
                follower.close(RIGHTS_CHANGED, "rights changed")

    # What the log says

    def _repair_soon(self, feed: Feed) -> "asyncio.Task[None]":
        if feed.repair is None or feed.repair.done():
            feed.repair = self._start(self._repair(feed))
        return feed.repair

    async def _repaired(self, feed: Feed) -> None:
        await asyncio.shield(self._repair_soon(feed))

    async def _repair(self, feed: Feed) -> None:
        """Reads from the log what the bus lost, in order; where the log does not reach back, everybody looks anew."""
        while self._feeds.get(feed.topic) is feed:
            standing = await in_thread(reading.standing_of, feed.topic)
            if standing.position.epoch == feed.epoch and standing.position.seq <= feed.seq:
                return
            events = await in_thread(reading.missed, feed.topic, Position(feed.epoch, feed.seq), standing)
            if events is None:
                self._look_anew(feed, standing)
            for event in events or ():
                if event.seq == feed.seq + 1:
                    self._push(feed, event.seq, changes.frame(event))

    def _look_anew(self, feed: Feed, standing: Standing) -> None:
        feed.start(standing)
        feed.lagging.clear()  # they stand in a log that is over
        if feed.topic == changes.RIGHTS:
            # Nobody knows whose rights changed meanwhile: all come back and are asked again, and nobody's page is told
            # that its own did.
            for follower in list(self._of):
                follower.close(COME_BACK, "come back")
        for follower in list(feed.followers):
            self._start_for(follower, self._catch_up(follower, feed.topic, None, 0))

    async def _repair_follower(self, follower: Follower) -> None:
        await follower.drained()
        for topic in self.topics_of(follower):
            feed = self._feeds.get(topic)
            if feed is not None and follower in feed.lagging:
                seq, tally_version = feed.lagging.pop(follower)
                await self._catch_up(follower, topic, Position(feed.epoch, seq), tally_version)

    # Counts

    def _tally_soon(self, feed: Feed) -> None:
        feed.tallied = True
        if not self._tick_due:
            self._tick_due = True
            self._start(self._tick())

    async def _tick(self) -> None:
        try:
            while tallied := [feed for feed in self._feeds.values() if feed.tallied]:
                for feed in tallied:
                    feed.tallied = False
                    tallies = await in_thread(reading.tallies_since, feed.topic, feed.tally_version)
                    if tallies:
                        before = (feed.seq, feed.tally_version)
                        feed.tally_version = max(counts["version"] for counts in tallies.values())
                        self._write(feed, tally_frame(feed.topic, tallies), before)
                await asyncio.sleep(TALLY_EVERY)
        finally:
            self._tick_due = False

    async def _send_tallies(self, feed: Feed, follower: Follower, since: int) -> None:
        tallies = await in_thread(reading.tallies_since, feed.topic, since)
        if not tallies or follower not in feed.followers:
            return
        seq, version = feed.lagging.get(follower, (feed.seq, since))
        if follower in feed.lagging:
            feed.lagging[follower] = seq, min(version, since)
        elif not follower.write(tally_frame(feed.topic, tallies)):
            self._mark_lagging(feed, follower, (seq, since))

    # The heartbeat

    async def _beat(self) -> None:
        beats = 0
        while True:
            await asyncio.sleep(HEARTBEAT)
            beats += 1
            try:
                if changes.RIGHTS not in self._feeds:
                    await self._open_rights()
                await self._read_news()
                if beats % TELL_EVERY == 0:
                    await self._tell_idle_pages()
            except Exception:
                # A database that is away must not end the heartbeat: it is what repairs everything else.
                logger.exception("a heartbeat was missed")

    async def _read_news(self) -> None:
        feeds = {name: feed for name, feed in self._feeds.items() if feed.standing is not None}
        news = await in_thread(_news, [name for name in feeds if not name.startswith(PRIVATE)], self._cursor)
        self._cursor = news.cursor
        for name, feed in feeds.items():
            generation, seq, tally_version = news.topics.get(name, (0, news.private.get(name, 0), 0))
            moved_on = seq > feed.seq
            other_log = not feed.epoch.startswith(f"{news.epoch}.")
            if name in news.topics:
                other_log = feed.epoch != f"{news.epoch}.{generation}"
                if tally_version > feed.tally_version:
                    self._tally_soon(feed)
            if moved_on or other_log:
                self._repair_soon(feed)

    async def _tell_idle_pages(self) -> None:
        """An open but silent socket notices here that it is behind; those present are counted."""
        feeds = [feed for feed in self._feeds.values() if feed.followers]
        counts = await presence.totals({feed.topic: _people(feed.followers) for feed in feeds if feed.present >= 0})
        for feed in feeds:
            told: dict[str, Any] = {"topic": feed.topic, "beat": feed.seq}
            count = counts.get(feed.topic, feed.present)
            if presence.worth_telling(feed.present, count):
                feed.present = told["present"] = count
            self._write(feed, frame(**told), (feed.seq, feed.tally_version))
            await asyncio.sleep(0)  # thousands of people's own topics must not hold up everything else

    def _start_for(self, follower: Follower, work: Coroutine[Any, Any, None]) -> None:
        """Brings a follower up to now. Where that fails its page is sent to come back, or it would be open and deaf."""

        def ended(task: asyncio.Task[None]) -> None:
            if not task.cancelled() and task.exception() is not None:
                follower.close(COME_BACK, "come back")

        self._start(work).add_done_callback(ended)

    def _start(self, work: Coroutine[Any, Any, Any]) -> asyncio.Task[Any]:
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._ended)
        return task

    def _ended(self, task: asyncio.Task[Any]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            logger.error("the hub failed at %s", task.get_coro(), exc_info=error)


def _whose(rights_changed: str) -> Iterable[str]:
    whose: dict[str, None] = msgspec.json.decode(rights_changed)["cards"]
    return whose


def _people_in(rights_changed: str) -> set[int | None]:
    return {int(whom.removeprefix("user.")) for whom in _whose(rights_changed) if whom.startswith("user.")}


def _people(followers: Iterable[Follower]) -> int:
    """Distinct people; those who did not sign in count one each."""
    known = {follower.user_id for follower in followers if follower.user_id is not None}
    return len(known) + sum(follower.user_id is None for follower in followers)


async def _encoded_snapshot(topic: str) -> Opening:
    seen = await in_thread(reading.snapshot, topic)
    return Opening(seen.standing.position, seen.standing.tally_version, list(snapshot_frames(seen)))


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


_hubs: WeakKeyDictionary[asyncio.AbstractEventLoop, Hub] = WeakKeyDictionary()


def hub() -> Hub:
    """The hub of this event loop, which a server process has one of."""
    loop = asyncio.get_running_loop()
    if loop not in _hubs:
        _hubs[loop] = Hub()
    return _hubs[loop]


async def close_hub() -> None:
    """Ends this loop's hub, for a server that stops."""
    if (ours := _hubs.pop(asyncio.get_running_loop(), None)) is not None:
        await ours.close()
