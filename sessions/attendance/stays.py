"""The arithmetic of doors: from passages to stays in rooms, and from stays to sessions. It asks no database.

Nobody is in two rooms: coming into one, or passing an entrance of the venue, ends the stay in another. Whoever is not
seen going out stays: through a break into the next session of the room, and no further.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

# So long before a session's beginning people come in for it; who came in earlier came for something else.
DOORS_OPEN = timedelta(minutes=15)
# Over a break of this length people keep their seats.
BREAK = timedelta(minutes=30)


@dataclass(frozen=True, slots=True)
class Passage:
    """A badge that was read; `room_id` is None at an entrance of the venue."""

    room_id: int | None
    is_in: bool
    at: datetime


@dataclass(frozen=True, slots=True)
class Stay:
    """From coming into a room to leaving it; `to_at` is None for somebody who was not seen leaving."""

    room_id: int
    from_at: datetime
    to_at: datetime | None


@dataclass(frozen=True, slots=True)
class Slot:
    """A session in its room's time: as it was held, or as it is announced where it did not begin or end yet."""

    session_id: int
    room_id: int
    begins: datetime
    ends: datetime


def stays_of(passages: Iterable[Passage], *, longest: timedelta = timedelta.max) -> list[Stay]:
    """One person's stays in rooms, from their passages in order.

    A leaving that is read later than `longest` after the coming is another day's: this one was not seen.
    """
    stays: list[Stay] = []
    here: tuple[int, datetime] | None = None
    for passage in passages:
        if here is not None and not (passage.is_in and passage.room_id == here[0]):
            # Another room's door that says "out" was passed by somebody who is not in there.
            if not passage.is_in and passage.room_id not in (None, here[0]):
                continue
            stays.append(Stay(*here, passage.at if passage.at - here[1] < longest else None))
            here = None
        if here is None and passage.is_in and passage.room_id is not None:
            here = passage.room_id, passage.at
    if here is not None:
        stays.append(Stay(*here, None))
    return stays


def sessions_of(stay: Stay, slots: Sequence[Slot]) -> list[tuple[int, datetime, datetime | None]]:
    """What a stay is of the room's sessions: (session, from, to), cut to where each one's doors open.

    Of a stay whose end is known every session that lies in it; of an open one those that follow each other closely
    from the one for which the person came in.
    """
    told = []
    last_end: datetime | None = None
    for slot in sorted(slots, key=lambda slot: (slot.begins, slot.session_id)):
        opens = slot.begins - DOORS_OPEN
        if slot.room_id != stay.room_id or stay.from_at > slot.ends:
            continue
        if stay.to_at is not None:
            is_there = stay.to_at >= opens
        else:
            is_there = stay.from_at >= opens or (last_end is not None and slot.begins - last_end <= BREAK)
        if is_there:
            told.append((slot.session_id, max(stay.from_at, opens), stay.to_at))
            last_end = slot.ends
    return told
