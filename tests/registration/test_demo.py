"""The demonstration's participants are registered like everybody: by the same action, counted in the same places."""

import pytest

from accounts.models import User
from conferences.models import Membership, Role
from conferences.population import populate
from jobs.models import Job
from registration.demo import KIND, open_registration, register_members
from registration.models import (
    OF_A_DELEGATION,
    Application,
    Attendance,
    Capacity,
    Credential,
    FocalPoint,
    Quota,
    Status,
)

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
        "Ben": Capacity.HEAD,
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
    members = Application.objects.filter(category__capacity__in=OF_A_DELEGATION)
    assert Membership.objects.filter(role=Role.DELEGATE).count() == members.count()


def test_who_speaks_for_a_delegation_leads_it_and_stands_in_a_verified_note(conference, olga, ben, fiji, finland):
    populate({"conference": conference.slug, "people": 60}, nothing_to_say)
    for _ in range(2):
        register_members({"conference": conference.slug}, nothing_to_say)
    heads = Application.objects.filter(category__capacity=Capacity.HEAD)
    assert sorted(heads.values_list("delegation", flat=True)) == [fiji.pk, finland.pk]
    assert Application.objects.get(delegation=fiji, category__capacity=Capacity.HEAD).user == ben
    notes = Credential.objects.order_by("delegation")
    assert list(notes.values_list("delegation", "state")) == [(fiji.pk, "verified"), (finland.pk, "verified")]
    named = Application.objects.filter(credentials__state="verified").values_list("user", flat=True)
    speakers = Membership.objects.filter(may_speak_for=True).values_list("user", flat=True)
    assert sorted(named) == sorted(speakers)
    assert len(speakers) > len(heads)


def test_three_delegations_stand_at_different_stages_and_nothing_is_done_twice(
    conference, olga, fiji, finland, settings
):
    settings.DEMO = True
    chile = conference.delegations.create(country="CL", name="Chile", position=3)
    for number, delegation in enumerate((finland, chile, fiji)):
        person = User.objects.create_user(f"f{number}@example.org", name=f"F{number}")
        FocalPoint.objects.create(delegation=delegation, user=person)
    populate({"conference": conference.slug, "people": 120}, nothing_to_say)
    for _ in range(2):
        register_members({"conference": conference.slug}, nothing_to_say)

    def notes(delegation) -> list[str]:
        return list(delegation.credentials.order_by("pk").values_list("state", flat=True))

    def head(delegation) -> str:
        return delegation.applications.get(category__capacity=Capacity.HEAD).status

    assert (notes(finland), notes(chile), notes(fiji)) == (["verified"], ["refused", "handed_in"], ["refused"])
    assert (head(finland), head(chile), head(fiji)) == (Status.APPROVED, Status.APPROVED, Status.WITHDRAWN)
    adviser = finland.applications.get(name="Eero Saari")
    assert (adviser.status, adviser.user, adviser.made_by.name) == (Status.SUBMITTED, None, "F0")
    approved = finland.applications.filter(status=Status.APPROVED)
    assert approved.filter(affirmed_at=None).count() == 2 < approved.count()
    # A voice comes from verified credentials alone, here too.
    spoken_for = Membership.objects.filter(may_speak_for=True).values_list("delegation", flat=True)
    assert set(spoken_for) == {finland.pk}
    assert [gate.name for gate in conference.gates.all()] == ["Main entrance"]
