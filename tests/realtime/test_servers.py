"""The real servers: frames go past their `send` on both, a phone that does not read is let go, a deploy says so."""

import asyncio
import json
import os
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import pytest
from asgiref.sync import sync_to_async
from django.conf import settings
from django.db import connection
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from config import throwaway
from outbox.changes import action, change_rights
from outbox.models import Log
from realtime import proof
from realtime.frames import Frame
from realtime.hub import RIGHTS_CHANGED
from realtime.writers import COME_BACK
from sessions.questions.actions import approve_question
from sessions.questions.models import Question, QuestionTime, Status, Window

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(120)]

# A phone that does not read is given up sooner, so that a test need not wait for it.
HURRIED = """
from config.asgi import application
from realtime import writers
writers.LAGGING_AT_MOST = 1.0
"""


class Server:
    def __init__(self, kind: str, home: Path) -> None:
        (home / "hurried.py").write_text(HURRIED)
        self.port = throwaway.free_port()
        self._log = home / "log"
        words = {
            "daphne": ["daphne", "-v", "0", "-b", "127.0.0.1", "-p", str(self.port), "hurried:application"],
            "uvicorn": [
                "uvicorn", "hurried:application", "--port", str(self.port), "--ws", "websockets-sansio",
                "--lifespan", "off", "--log-level", "warning", "--no-access-log",
            ],
        }[kind]  # fmt: skip
        env = {
            **os.environ,
            "DATABASE_URL": _database_url(),
            "LOG_LEVEL": "INFO",
            "PYTHONPATH": os.pathsep.join([str(home), *sys.path]),
        }
        with self._log.open("wb") as log:
            self.process = subprocess.Popen([sys.executable, "-m", *words], env=env, cwd=home, stdout=log, stderr=log)

    @property
    def log(self) -> str:
        return self._log.read_text()

    async def page(self, browser: str) -> ClientConnection:
        """An open socket, as soon as the server listens."""
        for _ in range(300):
            with suppress(OSError):
                return await connect(
                    f"ws://127.0.0.1:{self.port}/live/socket/",
                    origin="http://localhost",
                    additional_headers={"Cookie": f"{settings.SESSION_COOKIE_NAME}={browser}"},
                )
            assert self.process.poll() is None, self.log
            await asyncio.sleep(0.1)
        raise AssertionError(self.log)

    async def says(self, words: str) -> None:
        async with asyncio.timeout(30):
            while words not in self.log:
                assert self.process.poll() is None, self.log
                await asyncio.sleep(0.05)


def _database_url() -> str:
    database = connection.settings_dict
    if connection.vendor == "sqlite":
        return f"sqlite:///{database['NAME']}"
    return f"postgres://{database['USER']}@/{database['NAME']}?host={database['HOST']}"


@pytest.fixture(params=["uvicorn", "daphne"])
def server(request, tmp_path, transactional_db):
    started = Server(request.param, tmp_path)
    started.kind = request.param
    yield started
    started.process.kill()
    started.process.wait(20)


@pytest.fixture
def floor(panel):
    QuestionTime.objects.update_or_create(session=panel, defaults={"window": Window.OPEN})
    return f"session.{panel.pk}.floor"


async def until(page: ClientConnection, wanted: str) -> dict:
    async with asyncio.timeout(20):
        while wanted not in (frame := json.loads(await page.recv())):
            continue
        return frame


async def test_frames_go_past_send_once_that_is_proved_to_say_the_same(server, browser_of, act, panel, floor, ben, ada):
    page = await server.page(await browser_of(ben))
    await server.says({"uvicorn": "(asyncio)", "daphne": "(twisted)"}[server.kind])
    assert "not proved" not in server.log
    await page.send(json.dumps({"follow": {floor: {}}}))
    await until(page, "part")
    question = await act(lambda: Question.objects.create(session=panel, author=ben, text="Сколько островов в сети?"))
    await act(approve_question, question.pk, by=ada)
    event = await until(page, "seq")
    assert event["cards"][f"question.{question.pk}"]["text"] == "Сколько островов в сети?"
    await page.close()


async def test_a_phone_that_never_reads_is_let_go_and_others_hear_on(server, browser_of, act, panel, floor, ben, ada):
    await act(
        lambda: Question.objects.bulk_create(
            Question(session=panel, author=ben, status=Status.LIVE, text=f"What about island {n}? {'x' * 400}")
            for n in range(60)
        )
    )
    browser = await browser_of(ben)
    quick = await server.page(browser)
    await server.says("directly to the wire")
    await quick.send(json.dumps({"follow": {floor: {}}}))
    await until(quick, "part")
    # By hand, so that nothing reads: not even a library's buffer.
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port, limit=1)
    reader._transport.pause_reading()
    writer.write(
        f"GET /live/socket/ HTTP/1.1\r\nHost: localhost\r\nOrigin: http://localhost\r\nUpgrade: websocket\r\n"
        f"Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
        f"Cookie: {settings.SESSION_COOKIE_NAME}={browser}\r\n\r\n".encode()
    )
    asking = json.dumps({"follow": {floor: {}}}).encode()
    for _ in range(400):  # 25 KiB each: more than a kernel holds for a socket
        writer.write(b"\x81" + bytes([0x80 | len(asking)]) + bytes(4) + asking)
    with suppress(ConnectionError):
        async with asyncio.timeout(30):
            while True:
                # What is sent to a socket that is gone fails, sooner or later.
                writer.write(b"\x8a\x80" + bytes(4))
                await writer.drain()
                await asyncio.sleep(0.05)
    question = await act(lambda: Question.objects.create(session=panel, author=ben, text="And who hears on?"))
    await act(approve_question, question.pk, by=ada)
    assert (await until(quick, "seq"))["name"] == "question.approved"
    await quick.close()
    writer.close()


async def test_a_server_that_stops_says_so_to_every_page(server, browser_of, floor, ben):
    page = await server.page(await browser_of(ben))
    await server.says("directly to the wire")
    await page.send(json.dumps({"follow": {floor: {}}}))
    await until(page, "part")
    server.process.send_signal(signal.SIGTERM)
    with pytest.raises(ConnectionClosed) as closed:
        await until(page, "what no frame says")
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == 1012
    assert await sync_to_async(server.process.wait)(20) in (0, -signal.SIGTERM)


@pytest.mark.parametrize("code", [RIGHTS_CHANGED, COME_BACK])
async def test_a_page_that_is_sent_away_hears_why(server, browser_of, act, floor, ben, code):
    """Each by what makes it: a change of this person's rights, and a log that is another one."""
    page = await server.page(await browser_of(ben))
    await server.says("directly to the wire")
    await page.send(json.dumps({"follow": {floor: {}}}))
    await until(page, "part")

    @action
    def rights_change() -> None:
        change_rights(f"user.{ben.pk}")

    await act(rights_change if code == RIGHTS_CHANGED else lambda: Log.objects.update(epoch="other"))
    with pytest.raises(ConnectionClosed) as closed:
        await until(page, "what no frame says")
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == code


# The proof itself


class Takes:
    def __init__(self) -> None:
        self.line = None

    def take_line(self, line) -> None:
        self.line = line


@pytest.fixture
def no_trials(monkeypatch):
    monkeypatch.setattr(proof, "_trials", {})


async def a_server_that_says(words: bytes) -> asyncio.Server:
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 101 Switching Protocols\r\n\r\n" + words)
        writer.close()

    return await asyncio.start_server(answer, "127.0.0.1", 0)


@pytest.mark.parametrize("same", [True, False])
async def test_only_a_line_that_says_the_same_is_taken(no_trials, same):
    words = b"".join(2 * Frame(text).wire for text in proof.TEXTS)
    listening = await a_server_that_says(words if same else words[:-1] + b"?")
    waiting, line = Takes(), object()
    proof.when_proved("this", listening.sockets[0].getsockname()[:2], waiting, line)
    await proof._trials["this"].task
    late = Takes()
    proof.when_proved("this", None, late, line)
    assert [waiting.line, late.line] == ([line, line] if same else [None, None])
    listening.close()


async def test_a_server_that_does_not_answer_keeps_its_send(no_trials, monkeypatch):
    monkeypatch.setattr(proof, "TRIES", 2)
    waiting = Takes()
    proof.when_proved("this", ("127.0.0.1", throwaway.free_port()), waiting, object())
    await proof._trials["this"].task
    assert waiting.line is None


async def test_nobody_but_this_installation_may_have_it_proved(open_page):
    from channels.testing import WebsocketCommunicator  # noqa: PLC0415  beside the real servers

    from config.asgi import application  # noqa: PLC0415

    stranger = WebsocketCommunicator(application, f"{proof.PATH}forged")
    connected, code = await stranger.connect()
    assert (connected, code) == (False, 4404)
