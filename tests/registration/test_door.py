"""Badges are read at gates, by devices without an account, with and without a link."""

import json
import re
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from django.contrib.admin.models import LogEntry
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from outbox.errors import Invalid, NotAllowed, NotThere, WrongMove
from registration.actions import change_application, move_application
from registration.door import (
    MOST_SCANS_AT_ONCE,
    NoDevice,
    Scanned,
    add_gate,
    change_gate,
    device_with,
    enrol_device,
    invite_device,
    reprint_at_door,
    revoke_device,
    take_scans,
    take_walk_in,
)
from registration.door_list import door_list, mark_of, salt_of, walk_ins
from registration.live import SECRETARIAT
from registration.models import (
    Attendance,
    Badge,
    Capacity,
    Category,
    Device,
    Direction,
    Field,
    FieldKind,
    Outcome,
    Post,
    Scan,
    Status,
    Work,
)
from registration.passages import inside
from registration.signals import passed
from registration.views.door import SHELL
from registration.wishes import Facts

pytestmark = pytest.mark.django_db
IN, OUT = Direction.IN, Direction.OUT
STATIC = Path(__file__).parents[2] / "platform"


@pytest.fixture
def dora(conference):
    """Keeps the doors, and organises nothing."""
    dora = User.objects.create_user("dora@example.org", name="Dora")
    Post.objects.create(conference=conference, user=dora, work=Work.DOOR)
    return dora


@pytest.fixture
def north(conference, dora):
    return add_gate(conference.pk, name="North entrance", by=dora)


@pytest.fixture
def enrolled():
    """`enrolled(gate, by=dora)` is a device at the gate and its key."""

    def made(gate, by, name="Phone"):
        _, invitation = invite_device(gate.pk, name=name, by=by)
        return enrol_device(invitation)

    return made


@pytest.fixture
def phone(enrolled, north, dora):
    return enrolled(north, dora)[0]


@pytest.fixture
def admitted(apply, public):
    """`admitted("Ana")` is somebody who is approved and has a badge."""

    def made(name="Ana", code=None):
        application = apply(public, name)
        Badge.objects.create(application=application, code=code or f"code-of-{name}")
        return application

    return made


def scanned(person, direction=IN, *, minutes=0, nonce=None, said=None):
    """A scan of their badge, so many minutes ago by the device's clock."""
    badge = person.badges.order_by("-pk").first()
    return Scanned(
        nonce=nonce or uuid4(),
        direction=direction,
        at=timezone.now() - timedelta(minutes=minutes),
        mark=mark_of(person.conference, badge.code),
        said=said,
    )


def outcomes(device, *scans, **options) -> list[str]:
    return [str(result.outcome) for result in take_scans(device, scans, **options)]


def another(conference):
    return type(conference).objects.create(
        slug="other", acronym="O", name="Other", opens_at=conference.opens_at, closes_at=conference.closes_at
    )


# Gates and devices


def test_those_who_keep_the_doors_make_gates_and_nobody_else(conference, dora, olga, ben):
    assert add_gate(conference.pk, name=" North ", by=dora).name == "North"
    assert add_gate(conference.pk, name="Hall", area="Hall 1", by=olga).area == "Hall 1"
    with pytest.raises(NotAllowed):
        add_gate(conference.pk, name="South", by=ben)
    with pytest.raises(NotThere):
        add_gate(conference.pk + 1, name="South", by=dora)


def test_two_gates_of_one_name_would_be_taken_for_each_other(conference, dora, north):
    hall = add_gate(conference.pk, name="Hall", by=dora)
    for wrong in ("north ENTRANCE", "  "):
        with pytest.raises(Invalid) as refused:
            change_gate(hall.pk, name=wrong, area="", by=dora)
        assert list(refused.value.fields) == ["name"]
    assert change_gate(hall.pk, name="Hall", area="Room 1", by=dora).area == "Room 1"


def test_an_invitation_enrols_one_device_once_and_only_hashes_are_kept(north, dora):
    device, invitation = invite_device(north.pk, name="Phone 1", by=dora)
    enrolled, key = enrol_device(invitation)
    assert enrolled.pk == device.pk
    assert device_with(key).gate == north
    with pytest.raises(WrongMove):
        enrol_device(invitation)
    row = json.dumps(list(Device.objects.values("invitation_hash", "key_hash", "name")))
    assert invitation not in row
    assert key not in row


def test_an_invitation_is_over_after_a_quarter_of_an_hour(north, dora):
    device, invitation = invite_device(north.pk, name="Phone 1", by=dora)
    Device.objects.filter(pk=device.pk).update(invited_until=timezone.now())
    with pytest.raises(WrongMove):
        enrol_device(invitation)


def test_a_device_that_was_revoked_is_told_nothing(enrolled, north, dora, ben):
    device, key = enrolled(north, dora)
    with pytest.raises(NotAllowed):
        revoke_device(device.pk, by=ben)
    revoke_device(device.pk, by=dora)
    with pytest.raises(NoDevice):
        device_with(key)
    with pytest.raises(NoDevice):
        device_with("")


def test_an_invitation_can_be_taken_back_before_it_is_used(north, dora):
    device, invitation = invite_device(north.pk, name="Phone 1", by=dora)
    revoke_device(device.pk, by=dora)
    with pytest.raises(WrongMove):
        enrol_device(invitation)


# Reading


def test_a_badge_opens_the_door_and_is_in_already_the_second_time(phone, admitted):
    ana = admitted()
    assert outcomes(phone, scanned(ana, minutes=5), scanned(ana, minutes=4)) == ["passed", "again"]
    assert outcomes(phone, scanned(ana, OUT, minutes=3), scanned(ana, minutes=2)) == ["passed", "passed"]
    (result,) = take_scans(phone, [scanned(ana)])
    assert (result.outcome, result.name) == ("again", "Ana")
    assert result.before.at == Scan.objects.order_by("-at")[1].at


def test_whoever_came_in_yesterday_went_home_without_being_read(phone, admitted):
    ana = admitted()
    assert outcomes(phone, scanned(ana, minutes=24 * 60), scanned(ana)) == ["passed", "passed"]


def test_what_is_sent_again_is_written_once_and_answered_alike(phone, admitted):
    ana = admitted()
    scan = scanned(ana)
    assert outcomes(phone, scan) == outcomes(phone, scan) == ["passed"]
    assert Scan.objects.count() == 1


def test_answers_come_as_they_were_sent_and_are_written_as_they_were_read(phone, admitted):
    ana = admitted()
    later, earlier = scanned(ana, minutes=1), scanned(ana, minutes=9)
    assert outcomes(phone, later, earlier) == ["again", "passed"]


def test_of_two_devices_that_read_one_badge_the_later_is_again_whichever_tells_first(
    enrolled, north, conference, dora, admitted
):
    ana = admitted()
    south = add_gate(conference.pk, name="South entrance", by=dora)
    here, there = enrolled(north, dora)[0], enrolled(south, dora)[0]
    at_five, at_three = scanned(ana, minutes=5), scanned(ana, minutes=3)
    assert outcomes(here, at_three) == ["passed"]
    assert outcomes(there, at_five) == ["passed"]
    assert list(Scan.objects.order_by("at").values_list("gate__name", "outcome")) == [
        ("South entrance", "passed"),
        ("North entrance", "again"),
    ]
    (again,) = take_scans(here, [at_three])
    assert again.before.gate == south


def test_a_door_within_the_venue_counts_for_itself(enrolled, north, conference, dora, admitted, phone):
    ana = admitted()
    left, right = (add_gate(conference.pk, name=f"Hall, {side}", area="Hall", by=dora) for side in ("left", "right"))
    assert outcomes(phone, scanned(ana, minutes=9)) == ["passed"]
    assert outcomes(enrolled(left, dora)[0], scanned(ana, minutes=8)) == ["passed"]
    assert outcomes(enrolled(right, dora)[0], scanned(ana, minutes=7)) == ["again"]


def test_a_revoked_badge_is_refused_from_then_on_and_not_before(phone, admitted):
    ana = admitted()
    ana.badges.update(revoked_at=timezone.now() - timedelta(minutes=5))
    assert outcomes(phone, scanned(ana, minutes=6), scanned(ana, minutes=4)) == ["passed", "revoked"]
    # Being refused is no coming in: the next badge is not taken for a second one.
    Badge.objects.create(application=ana, code="another")
    assert outcomes(phone, scanned(ana, OUT, minutes=3), scanned(ana, minutes=2)) == ["passed", "passed"]


def test_whoever_leaves_with_a_revoked_badge_has_left(phone, admitted, conference):
    ana = admitted()
    take_scans(phone, [scanned(ana, minutes=9)])
    ana.badges.update(revoked_at=timezone.now() - timedelta(minutes=5))
    assert outcomes(phone, scanned(ana, OUT, minutes=4)) == ["revoked"]
    assert inside(conference) == {}
    Badge.objects.create(application=ana, code="another")
    assert outcomes(phone, scanned(ana, minutes=2)) == ["passed"]


def test_whoever_is_not_approved_any_more_is_refused_from_then_on(phone, admitted, olga):
    ana = admitted()
    move_application(ana.pk, to=Status.REJECTED, reason="By mistake.", by=olga)
    ana.steps.filter(after=Status.REJECTED).update(at=timezone.now() - timedelta(minutes=5))
    assert outcomes(phone, scanned(ana, minutes=6), scanned(ana, minutes=4)) == ["passed", "revoked"]


def test_a_badge_of_another_conference_is_unknown(phone, admitted, conference):
    ana = admitted()
    foreign = Scanned(nonce=uuid4(), direction=IN, at=timezone.now(), mark="0" * 64)
    by_number = Scanned(nonce=uuid4(), direction=IN, at=timezone.now(), application_id=ana.pk)
    Device.objects.filter(pk=phone.pk).update(conference=another(conference))
    phone.refresh_from_db()
    assert outcomes(phone, scanned(ana), foreign, by_number) == ["unknown"] * 3
    assert not Scan.objects.exclude(application=None).exists()


def test_somebody_who_was_found_by_name_passes_without_a_badge(phone, apply, public):
    ana = apply(public, "Ana")
    found = Scanned(nonce=uuid4(), direction=IN, at=timezone.now(), application_id=ana.pk)
    assert outcomes(phone, found) == ["passed"]


def test_a_clock_that_is_wrong_is_set_right(phone, admitted):
    ana = admitted()
    ahead = timedelta(hours=3)
    scan = scanned(ana, minutes=10)
    fast = Scanned(nonce=scan.nonce, direction=IN, at=scan.at + ahead, mark=scan.mark)
    take_scans(phone, [fast], clock=timezone.now() + ahead)
    assert abs(Scan.objects.get().at - scan.at) < timedelta(seconds=5)


def test_nothing_is_read_in_the_future(phone, admitted):
    take_scans(phone, [scanned(admitted(), minutes=-60)])
    assert Scan.objects.get().at <= timezone.now()


def test_a_device_that_sends_too_much_at_once_is_told_so(phone, admitted):
    ana = admitted()
    with pytest.raises(Invalid):
        take_scans(phone, [scanned(ana)] * (MOST_SCANS_AT_ONCE + 1))


def test_others_hear_of_who_passed_in_the_transaction_that_wrote_it(phone, admitted, north):
    heard = []

    def hear(sender, *, application, gate, direction, at, **_):
        heard.append((application.name, gate, direction, connection.in_atomic_block))

    passed.connect(hear)
    try:
        ana = admitted()
        scan = scanned(ana)
        take_scans(phone, [scan, scan])
        ana.badges.update(revoked_at=timezone.now() - timedelta(minutes=5))
        take_scans(phone, [scanned(ana), scanned(ana, OUT)])
    finally:
        passed.disconnect(hear)
    # Whoever is refused at the door stays out, and whoever leaves has left, with whatever badge.
    assert heard == [("Ana", north, "in", True), ("Ana", north, "out", True)]


# The list


def test_a_device_holds_what_it_shows_and_nothing_that_makes_a_badge(phone, admitted, conference):
    ana = admitted(code="a-working-code")
    listed = door_list(phone)
    assert listed["people"] == [
        {
            "id": ana.pk,
            "name": "Ana",
            "category": "Public",
            "capacity": "public",
            "delegation": "",
            "country": "",
            "online": False,
            "photo": "",
            "mark": mark_of(conference, "a-working-code"),
        }
    ]
    assert "a-working-code" not in json.dumps(listed)
    assert ana.email not in json.dumps(listed)


def test_nobody_stands_on_the_list_who_is_not_approved(phone, apply, press):
    apply(press, "Bo")
    assert door_list(phone)["people"] == []


def test_of_those_who_are_not_admitted_the_door_knows_the_name_and_where_to_send_them(
    phone, apply, press, public, conference, quota, olga
):
    quota(conference, 0)
    undecided, waits, held = apply(press, "Bo"), apply(public, "Wei"), apply(press, "Hana")
    move_application(held.pk, to=Status.ON_HOLD, reason="A letter is missing.", by=olga)
    for name, status in (("Rosa", Status.REJECTED), ("Liv", Status.WITHDRAWN)):
        left = apply(press, name)
        move_application(left.pk, to=status, reason="No.", by=olga)
    apply(press, "Dian", draft=True)
    whole = door_list(phone)
    assert whole["others"] == [
        {"id": undecided.pk, "name": "Bo", "standing": "undecided"},
        {"id": waits.pk, "name": "Wei", "standing": "waiting"},
        {"id": held.pk, "name": "Hana", "standing": "undecided"},
    ]
    move_application(undecided.pk, to=Status.REJECTED, reason="No.", by=olga)
    changed = door_list(phone, whole["at"])
    assert (changed["others"], changed["gone"]) == ([], [undecided.pk])


def test_what_changed_since_the_list_before(phone, admitted, apply, public, olga):
    ana, bo = admitted("Ana"), admitted("Bo")
    whole = door_list(phone)
    assert whole["whole"]
    assert [entry["name"] for entry in whole["people"]] == ["Ana", "Bo"]
    Badge.objects.update(issued_at=timezone.now() - timedelta(hours=1))

    move_application(bo.pk, to=Status.WITHDRAWN, by=bo.user)
    change_application(ana.pk, facts=Facts(name="Ana Maria"), by=olga)
    apply(public, "Cleo")
    changed = door_list(phone, whole["at"])
    assert not changed["whole"]
    assert [entry["name"] for entry in changed["people"]] == ["Ana Maria", "Cleo"]
    assert changed["gone"] == [bo.pk]
    assert changed["revoked"] == [mark_of(bo.conference, "code-of-Bo")]


def test_a_badge_that_is_revoked_is_told_with_the_one_that_replaces_it(phone, admitted, conference):
    ana = admitted()
    Badge.objects.update(issued_at=timezone.now() - timedelta(hours=1))
    whole = door_list(phone)
    assert door_list(phone, whole["at"])["people"] == []
    ana.badges.update(revoked_at=timezone.now())
    Badge.objects.create(application=ana, code="second")
    changed = door_list(phone, whole["at"])
    assert [entry["mark"] for entry in changed["people"]] == [mark_of(conference, "second")]
    assert changed["revoked"] == [mark_of(conference, "code-of-Ana")]


def test_devices_of_one_place_tell_each_other_who_is_in(phone, enrolled, conference, dora, admitted):
    ana = admitted()
    other = enrolled(add_gate(conference.pk, name="South", by=dora), dora)[0]
    inside = enrolled(add_gate(conference.pk, name="Door of Room 1", area="Room 1", by=dora), dora)[0]
    since = door_list(other)["at"]
    scan = scanned(ana, minutes=1)
    take_scans(phone, [scan])
    told = [ana.pk, "in", int(scan.at.timestamp() * 1000), "North entrance"]
    assert door_list(other, since)["passages"] == [told]
    assert door_list(other)["passages"] == [told]
    assert door_list(inside)["passages"] == []


def test_a_device_hears_late_that_somebody_had_come_in_elsewhere_before(phone, enrolled, conference, dora, admitted):
    """The gate that was without a link tells last of who came in first."""
    ana, bo = admitted("Ana"), admitted("Bo")
    south = enrolled(add_gate(conference.pk, name="South", by=dora), dora)[0]
    told = scanned(ana, minutes=5, said=Outcome.PASSED)
    assert outcomes(phone, told, scanned(bo, minutes=4, said=Outcome.PASSED)) == ["passed", "passed"]
    assert door_list(phone)["differs"] == []
    first = scanned(ana, minutes=9, said=Outcome.PASSED)
    assert outcomes(south, first) == ["passed"]
    [differs] = door_list(phone, door_list(phone)["at"])["differs"]
    assert differs == {
        "nonce": str(told.nonce),
        "outcome": "again",
        "name": "Ana",
        "at": int(told.at.timestamp() * 1000),
        "before": {"at": int(first.at.timestamp() * 1000), "gate": "South"},
    }
    assert door_list(south)["differs"] == []


def test_what_a_device_said_by_no_word_of_its_own_differs_from_nothing(phone, admitted):
    ana = admitted()
    assert outcomes(phone, scanned(ana, minutes=2), scanned(ana, minutes=1)) == ["passed", "again"]
    assert door_list(phone)["differs"] == []


@pytest.mark.parametrize("since", ["", "nonsense", "x.0:5~12", "x.0:5~99999999999999", "~", "٣:٣~٣"])
def test_a_position_that_leads_nowhere_gets_the_whole_list(phone, admitted, since):
    admitted()
    assert door_list(phone, since)["whole"]


def test_the_list_asks_the_database_alike_for_one_and_for_many(phone, admitted):
    def queries() -> int:
        with CaptureQueriesContext(connection) as asked:
            door_list(phone)
        return len(asked)

    admitted("Ana")
    door_list(phone)  # the log's first reading writes its beginning
    first = queries()
    for number in range(5):
        admitted(f"P{number}")
    assert queries() == first


def test_how_many_are_inside_is_counted_by_place(phone, enrolled, conference, dora, admitted):
    ana, bo = admitted("Ana"), admitted("Bo")
    south = enrolled(add_gate(conference.pk, name="South", by=dora), dora)[0]
    hall = enrolled(add_gate(conference.pk, name="Hall", area="Hall", by=dora), dora)[0]
    take_scans(phone, [scanned(ana, minutes=9), scanned(bo, minutes=9)])
    take_scans(hall, [scanned(bo, minutes=8)])
    take_scans(south, [scanned(ana, OUT, minutes=7)])
    assert inside(conference) == {"": 1, "Hall": 1}
    keeper = Client()
    keeper.force_login(dora)
    page = keeper.get(reverse("registration:gates", args=[conference.slug])).content.decode()
    assert page.count("1 person inside now") == 3


# Walk-ins


def walk_in(device, name="Wim", email="wim@example.org", *, category, key=None, agreed=()):
    return take_walk_in(
        device, name=name, email=email, category_id=category.pk, submit_key=key or uuid4(), agreed=agreed
    )


def test_whoever_walks_in_is_registered_once(phone, public, conference, followed):
    key = uuid4()
    with followed(SECRETARIAT.name(conference_id=conference.pk)) as events:
        wim = walk_in(phone, category=public, key=key)
    assert [event.name for event in events] == ["application.approved"]
    assert walk_in(phone, category=public, key=key).pk == wim.pk
    assert (wim.status, wim.user.email) == (Status.APPROVED, "wim@example.org")


def test_the_door_takes_nobody_into_a_category_that_is_decided_on(phone, press, delegates, public):
    Field.objects.create(category=public, kind=FieldKind.TEXT, label="Passport", is_required=True)
    for category in (press, delegates, public):
        with pytest.raises(Invalid) as refused:
            walk_in(phone, category=category)
        assert list(refused.value.fields) == ["category"]


def consent(category, label="I agree", **facts):
    return Field.objects.create(category=category, kind=FieldKind.CONSENT, label=label, is_required=True, **facts)


def test_a_consent_is_read_to_whoever_walks_in_and_who_answers_for_that_is_noted(phone, public, dora):
    agrees = consent(public)
    with pytest.raises(Invalid) as refused:
        walk_in(phone, category=public)
    assert list(refused.value.fields) == [f"field_{agrees.pk}"]
    key = uuid4()
    wim = walk_in(phone, category=public, agreed=[agrees.pk], key=key)
    walk_in(phone, category=public, agreed=[agrees.pk], key=key)
    assert [(answer.field, answer.words) for answer in wim.answers.all()] == [(agrees, "yes")]
    noted = LogEntry.objects.get(object_id=str(wim.pk), content_type__model="application")
    assert noted.user == dora
    assert noted.change_message.startswith("consents read out and agreed to at North entrance, Phone")


def test_the_badge_of_whoever_walked_in_waits_to_be_printed(phone, public, conference, quota, dora):
    quota(conference, 1)
    wim, waits = walk_in(phone, category=public), walk_in(phone, "Wei", "wei@example.org", category=public)
    assert [(badge.issued_by, badge.printed_at) for badge in wim.badges.all()] == [(dora, None)]
    assert (waits.status, waits.badges.count()) == (Status.WAITING, 0)


def test_the_gate_says_who_can_be_registered_there_and_why_others_cannot(
    client, north, dora, olga, conference, public, press, delegates
):
    consent(public)
    hidden = Category.objects.create(conference=conference, capacity=Capacity.STAFF, name="Staff", is_listed=False)
    Field.objects.create(category=press, kind=FieldKind.FILE, label="Press card", is_required=True)
    told = {one.category: one.hindrance for one in walk_ins(conference, by=dora)}
    assert told[public] == ""
    assert "Press card" in told[press]
    assert "delegation" in told[delegates]
    assert "public page" in told[hidden]
    press.fields.all().delete()
    assert "secretariat decides" in {one.category: one.hindrance for one in walk_ins(conference, by=dora)}[press]
    assert {one.category: one.hindrance for one in walk_ins(conference, by=olga)}[press] == ""
    client.force_login(dora)
    page = client.get(reverse("registration:change_gate", args=[conference.slug, north.pk])).content.decode()
    assert "Who can be registered at the gate" in page
    assert "Read to the person:" in page
    assert "The secretariat decides: only devices" in page


def test_consents_in_the_same_words_are_one_box_for_all_categories(enrolled, north, olga, public, press, conference):
    in_public, in_press = consent(public), consent(press)
    of_press = consent(press, "I hold a press card")
    client = browser_of(enrolled(north, olga)[1])
    form = client.get(reverse("registration:door")).context["walk_in"]
    assert form.heard == {f"field_{in_public.pk}": [in_public, in_press], f"field_{of_press.pk}": [of_press]}
    typed = {"submit_key": str(uuid4()), "name": "Pat", "category": press.pk, f"field_{in_public.pk}": "on"}
    page = client.post(reverse("registration:door_walk_in"), typed)
    assert list(page.context["walk_in"].errors) == [f"field_{of_press.pk}"]
    assert not conference.applications.exists()
    client.post(reverse("registration:door_walk_in"), {**typed, f"field_{of_press.pk}": "on"})
    assert set(conference.applications.get().answers.values_list("field", flat=True)) == {in_press.pk, of_press.pk}


def test_a_device_of_the_secretariat_decides_and_needs_no_address(enrolled, north, olga, press):
    device = enrolled(north, olga)[0]
    pat = walk_in(device, "Pat", "", category=press)
    assert (pat.status, pat.user, pat.made_by) == (Status.APPROVED, None, olga)


def test_others_need_an_address_and_a_name(phone, public):
    for name, email, field in (("Wim", "", "email"), (" ", "wim@example.org", "name"), ("W" * 201, "", "name")):
        with pytest.raises(Invalid) as refused:
            walk_in(phone, name, email, category=public)
        assert list(refused.value.fields) == [field]


# Another badge


def test_a_lost_badge_is_replaced_once_however_often_it_is_asked_for(phone, admitted, conference):
    ana = admitted()
    mark = mark_of(conference, "code-of-Ana")
    first = reprint_at_door(phone, ana.pk, mark=mark)
    again = reprint_at_door(phone, ana.pk, mark=mark)
    assert (first.pk, ana.badges.count()) == (again.pk, 2)
    found = Scanned(nonce=uuid4(), direction=IN, at=timezone.now(), mark=mark)
    assert outcomes(phone, found, scanned(ana)) == ["revoked", "passed"]


def test_a_device_whose_keeper_left_the_door_makes_no_badges(phone, admitted, dora):
    ana = admitted()
    Post.objects.all().delete()
    with pytest.raises(NotAllowed):
        reprint_at_door(phone, ana.pk)
    assert ana.badges.count() == 1


def test_no_badge_is_made_for_somebody_of_another_conference(phone, admitted, conference):
    ana = admitted()
    Device.objects.update(conference=another(conference))
    phone.refresh_from_db()
    with pytest.raises(NotThere):
        reprint_at_door(phone, ana.pk)


# Pages


def browser_of(key: str) -> Client:
    client = Client()
    client.cookies["door"] = key
    return client


def sent(client: Client, scans, **more):
    body = {"clock": int(timezone.now().timestamp() * 1000), "scans": scans, **more}
    return client.post(
        reverse("registration:door_scans"),
        body,
        content_type="application/json",
        headers={"accept": "application/json"},
    )


def test_a_device_is_enrolled_by_a_button_and_not_by_a_link(north, dora, conference):
    keeper = Client()
    keeper.force_login(dora)
    shown = keeper.post(reverse("registration:invite_device", args=[conference.slug, north.pk]), {"name": "Phone 1"})
    assert shown.headers["Cache-Control"].count("no-store") == 1
    path = re.search(r"/door/enrol/[\w-]+/", shown.content.decode()).group()

    phone = Client()
    assert phone.get(reverse("registration:door")).status_code == 401
    assert "North entrance" in phone.get(path).content.decode()
    assert Device.objects.get().enrolled_at is None
    assert phone.post(path).status_code == 302
    cookie = phone.cookies["door"]
    assert (cookie["httponly"], cookie["path"], cookie["samesite"]) == (True, "/door/", "Lax")
    page = phone.get(reverse("registration:door"))
    assert page.headers["Permissions-Policy"].startswith("camera=(self)")
    assert "North entrance" in page.content.decode()
    assert Client().get(path).status_code == 409


def test_strangers_see_no_gates_and_no_devices(conference, north, dora, ben, eve):
    for path in (
        reverse("registration:gates", args=[conference.slug]),
        reverse("registration:change_gate", args=[conference.slug, north.pk]),
    ):
        answers = {}
        for person in (dora, ben, eve, None):
            client = Client()
            if person:
                client.force_login(person)
            answers[person and person.name] = client.get(path).status_code
        assert answers == {"Dora": 200, "Ben": 403, "Eve": 403, None: 302}


def test_without_a_key_nothing_is_told(admitted, phone):
    admitted()
    for name in ("door_list", "door_photo"):
        path = reverse(f"registration:{name}", args=[1] if name == "door_photo" else [])
        for client in (Client(), browser_of("wrong")):
            assert client.get(path, headers={"accept": "application/json"}).status_code == 401


def test_scans_come_as_json_and_are_answered_one_by_one(enrolled, north, dora, admitted):
    client = browser_of(enrolled(north, dora)[1])
    ana, nonce, now = admitted(), str(uuid4()), int(timezone.now().timestamp() * 1000)
    mark = mark_of(ana.conference, "code-of-Ana")
    scan = {"nonce": nonce, "direction": "in", "at": now, "mark": mark, "person": None}
    again = {**scan, "nonce": str(uuid4()), "at": now + 1}
    answer = sent(client, [scan, again]).json()["results"]
    assert [(one["nonce"], one["outcome"], one["name"]) for one in answer] == [
        (nonce, "passed", "Ana"),
        (again["nonce"], "again", "Ana"),
    ]
    assert answer[1]["before"]["gate"] == "North entrance"


@pytest.mark.parametrize(
    "scan",
    [
        {},
        {"nonce": "x"},
        {"nonce": str(uuid4()), "direction": "up", "at": 1},
        {"nonce": str(uuid4()), "direction": "in", "at": 10**30},
    ],
)
def test_what_is_no_scan_is_refused_and_writes_nothing(enrolled, north, dora, scan):
    client = browser_of(enrolled(north, dora)[1])
    assert sent(client, [scan]).status_code == 400
    assert not Scan.objects.exists()


def test_another_sites_page_cannot_send_in_a_devices_name(enrolled, north, dora):
    client = browser_of(enrolled(north, dora)[1])
    path = reverse("registration:door_scans")
    for origin, status in (("https://evil.example", 403), ("http://testserver", 200)):
        answer = client.post(
            path,
            {"clock": 0, "scans": []},
            content_type="application/json",
            headers={"accept": "application/json", "origin": origin},
        )
        assert answer.status_code == status


def test_without_scripts_a_typed_code_is_read(enrolled, north, dora, admitted):
    client = browser_of(enrolled(north, dora)[1])
    admitted()
    read = client.post(reverse("registration:door"), {"code": " SIDANG1:code-of-Ana ", "direction": "in"})
    assert "May pass" in read.content.decode()
    assert 'data-outcome="passed"' in read.content.decode()
    unknown = client.post(reverse("registration:door"), {"code": "nothing", "direction": "in"})
    assert 'data-outcome="unknown"' in unknown.content.decode()


def test_a_walk_in_that_cannot_be_taken_keeps_what_was_typed(enrolled, north, dora, public):
    client = browser_of(enrolled(north, dora)[1])
    path = reverse("registration:door_walk_in")
    typed = {"submit_key": str(uuid4()), "name": "Wim", "email": "no address", "category": public.pk}
    page = client.post(path, typed)
    assert page.status_code == 422
    assert 'value="no address"' in page.content.decode()
    told = client.post(path, typed, headers={"accept": "application/json"})
    assert list(told.json()["refused"]["fields"]) == ["email"]


def test_a_walk_in_is_answered_like_a_badge_also_without_scripts(enrolled, north, dora, public, conference, quota):
    quota(conference, 1)
    client = browser_of(enrolled(north, dora)[1])
    path = reverse("registration:door_walk_in")
    for name, status, words in (("Wim", "approved", "Registered: may pass"), ("Wei", "waiting", "On the waiting list")):
        typed = {"submit_key": str(uuid4()), "name": name, "email": f"{name}@example.org", "category": public.pk}
        page = client.post(path, typed).content.decode()
        assert f'data-outcome="{status}">' in page
        assert re.search(rf"data-outcome-word>{words}</p>\s*<p[^>]*data-name>{name}<", page)
        told = client.post(path, typed, headers={"accept": "application/json"}).json()
        assert (told["name"], told["status"]) == (name, status)
    assert conference.applications.count() == 2


def test_who_follows_online_is_not_shown_as_one_who_may_pass(enrolled, north, dora, apply, public):
    remote = apply(public, "Rae", attendance=Attendance.ONLINE)
    Badge.objects.create(application=remote, code="code-of-Rae")
    client = browser_of(enrolled(north, dora)[1])
    page = client.post(reverse("registration:door"), {"code": "code-of-Rae", "direction": "in"}).content.decode()
    assert 'data-outcome="passed" data-online>' in page
    assert "data-outcome-word>Follows online<" in page
    assert "without a place in the room: ask the desk" in page


def test_the_two_forms_of_a_gate_lead_each_label_to_its_own_field(client, north, dora, conference):
    client.force_login(dora)
    page = client.get(reverse("registration:change_gate", args=[conference.slug, north.pk])).content.decode()
    ids = re.findall(r'<input[^>]* id="([^"]+)"', page)
    assert len(ids) == len(set(ids)) == len(re.findall(r'<label for="([^"]+)"', page))
    assert set(ids) == set(re.findall(r'<label for="([^"]+)"', page))


def test_the_salt_is_the_conferences_own(conference):
    other = type(conference)(pk=conference.pk + 1)
    assert salt_of(conference) != salt_of(other)


# What the page stands on without a link


def test_the_worker_keeps_all_that_the_page_stands_on(enrolled, north, dora):
    client = browser_of(enrolled(north, dora)[1])
    page = client.get(reverse("registration:door")).content.decode()
    worker = client.get(reverse("registration:door_worker"))
    assert worker.headers["Service-Worker-Allowed"] == "/door/"
    shell = json.loads(worker.content.decode().partition(";\n")[0].removeprefix("const SHELL = "))
    named = set(re.findall(r'(?:href|src)="([^"]+)"', page))
    assert named, "the page names nothing"
    assert named <= {path.partition("#")[0] for path in shell["assets"]}
    assert shell["page"] == "/door/"


def test_the_worker_keeps_what_the_pages_script_imports():
    wanted, seen = ["registration/door.js"], set()
    while wanted:
        name = wanted.pop()
        seen.add(name)
        if name.startswith("vendor/"):
            continue
        script = (STATIC / "registration" / "static" / name).read_text()
        for path in re.findall(r'(?:from|import\()\s*"(\.{1,2}/[^"]+)"', script):
            folder = "" if path.startswith("../") else "registration/"
            wanted.append(folder + path.removeprefix("../").removeprefix("./"))
    assert seen > {"registration/door.js", "vendor/qr/decode.js"}
    assert seen <= set(SHELL)
