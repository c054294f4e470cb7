"""A hall that opens a session's page reads its questions once; every change is seen by whoever opens it next."""

import pytest

from accounts.models import User
from outbox import kept
from outbox.reading import standing_of
from sessions.questions import actions
from sessions.questions.floor_now import floor_now
from sessions.questions.live import FLOOR
from sessions.questions.models import Status, Window

pytestmark = pytest.mark.django_db


@pytest.fixture
def now(open_panel):
    def what_there_is():
        return floor_now(open_panel.pk, standing_of(FLOOR.name(session_id=open_panel.pk)))

    return what_there_is


def test_who_comes_after_somebody_asks_only_where_the_floor_stands(
    now, open_panel, a_question, ben, django_assert_num_queries
):
    a_question(open_panel, ben)
    first = now()
    with django_assert_num_queries(2):
        assert now() is first


@pytest.mark.parametrize(
    ("change", "shown"),
    [
        (lambda q, ada, dina: actions.stage_question(q.pk, by=ada), lambda f: len(f.staged)),
        (lambda q, ada, dina: actions.answer_question(q.pk, by=ada), lambda f: len(f.answered)),
        (lambda q, ada, dina: actions.withdraw_question(q.pk, by=q.author), lambda f: f.live_count),
        (lambda q, ada, dina: actions.vote_for(q.pk, by=dina), lambda f: [row.vote_count for row in f.live]),
        (lambda q, ada, dina: actions.set_window(q.session_id, window=Window.CLOSED, by=ada), lambda f: f.window),
    ],
)
def test_a_change_is_seen_by_whoever_opens_the_page_next(now, open_panel, a_question, ben, ada, dina, change, shown):
    question = a_question(open_panel, ben)
    before = shown(now())
    change(question, ada, dina)
    assert shown(now()) != before


def test_a_question_that_is_approved_is_there_at_once(now, open_panel, a_question, ben, ada):
    waiting = a_question(open_panel, ben, status=Status.PENDING)
    assert now().live_count == 0
    actions.approve_question(waiting.pk, by=ada)
    assert [question.pk for question in now().live] == [waiting.pk]


def test_a_name_that_changed_is_read_again_after_a_moment(now, open_panel, a_question, ben, monkeypatch):
    a_question(open_panel, ben)
    assert now().live[0].author.name == "Ben"
    User.objects.filter(pk=ben.pk).update(name="Benjamin")
    monkeypatch.setattr(kept, "KEPT_FOR", 0)
    assert now().live[0].author.name == "Benjamin"


def test_only_so_much_is_kept(now, open_panel, monkeypatch):
    monkeypatch.setattr(kept, "MOST_KEPT", 1)
    monkeypatch.setattr(kept, "_kept", kept.OrderedDict({("floor", 0): ()}))
    now()
    assert list(kept._kept) == [("floor", open_panel.pk)]
