"""The plan: rooms and sessions, who works in them, and what is refused."""

from datetime import timedelta

import pytest

from accounts.models import User
from conferences.models import Conference, Membership
from outbox.errors import Invalid, NotAllowed, NotThere, WrongMove
from outbox.models import Event
from sessions.programme import actions
from sessions.programme.actions import SpeakerLine
from sessions.programme.models import Access, Appointment, Room, Session


def told():
    return [list(event.cards) for event in Event.objects.filter(topic="rights").order_by("seq")]


def plan(panel, **given):
    starts_at = given.pop("starts_at", panel.ends_at)
    return {
        "format": "panel",
        "title": {"en": "Big Data", "ar": "البيانات"},
        "about": {},
        "room_id": panel.room_id,
        "starts_at": starts_at,
        "ends_at": starts_at + timedelta(hours=1),
        "access": "public",
        **given,
    }


def test_a_scheduled_session_appears_on_open_pages_with_its_public_facts(panel, olga, topic, followed):
    with followed(topic) as events:
        made = actions.create_session(panel.conference_id, by=olga, **plan(panel))
    assert [event.name for event in events] == ["session.scheduled"]
    assert events[0].cards == {
        f"session.{made.pk}": {
            "id": made.pk,
            "title": {"en": "Big Data", "ar": "البيانات"},
            "format": "panel",
            "room_id": panel.room_id,
            "room": {"en": "Room 1"},
            "room_position": 1,
            "state": "scheduled",
            "access": "public",
            "starts_at": f"{made.starts_at:%Y-%m-%dT%H:%M:%SZ}",
            "ends_at": f"{made.ends_at:%Y-%m-%dT%H:%M:%SZ}",
        }
    }


def test_speakers_are_announced_in_their_order_and_nowhere_on_cards(panel, olga, fiji, topic, followed):
    lines = [SpeakerLine("Zoë", "Minister", fiji.pk), SpeakerLine("Aino")]
    made = actions.create_session(panel.conference_id, speakers=lines, by=olga, **plan(panel))
    assert [(row.name, row.title, row.delegation) for row in made.speakers.all()] == [
        ("Zoë", "Minister", fiji),
        ("Aino", "", None),
    ]
    with followed(topic, changes=False):
        actions.change_session(made.pk, speakers=lines[1:], by=olga)
    assert [row.name for row in made.speakers.all()] == ["Aino"]


def test_a_changed_session_is_seen_and_unchanged_is_silence(panel, olga, followed):
    with followed(panel) as events:
        actions.change_session(panel.pk, title={"en": "SMEs"}, by=olga)
    assert [event.name for event in events] == ["session.changed"]
    with followed(panel, changes=False):
        actions.change_session(panel.pk, title={"en": "SMEs"}, by=olga)


def test_another_access_is_told_to_everybody_in_the_session(panel, olga):
    actions.change_session(panel.pk, title={"en": "SMEs"}, by=olga)
    assert told() == []
    actions.change_session(panel.pk, access=Access.DELEGATIONS, by=olga)
    assert told() == [[f"session.{panel.pk}"]]


@pytest.mark.parametrize(("shift", "is_free"), [(-90, True), (-89, False), (0, False), (89, False), (90, True)])
def test_a_room_holds_one_session_at_a_time(panel, olga, shift, is_free):
    starts_at = panel.starts_at + timedelta(minutes=shift)
    facts = plan(panel, starts_at=starts_at, ends_at=starts_at + timedelta(minutes=90))
    if is_free:
        actions.create_session(panel.conference_id, by=olga, **facts)
    else:
        with pytest.raises(Invalid) as refused:
            actions.create_session(panel.conference_id, by=olga, **facts)
        assert set(refused.value.fields) == {"room"}
    assert Session.objects.count() == (2 if is_free else 1)


def test_moving_a_session_into_a_taken_room_is_refused(panel, scheduled, olga):
    with pytest.raises(Invalid):
        actions.change_session(scheduled.pk, starts_at=panel.starts_at, ends_at=panel.ends_at, by=olga)
    # In its own time it does not stand in its own way.
    actions.change_session(panel.pk, ends_at=panel.ends_at + timedelta(minutes=5), by=olga)


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"title": {}}, "title"),
        ({"format": "duel"}, "format"),
        ({"access": "friends"}, "access"),
        ({"room_id": 10**6}, "room"),
        ({"speakers": [SpeakerLine("X", "", 10**6)]}, "speakers"),
    ],
)
def test_what_does_not_fit_is_said_at_its_field(panel, olga, given, field):
    with pytest.raises(Invalid) as refused:
        actions.create_session(panel.conference_id, by=olga, **plan(panel, **given))
    assert set(refused.value.fields) == {field}
    assert Session.objects.count() == 1


def test_a_session_ends_after_it_starts(panel, olga):
    with pytest.raises(Invalid) as refused:
        actions.change_session(panel.pk, ends_at=panel.starts_at, by=olga)
    assert set(refused.value.fields) == {"ends_at"}


def test_a_room_of_another_conference_is_no_room_here(panel, olga):
    other = Conference.objects.create(
        slug="other", acronym="O", name="Other", opens_at=panel.starts_at, closes_at=panel.ends_at
    )
    elsewhere = Room.objects.create(conference=other, name="Elsewhere")
    with pytest.raises(Invalid):
        actions.change_session(panel.pk, room_id=elsewhere.pk, by=olga)


# Rooms


def test_a_renamed_room_is_renamed_on_all_its_sessions(panel, scheduled, olga, followed):
    with followed(panel) as events:
        actions.change_room(panel.room_id, name={"en": "Nusa Dua Hall"}, by=olga)
    assert [(event.name, list(event.cards)) for event in events] == [
        ("session.changed", [f"session.{panel.pk}"]),
        ("session.changed", [f"session.{scheduled.pk}"]),
    ]
    with followed(panel, changes=False):
        actions.change_room(panel.room_id, name={"en": "Nusa Dua Hall"}, by=olga)


def test_rooms_come_one_after_the_other_and_go_when_they_are_empty(panel, olga):
    made = actions.add_room(panel.conference_id, name={"en": "Room 2"}, by=olga)
    assert made.position == panel.room.position + 1
    with pytest.raises(WrongMove):
        actions.remove_room(panel.room_id, by=olga)
    actions.remove_room(made.pk, by=olga)
    assert list(Room.objects.all()) == [panel.room]


def test_the_plan_is_made_by_organisers(panel, chen, ben, eve):
    for person in (chen, ben, eve):
        for attempt in (
            lambda by: actions.add_room(panel.conference_id, name={"en": "R"}, by=by),
            lambda by: actions.change_room(panel.room_id, name={"en": "R"}, by=by),
            lambda by: actions.remove_room(panel.room_id, by=by),
            lambda by: actions.create_session(panel.conference_id, by=by, **plan(panel)),
            lambda by: actions.change_session(panel.pk, access="public", by=by),
            lambda by: actions.appoint(panel.pk, email="x@example.org", name="X", duty="chair", by=by),
        ):
            with pytest.raises(NotAllowed):
                attempt(person)
    assert not User.objects.filter(email="x@example.org").exists()


# Who works in it


def test_whoever_is_appointed_is_mailed_takes_part_and_may_enter(panel, olga, mailoutbox):
    made = actions.appoint(panel.pk, email="Pia@Example.org", name="Pia", duty="panellist", by=olga)
    pia = User.objects.get(email="pia@example.org")
    assert (made.user, made.duty) == (pia, "panellist")
    assert Membership.objects.get(user=pia).role == "participant"
    assert told() == [[f"user.{pia.pk}"]]
    (mail,) = mailoutbox
    assert mail.subject == "ICDD: you are panellist"
    assert f"http://localhost:8000/c/icdd/sessions/{panel.pk}/" in mail.body
    assert "Digital Innovation for SMEs" in mail.body


def test_appointing_again_mails_nobody_and_keeps_a_delegates_seat(panel, olga, ben, fiji, mailoutbox):
    first = actions.appoint(panel.pk, email=ben.email, name="Ben", duty="chair", by=olga)
    assert actions.appoint(panel.pk, email=ben.email, name="Ben", duty="chair", by=olga) == first
    assert len(mailoutbox) == 1
    assert Membership.objects.get(user=ben).delegation == fiji


def test_a_duty_is_taken_back_and_their_pages_hear_it(panel, olga, ada):
    duty = Appointment.objects.get(user=ada)
    actions.dismiss_from_duty(duty.pk, by=olga)
    assert told() == [[f"user.{ada.pk}"]]
    assert Membership.objects.filter(user=ada).exists()
    with pytest.raises(NotThere):
        actions.dismiss_from_duty(duty.pk, by=olga)


def test_there_is_no_duty_called_king(panel, olga):
    with pytest.raises(Invalid) as refused:
        actions.appoint(panel.pk, email="x@example.org", name="X", duty="king", by=olga)
    assert set(refused.value.fields) == {"duty"}


# Taking a session out


def test_a_session_that_never_began_goes_from_open_pages(panel, scheduled, olga, chen, topic, followed):
    appointed = actions.appoint(scheduled.pk, email=chen.email, name=chen.name, duty="chair", by=olga)
    gone = scheduled.pk
    with followed(topic) as events:
        actions.remove_session(gone, by=olga)
    assert [(event.name, event.cards) for event in events] == [("session.removed", {f"session.{gone}": None})]
    assert told()[-1] == [f"session.{gone}"]
    assert list(Session.objects.values_list("pk", flat=True)) == [panel.pk]
    assert not Appointment.objects.filter(pk=appointed.pk).exists()
    with pytest.raises(NotThere):
        actions.remove_session(gone, by=olga)


@pytest.mark.parametrize("state", ["live", "suspended", "ended"])
def test_a_session_that_began_stays_on_record(scheduled, olga, state):
    Session.objects.filter(pk=scheduled.pk).update(state=state)
    with pytest.raises(WrongMove):
        actions.remove_session(scheduled.pk, by=olga)
    assert Session.objects.filter(pk=scheduled.pk).exists()


def test_only_an_organiser_takes_a_session_out(scheduled, chen, ben, olga):
    actions.appoint(scheduled.pk, email=chen.email, name=chen.name, duty="chair", by=olga)
    for person in (chen, ben):
        with pytest.raises(NotAllowed):
            actions.remove_session(scheduled.pk, by=person)
