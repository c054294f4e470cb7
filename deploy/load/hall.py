"""A hall of thousands on one machine: starts the real application, fills it, drives it, and checks what arrived.

    python deploy/load/hall.py --sockets 4300 --seconds 20 --server uvicorn --scenario paced --json -

The table goes to the standard error, one JSON object to the standard output (`--json -`) or to a file. The exit code is
1 where an event was lost, came twice or out of order, or where a socket holds something else than the log says.
"""

import argparse
import json
import os
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
from comparison import Holding, Verdict, compare, unlike_commands
from outside import attend
from premises import HERE, Missing, Premises, Servers, bare, nchan, premises
from processes import cores, keep_to, make_room_for, say
from scenarios import Plan, Scenario

SCENARIOS: tuple[str, ...] = Scenario.__args__  # type: ignore[attr-defined]
# Files that the clients' process has open beside its people's sockets: moderators, trials, slow readers.
FILES_BESIDE = 300
# These are about several server processes.
SHARED = ("chaos", "arrival")
MEASURED_BESIDE = ("paced", "max", "join", "storm")
ROWS = (
    "scenario", "server", "processes", "portable", "database", "sockets", "connects_per_s", "connects_per_cpu_s",
    "arrived", "arrived_within_s", "told_to_come_again", "http_ms", "http_steps_ms", "mail_ms",
    "handshake_ms", "kib_per_socket", "events", "event_bytes", "delivery_ms", "first_ms", "fan_out_ms",
    "all_sockets_ms", "deliveries_per_s", "deliveries_per_cpu_s", "server_cpu_share", "client_cpu_share",
    "back_and_synced_s", "back_cpu_s", "votes", "slow", "not_back", "away", "failed", "failures", "thrown_out",
    "asked_again", "chaos", "compared", "lost", "duplicated", "disordered", "differing", "conflicting", "commands",
    "not_made", "unasked", "complaints", "review", "replayed_in_s", "record", "yardstick", "ratio",
)  # fmt: skip


def wishes(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="hall.py", description="Measures the live engine with a hall of people.", allow_abbrev=False
    )
    parser.add_argument("--sockets", type=int, default=4300, help="people, each with one socket, three topics (4300)")
    parser.add_argument("--seconds", type=float, help="how long events are sent (20), or people arrive (300)")
    parser.add_argument("--server", choices=("daphne", "uvicorn"), default="daphne")
    parser.add_argument(
        "--processes", type=int, help="server processes, each on a port of its own (1; chaos, arrival: 2)"
    )
    parser.add_argument("--database", choices=("sqlite", "postgres"), help="postgres brings a Redis along")
    parser.add_argument("--scenario", choices=SCENARIOS, default="paced")
    parser.add_argument("--jitter", type=float, default=0, help="storm: seconds within which people come back (0)")
    parser.add_argument("--films", action="store_true", help="review: statements are recorded, and a worker makes them")
    parser.add_argument("--portable", action="store_true", help="write by the server's own send, as on an unknown one")
    parser.add_argument("--yardstick", choices=("nchan", "bare"), help="measured in the same call")
    parser.add_argument("--break", action="store_true", dest="breaks", help="clients forget: must report lost > 0")
    parser.add_argument("--json", metavar="FILE", help="where the result goes; - is the standard output")
    given = parser.parse_args(arguments)
    if given.seconds is None:
        given.seconds = 300 if given.scenario == "arrival" else 20
    if given.processes is None:
        given.processes = 2 if given.scenario in SHARED else 1
    if given.sockets < 1 or given.processes < 1 or given.seconds <= 0:
        parser.error("--sockets, --processes and --seconds are above 0")
    given.database = given.database or ("postgres" if given.processes > 1 else "sqlite")
    if given.processes > 1 and given.database == "sqlite":
        parser.error("several processes need --database postgres, which brings their Redis")
    if given.scenario in SHARED and given.processes < 2:
        parser.error(f"{given.scenario} needs two server processes")
    if given.films and given.scenario != "review":
        parser.error("only a review has films")
    if given.yardstick and given.scenario not in MEASURED_BESIDE:
        parser.error(f"a yardstick knows only {', '.join(MEASURED_BESIDE)}")
    return given


def core_plan(processes: int) -> tuple[list[int], list[int]]:
    """(server's cores, clients'): one each where there are two and one server process, otherwise all are shared."""
    mine = cores()
    return ([mine[0]], [mine[1]]) if len(mine) > 1 and processes == 1 else (mine, mine)


def refuse(deed: str) -> dict[str, Any]:
    raise Missing(f"nobody is there to {deed}")


def drive(plan: Plan, on: list[int], do: Callable[[str], dict[str, Any]] = refuse) -> dict[str, Any]:
    """Runs the clients in a process of their own; returns what they found. `do` does to the servers what they ask."""
    words = [sys.executable, HERE / "clients.py"]
    with subprocess.Popen(words, cwd=HERE, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as clients:
        try:
            keep_to(clients.pid, on)
            found = attend(clients, msgspec.json.encode(plan), do)
        except BaseException:
            clients.kill()
            raise
    if clients.returncode or found is None:
        raise Missing(f"the clients ended with code {clients.returncode}")
    return found


def refuse_too_many(sockets: int) -> None:
    """Raises Missing where the clients' process may not hold so many."""
    room = make_room_for(sockets + FILES_BESIDE)
    if room < sockets + FILES_BESIDE:
        raise Missing(f"a process may hold {room} files open here; {sockets} sockets need {sockets + FILES_BESIDE}")


def measure_hall(given: argparse.Namespace) -> dict[str, Any]:
    """The real application: what was measured, and the verdict on what arrived."""
    server_cores, client_cores = core_plan(given.processes)
    postgres = given.database == "postgres"
    say(f"{given.scenario}: {given.sockets} sockets on {given.server}, {given.database}")
    with premises(
        given.server,
        processes=given.processes,
        postgres=postgres,
        people=given.sockets,
        cores=server_cores,
        portable=given.portable,
        to_sign_in=given.scenario == "arrival",
        filled_by=("fill-review", str(given.sockets)) if given.scenario == "review" else (),
        demo=given.scenario == "review",
        with_worker=given.films or given.scenario == "arrival",
    ) as ours:
        plan = plan_of(given, ours.servers, "/live/socket/")
        plan.hall, plan.mails = ours.hall, str(ours.mails)
        found = drive(plan, client_cores, ours.do)
        say("  comparing what each socket holds with the log")
        found |= judged(found.pop("holdings"), ours, found)
        if given.scenario == "review":
            found["record"] = ours.ask(["record", str(plan.hall["session"])])
        return found | {"complaints": len(shown(ours.complaints()))}


def judged(told: list[dict[str, Any]], ours: Premises, found: dict[str, Any]) -> dict[str, Any]:
    """What every socket holds against the log, a fresh snapshot and the votes that were counted."""
    holdings = msgspec.convert(told, list[Holding])
    log, votes = ours.read({holding.state.topic for holding in holdings})
    verdict: Verdict = compare(holdings, log)
    for example in verdict.examples[:5]:
        say(f"  {example}")
    if "votes" in found:
        found["votes"]["counted"] = votes
    numbers = {name: getattr(verdict, name) for name in ("compared", "lost", "duplicated", "disordered", "differing")}
    commands = found.get("commands")
    if commands is None:
        return numbers | {"not_made": 0, "unasked": 0}
    not_made, unasked = unlike_commands(commands["done"], log[commands.pop("topic")])
    for words, unlike in (("done and not in the log", not_made), ("in the log and not done", unasked)):
        if unlike:
            say(f"  {words}: {', '.join(sorted(unlike)[:5])}")
    commands["done"] = sum(commands["done"].values())
    found["not_made"], found["unasked"] = not_made.total(), unasked.total()
    return numbers


def shown(complaints: list[str]) -> list[str]:
    # Without the time of day, which comes first.
    for line, times in Counter(line.partition(",")[2][4:] or line for line in complaints).most_common(10):
        say(f"  the server said, {times} times: {line}")
    return complaints


def plan_of(given: argparse.Namespace, servers: Servers, path: str) -> Plan:
    return Plan(
        urls=servers.urls(path),
        origin=servers.origin,
        server_pids=servers.pids,
        sockets=given.sockets,
        seconds=given.seconds,
        scenario=given.scenario,
        jitter=given.jitter,
        breaks=given.breaks,
        films=given.films,
    )


def measure_yardstick(given: argparse.Namespace, frame_bytes: int) -> dict[str, Any]:
    """The same clients, the same number and size of frames, on a server that only fans out."""
    server_cores, client_cores = core_plan(1)
    say(f"{given.scenario}: {given.sockets} sockets on {given.yardstick}")
    with nchan(server_cores) if given.yardstick == "nchan" else bare(given.server, server_cores) as servers:
        plan = plan_of(given, servers, "/follow")
        plan.publish_url, plan.frame_bytes = servers.urls("/publish")[0], frame_bytes or 400
        return {"kind": given.yardstick, **drive(plan, client_cores)}


def ratio(scenario: str, ours: dict[str, Any], yardstick: dict[str, Any]) -> float | None:
    """How near we come to the yardstick: 1 is as good, 0.5 half as good."""
    if scenario in ("max", "join"):
        measure = "deliveries_per_s" if scenario == "max" else "connects_per_s"
        return round(ours[measure] / yardstick[measure], 2) if yardstick[measure] else None
    if scenario == "storm":
        return round(yardstick["back_and_synced_s"] / ours["back_and_synced_s"], 2)
    return round(yardstick["delivery_ms"]["p99"] / ours["delivery_ms"]["p99"], 2)


def table(found: dict[str, Any]) -> str:
    lines = []
    for name in ROWS:
        value = found.get(name)
        if value is None or value == {}:
            continue
        if isinstance(value, dict):
            value = ", ".join(
                f"{key} {_in_words(part)}" for key, part in value.items() if part is not None and part != {}
            )
        lines.append(f"  {name:<20}{value}")
    return "\n".join(lines)


def _in_words(part: object) -> str:
    return " ".join(f"{key} {value}" for key, value in part.items()) if isinstance(part, dict) else str(part)


def sound(found: dict[str, Any]) -> bool:
    """Whether everybody was there in the end and nothing was lost, repeated or other than the log says."""
    votes = found.get("votes", {})
    wrong = ("not_back", "away", "lost", "duplicated", "disordered", "differing", "conflicting", "not_made", "unasked")
    record = found.get("record", {"pages": "", "rows": ""})
    is_of_record = record["pages"] == record["rows"]
    return not any(found[name] for name in wrong) and is_of_record and votes.get("counted") == votes.get("acknowledged")


def main(arguments: list[str]) -> int:
    given = wishes(arguments)
    # So that whoever ends this ends its servers too.
    signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(128 + number))
    conditions = {
        "scenario": given.scenario,
        "server": given.server,
        "processes": given.processes,
        "portable": given.portable,
        "database": given.database,
        "cores": len(cores()),
        "load_before": os.getloadavg()[0],
        "seconds": given.seconds,
        "jitter": given.jitter,
    }
    try:
        refuse_too_many(given.sockets)
        found = conditions | {"yardstick": None, "ratio": None, "back_and_synced_s": None} | measure_hall(given)
        if given.yardstick:
            found["yardstick"] = measure_yardstick(given, found.get("event_bytes", 0))
            found["ratio"] = ratio(given.scenario, found, found["yardstick"])
    except Missing as missing:
        say(f"hall.py: {missing}")
        return 2
    say(table(found))
    if given.json == "-":
        sys.stdout.write(json.dumps(found) + "\n")
    elif given.json:
        Path(given.json).write_text(json.dumps(found) + "\n")
    return 0 if sound(found) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
