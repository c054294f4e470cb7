"""A small hall, for real: the server, the database, the clients in processes of their own."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from hall import core_plan, ratio, wishes

HALL = Path(__file__).parents[2] / "deploy" / "load" / "hall.py"


def run(*words: str) -> tuple[int, dict]:
    """Its exit code and its result; what it says meanwhile is shown when a test fails."""
    ours = ("DATABASE_URL", "REDIS_URL", "DJANGO_SETTINGS_MODULE")
    env = {name: value for name, value in os.environ.items() if name not in ours}
    command = [sys.executable, HALL, "--json", "-", *words]
    ended = subprocess.run(command, env=env, stdout=subprocess.PIPE, text=True, check=False, timeout=120)
    return ended.returncode, json.loads(ended.stdout)


def test_every_socket_of_a_small_hall_holds_what_the_log_says():
    code, found = run("--sockets", "60", "--seconds", "3")
    assert (found["lost"], found["duplicated"], found["disordered"], found["differing"]) == (0, 0, 0, 0)
    assert (found["events"], found["events_everywhere"], found["not_back"]) == (12, 12, 0)
    # Three topics of each person and of eight moderators.
    assert found["compared"] == 3 * 68
    assert (found["failures"], found["complaints"], code) == ({}, 0, 0)


def test_clients_that_forget_are_found_out():
    code, found = run("--sockets", "51", "--seconds", "3", "--break")
    assert found["lost"] > 0
    assert found["differing"] == 2
    assert code == 1


@pytest.mark.parametrize(
    "words",
    [
        ["--processes", "2", "--database", "sqlite"],
        ["--yardstick", "bare", "--scenario", "votes"],
        ["--scenario", "chaos"],
        ["--sockets", "0"],
    ],
)
def test_what_it_cannot_do_is_refused_before_anything_starts(words, capsys):
    with pytest.raises(SystemExit) as refused:
        wishes(words)
    assert refused.value.code == 2
    assert "error" in capsys.readouterr().err


def test_several_processes_bring_their_database():
    assert wishes(["--processes", "2"]).database == "postgres"
    assert wishes([]).database == "sqlite"


def test_server_and_clients_have_a_core_each_where_there_are_two(monkeypatch):
    monkeypatch.setattr("hall.cores", lambda: [0, 1, 2])
    assert core_plan(1) == ([0], [1])
    assert core_plan(2) == ([0, 1, 2], [0, 1, 2])
    monkeypatch.setattr("hall.cores", lambda: [0])
    assert core_plan(1) == ([0], [0])


def test_a_ratio_above_one_is_better_than_the_yardstick():
    p99 = {"delivery_ms": {"p99": 50.0}}
    assert ratio("paced", p99, {"delivery_ms": {"p99": 40.0}}) == 0.8
    assert ratio("max", {"deliveries_per_s": 90}, {"deliveries_per_s": 100}) == 0.9
    assert ratio("join", {"connects_per_s": 500}, {"connects_per_s": 1000}) == 0.5
    assert ratio("storm", {"back_and_synced_s": 4.0}, {"back_and_synced_s": 3.0}) == 0.75
