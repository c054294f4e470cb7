"""Real pages of a real server in a real browser, and a network between them that can be cut."""

import asyncio
import contextlib
import os
import signal
import socket
import subprocess
import sys
import threading
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings
from django.contrib.auth.models import Permission
from django.contrib.contenttypes.models import ContentType
from django.db import connection
from django.test import Client
from playwright.sync_api import BrowserContext, Page, expect, sync_playwright

ROOT = Path(__file__).parents[2]
AXE = ROOT / "node_modules" / "axe-core" / "axe.min.js"
AXE_RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}
# What another colour scheme may change.
AXE_COLOURS = {"runOnly": {"type": "rule", "values": ["color-contrast", "link-in-text-block"]}}
# What a person would notice is a second; a busy machine is given ten before a test gives up.
PATIENCE = 10_000
VIEWPORTS = {
    "phone": {"width": 390, "height": 844},
    "desktop": {"width": 1280, "height": 800},
    "projector": {"width": 1920, "height": 1080},
}

expect.set_options(timeout=PATIENCE)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Server:
    """The application as it is served: Daphne in a process of its own, on the tests' database."""

    def __init__(self, home: Path) -> None:
        self.port = free_port()
        self.kinds = list(ContentType.objects.order_by("pk"))
        self._log = home / "log"
        self._env = {
            **os.environ,
            "DATABASE_URL": database_url(),
            "SITE_URL": f"http://localhost:{self.port}",
            # Collected for this server alone: pages that tests serve in their own process know no hashed names.
            "STATIC_ROOT": str(home / "static"),
        }
        self._process: subprocess.Popen | None = None

    def collect_static_files(self) -> None:
        words = [sys.executable, "manage.py", "collectstatic", "--no-input", "--verbosity", "0"]
        subprocess.run(words, cwd=ROOT, env=self._env, check=True)

    def start(self) -> None:
        endpoint = f"tcp:port={self.port}:interface=127.0.0.1:backlog=1024"
        words = [sys.executable, "-m", "daphne", "-v", "0", "-e", endpoint, "config.asgi:application"]
        with self._log.open("ab") as output:
            self._process = subprocess.Popen(words, cwd=ROOT, env=self._env, stdout=output, stderr=output)
        for _ in range(600):
            with contextlib.suppress(OSError):
                urllib.request.urlopen(f"http://127.0.0.1:{self.port}/health/", timeout=5).close()
                return
            assert self._process.poll() is None, self._log.read_text()
            threading.Event().wait(0.05)
        raise AssertionError(f"the server does not answer: {self._log.read_text()}")

    def stop(self, how: signal.Signals = signal.SIGTERM) -> None:
        if self._process is not None:
            self._process.send_signal(how)
            self._process.wait(timeout=20)
            self._process = None


def database_url() -> str:
    """Where the tests' database is, in the words of DATABASE_URL."""
    database = connection.settings_dict
    if connection.vendor == "sqlite":
        return f"sqlite:///{database['NAME']}"
    return f"postgres://{database['USER']}@/{database['NAME']}?host={database['HOST']}"


class Network:
    """A TCP proxy before the server. `cut()` closes what is open and refuses what comes, until `mend()`."""

    def __init__(self, target: int) -> None:
        self.port = free_port()
        self._target = target
        self._open: set[asyncio.StreamWriter] = set()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self._listening: asyncio.Server | None = None
        self.mend()

    def cut(self) -> None:
        asyncio.run_coroutine_threadsafe(self._cut(), self._loop).result(10)

    def mend(self) -> None:
        asyncio.run_coroutine_threadsafe(self._listen(), self._loop).result(10)

    def end(self) -> None:
        self.cut()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()

    async def _listen(self) -> None:
        self._listening = await asyncio.start_server(self._join, "127.0.0.1", self.port)

    async def _cut(self) -> None:
        if self._listening is not None:
            self._listening.close()
            self._listening = None
        ours = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
        for writer in list(self._open):
            writer.transport.abort()
        await asyncio.wait(ours, timeout=5) if ours else None

    async def _join(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            far_reader, far_writer = await asyncio.open_connection("127.0.0.1", self._target)
        except OSError:
            writer.transport.abort()
            return
        self._open |= {writer, far_writer}
        await asyncio.gather(self._pass(reader, far_writer), self._pass(far_reader, writer))
        self._open -= {writer, far_writer}

    async def _pass(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            while data := await reader.read(65536):
                writer.write(data)
                await writer.drain()
        writer.close()
        with contextlib.suppress(OSError):
            await writer.wait_closed()


@pytest.fixture(scope="session")
def server(django_db_setup, django_db_blocker, tmp_path_factory) -> Iterator[Server]:
    with django_db_blocker.unblock():
        served = Server(tmp_path_factory.mktemp("server"))
        served.collect_static_files()
        served.start()
    yield served
    served.stop()


@pytest.fixture
def site(server, transactional_db) -> Server:
    """The server, with a database that is this test's own."""
    # Emptying the database numbers the kinds of things anew, and a process remembers their numbers.
    Permission.objects.all().delete()
    ContentType.objects.all().delete()
    ContentType.objects.bulk_create(server.kinds)
    ContentType.objects.clear_cache()
    return server


@pytest.fixture
def network(site) -> Iterator[Network]:
    between = Network(site.port)
    yield between
    between.end()


@pytest.fixture(scope="module")
def chromium():
    # The browser's driver runs an event loop in this thread; the database is asked by the test alone.
    with pytest.MonkeyPatch.context() as patch, sync_playwright() as driver:
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
        program = os.environ.get("CHROMIUM", "/usr/bin/chromium")
        browser = driver.chromium.launch(
            executable_path=program,
            args=["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-quic"],
        )
        yield browser
        browser.close()


@pytest.fixture
def visit(chromium, site):
    """`visit(ben, "/c/icdd/")` is a browser of Ben's own with this page; what it complains of fails the test.

    `scripts=False` is a browser without scripts, `through=network` one behind that network, `silent=False` one that
    may complain (of a link that is cut).
    """
    contexts: list[BrowserContext] = []
    complaints: list[str] = []

    def opened(user, path: str, *, viewport="desktop", scripts=True, through=None, silent=True, **options) -> Page:
        port = (through or site).port
        context = chromium.new_context(
            base_url=f"http://localhost:{port}", viewport=VIEWPORTS[viewport], java_script_enabled=scripts, **options
        )
        contexts.append(context)
        if user is not None:
            context.add_cookies([{**signed_in(user), "url": f"http://localhost:{port}"}])
        page = context.new_page()
        page.set_default_timeout(PATIENCE)
        if silent:
            page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.goto(path)
        return page

    yield opened
    for context in contexts:
        context.close()
    assert complaints == []


def signed_in(user) -> dict[str, str]:
    client = Client()
    client.force_login(user)
    return {"name": settings.SESSION_COOKIE_NAME, "value": client.cookies[settings.SESSION_COOKIE_NAME].value}


@pytest.fixture(scope="session")
def complaints_of_axe():
    """`complaints_of_axe(page)` is what axe has to say of the page as it is now, and of its colours in the dark."""
    axe = AXE.read_text()

    def complaints(page: Page) -> list[str]:
        if not page.evaluate("() => 'axe' in window"):
            page.evaluate(axe)
        found = broken(page, AXE_RULES)
        # With less motion, so that no colour is on its way to another.
        page.emulate_media(color_scheme="dark", reduced_motion="reduce")
        found += [f"dark: {complaint}" for complaint in broken(page, AXE_COLOURS)]
        page.emulate_media(color_scheme="light", reduced_motion="no-preference")
        return found

    return complaints


def broken(page: Page, rules: dict) -> list[str]:
    found = page.evaluate("rules => axe.run(document, rules)", rules)
    return [
        f"{violation['id']}: {node['html'][:160]} ({node['failureSummary'].splitlines()[-1].strip()})"
        for violation in found["violations"]
        for node in violation["nodes"]
    ]
