"""Delegations name, replace and confirm their members; focal points do it for them, within the dates."""

import re
from datetime import timedelta
from uuid import uuid4

import pytest
from django.contrib.admin.models import LogEntry
from django.urls import reverse
from django.utils import timezone
from django.utils.html import strip_tags

from accounts.models import User
from conferences.models import Membership, Rank
from outbox.errors import Invalid, NotAllowed, NotThere, WrongMove
from registration.actions import move_application, submit_applications, substitute_member
from registration.delegation_actions import affirm_members, dismiss_focal_point, invite_focal_point, set_phases
from registration.delegations import (
    calendar_of,
    delegation_for,
    delegations_for,
    led,
    members_by_rank,
    places_of,
    ranks_of_heads,
)
from registration.models import (
    Application,
    Attendance,
    Capacity,
    Category,
    Field,
    FieldKind,
    FocalPoint,
    Phases,
    Post,
    Quota,
    Status,
    Work,
)
from registration.wishes import AppliedAlready, Facts, Wish

HOUR = timedelta(hours=1)


@pytest.fixture
def heads(conference):
    return Category.objects.create(conference=conference, capacity=Capacity.HEAD, name="Heads of delegation")


@pytest.fixture
def sam(conference):
    """At the secretariat's desk."""
    sam = User.objects.create_user("sam@example.org", name="Sam")
    Post.objects.create(conference=conference, user=sam, work=Work.SECRETARIAT)
    return sam


@pytest.fixture
def named(apply, fiji, fia):
    """`named(category, "Ana")` is a member whom Fia named for Fiji."""

    def member(category, name, **wish):
        return apply(category, name, by=wish.pop("by", fia), delegation_id=wish.pop("delegation_id", fiji.pk), **wish)

    return member


@pytest.fixture
def phases(conference):
    """`phases(nomination=(-2, 1))` opens it two hours ago and closes it in one; None is open."""

    def set_dates(*, nomination=(None, None), confirmation=(None, None)):
        now = timezone.now()
        (opens, closes), (begins, ends) = (
            [None if hours is None else now + hours * HOUR for hours in phase] for phase in (nomination, confirmation)
        )
        Phases.objects.update_or_create(
            conference=conference,
            defaults={
                "nomination_opens_at": opens,
                "nomination_closes_at": closes,
                "confirmation_opens_at": begins,
                "confirmation_closes_at": ends,
            },
        )

    return set_dates


def statuses() -> dict[str, str]:
    return dict(Application.objects.order_by("pk").values_list("name", "status"))


def replace(leaver, name, *, by, key=None):
    facts = Facts(name=name, email=f"{name[:20].lower()}@example.org")
    return substitute_member(leaver.pk, facts=facts, submit_key=key or uuid4(), by=by)


# Focal points


def test_a_focal_point_is_invited_once_and_told_by_mail_where_to_go(fiji, olga, mailoutbox):
    made = invite_focal_point(fiji.pk, email="Lia@example.org", name="Lia", by=olga)
    assert invite_focal_point(fiji.pk, email="lia@example.org", name="Somebody", by=olga) == made
    assert (made.user.name, made.invited_by) == ("Lia", olga)
    [letter] = mailoutbox
    assert letter.to == [made.user.email]
    assert f"/c/icdd/registration/delegation/{fiji.pk}/" in letter.body
    assert delegation_for(fiji.pk, made.user) == fiji


def test_the_invitation_lets_in_by_one_click_or_a_code_and_each_page_then_leads_back(client, fiji, olga, mailoutbox):
    invite_focal_point(fiji.pk, email="lia@example.org", name="Lia", by=olga)
    [letter] = mailoutbox
    page = f"/c/icdd/registration/delegation/{fiji.pk}/"
    [link] = re.findall(r"http://[^/]+(/account/enter/\S+)", letter.body)
    assert re.search(r"\b\d{4}-\d{4}\b", letter.body)
    assert client.get(link).status_code == 200
    assert client.post(link).url == page
    for address in (reverse("programme:home", args=["icdd"]), reverse("accounts:profile")):
        shown = client.get(address).content.decode()
        assert "Your delegation:" in shown
        assert f'href="{page}"' in shown


def test_who_is_no_focal_point_is_led_to_no_delegation(client, fia, ben):
    client.force_login(ben)
    assert "Your delegation:" not in client.get(reverse("programme:home", args=["icdd"])).content.decode()


def test_a_focal_point_who_is_dismissed_sees_nothing_any_more_and_whom_they_named_stays(
    delegates, named, fia, fiji, sam
):
    named(delegates, "Ana")
    dismiss_focal_point(FocalPoint.objects.get(user=fia).pk, by=sam)
    with pytest.raises(NotThere):
        delegation_for(fiji.pk, fia)
    assert statuses() == {"Ana": "submitted"}


def test_only_the_secretariat_appoints_focal_points(fiji, fia, ben, eve):
    theirs = FocalPoint.objects.get(user=fia)
    with pytest.raises(NotAllowed):
        invite_focal_point(fiji.pk, email="lia@example.org", name="Lia", by=fia)
    with pytest.raises(NotAllowed):
        dismiss_focal_point(theirs.pk, by=fia)
    for person in (ben, eve):
        with pytest.raises(NotThere):
            invite_focal_point(fiji.pk, email="lia@example.org", name="Lia", by=person)
        with pytest.raises(NotThere):
            dismiss_focal_point(theirs.pk, by=person)
    assert list(FocalPoint.objects.all()) == [theirs]


def test_a_focal_point_has_their_own_delegation_and_the_secretariat_all(conference, fiji, finland, fia, sam, olga, eve):
    assert list(delegations_for(conference, fia)) == [fiji]
    assert list(delegations_for(conference, sam)) == list(delegations_for(conference, olga)) == [fiji, finland]
    assert list(delegations_for(conference, eve)) == []
    with pytest.raises(NotThere):
        delegation_for(finland.pk, fia)


def test_a_focal_point_is_told_of_every_decision_that_somebody_else_took(delegates, named, fiji, fia, sam, mailoutbox):
    """Whoever has no address is told by them, so they know whom."""
    fia.language = "id"
    fia.save()
    ana = named(delegates, "Ana", email="")
    move_application(ana.pk, to=Status.ON_HOLD, reason="The photo is too dark.", by=sam)
    [letter] = mailoutbox
    assert letter.to == ["fia@example.org"]
    # What is kept of a mail that went names nobody.
    assert "Ana" not in letter.subject
    assert "Ana, Delegates: " in letter.body
    assert "The photo is too dark." in letter.body
    assert f"/c/icdd/registration/delegation/{fiji.pk}/" in letter.body
    mailoutbox.clear()
    # What they do themselves they know.
    move_application(ana.pk, to=Status.WITHDRAWN, by=fia)
    assert mailoutbox == []


def test_a_place_that_falls_to_a_member_is_told_to_the_focal_point(
    delegates, named, quota, conference, sam, mailoutbox
):
    quota(conference, 1)
    ana, bo = named(delegates, "Ana", email=""), named(delegates, "Bo", email="")
    for member in (ana, bo):
        move_application(member.pk, to=Status.APPROVED, by=sam)
    mailoutbox.clear()
    move_application(ana.pk, to=Status.WITHDRAWN, by=sam)
    said = sorted(line for letter in mailoutbox for line in letter.body.splitlines() if line.startswith(("Ana", "Bo")))
    assert said == ["Ana, Delegates: withdrawn", "Bo, Delegates: approved"]
    assert all("Has no mail address: please tell them." in letter.body for letter in mailoutbox)


def test_many_decided_on_together_are_one_letter_to_each_focal_point(
    client, delegates, named, apply, finland, olga, mailoutbox
):
    lia = User.objects.create_user("lia@example.org", name="Lia")
    FocalPoint.objects.create(delegation=finland, user=lia)
    ticked = [named(delegates, name, email="").pk for name in ("Ana", "Bo")]
    ticked.append(named(delegates, "Cleo", email="", by=lia, delegation_id=finland.pk).pk)
    client.force_login(olga)
    answer = client.post(reverse("registration:move_several", args=["icdd"]), {"ticked": ticked, "to": Status.APPROVED})
    assert {letter.to[0]: letter.subject for letter in mailoutbox} == {
        "fia@example.org": "ICDD: news of 2 members of your delegation",
        "lia@example.org": "ICDD: news of 1 member of your delegation",
    }
    assert len(mailoutbox) == 2
    assert answer.content.decode().count("Has no address.") == 3


def test_the_desk_says_who_is_told(client, delegates, named, fia, sam):
    client.force_login(sam)

    def said(member) -> str:
        page = client.get(reverse("registration:application", args=["icdd", member.pk]))
        return " ".join(strip_tags(page.content.decode()).split())

    ana, bo = named(delegates, "Ana", email=""), named(delegates, "Bo")
    assert "Has no address. Their focal point is told: Fia" in said(ana)
    assert "The applicant is told by mail. Their focal point is told: Fia" in said(bo)
    FocalPoint.objects.all().delete()
    assert "Has no address and no focal point: nobody is told." in said(ana)


# Naming


def test_somebody_without_an_address_is_named_too(delegates, named, mailoutbox):
    member = named(delegates, "Ana", email="")
    assert (member.status, member.user, member.confirmed_at is None) == (Status.SUBMITTED, None, False)
    assert mailoutbox == []


def test_a_delegation_has_one_head(heads, named, apply, fiji, finland, olga):
    first = named(heads, "Ana")
    with pytest.raises(WrongMove, match="wrong_move"):
        named(heads, "Bo")
    # Another delegation has its own, and the secretariat is bound by it too.
    apply(heads, "Cleo", by=olga, delegation_id=finland.pk)
    with pytest.raises(WrongMove):
        apply(heads, "Dan", by=olga, delegation_id=fiji.pk)
    move_application(first.pk, to=Status.WITHDRAWN, by=olga)
    named(heads, "Bo")
    assert statuses() == {"Ana": "withdrawn", "Cleo": "approved", "Bo": "submitted"}
    assert led([fiji.pk, finland.pk, None]) == {fiji.pk, finland.pk}


def test_of_two_heads_in_one_list_the_second_is_refused(heads, fiji, olga):
    wishes = [
        Wish(
            category_id=heads.pk,
            facts=Facts(name=name, email=f"{name}@example.org"),
            submit_key=uuid4(),
            delegation_id=fiji.pk,
        )
        for name in ("Ana", "Bo")
    ]
    first, second = submit_applications(wishes, by=olga)
    assert first.status == Status.APPROVED
    assert isinstance(second, WrongMove)
    assert statuses() == {"Ana": "approved"}


def test_a_head_who_was_rejected_does_not_come_back_beside_another(heads, named, olga):
    first = named(heads, "Ana")
    move_application(first.pk, to=Status.REJECTED, reason="Not on the list of the ministry.", by=olga)
    named(heads, "Bo")
    with pytest.raises(WrongMove):
        move_application(first.pk, to=Status.SUBMITTED, by=olga)


def test_members_stand_by_capacity_and_rank(heads, delegates, conference, named, fiji, apply, olga):
    interpreters = Category.objects.create(conference=conference, capacity=Capacity.INTERPRETER, name="Interpreters")
    for category, name, rank in (
        (interpreters, "Iris", Rank.NONE),
        (delegates, "Dan", Rank.OFFICIAL),
        (delegates, "Ana", Rank.AMBASSADOR),
        (heads, "Hana", Rank.MINISTER),
        (delegates, "Bo", Rank.AMBASSADOR),
    ):
        Application.objects.filter(pk=named(category, name).pk).update(rank=rank)
    gone = named(delegates, "Gus")
    move_application(gone.pk, to=Status.WITHDRAWN, by=olga)
    assert [member.name for member in members_by_rank(fiji)] == ["Hana", "Ana", "Bo", "Dan", "Iris"]
    assert ranks_of_heads([fiji]) == {fiji.pk: Rank.MINISTER}


# Phases


@pytest.mark.parametrize(
    ("nomination", "opens"),
    [
        ((None, None), True),
        ((-2, 1), True),
        ((-2, None), True),
        ((1, 2), False),
        ((-2, -1), False),
        ((None, -1), False),
    ],
)
def test_focal_points_name_members_within_the_dates_and_the_secretariat_always(
    delegates, named, phases, nomination, opens, sam
):
    phases(nomination=nomination)
    if opens:
        named(delegates, "Ana")
    else:
        with pytest.raises(WrongMove):
            named(delegates, "Ana")
    named(delegates, "Bo", by=sam)
    assert statuses() == {**({"Ana": "submitted"} if opens else {}), "Bo": "approved"}


@pytest.mark.parametrize(
    ("nomination", "confirmation", "opens"),
    [
        ((-3, -2), (-1, 1), True),
        ((-3, -2), (1, 2), True),
        ((-3, -2), (None, None), True),
        ((-3, -2), (-2, -1), False),
        ((1, 2), (2, 3), False),
    ],
)
def test_members_are_replaced_until_it_is_confirmed_who_comes(
    delegates, named, phases, sam, fia, nomination, confirmation, opens
):
    ana = named(delegates, "Ana")
    phases(nomination=nomination, confirmation=confirmation)
    if opens:
        replace(ana, "Bo", by=fia)
    else:
        with pytest.raises(WrongMove):
            replace(ana, "Bo", by=fia)
        replace(ana, "Bo", by=sam)
    assert statuses()["Ana"] == "withdrawn"


def test_who_comes_is_confirmed_in_its_phase_by_name(delegates, named, phases, fiji, fia, sam, olga):
    ana, bo, cleo = (named(delegates, name) for name in ("Ana", "Bo", "Cleo"))
    for member in (ana, bo):
        move_application(member.pk, to=Status.APPROVED, by=olga)
    phases(confirmation=(1, 2))
    with pytest.raises(WrongMove):
        affirm_members(fiji.pk, application_ids=[ana.pk], by=fia)
    phases(confirmation=(-1, 1))
    assert affirm_members(fiji.pk, application_ids=[ana.pk], by=fia) == 1
    assert affirm_members(fiji.pk, application_ids=[ana.pk], by=fia) == 0
    with pytest.raises(WrongMove):
        affirm_members(fiji.pk, application_ids=[bo.pk, cleo.pk], by=fia)
    phases(confirmation=(-2, -1))
    with pytest.raises(WrongMove):
        affirm_members(fiji.pk, application_ids=[bo.pk], by=fia)
    assert affirm_members(fiji.pk, application_ids=[bo.pk], by=sam) == 1
    assert [each.name for each in Application.objects.exclude(affirmed_at=None).order_by("pk")] == ["Ana", "Bo"]


def test_nobody_confirms_another_delegation(delegates, apply, fiji, finland, fia, eve, olga):
    theirs = apply(delegates, "Ana", by=olga, delegation_id=finland.pk)
    for person, delegation in ((fia, fiji), (fia, finland), (eve, finland)):
        with pytest.raises(NotThere):
            affirm_members(delegation.pk, application_ids=[theirs.pk], by=person)


def test_the_secretariat_sets_the_dates_and_what_is_not_given_stays(conference, sam, olga, fia, eve):
    now = timezone.now()
    set_phases(conference.pk, nomination_opens_at=now, nomination_closes_at=now + HOUR, by=sam)
    set_phases(conference.pk, confirmation_closes_at=now + 2 * HOUR, list_is_public=True, by=olga)
    calendar = calendar_of(conference.pk)
    assert (calendar.nomination.opens_at, calendar.nomination.closes_at) == (now, now + HOUR)
    assert calendar.substitution.closes_at == now + 2 * HOUR
    assert Phases.objects.get().list_is_public
    for person in (fia, eve):
        with pytest.raises(NotAllowed):
            set_phases(conference.pk, list_is_public=False, by=person)
    with pytest.raises(Invalid) as refused:
        set_phases(conference.pk, nomination_closes_at=now - HOUR, confirmation_opens_at=now + 3 * HOUR, by=sam)
    assert set(refused.value.fields) == {"nomination_closes_at", "confirmation_closes_at"}
    with pytest.raises(NotThere):
        set_phases(10**6, by=sam)
    assert LogEntry.objects.filter(change_message="phases of registration").count() == 2


# Replacing


def test_the_place_passes_to_the_newcomer_though_all_is_full_and_others_wait(
    delegates, named, quota, conference, fiji, finland, fia, olga, apply, followed
):
    quota(conference, 2)
    quota(conference, 1, delegation=fiji)
    quota(conference, 2, category=delegates)
    ana = apply(delegates, "Ana", by=olga, delegation_id=fiji.pk)
    apply(delegates, "Bo", by=olga, delegation_id=finland.pk)
    apply(delegates, "Cleo", by=olga, delegation_id=finland.pk)
    apply(delegates, "Dan", by=olga, delegation_id=fiji.pk)
    with followed(ana) as events:
        newcomer = replace(ana, "Eli", by=fia)
    assert [event.name for event in events] == [
        "application.withdrawn",
        "application.submitted",
        "application.approved",
    ]
    assert statuses() == {
        "Ana": "withdrawn",
        "Bo": "approved",
        "Cleo": "waiting",
        "Dan": "waiting",
        "Eli": "approved",
    }
    assert [quota.used_count for quota in Quota.objects.order_by("pk")] == [2, 1, 2]
    assert Membership.objects.get(user=newcomer.user).delegation == fiji
    assert not Membership.objects.filter(user=ana.user).exists()


def test_both_are_told_once(delegates, apply, fiji, fia, olga, mailoutbox):
    ana = apply(delegates, "Ana", by=olga, delegation_id=fiji.pk)
    mailoutbox.clear()
    replace(ana, "Bo", by=fia)
    assert sorted((letter.to[0], letter.subject) for letter in mailoutbox) == [
        ("ana@example.org", "ICDD: your application is withdrawn"),
        ("bo@example.org", "ICDD: you are registered"),
    ]


@pytest.mark.parametrize("doer", ["fia", "olga"])
def test_who_waited_is_replaced_at_their_place_of_the_line(
    request, delegates, quota, conference, fiji, finland, fia, olga, apply, doer
):
    quota(conference, 1)
    first = apply(delegates, "Ana", by=olga, delegation_id=fiji.pk)
    waiting = apply(delegates, "Bo", by=olga, delegation_id=fiji.pk)
    apply(delegates, "Cleo", by=olga, delegation_id=finland.pk)
    newcomer = replace(waiting, "Dan", by=request.getfixturevalue(doer))
    assert (newcomer.status, newcomer.waiting_since) == (Status.WAITING, waiting.waiting_since)
    move_application(first.pk, to=Status.WITHDRAWN, by=olga)
    assert statuses() == {"Ana": "withdrawn", "Bo": "withdrawn", "Cleo": "waiting", "Dan": "approved"}


def test_who_was_undecided_is_replaced_by_somebody_undecided(delegates, named, fia):
    assert replace(named(delegates, "Ana"), "Bo", by=fia).status == Status.SUBMITTED


def test_the_head_is_replaced_by_the_new_head(heads, named, fia, olga):
    head = named(heads, "Ana")
    move_application(head.pk, to=Status.APPROVED, by=olga)
    newcomer = replace(head, "Bo", by=fia)
    assert (newcomer.category, newcomer.status) == (heads, Status.APPROVED)


def test_a_form_that_is_sent_twice_replaces_once(delegates, named, fia):
    ana, key = named(delegates, "Ana"), uuid4()
    assert replace(ana, "Bo", by=fia, key=key).pk == replace(ana, "Bo", by=fia, key=key).pk
    assert statuses() == {"Ana": "withdrawn", "Bo": "submitted"}


def test_what_is_refused_leaves_the_leaver_where_they_are(delegates, named, apply, press, fia, olga, quota, conference):
    quota(conference, 1)
    ana = named(delegates, "Ana")
    move_application(ana.pk, to=Status.APPROVED, by=olga)
    apply(press, "Bo")
    Field.objects.create(category=delegates, kind=FieldKind.TEXT, label="Passport", is_required=True)
    with pytest.raises(Invalid):
        replace(ana, "Cleo", by=fia)
    Field.objects.all().delete()
    with pytest.raises(AppliedAlready):
        replace(ana, "Bo", by=fia)
    with pytest.raises(Invalid):
        replace(ana, "x" * 300, by=fia)
    assert statuses() == {"Ana": "approved", "Bo": "submitted"}
    assert Quota.objects.get().used_count == 1


def test_nobody_is_named_whose_account_is_closed(delegates, named, eve, fia):
    User.objects.filter(pk=eve.pk).update(is_active=False)
    with pytest.raises(Invalid) as refusal:
        named(delegates, "Eve", email=eve.email)
    assert list(refusal.value.fields) == ["email"]
    ana = named(delegates, "Ana")
    with pytest.raises(Invalid):
        replace(ana, "Eve", by=fia)
    assert statuses() == {"Ana": "submitted"}


def test_nobody_else_replaces_a_member(delegates, named, finland, fia, eve, ada, public, apply):
    ana = named(delegates, "Ana")
    lia = User.objects.create_user("lia@example.org", name="Lia")
    FocalPoint.objects.create(delegation=finland, user=lia)
    for person in (eve, ada, lia):
        with pytest.raises(NotThere):
            replace(ana, "Bo", by=person)
    with pytest.raises(NotAllowed):
        replace(ana, "Bo", by=ana.user)
    # Nor is there anything to pass on of who comes for no delegation, or is gone.
    mine = apply(public, "Cleo")
    with pytest.raises(NotAllowed):
        replace(mine, "Bo", by=mine.user)
    move_application(ana.pk, to=Status.WITHDRAWN, by=fia)
    with pytest.raises(WrongMove):
        replace(ana, "Bo", by=fia)
    assert statuses() == {"Ana": "withdrawn", "Cleo": "approved"}


def test_the_places_of_a_delegation_are_those_it_has_a_size_for(quota, conference, fiji):
    quota(conference, 9)
    own = quota(conference, 3, delegation=fiji)
    quota(conference, None, delegation=fiji, attendance=Attendance.ONLINE)
    assert places_of(fiji) == {"in_room": own, "online": None}


def test_a_draft_of_a_focal_point_is_handed_in_within_the_dates_too(delegates, named, apply, phases, fia, sam):
    kept = named(delegates, "Ana", draft=True)
    phases(nomination=(-2, -1))
    with pytest.raises(WrongMove):
        move_application(kept.pk, to=Status.SUBMITTED, by=fia)
    # Whoever applies by themselves is bound by their category's dates alone.
    ana = User.objects.get(email="ana@example.org")
    assert move_application(kept.pk, to=Status.SUBMITTED, by=ana).status == Status.SUBMITTED
