"""People sign in by a mailed code, for real: pages, worker, mails, two server processes."""

import pytest

pytestmark = pytest.mark.postgres

STEPS = {"login page", "ask for a code", "code page", "give the code", "session page"}


def test_people_sign_in_by_code_and_their_pages_miss_nothing(hall, verdict):
    code, found = hall("--scenario", "arrival", "--sockets", "24", "--seconds", "8")
    assert verdict(found) == {}
    assert (found["arrived"], found["failures"], code) == (24, {}, 0)
    assert set(found["http_steps_ms"]) == STEPS
    # Seven topics of each page of a delegate, three of each of eight moderators.
    assert found["compared"] == 7 * 24 + 3 * 8
    assert found["commands"]["done"] > 0
