"""People leave, apply and call for help in the same moment."""

from collections.abc import Iterator
from contextlib import contextmanager
from unittest import mock
from uuid import uuid4

import pytest
from django.contrib.auth.models import AnonymousUser
from django.db import connection
from django.db.models import QuerySet

from accounts.leaving import leave
from accounts.models import User
from conferences.models import Membership, Role
from registration import actions, forgetting, likeness_actions
from registration.actions import move_application, submit_application, substitute_member
from registration.likeness_actions import merge_applications
from registration.models import ACTIVE, Application, Likeness, Message, Quota, Status, Ticket
from registration.wishes import Facts, Wish

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


# Two who meet at a chosen point.


@contextmanager
def without_locks_of_rows() -> Iterator[None]:
    with mock.patch.object(QuerySet, "select_for_update", lambda rows, **_: rows):
        yield


@pytest.fixture
def eva(db):
    return User.objects.create_user("eva@example.org", name="Eva")


def as_eva(category, **more) -> Wish:
    return Wish(category_id=category.pk, facts=Facts(name="Eva", email="eva@example.org"), submit_key=uuid4(), **more)


def named_eva() -> list[str]:
    """Applications that still say whose they are, of an account that nobody is any more."""
    left = Application.objects.filter(user__is_active=False) | Application.objects.filter(user=None)
    return list(left.exclude(name="Deleted person").values_list("status", flat=True))


def test_what_was_declined_is_not_taken_up_while_its_person_leaves(meet, press, eva, olga):
    declined = submit_application(as_eva(press), by=eva)
    move_application(declined.pk, to=Status.REJECTED, reason="No.", by=olga)
    went = meet(
        lambda: leave(by=eva),
        lambda: move_application(declined.pk, to=Status.SUBMITTED, by=olga),
        before=(forgetting, "_give_up_roles"),
    )
    assert went == ["done", "not_allowed"]
    assert Application.objects.get().status == Status.REJECTED


def test_whoever_leaves_while_theirs_is_taken_up_leaves_that_too(meet, press, eva, olga):
    declined = submit_application(as_eva(press), by=eva)
    move_application(declined.pk, to=Status.REJECTED, reason="No.", by=olga)
    went = meet(
        lambda: move_application(declined.pk, to=Status.SUBMITTED, by=olga),
        lambda: leave(by=eva),
        before=(actions, "checked_reason"),
    )
    assert went == ["done", "done"]
    assert (Application.objects.get().status, named_eva()) == (Status.WITHDRAWN, [])


def test_a_form_in_another_window_is_refused_while_its_person_leaves(meet, public, press, eva):
    """As it was read before: signed in, and about to be sent."""
    for draft in (False, True):
        person = User.objects.create_user(f"p{draft}@example.org", name="Eva")
        submit_application(as_eva(press), by=person)
        went = meet(
            lambda who=person: leave(by=who),
            lambda who=person, is_draft=draft: submit_application(as_eva(public), by=who, draft=is_draft),
            before=(forgetting, "_give_up_roles"),
        )
        assert went == ["done", "sign_in"]
    assert not Application.objects.filter(status__in=ACTIVE).exists()
    assert not Membership.objects.exists()


def test_who_applies_with_the_address_of_somebody_who_leaves_is_somebody_new(meet, public, press, eva):
    submit_application(as_eva(press), by=eva)
    went = meet(
        lambda: leave(by=eva),
        lambda: submit_application(as_eva(public), by=AnonymousUser()),
        before=(forgetting, "_loose_files_of"),
    )
    assert went == ["done", "done"]
    application = Application.objects.get(status=Status.APPROVED)
    assert (application.user.email, application.user.is_active) == ("eva@example.org", True)
    assert application.user_id != eva.pk
    assert named_eva() == []


def applies_while_she_leaves(meet, public) -> list[str]:
    eva = User.objects.get(email="eva@example.org")
    return meet(
        lambda: submit_application(as_eva(public), by=AnonymousUser()),
        lambda: leave(by=eva),
        before=(actions, "refuse_twice"),
    )


def test_whoever_leaves_while_somebody_applies_with_their_address_leaves_that_too(meet, public, eva):
    assert applies_while_she_leaves(meet, public) == ["done", "done"]
    assert (Application.objects.get().status, named_eva()) == (Status.WITHDRAWN, [])
    assert Quota.objects.get(attendance="in_room").used_count == 0


def test_without_locks_the_same_meeting_leaves_a_name_behind(meet, public, eva):
    """The control. SQLite has one lock, of the whole file, which is not taken away here: it keeps them apart."""
    with without_locks_of_rows():
        went = applies_while_she_leaves(meet, public)
    assert went == ["done", "done"]
    assert bool(named_eva()) == (connection.vendor != "sqlite")


@pytest.mark.parametrize("stops_before", ["Places", "move_application"])
def test_merging_beside_leaving_is_done_before_or_after_and_never_waits_for_ever(meet, public, eva, olga, stops_before):
    one = submit_application(as_eva(public), by=eva)
    other = submit_application(
        Wish(category_id=public.pk, facts=Facts(name="Evi", email=""), submit_key=uuid4()), by=olga
    )
    pair = Likeness.objects.create(first=one, second=other, why="name")
    went = meet(
        lambda: merge_applications(pair.pk, keep=other.pk, by=olga),
        lambda: leave(by=eva),
        before=(likeness_actions, stops_before),
    )
    assert went in (["done", "done"], ["not_there", "done"])
    other.refresh_from_db()
    if went[0] == "done":
        assert (other.status, other.name) == (Status.WITHDRAWN, "Deleted person")
    else:
        assert (other.status, other.name, other.user) == (Status.APPROVED, "Evi", None)
    assert Quota.objects.get(attendance="in_room").used_count == (other.status == Status.APPROVED)


def test_a_member_replaced_by_somebody_who_leaves_is_replaced_by_somebody_new(
    meet, delegates, fiji, fia, eva, olga, apply
):
    leaver = apply(delegates, "Ana", by=olga, delegation_id=fiji.pk)
    # She applied before, so that she leaves by the same quotas.
    declined = apply(delegates, "Eva", by=fia, delegation_id=fiji.pk)
    move_application(declined.pk, to=Status.REJECTED, reason="No.", by=olga)
    went = meet(
        lambda: leave(by=eva),
        lambda: substitute_member(
            leaver.pk, facts=Facts(name="Eva", email="eva@example.org"), submit_key=uuid4(), by=fia
        ),
        before=(forgetting, "Places"),
    )
    assert went == ["done", "done"]
    newcomer = Application.objects.get(status=Status.APPROVED)
    assert (newcomer.name, newcomer.user.is_active) == ("Eva", True)
    assert newcomer.user_id != eva.pk


def test_many_apply_with_the_address_of_somebody_who_leaves(racers, public):
    for round_ in range(3):
        name = f"Person{round_}"
        person = User.objects.create_user(f"{name.lower()}@example.org", name=name)
        applies = {"do": "apply", "with": {"category": public.pk, "names": [name]}}
        went = racers.race([applies, {"do": "leave", "with": {"person": person.pk}}, applies, applies])
        assert not [how for how in went if "error" in how]
        assert set(went) <= {"approved", "applied_already", "left"}
        assert named_eva() == []
    standing = Application.objects.filter(status=Status.APPROVED)
    assert Quota.objects.get(attendance="in_room").used_count == standing.count()
    assert not standing.exclude(user__is_active=True).exists()
