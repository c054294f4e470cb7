"""Who is approved gets the conference for their own calendar, and a changed one in place of the old."""

from datetime import UTC, datetime

import pytest
from django.urls import reverse
from icalendar import Calendar

from conferences.actions import change_conference
from registration.actions import move_application
from registration.calendar import calendar_file
from registration.models import Status

pytestmark = pytest.mark.django_db


@pytest.fixture
def bali(conference):
    conference.opens_at = datetime(2021, 11, 16, 1, 0, tzinfo=UTC)
    conference.closes_at = datetime(2021, 11, 18, 9, 30, tzinfo=UTC)
    conference.venue, conference.city, conference.country = "Hall; A, “Nusa”", "Nusa Dua", "ID"
    conference.theme = "Digital,\nfor all"
    conference.made_at = datetime(2021, 5, 1, tzinfo=UTC)
    conference.save()
    return conference


def event_in(text):
    calendar = Calendar.from_ical(text)
    assert (str(calendar["VERSION"]), str(calendar["METHOD"])) == ("2.0", "PUBLISH")
    [event] = calendar.walk("VEVENT")
    return event


def test_the_file_is_one_event_on_the_conferences_own_clock(bali):
    text = calendar_file(bali, "en")
    event = event_in(text)
    assert event["DTSTART"].params["TZID"] == event["DTEND"].params["TZID"] == "Asia/Makassar"
    assert (event["DTSTART"].dt, event["DTEND"].dt) == (bali.opens_at, bali.closes_at)
    assert "DTSTART;TZID=Asia/Makassar:20211116T090000\r\n" in text
    assert [str(zone["TZID"]) for zone in Calendar.from_ical(text).walk("VTIMEZONE")] == ["Asia/Makassar"]
    assert str(event["SUMMARY"]) == "International Conference on Digital Diplomacy"
    assert str(event["LOCATION"]) == "Hall; A, “Nusa”, Nusa Dua, Indonesia"
    assert str(event["DESCRIPTION"]) == "Digital,\nfor all"
    assert all(len(line.encode()) <= 75 for line in text.split("\r\n"))


def test_it_is_in_the_readers_language(bali):
    assert "Indonesia" in event_in(calendar_file(bali, "en"))["LOCATION"]
    assert "إندونيسيا" in event_in(calendar_file(bali, "ar"))["LOCATION"]


def test_a_changed_conference_is_the_same_event_with_a_higher_number(bali, olga):
    first = event_in(calendar_file(bali, "en"))
    assert first["SEQUENCE"] == 0
    changed = change_conference(bali.pk, venue="Hall B", closes_at=datetime(2021, 11, 19, tzinfo=UTC), by=olga)
    second = event_in(calendar_file(changed, "en"))
    assert second["UID"] == first["UID"]
    assert second["SEQUENCE"] == 1
    assert second["DTSTAMP"].dt > first["DTSTAMP"].dt
    assert "Hall B" in second["LOCATION"]


def test_it_goes_with_the_letter_of_whoever_is_approved_and_with_no_other(bali, press, apply, olga, mailoutbox):
    applied = apply(press, "Ana")
    assert mailoutbox[0].attachments == []
    move_application(applied.pk, to=Status.APPROVED, by=olga)
    move_application(applied.pk, to=Status.WITHDRAWN, by=olga)
    [(name, text, kind)] = mailoutbox[1].attachments
    assert (name, kind) == ("conference.ics", "text/calendar")
    assert event_in(text)["UID"] == event_in(calendar_file(bali, "en"))["UID"]
    assert mailoutbox[2].attachments == []


def test_an_approved_person_gets_the_file_from_their_page_and_others_get_none(bali, press, apply, client, eve, olga):
    page = reverse("registration:my_calendar", args=["icdd"])
    assert client.get(page).status_code == 302
    applied = apply(press, "Eve", by=eve)
    client.force_login(eve)
    assert client.get(page).status_code == 404
    move_application(applied.pk, to=Status.APPROVED, by=olga)
    answer = client.get(page)
    assert answer["Content-Type"] == "text/calendar; charset=utf-8"
    assert answer["Content-Disposition"] == 'attachment; filename="conference.ics"'
    assert event_in(answer.content)["DTSTART"].dt == bali.opens_at
