"""The layout of a timetable: time runs down, rooms across, and what has its time for itself takes the whole width."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from sessions.programme.models import Room, Session
from sessions.programme.timetable import days_of

BALI = ZoneInfo("Asia/Makassar")
NOON = datetime(2021, 11, 16, 4, 0, tzinfo=UTC)  # 12:00 in Bali
HALL, ONE, TWO = (Room(pk=pk, name=name, position=pk) for pk, name in ((1, "Hall"), (2, "One"), (3, "Two")))
counter = iter(range(1, 1000))


def at(room, start, minutes):
    starts_at = NOON + timedelta(minutes=start)
    return Session(pk=next(counter), room=room, starts_at=starts_at, ends_at=starts_at + timedelta(minutes=minutes))


def drawn(days):
    """Each row as its minute from noon and its cells (sessions, rows, columns)."""
    return [
        [
            (
                (row.starts_at - NOON) // timedelta(minutes=1),
                [([session.pk for session in cell.sessions], cell.rows, cell.columns) for cell in row.cells],
            )
            for row in day.rows
        ]
        for day in days
    ]


def test_concurrent_sessions_stand_side_by_side_and_a_plenary_takes_the_whole_width():
    opening, one, two, closing = at(HALL, 0, 30), at(ONE, 30, 60), at(TWO, 30, 60), at(HALL, 90, 30)
    days = days_of([closing, two, opening, one], BALI, NOON)
    assert [room.name for room in days[0].rooms] == ["One", "Two"]
    assert drawn(days) == [
        [
            (0, [([opening.pk], 1, 2)]),
            (30, [([one.pk], 1, 1), ([two.pk], 1, 1)]),
            (90, [([closing.pk], 1, 2)]),
        ]
    ]


def test_a_long_session_stands_beside_two_short_ones():
    long, first, second = at(ONE, 0, 90), at(TWO, 0, 30), at(TWO, 45, 45)
    assert drawn(days_of([long, first, second], BALI, NOON)) == [
        [
            (0, [([long.pk], 3, 1), ([first.pk], 1, 1)]),
            (30, [([], 1, 1)]),
            (45, [([second.pk], 1, 1)]),
        ]
    ]


def test_between_sessions_there_is_a_pause_and_now_may_fall_into_it():
    first, second = at(HALL, 0, 30), at(HALL, 60, 30)
    (day,) = days_of([first, second], BALI, NOON + timedelta(minutes=45))
    assert [(row.is_pause, row.is_now) for row in day.rows] == [(False, False), (True, True), (False, False)]


def test_the_minute_a_session_ends_is_no_longer_its_own():
    (day,) = days_of([at(HALL, 0, 30), at(HALL, 30, 30)], BALI, NOON + timedelta(minutes=30))
    assert [row.is_now for row in day.rows] == [False, True]


def test_a_day_is_a_day_on_the_conferences_clock():
    late, next_morning = at(HALL, 11 * 60, 120), at(HALL, 20 * 60, 30)  # 23:00 and 08:00 in Bali
    days = days_of([late, next_morning], BALI, NOON)
    assert [str(day.date) for day in days] == ["2021-11-16", "2021-11-17"]
    assert [day.column_count for day in days] == [1, 1]


def test_every_session_is_drawn_exactly_once_and_every_row_is_full():
    sessions = [at(room, start, 20 + 7 * start % 50) for room in (HALL, ONE, TWO) for start in range(0, 600, 97)]
    for day in days_of(sessions, BALI, NOON):
        width = day.column_count
        assert sorted(s.pk for row in day.rows for cell in row.cells for s in cell.sessions) == sorted(
            session.pk for session in sessions
        )
        reaching_down = [0] * width
        for row in day.rows:
            covered = sum(rows > 0 for rows in reaching_down) + sum(cell.columns for cell in row.cells)
            assert covered == width or row.is_pause
            fresh = [cell.rows for cell in row.cells for _ in range(cell.columns)]
            reaching_down = [rows - 1 if rows else (fresh.pop(0) if fresh else 1) - 1 for rows in reaching_down]


def test_a_room_given_away_twice_still_shows_both():
    first, second, beside = at(ONE, 0, 60), at(ONE, 30, 60), at(TWO, 0, 90)
    assert drawn(days_of([first, second, beside], BALI, NOON)) == [
        [
            (0, [([first.pk, second.pk], 3, 1), ([beside.pk], 3, 1)]),
            (30, []),
            (60, []),
        ]
    ]


def test_no_sessions_no_days():
    assert days_of([], BALI, NOON) == []
