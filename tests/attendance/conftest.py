"""The hall of a panel that went live at ten, and those who are in it."""

from datetime import UTC, datetime, timedelta
from unittest import mock

import pytest
from django.utils import timezone

from accounts.models import User
from conferences.models import Membership
from sessions.attendance.actions import note_online
from sessions.attendance.models import Attendance, How
from sessions.programme.models import State

TEN = datetime(2026, 11, 25, 10, 0, tzinfo=UTC)


@pytest.fixture
def at():
    """`at(5)` is five minutes past ten; `at(5, 30)` half a minute later."""
    return lambda minutes, seconds=0: TEN + timedelta(minutes=minutes, seconds=seconds)


@pytest.fixture
def panel(panel, at):
    panel.starts_at, panel.ends_at, panel.went_live_at = at(0), at(60), at(0)
    panel.save()
    return panel


@pytest.fixture
def clock(at):
    """`clock(30)` makes it half past ten."""
    watches = []

    def turned_to(minutes: int, seconds: int = 0) -> None:
        watch = mock.patch.object(timezone, "now", return_value=at(minutes, seconds))
        watch.start()
        watches.append(watch)

    yield turned_to
    for watch in reversed(watches):
        watch.stop()


@pytest.fixture
def ended(panel, at, clock):
    """The panel, over after an hour; it is noon."""
    panel.state, panel.ended_at = State.ENDED, at(60)
    panel.save()
    clock(120)
    return panel


@pytest.fixture
def reported(panel, at):
    """`reported(0, 5, ben)`: a process sees Ben every minute from ten to five past."""

    def report(first: int, last: int, *people: User) -> None:
        for minute in range(first, last + 1):
            note_online(panel.pk, user_ids={person.pk for person in people}, at=at(minute))

    return report


@pytest.fixture
def was_present(panel, at):
    """Writes into the ledger what reports would have left there."""

    def write(person: User, first: int, last: int, how: How = How.ONLINE) -> None:
        mine = Attendance.objects.filter(session=panel, user=person, how=how)
        mine.update(is_latest=False)
        Attendance.objects.create(session=panel, user=person, how=how, from_at=at(first), to_at=at(last))

    return write


@pytest.fixture
def crowd(conference):
    """So many registered people, spread over `delegations`."""

    def made(count: int, delegations=()) -> list[User]:
        people = User.objects.bulk_create(
            User(email=f"p{number}@example.org", name=f"Person {number:04}", password="!") for number in range(count)
        )
        Membership.objects.bulk_create(
            Membership(
                conference=conference,
                user=person,
                delegation=delegations[number % len(delegations)] if delegations else None,
            )
            for number, person in enumerate(people)
        )
        return people

    return made
