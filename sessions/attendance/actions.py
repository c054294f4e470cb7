"""Writing the ledger. Server processes report what they see, and gates who passed; nobody does this by hand, and no
page is told.

So these are transactions of their own, not an `@action`: there is no doer, no permission and nothing to announce.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import ParamSpec

from django.db import IntegrityError, transaction
from django.db.models import Case, DateTimeField, F, IntegerField, Q, QuerySet, Value, When
from django.utils import timezone

from accounts.models import User
from conferences.audit import CHANGE, note
from conferences.models import Conference
from conferences.queries import organised
from conferences.rules import Person
from outbox.errors import Invalid
from registration.models import Gate, Scan
from registration.passages import A_DAY, WENT_THROUGH
from sessions.attendance.models import UNSEEN_FOR, Attendance, Door, FormerMember, How, SessionPresence
from sessions.attendance.stays import DOORS_OPEN, Passage, Slot, sessions_of, stays_of
from sessions.programme.models import ON, Room, Session, State

P = ParamSpec("P")
# A span in the room: its beginning, its end so far, and whether it is open.
Laid = tuple[datetime, datetime, bool]


def note_online(session_id: int, *, user_ids: Collection[int], at: datetime) -> None:
    """Notes that these people follow the session's page at `at` (aware), as one server process sees it.

    Each one's span grows to `at` if it ended at most UNSEEN_FOR before, otherwise a new one begins. Nothing is noted
    twice: two processes may see the same person, and a report may come twice or late. People who are deleted and a
    session that is gone or not on are passed over. The number of queries does not depend on the number of people
    (SQLite takes newcomers in portions).
    """
    if user_ids:
        _looking_again(_note, session_id, How.ONLINE, frozenset(user_ids), at)


def note_left(session_id: int, *, user_ids: Collection[int], at: datetime) -> None:
    """Notes that these people were there until `at` (aware), and are followed by no page of that process any more.

    Somebody who is still there elsewhere, or comes back within UNSEEN_FOR, is not interrupted by it.
    """
    if user_ids:
        _looking_again(_close, session_id, How.ONLINE, frozenset(user_ids), at)


def note_count(session_id: int, *, present: int, at: datetime) -> None:
    """Notes how many follow the session's page in all processes at `at` (aware), signed in or not.

    The number now is that of the newest report; the peak is the highest while the session was on, and its moment the
    first at which it was reached. A session that is gone, or neither on nor about to be, is passed over.
    """
    _looking_again(_note_count, session_id, present, at)


def _looking_again(work: Callable[P, None], *args: P.args, **kwargs: P.kwargs) -> None:
    """Does the work, and once more where somebody, or the session, was deleted between its look and its commit."""
    try:
        work(*args, **kwargs)
    except IntegrityError:
        work(*args, **kwargs)


def _note_count(session_id: int, present: int, at: datetime) -> None:
    session = Session.objects.filter(pk=session_id).first()
    if session is None or not _is_kept(session, at):
        return
    if not _count(session, present, at):
        _make_row(session_id)
        _count(session, present, at)


def _count(session: Session, present: int, at: datetime) -> int:
    """One statement, so that of two reports at once the higher makes the peak. Says how many rows there were."""
    is_newest = Q(counted_at__isnull=True) | Q(counted_at__lte=at)
    told: dict[str, Case] = {
        "online_now": _new_if(is_newest, present, "online_now"),
        "counted_at": _new_if(is_newest, at, "counted_at"),
    }
    if session.state in ON:
        is_highest = Q(peak__lt=present)
        told |= {"peak": _new_if(is_highest, present, "peak"), "peak_at": _new_if(is_highest, at, "peak_at")}
    return SessionPresence.objects.filter(session_id=session.pk).update(**told)


def _new_if(condition: Q, new: int | datetime, field: str) -> Case:
    kind = DateTimeField() if isinstance(new, datetime) else IntegerField()
    return Case(When(condition, then=Value(new, kind)), default=F(field), output_field=kind)


@transaction.atomic
def _close(session_id: int, how: How, user_ids: frozenset[int], at: datetime) -> None:
    if _locked(session_id) is not None:
        _grow(_latest(session_id, how).filter(user_id__in=user_ids), at)


@transaction.atomic
def _note(session_id: int, how: How, user_ids: frozenset[int], at: datetime) -> None:
    presence = _locked(session_id)
    if presence is None or not _is_kept(presence.session, at):
        return
    latest = _latest(session_id, how).filter(user_id__in=user_ids)
    _grow(latest, at)
    # A span that reaches beyond `at` is a report that came late: nothing is to be added.
    seen = latest.filter(to_at__gte=at - UNSEEN_FOR).values_list("user_id", flat=True)
    _begin(session_id, how, user_ids - set(seen), at)


def _grow(latest: QuerySet[Attendance], at: datetime) -> None:
    latest.filter(to_at__gte=at - UNSEEN_FOR, to_at__lt=at).update(to_at=at)


def _begin(session_id: int, how: How, user_ids: frozenset[int], at: datetime) -> None:
    if not user_ids:
        return
    there = User.objects.filter(pk__in=user_ids).order_by("pk").values_list("pk", flat=True)
    newcomers = list(there)
    _latest(session_id, how).filter(user_id__in=newcomers).update(is_latest=False)
    Attendance.objects.bulk_create(
        [Attendance(session_id=session_id, user_id=pk, how=how, from_at=at, to_at=at) for pk in newcomers]
    )


def _latest(session_id: int, how: How) -> QuerySet[Attendance]:
    return Attendance.objects.filter(session_id=session_id, how=how, is_latest=True)


def _locked(session_id: int) -> SessionPresence | None:
    """The lock under which reports about a session are written one after the other; None where there is no session."""
    rows = SessionPresence.objects.select_for_update(of=("self",), no_key=True).select_related("session")
    presence = rows.filter(session_id=session_id).first()
    if presence is None and Session.objects.filter(pk=session_id).exists():
        _make_row(session_id)
        presence = rows.filter(session_id=session_id).first()
    return presence


def _make_row(session_id: int) -> None:
    SessionPresence.objects.bulk_create([SessionPresence(session_id=session_id)], ignore_conflicts=True)


def _is_kept(session: Session, at: datetime) -> bool:
    """Whether presence at `at` belongs into the ledger: while the session is on, and a little before and after.

    Both ends are cut when it is read (`queries.held`); so whoever waits for the beginning has all of it.
    """
    if session.state in ON:
        return True
    if session.state == State.SCHEDULED:
        return session.starts_at - DOORS_OPEN <= at <= session.ends_at
    return session.ended_at is not None and at <= session.ended_at + UNSEEN_FOR


# In the room


@transaction.atomic
def set_doors(conference_id: int, *, rooms: dict[int, int | None], by: Person) -> None:
    """Says of gates, by number, which room each is the door of; None for an entrance of the venue.

    What was read there before stays as it was laid down. Raises NotThere, NotAllowed, and Invalid for a gate or a room
    that is not of this conference.
    """
    conference = organised(conference_id, by)
    gates = Gate.objects.in_bulk(list(rooms))
    theirs = set(Room.objects.filter(conference=conference).values_list("pk", flat=True))
    for gate_id, room_id in rooms.items():
        gate = gates.get(gate_id)
        if gate is None or gate.conference_id != conference.pk or (room_id is not None and room_id not in theirs):
            raise Invalid
        held = Door.objects.filter(gate=gate).values_list("room_id", flat=True).first()
        if held == room_id:
            continue
        if room_id is None:
            Door.objects.filter(gate=gate).delete()
        else:
            Door.objects.update_or_create(gate=gate, defaults={"room_id": room_id})
        note(gate, CHANGE, by=by, words=f"Door of room {room_id}." if room_id else "Door of no room.")


@transaction.atomic
def note_in_room(conference: Conference, user_id: int, *, around: datetime) -> None:
    """Lays down anew where somebody was in the room, from all their passages in the hours around `around` (aware).

    So it does not matter in which order devices tell what they read, nor whether they tell it twice.
    """
    doors = dict(Door.objects.filter(gate__conference=conference).values_list("gate_id", "room_id"))
    if not doors:
        return
    # What is written is of the sessions of that day; what they follow from may have begun the day before.
    wide = (around - 2 * A_DAY, around + 2 * A_DAY)
    scans = Scan.objects.filter(application__user=user_id, gate__conference=conference, at__range=wide)
    scans = scans.filter(WENT_THROUGH).order_by("at", "pk")
    passages = [
        Passage(doors.get(gate_id), direction == "in", at)
        for gate_id, direction, at in scans.values_list("gate_id", "direction", "at")
    ]
    slots = _slots(set(doors.values()), wide)
    wanted: dict[int, list[Laid]] = {slot.session_id: [] for slot in slots if abs(slot.begins - around) <= A_DAY}
    for stay in stays_of(passages, longest=A_DAY):
        for session_id, from_at, to_at in sessions_of(stay, slots):
            if session_id in wanted:
                wanted[session_id].append((from_at, max(from_at, to_at or from_at), to_at is None))
    held: defaultdict[int, list[Laid]] = defaultdict(list)
    rows = Attendance.objects.filter(user=user_id, how=How.IN_ROOM, session__in=wanted).order_by("from_at")
    for session_id, from_at, to_at, is_open in rows.values_list("session_id", "from_at", "to_at", "is_open"):
        held[session_id].append((from_at, to_at, is_open))
    for session_id in sorted(wanted):
        if held[session_id] != wanted[session_id]:
            _lay(session_id, user_id, wanted[session_id])


def _slots(room_ids: Iterable[int], span: tuple[datetime, datetime]) -> list[Slot]:
    now = timezone.now()
    slots = []
    for session in Session.objects.filter(room__in=room_ids, starts_at__range=span):
        begins = session.went_live_at or session.starts_at
        ends = max(session.ends_at, now) if session.state in ON else session.ended_at or session.ends_at
        slots.append(Slot(session.pk, session.room_id, begins, max(begins, ends)))
    return slots


def _lay(session_id: int, user_id: int, spans: Sequence[Laid]) -> None:
    """Replaces a person's spans in the room of one session, under the session's lock."""
    if _locked(session_id) is None:
        return
    Attendance.objects.filter(session_id=session_id, user_id=user_id, how=How.IN_ROOM).delete()
    last = len(spans) - 1
    Attendance.objects.bulk_create(
        Attendance(
            session_id=session_id,
            user_id=user_id,
            how=How.IN_ROOM,
            from_at=from_at,
            to_at=to_at,
            is_open=is_open,
            is_latest=number == last,
        )
        for number, (from_at, to_at, is_open) in enumerate(spans)
    )


# Whoever left for good


def keep_delegations(user_id: int, delegations: Mapping[int, int]) -> None:
    """Writes down of which delegations somebody was who is of none any more, where the ledger has them.

    By the conference's number. To be called in the transaction that ends their account.
    """
    held = Attendance.objects.filter(user=user_id, session__conference__in=delegations)
    conferences = sorted(set(held.values_list("session__conference", flat=True)))
    FormerMember.objects.bulk_create(
        [FormerMember(user_id=user_id, delegation_id=delegations[number]) for number in conferences],
        ignore_conflicts=True,
    )
