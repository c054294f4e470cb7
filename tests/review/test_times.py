"""Time shared out: nobody is over budget, nobody is treated differently, and whoever waits knows when."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sessions.review.times import (
    LEAST_MS,
    MOST_MS,
    STEP_MS,
    ByKind,
    Divided,
    Fixed,
    Kind,
    TooManyError,
    allotments,
    by_kind,
    divide,
    estimates,
    fixed,
    planned,
)

TEN = datetime(2026, 11, 25, 10, 0, tzinfo=UTC)
SECOND, MINUTE = 1000, 60_000

budgets = st.integers(0, 300 * MINUTE)
slots = st.integers(1, 120)
handovers = st.integers(0, 2 * MINUTE)
lengths = st.lists(st.integers(0, 10 * MINUTE), max_size=30)
kinds = st.lists(st.sampled_from(Kind), max_size=30)


def ms(text: str) -> int:
    minutes, seconds = text.split(":")
    return int(minutes) * MINUTE + int(seconds) * SECOND


def after(milliseconds: int) -> datetime:
    return TEN + timedelta(milliseconds=milliseconds)


def part(budget_ms: int, number: int, handover_ms: int) -> int:
    """What one gets, 0 where the division is refused."""
    try:
        return divide(budget_ms, number, handover_ms).allotted_ms
    except TooManyError:
        return 0


# A budget, divided


@pytest.mark.parametrize(
    ("budget", "number", "handover", "expected"),
    [
        ("90:00", 21, "0:30", "3:45"),
        ("75:00", 21, "0:20", "3:10"),
        ("90:00", 20, "0:30", "4:00"),
        # The UPR's 140 minutes for other States, which have no hand-over: 2:20 for sixty, and 1:30 for ninety.
        ("140:00", 60, "0:00", "2:20"),
        ("140:00", 90, "0:00", "1:30"),
        # Exactly a minute is enough; and nobody speaks for more than five.
        ("30:00", 20, "0:30", "1:00"),
        ("90:00", 2, "0:30", "5:00"),
    ],
)
def test_a_budget_is_shared_out_as_the_secretariat_would_by_hand(budget, number, handover, expected):
    division = divide(ms(budget), number, ms(handover))
    assert division.allotted_ms == ms(expected)
    assert division.total_ms == number * (ms(expected) + ms(handover))
    assert division.spare_ms == ms(budget) - division.total_ms


@given(st.integers(0, 300 * MINUTE), slots, handovers)
def test_a_division_is_never_over_budget_and_wastes_less_than_a_step_each(beyond_ms, number, handover_ms):
    budget_ms = number * (handover_ms + LEAST_MS) + beyond_ms
    division = divide(budget_ms, number, handover_ms)
    each = division.allotted_ms
    assert division.total_ms <= budget_ms
    assert LEAST_MS <= each <= MOST_MS
    assert each % STEP_MS == 0
    assert each == MOST_MS or division.spare_ms < number * STEP_MS


@given(budgets, budgets, slots, slots, handovers)
def test_more_time_never_gives_less_and_more_slots_never_give_more(one, other, few, many, handover_ms):
    less, more = sorted((one, other))
    few, many = sorted((few, many))
    assert part(less, few, handover_ms) <= part(more, few, handover_ms)
    assert part(less, many, handover_ms) <= part(less, few, handover_ms)


@given(budgets, slots, handovers, st.integers(1, 20_000), st.integers(1, 2 * MINUTE))
def test_a_refusal_says_the_largest_number_that_fits(budget_ms, number, handover_ms, step_ms, least_ms):
    terms = {"step_ms": step_ms, "least_ms": least_ms}
    try:
        divide(budget_ms, number, handover_ms, **terms)
    except TooManyError as refusal:
        fit = refusal.fit
        assert 0 <= fit < number
        if fit:
            divide(budget_ms, fit, handover_ms, **terms)
        with pytest.raises(TooManyError):
            divide(budget_ms, fit + 1, handover_ms, **terms)


def test_a_refusal_has_words_for_the_chair():
    with pytest.raises(TooManyError) as refused:
        divide(10 * MINUTE, 21, 30 * SECOND)
    assert refused.value.as_answer() == {
        "code": "too_many",
        "message": ("The time is enough for 6 statements at most. Give more time, or fewer delegations the floor."),
    }


@pytest.mark.parametrize(
    "nonsense",
    [
        {"slots": 0},
        {"budget_ms": -1},
        {"handover_ms": -1},
        {"step_ms": 0},
        {"least_ms": 0},
        {"least_ms": 300_001},
        {"most_ms": 59_999},
    ],
)
def test_what_makes_no_sense_is_not_divided(nonsense):
    with pytest.raises(ValueError):
        divide(**{"budget_ms": 90 * MINUTE, "slots": 21, "handover_ms": 0, **nonsense})


# What each is allotted


def test_members_and_observers_have_their_own_time():
    times = {Kind.MEMBER: 3 * MINUTE, Kind.OBSERVER: 2 * MINUTE}
    assert by_kind(["member", "observer", "member"], times) == [3 * MINUTE, 2 * MINUTE, 3 * MINUTE]
    with pytest.raises(LookupError):
        by_kind(["member"], {Kind.OBSERVER: MINUTE})
    assert fixed(3, MINUTE) == [MINUTE] * 3


@given(kinds, st.sampled_from([Fixed(MINUTE), ByKind({"member": 3 * MINUTE, "observer": 2 * MINUTE})]) | budgets)
def test_within_a_kind_all_are_equal(of_slots, policy):
    policy = Divided(policy, 20 * SECOND) if isinstance(policy, int) else policy
    try:
        allotted = allotments(policy, of_slots)
    except TooManyError:
        return
    assert len(allotted) == len(of_slots)
    for kind in Kind:
        assert len({each for each, own in zip(allotted, of_slots, strict=True) if own == kind}) <= 1


@given(kinds, budgets, st.data())
def test_once_live_allotments_stay_whatever_the_policy_would_say(of_slots, budget_ms, data):
    frozen = [data.draw(st.integers(0, MOST_MS)) for _ in of_slots]
    assert allotments(Divided(budget_ms, 0), of_slots, frozen) == frozen
    with pytest.raises(ValueError):
        allotments(Divided(budget_ms, 0), of_slots, [*frozen, 0])


def test_who_drops_out_before_the_session_leaves_more_to_the_others():
    policy = Divided(90 * MINUTE, 30 * SECOND)
    assert allotments(policy, [Kind.MEMBER] * 21) == [ms("3:45")] * 21
    assert allotments(policy, [Kind.MEMBER] * 20) == [ms("4:00")] * 20
    assert allotments(policy, [Kind.MEMBER] * 20, [ms("3:45")] * 20) == [ms("3:45")] * 20
    assert allotments(policy, []) == []


# When each is called


def test_each_is_called_when_the_one_before_is_done():
    assert estimates(TEN, 30 * SECOND, [MINUTE, 2 * MINUTE, MINUTE], 20 * SECOND) == [
        after(30 * SECOND),
        after(110 * SECOND),
        after(250 * SECOND),
    ]


def test_comments_and_breaks_come_before_the_next_call():
    called_at = estimates(TEN, 0, [MINUTE, MINUTE], 0, [10 * SECOND, 5 * MINUTE])
    assert called_at == [after(10 * SECOND), after(10 * SECOND + MINUTE + 5 * MINUTE)]
    with pytest.raises(ValueError):
        estimates(TEN, 0, [MINUTE, MINUTE], 0, [0])


@given(lengths, st.integers(0, 10 * MINUTE), st.integers(0, 10 * MINUTE), handovers)
def test_while_somebody_speaks_within_their_time_no_estimate_moves(upcoming, passed, left, handover_ms):
    before = estimates(TEN, passed + left, upcoming, handover_ms)
    assert estimates(after(passed), left, upcoming, handover_ms) == before


@given(lengths, st.integers(0, MINUTE), st.integers(0, 10 * MINUTE), handovers)
def test_an_overrun_pushes_all_others_by_as_much(upcoming, remaining, over, handover_ms):
    before = estimates(TEN, remaining, upcoming, handover_ms)
    late = estimates(after(remaining + over), -over, upcoming, handover_ms)
    assert late == [called_at + timedelta(milliseconds=over) for called_at in before]


@given(lengths, st.integers(-MINUTE, MINUTE), handovers)
def test_nobody_is_called_before_now_or_before_the_one_ahead_is_done(upcoming, remaining, handover_ms):
    called_at = estimates(TEN, remaining, upcoming, handover_ms)
    assert all(at >= TEN for at in called_at)
    for (one, other), allotted in zip(pairwise(called_at), upcoming, strict=False):
        assert other - one == timedelta(milliseconds=handover_ms + allotted)


# The plan


def test_a_plan_says_when_each_is_called_and_what_is_spare():
    plan = planned(
        Divided(90 * MINUTE, 30 * SECOND),
        [Kind.MEMBER] * 21,
        begins_at=TEN,
        budget_ms=90 * MINUTE,
        handover_ms=30 * SECOND,
    )
    assert plan.allotted_ms == (ms("3:45"),) * 21
    assert plan.called_at == [after(number * ms("4:15")) for number in range(21)]
    assert plan.total_ms == ms("89:15")
    assert plan.spare_ms == 45 * SECOND
    assert plan.ends_at == after(ms("89:15"))


@given(kinds, handovers, st.data())
def test_a_plan_adds_up(of_slots, handover_ms, data):
    rests = [data.draw(st.integers(0, MINUTE)) for _ in of_slots]
    plan = planned(
        Fixed(2 * MINUTE),
        of_slots,
        begins_at=TEN,
        budget_ms=60 * MINUTE,
        handover_ms=handover_ms,
        rest_ms=rests,
    )
    assert plan.total_ms + plan.spare_ms == plan.budget_ms
    if of_slots:
        last = timedelta(milliseconds=handover_ms + plan.allotted_ms[-1])
        assert plan.called_at[-1] + last == plan.ends_at
    with pytest.raises(ValueError):
        planned(Fixed(0), of_slots, begins_at=TEN, budget_ms=0, handover_ms=0, rest_ms=[*rests, 0])
