"""One phone that does not read stops nobody, and is repaired when it reads again."""

import asyncio
import json

import pytest

from realtime.frames import Frame
from realtime.hub import Stand
from realtime.sockets import may_follow
from realtime.writers import QueueWriter, SocketWriter


class Server:
    """An ASGI server's `send`: it takes frames at once until its buffer is full, then makes the sender wait."""

    def __init__(self) -> None:
        self.sent: list[dict] = []
        self.writable = asyncio.Event()
        self.writable.set()
        self.gone = False

    async def send(self, message: dict) -> None:
        if self.gone:
            raise OSError("the socket is gone")
        await self.writable.wait()
        self.sent.append(message)


async def test_a_frame_leaves_in_one_step():
    server = Server()
    writer = SocketWriter(server.send)
    assert writer.write(Frame("one"))
    assert server.sent == [{"type": "websocket.send", "text": "one"}]


async def test_a_full_buffer_refuses_the_next_frame_and_loses_none_it_took():
    server = Server()
    writer = SocketWriter(server.send)
    server.writable.clear()
    assert writer.write(Frame("taken"))
    assert not writer.write(Frame("refused"))
    server.writable.set()
    await writer.drained()
    assert writer.write(Frame("next"))
    assert [message["text"] for message in server.sent] == ["taken", "next"]


async def test_a_socket_that_never_reads_is_closed(monkeypatch):
    monkeypatch.setattr("realtime.writers.LAGGING_AT_MOST", 0.05)
    server = Server()
    writer = SocketWriter(server.send)
    server.writable.clear()
    writer.write(Frame("taken"))
    await writer.drained()
    server.writable.set()
    await writer.drained()
    assert server.sent == [{"type": "websocket.close", "code": 4013, "reason": "too slow"}]
    assert writer.write(Frame("to nobody"))


async def test_a_socket_that_went_away_is_nobodys_error():
    server = Server()
    writer = SocketWriter(server.send)
    server.gone = True
    assert writer.write(Frame("to nobody"))
    assert writer.write(Frame("to nobody"))


async def test_a_full_stream_refuses_the_next_frame_and_loses_none_it_took():
    writer = QueueWriter()
    took = [number for number in range(1000) if writer.write(Frame(json.dumps(number)))]
    assert took == list(range(len(took)))
    assert len(took) < 1000
    taken = writer.taken()
    assert [json.loads(await anext(taken)) for _ in took] == took
    await writer.drained()
    assert writer.write(Frame("next"))


async def test_a_stream_that_is_never_read_is_ended_rather_than_shortened(monkeypatch):
    monkeypatch.setattr("realtime.writers.LAGGING_AT_MOST", 0.05)
    writer = QueueWriter()
    while writer.write(Frame("frame")):
        continue
    await writer.drained()
    assert writer.closed_because == 4013
    assert [text async for text in writer.taken()] == []
    assert writer.write(Frame("to nobody"))


@pytest.mark.django_db(transaction=True)
async def test_a_slow_page_catches_up_and_stops_nobody(open_page, act, panel, ben, ada, olga):
    from realtime.hub import hub  # noqa: PLC0415  one hub a loop
    from sessions.questions.actions import approve_question  # noqa: PLC0415
    from sessions.questions.models import Question  # noqa: PLC0415

    topic = f"session.{panel.pk}.floor"
    questions = await act(
        lambda: [Question.objects.create(session=panel, author=ben, text=f"Question number {n}?") for n in range(5)]
    )
    quick = await open_page(olga)
    await quick.follow(topic)
    server = Server()
    slow = SocketWriter(server.send)
    slow.user_id = ben.pk
    hub().arrive(slow)
    await hub().follow(slow, {topic: Stand()}, lambda _: False, may_follow)
    server.writable.clear()
    for question in questions:
        await act(approve_question, question.pk, by=ada)
    while len(quick.events(topic)) < 5:
        await quick.until(lambda frame: "seq" in frame)
    assert [message for message in server.sent if "seq" in json.loads(message["text"])] == []
    server.writable.set()
    async with asyncio.timeout(20):
        while len([1 for message in server.sent if "seq" in json.loads(message["text"])]) < 5:
            await quick.silence(0.05)
    seqs = [json.loads(message["text"])["seq"] for message in server.sent if "seq" in json.loads(message["text"])]
    assert seqs == [seq for seq, _ in quick.events(topic)]
    hub().leave(slow)
