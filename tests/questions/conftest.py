"""Questions to ask about: things are plain functions, people come from the cast."""

from uuid import uuid4

import pytest

from accounts.models import User
from conferences.models import Membership, Role
from sessions.programme.models import Appointment, Duty, Room, Session
from sessions.questions.models import Capacity, Question, QuestionTime, Reason, Status, Window


@pytest.fixture
def open_panel(panel):
    """The live panel, with questions open."""
    QuestionTime.objects.create(session=panel, window=Window.OPEN)
    return panel


@pytest.fixture
def dina(conference, finland):
    """A delegate of Finland, who supports what others ask."""
    dina = User.objects.create_user("dina@example.org", name="Dina")
    Membership.objects.create(conference=conference, user=dina, role=Role.DELEGATE, delegation=finland)
    return dina


@pytest.fixture
def pia(conference, panel):
    """A panellist."""
    pia = User.objects.create_user("pia@example.org", name="Pia")
    Membership.objects.create(conference=conference, user=pia)
    Appointment.objects.create(session=panel, user=pia, duty=Duty.PANELLIST)
    return pia


@pytest.fixture
def a_question():
    return _question


@pytest.fixture
def another_panel(panel):
    room = Room.objects.create(conference=panel.conference, name="Room 2", position=2)
    return Session.objects.create(
        conference=panel.conference,
        room=room,
        title="Artificial Intelligence in Public Service",
        starts_at=panel.starts_at,
        ends_at=panel.ends_at,
        access=panel.access,
        state=panel.state,
        went_live_at=panel.went_live_at,
    )


@pytest.fixture
def participants():
    return _participants


def _question(session, author, status=Status.LIVE, text="How do small islands take part?", **fields) -> Question:
    """A question as if it had come this far: what the actions would have refused (limits) is not asked here."""
    QuestionTime.objects.get_or_create(session=session, defaults={"window": Window.OPEN})
    if status == Status.DISMISSED:
        fields.setdefault("reason", Reason.OTHER)
    fields.setdefault("capacity", Capacity.DELEGATION if fields.get("delegation") else Capacity.SELF)
    return Question.objects.create(
        session=session, author=author, text=text, status=status, uuid=fields.pop("uuid", uuid4()), **fields
    )


def _participants(conference, count, delegations=()):
    """So many registered people, spread over `delegations`."""
    people = User.objects.bulk_create(
        [User(email=f"p{number}@example.org", name=f"Person {number}", password="!") for number in range(count)]
    )
    Membership.objects.bulk_create(
        [
            Membership(
                conference=conference,
                user=person,
                delegation=delegations[number % len(delegations)] if delegations else None,
            )
            for number, person in enumerate(people)
        ]
    )
    return people
