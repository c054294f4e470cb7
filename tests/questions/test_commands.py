"""Questions over the wire: what a page sends, what it is answered, and what is no command."""

from uuid import uuid4

import pytest

from outbox.commands import perform
from outbox.errors import Invalid, WrongMove
from outbox.registry import commands
from sessions.programme.actions import end_session, remove_session
from sessions.programme.models import Session, State
from sessions.questions.models import Question, QuestionTime, Status, Window

TEXT = "How do small islands take part in this?"


def send(name, payload, by, command_id=None):
    return perform(name, payload, by=by, command_id=command_id or uuid4())


def test_asking_is_answered_with_the_question_and_its_honest_state(open_panel, ben):
    payload = {"session_id": open_panel.pk, "text": TEXT, "capacity": "self", "language": "en"}
    answer = send("question.ask", payload, ben)
    assert answer == {"question_id": Question.objects.get().pk, "status": "pending"}


def test_a_draft_that_is_sent_again_as_another_command_is_asked_once(open_panel, ben):
    payload = {"session_id": open_panel.pk, "text": TEXT, "capacity": "self", "uuid": str(uuid4())}
    assert send("question.ask", payload, ben) == send("question.ask", payload, ben)
    assert Question.objects.count() == 1


def test_a_vote_is_answered_with_the_counts_that_include_it(open_panel, ben, dina, a_question):
    question = a_question(open_panel, ben)
    assert send("question.vote", {"question_id": question.pk}, dina) == {"votes": 1, "delegations": 1}
    assert send("question.unvote", {"question_id": question.pk}, dina) == {"votes": 0, "delegations": 0}


def test_each_verb_of_the_desk_is_a_command(open_panel, ada, ben, a_question):
    question = a_question(open_panel, ben, Status.PENDING)
    for verb, more, status in [
        ("approve", {}, Status.LIVE),
        ("stage", {}, Status.ON_STAGE),
        ("unstage", {}, Status.LIVE),
        ("answer", {}, Status.ANSWERED),
        ("reopen", {}, Status.LIVE),
        ("dismiss", {"reason": "no_time", "note": ""}, Status.DISMISSED),
        ("restore", {}, Status.PENDING),
    ]:
        send(f"question.{verb}", {"question_id": question.pk, **more}, ada)
        question.refresh_from_db()
        assert question.status == status
    send("question.withdraw", {"question_id": question.pk}, ben)
    question.refresh_from_db()
    assert question.status == Status.WITHDRAWN


def test_the_desk_sets_the_window_and_renews_the_address(open_panel, ada):
    send("question_time.set_window", {"session_id": open_panel.pk, "window": "read_only"}, ada)
    assert QuestionTime.objects.get().window == Window.READ_ONLY
    answer = send("question_time.renew_stage_key", {"session_id": open_panel.pk}, ada)
    assert answer == {"stage_path": f"/s/{open_panel.pk}/{QuestionTime.objects.get().stage_key}/"}


@pytest.mark.parametrize(
    ("name", "payload", "where"),
    [
        ("question.vote", {"question_id": "7"}, "question_id"),
        ("question.vote", {"question_id": 0}, "question_id"),
        ("question.vote", {"question_id": 2**63}, "question_id"),
        ("question.ask", {"session_id": 1, "text": TEXT, "capacity": "minister"}, "capacity"),
        ("question.dismiss", {"question_id": 1, "reason": "because"}, "reason"),
        ("question_time.set_window", {"session_id": 1, "window": "ajar"}, "window"),
        ("question.ask", {"session_id": 1, "text": TEXT, "capacity": "self", "uuid": "x"}, "uuid"),
    ],
)
def test_a_payload_that_does_not_fit_is_refused_where_it_does_not(ben, name, payload, where):
    with pytest.raises(Invalid) as refused:
        send(name, payload, ben)
    assert list(refused.value.fields) == [where]


def test_the_commands_of_questions_are_these():
    assert {command.name for command in commands() if command.name.startswith("question")} == {
        "question.answer",
        "question.approve",
        "question.ask",
        "question.dismiss",
        "question.reopen",
        "question.restore",
        "question.stage",
        "question.unstage",
        "question.unvote",
        "question.vote",
        "question.withdraw",
        "question_time.renew_stage_key",
        "question_time.set_window",
    }


def test_with_the_end_of_a_session_its_questions_become_read_only(open_panel, chen, ben, a_question, followed):
    question = a_question(open_panel, ben, Status.ON_STAGE)
    with followed(question, open_panel.question_time, open_panel) as events:
        end_session(open_panel.pk, by=chen)
    assert {event.name for event in events} == {"session.ended", "question_time.changed", "question.unstaged"}
    question.refresh_from_db()
    assert (question.status, QuestionTime.objects.get().window) == (Status.LIVE, Window.READ_ONLY)


def test_a_session_without_any_questions_ends_too(panel, chen):
    end_session(panel.pk, by=chen)
    assert QuestionTime.objects.get().window == Window.READ_ONLY


def test_a_session_goes_with_its_question_time_and_not_with_a_question(open_panel, olga, ben, a_question):
    Session.objects.update(state=State.SCHEDULED)
    question = a_question(open_panel, ben, Status.WITHDRAWN)
    with pytest.raises(WrongMove) as refused:
        remove_session(open_panel.pk, by=olga)
    assert "Questions were asked" in str(refused.value.words)
    question.delete()
    remove_session(open_panel.pk, by=olga)
    assert not QuestionTime.objects.exists()
