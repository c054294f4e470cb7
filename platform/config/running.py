"""`./run`: set-up, database, the demonstration, then the web server and the worker until Ctrl-C.

Standard library only: it starts before there is a `.venv`.
"""

import argparse
import errno
import http.client
import ipaddress
import os
import signal
import socket
import ssl
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from config import installation
from config.installation import PYTHON, ROOT, Refused, Step, alone, manage, one_clear_line, say, take
from config.trust import TrustServer

DEMONSTRATION = "icdd-2021"
PEOPLE = 4300
# Connections that may wait while a hall comes back at once; the kernel may hold it lower.
BACKLOG = 8192
READY_WITHIN = 90.0  # seconds
# A worker finishes what it has in hand; what it cannot finish in this time is put back and done again later.
STOP_WITHIN = 4.0  # seconds


@dataclass(frozen=True)
class Wishes:
    """What the person asked for on the command line and in the environment."""

    host: str
    port: int
    empty: bool
    data: Path
    tls: bool = False

    @property
    def address(self) -> str:
        """Where a browser finds the server: one on this machine, or with TLS one on its network."""
        return f"{self.scheme}://{self._name}:{self.port}"

    @property
    def scheme(self) -> str:
        return "https" if self.tls else "http"

    @property
    def trust_address(self) -> str:
        """Where a phone gets the certificate, before it can trust the server."""
        return f"http://{self._name}:{trust_port(self.port)}"

    @property
    def _name(self) -> str:
        name = "localhost" if self.host in ("127.0.0.1", "0.0.0.0") else self.host  # noqa: S104
        if self.tls and ipaddress.ip_address(self.host).is_unspecified:
            name = own_addresses()[-1]
        return f"[{name}]" if ":" in name else name


def trust_port(port: int) -> int:
    return port % 65_535 + 1


def wishes(arguments: list[str]) -> Wishes:
    parser = argparse.ArgumentParser(
        prog="./run",
        description="Sets up what is missing, then serves Sidang on this machine, with ICDD 2021 in it.",
        epilog="DATABASE_URL, REDIS_URL and DATA_DIR in the environment choose another database, a Redis and "
        "another folder than var/.",
    )
    parser.add_argument("--port", type=int, default=8000, help="the web server's port (8000)")
    parser.add_argument("--host", default="127.0.0.1", help="the address to listen on (127.0.0.1: this machine only)")
    parser.add_argument(
        "--tls",
        action="store_true",
        help="encrypt with a certificate made here, so that phones on this network can use camera and passkeys",
    )
    parser.add_argument("--empty", action="store_true", help="start without the demonstration, with a set-up link")
    given = parser.parse_args(arguments)
    if not 0 < given.port < 65_536:
        raise Refused(f"a port is a number from 1 to 65535, not {given.port}.")
    try:
        host = str(ipaddress.ip_address("127.0.0.1" if given.host == "localhost" else given.host))
    except ValueError as error:
        raise Refused(f"--host takes an IP address of this machine, not {given.host!r}.") from error
    return Wishes(
        host=host,
        port=given.port,
        empty=given.empty,
        tls=given.tls,
        data=(ROOT / os.environ.get("DATA_DIR", "var")).resolve(),
    )


def refuse_used_port(host: str, port: int) -> None:
    """Asks the system for the port, as the server will, and gives it back. Raises Refused when taken."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as trial:
        trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            trial.bind((host, port))
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                raise Refused(
                    f"port {port} is in use by another program. Try: ./run --port {port % 65_535 + 1}"
                ) from error
            raise Refused(f"cannot listen on {host} port {port}: {error.strerror}.") from error


def choose_kind(wished: Wishes) -> bool:
    """Whether this data folder holds the demonstration.

    A folder that was started empty stays so: its people did not ask for ICDD 2021 among their own work.
    Raises Refused when `--empty` is asked of a folder that has the demonstration.
    """
    kept = wished.data / "kind"
    kind = kept.read_text().strip() if kept.exists() else ("empty" if wished.empty else "demonstration")
    if wished.empty and kind != "empty":
        raise Refused(f"{wished.data} holds the demonstration. Start beside it: DATA_DIR=var/empty ./run --empty")
    kept.parent.mkdir(parents=True, exist_ok=True)
    kept.write_text(kind + "\n")
    return kind == "demonstration"


def environment(wished: Wishes, *, demo: bool) -> dict[str, str]:
    """What the server, the worker and every command of manage.py are told; what the person has set stands."""
    ours = {
        "DEMO": str(demo),
        "SITE_URL": wished.address,
        "ALLOWED_HOSTS": ",".join(host_names(wished.host)),
        "PYTHONUNBUFFERED": "1",
    }
    if wished.tls:
        # A browser would refuse this machine's names without encryption for a year, on every port.
        ours["HSTS_SECONDS"] = "0"
    env = {**ours, **os.environ, "DATA_DIR": str(wished.data)}
    env.pop("PYTHONPATH", None)
    return env


def host_names(host: str) -> list[str]:
    """The names under which a browser may ask for this server."""
    names = ["localhost", "127.0.0.1", "[::1]"]
    if not ipaddress.ip_address(host).is_loopback:
        names.append(local_name())
    if ipaddress.ip_address(host).is_unspecified:
        names += own_addresses()
    elif host not in names:
        names.append(f"[{host}]" if ":" in host else host)
    return names


def local_name() -> str:
    """The name that phones find without a name server. Passkeys want a name, not an address."""
    return f"{socket.gethostname().partition('.')[0]}.local"


def own_addresses() -> list[str]:
    """This machine's name and the address it shows to its network; nothing is sent to find out."""
    names = [socket.gethostname()]
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))  # an address kept for documentation
        except OSError:
            return names
        return [*names, probe.getsockname()[0]]


# The database and what is in it


@dataclass
class House:
    """One installation: its data folder, its programs' environment, whether it is the demonstration."""

    wished: Wishes
    demo: bool
    env: dict[str, str]
    sign_ins: str = ""
    setup_link: str = ""
    fresh: bool = False
    code: str = ""

    @property
    def tls_folder(self) -> Path:
        return self.wished.data / "tls"

    def steps(self) -> list[Step]:
        steps = installation.static_files(self.wished.data, self.env)
        if not self.is_migrated():
            steps.append(Step("Database", self.migrate))
        if self.wished.tls:
            steps.append(Step("A certificate for this network", self.certify))
        last = Step("The demonstration", self.demonstrate) if self.demo else Step("Set-up link", self.link)
        return [*steps, last]

    def is_migrated(self) -> bool:
        """Whether our own SQLite file has had all migrations; of a database elsewhere only the database knows."""
        stamps = installation.Stamps(self.wished.data / "stamps.json")
        file = self.wished.data / "sidang.sqlite3"
        ours = not self.env.get("DATABASE_URL") and file.exists() and file.stat().st_size > 0
        return ours and stamps.made.get("migrations") == installation.migrations()

    def migrate(self, show: Callable[[str], None]) -> None:
        manage(["migrate", "--no-input"], show, env=self.env, failing="the database cannot be used")
        installation.Stamps(self.wished.data / "stamps.json").keep("migrations", installation.migrations())

    def demonstrate(self, show: Callable[[str], None]) -> None:
        """Loads the conference unless it is there, and asks for its people and pictures in the background."""
        with suppress(Refused):  # which says that there are no people yet
            self.sign_ins = manage(["demo_sign_ins"], show, env=self.env).rstrip()
            return
        manage(["load_conference", DEMONSTRATION, "--shift", "now", "--demo"], show, env=self.env)
        manage(["populate", "--people", str(PEOPLE)], show, env=self.env)
        manage(["demo_stage"], show, env=self.env)
        manage(["demo_questions"], show, env=self.env)
        manage(["demo_review"], show, env=self.env)
        self.sign_ins = manage(["demo_sign_ins"], show, env=self.env).rstrip()
        self.fresh = True

    def certify(self, show: Callable[[str], None]) -> None:
        """The certificate under today's names, and the code that leads a phone to it."""
        words: list[str | Path] = [PYTHON, "-m", "config.tls", self.tls_folder, *host_names(self.wished.host)]
        self.code = installation.call(
            [*words, "--code", self.wished.trust_address], show, env=self.env, failing="could not make a certificate"
        )

    def link(self, show: Callable[[str], None]) -> None:
        """A way in for the first organiser; once there is one, the command refuses and says so."""
        try:
            self.setup_link = "Set up this installation, once: " + manage(["setup_link"], show, env=self.env).strip()
        except Refused:
            self.setup_link = "No set-up link: this installation has an organiser already, who can sign in."


# The programs


@dataclass
class Program:
    """A child that should run until it is told to stop."""

    name: str
    process: "subprocess.Popen[bytes]"

    @property
    def code(self) -> int | None:
        return self.process.poll()


@dataclass
class Programs:
    """The web server and the worker, each in a group of its own so that nothing of theirs outlives them."""

    env: dict[str, str]
    running: list[Program] = field(default_factory=list)

    def start(self, name: str, words: list[str]) -> None:
        process = subprocess.Popen(
            [PYTHON, *words], cwd=ROOT, env=self.env, stdin=subprocess.DEVNULL, start_new_session=True
        )
        self.running.append(Program(name, process))

    def ended(self) -> Program | None:
        """One that ended by itself, if any did."""
        return next((program for program in self.running if program.code is not None), None)

    def stop(self) -> None:
        """Ends all: politely, then firmly, then whatever is left of their groups."""
        for number, patience in ((signal.SIGTERM, STOP_WITHIN), (signal.SIGQUIT, 2.0), (signal.SIGKILL, 5.0)):
            alive = [program for program in self.running if program.code is None]
            for program in alive:
                # The polite word goes to the head alone: it tells its own children in its own order.
                program.process.send_signal(number)
            deadline = time.monotonic() + patience
            while any(program.code is None for program in alive) and time.monotonic() < deadline:
                time.sleep(0.05)
        for program in self.running:
            installation.kill_group(program.process)


def server_words(host: str, port: int, tls_folder: Path | None = None) -> list[str]:
    kind = "tcp6" if ":" in host else "tcp"
    endpoint = f"{kind}:port={port}:interface={_quoted(host)}:backlog={BACKLOG}"
    if tls_folder is not None:
        key, certificate = _quoted(str(tls_folder / "server.key")), _quoted(str(tls_folder / "server.crt"))
        endpoint = endpoint.replace(kind, "ssl", 1) + f":privateKey={key}:certKey={certificate}"
    return ["-m", "daphne", "-v", "0", "--no-server-name", "-e", endpoint, "config.asgi:application"]


def _quoted(text: str) -> str:
    """As it stands in the description of an endpoint, whose parts are parted by colons."""
    return text.replace("\\", r"\\").replace(":", r"\:").replace("=", r"\=")


def worker_words() -> list[str]:
    """The worker with its scheduler inside: one program to start and to stop."""
    # Celery advises against root, loudly; in a container it is often the only user there is.
    quiet = ["-W", "ignore:You're running the worker with superuser privileges"]
    words = [*quiet, "-m", "celery", "--quiet", "-A", "config.celery", "worker", "--beat"]
    return [*words, "--loglevel", "WARNING", "--concurrency", "2", "--without-gossip", "--without-mingle"]


def wait_until_answering(
    wished: Wishes, programs: Programs, stopping: threading.Event, *, authority: Path | None = None
) -> None:
    """Returns when the server answers a request for a page, or when `stopping` is set.

    Raises Refused when a program ends first, or nothing answers in time.
    """
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(wished.host, wished.host)  # noqa: S104
    deadline = time.monotonic() + READY_WITHIN
    while not stopping.is_set():
        refuse_ended(programs)
        status = answer_of(host, wished.port, authority=authority)
        if status is not None and status < 500:
            return
        if time.monotonic() > deadline:
            told = "does not answer" if status is None else f"answers with an error ({status})"
            raise Refused(f"the web server {told} after {READY_WITHIN:.0f} s; its messages are above.")
        stopping.wait(0.1)


def answer_of(host: str, port: int, *, authority: Path | None = None) -> int | None:
    """The status of the start page, or None when nothing answers; with `authority` by TLS, vouched for by it."""
    if authority is None:
        connection = http.client.HTTPConnection(host, port, timeout=10)
    else:
        trust = ssl.create_default_context(cafile=str(authority))
        connection = http.client.HTTPSConnection(host, port, timeout=10, context=trust)
    try:
        connection.request("GET", "/", headers={"Host": f"localhost:{port}"})
        return connection.getresponse().status
    except (OSError, http.client.HTTPException):
        return None
    finally:
        connection.close()


def refuse_ended(programs: Programs) -> None:
    """Raises Refused, naming the program, when one has ended by itself."""
    if ended := programs.ended():
        code = ended.code or 0
        how = f"signal {signal.Signals(-code).name}" if code < 0 else f"exit code {code}"
        raise Refused(f"{ended.name} ended by itself ({how}); the rest was stopped.")


def serve(house: House, started: float) -> None:
    """Runs the programs until a signal; returns when none is left.

    Raises Refused when a program ends by itself.
    """
    stopping = threading.Event()
    hurried = 0

    def stop(number: int, frame: object) -> None:
        nonlocal hurried
        hurried += 1
        stopping.set()
        if hurried > 2:
            raise installation.Stopped

    signal.signal(signal.SIGINT, stop)
    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGHUP, stop)
    programs = Programs(house.env)
    wished, folder = house.wished, house.tls_folder if house.wished.tls else None
    authority = folder / "authority.crt" if folder else None
    trust = None
    try:
        programs.start("the web server", server_words(wished.host, wished.port, folder))
        programs.start("the worker", worker_words())
        if authority is not None:
            trust = TrustServer(wished.host, trust_port(wished.port), address=wished.address, certificate=authority)
        wait_until_answering(wished, programs, stopping, authority=authority)
        if not stopping.is_set():
            welcome(house, time.monotonic() - started)
        while not stopping.wait(0.5):
            refuse_ended(programs)
        say("\nStopping …")
    finally:
        if trust is not None:
            trust.close()
        programs.stop()
    say("Stopped. Everything is kept in " + where(house.wished.data))


def where(data: Path) -> str:
    return f"{data.relative_to(ROOT)}/" if data.is_relative_to(ROOT) else f"{data}/"


def welcome(house: House, seconds: float) -> None:
    wished = house.wished
    say(f"\nSidang is ready ({seconds:.1f} s).\n")
    say(f"  {wished.address}/")
    if ipaddress.ip_address(wished.host).is_unspecified:
        for name in own_addresses():
            if f"{wished.scheme}://{name}:{wished.port}" != wished.address:
                say(f"  {wished.scheme}://{name}:{wished.port}/")
    if wished.tls:
        if not ipaddress.ip_address(wished.host).is_loopback:
            say(f"  {wished.scheme}://{local_name()}:{wished.port}/  (passkeys want a name)")
        say(f"\nOn a phone, first: {wished.trust_address}/\n\n{house.code.rstrip()}")
    if house.setup_link:
        say(f"\n{house.setup_link}")
    if house.sign_ins:
        say(f"\nSign in as one of these (address, password):\n{house.sign_ins}")
    if house.fresh:
        say(f"\n{PEOPLE:,} participants and pictures for the panels are being made in the background.")
    say("\nCtrl-C stops it; nothing is lost.")


def main(arguments: list[str]) -> None:
    started = time.monotonic()
    os.chdir(ROOT)
    with one_clear_line():
        installation.stop_politely()
        wished = wishes(arguments)
        refuse_used_port(wished.host, wished.port)
        if wished.tls:
            refuse_used_port(wished.host, trust_port(wished.port))
        with alone(wished.data / "run.lock", f"Sidang already runs on {where(wished.data)}; stop it first."):
            demo = choose_kind(wished)
            house = House(wished, demo, environment(wished, demo=demo))
            ahead = house.steps()
            done = installation.set_up(after=len(ahead))
            take(ahead, before=done)
            serve(house, started)


if __name__ == "__main__":
    main(sys.argv[1:])
