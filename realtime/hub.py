"""The hub: each process follows each topic once and writes one frame to every socket that follows it.

What arrives on the bus is only a hint. The next `seq` is sent on, a repeat is dropped, and a gap is read from the log;
once a second the heartbeat (`realtime.heartbeat`) has the hub look at whatever the bus lost, and at what processes
without a bus wrote.
"""

import asyncio
import functools
import logging
import sys
from collections import deque
from collections.abc import Callable, Coroutine, Iterable, Mapping
from typing import Any
from weakref import WeakKeyDictionary

import msgspec

from outbox import changes, reading
from outbox.bus import Told
from outbox.reading import Position, Standing
from outbox.rights import known
from realtime.beginnings import Beginnings
from realtime.feeds import CatchingUp, Due, Feed, Opening
from realtime.frames import Frame, frame, snapshot_frames, tally_frame
from realtime.heartbeat import Heartbeat
from realtime.presence import Attended
from realtime.subscriptions import subscriptions
from realtime.threads import in_thread
from realtime.together import Together
from realtime.writers import COME_BACK, Follower, write_all

logger = logging.getLogger(__name__)

TALLY_EVERY = 0.25  # seconds: at most four times a second a topic
# So many sockets are written to before whatever else waits has its turn: about 5 ms.
TURN = 500
# Seconds a topic that nobody follows any more is kept up to date, for those who come back or only ask now and then.
LINGER = 30.0
# Counts of a topic that are kept encoded, by the version after which they changed.
MOST_COUNTS_KEPT = 64
RIGHTS_CHANGED = 4403


class Stand(msgspec.Struct, forbid_unknown_fields=True):
    """Where a page stands in a topic, as the server told it: both empty on arrival."""

    at: str = ""
    tallies: int = 0


class Hub:
    def __init__(self) -> None:
        self.feeds: dict[str, Feed] = {}
        self._of: dict[Follower, set[str]] = {}
        self._bus = subscriptions(self._hear)
        self._beginnings = Beginnings()
        self.together = Together()
        self._tasks: set[asyncio.Task[Any]] = set()
        self._tick_due = False
        self.beating: asyncio.Task[None] | None = None

    # Following

    @property
    def size(self) -> int:
        """How many pages are here, by whichever way."""
        return len(self._of)

    async def rights_at(self) -> Position:
        """Where rights stand. Asked before a person is looked up, so that what changes meanwhile is not overlooked."""
        feed = await self.open_rights()
        return Position(feed.epoch, feed.seq)

    def arrive(self, follower: Follower) -> None:
        """Before anything is asked for. From now on a change of this person's rights closes the follower."""
        self._of[follower] = set()

    async def follow(
        self,
        follower: Follower,
        wanted: Mapping[str, Stand],
        opens: Callable[[str], bool],
        may_follow: Callable[[list[str], int | None], set[str]],
    ) -> list[str]:
        """Brings the follower up to now in each topic and keeps it there; returns the topics that are not open to it.

        `opens` says what its ticket opens; `may_follow(topics, user_id)` is asked in a thread about the rest. With a
        position in reach it gets what it missed, otherwise a snapshot. Following again is resuming.
        """
        # Noted before the question is asked, so that rights which change meanwhile close this follower too.
        self._of[follower].update(wanted)
        asked = [topic for topic in wanted if not opens(topic)]
        allowed = await in_thread(may_follow, asked, follower.user_id) if asked else set()
        refused = [topic for topic in asked if topic not in allowed]
        for topic in refused:
            self.unfollow(follower, topic)
        for topic, stand in wanted.items():
            if topic not in refused:
                await self.catch_up(follower, topic, Position.parse(stand.at), max(stand.tallies, 0))
        return refused

    async def catch_up(self, follower: Follower, topic: str, since: Position | None, tallies_since: int) -> None:
        feed = await self._open(topic)
        ours, earlier = CatchingUp(), feed.catching.get(follower)
        if since is not None and earlier is not None and earlier.is_beyond(since):
            # Two at once for one socket: the newer goes on from where the earlier got to, which then gives up.
            since = earlier.reached
        feed.catching[follower] = ours
        # Nothing of the topic is sent while the follower is being brought up to it.
        feed.followers.pop(follower, None)
        feed.lagging.pop(follower, None)
        try:
            opening = await self._brought_up(feed, follower, ours, since, tallies_since)
            # Since the ring was asked last nothing has waited, so nothing falls between what was replayed and what is
            # sent next.
            if opening is not None and topic in self._of.get(follower, ()):
                self._admit(feed, follower, opening)
        finally:
            if feed.catching.get(follower) is ours:
                del feed.catching[follower]
            feed.joining -= 1
            self._close_if_idle(feed)

    async def _brought_up(
        self, feed: Feed, follower: Follower, ours: CatchingUp, since: Position | None, tallies_since: int
    ) -> Opening | None:
        """Writes all there is after `since`; None where another catching up of the same follower took over."""
        opening = await self._opening(feed, since, tallies_since)
        while feed.catching.get(follower) is ours:
            if ours.reached is None:
                if not await self._write_opening(feed, follower, ours, opening.frames):
                    return None
                ours.reached = opening.position
            behind = feed.after(ours.reached)
            if behind is None:
                ours.reached = None
                opening = await self._snapshot(feed)
            elif not behind:
                return opening
            elif (seq := _written(follower, behind)) > ours.reached.seq:
                ours.reached = Position(ours.reached.epoch, seq)
            else:
                await follower.drained()
        return None

    async def _write_opening(self, feed: Feed, follower: Follower, ours: CatchingUp, frames: list[Frame]) -> bool:
        """Every frame, each as soon as there is room for it. False where another catching up took over meanwhile."""
        for each in frames:
            while not follower.write(each):
                await follower.drained()
                if feed.catching.get(follower) is not ours:
                    return False
        return True

    def _admit(self, feed: Feed, follower: Follower, opening: Opening) -> None:
        feed.followers[follower] = feed.seq
        last = [] if opening.counts is None else [opening.counts]
        if feed.attended is not None:
            feed.attended.comes(follower.user_id)
            last.append(frame(topic=feed.topic, present=max(feed.attended.told, 1)))
        if not write_all(follower, last):
            self._mark_lagging(feed, follower, (feed.seq, opening.tally_version))
        elif feed.tally_version > opening.tally_version:
            self._start_for(follower, self._send_tallies(feed, follower, opening.tally_version))

    def unfollow(self, follower: Follower, topic: str) -> None:
        self._of.get(follower, set()).discard(topic)
        if (feed := self.feeds.get(topic)) is not None:
            was_here = feed.followers.pop(follower, None) is not None
            feed.lagging.pop(follower, None)
            if was_here and feed.attended is not None:
                feed.attended.leaves(follower.user_id)
            self._close_if_idle(feed)

    def leave(self, follower: Follower) -> None:
        for topic in self._of.pop(follower, set()).copy():
            self.unfollow(follower, topic)

    def topics_of(self, follower: Follower) -> frozenset[str]:
        """What it asked for and was not refused (yet)."""
        return frozenset(self._of.get(follower, ()))

    def admitted_to(self, follower: Follower) -> list[str]:
        """The topics it follows, having been found to be allowed to."""
        return [topic for topic in self.topics_of(follower) if follower in self.feeds[topic].followers]

    def close_all(self, code: int, reason: str) -> None:
        for follower in list(self._of):
            follower.close(code, reason)

    async def close(self) -> None:
        await self.together.close()
        # What ends may begin something else, such as leaving a topic that nobody follows any more.
        while under_way := [*self._tasks, *(feed.opened for feed in self.feeds.values() if feed.opened is not None)]:
            for task in under_way:
                task.cancel()
            await asyncio.gather(*under_way, return_exceptions=True)
        await self._bus.close()
        known.forget()

    # Opening a topic

    async def open_rights(self) -> Feed:
        feed = await self._open(changes.RIGHTS)
        feed.joining -= 1
        return feed

    async def _open(self, topic: str) -> Feed:
        """The topic's feed, which stays open until the caller takes itself out of `joining`."""
        feed = self.feeds.get(topic)
        if feed is None:
            feed = self.feeds[topic] = Feed(topic)
            feed.opened = asyncio.ensure_future(self._begin(feed))
            feed.opened.add_done_callback(functools.partial(self._opened, feed))
        feed.joining += 1
        feed.idle_since = None
        if feed.opened is not None:
            try:
                await asyncio.shield(feed.opened)
            except BaseException:
                feed.joining -= 1
                self._close_if_idle(feed)
                raise
        return feed

    def _opened(self, feed: Feed, opened: "asyncio.Task[None]") -> None:
        if opened.cancelled() or opened.exception() is not None:
            self.drop(feed)  # whoever comes next opens it anew
        else:
            feed.opened = None
            self._close_if_idle(feed)  # all who waited for it may have given up

    async def _begin(self, feed: Feed) -> None:
        # Hear first, look second: what is announced between the two is kept in `early`.
        await self._bus.add(feed.topic)
        standing, latest = await self._beginnings.of(feed.topic)
        await self._start_feed(feed, standing, latest)
        feed.attended = Attended.of(feed.topic)
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
                counts = await self._tallies(feed, tallies_since) if tallies_since < version else None
                return Opening(reached, version, [resumed, *frames], counts)
        return await self._snapshot(feed)

    async def _missed(self, feed: Feed, since: Position) -> tuple[Position, list[Frame]] | None:
        """(position reached, frames), or None where only a snapshot can help."""
        if feed.after(since) is not None:
            return since, []  # the ring has them, and is read when nothing waits any more
        events = await in_thread(reading.missed, feed.topic, since)
        if events is None:
            return None
        frames = [Frame(changes.frame(event)) for event in events if event.seq <= feed.seq]
        return Position(since.epoch, since.seq + len(frames)), frames

    async def _snapshot(self, feed: Feed) -> Opening:
        # Read and encoded once for all who come at the same position.
        if feed.snapshot is None or feed.snapshot_seq != feed.seq or _failed(feed.snapshot):
            feed.snapshot_seq = feed.seq
            feed.snapshot = asyncio.ensure_future(_encoded_snapshot(feed.topic))
        opening = await asyncio.shield(feed.snapshot)
        if opening.position.epoch != feed.epoch or opening.position.seq > feed.seq:
            # The data is newer than what the bus brought so far: the log brings the feed up to it.
            await asyncio.shield(self.repair_soon(feed))
        return opening

    def _close_if_idle(self, feed: Feed) -> None:
        if feed.followers or feed.joining or feed.kept or feed.opened is not None:
            return
        if LINGER:
            feed.idle_since = asyncio.get_running_loop().time()
        else:
            self.drop(feed)

    def drop_idle(self) -> None:
        """Closes the topics that nobody has followed for LINGER seconds."""
        before = asyncio.get_running_loop().time() - LINGER
        for feed in [feed for feed in self.feeds.values() if feed.idle_since is not None]:
            if feed.idle_since is not None and feed.idle_since < before:
                self.drop(feed)

    def drop(self, feed: Feed) -> None:
        if self.feeds.get(feed.topic) is feed:
            del self.feeds[feed.topic]
            if feed.topic == changes.RIGHTS:
                known.forget()
            if (last := self._bus.remove(feed.topic)) is not None:
                self.start(last)

    # What the bus says

    def _hear(self, told: Told) -> None:
        if (feed := self.feeds.get(told.topic)) is not None:
            self._take(feed, told)

    def _take(self, feed: Feed, told: Told) -> None:
        if feed.standing is None:
            feed.early.append(told)
        elif told.frame is None:
            self.tally_soon(feed)
        elif told.seq == feed.seq + 1:
            self._push(feed, told.seq, Frame(told.frame))
        elif told.seq > feed.seq:
            self.repair_soon(feed)

    def _push(self, feed: Feed, seq: int, event: Frame) -> None:
        feed.keep(seq, event)
        if feed.topic == changes.RIGHTS:
            self._rights_changed(seq, event)
        self.send(feed, event, seq, (seq - 1, feed.tally_version))

    def send(self, feed: Feed, told: Frame, seq: int, stands: tuple[int, int]) -> None:
        """To all who follow, in the order of the calls; a hall is written to in turns, so that nothing else waits.

        `seq` is an event's own, or 0; `stands` is where somebody stands who could not be told.
        """
        due = Due(told, seq, stands)
        if feed.due is not None:
            feed.due.append(due)
        elif len(feed.followers) <= TURN:
            for follower in list(feed.followers):
                self._write_each(feed, follower, [due])
        else:
            # From this moment on whatever else is sent comes after it.
            feed.due = deque([due])
            self.start(self._send_in_turns(feed, feed.due))

    async def _send_in_turns(self, feed: Feed, due: deque[Due]) -> None:
        try:
            while due:
                # What came while the last was being written goes out together: one write for a socket, not one a frame.
                told = list(due)
                bundle = Frame.bundle([each.frame for each in told])
                first = min((each.seq for each in told if each.seq), default=sys.maxsize)
                everybody = list(feed.followers)
                for begin in range(0, len(everybody), TURN):
                    self._write_turn(feed, everybody[begin : begin + TURN], told, bundle, first)
                    await asyncio.sleep(0)
                for _ in told:
                    due.popleft()
        finally:
            feed.due = None

    def _write_turn(self, feed: Feed, turn: list[Follower], told: list[Due], bundle: Frame, first: int) -> None:
        """`first` is the first event's seq in `told`. Written out, since a hall goes through it for every event."""
        followers, lagging = feed.followers, feed.lagging
        for follower in turn:
            since = followers.get(follower)
            if since is None:
                continue  # it has left since
            if since >= first or follower in lagging or not follower.takes_bundles:
                self._write_each(feed, follower, told)
                continue
            try:
                taken = follower.write(bundle)
            except Exception as error:
                self._write_failed(follower, error)
            else:
                if not taken:
                    seq, tally_version = told[0].stands
                    self._mark_lagging(feed, follower, (max(seq, since), tally_version))

    def _write_each(self, feed: Feed, follower: Follower, told: list[Due]) -> None:
        try:
            for due in told:
                self._write(feed, follower, due)
        except Exception as error:
            self._write_failed(follower, error)

    def _write_failed(self, follower: Follower, error: Exception) -> None:
        """Whatever is wrong with one must not keep it from the others."""
        logger.error("a page could not be written to", exc_info=error)
        follower.close(COME_BACK, "come back")

    def _write(self, feed: Feed, follower: Follower, due: Due) -> None:
        since = feed.followers.get(follower)
        # It may have left since the frame was made, or have been brought past it.
        if since is None or follower in feed.lagging or 0 < due.seq <= since:
            return
        if not follower.write(due.frame):
            seq, tally_version = due.stands
            self._mark_lagging(feed, follower, (max(seq, since), tally_version))

    def _mark_lagging(self, feed: Feed, follower: Follower, stands_at: tuple[int, int]) -> None:
        feed.lagging[follower] = stands_at
        self._start_for(follower, self._repair_follower(follower))

    # Rights

    async def _start_feed(self, feed: Feed, standing: Standing, latest: Iterable[tuple[int, Frame]] = ()) -> None:
        if feed.topic != changes.RIGHTS:
            feed.start(standing, latest)
            return
        # What is known stands where the feed stands: what is told while it is read comes after both.
        since, lately = await in_thread(reading.rights_changed_lately, standing.position.seq)
        feed.start(standing, latest)
        known.begin(standing.position, since=since, changed=lately)

    def _rights_changed(self, seq: int, event: Frame) -> None:
        whose = list(msgspec.json.decode(event.text)["cards"])
        known.note(seq, whose)
        people = {int(whom.removeprefix("user.")) for whom in whose if whom.startswith("user.")}
        begin = tuple(f"{whom}." for whom in whose if not whom.startswith("user."))
        for follower, topics in list(self._of.items()):
            if follower.user_id in people or (begin and any(topic.startswith(begin) for topic in topics)):
                follower.close(RIGHTS_CHANGED, "rights changed")

    # What the log says

    def repair_soon(self, feed: Feed) -> "asyncio.Task[None]":
        """Reads from the log what the bus lost, in order."""
        if feed.repair is None or feed.repair.done():
            feed.repair = self.start(self._repair(feed))
        return feed.repair

    async def _repair(self, feed: Feed) -> None:
        while self.feeds.get(feed.topic) is feed:
            standing = await in_thread(reading.standing_of, feed.topic)
            if standing.position.epoch == feed.epoch and standing.position.seq <= feed.seq:
                return
            events = await in_thread(reading.missed, feed.topic, Position(feed.epoch, feed.seq), standing)
            if events is None:
                await self._look_anew(feed, standing)
            for event in events or ():
                if event.seq == feed.seq + 1:
                    self._push(feed, event.seq, Frame(changes.frame(event)))

    async def _look_anew(self, feed: Feed, standing: Standing) -> None:
        """The log does not reach back to where this feed stands, or is another one: everybody looks anew."""
        await self._start_feed(feed, standing)
        feed.lagging.clear()  # they stand in a log that is over
        if feed.topic == changes.RIGHTS:
            # Nobody knows whose rights changed meanwhile: all come back and are asked again, and nobody's page is told
            # that its own did.
            self.close_all(COME_BACK, "come back")
        for follower in list(feed.followers):
            self._start_for(follower, self.catch_up(follower, feed.topic, None, 0))

    async def _repair_follower(self, follower: Follower) -> None:
        await follower.drained()
        for topic in self.topics_of(follower):
            feed = self.feeds.get(topic)
            if feed is not None and follower in feed.lagging:
                seq, tally_version = feed.lagging.pop(follower)
                await self.catch_up(follower, topic, Position(feed.epoch, seq), tally_version)

    # Counts

    def tally_soon(self, feed: Feed) -> None:
        feed.tallied = True
        if not self._tick_due:
            self._tick_due = True
            self.start(self._tick())

    async def _tick(self) -> None:
        try:
            while tallied := [feed for feed in self.feeds.values() if feed.tallied]:
                for feed in tallied:
                    feed.tallied = False
                    tallies = await in_thread(reading.tallies_since, feed.topic, feed.tally_version)
                    if tallies:
                        before = (feed.seq, feed.tally_version)
                        feed.count_to(max(counts["version"] for counts in tallies.values()))
                        self.send(feed, tally_frame(feed.topic, tallies), 0, before)
                await asyncio.sleep(TALLY_EVERY)
        finally:
            self._tick_due = False

    async def _tallies(self, feed: Feed, since: int) -> Frame | None:
        """What was counted after `since`: read and encoded once for all who come back from there."""
        told = feed.tally_frames.get(since)
        if told is None or _failed(told):
            if len(feed.tally_frames) >= MOST_COUNTS_KEPT:
                feed.tally_frames = {}  # a page may claim any number
            told = feed.tally_frames[since] = asyncio.ensure_future(_encoded_tallies(feed.topic, since))
        return await asyncio.shield(told)

    async def _send_tallies(self, feed: Feed, follower: Follower, since: int) -> None:
        told = await self._tallies(feed, since)
        if told is None or feed.topic not in self._of.get(follower, ()):
            return
        seq, version = feed.lagging.get(follower, (feed.seq, since))
        if follower in feed.lagging:
            feed.lagging[follower] = seq, min(version, since)
        elif not follower.write(told):
            self._mark_lagging(feed, follower, (seq, since))

    # Work beside

    def _start_for(self, follower: Follower, work: Coroutine[Any, Any, None]) -> None:
        """Brings a follower up to now. Where that fails its page is sent to come back, or it would be open and deaf."""

        def ended(task: asyncio.Task[None]) -> None:
            if not task.cancelled() and task.exception() is not None:
                follower.close(COME_BACK, "come back")

        self.start(work).add_done_callback(ended)

    def start(self, work: Coroutine[Any, Any, Any]) -> asyncio.Task[Any]:
        """Work that ends with the hub at the latest, and whose failure is told in the server's log."""
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._ended)
        return task

    def _ended(self, task: asyncio.Task[Any]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            logger.error("the hub failed at %s", task.get_coro(), exc_info=error)


def _written(follower: Follower, events: Iterable[tuple[int, Frame]]) -> int:
    """Writes as many as it takes at once; the last one's seq, or -1."""
    last = -1
    for seq, event in events:
        if not follower.write(event):
            break
        last = seq
    return last


def _failed(task: "asyncio.Task[Any]") -> bool:
    return task.done() and (task.cancelled() or task.exception() is not None)


async def _encoded_snapshot(topic: str) -> Opening:
    seen = await in_thread(reading.snapshot, topic)
    return Opening(seen.standing.position, seen.standing.tally_version, list(snapshot_frames(seen)))


async def _encoded_tallies(topic: str, since: int) -> Frame | None:
    tallies = await in_thread(reading.tallies_since, topic, since)
    return tally_frame(topic, tallies) if tallies else None


_hubs: WeakKeyDictionary[asyncio.AbstractEventLoop, Hub] = WeakKeyDictionary()


def hub() -> Hub:
    """The hub of this event loop, which a server process has one of."""
    loop = asyncio.get_running_loop()
    if loop not in _hubs:
        _hubs[loop] = ours = Hub()
        ours.beating = ours.start(Heartbeat(ours).beat())
    return _hubs[loop]


async def close_hub() -> None:
    """Ends this loop's hub, for a server that stops."""
    if (ours := _hubs.pop(asyncio.get_running_loop(), None)) is not None:
        await ours.close()
