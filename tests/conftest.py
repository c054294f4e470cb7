"""The cast. Ada moderates, Ben is a delegate, Chen chairs, Eve is a stranger, Olga organises."""

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.models import User
from conferences.models import Conference, Delegation, Membership, Role
from sessions.programme.models import Access, Appointment, Duty, Room, Session, State


@pytest.fixture
def conference(db):
    now = timezone.now()
    return Conference.objects.create(
        slug="icdd",
        acronym="ICDD",
        name="International Conference on Digital Diplomacy",
        time_zone="Asia/Makassar",
        opens_at=now - timedelta(hours=2),
        closes_at=now + timedelta(hours=4),
    )


@pytest.fixture
def fiji(conference):
    return Delegation.objects.create(conference=conference, country="FJ", name="Fiji", position=1)


@pytest.fixture
def finland(conference):
    return Delegation.objects.create(conference=conference, country="FI", name="Finland", position=2)


@pytest.fixture
def room(conference):
    return Room.objects.create(conference=conference, name="Room 1", position=1)


@pytest.fixture
def panel(conference, room):
    """A live panel for registered participants."""
    now = timezone.now()
    return Session.objects.create(
        conference=conference,
        room=room,
        title="Digital Innovation for SMEs",
        starts_at=now - timedelta(minutes=30),
        ends_at=now + timedelta(hours=1),
        access=Access.REGISTERED,
        state=State.LIVE,
        went_live_at=now - timedelta(minutes=30),
    )


def person(name: str) -> User:
    return User.objects.create_user(f"{name.lower()}@example.org", name=name)


@pytest.fixture
def olga(conference):
    olga = person("Olga")
    Membership.objects.create(conference=conference, user=olga, role=Role.ORGANISER)
    return olga


@pytest.fixture
def ada(conference, panel):
    ada = person("Ada")
    Membership.objects.create(conference=conference, user=ada)
    Appointment.objects.create(session=panel, user=ada, duty=Duty.MODERATOR)
    return ada


@pytest.fixture
def chen(conference, panel):
    chen = person("Chen")
    Membership.objects.create(conference=conference, user=chen)
    Appointment.objects.create(session=panel, user=chen, duty=Duty.CHAIR)
    return chen


@pytest.fixture
def ben(conference, fiji):
    """A delegate who may speak for Fiji."""
    ben = person("Ben")
    Membership.objects.create(
        conference=conference, user=ben, role=Role.DELEGATE, delegation=fiji, may_speak_for=True
    )
    return ben


@pytest.fixture
def eve(db):
    """A stranger: signed in, registered nowhere."""
    return person("Eve")
