"""The clients of a load run: sockets that do what the page does, thousands of them in one process.

Thousands of sockets get the same bytes, so a frame is read once and its meaning shared; what each socket then holds is
its own.
"""

import asyncio
import random
from array import array
from collections import defaultdict, deque
from collections.abc import Awaitable, Callable, Iterable
from time import perf_counter
from typing import Any
from uuid import uuid4

import msgspec
from comparison import Cards, Counts, Held, digest
from picows import WSError, WSFrame, WSListener, WSMsgType, WSTransport, ws_connect

# One address has about 28,000 ports; sockets are shared out among several of 127/8 well before that.
SOCKETS_AN_ADDRESS = 5_000
# Seconds within which a page comes back at first, until the server has told it how many it is for (live.js: `#spread`).
FIRST_SPREAD = 2.0
LONGEST_WAIT = 30.0  # seconds
# Seconds until a socket that did not arrive is given up, and told of.
PATIENCE = 300.0
# Sockets whose connecting is begun before any answer is read.
STARTED_TOGETHER = 50
# Of a socket that forgets, every event with such a number: the last ones too.
FORGOTTEN = 5

encode = msgspec.json.encode


def longest_wait(spread: float, tries: int) -> float:
    """Within how many seconds a page tries again after so many tries in vain, this one included: as live.js has it."""
    return min(LONGEST_WAIT, spread * 2.0 ** min(tries - 1, 4))


class Told:
    """What a frame says, and when it reached whom."""

    __slots__ = (
        "at", "beat", "cards", "id", "kind", "name", "part", "receipts", "renew_within", "sent_at", "seq", "size",
        "spread", "tallies", "tallies_at", "topic", "words",
    )  # fmt: skip

    def __init__(self, payload: bytes) -> None:
        frame: dict[str, Any] = msgspec.json.decode(payload)
        self.size = len(payload)
        self.topic: str = frame.get("topic", "")
        self.seq: int = frame.get("seq", -1)
        self.name: str = frame.get("name", "")
        self.at: str = frame.get("at", "")
        self.part: list[int] = frame.get("part", [])
        self.beat: int = frame.get("beat", -1)
        self.id: str | None = frame.get("id")
        # Seconds; 0 where the frame says nothing of it.
        hello: dict[str, Any] = frame.get("hello", {})
        self.spread: float = (frame.get("retry_spread_ms") or hello.get("retry_spread_ms", 0)) / 1000
        self.renew_within: float = hello.get("renew_within_ms", 0) / 1000
        self.cards: dict[str, str | None] = {
            key: None if card is None else digest(card) for key, card in frame.get("cards", {}).items()
        }
        self.tallies: dict[str, Counts] = frame.get("tallies", {})
        self.tallies_at: int = frame.get("tallies_at", 0)
        self.kind = _kind(frame)
        self.words = frame if self.kind in ("id", "answer", "refused", "ticket") else {}
        self.receipts = array("d")
        self.sent_at: float | None = None


def _kind(frame: dict[str, Any]) -> str:
    for name in ("part", "resumed", "refused", "seq", "tallies", "hello", "time", "ticket", "id"):
        if name in frame:
            return "answer" if name == "refused" and "id" in frame else name
    return "beat"


class Guest(WSListener):
    """One socket, which comes back when it is thrown out."""

    def __init__(self, crowd: "Crowd", number: int, url: str, cookie: str = "") -> None:
        self.crowd = crowd
        self.number = number
        self.url = url
        self.cookie = cookie
        self.transport: WSTransport | None = None
        self.leaving = False
        self.shaken_hands = False
        self.closed_with: int | None = None
        self.synced = asyncio.Event()
        # Seconds within which the server wants it back, as it told last, and how often it has tried since.
        self.spread = FIRST_SPREAD
        self.tries = 0

    async def arrive(self) -> None:
        """Opens the socket, however often it takes. The last try's handshake is what is measured."""
        self.synced.clear()
        self.leaving = False
        while True:
            started = perf_counter()
            try:
                await self._connect_somewhere()
            except (TimeoutError, WSError, OSError) as error:
                self.crowd.failed += 1
                self.crowd.failures[repr(error)[:120]] += 1
                await self._wait_and_turn()
            else:
                self.crowd.handshakes.append(perf_counter() - started)
                return

    async def _connect_somewhere(self) -> None:
        """As the proxy before several server processes does: where one does not listen, the next one is asked."""
        for url in self.crowd.ways:
            if url != self.url:
                try:
                    return await self._connect()
                except ConnectionRefusedError:
                    self.crowd.passed_on += 1
                    self.url = url
        return await self._connect()

    async def _connect(self) -> None:
        headers = {"Origin": self.crowd.origin}
        if self.cookie:
            headers["Cookie"] = self.cookie
        self.shaken_hands = False
        await ws_connect(
            lambda: self,
            self.url,
            extra_headers=headers,
            websocket_handshake_timeout=120,
            read_buffer_init_size=2048,
            **self._line(),
        )
        if not self.shaken_hands:
            # picows returns as if all were well where the server hangs up without an answer.
            raise ConnectionResetError("closed during the handshake")

    def _line(self) -> dict[str, Any]:
        """How the line to the server is made, in the words of asyncio's create_connection."""
        return {"local_addr": (self.address, 0)}

    @property
    def address(self) -> str:
        return f"127.0.{1 + self.number // SOCKETS_AN_ADDRESS}.1"

    def on_ws_connected(self, transport: WSTransport) -> None:
        self.shaken_hands = True
        self.transport = transport
        self.tries = 0
        self.opened()

    def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
        now = perf_counter()
        if frame.msg_type is WSMsgType.TEXT:
            self.take(self.crowd.told(frame.get_payload_as_bytes(), now), now)
        elif frame.msg_type is WSMsgType.CLOSE:
            self.closed_with = int(frame.get_close_code().value)
            transport.send_close(frame.get_close_code())
            transport.disconnect()

    def on_ws_disconnected(self, transport: WSTransport) -> None:
        if transport is not self.transport:
            return
        self.transport = None
        self.synced.clear()
        if not self.leaving:
            self.crowd.thrown_out += 1
            self.crowd.start(self._come_back())

    async def _come_back(self) -> None:
        await self._wait_and_turn()
        await self.arrive()

    async def _wait_and_turn(self) -> None:
        """Full jitter, so that a hall does not come back together; then by whichever server process takes it."""
        self.tries += 1
        await asyncio.sleep(random.uniform(0, longest_wait(self.spread, self.tries)))  # noqa: S311  jitter
        self.url = self.crowd.way(self.url)

    def drop(self) -> None:
        """The network is gone for a moment: no word of farewell, and it comes back by itself."""
        if self.transport is not None:
            self.transport.disconnect(graceful=False)

    def leave(self) -> None:
        """The network is gone: no word of farewell."""
        self.leaving = True
        if self.transport is not None:
            self.transport.disconnect(graceful=False)

    def send(self, message: object) -> bool:
        """Whether there is a socket to send it by."""
        if self.transport is None:
            return False
        self.transport.send(WSMsgType.TEXT, encode(message))
        return True

    def opened(self) -> None:
        raise NotImplementedError

    def take(self, told: Told, now: float) -> None:
        raise NotImplementedError

    def lacks(self) -> str:
        """What it still waits for, as far as it is known."""
        return "a socket" if self.transport is None else "an answer"


class Page(Guest):
    """The page's protocol: it follows its topics, from where it stands, and asks again on a gap."""

    def __init__(self, crowd: "Crowd", number: int, url: str, cookie: str, ticket: str, topics: Iterable[str]) -> None:
        super().__init__(crowd, number, url, cookie)
        self.ticket = ticket
        self.held = {topic: Held() for topic in topics}
        self.behind: set[str] = set()
        self.parts: dict[str, tuple[Cards, dict[str, Counts]]] = {}
        self.targets: dict[str, int] = {}
        # Commands without an answer, by their id, and whether each was sent at all.
        self.unanswered: dict[str, tuple[dict[str, Any], bool]] = {}
        self.renewal: asyncio.TimerHandle | None = None
        # For a trial of the comparison itself.
        self.forgets = False
        # Whether it counts when something reaches this one.
        self.is_timed = True

    def opened(self) -> None:
        self.behind.clear()
        self.parts.clear()
        self.targets = {topic: self.crowd.newest.get(topic, 0) for topic in self.held}
        self._follow(self.held, ticket=self.ticket, time=perf_counter() * 1000)
        for command_id, (message, was_sent) in self.unanswered.items():
            self.crowd.sent_again += was_sent
            self.unanswered[command_id] = message, self.send(message)

    def take(self, told: Told, now: float) -> None:
        kind = told.kind
        if kind == "seq":
            self._take_event(told, now)
        elif kind == "tallies":
            told.receipts.append(now)
            self.held[told.topic].count(told.tallies, told.tallies_at)
        elif kind == "beat":
            self.spread = told.spread or self.spread
            if told.topic and told.beat > self.held[told.topic].seq:
                self._ask_again(told.topic)
        elif kind == "hello":
            self.spread = told.spread
            self._renew_within(told.renew_within)
        elif kind == "part":
            self._look(told)
        elif kind == "resumed":
            # Unasked: the server repairs a socket that could not take more.
            self.crowd.repaired += told.topic not in self.behind
            self.held[told.topic].resume()
            self.behind.discard(told.topic)
            self._reached(told.topic)
        elif kind == "ticket":
            self.ticket = told.words["ticket"]
        elif kind in ("id", "answer"):
            self.crowd.answered(told, now)
        elif kind == "refused":
            self.crowd.failures[f"refused {told.topic}: {told.words['refused']['code']}"] += 1

    def _take_event(self, told: Told, now: float) -> None:
        if self.forgets and self.crowd.forgetting and told.seq % FORGOTTEN == 0:
            self._forget(told)
            return
        if self.is_timed:
            told.receipts.append(now)
            if len(told.receipts) == self.crowd.expected:
                self.crowd.finished += 1
        topic = told.topic
        held = self.held[topic]
        if not held.take(told.seq, told.cards):
            if self.forgets:
                held.jump(told.seq, told.cards)
            else:
                self._ask_again(topic)
        if topic in self.targets:
            self._reached(topic)

    def _forget(self, told: Told) -> None:
        """It waits for nothing that it forgot: where that was the newest, nothing newer might ever come."""
        if told.seq >= self.targets.get(told.topic, told.seq + 1):
            self.targets[told.topic] = self.held[told.topic].seq
            self._reached(told.topic)

    def lacks(self) -> str:
        kinds = sorted({topic.partition(".")[0] for topic in self.targets})
        return super().lacks() if self.transport is None else f"the topics of {', '.join(kinds)}"

    def _look(self, told: Told) -> None:
        part, parts = told.part
        if part == 1:
            if parts == 1:
                cards, tallies = told.cards, told.tallies
            else:
                cards, tallies = dict(told.cards), dict(told.tallies)
        else:
            cards, tallies = self.parts.pop(told.topic)
            cards.update(told.cards)
            tallies.update(told.tallies)
        if part < parts:
            self.parts[told.topic] = cards, tallies
            return
        epoch, _, seq = told.at.rpartition(":")
        self.held[told.topic].look(epoch, int(seq), cards, tallies, told.tallies_at)
        self.behind.discard(told.topic)
        self._reached(told.topic)

    def _reached(self, topic: str) -> None:
        """All topics are answered, and as new as they were when this socket opened: it is back."""
        if topic in self.targets and topic not in self.behind and self.held[topic].seq >= self.targets[topic]:
            del self.targets[topic]
            if not self.targets:
                self.synced.set()

    def _ask_again(self, topic: str) -> None:
        if topic not in self.behind and not self.forgets:
            self.crowd.asked_again += 1
            self._follow([topic])

    def shows(self, topic: str, at: str, cards: Cards, tallies_at: int = 0) -> None:
        """What the page itself shows of a topic, and where that stands: it follows from there."""
        epoch, _, seq = at.rpartition(":")
        self.held[topic].look(epoch, int(seq), cards, {}, tallies_at)

    def _renew_within(self, most: float) -> None:
        """A ticket lives for minutes, and a page stays for hours: at a random moment it asks for the next one."""
        if self.renewal is not None:
            self.renewal.cancel()
        wait = random.uniform(most / 2, most)  # noqa: S311  jitter
        self.renewal = asyncio.get_running_loop().call_later(wait, self._renew, most)

    def _renew(self, most: float) -> None:
        self.send({"renew": True})
        self._renew_within(most)

    def _follow(self, topics: Iterable[str], **beside: str | float) -> None:
        topics = list(topics)
        self.behind.update(topics)
        self.send({"follow": {topic: self._stand(self.held[topic]) for topic in topics}, **beside})

    @staticmethod
    def _stand(held: Held) -> dict[str, Any]:
        return {"at": f"{held.epoch}:{held.seq}", "tallies": held.tallies_at} if held.seq >= 0 else {}

    async def do(self, name: str, payload: dict[str, Any]) -> "Answer":
        """Sends a command, again after each time the socket was lost, and waits for its answer."""
        return await self.crowd.ask(self, {"do": name, "with": payload})


class Plain(Guest):
    """A socket of a yardstick: it only listens."""

    def opened(self) -> None:
        self.synced.set()

    def take(self, told: Told, now: float) -> None:
        receipts = told.receipts
        receipts.append(now)
        if len(receipts) == self.crowd.expected:
            self.crowd.finished += 1


class Publisher(Plain):
    """The socket a yardstick's frames are sent by: what it is answered is of no interest."""

    def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
        pass


class Answer(msgspec.Struct):
    sent_at: float
    answered_at: float
    words: dict[str, Any]

    @property
    def refused(self) -> str:
        refused: dict[str, Any] = self.words.get("refused", {})
        return str(refused.get("code", ""))


class Crowd:
    """All sockets of a run, and what reached them when."""

    def __init__(self, origin: str) -> None:
        self.origin = origin
        # Only between arriving and the end: what is forgotten must be an event that was due.
        self.forgetting = False
        self.guests: list[Guest] = []
        self.events: list[Told] = []
        self.tallies: list[tuple[float, Told]] = []
        self.newest: dict[str, int] = {}
        self.handshakes: list[float] = []
        self.failed = 0
        self.failures: defaultdict[str, int] = defaultdict(int)
        self.thrown_out = 0
        self.asked_again = 0
        self.sent_again = 0
        self.passed_on = 0
        self.repaired = 0
        self.pauses = 0
        # Frames that say something else than another of the same number.
        self.conflicting = 0
        # Sockets of all server processes: who was thrown out comes back by any of them.
        self.ways: list[str] = []
        # How many sockets an event should reach, and how many events have reached all.
        self.expected = 0
        self.finished = 0
        self.last_heard = 0.0
        self._told: dict[bytes, Told] = {}
        self._numbered: dict[tuple[str, int], Told] = {}
        self._announced: defaultdict[tuple[str, str], deque[float]] = defaultdict(deque)
        self._waiting: dict[str, tuple[float, Page, asyncio.Future[Answer]]] = {}
        self._tasks: set[asyncio.Task[Any]] = set()

    def told(self, payload: bytes, now: float) -> Told:
        """What a frame says; read when it is met first."""
        told = self._told.get(payload)
        if told is None:
            told = Told(payload)
            self.last_heard = now
            if told.kind == "seq":
                told = self._first_of(told)
            elif told.kind == "tallies":
                self.tallies.append((now, told))
            self._told[payload] = told
        return told

    def _first_of(self, told: Told) -> Told:
        """One event has one meaning, in whatever order its words come: from the bus, or from the database's log."""
        first = self._numbered.setdefault((told.topic, told.seq), told)
        if first is told:
            self._note(told)
        elif (first.name, first.cards) != (told.name, told.cards):
            self.conflicting += 1
            return told
        return first

    def way(self, url: str) -> str:
        """The socket by which somebody comes back who was at `url`."""
        return random.choice(self.ways) if self.ways else url  # noqa: S311  no secret

    def _note(self, told: Told) -> None:
        self.newest[told.topic] = max(told.seq, self.newest.get(told.topic, 0))
        for key in told.cards or (str(told.seq),):
            if sent := self._announced.get((told.topic, f"{told.name} {key}")):
                told.sent_at = sent.popleft()
                self.events.append(told)

    def announce(self, topic: str, name: str, key: str) -> float:
        """A command that makes this event in this topic leaves now."""
        now = perf_counter()
        self._announced[topic, f"{name} {key}"].append(now)
        return now

    async def ask(self, page: Page, message: dict[str, Any]) -> Answer:
        command_id = str(uuid4())
        waiting: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        self._waiting[command_id] = perf_counter(), page, waiting
        message = {**message, "id": command_id}
        page.unanswered[command_id] = message, page.send(message)
        return await waiting

    def answered(self, told: Told, now: float) -> None:
        if (asked := self._waiting.pop(told.id or "", None)) is None:
            return  # the first answer, given again
        sent_at, page, waiting = asked
        page.unanswered.pop(told.id or "", None)
        if not waiting.done():
            waiting.set_result(Answer(sent_at, now, told.words))

    def start(self, work: Awaitable[Any]) -> "asyncio.Task[Any]":
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def arrive(self, guests: Iterable[Guest], at_once: int, delay: Callable[[], float] = lambda: 0.0) -> int:
        """Opens all sockets, `at_once` at a time, each after its own delay (seconds); returns when all are synced.

        Returns how many are not, PATIENCE seconds later.
        """
        places = asyncio.Semaphore(at_once)

        async def one(guest: Guest) -> None:
            await asyncio.sleep(delay())
            async with places:
                await guest.arrive()
                await guest.synced.wait()

        arriving: dict[asyncio.Task[None], Guest] = {}
        for number, guest in enumerate(guests, start=1):
            arriving[asyncio.ensure_future(one(guest))] = guest
            if number % STARTED_TOGETHER == 0:
                # Phones share no processor: what the first ones are answered is read before the last ones have begun.
                await asyncio.sleep(0)
        _, missing = await asyncio.wait(arriving, timeout=PATIENCE)
        for task in missing:
            task.cancel()
            self.failures[f"did not arrive: {arriving[task].lacks()}"] += 1
        return len(missing)

    def synced(self) -> int:
        return sum(guest.synced.is_set() for guest in self.guests)

    async def settle(self, patience: float = 20.0) -> bool:
        """Waits until all sockets stand at the newest of each topic, and nothing new came for a second and a half."""
        deadline = perf_counter() + patience
        while perf_counter() < deadline:
            await asyncio.sleep(0.25)
            if perf_counter() - self.last_heard > 1.5 and not self.behind():
                return True
        return False

    def behind(self) -> list[tuple[Page, str]]:
        """Who lacks something in which topic. Whoever forgets on purpose always does, and is left out."""
        return [
            (guest, topic)
            for guest in self.guests
            if isinstance(guest, Page) and not guest.forgets
            for topic, held in guest.held.items()
            if held.seq < self.newest.get(topic, 0)
        ]

    def leave(self) -> None:
        for guest in self.guests:
            guest.leave()
        for task in list(self._tasks):
            task.cancel()
