"""What the kernel says of running processes: processor time, memory, sockets. Linux only."""

import os
import resource
import subprocess
import sys
from collections.abc import Collection, Iterable
from contextlib import suppress
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
_TICK = os.sysconf("SC_CLK_TCK")
_PAGE = os.sysconf("SC_PAGE_SIZE")


def cpu_seconds(pids: Iterable[int | str]) -> float:
    """Processor time these processes ("self": this one) have used so far, in user space and in the kernel."""
    return sum(_cpu_seconds(pid) for pid in pids)


def _cpu_seconds(pid: int | str) -> float:
    # The second field is a name that may hold spaces and parentheses.
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICK


def resident_kib(pids: Iterable[int]) -> float:
    """Memory these processes have in use, in KiB."""
    return sum(int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * _PAGE / 1024 for pid in pids)


def children(pid: int) -> list[int]:
    return [int(word) for word in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def still_held(server_port: int, client_ports: Collection[int]) -> set[int]:
    """Which of these clients' ports the server's processes hold a socket for.

    A socket that its process has closed may linger in the kernel with data nobody takes; it has no inode any more.
    """
    held = set()
    for line in Path("/proc/net/tcp").read_text().splitlines()[1:]:
        fields = line.split()
        local, remote, inode = _port(fields[1]), _port(fields[2]), fields[9]
        if local == server_port and remote in client_ports and inode != "0":
            held.add(remote)
    return held


def _port(address: str) -> int:
    return int(address.rpartition(":")[2], 16)


def keep_to(pid: int, cores: Collection[int]) -> None:
    """Binds a process, and what it starts from now on, to these cores, where the system can."""
    if cores and hasattr(os, "sched_setaffinity"):
        with suppress(OSError):
            os.sched_setaffinity(pid, cores)


def cores() -> list[int]:
    """The cores this process may use."""
    return sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else []


def make_room_for(files: int) -> int:
    """Raises the hard limit of open files for whatever this process starts, where root may; returns what it is then."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard == resource.RLIM_INFINITY or hard >= files:
        return files
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (files, files))
    except (ValueError, OSError):
        return hard
    return files


def start(words: list[str | Path], env: dict[str, str], log: Path, on: Collection[int]) -> "subprocess.Popen[bytes]":
    """Starts a program in a group of its own, on these cores, with what it says going to `log`.

    In the project's folder: Python looks for modules where it is started, and a script here has the name of an app.
    """
    with log.open("ab") as output:
        process = subprocess.Popen(
            words, cwd=ROOT, env=env, stdin=subprocess.DEVNULL, stdout=output, stderr=output, start_new_session=True
        )
    keep_to(process.pid, on)
    return process


def stop(process: "subprocess.Popen[bytes]") -> None:
    """Politely, then firmly."""
    process.terminate()
    try:
        process.wait(5)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def say(words: str) -> None:
    """Progress, for people; the result alone goes to the standard output."""
    sys.stderr.write(words + "\n")
    sys.stderr.flush()
