"""A rehearsal goes through it all, behind closed doors, and leaves no trace."""

import pytest

from outbox.errors import NotAllowed, WrongMove
from outbox.models import Event
from outbox.reading import snapshot
from sessions.floor.actions import desk, listing, ordering, points, rehearsing
from sessions.floor.models import Floor, Kind, Minute, PointOfOrder, PointState, Segment, State, Turn
from sessions.programme.actions import go_live


def rows():
    return {
        model.__name__: sorted(map(str, model.objects.values_list())) for model in (Turn, Segment, PointOfOrder, Minute)
    }


def rehearse(floor, chen, finland, server_clock):
    rehearsing.begin_rehearsal(floor.pk, by=chen)
    turn = desk.call_next(floor.pk, by=chen)
    desk.start_turn(floor.pk, turn.pk, by=chen)
    server_clock.tick(12)
    point = points.note_point(floor.pk, delegation_id=finland.pk, by=chen)
    points.rule_on_point(floor.pk, point.pk, ruling=PointState.UPHELD, words="SECRET-RULING", by=chen)
    ordering.add_turn(floor.pk, kind=Kind.COMMENT, name="SECRET-NAME", by=chen)
    desk.end_turn(floor.pk, turn.pk, by=chen)
    return turn


def test_the_traces_of_a_rehearsal_vanish(scheduled, statements, chen, finland, server_clock):
    before, hall = rows(), snapshot(f"session.{scheduled.pk}.speakers")
    rehearsed = rehearse(scheduled, chen, finland, server_clock)
    assert rehearsed.stands_for_id == statements[0].pk
    assert Turn.objects.get(pk=rehearsed.pk).state == State.COMPLETED
    rehearsing.end_rehearsal(scheduled.pk, by=chen)
    assert rows() == before
    assert snapshot(f"session.{scheduled.pk}.speakers").cards == hall.cards
    assert not Event.objects.filter(cards__icontains="SECRET").exists()


def test_nobody_but_the_desk_hears_of_a_rehearsal(scheduled, chen, finland, server_clock):
    before = Event.objects.exclude(topic=f"session.{scheduled.pk}.chair").count()
    rehearse(scheduled, chen, finland, server_clock)
    assert Event.objects.exclude(topic=f"session.{scheduled.pk}.chair").count() == before
    desk_cards = snapshot(f"session.{scheduled.pk}.chair").cards
    assert desk_cards["floor"]["is_rehearsed"]
    # Control: the desk does hear of it, so the words searched for above could have leaked.
    assert Event.objects.filter(cards__icontains="SECRET").exists()


def test_whoever_follows_the_hall_hears_neither_of_its_beginning_nor_of_its_end(scheduled, chen, followed):
    hall = [f"session.{scheduled.pk}.speakers", f"screen.{scheduled.pk}.{scheduled.screen_key}"]
    with followed(*hall, changes=False):
        rehearsing.begin_rehearsal(scheduled.pk, by=chen)
        rehearsing.end_rehearsal(scheduled.pk, by=chen)


def test_a_desk_that_was_open_starts_anew_with_the_rehearsal_and_after_it(scheduled, statements, chen):
    topic = f"session.{scheduled.pk}.chair"
    first = snapshot(topic)
    rehearsing.begin_rehearsal(scheduled.pk, by=chen)
    second = snapshot(topic)
    rehearsing.end_rehearsal(scheduled.pk, by=chen)
    third = snapshot(topic)
    epochs = [at.standing.position.epoch for at in (first, second, third)]
    assert len(set(epochs)) == 3
    assert {f"turn.{turn.pk}" for turn in statements} <= set(third.cards)
    assert not {f"turn.{turn.pk}" for turn in statements} & set(second.cards)


def test_the_real_list_goes_on_during_a_rehearsal_without_the_desk(scheduled, chen, ben, followed):
    rehearsing.begin_rehearsal(scheduled.pk, by=chen)
    with pytest.raises(WrongMove):
        ordering.open_list(scheduled.pk, by=chen)
    with pytest.raises(WrongMove):
        listing.join_list(scheduled.pk, kind=Kind.COMMENT, by=ben)
    with pytest.raises(WrongMove):
        points.raise_point(scheduled.pk, by=ben)


def test_a_delegate_can_say_that_they_are_ready_while_others_rehearse(scheduled, statements, chen, ben, followed):
    rehearsing.begin_rehearsal(scheduled.pk, by=chen)
    hall = [f"session.{scheduled.pk}.speakers", f"screen.{scheduled.pk}.{scheduled.screen_key}"]
    with followed(*hall):
        listing.say_ready(statements[0].pk, by=ben)


def test_the_session_that_begins_ends_the_rehearsal(scheduled, chen, finland, server_clock):
    rehearse(scheduled, chen, finland, server_clock)
    go_live(scheduled.pk, by=chen)
    assert not Floor.objects.get().is_rehearsed
    assert not Turn.objects.filter(is_rehearsal=True).exists()
    with pytest.raises(WrongMove):
        rehearsing.begin_rehearsal(scheduled.pk, by=chen)


def test_whoever_may_not_chair_rehearses_nothing(scheduled, ben):
    for verb in (rehearsing.begin_rehearsal, rehearsing.end_rehearsal):
        with pytest.raises(NotAllowed):
            verb(scheduled.pk, by=ben)


def test_twice_is_once(scheduled, chen):
    rehearsing.begin_rehearsal(scheduled.pk, by=chen)
    rehearsing.begin_rehearsal(scheduled.pk, by=chen)
    assert Turn.objects.filter(is_rehearsal=True).count() == 3
    rehearsing.end_rehearsal(scheduled.pk, by=chen)
    rehearsing.end_rehearsal(scheduled.pk, by=chen)
