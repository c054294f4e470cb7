"""Scenario `chaos`: all that can break breaks, while events go on. What every socket holds in the end must be right."""

import asyncio
import random
import socket
from collections.abc import Awaitable, Callable, Iterator
from time import perf_counter
from typing import Any

from crowd import PATIENCE, Guest, Page
from outside import Outside
from processes import cpu_seconds, say
from scenarios import HallHappening, Plan

EVERY = 0.05  # seconds between two events
# What happens at which share of the run. Each has time to be got over before the next.
DISTURBANCES = (
    (0.10, "kill subscriptions"),
    (0.20, "kill redis"),
    (0.30, "start redis"),
    (0.45, "kill server"),
    (0.60, "start server"),
    (0.75, "storm"),
)
# Seconds until all have everything, once the events have stopped: a server's patience with one that takes nothing, its
# next beat, and the way back.
SETTLED_WITHIN = 60.0
# One socket of so many reads slowly.
SLOW_ONE_IN = 10
# Seconds without reading, and between two times of it. The longest is more than the server has patience for.
PAUSES = (2.0, 5.0, 8.0, 17.0)
READS_ON_FOR = 3.0
# Snapshots (some 20 kB each) that it asks for before: together with events they may fill what the server keeps for it.
ASKS = 12


def timetable(seconds: float) -> Iterator[tuple[float, str]]:
    """(seconds from the start, what happens), in order."""
    for share, deed in DISTURBANCES:
        yield share * seconds, deed


class SlowPage(Page):
    """A page on a phone that stops reading for some seconds, again and again, and asks for much before."""

    def __init__(self, *about: Any) -> None:
        super().__init__(*about)
        self.is_timed = False  # how long it does not read is its own affair

    def _line(self) -> dict[str, Any]:
        return {"socket_factory": self._small_line}

    def _small_line(self, _url: object) -> socket.socket:
        line = socket.socket()
        # Before the handshake, or the kernel would offer the server a large window and take all for it.
        line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        line.setblocking(False)
        line.bind((self.address, 0))
        return line

    async def read_slowly(self, topic: str, over: asyncio.Event) -> None:
        while not over.is_set():
            await _until(over, random.uniform(0, 2 * READS_ON_FOR))  # noqa: S311  no secret
            if self.transport is not None and self.synced.is_set():
                await self._pause(topic, over)

    async def _pause(self, topic: str, over: asyncio.Event) -> None:
        transport = self.transport
        assert transport is not None  # noqa: S101  the caller has looked
        line = transport.underlying_transport
        for _ in range(random.randint(0, ASKS)):  # noqa: S311
            # The server may have hung up while nothing was read: that is met here first.
            if not line.is_closing():
                self.behind.add(topic)
                self.send({"follow": {topic: {}}})
        line.pause_reading()
        self.crowd.pauses += 1
        await _until(over, random.choice(PAUSES))  # noqa: S311
        if self.transport is transport:
            line.resume_reading()


async def _until(over: asyncio.Event, seconds: float) -> None:
    """Waits for so long, or until it is over."""
    try:
        async with asyncio.timeout(seconds):
            await over.wait()
    except TimeoutError:
        return


def _missing(guests: list[Guest]) -> int:
    return sum(not guest.synced.is_set() for guest in guests)


class ChaosHappening(HallHappening):
    def __init__(self, plan: Plan) -> None:
        super().__init__(plan)
        self.outside = Outside()
        self.told: dict[str, Any] = {}

    def more_scenes(self) -> dict[str, Callable[[], Awaitable[None]]]:
        return {"chaos": self.scene_chaos}

    def page_class(self, number: int) -> type[Page]:
        return SlowPage if number % SLOW_ONE_IN == 0 else Page

    async def scene_chaos(self) -> None:
        await self.fill()
        say(f"  an event every {EVERY * 1000:.0f} ms for {self.plan.seconds:.0f} s, while things break")
        over = asyncio.Event()
        slow = [guest for guest in self.crowd.guests if isinstance(guest, SlowPage)]
        self.crowd.expected -= len(slow)
        reading = [self.crowd.start(guest.read_slowly(self.floor, over)) for guest in slow]
        started = perf_counter()
        with self.shares_measured():
            going_on = self.crowd.start(self.paced(self.plan.seconds, EVERY))
            await self._disturb(started)
            async with asyncio.timeout(self.plan.seconds + PATIENCE):
                await going_on
        took = perf_counter() - started
        over.set()
        await asyncio.gather(*reading)
        await self._all_back(self._everybody())
        self.found["not_back"] = _missing(self._everybody())
        if not await self.crowd.settle(SETTLED_WITHIN):
            for page, topic in self.crowd.behind()[:5]:
                say(f"  {type(page).__name__} {page.number} stands at {page.held[topic].seq} in {topic}")
        self.measure(self.crowd.events, took)
        self.found["chaos"] = {
            **self.told,
            "passed_on": self.crowd.passed_on,
            "slow": len(slow),
            "pauses": self.crowd.pauses,
            "repaired": self.crowd.repaired,
        }

    async def _disturb(self, started: float) -> None:
        watching: list[asyncio.Task[None]] = []
        for at, deed in timetable(self.plan.seconds):
            await asyncio.sleep(max(0.0, started + at - perf_counter()))
            say(f"  {deed}")
            if deed == "storm":
                self._storm()
            else:
                await self._have_done(deed)
            if deed in ("kill server", "storm"):
                watching.append(self.crowd.start(self._watch(deed)))
        await asyncio.gather(*watching)

    def _storm(self) -> None:
        for guest in self._everybody():
            guest.drop()

    async def _have_done(self, deed: str) -> None:
        before = {pid: cpu_seconds([pid]) for pid in self.plan.server_pids}
        answer = await self.outside.do(deed)
        self.plan.server_pids[:] = answer["server_pids"]
        self.gone_cpu_s += sum(used for pid, used in before.items() if pid not in self.plan.server_pids)
        if answer["subscriptions"]:
            self.told["subscriptions_killed"] = answer["subscriptions"]

    async def _watch(self, deed: str) -> None:
        # The system takes a moment to tell of a line that is gone.
        await asyncio.sleep(0.5)
        # Whoever reads slowly is thrown out now and then in any case.
        took = await self._all_back([guest for guest in self._everybody() if not isinstance(guest, SlowPage)])
        self.told[f"back_after_{deed.replace(' ', '_')}_s"] = None if took is None else round(took + 0.5, 1)
        if deed == "storm":
            self.found["back_and_synced_s"] = self.told["back_after_storm_s"]

    async def _all_back(self, guests: list[Guest]) -> float | None:
        """Seconds until all are there and as new as things were when they came; None where somebody is not for long."""
        started = perf_counter()
        while _missing(guests):
            if perf_counter() - started > PATIENCE:
                return None
            await asyncio.sleep(0.1)
        return perf_counter() - started

    def _everybody(self) -> list[Guest]:
        return [*self.crowd.guests, *self.moderators]
