"""A burst of votes is a few commits; each is answered after its own, and one that cannot be harms no other."""

import asyncio
from uuid import uuid4

import pytest
from asgiref.sync import sync_to_async
from django.db import OperationalError

from accounts.models import User
from conferences.models import Membership
from outbox.commands import Sent
from outbox.errors import Refusal
from realtime.together import Together
from sessions.questions.commands import SUPPORT
from sessions.questions.models import Question, QuestionTime, Status, Vote, Window

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def question(panel, ben):
    QuestionTime.objects.update_or_create(session=panel, defaults={"window": Window.OPEN})
    return Question.objects.create(session=panel, author=ben, text="How do small islands fare?", status=Status.LIVE)


@pytest.fixture
def voters(conference):
    made = User.objects.bulk_create(User(email=f"voter.{n}@example.org", name=f"Voter {n}") for n in range(40))
    Membership.objects.bulk_create(Membership(conference=conference, user=user) for user in made)
    return made


@pytest.fixture
def commits(monkeypatch):
    """How many commands went into each commit."""
    import realtime.together as edge  # noqa: PLC0415  what is watched

    sizes: list[int] = []
    really = edge.perform_together

    def watched(group, sent):
        sizes.append(len(sent))
        return really(group, sent)

    monkeypatch.setattr(edge, "perform_together", watched)
    return sizes


def vote(question: Question, user) -> Sent:
    return Sent("question.vote", {"question_id": question.pk}, user.pk, uuid4())


async def test_what_comes_during_a_commit_is_the_next_one(question, voters, commits):
    together = Together()
    answers = await asyncio.gather(*(together.perform(SUPPORT, vote(question, user)) for user in voters))
    assert sum(commits) == 40
    assert len(commits) <= 3
    assert max(answer["votes"] for answer in answers) == 40
    assert await sync_to_async(Vote.objects.count)() == 40


async def test_one_that_is_refused_is_told_so_and_the_others_are_counted(question, voters, ben, commits):
    together = Together()
    outcomes = await asyncio.gather(
        *(together.perform(SUPPORT, vote(question, user)) for user in [*voters[:5], ben, *voters[5:10]]),
        return_exceptions=True,
    )
    assert [number for number, outcome in enumerate(outcomes) if isinstance(outcome, Refusal)] == [5]
    assert await sync_to_async(Vote.objects.count)() == 10


async def test_a_commit_that_fails_is_tried_one_by_one(question, voters, monkeypatch, caplog):
    def broken(group, sent):
        raise OperationalError("a deadlock, say")

    monkeypatch.setattr("realtime.together.perform_together", broken)
    together = Together()
    answers = await asyncio.gather(*(together.perform(SUPPORT, vote(question, user)) for user in voters[:3]))
    assert [answer["votes"] for answer in answers] == [1, 2, 3]
    assert "could not be carried out together" in caplog.text


async def test_whoever_goes_away_meanwhile_has_voted_all_the_same(question, voters):
    together = Together()
    sent = vote(question, voters[0])
    going = asyncio.ensure_future(together.perform(SUPPORT, sent))
    await asyncio.sleep(0)
    going.cancel()
    await together.close()
    assert await sync_to_async(Vote.objects.count)() == 1
    assert await together.perform(SUPPORT, sent) == {"votes": 1, "delegations": 0}


async def test_votes_over_many_sockets_are_all_counted_and_answered(open_page, question, voters, commits):
    pages = [await open_page(user) for user in voters[:12]]
    answers = await asyncio.gather(*(page.do("question.vote", {"question_id": question.pk}) for page in pages))
    assert all("done" in answer for answer in answers)
    assert sum(commits) == 12
    assert len(commits) < 12
    await question.arefresh_from_db()
    assert question.vote_count == 12
