"""A floor to speak on: Chen chairs and Dev is the deputy, Ben speaks for Fiji, Vera for Finland, Gus for Ghana."""

from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone

from accounts.models import User
from conferences.models import Delegation, Membership, Role
from sessions.floor.actions.standing import Statement, inscribe_statements
from sessions.floor.models import Floor, Mode, Speakers, Turn
from sessions.programme.models import Appointment, Duty

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
def dev(conference, panel):
    """The deputy, who may chair too."""
    dev = User.objects.create_user("dev@example.org", name="Dev")
    Membership.objects.create(conference=conference, user=dev)
    Appointment.objects.create(session=panel, user=dev, duty=Duty.CHAIR)
    return dev


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
def floor(panel):
    """The floor of the live panel, for delegations, with an open list."""
    return Floor.objects.create(session=panel, speakers=Speakers.DELEGATIONS, list_is_open=True)


@pytest.fixture
def statements(floor, fiji, finland, ghana, chen):
    """Three statements of three minutes each, in this order: Fiji (from elsewhere), Finland, Ghana."""
    wished = [
        Statement(delegation=fiji, name="Ms Adi Kini", mode=Mode.REMOTE, allotted_ms=180_000),
        Statement(delegation=finland, name="Mr Otso Laine", allotted_ms=180_000),
        Statement(delegation=ghana, name="Ms Efua Mensah", allotted_ms=180_000),
    ]
    return inscribe_statements(floor.session, wished, by=chen)


@pytest.fixture
def again():
    """The row as it is now."""

    def read(turn):
        return Turn.objects.get(pk=turn.pk)

    return read
