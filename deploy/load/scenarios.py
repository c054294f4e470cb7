"""What happens in a load run: how a hall fills, what is sent, and what is measured meanwhile."""

import asyncio
import contextlib
import random
import socket
from collections import Counter, defaultdict
from collections.abc import Awaitable, Callable, Iterator
from time import perf_counter
from typing import Any, Literal

import msgspec
from comparison import held_together, in_ms
from crowd import Answer, Crowd, Guest, Page, Plain, Publisher, Told
from processes import cpu_seconds, resident_kib, say, still_held

# Handshakes under way at a time while the hall fills; a storm has no such manners.
AT_ONCE = 100
PACE = 0.25  # seconds between two events
# Events that may be on their way at a time, when it goes as fast as it can.
ON_THE_WAY = 4
VOTES = 2_000
VOTES_WITHIN = 10.0  # seconds
SLOW = 100
SLOW_WATCHED = 75.0  # seconds
# Snapshots that a slow reader asks for and does not take: some 700 KiB, more than the kernel keeps for it.
SLOW_ASKS = 40
# In a storm one of so many comes back with a ticket that is over.
OVER = 10
# With `--break` one socket in so many forgets.
FORGETFUL = 50

Scenario = Literal["paced", "max", "join", "votes", "storm", "slow-readers", "chaos", "arrival", "review"]


class Plan(msgspec.Struct):
    """What to do. `urls` are the servers' sockets, one a process; without `hall` they are a yardstick's."""

    urls: list[str]
    origin: str
    server_pids: list[int]
    sockets: int
    seconds: float
    scenario: Scenario
    jitter: float = 0.0
    breaks: bool = False
    films: bool = False
    hall: dict[str, Any] | None = None
    # Where the worker prints its mails.
    mails: str = ""
    publish_url: str = ""
    frame_bytes: int = 0


class Happening:
    """One run: the crowd, the clock, and what was measured."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.crowd = Crowd(plan.origin)
        self.crowd.expected = plan.sockets
        self.found: dict[str, Any] = {"sockets": plan.sockets}
        self.sent = 0
        # Processor time of the server in what was measured last, in seconds; and of server processes that are no more.
        self.server_cpu_s = 0.0
        self.gone_cpu_s = 0.0

    # Whom to send events through

    async def publish(self, number: int) -> None:
        """Makes the event of this number, and returns when the server says that it is made."""
        raise NotImplementedError

    def people(self) -> list[Guest]:
        raise NotImplementedError

    async def prepare(self) -> None:
        """Opens what events are sent through, and wakes the server: the first few sockets load what it needs."""
        raise NotImplementedError

    # What all scenarios share

    async def fill(self) -> None:
        before = resident_kib(self.plan.server_pids)
        self.crowd.guests = self.people()
        self.crowd.handshakes.clear()
        with self.shares_measured():
            took = await self.all_arrive(self.crowd.guests, "arrived", at_once=AT_ONCE)
        self.found["connects_per_s"] = round(self.plan.sockets / took)
        # Beside other work on the machine, what a connection costs tells more than how many there were.
        self.found["connects_per_cpu_s"] = round(self.plan.sockets / max(self.server_cpu_s, 0.01))
        self.found["handshake_ms"] = in_ms(self.crowd.handshakes)
        await asyncio.sleep(1)
        self.found["kib_per_socket"] = round((resident_kib(self.plan.server_pids) - before) / self.plan.sockets, 1)
        self.crowd.forgetting = True

    async def all_arrive(
        self, guests: list[Guest], word: str, *, at_once: int, delay: Callable[[], float] = lambda: 0.0
    ) -> float:
        """Seconds until all are synced."""
        started = perf_counter()
        with self.told_each_second(lambda: f"{word}: {self.crowd.synced()} of {len(guests)}"):
            self.found["not_back"] = await self.crowd.arrive(guests, at_once, delay)
        return perf_counter() - started

    @contextlib.contextmanager
    def told_each_second(self, words: Callable[[], str]) -> Iterator[None]:
        async def tell() -> None:
            while True:
                await asyncio.sleep(1)
                say("  " + words())

        telling = asyncio.ensure_future(tell())
        try:
            yield
        finally:
            telling.cancel()

    @contextlib.contextmanager
    def shares_measured(self) -> Iterator[None]:
        """Which share of a core the server and this client used meanwhile."""
        started = perf_counter()
        server, client = self._server_cpu_s(), cpu_seconds(["self"])
        yield
        took = perf_counter() - started
        self.server_cpu_s = self._server_cpu_s() - server
        self.found["server_cpu_share"] = round(self.server_cpu_s / took, 3)
        self.found["client_cpu_share"] = round((cpu_seconds(["self"]) - client) / took, 3)

    def _server_cpu_s(self) -> float:
        return cpu_seconds(self.plan.server_pids) + self.gone_cpu_s

    async def paced(self, seconds: float, every: float = PACE, until: Callable[[], bool] = lambda: False) -> None:
        """An event each `every` seconds, whatever became of the one before."""
        started = perf_counter()
        sending = []
        for number in range(round(seconds / every)):
            await asyncio.sleep(max(0.0, started + number * every - perf_counter()))
            if until():
                break
            self.sent += 1
            sending.append(self.crowd.start(self.publish(self.sent)))
        await asyncio.gather(*sending)

    def measure(self, events: list[Told], seconds: float) -> None:
        """What reached whom when, of these events."""
        receipts = [(told.sent_at or 0.0, sorted(told.receipts)) for told in events if told.receipts]
        everyone = self.crowd.expected
        everywhere = [(sent, times) for sent, times in receipts if len(times) >= everyone]
        deliveries = sum(len(times) for _, times in receipts)
        self.found |= {
            "events": len(events),
            "events_everywhere": len(everywhere),
            "event_bytes": round(sum(told.size for told in events) / max(len(events), 1)),
            # From the moment the moderator's command left to a socket's receipt, and from the first socket's receipt.
            "delivery_ms": in_ms(at - sent for sent, times in receipts for at in times),
            "fan_out_ms": in_ms(at - times[0] for _, times in receipts for at in times),
            "first_ms": in_ms(times[0] - sent for sent, times in receipts),
            "all_sockets_ms": in_ms(times[everyone - 1] - sent for sent, times in everywhere),
            "deliveries_per_s": round(deliveries / seconds),
            "deliveries_per_cpu_s": round(deliveries / max(self.server_cpu_s, 0.01)),
        }

    # The scenarios

    async def run(self) -> dict[str, Any]:
        await self.prepare()
        scenes: dict[str, Callable[[], Awaitable[None]]] = {
            "paced": self.scene_paced,
            "max": self.scene_max,
            "join": self.scene_join,
            "storm": self.scene_storm,
        }
        await (scenes | self.more_scenes())[self.plan.scenario]()
        await self.finish()
        self.found |= {
            "failed": self.crowd.failed,
            "failures": dict(self.crowd.failures),
            "thrown_out": self.crowd.thrown_out,
            "asked_again": self.crowd.asked_again,
            "conflicting": self.crowd.conflicting,
        }
        return self.found

    def more_scenes(self) -> dict[str, Callable[[], Awaitable[None]]]:
        return {}

    async def finish(self) -> None:
        """What is to be noted before all leave."""

    async def scene_paced(self) -> None:
        await self.fill()
        say(f"  an event every {PACE * 1000:.0f} ms for {self.plan.seconds:.0f} s")
        started = perf_counter()
        with self.shares_measured():
            await self.paced(self.plan.seconds)
        took = perf_counter() - started
        await self.crowd.settle()
        self.measure(self.crowd.events, took)

    async def scene_max(self) -> None:
        """As many as it takes: the next event leaves when all but a few have reached everybody."""
        await self.fill()
        say(f"  as fast as it goes for {self.plan.seconds:.0f} s")
        started = perf_counter()
        with self.shares_measured():
            await asyncio.gather(*(self._sent_in_turn(started + self.plan.seconds) for _ in range(ON_THE_WAY)))
        took = perf_counter() - started
        await self.crowd.settle()
        self.measure(self.crowd.events, took)

    async def _sent_in_turn(self, until: float) -> None:
        while perf_counter() < until:
            if self.sent - self.crowd.finished < ON_THE_WAY:
                self.sent += 1
                await self.publish(self.sent)
            else:
                await asyncio.sleep(0.001)

    async def scene_join(self) -> None:
        await self.fill()
        self.found["back_and_synced_s"] = round(self.plan.sockets / self.found["connects_per_s"], 2)

    async def scene_storm(self) -> None:
        """Everybody is thrown out at once and comes back at once, while events go on."""
        await self.fill()
        back = False
        going_on = self.crowd.start(self.paced(600, until=lambda: back))
        await asyncio.sleep(min(self.plan.seconds / 4, 5))
        self.crowd.handshakes.clear()
        say(f"  {self.plan.sockets} are thrown out and come back")
        with self.shares_measured():
            started = perf_counter()
            for number, guest in enumerate(self.crowd.guests):
                guest.leave()
                guest.synced.clear()
                if number % OVER == 0 and isinstance(guest, Page):
                    assert self.plan.hall is not None  # noqa: S101  pages are of a hall
                    guest.ticket = self.plan.hall["people"][number][3]
            await self.all_arrive(
                self.crowd.guests,
                "back",
                at_once=self.plan.sockets,
                delay=lambda: random.uniform(0, self.plan.jitter),  # noqa: S311  jitter
            )
            self.found["back_and_synced_s"] = round(perf_counter() - started, 2)
        self.found["handshake_ms"] = in_ms(self.crowd.handshakes)
        back = True
        await going_on
        await self.crowd.settle()
        self.measure([told for told in self.crowd.events if told.sent_at and told.sent_at < started], 1)
        # Who was away missed the moment, and got it later: of these events only the loss is of interest.
        self.found["deliveries_per_s"] = self.found["deliveries_per_cpu_s"] = None
        self.found["back_cpu_s"] = round(self.server_cpu_s, 2)


class HallHappening(Happening):
    """The real application: people with their topics, moderators whose commands make the events."""

    def __init__(self, plan: Plan) -> None:
        super().__init__(plan)
        assert plan.hall is not None  # noqa: S101  the reason for this class
        self.hall = plan.hall
        self.floor = f"session.{self.hall['session']}.floor"
        self.programme = f"conference.{self.hall['conference']}.programme"
        self.moderators: list[Page] = []
        # Of one question the next command waits for the answer to the one before.
        self._turns: defaultdict[int, asyncio.Lock] = defaultdict(asyncio.Lock)
        # What the log has to say of the commands that were done: event and card, and how often.
        self.done: Counter[str] = Counter()
        self.crowd.ways = plan.urls

    async def prepare(self) -> None:
        desk = f"session.{self.hall['session']}.desk"
        for number, (user, cookie, ticket, _over) in enumerate(self.hall["moderators"]):
            topics = (desk, f"user.{user}", self.programme)
            self.moderators.append(Page(self.crowd, number, self._url(number), self._cookie(cookie), ticket, topics))
        await self.crowd.arrive(self.moderators, len(self.moderators))
        if trial := self.people()[:20]:
            await self.crowd.arrive(trial, len(trial))
            for guest in trial:
                guest.leave()
            await asyncio.sleep(1)

    def people(self) -> list[Guest]:
        people: list[Guest] = []
        for number, (user, cookie, ticket, _over) in enumerate(self.hall["people"]):
            own = f"user.{user}"
            topics = (self.floor, own, self.programme)
            page = self.page_class(number)(self.crowd, number, self._url(number), self._cookie(cookie), ticket, topics)
            page.shows(own, f"{self.hall['epoch']}:0", self.hall["own_cards"].get(str(user), {}))
            page.forgets = self.plan.breaks and number % FORGETFUL == 0
            people.append(page)
        return people

    def page_class(self, number: int) -> type[Page]:
        """Which kind of page the person of this number has open."""
        return Page

    def _url(self, number: int) -> str:
        return self.plan.urls[number % len(self.plan.urls)]

    def _cookie(self, value: str) -> str:
        return f"{self.hall['cookie_name']}={value}"

    async def publish(self, number: int) -> None:
        """Answers a question, or reopens it the next time: two real commands of the desk."""
        # Numbers begin at 1: each question's first turn is the first.
        turn, place = divmod(number - 1, len(self.hall["questions"]))
        question_id = self.hall["questions"][place][0]
        verb, event = ("reopen", "question.reopened") if turn % 2 else ("answer", "question.answered")
        moderator = self.moderators[number % len(self.moderators)]
        async with self._turns[place]:
            self.crowd.announce(self.floor, event, f"question.{question_id}")
            if self._accept(await moderator.do(f"question.{verb}", {"question_id": question_id})):
                self.done[f"{event} question.{question_id}"] += 1

    def _accept(self, answer: Answer) -> bool:
        if answer.refused:
            self.crowd.failures[f"a command was refused: {answer.refused}"] += 1
        return not answer.refused

    def more_scenes(self) -> dict[str, Callable[[], Awaitable[None]]]:
        return {"votes": self.scene_votes, "slow-readers": self.scene_slow_readers}

    async def scene_votes(self) -> None:
        await self.fill()
        # A person votes ten times in ten seconds at most.
        votes = min(VOTES, self.plan.sockets * 10)
        say(f"  {votes} votes in {VOTES_WITHIN:.0f} s")
        with self.shares_measured():
            started = perf_counter()
            voting = []
            for number in range(votes):
                await asyncio.sleep(max(0.0, started + number * VOTES_WITHIN / votes - perf_counter()))
                voting.append(self.crowd.start(self._vote(number)))
            answers = await asyncio.gather(*voting)
        await self.crowd.settle()
        self._measure_votes(answers)
        self.measure([], 1)
        self.found["deliveries_per_s"] = self.found["deliveries_per_cpu_s"] = None

    async def _vote(self, number: int) -> tuple[str, Answer]:
        place = number % self.plan.sockets
        voter = self.crowd.guests[place]
        assert isinstance(voter, Page)  # noqa: S101  the hall's guests are
        me = self.hall["people"][place][0]
        # Nobody supports their own question, and nobody the same one twice.
        others = [question_id for question_id, author_id in self.hall["questions"] if author_id != me]
        chosen = others[(place * 7 + number // self.plan.sockets) % len(others)]
        answer = await voter.do("question.vote", {"question_id": chosen})
        self._accept(answer)
        return f"question.{chosen}", answer

    def _measure_votes(self, answers: list[tuple[str, Answer]]) -> None:
        done = [(key, answer) for key, answer in answers if not answer.refused]
        frames = sorted((at, told) for at, told in self.crowd.tallies if told.topic == self.floor)
        # When every socket had these counts: each frame's last receipt.
        shown: dict[str, list[tuple[int, float]]] = {}
        for _, told in frames:
            if len(told.receipts) >= self.plan.sockets:
                for key, counts in told.tallies.items():
                    shown.setdefault(key, []).append((counts["votes"], max(told.receipts)))
        everywhere = []
        for key, answer in done:
            votes = answer.words["done"]["votes"]
            at = min((at for count, at in shown.get(key, []) if count >= votes), default=None)
            if at is not None:
                everywhere.append(max(at - answer.answered_at, 0.0))
        times = [at for at, _ in frames]
        self.found["votes"] = {
            "sent": len(answers),
            "acknowledged": len(done),
            "acknowledged_ms": in_ms(answer.answered_at - answer.sent_at for _, answer in done),
            "shown_everywhere": len(everywhere),
            "everywhere_ms": in_ms(everywhere),
            "tally_frames": len(frames),
            "tally_frames_most_in_a_s": max((sum(at <= t < at + 1 for t in times) for at in times), default=0),
        }

    async def scene_slow_readers(self) -> None:
        """Some stop reading while they are owed much; what the others notice, and when the server lets go of them."""
        await self.fill()
        await self.paced(self.plan.seconds / 2)
        before = len(self.crowd.events)
        slow = await self._slow_readers()
        resident = resident_kib(self.plan.server_pids)
        started = perf_counter()
        held = set(slow)
        most = 0.0
        say(f"  {len(slow)} read no more")
        going_on = self.crowd.start(self.paced(SLOW_WATCHED, until=lambda: not held and perf_counter() - started > 5))
        gone_after: list[float] = []
        with self.shares_measured():
            while not going_on.done():
                await asyncio.sleep(1)
                now_held = {port for process in self._ports() for port in still_held(process, set(slow))}
                gone_after += [perf_counter() - started] * len(held - now_held)
                held &= now_held
                most = max(most, resident_kib(self.plan.server_pids) - resident)
                say(f"  the server holds {len(held)} that do not read")
        await going_on
        for line in slow.values():
            line.close()
        await self.crowd.settle()
        self.measure(self.crowd.events[before:], perf_counter() - started)
        quiet = [told.sent_at for told in self.crowd.events[:before]]
        self.found["slow"] = {
            "readers": len(slow),
            "closed": len(gone_after),
            "closed_within_s": round(max(gone_after), 1) if len(gone_after) == len(slow) else None,
            "kib_each": round(most / len(slow), 1),
            "delivery_ms_before": in_ms(
                at - sent
                for told, sent in zip(self.crowd.events[:before], quiet, strict=True)
                for at in told.receipts
                if sent is not None
            ),
        }

    def _ports(self) -> list[int]:
        return [int(url.rpartition(":")[2].partition("/")[0]) for url in self.plan.urls]

    async def _slow_readers(self) -> dict[int, socket.socket]:
        """By their port. They are people of the hall with a second socket, opened by hand: it is never read."""
        slow = {}
        for number in range(min(SLOW, self.plan.sockets)):
            line = socket.socket()
            # Before the handshake, or the kernel would offer the server a large window.
            line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            line.setblocking(False)
            loop = asyncio.get_running_loop()
            await loop.sock_connect(line, ("127.0.0.1", self._ports()[number % len(self.plan.urls)]))
            cookie = self._cookie(self.hall["people"][number][1])
            request = (
                f"GET /live/socket/ HTTP/1.1\r\nHost: 127.0.0.1\r\nOrigin: {self.plan.origin}\r\nCookie: {cookie}\r\n"
                "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
                "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
            )
            await loop.sock_sendall(line, request.encode())
            await loop.sock_recv(line, 64)  # it is answered; nothing is read after this
            ticket = self.hall["people"][number][2]
            asking = _masked(msgspec.json.encode({"ticket": ticket, "follow": {self.floor: {}}}))
            await loop.sock_sendall(line, asking * SLOW_ASKS)
            slow[line.getsockname()[1]] = line
        return slow

    async def finish(self) -> None:
        # Who is not there is told of as such, and will catch up when they come.
        self.found["away"] = sum(guest.transport is None for guest in self.crowd.guests)
        self.found["commands"] = {"topic": self.floor, "done": self.done, "sent_again": self.crowd.sent_again}
        everybody = [*self.crowd.guests, *self.moderators]
        pages = [guest for guest in everybody if isinstance(guest, Page) and guest.transport is not None]
        self.found["holdings"] = held_together((topic, held) for page in pages for topic, held in page.held.items())


def _masked(payload: bytes) -> bytes:
    """A text frame as clients send it, with a mask of zeros."""
    size = len(payload)
    length = bytes([0x80 | size]) if size < 126 else b"\xfe" + size.to_bytes(2, "big")
    return b"\x81" + length + bytes(4) + payload


class YardstickHappening(Happening):
    """A server that only fans out: one socket sends, all others get the same bytes."""

    async def prepare(self) -> None:
        self.publisher = Publisher(self.crowd, 0, self.plan.publish_url)
        await self.publisher.arrive()

    def people(self) -> list[Guest]:
        return [Plain(self.crowd, n, self.plan.urls[0]) for n in range(self.plan.sockets)]

    async def publish(self, number: int) -> None:
        bare = len(msgspec.json.encode({"seq": number, "pad": ""}))
        self.crowd.announce("", "", str(number))
        self.publisher.send({"seq": number, "pad": "x" * max(self.plan.frame_bytes - bare, 0)})
