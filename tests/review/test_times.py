"""Time shared out: nobody is over budget, and nobody is treated differently."""

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
    fixed,
    planned,
)

SECOND, MINUTE = 1000, 60_000

budgets = st.integers(0, 300 * MINUTE)
slots = st.integers(1, 120)
handovers = st.integers(0, 2 * MINUTE)
kinds = st.lists(st.sampled_from(Kind), max_size=30)


def ms(text: str) -> int:
    minutes, seconds = text.split(":")
    return int(minutes) * MINUTE + int(seconds) * SECOND


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


def test_who_drops_out_before_the_session_leaves_more_to_the_others():
    policy = Divided(90 * MINUTE, 30 * SECOND)
    assert allotments(policy, [Kind.MEMBER] * 21) == [ms("3:45")] * 21
    assert allotments(policy, [Kind.MEMBER] * 20) == [ms("4:00")] * 20
    assert allotments(policy, []) == []


# The plan


def test_a_plan_says_what_each_has_and_what_is_spare():
    budget, handover = 90 * MINUTE, 30 * SECOND
    plan = planned(Divided(budget, handover), [Kind.MEMBER] * 21, budget_ms=budget, handover_ms=handover)
    assert plan.allotted_ms == (ms("3:45"),) * 21
    assert (plan.total_ms, plan.spare_ms) == (ms("89:15"), 45 * SECOND)


@given(kinds, handovers)
def test_a_plan_adds_up(of_slots, handover_ms):
    plan = planned(Fixed(2 * MINUTE), of_slots, budget_ms=60 * MINUTE, handover_ms=handover_ms)
    assert plan.total_ms == len(of_slots) * (2 * MINUTE + handover_ms)
    assert plan.total_ms + plan.spare_ms == plan.budget_ms
