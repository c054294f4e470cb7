"""Asking for the floor: who may, when, in whose name, and where it comes on the list."""

import pytest
from django.contrib.auth.models import AnonymousUser
from django.utils import timezone

from accounts.leaving import leave
from outbox.changes import record
from outbox.errors import NotAllowed, NotThere, SignInFirst, WrongMove
from sessions.floor.actions import desk, listing, ordering, standing
from sessions.floor.actions.notices import acknowledge_notice, send_notice
from sessions.floor.models import Floor, Kind, Mode, Speakers, State, Turn
from sessions.programme.actions import go_live
from sessions.programme.models import State as SessionState


def topics(floor):
    return [f"session.{floor.pk}.speakers", f"session.{floor.pk}.chair", f"screen.{floor.pk}.{floor.screen_key}"]


def order(floor):
    return [str(turn.delegation or turn.name) for turn in Turn.objects.filter(floor=floor).exclude(state="withdrawn")]


def test_a_delegate_asks_for_the_floor_and_everybody_sees_who_waits(floor, ben, followed):
    with followed(*topics(floor)) as events:
        turn = listing.join_list(floor.pk, kind=Kind.COMMENT, by=ben)
    assert {event.name for event in events} == {"floor.moved", "turn.inscribed"}
    assert (turn.delegation.name.localize("en"), turn.name, turn.allotted_ms) == ("Fiji", "Ben", 90_000)


def test_asking_twice_is_asking_once(floor, ben, followed):
    first = listing.join_list(floor.pk, kind=Kind.COMMENT, by=ben)
    with followed(*topics(floor), changes=False):
        assert listing.join_list(floor.pk, kind=Kind.COMMENT, by=ben).pk == first.pk


def test_in_a_panel_everybody_may_raise_a_hand_in_their_own_name(floor, ada, followed):
    with pytest.raises(NotAllowed):
        listing.join_list(floor.pk, kind=Kind.QUESTION, by=ada)
    Floor.objects.update(speakers=Speakers.PARTICIPANTS)
    with followed(*topics(floor)):
        turn = listing.join_list(floor.pk, kind=Kind.QUESTION, by=ada)
    assert (turn.delegation, turn.name) == (None, "Ada")


def test_strangers_find_nothing_and_whoever_is_not_signed_in_signs_in_first(floor, eve):
    with pytest.raises(NotThere):
        listing.join_list(floor.pk, kind=Kind.COMMENT, by=eve)
    with pytest.raises(SignInFirst):
        listing.join_list(floor.pk, kind=Kind.COMMENT, by=AnonymousUser())


def test_a_closed_list_takes_nobody(floor, ben, chen):
    ordering.close_list(floor.pk, by=chen)
    with pytest.raises(WrongMove):
        listing.join_list(floor.pk, kind=Kind.COMMENT, by=ben)


def test_a_full_list_takes_nobody(floor, ben, vera):
    Floor.objects.update(longest_list=1)
    listing.join_list(floor.pk, kind=Kind.COMMENT, by=ben)
    with pytest.raises(WrongMove):
        listing.join_list(floor.pk, kind=Kind.COMMENT, by=vera)


def test_nobody_puts_a_statement_on_the_list_by_asking(floor, ben):
    with pytest.raises(NotAllowed):
        listing.join_list(floor.pk, kind=Kind.STATEMENT, by=ben)
    with pytest.raises(NotAllowed):
        listing.join_list(floor.pk, kind=Kind.COMMENT, mode=Mode.RECORDED, by=ben)


def test_a_comment_on_a_statement_comes_right_behind_it_and_a_reply_at_the_end(floor, statements, ben, vera, gus):
    listing.join_list(floor.pk, kind=Kind.REPLY, by=gus)
    listing.join_list(floor.pk, kind=Kind.COMMENT, about_id=statements[0].pk, by=vera)
    listing.join_list(floor.pk, kind=Kind.QUESTION, about_id=statements[0].pk, by=ben)
    kinds = [(str(turn.delegation), turn.kind) for turn in Turn.objects.filter(floor=floor)]
    assert kinds == [
        ("Fiji", Kind.STATEMENT),
        ("Finland", Kind.COMMENT),
        ("Fiji", Kind.QUESTION),
        ("Finland", Kind.STATEMENT),
        ("Ghana", Kind.STATEMENT),
        ("Ghana", Kind.REPLY),
    ]


def test_a_delegation_waits_once_for_each_statement_that_it_comments_on(floor, statements, gus):
    first = listing.join_list(floor.pk, kind=Kind.COMMENT, about_id=statements[0].pk, by=gus)
    second = listing.join_list(floor.pk, kind=Kind.COMMENT, about_id=statements[1].pk, by=gus)
    assert second.pk != first.pk
    assert listing.join_list(floor.pk, kind=Kind.COMMENT, about_id=statements[1].pk, by=gus).pk == second.pk


def test_a_remark_is_on_a_statement_of_this_session(floor, statements, ben):
    with pytest.raises(NotThere):
        listing.join_list(floor.pk, kind=Kind.COMMENT, about_id=10**9, by=ben)


def test_a_delegation_has_two_replies_the_second_shorter_also_with_a_closed_list(floor, ben, chen, followed):
    ordering.close_list(floor.pk, by=chen)
    first = listing.join_list(floor.pk, kind=Kind.REPLY, by=ben)
    Turn.objects.filter(pk=first.pk).update(state=State.COMPLETED)
    with followed(*topics(floor)):
        second = listing.join_list(floor.pk, kind=Kind.REPLY, by=ben)
    assert (first.allotted_ms, second.allotted_ms) == (180_000, 120_000)
    Turn.objects.filter(pk=second.pk).update(state=State.COMPLETED)
    with pytest.raises(WrongMove):
        listing.join_list(floor.pk, kind=Kind.REPLY, by=ben)


def test_a_reply_waits_until_the_session_is_on(floor, ben):
    floor.session.state = SessionState.SCHEDULED
    floor.session.save()
    with pytest.raises(WrongMove):
        listing.join_list(floor.pk, kind=Kind.REPLY, by=ben)


def test_whoever_waits_takes_it_back_and_nobody_else_does(floor, ben, vera, followed):
    turn = listing.join_list(floor.pk, kind=Kind.COMMENT, by=ben)
    with pytest.raises(NotThere):
        listing.leave_list(turn.pk, by=vera)
    with followed(*topics(floor)):
        listing.leave_list(turn.pk, by=ben)
    listing.leave_list(turn.pk, by=ben)
    assert order(floor) == []
    with pytest.raises(NotThere):
        listing.leave_list(10**9, by=ben)


def test_whoever_has_the_floor_cannot_leave_the_list(floor, ben, chen):
    turn = listing.join_list(floor.pk, kind=Kind.COMMENT, by=ben)
    desk.call_next(floor.pk, by=chen)
    with pytest.raises(WrongMove):
        listing.leave_list(turn.pk, by=ben)


def test_a_statement_is_taken_back_until_the_session_begins(floor, statements, ben):
    with pytest.raises(WrongMove):
        listing.leave_list(statements[0].pk, by=ben)
    floor.session.state = SessionState.SCHEDULED
    floor.session.save()
    listing.leave_list(statements[0].pk, by=ben)


def test_ready_is_said_and_taken_back(floor, statements, ben, vera, followed):
    with followed(*topics(floor)) as events:
        listing.say_ready(statements[0].pk, by=ben)
    assert {event.name for event in events} == {"turn.ready_changed"}
    with followed(*topics(floor)):
        listing.say_ready(statements[0].pk, ready=False, by=ben)
    with pytest.raises(NotThere):
        listing.say_ready(statements[0].pk, by=vera)


@pytest.mark.parametrize("ready", [True, False])
def test_an_answer_that_crosses_the_call_does_not_take_it_back(floor, statements, ben, chen, ready, again, followed):
    desk.call_next(floor.pk, by=chen)
    with followed(*topics(floor), changes=False), pytest.raises(WrongMove):
        listing.say_ready(statements[0].pk, ready=ready, by=ben)
    assert again(statements[0]).state == State.CALLED


def test_whoever_is_called_answers_once_and_no_press_of_the_chair_is_stopped(
    floor, statements, ben, vera, chen, server_clock, again, followed
):
    with followed(*topics(floor), changes=False), pytest.raises(WrongMove):
        listing.say_here(statements[0].pk, by=ben)
    desk.call_next(floor.pk, by=chen)
    rev = Floor.objects.get().rev
    server_clock.tick(7)
    with pytest.raises(NotThere):
        listing.say_here(statements[0].pk, by=vera)
    with followed(*topics(floor)) as events:
        listing.say_here(statements[0].pk, by=ben)
    assert {event.name for event in events} == {"turn.answered"}
    answered = again(statements[0]).here_at
    assert (answered - again(statements[0]).called_at).total_seconds() == 7
    server_clock.tick(1)
    with followed(*topics(floor), changes=False):
        listing.say_here(statements[0].pk, by=ben)
    assert again(statements[0]).here_at == answered
    desk.start_turn(floor.pk, statements[0].pk, rev=rev, by=chen)
    with pytest.raises(WrongMove):
        listing.say_here(statements[0].pk, by=ben)


@pytest.mark.parametrize("verb", ["take the call back", "call again"])
def test_an_answer_goes_with_its_call(floor, statements, ben, chen, verb, again, followed):
    desk.call_next(floor.pk, by=chen)
    listing.say_here(statements[0].pk, by=ben)
    with followed(*topics(floor)):
        if verb == "call again":
            desk.mark_absent(floor.pk, statements[0].pk, by=chen)
            desk.call_turn(floor.pk, statements[0].pk, by=chen)
        else:
            desk.take_call_back(floor.pk, statements[0].pk, by=chen)
    assert again(statements[0]).here_at is None


def test_a_speaker_yields_the_floor(floor, statements, ben, vera, chen, server_clock, followed):
    desk.call_next(floor.pk, by=chen)
    with pytest.raises(WrongMove):
        listing.yield_floor(statements[0].pk, by=ben)
    desk.start_turn(floor.pk, statements[0].pk, by=chen)
    server_clock.tick(61)
    with pytest.raises(NotThere):
        listing.yield_floor(statements[0].pk, by=vera)
    with followed(*topics(floor)):
        listing.yield_floor(statements[0].pk, by=ben)
    listing.yield_floor(statements[0].pk, by=ben)
    assert Turn.objects.get(pk=statements[0].pk).consumed_ms == 61_000


def test_whoever_leaves_for_good_is_named_no_more(floor, ben, followed):
    listing.join_list(floor.pk, kind=Kind.COMMENT, by=ben)
    with followed(*topics(floor)) as events:
        leave(by=ben)
    assert "turn.orphaned" in {event.name for event in events}
    turn = Turn.objects.get()
    assert (turn.person, turn.name, str(turn.delegation)) == (None, "", "Fiji")


def test_whoever_is_forgotten_takes_nothing_else_of_their_turn_along(floor, ben, chen, monkeypatch, again):
    turn = listing.join_list(floor.pk, kind=Kind.COMMENT, by=ben)
    desk.call_turn(floor.pk, turn.pk, by=chen)

    def after_a_press(name, thing):
        Turn.objects.filter(pk=turn.pk).update(here_at=timezone.now())
        record(name, thing)

    monkeypatch.setattr(listing, "record", after_a_press)
    listing.forget_speaker(of=ben)
    assert (again(turn).person, again(turn).here_at is None) == (None, False)


def test_a_desk_and_notices_name_nobody_who_left_for_good(floor, fiji, chen, dev, nina, followed):
    desk.take_desk(floor.pk, by=chen)
    sent = send_notice(floor.pk, fiji.pk, text="Please come.", by=chen)[0]
    read = send_notice(floor.pk, fiji.pk, text="Please wait.", by=dev)[0]
    acknowledge_notice(read.pk, by=nina)
    told = [f"session.{floor.pk}.notices", f"session.{floor.pk}.notices.{fiji.pk}"]
    with followed(f"session.{floor.pk}.chair", told[0]) as events:
        leave(by=chen)
    assert {event.name for event in events} == {"floor.desk_released", "notice.orphaned"}
    with followed(*told):
        leave(by=nina)
    sent.refresh_from_db()
    read.refresh_from_db()
    assert (sent.sent_by, read.sent_by, read.acknowledged_by) == (None, dev, None)
    assert read.acknowledged_at is not None
    # The next press takes the desk, as at any that is free.
    assert Floor.objects.get().desk_holder is None
    ordering.close_list(floor.pk, by=dev)
    assert Floor.objects.get().desk_holder == dev


# What the programme puts there


def test_two_statements_change_places_and_keep_their_time(floor, statements, chen, followed):
    Turn.objects.filter(pk=statements[2].pk).update(allotted_ms=240_000)
    with followed(*topics(floor)):
        standing.swap_places(floor.session, statements[0].pk, statements[2].pk, words="Agreed", by=chen)
    assert order(floor) == ["Ghana", "Finland", "Fiji"]
    assert [turn.allotted_ms for turn in Turn.objects.all()] == [240_000, 180_000, 180_000]
    desk.call_next(floor.pk, by=chen)
    with pytest.raises(WrongMove):
        standing.swap_places(floor.session, statements[0].pk, statements[2].pk, words="Agreed", by=chen)


def test_statements_are_arranged_in_blocks(floor, statements, chen, followed):
    ids = [turn.pk for turn in statements]
    with followed(*topics(floor)):
        standing.arrange(floor.session, [(0, ids[2]), (1, ids[0]), (1, ids[1])], words="By theme", by=chen)
    assert order(floor) == ["Ghana", "Fiji", "Finland"]
    with pytest.raises(WrongMove):
        standing.arrange(floor.session, [(0, 10**9)], words="By theme", by=chen)


def test_statements_get_their_time_until_they_are_called(floor, statements, chen, followed):
    with followed(*topics(floor)):
        standing.set_allotments(floor.session, {statements[0].pk: 225_000}, by=chen)
    with followed(*topics(floor), changes=False):
        standing.set_allotments(floor.session, {statements[0].pk: 225_000}, by=chen)
    with followed(*topics(floor)):
        standing.change_turn(statements[1], name="Ms Aino Virta", by=chen)
    desk.call_next(floor.pk, by=chen)
    with pytest.raises(WrongMove):
        standing.change_turn(statements[0], allotted_ms=1, by=chen)
    with pytest.raises(ValueError, match="state"):
        standing.change_turn(statements[0], state=State.CUT, by=chen)


def test_a_statement_is_withdrawn_until_it_is_called(floor, statements, chen, followed):
    with followed(*topics(floor)):
        standing.withdraw_statement(statements[1], words="They do not come.", by=chen)
    standing.withdraw_statement(statements[1], by=chen)
    desk.call_next(floor.pk, by=chen)
    with pytest.raises(WrongMove):
        standing.withdraw_statement(statements[0], by=chen)


def test_when_the_session_begins_what_is_expected_counts_from_then(floor, statements, chen, server_clock, followed):
    floor.session.state, floor.session.went_live_at = SessionState.SCHEDULED, None
    floor.session.save()
    with followed(*topics(floor)):
        go_live(floor.pk, by=chen)
    assert Floor.objects.get().moved_at == server_clock.at
