"""The chair's verbs: what each does, who may, when it refuses, and that every open page learns of it."""

from datetime import timedelta

import pytest

from outbox.errors import Invalid, NotAllowed, NotThere, WrongMove
from outbox.reading import snapshot
from sessions.floor.actions import desk, listing, ordering, points, setting, standing, steps
from sessions.floor.actions.steps import locked_floor
from sessions.floor.models import Floor, Kind, Minute, Mode, Segment, Speakers, State, StoppedBy, Turn
from sessions.programme.actions import end_session
from sessions.programme.models import Access, Appointment, Session
from sessions.programme.models import State as SessionState


def topics(floor):
    return [
        f"session.{floor.pk}.speakers",
        f"session.{floor.pk}.chair",
        f"screen.{floor.pk}.{floor.screen_key}",
    ]


def rev(floor):
    return Floor.objects.get(pk=floor.pk).rev


def speaking(statements, chen, *, which=0):
    turn = statements[which]
    desk.call_turn(turn.floor_id, turn.pk, by=chen)
    return desk.start_turn(turn.floor_id, turn.pk, by=chen)


# Holding the desk


def test_a_desk_that_nobody_holds_is_taken_with_the_first_press(floor, statements, chen, followed):
    with followed(*topics(floor)) as events:
        desk.call_next(floor.pk, rev=rev(floor), by=chen)
    assert Floor.objects.get().desk_holder == chen
    assert {event.name for event in events} == {"floor.desk_taken", "floor.moved", "turn.called"}


def test_another_chair_reads_who_holds_the_desk_and_changes_nothing(floor, statements, chen, dev):
    desk.take_desk(floor.pk, by=chen)
    with pytest.raises(NotAllowed) as refused:
        desk.call_next(floor.pk, by=dev)
    assert "Chen" in str(refused.value.words)
    assert not Turn.objects.filter(state=State.CALLED).exists()


def test_a_deputy_takes_the_desk_of_a_dead_laptop_in_the_middle_of_a_speech(
    floor, statements, chen, dev, server_clock, followed
):
    speaking(statements, chen)
    server_clock.tick(60)
    with followed(*topics(floor)) as events:
        desk.take_desk(floor.pk, by=dev)
    assert {event.topic_id for event in events} == {f"session.{floor.pk}.chair"}
    server_clock.tick(30)
    desk.end_turn(floor.pk, statements[0].pk, by=dev)
    turn = Turn.objects.get(pk=statements[0].pk)
    assert (turn.state, turn.consumed_ms) == (State.COMPLETED, 90_000)
    with pytest.raises(NotAllowed):
        desk.call_next(floor.pk, by=chen)


def test_taking_it_back_and_leaving_it_are_on_record(floor, chen, dev, followed):
    desk.take_desk(floor.pk, by=chen)
    desk.take_desk(floor.pk, by=dev)
    with followed(*topics(floor)):
        desk.release_desk(floor.pk, by=dev)
    desk.release_desk(floor.pk, by=dev)
    said = list(Minute.objects.values_list("what", "by__name"))
    assert said == [("floor.desk_taken", "Chen"), ("floor.desk_taken", "Dev"), ("floor.desk_released", "Dev")]


def test_a_delegate_has_no_desk_and_a_stranger_no_session(floor, statements, ben, eve):
    with pytest.raises(NotAllowed):
        desk.call_next(floor.pk, by=ben)
    with pytest.raises(NotThere):
        desk.take_desk(floor.pk, by=eve)


def test_a_press_on_an_older_page_changes_nothing(floor, statements, chen):
    seen = rev(floor)
    desk.call_next(floor.pk, rev=seen, by=chen)
    desk.start_turn(floor.pk, statements[0].pk, rev=rev(floor), by=chen)
    desk.end_turn(floor.pk, statements[0].pk, rev=rev(floor), by=chen)
    with pytest.raises(WrongMove):
        desk.call_next(floor.pk, rev=seen, by=chen)
    assert Turn.objects.filter(state=State.CALLED).count() == 0


@pytest.mark.parametrize(("access", "told"), [(Access.REGISTERED, NotAllowed), (Access.DELEGATIONS, NotThere)])
def test_a_duty_that_is_lost_while_the_press_waits_for_the_floor_is_no_duty(
    floor, statements, chen, monkeypatch, access, told
):
    """As when the dismissal is committed while the press waits for the lock."""

    def after_waiting(session):
        Appointment.objects.filter(user=chen).delete()
        Session.objects.filter(pk=session.pk).update(access=access)
        return locked_floor(session)

    monkeypatch.setattr(steps, "locked_floor", after_waiting)
    with pytest.raises(told):
        desk.call_next(floor.pk, by=chen)
    assert not Turn.objects.filter(state=State.CALLED).exists()


# From the call to the end


def test_a_statement_from_the_call_to_the_end(floor, statements, chen, server_clock, followed):
    for verb in ("call", "start", "pause", "resume", "extend", "end"):
        server_clock.tick(10)
        with followed(*topics(floor)):
            match verb:
                case "call":
                    desk.call_next(floor.pk, by=chen)
                case _:
                    getattr(desk, f"{verb}_turn")(floor.pk, statements[0].pk, by=chen)
    turn = Turn.objects.get(pk=statements[0].pk)
    # Started at 20, paused at 30, resumed at 40, extended at 50, ended at 60.
    assert (turn.state, turn.consumed_ms, turn.allotted_ms) == (State.COMPLETED, 30_000, 210_000)
    assert list(turn.segments.values_list("ms", flat=True)) == [10_000, 20_000]


def test_nobody_is_called_while_somebody_has_the_floor(floor, statements, chen):
    desk.call_next(floor.pk, by=chen)
    with pytest.raises(WrongMove) as refused:
        desk.call_next(floor.pk, by=chen)
    assert "Fiji" in str(refused.value.words)


def test_nobody_is_called_in_a_session_that_is_not_live(floor, statements, chen):
    floor.session.state = SessionState.SUSPENDED
    floor.session.save()
    with pytest.raises(WrongMove):
        desk.call_next(floor.pk, by=chen)


def test_somebody_is_called_out_of_turn_and_once(floor, statements, chen, followed):
    with followed(*topics(floor)) as events:
        desk.call_turn(floor.pk, statements[2].pk, by=chen)
    assert "turn.called" in {event.name for event in events}
    with followed(*topics(floor), changes=False):
        desk.call_turn(floor.pk, statements[2].pk, by=chen)


def test_nobody_waits(floor, chen):
    with pytest.raises(WrongMove):
        desk.call_next(floor.pk, by=chen)


def test_a_call_is_taken_back_to_what_it_was(floor, statements, chen, ben, followed):
    listing.say_ready(statements[0].pk, by=ben)
    desk.call_next(floor.pk, by=chen)
    with followed(*topics(floor)):
        desk.take_call_back(floor.pk, statements[0].pk, by=chen)
    assert Turn.objects.get(pk=statements[0].pk).state == State.READY
    assert desk.call_next(floor.pk, by=chen).pk == statements[0].pk


@pytest.mark.parametrize("verb", ["start", "pause", "resume", "interrupt"])
def test_pressing_twice_is_pressing_once(floor, statements, chen, server_clock, verb, followed):
    desk.call_next(floor.pk, by=chen)
    ways = {"start": [], "pause": ["start"], "resume": ["start", "pause"], "interrupt": ["start"]}
    for before in [*ways[verb], verb]:
        getattr(desk, f"{before}_turn")(floor.pk, statements[0].pk, by=chen)
    server_clock.tick(5)
    with followed(*topics(floor), changes=False):
        getattr(desk, f"{verb}_turn")(floor.pk, statements[0].pk, by=chen)


def test_time_is_extended_twice_and_no_more(floor, statements, chen):
    speaking(statements, chen)
    for _ in range(2):
        desk.extend_turn(floor.pk, statements[0].pk, by=chen)
    with pytest.raises(WrongMove):
        desk.extend_turn(floor.pk, statements[0].pk, by=chen)
    assert Turn.objects.get(pk=statements[0].pk).allotted_ms == 240_000


def test_cutting_waits_for_the_time_and_its_grace(floor, statements, chen, server_clock, followed):
    speaking(statements, chen)
    server_clock.tick(194.9)
    with pytest.raises(WrongMove):
        desk.cut_turn(floor.pk, statements[0].pk, by=chen)
    server_clock.tick(0.1)
    with followed(*topics(floor)):
        desk.cut_turn(floor.pk, statements[0].pk, by=chen)
    turn = Turn.objects.get(pk=statements[0].pk)
    assert (turn.state, turn.consumed_ms) == (State.CUT, 195_000)


# Absence


def test_absent_once_is_heard_at_the_end_of_the_block_and_absent_twice_is_forfeited(floor, statements, chen, followed):
    desk.call_next(floor.pk, by=chen)
    with followed(*topics(floor)):
        desk.mark_absent(floor.pk, statements[0].pk, by=chen)
    order = [turn.pk for turn in Turn.objects.filter(state__in=("inscribed", "deferred"))]
    assert order == [statements[1].pk, statements[2].pk, statements[0].pk]
    desk.call_turn(floor.pk, statements[0].pk, by=chen)
    with followed(*topics(floor)):
        desk.mark_absent(floor.pk, statements[0].pk, by=chen)
    assert Turn.objects.get(pk=statements[0].pk).state == State.FORFEITED


def test_absent_twice_with_a_text_at_hand_is_filed(floor, statements, chen, followed):
    Turn.objects.filter(pk=statements[0].pk).update(can_be_filed=True)
    for _ in range(2):
        desk.call_turn(floor.pk, statements[0].pk, by=chen)
        with followed(*topics(floor)):
            desk.mark_absent(floor.pk, statements[0].pk, by=chen)
    assert Turn.objects.get(pk=statements[0].pk).state == State.FILED


def test_a_text_is_taken_as_read_where_there_is_one(floor, statements, chen, followed):
    with pytest.raises(WrongMove):
        desk.file_turn(floor.pk, statements[1].pk, by=chen)
    Turn.objects.filter(pk=statements[1].pk).update(can_be_filed=True)
    with followed(*topics(floor)):
        desk.file_turn(floor.pk, statements[1].pk, by=chen)
    assert Turn.objects.get(pk=statements[1].pk).state == State.FILED


# What fails


def test_an_interrupted_film_goes_on_where_it_stopped(floor, statements, chen, server_clock, followed):
    speaking(statements, chen)
    server_clock.tick(40)
    with followed(*topics(floor)):
        desk.interrupt_turn(floor.pk, statements[0].pk, reason="No sound", by=chen)
    server_clock.tick(100)
    desk.resume_turn(floor.pk, statements[0].pk, by=chen)
    turn = Turn.objects.get(pk=statements[0].pk)
    assert turn.clock.remaining_at(server_clock.at) == 140_000


def film(turn, chen):
    Turn.objects.filter(pk=turn.pk).update(mode=Mode.RECORDED)
    desk.call_turn(turn.floor_id, turn.pk, by=chen)
    return desk.start_turn(turn.floor_id, turn.pk, by=chen)


@pytest.mark.parametrize("stop", [desk.pause_turn, desk.interrupt_turn])
def test_a_film_begins_again_with_all_of_its_time_and_what_ran_stays_on_record(
    floor, statements, chen, server_clock, followed, stop
):
    turn = film(statements[0], chen)
    began_at = turn.running_since
    server_clock.tick(22.5)
    stop(floor.pk, turn.pk, by=chen)
    assert Turn.objects.get(pk=turn.pk).consumed_ms == 20_000
    server_clock.tick(30)
    with followed(*topics(floor)) as events:
        desk.start_over(floor.pk, turn.pk, by=chen)
    assert "turn.begun_again" in {event.name for event in events}
    with followed(*topics(floor), changes=False):
        desk.start_over(floor.pk, turn.pk, by=chen)
    again = Turn.objects.get(pk=turn.pk)
    assert (again.consumed_ms, again.started_at) == (0, server_clock.at)
    assert again.clock.runs_out_at() == server_clock.at + timedelta(seconds=2.5 + 180)
    server_clock.tick(12.5)
    desk.end_turn(floor.pk, turn.pk, by=chen)
    assert Turn.objects.get(pk=turn.pk).consumed_ms == 10_000
    kept = Segment.objects.filter(turn=turn).values_list("began_at", "ended_at", "ms")
    assert [ms for *_moments, ms in kept] == [0, 10_000]
    assert kept[0][:2] == (began_at, began_at + timedelta(seconds=20))


def test_a_film_that_was_put_off_to_the_end_begins_again_too(floor, statements, chen, server_clock):
    turn = film(statements[0], chen)
    server_clock.tick(22.5)
    desk.interrupt_turn(floor.pk, turn.pk, by=chen)
    desk.defer_turn(floor.pk, turn.pk, by=chen)
    desk.call_turn(floor.pk, turn.pk, by=chen)
    desk.start_over(floor.pk, turn.pk, by=chen)
    again = Turn.objects.get(pk=turn.pk)
    assert (again.state, again.consumed_ms, again.allotted_ms) == (State.SPEAKING, 0, 180_000)


def test_a_film_that_runs_is_not_begun_again_by_a_press_that_comes_late(floor, statements, chen, server_clock):
    turn = film(statements[0], chen)
    server_clock.tick(22.5)
    desk.pause_turn(floor.pk, turn.pk, by=chen)
    desk.resume_turn(floor.pk, turn.pk, by=chen)
    with pytest.raises(WrongMove):
        desk.start_over(floor.pk, turn.pk, by=chen)
    assert Turn.objects.get(pk=turn.pk).consumed_ms == 20_000


def test_only_a_film_begins_again_and_not_while_a_point_of_order_is_open(floor, statements, chen, finland):
    speaking(statements, chen)
    desk.interrupt_turn(floor.pk, statements[0].pk, by=chen)
    with pytest.raises(WrongMove):
        desk.start_over(floor.pk, statements[0].pk, by=chen)
    Turn.objects.filter(pk=statements[0].pk).update(mode=Mode.RECORDED)
    points.note_point(floor.pk, delegation_id=finland.pk, by=chen)
    with pytest.raises(WrongMove):
        desk.start_over(floor.pk, statements[0].pk, by=chen)


def test_an_interrupted_film_is_said_live_with_the_time_that_is_left(floor, statements, chen, server_clock, followed):
    speaking(statements, chen)
    server_clock.tick(40)
    desk.interrupt_turn(floor.pk, statements[0].pk, by=chen)
    with followed(*topics(floor)):
        desk.go_on_live(floor.pk, statements[0].pk, mode=Mode.ROOM, by=chen)
    desk.resume_turn(floor.pk, statements[0].pk, by=chen)
    turn = Turn.objects.get(pk=statements[0].pk)
    assert (turn.mode, turn.clock.remaining_at(server_clock.at)) == (Mode.ROOM, 140_000)
    with pytest.raises(Invalid):
        desk.go_on_live(floor.pk, statements[1].pk, mode=Mode.RECORDED, by=chen)


def test_an_interrupted_film_is_put_off_to_the_end_of_its_block(floor, statements, chen, followed):
    speaking(statements, chen)
    desk.interrupt_turn(floor.pk, statements[0].pk, by=chen)
    with followed(*topics(floor)):
        desk.defer_turn(floor.pk, statements[0].pk, by=chen)
    turn = Turn.objects.get(pk=statements[0].pk)
    assert (turn.state, turn.absent_count) == (State.PUT_OFF, 0)
    assert desk.call_next(floor.pk, by=chen).pk == statements[1].pk


def test_whoever_was_put_off_is_said_to_be_heard_later_and_not_to_be_absent(floor, statements, chen):
    speaking(statements, chen)
    desk.interrupt_turn(floor.pk, statements[0].pk, by=chen)
    desk.defer_turn(floor.pk, statements[0].pk, by=chen)
    said = snapshot(f"session.{floor.pk}.chair").cards["floor"]["script"]["en"]
    assert said == ["Fiji will be heard at the end.", "The next speaker is Finland."]
    desk.call_turn(floor.pk, statements[0].pk, by=chen)
    desk.take_call_back(floor.pk, statements[0].pk, by=chen)
    assert Turn.objects.get(pk=statements[0].pk).state == State.PUT_OFF


@pytest.mark.parametrize("has_text", [True, False])
def test_what_is_given_in_writing_has_no_clock_to_start(floor, statements, chen, has_text):
    turn = statements[1]
    Turn.objects.filter(pk=turn.pk).update(mode=Mode.WRITTEN, can_be_filed=has_text)
    desk.call_turn(floor.pk, turn.pk, by=chen)
    with pytest.raises(WrongMove) as refused:
        desk.start_turn(floor.pk, turn.pk, by=chen)
    assert "It is given in writing" in str(refused.value.words)
    if has_text:
        desk.file_turn(floor.pk, turn.pk, by=chen)
        assert Turn.objects.get(pk=turn.pk).state == State.FILED
    else:
        desk.go_on_live(floor.pk, turn.pk, mode=Mode.ROOM, by=chen)
        assert desk.start_turn(floor.pk, turn.pk, by=chen).state == State.SPEAKING


def put_off(turn, chen):
    desk.call_turn(turn.floor_id, turn.pk, by=chen)
    desk.start_turn(turn.floor_id, turn.pk, by=chen)
    desk.interrupt_turn(turn.floor_id, turn.pk, by=chen)
    desk.defer_turn(turn.floor_id, turn.pk, by=chen)


def absent(turn, chen):
    desk.call_turn(turn.floor_id, turn.pk, by=chen)
    desk.mark_absent(turn.floor_id, turn.pk, by=chen)


def said_ready(turn, chen):
    standing.set_ready(turn, ready=True, by=chen)


@pytest.mark.parametrize(
    ("before", "was"),
    [
        ((), State.INSCRIBED),
        ((said_ready,), State.READY),
        ((absent,), State.DEFERRED),
        ((put_off,), State.PUT_OFF),
        ((absent, put_off), State.PUT_OFF),
        ((put_off, absent), State.DEFERRED),
    ],
)
@pytest.mark.parametrize("taken_back", [desk.take_call_back, lambda pk, _turn, by: end_session(pk, by=by)])
def test_a_call_that_is_taken_back_leads_to_where_it_came_from(
    floor, statements, chen, before, was, taken_back, followed
):
    for happens in before:
        happens(statements[0], chen)
    assert Turn.objects.get(pk=statements[0].pk).state == was
    desk.call_turn(floor.pk, statements[0].pk, by=chen)
    with followed(*topics(floor)):
        taken_back(floor.pk, statements[0].pk, by=chen)
    assert Turn.objects.get(pk=statements[0].pk).state == was


# A press on a page that has not seen it all


def test_a_hand_that_goes_up_and_down_leaves_the_chairs_press_right(floor, statements, chen, ben, followed):
    seen = rev(floor)
    with followed(*topics(floor)):
        turn = listing.join_list(floor.pk, kind=Kind.COMMENT, by=ben)
    with followed(*topics(floor)):
        listing.leave_list(turn.pk, by=ben)
    standing.change_turn(statements[2], name="Ms Ama Mensah", by=None)
    assert rev(floor) == seen
    assert desk.call_next(floor.pk, rev=seen, by=chen).pk == statements[0].pk


def test_but_not_where_it_would_concern_somebody_else_or_them_in_another_way(floor, statements, chen, followed):
    for change in (
        lambda: standing.swap_places(floor.session, statements[0].pk, statements[1].pk, words="Agreed", by=None),
        lambda: standing.change_turn(statements[1], mode=Mode.WRITTEN, by=None),
        lambda: standing.withdraw_statement(statements[1], by=None),
    ):
        seen = rev(floor)
        with followed(*topics(floor)):
            change()
        with pytest.raises(WrongMove):
            desk.call_next(floor.pk, rev=seen, by=chen)


# The list


def test_the_list_opens_and_closes(floor, chen, followed):
    with followed(*topics(floor)):
        ordering.close_list(floor.pk, by=chen)
    with followed(*topics(floor)):
        ordering.open_list(floor.pk, by=chen)
    with followed(*topics(floor), changes=False):
        ordering.open_list(floor.pk, by=chen)


def test_a_turn_is_moved_for_a_reason_that_stays_on_record(floor, statements, chen, followed):
    desk.take_desk(floor.pk, by=chen)
    with pytest.raises(Invalid):
        ordering.move_turn(floor.pk, statements[2].pk, place=1, reason=" ", by=chen)
    with followed(*topics(floor)) as events:
        ordering.move_turn(floor.pk, statements[2].pk, place=1, reason="The minister has a plane to catch.", by=chen)
    assert {event.name for event in events} == {"floor.reordered"}
    assert Minute.objects.get(what="floor.reordered").words == "The minister has a plane to catch."
    assert desk.call_next(floor.pk, by=chen).pk == statements[2].pk


@pytest.mark.parametrize("place", [0, 4])
def test_a_place_that_is_not_there_is_refused(floor, statements, chen, place):
    with pytest.raises(Invalid):
        ordering.move_turn(floor.pk, statements[2].pk, place=place, reason="Because", by=chen)


def test_an_order_names_each_that_waits_once(floor, statements, chen, followed):
    ids = [turn.pk for turn in statements]
    for wrong in (ids[:2], [*ids, ids[0]], [ids[0], ids[0], ids[1]], [*ids[:2], 10**9]):
        with pytest.raises(Invalid):
            ordering.set_order(floor.pk, wrong, reason="Because", by=chen)
    with followed(*topics(floor)):
        ordering.set_order(floor.pk, ids[::-1], reason="By seniority", by=chen)
    with followed(*topics(floor), changes=False):
        ordering.set_order(floor.pk, ids[::-1], reason="By seniority", by=chen)
    assert list(Turn.objects.values_list("pk", flat=True)) == ids[::-1]


def test_the_desk_adds_somebody_who_asked_in_the_room(floor, statements, chen, finland, followed):
    with followed(*topics(floor)):
        turn = ordering.add_turn(floor.pk, kind=Kind.COMMENT, delegation_id=finland.pk, by=chen)
    assert (turn.allotted_ms, turn.state) == (90_000, State.INSCRIBED)
    for wrong in ({"kind": Kind.STATEMENT, "delegation_id": finland.pk}, {"kind": Kind.COMMENT}):
        with pytest.raises(Invalid):
            ordering.add_turn(floor.pk, by=chen, **wrong)


def test_a_hand_that_the_desk_adds_says_on_which_statement_and_a_reply_on_none(
    floor, statements, chen, finland, followed
):
    about, other = statements[0].pk, statements[1].pk
    with followed(*topics(floor)):
        turn = ordering.add_turn(floor.pk, kind=Kind.COMMENT, delegation_id=finland.pk, about_id=about, by=chen)
    assert turn.about_id == about
    assert list(Turn.objects.filter(floor=floor).values_list("pk", flat=True))[:3] == [about, turn.pk, other]
    with pytest.raises(NotThere):
        ordering.add_turn(floor.pk, kind=Kind.COMMENT, delegation_id=finland.pk, about_id=turn.pk, by=chen)
    reply = ordering.add_turn(floor.pk, kind=Kind.REPLY, delegation_id=finland.pk, about_id=about, by=chen)
    assert reply.about_id is None


def test_the_desk_strikes_a_turn_for_a_reason(floor, statements, chen, followed):
    with followed(*topics(floor)):
        ordering.strike_turn(floor.pk, statements[1].pk, reason="The delegation asked for it.", by=chen)
    assert Turn.objects.get(pk=statements[1].pk).state == State.WITHDRAWN
    assert Minute.objects.get(what="turn.withdrawn").words == "The delegation asked for it."


def test_a_clock_that_a_point_stopped_stays_stopped_where_the_chair_says_so(floor, statements, chen, followed):
    speaking(statements, chen)
    Turn.objects.filter(pk=statements[0].pk).update(state=State.PAUSED, running_since=None, stopped_by=StoppedBy.POINT)
    with followed(*topics(floor)):
        desk.pause_turn(floor.pk, statements[0].pk, by=chen)
    assert Turn.objects.get(pk=statements[0].pk).stopped_by == StoppedBy.DESK


# The big screen


def test_a_new_address_of_the_screen_ends_the_old_one(floor, statements, chen, followed):
    speaking(statements, chen)
    with followed(*topics(floor)) as events:
        setting.renew_screen_key(floor.pk, by=chen)
    assert "floor.screen_renewed" in {event.name for event in events}
    assert Floor.objects.get(pk=floor.pk).screen_key != floor.screen_key


def test_the_first_press_makes_the_floor(panel, chen, followed):
    with followed(f"session.{panel.pk}.speakers", f"session.{panel.pk}.chair") as events:
        desk.take_desk(panel.pk, by=chen)
    assert "floor.opened" in {event.name for event in events}
    assert Floor.objects.get().speakers == Speakers.PARTICIPANTS


def test_consumed_is_what_the_segments_are(floor, statements, chen, server_clock):
    speaking(statements, chen)
    for seconds in (3.25, 0.001, 7):
        server_clock.tick(seconds)
        desk.pause_turn(floor.pk, statements[0].pk, by=chen)
        server_clock.tick(1)
        desk.resume_turn(floor.pk, statements[0].pk, by=chen)
    desk.end_turn(floor.pk, statements[0].pk, by=chen)
    turn = Turn.objects.get(pk=statements[0].pk)
    assert turn.consumed_ms == sum(Segment.objects.filter(turn=turn).values_list("ms", flat=True)) == 10_251


def test_the_floor_is_made_once(panel, chen):
    assert desk.take_desk(panel.pk, by=chen).pk == desk.take_desk(panel.pk, by=chen).pk
    assert Floor.objects.count() == 1


def test_reasons_and_names_at_the_desk_can_be_seen(floor, statements, chen):
    for field, verb in {
        "name": lambda words: ordering.add_turn(floor.pk, kind=Kind.COMMENT, name=words, by=chen),
        "function": lambda words: ordering.add_turn(floor.pk, kind=Kind.COMMENT, name="Ada", function=words, by=chen),
        "reason": lambda words: ordering.strike_turn(floor.pk, statements[0].pk, reason=words, by=chen),
    }.items():
        with pytest.raises(Invalid) as refused:
            verb("Left \u202ereverof")
        assert set(refused.value.fields) == {field}
