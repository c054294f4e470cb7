"""From an empty installation to a conference with staff, all by plain forms in a browser."""

import re

import pytest
from django.urls import reverse

from accounts.actions import make_setup_link
from accounts.models import User
from conferences.models import Conference, Delegation, Membership
from sessions.programme.models import Appointment, Room, Session

CONFERENCE = {
    "acronym": "PDC 2027",
    "slug": "pdc-2027",
    "name_en": "Pacific Digital Conference",
    "name_ar": "مؤتمر المحيط الهادئ الرقمي",
    "mode": "hybrid",
    "venue": "Grand Pacific",
    "city": "Suva",
    "country": "FJ",
    "time_zone": "Pacific/Fiji",
    "opens_at": "2027-03-02T09:00",
    "closes_at": "2027-03-02T17:00",
    "languages": ["en", "fr"],
    "accent": "#006d5b",
}
NO_SPEAKERS = {"speakers-TOTAL_FORMS": "3", "speakers-INITIAL_FORMS": "0"}
SESSION = {
    "format": "panel",
    "title_en": "Reefs and Data",
    "starts_at": "2027-03-02T10:00",
    "ends_at": "2027-03-02T11:30",
    "access": "registered",
    **NO_SPEAKERS,
}


@pytest.fixture
def organiser(client, conference, olga):
    client.force_login(olga)
    return client


def test_the_whole_way(client, db, mailoutbox):
    token = make_setup_link()
    made = client.post(
        reverse("accounts:setup", args=[token]),
        {
            "name": "Sera Vula",
            "email": "sera@example.org",
            "password": "coral-and-copper-77",
            "password1": "coral-and-copper-77",
            "password2": "coral-and-copper-77",
        },
    )
    assert made.status_code == 302, made.content.decode()
    assert made["Location"] == reverse("conferences:create")
    assert client.get(made["Location"]).status_code == 200

    made = client.post(reverse("conferences:create"), CONFERENCE)
    assert made["Location"] == reverse("programme:organise", args=["pdc-2027"])
    assert "Add the first room" in client.get(made["Location"]).content.decode()
    conference = Conference.objects.get()
    # Nine in the morning on the conference's own clock, which is twelve hours ahead (no summer time in 2027).
    assert f"{conference.opens_at:%Y-%m-%dT%H:%M}" == "2027-03-01T21:00"

    client.post(reverse("programme:rooms", args=["pdc-2027"]), {"name_en": "Coral Hall"})
    room = Room.objects.get()
    client.post(reverse("conferences:add_delegations", args=["pdc-2027"]), {"countries": ["WS", "FJ", "TO"]})
    assert [str(row) for row in Delegation.objects.order_by("position")] == ["Fiji", "Samoa", "Tonga"]

    fiji = Delegation.objects.get(country="FJ")
    speaker = {"speakers-0-name": "Ana Waqa", "speakers-0-title": "Minister", "speakers-0-delegation": fiji.pk}
    made = client.post(reverse("programme:create_session", args=["pdc-2027"]), {**SESSION, **speaker, "room": room.pk})
    session = Session.objects.get()
    assert made["Location"] == reverse("programme:change_session", args=["pdc-2027", session.pk])
    assert f"{session.starts_at:%H:%M}" == "22:00"
    assert [(row.name, row.delegation) for row in session.speakers.all()] == [("Ana Waqa", fiji)]

    for duty in ("chair", "moderator"):
        client.post(
            reverse("programme:appoint", args=["pdc-2027", session.pk]),
            {"email": f"{duty}@example.org", "name": duty.title(), "duty": duty},
        )
    client.post(
        reverse("conferences:members", args=["pdc-2027"]),
        {"email": "ben@example.org", "name": "Ben", "role": "delegate", "delegation": fiji.pk},
    )
    assert set(Appointment.objects.values_list("user__email", "duty")) == {
        ("chair@example.org", "chair"),
        ("moderator@example.org", "moderator"),
    }
    assert Membership.objects.get(user__email="ben@example.org").delegation == fiji
    assert sorted(address for mail in mailoutbox for address in mail.to) == [
        "ben@example.org",
        "chair@example.org",
        "moderator@example.org",
    ]

    client.logout()
    home = client.get("/", follow=True).content.decode()
    assert "Pacific Digital Conference" in home
    assert "Reefs and Data" in home


# A mistake loses nothing of what was typed, and is marked where it is


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"slug": "icdd"}, "slug"),
        ({"slug": "pdc 2027!"}, "slug"),
        ({"name_en": "", "name_ar": ""}, "name_en"),
        ({"closes_at": "2027-03-02T08:00"}, "closes_at"),
        ({"opens_at": "tomorrow"}, "opens_at"),
        ({"time_zone": "Suva"}, "time_zone"),
        ({"accent": "green"}, "accent"),
    ],
)
def test_a_conference_that_does_not_fit_comes_back_as_typed(organiser, given, field):
    response = organiser.post(reverse("conferences:create"), {**CONFERENCE, **given})
    assert response.status_code == 422
    assert set(response.context["form"].errors) == {field}
    words = response.content.decode()
    assert 'value="Grand Pacific"' in words
    assert re.search(rf'name="{field}"[^>]*aria-invalid="true"', words)
    assert Conference.objects.count() == 1


def test_a_short_address_is_kept_in_small_letters(organiser):
    organiser.post(reverse("conferences:create"), {**CONFERENCE, "slug": "PDC-2027"})
    assert Conference.objects.get(acronym="PDC 2027").slug == "pdc-2027"


def test_what_is_needed_in_one_language_is_not_called_optional(organiser):
    words = organiser.get(reverse("conferences:create")).content.decode()
    labels = dict(re.findall(r'<label for="id_(name_..|theme_..)">(.*?)</label>', words))
    assert [name for name, label in labels.items() if "optional" not in label] == ["name_en"]


def test_a_session_in_a_taken_room_comes_back_as_typed(organiser, panel, fiji):
    taken = {"starts_at": local(panel, panel.starts_at), "ends_at": local(panel, panel.ends_at), "room": panel.room_id}
    speaker = {"speakers-0-name": "Ana Waqa", "speakers-0-delegation": fiji.pk}
    response = organiser.post(reverse("programme:create_session", args=["icdd"]), {**SESSION, **taken, **speaker})
    assert response.status_code == 422
    words = response.content.decode()
    assert "is in this room from" in words
    assert 'value="Reefs and Data"' in words
    assert 'value="Ana Waqa"' in words
    assert Session.objects.count() == 1


def local(session, moment):
    return f"{moment.astimezone(session.conference.zone):%Y-%m-%dT%H:%M}"


def test_a_speaker_without_a_name_is_marked(organiser, panel):
    response = organiser.post(
        reverse("programme:create_session", args=["icdd"]),
        {**SESSION, "room": panel.room_id, "speakers-1-title": "Minister"},
    )
    assert response.status_code == 422
    words = response.content.decode()
    field, summary = 'id="id_speakers-1-name_error"', '<a href="#id_speakers-1-name">Speaker 2</a>: Who is it?'
    assert words.index(summary) < words.index(field)


@pytest.mark.parametrize(
    ("day", "is_warned"), [("2027-03-01", True), ("2027-03-02", False), ("2027-03-03", False), ("2027-03-09", True)]
)
def test_a_session_on_another_day_than_the_conference_is_pointed_out(client, olga, day, is_warned):
    olga.is_superuser = True
    olga.save()
    client.force_login(olga)
    client.post(reverse("conferences:create"), {**CONFERENCE, "closes_at": "2027-03-03T01:00"})
    client.post(reverse("programme:rooms", args=["pdc-2027"]), {"name_en": "Coral Hall"})
    sent = {**SESSION, "room": Room.objects.get().pk, "starts_at": f"{day}T00:15", "ends_at": f"{day}T00:30"}
    made = client.post(reverse("programme:create_session", args=["pdc-2027"]), sent, follow=True)
    assert Session.objects.count() == 1
    assert ("Is the date right?" in made.content.decode()) == is_warned


def test_a_session_is_shown_and_saved_on_the_conferences_clock(organiser, panel):
    address = reverse("programme:change_session", args=["icdd", panel.pk])
    words = organiser.get(address).content.decode()
    assert f'value="{local(panel, panel.starts_at)}"' in words
    whole_minutes = panel.starts_at.replace(second=0, microsecond=0)
    sent = {
        **SESSION,
        "room": panel.room_id,
        "starts_at": local(panel, panel.starts_at),
        "ends_at": local(panel, panel.ends_at),
    }
    assert organiser.post(address, sent).status_code == 302
    panel.refresh_from_db()
    assert panel.starts_at == whole_minutes


def test_an_invitation_that_does_not_fit_comes_back_as_typed(organiser, fiji):
    response = organiser.post(
        reverse("conferences:members", args=["icdd"]), {"email": "ben@example.org", "name": "Ben", "role": "delegate"}
    )
    assert response.status_code == 422
    assert set(response.context["form"].errors) == {"delegation"}
    assert 'value="ben@example.org"' in response.content.decode()
    assert not User.objects.filter(email="ben@example.org").exists()


def test_an_appointment_that_does_not_fit_comes_back_as_typed(organiser, panel):
    response = organiser.post(
        reverse("programme:appoint", args=["icdd", panel.pk]), {"email": "pia", "name": "Pia", "duty": "chair"}
    )
    assert response.status_code == 422
    assert set(response.context["staff"].errors) == {"email"}
    assert 'value="pia"' in response.content.decode()


def test_delegations_are_ordered_by_typing_their_places(organiser, fiji, finland):
    address = reverse("conferences:reorder_delegations", args=["icdd"])
    organiser.post(address, {f"place_{finland.pk}": "1", f"place_{fiji.pk}": "1"})
    assert [str(row) for row in Delegation.objects.order_by("position")] == ["Finland", "Fiji"]
    organiser.post(address, {"alphabetical": "yes"})
    assert [str(row) for row in Delegation.objects.order_by("position")] == ["Fiji", "Finland"]


def test_what_cannot_be_removed_says_why(organiser, panel, ben, fiji, olga):
    for address, words in (
        (reverse("programme:remove_room", args=["icdd", panel.room_id]), "There are sessions in this room"),
        (reverse("conferences:remove_delegation", args=["icdd", fiji.pk]), "This delegation has members"),
        (
            reverse("conferences:remove_member", args=["icdd", Membership.objects.get(user=olga).pk]),
            "A conference needs an organiser",
        ),
    ):
        assert words in organiser.post(address, follow=True).content.decode()


def test_a_session_made_by_mistake_is_taken_out_and_one_that_is_on_is_not(organiser, panel, scheduled):
    pages = {row.pk: reverse("programme:change_session", args=["icdd", row.pk]) for row in (panel, scheduled)}
    remove = {row.pk: reverse("programme:remove_session", args=["icdd", row.pk]) for row in (panel, scheduled)}
    assert remove[scheduled.pk] in organiser.get(pages[scheduled.pk]).content.decode()
    assert remove[panel.pk] not in organiser.get(pages[panel.pk]).content.decode()
    assert "stays on record" in organiser.post(remove[panel.pk], follow=True).content.decode()
    assert "is taken out of the programme" in organiser.post(remove[scheduled.pk], follow=True).content.decode()
    assert list(Session.objects.all()) == [panel]


def test_people_are_found_by_role_and_name(organiser, ada, ben, olga):
    address = reverse("conferences:members", args=["icdd"])

    def found(**query):
        return {row.user.name for row in organiser.get(address, query).context["members"]}

    assert found() == {"Ada", "Ben", "Olga"}
    assert found(role="delegate") == {"Ben"}
    assert found(words="ada example.org") == {"Ada"}
    assert found(words="nobody at all") == set()
    assert found(words="ada\x00") == {"Ada"}


ORGANISERS_PAGES = [
    "programme:organise",
    "programme:rooms",
    "programme:sessions",
    "programme:create_session",
    "conferences:change",
    "conferences:delegations",
    "conferences:members",
]


@pytest.mark.parametrize("name", ORGANISERS_PAGES)
def test_organisers_pages_are_for_organisers(client, conference, panel, ada, eve, olga, name):
    address = reverse(name, args=["icdd"])
    assert client.get(address)["Location"] == f"/account/login/?next={address}"
    for person in (ada, eve):
        client.force_login(person)
        assert client.get(address).status_code == 403
    client.force_login(olga)
    assert client.get(address).status_code == 200


def test_things_of_another_conference_are_not_there(organiser, conference, panel):
    other = Conference.objects.create(
        slug="other", acronym="O", name="Other", opens_at=conference.opens_at, closes_at=conference.closes_at
    )
    seat = Delegation.objects.create(conference=other, country="JP", name="Japan")
    room = Room.objects.create(conference=other, name="Elsewhere")
    for name, number in (
        ("conferences:change_delegation", seat.pk),
        ("programme:change_room", room.pk),
        ("programme:change_session", 10**6),
    ):
        assert organiser.get(reverse(name, args=["icdd", number])).status_code == 404
    for name, number in (("conferences:remove_delegation", seat.pk), ("programme:remove_room", room.pk)):
        assert organiser.post(reverse(name, args=["icdd", number])).status_code == 404
    assert organiser.get(reverse("programme:organise", args=["other"])).status_code == 403
