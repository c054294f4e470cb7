"""Which bytes a `Range` header asks for: the arithmetic, for every size and span."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from files.ranges import NotSatisfiableError, Span, wanted

SIZES = st.integers(min_value=1, max_value=10**12)


@given(SIZES, st.integers(0, 10**12), st.integers(0, 10**12))
def test_from_first_to_last(size, first, last):
    header = f"bytes={first}-{last}"
    if last < first:
        assert wanted(header, size) is None
    elif first >= size:
        with pytest.raises(NotSatisfiableError):
            wanted(header, size)
    else:
        span = wanted(header, size)
        assert (span.first, span.last) == (first, min(last, size - 1))


@given(SIZES, st.integers(0, 10**12))
def test_from_first_to_the_end(size, first):
    header = f"bytes={first}-"
    if first >= size:
        with pytest.raises(NotSatisfiableError):
            wanted(header, size)
    else:
        assert wanted(header, size) == Span(first, size - first)


@given(SIZES, st.integers(1, 10**12))
def test_the_last_so_many(size, count):
    assert wanted(f"bytes=-{count}", size) == Span(max(0, size - count), min(count, size))


def test_the_last_nought_bytes_are_none():
    with pytest.raises(NotSatisfiableError):
        wanted("bytes=-0", 10)


@given(st.text(max_size=40), SIZES)
def test_nonsense_is_ignored_or_within_the_file(header, size):
    try:
        span = wanted(header, size)
    except NotSatisfiableError:
        return
    assert span is None or 0 <= span.first <= span.last < size


@pytest.mark.parametrize(
    "header", ["", "bytes", "bytes=", "bytes=-", "bytes=a-b", "lines=0-1", "bytes=0-1,4-5", "bytes=1--2", "bytes=٣-٤"]
)
def test_what_cannot_be_read_and_several_ranges_mean_the_whole(header):
    assert wanted(header, 10) is None
