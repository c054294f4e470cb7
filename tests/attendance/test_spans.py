"""The arithmetic of presence, held against a model that looks at each minute."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from sessions.attendance.chart import chart_of, top_of
from sessions.attendance.queries import CurvePoint
from sessions.attendance.spans import merged, moments_between, present_at, whole_minutes

TEN = datetime(2026, 11, 25, 10, 0, tzinfo=UTC)


def minute(number: int) -> datetime:
    return TEN + timedelta(minutes=number)


def span(pair: tuple[int, int]) -> tuple[datetime, datetime]:
    first, last = sorted(pair)
    return minute(first), minute(last)


numbers = st.integers(0, 90)
pairs = st.tuples(numbers, numbers)
spans_of_one = st.lists(pairs.map(span), max_size=12)


@given(spans_of_one, pairs.map(span))
def test_minutes_are_those_in_which_any_span_says_the_person_was_there(spans, within):
    each_minute = [
        number
        for number in range(90)
        if within[0] <= minute(number) < within[1]
        and any(from_at <= minute(number) < to_at for from_at, to_at in spans)
    ]
    assert whole_minutes(merged(spans, within)) == len(each_minute)


@given(spans_of_one, pairs.map(span))
def test_merged_spans_lie_in_order_apart_and_within(spans, within):
    laid = merged(spans, within)
    assert all(within[0] <= from_at <= to_at <= within[1] for from_at, to_at in laid)
    assert all(one[1] < next_one[0] for one, next_one in pairwise(laid))
    assert merged(laid, within) == laid


@given(st.lists(spans_of_one, max_size=6), st.lists(numbers, max_size=10))
def test_a_curve_counts_each_person_once_at_each_moment(people, at):
    within = (minute(0), minute(90))
    moments = [minute(number) for number in at]
    laid = [merged(spans, within) for spans in people]
    seen = [sum(any(a <= moment <= b for a, b in spans) for spans in people) for moment in moments]
    assert present_at(moments, laid) == seen


def test_half_a_minute_counts_as_one_and_less_as_none():
    within = (minute(0), minute(10))
    half = timedelta(seconds=30)
    assert whole_minutes(merged([(minute(0), minute(1) + half)], within)) == 2
    assert whole_minutes(merged([(minute(0), minute(1) + half - timedelta(seconds=1))], within)) == 1
    assert whole_minutes(merged([(minute(0), minute(0))], within)) == 0


@given(st.integers(0, 60 * 60 * 12), st.integers(3, 121))
def test_moments_reach_from_end_to_end_whole_minutes_apart(seconds, at_most):
    moments = moments_between(TEN, TEN + timedelta(seconds=seconds), at_most)
    assert (moments[0], moments[-1]) == (TEN, TEN + timedelta(seconds=seconds))
    assert len(moments) <= at_most
    assert len(set(moments)) == len(moments)
    assert {(moment - TEN).seconds % 60 for moment in moments[:-1]} <= {0}


# The drawing


@given(st.lists(st.integers(0, 5000), min_size=2, max_size=121))
def test_a_drawing_stays_in_its_frame(present):
    chart = chart_of([CurvePoint(minute(number), count) for number, count in enumerate(present)], "Asia/Makassar")
    if not any(present):
        assert chart is None
        return
    for corner in chart.line.removeprefix("M").split("L"):
        x, y = map(float, corner.split())
        assert 0 <= x <= 100
        assert 0 <= y <= 100
    assert chart.highest.present == max(present)
    assert (chart.rows[0].at, chart.rows[-1].at) == (minute(0), minute(len(present) - 1))
    assert len(chart.times) <= 6


@given(st.integers(1, 100_000))
def test_the_scale_ends_above_the_highest_and_its_lines_are_whole(highest):
    top = top_of(highest)
    assert highest <= top <= max(4, 2.5 * highest)
    assert top % 4 == 0


def test_the_times_of_a_drawing_are_round_on_the_conferences_clock():
    curve = [CurvePoint(minute(number), 3) for number in range(7, 90)]
    assert [tick.label for tick in chart_of(curve, "Asia/Makassar").times] == ["18:30", "19:00"]
    assert [tick.label for tick in chart_of(curve, "Asia/Kathmandu").times] == ["16:00", "16:30", "17:00"]
    assert [tick.label for tick in chart_of(curve[:20], "Asia/Kathmandu").times] == ["15:55", "16:00", "16:05", "16:10"]
