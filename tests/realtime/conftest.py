"""Pages without a browser: they speak the wire's words over the real application, and keep what they are told."""

import asyncio
import json
from collections.abc import Callable
from uuid import uuid4

import pytest
import pytest_asyncio
from asgiref.sync import sync_to_async
from channels.testing import WebsocketCommunicator
from django.conf import settings
from django.db import connections
from django.test import Client

from config.asgi import application
from realtime.hub import close_hub

PATIENCE = 10.0  # seconds a test waits for what should come at once


class Page:
    """An open page: its socket, every frame it got, and the cards it holds."""

    def __init__(self, cookie: str, language: str = "en") -> None:
        self.cookie = cookie
        host = (b"host", b"localhost")
        cookies = f"{settings.SESSION_COOKIE_NAME}={cookie}; {settings.LANGUAGE_COOKIE_NAME}={language}"
        headers = [host, (b"origin", b"http://localhost"), (b"cookie", cookies.encode())]
        self.socket = WebsocketCommunicator(application, "/live/socket/", headers=headers)
        self.frames: list[dict] = []
        self.cards: dict[str, dict] = {}
        self.tallies: dict[str, dict] = {}
        self.stands: dict[str, dict] = {}
        self.closed: int | None = None
        # Without one the cookie says whose page this is; the server answers with the one to come back with.
        self.ticket = ""

    async def open(self) -> "Page":
        connected, _ = await self.socket.connect(timeout=PATIENCE)
        assert connected
        await self.say({"ticket": self.ticket})
        await self.until(lambda frame: "hello" in frame)
        return self

    async def say(self, message: object) -> None:
        text = message if isinstance(message, str) else json.dumps(message)
        await self.socket.send_input({"type": "websocket.receive", "text": text})

    async def follow(self, *topics: str, **stand: object) -> None:
        """Follows and waits until the topics stand, each by a snapshot, a resume or a refusal."""
        await self.say({"follow": dict.fromkeys(topics, stand)})
        waiting = set(topics)
        while waiting:
            frame = await self.until(lambda frame: "part" in frame or "resumed" in frame or "refused" in frame)
            waiting.discard(frame.get("topic"))

    async def do(self, name: str, payload: dict, command_id: str | None = None) -> dict:
        """Sends a command and returns its answer, done or refused."""
        sent = command_id or str(uuid4())
        await self.say({"id": sent, "do": name, "with": payload})
        return await self.until(lambda frame: frame.get("id") == sent)

    async def until(self, wanted: Callable[[dict], bool]) -> dict:
        """Reads frames until one is wanted, and returns it."""
        while True:
            frame = await self._next()
            if wanted(frame):
                return frame

    async def silence(self, seconds: float = 0.3) -> None:
        """Reads on for a while; what came is in `frames`."""
        while not await self.socket.receive_nothing(timeout=seconds, interval=0.05):
            await self._next()

    async def until_closed(self) -> int:
        while self.closed is None:
            message = await self.socket.receive_output(timeout=PATIENCE)
            if message["type"] == "websocket.close":
                self.closed = message["code"]
            else:
                self._take(json.loads(message["text"]))
        return self.closed

    def events(self, topic: str) -> list[tuple[int, str]]:
        return [(f["seq"], f["name"]) for f in self.frames if f.get("topic") == topic and "seq" in f]

    async def close(self) -> None:
        await self.socket.disconnect(timeout=PATIENCE)

    async def _next(self) -> dict:
        frame = json.loads(await asyncio.wait_for(self.socket.receive_from(timeout=PATIENCE), PATIENCE))
        self._take(frame)
        return frame

    def _take(self, frame: dict) -> None:
        self.frames.append(frame)
        self.ticket = frame.get("ticket", self.ticket)
        topic = frame.get("topic")
        if topic is None:
            return
        if "part" in frame and frame["part"][0] == 1:
            self.cards[topic] = {}
        for key, card in frame.get("cards", {}).items():
            if card is None:
                self.cards.setdefault(topic, {}).pop(key, None)
            else:
                self.cards.setdefault(topic, {})[key] = card
        for key, counts in frame.get("tallies", {}).items():
            held = self.tallies.setdefault(topic, {}).get(key)
            if held is None or held["version"] < counts["version"]:
                self.tallies[topic][key] = counts
        stand = self.stands.setdefault(topic, {"at": "", "tallies": 0})
        if "at" in frame:
            stand["at"] = frame["at"]
        if "seq" in frame:
            stand["at"] = f"{stand['at'].rpartition(':')[0]}:{frame['seq']}"
        if "tallies_at" in frame:
            stand["tallies"] = max(stand["tallies"], frame["tallies_at"])


async def browser_of(user) -> str:
    """The cookie of a browser that this person is signed in with: the key of its session."""
    client = Client()
    if user is not None:
        await sync_to_async(client.force_login)(user)
    cookie = client.cookies.get(settings.SESSION_COOKIE_NAME)
    return cookie.value if cookie else ""


@pytest.fixture(name="browser_of")
def browser_of_somebody():
    return browser_of


@pytest_asyncio.fixture
async def open_page(transactional_db):
    """`await open_page(ben)` opens a page for ben, `await open_page(None)` one for nobody in particular.

    `cookie` is that of a browser which is signed in already, `ticket` what its page carries.
    """
    pages: list[Page] = []

    async def opened(user=None, language: str = "en", *, cookie: str = "", ticket: str = "") -> Page:
        page = Page(cookie or await browser_of(user), language)
        page.ticket = ticket
        pages.append(await page.open())
        return page

    yield opened
    for page in pages:
        if page.closed is None:
            await page.close()
    await close_hub()


@pytest.fixture(scope="session", autouse=True)
def no_connection_is_left(django_db_setup, django_db_blocker):
    """What asks the database for an asynchronous test has a thread of its own, and so a connection."""
    yield
    with django_db_blocker.unblock():
        asyncio.run(sync_to_async(connections.close_all)())


@pytest.fixture(autouse=True)
def nobody_lingers(monkeypatch):
    """What nobody follows any more is closed at once, so that a test can see that nothing is kept."""
    monkeypatch.setattr("realtime.hub.LINGER", 0.0)


@pytest.fixture
def act():
    """`await act(approve_question, 7, by=ada)` runs an action where it may use the database."""

    async def acting(verb, *args, **kwargs):
        return await sync_to_async(verb)(*args, **kwargs)

    return acting
