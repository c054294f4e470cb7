"""The demonstration's participants are registered like everybody: by the same action, counted in the same places."""

import pytest

from conferences.models import Membership, Role
from conferences.population import populate
from jobs.models import Job
from registration.demo import KIND, open_registration, register_members
from registration.models import Application, Attendance, Capacity, Quota, Status

pytestmark = pytest.mark.django_db


def nothing_to_say(done: int, total: int) -> None:
    pass


def test_members_become_applications_and_stay_what_they_are(conference, olga, ben, ada, fiji, mailoutbox):
    before = list(Membership.objects.order_by("pk").values_list("user", "role", "delegation", "may_speak_for"))
    arguments = {"conference": conference.slug}
    assert register_members(arguments, nothing_to_say) == {"registered": 3, "refused": 0}
    assert list(Membership.objects.order_by("pk").values_list("user", "role", "delegation", "may_speak_for")) == before
    assert not mailoutbox
    by_name = {application.name: application for application in Application.objects.select_related("category")}
    assert {name: application.category.capacity for name, application in by_name.items()} == {
        "Olga": Capacity.STAFF,
        "Ben": Capacity.DELEGATE,
        "Ada": Capacity.PUBLIC,
    }
    assert set(Application.objects.values_list("status", flat=True)) == {Status.APPROVED}


def test_asking_again_registers_nobody_twice(conference, olga, ben):
    for _ in range(2):
        register_members({"conference": conference.slug}, nothing_to_say)
    assert Application.objects.count() == 2
    in_room = Application.objects.filter(attendance=Attendance.IN_ROOM, status=Status.APPROVED).count()
    assert Quota.objects.get(attendance=Attendance.IN_ROOM, category=None, delegation=None).used_count == in_room


def test_categories_that_are_there_are_left_alone(conference, olga, public):
    assert open_registration(conference, by=olga) == [public]


def test_whoever_is_invented_is_registered_afterwards(conference, olga, fiji, finland):
    populate({"conference": conference.slug, "people": 60}, nothing_to_say)
    job = Job.objects.get(kind=KIND)
    told = register_members(job.arguments, nothing_to_say)
    assert told == {"registered": 61, "refused": 0}
    assert (
        Membership.objects.filter(role=Role.DELEGATE).count()
        == Application.objects.filter(category__capacity=Capacity.DELEGATE).count()
    )
