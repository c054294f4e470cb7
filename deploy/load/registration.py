"""People register by the public form, more of them than there are places, beside a bare Django form in the same call.

`python deploy/load/registration.py --people 5000 --clients 64 --json -` prints one JSON object on the standard output
and a table, with progress, on the error output.
"""

import argparse
import asyncio
import json
import re
import sys
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from functools import partial
from html import unescape
from pathlib import Path
from time import perf_counter
from typing import Any

import aiohttp
from premises import Missing, bare_form, premises
from processes import cores, cpu_seconds, keep_to, say

HERE = Path(__file__).parent
# So many come for the last places and find none.
TOO_MANY = 50
WARMED_UP_BY = 20
_HIDDEN = re.compile(r'<input type="hidden" name="([a-z_]+)" value="([^"]*)"')


@dataclass
class Crowd:
    """`clients` that register `people`, one after the other each: a page, then its form."""

    clients: int
    people: int
    took: list[float] = field(default_factory=list)
    wrong: Counter[str] = field(default_factory=Counter)

    async def go(self, one: Callable[[int], Awaitable[None]]) -> float:
        """Registers everybody; returns how many seconds it took."""
        left = iter(range(self.people))

        async def client() -> None:
            for number in left:
                started = perf_counter()
                try:
                    await one(number)
                except (aiohttp.ClientError, TimeoutError, Turned) as error:
                    self.wrong[str(error)[:80] or repr(error)] += 1
                self.took.append(perf_counter() - started)
                if len(self.took) % 500 == 0:
                    say(f"  {len(self.took)} of {self.people}")

        started = perf_counter()
        await asyncio.gather(*(client() for _ in range(self.clients)))
        return perf_counter() - started


class Turned(Exception):
    """The application did not answer as it does when all is well."""


async def fill_in(lines: aiohttp.BaseConnector, page: str, origin: str, **typed: str) -> None:
    """One browser opens the form and sends it."""
    jar = aiohttp.CookieJar(unsafe=True)
    async with aiohttp.ClientSession(cookie_jar=jar, connector=lines, connector_owner=False) as browser:
        async with browser.get(page) as answer:
            form = await answer.text()
            if answer.status != 200:
                raise Turned(f"the page: {answer.status}")
        hidden = {name: unescape(value) for name, value in _HIDDEN.findall(form)}
        data, headers = {**hidden, **typed}, {"Origin": origin}
        async with browser.post(page, data=data, headers=headers, allow_redirects=False) as answer:
            await answer.read()
            if answer.status != 302:
                raise Turned(f"the form: {answer.status}")


def measured(url: str, origin: str, pids: list[int], given: argparse.Namespace) -> dict[str, Any]:
    """What a crowd found at one form."""

    async def run() -> dict[str, Any]:
        lines = aiohttp.TCPConnector(limit=0, keepalive_timeout=3)
        try:

            def one(number: int, prefix: str = "person") -> Awaitable[None]:
                typed = {"name": f"Person {number}", "email": f"{prefix}.{number}@example.org", "attendance": "in_room"}
                return fill_in(lines, url, origin, **typed)

            await Crowd(4, WARMED_UP_BY).go(partial(one, prefix="early"))
            crowd = Crowd(given.clients, given.people)
            before = cpu_seconds(pids)
            seconds = await crowd.go(one)
            return {
                "per_s": round(given.people / seconds, 1),
                "p50_ms": _share(crowd.took, 0.5),
                "p95_ms": _share(crowd.took, 0.95),
                "max_ms": _share(crowd.took, 1),
                "server_cpu_share": round((cpu_seconds(pids) - before) / seconds, 2),
                "errors": dict(crowd.wrong),
            }
        finally:
            await lines.close()

    return asyncio.run(run())


def _share(took: list[float], share: float) -> float:
    ordered = sorted(took)
    return round(ordered[min(len(ordered) - 1, int(share * len(ordered)))] * 1000, 1)


def run(given: argparse.Namespace) -> dict[str, Any]:
    server_cores, client_cores = (cores()[:1], cores()[1:]) if len(cores()) > 1 else ((), ())
    postgres = given.database == "postgres"
    filled_by = ["fill-registration", str(given.people + WARMED_UP_BY - TOO_MANY)]
    say(f"registration: {given.people} people, {given.clients} clients, {given.server}, {given.database}")
    with premises(
        given.server,
        processes=1,
        postgres=postgres,
        people=0,
        cores=server_cores,
        with_worker=given.worker,
        filled_by=filled_by,
    ) as ours:
        keep_to(0, client_cores)
        page = f"{ours.servers.origin}{ours.hall['page']}"
        found = measured(page, ours.servers.origin, ours.servers.pids, given)
        counted = ours.ask(["count-registration", str(ours.hall["category"])])
    say("the yardstick: a bare Django form with one insert")
    with bare_form(given.server, server_cores, postgres=postgres) as plain:
        yard = measured(f"{plain.origin}/", plain.origin, plain.pids, given)
    return {
        "people": given.people,
        "clients": given.clients,
        "server": given.server,
        "database": given.database,
        "worker_beside": given.worker,
        "registrations_per_s": found["per_s"],
        "p50_ms": found["p50_ms"],
        "p95_ms": found["p95_ms"],
        "max_ms": found["max_ms"],
        "server_cpu_share": found["server_cpu_share"],
        "places": counted["size"],
        "approved": counted["approved"],
        "waiting": counted["waiting"],
        "oversold": max(0, counted["approved"] - counted["size"]),
        "mails": counted["mails"],
        "errors": found["errors"],
        "yardstick_per_s": yard["per_s"],
        "yardstick_p95_ms": yard["p95_ms"],
        "yardstick_errors": yard["errors"],
        "ratio": round(found["per_s"] / yard["per_s"], 2),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int, default=5000)
    parser.add_argument("--clients", type=int, default=64)
    parser.add_argument("--server", choices=["uvicorn", "daphne"], default="uvicorn")
    parser.add_argument("--database", choices=["sqlite", "postgres"], default="sqlite")
    parser.add_argument("--worker", action="store_true", help="a worker sends the mails meanwhile")
    parser.add_argument("--json", default="", metavar="FILE", help="where the result goes; - is the standard output")
    given = parser.parse_args()
    try:
        found = run(given)
    except Missing as missing:
        sys.exit(str(missing))
    for name, value in found.items():
        say(f"  {name:20}{value}")
    if given.json == "-":
        sys.stdout.write(json.dumps(found) + "\n")
    elif given.json:
        Path(given.json).write_text(json.dumps(found))


if __name__ == "__main__":
    main()
