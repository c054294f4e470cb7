"""HTTP ranges (RFC 9110, section 14): which bytes of a file are wanted."""

import re
from dataclasses import dataclass

_ONE = re.compile(r"bytes=[ \t]*(\d{1,18})?-(\d{1,18})?[ \t]*", re.ASCII)


class NotSatisfiableError(Exception):
    """The range begins after the file's end: answered with 416."""


@dataclass(frozen=True, slots=True)
class Span:
    """`length` bytes beginning with byte `first`, which is within the file."""

    first: int
    length: int

    @property
    def last(self) -> int:
        return self.first + self.length - 1


def wanted(header: str, size: int) -> Span | None:
    """The one span that a `Range` header asks for of `size` bytes, or None where the whole file is the answer.

    That is so for what cannot be read and for several ranges at once: both may be ignored, says the RFC, and no
    player asks for several. Raises NotSatisfiableError.
    """
    match = _ONE.fullmatch(header)
    if match is None or match.group(1) is match.group(2) is None:
        return None
    first, last = match.groups()
    if first is None:
        length = min(int(last), size)
        if not length:
            raise NotSatisfiableError
        return Span(size - length, length)
    start = int(first)
    end = size - 1 if last is None else int(last)
    if last is not None and end < start:
        return None
    if start >= size:
        raise NotSatisfiableError
    return Span(start, min(end, size - 1) - start + 1)
