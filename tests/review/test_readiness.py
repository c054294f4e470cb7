"""What a delegation says before it speaks: that it is ready, and that it is here."""

import pytest

from outbox.errors import NotThere, WrongMove
from sessions.floor.actions import desk
from sessions.floor.models import State, Turn
from sessions.programme.actions import go_live
from sessions.review.actions import handing_in


def test_a_focal_point_says_that_its_delegation_is_ready(review_session, slots, fiji, fay, chen, followed, topics):
    with followed(*topics(fiji), f"session.{review_session.pk}.speakers") as events:
        handing_in.say_ready(slots[0].pk, by=fay)
    assert {event.name for event in events} == {"turn.ready_changed"}
    with followed(*topics(fiji), changes=False):
        handing_in.say_ready(slots[0].pk, by=fay)
    handing_in.say_ready(slots[0].pk, ready=False, by=fay)
    assert Turn.objects.get(pk=slots[0].turn_id).state == State.INSCRIBED
    go_live(review_session.pk, by=chen)
    desk.call_turn(review_session.pk, slots[0].turn_id, by=chen)
    with pytest.raises(WrongMove):
        handing_in.say_ready(slots[0].pk, by=fay)


def test_a_focal_point_answers_the_call_of_its_delegation(review_session, slots, fay, chen, followed):
    go_live(review_session.pk, by=chen)
    with pytest.raises(WrongMove):
        handing_in.say_here(slots[0].pk, by=fay)
    desk.call_turn(review_session.pk, slots[0].turn_id, by=chen)
    floor = [f"session.{review_session.pk}.{each}" for each in ("speakers", "chair")]
    with followed(*floor) as events:
        handing_in.say_here(slots[0].pk, by=fay)
    assert {event.name for event in events} == {"turn.answered"}
    with followed(*floor, changes=False):
        handing_in.say_here(slots[0].pk, by=fay)


def test_nobody_else_says_it(review_session, slots, chen, vera, olga, eve):
    go_live(review_session.pk, by=chen)
    for verb in (handing_in.say_ready, handing_in.say_here):
        for nobody in (vera, olga, eve):
            with pytest.raises(NotThere):
                verb(slots[0].pk, by=nobody)
        desk.call_turn(review_session.pk, slots[0].turn_id, by=chen)
