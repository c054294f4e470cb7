"""Who takes part: invited by mail in their own language; every change of rights is told to their open pages."""

import pytest
from django.contrib.admin.models import LogEntry
from django.urls import reverse

from accounts.models import User
from conferences import actions
from conferences.letters import language_for
from conferences.models import Membership, Role
from outbox.errors import Invalid, NotAllowed, NotThere, WrongMove
from outbox.models import Event


def told():
    return [list(event.cards) for event in Event.objects.filter(topic="rights").order_by("seq")]


def invite(conference, by, **given):
    return actions.invite_member(
        conference.pk, **{"email": "dewi@example.org", "name": "Dewi", "role": "participant", "by": by, **given}
    )


def test_somebody_new_is_made_taken_in_told_and_mailed(conference, olga, mailoutbox):
    membership = invite(conference, olga, role="organiser")
    dewi = User.objects.get(email="dewi@example.org")
    assert (membership.user, membership.role) == (dewi, "organiser")
    assert not dewi.has_usable_password()
    assert told() == [[f"user.{dewi.pk}"]]
    (mail,) = mailoutbox
    assert mail.to == ["dewi@example.org"]
    assert mail.subject == "ICDD: you are invited"
    assert "Olga invites you to the International Conference on Digital Diplomacy as organiser." in mail.body
    assert "http://localhost:8000/c/icdd/" in mail.body


def test_the_same_invitation_again_changes_nothing_and_mails_nobody(conference, olga, mailoutbox):
    first = invite(conference, olga)
    assert invite(conference, olga) == first
    assert len(mailoutbox) == 1
    assert len(told()) == 1


def test_another_role_for_a_member_is_changed_in_the_list_not_by_invitation(conference, olga):
    invite(conference, olga)
    with pytest.raises(Invalid) as refused:
        invite(conference, olga, role="organiser")
    assert set(refused.value.fields) == {"email"}
    assert Membership.objects.get(user__email="dewi@example.org").role == Role.PARTICIPANT


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"role": "delegate"}, "delegation"),
        ({"role": "king"}, "role"),
        ({"delegation": 999_999}, "delegation"),
        ({"email": "nobody"}, "email"),
        ({"name": "\u202eevil"}, "name"),
    ],
)
def test_what_does_not_fit_is_said_at_its_field_and_makes_nobody(conference, olga, mailoutbox, given, field):
    with pytest.raises(Invalid) as refused:
        invite(conference, olga, **given)
    assert set(refused.value.fields) == {field}
    assert not User.objects.filter(email="dewi@example.org").exists()
    assert mailoutbox == []


def test_changing_a_role_is_told_to_their_pages_once(conference, olga, ben, fiji):
    membership = Membership.objects.get(user=ben)
    for _ in range(2):
        actions.change_membership(membership.pk, role="participant", delegation=fiji.pk, by=olga)
    assert told() == [[f"user.{ben.pk}"]]
    # Credentials say that he may speak for Fiji: another role there does not unsay it.
    assert Membership.objects.get(user=ben).may_speak_for


def test_a_voice_ends_with_the_delegation_that_gave_it(conference, olga, ben, fiji, finland):
    membership = Membership.objects.get(user=ben)
    actions.change_membership(membership.pk, role="delegate", delegation=finland.pk, by=olga)
    assert not Membership.objects.get(user=ben).may_speak_for
    actions.change_membership(membership.pk, role="delegate", delegation=fiji.pk, by=olga)
    assert not Membership.objects.get(user=ben).may_speak_for


def test_nobody_is_given_a_voice_by_hand(client, conference, olga, fiji):
    """Only credentials that the secretariat verified give one."""
    client.force_login(olga)
    place = {"role": "delegate", "delegation": fiji.pk, "may_speak_for": "on"}
    page = reverse("conferences:members", args=[conference.slug])
    assert client.post(page, {"email": "dewi@example.org", "name": "Dewi", **place}).status_code == 302
    dewi = Membership.objects.get(user__email="dewi@example.org")
    client.post(reverse("conferences:change_member", args=[conference.slug, dewi.pk]), place)
    assert not Membership.objects.get(pk=dewi.pk).may_speak_for


def test_whoever_is_removed_is_a_public_viewer_and_hears_so(conference, olga, ben):
    actions.remove_member(Membership.objects.get(user=ben).pk, by=olga)
    assert not Membership.objects.filter(user=ben).exists()
    assert told() == [[f"user.{ben.pk}"]]


def test_the_last_organiser_stays(conference, olga):
    membership = Membership.objects.get(user=olga)
    with pytest.raises(WrongMove):
        actions.remove_member(membership.pk, by=olga)
    with pytest.raises(WrongMove):
        actions.change_membership(membership.pk, role="participant", by=olga)
    invite(conference, olga, role="organiser")
    actions.change_membership(membership.pk, role="participant", by=olga)
    assert Membership.objects.get(user=olga).role == Role.PARTICIPANT


def test_who_takes_part_is_told_to_organisers_only(conference, olga, ada, ben, eve):
    membership = Membership.objects.get(user=ben)
    for person in (ada, ben, eve):
        with pytest.raises(NotThere):
            actions.remove_member(membership.pk, by=person)
        with pytest.raises(NotAllowed):
            invite(conference, person)


def test_an_organiser_of_another_conference_has_no_say_here(conference, olga, ben):
    other = actions.create_conference(
        slug="other",
        acronym="O",
        name={"en": "Other"},
        time_zone="UTC",
        opens_at=conference.opens_at,
        closes_at=conference.closes_at,
        by=olga,
    )
    Membership.objects.create(conference=other, user=ben, role=Role.ORGANISER)
    with pytest.raises(NotThere):
        actions.remove_member(Membership.objects.get(conference=conference, user=olga).pk, by=ben)


def test_who_did_what_is_kept(conference, olga):
    membership = invite(conference, olga)
    actions.remove_member(membership.pk, by=olga)
    entries = LogEntry.objects.order_by("pk").values_list("user_id", "action_flag", "content_type__model")
    assert list(entries) == [(olga.pk, 1, "membership"), (olga.pk, 3, "membership")]


@pytest.mark.parametrize(
    ("chosen", "spoken", "expected"),
    [("ar", ["id"], "ar"), ("", ["fr", "id", "en"], "id"), ("", ["fr"], "en"), ("", [], "en")],
)
def test_a_letter_is_in_the_readers_language_or_else_the_conferences(conference, chosen, spoken, expected):
    conference.languages = spoken
    assert language_for(User(email="x@example.org", language=chosen), conference) == expected
