"""What a client does when the server does not do as it should."""

import asyncio

import msgspec
import pytest
from chaos import timetable
from crowd import FORGOTTEN, Crowd, Page, Plain, longest_wait


def event(seq: int, **words: object) -> bytes:
    return msgspec.json.encode({"topic": "session.1.floor", "seq": seq, "name": "question.answered", **words})


class Transport:
    """The sending side of a socket that is open."""

    def __init__(self) -> None:
        self.sent: list[dict] = []

    def send(self, _kind: object, payload: bytes) -> None:
        self.sent.append(msgspec.json.decode(payload))


@pytest.fixture
def page():
    return Page(Crowd("http://127.0.0.1"), 0, "ws://127.0.0.1/", "", "", ["session.1.floor"])


def open_socket(page: Page) -> Transport:
    page.on_ws_connected(Transport())
    return page.transport


def take(page: Page, **frame: object) -> None:
    page.take(page.crowd.told(msgspec.json.encode(frame), 0.0), 0.0)


async def test_a_server_that_hangs_up_during_the_handshake_has_not_let_anybody_in():
    async def hang_up(reader, writer):
        await reader.read(10)
        writer.close()

    server = await asyncio.start_server(hang_up, "127.0.0.1", 0)
    async with server:
        port = server.sockets[0].getsockname()[1]
        guest = Plain(Crowd(f"http://127.0.0.1:{port}"), 0, f"ws://127.0.0.1:{port}/")
        with pytest.raises(ConnectionResetError):
            await guest._connect()
    assert not guest.synced.is_set()


@pytest.mark.parametrize(("tries", "seconds"), [(1, 4.3), (2, 8.6), (3, 17.2), (4, 30.0), (9, 30.0)])
def test_who_tries_in_vain_waits_longer_each_time(tries, seconds):
    assert longest_wait(4.3, tries) == seconds


def test_the_wait_is_doubled_four_times_at_most():
    assert longest_wait(1.0, 5) == longest_wait(1.0, 50) == 16.0


async def test_a_page_comes_back_within_the_time_that_the_server_told_last(page):
    open_socket(page)
    take(page, hello={"now": 1, "user": 7, "retry_spread_ms": 4300, "renew_within_ms": 300000})
    assert page.spread == 4.3
    take(page, topic="session.1.floor", beat=0)
    assert page.spread == 4.3
    take(page, topic="session.1.floor", beat=0, retry_spread_ms=9000)
    assert page.spread == 9.0


async def test_a_command_without_an_answer_is_sent_again_with_the_same_id_and_its_answer_counts_once(page):
    first = open_socket(page)
    asking = asyncio.ensure_future(page.do("question.answer", {"question_id": 1}))
    await asyncio.sleep(0)
    page.on_ws_disconnected(page.transport)
    second = open_socket(page)
    assert second.sent[-1] == first.sent[-1]
    for _ in range(2):
        take(page, id=second.sent[-1]["id"], done={"votes": 1})
    assert (await asking).words["done"] == {"votes": 1}
    assert (page.crowd.sent_again, page.unanswered) == (1, {})
    page.crowd.leave()


async def test_a_command_made_while_there_was_no_socket_goes_by_the_next(page):
    asking = asyncio.ensure_future(page.do("question.answer", {"question_id": 1}))
    await asyncio.sleep(0)
    sent = open_socket(page).sent
    take(page, id=sent[-1]["id"], done={})
    await asking
    assert page.crowd.sent_again == 0


async def test_a_page_that_forgets_the_newest_is_back_all_the_same(page):
    page.forgets = page.crowd.forgetting = True
    newest = FORGOTTEN * 3
    page.crowd.newest["session.1.floor"] = newest
    open_socket(page)
    for seq in range(newest - 2, newest + 1):
        take(page, topic="session.1.floor", seq=seq, name="question.answered", cards={})
    assert not page.synced.is_set()
    take(page, topic="session.1.floor", resumed=f"e:{newest}")
    assert page.synced.is_set()
    assert page.held["session.1.floor"].seq == newest - 1


async def test_whom_one_process_refuses_another_takes():
    async def hang_up(reader, writer):
        await reader.read(10)
        writer.close()

    server = await asyncio.start_server(hang_up, "127.0.0.1", 0)
    gone = await asyncio.start_server(hang_up, "127.0.0.1", 0)
    here, away = (f"ws://127.0.0.1:{each.sockets[0].getsockname()[1]}/" for each in (server, gone))
    gone.close()
    crowd = Crowd("http://127.0.0.1")
    crowd.ways = [away, here]
    guest = Plain(crowd, 0, away)
    async with server:
        with pytest.raises(ConnectionResetError):
            await guest._connect_somewhere()
    assert (guest.url, crowd.passed_on) == (here, 1)


def test_an_event_is_one_in_whatever_order_its_words_come():
    crowd = Crowd("")
    bus = crowd.told(event(1, cards={"question.1": {"a": 1, "b": 2}}), 0.0)
    log = crowd.told(event(1, cards={"question.1": {"b": 2, "a": 1}}), 0.0)
    assert log is bus
    assert crowd.conflicting == 0


@pytest.mark.parametrize("other", [{"cards": {"question.1": {"a": 2}}}, {"name": "question.reopened"}])
def test_two_events_under_one_number_are_found(other):
    crowd = Crowd("")
    words = {"cards": {"question.1": {"a": 1}}}
    crowd.told(event(1, **words), 0.0)
    crowd.told(event(1, **{**words, **other}), 0.0)
    assert crowd.conflicting == 1


def test_what_breaks_is_mended_before_the_run_is_over():
    at = {deed: seconds for seconds, deed in timetable(100.0)}
    assert list(at.values()) == sorted(at.values())
    assert at["kill redis"] < at["start redis"] < at["kill server"] < at["start server"] < at["storm"] < 100
