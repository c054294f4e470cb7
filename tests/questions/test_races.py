"""Many at the same moment: threads on PostgreSQL, processes on SQLite, behind a barrier; and a control without."""

import random
from uuid import uuid4

import pytest

from outbox.models import Event, Receipt
from outbox.reading import snapshot
from sessions.programme.models import Appointment, Duty
from sessions.questions.actions import vote_for
from sessions.questions.models import Question, QuestionTime, Status, Vote, VotingPace, Window

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(180)]

AT_ONCE = 6


@pytest.fixture
def moderators(open_panel, participants, conference):
    people = participants(conference, AT_ONCE)
    Appointment.objects.bulk_create(
        Appointment(session=open_panel, user=person, duty=Duty.MODERATOR) for person in people
    )
    return people


def act(verb: str, by, **kwargs) -> dict:
    return {"do": "act", "with": {"verb": verb, "by": by.pk, **kwargs}}


def told(session, name: str) -> int:
    return Event.objects.filter(topic=f"session.{session.pk}.floor", name=name).count()


def test_of_parallel_approvals_one_is_told_and_none_fails(racers, open_panel, ben, moderators, a_question):
    question = a_question(open_panel, ben, Status.PENDING)
    went = racers.race([act("approve_question", person, question_id=question.pk) for person in moderators])
    assert went == ["done"] * AT_ONCE
    assert told(open_panel, "question.approved") == 1


def test_an_approval_and_a_dismissal_at_once_leave_one_of_the_two(racers, open_panel, ben, moderators, a_question):
    question = a_question(open_panel, ben, Status.PENDING)
    jobs = [
        act("approve_question", person, question_id=question.pk)
        if number % 2
        else act("dismiss_question", person, question_id=question.pk, reason="other")
        for number, person in enumerate(moderators)
    ]
    went = racers.race(jobs)
    question.refresh_from_db()
    assert set(went) <= {"done", "wrong_move"}
    assert question.status == Status.DISMISSED
    assert told(open_panel, "question.approved") <= 1


@pytest.mark.parametrize("round_", range(3))
def test_no_vote_of_a_hall_is_lost(
    racers, open_panel, ben, fiji, finland, conference, participants, a_question, round_
):
    question = a_question(open_panel, ben)
    people = participants(conference, AT_ONCE, [fiji, finland])
    went = racers.race([act("vote_for", person, question_id=question.pk) for person in people])
    question.refresh_from_db()
    assert went == ["done"] * AT_ONCE
    assert (question.vote_count, question.delegation_count) == (AT_ONCE, 2)
    assert snapshot(f"session.{open_panel.pk}.floor").tallies[f"question.{question.pk}"]["votes"] == AT_ONCE


def test_votes_of_one_person_at_once_are_one_vote(racers, open_panel, ben, dina, a_question):
    question = a_question(open_panel, ben)
    went = racers.race([act("vote_for", dina, question_id=question.pk)] * AT_ONCE)
    question.refresh_from_db()
    assert went == ["done"] * AT_ONCE
    assert (question.vote_count, Vote.objects.count()) == (1, 1)


def test_one_command_sent_by_two_ways_at_once_is_done_once(racers, open_panel, ben):
    payload = {"session_id": open_panel.pk, "text": "How do small islands take part?", "capacity": "self"}
    command = {"name": "question.ask", "by": ben.pk, "payload": payload, "command_id": str(uuid4())}
    went = racers.race([{"do": "command", "with": command}] * AT_ONCE)
    assert went == ["done"] * AT_ONCE
    assert Question.objects.count() == 1


def test_a_person_who_asks_many_questions_at_once_asks_one(racers, open_panel, ben):
    jobs = [
        act(
            "ask_question",
            ben,
            session_id=open_panel.pk,
            text=f"Question {n} of many?",
            capacity="self",
            uuid=str(uuid4()),
        )
        for n in range(AT_ONCE)
    ]
    went = racers.race(jobs)
    assert sorted(went) == ["done"] + ["too_fast"] * (AT_ONCE - 1)
    assert Question.objects.count() == 1


def test_parallel_stagings_leave_exactly_one_on_stage(racers, open_panel, ben, moderators, a_question):
    questions = [a_question(open_panel, ben, text=f"Question {n} to be staged?") for n in range(AT_ONCE)]
    jobs = [
        act("stage_question", person, question_id=question.pk)
        for person, question in zip(moderators, questions, strict=True)
    ]
    assert racers.race(jobs) == ["done"] * AT_ONCE
    assert Question.objects.filter(status=Status.ON_STAGE).count() == 1
    assert told(open_panel, "question.staged") == AT_ONCE
    assert told(open_panel, "question.unstaged") == AT_ONCE - 1


def test_changes_that_touch_topics_in_opposite_order_never_wait_for_each_other(
    racers, open_panel, another_panel, ben, a_question
):
    jobs = []
    for number in range(AT_ONCE):
        pair = [a_question(open_panel, ben).pk, a_question(another_panel, ben).pk]
        jobs.append({"do": "touch", "with": {"question_ids": pair[:: 1 if number % 2 else -1], "times": 15}})
    assert racers.race(jobs) == ["done"] * AT_ONCE


@pytest.mark.parametrize("seed", range(4))
def test_a_storm_of_acts_breaks_nothing(racers, open_panel, ben, moderators, a_question, seed):
    chance = random.Random(seed)  # noqa: S311
    questions = [a_question(open_panel, ben, text=f"Question {n} in a storm?") for n in range(3)]
    verbs = ["stage_question", "unstage_question", "answer_question", "reopen_question", "vote_for", "take_vote_back"]
    for _ in range(5):
        jobs = [act(chance.choice(verbs), person, question_id=chance.choice(questions).pk) for person in moderators]
        assert set(racers.race(jobs)) <= {"done", "wrong_move"}
    assert Question.objects.filter(status=Status.ON_STAGE).count() <= 1
    for question in Question.objects.all():
        assert question.vote_count == question.votes.count()
    seqs = list(
        Event.objects.filter(topic=f"session.{open_panel.pk}.floor").order_by("seq").values_list("seq", flat=True)
    )
    assert seqs == list(range(1, len(seqs) + 1))


def test_a_new_address_of_the_projector_tells_no_count_older_than_the_votes(
    racers, open_panel, ben, ada, conference, participants, a_question
):
    question, voters = a_question(open_panel, ben, Status.ON_STAGE), participants(conference, AT_ONCE)
    for round_ in range(6):
        verb = "take_vote_back" if round_ % 2 else "vote_for"
        jobs = [act(verb, person, question_id=question.pk) for person in voters]
        jobs.append(act("renew_stage_key", ada, session_id=open_panel.pk))
        assert racers.race(jobs) == ["done"] * len(jobs)
        key = QuestionTime.objects.get(session=open_panel).stage_key
        told_to = [f"session.{open_panel.pk}.floor", f"stage.{open_panel.pk}.{key}"]
        counts = [snapshot(topic).tallies[f"question.{question.pk}"]["votes"] for topic in told_to]
        assert counts == [question.votes.count()] * 2


# Votes in groups


def sent(by, question, name="question.vote", command_id=None) -> dict:
    payload = {"question_id": question.pk}
    return {"name": name, "by": by.pk, "payload": payload, "command_id": command_id or str(uuid4())}


def together(*votes: dict) -> dict:
    return {"do": "together", "with": {"sent": list(votes)}}


def each_done(*jobs: dict) -> list[str]:
    return [" ".join(["done"] * len(job["with"].get("sent", "1"))) for job in jobs]


def counts_are_the_votes(session) -> bool:
    told = snapshot(f"session.{session.pk}.floor").tallies
    for question in session.questions.all():
        votes = question.votes.count()
        if question.vote_count != votes or told.get(f"question.{question.pk}", {"votes": 0})["votes"] != votes:
            return False
    return True


@pytest.mark.parametrize("seed", range(4))
def test_groups_that_overlap_in_any_order_never_wait_for_each_other_and_lose_or_double_no_vote(
    racers, open_panel, ben, fiji, finland, conference, participants, a_question, seed
):
    """Everybody's vote on everything is in each group, as if each server process had been sent all of them."""
    chance = random.Random(seed)  # noqa: S311
    questions = [a_question(open_panel, ben, text=f"Question {n} of a hall?") for n in range(3)]
    people = participants(conference, 8, [fiji, finland])
    # Some voted before, and the others have no row yet that says how often.
    for person in people[::2]:
        vote_for(questions[0].pk, by=person)
    jobs = []
    for _ in range(AT_ONCE):
        votes = [sent(person, question) for person in people for question in questions]
        chance.shuffle(votes)
        jobs.append(together(*votes))
    assert racers.race(jobs) == each_done(*jobs)
    assert Vote.objects.count() == len(people) * len(questions)
    assert counts_are_the_votes(open_panel)
    assert set(VotingPace.objects.values_list("count", flat=True)) == {3}


@pytest.mark.parametrize("seed", range(3))
def test_the_same_commands_in_many_groups_at_once_and_by_themselves_are_done_once(
    racers, open_panel, ben, conference, participants, a_question, seed
):
    chance = random.Random(seed)  # noqa: S311
    question, people = a_question(open_panel, ben), participants(conference, 6)
    for name, votes in [("question.vote", 6), ("question.unvote", 0)]:
        commands = [sent(person, question, name) for person in people]
        jobs = [together(*chance.sample(commands, len(commands))) for _ in range(AT_ONCE - 2)]
        jobs += [{"do": "command", "with": command} for command in chance.sample(commands, 2)]
        assert racers.race(jobs) == each_done(*jobs)
        assert counts_are_the_votes(open_panel)
        assert question.votes.count() == votes
    assert Receipt.objects.count() == 12
    # A vote and its taking back, each once: whoever is done twice is counted twice here.
    assert set(VotingPace.objects.values_list("count", flat=True)) == {2}


def test_a_command_that_is_refused_in_many_groups_at_once_is_refused_in_each_and_leaves_nothing(
    racers, open_panel, ben, dina, a_question
):
    question, own = a_question(open_panel, ben), a_question(open_panel, dina)
    commands = [sent(dina, question), sent(dina, own)]
    assert racers.race([together(*commands)] * AT_ONCE) == ["done not_allowed"] * AT_ONCE
    assert (question.votes.count(), own.votes.count(), Receipt.objects.count()) == (1, 0, 1)


@pytest.mark.parametrize("seed", range(4))
def test_a_storm_of_groups_among_acts_of_the_desk_breaks_nothing(racers, open_panel, ben, moderators, a_question, seed):
    chance = random.Random(seed)  # noqa: S311
    questions = [a_question(open_panel, ben, text=f"Question {n} in a storm?") for n in range(3)]
    names, verbs = ("question.vote", "question.unvote"), ("stage_question", "answer_question", "reopen_question")
    for _ in range(5):
        jobs = [
            together(
                *(sent(chance.choice(moderators), chance.choice(questions), chance.choice(names)) for _ in "12345")
            )
            for _ in range(3)
        ]
        jobs += [
            act(chance.choice(verbs), person, question_id=chance.choice(questions).pk) for person in moderators[:3]
        ]
        assert set(" ".join(racers.race(jobs)).split()) <= {"done", "wrong_move", "too_fast"}
    for question in Question.objects.all():
        assert question.vote_count == question.votes.count()
    assert Question.objects.filter(status=Status.ON_STAGE).count() <= 1


def test_without_locks_groups_go_wrong(racers, open_panel, ben, conference, participants, a_question):
    """The control, for groups."""
    people = [person.pk for person in participants(conference, AT_ONCE * 2)]
    for _ in range(30):
        question = a_question(open_panel, ben)
        VotingPace.objects.all().delete()
        pairs = zip(people[::2], people[1::2], strict=True)
        jobs = [{"do": "support", "with": {"question_id": question.pk, "voter_ids": pair}} for pair in pairs]
        went = racers.race([job | {"unlocked": True} for job in jobs])
        question.refresh_from_db()
        if any(how.startswith("error") for how in went) or question.vote_count != question.votes.count():
            return
    pytest.fail("thirty races without locks, and nothing was lost: these tests cannot see a race")


def test_without_its_locks_the_same_race_goes_wrong(racers, open_panel, ben, conference, participants, a_question):
    """The control: if this passed without locks, the tests above would prove nothing."""
    QuestionTime.objects.update(window=Window.OPEN)
    people = participants(conference, AT_ONCE)
    for _ in range(30):
        question = a_question(open_panel, ben)
        went = racers.race([act("vote_for", person, question_id=question.pk) | {"unlocked": True} for person in people])
        question.refresh_from_db()
        if any(how.startswith("error") for how in went) or question.vote_count != question.votes.count():
            return
    pytest.fail("thirty races without locks, and nothing was lost: these tests cannot see a race")
