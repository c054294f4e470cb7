"""Thousands register in the same minutes: threads on PostgreSQL, processes on SQLite, and a control without locks."""

import random
from uuid import uuid4

import pytest
from django.db import connection

from registration.models import Application, Quota, Status

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(180)]

CLIENTS = 64
# A process of its own costs SQLite's racers a second to start: a few there, each with its share of the people.
AT_ONCE = 8 if connection.vendor == "sqlite" else CLIENTS


def crowd(category, people: int, **wish) -> list[dict]:
    names = [f"Person{number}" for number in range(people)]
    return [
        {"do": "apply", "with": {"category": category.pk, "names": names[first::AT_ONCE], **wish}}
        for first in range(AT_ONCE)
    ]


def counted(status: Status) -> int:
    return Application.objects.filter(status=status).count()


def test_sixty_four_clients_on_the_last_fifty_places_take_fifty(racers, public, quota, conference):
    places = quota(conference, 60)
    early = [f"Early{number}" for number in range(10)]
    racers.race([{"do": "apply", "with": {"category": public.pk, "names": early}}])
    went = racers.race(crowd(public, CLIENTS))
    assert not [how for how in went if "error" in how]
    assert (counted(Status.APPROVED), counted(Status.WAITING)) == (60, CLIENTS - 50)
    places.refresh_from_db()
    assert places.used_count == 60


def test_two_quotas_in_both_orders_never_wait_for_each_other_for_ever(
    racers, public, press, quota, conference, olga, fiji, finland
):
    """Each draws on the conference, a category and a delegation; half of them in the one order, half in the other."""
    quota(conference, 30)
    for category in (public, press):
        quota(conference, 20, category=category)
    for delegation in (fiji, finland):
        quota(conference, 18, delegation=delegation)
    jobs = [
        {
            "do": "apply",
            "with": {
                "category": category.pk,
                "names": [f"Person{category.pk}x{delegation.pk}x{number}x{several}" for several in range(4)],
                "delegation_id": delegation.pk,
                "by": olga.pk,
            },
        }
        for number in range(3)
        for category, delegation in ((public, fiji), (press, finland))
    ]
    random.shuffle(jobs)
    went = racers.race(jobs)
    assert not [how for how in went if "error" in how]
    approved = Application.objects.filter(status=Status.APPROVED)
    for place in Quota.objects.all():
        taken = approved.filter(attendance=place.attendance)
        if place.category_id:
            taken = taken.filter(category=place.category)
        if place.delegation_id:
            taken = taken.filter(delegation=place.delegation)
        assert place.used_count == taken.count() <= place.size


def test_a_withdrawal_beside_registrations_promotes_exactly_one(racers, public, quota, conference, apply):
    places = quota(conference, 1)
    first = apply(public, "Ana")
    waiting = apply(public, "Bo")
    jobs = crowd(public, 4)[:4]
    went = racers.race([*jobs, {"do": "withdraw", "with": {"application": first.pk}}])
    assert not [how for how in went if "error" in how]
    waiting.refresh_from_db()
    assert waiting.status == Status.APPROVED
    assert counted(Status.APPROVED) == 1
    assert counted(Status.WAITING) == 4
    places.refresh_from_db()
    assert places.used_count == 1


def test_the_same_form_sent_many_times_at_once_is_one_application(racers, public, quota, conference):
    quota(conference, 5)
    job = {"do": "apply", "with": {"category": public.pk, "names": ["Ana"], "key": str(uuid4())}}
    went = racers.race([job] * 6)
    assert len(set(went)) == 1
    assert went[0].startswith("approved:")
    assert Quota.objects.get().used_count == Application.objects.count() == 1


def test_one_person_in_two_capacities_at_once_gets_one(racers, public, press):
    jobs = [{"do": "apply", "with": {"category": category.pk, "names": ["Ana"]}} for category in (public, press) * 3]
    went = racers.race(jobs)
    assert sorted(set(went) - {"applied_already"}) in (["approved"], ["submitted"])
    assert Application.objects.count() == 1


@pytest.fixture
def without_the_last_line():
    """Takes the constraint away that would refuse what the missing lock lets through, and puts it back."""
    if connection.vendor == "sqlite":
        yield
        return
    constraint = next(each for each in Quota._meta.constraints if each.name == "no_place_taken_twice")
    with connection.schema_editor() as editor:
        editor.remove_constraint(Quota, constraint)
    yield
    Quota.objects.all().delete()
    with connection.schema_editor() as editor:
        editor.add_constraint(Quota, constraint)


def test_without_the_lock_the_same_race_sells_places_twice(racers, public, quota, conference, without_the_last_line):
    """The control: if this passed without locks, the tests above would prove nothing. SQLite refuses to go on."""
    for round_ in range(20):
        Application.objects.all().delete()
        Quota.objects.all().delete()
        quota(conference, 2)
        jobs = [
            {"do": "apply", "with": {"category": public.pk, "names": [f"Round{round_}x{number}"]}, "unlocked": True}
            for number in range(8)
        ]
        went = racers.race(jobs)
        if counted(Status.APPROVED) > 2 or any("error" in how for how in went):
            return
    pytest.fail("twenty races without a lock, and no place was sold twice: these tests cannot see a race")
