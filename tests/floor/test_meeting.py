"""The meeting as the desk moves it: by whoever holds the desk, and as the floor stood when it was pressed."""

import pytest
from django.contrib.auth.models import AnonymousUser

from outbox.errors import NotAllowed, NotThere, SignInFirst, WrongMove
from sessions.floor.actions import desk, meeting
from sessions.floor.models import Floor
from sessions.programme import actions as programme
from sessions.programme.models import Session, State

pytestmark = pytest.mark.django_db


@pytest.fixture
def topics(floor):
    return [f"session.{floor.pk}.{audience}" for audience in ("speakers", "chair")]


def state_of(floor):
    return Session.objects.get(pk=floor.pk).state


def rev_of(floor):
    return Floor.objects.get(pk=floor.pk).rev


def test_a_meeting_is_opened_suspended_resumed_and_ended_from_the_desk(scheduled, topics, chen, followed):
    moves = [
        (meeting.go_live, State.LIVE),
        (meeting.suspend, State.SUSPENDED),
        (meeting.resume, State.LIVE),
        (meeting.end, State.ENDED),
    ]
    for verb, state in moves:
        seen = rev_of(scheduled)
        with followed(*topics):
            verb(scheduled.pk, rev=seen, by=chen)
        assert (state_of(scheduled), rev_of(scheduled) > seen) == (state, True)
    assert Floor.objects.get(pk=scheduled.pk).desk_holder_id == chen.pk


@pytest.mark.parametrize("verb", [meeting.suspend, meeting.end])
def test_a_press_that_waited_while_the_meeting_was_suspended_and_went_on_does_nothing(floor, chen, dev, verb):
    seen = rev_of(floor)
    programme.suspend(floor.pk, by=dev)
    programme.resume(floor.pk, by=dev)
    with pytest.raises(WrongMove):
        verb(floor.pk, rev=seen, by=chen)
    assert state_of(floor) == State.LIVE
    verb(floor.pk, rev=rev_of(floor), by=chen)
    assert state_of(floor) != State.LIVE


def test_a_press_that_waited_while_somebody_was_called_ends_nothing(floor, statements, chen):
    seen = rev_of(floor)
    desk.call_next(floor.pk, by=chen)
    with pytest.raises(WrongMove):
        meeting.end(floor.pk, rev=seen, by=chen)
    assert state_of(floor) == State.LIVE


def test_it_is_moved_by_nobody_but_who_holds_the_desk(floor, chen, dev, ben):
    desk.take_desk(floor.pk, by=dev)
    for person, refusal in ((chen, NotAllowed), (ben, NotAllowed), (AnonymousUser(), SignInFirst)):
        for verb in (meeting.go_live, meeting.suspend, meeting.resume, meeting.end):
            with pytest.raises(refusal):
                verb(floor.pk, by=person)
    with pytest.raises(NotThere):
        meeting.end(10**9, by=dev)
    meeting.end(floor.pk, by=dev)
    assert state_of(floor) == State.ENDED
