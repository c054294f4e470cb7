"""A page asks many rules the same of one person: it is read once there, and anew wherever something may change."""

import pytest
from django.urls import reverse

from conferences.models import Membership, Role
from conferences.rules import is_organiser, is_registered, membership_of
from outbox.changes import action
from outbox.once import each_read_once, once
from sessions.programme.models import Appointment, Duty
from sessions.programme.rules import is_chair, may_chair


@action
def nothing_happens() -> None:
    pass


def counting():
    asked = []

    def read() -> int:
        asked.append(1)
        return len(asked)

    return read


def test_within_a_page_what_was_read_is_kept():
    read = counting()
    with each_read_once():
        assert [once("number", read) for _ in range(3)] == [1, 1, 1]
        assert once("another", read) == 2


def test_nothing_is_kept_outside_of_a_page_or_from_one_to_the_next():
    read = counting()
    assert [once("number", read), once("number", read)] == [1, 2]
    for told in (3, 4):
        with each_read_once():
            assert once("number", read) == told


def test_none_is_an_answer_too():
    asked = []
    with each_read_once():
        for _ in range(2):
            assert once("nobody", lambda: asked.append(1)) is None
    assert asked == [1]


@pytest.mark.django_db
def test_an_action_decides_by_what_is_so_now():
    read = counting()
    with each_read_once():
        once("number", read)
        nothing_happens()
        assert once("number", read) == 2


@pytest.mark.django_db
def test_rules_of_a_page_ask_once_for_a_person_and_a_conference(
    conference, panel, ben, chen, django_assert_num_queries
):
    with each_read_once(), django_assert_num_queries(2):
        assert membership_of(ben, conference.pk).delegation.name == "Fiji"
        assert is_registered(ben, conference.pk)
        assert not is_organiser(ben, conference.pk)
        assert not may_chair(ben, panel)
        assert not may_chair(ben, panel)
    with each_read_once():
        assert not is_chair(ben, panel)
        assert is_chair(chen, panel)


@pytest.mark.django_db
def test_what_changed_between_two_pages_is_seen_by_the_second(client, conference, panel, ben):
    client.force_login(ben)
    page = reverse("programme:session", args=[conference.slug, panel.pk])
    change = reverse("programme:change_session", args=[conference.slug, panel.pk])
    assert change not in client.get(page).content.decode()
    Membership.objects.filter(user=ben).update(role=Role.ORGANISER)
    assert change in client.get(page).content.decode()
    Membership.objects.filter(user=ben).delete()
    assert client.get(page).status_code == 404
    Appointment.objects.create(session=panel, user=ben, duty=Duty.CHAIR)
    assert client.get(page).status_code == 200
