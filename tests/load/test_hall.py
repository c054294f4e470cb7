"""A small hall, for real: the server, the database, the clients in processes of their own."""

import pytest
from hall import core_plan, ratio, refuse_too_many, wishes
from premises import Missing


def test_every_socket_of_a_small_hall_holds_what_the_log_says(hall, verdict):
    code, found = hall("--sockets", "60", "--seconds", "3")
    assert verdict(found) == {}
    assert (found["events"], found["events_everywhere"], found["commands"]["done"]) == (12, 12, 12)
    # Three topics of each person and of eight moderators.
    assert found["compared"] == 3 * 68
    assert (found["failures"], found["complaints"], code) == ({}, 0, 0)


def test_clients_that_forget_are_found_out(hall):
    code, found = hall("--sockets", "51", "--seconds", "3", "--break")
    assert found["lost"] > 0
    assert found["differing"] == 2
    assert code == 1


def test_a_hall_that_is_thrown_out_comes_back_and_has_missed_nothing(hall, database, verdict):
    code, found = hall("--scenario", "storm", "--sockets", "300", "--seconds", "4", "--database", database)
    assert verdict(found) == {}
    assert found["back_and_synced_s"] > 0
    assert found["events"] > 0
    assert (found["compared"], code) == (3 * 308, 0)


@pytest.mark.parametrize(
    "words",
    [
        ["--processes", "2", "--database", "sqlite"],
        ["--yardstick", "bare", "--scenario", "votes"],
        ["--scenario", "chaos", "--processes", "1"],
        ["--scenario", "chaos", "--database", "sqlite"],
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


def test_what_is_about_several_processes_has_two():
    assert (wishes(["--scenario", "chaos"]).processes, wishes([]).processes) == (2, 1)
    assert (wishes(["--scenario", "arrival"]).seconds, wishes([]).seconds) == (300, 20)


def test_more_sockets_than_a_process_may_open_are_refused(monkeypatch):
    monkeypatch.setattr("hall.make_room_for", lambda files: min(files, 20_000))
    refuse_too_many(19_500)
    with pytest.raises(Missing, match="20000 files"):
        refuse_too_many(19_800)


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
