"""Loading a conference from a file: exact, repeatable, and with a bad one refused by line and field."""

import json
from datetime import UTC, datetime, timedelta
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.test import override_settings
from django.utils import timezone

from accounts.models import User
from conferences.models import Conference, Membership
from mail.models import OutgoingMail
from outbox.models import Event
from registration.models import FocalPoint, Post
from sessions.programme.conference_files.lines import lines_of
from sessions.programme.conference_files.reading import BadFileError, plan_at, plan_of
from sessions.programme.demo import PASSWORD, PEOPLE, make_demo_people
from sessions.programme.loading import load_conference, shift_to_now
from sessions.programme.models import Appointment, Room, Session, Speaker, State
from sessions.programme.rules import may_chair, may_moderate
from sessions.programme.tasks import keep_demonstration_on

SHARED = Path(__file__).parents[3] / "shared" / "data"
PANELS = [
    "Inclusive Digital Economy: Benefits and Challenges",
    "Digital Innovation for SMEs",
    "Making Sense of Data and Digital Diplomacy",
    "Big Data and Crisis Management",
]


def counts():
    return [model.objects.count() for model in (Conference, Room, Session, Speaker)] + [
        Conference.objects.get().delegations.count()
    ]


def icdd(shift=None):
    return load_conference(plan_at("icdd-2021"), shift=shift).conference


# What comes with the project


def test_icdd_2021_has_its_published_facts(db):
    conference = icdd()
    assert str(conference.name) == "International Conference on Digital Diplomacy"
    assert str(conference.theme) == "Unmasking Digital Diplomacy in the New Normal"
    assert (conference.venue, conference.city, conference.time_zone) == (
        "Conrad Bali",
        "Nusa Dua, Bali",
        "Asia/Makassar",
    )
    assert conference.opens_at == datetime(2021, 11, 16, 5, 0, tzinfo=UTC)
    assert conference.closes_at == datetime(2021, 11, 16, 9, 40, tzinfo=UTC)
    assert conference.languages == ["en", "id"]
    assert conference.delegations.count() == 21
    assert str(conference.delegations.get(is_host=True)) == "Indonesia"
    panels = conference.sessions.filter(format="panel")
    assert [str(panel) for panel in panels] == PANELS
    assert len({panel.starts_at for panel in panels}) == 1
    assert len({panel.room_id for panel in panels}) == 4
    access = dict(conference.sessions.values_list("format", "access"))
    assert access == {
        "opening": "public",
        "countries_review": "public",
        "panel": "registered",
        "closing": "public",
    }
    assert {session.state for session in conference.sessions.all()} == {"scheduled"}


def test_every_text_of_icdd_2021_is_in_all_languages_of_the_site(db):
    conference = icdd()
    things = [conference.name, conference.theme, conference.about, conference.organiser]
    things += [row.name for row in (*conference.delegations.all(), *conference.rooms.all())]
    things += [session.title for session in conference.sessions.all()]
    assert [text.data for text in things if set(text.data) != {"en", "id", "ar"}] == []


def test_delegations_are_in_protocol_order(db):
    names = [str(row) for row in icdd().delegations.order_by("position")]
    assert names == sorted(names)
    assert names[:3] == ["Australia", "Brunei Darussalam", "Cambodia"]
    assert names[-1] == "Viet Nam"


# Again


def test_loading_again_duplicates_nothing_and_tells_nobody(db, followed):
    icdd()
    before, keys = counts(), set(Session.objects.values_list("pk", flat=True))
    with followed("conference.1.programme".replace("1", str(Conference.objects.get().pk)), changes=False):
        load_conference(plan_at("icdd-2021"))
    assert counts() == before == [1, 5, 7, 1, 21]
    assert set(Session.objects.values_list("pk", flat=True)) == keys


def test_a_corrected_file_corrects_what_is_there_and_keeps_what_was_added_by_hand(db, followed):
    conference = icdd()
    by_hand = Room.objects.create(conference=conference, name="Green Room", position=9)
    Session.objects.filter(key="panel-2").update(state=State.LIVE)
    text = Path("sessions/programme/conference_files/icdd-2021.json").read_text()
    corrected = plan_of(text.replace('"en": "Digital Innovation for SMEs"', '"en": "Innovation for SMEs"'))
    with followed(f"conference.{conference.pk}.programme") as events:
        load_conference(corrected)
    assert [event.name for event in events] == ["session.changed"]
    panel = Session.objects.get(key="panel-2")
    assert (str(panel), panel.state) == ("Innovation for SMEs", "live")
    assert Room.objects.filter(pk=by_hand.pk).exists()


def test_a_renamed_room_is_told_for_every_session_in_it_those_made_by_hand_too(db, followed):
    conference = icdd()
    panel = Session.objects.get(key="panel-2")
    by_hand = [
        Session.objects.create(
            conference=conference,
            room=panel.room,
            title=title,
            starts_at=panel.ends_at + timedelta(days=1),
            ends_at=panel.ends_at + timedelta(days=1, hours=1),
        )
        for title in ("Coffee", "Tea")
    ]
    Room.objects.filter(pk=panel.room_id).update(name="A room under another name")
    with followed(f"conference.{conference.pk}.programme") as events:
        load_conference(plan_at("icdd-2021"))
    told = {key for event in events for key in event.cards}
    assert told == {f"session.{session.pk}" for session in [panel, *by_hand]}


def test_a_file_that_gives_a_session_another_access_has_everybodys_right_looked_at_again(db):
    icdd()
    panel = Session.objects.get(key="panel-2")
    Session.objects.filter(pk=panel.pk).update(access="public" if panel.access != "public" else "closed")
    load_conference(plan_at("icdd-2021"))
    rights = [list(event.cards) for event in Event.objects.filter(topic="rights")]
    assert rights == [[f"session.{panel.pk}"]]


# On now


def test_moved_to_now_the_four_panels_are_on_and_what_was_before_has_ended(db):
    now = timezone.now()
    plan = plan_at("icdd-2021")
    conference = icdd(shift_to_now(plan, now))
    states = list(conference.sessions.order_by("starts_at", "pk").values_list("format", "state"))
    assert states == [
        ("opening", "ended"),
        ("countries_review", "ended"),
        *[("panel", "live")] * 4,
        ("closing", "scheduled"),
    ]
    assert conference.opens_at - conference.shifted_by == datetime(2021, 11, 16, 5, 0, tzinfo=UTC)
    (began,) = {panel.starts_at for panel in conference.sessions.filter(format="panel")}
    assert timedelta(minutes=25) <= now - began < timedelta(minutes=30)
    assert began.minute % 5 == 0


@pytest.mark.parametrize("minutes", range(0, 1440, 97))
def test_whenever_a_demonstration_starts_the_panels_are_on(minutes):
    plan = plan_at("icdd-2021")
    now = datetime(2026, 11, 22, tzinfo=UTC) + timedelta(minutes=minutes, seconds=17)
    shift = shift_to_now(plan, now)
    on = [item.key for item in plan.sessions if item.starts_at + shift <= now < item.ends_at + shift]
    assert on == ["panel-1", "panel-2", "panel-3", "panel-4"]


def test_moved_again_the_next_day_the_day_follows_and_without_it_the_day_is_the_real_one(db):
    plan, now = plan_at("icdd-2021"), timezone.now()
    icdd(shift_to_now(plan, now - timedelta(days=1)))
    conference = icdd(shift_to_now(plan, now))
    assert conference.sessions.filter(state="live").count() == 4
    conference = icdd()
    assert (conference.shifted_by, conference.opens_at.year) == (None, 2021)
    assert conference.sessions.filter(state="live").count() == 4


def test_a_demonstration_that_is_over_begins_again_by_itself(db, settings):
    settings.DEMO = True
    plan = plan_at("icdd-2021")
    icdd(shift_to_now(plan, timezone.now() - timedelta(days=1)))
    keep_demonstration_on()
    conference = Conference.objects.get()
    assert conference.opens_at < timezone.now() < conference.closes_at
    assert conference.sessions.filter(state=State.LIVE).count() == 4


def test_a_demonstration_that_is_on_is_left_alone(db, settings):
    settings.DEMO = True
    conference = icdd(shift_to_now(plan_at("icdd-2021"), timezone.now()))
    conference.sessions.filter(state=State.LIVE).update(state=State.SUSPENDED)
    keep_demonstration_on()
    assert conference.sessions.filter(state=State.SUSPENDED).count() == 4


def test_a_real_day_is_never_moved(db, settings):
    settings.DEMO = True
    conference = icdd()
    keep_demonstration_on()
    conference.refresh_from_db()
    assert conference.opens_at.year == 2021


def test_the_banner_says_that_the_day_was_moved(db, client):
    icdd(shift_to_now(plan_at("icdd-2021"), timezone.now()))
    for path in ("/c/icdd-2021/", "/c/icdd-2021/timetable/"):
        assert "It took place on" in client.get(path).content.decode()
    icdd()
    assert "It took place on" not in client.get("/c/icdd-2021/").content.decode()


# Other files


def twin(**given):
    """A file in the plainest shape: codes of countries, days without hours, no rooms, no keys."""
    return {
        "_about": "A remark.",
        "slug": "twin-2024",
        "acronym": "TWIN",
        "name": {"en": "Twin Conference"},
        "venue": {"city": "Suva", "country": "FJ"},
        "time_zone": "Pacific/Fiji",
        "opens": "2024-05-01",
        "closes": "2024-05-02",
        "delegations": ["FJ", "WS", "TO"],
        "host_delegation": "FJ",
        "sessions": [
            {"kind": "opening", "title": {"en": "Opening"}, "speakers": ["Sera Vula"]},
            {"kind": "panel", "concurrent_group": "a", "title": "Reefs", "illustrative_start": "2024-05-01T11:00:00"},
            {"kind": "panel", "concurrent_group": "a", "title": "Winds", "illustrative_start": "2024-05-01T11:00:00"},
        ],
        "outcome": None,
        **given,
    }


def test_a_plain_file_is_filled_in_and_says_so():
    plan = plan_of(json.dumps(twin()))
    assert [room.key for room in plan.rooms] == ["plenary", "room-1", "room-2"]
    assert [(item.key, item.room_key) for item in plan.sessions] == [
        ("opening-1", "plenary"),
        ("panel-1", "room-1"),
        ("panel-2", "room-2"),
    ]
    # Midnight and eleven o'clock in Fiji, which is twelve hours ahead.
    assert plan.sessions[0].starts_at.astimezone(UTC) == datetime(2024, 4, 30, 21, 0, tzinfo=UTC)
    assert plan.sessions[1].starts_at.astimezone(UTC) == datetime(2024, 4, 30, 23, 0, tzinfo=UTC)
    assert [row.name["en"] for row in plan.delegations] == ["Fiji", "Samoa", "Tonga"]
    assert len(plan.notes) == 2


def test_a_plain_file_loads_twice_alike(db):
    plan = plan_of(json.dumps(twin()))
    load_conference(plan)
    before = counts()
    load_conference(plan)
    assert counts() == before == [1, 3, 3, 1, 3]


def test_published_facts_of_this_and_other_years_load(db):
    # Where the folder of published facts stands beside the project; the twins above have its shapes.
    for path in sorted(SHARED.glob("*-20??.json")):
        facts = json.loads(path.read_text())
        for _ in range(2):
            conference = load_conference(plan_at(str(path))).conference
        assert conference.slug == facts["slug"]
        assert conference.delegations.count() == len(facts["delegations"])
        assert conference.sessions.count() == len(facts.get("sessions", []))


def test_our_file_and_the_published_facts_are_the_same_conference(db):
    conference = icdd()
    facts = twin_of_icdd = json.loads(Path("sessions/programme/conference_files/icdd-2021.json").read_text())
    twin_of_icdd["delegations"] = [row["country"] for row in facts["delegations"]]
    del twin_of_icdd["illustrative_rooms"]
    for session in twin_of_icdd["sessions"]:
        del session["illustrative_room"]
    load_conference(plan_of(json.dumps(twin_of_icdd)))
    assert counts() == [1, 5, 7, 1, 21]
    assert conference.sessions.count() == 7


# Bad files


BAD = [
    ('{\n "slug": "x",\n}', "line 3, column 1"),
    ("[1]", "one JSON object"),
    (twin(slug="Not Good"), "slug"),
    (twin(time_zone="Suva"), "time_zone: “Suva” is not a time zone"),
    (twin(opens="May"), "opens: “May” is not a time"),
    (twin(closes="2024-04-01"), "closes: it closes before it opens"),
    (twin(delegations=["FJ", "XX"]), "delegations[1]: “XX” is not an ISO 3166-1 code"),
    (twin(delegations=["FJ", "FJ"]), "delegations: “FJ” is there twice"),
    (twin(delegations=["WS"]), "host_delegation: the host FJ is not among the delegations"),
    (twin(delegations=[{"name": ""}]), "delegations[0]"),
    (twin(sessions=[{"kind": "opening"}]), "sessions[0]: object missing required field `title`"),
    (
        twin(sessions=[{"kind": "duel", "title": "X"}]),
        "kind: invalid enum value 'duel' (there are: opening",
    ),
    (twin(sessions=[{"kind": "panel", "titel": "X"}]), "sessions[0]: object contains unknown field `titel`"),
    (twin(sessions=[{"kind": "panel", "title": "X", "minutes": 0}]), "sessions[0].minutes"),
    (twin(sessions=[{"kind": "panel", "title": " "}]), "sessions[0].title: this must not be empty"),
    (twin(sessions=[{"kind": "panel", "title": "X", "start": "noon"}]), "sessions[0].start: “noon”"),
    (twin(sessions=[{"kind": "panel", "title": "X", "room": "r"}]), "sessions[0].room: the file has no rooms"),
    (twin(rooms=[{"key": "r", "name": "R"}], sessions=[{"kind": "panel", "title": "X"}]), "say in which of the rooms"),
    (
        twin(rooms=[{"key": "r", "name": "R"}], sessions=[{"kind": "panel", "title": "X", "room": "q"}]),
        "sessions[0].room: there is no room with the key “q”",
    ),
    (
        twin(sessions=[{"kind": "panel", "title": t, "start": "2024-05-01T10:00:00"} for t in ("X", "Y")]),
        "sessions[1]: it is in room plenary at the same time as “panel-1”",
    ),
    (twin(sessions=[{"kind": "panel", "title": "X", "key": "a"}, {"kind": "panel", "title": "Y", "key": "a"}]), "“a”"),
    (twin(sessions=[{"kind": "panel", "title": "X", "speakers": [{"name": " "}]}]), "sessions[0].speakers[0]"),
    (twin(host="FJ"), "unknown field `host`"),
    (twin(illustrative_slug="y"), "“slug” is given twice"),
]


@pytest.mark.parametrize(("bad", "complaint"), BAD)
def test_a_bad_file_is_refused_by_line_and_field_and_nothing_is_made(db, tmp_path, bad, complaint):
    path = tmp_path / "bad.json"
    path.write_text(bad if isinstance(bad, str) else json.dumps(bad, indent=1))
    with pytest.raises(CommandError) as refused:
        call_command("load_conference", str(path))
    assert complaint in str(refused.value)
    assert str(refused.value).startswith("bad.json")
    assert not Conference.objects.exists()


def test_the_line_is_the_line_of_the_field():
    text = json.dumps(twin(delegations=["FJ", "WS", "XX"]), indent=1)
    line = next(number for number, words in enumerate(text.splitlines(), 1) if '"XX"' in words)
    with pytest.raises(BadFileError, match=rf"line {line}, delegations\[2\]"):
        plan_of(text)


def test_lines_are_those_of_each_value():
    text = '{\n"a": [1,\n {"b": "x,}:"\n, "c": []}, {}],\n"d"\n: null}'
    assert lines_of(text) == {
        (): 1,
        ("a",): 2,
        ("a", 0): 2,
        ("a", 1): 3,
        ("a", 1, "b"): 3,
        ("a", 1, "c"): 4,
        ("a", 2): 4,
        ("d",): 6,
    }


def test_a_file_that_is_not_there_names_those_that_are():
    with pytest.raises(BadFileError, match="icdd-2021"):
        plan_at("icdd-1999")


def test_a_file_that_is_no_text_is_told_so(tmp_path):
    path = tmp_path / "picture.json"
    path.write_bytes(b"\x89PNG\xff\xfe")
    with pytest.raises(BadFileError, match="not text in UTF-8"):
        plan_at(str(path))


# The demonstration


def test_demo_people_play_their_parts_and_can_sign_in(db, client):
    with override_settings(DEMO=True):
        conference = icdd()
        for _ in range(2):
            people = {person.email.partition("@")[0]: person for person in make_demo_people(conference)}
        assert len(people) == len(PEOPLE)
        # Who names a delegation need not take part.
        acting = {person.email for person in PEOPLE if person.focal_point_of}
        assert not OutgoingMail.objects.exists()
        assert set(FocalPoint.objects.values_list("user__email", flat=True)) == acting
        assert Membership.objects.count() == len(PEOPLE) - len(acting)
        posts = sorted(Post.objects.values_list("user__email", "work"))
        said = StringIO()
        call_command("demo_sign_ins", stdout=said)
    panels = list(conference.sessions.filter(format="panel"))
    assert all(may_chair(people["chen"], panel) and may_moderate(people["ada"], panel) for panel in panels)
    # Four in each of four panels, and all but the panellist in the review.
    assert Appointment.objects.count() == 19
    spoken_for = Membership.objects.filter(may_speak_for=True).values_list("delegation__country", flat=True)
    assert set(spoken_for) == {"FJ", "FI"}
    assert [line.split()[:2] for line in said.getvalue().splitlines()] == [
        [person.email, PASSWORD] for person in PEOPLE if person.is_printed
    ]
    assert "katri@demo.example" in said.getvalue()
    assert posts == [
        ("made@demo.example", "door"),
        ("made@demo.example", "help_desk"),
        ("sari@demo.example", "secretariat"),
    ]
    assert client.login(username="ben@demo.example", password=PASSWORD) or User.objects.get(
        email="ben@demo.example"
    ).check_password(PASSWORD)


def test_outside_the_demonstration_there_are_no_demo_people(db):
    for command in (["load_conference", "icdd-2021", "--demo"], ["demo_sign_ins"]):
        with pytest.raises(CommandError):
            call_command(*command)
    assert not User.objects.exists()
    assert not Conference.objects.exists()


def test_the_command_says_what_it_loaded(db):
    said = StringIO()
    call_command("load_conference", "icdd-2021", shift="now", stdout=said)
    assert "ICDD 2021 is loaded: 7 sessions, 5 rooms, 21 delegations." in said.getvalue()
    assert "Its day is moved by" in said.getvalue()
