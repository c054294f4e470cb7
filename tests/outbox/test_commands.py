"""A command is done once, and one that was refused may be tried again."""

from uuid import uuid4

import pytest
from django.contrib.auth.models import AnonymousUser

from outbox.commands import perform
from outbox.errors import Invalid, NotThere, SignInFirst, UnknownCommand
from outbox.models import Receipt
from sessions.questions.models import Question, QuestionTime, Status, Window


@pytest.fixture
def question(panel, ben):
    QuestionTime.objects.update_or_create(session=panel, defaults={"window": Window.OPEN})
    return Question.objects.create(session=panel, author=ben, text="How do small islands fare?", status=Status.LIVE)


def test_the_same_command_again_gives_the_first_answer_again(question, ada):
    sent = uuid4()
    first = perform("question.vote", {"question_id": question.pk}, by=ada, command_id=sent)
    perform("question.unvote", {"question_id": question.pk}, by=ada, command_id=uuid4())
    assert perform("question.vote", {"question_id": question.pk}, by=ada, command_id=sent) == first
    question.refresh_from_db()
    assert question.vote_count == 0


def test_ids_are_each_persons_own(question, ada, olga):
    sent = uuid4()
    for person in (ada, olga):
        perform("question.vote", {"question_id": question.pk}, by=person, command_id=sent)
    question.refresh_from_db()
    assert question.vote_count == 2


def test_an_id_used_for_another_command_is_refused(question, ada):
    sent = uuid4()
    perform("question.vote", {"question_id": question.pk}, by=ada, command_id=sent)
    with pytest.raises(Invalid):
        perform("question.unvote", {"question_id": question.pk}, by=ada, command_id=sent)


def test_a_refusal_leaves_no_receipt(question, ada):
    with pytest.raises(NotThere):
        perform("question.vote", {"question_id": 10**9}, by=ada, command_id=uuid4())
    assert not Receipt.objects.exists()


def test_a_payload_is_read_strictly_and_the_refusal_says_where(question, ada):
    with pytest.raises(Invalid) as refusal:
        perform("question.vote", {"question_id": "7"}, by=ada, command_id=uuid4())
    assert list(refusal.value.fields) == ["question_id"]


def test_nobody_in_particular_may_not_command(question):
    with pytest.raises(SignInFirst):
        perform("question.vote", {"question_id": question.pk}, by=AnonymousUser(), command_id=uuid4())


def test_what_is_no_command_is_said_to_be_none(ada):
    with pytest.raises(UnknownCommand):
        perform("question.explode", {}, by=ada, command_id=uuid4())
