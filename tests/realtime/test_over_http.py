"""Networks that block websockets: the same frames by a stream and by asking, and commands by POST."""

import asyncio
import json
import time
from uuid import uuid4

import pytest
import pytest_asyncio
from asgiref.sync import sync_to_async
from django.test import AsyncClient, Client
from django.urls import reverse

from config.asgi import application
from realtime.hub import close_hub
from sessions.questions.actions import approve_question, vote_for
from sessions.questions.models import Question, QuestionTime, Window


@pytest.fixture
def question(panel, ben):
    QuestionTime.objects.update_or_create(session=panel, defaults={"window": Window.OPEN})
    return Question.objects.create(session=panel, author=ben, text="How do small islands fare?")


@pytest.fixture
def floor(panel):
    return f"session.{panel.pk}.floor"


@pytest_asyncio.fixture
async def hubs_end(transactional_db):
    yield
    await close_hub()


async def asking(user) -> AsyncClient:
    client = AsyncClient()
    await sync_to_async(client.force_login)(user)
    return client


async def since(client: AsyncClient, **query: object) -> list[dict]:
    answer = await client.get(reverse("realtime:since"), query)
    assert answer["Cache-Control"] == "no-store"
    hello, *frames = answer.json()["frames"]
    assert abs(hello["hello"]["now"] - time.time() * 1000) < 60_000
    return frames


async def test_asking_gives_a_snapshot_first_and_then_what_is_new(hubs_end, question, floor, ada, olga):
    client = await asking(olga)
    snapshot, present, ticket = await since(client, topic=floor)
    assert (snapshot["part"], present["present"]) == ([1, 1], 1)
    await sync_to_async(approve_question)(question.pk, by=ada)
    await sync_to_async(vote_for)(question.pk, by=ada)
    stand = {"topic": floor, "at": snapshot["at"], "tallies": snapshot["tallies_at"]}
    resumed, event, counts, present = await since(client, **stand, ticket=ticket["ticket"])
    assert present == {"topic": floor, "present": 1}
    assert resumed["resumed"]
    assert (event["seq"], event["name"]) == (1, "question.approved")
    assert counts["tallies"][f"question.{question.pk}"]["votes"] == 1
    at = f"{snapshot['at'].rpartition(':')[0]}:1"
    assert (await since(client, topic=floor, at=at, tallies=1))[0] == {"topic": floor, "at": at, "resumed": True}


async def test_whoever_asks_again_soon_asks_no_database(hubs_end, question, floor, olga, monkeypatch):
    monkeypatch.setattr("realtime.hub.LINGER", 30.0)
    client = await asking(olga)
    snapshot, _present, ticket = await since(client, topic=floor)
    stand = {"topic": floor, "at": snapshot["at"], "tallies": snapshot["tallies_at"], "ticket": ticket["ticket"]}

    async def no_thread(*asked: object) -> None:
        raise AssertionError(f"{asked} was asked of the database")

    for module in ("hub", "arrivals", "beginnings"):
        monkeypatch.setattr(f"realtime.{module}.in_thread", no_thread)
    assert (await since(client, **stand))[0]["resumed"]


async def test_asking_for_what_is_not_ours_reads_like_what_is_not_there(hubs_end, question, floor, eve):
    client = await asking(eve)
    not_hers = (await since(client, topic=floor))[0]
    not_there = (await since(client, topic="session.424242.floor"))[0]
    assert not_hers["refused"] == not_there["refused"]


@pytest.mark.parametrize("query", [{}, {"topic": ["x"] * 21}])
def test_asking_for_nothing_or_everything_is_refused(client, db, query):
    answer = client.get(reverse("realtime:since"), query, headers={"accept": "application/json"})
    assert (answer.status_code, answer.json()["refused"]["code"]) == (400, "invalid")


def do(client: Client, name: str, payload: dict, command_id: str | None = None):
    body = {"do": name, "with": payload, "id": command_id or str(uuid4())}
    return client.post(reverse("realtime:do"), body, content_type="application/json")


def test_a_command_by_post_is_done_once(client, question, ada, olga):
    approve_question(question.pk, by=ada)
    client.force_login(olga)
    sent = str(uuid4())
    answers = [do(client, "question.vote", {"question_id": question.pk}, sent).json() for _ in range(2)]
    assert answers[0] == answers[1]
    assert "done" in answers[0]
    question.refresh_from_db()
    assert question.vote_count == 1


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ("nonsense", 400, "invalid"),
        ("[]", 400, "invalid"),
        ("[" * 5000, 400, "invalid"),
        ("x" * 100_000, 400, "invalid"),
        ('{"do": "question.vote", "id": "5"}', 400, "invalid"),
        ('{"do": "no.such", "id": "8b0e1f3a-3f0c-4a53-8c6e-0e6a3f5f9d11"}', 400, "unknown_command"),
    ],
)
def test_nonsense_by_post_gets_a_typed_error(client, olga, body, status, code):
    client.force_login(olga)
    answer = client.post(reverse("realtime:do"), body, content_type="application/json")
    assert (answer.status_code, answer.json()["refused"]["code"]) == (status, code)


def test_a_command_by_post_needs_the_sites_own_token(question, olga):
    client = Client(enforce_csrf_checks=True)
    client.force_login(olga)
    assert do(client, "question.vote", {"question_id": question.pk}).status_code == 403
    body = {"do": "question.vote", "with": {"question_id": question.pk}, "id": str(uuid4())}
    answer = client.post(reverse("realtime:do"), body, "application/json", headers={"accept": "application/json"})
    assert (answer.status_code, answer.json()["refused"]["code"]) == (403, "failed")


async def test_the_stream_carries_the_same_frames(hubs_end, question, floor, ada, olga):
    client = AsyncClient()
    await sync_to_async(client.force_login)(olga)
    response = await client.get(reverse("realtime:events"), {"topic": floor})
    assert response["Content-Type"] == "text/event-stream"
    stream = response.streaming_content.__aiter__()

    async def frame() -> dict:
        async with asyncio.timeout(20):
            line = (await stream.__anext__()).decode()
        assert line.startswith("data: ")
        return json.loads(line.removeprefix("data: "))

    assert (await frame())["hello"]["user"] == olga.pk
    assert (await frame())["part"] == [1, 1]
    await sync_to_async(approve_question)(question.pk, by=ada)
    while "seq" not in (event := await frame()):
        continue
    assert (event["seq"], event["name"]) == (1, "question.approved")
    await stream.aclose()
    assert application is not None
