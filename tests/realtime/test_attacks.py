"""What an unkind world does to the live edge: databases away, sockets that stop, pages that ask at odd times.

Each of these once lost something, kept something for ever, or stood still.
"""

import asyncio
import json
import os
import subprocess
import sys
import time
from contextlib import closing, suppress
from http.client import HTTPConnection
from socket import socket

import msgspec
import pytest
import pytest_asyncio
from channels.testing import WebsocketCommunicator
from django.db import OperationalError, connection
from django.test import Client, RequestFactory

from accounts.queries import person_of_browser
from config.asgi import application
from outbox import bus, reading
from outbox.changes import action, change_rights
from outbox.models import Event, Topic
from realtime import arrivals, heartbeat, presence
from realtime import hub as hubs
from realtime.frames import Frame
from realtime.hub import Stand, close_hub, hub
from realtime.sockets import MOST_TOPICS, may_follow
from realtime.subscriptions import RedisSubscriptions
from realtime.views import _stream
from realtime.writers import SocketWriter
from sessions.questions.actions import approve_question, vote_for
from sessions.questions.models import Question, QuestionTime, Status, Window

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(60)]


@pytest.fixture
def ask(panel, ben, transactional_db):
    QuestionTime.objects.update_or_create(session=panel, defaults={"window": Window.OPEN})

    def asked(count: int = 1, status: Status = Status.PENDING) -> list[Question]:
        return [
            Question.objects.create(session=panel, author=ben, text=f"What about island number {n}?", status=status)
            for n in range(count)
        ]

    return asked


@pytest.fixture
def floor(panel):
    return f"session.{panel.pk}.floor"


class Away:
    """A database that cannot be reached while `away`: what `reading` asks of it fails."""

    def __init__(self, monkeypatch) -> None:
        self.away = False
        for name in ("may_follow", "standing_of", "missed", "snapshot", "tallies_since"):
            monkeypatch.setattr(reading, name, self._unless_away(getattr(reading, name)))

    def _unless_away(self, asked):
        def answer(*args, **kwargs):
            if self.away:
                raise OperationalError("the database is away")
            return asked(*args, **kwargs)

        return answer


@pytest.fixture
def database(monkeypatch):
    return Away(monkeypatch)


class Phone:
    """A page behind an ASGI server whose buffer takes `room` bytes before a sender waits; `read()` empties it."""

    def __init__(self, user_id: int | None = None, room: int = 64 * 1024) -> None:
        self.writer = SocketWriter(self.send)
        self.writer.user_id = user_id
        self.room, self.held = room, 0
        self.frames: list[dict] = []
        self.closed = 0
        self._writable = asyncio.Event()
        self._writable.set()

    async def send(self, message: dict) -> None:
        await self._writable.wait()
        if message["type"] == "websocket.close":
            self.closed = message["code"]
            return
        self.frames.append(json.loads(message["text"]))
        self.held += len(message["text"])
        if self.held >= self.room:
            self._writable.clear()

    def read(self) -> None:
        self.held = 0
        self._writable.set()


async def within(seconds: float, true) -> None:
    async with asyncio.timeout(seconds):
        while not true():  # noqa: ASYNC110  what is waited for has no event of its own
            await asyncio.sleep(0.01)


async def follow(phone: Phone, topic: str) -> None:
    refused = await hub().follow(phone.writer, {topic: Stand()}, lambda _: False, may_follow)
    assert refused == []


@pytest_asyncio.fixture
async def phone_of(transactional_db):
    """`await phone_of(olga, room=…)`: a phone of hers that has arrived at the hub."""
    phones: list[Phone] = []

    async def arrived(user, room: int = 64 * 1024) -> Phone:
        phones.append(Phone(user.pk, room))
        await hub().rights_at()
        hub().arrive(phones[-1].writer)
        return phones[-1]

    yield arrived
    for phone in phones:
        hub().leave(phone.writer)
    await close_hub()


async def test_what_was_refused_is_not_counted_among_what_is_followed(open_page, act, ask, floor, ada):
    await act(ask)
    page = await open_page(ada)
    for start in (1000, 2000):
        await page.follow(*(f"session.{start + n}.floor" for n in range(MOST_TOPICS)))
    await page.follow(floor)
    assert "part" in page.frames[-1]


async def test_leaving_what_was_never_followed_is_nothing(open_page, act, ask, ada, floor):
    await act(ask)
    page = await open_page(ada)
    await page.say({"leave": [floor, "nonsense", floor]})
    await page.follow(floor)
    assert "part" in page.frames[-1]


async def test_a_socket_that_ends_in_an_error_leaves_nothing_in_the_hub(open_page, act, ask, floor, ada, database):
    await act(ask)
    page = await open_page(ada)
    await page.follow(floor)
    database.away = True
    await page.say({"follow": {f"user.{ada.pk}": {}}})
    with pytest.raises(OperationalError):
        await page.socket.wait(5)
    page.closed = 1011
    assert hub()._of == {}
    await within(20, lambda: set(hub().feeds) == {"rights"})


@pytest.mark.parametrize("command", ["question.approve", "question.vote"])
async def test_a_command_that_fails_is_answered_and_the_socket_stays(open_page, ada, monkeypatch, command):
    page = await open_page(ada)

    def broken(*args, **kwargs):
        raise OperationalError("the database is away")

    with monkeypatch.context() as patched:
        for name in ("sockets.perform", "together.perform", "together.perform_together"):
            patched.setattr(f"realtime.{name}", broken)
        answer = await page.do(command, {"question_id": 1})
    assert answer["refused"]["code"] == "failed"
    assert "away" not in json.dumps(answer)
    again = await page.do(command, {"question_id": 10**9})
    assert again["refused"]["code"] == "not_there"


async def test_a_page_that_cannot_be_caught_up_is_sent_to_come_back(act, ask, floor, olga, database, phone_of):
    """It would otherwise stay open and never hear of this topic again, while other topics keep its link alive."""
    await act(ask)
    phone = await phone_of(olga)
    await follow(phone, floor)
    feed = hub().feeds[floor]
    database.away = True
    await hub()._look_anew(feed, feed.standing)
    await within(20, lambda: phone.closed)
    assert phone.closed == 4013


async def test_a_feed_that_could_not_open_takes_no_other_with_it(act, ask, floor, olga, database, phone_of):
    """Two wait for a topic that fails to open; between their two errors a third opens it anew."""
    await act(ask)
    await phone_of(olga)
    ours = hub()
    third: list[asyncio.Future] = []

    def open_anew(_opened) -> None:
        database.away = False
        third.append(asyncio.ensure_future(ours._open(floor)))

    database.away = True
    first = asyncio.ensure_future(ours._open(floor))
    await asyncio.sleep(0)
    # Called after the first was told of the failure and before the second is.
    ours.feeds[floor].opened.add_done_callback(open_anew)
    second = asyncio.ensure_future(ours._open(floor))
    errors = await asyncio.gather(first, second, return_exceptions=True)
    assert [type(error) for error in errors] == [OperationalError] * 2
    assert ours.feeds.get(floor) is await third[0]


async def test_a_page_that_gives_up_while_a_topic_opens_leaves_no_feed(act, ask, floor, olga, phone_of, monkeypatch):
    await act(ask)
    phone = await phone_of(olga)
    ours, may_open = hub(), asyncio.Event()

    async def slowly(_topic: str) -> None:
        await may_open.wait()

    monkeypatch.setattr(ours._bus, "add", slowly)
    following = asyncio.ensure_future(follow(phone, floor))
    await within(20, lambda: floor in ours.feeds)
    following.cancel()
    await asyncio.gather(following, return_exceptions=True)
    ours.leave(phone.writer)
    may_open.set()
    await within(20, lambda: set(ours.feeds) == {"rights"})


async def test_closing_a_slow_socket_ends_nobody_who_waits_for_it():
    phone = Phone(room=1)
    phone.writer.write(Frame('{"fills": "the buffer"}'))
    phone.writer.write(Frame('{"waits": "for room"}'))
    waiting = asyncio.ensure_future(phone.writer.drained())
    await asyncio.sleep(0)
    phone.writer.close(4013, "too slow")
    await asyncio.wait([waiting], timeout=20)
    assert waiting.done()
    assert not waiting.cancelled()


async def test_a_long_snapshot_reaches_a_phone_that_reads_slowly(act, ask, floor, olga, phone_of, monkeypatch):
    """Its parts do not fit the buffer together: each waits for the one before, instead of beginning again."""
    monkeypatch.setattr("realtime.frames.LARGEST", 1024)
    await act(ask, 30, Status.LIVE)
    phone = await phone_of(olga, room=3000)
    following = asyncio.ensure_future(follow(phone, floor))
    async with asyncio.timeout(20):
        while not any("part" in frame and len(set(frame["part"])) == 1 for frame in phone.frames):
            await asyncio.sleep(0.02)
            phone.read()
    await following
    parts = [frame["part"][0] for frame in phone.frames if "part" in frame]
    assert len(parts) > 6
    assert parts == list(range(1, len(parts) + 1))


async def test_counts_refused_by_a_full_buffer_are_told_when_it_empties(act, ask, floor, ada, olga, phone_of):
    (question,) = await act(ask, 1, Status.LIVE)
    phone = await phone_of(olga)
    await follow(phone, floor)
    await act(vote_for, question.pk, by=ada)
    feed = hub().feeds[floor]
    await within(20, lambda: feed.tally_version == 1)
    phone.frames.clear()
    phone.room = 1
    phone.writer.write(Frame('{"fills": "the buffer"}'))
    phone.writer.write(Frame('{"waits": "for room"}'))
    await hub()._send_tallies(feed, phone.writer, 0)
    phone.room = 10**6
    phone.read()
    await within(20, lambda: any("tallies" in frame for frame in phone.frames))


def _signed_in(user) -> Client:
    client = Client()
    client.force_login(user)
    return client


async def test_a_stream_that_missed_much_gets_all_of_it(act, ask, panel, floor, ada, phone_of):
    """More frames than its queue holds, before the first of them is read."""
    await act(ask, 1, Status.LIVE)
    topics = [floor, f"session.{panel.pk}.desk"]

    def long_ago() -> str:
        for name in topics:
            Topic.objects.update_or_create(name=name, defaults={"seq": 190})
            Event.objects.bulk_create(
                Event(topic_id=name, seq=seq, name="question.approved", cards={}) for seq in range(1, 191)
            )
        return f"{reading.log_epoch()}.0:0"

    at = await act(long_ago)
    request = RequestFactory().get("/live/events/")
    request.session = (await act(_signed_in, ada)).session
    stream = _stream(request, {name: Stand(at) for name in topics})
    told: list[tuple[str, int]] = []
    async with asyncio.timeout(20):
        while len(told) < 380:
            text = await stream.__anext__()
            assert text.startswith("data: "), text
            frame = json.loads(text.removeprefix("data: "))
            if "seq" in frame:
                told.append((frame["topic"], frame["seq"]))
    await stream.aclose()
    assert told == [(topic, seq) for topic in topics for seq in range(1, 191)]
    assert hub()._of == {}


async def test_rights_that_change_while_a_socket_comes_in_reach_it(act, ask, ada, settings, monkeypatch):
    """The cookie was read, and the hub does not know the socket yet."""
    await act(ask)

    def late(browser: str) -> tuple[int | None, str]:
        @action
        def bar() -> None:
            type(ada).objects.filter(pk=ada.pk).update(is_active=False)
            change_rights(f"user.{ada.pk}")

        found = person_of_browser(browser)
        bar()
        return found

    monkeypatch.setattr(arrivals, "person_of_browser", late)
    client = Client()
    await act(client.force_login, ada)
    cookie = f"{settings.SESSION_COOKIE_NAME}={client.cookies[settings.SESSION_COOKIE_NAME].value}"
    headers = [(b"host", b"localhost"), (b"origin", b"http://localhost"), (b"cookie", cookie.encode())]
    page = WebsocketCommunicator(application, "/live/socket/", headers=headers)
    await page.connect(timeout=20)
    await page.send_input({"type": "websocket.receive", "text": "{}"})
    answer = {"type": ""}
    while answer["type"] != "websocket.close":
        answer = await page.receive_output(timeout=20)
    assert answer["code"] == hubs.RIGHTS_CHANGED
    await page.disconnect()
    await close_hub()


async def test_who_may_not_sign_in_any_more_is_nobody_here(open_page, act, ask, panel, ada):
    await act(ask)
    await act(type(ada).objects.filter(pk=ada.pk).update, is_active=False)
    page = await open_page(ada)
    assert page.frames[0]["hello"]["user"] is None
    await page.follow(f"session.{panel.pk}.desk")
    assert page.frames[-1]["refused"]["code"] == "not_there"


async def test_a_hub_does_not_begin_with_the_whole_log(act, floor, transactional_db):
    def a_day() -> None:
        Topic.objects.create(name=floor, seq=3000)
        Event.objects.bulk_create(
            Event(topic_id=f"user.{seq}", seq=1, name="question.approved", cards={}) for seq in range(1, 3001)
        )

    await act(a_day)
    news = await act(heartbeat._news, [], None)
    assert len(news.private) <= heartbeat.OVERLAP
    assert news.cursor


async def test_a_topic_that_begins_anew_while_a_page_comes_in_is_looked_at_anew(
    act, ask, floor, olga, phone_of, monkeypatch
):
    """What it was about to be given belongs to a log that is over, and no event would ever correct it."""
    await act(ask, 1, Status.LIVE)
    phone = await phone_of(olga)
    ours, really = hub(), hubs._encoded_snapshot

    async def purged_meanwhile(topic: str) -> hubs.Opening:
        opening = await really(topic)
        if opening.position.epoch.endswith(".0"):
            await act(lambda: Topic.objects.update_or_create(name=floor, defaults={"generation": 1}))
            await ours.repair_soon(ours.feeds[floor])
        return opening

    monkeypatch.setattr(hubs, "_encoded_snapshot", purged_meanwhile)
    await follow(phone, floor)
    assert [frame["at"].split(".")[1] for frame in phone.frames if "part" in frame] == ["0:0", "1:0"]


async def test_a_snapshot_newer_than_what_can_be_read_of_the_log_is_not_tried_without_end(
    act, ask, floor, ada, olga, database, phone_of, monkeypatch
):
    (question,) = await act(ask)
    phone = await phone_of(olga)
    ours = hub()
    keeper = await phone_of(ada)
    await follow(keeper, floor)
    monkeypatch.setattr(ours, "_hear", lambda told: None)
    ours.beating.cancel()
    monkeypatch.setattr("outbox.bus._tell", lambda told: None)
    really = hubs._encoded_snapshot

    async def then_away(topic: str) -> hubs.Opening:
        await act(approve_question, question.pk, by=ada)
        opening = await really(topic)
        database.away = True
        return opening

    monkeypatch.setattr(hubs, "_encoded_snapshot", then_away)
    ours.feeds[floor].snapshot = None
    catching_up = ours.catch_up(phone.writer, floor, None, 0)
    with pytest.raises(OperationalError):
        await asyncio.wait_for(catching_up, 5)


# A Redis that is not what it should be


class Redis:
    """As much of a Redis as the hub needs, on a port of its own: it can be slow, silent, stopped and started again."""

    def __init__(self) -> None:
        self.port = 0
        self.silent = False
        self.confirms = True
        self._server: asyncio.Server | None = None
        self._talks: dict[asyncio.StreamWriter, set[bytes]] = {}

    async def start(self) -> None:
        self._server = await asyncio.start_server(self._talk, "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        self._server.close()
        for writer in list(self._talks):
            writer.close()
        await self._server.wait_closed()

    @property
    def subscribed(self) -> set[bytes]:
        return set().union(*self._talks.values())

    def publish(self, topic: str, seq: int, text: str | None) -> None:
        channel = bus.channel_of(topic).encode()
        for writer, channels in self._talks.items():
            if channel in channels:
                writer.write(_resp(b"message", channel, msgspec.msgpack.encode(bus.Told(topic, seq, text))))

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        channels = self._talks[writer] = set()
        try:
            while line := await reader.readline():
                words = []
                for _ in range(int(line[1:])):
                    length = int((await reader.readline())[1:])
                    words.append((await reader.readexactly(length + 2))[:-2])
                if not self.silent:
                    self._answer(writer, channels, words)
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            del self._talks[writer]
            writer.close()

    def _answer(self, writer: asyncio.StreamWriter, channels: set[bytes], words: list[bytes]) -> None:
        name = words[0].upper()
        if name not in (b"SUBSCRIBE", b"UNSUBSCRIBE"):
            writer.write(_resp(b"pong", b"") if name == b"PING" else b"+OK\r\n")
            return
        for channel in words[1:]:
            (channels.add if name == b"SUBSCRIBE" else channels.discard)(channel)
            if self.confirms:
                writer.write(_resp(name.lower(), channel, len(channels)))


def _resp(*parts: bytes | int) -> bytes:
    told = b"".join(b":%d\r\n" % p if isinstance(p, int) else b"$%d\r\n%s\r\n" % (len(p), p) for p in parts)
    return b"*%d\r\n%s" % (len(parts), told)


@pytest_asyncio.fixture
async def broken_redis(settings, monkeypatch):
    """Not started yet, and all that waits for it waits a little less long."""
    for name, seconds in {"CONFIRMED_WITHIN": 0.5, "RETRY_AFTER": 0.1, "QUIET": 0.3}.items():
        monkeypatch.setattr(f"realtime.subscriptions.{name}", seconds)
    redis = Redis()
    await redis.start()
    settings.REDIS_URL = f"redis://127.0.0.1:{redis.port}/0"
    yield redis
    await redis.stop()


class Heard:
    def __init__(self) -> None:
        self.told: list[bus.Told] = []
        self.subscriptions = RedisSubscriptions(self.told.append)


@pytest_asyncio.fixture
async def heard(broken_redis):
    heard = Heard()
    yield heard
    await heard.subscriptions.close()


async def remove(heard: Heard, topic: str) -> None:
    if (last := heard.subscriptions.remove(topic)) is not None:
        await last


async def test_what_is_told_after_a_subscription_is_heard(broken_redis, heard):
    await heard.subscriptions.add("session.1.floor")
    await heard.subscriptions.add("user.7")
    broken_redis.publish("session.1.floor", 1, "{}")
    broken_redis.publish("user.8", 1, "{}")
    await within(20, lambda: [told.topic for told in heard.told] == ["session.1.floor", "user.8"])


async def test_a_redis_that_is_away_at_the_start_is_heard_once_it_is_there(broken_redis, heard):
    await broken_redis.stop()
    async with asyncio.timeout(1):
        for topic in ("rights", "session.1.floor", "user.7"):
            await heard.subscriptions.add(topic)
    await broken_redis.start()
    await within(20, lambda: len(broken_redis.subscribed) == 3)
    broken_redis.publish("session.1.floor", 1, "{}")
    await within(20, lambda: heard.told)


async def test_a_redis_that_was_restarted_is_heard_again(broken_redis, heard):
    for topic in ("rights", "session.1.floor"):
        await heard.subscriptions.add(topic)
    await broken_redis.stop()
    await heard.subscriptions.add("session.2.floor")
    await remove(heard, "session.1.floor")
    await broken_redis.start()
    await within(20, lambda: broken_redis.subscribed == {b"sidang:rights", b"sidang:session.2.floor"})
    broken_redis.publish("session.2.floor", 1, "{}")
    await within(20, lambda: heard.told)


async def test_nobody_waits_long_for_a_redis_that_says_nothing(broken_redis, heard):
    broken_redis.silent = True
    async with asyncio.timeout(2):
        await heard.subscriptions.add("rights")


async def test_a_connection_that_died_without_a_word_is_noticed(broken_redis, heard):
    await heard.subscriptions.add("rights")
    (dead,) = broken_redis._talks
    broken_redis._talks[dead] = set()  # what is told reaches it no more
    broken_redis.silent = True
    await asyncio.sleep(0.4)
    broken_redis.silent = False
    await within(20, lambda: b"sidang:rights" in broken_redis.subscribed)


async def test_a_topic_left_and_followed_again_is_still_heard(broken_redis, heard):
    await heard.subscriptions.add("rights")
    for _ in range(20):
        await heard.subscriptions.add("session.1.floor")
        await asyncio.gather(remove(heard, "session.1.floor"), heard.subscriptions.add("session.1.floor"))
        assert b"sidang:session.1.floor" in broken_redis.subscribed
        await remove(heard, "session.1.floor")
    await within(20, lambda: broken_redis.subscribed == {b"sidang:rights"})


async def test_the_heart_beats_on_with_a_redis_that_says_nothing(broken_redis, monkeypatch):
    """Counting who is here asks Redis; where it hangs, fifty halls must not wait for each other."""
    monkeypatch.setattr("realtime.presence.ANSWERED_WITHIN", 0.2)
    broken_redis.silent = True
    here = {f"session.{n}.floor": n for n in range(50)}
    async with asyncio.timeout(1):
        assert await presence.totals(here) == here


# The real server

WATCHED = """
import json
from config.asgi import application as ours
from realtime.hub import hub

async def application(scope, receive, send):
    if scope.get("path") != "/watched/":
        return await ours(scope, receive, send)
    told = json.dumps({"followers": len(hub()._of), "feeds": len(hub().feeds)}).encode()
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": told})
"""


@pytest.fixture
def daphne(transactional_db, conference, tmp_path):
    """Daphne as it is served, on the tests' database, with a look into its hub: `daphne(path)` opens a connection."""
    (tmp_path / "watched.py").write_text(WATCHED)
    database = connection.settings_dict
    where = f"sqlite:///{database['NAME']}"
    if connection.vendor != "sqlite":
        where = f"postgres://{database['USER']}@/{database['NAME']}?host={database['HOST']}"
    with socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    words = [sys.executable, "-m", "daphne", "-v", "0", "-b", "127.0.0.1", "-p", str(port), "watched:application"]
    env = {**os.environ, "DATABASE_URL": where, "PYTHONPATH": os.pathsep.join([str(tmp_path), *sys.path])}
    server = subprocess.Popen(words, env=env, cwd=tmp_path)

    def opened(path: str, accept: str = "*/*") -> HTTPConnection:
        line = HTTPConnection("127.0.0.1", port, timeout=10)
        line.request("GET", path, headers={"Accept": accept, "Accept-Encoding": "gzip", "Host": "localhost"})
        return line

    for _ in range(200):
        with suppress(OSError), closing(opened("/watched/")) as line:
            line.getresponse().read()
            break
        assert server.poll() is None
        time.sleep(0.05)
    yield opened
    server.terminate()
    server.wait(20)


def test_nothing_is_kept_of_streams_whose_readers_go_away(daphne, conference):
    """Before, while and after the first frame; compressed by nobody on the way."""
    path = f"/live/events/?topic=conference.{conference.pk}.programme"

    def watched() -> dict:
        with closing(daphne("/watched/")) as line:
            return json.loads(line.getresponse().read())

    lines = [daphne(path, "text/event-stream") for _ in range(6)]
    for line in lines[:2]:
        line.close()
    answers = [line.getresponse() for line in lines[2:]]
    for answer in answers:
        assert answer.headers["Content-Encoding"] in (None, "identity")
        assert json.loads(answer.readline().removeprefix(b"data: "))["hello"]
    assert watched()["followers"] >= 4
    for line in [*answers, *lines]:
        line.close()
    told = {}
    for _ in range(100):
        told = watched()
        if told["followers"] == 0:
            return
        time.sleep(0.05)
    pytest.fail(f"the hub still holds {told}")
