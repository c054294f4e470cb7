"""Only verified credentials let somebody speak for a delegation, and what gave a voice can take it back."""

from uuid import uuid4

import pytest
from django.core.files.base import ContentFile

from accounts.models import User
from conferences.models import Membership
from conferences.rules import speaks_for
from files.actions import store_upload
from files.rules import may_read
from outbox.errors import Invalid, NotAllowed, NotThere
from outbox.models import Event
from registration.actions import move_application, substitute_member
from registration.delegation_actions import hand_in_credentials, refuse_credentials, verify_credentials
from registration.likeness_actions import merge_applications
from registration.models import Credential, CredentialState, FocalPoint, Likeness, Post, Status, Work
from registration.rules import CREDENTIALS
from registration.wishes import Facts


@pytest.fixture
def sam(conference):
    """At the secretariat's desk."""
    sam = User.objects.create_user("sam@example.org", name="Sam")
    Post.objects.create(conference=conference, user=sam, work=Work.SECRETARIAT)
    return sam


@pytest.fixture
def note():
    """`note(fia)` is a note verbale that Fia stored."""

    def stored(by):
        file = ContentFile(b"%PDF-1.7 The Ministry presents its compliments", name="note verbale.pdf")
        return store_upload(file, purpose=CREDENTIALS, accepts=["application/pdf"], largest=1000, by=by)

    return stored


@pytest.fixture
def member(apply, delegates, fiji, fia, olga):
    """`member("Ana")` is approved for Fiji; `approved=False` still waits for a decision."""

    def named(name, *, approved=True):
        made = apply(delegates, name, by=fia, delegation_id=fiji.pk)
        return move_application(made.pk, to=Status.APPROVED, by=olga) if approved else made

    return named


@pytest.fixture
def handed_in(note, fiji, fia):
    def by_fia(*members):
        return hand_in_credentials(
            fiji.pk, upload_id=note(fia).pk, names=[application.pk for application in members], by=fia
        )

    return by_fia


def speakers() -> list[str]:
    return sorted(Membership.objects.filter(may_speak_for=True).values_list("user__name", flat=True))


def told_rights() -> set[str]:
    """Whose open pages were told that their rights changed."""
    return {whom for event in Event.objects.filter(name="rights.changed") for whom in event.cards}


def test_whom_a_verified_note_names_may_speak_and_nobody_before(member, handed_in, conference, fiji, sam):
    ana, _bo = member("Ana"), member("Bo")
    credential = handed_in(ana)
    assert (credential.state, speakers()) == (CredentialState.HANDED_IN, [])
    Event.objects.all().delete()
    verify_credentials(credential.pk, by=sam)
    assert speakers() == ["Ana"]
    assert speaks_for(ana.user, conference.pk) == fiji
    # Her pages hear of it at once, nobody else's do.
    assert told_rights() == {f"user.{ana.user_id}"}


def test_who_is_approved_after_the_note_speaks_from_then_on(member, handed_in, sam):
    ana = member("Ana", approved=False)
    verify_credentials(handed_in(ana).pk, by=sam)
    assert speakers() == []
    move_application(ana.pk, to=Status.APPROVED, by=sam)
    assert speakers() == ["Ana"]
    move_application(ana.pk, to=Status.ON_HOLD, reason="We look at it again.", by=sam)
    assert speakers() == []
    move_application(ana.pk, to=Status.APPROVED, by=sam)
    assert speakers() == ["Ana"]


def test_a_note_that_is_refused_later_takes_the_voice_back(member, handed_in, sam):
    credential = handed_in(member("Ana"), member("Bo"))
    verify_credentials(credential.pk, by=sam)
    assert speakers() == ["Ana", "Bo"]
    Event.objects.all().delete()
    refuse_credentials(credential.pk, reason="The seal is missing.", by=sam)
    assert speakers() == []
    assert len(told_rights()) == 2
    verify_credentials(credential.pk, by=sam)
    assert speakers() == ["Ana", "Bo"]


def test_whom_another_verified_note_names_keeps_the_voice(member, handed_in, sam):
    ana, bo = member("Ana"), member("Bo")
    first, second = handed_in(ana, bo), handed_in(bo)
    for credential in (first, second):
        verify_credentials(credential.pk, by=sam)
    refuse_credentials(first.pk, reason="The seal is missing.", by=sam)
    assert speakers() == ["Bo"]


def test_a_note_that_never_gave_a_voice_takes_none(member, handed_in, sam, conference):
    ana = member("Ana")
    credential = handed_in(ana)
    # Organisers can let somebody speak by hand.
    Membership.objects.filter(user=ana.user).update(may_speak_for=True)
    refuse_credentials(credential.pk, reason="The seal is missing.", by=sam)
    assert speakers() == ["Ana"]


def test_a_voice_ends_with_the_membership_and_does_not_pass_to_a_newcomer(member, handed_in, fia, sam):
    ana, bo = member("Ana"), member("Bo")
    verify_credentials(handed_in(ana, bo).pk, by=sam)
    substitute_member(ana.pk, facts=Facts(name="Cleo", email="cleo@example.org"), submit_key=uuid4(), by=fia)
    move_application(bo.pk, to=Status.WITHDRAWN, by=fia)
    assert speakers() == []
    assert Membership.objects.filter(user__name="Cleo").exists()


def test_focal_points_are_told_what_was_decided_and_why(member, handed_in, sam, fiji, mailoutbox):
    lia = User.objects.create_user("lia@example.org", name="Lia")
    FocalPoint.objects.create(delegation=fiji, user=lia)
    credential = handed_in(member("Ana"))
    mailoutbox.clear()
    verify_credentials(credential.pk, by=sam)
    verify_credentials(credential.pk, by=sam)
    assert [letter.to for letter in mailoutbox] == [["fia@example.org"], ["lia@example.org"]]
    assert "Ana\n" in mailoutbox[0].body
    mailoutbox.clear()
    refuse_credentials(credential.pk, reason="The seal is missing.", by=sam)
    refuse_credentials(credential.pk, reason="Once more.", by=sam)
    assert len(mailoutbox) == 2
    assert "The seal is missing." in mailoutbox[0].body
    assert f"/c/icdd/registration/delegation/{fiji.pk}/" in mailoutbox[0].body


@pytest.mark.parametrize("reason", ["", "   ", "x" * 2001])
def test_a_refusal_says_why(member, handed_in, sam, reason):
    credential = handed_in(member("Ana"))
    with pytest.raises(Invalid) as refused:
        refuse_credentials(credential.pk, reason=reason, by=sam)
    assert set(refused.value.fields) == {"reason"}
    credential.refresh_from_db()
    assert credential.state == CredentialState.HANDED_IN


def test_a_note_names_members_of_its_delegation_and_is_ones_own_file(
    member, note, apply, delegates, fiji, finland, fia, olga, eve
):
    ana = member("Ana")
    finn = apply(delegates, "Finn", by=olga, delegation_id=finland.pk)
    gone = member("Gus")
    move_application(gone.pk, to=Status.WITHDRAWN, by=olga)
    for names in ([], [finn.pk], [ana.pk, finn.pk], [gone.pk], [10**6]):
        with pytest.raises(Invalid) as refused:
            hand_in_credentials(fiji.pk, upload_id=note(fia).pk, names=names, by=fia)
        assert set(refused.value.fields) == {"names"}
    used = hand_in_credentials(fiji.pk, upload_id=note(fia).pk, names=[ana.pk], by=fia).upload
    for upload_id in (10**6, note(olga).pk, used.pk):
        with pytest.raises(Invalid) as refused:
            hand_in_credentials(fiji.pk, upload_id=upload_id, names=[ana.pk], by=fia)
        assert set(refused.value.fields) == {"note"}
    with pytest.raises(NotThere):
        hand_in_credentials(fiji.pk, upload_id=note(eve).pk, names=[ana.pk], by=eve)
    assert Credential.objects.count() == 1


def test_only_the_secretariat_decides(member, handed_in, fia, eve, olga):
    ana = member("Ana")
    credential = handed_in(ana)
    with pytest.raises(NotAllowed):
        verify_credentials(credential.pk, by=fia)
    with pytest.raises(NotAllowed):
        refuse_credentials(credential.pk, reason="No.", by=fia)
    for person in (eve, ana.user):
        with pytest.raises(NotThere):
            verify_credentials(credential.pk, by=person)
    with pytest.raises(NotThere):
        verify_credentials(10**6, by=olga)
    assert speakers() == []


def test_a_note_is_read_by_its_delegations_focal_points_and_the_secretariat(
    member, handed_in, note, finland, fia, sam, olga, eve
):
    ana = member("Ana")
    upload = handed_in(ana).upload
    lia = User.objects.create_user("lia@example.org", name="Lia")
    FocalPoint.objects.create(delegation=finland, user=lia)
    readers = [person.name for person in (fia, sam, olga, eve, ana.user, lia) if may_read(person, upload)]
    assert readers == ["Fia", "Sam", "Olga"]
    # Stored and not yet handed in it is its owner's alone.
    alone = note(fia)
    assert [person.name for person in (fia, sam, olga) if may_read(person, alone)] == ["Fia"]


def test_of_two_applications_of_one_person_the_one_that_is_kept_keeps_the_voice(member, handed_in, sam):
    first, second = member("Ana"), member("Anna")
    verify_credentials(handed_in(first).pk, by=sam)
    pair = Likeness.objects.create(first=first, second=second, why="name")
    merge_applications(pair.pk, keep=second.pk, by=sam)
    assert speakers() == ["Anna"]
