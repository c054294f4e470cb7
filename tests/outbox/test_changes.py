"""How a change is told: each audience its card or nothing, each topic its next number, all in the change's commit."""

from dataclasses import replace

import pytest
from django.db import transaction

from outbox import bus, changes, registry
from outbox.changes import action, change_rights, record, record_tally
from outbox.models import Event, Tally, Topic
from outbox.reading import Position, missed, snapshot, standing_of
from outbox.registry import TopicKind, announcer_of, kind_of
from sessions.questions.actions import approve_question, dismiss_question, restore_question, vote_for
from sessions.questions.models import Question, QuestionTime, Status, Window


@pytest.fixture
def question(panel, ben):
    QuestionTime.objects.update_or_create(session=panel, defaults={"window": Window.OPEN})
    return Question.objects.create(session=panel, author=ben, text="How do small islands fare?")


@pytest.fixture
def floor(panel):
    return f"session.{panel.pk}.floor"


def log_of(topic: str) -> list[tuple[int, str]]:
    return list(Event.objects.filter(topic=topic).order_by("seq").values_list("seq", "name"))


def test_numbers_have_no_gaps_even_where_a_change_was_undone(question, floor, ada):
    approve_question(question.pk, by=ada)

    class ChangedMyMind(Exception):
        pass

    def dismiss_and_regret() -> None:
        with transaction.atomic():
            dismiss_question(question.pk, reason="tone", by=ada)
            raise ChangedMyMind

    with pytest.raises(ChangedMyMind):
        dismiss_and_regret()
    dismiss_question(question.pk, reason="duplicate", by=ada)
    assert log_of(floor) == [(1, "question.approved"), (2, "question.dismissed")]


def test_an_audience_that_sees_nothing_before_and_after_hears_nothing(question, floor, ada):
    dismiss_question(question.pk, reason="tone", by=ada)
    restore_question(question.pk, by=ada)
    assert log_of(floor) == []
    assert not Topic.objects.filter(name=floor, seq__gt=0).exists()


def test_leaving_sight_is_a_card_of_nothing(question, floor, ada):
    approve_question(question.pk, by=ada)
    dismiss_question(question.pk, reason="tone", note="for the author only", by=ada)
    assert Event.objects.get(topic=floor, seq=2).cards == {f"question.{question.pk}": None}


def test_an_action_within_an_action_is_announced_by_the_outer_one(question, floor, ada):
    @action
    def approve_and_look() -> list:
        approve_question(question.pk, by=ada)
        return log_of(floor)

    assert approve_and_look() == []
    assert log_of(floor) == [(1, "question.approved")]


def test_cards_are_built_after_the_topics_are_locked(question, floor, ada):
    """What the action holds in memory may be older than the row by then: the row is read again."""

    @action
    def change_behind_the_back() -> None:
        record("question.approved", question)
        Question.objects.filter(pk=question.pk).update(status=Status.LIVE, text="As the row has it now, not the memory")

    change_behind_the_back()
    assert Event.objects.get(topic=floor).cards[f"question.{question.pk}"]["text"].startswith("As the row")


def test_topics_are_locked_in_the_order_of_their_names(question, ada, monkeypatch):
    locked = []
    really = changes._lock

    def lock(names):
        topics = really(names)
        locked.append(list(topics))
        return topics

    monkeypatch.setattr(changes, "_lock", lock)
    approve_question(question.pk, by=ada)
    assert locked == [sorted(locked[0])]
    assert len(locked[0]) == 4


def test_nothing_is_recorded_outside_an_action(question):
    with pytest.raises(LookupError):
        record("question.approved", question)
    with pytest.raises(LookupError):
        record_tally("session.1.floor", "question.1", {"votes": 1})
    with pytest.raises(LookupError):
        change_rights("user.1")


def test_an_event_nobody_declared_is_refused(question):
    @action
    def improvise() -> None:
        record("question.improvised", question)

    with pytest.raises(ValueError, match="not declared"):
        improvise()


def test_a_card_that_is_not_the_audiences_own_is_refused(question, panel, ada, monkeypatch):
    """The mutation "a desk field let into a public card" ends here, before the commit."""
    announcer = announcer_of(question)

    def leaking(thing):
        for place in announcer.placements(thing):
            yield place
            if place.topic.endswith(".desk"):
                yield replace(place, topic=f"session.{panel.pk}.floor")

    monkeypatch.setitem(registry._announcers, Question, replace(announcer, placements=leaking))
    with pytest.raises(ValueError, match="closed"):
        approve_question(question.pk, by=ada)
    assert Question.objects.get().status == Status.PENDING


def test_the_bus_hears_after_the_commit_and_not_of_what_was_undone(
    question, floor, ada, monkeypatch, django_capture_on_commit_callbacks
):
    told = []
    monkeypatch.setattr(bus, "_tell", told.append)
    with django_capture_on_commit_callbacks(execute=True) as callbacks:
        approve_question(question.pk, by=ada)
        assert told == []
    assert len(callbacks) == 3
    assert sorted(each.topic for each in told) == sorted(
        [floor, f"session.{question.session_id}.desk", f"user.{question.author_id}"]
    )


def test_counts_are_rows_with_a_version_and_no_events(question, floor, ada, olga):
    approve_question(question.pk, by=ada)
    vote_for(question.pk, by=ada)
    vote_for(question.pk, by=olga)
    tally = Tally.objects.get(topic=floor)
    assert (tally.counts["votes"], tally.version) == (2, 2)
    assert log_of(floor) == [(1, "question.approved")]


def test_what_is_missed_is_whole_or_not_given(question, floor, ada):
    approve_question(question.pk, by=ada)
    dismiss_question(question.pk, reason="tone", by=ada)
    epoch = standing_of(floor).position.epoch
    assert [event.seq for event in missed(floor, Position(epoch, 0))] == [1, 2]
    assert [event.seq for event in missed(floor, Position(epoch, 1))] == [2]
    assert missed(floor, Position(epoch, 2)) == []
    assert missed(floor, Position(epoch, 3)) is None
    assert missed(floor, Position("other.0", 1)) is None
    Event.objects.filter(topic=floor, seq=1).delete()
    Topic.objects.filter(name=floor).update(pruned_to=1)
    assert missed(floor, Position(epoch, 0)) is None
    assert [event.seq for event in missed(floor, Position(epoch, 1))] == [2]


def test_a_topic_nobody_wrote_to_stands_at_nothing(panel):
    QuestionTime.objects.get_or_create(session=panel)
    standing = standing_of(f"session.{panel.pk}.floor")
    assert (standing.position.seq, standing.tally_version) == (0, 0)
    assert not Topic.objects.exists()
    assert snapshot(f"session.{panel.pk}.floor").standing == standing


@pytest.mark.parametrize(
    "name",
    ["session.0.floor", "session.-1.floor", "session.1.floorx", "session.1", "xsession.1.floor", "session..floor", ""],
)
def test_names_nobody_registered_are_nobodys_topics(name):
    assert kind_of(name) is None


def test_a_pattern_gives_the_numbers_back():
    kind = TopicKind("session.{session_id}.floor", (), lambda user, session_id: True, lambda session_id: ())
    assert kind.numbers(kind.name(session_id=12)) == {"session_id": 12}
