"""A programme as a table: time runs down, rooms run across. Pure: it lays out, it reads nothing.

Sessions that run beside others stand in the columns of their rooms; one that has its time for itself takes the whole
width, so that a plenary hall needs no column that is empty for the rest of the day.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from itertools import groupby, pairwise
from zoneinfo import ZoneInfo

from sessions.programme.models import Room, Session


@dataclass(frozen=True)
class Cell:
    """`sessions` that begin here (more than one only where a room was given away twice); none for empty time."""

    sessions: tuple[Session, ...]
    rows: int = 1
    columns: int = 1


@dataclass(frozen=True)
class Row:
    """A stretch of time. In a pause nothing is on anywhere; a row without cells is filled by those above it."""

    starts_at: datetime
    ends_at: datetime
    cells: tuple[Cell, ...]
    is_now: bool
    is_pause: bool = False


@dataclass(frozen=True)
class Day:
    """One day on the conference's clock; a session past midnight belongs to the day it begins on."""

    date: date
    rooms: tuple[Room, ...]
    rows: tuple[Row, ...]

    @property
    def starts_at(self) -> datetime:
        return self.rows[0].starts_at

    @property
    def column_count(self) -> int:
        return max(1, len(self.rooms))


def days_of(sessions: Iterable[Session], zone: ZoneInfo, now: datetime) -> list[Day]:
    """`sessions` in any order, with their rooms; `now` is marked in the row it falls into."""
    ordered = sorted(sessions, key=lambda session: (session.starts_at, session.room.position, session.pk))
    by_day = groupby(ordered, key=lambda session: session.starts_at.astimezone(zone).date())
    return [_day(day, list(of_day), now) for day, of_day in by_day]


def _day(day: date, sessions: Sequence[Session], now: datetime) -> Day:
    bands = list(_bands(sessions))
    beside = {session.room for band in bands if len(band) > 1 for session in band}
    rooms = tuple(sorted(beside, key=lambda room: (room.position, room.pk)))
    rows: list[Row] = []
    for band in bands:
        if rows and rows[-1].ends_at < band[0].starts_at:
            pause = _row(rows[-1].ends_at, band[0].starts_at, (), now)
            rows.append(replace(pause, is_pause=True))
        rows += _rows_of_one(band[0], rooms, now) if len(band) == 1 else _rows_of_many(band, rooms, now)
    return Day(day, rooms, tuple(rows))


def _bands(sessions: Sequence[Session]) -> Iterator[list[Session]]:
    """Groups of sessions whose times overlap, directly or through others; `sessions` are in order of time."""
    band: list[Session] = []
    for session in sessions:
        if band and session.starts_at >= max(other.ends_at for other in band):
            yield band
            band = []
        band.append(session)
    if band:
        yield band


def _rows_of_one(session: Session, rooms: Sequence[Room], now: datetime) -> list[Row]:
    cell = Cell((session,), columns=max(1, len(rooms)))
    return [_row(session.starts_at, session.ends_at, (cell,), now)]


def _rows_of_many(band: Sequence[Session], rooms: Sequence[Room], now: datetime) -> list[Row]:
    edges = sorted({edge for session in band for edge in (session.starts_at, session.ends_at)})
    steps = {edge: step for step, edge in enumerate(edges)}
    cells: list[list[Cell]] = [[] for _ in edges[1:]]
    for room in rooms:
        step = 0
        for group in _bands([session for session in band if session.room_id == room.pk]):
            begins, ends = steps[group[0].starts_at], steps[max(session.ends_at for session in group)]
            if step < begins:
                cells[step].append(Cell((), rows=begins - step))
            cells[begins].append(Cell(tuple(group), rows=ends - begins))
            step = ends
        if step < len(cells):
            cells[step].append(Cell((), rows=len(cells) - step))
    return [
        _row(begins, ends, tuple(of_row), now) for (begins, ends), of_row in zip(pairwise(edges), cells, strict=True)
    ]


def _row(starts_at: datetime, ends_at: datetime, cells: tuple[Cell, ...], now: datetime) -> Row:
    return Row(starts_at, ends_at, cells, is_now=starts_at <= now < ends_at)
