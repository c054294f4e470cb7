"""Scenario `arrival`: people sign in by a mailed code, open the session's page and its socket, while events go on."""

import asyncio
import random
import re
from collections import defaultdict
from collections.abc import Awaitable, Callable
from html import unescape
from pathlib import Path
from time import perf_counter

import aiohttp
from comparison import in_ms
from crowd import PATIENCE, Page
from processes import say
from scenarios import FORGETFUL, PACE, HallHappening, Plan

BY_CODE, CODE = "/account/login/code/", "/account/login/code/confirm/"
# Seconds between two looks at what the worker has sent.
LOOKED_EVERY = 0.1
# Seconds within which a mail must have come.
MAIL_WITHIN = 60.0
SHARES = (0.5, 0.95, 0.99)
# How often somebody tries who is told that too many are here, and what tells them.
TRIES = 5
COME_AGAIN = 503
WAITED = "told to come again"
# People who sign in before anything is measured.
TRIALS = 4

_TAG = re.compile(r"<[a-z][^>]*>")
_ATTRIBUTE = re.compile(r'\b(data-[a-z-]+)="([^"]*)"')
_CSRF = re.compile(r'name="csrfmiddlewaretoken" value="([^"]+)"')
_TO = re.compile(r"^To: (\S+)$", re.MULTILINE)
_WRONG = re.compile(r'class="errorlist[^>]*>(.*?)</ul>', re.DOTALL)
_DIGITS = re.compile(r"^(\d{4}-\d{4})$", re.MULTILINE)

Stands = dict[str, tuple[str, int]]


class Turned(Exception):
    """The application did not let somebody go on; the text says where, and what it answered."""


def what_a_page_follows(html: str) -> tuple[str, Stands]:
    """(ticket, {topic: (position or "" for a snapshot, version of the counts)}): what live.js finds in this page."""
    ticket = ""
    stands: Stands = {}
    for tag in _TAG.findall(html):
        told = {name: unescape(value) for name, value in _ATTRIBUTE.findall(tag)}
        ticket = told.get("data-live-ticket", ticket)
        if topic := told.get("data-topic"):
            # session.js takes the programme from a snapshot.
            stands[topic] = told.get("data-at", ""), int(told.get("data-tallies", 0))
        if own := told.get("data-own-topic"):
            stands[own] = told.get("data-own-at", ""), 0
    return ticket, stands


def codes_in(mails: str) -> dict[str, str]:
    """{address: code} of mails as the worker prints them, whole ones only; of several to one address, the last."""
    codes = {}
    for mail in mails.split("-" * 72 + "\n")[:-1]:
        to, code = _TO.search(mail), _DIGITS.search(mail)
        if to and code:
            codes[to[1]] = code[1]
    return codes


class Letterbox:
    """The codes that the worker has sent: it prints its mails, as where no mail server is named."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._read_to = 0
        self._rest = ""
        self._expected: dict[str, asyncio.Future[str]] = {}

    def expect(self, address: str) -> "asyncio.Future[str]":
        self._expected[address] = waited_for = asyncio.get_running_loop().create_future()
        return waited_for

    async def empty_now_and_then(self) -> None:
        while True:
            await asyncio.sleep(LOOKED_EVERY)
            self.look()

    def look(self) -> None:
        """Hands over what has come since."""
        with self._file.open("rb") as file:
            file.seek(self._read_to)
            news = file.read()
        # A letter of several bytes may be half there.
        whole = news[: news.rfind(b"\n") + 1]
        self._read_to += len(whole)
        self._rest += whole.decode()
        for address, code in codes_in(self._rest).items():
            waited_for = self._expected.pop(address, None)
            if waited_for is not None and not waited_for.done():
                waited_for.set_result(code)
        self._rest = self._rest.rpartition("-" * 72 + "\n")[2]


class Browser:
    """One person's: cookies of its own, one address of the session's page, and a code to wait for."""

    def __init__(self, bases: list[str], timed: Callable[[str, float], None], lines: aiohttp.BaseConnector) -> None:
        self._bases = bases
        self._timed = timed
        # Whoever asks by a number in place of a name has cookies all the same.
        jar = aiohttp.CookieJar(unsafe=True)
        self._http = aiohttp.ClientSession(cookie_jar=jar, connector=lines, connector_owner=False)

    async def close(self) -> None:
        await self._http.close()

    def cookie(self, name: str) -> str:
        return next((cookie.value for cookie in self._http.cookie_jar if cookie.key == name), "")

    async def sign_in(self, address: str, page: str, letterbox: Letterbox) -> float:
        """Returns how many seconds the mail took, from the answer that it is on its way."""
        login = await self._get("login page", f"{BY_CODE}?next={page}")
        mail = letterbox.expect(address)
        await self._post("ask for a code", BY_CODE, login, email=address, next=page)
        asked = perf_counter()
        typing = await self._get("code page", CODE)
        async with asyncio.timeout(MAIL_WITHIN):
            code = await mail
        took = perf_counter() - asked
        await self._post("give the code", CODE, typing, code=code, next=page)
        return took

    async def open(self, page: str) -> tuple[str, Stands]:
        return what_a_page_follows(await self._get("session page", page))

    async def _get(self, step: str, path: str) -> str:
        return await self._ask(step, "GET", path, 200)

    async def _post(self, step: str, path: str, form: str, **fields: str) -> None:
        token = _CSRF.search(form)
        if token is None:
            raise Turned(f"{step}: no form")
        await self._ask(step, "POST", path, 302, {"csrfmiddlewaretoken": token[1], **fields})

    async def _ask(self, step: str, method: str, path: str, due: int, fields: dict[str, str] | None = None) -> str:
        """The answer's text. Who is told to come again does so, and that is part of the time it took."""
        started = perf_counter()
        for _ in range(TRIES):
            status, text, again = await self._once(method, path, fields)
            if status != COME_AGAIN:
                break
            self._timed(WAITED, again)
            await asyncio.sleep(again)
        self._timed(step, perf_counter() - started)
        if status != due:
            wrong = _WRONG.search(text)
            raise Turned(f"{step}: {status} {' '.join(wrong[1].split()) if wrong else ''}".rstrip())
        return text

    async def _once(self, method: str, path: str, fields: dict[str, str] | None) -> tuple[int, str, float]:
        """(status, text, seconds until one may come again). Each may meet another server process, as behind a proxy."""
        base = random.choice(self._bases)  # noqa: S311  no secret
        headers = {"Origin": base} if fields else None
        async with self._http.request(
            method, base + path, data=fields, headers=headers, allow_redirects=False
        ) as answer:
            return answer.status, await answer.text(), float(answer.headers.get("Retry-After", 1))


class ArrivalHappening(HallHappening):
    def __init__(self, plan: Plan) -> None:
        super().__init__(plan)
        self.letterbox = Letterbox(Path(plan.mails))
        self.bases = [url.replace("ws:", "http:", 1).partition("/live/")[0] for url in plan.urls]
        self.lines: aiohttp.BaseConnector
        self.http: defaultdict[str, list[float]] = defaultdict(list)
        self.mail_took: list[float] = []

    def more_scenes(self) -> dict[str, Callable[[], Awaitable[None]]]:
        return {"arrival": self.scene_arrival}

    async def prepare(self) -> None:
        """As always, and the worker and the pages are woken too: some moderators sign in, which is not measured."""
        await super().prepare()
        # As a proxy in front keeps its lines to the application: fewer than it has clients, each let go before uvicorn
        # ends it (after 5 s without a request).
        self.lines = aiohttp.TCPConnector(limit=0, keepalive_timeout=3)
        reading = self.crowd.start(self.letterbox.empty_now_and_then())
        for number in range(TRIALS):
            browser = Browser(self.bases, lambda step, seconds: None, self.lines)
            try:
                await browser.sign_in(self._address(self.plan.sockets + number), self.hall["page"], self.letterbox)
                await browser.open(self.hall["page"])
            finally:
                await browser.close()
        reading.cancel()

    def _address(self, number: int) -> str:
        address: str = self.hall["address"]
        return address.format(number=number)

    async def scene_arrival(self) -> None:
        people = self.plan.sockets
        say(f"  {people} people arrive within {self.plan.seconds:.0f} s, an event every {PACE * 1000:.0f} ms")
        reading = self.crowd.start(self.letterbox.empty_now_and_then())
        all_in = False
        started = perf_counter()
        with self.shares_measured(), self.told_each_second(self._progress):
            going_on = self.crowd.start(self.paced(self.plan.seconds + PATIENCE, until=lambda: all_in))
            await asyncio.gather(*(self._arrive(number) for number in range(people)))
            all_in = True
            await going_on
        took = perf_counter() - started
        reading.cancel()
        await self.lines.close()
        await self.crowd.settle()
        self.measure(self.crowd.events, took)
        self.found |= {
            "arrived": self.crowd.synced(),
            "arrived_within_s": round(took, 1),
            "not_back": people - self.crowd.synced(),
            "told_to_come_again": len(self.http.pop(WAITED, ())),
            "http_ms": in_ms((seconds for step in self.http.values() for seconds in step), *SHARES),
            "http_steps_ms": {step: in_ms(times, *SHARES) for step, times in self.http.items()},
            "mail_ms": in_ms(self.mail_took, *SHARES),
            "handshake_ms": in_ms(self.crowd.handshakes),
        }

    def _progress(self) -> str:
        return f"arrived: {self.crowd.synced()} of {self.plan.sockets}"

    async def _arrive(self, number: int) -> None:
        """One person, at a random moment of their share of the time."""
        await asyncio.sleep((number + random.random()) * self.plan.seconds / self.plan.sockets)  # noqa: S311
        browser = Browser(self.bases, lambda step, seconds: self.http[step].append(seconds), self.lines)
        try:
            page = await self._page_of(number, browser)
        except (Turned, TimeoutError, aiohttp.ClientError) as error:
            self.crowd.failed += 1
            self.crowd.failures[repr(error)[:120]] += 1
            return
        finally:
            await browser.close()
        self.crowd.guests.append(page)
        await self.crowd.arrive([page], 1)

    async def _page_of(self, number: int, browser: Browser) -> Page:
        path = self.hall["page"]
        self.mail_took.append(await browser.sign_in(self._address(number), path, self.letterbox))
        ticket, stands = await browser.open(path)
        if not ticket or self.floor not in stands:
            raise Turned("session page: no ticket, or nothing to follow")
        cookie = self._cookie(browser.cookie(self.hall["cookie_name"]))
        page = Page(self.crowd, number, self._url(number), cookie, ticket, stands)
        for topic, (at, tallies_at) in stands.items():
            if at:
                page.shows(topic, at, {}, tallies_at)
        page.forgets = self.plan.breaks and number % FORGETFUL == 0
        return page
