"""When a list is through: each statement takes three minutes here, and half a minute lies between two of them."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from sessions.floor.actions import desk
from sessions.floor.models import Floor
from sessions.floor.queries import course_of
from sessions.programme.actions import end_session
from sessions.programme.models import State as SessionState

pytestmark = pytest.mark.django_db

ALL_THREE = timedelta(minutes=3 * 3, seconds=2 * 30)


def through(floor, now):
    return course_of(Floor.objects.select_related("session").get(pk=floor.pk)).through_from(now)


def test_before_the_session_it_is_counted_from_its_beginning(floor, statements, server_clock):
    session = floor.session
    session.state, session.went_live_at = SessionState.SCHEDULED, None
    session.starts_at = server_clock.at + timedelta(hours=1)
    session.ends_at = session.starts_at + timedelta(hours=1)
    session.save()
    assert through(floor, server_clock.at) == session.starts_at + ALL_THREE
    late = session.starts_at + timedelta(minutes=7)
    assert through(floor, late) == late + ALL_THREE


def test_as_long_as_nobody_is_called_it_moves_away(floor, statements, chen, server_clock):
    Floor.objects.update(moved_at=server_clock.at)
    for _minute in range(3):
        assert through(floor, server_clock.at) == server_clock.at + ALL_THREE
        server_clock.tick(60)


def test_a_speaker_within_their_time_moves_nothing_and_one_who_overruns_or_is_stopped_does(
    floor, statements, chen, server_clock
):
    desk.call_next(floor.pk, by=chen)
    desk.start_turn(floor.pk, statements[0].pk, by=chen)
    due = server_clock.at + ALL_THREE
    for passed in (10, 100, 180):
        assert through(floor, server_clock.at + timedelta(seconds=passed)) == due
    assert through(floor, server_clock.at + timedelta(seconds=200)) == due + timedelta(seconds=20)
    server_clock.tick(60)
    desk.pause_turn(floor.pk, statements[0].pk, by=chen)
    assert through(floor, server_clock.at) == due
    assert through(floor, server_clock.at + timedelta(seconds=45)) == due + timedelta(seconds=45)


def test_what_a_speaker_left_is_won(floor, statements, chen, server_clock):
    desk.call_next(floor.pk, by=chen)
    desk.start_turn(floor.pk, statements[0].pk, by=chen)
    server_clock.tick(60)
    desk.end_turn(floor.pk, statements[0].pk, by=chen)
    assert through(floor, server_clock.at) == server_clock.at + timedelta(minutes=2 * 3, seconds=30)


def test_of_nobody_there_is_no_end(floor, chen, server_clock):
    assert through(floor, server_clock.at) is None


@pytest.mark.page
@pytest.mark.parametrize(
    ("ends_in", "said"),
    [(30, "20 min in hand."), (10, "as planned."), (2, "8 min after the planned end.")],
)
def test_the_console_sets_it_beside_the_planned_end(client, floor, statements, chen, ends_in, said):
    session = floor.session
    session.ends_at = timezone.now() + timedelta(minutes=ends_in)
    session.save()
    client.force_login(chen)
    console = reverse("floor:console", args=[session.conference.slug, floor.pk])
    assert said in client.get(console).content.decode().split("data-through")[1].split("</p>")[0].split(">")[1]
    end_session(floor.pk, by=chen)
    assert " hidden>" in client.get(console).content.decode().split("data-through")[1].split("</p>")[0]
