"""Faults put in on purpose: the tests that should fail do fail. (A removed lock is in test_races.py.)"""

import pytest

from sessions.questions import actions, live
from sessions.questions.models import Status


def test_a_forgotten_announcement_fails_the_replay(open_panel, ada, ben, a_question, followed, monkeypatch):
    question = a_question(open_panel, ben, Status.PENDING)
    monkeypatch.setattr(actions, "record", lambda *_, **__: None)
    with pytest.raises(AssertionError, match="a page that was open differs"), followed(question):
        actions.approve_question(question.pk, by=ada)


def test_an_untold_count_fails_the_replay(open_panel, ben, dina, a_question, followed, monkeypatch):
    question = a_question(open_panel, ben)
    monkeypatch.setattr(actions, "_tell_count", lambda _: None)
    with pytest.raises(AssertionError, match="nothing changed"), followed(question):
        actions.vote_for(question.pk, by=dina)


def test_a_card_of_the_desk_is_not_let_onto_the_floor(open_panel, ada, ben, a_question, monkeypatch):
    question = a_question(open_panel, ben, Status.PENDING)
    monkeypatch.setattr(live, "public_card", live.desk_card)
    with pytest.raises(ValueError, match="its schemas are closed"):
        actions.approve_question(question.pk, by=ada)
    question.refresh_from_db()
    assert question.status == Status.PENDING


def test_a_waiting_question_let_onto_the_floor_fails_the_replay(open_panel, ben, followed, monkeypatch):
    # The floor is told of it, and a page opened now does not show it.
    monkeypatch.setattr(live, "PUBLIC", (*live.PUBLIC, Status.PENDING))
    with pytest.raises(AssertionError), followed(f"session.{open_panel.pk}.floor", changes=False):
        actions.ask_question(
            open_panel.pk,
            text="How do small islands take part?",
            capacity=actions.Capacity.SELF,
            uuid=actions.UUID(int=7),
            by=ben,
        )
