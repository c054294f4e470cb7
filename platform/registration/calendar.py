"""The conference as an entry in a participant's own calendar (RFC 5545)."""

from datetime import UTC, datetime, timedelta
from functools import lru_cache
from uuid import NAMESPACE_URL, uuid5

from django.conf import settings
from django.contrib.admin.models import LogEntry
from django.contrib.contenttypes.models import ContentType
from django.utils import translation
from icalendar import Calendar, Event

from conferences.audit import CHANGE
from conferences.models import Conference
from outbox.once import once
from web import moments

CONTENT_TYPE = "text/calendar"
FILE_NAME = "conference.ics"
# How much of a time zone's past and future a file tells, on both sides of the conference.
_RULES_AROUND = timedelta(days=366)


def place_of(conference: Conference) -> str:
    """Venue, city and country, as far as they are known, in the language that is active."""
    country = moments.country_words(str(conference.country)) if conference.country else ""
    return ", ".join(words for words in (conference.venue, conference.city, country) if words)


def calendar_file(conference: Conference, language: str) -> str:
    """One event, on the conference's own clock.

    The same conference always has the same UID, and a higher SEQUENCE each time that organisers changed it, so that a
    calendar which is given the file again moves its entry in place of keeping two.
    """
    changes = LogEntry.objects.filter(
        content_type=ContentType.objects.get_for_model(Conference), object_id=str(conference.pk), action_flag=CHANGE
    ).order_by()
    changed_at = once(("changes of", conference.pk), lambda: list(changes.values_list("action_time", flat=True)))
    with translation.override(language):
        return _written(
            uid=f"{uuid5(NAMESPACE_URL, f'{settings.SITE_URL}/conferences/{conference.pk}')}",
            sequence=len(changed_at),
            changed_at=max(changed_at, default=conference.made_at),
            opens_at=conference.opens_at.astimezone(conference.zone),
            closes_at=conference.closes_at.astimezone(conference.zone),
            summary=str(conference.name),
            about=str(conference.theme),
            place=place_of(conference),
            address=f"{settings.SITE_URL}{conference.get_absolute_url()}",
        )


@lru_cache(maxsize=256)
def _written(
    *,
    uid: str,
    sequence: int,
    changed_at: datetime,
    opens_at: datetime,
    closes_at: datetime,
    summary: str,
    about: str,
    place: str,
    address: str,
) -> str:
    """Thousands are told of one conference with the same file."""
    event = Event()
    event.add("uid", uid)
    event.add("sequence", sequence)
    event.add("dtstamp", changed_at.astimezone(UTC))
    event.add("dtstart", opens_at)
    event.add("dtend", closes_at)
    event.add("summary", summary)
    if about:
        event.add("description", about)
    if place:
        event.add("location", place)
    event.add("url", address)
    calendar = Calendar()
    calendar.add("prodid", "-//Sidang//Registration//EN")
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    calendar.add_component(event)
    calendar.add_missing_timezones(
        first_date=(opens_at - _RULES_AROUND).date(), last_date=(closes_at + _RULES_AROUND).date()
    )
    return calendar.to_ical().decode()
