"""Processes report who follows a session's page, and the ledger says who was there from when to when."""

import threading
from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, connections, transaction
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from outbox.registry import kind_of
from sessions.attendance import actions
from sessions.attendance.actions import note_count, note_left, note_online
from sessions.attendance.models import Attendance, How, SessionPresence
from sessions.attendance.queries import counted
from sessions.programme.actions import remove_session
from sessions.programme.models import Session, State

pytestmark = pytest.mark.django_db


def spans(person) -> list[tuple]:
    return list(Attendance.objects.filter(user=person).order_by("from_at").values_list("from_at", "to_at"))


def test_whoever_is_seen_every_minute_was_there_without_interruption(reported, ben, at):
    reported(3, 12, ben)
    assert spans(ben) == [(at(3), at(12))]


def test_a_report_that_is_late_interrupts_nobody(panel, ben, at):
    for moment in (at(1), at(3, 30), at(4)):
        note_online(panel.pk, user_ids=[ben.pk], at=moment)
    assert spans(ben) == [(at(1), at(4))]


def test_whoever_was_away_for_three_minutes_comes_back_to_a_new_span(reported, ben, at):
    reported(1, 4, ben)
    reported(7, 9, ben)
    assert spans(ben) == [(at(1), at(4)), (at(7), at(9))]
    assert Attendance.objects.get(is_latest=True).from_at == at(7)


def test_one_person_seen_by_two_processes_is_there_once(panel, ben, at):
    for moment in (at(1), at(1), at(1, 20), at(2), at(2, 20)):
        note_online(panel.pk, user_ids=[ben.pk, ben.pk], at=moment)
    assert spans(ben) == [(at(1), at(2, 20))]


def test_a_report_that_comes_twice_or_after_a_newer_one_changes_nothing(reported, panel, ben, at):
    reported(1, 5, ben)
    for moment in (at(5), at(3), at(0)):
        note_online(panel.pk, user_ids=[ben.pk], at=moment)
    assert spans(ben) == [(at(1), at(5))]


def test_a_process_that_is_killed_loses_the_last_minute_alone(reported, ben, ada, at):
    reported(1, 5, ben, ada)
    # The process dies here; Ada's page finds another one within a minute and a half.
    reported(7, 9, ada)
    assert spans(ben) == [(at(1), at(5))]
    assert spans(ada) == [(at(1), at(9))]


def test_whoever_leaves_was_there_until_then(reported, panel, ben, at):
    reported(1, 5, ben)
    note_left(panel.pk, user_ids=[ben.pk], at=at(5, 40))
    assert spans(ben) == [(at(1), at(5, 40))]


def test_whoever_leaves_one_process_and_is_still_in_another_is_not_interrupted(reported, panel, ben, at):
    reported(1, 5, ben)
    note_left(panel.pk, user_ids=[ben.pk], at=at(5, 40))
    reported(6, 8, ben)
    assert spans(ben) == [(at(1), at(8))]


def test_a_word_of_leaving_that_comes_late_takes_no_minute_away(reported, panel, ben, at):
    reported(1, 9, ben)
    note_left(panel.pk, user_ids=[ben.pk], at=at(5))
    note_left(panel.pk, user_ids=[ben.pk], at=at(20))
    assert spans(ben) == [(at(1), at(9))]


def test_leaving_says_nothing_of_somebody_who_was_never_seen(panel, ben, at):
    note_left(panel.pk, user_ids=[ben.pk], at=at(5))
    assert spans(ben) == []


def test_what_is_online_leaves_what_is_in_the_room_alone(was_present, reported, panel, ben, at):
    was_present(ben, 0, 4, How.IN_ROOM)
    reported(4, 5, ben)
    note_left(panel.pk, user_ids=[ben.pk], at=at(5, 30))
    assert spans(ben) == [(at(0), at(4)), (at(4), at(5, 30))]


def test_people_who_were_deleted_meanwhile_are_passed_over(reported, panel, ben, eve, at):
    reported(1, 2, ben, eve)
    gone = eve.pk
    eve.delete()
    note_online(panel.pk, user_ids=[ben.pk, gone, gone + 1000], at=at(3))
    note_left(panel.pk, user_ids=[gone], at=at(3))
    assert spans(ben) == [(at(1), at(3))]
    assert set(Attendance.objects.values_list("user_id", flat=True)) == {ben.pk}


@pytest.mark.django_db(transaction=True)
def test_somebody_deleted_between_the_look_and_the_commit_costs_nobody_else_a_minute(panel, ben, eve, at, monkeypatch):
    really, looks, deletion = actions._begin, [], threading.Thread(target=deleted, args=[eve.pk])

    def begin(session_id, how, user_ids, moment):
        really(session_id, how, user_ids, moment)
        if not looks:
            deletion.start()
            if connection.vendor != "sqlite":  # where a deletion waits for our commit
                deletion.join()
        looks.append(user_ids)

    monkeypatch.setattr(actions, "_begin", begin)
    note_online(panel.pk, user_ids=[ben.pk, eve.pk], at=at(1))
    deletion.join()
    assert len(looks) == (1 if connection.vendor == "sqlite" else 2)
    assert list(Attendance.objects.values_list("user_id", "to_at")) == [(ben.pk, at(1))]


def deleted(user_id: int) -> None:
    try:
        User.objects.get(pk=user_id).delete()
    finally:
        connections.close_all()


def test_a_session_that_is_gone_is_passed_over(panel, ben, at):
    gone = panel.pk
    panel.delete()
    note_online(gone, user_ids=[ben.pk], at=at(1))
    note_left(gone, user_ids=[ben.pk], at=at(1))
    note_count(gone, present=5, at=at(1))
    assert not Attendance.objects.exists()
    assert not SessionPresence.objects.exists()


def test_a_session_that_is_taken_out_takes_its_ledger_along(panel, ben, olga, at):
    Session.objects.update(state=State.SCHEDULED, went_live_at=None)
    note_online(panel.pk, user_ids=[ben.pk], at=at(-5))
    note_count(panel.pk, present=1, at=at(-5))
    assert Attendance.objects.count() == SessionPresence.objects.count() == 1
    remove_session(panel.pk, by=olga)
    assert Attendance.objects.count() == SessionPresence.objects.count() == 0


@pytest.mark.parametrize(
    ("state", "moment", "is_kept"),
    [
        (State.SCHEDULED, (-16, 0), False),
        (State.SCHEDULED, (-15, 0), True),
        (State.SCHEDULED, (10, 0), True),  # it begins late
        (State.SCHEDULED, (61, 0), False),
        (State.LIVE, (90, 0), True),
        (State.SUSPENDED, (30, 0), True),
        (State.ENDED, (62, 30), True),
        (State.ENDED, (62, 31), False),
    ],
)
def test_an_open_page_is_presence_around_the_session_only(panel, ben, at, state, moment, is_kept):
    Session.objects.update(state=state, ended_at=at(60) if state == State.ENDED else None)
    note_online(panel.pk, user_ids=[ben.pk], at=at(*moment))
    assert Attendance.objects.exists() == is_kept


def test_nobody_is_no_report(panel, at, django_assert_num_queries):
    with django_assert_num_queries(0):
        note_online(panel.pk, user_ids=frozenset(), at=at(1))
        note_left(panel.pk, user_ids=frozenset(), at=at(1))


# How many


def test_the_peak_is_the_highest_and_when_it_was_reached_first(panel, at, clock):
    for minute, present in enumerate([3, 9, 7, 9, 2], start=1):
        note_count(panel.pk, present=present, at=at(minute))
    clock(5, 30)
    told = counted(panel)
    assert (told.online_now, told.peak, told.peak_at) == (2, 9, at(2))


def test_an_older_count_may_raise_the_peak_and_never_says_what_is_now(panel, at, clock):
    note_count(panel.pk, present=5, at=at(4))
    note_count(panel.pk, present=8, at=at(3))
    clock(4)
    told = counted(panel)
    assert (told.online_now, told.peak, told.peak_at) == (5, 8, at(3))


def test_a_hall_that_is_not_reported_any_more_is_empty(panel, at, clock):
    note_count(panel.pk, present=5, at=at(4))
    clock(6, 30)
    assert counted(panel).online_now == 5
    clock(6, 31)
    told = counted(panel)
    assert (told.online_now, told.peak) == (0, 5)


def test_who_waits_at_the_door_is_here_now_and_no_peak(panel, at, clock):
    Session.objects.update(state=State.SCHEDULED, went_live_at=None)
    note_count(panel.pk, present=40, at=at(-2))
    clock(-2)
    told = counted(panel)
    assert (told.online_now, told.peak, told.peak_at) == (40, 0, None)


def test_a_session_nobody_ever_looked_at_had_nobody(panel):
    told = counted(panel)
    assert (told.online_now, told.peak, told.peak_at) == (0, 0, None)


# What the database holds


@pytest.mark.parametrize(
    "wrong",
    [
        {"to_at": timedelta(minutes=-1)},
        {"how": "by_phone"},
        {"from_at": timedelta(minutes=10), "to_at": timedelta(minutes=20)},  # a second newest one
        {"is_latest": False},  # another one that begins with the first
    ],
    ids=["ends before it begins", "of no kind", "two that grow", "two that begin together"],
)
def test_the_database_refuses_a_span_that_cannot_be(panel, ben, at, wrong):
    Attendance.objects.create(session=panel, user=ben, how=How.ONLINE, from_at=at(0), to_at=at(5))
    moments = {name: at(0) + wrong.get(name, timedelta()) for name in ("from_at", "to_at")}
    fields = {"how": How.ONLINE, **wrong, **moments}
    with pytest.raises(IntegrityError), transaction.atomic():
        Attendance.objects.create(session=panel, user=ben, **fields)
    assert Attendance.objects.count() == 1


# What it costs


def queries_of(work) -> int:
    with CaptureQueriesContext(
        connection,
    ) as captured:
        work()
    return len(captured)


def test_a_hall_costs_as_many_queries_as_one_person(panel, crowd, at):
    people = [person.pk for person in crowd(140)]
    note_online(panel.pk, user_ids=people[:1], at=at(0))  # the session's row is there

    def report(count: int, minute: int) -> int:
        return queries_of(lambda: note_online(panel.pk, user_ids=people[:count], at=at(minute)))

    assert report(1, 10) == report(3, 20) == report(140, 30)  # all newcomers
    assert report(140, 31) < report(140, 40)  # nobody is new
    assert queries_of(lambda: note_left(panel.pk, user_ids=people, at=at(40, 30))) == queries_of(
        lambda: note_left(panel.pk, user_ids=people[:1], at=at(40, 40))
    )


# Where it comes from


def test_the_topic_of_a_sessions_page_feeds_the_ledger(panel, ben, at, clock):
    kind, numbers = kind_of(f"session.{panel.pk}.floor")
    kind.attended(**numbers, user_ids=frozenset({ben.pk}), at=at(1))
    kind.left(**numbers, user_ids=frozenset({ben.pk}), at=at(1, 30))
    kind.counted(**numbers, present=12, at=at(2))
    clock(2)
    assert spans(ben) == [(at(1), at(1, 30))]
    assert counted(panel).online_now == 12
