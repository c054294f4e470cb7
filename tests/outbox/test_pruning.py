"""The log forgets a day's end and remembers to where."""

from datetime import timedelta

from django.conf import settings
from django.utils import timezone

from outbox.models import Event, Topic
from outbox.pruning import prune
from outbox.reading import Position, missed, standing_of


def told(name: str, *ages: timedelta) -> None:
    Topic.objects.create(name=name, seq=len(ages))
    for seq, age in enumerate(ages, start=1):
        event = Event.objects.create(topic_id=name, seq=seq, name="question.approved", cards={})
        Event.objects.filter(pk=event.pk).update(made_at=timezone.now() - age)


def test_old_events_go_and_the_topic_knows_to_where(db):
    old, young = settings.LOG_KEPT_FOR + timedelta(minutes=1), timedelta(minutes=1)
    told("session.1.floor", old, old, young)
    told("session.2.floor", young)
    assert prune() == 2
    assert Topic.objects.get(name="session.1.floor").pruned_to == 2
    assert Topic.objects.get(name="session.2.floor").pruned_to == 0
    epoch = standing_of("session.1.floor").position.epoch
    assert missed("session.1.floor", Position(epoch, 1)) is None
    assert [event.seq for event in missed("session.1.floor", Position(epoch, 2))] == [3]


def test_no_gap_is_left_where_clocks_disagreed(db):
    """An event may bear an earlier time than the one before it; what goes is a stretch from the start."""
    old, young = settings.LOG_KEPT_FOR + timedelta(minutes=1), timedelta(minutes=1)
    told("session.1.floor", young, old, young)
    assert prune() == 2
    assert list(Event.objects.values_list("seq", flat=True)) == [3]
