"""Moments so narrow that only a schedule made for them shows what happens there. Each once went wrong."""

import asyncio
import json
import threading
import time
from itertools import count, islice
from random import Random

import pytest
from django.db import OperationalError, connections
from django.test import Client
from django.urls import reverse

from outbox import reading, tickets
from outbox.changes import action, change_rights
from outbox.models import Event, Topic
from outbox.reading import RIGHTS, Position, Standing, standing_of
from outbox.rights import known
from realtime import hub as hubs
from realtime import proof
from realtime.feeds import Feed
from realtime.frames import Frame
from realtime.heartbeat import Heartbeat
from realtime.hub import RIGHTS_CHANGED, Stand, hub
from realtime.sockets import may_follow
from realtime.writers import QueueWriter, SocketWriter
from sessions.questions.models import QuestionTime, Window

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(60)]


@pytest.fixture
def floor(panel):
    QuestionTime.objects.update_or_create(session=panel, defaults={"window": Window.OPEN})
    return f"session.{panel.pk}.floor"


@action
def rights_change(whom: str) -> None:
    change_rights(whom)


async def within(seconds: float, true) -> None:
    async with asyncio.timeout(seconds):
        while not true():  # noqa: ASYNC110  what is waited for has no event of its own
            await asyncio.sleep(0.01)


class Phone:
    """A page behind a server whose buffer takes `room` bytes before a sender waits; `read()` empties it."""

    def __init__(self, room: int = 64 * 1024) -> None:
        self.writer = SocketWriter(self.send)
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

    @property
    def seqs(self) -> list[int]:
        return [frame["seq"] for frame in self.frames if "seq" in frame]


async def arrive(user) -> Phone:
    phone = Phone()
    phone.writer.user_id = user.pk
    await hub().rights_at()
    hub().arrive(phone.writer)
    return phone


async def follow(phone: Phone, topic: str, stand: Stand | None = None) -> None:
    assert await hub().follow(phone.writer, {topic: stand or Stand()}, lambda _: False, may_follow) == []


# Who sees what they may not


async def test_rights_that_change_while_a_process_begins_void_the_tickets_made_before(
    open_page, browser_of, act, floor, ben, monkeypatch
):
    """The hub read which rights changed lately, and hears of another change before it says what it knows."""
    await act(rights_change, "user.1")
    at = (await act(standing_of, RIGHTS)).position
    browser = await browser_of(ben)
    before = tickets.make_ticket(ben.pk, [floor, f"user.{ben.pk}"], at, language="en", browser=browser)
    ours, really = hub(), reading.rights_changed_lately

    def and_then_one_more(up_to: int):
        found = really(up_to)
        rights_change(f"user.{ben.pk}")
        for _ in range(500):
            if ours.feeds[RIGHTS].seq == 2:
                break
            time.sleep(0.01)
        return found

    monkeypatch.setattr(reading, "rights_changed_lately", and_then_one_more)
    await ours.rights_at()
    assert known.at == Position(at.epoch, 2)
    assert tickets.read_ticket(before, browser=browser) is None


async def test_a_page_that_is_back_before_the_sign_out_is_done_does_not_stay_signed_in(
    open_page, browser_of, act, floor, ben, monkeypatch
):
    """Django tells of a sign-out before it ends the browser's session, and pages are told as soon as it is told."""
    from django.contrib.sessions.backends.db import SessionStore  # noqa: PLC0415  ours are of conferences

    browser = await browser_of(ben)
    page = await open_page(cookie=browser)
    may_end, really = threading.Event(), SessionStore.flush

    def slowly(session) -> None:
        may_end.wait(10)
        really(session)

    monkeypatch.setattr(SessionStore, "flush", slowly)

    def sign_out() -> int:
        client = Client()
        client.cookies["sidang"] = browser
        try:
            return client.post(reverse("account_logout")).status_code
        finally:
            # This thread's own, which nobody would give back.
            connections.close_all()

    signing_out = asyncio.get_running_loop().run_in_executor(None, sign_out)
    try:
        assert await page.until_closed() == RIGHTS_CHANGED
        back = await open_page(cookie=browser)
    finally:
        may_end.set()
    assert await signing_out == 302
    assert not await act(SessionStore().exists, browser)
    stays = back.frames[0]["hello"]["user"] == ben.pk
    if stays:
        await back.silence(1.5)
        await back.follow(f"user.{ben.pk}", floor)
        stays = [frame["topic"] for frame in back.frames if "part" in frame]
        stays.append((await back.do("question.ask", {
            "session_id": int(floor.split(".")[1]), "text": "Do I still speak for him?", "capacity": "self",
        })).get("done"))  # fmt: skip
    assert not stays


async def test_rights_are_followed_for_good_whoever_gives_up_while_they_are_opened(
    open_page, browser_of, act, floor, ben, monkeypatch
):
    """The first who asks where rights stand goes away: what is known stays, and nobody keeps it up to date."""
    ours, may_open = hub(), asyncio.Event()
    ours.beating.cancel()
    really = ours._bus.add

    async def slowly(topic: str) -> None:
        await may_open.wait()
        await really(topic)

    with monkeypatch.context() as patched:
        patched.setattr(ours._bus, "add", slowly)
        first = asyncio.ensure_future(ours.rights_at())
        await within(20, lambda: RIGHTS in ours.feeds)
        first.cancel()
        await asyncio.gather(first, return_exceptions=True)
        may_open.set()
        await within(20, lambda: known.at is not None)
        await asyncio.sleep(0)
    browser = await browser_of(ben)
    ticket = tickets.make_ticket(ben.pk, [floor], known.at, language="en", browser=browser)
    page = await open_page(cookie=browser, ticket=ticket)
    await act(rights_change, f"user.{ben.pk}")
    await ours.open_rights()  # as the next heartbeat does
    await page.say({"follow": {floor: {}}})
    async with asyncio.timeout(2):
        assert await page.until_closed() == RIGHTS_CHANGED


# What is lost, doubled or out of order


class Hears:
    takes_bundles = False

    def __init__(self) -> None:
        self.user_id = None
        self.seqs: list[int] = []

    def write(self, frame: Frame) -> bool:
        self.seqs.append(json.loads(frame.text)["seq"])
        return True


async def test_a_hall_that_is_written_to_in_turns_hears_events_in_their_order(open_page, monkeypatch):
    """Two events of one commit begin it; others come at any of the turns that these are written in."""
    monkeypatch.setattr(hubs, "TURN", 2)
    ours, out_of_order = hub(), []
    for seed in range(60):
        by_chance, feed, seqs = Random(seed), Feed("conference.1.programme"), count(1)  # noqa: S311
        feed.start(Standing(Position("e.0", 0), 0, 0))
        hall = [Hears() for _ in range(10)]
        feed.followers.update(dict.fromkeys(hall, 0))
        for turns, events in [(0, 2), *((by_chance.randrange(8), by_chance.randrange(1, 3)) for _ in range(12))]:
            for _ in range(turns):
                await asyncio.sleep(0)
            for seq in islice(seqs, events):
                ours._push(feed, seq, Frame(json.dumps({"seq": seq})))
        told = feed.seq
        await within(20, lambda: all(len(each.seqs) == told for each in hall))  # noqa: B023  called in this round
        out_of_order += [each.seqs for each in hall[:1] if each.seqs != sorted(each.seqs)]
    assert out_of_order == []


def _missed(topic: str, count: int, size: int) -> str:
    Topic.objects.update_or_create(name=topic, defaults={"seq": count})
    Event.objects.bulk_create(
        Event(topic_id=topic, seq=seq, name="question.approved", cards={f"question.{seq}": {"text": "x" * size}})
        for seq in range(1, count + 1)
    )
    return f"{reading.log_epoch()}.0:0"


async def test_a_phone_that_missed_more_than_its_buffer_takes_gets_to_the_end(open_page, act, floor, ben):
    """A hundred cards of a little more than a kilobyte; the phone reads all that came, again and again."""
    at = await act(_missed, floor, 100, 1100)
    phone = await arrive(ben)
    following = asyncio.ensure_future(follow(phone, floor, Stand(at)))
    for _ in range(500):
        phone.read()
        await asyncio.sleep(0.01)
        if 100 in phone.seqs:
            break
    await following
    hub().leave(phone.writer)
    assert phone.seqs == list(range(1, 101))


async def test_two_that_bring_one_page_up_to_now_tell_it_nothing_twice(open_page, act, floor, ben):
    """The hub repairs it when its buffer empties, and the page asks by itself: the later of the two goes on."""
    at = await act(_missed, floor, 150, 1100)
    phone = await arrive(ben)
    first = asyncio.ensure_future(follow(phone, floor, Stand(at)))
    await within(20, lambda: len(phone.seqs) > 10)
    catching = hub().feeds[floor].catching
    earlier = catching[phone.writer]
    second = asyncio.ensure_future(follow(phone, floor, Stand(at)))
    # Not before it has taken over may the phone read on: once the first is done, asking again is being told again.
    await within(10, lambda: catching.get(phone.writer) is not earlier)
    async with asyncio.timeout(20):
        while 150 not in phone.seqs:
            phone.read()
            await asyncio.sleep(0.01)
    await asyncio.gather(first, second)
    hub()._push(hub().feeds[floor], 151, Frame(json.dumps({"seq": 151})))
    phone.read()
    await within(20, lambda: 151 in phone.seqs)
    hub().leave(phone.writer)
    assert phone.seqs == list(range(1, 152))


async def test_a_stream_that_missed_more_than_its_queue_holds_gets_to_the_end(open_page, act, floor, ben):
    keeper = await arrive(ben)
    await follow(keeper, floor)
    ours = hub()
    feed = ours.feeds[floor]
    at = str(Position(feed.epoch, feed.seq))
    for seq in range(1, 301):
        ours._push(feed, seq, Frame(json.dumps({"topic": floor, "seq": seq, "name": "x", "cards": {}})))
        keeper.read()
    stream = QueueWriter()
    stream.user_id = ben.pk
    ours.arrive(stream)
    following = asyncio.ensure_future(ours.follow(stream, {floor: Stand(at)}, lambda _: False, may_follow))
    seqs: list[int] = []
    async with asyncio.timeout(20):
        async for text in stream.taken():
            seqs.append(json.loads(text).get("seq", 0))
            if seqs[-1] == 300 or len(seqs) > 5000:
                break
    await following
    for each in (stream, keeper.writer):
        ours.leave(each)
    assert [seq for seq in seqs if seq] == list(range(1, 301))


async def test_whoever_is_thrown_out_while_something_waits_hears_why(open_page):
    """A slow link with a little in its buffer: without the code the page does not know that its rights changed."""

    class Line:
        aborted = False

        def waiting(self) -> int:
            return 0 if self.aborted else 200

        def write(self, wire: bytes) -> bool:
            return True

        def abort(self) -> None:
            self.aborted = True

    phone = Phone()
    phone.writer.take_line(Line())
    phone.writer.close(RIGHTS_CHANGED, "rights changed")
    assert phone.closed == RIGHTS_CHANGED


# What stops or slows somebody


class Takes:
    def __init__(self) -> None:
        self.lines: list[object] = []

    def take_line(self, line: object) -> None:
        self.lines.append(line)


async def test_sockets_that_come_while_the_line_is_tried_get_it_too(monkeypatch):
    """A hall that comes back after a restart is there long before the first socket's trial is over."""
    monkeypatch.setattr(proof, "_trials", {})
    may_end = asyncio.Event()

    async def same(_server) -> bool:
        await may_end.wait()
        return True

    monkeypatch.setattr(proof, "_same_both_ways", same)
    first, second, third = Takes(), Takes(), Takes()
    proof.when_proved("asyncio", ("127.0.0.1", 1), first, "line")
    await asyncio.sleep(0)
    proof.when_proved("asyncio", ("127.0.0.1", 1), second, "line")
    may_end.set()
    await within(20, lambda: first.lines)
    proof.when_proved("asyncio", ("127.0.0.1", 1), third, "line")
    assert (len(first.lines), len(third.lines)) == (1, 1)
    assert len(second.lines) == 1


async def test_a_failure_nobody_waited_for_is_not_given_to_whoever_comes_next(open_page, act, floor, ben, monkeypatch):
    keeper = await arrive(ben)
    await follow(keeper, floor)
    ours = hub()
    feed = ours.feeds[floor]
    feed.snapshot = None
    may_fail = asyncio.Event()

    async def away(_topic: str):
        await may_fail.wait()
        raise OperationalError("the database is away")

    with monkeypatch.context() as patched:
        patched.setattr(hubs, "_encoded_snapshot", away)
        gives_up = await arrive(ben)
        following = asyncio.ensure_future(follow(gives_up, floor))
        await within(20, lambda: feed.snapshot is not None)
        following.cancel()
        await asyncio.gather(following, return_exceptions=True)
        may_fail.set()
        await within(20, feed.snapshot.done)
    ours.leave(gives_up.writer)
    comes_next = await arrive(ben)
    try:
        await follow(comes_next, floor)
    finally:
        for each in (keeper, comes_next):
            ours.leave(each.writer)
    assert "part" in comes_next.frames[0]


async def test_a_page_of_what_never_changed_hears_that_the_server_is_there(open_page, panel, floor, ada):
    """It takes forty seconds of silence for a dead link: a desk before its first question."""
    page = await open_page(ada)
    await page.follow(f"session.{panel.pk}.desk")
    page.frames.clear()
    await Heartbeat(hub())._tell_idle_pages()
    await page.silence()
    assert [frame for frame in page.frames if "beat" in frame]


async def test_what_pages_claim_of_counts_does_not_fill_the_memory(open_page, act, floor, ben):
    await act(lambda: Topic.objects.update_or_create(name=floor, defaults={"tally_version": 10**6}))
    phone = await arrive(ben)
    await follow(phone, floor)
    feed = hub().feeds[floor]
    at = str(Position(feed.epoch, feed.seq))
    for claimed in range(200):
        await follow(phone, floor, Stand(at, claimed))
    held = len(feed.tally_frames)
    hub().leave(phone.writer)
    assert held < 100


async def test_a_server_whose_send_is_awaited_and_no_coroutine_is_written_to():
    """granian's: ARCHITECTURE says that one step works on any ASGI server."""
    sent: list[str] = []

    def send(message: dict) -> "asyncio.Future[None]":
        sent.append(message["text"])
        done = asyncio.get_running_loop().create_future()
        done.set_result(None)
        return done

    writer = SocketWriter(send)
    for text in ("one", "two"):
        writer.write(Frame(text))
    assert sent == ["one", "two"]
