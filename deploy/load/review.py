"""The countries' review in a full hall: its 21 delegations replayed at speed, while everybody's page follows.

What is shown: in the end every socket holds what a page opened now would show, and that is what the record says.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from time import perf_counter

from crowd import Guest, Page
from outside import Outside
from processes import say
from scenarios import HallHappening, Plan

SPEED = 20
UNKNOWN = (
    "events", "event_bytes", "delivery_ms", "first_ms", "fan_out_ms", "all_sockets_ms", "deliveries_per_s",
    "deliveries_per_cpu_s",
)  # fmt: skip


class ReviewHappening(HallHappening):
    """A hall that only follows: what happens is done at the desk, by the command that replays a review."""

    def __init__(self, plan: Plan) -> None:
        super().__init__(plan)
        self.outside = Outside()
        session = self.hall["session"]
        self.topics = (f"session.{session}.speakers", f"session.{session}.review", f"session.{session}.picture")

    async def prepare(self) -> None:
        if trial := self.people()[:20]:
            await self.crowd.arrive(trial, len(trial))
            for guest in trial:
                guest.leave()

    def people(self) -> list[Guest]:
        people: list[Guest] = []
        for number, (_user, cookie, ticket, _over) in enumerate(self.hall["people"]):
            page = Page(self.crowd, number, self._url(number), self._cookie(cookie), ticket, self.topics)
            page.forgets = self.plan.breaks and number % 50 == 0
            people.append(page)
        return people

    def more_scenes(self) -> dict[str, Callable[[], Awaitable[None]]]:
        return {"review": self.scene_review}

    async def scene_review(self) -> None:
        await self.fill()
        say(f"  21 delegations at speed {SPEED}")
        started = perf_counter()
        with self.shares_measured(), self.told_each_second(self._progress):
            answer = await self.outside.do(f"replay {SPEED} {'recorded' if self.plan.films else 'live'}")
        took = perf_counter() - started
        await self.crowd.settle()
        self.measure(self.crowd.events, took)
        # Another process made the events: when each began is not known here.
        for measure in UNKNOWN:
            self.found[measure] = None
        self.found["review"] = answer["said"]
        self.found["replayed_in_s"] = round(took, 1)

    def _progress(self) -> str:
        return f"{self.crowd.synced()} of {self.plan.sockets} in step"

    async def finish(self) -> None:
        await super().finish()
        # Nobody in the hall sent a command.
        del self.found["commands"]
