"""The verbs of the programme: rooms, sessions, who works in them, and how a session goes.

Whatever changes the plan holds the conference's row, so that two organisers cannot put two sessions into one room;
how a session goes needs the session's row only.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypedDict, Unpack, cast

from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from i18nfield.strings import LazyI18nString

from accounts.actions import ensure_person
from accounts.models import User
from conferences.actions import take_in
from conferences.audit import ADDITION, CHANGE, DELETION, note
from conferences.checking import check
from conferences.letters import send_letter
from conferences.models import Delegation
from conferences.queries import organised
from conferences.rules import Person
from outbox.changes import action, change_rights, record
from outbox.errors import Invalid, NotAllowed, NotThere, WrongMove
from sessions.programme.models import MOVES, Appointment, Duty, Room, Session, Speaker, State
from sessions.programme.rules import may_chair, may_enter, may_organise_session
from sessions.programme.signals import session_ended, session_moved, session_removed

Texts = Mapping[str, str]

# After this an ended session stays ended.
REOPENED_WITHIN = timedelta(minutes=30)


# Rooms


@action
def add_room(conference_id: int, *, name: Texts, by: Person) -> Room:
    """A room, after those there are; `name` by language's code. Raises NotThere, NotAllowed, and Invalid."""
    conference = organised(conference_id, by)
    last = conference.rooms.aggregate(last=Max("position"))["last"] or 0
    room = Room(conference=conference, name=LazyI18nString(dict(name)), position=last + 1)
    check(room)
    room.save()
    note(room, ADDITION, by=by)
    return room


@action
def change_room(room_id: int, *, name: Texts | None = None, position: int | None = None, by: Person) -> Room:
    """Renames a room or moves it among the others; pages that show its sessions follow.

    Raises NotThere, NotAllowed, and Invalid.
    """
    room = _room(room_id, by)
    new_name = room.name if name is None else LazyI18nString(dict(name))
    new_position = room.position if position is None else position
    if (new_name, new_position) == (room.name, room.position):
        return room
    for session in room.sessions.select_for_update(no_key=True, of=("self",)).order_by("pk"):
        session.room = room
        record("session.changed", session)
    room.name, room.position = new_name, new_position
    check(room)
    room.save()
    note(room, CHANGE, by=by)
    return room


@action
def remove_room(room_id: int, *, by: Person) -> None:
    """Raises NotThere, NotAllowed, and WrongMove where sessions are in it."""
    room = _room(room_id, by)
    if room.sessions.exists():
        raise WrongMove(_("There are sessions in this room. Move them to another room first."))
    note(room, DELETION, by=by)
    room.delete()


def _room(room_id: int, by: Person) -> Room:
    conference_id = Room.objects.filter(pk=room_id).values_list("conference_id", flat=True).first()
    if conference_id is None:
        raise NotThere
    conference = organised(conference_id, by)
    # Read again under the lock.
    room = conference.rooms.filter(pk=room_id).first()
    if room is None:
        raise NotThere
    return room


# The plan


class SessionFacts(TypedDict, total=False):
    """What an organiser plans. Texts by language's code, `room_id` a room of the conference, times aware."""

    format: str
    title: Texts
    about: Texts
    room_id: int
    starts_at: datetime
    ends_at: datetime
    access: str


@dataclass(frozen=True)
class SpeakerLine:
    """Somebody announced for a session."""

    name: str
    title: str = ""
    delegation_id: int | None = None


TEXTS = ("title", "about")


@action
def create_session(
    conference_id: int, *, speakers: Sequence[SpeakerLine] = (), by: Person, **facts: Unpack[SessionFacts]
) -> Session:
    """Schedules a session. Raises NotThere, NotAllowed, and Invalid, also where its room is taken at that time."""
    conference = organised(conference_id, by)
    session = Session(conference=conference)
    _set_facts(session, facts)
    session.save()
    _set_speakers(session, speakers)
    record("session.scheduled", session, new=True)
    note(session, ADDITION, by=by)
    return session


@action
def change_session(
    session_id: int, *, speakers: Sequence[SpeakerLine] | None = None, by: Person, **facts: Unpack[SessionFacts]
) -> Session:
    """Changes the facts that are given, and no others; what is so already is left alone.

    With another access, everybody's right to be there is looked at again within two seconds.
    Raises NotThere, NotAllowed, and Invalid, also where its room is taken at that time.
    """
    session = _planned(session_id, by)
    before = _facts_of(session)
    record("session.changed", session)
    _set_facts(session, facts)
    told = speakers is not None and _set_speakers(session, speakers)
    changed = {field for field, value in _facts_of(session).items() if value != before[field]}
    if changed:
        session.save()
    if changed or told:
        note(session, CHANGE, by=by, words=", ".join(sorted(changed)) or "speakers")
    if "access" in changed:
        change_rights(f"session.{session.pk}")
    return session


@action
def remove_session(session_id: int, *, by: Person) -> None:
    """Takes a session that never began out of the programme; pages that are open at it learn that it is gone.

    Raises NotThere, NotAllowed, and WrongMove for one that began or in which questions were asked: it is on record.
    """
    session = _planned(session_id, by)
    if session.state != State.SCHEDULED:
        raise WrongMove(_("This session has begun: it stays on record."))
    session_removed.send(sender=Session, session=session, by=by)
    record("session.removed", session)
    note(session, DELETION, by=by)
    change_rights(f"session.{session.pk}")
    session.delete()


def _planned(session_id: int, by: Person, *, lock: bool = True) -> Session:
    conference_id = Session.objects.filter(pk=session_id).values_list("conference_id", flat=True).first()
    if conference_id is None:
        raise NotThere
    organised(conference_id, by, lock=lock)
    return locked_session(session_id) if lock else Session.objects.get(pk=session_id)


def _facts_of(session: Session) -> dict[str, object]:
    return {field: getattr(session, field) for field in SessionFacts.__annotations__}


def _set_facts(session: Session, facts: SessionFacts) -> None:
    for field, value in facts.items():
        setattr(session, field, LazyI18nString(dict(cast(Texts, value))) if field in TEXTS else value)
    room = Room.objects.filter(pk=session.room_id, conference_id=session.conference_id).first()
    if room is None:
        raise Invalid(fields={"room": _("Choose a room of this conference.")})
    session.room = room
    if session.starts_at and session.ends_at and session.ends_at <= session.starts_at:
        raise Invalid(fields={"ends_at": _("It must end after it starts.")})
    check(session)
    _check_room_is_free(session)


def _check_room_is_free(session: Session) -> None:
    # Half-open: one session may begin at the minute another ends.
    taken = Session.objects.filter(
        room_id=session.room_id, starts_at__lt=session.ends_at, ends_at__gt=session.starts_at
    ).exclude(pk=session.pk)
    if other := taken.first():
        zone = session.conference.zone
        words = _("“%(title)s” is in this room from %(from)s to %(to)s.") % {
            "title": other.title,
            "from": f"{other.starts_at.astimezone(zone):%H:%M}",
            "to": f"{other.ends_at.astimezone(zone):%H:%M}",
        }
        raise Invalid(fields={"room": words})


def _set_speakers(session: Session, lines: Sequence[SpeakerLine]) -> bool:
    there = [SpeakerLine(row.name, row.title, row.delegation_id) for row in session.speakers.all()]
    if there == list(lines):
        return False
    wished = {line.delegation_id for line in lines if line.delegation_id}
    if wished != set(
        Delegation.objects.filter(pk__in=wished, conference_id=session.conference_id).values_list("pk", flat=True)
    ):
        raise Invalid(fields={"speakers": _("A speaker’s delegation does not take part.")})
    session.speakers.all().delete()
    rows = [
        Speaker(session=session, name=line.name, title=line.title, delegation_id=line.delegation_id, position=position)
        for position, line in enumerate(lines, start=1)
    ]
    for row in rows:
        check(row)
    Speaker.objects.bulk_create(rows)
    return True


# Who works in it


@action
def appoint(session_id: int, *, email: str, name: str, duty: str, by: Person) -> Appointment:
    """Gives somebody, known or new here, a duty in a session, and tells them by mail in their language.

    Whoever works in a conference takes part in it: they become a participant unless they are a member already.
    Somebody who has the duty is left alone, with no second mail. Raises NotThere, NotAllowed, and Invalid.
    """
    _planned(session_id, by, lock=False)
    if duty not in Duty.values:
        raise Invalid(fields={"duty": _("There is no such duty.")})
    # People before conference and session, as whoever leaves.
    person = ensure_person(email, name, by=cast(User, by))
    session = _planned(session_id, by)
    appointment, made = Appointment.objects.get_or_create(session=session, user=person, duty=duty)
    if not made:
        return appointment
    note(appointment, ADDITION, by=by)
    take_in(session.conference, person)
    change_rights(f"user.{person.pk}")
    send_letter(
        person,
        session.conference,
        "programme/mail/appointment",
        leads_to=session.get_absolute_url(),
        appointment=appointment,
        session=session,
        by=by,
    )
    return appointment


@action
def dismiss_from_duty(appointment_id: int, *, by: Person) -> None:
    """Takes a duty from somebody; they stay a member of the conference. Raises NotThere, and NotAllowed."""
    session_id = Appointment.objects.filter(pk=appointment_id).values_list("session_id", flat=True).first()
    if session_id is None:
        raise NotThere
    session = _planned(session_id, by)
    appointment = Appointment.objects.filter(pk=appointment_id, session=session).select_related("user").first()
    if appointment is None:
        raise NotThere
    note(appointment, DELETION, by=by)
    appointment.delete()
    change_rights(f"user.{appointment.user_id}")


# How it goes


@action
def go_live(session_id: int, *, by: Person) -> Session:
    """Opens a scheduled session, now, whatever was planned. Raises NotThere, NotAllowed, and WrongMove."""
    session = _chaired(session_id, by)
    if session.state != State.LIVE:
        was = _move(session, State.LIVE, "session.live", only_from=(State.SCHEDULED,))
        session.went_live_at = timezone.now()
        _saved(session, was, by)
    return session


@action
def suspend(session_id: int, *, by: Person) -> Session:
    """Raises NotThere, NotAllowed, and WrongMove."""
    session = _chaired(session_id, by)
    if session.state != State.SUSPENDED:
        was = _move(session, State.SUSPENDED, "session.suspended", only_from=(State.LIVE,))
        _saved(session, was, by)
    return session


@action
def resume(session_id: int, *, by: Person) -> Session:
    """Raises NotThere, NotAllowed, and WrongMove."""
    session = _chaired(session_id, by)
    if session.state != State.LIVE:
        was = _move(session, State.LIVE, "session.resumed", only_from=(State.SUSPENDED,))
        _saved(session, was, by)
    return session


@action
def end_session(session_id: int, *, by: Person) -> Session:
    """Ends a session, and sends `session_ended` before the commit. Raises NotThere, NotAllowed, and WrongMove."""
    session = _chaired(session_id, by)
    if session.state != State.ENDED:
        was = _move(session, State.ENDED, "session.ended", only_from=(State.LIVE, State.SUSPENDED))
        session.ended_at = timezone.now()
        _saved(session, was, by)
        session_ended.send(sender=Session, session=session)
    return session


@action
def reopen_session(session_id: int, *, reason: str, by: Person) -> Session:
    """Takes an end back within REOPENED_WITHIN, for an organiser who says why.

    Raises NotThere, NotAllowed, Invalid without a reason, and WrongMove.
    """
    session = _entered(session_id, by, may_organise_session)
    if session.state == State.LIVE:
        return session
    reason = " ".join(reason.split())
    if not 1 <= len(reason) <= 200:
        raise Invalid(fields={"reason": _("Say why, in at most 200 characters.")})
    if not may_still_reopen(session):
        raise WrongMove(_("A session can be reopened within 30 minutes of its end only."))
    was = _move(session, State.LIVE, "session.reopened", only_from=(State.ENDED,))
    session.ended_at, session.reopened_because = None, reason
    _saved(session, was, by, f"reopened: {reason}")
    return session


def may_still_reopen(session: Session) -> bool:
    """Whether it ended less than REOPENED_WITHIN ago."""
    return session.ended_at is not None and timezone.now() - session.ended_at <= REOPENED_WITHIN


def _chaired(session_id: int, by: Person) -> Session:
    return _entered(session_id, by, may_chair)


def _entered(session_id: int, by: Person, may: Callable[[Person, Session], bool]) -> Session:
    session = locked_session(session_id)
    if not may_enter(by, session):
        raise NotThere
    if not may(by, session):
        raise NotAllowed
    return session


def locked_session(session_id: int) -> Session:
    """Until the transaction ends nobody else moves it. Raises NotThere."""
    session = (
        Session.objects.select_for_update(no_key=True, of=("self",))
        .select_related("conference", "room")
        .filter(pk=session_id)
        .first()
    )
    if session is None:
        raise NotThere
    return session


def _move(session: Session, to: State, event: str, *, only_from: Iterable[State]) -> State:
    """Returns where it was."""
    was = State(session.state)
    # The table says which moves there are; the verb, which of them it is: resuming is not opening.
    if to not in MOVES[was] or was not in only_from:
        raise WrongMove
    record(event, session)
    session.state = to
    return was


def _saved(session: Session, was: State, by: Person, words: str = "") -> None:
    session.save(update_fields=["state", "went_live_at", "ended_at", "reopened_because"])
    note(session, CHANGE, by=by, words=words or str(session.state))
    session_moved.send(sender=Session, session=session, was=was)
