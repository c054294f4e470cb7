"""People leave and call for help in the same moment."""

from uuid import uuid4

import pytest

from accounts.models import User
from conferences.models import Membership, Role
from registration.models import Application, Message, Quota, Status, Ticket

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(180)]


def test_of_two_last_organisers_who_leave_at_once_one_stays(racers, conference, olga, ada):
    Membership.objects.filter(user=ada).update(role=Role.ORGANISER)
    went = racers.race([{"do": "leave", "with": {"person": person.pk}} for person in (olga, ada)])
    assert sorted(went) == ["left", "wrong_move"]
    assert Membership.objects.filter(conference=conference, role=Role.ORGANISER).count() == 1


def test_a_place_of_somebody_who_leaves_goes_to_one(racers, public, quota, conference, apply):
    places = quota(conference, 1)
    first = apply(public, "Ana")
    waiting = apply(public, "Bo")
    crowd = [{"do": "apply", "with": {"category": public.pk, "names": [f"Person{number}"]}} for number in range(3)]
    went = racers.race([*crowd, {"do": "leave", "with": {"person": first.user_id}}])
    assert went == ["waiting", "waiting", "waiting", "left"]
    waiting.refresh_from_db()
    places.refresh_from_db()
    assert (waiting.status, places.used_count) == (Status.APPROVED, 1)
    assert Application.objects.filter(status=Status.APPROVED).count() == 1
    assert Quota.objects.filter(attendance="in_room").count() == 1


def test_leaving_twice_at_once_is_leaving_once(racers, public, apply):
    person = apply(public, "Ana").user
    assert racers.race([{"do": "leave", "with": {"person": person.pk}}] * 3) == ["left"] * 3
    assert User.objects.get(pk=person.pk).email == f"deleted-{person.pk}@deleted.invalid"


def test_the_same_call_sent_many_times_at_once_is_one(racers, conference):
    went = racers.race([{"do": "call", "with": {"conference": conference.pk, "key": str(uuid4())}}] * 5)
    assert len(set(went)) == 1
    assert (Ticket.objects.count(), Message.objects.count()) == (1, 1)
