"""What a page reads once: many rules ask the same of the same person, and a page that is only shown changes none of it.

Within `each_read_once()` an answer is kept under its name until the block ends, or until rights change in it. Outside
of it everything is read anew each time: actions decide by what is so now.
"""

from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, TypeVar

T = TypeVar("T")

_read: ContextVar[dict[Hashable, Any] | None] = ContextVar("read_once", default=None)


@contextmanager
def each_read_once() -> Iterator[None]:
    token = _read.set({})
    try:
        yield
    finally:
        _read.reset(token)


def once(name: Hashable, read: Callable[[], T]) -> T:
    """What `read` answers, or answered before under this name. `name` says what is read, of whom and of what."""
    known = _read.get()
    if known is None:
        return read()
    if name not in known:
        known[name] = read()
    answer: T = known[name]
    return answer


def read_anew() -> None:
    """Whoever changes what is read so calls this."""
    known = _read.get()
    if known is not None:
        known.clear()
