"""`./run` says what it needs in one line, comes up, and leaves no process behind."""

import os
import queue
import signal
import socket
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from config import installation, limits, running

ROOT = Path(__file__).parents[2]
PATIENCE = 120  # seconds, for two processes on a busy machine


def environment(data: Path, **more: str) -> dict[str, str]:
    """What a person's shell has, with a data folder of the test's own."""
    ours = {"DATABASE_URL", "REDIS_URL", "DEMO", "SITE_URL", "ALLOWED_HOSTS"}
    return {name: value for name, value in os.environ.items() if name not in ours} | {"DATA_DIR": str(data), **more}


def free_port() -> int:
    with socket.socket() as trial:
        trial.bind(("127.0.0.1", 0))
        return trial.getsockname()[1]


def told(*words: str, data: Path, **more: str) -> tuple[int, str]:
    """The exit code and the last line of a `./run` that should end by itself."""
    run = subprocess.run(
        [ROOT / "run", *words],
        env=environment(data, **more),
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    return run.returncode, (run.stdout + run.stderr).strip().splitlines()[-1]


def test_a_port_in_use_is_told_in_one_line(tmp_path):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        code, line = told("--port", str(port), data=tmp_path)
    assert (code, line) == (
        1,
        f"sidang: port {port} is in use by another program. Try: ./run --port {port % 65535 + 1}",
    )


def fake_python(folder: Path, version: str) -> Path:
    """A Python that says it is `version` and can do nothing else."""
    file = folder / "python3"
    file.write_text(f'#!/bin/sh\ncase "$2" in *print*) echo {version};; *) exit 1;; esac\n')
    file.chmod(0o755)
    return file


def test_an_old_python_is_told_in_one_line(tmp_path):
    code, line = told(data=tmp_path, PYTHON=str(fake_python(tmp_path, "3.9.2")))
    assert code == 1
    assert line == (
        f"Sidang needs Python 3.11 or newer ({tmp_path}/python3 is 3.9.2). "
        "On Debian and Ubuntu: apt install python3 python3-venv"
    )


def test_a_machine_without_python_is_told_in_one_line(tmp_path):
    code, line = told(data=tmp_path, PYTHON=str(tmp_path / "none"))
    assert code == 1
    assert line == "Sidang needs Python 3.11 or newer. On Debian and Ubuntu: apt install python3 python3-venv"


def test_a_python_without_venv_is_told_in_one_line(monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "ensurepip", None)
    with pytest.raises(installation.Refused, match=r"has no venv module\..*apt install python3-venv"):
        installation.refuse_without_venv()


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--port", "0"], "a port is a number from 1 to 65535, not 0."),
        (["--port", "70000"], "a port is a number from 1 to 65535, not 70000."),
        (["--host", "everywhere"], "--host takes an IP address of this machine, not 'everywhere'."),
    ],
)
def test_a_wish_that_makes_no_sense_is_refused(words, told):
    with pytest.raises(installation.Refused) as refused:
        running.wishes(words)
    assert str(refused.value) == told


def test_a_refused_download_is_told_in_one_line(tmp_path, monkeypatch):
    monkeypatch.setattr(installation, "LOG", installation.ROOT / "var" / "log" / "test-of-set-up.log")
    script = "import sys; print('Collecting x'); print('ERROR: No matching distribution found for x==9'); sys.exit(1)"
    with pytest.raises(installation.Refused) as refused:
        installation.call(
            [installation.PYTHON, "-c", script],
            lambda line: None,
            failing="could not install requirements.txt",
            told=lambda line: line.startswith("ERROR"),
        )
    assert str(refused.value) == (
        "could not install requirements.txt: ERROR: No matching distribution found for x==9 "
        "(the whole story: var/log/test-of-set-up.log)"
    )


def test_a_folder_that_was_started_empty_stays_empty(tmp_path):
    empty = running.Wishes(host="127.0.0.1", port=8000, empty=True, data=tmp_path)
    wished = running.Wishes(host="127.0.0.1", port=8000, empty=False, data=tmp_path)
    assert running.choose_kind(empty) is False
    assert running.choose_kind(wished) is False


def test_a_folder_with_the_demonstration_is_never_called_empty(tmp_path):
    wished = running.Wishes(host="127.0.0.1", port=8000, empty=False, data=tmp_path)
    assert running.choose_kind(wished) is True
    with pytest.raises(installation.Refused, match="holds the demonstration"):
        running.choose_kind(running.Wishes(host="127.0.0.1", port=8000, empty=True, data=tmp_path))


@pytest.mark.parametrize(
    ("host", "endpoint"),
    [
        ("127.0.0.1", "tcp:port=8000:interface=127.0.0.1:backlog=8192"),
        ("::1", r"tcp6:port=8000:interface=\:\:1:backlog=8192"),
    ],
)
def test_the_server_listens_where_it_was_told_with_room_for_a_hall(host, endpoint):
    assert running.server_words(host, 8000)[-2:] == [endpoint, "config.asgi:application"]


def test_what_has_not_changed_is_not_done_again(tmp_path):
    file = tmp_path / "requirements.txt"
    file.write_text("a==1\n")
    first = installation.fingerprint(file)
    assert installation.fingerprint(file) == first
    file.write_text("a==2\n")
    assert installation.fingerprint(file) != first


def test_a_spoiled_stamp_only_means_doing_it_again(tmp_path):
    (tmp_path / "stamps.json").write_text("{")
    assert installation.Stamps(tmp_path / "stamps.json").made == {}


def test_two_commands_do_not_set_up_one_folder_at_once(tmp_path):
    with (
        installation.alone(tmp_path / "lock", "busy"),
        pytest.raises(installation.Refused, match="busy"),
        installation.alone(tmp_path / "lock", "busy"),
    ):
        pass


@pytest.mark.parametrize(("limit", "fine"), [(1024, False), (9_999, False), (10_000, True)])
def test_a_low_limit_of_open_files_is_told(limit, fine):
    advice = limits.advice(limit)
    assert (advice is None) is fine
    if advice:
        assert str(limit) in advice


class Run:
    """`./run --empty` on a free port, with all that it says."""

    def __init__(self, data: Path) -> None:
        self.port = free_port()
        self.process = subprocess.Popen(
            [ROOT / "run", "--empty", "--port", str(self.port)],
            env=environment(data),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self.lines: list[str] = []
        self._heard: queue.Queue[str | None] = queue.Queue()
        threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self) -> None:
        for line in self.process.stdout or ():
            self._heard.put(line.strip())
        self._heard.put(None)

    def wait_for(self, words: str) -> str:
        """The first line with `words` in it."""
        while (line := self._heard.get(timeout=PATIENCE)) is not None:
            self.lines.append(line)
            if words in line:
                return line
        raise AssertionError("\n".join(self.lines))

    def wait_for_the_end(self) -> int:
        while (line := self._heard.get(timeout=PATIENCE)) is not None:
            self.lines.append(line)
        return self.process.wait(PATIENCE)

    def family(self) -> list[psutil.Process]:
        return psutil.Process(self.process.pid).children(recursive=True)


@pytest.fixture
def run(installation_folder) -> Iterator[Run]:
    started = Run(installation_folder)
    yield started
    if started.process.poll() is None:
        started.process.terminate()
        started.wait_for_the_end()
    if started.process.stdout:
        started.process.stdout.close()


def are_gone(family: list[psutil.Process]) -> bool:
    _, alive = psutil.wait_procs(family, timeout=5)
    return [process for process in alive if process.status() != psutil.STATUS_ZOMBIE] == []


@pytest.mark.timeout(300)
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_comes_up_and_a_signal_leaves_no_process(run, number):
    assert f"http://localhost:{run.port}/" in run.wait_for("Set up this installation, once:")
    run.wait_for("Ctrl-C stops it")
    family = run.family()
    assert len(family) >= 2
    run.process.send_signal(number)
    assert run.wait_for_the_end() == 0
    assert are_gone(family)
    assert run.lines[-1].startswith("Stopped.")


@pytest.mark.timeout(300)
def test_a_program_that_dies_by_itself_is_named_and_takes_the_rest_along(run):
    run.wait_for("Ctrl-C stops it")
    family = run.family()
    next(process for process in family if "daphne" in process.cmdline()).kill()
    assert run.wait_for_the_end() == 1
    assert are_gone(family)
    assert run.lines[-1] == "sidang: the web server ended by itself (signal SIGKILL); the rest was stopped."


@pytest.mark.timeout(300)
def test_two_runs_do_not_share_a_data_folder(run, installation_folder):
    run.wait_for("Ctrl-C stops it")
    code, line = told("--empty", "--port", str(free_port()), data=installation_folder)
    assert code == 1
    assert line.startswith("sidang: Sidang already runs on")
