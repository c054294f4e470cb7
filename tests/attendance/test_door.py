"""Who passes the door of a room is in the session that is on inside; the page tells room and online apart."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from outbox.errors import Invalid, NotAllowed
from registration.door import Scanned, add_gate, enrol_device, invite_device, take_scans
from registration.models import Application, Category, Direction, Gate
from sessions.attendance.actions import set_doors
from sessions.attendance.models import Attendance, Door, How
from sessions.attendance.queries import attendees, counted, curve, minutes_of, presences, totals_by_delegation
from sessions.attendance.stays import Passage, Slot, Stay, sessions_of, stays_of
from sessions.programme.models import Room, Session, State

TEN = datetime(2026, 11, 25, 10, 0, tzinfo=UTC)
ROOM, OTHER, VENUE = 1, 2, None


def at(minutes: float) -> datetime:
    return TEN + timedelta(minutes=minutes)


def passages(*told) -> list[Passage]:
    return [Passage(room, way == "in", at(minutes)) for room, way, minutes in told]


def stays(*told) -> list[Stay]:
    return [Stay(room, at(begin), None if end is None else at(end)) for room, begin, end in told]


# Stays


@pytest.mark.parametrize(
    ("told", "then"),
    [
        ([(ROOM, "in", 0), (ROOM, "out", 5)], [(ROOM, 0, 5)]),
        ([(ROOM, "in", 0)], [(ROOM, 0, None)]),
        # Read twice on the way in, or by both doors of the room.
        ([(ROOM, "in", 0), (ROOM, "in", 1), (ROOM, "out", 5)], [(ROOM, 0, 5)]),
        # Nobody is in two rooms.
        ([(ROOM, "in", 0), (OTHER, "in", 5)], [(ROOM, 0, 5), (OTHER, 5, None)]),
        ([(ROOM, "in", 0), (VENUE, "out", 5)], [(ROOM, 0, 5)]),
        ([(ROOM, "in", 0), (VENUE, "in", 5)], [(ROOM, 0, 5)]),
        # A colleague's badge at the wrong door says nothing of this room.
        ([(ROOM, "in", 0), (OTHER, "out", 3), (ROOM, "out", 5)], [(ROOM, 0, 5)]),
        ([(ROOM, "out", 5)], []),
        ([(VENUE, "in", 5)], []),
    ],
)
def test_stays_follow_from_passages(told, then):
    assert stays_of(passages(*told)) == stays(*then)


PASSAGES = st.lists(
    st.tuples(st.sampled_from([ROOM, OTHER, VENUE]), st.sampled_from(["in", "out"]), st.integers(0, 600)), max_size=12
)


@given(PASSAGES)
def test_nobody_is_in_two_places_whatever_the_doors_tell(told):
    laid = stays_of(passages(*sorted(told, key=lambda one: one[2])))
    ends = [stay.to_at for stay in laid]
    assert None not in ends[:-1]
    for before, after in pairwise(laid):
        assert before.from_at <= before.to_at <= after.from_at


SLOTS = [
    Slot(1, ROOM, at(0), at(60)),
    Slot(2, ROOM, at(80), at(140)),
    Slot(3, ROOM, at(200), at(260)),
    Slot(4, OTHER, at(0), at(60)),
]


@pytest.mark.parametrize(
    ("stay", "then"),
    [
        ((ROOM, 10, 50), {1: (10, 50)}),
        ((ROOM, 10, 100), {1: (10, 100), 2: (65, 100)}),
        # Over the break, and not over lunch.
        ((ROOM, 10, None), {1: (10, None), 2: (65, None)}),
        # Known to have stayed, over lunch too.
        ((ROOM, 10, 210), {1: (10, 210), 2: (65, 210), 3: (185, 210)}),
        ((ROOM, -10, 5), {1: (-10, 5)}),
        # Long before: they came for something else, and nobody saw them leave.
        ((ROOM, -90, None), {}),
        ((OTHER, 0, 10), {4: (0, 10)}),
        ((ROOM, 300, None), {}),
    ],
)
def test_a_stay_is_in_the_sessions_that_it_lies_in(stay, then):
    (told,) = stays(stay)
    assert sessions_of(told, SLOTS) == [
        (session, at(begin), None if end is None else at(end)) for session, (begin, end) in then.items()
    ]


# The ledger


@pytest.fixture
def door(conference, room, olga):
    """A device at the door of the room; `door("in", 5, ben)` reads Ben's badge at five past ten."""
    return reader_at(conference, "Door of Room 1", room, olga)


def reader_at(conference, name, room, olga):
    gate = add_gate(conference.pk, name=name, area=str(room or ""), by=olga)
    set_doors(conference.pk, rooms={gate.pk: room and room.pk}, by=olga)
    _, invitation = invite_device(gate.pk, name="Phone", by=olga)
    device, _ = enrol_device(invitation)
    category, _ = Category.objects.get_or_create(conference=conference, capacity="public", name="Public")

    def read(direction, minutes, person):
        application, _ = Application.objects.get_or_create(
            conference=conference,
            category=category,
            user=person,
            name=person.name,
            status="approved",
            defaults={"submit_key": uuid4()},
        )
        scan = Scanned(nonce=uuid4(), direction=Direction(direction), at=at(minutes), application_id=application.pk)
        take_scans(device, [scan])

    return read


def spans(session, person) -> list[tuple[float, float | None]]:
    rows = Attendance.objects.filter(session=session, user=person, how=How.IN_ROOM).order_by("from_at")
    return [
        ((row.from_at - TEN) / timedelta(minutes=1), None if row.is_open else (row.to_at - TEN) / timedelta(minutes=1))
        for row in rows
    ]


pytestmark = pytest.mark.django_db


def test_coming_in_opens_a_span_and_going_out_closes_it(door, panel, ben, clock):
    clock(30)
    door("in", 5, ben)
    assert spans(panel, ben) == [(5, None)]
    assert minutes_of(ben, panel) == 25
    door("out", 20, ben)
    door("in", 25, ben)
    assert spans(panel, ben) == [(5, 20), (25, None)]
    assert minutes_of(ben, panel) == 20


def test_what_a_phone_without_a_link_tells_late_is_laid_down_where_it_belongs(door, panel, ben, clock, ended):
    door("out", 50, ben)
    door("in", 40, ben)
    door("out", 30, ben)
    door("in", 10, ben)
    assert spans(panel, ben) == [(10, 30), (40, 50)]
    assert minutes_of(ben, panel) == 30


def test_whoever_nobody_saw_leaving_was_there_until_the_session_ended(door, panel, ben, clock, ended):
    door("in", 10, ben)
    assert minutes_of(ben, panel) == 50


@pytest.mark.parametrize("hours", [12, 13, 15.9, 16.1, 23, 30, 33])
def test_what_is_read_in_the_evening_or_the_next_day_leaves_the_morning_alone(
    conference, door, panel, ben, olga, clock, ended, hours
):
    door("in", -100, ben)
    door("out", 45, ben)
    assert spans(panel, ben) == [(-15, 45)]
    clock(int(hours * 60))
    reader_at(conference, "North", None, olga)("in", hours * 60, ben)
    assert spans(panel, ben) == [(-15, 45)]


def test_whoever_was_not_seen_leaving_yesterday_did_not_stay_the_night(
    conference, door, panel, ben, olga, ended, clock
):
    door("in", 10, ben)
    clock(23 * 60)
    reader_at(conference, "North", None, olga)("in", 23 * 60, ben)
    assert spans(panel, ben) == [(10, None)]
    night = passages((ROOM, "in", 0), (VENUE, "in", 23 * 60))
    assert stays_of(night, longest=timedelta(hours=16)) == stays((ROOM, 0, None))


def test_an_entrance_of_the_venue_counts_for_no_session_and_ends_a_stay(conference, door, panel, ben, olga, clock):
    clock(50)
    entrance = reader_at(conference, "North", None, olga)
    entrance("in", 1, ben)
    assert not Attendance.objects.exists()
    door("in", 5, ben)
    entrance("out", 40, ben)
    assert spans(panel, ben) == [(5, 40)]


def test_who_goes_into_another_room_is_in_its_session(conference, door, panel, ben, olga, clock):
    clock(50)
    second = Room.objects.create(conference=conference, name="Room 2")
    beside = Session.objects.create(
        conference=conference,
        room=second,
        title="Beside",
        starts_at=at(0),
        ends_at=at(60),
        state=State.LIVE,
        went_live_at=at(0),
    )
    door("in", 5, ben)
    reader_at(conference, "Door of Room 2", second, olga)("in", 20, ben)
    assert (spans(panel, ben), spans(beside, ben)) == ([(5, 20)], [(20, None)])


def test_whoever_keeps_the_seat_over_the_break_is_in_the_next_session(conference, door, panel, room, ben, clock):
    clock(50)
    following = Session.objects.create(
        conference=conference, room=room, title="Next", starts_at=at(75), ends_at=at(120)
    )
    door("in", 5, ben)
    assert spans(following, ben) == [(60, None)]
    assert minutes_of(ben, following) == 0
    door("out", 55, ben)
    assert spans(following, ben) == []


def test_in_the_room_and_online_are_told_apart_and_not_counted_twice(
    door, panel, fiji, ben, ada, chen, reported, clock, at
):
    reported(0, 40, ben, ada)
    door("in", 10, ben)
    door("out", 50, ben)
    door("in", 20, chen)
    clock(45)
    ledger = presences(panel)
    listed = attendees(panel, ledger)
    hows = {one.name: (set(one.hows), one.minutes) for one in listed}
    assert hows == {
        "Ada": ({How.ONLINE}, 40),
        "Ben": ({How.ONLINE, How.IN_ROOM}, 45),
        "Chen": ({How.IN_ROOM}, 25),
    }
    theirs = totals_by_delegation(listed)[0]
    assert (theirs.delegation, theirs.people, theirs.in_room, theirs.online) == (fiji, 1, 1, 1)
    assert counted(panel).in_room_now == 1
    figures = {how: {point.at: point.present for point in curve(panel, ledger, how)} for how in (None, *How)}
    moment = at(30)
    assert [figures[how][moment] for how in (None, How.ONLINE, How.IN_ROOM)] == [3, 2, 2]


def test_the_page_shows_both_in_figures_and_as_lines(door, panel, olga, ben, ada, reported, clock):
    path = reverse("attendance:session", args=[panel.conference.slug, panel.pk])
    client = Client()
    client.force_login(olga)
    reported(0, 40, ada)
    door("in", 10, ben)
    clock(45)
    page = client.get(path).content.decode()
    assert page.count('data-how="in_room"') == page.count('data-how="online"') == 2
    assert "In the room now" in page
    Door.objects.all().delete()
    Attendance.objects.filter(how=How.IN_ROOM).delete()
    without = client.get(path).content.decode()
    assert "In the room now" not in without
    assert "data-how" not in without


# Doors


def test_organisers_say_which_gate_is_the_door_of_which_room(conference, room, olga, ben):
    gate = add_gate(conference.pk, name="Left door", area="Room 1", by=olga)
    path = reverse("attendance:doors", args=[conference.slug])
    client = Client()
    client.force_login(olga)
    assert client.post(path, {f"gate_{gate.pk}": room.pk}).status_code == 302
    assert Door.objects.get().room == room
    assert "selected" in client.get(path).content.decode()
    client.post(path, {f"gate_{gate.pk}": ""})
    assert not Door.objects.exists()
    with pytest.raises(NotAllowed):
        set_doors(conference.pk, rooms={gate.pk: room.pk}, by=ben)


def test_no_gate_is_the_door_of_another_conferences_room(conference, room, olga):
    other = type(conference).objects.create(
        slug="other", acronym="O", name="Other", opens_at=conference.opens_at, closes_at=conference.closes_at
    )
    theirs = Room.objects.create(conference=other, name="Theirs")
    gate = add_gate(conference.pk, name="Left door", by=olga)
    foreign = Gate.objects.create(conference=other, name="Foreign")
    for rooms in ({gate.pk: theirs.pk}, {foreign.pk: room.pk}, {0: room.pk}):
        with pytest.raises(Invalid):
            set_doors(conference.pk, rooms=rooms, by=olga)
    assert not Door.objects.exists()
