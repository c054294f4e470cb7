"""The public form takes any address that anybody types. It gives and takes nothing that is not the typist's own."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from accounts.signals import address_shown
from conferences.actions import invite_member
from conferences.models import Conference, Membership, Role
from files.models import Upload
from outbox.errors import Invalid, NotAllowed
from registration.actions import (
    confirm_applications,
    move_application,
    release_unconfirmed,
    submit_application,
)
from registration.door import add_gate, enrol_device, invite_device
from registration.help import issue_code
from registration.import_actions import take_in_list, try_import
from registration.models import (
    Application,
    Capacity,
    Category,
    Field,
    FieldKind,
    Post,
    Status,
    Work,
)
from registration.participants import listed
from registration.post_actions import add_post, remove_post
from registration.wishes import Facts, TakesPartOtherwise, Wish

pytestmark = pytest.mark.django_db


def post(client, category, name="Stranger", email="stranger@example.org", *, network="10.0.0.1", **more):
    form = {"submit_key": str(uuid4()), "name": name, "email": email, "attendance": "in_room", **more}
    address = reverse("registration:apply", args=[category.conference.slug, category.pk])
    return client.post(address, form, REMOTE_ADDR=network)


def seat(person) -> tuple[str, str, bool] | None:
    """What somebody is here now."""
    found = Membership.objects.filter(user=person).first()
    return (found.role, str(found.delegation or ""), found.may_speak_for) if found else None


@pytest.fixture
def other(conference):
    """Another conference at the same time."""
    return Conference.objects.create(
        slug="other", acronym="O", name="Other", opens_at=timezone.now(), closes_at=timezone.now() + timedelta(days=1)
    )


# A delegation's flag, places and closed sessions


def test_nobody_joins_a_delegation_by_a_form_that_does_not_ask_for_one(client, public, fiji, apply):
    assert post(client, public, delegation=fiji.pk).status_code == 302
    assert Application.objects.get().delegation is None
    with pytest.raises(Invalid) as refused:
        apply(public, "Bo", delegation_id=fiji.pk)
    assert set(refused.value.fields) == {"delegation"}


def test_a_focal_point_passes_no_closed_category_by_naming_their_delegation(client, public, fia, fiji):
    public.closes_at = timezone.now() - timedelta(days=1)
    public.save()
    client.force_login(fia)
    assert post(client, public, delegation=fiji.pk).status_code == 422
    assert not Application.objects.exists()


# What somebody is here already


@pytest.mark.parametrize("how", ["is never confirmed", "is withdrawn by the victim", "is confirmed by signing in"])
def test_an_application_in_anothers_name_changes_nothing_that_they_are(client, conference, public, ben, ada, how):
    before = [seat(ben), seat(ada)]
    assert before[0] == ("delegate", "Fiji", True)
    for victim in (ben, ada):
        post(client, public, "Not them", victim.email)
    match how:
        case "is never confirmed":
            Application.objects.update(submitted_at=timezone.now() - timedelta(days=3))
            release_unconfirmed(conference.pk)
        case "is withdrawn by the victim":
            for application in Application.objects.filter(user__in=[ben, ada]):
                move_application(application.pk, to=Status.WITHDRAWN, by=application.user)
        case _:
            for victim in (ben, ada):
                address_shown.send(sender=User, user=victim)
    assert [seat(ben), seat(ada)] == before


def test_whoever_was_put_into_a_delegation_applies_for_none_and_for_no_other(public, delegates, apply, ben, finland):
    with pytest.raises(TakesPartOtherwise):
        apply(public, "Ben", by=ben)
    with pytest.raises(TakesPartOtherwise):
        apply(delegates, "Ben", email=ben.email, delegation_id=finland.pk, by=_focal_point(finland))


def _focal_point(delegation):
    person = User.objects.create_user("focal@example.org", name="Focal")
    delegation.focal_points.create(user=person)
    return person


def test_what_a_focal_point_gives_and_takes_back_leaves_somebody_as_they_were(delegates, apply, ada, fia, fiji, olga):
    before = seat(ada)
    named = apply(delegates, "Ada", email=ada.email, delegation_id=fiji.pk, by=fia)
    move_application(named.pk, to=Status.APPROVED, by=olga)
    assert seat(ada) == ("delegate", "Fiji", False)
    move_application(named.pk, to=Status.WITHDRAWN, by=fia)
    assert seat(ada) == before


def test_a_delegate_by_hand_stays_one_whatever_they_are_registered_as(press, apply, ben, fiji, olga):
    apply(press, "Ben", email=ben.email, delegation_id=fiji.pk, by=olga)
    assert seat(ben) == ("delegate", "Fiji", True)


def test_whoever_gets_work_here_goes_on_taking_part_when_their_registration_ends(conference, public, apply, olga):
    eva = User.objects.create_user("eva@example.org", name="Eva")
    registered = apply(public, "Eva", by=eva)
    add_post(conference.pk, email=eva.email, name="Eva", work=Work.DOOR, by=olga)
    move_application(registered.pk, to=Status.WITHDRAWN, by=eva)
    assert seat(eva) == ("participant", "", False)


def test_whoever_only_registered_takes_part_no_more_afterwards(public, apply):
    eva = User.objects.create_user("eva@example.org", name="Eva")
    registered = apply(public, "Eva", by=eva)
    assert seat(eva) == ("participant", "", False)
    move_application(registered.pk, to=Status.WITHDRAWN, by=eva)
    assert seat(eva) is None


# In whose name


def test_a_stranger_names_nobodys_account(client, conference, public, olga):
    post(client, public, "Ridiculous Fool", "ambassador@mfa.example")
    invited = invite_member(
        conference.pk, email="ambassador@mfa.example", name="H.E. Ana Waqa", role="participant", by=olga
    )
    assert invited.user.name == "H.E. Ana Waqa"


def test_whoever_shows_the_address_to_be_theirs_is_called_as_they_wrote(client, public):
    post(client, public, "Ana Waqa")
    person = User.objects.get(email="stranger@example.org")
    assert person.name == ""
    confirm_applications(of=person)
    person.refresh_from_db()
    assert person.name == "Ana Waqa"


def test_nobody_is_listed_before_the_address_is_shown_to_be_theirs(client, conference, public):
    post(client, public, "Famous Person", is_listed="on", function="Clown")
    assert not listed(conference).exists()
    confirm_applications(of=User.objects.get(email="stranger@example.org"))
    assert listed(conference).count() == 1


def test_the_first_letter_carries_no_advertisement(client, public, mailoutbox):
    assert post(client, public, "Buy at http://evil.example").status_code == 422
    assert post(client, public, "Ana", organisation="www.evil.example").status_code == 422
    assert not mailoutbox


# Who has applied is told by mail, and by nothing else


def test_a_wrong_file_tells_nobody_who_has_applied(client, public, apply):
    field = Field.objects.create(category=public, kind=FieldKind.PHOTO, label="Photo")
    apply(public, "Ben", email="ben@x.org")
    told = [
        post(client, public, email=email, **{f"field_{field.pk}": SimpleUploadedFile("a.png", b"nothing")})
        for email in ("ben@x.org", "nobody@x.org")
    ]
    assert [answer.status_code for answer in told] == [422, 422]


def test_a_head_that_is_there_tells_nobody_who_has_applied(client, conference, fiji, public, apply):
    heads = Category.objects.create(conference=conference, capacity=Capacity.HEAD, name="Heads")
    apply(heads, "Head", delegation_id=fiji.pk)
    apply(public, "Ben", email="ben@x.org")
    told = [post(client, heads, email=email, delegation=fiji.pk) for email in ("ben@x.org", "nobody@x.org")]
    assert [answer.status_code for answer in told] == [422, 422]
    assert not User.objects.filter(email="nobody@x.org").exists()


# How much


def test_one_network_sends_so_many_forms_and_no_more(client, public, settings, mailoutbox):
    settings.STRANGERS_FORMS = 3
    for number in range(3):
        assert post(client, public, email=f"v{number}@x.org", network="10.0.0.2").status_code == 302
    refused = post(client, public, "Ana Waqa", "v4@x.org", network="10.0.0.2")
    assert refused.status_code == 429
    assert "Ana Waqa" in refused.content.decode()
    assert len(mailoutbox) == Application.objects.count() == 3
    known = Client()
    known.force_login(User.objects.create_user("eva@example.org", name="Eva"))
    assert post(known, public, network="10.0.0.2").status_code == 302
    assert post(client, public, network="10.0.0.3").status_code == 302


def test_of_a_form_that_is_not_taken_no_file_is_kept(client, public, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    field = Field.objects.create(category=public, kind=FieldKind.FILE, label="Paper")

    def paper():
        return {f"field_{field.pk}": SimpleUploadedFile("a.pdf", b"%PDF-1.7 x")}

    assert post(client, public, submit_key="", **paper()).status_code == 422
    public.closes_at = timezone.now() - timedelta(days=1)
    public.save()
    assert post(client, public, **paper()).status_code == 422
    assert not Upload.objects.exists()


# Other ways in


def test_a_help_desk_opens_no_account_that_counts_elsewhere(client, conference, other, fia, ben):
    hugo = User.objects.create_user("hugo@example.org", name="Hugo")
    Post.objects.create(conference=other, user=hugo, work=Work.HELP_DESK)
    category = Category.objects.create(conference=other, capacity=Capacity.PUBLIC, name="Public", needs_approval=False)
    for person in (fia, ben):
        post(client, category, email=person.email)
        with pytest.raises(NotAllowed):
            issue_code(other.pk, email=person.email, checked="passport", by=hugo)
    Conference.objects.filter(pk=conference.pk).update(
        opens_at=timezone.now() - timedelta(days=3), closes_at=timezone.now() - timedelta(days=1)
    )
    assert issue_code(other.pk, email=ben.email, checked="passport", by=hugo)


def test_a_help_desk_opens_no_account_with_papers_elsewhere(client, press, apply, other):
    vera = User.objects.create_user("vera@example.org", name="Vera")
    apply(press, "Vera", by=vera)
    hugo = User.objects.create_user("hugo@example.org", name="Hugo")
    Post.objects.create(conference=other, user=hugo, work=Work.HELP_DESK)
    post(client, Category.objects.create(conference=other, capacity=Capacity.PUBLIC, name="Public"), email=vera.email)
    with pytest.raises(NotAllowed):
        issue_code(other.pk, email=vera.email, checked="passport", by=hugo)


def test_an_address_that_no_database_holds_is_said_beside_its_field(client, public):
    assert post(client, public, email="a\x00@example.org").status_code == 422


@pytest.fixture
def imported(conference, press, olga, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    file = SimpleUploadedFile("list.csv", b"Name,E-mail\nHidden Guest,guest@x.org\n")
    made = take_in_list(conference.pk, category_id=press.pk, attendance="in_room", file=file, by=olga)
    try_import(made.pk, columns={"name": 0, "email": 1}, by=olga)
    made.refresh_from_db()
    return made


def test_nobody_makes_the_keys_of_an_import(imported, conference, press, olga):
    """Whoever made them beforehand would have its rows refused; a device of the importer's would be told of them."""
    again = take_in_list(
        conference.pk,
        category_id=press.pk,
        attendance="in_room",
        file=SimpleUploadedFile("list.csv", b"Name,E-mail\nHidden Guest,guest@x.org\n"),
        by=olga,
    )
    assert again.secret != imported.secret


def test_a_form_with_a_key_of_another_conference_is_told_nothing_of_it(other, public, apply, olga):
    Membership.objects.create(conference=other, user=olga, role=Role.ORGANISER)
    category = Category.objects.create(conference=other, capacity=Capacity.PUBLIC, name="Public")
    key = uuid4()
    apply(public, "Hidden Guest", email="guest@x.org", by=olga, key=key)
    wish = Wish(category_id=category.pk, facts=Facts(name="X"), submit_key=key)
    with pytest.raises(Invalid):
        submit_application(wish, by=olga)


def test_a_device_reads_as_long_as_whoever_enrolled_it_keeps_the_doors(client, conference, public, apply, olga):
    apply(public, "Ana")
    dora = add_post(conference.pk, email="dora@x.org", name="Dora", work=Work.DOOR, by=olga)
    gate = add_gate(conference.pk, name="North", by=olga)
    _device, key = enrol_device(invite_device(gate.pk, name="Her own phone", by=dora.user)[1])
    client.cookies["door"] = key
    assert client.get(reverse("registration:door_list")).status_code == 200
    remove_post(dora.pk, by=olga)
    assert client.get(reverse("registration:door_list"), headers={"accept": "application/json"}).status_code == 401


def test_whoever_is_taken_up_again_has_as_long_to_show_their_address_as_before(client, conference, press, olga):
    post(client, press)
    application = Application.objects.get()
    move_application(application.pk, to=Status.REJECTED, reason="By mistake.", by=olga)
    Application.objects.update(submitted_at=timezone.now() - timedelta(days=3))
    move_application(application.pk, to=Status.SUBMITTED, by=olga)
    release_unconfirmed(conference.pk)
    application.refresh_from_db()
    assert application.status == Status.SUBMITTED


# The list of participants


def test_whoever_stands_in_the_list_may_leave_it_at_any_time(client, conference, public):
    eva = User.objects.create_user("eva@example.org", name="Eva")
    client.force_login(eva)
    post(client, public, "Eva", is_listed="on")
    application = Application.objects.get()
    assert application.status == Status.APPROVED
    address = reverse("registration:set_in_list", args=[conference.slug, application.pk])
    for wished, then in (("no", False), ("no", False), ("yes", True)):
        assert client.post(address, {"is_listed": wished}).status_code == 302
        application.refresh_from_db()
        assert application.is_listed is then
    client.force_login(User.objects.create_user("ola@example.org", name="Ola"))
    assert client.post(address, {"is_listed": "no"}).status_code == 404
