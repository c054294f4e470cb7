"""`./test`: sets up what the tests need, then checks everything and says what it found.

Standard library only. Tests are told of a database and a Redis by DATABASE_URL and REDIS_URL, as any installation
is: the suite runs once with neither, on SQLite, and once on a PostgreSQL and a Redis started here from pip wheels.
Those runs and the browser's share nothing, so they go on beside each other.
"""

import argparse
import os
import re
import shutil
import signal
import subprocess
import sys
import textwrap
import threading
import time
import xml.etree.ElementTree as ElementTree
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from config import installation
from config.installation import PYTHON, ROOT, VENV, Refused, Step, Stopped, alone, call, one_clear_line, say, take
from config.throwaway import postgres, redis

TESTS = ROOT / "tests"
WORK = ROOT / "var" / "test"
DEBIAN_PACKAGES = {"chromium": "chromium", "Noto Sans": "fonts-noto-core", "Noto Sans CJK": "fonts-noto-cjk"}
END_WITHIN = 10.0  # seconds
WHY_LONGEST = 400  # characters
SHARES = 4  # of the browser's tests
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
    """What passed and what failed, over all runs. `failures`: the tests that did and why, by run; none where it is
    known as a whole alone."""

    passed: int = 0
    failed: int = 0
    skipped: int = 0
    failures: dict[str, Sequence[str]] = field(default_factory=dict)

    def add(self, name: str, passed: int, failed: int, skipped: int = 0, tests: Sequence[str] = ()) -> None:
        self.passed += passed
        self.failed += failed
        self.skipped += skipped
        if failed:
            self.failures[name] = tests


class Programs:
    """What runs now, so that all of it can be ended: by Ctrl-C, or because one of them could not begin."""

    def __init__(self) -> None:
        self._running: set[subprocess.Popen[str]] = set()
        self._guard = threading.Lock()
        self._is_over = False

    @contextmanager
    def started(self, words: Sequence[str | Path], env: dict[str, str]) -> Iterator[subprocess.Popen[str]]:
        """Whatever it left running ends with it. Raises Stopped once all were ended."""
        with self._guard:
            if self._is_over:
                raise Stopped
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
            self._running.add(process)
        try:
            yield process
        finally:
            installation.kill_group(process)
            process.wait()
            if process.stdout:
                process.stdout.close()
            self._running.discard(process)

    def end(self) -> None:
        """As Ctrl-C does, so that servers which tests started end with them; what takes longer is killed."""
        with self._guard:
            self._is_over = True
            running = list(self._running)
        for process in running:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGINT)
        deadline = time.monotonic() + END_WITHIN
        for process in running:
            with suppress(subprocess.TimeoutExpired):
                process.wait(max(0.0, deadline - time.monotonic()))
            installation.kill_group(process)


PROGRAMS = Programs()


# What goes on beside each other


@dataclass(frozen=True)
class Ended:
    code: int
    said: str
    seconds: float


@dataclass(frozen=True)
class Check:
    """What is right or wrong as a whole: a linter, the types, the catalogue."""

    name: str
    words: Sequence[str | Path]

    def go(self) -> Ended:
        began = time.monotonic()
        with PROGRAMS.started(self.words, base_env(file_name(self.name))) as process:
            said = "".join(process.stdout or ())
            return Ended(process.wait(), said, time.monotonic() - began)

    def count(self, tally: Tally, ended: Ended) -> None:
        tally.add(self.name, passed=int(ended.code == 0), failed=int(ended.code != 0))


PROGRESS = re.compile(r"[.FEsxX]+ +\[ *\d+%\]")


@dataclass(frozen=True)
class Run:
    """A run of pytest that stands by itself. `place` gives its environment, and what that needs as long as it lasts."""

    name: str
    words: list[str]
    place: Callable[[], AbstractContextManager[dict[str, str]]]

    @property
    def report(self) -> Path:
        return WORK / f"{file_name(self.name)}.xml"

    def go(self) -> Ended:
        """Tells how far it is as it goes on; what else it says is kept until its end, since others go on beside it."""
        self.report.unlink(missing_ok=True)
        command: list[str | Path] = [PYTHON, "-m", "pytest", "-q", f"--junitxml={self.report}", *self.words]
        began, kept = time.monotonic(), []
        with self.place() as env, PROGRAMS.started(command, env) as process:
            for line in process.stdout or ():
                if PROGRESS.fullmatch(line.strip()):
                    say(f"{self.name:<24} {line.rstrip()}")
                else:
                    kept.append(line)
            return Ended(process.wait(), "".join(kept), time.monotonic() - began)

    def count(self, tally: Tally, ended: Ended) -> None:
        """From its report rather than from its words."""
        passed, skipped, failing = counted(self.report)
        if ended.code != 5:  # pytest's word for "no test was selected"
            tally.add(self.name, passed, len(failing) or int(ended.code != 0), skipped, failing)


def file_name(name: str) -> str:
    return re.sub("[^a-z0-9]+", "-", name.lower())


def processors() -> int:
    """How many this process may use."""
    return len(os.sched_getaffinity(0))


def go_beside(tally: Tally, all_of_it: Sequence[Check | Run]) -> None:
    """As many at once as there are processors, in this order: with more of them a journey waits longer than a person
    would."""
    lanes = ThreadPoolExecutor(max_workers=processors())
    try:
        waiting = {lanes.submit(each.go): each for each in all_of_it}
        for future in as_completed(waiting):
            each, ended = waiting[future], future.result()
            say(f"\n=== {each.name}: {ended.seconds:.0f} s\n{ended.said}")
            each.count(tally, ended)
    except BaseException:
        PROGRAMS.end()
        raise
    finally:
        lanes.shutdown(cancel_futures=True)


def counted(report: Path) -> tuple[int, int, list[str]]:
    """How many tests passed and were skipped, and which failed and why, by a JUnit report; nothing without one."""
    if not report.exists():
        return 0, 0, []
    cases = list(ElementTree.parse(report).getroot().iter("testcase"))  # noqa: S314  pytest wrote it a moment ago
    failing = [case for case in cases if case.find("failure") is not None or case.find("error") is not None]
    skipped = sum(1 for case in cases if case.find("skipped") is not None)
    return len(cases) - len(failing) - skipped, skipped, [f"{named(case)}\n    {why(case)}" for case in failing]


def named(case: ElementTree.Element) -> str:
    return f"{case.get('classname')}::{case.get('name')}"


def why(case: ElementTree.Element) -> str:
    """In one line, for whoever sees no more than the last lines of a run."""
    said = [found.get("message", "") for kind in ("failure", "error") for found in case.iter(kind)]
    return textwrap.shorten(" ".join(said), WHY_LONGEST, placeholder=" …")


NODE_PASSED = re.compile(r"^# Subtest: .*\nok .*\n  ---\n(?:  .*\n)*?  \.\.\.\n", re.MULTILINE)


def run_node(tally: Tally, env: dict[str, str], folders: list[str]) -> None:
    """The pages' own scripts, of these folders of tests or of all; some replay what the Python tests recorded."""
    roots = [TESTS / folder for folder in folders] or [TESTS]
    endings = ("*.test.js", "*.test.mjs")
    files: list[str | Path] = [file for end in endings for root in roots for file in sorted(root.rglob(end))]
    if not files:
        return
    node = installation.node()
    if node is None:
        raise Refused("the tests need Node, and it could not be found.")
    say("\n=== Node: the pages' scripts")
    command: list[str | Path] = [node, "--test", "--test-reporter=tap", *files]
    with PROGRAMS.started(command, env) as process:
        said = "".join(process.stdout or ())
        code = process.wait()
    passed, failing = counted_by_node(said)
    if code:
        say(NODE_PASSED.sub("", said))
    say(f"{passed} passed, {len(failing)} failed")
    tally.add("Node", passed, len(failing) or int(code != 0), tests=failing)


def counted_by_node(said: str) -> tuple[int, list[str]]:
    """How many tests passed and which failed, by what Node's runner says in the Test Anything Protocol."""
    (passed,) = re.findall(r"^# pass (\d+)$", said, re.MULTILINE) or ["0"]
    return int(passed), re.findall(r"^not ok \d+ - (.+)$", said, re.MULTILINE)


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


def browser_env(tally: Tally) -> dict[str, str] | None:
    """What browser tests are told of it, or None where there is no browser: a failure in CI, a remark elsewhere."""
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
    return {"CHROMIUM": found} if found else None


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


def checks() -> list[Check]:
    bin_ = VENV / "bin"
    manage: list[str | Path] = [PYTHON, ROOT / "manage.py"]
    return [
        Check("mypy: types", [bin_ / "mypy"]),
        Check("ruff: rules", [bin_ / "ruff", "check", "."]),
        Check("ruff: format", [bin_ / "ruff", "format", "--check", "."]),
        Check("import-linter: who imports whom", [bin_ / "lint-imports"]),
        Check("pip: requirements fit together", [PYTHON, "-m", "pip", "check"]),
        Check("django: checks", [*manage, "check", "--fail-level", "WARNING"]),
        Check("django: migrations are complete", [*manage, "makemigrations", "--check", "--dry-run"]),
        Check("catalogue: every text is translated", [*manage, "catalogue", "--check"]),
    ]


def selected(wished: Wishes, marked: str) -> list[str]:
    """pytest's arguments for what was asked for, of the tests that are so `marked`; a person's own `-m` stands."""
    words = [str(TESTS / folder) for folder in wished.folders] + wished.pytest
    if any(word.startswith("-m") for word in wished.pytest):
        return words
    return [*words, "-m", marked]


def pytest_runs(wished: Wishes, tally: Tally) -> Iterator[Run]:
    """What takes longest comes first, so that no processor is without work at the end."""
    if wished.postgres:
        yield Run("PostgreSQL and Redis", selected(wished, "not browser and not once"), beside_servers)
    if wished.sqlite:
        marked = "not browser and not once"
        if wished.postgres:
            # Where a conference runs is enough for them; and journeys open every page on SQLite.
            marked += " and not anywhere and (followed or not page)"
        yield Run("SQLite", selected(wished, marked), partial(_with, "sqlite"))
    if any(word.startswith("-m") for word in wished.pytest):
        return
    if wished.sqlite:
        yield from browser_runs(wished, tally)
    yield Run("No database", selected(wished, "once and not browser"), partial(_with, "none"))


@contextmanager
def beside_servers() -> Iterator[dict[str, str]]:
    with postgres() as database_url, redis() as redis_url:
        yield {**base_env("postgres"), "DATABASE_URL": database_url, "REDIS_URL": redis_url}


def browser_runs(wished: Wishes, tally: Tally) -> Iterator[Run]:
    """In shares, so that the last of them is not waited for long."""
    env = browser_env(tally)
    if env is None:
        return
    if wished.narrowed:
        yield Run("Chromium", selected(wished, "browser"), partial(_with, "browser", **env))
        return
    # The longer a file, the longer its journeys, about.
    journeys = sorted(files_marked("browser"), key=lambda path: -path.stat().st_size)
    for share in range(SHARES):
        words = [*map(str, journeys[share::SHARES]), "-m", "browser"]
        yield Run(f"Chromium {share + 1}/{SHARES}", words, partial(_with, f"browser-{share + 1}", **env))


def files_marked(mark: str) -> list[Path]:
    """The files of tests with this mark in them: a run that is given them need not read all the others."""
    return [path for path in sorted(TESTS.rglob("test_*.py")) if f"pytest.mark.{mark}" in path.read_text()]


def _with(name: str, **more: str) -> AbstractContextManager[dict[str, str]]:
    return nullcontext({**base_env(name), **more})


def run_all(wished: Wishes, tally: Tally) -> None:
    runs = list(pytest_runs(wished, tally))
    go_beside(tally, runs if wished.narrowed else [*checks(), *runs])
    if wished.folders or not wished.narrowed:
        run_node(tally, base_env("node"), wished.folders)


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
    for name, tests in tally.failures.items():
        say("\n  ".join([f"failed: {name}", *tests]))
    if not (tally.passed or tally.failed):
        say("No test was selected.")
    say(f"{tally.passed} passed, {tally.failed} failed" + (f", {tally.skipped} skipped" if tally.skipped else ""))
    sys.exit(1 if tally.failed or not tally.passed else 0)


if __name__ == "__main__":
    main(sys.argv[1:])
