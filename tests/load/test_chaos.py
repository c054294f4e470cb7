"""All that can break breaks, for real, in a hall of three hundred: nothing is lost, doubled or out of order."""

import pytest

pytestmark = pytest.mark.postgres


def test_whatever_breaks_nothing_is_lost_or_told_twice(hall, verdict):
    code, found = hall("--scenario", "chaos", "--sockets", "300", "--seconds", "20", "--server", "uvicorn")
    assert verdict(found) == {}
    assert found["commands"]["done"] == 400
    chaos = found["chaos"]
    # It did break: both processes lost the bus, everybody was thrown out, and a tenth stopped reading.
    assert (chaos["subscriptions_killed"], chaos["slow"]) == (2, 30)
    assert chaos["pauses"] > 0
    assert found["thrown_out"] >= 308 + 100
    assert (found["compared"], code) == (3 * 308, 0)


def test_clients_that_forget_in_all_that_are_found_out(hall):
    code, found = hall("--scenario", "chaos", "--sockets", "102", "--seconds", "10", "--break")
    assert found["lost"] > 0
    assert code == 1
