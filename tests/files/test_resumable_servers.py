"""Uploads through the real servers: they break off, race, fall silent, and the server is killed in the middle."""

import http.client
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import pytest
from django.conf import settings as django_settings
from django.db import connection
from django.test import Client
from django.urls import reverse

from config import throwaway
from files.models import PartialUpload
from files.resumable import begin_upload, path_on_disk
from sessions.stage.rules import PURPOSE

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(180)]

ROOT = Path(__file__).parents[2]
TOKEN = "a" * 32
MIB = 1024 * 1024
# A link that says nothing is given up sooner, so that a test need not wait for it.
HURRIED = """
import os
from config.asgi import application
from files import arrival, reception
if "SILENT" in os.environ:
    reception.PATIENCE = float(os.environ["SILENT"])
if "UNLOCKED" in os.environ:
    class fcntl:
        LOCK_EX = LOCK_NB = 0
        flock = staticmethod(lambda *_: None)
    arrival.fcntl = fcntl
"""


class Server:
    def __init__(self, kind: str, home: Path, **env: str) -> None:
        (home / "hurried.py").write_text(HURRIED)
        self.kind = kind
        self.port = throwaway.free_port()
        self._home = home
        self._log = home / "log"
        self._env = {
            **os.environ,
            "DATABASE_URL": database_url(),
            "SECRET_KEY": django_settings.SECRET_KEY,
            "DATA_DIR": str(home / "data"),
            "PYTHONPATH": os.pathsep.join([str(home), *sys.path]),
            **env,
        }
        self.start()

    def start(self) -> None:
        words = {
            "daphne": ["daphne", "-v", "0", "-b", "127.0.0.1", "-p", str(self.port), "hurried:application"],
            "uvicorn": [
                "uvicorn", "hurried:application", "--port", str(self.port), "--ws", "websockets-sansio",
                "--lifespan", "off", "--log-level", "warning", "--no-access-log",
            ],
        }[self.kind]  # fmt: skip
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", *words], env=self._env, cwd=self._home, stdout=log, stderr=log
            )
        until(lambda: self._answers())

    def kill(self) -> None:
        self._process.send_signal(signal.SIGKILL)
        self._process.wait(20)

    def _answers(self) -> bool:
        assert self._process.poll() is None, self._log.read_text()
        with suppress(OSError):
            socket.create_connection(("127.0.0.1", self.port), 5).close()
            return True
        return False


def database_url() -> str:
    database = connection.settings_dict
    if connection.vendor == "sqlite":
        return f"sqlite:///{database['NAME']}"
    return f"postgres://{database['USER']}@/{database['NAME']}?host={database['HOST']}"


def until(true) -> None:
    """Looks again and again, for as long as a busy machine may take."""
    ends = time.monotonic() + 60
    while not true():
        assert time.monotonic() < ends, "it does not come"
        threading.Event().wait(0.02)


@pytest.fixture
def serve(transactional_db, tmp_path, settings):
    servers = []
    settings.MEDIA_ROOT = tmp_path / "data" / "files"

    def served(kind="uvicorn", **env) -> Server:
        servers.append(Server(kind, tmp_path, **env))
        return servers[-1]

    yield served
    for server in servers:
        server.kill()


@pytest.fixture
def begin(panel, olga):
    """`begin(size)` is an upload that Olga began."""
    return lambda size: begin_upload(purpose=PURPOSE, about=panel.pk, name="a.mp4", size=size, by=olga)


@pytest.fixture
def browser(olga) -> str:
    """The cookies of a browser of Olga's."""
    client = Client()
    client.force_login(olga)
    session = client.cookies[django_settings.SESSION_COOKIE_NAME].value
    return f"{django_settings.SESSION_COOKIE_NAME}={session}; csrftoken={TOKEN}"


class Link:
    """A connection of a browser, on which a request can be sent slowly, or not to its end."""

    def __init__(self, server: Server, browser: str) -> None:
        self._http = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)
        self._browser = browser

    def begin(self, begun: PartialUpload, at: int, length: int) -> "Link":
        self._ask("PATCH", begun)
        self._http.putheader("Content-Type", "application/offset+octet-stream")
        self._http.putheader("Upload-Offset", str(at))
        self._http.putheader("Content-Length", str(length))
        self._http.endheaders()
        return self

    def send(self, content: bytes) -> "Link":
        self._http.send(content)
        return self

    def answer(self) -> tuple[int, int | None]:
        """Its status, and where the upload stands if it says so."""
        answer = self._http.getresponse()
        answer.read()
        stands = answer.getheader("Upload-Offset")
        return answer.status, None if stands is None else int(stands)

    def look(self, begun: PartialUpload) -> int:
        self._ask("HEAD", begun)
        self._http.endheaders()
        status, stands = self.answer()
        assert (status, stands is None) == (200, False)
        return stands

    def page(self) -> int:
        self._http.request("GET", "/health/", headers={"Host": "localhost"})
        return self.answer()[0]

    def break_off(self) -> None:
        self._http.close()

    def _ask(self, method: str, begun: PartialUpload) -> None:
        self._http.putrequest(method, reverse("files:upload", args=[begun.public_id]), skip_host=True)
        said = {"Host": "localhost", "Cookie": self._browser, "Tus-Resumable": "1.0.0", "X-CSRFToken": TOKEN}
        for name, value in said.items():
            self._http.putheader(name, value)


@pytest.fixture
def link(browser):
    links = []

    def linked(server) -> Link:
        links.append(Link(server, browser))
        return links[-1]

    yield linked
    for one in links:
        one.break_off()


def film(size: int, letter: bytes = b"x") -> bytes:
    """What begins like one."""
    head = b"\0\0\0\x18ftypmp42"
    return head + letter * (size - len(head))


def on_disk(begun: PartialUpload) -> int:
    path = path_on_disk(begun)
    return path.stat().st_size if path.exists() else 0


@pytest.mark.parametrize("kind", ["uvicorn", "daphne"])
def test_a_part_arrives_and_the_next_goes_on(serve, begin, link, kind):
    server = serve(kind)
    content = film(3 * MIB + 17)
    begun = begin(len(content))
    first = link(server)
    assert first.begin(begun, 0, 2 * MIB).send(content[: 2 * MIB]).answer() == (204, 2 * MIB)
    assert first.begin(begun, 2 * MIB, MIB + 17).send(content[2 * MIB :]).answer() == (204, len(content))
    assert path_on_disk(begun).read_bytes() == content


@pytest.mark.parametrize("kind", ["uvicorn", "daphne"])
def test_many_that_send_the_same_part_at_once_write_it_once(serve, begin, link, kind):
    server = serve(kind)
    content = film(MIB)
    begun = begin(len(content))

    def send(one: Link) -> int:
        return one.begin(begun, 0, len(content)).send(content).answer()[0]

    with ThreadPoolExecutor(6) as pool:
        statuses = sorted(pool.map(send, [link(server) for _ in range(6)]))
    assert statuses[0] == 204
    assert set(statuses[1:]) <= {409, 423}
    assert path_on_disk(begun).read_bytes() == content
    assert link(server).look(begun) == len(content)


def two_at_once(server, begun, link, size) -> tuple[int, int]:
    """One is in the middle of its part while another sends the same part, of other bytes, to its end."""
    slow, quick = link(server), link(server)
    slow.begin(begun, 0, size).send(film(size, b"a")[: size // 2])
    until(lambda: on_disk(begun) >= size // 2 - 256 * 1024)
    status = quick.begin(begun, 0, size).send(film(size, b"b")).answer()[0]
    return slow.send(film(size, b"a")[size // 2 :]).answer()[0], status


def test_a_part_is_not_written_into_another(serve, begin, link):
    server, begun = serve(), begin(2 * MIB)
    assert two_at_once(server, begun, link, 2 * MIB) == (204, 423)
    assert path_on_disk(begun).read_bytes() == film(2 * MIB, b"a")


def test_without_the_lock_it_would_be(serve, begin, link):
    """The negative control."""
    server, begun = serve(UNLOCKED="yes"), begin(2 * MIB)
    assert two_at_once(server, begun, link, 2 * MIB)[1] == 204
    written = path_on_disk(begun).read_bytes()
    assert (b"a" in written, b"b" in written) == (True, True)


def test_a_part_that_breaks_off_keeps_what_arrived(serve, begin, link):
    server = serve()
    content = film(2 * MIB)
    begun = begin(len(content))
    sent = MIB + 12345
    link(server).begin(begun, 0, len(content)).send(content[:sent]).break_off()
    until(lambda: PartialUpload.objects.get().offset > 0)
    stands = link(server).look(begun)
    assert stands == sent
    rest = link(server).begin(begun, stands, len(content) - stands).send(content[stands:])
    assert rest.answer() == (204, len(content))
    assert path_on_disk(begun).read_bytes() == content


def test_a_server_that_is_killed_in_the_middle_loses_little(serve, begin, link):
    server = serve()
    content = film(12 * MIB)
    begun = begin(len(content))
    link(server).begin(begun, 0, len(content)).send(content[: 10 * MIB])
    until(lambda: on_disk(begun) >= 9 * MIB and PartialUpload.objects.get().offset >= 8 * MIB)
    server.kill()
    # What stands behind what was vouched for may be anything, after a power cut.
    with path_on_disk(begun).open("r+b") as file:
        file.truncate(PartialUpload.objects.get().offset)
        file.seek(0, 2)
        file.write(b"\0" * 1000)
    server.start()
    stands = link(server).look(begun)
    assert stands >= 8 * MIB
    rest = link(server).begin(begun, stands, len(content) - stands).send(content[stands:])
    assert rest.answer() == (204, len(content))
    assert path_on_disk(begun).read_bytes() == content


def test_a_link_that_falls_silent_holds_the_upload_for_a_while_only(serve, begin, link):
    server = serve(SILENT="1")
    content = film(2 * MIB)
    begun = begin(len(content))
    silent = link(server).begin(begun, 0, len(content)).send(content[:MIB])
    assert silent.answer()[0] == 408
    assert link(server).begin(begun, MIB, MIB).send(content[MIB:]).answer() == (204, len(content))
    assert path_on_disk(begun).read_bytes() == content


def test_uploads_that_wait_for_their_link_hold_up_no_page(serve, begin, link):
    """More of them than a process has threads for pages."""
    server = serve()
    slow = [(begun, link(server).begin(begun, 0, MIB).send(film(MIB)[: MIB // 2])) for begun in map(begin, [MIB] * 10)]
    until(lambda: all(on_disk(begun) for begun, _ in slow))
    assert [link(server).page() for _ in range(5)] == [200] * 5
    assert [one.send(film(MIB)[MIB // 2 :]).answer() for _, one in slow] == [(204, MIB)] * 10


@pytest.mark.parametrize("kind", ["uvicorn", "daphne"])
def test_too_much_without_a_word_of_its_length_is_refused(serve, begin, browser, kind):
    server, begun = serve(kind), begin(MIB)
    said = {
        "Host": "localhost", "Cookie": browser, "Tus-Resumable": "1.0.0", "X-CSRFToken": TOKEN,
        "Content-Type": "application/offset+octet-stream", "Upload-Offset": "0",
    }  # fmt: skip
    line = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)
    address = reverse("files:upload", args=[begun.public_id])
    line.request("PATCH", address, iter([film(MIB), b"more"]), headers=said, encode_chunked=True)
    assert line.getresponse().status == 413
    line.close()
    assert on_disk(begun) <= MIB
