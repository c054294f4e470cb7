"""Who may enter: one rule, for every kind of person and every access, on the page and in its topics."""

import pytest
from django.contrib.auth.models import AnonymousUser

from accounts.models import User
from conferences.models import Membership
from conferences.rules import membership_of
from outbox.errors import NotThere
from outbox.reading import may_follow
from sessions.programme.models import Access, Session
from sessions.programme.queries import entered_session
from sessions.programme.rules import RightsOfMany, enterable, may_enter, may_moderate

OPEN_TO = {
    Access.PUBLIC: {"nobody", "eve", "dewi", "ben", "ada", "chen", "olga"},
    Access.REGISTERED: {"dewi", "ben", "ada", "chen", "olga"},
    Access.DELEGATIONS: {"ben", "ada", "chen", "olga"},
    Access.CLOSED: {"ada", "chen", "olga"},
}


@pytest.fixture
def people(conference, ada, ben, chen, eve, olga):

    dewi = User.objects.create_user("dewi@example.org", name="Dewi")
    Membership.objects.create(conference=conference, user=dewi)
    return {
        "nobody": AnonymousUser(),
        "eve": eve,
        "dewi": dewi,
        "ben": ben,
        "ada": ada,
        "chen": chen,
        "olga": olga,
    }


@pytest.mark.parametrize("access", Access)
def test_the_door_opens_for_these_and_nobody_else(panel, people, access):
    Session.objects.update(access=access)
    panel.refresh_from_db()
    assert {name for name, person in people.items() if may_enter(person, panel)} == OPEN_TO[access]
    for name, person in people.items():
        if name in OPEN_TO[access]:
            assert entered_session(person, panel.pk) == panel
        else:
            with pytest.raises(NotThere):
                entered_session(person, panel.pk)
        assert may_follow(f"session.{panel.pk}.floor", person) == (name in OPEN_TO[access])


@pytest.mark.parametrize("access", Access)
def test_a_list_of_sessions_says_what_each_door_says(panel, scheduled, people, access):
    Session.objects.filter(pk=panel.pk).update(access=access)
    sessions = list(Session.objects.all())
    for person in people.values():
        opened = {session.pk for session in sessions if may_enter(person, session)}
        assert enterable(person, panel.conference_id, sessions) == opened


def test_whoever_was_barred_from_signing_in_may_enter_what_is_public_only(panel, people):
    for name in ("ben", "ada", "chen", "olga"):
        people[name].is_active = False
        assert not may_enter(people[name], panel)


def test_a_duty_in_one_session_opens_no_other(panel, scheduled, ada):
    Session.objects.update(access=Access.CLOSED)
    panel.refresh_from_db()
    scheduled.refresh_from_db()
    assert may_enter(ada, panel)
    assert not may_enter(ada, scheduled)


def test_many_doors_are_asked_in_two_queries(panel, sessions_beside, ben, django_assert_num_queries):
    sessions_beside(30)
    sessions = list(Session.objects.all())
    with django_assert_num_queries(2):
        assert len(enterable(ben, panel.conference_id, sessions)) == 31


def test_everybody_may_follow_the_programme_of_a_conference_that_is_there(conference, topic):
    assert may_follow(topic, AnonymousUser())
    assert not may_follow("conference.999999.programme", AnonymousUser())


@pytest.mark.parametrize("access", Access)
def test_the_rights_of_many_people_say_what_is_said_of_each(panel, scheduled, people, access):
    Session.objects.filter(pk=panel.pk).update(access=access)
    people["barred"] = User.objects.create_user("barred@example.org", name="Barred", is_active=False)
    panel.conference.memberships.create(user=people["barred"], role="organiser")
    sessions = list(Session.objects.all())
    rights = RightsOfMany(people.values(), sessions)
    for person in people.values():
        for session in sessions:
            assert rights.may_enter(person, session) == may_enter(person, session)
            assert rights.may_moderate(person, session) == may_moderate(person, session)
            membership = rights.membership_of(person, session.conference_id)
            assert membership == membership_of(person, session.conference_id)


def test_many_people_at_many_doors_are_asked_in_two_queries(panel, sessions_beside, people, django_assert_num_queries):
    sessions_beside(30)
    sessions = list(Session.objects.all())
    with django_assert_num_queries(2):
        rights = RightsOfMany(people.values(), sessions)
        assert any(rights.may_enter(person, session) for person in people.values() for session in sessions)
