"""What the ledger says: of a session as a whole, of each delegation, of each person."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from django.utils import timezone

from accounts.models import User
from conferences.models import Delegation, Membership
from conferences.order import protocol_key
from conferences.rules import Person
from outbox.errors import NotThere, SignInFirst
from sessions.attendance.models import UNSEEN_FOR, Attendance, FormerMember, How, SessionPresence
from sessions.attendance.rules import may_read_attendance
from sessions.attendance.spans import Span, merged, moments_between, present_at, so_far, whole_minutes
from sessions.programme.models import ON, Session
from sessions.programme.queries import entered_session

CURVE_POINTS = 121


@dataclass(frozen=True, slots=True)
class Counted:
    """How many follow the page at once, whether they signed in or not. `peak_at` is None where nobody ever did.

    `in_room_now` counts whom the room's doors saw coming in and not going out; 0 where the session is not on.
    """

    online_now: int
    peak: int
    peak_at: datetime | None
    in_room_now: int = 0


@dataclass(frozen=True, slots=True)
class Attendee:
    """A person who was present while the session was held; minutes online and in the room are not counted twice.

    `name` is empty for somebody who gave none; their address is nobody's business here.
    """

    user_id: int
    name: str
    delegation: Delegation | None
    hows: tuple[How, ...]
    minutes: int
    first_at: datetime
    last_at: datetime


@dataclass(frozen=True, slots=True)
class DelegationTotal:
    """Who was present of a delegation, or of those without one: how many, and their minutes together."""

    delegation: Delegation | None
    people: int
    minutes: int
    # Of the people; somebody may be both.
    in_room: int = 0
    online: int = 0


@dataclass(frozen=True, slots=True)
class CurvePoint:
    at: datetime
    present: int


def session_to_read(user: Person, session_id: int, *, slug: str) -> Session:
    """The session at this address for whoever may read its attendance.

    Raises NotThere for everybody else, as for a session that is not there, and SignInFirst before it looks at all.
    """
    if not user.is_authenticated:
        raise SignInFirst
    session = entered_session(user, session_id, slug=slug)
    if not may_read_attendance(user, session):
        raise NotThere
    return session


def held(session: Session) -> Span | None:
    """From its beginning to its end, or to now while it is on. None before it began."""
    if session.went_live_at is None:
        return None
    ends = session.ended_at if session.state not in ON and session.ended_at else timezone.now()
    return session.went_live_at, max(session.went_live_at, ends)


def counted(session: Session) -> Counted:
    row = SessionPresence.objects.filter(session_id=session.pk).first() or SessionPresence(session=session)
    is_fresh = row.counted_at is not None and timezone.now() - row.counted_at <= UNSEEN_FOR
    inside = Attendance.objects.filter(session_id=session.pk, how=How.IN_ROOM, is_open=True)
    in_room_now = inside.count() if session.state in ON else 0
    return Counted(row.online_now if is_fresh else 0, row.peak, row.peak_at, in_room_now)


def presences(session: Session) -> dict[int, dict[How, list[Span]]]:
    """By person and kind, what the ledger holds of the session, in one query; what is open reaches until now."""
    found: dict[int, dict[How, list[Span]]] = {}
    now = timezone.now()
    rows = Attendance.objects.filter(session_id=session.pk).order_by("from_at", "pk")
    for user_id, how, from_at, to_at, is_open in rows.values_list("user_id", "how", "from_at", "to_at", "is_open"):
        span = so_far(from_at, to_at, is_open=is_open, now=now)
        found.setdefault(user_id, {}).setdefault(How(how), []).append(span)
    return found


def minutes_of(user: Person, session: Session) -> int:
    """A person's minutes in the session, online and in the room together. The caller has asked `may_read_minutes`."""
    within = held(session)
    if within is None or not user.is_authenticated:
        return 0
    rows = Attendance.objects.filter(session_id=session.pk, user_id=user.pk)
    now = timezone.now()
    spans = [
        so_far(from_at, to_at, is_open=is_open, now=now)
        for from_at, to_at, is_open in rows.values_list("from_at", "to_at", "is_open")
    ]
    return whole_minutes(merged(spans, within))


def attendees(session: Session, found: Mapping[int, Mapping[How, list[Span]]]) -> list[Attendee]:
    """Everybody who was present, by name. `found` is what `presences` gave. Four queries."""
    within = held(session)
    if within is None:
        return []
    laid = {user_id: _laid(kinds, within) for user_id, kinds in found.items()}
    present = {user_id: spans for user_id, spans in laid.items() if spans}
    names = dict(User.objects.filter(pk__in=present).values_list("pk", "name"))
    places = delegations_by_person(session)
    listed = [
        Attendee(
            user_id=user_id,
            name=name,
            delegation=places.get(user_id),
            hows=tuple(how for how in How if merged(found[user_id].get(how, ()), within)),
            minutes=whole_minutes(present[user_id]),
            first_at=present[user_id][0][0],
            last_at=present[user_id][-1][1],
        )
        for user_id, name in names.items()
    ]
    # Those without a name last.
    return sorted(listed, key=lambda one: (not one.name, protocol_key(one.name), one.user_id))


def _laid(kinds: Mapping[How, list[Span]], within: Span) -> list[Span]:
    return merged((span for spans in kinds.values() for span in spans), within)


def delegations_by_person(session: Session) -> dict[int, Delegation]:
    """Whose members people are now: a person moved to another delegation is counted there.

    Whoever left for good is counted where they were.
    """
    delegations = Delegation.objects.filter(conference_id=session.conference_id).in_bulk()
    members = Membership.objects.filter(conference_id=session.conference_id, delegation__isnull=False)
    left = FormerMember.objects.filter(delegation__in=delegations)
    places = [*left.values_list("user_id", "delegation_id"), *members.values_list("user_id", "delegation_id")]
    return {user_id: delegations[delegation_id] for user_id, delegation_id in places if delegation_id in delegations}


def totals_by_delegation(listed: list[Attendee]) -> list[DelegationTotal]:
    """In protocol order, and last those who belong to none."""
    by_delegation: dict[Delegation | None, list[Attendee]] = {}
    for one in listed:
        by_delegation.setdefault(one.delegation, []).append(one)
    totals = [
        DelegationTotal(
            delegation,
            people=len(people),
            minutes=sum(one.minutes for one in people),
            in_room=sum(How.IN_ROOM in one.hows for one in people),
            online=sum(How.ONLINE in one.hows for one in people),
        )
        for delegation, people in by_delegation.items()
    ]
    return sorted(totals, key=lambda total: _place(total.delegation))


def _place(delegation: Delegation | None) -> tuple[bool, int, int]:
    return (True, 0, 0) if delegation is None else (False, delegation.position, delegation.pk)


def curve(session: Session, found: Mapping[int, Mapping[How, list[Span]]], how: How | None = None) -> list[CurvePoint]:
    """How many people were present over the session's time, a whole number of minutes apart.

    Those who are known by name: signed in, or seen at the door; with `how` those who were present that way alone. While
    it is on the curve ends UNSEEN_FOR ago: who is there now will be known with the next reports. `found` is what
    `presences` gave.
    """
    within = held(session)
    if within is None:
        return []
    begins, ends = within
    if session.state in ON:
        ends -= UNSEEN_FOR
    if ends <= begins:
        return []
    moments = moments_between(begins, ends, CURVE_POINTS)
    people = [_laid(kinds if how is None else {how: kinds.get(how, [])}, within) for kinds in found.values()]
    return [CurvePoint(at, present) for at, present in zip(moments, present_at(moments, people), strict=True)]
