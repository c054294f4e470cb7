"""A floor to speak on: Chen chairs and Dev is the deputy, Ben speaks for Fiji, Vera for Finland, Gus for Ghana."""

import pytest

from sessions.floor.actions.standing import Statement, inscribe_statements
from sessions.floor.models import Floor, Mode, Speakers, Turn
from sessions.programme.models import State


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
def scheduled(floor, statements):
    """The floor before its session."""
    floor.session.state, floor.session.went_live_at = State.SCHEDULED, None
    floor.session.save()
    return floor


@pytest.fixture
def again():
    """The row as it is now."""

    def read(turn):
        return Turn.objects.get(pk=turn.pk)

    return read
