"""A conference itself: who may make one, and what is refused."""

from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone

from conferences import actions
from conferences.forms import ConferenceForm, LocalTimeField
from conferences.models import Conference, Membership, Role
from outbox.errors import Invalid, NotAllowed, NotThere


def facts(conference, **given):
    return {
        "slug": "new",
        "acronym": "NEW",
        "name": {"en": "A new one"},
        "time_zone": "Asia/Jakarta",
        "opens_at": conference.opens_at,
        "closes_at": conference.closes_at,
        **given,
    }


def test_whoever_makes_a_conference_organises_it(conference, olga):
    made = actions.create_conference(by=olga, **facts(conference))
    assert list(Membership.objects.filter(conference=made).values_list("user", "role")) == [(olga.pk, Role.ORGANISER)]


def test_the_first_organiser_of_an_installation_may_make_one(conference, eve):
    with pytest.raises(NotAllowed):
        actions.create_conference(by=eve, **facts(conference))
    eve.is_staff = True
    eve.save()
    assert actions.create_conference(by=eve, **facts(conference)).slug == "new"


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"slug": "icdd"}, "slug"),
        ({"slug": "no good"}, "slug"),
        ({"time_zone": "Bali"}, "time_zone"),
        ({"name": {}}, "name"),
        ({"accent": "red"}, "accent"),
        ({"mode": "by post"}, "mode"),
    ],
)
def test_what_does_not_fit_is_said_at_its_field(conference, olga, given, field):
    with pytest.raises(Invalid) as refused:
        actions.create_conference(by=olga, **facts(conference, **given))
    assert set(refused.value.fields) == {field}
    assert Conference.objects.count() == 1


def test_it_closes_after_it_opens(conference, olga):
    with pytest.raises(Invalid) as refused:
        actions.change_conference(conference.pk, closes_at=conference.opens_at - timedelta(hours=1), by=olga)
    assert set(refused.value.fields) == {"closes_at"}


@pytest.mark.parametrize("zone", ["Pacific/Kiritimati", "Pacific/Pago_Pago"])
def test_a_moment_at_an_end_of_the_calendar_is_refused(zone):
    """In another zone it is none: whatever showed it there would break."""
    field = LocalTimeField()
    with timezone.override(zone):
        for typed in ("0001-01-01T00:00", "9999-12-31T23:59", "1969-12-31T23:59", "2200-01-01T00:00"):
            with pytest.raises(ValidationError, match="Choose a year from 1970 to 2199"):
                field.clean(typed)
        for typed in ("1970-01-01T00:00", "2199-12-31T23:59"):
            assert f"{field.clean(typed):%Y-%m-%dT%H:%M}" == typed


def test_what_organisers_write_holds_nothing_that_nobody_sees():
    form = ConferenceForm({"name_en": "Digital\u200b Diplomacy", "about_en": "ភាសា\u200bខ្មែរ", "about_id": "a\u202eb"})
    unseen = ["This holds characters that cannot be seen. Type it anew."]
    assert (form.errors["name_en"], form.errors["about_id"], "about_en" in form.errors) == (unseen, unseen, False)


def test_only_what_is_given_is_changed_and_by_organisers_only(conference, olga, ada):
    actions.change_conference(conference.pk, venue="Conrad Bali", by=olga)
    conference.refresh_from_db()
    assert (conference.venue, conference.acronym) == ("Conrad Bali", "ICDD")
    with pytest.raises(NotAllowed):
        actions.change_conference(conference.pk, venue="Elsewhere", by=ada)
    with pytest.raises(NotThere):
        actions.change_conference(10**6, venue="Elsewhere", by=olga)
