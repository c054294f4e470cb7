"""Making a conference of a file's plan, or bringing one up to date; for a demonstration, with its day on now."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils import timezone
from i18nfield.strings import LazyI18nString

from conferences.checking import check
from conferences.models import Conference, Delegation
from conferences.order import english_name, protocol_order
from outbox.changes import action, change_rights, record
from sessions.programme.conference_files.reading import ConferencePlan, DelegationPlan, RoomPlan, SessionPlan
from sessions.programme.models import ON, Room, Session, Speaker, State
from sessions.programme.signals import session_ended

# How long the sessions that are to be on now have been on: so long, and up to five minutes more.
ON_FOR = timedelta(minutes=25)
CONFERENCE_TEXTS = ("name", "theme", "about", "organiser")


@dataclass(frozen=True)
class Loaded:
    conference: Conference
    is_new: bool


@action
def load_conference(plan: ConferencePlan, *, shift: timedelta | None = None) -> Loaded:
    """Makes the conference of a plan, or changes the one at its short address; loading again never duplicates.

    Countries, and rooms and sessions by their keys, are found again and changed; what was added by hand stays. With
    `shift` the whole day is moved by so much and the sessions' states follow the clock; without it states stay as
    they are. There is no doer: whoever may start a management command runs the installation. Raises Invalid.
    """
    conference = Conference.objects.select_for_update(no_key=True).filter(slug=plan.slug).first()
    is_new = conference is None
    conference = conference or Conference(slug=plan.slug)
    moved = shift or timedelta()
    for name, value in plan.facts.items():
        setattr(conference, name, LazyI18nString(value) if name in CONFERENCE_TEXTS else value)
    conference.opens_at, conference.closes_at = plan.opens_at + moved, plan.closes_at + moved
    conference.shifted_by = shift
    check(conference)
    conference.save()

    # A room's name is on the cards of its sessions, so all are noted before anything of theirs changes.
    locked = conference.sessions.select_for_update(no_key=True, of=("self",)).select_related("room").order_by("pk")
    there = {}
    for session in locked:
        record("session.changed", session)
        if session.key:
            there[session.key] = session
    delegations = _load_delegations(conference, plan.delegations)
    rooms = _load_rooms(conference, plan.rooms)
    for item in plan.sessions:
        session = there.get(item.key) or Session(conference=conference, key=item.key)
        _load_session(session, item, rooms[item.room_key], delegations, moved)
        if shift is not None:
            _follow_the_clock(session, timezone.now())
    return Loaded(conference, is_new)


def _load_delegations(conference: Conference, plans: tuple[DelegationPlan, ...]) -> dict[str, Delegation]:
    """Returns those with a country, by its code."""
    there = {_identity(str(row.country), english_name(row)): row for row in conference.delegations.all()}
    conference.delegations.filter(is_host=True).update(is_host=False)
    for plan in plans:
        row = there.setdefault(
            _identity(plan.country, plan.name.get("en", "")), Delegation(conference=conference, country=plan.country)
        )
        row.name, row.is_host = LazyI18nString(plan.name), plan.is_host
    for position, row in enumerate(protocol_order(there.values()), start=1):
        row.position = position
        row.save()
    return {str(row.country): row for row in there.values() if row.country}


def _identity(country: str, name: str) -> str:
    return country or f"organisation {name}"


def _load_rooms(conference: Conference, plans: tuple[RoomPlan, ...]) -> dict[str, Room]:
    there = {room.key: room for room in conference.rooms.exclude(key="")}
    for position, plan in enumerate(plans, start=1):
        room = there.setdefault(plan.key, Room(conference=conference, key=plan.key))
        room.name, room.position = LazyI18nString(plan.name), position
        room.save()
    return there


def _load_session(
    session: Session, plan: SessionPlan, room: Room, delegations: dict[str, Delegation], moved: timedelta
) -> None:
    is_new = session.pk is None
    if not is_new and session.access != plan.access:
        change_rights(f"session.{session.pk}")
    session.format, session.access, session.room = plan.format, plan.access, room
    session.title, session.about = LazyI18nString(plan.title), LazyI18nString(plan.about)
    session.starts_at, session.ends_at = plan.starts_at + moved, plan.ends_at + moved
    check(session)
    session.save()
    if is_new:
        record("session.scheduled", session, new=True)
    session.speakers.all().delete()
    Speaker.objects.bulk_create(
        Speaker(
            session=session,
            name=speaker.name,
            title=speaker.title,
            delegation=delegations.get(speaker.country),
            position=position,
        )
        for position, speaker in enumerate(plan.speakers, start=1)
    )


def _follow_the_clock(session: Session, now: datetime) -> None:
    was_on = session.state in ON
    session.reopened_because = ""
    session.went_live_at = session.starts_at if session.starts_at <= now else None
    session.ended_at = session.ends_at if session.ends_at <= now else None
    if session.ended_at:
        session.state = State.ENDED
    else:
        session.state = State.LIVE if session.went_live_at else State.SCHEDULED
    session.save()
    if was_on and session.state == State.ENDED:
        session_ended.send(sender=Session, session=session)


def shift_to_now(plan: ConferencePlan, now: datetime) -> timedelta:
    """By how much the day moves so that the most sessions that begin together are on at `now` (aware).

    They began ON_FOR ago (or, if short, a third of their length), rounded down to five minutes as people plan them.
    """
    beginnings = [session.starts_at for session in plan.sessions]
    if not beginnings:
        return _rounded(now - ON_FOR - plan.opens_at)
    busiest = max(beginnings, key=lambda moment: (beginnings.count(moment), moment))
    shortest = min(s.ends_at - s.starts_at for s in plan.sessions if s.starts_at == busiest)
    return _rounded(now - min(ON_FOR, shortest / 3) - busiest)


def _rounded(shift: timedelta) -> timedelta:
    step = timedelta(minutes=5)
    return shift // step * step
