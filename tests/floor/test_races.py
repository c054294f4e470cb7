"""Two at the same moment: connections on PostgreSQL, processes on SQLite; and a control without the lock."""

from uuid import uuid4

import pytest
from django.utils import timezone

from accounts.models import User
from sessions.floor.actions import desk
from sessions.floor.models import Floor, Kind, PointOfOrder, State, Turn
from sessions.programme.models import Appointment, Duty

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(180)]

AT_ONCE = 4


def send(name, by, **payload):
    return {"do": "command", "with": {"name": name, "by": by.pk, "payload": payload, "command_id": str(uuid4())}}


def rev(floor):
    return Floor.objects.get(pk=floor.pk).rev


def called():
    return Turn.objects.filter(state=State.CALLED).count()


def test_a_chair_with_two_laptops_calls_one_speaker(racers, floor, statements, chen):
    desk.take_desk(floor.pk, by=chen)
    seen = rev(floor)
    went = racers.race([send("desk.call_next", chen, session_id=floor.pk, rev=seen) for _ in range(AT_ONCE)])
    assert sorted(went) == ["done"] + ["wrong_move"] * (AT_ONCE - 1)
    assert called() == 1


def test_one_press_that_is_sent_by_two_ways_is_one(racers, floor, statements, chen):
    went = racers.race([send("desk.call_next", chen, session_id=floor.pk, rev=rev(floor))] * AT_ONCE)
    assert went == ["done"] * AT_ONCE
    assert called() == 1


def test_two_chairs_at_a_free_desk_call_one_speaker(racers, floor, statements, chen, dev):
    seen = rev(floor)
    went = racers.race([send("desk.call_next", by, session_id=floor.pk, rev=seen) for by in (chen, dev)])
    assert sorted(went) == ["done", "not_allowed"]
    assert called() == 1
    assert Floor.objects.get().desk_holder in (chen, dev)


def test_ending_a_speech_and_raising_a_point_at_once_leave_no_clock_running(racers, floor, statements, chen, vera):
    desk.call_next(floor.pk, by=chen)
    desk.start_turn(floor.pk, statements[0].pk, by=chen)
    went = racers.race(
        [
            send("desk.end", chen, session_id=floor.pk, turn_id=statements[0].pk, rev=rev(floor)),
            send("floor.raise_point", vera, session_id=floor.pk),
        ]
    )
    assert went[1] == "done"
    assert went[0] in ("done", "wrong_move")
    turn = Turn.objects.get(pk=statements[0].pk)
    assert turn.running_since is None
    assert turn.state == (State.COMPLETED if went[0] == "done" else State.PAUSED)
    assert PointOfOrder.objects.count() == 1


def test_a_delegation_that_asks_from_many_phones_is_once_on_the_list(racers, floor, ben):
    went = racers.race([send("floor.join", ben, session_id=floor.pk, kind="comment") for _ in range(AT_ONCE)])
    assert went == ["done"] * AT_ONCE
    assert Turn.objects.filter(kind=Kind.COMMENT).count() == 1


def test_delegations_that_ask_at_once_are_all_on_the_list_each_at_a_place_of_its_own(racers, floor, ben, vera, gus):
    went = racers.race([send("floor.join", by, session_id=floor.pk, kind="comment") for by in (ben, vera, gus)])
    assert went == ["done"] * 3
    assert len(set(Turn.objects.values_list("block", "position"))) == 3


def test_the_first_presses_ever_make_one_floor(racers, panel, chen, dev):
    went = racers.race([send("desk.take", by, session_id=panel.pk) for by in (chen, dev)])
    assert went == ["done"] * 2
    assert Floor.objects.count() == 1


def test_a_chair_who_is_dismissed_while_the_press_waits_for_the_floor_presses_for_nothing(
    racers, panel, floor, fiji, chen, olga
):
    for _ in range(5):
        Floor.objects.update(desk_holder=None)
        duty, _made = Appointment.objects.get_or_create(session=panel, user=chen, duty=Duty.CHAIR)
        dismissal = {"do": "dismiss", "with": {"appointment": duty.pk, "by": olga.pk}}
        desk_was, went = racers.race([dismissal, send("desk.take", chen, session_id=floor.pk)])
        assert (desk_was, went) in (("held", "done"), ("free", "not_allowed"))
        assert not Appointment.objects.filter(user=chen).exists()


def test_whoever_leaves_for_good_undoes_no_press_of_the_chair(racers, floor, fiji, chen):
    desk.take_desk(floor.pk, by=chen)
    for number in range(5):
        speaker = User.objects.create_user(f"speaker{number}@example.org", name=f"Speaker {number}")
        facts = {"floor": floor, "kind": Kind.COMMENT, "person": speaker, "name": speaker.name, "allotted_ms": 90_000}
        Turn.objects.bulk_create([Turn(**facts, delegation=fiji, state=State.FORFEITED) for _ in range(40)])
        turn = Turn.objects.create(**facts, delegation=fiji, state=State.CALLED, called_at=timezone.now())
        start = send("desk.start", chen, session_id=floor.pk, turn_id=turn.pk, rev=rev(floor))
        assert racers.race([{"do": "leave", "with": {"person": speaker.pk}}, start]) == ["left", "done"]
        turn.refresh_from_db()
        assert (turn.state, turn.person, turn.name) == (State.SPEAKING, None, "")
        desk.end_turn(floor.pk, turn.pk, by=chen)


def test_without_the_lock_the_same_race_goes_wrong(racers, floor, ben, vera, gus):
    """The control: if this passed without locks, the tests above would prove nothing."""
    for _ in range(30):
        Turn.objects.all().delete()
        jobs = [{"do": "join", "with": {"session_id": floor.pk, "by": by.pk}} for by in (ben, ben, vera, gus)]
        went = racers.race([job | {"unlocked": True} for job in jobs])
        places = list(Turn.objects.values_list("block", "position"))
        if any(how.startswith("error") for how in went) or len(places) != 3 or len(set(places)) != 3:
            return
    pytest.fail("thirty races without locks, and nothing was lost: these tests cannot see a race")
