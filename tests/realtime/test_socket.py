"""A page's socket: it follows, it commands, it comes back, and nothing it says closes it."""

import asyncio
import json
from uuid import uuid4

import pytest
from asgiref.sync import sync_to_async
from channels.testing import WebsocketCommunicator

from conferences.models import Membership, Role
from config.asgi import application
from outbox import bus
from outbox.changes import action, change_rights
from outbox.models import Event, Log, Topic
from outbox.registry import commands
from realtime.hub import RIGHTS_CHANGED, hub
from realtime.sockets import LARGEST_MESSAGE, MOST_TOPICS
from realtime.writers import COME_BACK
from sessions.questions.actions import approve_question, dismiss_question, stage_question, vote_for
from sessions.questions.models import Question, QuestionTime, Status, Window

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def ask(panel, ben, finland, transactional_db):
    """Questions that others asked, waiting for the desk."""
    QuestionTime.objects.update_or_create(session=panel, defaults={"window": Window.OPEN})

    def asked(count: int = 1, status: Status = Status.PENDING) -> list[Question]:
        return [
            Question.objects.create(session=panel, author=ben, text=f"What about island number {n}?", status=status)
            for n in range(count)
        ]

    return asked


@pytest.fixture
def carla(conference, finland):
    """Another delegate."""
    from accounts.models import User  # noqa: PLC0415  the cast of this file

    carla = User.objects.create_user("carla@example.org", name="Carla")
    Membership.objects.create(conference=conference, user=carla, role=Role.DELEGATE, delegation=finland)
    return carla


def floor(session) -> str:
    return f"session.{session.pk}.floor"


async def test_an_event_reaches_those_who_follow_and_nobody_else(open_page, act, panel, ask, ada, ben, carla):
    (question,) = await act(ask)
    here, there = await open_page(carla), await open_page(carla)
    await here.follow(floor(panel))
    await there.follow(f"user.{carla.pk}")
    await act(approve_question, question.pk, by=ada)
    event = await here.until(lambda frame: frame.get("name") == "question.approved")
    assert event["cards"][f"question.{question.pk}"]["text"] == question.text
    await there.silence()
    assert there.events(floor(panel)) == []


async def test_what_the_floor_may_not_see_never_reaches_it(open_page, act, panel, ask, ada, carla):
    page = await open_page(carla)
    await page.follow(floor(panel))
    (question,) = await act(ask)
    await act(dismiss_question, question.pk, reason="tone", note="planted-secret", by=ada)
    await page.silence()
    assert page.events(floor(panel)) == []
    assert "planted-secret" not in json.dumps(page.frames)


async def test_a_topic_that_is_not_ours_reads_like_one_that_is_not_there(open_page, panel, ben, eve):
    page = await open_page(eve)
    await page.follow(floor(panel), f"session.{panel.pk}.desk", f"user.{ben.pk}", "session.424242.floor", "nonsense")
    refusals = [frame["refused"] for frame in page.frames if "refused" in frame]
    assert len(refusals) == 5
    assert {json.dumps(refusal) for refusal in refusals} == {json.dumps(refusals[0])}
    assert refusals[0]["code"] == "not_there"


async def test_a_page_that_comes_back_gets_what_it_missed_and_no_more(open_page, act, panel, ask, ada, carla):
    questions = await act(ask, 5)
    page = await open_page(carla)
    await page.follow(floor(panel))
    await act(approve_question, questions[0].pk, by=ada)
    await page.until(lambda frame: frame.get("name") == "question.approved")
    stand = page.stands[floor(panel)]
    await page.close()
    page.closed = 1000
    for question in questions[1:]:
        await act(approve_question, question.pk, by=ada)
    back = await open_page(carla)
    await back.follow(floor(panel), **stand)
    await back.silence()
    seq = int(stand["at"].rpartition(":")[2])
    assert back.events(floor(panel)) == [(seq + n, "question.approved") for n in range(1, 5)]
    assert not any("part" in frame for frame in back.frames)


@pytest.mark.parametrize("position", ["other.0:1", "{epoch}:999999", "nonsense", "{epoch}:-1", ""])
async def test_a_position_that_leads_nowhere_gets_a_snapshot(open_page, act, panel, ask, carla, position):
    await act(ask, 2, Status.LIVE)
    epoch = await act(lambda: Log.objects.get_or_create(pk=1)[0].epoch)
    page = await open_page(carla)
    await page.follow(floor(panel), at=position.format(epoch=f"{epoch}.0"))
    assert [frame["part"] for frame in page.frames if "part" in frame] == [[1, 1]]
    assert len(page.cards[floor(panel)]) == 3


async def test_a_position_older_than_the_log_gets_a_snapshot(open_page, act, panel, ask, ada, carla):
    questions = await act(ask, 3)
    page = await open_page(carla)
    await page.follow(floor(panel))
    stand = page.stands[floor(panel)]
    await page.close()
    page.closed = 1000
    for question in questions:
        await act(approve_question, question.pk, by=ada)

    def prune() -> None:
        newest = Topic.objects.get(name=floor(panel)).seq
        Event.objects.filter(topic=floor(panel), seq__lt=newest).delete()
        Topic.objects.filter(name=floor(panel)).update(pruned_to=newest - 1)

    await act(prune)
    back = await open_page(carla)
    await back.follow(floor(panel), **stand)
    assert "part" in back.frames[-1]
    assert len(back.cards[floor(panel)]) == 4


async def test_a_topic_that_begins_anew_under_an_open_page_makes_it_look_again(open_page, act, panel, ask, ada, carla):
    (question,) = await act(ask)
    page = await open_page(carla)
    await page.follow(floor(panel))
    await act(approve_question, question.pk, by=ada)
    await page.until(lambda frame: "seq" in frame)
    await act(lambda: Topic.objects.filter(name=floor(panel)).update(generation=1))
    await page.until(lambda frame: "part" in frame and ".1:" in frame["at"])
    assert len(page.cards[floor(panel)]) == 2


async def test_a_restored_log_sends_everybody_back_to_the_door(open_page, act, panel, ask, carla):
    """Nobody knows what was lost with it, rights included: sockets close, and come back to a snapshot."""
    await act(ask, 1, Status.LIVE)
    page = await open_page(carla)
    await page.follow(floor(panel))
    stand = page.stands[floor(panel)]
    await act(lambda: Log.objects.update(epoch="restored"))
    assert await page.until_closed() == COME_BACK
    back = await open_page(carla)
    await back.follow(floor(panel), **stand)
    assert back.stands[floor(panel)]["at"].startswith("restored.0:")


async def test_what_the_bus_lost_comes_by_the_heartbeat(open_page, act, panel, ask, ada, carla, monkeypatch):
    questions = await act(ask, 3)
    page = await open_page(carla)
    await page.follow(floor(panel))
    monkeypatch.setattr(bus, "_tell", lambda told: None)
    for question in questions:
        await act(approve_question, question.pk, by=ada)
    await act(vote_for, questions[0].pk, by=carla)
    while len(page.events(floor(panel))) < 3 or not page.tallies.get(floor(panel)):
        await page.until(lambda frame: "topic" in frame)
    assert [name for _, name in page.events(floor(panel))] == ["question.approved"] * 3
    assert page.tallies[floor(panel)][f"question.{questions[0].pk}"]["votes"] == 1


async def test_a_gap_on_the_bus_is_read_from_the_log_in_order(open_page, act, panel, ask, ada, carla, monkeypatch):
    questions = await act(ask, 4)
    page = await open_page(carla)
    await page.follow(floor(panel))
    really = bus._tell
    monkeypatch.setattr(bus, "_tell", lambda told: None)
    for question in questions[:3]:
        await act(approve_question, question.pk, by=ada)
    monkeypatch.setattr(bus, "_tell", really)
    await act(approve_question, questions[3].pk, by=ada)
    while len(page.events(floor(panel))) < 4:
        await page.until(lambda frame: "seq" in frame)
    seqs = [seq for seq, _ in page.events(floor(panel))]
    assert seqs == list(range(seqs[0], seqs[0] + 4))


async def test_a_repeat_on_the_bus_is_told_once(open_page, act, panel, ask, ada, carla, monkeypatch):
    (question,) = await act(ask)
    page = await open_page(carla)
    await page.follow(floor(panel))
    really = bus._tell
    monkeypatch.setattr(bus, "_tell", lambda told: [really(told) for _ in range(3)])
    await act(approve_question, question.pk, by=ada)
    await page.until(lambda frame: "seq" in frame)
    await page.silence()
    assert len(page.events(floor(panel))) == 1


async def test_counts_come_as_totals_at_most_four_times_a_second(open_page, act, panel, ask, conference, carla):
    (question,) = await act(ask, 1, Status.LIVE)
    page = await open_page(carla)
    await page.follow(floor(panel))
    await page.silence()

    def voters() -> list:
        from accounts.models import User  # noqa: PLC0415  the cast of this test

        people = [User.objects.create_user(f"v{n}@example.org", name=f"V{n}") for n in range(20)]
        Membership.objects.bulk_create([Membership(conference=conference, user=each) for each in people])
        return people

    people = await act(voters)
    began = asyncio.get_running_loop().time()
    for voter in people:
        await act(vote_for, question.pk, by=voter)
    key = f"question.{question.pk}"
    while page.tallies.get(floor(panel), {}).get(key, {}).get("votes") != 20:
        await page.until(lambda frame: "tallies" in frame)
    quarters = (asyncio.get_running_loop().time() - began) / 0.25
    frames = [frame for frame in page.frames if "tallies" in frame and "part" not in frame]
    assert len(frames) <= quarters + 2
    assert page.events(floor(panel)) == []


async def test_votes_cast_while_away_are_in_the_resume(open_page, act, panel, ask, carla):
    (question,) = await act(ask, 1, Status.LIVE)
    page = await open_page(carla)
    await page.follow(floor(panel))
    stand = page.stands[floor(panel)]
    await act(vote_for, question.pk, by=carla)
    back = await open_page(carla)
    await back.follow(floor(panel), **stand)
    while not back.tallies.get(floor(panel)):
        await back.until(lambda frame: "tallies" in frame)
    assert back.tallies[floor(panel)][f"question.{question.pk}"]["votes"] == 1


async def test_a_command_is_done_once_however_often_it_is_sent(open_page, act, panel, ask, carla):
    await act(ask)
    page = await open_page(carla)
    command = {"session_id": panel.pk, "text": "How do small islands fare?", "capacity": "self"}
    again = str(uuid4())
    first = await page.do("question.ask", command, again)
    second = await page.do("question.ask", command, again)
    assert first == second
    assert "done" in first
    assert await act(lambda: Question.objects.filter(author=carla).count()) == 1


async def test_rights_that_change_close_the_sockets_concerned(open_page, act, panel, ada, carla):
    page, other, third = await open_page(carla), await open_page(ada), await open_page(ada)
    await other.follow(floor(panel))

    @action
    def lose(whom: str) -> None:
        change_rights(whom)

    await act(lose, f"user.{carla.pk}")
    async with asyncio.timeout(2):
        assert await page.until_closed() == RIGHTS_CHANGED
    await act(lose, f"session.{panel.pk}")
    async with asyncio.timeout(2):
        assert await other.until_closed() == RIGHTS_CHANGED
    await third.silence()
    assert third.closed is None


async def test_rights_that_change_are_heard_without_the_bus(open_page, act, carla, monkeypatch):
    page = await open_page(carla)
    monkeypatch.setattr(bus, "_tell", lambda told: None)

    @action
    def lose() -> None:
        change_rights(f"user.{carla.pk}")

    await act(lose)
    async with asyncio.timeout(5):
        assert await page.until_closed() == RIGHTS_CHANGED


async def test_another_site_may_not_open_a_socket(transactional_db):
    headers = [(b"host", b"localhost"), (b"origin", b"https://elsewhere.example")]
    socket = WebsocketCommunicator(application, "/live/socket/", headers=headers)
    connected, _ = await socket.connect(timeout=20)
    assert not connected
    await socket.disconnect()


async def test_nothing_is_kept_of_a_page_that_left(open_page, panel, carla):
    page = await open_page(carla)
    await page.follow(floor(panel), f"user.{carla.pk}")
    await page.close()
    page.closed = 1000
    assert set(hub().feeds) == {"rights"}
    assert hub()._of == {}


# Nonsense

BAD_MESSAGES = [
    "",
    "not json",
    "[]",
    "17",
    "null",
    '"follow"',
    "{",
    '{"follow": 5}',
    '{"follow": {"session.1.floor": 7}}',
    '{"follow": {"session.1.floor": {"at": 5}}}',
    '{"leave": "all"}',
    '{"do": 5}',
    '{"do": "question.vote", "with": []}',
    '{"do": "question.vote", "with": {"question_id": 1}}',
    '{"do": "question.vote", "with": {"question_id": 1}, "id": "not-a-uuid"}',
    '{"unheard": "of"}',
    "[" * 5000,
    '{"do": "' + "x" * 1_000_000 + '"}',
    '{"do": "\\u0000", "id": "\\ud800"}',
]


@pytest.mark.parametrize("message", BAD_MESSAGES, ids=lambda message: message[:40])
async def test_what_is_no_message_is_refused_and_the_socket_stays(open_page, carla, message):
    page = await open_page(carla)
    await page.say(message)
    refusal = await page.until(lambda frame: "refused" in frame)
    assert refusal["refused"]["code"] == "invalid"
    assert refusal["refused"]["message"]
    await page.follow(f"user.{carla.pk}")
    assert "part" in page.frames[-1]


async def test_bytes_that_are_no_text_are_refused_too(open_page, carla):
    page = await open_page(carla)
    await page.socket.send_input({"type": "websocket.receive", "bytes": b"\xff\xfe\x00"})
    assert (await page.until(lambda frame: "refused" in frame))["refused"]["code"] == "invalid"


async def test_nobody_follows_everything(open_page, carla):
    page = await open_page(carla)
    await page.say({"follow": {f"session.{n}.floor": {} for n in range(1, MOST_TOPICS + 2)}})
    assert (await page.until(lambda frame: "refused" in frame))["refused"]["code"] == "invalid"


def wrong_payloads(command) -> list[dict]:
    """Every way a payload of this command can be wrong, made from its declaration."""
    fields = command.payload.__struct_fields__
    whole = {name: 10**12 if name.endswith("_id") else "x" for name in fields}
    wrong: list[dict] = [{}, {**whole, "extra": 1}, whole]
    for name in fields:
        for value in (None, [], {}, -1, 1.5, "x" * LARGEST_MESSAGE, True, 10**30, "\x00"):
            if not (isinstance(value, str) and len(value) > 1000):
                wrong.append({**whole, name: value})
    return wrong


async def test_every_command_with_every_wrong_payload_gets_a_typed_error(open_page, panel, carla):
    page = await open_page(carla)
    names = [command.name for command in await sync_to_async(lambda: list(commands()))()]
    assert "question.approve" in names
    for command in list(commands()):
        for payload in wrong_payloads(command):
            answer = await page.do(command.name, payload)
            assert "refused" in answer, (command.name, payload, answer)
            assert answer["refused"]["code"] in {"invalid", "not_there", "not_allowed", "wrong_move", "too_fast"}
    answer = await page.do("question.unheard_of", {})
    assert answer["refused"]["code"] == "unknown_command"


async def test_somebody_elses_session_and_a_vanished_id_read_alike(open_page, act, panel, ask, eve):
    (question,) = await act(ask, 1, Status.LIVE)
    page = await open_page(eve)
    not_hers = await page.do("question.vote", {"question_id": question.pk})
    vanished = await page.do("question.vote", {"question_id": 10**9})
    assert not_hers["refused"] == vanished["refused"]
    assert not_hers["refused"]["code"] == "not_there"


async def test_nobody_commands_without_signing_in(open_page, panel):
    page = await open_page(None)
    answer = await page.do("question.vote", {"question_id": 1})
    assert answer["refused"]["code"] == "sign_in"


async def test_a_refusal_speaks_the_pages_language(open_page, carla, settings):
    page = await open_page(carla, language="id")
    assert page.socket is not None
    answer = await page.do("question.vote", {"question_id": 10**9})
    assert answer["refused"]["code"] == "not_there"


async def test_staging_moves_two_questions_in_one_step(open_page, act, panel, ask, ada, carla):
    first, second = await act(ask, 2, Status.LIVE)
    page = await open_page(carla)
    await page.follow(floor(panel))
    await act(stage_question, first.pk, by=ada)
    await act(stage_question, second.pk, by=ada)
    while len(page.events(floor(panel))) < 3:
        await page.until(lambda frame: "seq" in frame)
    cards = page.cards[floor(panel)]
    staged = [key for key, card in cards.items() if card.get("status") == "on_stage"]
    assert staged == [f"question.{second.pk}"]
