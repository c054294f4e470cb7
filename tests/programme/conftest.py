"""Things of the programme."""

from datetime import timedelta

import pytest

from sessions.programme.live import PROGRAMME
from sessions.programme.models import Access, Room, Session, State


@pytest.fixture
def topic(conference):
    return PROGRAMME.name(conference_id=conference.pk)


@pytest.fixture
def scheduled(panel):
    """A second session, tomorrow in the same room."""
    return a_session(panel, starts_at=panel.starts_at + timedelta(days=1), title="Closing")


def a_session(panel, **given):
    """A scheduled session of an hour beside `panel`."""
    starts_at = given.pop("starts_at", panel.starts_at)
    return Session.objects.create(
        **{
            "conference": panel.conference,
            "room": panel.room,
            "title": "Another one",
            "starts_at": starts_at,
            "ends_at": starts_at + timedelta(hours=1),
            "access": Access.REGISTERED,
            "state": State.SCHEDULED,
            **given,
        }
    )


@pytest.fixture
def sessions_beside(panel):
    """Makes so many live sessions beside the panel, each in a room of its own."""

    def make(count):
        for number in range(2, count + 2):
            room = Room.objects.create(conference=panel.conference, name=f"Room {number}", position=number)
            a_session(panel, room=room, title=f"Panel {number}", state=State.LIVE)

    return make
