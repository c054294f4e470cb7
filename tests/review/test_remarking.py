"""The comment round: typed beforehand, public when it is read, answered by whom it is for."""

from datetime import timedelta

import pytest

from outbox.errors import Invalid, NotAllowed, NotThere, WrongMove
from outbox.models import Event
from sessions.floor.actions import desk, listing, ordering
from sessions.floor.models import Floor, Kind, State, Turn
from sessions.programme.actions import end_session, go_live, reopen_session
from sessions.review.actions import remarking, reporting, setting_up
from sessions.review.models import Answer, Commitment, Remark, RemarkKind, Remarks, RemarkState, Slot

TEXT = "Consider a hotline for small islands."


@pytest.fixture
def round_open(review_session, slots, olga):
    setting_up.set_up_review(review_session.pk, remarks=Remarks.AFTER_EACH, by=olga)
    return review_session


def on_screen(session):
    return f"screen.{session.pk}.{Floor.objects.get().screen_key}.remarks"


@pytest.fixture
def topics(topics, round_open):
    return lambda *delegations: [*topics(*delegations), on_screen(round_open)]


def recommend(slot, by, text=TEXT):
    return remarking.submit_remark(slot.pk, kind=RemarkKind.RECOMMENDATION, text=text, by=by)


def begun(session, slots, chen):
    go_live(session.pk, by=chen)
    desk.call_next(session.pk, by=chen)
    desk.start_turn(session.pk, slots[0].turn_id, by=chen)


def test_what_is_typed_beforehand_is_told_to_interpreters_and_the_delegation_and_to_nobody_else(
    round_open, slots, fiji, finland, vera, followed, topics
):
    with followed(*topics(fiji, finland)) as events:
        recommend(slots[0], vera)
    assert {event.topic_id for event in events} == {
        f"session.{round_open.pk}.booth",
        f"delegation.{fiji.pk}",
        f"delegation.{finland.pk}",
    }


def test_the_list_opens_when_the_statement_starts(round_open, slots, chen, followed, topics):
    go_live(round_open.pk, by=chen)
    desk.call_next(round_open.pk, by=chen)
    with followed(*topics()) as events:
        desk.start_turn(round_open.pk, slots[0].turn_id, by=chen)
    assert {"floor.list_opened", "turn.started"} <= {event.name for event in events}
    assert Floor.objects.get().list_is_open


def test_it_is_public_when_it_is_read(round_open, slots, fiji, finland, vera, chen, followed, topics):
    remark = recommend(slots[0], vera)
    begun(round_open, slots, chen)
    assert Floor.objects.get().list_is_open
    turn = listing.join_list(round_open.pk, kind=Kind.COMMENT, about_id=slots[0].turn_id, by=vera)
    desk.end_turn(round_open.pk, slots[0].turn_id, by=chen)
    assert desk.call_next(round_open.pk, by=chen).pk == turn.pk
    assert not Event.objects.filter(topic=f"session.{round_open.pk}.review", cards__icontains=TEXT).exists()
    with followed(*topics(fiji, finland)) as events:
        desk.start_turn(round_open.pk, turn.pk, by=chen)
    assert {f"session.{round_open.pk}.review", on_screen(round_open)} <= {event.topic_id for event in events}
    remark.refresh_from_db()
    assert (remark.state, remark.turn_id) == (RemarkState.DELIVERED, turn.pk)


def test_what_a_delegation_typed_is_shown_too_where_the_desk_added_its_hand(
    round_open, slots, finland, vera, chen, followed, topics
):
    remark = recommend(slots[0], vera)
    begun(round_open, slots, chen)
    on = slots[0].turn_id
    turn = ordering.add_turn(round_open.pk, kind=Kind.QUESTION, delegation_id=finland.pk, about_id=on, by=chen)
    desk.end_turn(round_open.pk, on, by=chen)
    desk.call_turn(round_open.pk, turn.pk, by=chen)
    with followed(*topics(finland)):
        desk.start_turn(round_open.pk, turn.pk, by=chen)
    remark.refresh_from_db()
    assert (remark.state, remark.turn_id) == (RemarkState.DELIVERED, turn.pk)


def test_a_right_of_reply_reads_out_nothing_that_was_typed(round_open, slots, vera, chen):
    remark = recommend(slots[0], vera)
    begun(round_open, slots, chen)
    reply = listing.join_list(round_open.pk, kind=Kind.REPLY, about_id=slots[0].turn_id, by=vera)
    desk.end_turn(round_open.pk, slots[0].turn_id, by=chen)
    desk.call_turn(round_open.pk, reply.pk, by=chen)
    desk.start_turn(round_open.pk, reply.pk, by=chen)
    remark.refresh_from_db()
    assert remark.state == RemarkState.SUBMITTED


def test_comments_wait_for_the_end_of_the_block_where_the_review_says_so(round_open, slots, olga, vera, chen):
    setting_up.set_up_review(round_open.pk, remarks=Remarks.AFTER_BLOCK, by=olga)
    begun(round_open, slots, chen)
    turn = listing.join_list(round_open.pk, kind=Kind.COMMENT, about_id=slots[0].turn_id, by=vera)
    waiting = Turn.objects.filter(state__in=(State.INSCRIBED, State.READY))
    assert [each.pk for each in waiting] == [slots[1].turn_id, slots[2].turn_id, turn.pk]


def test_the_same_words_twice_are_one_remark_and_two_recommendations_are_all(
    round_open, slots, vera, followed, fiji, topics
):
    first = recommend(slots[0], vera)
    with followed(*topics(fiji), changes=False):
        assert recommend(slots[0], vera).pk == first.pk
    recommend(slots[0], vera, "Publish it.")
    with pytest.raises(WrongMove):
        recommend(slots[0], vera, "And translate it.")


def test_who_hands_in_a_comment_and_a_question_has_one_place_for_both(
    round_open, slots, fiji, finland, vera, chen, followed, topics
):
    begun(round_open, slots, chen)

    def say(kind, text):
        return remarking.submit_and_join(slots[0].pk, kind=kind, text=text, by=vera)

    with followed(*topics(fiji, finland)) as events:
        comment = say(RemarkKind.COMMENT, TEXT)
    assert {"remark.submitted", "turn.inscribed"} <= {event.name for event in events}
    with followed(*topics(fiji, finland)):
        question = say(RemarkKind.QUESTION, "Who answers it?")
    with followed(*topics(fiji, finland), changes=False):
        say(RemarkKind.QUESTION, "Who answers it?")
    turn = Turn.objects.get(about=slots[0].turn_id)
    assert (comment.turn, question.turn) == (turn, turn)
    desk.end_turn(round_open.pk, slots[0].turn_id, by=chen)
    desk.call_turn(round_open.pk, turn.pk, by=chen)
    desk.start_turn(round_open.pk, turn.pk, by=chen)
    assert set(Remark.objects.values_list("state", "turn")) == {(RemarkState.DELIVERED, turn.pk)}


def test_what_is_handed_in_while_ones_own_comment_is_heard_has_a_turn_of_its_own(
    round_open, slots, fiji, finland, vera, chen, followed, topics
):
    begun(round_open, slots, chen)

    def say(text):
        return remarking.submit_and_join(slots[0].pk, kind=RemarkKind.COMMENT, text=text, by=vera)

    first = say(TEXT).turn
    desk.end_turn(round_open.pk, slots[0].turn_id, by=chen)
    desk.call_turn(round_open.pk, first.pk, by=chen)
    desk.start_turn(round_open.pk, first.pk, by=chen)
    with followed(*topics(fiji, finland)):
        second = say("One thing more.").turn
    assert (second.pk != first.pk, second.state) == (True, State.INSCRIBED)
    assert say("And another.").turn == second
    desk.end_turn(round_open.pk, first.pk, by=chen)
    assert desk.call_next(round_open.pk, by=chen) == second
    desk.start_turn(round_open.pk, second.pk, by=chen)
    assert set(Remark.objects.values_list("state", "turn")) == {
        (RemarkState.DELIVERED, first.pk),
        (RemarkState.DELIVERED, second.pk),
    }


def test_a_right_of_reply_that_waits_is_no_place_to_read_a_comment(round_open, slots, vera, chen):
    begun(round_open, slots, chen)
    reply = listing.join_list(round_open.pk, kind=Kind.REPLY, about_id=slots[0].turn_id, by=vera)
    said = remarking.submit_and_join(slots[0].pk, kind=RemarkKind.RECOMMENDATION, text=TEXT, by=vera)
    assert said.turn.pk != reply.pk
    assert said.turn.kind == Kind.COMMENT


def test_what_is_handed_in_stays_so_where_the_list_takes_nobody(
    round_open, slots, fiji, finland, vera, followed, topics
):
    with followed(*topics(fiji, finland)):
        said = remarking.submit_and_join(slots[0].pk, kind=RemarkKind.COMMENT, text=TEXT, by=vera)
    assert (said.turn, str(said.why_not)) == (None, "The list is closed.")
    assert Remark.objects.get().state == RemarkState.SUBMITTED


def test_who_may_remark_on_what(round_open, slots, ben, ada, eve, vera, olga):
    with pytest.raises(WrongMove):
        recommend(slots[0], ben)
    with pytest.raises(NotAllowed):
        recommend(slots[0], ada)
    with pytest.raises(NotThere):
        recommend(slots[0], eve)
    with pytest.raises(Invalid):
        recommend(slots[0], vera, " ")
    with pytest.raises(Invalid):
        recommend(slots[0], vera, "x" * 301)
    setting_up.set_up_review(round_open.pk, remarks=Remarks.NONE, by=olga)
    with pytest.raises(WrongMove):
        recommend(slots[0], vera)


def test_what_waits_to_be_said_on_a_statement_is_read_where_it_withdrew_and_was_invited_again(
    round_open, slots, fiji, finland, ben, vera, chen, olga, followed, topics
):
    begun(round_open, slots, chen)
    said = remarking.submit_and_join(slots[1].pk, kind=RemarkKind.COMMENT, text=TEXT, by=ben)
    desk.end_turn(round_open.pk, slots[0].turn_id, by=chen)
    setting_up.withdraw_slot(slots[1].pk, by=vera)
    with pytest.raises(WrongMove):
        recommend(slots[1], ben)
    with followed(*topics(fiji, finland)):
        setting_up.invite(round_open.pk, [finland.pk], by=olga)
    assert Turn.objects.get(pk=said.turn.pk).about == Slot.objects.get(pk=slots[1].pk).turn
    desk.call_turn(round_open.pk, said.turn.pk, by=chen)
    desk.start_turn(round_open.pk, said.turn.pk, by=chen)
    assert Remark.objects.get().state == RemarkState.DELIVERED


def test_it_is_taken_back_by_its_delegation_until_it_is_read(
    round_open, slots, fiji, finland, ben, vera, followed, topics
):
    remark = recommend(slots[0], vera)
    with pytest.raises(NotThere):
        remarking.withdraw_remark(remark.pk, by=ben)
    with followed(*topics(fiji, finland)):
        remarking.withdraw_remark(remark.pk, by=vera)
    remarking.withdraw_remark(remark.pk, by=vera)
    Remark.objects.update(state=RemarkState.DELIVERED)
    with pytest.raises(WrongMove):
        remarking.withdraw_remark(remark.pk, by=vera)


def test_what_nobody_read_is_filed_with_the_session(round_open, slots, fiji, finland, vera, chen, followed, topics):
    recommend(slots[0], vera)
    begun(round_open, slots, chen)
    with followed(*topics(fiji, finland)) as events:
        end_session(round_open.pk, by=chen)
    assert "remark.filed" in {event.name for event in events}
    with pytest.raises(WrongMove):
        recommend(slots[1], vera, "Too late")


def test_what_was_filed_with_the_end_waits_again_once_the_session_is_reopened(
    round_open, slots, fiji, finland, vera, chen, olga, followed, topics
):
    taken_back = recommend(slots[2], vera, "Never mind.")
    remarking.withdraw_remark(taken_back.pk, by=vera)
    begun(round_open, slots, chen)
    remark = remarking.submit_and_join(slots[0].pk, kind=RemarkKind.COMMENT, text=TEXT, by=vera).remark
    end_session(round_open.pk, by=chen)
    with followed(*topics(fiji, finland)) as events:
        reopen_session(round_open.pk, reason="Ended by mistake", by=olga)
    assert "remark.submitted" in {event.name for event in events}
    states = dict(Remark.objects.values_list("pk", "state"))
    assert states == {remark.pk: RemarkState.SUBMITTED, taken_back.pk: RemarkState.WITHDRAWN}
    turn = Turn.objects.get(about=slots[0].turn_id)
    desk.call_turn(round_open.pk, turn.pk, by=chen)
    desk.start_turn(round_open.pk, turn.pk, by=chen)
    assert Remark.objects.get(pk=remark.pk).state == RemarkState.DELIVERED


def test_what_was_answered_after_the_end_does_not_wait_again(
    round_open, slots, fiji, finland, ben, vera, chen, olga, followed, topics
):
    begun(round_open, slots, chen)
    remark = recommend(slots[0], vera)
    end_session(round_open.pk, by=chen)
    remarking.answer_remark(remark.pk, answer=Answer.SUPPORTED, by=ben)
    with followed(*topics(fiji, finland)) as events:
        reopen_session(round_open.pk, reason="Ended by mistake", by=olga)
    assert {event.name for event in events} == {"floor.moved"}
    with pytest.raises(WrongMove):
        remarking.withdraw_remark(remark.pk, by=vera)
    remark.refresh_from_db()
    assert (remark.state, remark.answer) == (RemarkState.FILED, Answer.SUPPORTED)


def test_it_is_supported_noted_or_answered_later_by_whom_it_is_for(
    round_open, slots, fiji, finland, ben, vera, server_clock, followed, topics
):
    remark = recommend(slots[0], vera)
    with pytest.raises(WrongMove):
        remarking.answer_remark(remark.pk, answer=Answer.NOTED, by=ben)
    Remark.objects.update(state=RemarkState.DELIVERED)
    with pytest.raises(NotThere):
        remarking.answer_remark(remark.pk, answer=Answer.NOTED, by=vera)
    with pytest.raises(Invalid):
        remarking.answer_remark(remark.pk, answer=Answer.PENDING, by=ben)
    due = (server_clock.at + timedelta(days=30)).date()
    with followed(*topics(fiji, finland)):
        remarking.answer_remark(remark.pk, answer=Answer.PENDING, due_on=due, by=ben)
    with followed(*topics(fiji, finland)):
        remarking.answer_remark(remark.pk, answer=Answer.SUPPORTED, text="With pleasure.", by=ben)
    with followed(*topics(fiji), changes=False):
        remarking.answer_remark(remark.pk, answer=Answer.SUPPORTED, text="With pleasure.", by=ben)
    remark.refresh_from_db()
    assert remark.due_on is None


# The report


def test_a_report_is_published_once_it_was_heard_and_closed_again(
    round_open, slots, fiji, ben, vera, chen, followed, topics
):
    with pytest.raises(WrongMove):
        reporting.publish_page(slots[0].pk, by=ben)
    begun(round_open, slots, chen)
    desk.end_turn(round_open.pk, slots[0].turn_id, by=chen)
    with pytest.raises(NotThere):
        reporting.publish_page(slots[0].pk, by=vera)
    with followed(*topics(fiji)):
        reporting.publish_page(slots[0].pk, by=ben)
    reporting.publish_page(slots[0].pk, by=ben)
    with followed(*topics(fiji)):
        reporting.unpublish_page(slots[0].pk, by=ben)


def test_a_report_names_ten_achievements_and_what_is_undertaken(round_open, slots, ben):
    rows = [
        {"what": f"Service {number}", "figure": "70 %", "evidence": "https://example.org/x"} for number in range(10)
    ]
    reporting.set_achievements(slots[0].pk, [*rows, {"what": " "}], by=ben)
    assert slots[0].achievements.count() == 10
    with pytest.raises(Invalid):
        reporting.set_achievements(slots[0].pk, [*rows, {"what": "One more"}], by=ben)
    with pytest.raises(Invalid):
        reporting.set_achievements(slots[0].pk, [{"what": "x", "evidence": "javascript:alert(1)"}], by=ben)
    reporting.set_commitments(slots[0].pk, [{"text": "Train 500 people by 2023"}], by=ben)
    assert Commitment.objects.get().follow_up == "none"
    with pytest.raises(Invalid):
        reporting.set_commitments(slots[0].pk, [{"text": "x"}] * 21, by=ben)


@pytest.mark.parametrize("text", ["\u200b", "\u200e\u2060", "Consider\x07 a hotline", "Consider \u202eeniltoh a"])
def test_words_of_which_something_cannot_be_seen_are_not_read_out(round_open, slots, vera, text):
    with pytest.raises(Invalid) as refused:
        remarking.submit_remark(slots[0].pk, kind=RemarkKind.COMMENT, text=text, by=vera)
    assert set(refused.value.fields) == {"text"}
    # Marks that Arabic needs beside figures are words like others.
    remarking.submit_remark(slots[0].pk, kind=RemarkKind.COMMENT, text="٣ خطوط\u200f.", by=vera)
