"""A review to be set up: Olga organises, Chen chairs, Ben speaks for Fiji, Vera for Finland, Gus for Ghana."""

from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone

from accounts.models import User
from conferences.models import Delegation, Membership, Role
from sessions.floor.models import Mode, Turn
from sessions.programme.models import Appointment, Duty, Format, State
from sessions.review.actions import setting_up
from sessions.review.models import Slot

START = datetime(2021, 11, 16, 5, 30, tzinfo=UTC)


class ServerClock:
    """The server's clock, which a test moves."""

    def __init__(self) -> None:
        self.at = START

    def __call__(self) -> datetime:
        return self.at

    def tick(self, seconds: float) -> None:
        self.at += timedelta(seconds=seconds)


@pytest.fixture
def server_clock(monkeypatch):
    clock = ServerClock()
    monkeypatch.setattr(timezone, "now", clock)
    return clock


@pytest.fixture
def ghana(conference):
    return Delegation.objects.create(conference=conference, country="GH", name="Ghana", position=3)


def _voice(conference, delegation, name):
    person = User.objects.create_user(f"{name.lower()}@example.org", name=name)
    Membership.objects.create(
        conference=conference, user=person, role=Role.DELEGATE, delegation=delegation, may_speak_for=True
    )
    return person


@pytest.fixture
def vera(conference, finland):
    return _voice(conference, finland, "Vera")


@pytest.fixture
def gus(conference, ghana):
    return _voice(conference, ghana, "Gus")


@pytest.fixture
def ines(conference, panel):
    """An interpreter."""
    ines = User.objects.create_user("ines@example.org", name="Ines")
    Membership.objects.create(conference=conference, user=ines)
    Appointment.objects.create(session=panel, user=ines, duty=Duty.INTERPRETER)
    return ines


@pytest.fixture
def review_session(panel):
    """The countries' review, scheduled."""
    panel.format, panel.state, panel.went_live_at = Format.COUNTRIES_REVIEW, State.SCHEDULED, None
    panel.title = "Countries’ Review"
    panel.save()
    return panel


@pytest.fixture
def slots(review_session, fiji, finland, ghana, olga):
    """A slot each for Fiji, Finland and Ghana, in this order."""
    setting_up.invite(review_session.pk, [fiji.pk, finland.pk, ghana.pk], by=olga)
    # Films have tests of their own.
    Turn.objects.update(mode=Mode.ROOM)
    return list(Slot.objects.select_related("turn").order_by("delegation__position"))
