"""What the time is: a page may ask by whichever way it came, and is answered at once, without any database."""

import asyncio
import json
import time
from urllib.parse import urlencode

import pytest
import pytest_asyncio
from asgiref.sync import sync_to_async
from channels.testing import WebsocketCommunicator
from django.conf import settings
from django.test import AsyncClient
from django.urls import reverse

from config.asgi import application
from outbox import tickets
from realtime.frames import Frame
from realtime.hub import close_hub, hub
from realtime.writers import SocketWriter
from sessions.questions.models import QuestionTime, Window

NO_TIMES = ["-1", "1e400", "true", '"5"', "[]", "{}", "12345678901234567890", "NaN"]


@pytest.fixture
def floor(panel):
    QuestionTime.objects.update_or_create(session=panel, defaults={"window": Window.OPEN})
    return f"session.{panel.pk}.floor"


@pytest.fixture
def no_database(monkeypatch):
    """From its call on, whatever asks a database on the live edge fails."""

    async def no_thread(*asked: object) -> None:
        raise AssertionError(f"{asked} was asked of the database")

    def forbid() -> None:
        for module in ("sockets", "hub", "arrivals", "beginnings"):
            monkeypatch.setattr(f"realtime.{module}.in_thread", no_thread)

    return forbid


def is_time(frame: dict) -> bool:
    return "time" in frame


def ms_off(now: int) -> float:
    return abs(now - time.time() * 1000)


async def test_a_socket_says_back_what_the_page_sent_and_what_the_time_is(open_page, no_database, ben):
    page = await open_page(ben)
    no_database()
    await page.say({"time": 81234.5})
    told = (await page.until(is_time))["time"]
    assert told.keys() == {"yours", "now", "held_ms"}
    assert told["yours"] == 81234.5
    assert ms_off(told["now"]) < 1000
    assert 0 <= told["held_ms"] < 1000


async def test_a_page_that_joins_by_its_ticket_is_told_the_time_without_a_database(
    open_page, browser_of, no_database, floor, ben
):
    browser = await browser_of(ben)
    first = await open_page(cookie=browser)
    await first.follow(floor)
    at = await hub().rights_at()
    ticket = tickets.make_ticket(ben.pk, [floor], at, language="en", browser=browser)
    no_database()
    page = await unopened(browser)
    await page.send_input(
        {"type": "websocket.receive", "text": json.dumps({"ticket": ticket, "follow": {floor: {}}, "time": 7})}
    )
    frames = [json.loads(await page.receive_from(timeout=20)) for _ in range(4)]
    assert [frame["time"]["yours"] for frame in frames if is_time(frame)] == [7]
    assert [frame["hello"]["user"] for frame in frames if "hello" in frame] == [ben.pk]
    await page.disconnect()


async def unopened(browser: str) -> WebsocketCommunicator:
    cookie = f"{settings.SESSION_COOKIE_NAME}={browser}".encode()
    headers = [(b"host", b"localhost"), (b"origin", b"http://localhost"), (b"cookie", cookie)]
    socket = WebsocketCommunicator(application, "/live/socket/", headers=headers)
    assert (await socket.connect(timeout=20))[0]
    return socket


async def test_what_a_question_waited_for_is_told_and_counts_for_nobody(open_page, browser_of, monkeypatch, ben):
    """A page that comes in by its cookie, and a database that takes its time."""
    browser = await browser_of(ben)
    really = __import__("realtime.arrivals", fromlist=["arrive"]).arrive

    async def slowly(*args: object, **kwargs: object) -> object:
        await asyncio.sleep(0.2)
        return await really(*args, **kwargs)

    await open_page(ben)
    monkeypatch.setattr("realtime.sockets.arrive", slowly)
    page = await unopened(browser)
    began = time.monotonic()
    await page.send_input({"type": "websocket.receive", "text": '{"time": 7}'})
    while not is_time(frame := json.loads(await page.receive_from(timeout=20))):
        continue
    trip = (time.monotonic() - began) * 1000
    assert 200 <= frame["time"]["held_ms"] <= trip + 1
    assert ms_off(frame["time"]["now"]) < 1000
    await page.disconnect()


async def test_the_time_stands_before_a_command_that_takes_long(open_page, ben, monkeypatch):
    page = await open_page(ben)
    goes_on = asyncio.Event()

    async def waits(*args: object) -> dict:
        await goes_on.wait()
        return {}

    monkeypatch.setattr("realtime.sockets._Page._do", waits)
    await page.say({"time": 5, "do": "question.vote", "with": {"question_id": 1}, "id": "nobody reads it"})
    assert (await page.until(is_time))["time"]["yours"] == 5
    goes_on.set()
    await page.silence()
    assert len([frame for frame in page.frames if is_time(frame)]) == 1


async def test_a_refused_message_is_told_the_time_all_the_same(open_page, ben):
    page = await open_page(ben)
    await page.say({"time": 5, "do": "no.such", "id": "not a uuid"})
    assert (await page.until(is_time))["time"]["yours"] == 5
    assert (await page.until(lambda frame: "refused" in frame))["refused"]["code"] == "invalid"


@pytest.mark.parametrize("nonsense", NO_TIMES)
async def test_what_is_no_time_is_refused_and_the_socket_stays(open_page, ben, nonsense):
    page = await open_page(ben)
    await page.say(f'{{"time": {nonsense}}}')
    assert (await page.until(lambda frame: "refused" in frame))["refused"]["code"] == "invalid"
    await page.say({"time": 5})
    assert (await page.until(is_time))["time"]["yours"] == 5


def test_the_time_goes_out_with_what_was_kept_and_before_it():
    written: list[bytes] = []

    class Recorder:
        name = "recorder"

        def write(self, wire: bytes) -> bool:
            written.append(wire)
            return True

        def waiting(self) -> int:
            return 0

    async def send(message: dict) -> None:
        raise AssertionError("it goes by the line")

    writer = SocketWriter(send)
    writer.take_line(Recorder())
    hello, its_time = Frame('{"hello":{}}'), Frame('{"time":{}}')
    writer.hold()
    writer.write(hello)
    writer.let_go(its_time)
    writer.hold()
    writer.let_go(its_time)
    assert written == [its_time.wire + hello.wire, its_time.wire]


# Over HTTP


@pytest_asyncio.fixture
async def hubs_end(transactional_db):
    yield
    await close_hub()


async def asking(user) -> AsyncClient:
    client = AsyncClient()
    await sync_to_async(client.force_login)(user)
    return client


async def test_a_page_that_asks_for_news_is_told_the_time_in_the_answer(hubs_end, floor, olga):
    client = await asking(olga)
    answer = await client.get(reverse("realtime:since"), {"topic": floor, "time": "81234.5"})
    (told,) = [frame["time"] for frame in answer.json()["frames"] if is_time(frame)]
    assert told["yours"] == 81234.5
    assert ms_off(told["now"]) < 1000


async def test_a_stream_begins_with_the_time(hubs_end, floor, olga):
    client = await asking(olga)
    response = await client.get(reverse("realtime:events"), {"topic": floor, "time": "7"})
    stream = response.streaming_content.__aiter__()
    async with asyncio.timeout(20):
        first = json.loads((await stream.__anext__()).decode().removeprefix("data: "))
        second = json.loads((await stream.__anext__()).decode().removeprefix("data: "))
    assert (first["time"]["yours"], second["hello"]["user"]) == (7, olga.pk)
    await stream.aclose()


async def test_beside_a_stream_the_time_is_asked_for_by_itself_and_no_database_for_anything():
    """No mark lets this test use the database: whatever did would fail."""
    client, cookie = AsyncClient(), f"{settings.SESSION_COOKIE_NAME}=somebodys"
    answer = await client.get(reverse("realtime:time"), {"time": "7"}, headers={"cookie": cookie})
    assert answer["Cache-Control"] == "no-store"
    assert answer.json()["time"]["yours"] == 7
    assert ms_off(answer.json()["time"]["now"]) < 1000


@pytest.mark.parametrize("query", ["", *(urlencode({"time": each}) for each in ["", "x", "-1", "nan", "inf", "1e400"])])
async def test_what_is_no_time_in_an_address_is_refused(query):
    answer = await AsyncClient().get(f"{reverse('realtime:time')}?{query}", headers={"accept": "application/json"})
    assert (answer.status_code, answer.json()["refused"]["code"]) == (400, "invalid")


@pytest.mark.parametrize("way", ["since", "events"])
async def test_nor_is_it_beside_a_topic(hubs_end, floor, olga, way):
    client = await asking(olga)
    query = {"topic": floor, "time": "nan"}
    answer = await client.get(reverse(f"realtime:{way}"), query, headers={"accept": "application/json"})
    assert (answer.status_code, answer.json()["refused"]["code"]) == (400, "invalid")
