"""A body is taken in as it comes, and whatever ends it, what came of it is handed on and ended."""

import asyncio

import pytest
from django.test import RequestFactory

from files.reception import GATHERED, BrokenOff, Reception, stays_on_the_wire


class Kept:
    """A taker that remembers."""

    def __init__(self, *, refuses=None):
        self.refuses = refuses
        self.steps = []

    def open(self):
        self.steps.append("open")

    def write(self, chunk):
        if self.refuses:
            raise self.refuses
        self.steps.append(chunk)

    def end(self, *, whole):
        self.steps.append(whole)


class Wire:
    """A server's `receive`: gives what is told one by one, raises what is raised, and then says nothing any more."""

    def __init__(self, *told):
        self.told = list(told)
        self.waits = asyncio.Event()

    async def __call__(self):
        if not self.told:
            self.waits.set()
            await asyncio.Event().wait()
        told = self.told.pop(0)
        if isinstance(told, Exception):
            raise told
        return told


def part(body, *, more=True):
    return {"type": "http.request", "body": body, "more_body": more}


async def step(work):
    work()


def received(taker):
    """(the response, what it was told)"""
    told = []
    return Reception(taker, lambda response, error: told.append(error)), told


async def test_small_pieces_are_gathered_and_large_ones_are_not():
    taker = Kept()
    response, told = received(taker)
    large = b"x" * GATHERED
    await response.take(Wire(part(b"a"), part(b"b"), part(large), part(b"c", more=False)), step)
    assert taker.steps == ["open", b"ab" + large, b"c", True]
    assert told == [None]


async def test_nothing_is_a_body_too():
    taker = Kept()
    response, told = received(taker)
    await response.take(Wire(part(b"", more=False)), step)
    assert (taker.steps, told) == (["open", True], [None])


async def test_what_came_before_a_break_is_kept():
    taker = Kept()
    response, told = received(taker)
    await response.take(Wire(part(b"a"), part(b"b"), {"type": "http.disconnect"}), step)
    assert taker.steps == ["open", b"ab", False]
    assert isinstance(told[0], BrokenOff)


async def test_silence_is_a_break(monkeypatch):
    monkeypatch.setattr("files.reception.PATIENCE", 0.01)
    taker = Kept()
    response, told = received(taker)
    await response.take(Wire(part(b"a")), step)
    assert taker.steps == ["open", b"a", False]
    assert isinstance(told[0], BrokenOff)


@pytest.mark.parametrize("where", ["on the wire", "in the taker"])
async def test_whatever_goes_wrong_is_told_and_ended(where):
    wrong = ValueError(where)
    taker = Kept(refuses=wrong if where == "in the taker" else None)
    response, told = received(taker)
    await response.take(Wire(part(b"x" * GATHERED), wrong), step)
    assert taker.steps[-1] is False
    assert told == [wrong]


async def test_a_server_that_gives_the_request_up_ends_it():
    taker, wire = Kept(), Wire(part(b"x" * GATHERED))
    response, told = received(taker)
    taking = asyncio.ensure_future(response.take(wire, step))
    await wire.waits.wait()
    taking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await taking
    assert taker.steps == ["open", b"x" * GATHERED, False]
    assert told == []


def test_a_body_that_is_here_is_read_by_whoever_asks():
    taker = Kept()
    response, told = received(taker)
    response.take_now(RequestFactory().post("/", b"abc", content_type="application/offset+octet-stream"))
    assert (taker.steps, told) == (["open", b"abc", True], [None])


@pytest.mark.parametrize(
    ("content_type", "stays"),
    [
        (b"application/offset+octet-stream", True),
        (b"Application/Offset+Octet-Stream; charset=x", True),
        (b"application/octet-stream", False),
        (b"multipart/form-data; boundary=application/offset+octet-stream", False),
    ],
)
def test_only_a_body_of_its_type_stays_on_the_wire(content_type, stays):
    assert stays_on_the_wire({"headers": [(b"host", b"a"), (b"Content-Type", content_type)]}) is stays
    assert not stays_on_the_wire({"headers": []})
