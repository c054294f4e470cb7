"""A load run is worth what its comparison sees: a lost event, a repeated one, one out of order, a wrong card."""

import pytest
from comparison import Held, Logged, compare, digest, held_together, in_ms, percentile, unlike_commands

TOPIC = "session.1.floor"
START = {"question.1": "live", "question.2": "live"}
EVENTS = {
    1: {"question.1": "answered"},
    2: {"question.2": None},
    3: {"question.1": "live", "question.3": "live"},
}
NOW = {"question.1": "live", "question.3": "live"}
COUNTS = {"question.1": {"votes": 4, "delegations": 2, "version": 9}}


def logged(**changes) -> Logged:
    facts = {"seq": 3, "events": EVENTS, "fresh": NOW, "fresh_is_whole": True, "tallies": COUNTS}
    return Logged(**{**facts, **changes})


def held(*seqs: int, asks: bool = True) -> Held:
    """A socket that took these events in this order; one that does not ask jumps over what it misses."""
    socket = Held()
    socket.look("a.0", 0, START, {}, 8)
    for seq in seqs:
        if not socket.take(seq, EVENTS[seq]) and not asks:
            socket.jump(seq, EVENTS[seq])
    socket.count(COUNTS, 9)
    return socket


def verdict(socket: Held, log: Logged | None = None) -> tuple[int, int, int, int]:
    told = compare(held_together([(TOPIC, socket)]), {TOPIC: log or logged()})
    return told.lost, told.duplicated, told.disordered, told.differing


def test_a_socket_that_took_everything_once_and_in_order_is_right():
    assert verdict(held(1, 2, 3)) == (0, 0, 0, 0)


def test_a_forgotten_event_is_lost():
    assert verdict(held(1, 3, asks=False)) == (1, 0, 0, 1)


def test_a_forgotten_last_event_is_lost():
    assert verdict(held(1, 2)) == (1, 0, 0, 1)


def test_an_event_after_a_gap_waits_until_it_is_sent_again():
    assert verdict(held(1, 3)) == (2, 0, 0, 1)


def test_a_repeated_event_is_found_although_what_is_held_is_right():
    assert verdict(held(1, 2, 2, 3)) == (0, 1, 0, 0)


def test_events_out_of_order_are_found_although_all_came_in_the_end():
    assert verdict(held(1, 3, 2, 3)) == (0, 0, 1, 0)


def test_what_follows_a_resume_is_in_order():
    socket = held(1)
    assert not socket.take(3, EVENTS[3])
    socket.resume()
    assert socket.take(2, EVENTS[2])
    assert socket.take(3, EVENTS[3])
    assert verdict(socket) == (0, 0, 0, 0)


def test_a_snapshot_stands_for_what_it_covers():
    socket = held(1)
    socket.look("a.0", 3, NOW, COUNTS, 9)
    assert verdict(socket) == (0, 0, 0, 0)


def test_a_card_that_is_not_the_logs_is_found():
    socket = held(1, 2, 3)
    socket.cards["question.3"] = "something else"
    assert verdict(socket) == (0, 0, 0, 1)


def test_a_log_that_a_fresh_page_contradicts_is_found():
    assert verdict(held(1, 2, 3), logged(fresh={"question.1": "live"})) == (0, 0, 0, 1)


def test_a_bounded_snapshot_is_compared_where_both_know_a_card():
    log = logged(fresh={"question.1": "live", "question.9": "live"}, fresh_is_whole=False)
    assert verdict(held(1, 2, 3), log) == (0, 0, 0, 0)
    log = logged(fresh={"question.1": "answered"}, fresh_is_whole=False)
    assert verdict(held(1, 2, 3), log) == (0, 0, 0, 1)


def test_counts_that_stayed_behind_are_found():
    newer = {"question.1": {"votes": 5, "delegations": 2, "version": 10}}
    assert verdict(held(1, 2, 3), logged(tallies=newer)) == (0, 0, 0, 1)


def test_an_older_count_is_dropped():
    socket = held(1, 2, 3)
    socket.count({"question.1": {"votes": 3, "delegations": 2, "version": 8}}, 8)
    assert verdict(socket) == (0, 0, 0, 0)


def test_sockets_that_hold_the_same_are_counted_each():
    sockets = [(TOPIC, held(1, 2)) for _ in range(3)]
    told = compare(held_together(sockets), {TOPIC: logged()})
    assert (told.lost, told.differing, told.compared) == (3, 3, 3)


def test_a_digest_does_not_depend_on_the_order_of_fields():
    assert digest({"id": 1, "text": "a"}) == digest({"text": "a", "id": 1})
    assert digest({"id": 1, "text": "a"}) != digest({"id": 1, "text": "b"})


@pytest.mark.parametrize(("share", "value"), [(0.5, 50), (0.99, 99), (1.0, 100), (0.001, 1)])
def test_percentiles_are_values_that_were_measured(share, value):
    assert percentile(range(1, 101), share) == value


def test_the_percentile_of_one_value_is_that_value():
    assert percentile([7.0], 0.99) == 7.0


def test_there_is_no_percentile_of_nothing():
    with pytest.raises(ValueError, match="nothing was measured"):
        percentile([], 0.5)
    assert in_ms([]) is None


def test_milliseconds_are_told_in_tenths():
    assert in_ms([0.0123, 0.001, 0.5]) == {"p50": 12.3, "p99": 500.0, "max": 500.0}
    assert in_ms([0.001, 0.002], 0.5, 0.95) == {"p50": 1.0, "p95": 2.0, "max": 2.0}


def test_each_command_that_was_done_is_in_the_log_once():
    log = logged(names={1: "question.answered", 2: "question.withdrawn", 3: "question.approved"})
    told = ["question.answered question.1", "question.withdrawn question.2", "question.approved question.1"]
    done = dict.fromkeys([*told, "question.approved question.3"], 1)
    assert unlike_commands(done, log) == ({}, {})
    assert unlike_commands({**done, "question.answered question.9": 1}, log) == (
        {"question.answered question.9": 1},
        {},
    )
    assert unlike_commands({**done, "question.answered question.1": 0}, log) == (
        {},
        {"question.answered question.1": 1},
    )
