"""How many were invited, attended, delivered: what reports of past reviews confuse."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sessions.review.counting import ENDED, HAVING_THE_FLOOR, WAITING, Course, Outcome, Tally, outcome_of, tallied

MINUTE = 60_000
STATES = sorted(WAITING | HAVING_THE_FLOOR | ENDED)

courses = st.builds(
    Course, st.sampled_from(STATES), st.booleans(), st.integers(0, 5 * MINUTE), st.integers(0, 9 * MINUTE)
)


def test_the_review_of_2021_counts_as_it_was_reported():
    """21 delegations invited, 20 attended and 19 delivered: one only handed in its statement, and one was not there."""
    delivered = [Course("completed", True, 225_000, 225_000)] * 17
    early, late = Course("completed", True, 225_000, 200_000), Course("cut", True, 225_000, 240_000)
    filed, absent = Course("filed", True, 225_000, 0), Course("forfeited", False, 225_000, 0)
    assert tallied([*delivered, early, late, filed, absent]) == Tally(
        invited=21,
        attended=20,
        delivered=19,
        filed=1,
        absent=1,
        not_reached=0,
        allotted_ms=19 * 225_000,
        consumed_ms=17 * 225_000 + 440_000,
        under_ms=25_000,
        over_ms=15_000,
    )


@pytest.mark.parametrize(
    ("state", "attended", "consumed_ms", "expected"),
    [
        ("completed", True, MINUTE, Outcome.DELIVERED),
        # A recorded statement is shown whether or not somebody of the delegation sits there.
        ("completed", False, MINUTE, Outcome.DELIVERED),
        ("cut", True, 1, Outcome.DELIVERED),
        ("cut", True, 0, Outcome.NOT_REACHED),
        ("filed", True, 0, Outcome.FILED),
        ("filed", False, 0, Outcome.FILED),
        # Its link failed, and the chair had the rest published: begun is not delivered.
        ("filed", True, MINUTE, Outcome.FILED),
        ("forfeited", True, 0, Outcome.ABSENT),
        ("withdrawn", True, 0, Outcome.ABSENT),
        # Called in vain, and the session ended before they were called again.
        ("deferred", False, 0, Outcome.ABSENT),
        # Never called: that nobody saw them is not to be held against them.
        ("inscribed", False, 0, Outcome.NOT_REACHED),
        ("put_off", False, 0, Outcome.NOT_REACHED),
        ("inscribed", True, 0, Outcome.NOT_REACHED),
        ("ready", True, 0, Outcome.NOT_REACHED),
        ("deferred", True, 0, Outcome.NOT_REACHED),
        ("put_off", True, MINUTE, Outcome.NOT_REACHED),
        ("speaking", True, MINUTE, Outcome.NOT_REACHED),
        ("interrupted", False, MINUTE, Outcome.NOT_REACHED),
    ],
)
def test_what_became_of_one(state, attended, consumed_ms, expected):
    assert outcome_of(Course(state, attended, 3 * MINUTE, consumed_ms)) is expected


def test_a_state_that_there_is_not_is_no_outcome():
    with pytest.raises(ValueError):
        tallied([Course("asleep", True, 0, 0)])


@given(st.lists(courses))
def test_everybody_invited_is_counted_once_and_the_times_add_up(slots):
    tally = tallied(slots)
    assert tally.delivered + tally.filed + tally.absent + tally.not_reached == tally.invited == len(slots)
    assert tally.allotted_ms - tally.under_ms + tally.over_ms == tally.consumed_ms
    assert tally.attended <= tally.invited


@given(st.lists(courses), st.lists(courses))
def test_two_blocks_together_count_as_the_sum_of_both(morning, afternoon):
    both = tallied(morning + afternoon)
    assert vars(both) == {
        name: number + vars(tallied(afternoon))[name] for name, number in vars(tallied(morning)).items()
    }
