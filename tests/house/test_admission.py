"""A storm of requests waits in front of the database; a slow upload, a film and a stream hold nobody up."""

import asyncio

import pytest

from config import admission
from config.admission import Admission


class Pages:
    """An application that says how many requests it works on, and answers when it may."""

    def __init__(self) -> None:
        self.at_work = 0
        self.most = 0
        self.may_answer = asyncio.Event()
        self.may_end = asyncio.Event()

    async def __call__(self, scope, receive, send) -> None:
        while (await receive()).get("more_body"):
            continue
        self.at_work += 1
        self.most = max(self.most, self.at_work)
        await self.may_answer.wait()
        self.at_work -= 1
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await self.may_end.wait()
        await send({"type": "http.response.body", "body": b""})


class Request:
    def __init__(self, door: Admission, *parts: dict) -> None:
        self.told: list[dict] = []
        self._parts = list(parts) or [{"type": "http.request"}]
        self._more = asyncio.Event()
        self.task = asyncio.ensure_future(door({"type": "http"}, self._receive, self._send))

    def ends_its_body(self) -> None:
        self._parts.append({"type": "http.request", "more_body": False})
        self._more.set()

    async def _receive(self) -> dict:
        if not self._parts:
            await self._more.wait()
        return self._parts.pop(0)

    async def _send(self, told: dict) -> None:
        self.told.append(told)


async def turn() -> None:
    """Everything that can go on without time passing goes on."""
    for _ in range(20):
        await asyncio.sleep(0)


async def test_the_others_wait_in_line_and_all_are_answered():
    pages = Pages()
    door = Admission(pages, at_once=3)
    requests = [Request(door) for _ in range(10)]
    await turn()
    assert pages.at_work == 3
    pages.may_answer.set()
    pages.may_end.set()
    await asyncio.gather(*(request.task for request in requests))
    assert pages.most == 3
    assert [request.told[0]["status"] for request in requests] == [200] * 10


async def test_what_is_being_uploaded_or_sent_takes_no_place():
    pages = Pages()
    door = Admission(pages, at_once=1)
    uploads = [Request(door, {"type": "http.request", "more_body": True}) for _ in range(5)]
    pages.may_answer.set()
    films = [Request(door) for _ in range(5)]
    await turn()
    assert [len(film.told) for film in films] == [1] * 5
    pages.may_end.set()
    for upload in uploads:
        upload.ends_its_body()
    await asyncio.gather(*(each.task for each in [*uploads, *films]))
    assert pages.most == 1


async def test_a_line_that_does_not_move_is_told_to_come_again(monkeypatch):
    monkeypatch.setattr(admission, "PATIENCE", 0.02)
    pages = Pages()
    door = Admission(pages, at_once=1)
    first, second = Request(door), Request(door)
    await second.task
    assert second.told[0]["status"] == 503
    assert (b"retry-after", b"5") in second.told[0]["headers"]
    pages.may_answer.set()
    pages.may_end.set()
    await first.task
    third = Request(door)
    await third.task
    assert third.told[0]["status"] == 200


async def test_a_request_that_fails_gives_its_place_back():
    async def failing(scope, receive, send) -> None:
        await receive()
        raise RuntimeError("a mistake")

    door = Admission(failing, at_once=1)
    for _ in range(3):
        with pytest.raises(RuntimeError):
            await Request(door).task


async def test_sockets_are_no_requests():
    seen = []

    async def sockets(scope, receive, send) -> None:
        seen.append(receive)

    own = object()
    await Admission(sockets, at_once=1)({"type": "websocket"}, own, own)
    assert seen == [own]
