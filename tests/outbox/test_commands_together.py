"""Many people's commands in one commit: for each what it would get alone, and one that is refused fails no other."""

from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import translation

from accounts.models import User
from conferences.models import Membership
from outbox.commands import Sent, perform, perform_together
from outbox.errors import Invalid, NotAllowed, NotThere, Refusal, SignInFirst
from outbox.models import Receipt
from outbox.registry import CommandGroup, command
from sessions.questions import actions
from sessions.questions.models import Question, QuestionTime, Status, Vote, VotingPace, Window

SUPPORT = command("question.vote").group


@pytest.fixture
def question(panel, ben):
    QuestionTime.objects.update_or_create(session=panel, defaults={"window": Window.OPEN})
    return Question.objects.create(session=panel, author=ben, text="How do small islands fare?", status=Status.LIVE)


def vote(by, question, *, name="question.vote", command_id=None, **payload):
    return Sent(name, payload or {"question_id": question.pk}, by.pk, command_id or uuid4())


def unvote(by, question, **more):
    return vote(by, question, name="question.unvote", **more)


def together(*sent):
    """Answers as they are, and of refusals their codes."""
    return [result.code if isinstance(result, Refusal) else result for result in perform_together(SUPPORT, sent)]


def counted(votes, delegations=0):
    return {"votes": votes, "delegations": delegations}


def test_each_gets_its_answer_in_the_order_they_came(question, ada, chen, olga):
    other = Question.objects.create(
        session=question.session, author=ada, text="And how do large ones?", status=Status.LIVE
    )
    answers = together(vote(olga, question), vote(olga, other), vote(ada, question), vote(chen, question))
    assert answers == [counted(3), counted(1), counted(3), counted(3)]
    assert Receipt.objects.count() == 4


def test_one_that_is_refused_fails_no_other(question, ada, ben, chen, eve):
    gone, barred = User(pk=10**9), User.objects.create_user("barred@example.org", is_active=False)
    answers = together(
        vote(ada, question),
        vote(ben, question),  # his own
        vote(eve, question),  # a stranger
        vote(ada, question, question_id="7"),
        vote(ada, question, question_id=10**9),
        vote(gone, question),
        vote(barred, question),
        vote(chen, question),
    )
    refused = [NotAllowed.code, NotThere.code, Invalid.code, NotThere.code, SignInFirst.code, SignInFirst.code]
    assert answers == [counted(2), *refused, counted(2)]


def test_a_refusal_leaves_no_receipt_and_may_be_tried_again(question, ada, chen):
    Question.objects.update(status=Status.ANSWERED)
    sent = [vote(ada, question), vote(chen, question)]
    assert together(*sent) == ["wrong_move", "wrong_move"]
    assert not Receipt.objects.exists()
    Question.objects.update(status=Status.LIVE)
    assert together(*sent) == [counted(2), counted(2)]


def test_the_refusal_of_a_payload_says_where(question, ada):
    (refusal,) = perform_together(SUPPORT, [vote(ada, question, question_id="7")])
    assert list(refusal.fields) == ["question_id"]


def test_an_id_sent_twice_in_a_group_is_done_once_and_answered_twice(question, ada, chen):
    sent = vote(ada, question)
    answers = together(sent, vote(chen, question), sent)
    assert answers == [counted(2)] * 3
    assert VotingPace.objects.get(voter=ada).count == 1
    assert Receipt.objects.count() == 2


def test_an_id_that_is_refused_and_sent_twice_in_a_group_is_refused_twice(question, ben):
    sent = vote(ben, question)
    assert together(sent, sent) == ["not_allowed", "not_allowed"]


def test_an_id_that_was_done_before_gets_its_first_answer_whichever_way_it_came(question, ada, chen):
    sent = vote(ada, question)
    first = perform(sent.name, sent.payload, by=ada, command_id=sent.command_id)
    assert together(unvote(ada, question)) == [counted(0)]
    assert together(sent, vote(chen, question)) == [first, counted(1)]
    assert perform(sent.name, sent.payload, by=ada, command_id=sent.command_id) == first


def test_a_group_of_nothing_new_is_answered_and_runs_nothing(question, ada, chen):
    sent = [vote(ada, question), vote(chen, question)]
    first = together(*sent)
    Question.objects.all().delete()
    assert together(*sent) == first


def test_an_id_used_for_another_command_is_refused(question, ada):
    sent = uuid4()
    assert together(vote(ada, question, command_id=sent)) == [counted(1)]
    assert together(unvote(ada, question, command_id=sent)) == ["invalid"]
    new = uuid4()
    assert together(unvote(ada, question, command_id=new), vote(ada, question, command_id=new)) == [
        counted(0),
        "invalid",
    ]


def test_ids_are_each_persons_own(question, ada, chen):
    sent = uuid4()
    assert together(vote(ada, question, command_id=sent), vote(chen, question, command_id=sent)) == [counted(2)] * 2


def test_what_breaks_is_raised_and_leaves_nothing(question, ada, chen, monkeypatch):
    def broken(questions):
        raise RuntimeError("the disk is full")

    monkeypatch.setattr(actions, "recount", broken)
    with pytest.raises(RuntimeError, match="the disk is full"):
        perform_together(SUPPORT, [vote(ada, question), vote(chen, question)])
    assert not Receipt.objects.exists()
    assert not Vote.objects.exists()


def test_a_run_that_answers_for_one_too_few_is_not_believed(question, ada, chen, monkeypatch):
    monkeypatch.setattr(actions, "change_support", lambda wishes: [question])
    with pytest.raises(ValueError, match="shorter"):
        perform_together(SUPPORT, [vote(ada, question), vote(chen, question)])
    assert not Receipt.objects.exists()


def test_only_commands_of_the_group_are_carried_out_together(question, ada):
    with pytest.raises(ValueError, match="does not belong to the group support"):
        perform_together(SUPPORT, [vote(ada, question, name="question.approve")])
    with pytest.raises(ValueError, match="does not belong to the group others"):
        perform_together(CommandGroup("others", lambda asked: []), [vote(ada, question)])


def test_nobodys_commands_are_answered_with_nothing():
    assert perform_together(SUPPORT, []) == []


def test_each_refusal_can_be_read_in_its_persons_language(question, ben):
    with translation.override("ar"):
        (refusal,) = perform_together(SUPPORT, [vote(ben, question)])
    with translation.override("en"):
        assert refusal.as_answer()["message"] == "You cannot support your own question."


def test_a_hundred_cost_as_many_queries_as_three(question, conference):
    people = User.objects.bulk_create([User(email=f"p{n}@example.org", password="!") for n in range(104)])
    Membership.objects.bulk_create([Membership(conference=conference, user=person) for person in people])
    VotingPace.objects.bulk_create([VotingPace(voter=person) for person in people])
    ran = []
    for many in (1, 3, 100):
        sent = [vote(people.pop(), question) for _ in range(many)]
        with CaptureQueriesContext(connection) as queries:
            assert together(*sent) == [counted(Vote.objects.count())] * many
        ran.append(len(queries))
    assert ran[0] <= ran[1] == ran[2]
