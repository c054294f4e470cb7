"""One badge opens doors for each person who is approved; another one revokes it."""

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import AnonymousUser
from django.db import IntegrityError, transaction
from django.urls import reverse

from accounts.models import User
from conferences.models import Conference
from outbox.errors import Invalid, NotAllowed, NotThere, WrongMove
from registration.actions import confirm_applications, move_application
from registration.badges import issue_badge, issue_badges, reprint_badge, revoke_badge, revoke_for, standing_badge
from registration.models import Badge, Post, Status, Work

pytestmark = pytest.mark.django_db


@pytest.fixture
def ana(public, apply):
    """Ana's approved application."""
    application = apply(public, "Ana")
    confirm_applications(of=application.user)
    return application


@pytest.fixture
def dora(conference):
    """She keeps the door."""
    dora = User.objects.create_user("dora@example.org", name="Dora")
    Post.objects.create(conference=conference, user=dora, work=Work.DOOR)
    return dora


def standing() -> list[int]:
    return list(Badge.objects.filter(revoked_at=None).values_list("pk", flat=True))


def test_a_badge_is_issued_once_however_often_it_is_asked_for(ana):
    first = issue_badge(ana.pk, by=ana.user)
    assert issue_badge(ana.pk, by=ana.user).pk == first.pk
    assert standing() == [first.pk]


def test_codes_say_nothing_of_their_person_and_cannot_be_guessed(public, apply, olga):
    codes = {issue_badge(apply(public, name).pk, by=olga).code for name in ("Ana", "Bo", "Cleo")}
    assert len(codes) == 3
    assert all(len(code) == 24 and "ana" not in code.lower() for code in codes)


def test_only_people_who_are_approved_have_a_badge(press, apply, olga):
    waiting = apply(press, "Ana")
    with pytest.raises(WrongMove):
        issue_badge(waiting.pk, by=olga)
    assert issue_badges([waiting.pk], by=olga) == []


def test_a_strangers_badge_is_not_there(ana, eve, fia):
    for who in (eve, fia, AnonymousUser()):
        with pytest.raises(NotThere):
            issue_badge(ana.pk, by=who)


def test_the_door_replaces_a_badge_and_the_one_before_opens_no_door(ana, dora):
    before = issue_badge(ana.pk, by=ana.user)
    after = reprint_badge(ana.pk, reason="Lost in the taxi", replaces=before.pk, by=dora)
    before.refresh_from_db()
    assert before.revoked_at is not None
    assert before.reason == "Lost in the taxi"
    assert standing() == [after.pk]
    assert after.code != before.code
    assert LogEntry.objects.get(object_id=str(before.pk)).user == dora


def test_a_double_click_replaces_a_badge_once(ana, dora):
    before = issue_badge(ana.pk, by=dora)
    after = reprint_badge(ana.pk, reason="Lost", replaces=before.pk, by=dora)
    assert reprint_badge(ana.pk, reason="Lost", replaces=before.pk, by=dora).pk == after.pk
    assert Badge.objects.count() == 2


def test_nobody_replaces_or_revokes_their_own_badge(ana):
    badge = issue_badge(ana.pk, by=ana.user)
    with pytest.raises(NotAllowed):
        reprint_badge(ana.pk, reason="Lost", by=ana.user)
    with pytest.raises(NotAllowed):
        revoke_badge(badge.pk, reason="Lost", by=ana.user)
    assert standing() == [badge.pk]


@pytest.mark.parametrize("reason", ["", "   ", "x" * 201])
def test_a_badge_is_replaced_for_a_reason_that_can_be_kept(ana, dora, reason):
    badge = issue_badge(ana.pk, by=dora)
    with pytest.raises(Invalid) as refusal:
        reprint_badge(ana.pk, reason=reason, by=dora)
    assert "reason" in refusal.value.fields
    assert standing() == [badge.pk]


def test_a_revoked_badge_stays_as_it_was_revoked(ana, olga):
    badge = issue_badge(ana.pk, by=olga)
    revoke_badge(badge.pk, reason="Stolen", by=olga)
    revoke_badge(badge.pk, reason="Something else", by=olga)
    badge.refresh_from_db()
    assert badge.reason == "Stolen"
    assert standing() == []


def test_who_is_no_longer_approved_has_no_badge_that_opens_doors(ana, olga):
    badge = issue_badge(ana.pk, by=olga)
    with transaction.atomic():
        revoke_for(ana)
        revoke_for(ana)
    badge.refresh_from_db()
    assert badge.revoked_at is not None
    move_application(ana.pk, to=Status.ON_HOLD, reason="Which day do you come?", by=olga)
    with pytest.raises(WrongMove):
        issue_badge(ana.pk, by=ana.user)


def test_the_database_refuses_a_second_badge_that_opens_doors(ana, olga):
    issue_badge(ana.pk, by=olga)
    with pytest.raises(IntegrityError), transaction.atomic():
        Badge.objects.create(application=ana, code="another")


def test_many_badges_are_issued_in_few_queries_and_none_twice(public, apply, olga, django_assert_max_num_queries):
    people = [apply(public, f"Person{number}").pk for number in range(12)]
    first = issue_badge(people[3], by=olga)
    with django_assert_max_num_queries(6):
        badges = issue_badges(people, by=olga)
    assert [badge.application_id for badge in badges] == people
    assert badges[3].pk == first.pk
    assert Badge.objects.count() == 12


# Pages


def test_one_makes_a_badge_by_a_button_and_shows_its_code(client, conference, ana):
    client.force_login(ana.user)
    page = reverse("registration:my_badge", args=[conference.slug])
    before = client.get(page)
    assert b"<svg" not in before.content.partition(b"<main")[2].partition(b"badge-code")[2]
    assert standing_badge(ana) is None
    assert client.post(page).status_code == 302
    badge = standing_badge(ana)
    after = client.get(page).content.decode()
    assert 'class="badge-code"' in after
    assert badge.code not in after
    file = client.get(reverse("registration:my_badge_file", args=[conference.slug]))
    assert file["Content-Type"] == "application/pdf"
    assert file.content.startswith(b"%PDF-")


def test_there_is_no_file_of_a_badge_that_is_not_made_or_not_ones_own(client, conference, ana, eve):
    file = reverse("registration:my_badge_file", args=[conference.slug])
    assert client.get(file).status_code in (302, 403)
    client.force_login(ana.user)
    assert client.get(file).status_code == 404
    issue_badge(ana.pk, by=ana.user)
    client.force_login(eve)
    assert client.get(file).status_code == 404
    assert client.get(reverse("registration:my_badge", args=[conference.slug])).status_code == 404


def test_who_waits_reads_that_the_badge_comes_with_the_approval(client, conference, press, apply):
    application = apply(press, "Ana")
    client.force_login(application.user)
    page = reverse("registration:my_badge", args=[conference.slug])
    assert b"as soon as your application is approved" in client.get(page).content
    assert client.post(page).status_code == 409


def test_the_desk_replaces_a_badge_and_keeps_what_was_typed_where_it_cannot(client, conference, ana, dora):
    badge = issue_badge(ana.pk, by=dora)
    client.force_login(dora)
    page = reverse("registration:badge", args=[conference.slug, ana.pk])
    assert b"Replace it by a new one" in client.get(page).content
    wrong = client.post(page, {"badge": badge.pk, "reason": "y" * 201, "reprint": ""})
    assert wrong.status_code == 422
    assert b"y" * 201 in wrong.content
    assert standing() == [badge.pk]
    assert client.post(page, {"badge": badge.pk, "reason": "Lost", "reprint": ""}).status_code == 302
    assert standing() != [badge.pk]
    assert b"Lost" in client.get(page).content


def test_the_desk_revokes_a_badge_and_makes_one(client, conference, ana, dora):
    client.force_login(dora)
    page = reverse("registration:badge", args=[conference.slug, ana.pk])
    assert client.post(page, {"issue": ""}).status_code == 302
    badge = standing_badge(ana)
    assert client.get(reverse("registration:badge_file", args=[conference.slug, ana.pk])).content.startswith(b"%PDF-")
    assert client.post(page, {"badge": badge.pk, "reason": "Stolen", "revoke": ""}).status_code == 302
    assert standing() == []
    assert client.get(reverse("registration:badge_file", args=[conference.slug, ana.pk])).status_code == 404


def test_the_desks_pages_are_for_the_desk(client, conference, ana, eve):
    page = reverse("registration:badge", args=[conference.slug, ana.pk])
    for who in (eve, ana.user):
        client.force_login(who)
        assert client.get(page).status_code == 403


def test_a_badge_of_another_conference_is_not_there(client, ana, dora, olga):
    other = Conference.objects.create(
        slug="other", acronym="O", name="Other", opens_at="2030-01-01T00:00Z", closes_at="2030-01-02T00:00Z"
    )
    Post.objects.create(conference=other, user=dora, work=Work.DOOR)
    client.force_login(dora)
    assert client.get(reverse("registration:badge", args=["other", ana.pk])).status_code == 404


# Races


@pytest.mark.django_db(transaction=True)
@pytest.mark.timeout(180)
def test_a_badge_that_is_asked_for_many_times_at_once_is_one(racers, ana):
    went = racers.race([{"do": "badge", "with": {"application": ana.pk}}] * 6)
    assert went == [str(standing_badge(ana).pk)] * 6
    assert Badge.objects.count() == 1


@pytest.mark.django_db(transaction=True)
@pytest.mark.timeout(180)
def test_a_badge_that_is_replaced_at_two_desks_at_once_is_replaced_once(racers, ana, dora):
    before = issue_badge(ana.pk, by=dora)
    went = racers.race([{"do": "badge", "with": {"application": ana.pk, "replaces": before.pk, "by": dora.pk}}] * 6)
    assert went == [str(standing_badge(ana).pk)] * 6
    assert Badge.objects.count() == 2


def test_whoever_leaves_has_a_badge_that_opens_nothing(public, apply, olga):
    application = apply(public, "Ana", by=olga)
    badge = issue_badge(application.pk, by=olga)
    move_application(application.pk, to=Status.REJECTED, reason="Not this time.", by=olga)
    badge.refresh_from_db()
    assert badge.revoked_at is not None
