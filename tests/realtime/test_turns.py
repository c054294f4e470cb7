"""A hall is written to in turns: whoever comes, leaves or falls behind in the middle gets each event once, in order."""

import asyncio
import json
from collections.abc import Callable

import pytest
import pytest_asyncio

from realtime import hub as hubs
from realtime.frames import Frame
from realtime.hub import Stand, close_hub, hub
from realtime.sockets import may_follow
from sessions.questions.actions import approve_question
from sessions.questions.models import Question, QuestionTime, Window

pytestmark = pytest.mark.django_db(transaction=True)


class Listener:
    """A follower that is written to directly, or frame by frame; `room` is how many writes it takes."""

    def __init__(self, *, takes_bundles: bool = True, room: int = 10**6) -> None:
        self.user_id = None
        self.takes_bundles = takes_bundles
        self.room = room
        self.told: list[str] = []
        self.writes = 0
        self._drained = asyncio.Event()

    def write(self, frame: Frame) -> bool:
        if self.room <= 0:
            self._drained.clear()
            return False
        self.room -= 1
        self.writes += 1
        wire = frame.wire
        while wire:
            head, length = 2, wire[1]
            if length == 126:
                head, length = 4, int.from_bytes(wire[2:4], "big")
            elif length == 127:
                head, length = 10, int.from_bytes(wire[2:10], "big")
            self.told.append(wire[head : head + length].decode())
            wire = wire[head + length :]
        return True

    def read(self) -> None:
        self.room = 10**6
        self._drained.set()

    async def drained(self) -> None:
        await self._drained.wait()

    def close(self, code: int, reason: str) -> None:
        raise AssertionError(f"{code} {reason}")

    @property
    def seqs(self) -> list[int]:
        return [frame["seq"] for text in self.told if "seq" in (frame := json.loads(text))]


@pytest.fixture
def floor(panel):
    QuestionTime.objects.update_or_create(session=panel, defaults={"window": Window.OPEN})
    return f"session.{panel.pk}.floor"


@pytest_asyncio.fixture
async def follow(transactional_db, floor):
    async def following(listener: Listener) -> Listener:
        hub().arrive(listener)
        assert await hub().follow(listener, {floor: Stand()}, lambda _: True, may_follow) == []
        return listener

    yield following
    await close_hub()


@pytest.fixture(autouse=True)
def short_turns(monkeypatch):
    monkeypatch.setattr(hubs, "TURN", 2)


def pushed(topic: str, *seqs: int) -> None:
    feed = hub().feeds[topic]
    for seq in seqs:
        hub()._push(feed, seq, Frame(json.dumps({"topic": topic, "seq": seq, "name": "x", "cards": {}})))


async def until(true: Callable[[], bool]) -> None:
    async with asyncio.timeout(20):
        while not true():  # noqa: ASYNC110  what is waited for has no event of its own
            await asyncio.sleep(0)


async def all_told(topic: str) -> None:
    await until(lambda: hub().feeds[topic].due is None)


async def test_what_comes_meanwhile_goes_out_together_and_in_order(follow, floor):
    listeners = [await follow(Listener()) for _ in range(9)]
    before = [listener.writes for listener in listeners]
    pushed(floor, 1)
    await asyncio.sleep(0)
    pushed(floor, 2, 3, 4)
    await all_told(floor)
    assert [listener.seqs for listener in listeners] == [[1, 2, 3, 4]] * 9
    assert [listener.writes - was for listener, was in zip(listeners, before, strict=True)] == [2] * 9


async def test_a_socket_written_to_by_send_gets_them_one_by_one(follow, floor):
    others = [await follow(Listener()) for _ in range(6)]
    by_send = await follow(Listener(takes_bundles=False))
    before = by_send.writes
    pushed(floor, 1, 2, 3)
    await all_told(floor)
    assert by_send.seqs == others[0].seqs == [1, 2, 3]
    assert by_send.writes - before == 3


async def test_whoever_comes_or_leaves_in_the_middle_gets_nothing_twice_and_misses_nothing(follow, floor):
    listeners = [await follow(Listener()) for _ in range(8)]
    pushed(floor, 1, 2)
    await asyncio.sleep(0)
    hub().leave(listeners[-1])
    late = await follow(Listener())
    pushed(floor, 3)
    await all_told(floor)
    assert [listener.seqs for listener in listeners[:-1]] == [[1, 2, 3]] * 7
    assert listeners[-1].seqs == []
    # A snapshot stands at what is there when it is read, and an event is told after it or is in it.
    stands = int(json.loads(late.told[0])["at"].rpartition(":")[2])
    assert late.seqs == [1, 2, 3][stands:]


@pytest.mark.parametrize("hall", [3, 9])
async def test_one_that_cannot_be_written_to_keeps_it_from_nobody(follow, floor, hall, caplog):
    class Broken(Listener):
        def write(self, frame: Frame) -> bool:
            if b'"seq"' in frame.wire:
                raise ValueError("a server's mistake")
            return super().write(frame)

        def close(self, code: int, reason: str) -> None:
            self.told.append(f"closed {code}")

    broken = await follow(Broken())
    others = [await follow(Listener()) for _ in range(hall)]
    pushed(floor, 1, 2)
    await all_told(floor)
    assert [listener.seqs for listener in others] == [[1, 2]] * hall
    assert broken.told[-1] == "closed 4013"
    assert "a page could not be written to" in caplog.text


async def test_whoever_falls_behind_is_repaired_without_a_repeat(follow, floor, act, panel, ben, ada):
    questions = await act(
        lambda: [Question.objects.create(session=panel, author=ben, text=f"Island number {n}?") for n in range(6)]
    )
    listeners = [await follow(Listener()) for _ in range(5)]
    slow = await follow(Listener())
    slow.room = 1
    for question in questions:
        await act(approve_question, question.pk, by=ada)
    await until(lambda: len(listeners[0].seqs) == 6)
    slow.read()
    await until(lambda: len(slow.seqs) == 6)
    assert slow.seqs == listeners[0].seqs == [1, 2, 3, 4, 5, 6]
