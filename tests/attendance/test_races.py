"""Processes that report at the same moment: threads on PostgreSQL, processes on SQLite; and a control without locks."""

import pytest

from sessions.attendance.models import Attendance, SessionPresence

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(180)]

AT_ONCE = 4


def report(session, people, moment, **how) -> dict:
    return {
        "do": "report",
        "with": {"session_id": session.pk, "user_ids": [person.pk for person in people], "at": moment.isoformat()},
        **how,
    }


def spans() -> list[tuple]:
    return list(Attendance.objects.order_by("user_id", "from_at").values_list("user_id", "from_at", "to_at"))


@pytest.mark.parametrize("round_", range(3))
def test_processes_that_report_the_same_people_at_once_begin_one_span_each(racers, panel, crowd, at, round_):
    people = crowd(30)
    assert racers.race([report(panel, people, at(1))] * AT_ONCE) == ["done"] * AT_ONCE
    assert spans() == [(person.pk, at(1), at(1)) for person in people]
    assert SessionPresence.objects.count() == 1


def test_spans_that_grow_from_all_sides_end_at_the_newest_report(racers, panel, crowd, at):
    people = crowd(30)
    racers.race([report(panel, people, at(1))])
    moments = [at(2, seconds) for seconds in (0, 10, 20, 30)]
    # Each process has its people in an order of its own.
    jobs = [report(panel, people[:: 1 if number % 2 else -1], moment) for number, moment in enumerate(moments)]
    for _ in range(5):
        assert racers.race(jobs) == ["done"] * AT_ONCE
    assert spans() == [(person.pk, at(1), at(2, 30)) for person in people]


def test_processes_that_see_different_people_lose_none(racers, panel, crowd, at):
    people = crowd(40)
    jobs = [report(panel, people[number::AT_ONCE], at(1)) for number in range(AT_ONCE)]
    assert racers.race(jobs) == ["done"] * AT_ONCE
    assert spans() == [(person.pk, at(1), at(1)) for person in people]


@pytest.mark.parametrize("round_", range(3))
def test_of_counts_at_once_the_highest_is_the_peak(racers, panel, at, round_):
    counts = {0: 30, 10: 90, 20: 40, 30: 10}
    jobs = [
        {"do": "count", "with": {"session_id": panel.pk, "present": present, "at": at(1, second).isoformat()}}
        for second, present in counts.items()
    ]
    assert racers.race(jobs) == ["done"] * len(jobs)
    told = SessionPresence.objects.get()
    assert (told.online_now, told.counted_at, told.peak, told.peak_at) == (10, at(1, 30), 90, at(1, 10))


def test_without_its_locks_the_same_race_goes_wrong(racers, panel, crowd, at):
    """The control: if this passed without locks, the tests above would prove nothing."""
    people = crowd(30)
    for minute in range(0, 300, 10):
        went = racers.race([report(panel, people, at(minute, second), unlocked=True) for second in range(AT_ONCE)])
        if went != ["done"] * AT_ONCE or len(spans()) != (minute // 10 + 1) * len(people):
            return
    pytest.fail("thirty races without locks, and nothing went wrong: these tests cannot see a race")
