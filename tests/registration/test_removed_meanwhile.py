"""What is removed or taken back in the very moment in which somebody uses it: nobody writes what is so no more."""

import threading
from contextlib import contextmanager
from datetime import timedelta
from types import ModuleType
from unittest import mock
from uuid import uuid4

import pytest
from django.db import connection, connections
from django.utils import timezone

from accounts.leaving import leave
from accounts.models import User
from conferences import actions as conference_actions
from conferences.actions import change_membership, invite_member, remove_delegation
from conferences.models import Delegation, Membership, Role
from outbox.errors import NotThere, Refusal, WrongMove
from registration import actions, delegation_actions
from registration.actions import confirm_applications, move_application, submit_application
from registration.answers import Given
from registration.category_actions import remove_category, remove_field
from registration.delegation_actions import invite_focal_point
from registration.models import Application, Category, Field, FieldKind, FocalPoint, Status
from registration.wishes import AppliedAlready, Facts, Wish

pytestmark = [
    pytest.mark.django_db(transaction=True),
    # SQLite lets one write after the other, from the first row on.
    pytest.mark.skipif(connection.vendor == "sqlite", reason="one who writes waits for the other"),
]


@contextmanager
def stopped_behind(name: str, module: ModuleType = actions):
    """The first thread stops behind this step of the module until the second is through, or waits too."""
    step, there, on = getattr(module, name), threading.Event(), threading.Event()

    def stops(*args, **kwargs):
        done = step(*args, **kwargs)
        if threading.current_thread().name == "first":
            there.set()
            on.wait(2)
        return done

    with mock.patch.object(module, name, stops):
        yield there, on


def went(step: str, first, second, *, module: ModuleType = actions) -> list[object]:
    """What each of the two said: what it made, or the class of its refusal; anything else fails the test."""
    told: dict[str, object] = {}

    def runs(job) -> None:
        name = threading.current_thread().name
        try:
            told[name] = job()
        except Refusal as refusal:
            told[name] = type(refusal)
        finally:
            connections.close_all()

    with stopped_behind(step, module) as (there, on):
        one = threading.Thread(target=runs, args=(first,), name="first")
        other = threading.Thread(target=runs, args=(second,), name="second")
        one.start()
        assert there.wait(10)
        other.start()
        other.join(1)
        on.set()
        one.join(20)
        other.join(20)
    return [told["first"], told["second"]]


def wish(category, name="Bo", **more) -> Wish:
    facts = Facts(name=name, email=f"{name.lower()}@example.org")
    return Wish(category_id=category.pk, facts=facts, submit_key=uuid4(), **more)


def test_a_category(delegates, fia, fiji, olga):
    first, _ = went(
        "read_wishes",
        lambda: submit_application(wish(delegates, delegation_id=fiji.pk), by=fia),
        lambda: remove_category(delegates.pk, by=olga),
    )
    assert (first, Category.objects.count(), Application.objects.count()) == (WrongMove, 0, 0)


@pytest.mark.parametrize("step", ["read_wishes", "_take_part"])
def test_a_delegation(delegates, fia, fiji, olga, step):
    first, second = went(
        step,
        lambda: submit_application(wish(delegates, delegation_id=fiji.pk), by=fia),
        lambda: remove_delegation(fiji.pk, by=olga),
    )
    there = Delegation.objects.filter(pk=fiji.pk).exists()
    assert Application.objects.filter(delegation=fiji.pk).exists() is there
    assert WrongMove in (first, second)


def test_a_question(public, olga):
    public.closes_at = timezone.now() - timedelta(hours=1)
    public.save()
    field = Field.objects.create(category=public, kind=FieldKind.TEXT, label="Diet")
    first, _ = went(
        "read_wishes",
        lambda: submit_application(wish(public, answers=[Given(field.pk, "none")]), by=olga),
        lambda: remove_field(field.pk, by=olga),
    )
    assert first in (WrongMove, NotThere)
    assert not Application.objects.exists()


@pytest.mark.parametrize("beside", [{"draft": True}, {"attendance": "online"}])
def test_whoever_is_taken_up_again_does_not_stand_beside_what_they_began_meanwhile(press, public, olga, beside):
    eva = User.objects.create_user("eva@example.org", name="Eva")
    declined = submit_application(wish(press, "Eva"), by=eva)
    move_application(declined.pk, to=Status.REJECTED, reason="By mistake.", by=olga)
    more = {key: value for key, value in beside.items() if key != "draft"}
    first, _ = went(
        "_check_comes_back",
        lambda: move_application(declined.pk, to=Status.SUBMITTED, by=olga),
        lambda: submit_application(wish(public, "Eva", **more), by=eva, draft=beside.get("draft", False)),
    )
    assert first is AppliedAlready
    declined.refresh_from_db()
    assert declined.status == Status.REJECTED


def test_a_voice_that_is_taken_back_is_not_written_again(delegates, apply, fiji, olga):
    named = apply(delegates, "Ana", by=olga, delegation_id=fiji.pk)
    member = Membership.objects.get(user=named.user)
    Membership.objects.filter(pk=member.pk).update(may_speak_for=True)
    went(
        "_membership",
        lambda: change_membership(member.pk, role=Role.PARTICIPANT, delegation=fiji.pk, by=olga),
        lambda: move_application(named.pk, to=Status.WITHDRAWN, by=olga),
        module=conference_actions,
    )
    assert not Membership.objects.filter(user=named.user, may_speak_for=True).exists()


@pytest.mark.parametrize("role", [Role.ORGANISER, Role.PARTICIPANT])
def test_whoever_leaves_while_they_are_invited_is_no_member(conference, olga, eve, role):
    went(
        "ensure_person",
        lambda: invite_member(conference.pk, email=eve.email, name="Eve", role=role, by=olga),
        lambda: leave(by=eve),
        module=conference_actions,
    )
    assert not Membership.objects.filter(user__is_active=False).exists()


def test_whoever_leaves_while_they_are_invited_acts_for_nobody(fiji, olga, eve):
    went(
        "ensure_person",
        lambda: invite_focal_point(fiji.pk, email=eve.email, name="Eve", by=olga),
        lambda: leave(by=eve),
        module=delegation_actions,
    )
    assert not FocalPoint.objects.filter(user__is_active=False).exists()


def test_whoever_leaves_while_their_address_is_confirmed_is_gone(public, apply):
    ana = apply(public, "Ana").user
    went("record", lambda: confirm_applications(of=ana), lambda: leave(by=ana))
    assert not Application.objects.filter(name="Ana").exists()
    assert not User.objects.filter(name="Ana").exists()
