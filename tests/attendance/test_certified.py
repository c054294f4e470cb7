"""A certificate says in how many sessions somebody was, and for how long, however often they came and went."""

import pytest

from registration.paper import Attended
from sessions.attendance.certified import attended
from sessions.attendance.models import Attendance, How
from sessions.programme.models import Session, State

pytestmark = pytest.mark.django_db


@pytest.fixture
def later(conference, room, at):
    """Another session of the conference, from one to two."""
    return Session.objects.create(
        conference=conference,
        room=room,
        title="Closing",
        starts_at=at(180),
        ends_at=at(240),
        state=State.ENDED,
        went_live_at=at(180),
        ended_at=at(240),
    )


@pytest.fixture
def present(at):
    def was(session, user, how, first, last, **fields):
        Attendance.objects.create(
            session=session, user=user, how=how, from_at=at(first), to_at=at(last), is_latest=False, **fields
        )

    return was


def test_minutes_in_the_room_and_online_are_not_counted_twice(conference, ended, later, present, ben, ada):
    present(ended, ben, How.IN_ROOM, 0, 30)
    present(ended, ben, How.ONLINE, 20, 40)
    present(later, ben, How.ONLINE, 180, 190)
    present(later, ada, How.ONLINE, 200, 220)
    assert attended(conference, {ben.pk, ada.pk}) == {ben.pk: Attended(2, 50), ada.pk: Attended(1, 20)}


def test_what_was_before_or_after_a_session_does_not_count(conference, ended, present, ben):
    present(ended, ben, How.IN_ROOM, -30, -10)
    present(ended, ben, How.IN_ROOM, 61, 90)
    assert attended(conference, {ben.pk}) == {}


def test_others_people_and_other_conferences_are_not_looked_at(
    conference, ended, present, ben, ada, django_assert_num_queries
):
    present(ended, ben, How.IN_ROOM, 0, 30)
    with django_assert_num_queries(2):
        assert attended(conference, {ada.pk}) == {}
