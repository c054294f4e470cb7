"""Who is what in a conference and in a session: each role is one sentence of the rules, and nobody else has it."""

import pytest
from django.contrib.auth.models import AnonymousUser

from accounts.models import User
from conferences.models import Membership
from conferences.rules import is_delegate, is_organiser, is_public_viewer, speaks_for
from sessions.programme.models import Appointment, Duty
from sessions.programme.rules import is_chair, is_moderator, is_panellist


@pytest.fixture
def people(conference, panel, ada, ben, chen, eve, olga):
    pia = User.objects.create_user("pia@example.org", name="Pia")
    Membership.objects.create(conference=conference, user=pia)
    Appointment.objects.create(session=panel, user=pia, duty=Duty.PANELLIST)
    return {
        "nobody": AnonymousUser(),
        "ada": ada,
        "ben": ben,
        "chen": chen,
        "eve": eve,
        "olga": olga,
        "pia": pia,
    }


def those(people, has) -> set[str]:
    return {name for name, person in people.items() if has(person)}


def test_each_role_is_had_by_its_people_and_nobody_else(conference, panel, people):
    in_conference = (is_organiser, is_delegate, is_public_viewer)
    in_session = (is_chair, is_moderator, is_panellist)
    roles = {
        rule.__name__: those(people, lambda person, is_it=rule: is_it(person, conference.pk)) for rule in in_conference
    }
    roles |= {rule.__name__: those(people, lambda person, is_it=rule: is_it(person, panel)) for rule in in_session}
    assert roles == {
        "is_organiser": {"olga"},
        "is_delegate": {"ben"},
        "is_public_viewer": {"nobody", "eve"},
        "is_chair": {"chen"},
        "is_moderator": {"ada"},
        "is_panellist": {"pia"},
    }


def test_a_duty_in_one_session_is_none_in_another(scheduled, people):
    for role in (is_chair, is_moderator, is_panellist):
        assert those(people, lambda person, is_it=role: is_it(person, scheduled)) == set()


def test_who_is_barred_from_signing_in_is_nothing_and_speaks_for_nobody(conference, fiji, panel, people, ben):
    assert speaks_for(ben, conference.pk) == fiji
    for name, person in people.items():
        person.is_active = False
        assert is_public_viewer(person, conference.pk), name
        assert speaks_for(person, conference.pk) is None
        assert not any(role(person, panel) for role in (is_chair, is_moderator, is_panellist))
