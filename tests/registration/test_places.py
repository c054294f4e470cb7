"""Places are counted for everybody alike: by whichever way somebody comes, in the room and online apart."""

import pytest
from django.db import IntegrityError, transaction

from conferences.models import Membership, Role
from outbox.errors import Invalid, NotAllowed, WrongMove
from registration.actions import (
    change_application,
    confirm_applications,
    move_application,
    release_unconfirmed,
    set_places,
)
from registration.live import SECRETARIAT
from registration.models import Application, Attendance, Field, FieldKind, Quota, Status
from registration.wishes import AppliedAlready, Facts

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk(conference):
    return SECRETARIAT.name(conference_id=conference.pk)


def statuses() -> dict[str, str]:
    return dict(Application.objects.values_list("name", "status"))


def used(**which) -> int:
    return Quota.objects.get(**which).used_count


def test_an_open_category_takes_people_in_as_long_as_there_are_places(public, quota, conference, apply, followed, desk):
    quota(conference, 2)
    with followed(desk):
        for name in ("Ana", "Bo", "Cleo"):
            apply(public, name)
    assert statuses() == {"Ana": "approved", "Bo": "approved", "Cleo": "waiting"}
    assert used(category=None) == 2


def test_places_in_the_room_and_online_are_counted_apart(public, quota, conference, apply):
    quota(conference, 1)
    quota(conference, 1, attendance=Attendance.ONLINE)
    apply(public, "Ana")
    apply(public, "Bo", attendance=Attendance.ONLINE)
    apply(public, "Cleo", attendance=Attendance.ONLINE)
    assert statuses() == {"Ana": "approved", "Bo": "approved", "Cleo": "waiting"}


def test_the_smallest_of_an_applications_quotas_decides(delegates, fiji, finland, quota, conference, apply, olga):
    quota(conference, 10)
    quota(conference, 5, category=delegates)
    quota(conference, 1, delegation=fiji)
    apply(delegates, "Ana", delegation_id=fiji.pk, by=olga)
    apply(delegates, "Bo", delegation_id=fiji.pk, by=olga)
    apply(delegates, "Cleo", delegation_id=finland.pk, by=olga)
    assert statuses() == {"Ana": "approved", "Bo": "waiting", "Cleo": "approved"}
    assert used(category=None, delegation=None) == 2
    assert used(category=delegates) == 2


def test_whoever_withdraws_makes_room_for_the_next_in_line(public, quota, conference, apply, followed, desk):
    quota(conference, 1)
    first = apply(public, "Ana")
    apply(public, "Bo")
    apply(public, "Cleo")
    with followed(desk) as events:
        move_application(first.pk, to=Status.WITHDRAWN, by=first.user)
    assert [event.name for event in events] == ["application.withdrawn", "application.approved"]
    assert statuses() == {"Ana": "withdrawn", "Bo": "approved", "Cleo": "waiting"}
    assert used(category=None) == 1


def test_a_full_delegation_holds_up_nobody_behind_it(delegates, fiji, finland, quota, conference, apply, olga):
    quota(conference, 2)
    quota(conference, 1, delegation=fiji)
    apply(delegates, "Ana", delegation_id=fiji.pk, by=olga)
    leaving = apply(delegates, "Bo", delegation_id=finland.pk, by=olga)
    apply(delegates, "Cleo", delegation_id=fiji.pk, by=olga)
    apply(delegates, "Dan", delegation_id=finland.pk, by=olga)
    move_application(leaving.pk, to=Status.WITHDRAWN, by=olga)
    assert statuses() == {"Ana": "approved", "Bo": "withdrawn", "Cleo": "waiting", "Dan": "approved"}


def test_nobody_who_waits_takes_a_place_by_themselves(public, quota, conference, apply, olga):
    full = quota(conference, 1)
    apply(public, "Ana")
    waiting = apply(public, "Bo")
    # As it is for a moment while a place is being given to somebody.
    Quota.objects.filter(pk=full.pk).update(size=2)
    assert move_application(waiting.pk, to=Status.APPROVED, by=waiting.user).status == Status.WAITING
    assert move_application(waiting.pk, to=Status.APPROVED, by=olga).status == Status.APPROVED


def test_whoever_waits_goes_on_waiting_where_nothing_is_free(public, quota, conference, apply, olga, followed, desk):
    quota(conference, 1)
    apply(public, "Ana")
    waiting = apply(public, "Bo")
    with followed(desk, changes=False):
        assert move_application(waiting.pk, to=Status.APPROVED, by=olga).status == Status.WAITING


def test_whoever_was_declined_does_not_come_back_beside_what_they_hold_now(press, apply, olga):
    first = apply(press, "Ana")
    move_application(first.pk, to=Status.REJECTED, reason="No card.", by=olga)
    apply(press, "Ana", email="ana@example.org")
    with pytest.raises(AppliedAlready):
        move_application(first.pk, to=Status.SUBMITTED, by=olga)


def test_the_secretariat_takes_in_no_draft_that_is_not_complete(press, apply, ada, olga):
    Field.objects.create(category=press, kind=FieldKind.TEXT, label="Medium", is_required=True)
    draft = apply(press, by=ada, draft=True)
    for to in (Status.SUBMITTED, Status.APPROVED):
        with pytest.raises(WrongMove) as refused:
            move_application(draft.pk, to=to, by=olga)
        assert "not complete" in str(refused.value.words)
    with pytest.raises(Invalid):
        move_application(draft.pk, to=Status.SUBMITTED, by=ada)


def test_places_that_are_added_go_to_those_who_wait(public, quota, conference, apply, olga):
    quota(conference, 1)
    for name in ("Ana", "Bo", "Cleo", "Dan"):
        apply(public, name)
    set_places(conference.pk, sizes={Attendance.IN_ROOM: 3}, by=olga)
    assert statuses() == {"Ana": "approved", "Bo": "approved", "Cleo": "approved", "Dan": "waiting"}


def test_a_quota_that_comes_late_counts_whom_it_finds(public, conference, apply, olga):
    apply(public, "Ana")
    with pytest.raises(Invalid):
        set_places(conference.pk, sizes={Attendance.IN_ROOM: 0}, category_id=public.pk, by=olga)
    set_places(conference.pk, sizes={Attendance.IN_ROOM: 1}, category_id=public.pk, by=olga)
    apply(public, "Bo")
    assert statuses() == {"Ana": "approved", "Bo": "waiting"}


def test_only_the_secretariat_sets_places(conference, ben):
    with pytest.raises(NotAllowed):
        set_places(conference.pk, sizes={Attendance.IN_ROOM: 1}, by=ben)


def test_who_changes_to_online_gives_the_room_back(public, quota, conference, apply, olga):
    quota(conference, 1)
    quota(conference, 1, attendance=Attendance.ONLINE)
    first = apply(public, "Ana")
    apply(public, "Bo")
    change_application(first.pk, facts=Facts(name="Ana"), attendance=Attendance.ONLINE, by=olga)
    assert statuses() == {"Ana": "approved", "Bo": "approved"}
    assert used(attendance=Attendance.IN_ROOM) == used(attendance=Attendance.ONLINE) == 1


def test_whoever_waits_and_changes_to_where_a_place_is_gets_it(public, quota, conference, apply, olga):
    quota(conference, 1)
    online = quota(conference, 1, attendance=Attendance.ONLINE)
    apply(public, "Ana")
    waits, too_late = apply(public, "Bo"), apply(public, "Cleo")
    for one, then in ((waits, Status.APPROVED), (too_late, Status.WAITING)):
        changed = change_application(one.pk, facts=Facts(name=one.name), attendance=Attendance.ONLINE, by=olga)
        assert (changed.status, changed.attendance) == (then, Attendance.ONLINE)
    online.refresh_from_db()
    assert online.used_count == 1


def test_whoever_changes_the_line_stands_at_the_end_of_the_other(public, quota, conference, apply, olga):
    for attendance in Attendance.values:
        quota(conference, 0, attendance=attendance)
    first, other = apply(public, "Ana"), apply(public, "Bo", attendance=Attendance.ONLINE)
    changed = change_application(first.pk, facts=Facts(name="Ana"), attendance=Attendance.ONLINE, by=olga)
    assert changed.waiting_since > other.waiting_since


def test_nobody_changes_to_where_no_place_is(public, quota, conference, apply, olga):
    quota(conference, 0, attendance=Attendance.ONLINE)
    first = apply(public, "Ana")
    with pytest.raises(WrongMove):
        change_application(first.pk, facts=Facts(name="Ana"), attendance=Attendance.ONLINE, by=olga)


def test_the_database_refuses_a_place_too_many(public, quota, conference):
    full = quota(conference, 1)
    with pytest.raises(IntegrityError), transaction.atomic():
        Quota.objects.filter(pk=full.pk).update(used_count=2)


def test_a_form_that_is_sent_twice_is_one_application_and_one_letter(public, apply, mailoutbox):
    first = apply(public, "Ana")
    again = apply(public, "Ana", key=first.submit_key)
    assert again.pk == first.pk
    assert Application.objects.count() == len(mailoutbox) == 1


def test_nobody_holds_two_capacities(public, press, apply):
    apply(public, "Ana")
    with pytest.raises(AppliedAlready):
        apply(press, "Ana")


def test_who_withdrew_may_apply_as_something_else(public, press, apply):
    first = apply(public, "Ana")
    move_application(first.pk, to=Status.WITHDRAWN, by=first.user)
    assert apply(press, "Ana").status == Status.SUBMITTED


def test_whoever_is_approved_takes_part_once_the_address_is_theirs(delegates, public, apply, fia, fiji, olga):
    mine = apply(public, "Ana")
    assert not Membership.objects.filter(user=mine.user).exists()
    confirm_applications(of=mine.user)
    assert Membership.objects.get(user=mine.user).role == Role.PARTICIPANT
    theirs = apply(delegates, "Bo", by=fia, delegation_id=fiji.pk)
    assert theirs.status == Status.SUBMITTED
    move_application(theirs.pk, to=Status.APPROVED, by=olga)
    membership = Membership.objects.get(user=theirs.user)
    assert (membership.role, membership.delegation, membership.may_speak_for) == (Role.DELEGATE, fiji, False)
    move_application(theirs.pk, to=Status.REJECTED, reason="Not on the list of the ministry.", by=olga)
    assert not Membership.objects.filter(user=theirs.user).exists()


def test_a_place_is_not_held_for_an_address_that_nobody_confirmed(public, quota, conference, apply):
    quota(conference, 1)
    first = apply(public, "Ana")
    apply(public, "Bo")
    assert release_unconfirmed(conference.pk) == 0
    Application.objects.filter(pk=first.pk).update(submitted_at="2020-01-01T00:00:00Z")
    assert release_unconfirmed(conference.pk) == 1
    assert statuses() == {"Ana": "withdrawn", "Bo": "approved"}
