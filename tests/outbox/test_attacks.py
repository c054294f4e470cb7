"""What an unkind world does to the announcement of a change: a bus that is away or hangs, texts no database keeps."""

import socket
import time
from uuid import uuid4

import pytest
from django.utils import timezone

from outbox import bus
from outbox.commands import perform
from outbox.errors import Invalid
from outbox.models import Event
from sessions.programme.models import State
from sessions.questions.actions import approve_question
from sessions.questions.models import Question, QuestionTime, Window


@pytest.fixture
def question(panel, ben):
    QuestionTime.objects.update_or_create(session=panel, defaults={"window": Window.OPEN})
    return Question.objects.create(session=panel, author=ben, text="How do small islands fare?")


@pytest.fixture
def bus_at(settings, monkeypatch):
    """Points the bus at an address, as a process that has not spoken to it yet."""

    def pointed(address: str) -> None:
        settings.REDIS_URL = address
        bus._redis.cache_clear()
        monkeypatch.setattr(bus, "_left_alone_until", 0.0)

    yield pointed
    bus._redis.cache_clear()


def seconds_of(verb, *args, **kwargs) -> float:
    began = time.monotonic()
    verb(*args, **kwargs)
    return time.monotonic() - began


@pytest.mark.django_db(transaction=True)
def test_a_change_does_not_wait_for_a_bus_that_is_away(question, ada, bus_at):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # not listening: whoever comes is refused
        bus_at(f"redis://127.0.0.1:{taken.getsockname()[1]}/0")
        assert seconds_of(approve_question, question.pk, by=ada) < 1
    assert Event.objects.filter(name="question.approved").count() == 3


@pytest.mark.django_db(transaction=True)
def test_changes_wait_once_and_briefly_for_a_bus_that_hangs(question, ada, bus_at):
    """It takes the connection and never answers. Three topics are told, and none of them waits for the next."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        bus_at(f"redis://127.0.0.1:{silent.getsockname()[1]}/0")
        assert seconds_of(approve_question, question.pk, by=ada) < 3
        assert seconds_of(bus.tell_tally, "session.1.floor") < 0.5


NOT_TEXTS = ["a question\x00with a nought", "\ud800 half a letter", "\udfff"]


@pytest.mark.parametrize("text", NOT_TEXTS, ids=["nought", "half", "other half"])
@pytest.mark.parametrize(
    ("name", "payload"),
    [
        ("question.ask", {"session_id": 0, "capacity": "self", "text": ""}),
        ("question.dismiss", {"question_id": 0, "reason": "tone", "note": ""}),
        ("session.reopen", {"session_id": 0, "reason": ""}),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_text_that_cannot_be_kept_is_refused(question, panel, olga, ada, name, payload, text):
    ids = {"session_id": panel.pk, "question_id": question.pk}
    if name == "session.reopen":
        type(panel).objects.filter(pk=panel.pk).update(state=State.ENDED, ended_at=timezone.now())
    payload = {key: ids.get(key, value) or f"Words and {text}" for key, value in payload.items()}
    with pytest.raises(Invalid):
        perform(name, payload, by=olga if name == "session.reopen" else ada, command_id=uuid4())
