"""What is removed or taken back in the very moment in which somebody uses it: nobody writes what is so no more."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import connection
from django.utils import timezone

from accounts.leaving import leave
from accounts.models import User
from conferences import actions as conference_actions
from conferences.actions import change_membership, invite_member, remove_delegation
from conferences.models import Delegation, Membership, Role
from registration import actions, delegation_actions
from registration.actions import confirm_applications, move_application, submit_application
from registration.answers import Given
from registration.category_actions import remove_category, remove_field
from registration.delegation_actions import invite_focal_point
from registration.models import ACTIVE, Application, Category, Field, FieldKind, FocalPoint, Status
from registration.wishes import Facts, Wish

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(180)]

# Where the first had not written yet, PostgreSQL lets the other pass; SQLite lets nobody in before the first has ended.
FIRST_WINS = connection.vendor == "sqlite"


def one_is_told(code: str) -> list[str]:
    """One of the two is through, and the other is told to look again."""
    return ["done", code] if FIRST_WINS else [code, "done"]


def wish(category, name="Bo", **more) -> Wish:
    facts = Facts(name=name, email=f"{name.lower()}@example.org")
    return Wish(category_id=category.pk, facts=facts, submit_key=uuid4(), **more)


def test_a_category(meet, delegates, fia, fiji, olga):
    went = meet(
        lambda: submit_application(wish(delegates, delegation_id=fiji.pk), by=fia),
        lambda: remove_category(delegates.pk, by=olga),
        behind=(actions, "read_wishes"),
    )
    assert went == one_is_told("wrong_move")
    assert (Category.objects.count(), Application.objects.count()) == ((1, 1) if FIRST_WINS else (0, 0))


@pytest.mark.parametrize("step", ["read_wishes", "_take_part"])
def test_a_delegation(meet, delegates, fia, fiji, olga, step):
    went = meet(
        lambda: submit_application(wish(delegates, delegation_id=fiji.pk), by=fia),
        lambda: remove_delegation(fiji.pk, by=olga),
        behind=(actions, step),
    )
    there = Delegation.objects.filter(pk=fiji.pk).exists()
    assert Application.objects.filter(delegation=fiji.pk).exists() is there
    assert sorted(went) == ["done", "wrong_move"]


def test_a_question(meet, public, olga):
    public.closes_at = timezone.now() - timedelta(hours=1)
    public.save()
    field = Field.objects.create(category=public, kind=FieldKind.TEXT, label="Diet")
    went = meet(
        lambda: submit_application(wish(public, answers=[Given(field.pk, "none")]), by=olga),
        lambda: remove_field(field.pk, by=olga),
        behind=(actions, "read_wishes"),
    )
    # One that was answered is retired and not removed.
    assert went == (["done", "done"] if FIRST_WINS else ["wrong_move", "done"])
    assert Application.objects.exists() is Field.objects.exists() is FIRST_WINS


@pytest.mark.parametrize("beside", [{"draft": True}, {"attendance": "online"}])
def test_whoever_is_taken_up_again_does_not_stand_beside_what_they_began_meanwhile(meet, press, public, olga, beside):
    eva = User.objects.create_user("eva@example.org", name="Eva")
    declined = submit_application(wish(press, "Eva"), by=eva)
    move_application(declined.pk, to=Status.REJECTED, reason="By mistake.", by=olga)
    more = {key: value for key, value in beside.items() if key != "draft"}
    went = meet(
        lambda: move_application(declined.pk, to=Status.SUBMITTED, by=olga),
        lambda: submit_application(wish(public, "Eva", **more), by=eva, draft=beside.get("draft", False)),
        behind=(actions, "_check_comes_back"),
    )
    assert went == one_is_told("applied_already")
    declined.refresh_from_db()
    assert declined.status == (Status.SUBMITTED if FIRST_WINS else Status.REJECTED)
    assert Application.objects.filter(user=eva, status__in=ACTIVE).count() == 1


def test_a_voice_that_is_taken_back_is_not_written_again(meet, delegates, apply, fiji, olga):
    named = apply(delegates, "Ana", by=olga, delegation_id=fiji.pk)
    member = Membership.objects.get(user=named.user)
    Membership.objects.filter(pk=member.pk).update(may_speak_for=True)
    went = meet(
        lambda: change_membership(member.pk, role=Role.PARTICIPANT, delegation=fiji.pk, by=olga),
        lambda: move_application(named.pk, to=Status.WITHDRAWN, by=olga),
        behind=(conference_actions, "_membership"),
    )
    assert went == ["done", "done"]
    assert not Membership.objects.filter(user=named.user, may_speak_for=True).exists()


@pytest.mark.parametrize("role", [Role.ORGANISER, Role.PARTICIPANT])
def test_whoever_leaves_while_they_are_invited_is_no_member(meet, conference, olga, eve, role):
    went = meet(
        lambda: invite_member(conference.pk, email=eve.email, name="Eve", role=role, by=olga),
        lambda: leave(by=eve),
        behind=(conference_actions, "ensure_person"),
    )
    assert went == ["done", "done"]
    assert not Membership.objects.filter(user__is_active=False).exists()


def test_whoever_leaves_while_they_are_invited_acts_for_nobody(meet, fiji, olga, eve):
    went = meet(
        lambda: invite_focal_point(fiji.pk, email=eve.email, name="Eve", by=olga),
        lambda: leave(by=eve),
        behind=(delegation_actions, "ensure_person"),
    )
    assert went == ["done", "done"]
    assert not FocalPoint.objects.filter(user__is_active=False).exists()


def test_whoever_leaves_while_their_address_is_confirmed_is_gone(meet, public, apply):
    ana = apply(public, "Ana").user
    went = meet(lambda: confirm_applications(of=ana), lambda: leave(by=ana), behind=(actions, "record"))
    assert went == ["done", "done"]
    assert not Application.objects.filter(name="Ana").exists()
    assert not User.objects.filter(name="Ana").exists()
