"""`followed` covers every verb and every event: a new one without a replay test fails here, by name."""

import ast
import inspect
from pathlib import Path
from uuid import uuid4

import pytest

from outbox import changes, registry
from outbox.reading import may_follow, snapshot
from outbox.registry import announcers
from registration.models import Ticket
from sessions.questions.actions import approve_question, vote_for
from sessions.questions.models import Question, QuestionTime, Window

ROOT = Path(__file__).parents[2]


def calls_in(node: ast.AST) -> set[str]:
    """Names of all that is called within."""
    called = (call.func for call in ast.walk(node) if isinstance(call, ast.Call))
    return {function.id if isinstance(function, ast.Name) else getattr(function, "attr", "") for function in called}


def stories() -> list[list[Path]]:
    """Files that tell one story: a module of an app, or all modules of a folder that took its place."""
    roots = ("platform/*", "sessions/*")
    modules = [[path] for root in roots for path in ROOT.glob(f"{root}/*.py")]
    return modules + [sorted(folder.glob("*.py")) for root in roots for folder in ROOT.glob(f"{root}/actions")]


def functions_in(path: Path) -> list[ast.FunctionDef]:
    """Functions, and those of its classes: a step that several verbs share may be a method."""
    body = ast.parse(path.read_text()).body
    methods = [each for node in body if isinstance(node, ast.ClassDef) for each in node.body]
    return [node for node in [*body, *methods] if isinstance(node, ast.FunctionDef)]


def announcing_verbs() -> set[str]:
    """Every @action that records something, itself or through a function of its story."""
    verbs = set()
    for paths in stories():
        functions = {function.name: function for path in paths for function in functions_in(path)}
        telling = {"record", "record_tally"}
        while grown := {name for name, node in functions.items() if calls_in(node) & telling} - telling:
            telling |= grown
        verbs |= {
            name
            for name in telling & functions.keys()
            if any(isinstance(mark, ast.Name) and mark.id == "action" for mark in functions[name].decorator_list)
        }
    return verbs


def test_every_verb_that_announces_is_followed(everything_followed):
    verbs, _ = everything_followed
    assert {"approve_question", "vote_for", "go_live", "set_source", "call_next", "raise_point"} <= announcing_verbs()
    assert announcing_verbs() - verbs == set()


def test_every_event_is_followed(everything_followed):
    _, events = everything_followed
    declared = {name for announcer in announcers() for name in announcer.events}
    assert declared - events == set()


# Mutations: with a piece taken out, the tests that should fail do fail.


@pytest.fixture
def question(panel, ben):
    QuestionTime.objects.update_or_create(session=panel, defaults={"window": Window.OPEN})
    return Question.objects.create(session=panel, author=ben, text="How do small islands fare?")


def test_without_its_announcement_a_change_is_caught(followed, question, ada, monkeypatch):
    monkeypatch.setitem(approve_question.__wrapped__.__globals__, "record", lambda *_, **__: None)
    with pytest.raises(AssertionError, match="differs from one opened now"), followed(question):
        approve_question(question.pk, by=ada)


def test_without_its_count_a_vote_is_caught(followed, question, ada, monkeypatch):
    approve_question(question.pk, by=ada)
    monkeypatch.setitem(vote_for.__wrapped__.__globals__, "record_tally", lambda *_: None)
    with pytest.raises(AssertionError, match="nothing changed"), followed(question):
        vote_for(question.pk, by=ada)


def test_without_a_tombstone_what_left_sight_is_caught(followed, question, ada, monkeypatch):
    """`record()` after the change instead of before it does not know who saw the thing."""
    approve_question(question.pk, by=ada)
    dismiss = vote_for.__wrapped__.__globals__["dismiss_question"]
    really = changes.record

    def record_as_if_new(name, thing, *, new=False):
        really(name, thing, new=True)

    monkeypatch.setitem(dismiss.__wrapped__.__globals__, "record", record_as_if_new)
    with pytest.raises(AssertionError, match="differs from one opened now"), followed(question):
        dismiss(question.pk, reason="tone", by=ada)


def test_a_topic_that_shows_nothing_cannot_pass_for_followed(followed, question):
    with pytest.raises(AssertionError, match="nothing changed"), followed(question):
        pass


def test_a_stranger_follows_no_topic_but_the_programme(question, panel, eve, conference, fiji):
    ticket = Ticket.objects.create(conference=conference, key=uuid4())
    numbers = {
        "session_id": panel.pk,
        "user_id": question.author_id,
        "conference_id": conference.pk,
        "ticket_id": ticket.pk,
        "delegation_id": fiji.pk,
        "key": 12345,
    }
    open_to_eve = set()
    for kind in registry.kinds():
        named = {name: numbers[name] for name in inspect.signature(kind.snapshot).parameters}
        if may_follow(kind.name(**named), eve):
            open_to_eve.add(kind.pattern)
        assert snapshot(kind.name(**named)).topic == kind.name(**named)
    assert open_to_eve == {"conference.{conference_id}.programme"}
