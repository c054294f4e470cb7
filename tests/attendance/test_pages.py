"""Who reads a session's attendance, and what they read."""

import csv
import io

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import translation
from django.utils.html import escape
from hypothesis import given
from hypothesis import strategies as st

from accounts.leaving import leave
from accounts.models import User
from conferences.models import Membership
from outbox.errors import NotThere
from sessions.attendance.actions import note_count
from sessions.attendance.models import FormerMember, How
from sessions.attendance.queries import attendees, curve, minutes_of, presences, session_to_read, totals_by_delegation
from sessions.attendance.rules import may_read_attendance, may_read_minutes
from sessions.attendance.views import FORMULAS, cell
from sessions.programme.models import Access, Session, State

pytestmark = pytest.mark.django_db


@pytest.fixture
def page(panel):
    return reverse("attendance:session", args=[panel.conference.slug, panel.pk])


@pytest.fixture
def file(panel):
    return reverse("attendance:export", args=[panel.conference.slug, panel.pk])


def opened(person, path: str):
    client = Client()
    if person is not None:
        client.force_login(person)
    return client.get(path)


def lines_of(answer) -> list[list[str]]:
    text = answer.content.decode()
    assert text.startswith("\ufeff")
    return list(csv.reader(io.StringIO(text.removeprefix("\ufeff"), newline="")))


# Who


def test_the_chair_and_organisers_read_everybodys_minutes_and_a_person_their_own(panel, ada, ben, chen, eve, olga):
    people = {"ada": ada, "ben": ben, "chen": chen, "eve": eve, "olga": olga}
    assert {name for name, person in people.items() if may_read_attendance(person, panel)} == {"chen", "olga"}
    assert {name for name, person in people.items() if may_read_minutes(person, panel, ben.pk)} == {
        "ben",
        "chen",
        "olga",
    }


def test_the_chair_of_one_session_reads_nothing_of_another(panel, chen, room, conference):
    other = Session.objects.create(
        conference=conference, room=room, title="Closing", starts_at=panel.starts_at, ends_at=panel.ends_at
    )
    assert not may_read_attendance(chen, other)


def test_whoever_was_barred_from_signing_in_reads_nothing(panel, ben, chen):
    for person in (ben, chen):
        person.is_active = False
        assert not may_read_attendance(person, panel)
        assert not may_read_minutes(person, panel, person.pk)


@pytest.mark.parametrize("access", [Access.PUBLIC, Access.CLOSED])
def test_what_is_not_yours_looks_like_what_is_not_there(panel, page, file, ada, ben, eve, chen, olga, access):
    Session.objects.update(access=access)
    for path in (page, file):
        absent = path.replace(f"/{panel.pk}/", f"/{panel.pk + 999}/")
        for person in (ada, ben, eve):
            answers = [opened(person, each) for each in (path, absent)]
            assert [answer.status_code for answer in answers] == [404, 404]
            assert answers[0].templates[0].name == answers[1].templates[0].name
        assert [opened(person, path).status_code for person in (chen, olga)] == [200, 200]
        assert [opened(None, each).status_code for each in (path, absent)] == [302, 302]


def test_a_session_is_not_found_under_another_conference(panel, olga):
    with pytest.raises(NotThere):
        session_to_read(olga, panel.pk, slug="another")


def test_the_sessions_page_leads_there_whom_it_may(panel, page, ada, ben, chen, olga):
    assert {
        person.name
        for person in (ada, ben, chen, olga)
        if f'href="{page}"' in opened(person, panel.get_absolute_url()).content.decode()
    } == {"Chen", "Olga"}


def test_a_person_reads_their_own_minutes_on_the_sessions_page(ended, was_present, ada, ben):
    was_present(ben, 10, 31)
    assert "You have attended 21 minutes of this session." in opened(ben, ended.get_absolute_url()).content.decode()
    assert "You have attended" not in opened(ada, ended.get_absolute_url()).content.decode()


# What


def test_being_in_the_room_with_the_page_open_counts_once(ended, was_present, ben, at):
    was_present(ben, 0, 30)
    was_present(ben, 20, 50, How.IN_ROOM)
    was_present(ben, 55, 60)
    (one,) = attendees(ended, presences(ended))
    assert (one.minutes, one.hows) == (55, (How.ONLINE, How.IN_ROOM))
    assert (one.first_at, one.last_at) == (at(0), at(60))
    assert minutes_of(ben, ended) == 55


def test_minutes_begin_and_end_with_the_session(ended, was_present, ben, ada, eve):
    was_present(ben, -12, 62)
    was_present(ada, -12, -3)
    was_present(eve, 61, 62)
    assert [(one.name, one.minutes) for one in attendees(ended, presences(ended))] == [("Ben", 60)]
    assert [minutes_of(person, ended) for person in (ben, ada, eve)] == [60, 0, 0]


def test_while_it_is_on_minutes_are_those_so_far(panel, reported, clock, ben):
    reported(2, 12, ben)
    clock(12, 20)
    assert minutes_of(ben, panel) == 10


def test_delegations_are_added_up_in_protocol_order_and_the_others_last(
    ended, was_present, crowd, ben, eve, fiji, finland
):
    for person in crowd(4, [finland, fiji]):
        was_present(person, 0, 30)
    was_present(ben, 0, 60)
    was_present(eve, 0, 5)
    totals = totals_by_delegation(attendees(ended, presences(ended)))
    assert [(total.delegation, total.people, total.minutes) for total in totals] == [
        (fiji, 3, 120),
        (finland, 2, 60),
        (None, 1, 5),
    ]


def test_whoever_left_for_good_is_counted_where_they_were_and_named_nowhere(
    ended, was_present, page, file, chen, ben, ada, eve, fiji
):
    for person in (ben, eve):
        was_present(person, 0, 60)
    before = totals_by_delegation(attendees(ended, presences(ended)))
    leave(by=ben)
    listed = attendees(ended, presences(ended))
    assert totals_by_delegation(listed) == before
    assert [(one.name, one.delegation, one.minutes) for one in listed] == [("Eve", None, 60), ("", fiji, 60)]
    leave(by=ada)
    assert list(FormerMember.objects.values_list("user", "delegation")) == [(ben.pk, fiji.pk)]
    for path in (page, file):
        assert "Ben" not in opened(chen, path).content.decode()


def test_the_curve_rises_and_falls_with_those_present(ended, was_present, ben, ada, at):
    was_present(ben, 0, 60)
    was_present(ben, 10, 20, How.IN_ROOM)
    was_present(ada, 20, 40)
    present = {point.at: point.present for point in curve(ended, presences(ended))}
    assert [present[at(minute)] for minute in (0, 15, 19, 20, 40, 41, 60)] == [1, 1, 1, 2, 2, 1, 1]


def test_the_curve_of_a_session_that_is_on_ends_where_all_reports_are_in(panel, reported, clock, ben, at):
    reported(0, 12, ben)
    clock(12, 50)
    points = curve(panel, presences(panel))
    assert points[-1].at == at(10, 20)
    assert {point.present for point in points} == {1}
    clock(2)
    assert curve(panel, presences(panel)) == []


def test_the_page_says_how_many_and_who(ended, was_present, page, chen, ben, eve, clock, at):
    for minute, present in enumerate([3, 1204, 7]):
        note_count(ended.pk, present=present, at=at(62))
        Session.objects.update(state=State.LIVE)
        note_count(ended.pk, present=present, at=at(minute))
    Session.objects.update(state=State.ENDED)
    clock(63)
    was_present(ben, 0, 42)
    was_present(eve, 0, 7)
    text = opened(chen, page).content.decode()
    for told in ("1,204", "Ben", "Eve", "Fiji", ">42<", ">7<", "Without a delegation", 'role="img"'):
        assert told in text


def test_a_person_without_a_name_is_listed_without_their_address(ended, was_present, page, file, chen):
    was_present(User.objects.create_user("nameless@example.org"), 0, 30)
    text = opened(chen, page).content.decode()
    assert "Somebody who gave no name" in text
    assert "nameless" not in text + opened(chen, file).content.decode()


def test_names_are_shown_as_written_and_nothing_in_them_is_markup(ended, was_present, page, file, chen):
    name = "<b>Siti</b> & ‘محمد’"
    was_present(User.objects.create_user("siti@example.org", name=name), 0, 30)
    assert escape(name) in opened(chen, page).content.decode()
    assert lines_of(opened(chen, file))[1][0] == name


def test_before_it_begins_the_page_says_what_will_be_here(panel, page, chen):
    Session.objects.update(state=State.SCHEDULED, went_live_at=None)
    assert "The session has not begun" in opened(chen, page).content.decode()


def test_with_nobody_there_yet_the_page_says_so(panel, page, chen, clock):
    clock(1)
    assert "Nobody yet" in opened(chen, page).content.decode()


@pytest.mark.parametrize("language", ["en", "id", "ar"])
def test_a_drawing_is_the_same_in_every_language(ended, was_present, page, chen, ben, language):
    was_present(ben, 0, 42)
    client = Client()
    client.force_login(chen)
    client.cookies["django_language"] = language
    text = client.get(page).content.decode()
    assert 'd="M0.00 75.00L' in text
    translation.activate("en")


def test_it_is_read_a_page_at_a_time(ended, was_present, page, crowd, chen):
    for person in crowd(51):
        was_present(person, 0, 30)
    first, second = (opened(chen, f"{page}?page={number}").content.decode() for number in (1, 2))
    assert ("Person 0049" in first, "Person 0050" in first) == (True, False)
    assert ("Person 0049" in second, "Person 0050" in second) == (False, True)
    assert 'rel="next"' in first
    assert 'rel="prev"' in second


def test_one_person_and_three_cost_as_many_queries(ended, was_present, page, file, crowd, chen, fiji, finland):
    people = crowd(3, [fiji, finland])

    def queries(path: str) -> int:
        client = Client()
        client.force_login(chen)
        with CaptureQueriesContext(connection) as captured:
            assert client.get(path).status_code == 200
        return len(captured)

    was_present(people[0], 0, 30)
    with_one = [queries(page), queries(file)]
    for person in people[1:]:
        was_present(person, 0, 30)
        was_present(person, 40, 50)
    assert [queries(page), queries(file)] == with_one


# The file


def test_the_file_says_what_the_page_says(ended, was_present, file, chen, ben, conference):
    was_present(ben, 0, 42)
    answer = opened(chen, file)
    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    assert answer["Content-Disposition"] == f'attachment; filename="attendance-icdd-{ended.pk}.csv"'
    assert lines_of(answer) == [
        ["Name", "Delegation", "How", "Minutes", "First seen", "Last seen"],
        ["Ben", "Fiji", "online", "42", "2026-11-25 18:00:00+08:00", "2026-11-25 18:42:00+08:00"],
    ]


@given(st.text(min_size=1))
def test_no_cell_is_a_formula_and_every_text_is_kept(text):
    written = cell(text)
    assert not written.lstrip(" \u00a0").startswith(FORMULAS)
    assert written in (text, f"'{text}")


@pytest.mark.parametrize("name", ["=HYPERLINK(A1)", "+Ana", "-Ana", "@Ana", "＝Ana", "  =Ana"])
def test_a_name_that_would_be_a_formula_gets_an_apostrophe(ended, was_present, file, chen, conference, name):
    ana = User.objects.create_user("ana@example.org", name=name)
    Membership.objects.create(conference=conference, user=ana)
    was_present(ana, 0, 30)
    assert lines_of(opened(chen, file))[1][0] == f"'{name}"


@pytest.mark.parametrize("name", ["O’Neill, Ana", "'t Hooft", "José\u0301", "陳大文", 'Ana "Nia" Lim'])
def test_every_other_name_is_exactly_as_written(ended, was_present, file, chen, name):
    was_present(User.objects.create_user("ana@example.org", name=name), 0, 30)
    assert lines_of(opened(chen, file))[1][0] == name
