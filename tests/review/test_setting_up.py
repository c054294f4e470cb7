"""Setting a review up: order, time, lot and swaps, each told to whoever it concerns."""

from contextlib import suppress

import pytest
from django.db import transaction
from django.utils.translation import override
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from conferences.models import Delegation
from outbox.errors import Invalid, NotAllowed, NotThere, Refusal, WrongMove
from outbox.models import Event
from outbox.reading import snapshot
from sessions.floor.actions import desk, ordering, rehearsing
from sessions.floor.models import Floor, Minute, Mode, State, Turn
from sessions.floor.models import Kind as Spoken
from sessions.programme.actions import end_session, go_live, remove_session
from sessions.review import lot
from sessions.review.actions import handing_in, lots, remarking, setting_up, swapping
from sessions.review.models import LotDraw, RemarkKind, Remarks, Review, Slot, Statement, Swap, SwapState, TimePolicy
from sessions.review.orders import OrderPolicy
from sessions.review.queries import numbers_of, slots_of
from sessions.review.times import Kind, TooManyError


def order(session):
    return [str(slot.delegation.name) for slot in slots_of(session.pk)]


def times(session):
    return [slot.turn.allotted_ms for slot in slots_of(session.pk)]


# Who is invited, and for how long


def test_delegations_are_invited_and_share_the_time(review_session, fiji, finland, olga, followed, topics):
    with followed(*topics(fiji, finland)) as events:
        setting_up.invite(review_session.pk, [finland.pk, fiji.pk], by=olga)
    assert {"slot.invited", "turn.inscribed", "review.set_up"} <= {event.name for event in events}
    assert order(review_session) == ["Fiji", "Finland"]
    assert times(review_session) == [300_000, 300_000]
    assert {slot.turn.mode for slot in slots_of(review_session.pk)} == {Mode.RECORDED}


def test_twenty_one_in_ninety_minutes_have_three_minutes_forty_five(review_session, conference, olga):
    made = Delegation.objects.bulk_create(
        [Delegation(conference=conference, name=f"Delegation {number:02}", position=number) for number in range(21)]
    )
    setting_up.invite(review_session.pk, [each.pk for each in made], by=olga)
    assert set(times(review_session)) == {225_000}
    setting_up.set_up_review(review_session.pk, budget_minutes=75, by=olga)
    review_session.floor.handover_seconds = 20
    review_session.floor.save()
    setting_up.withdraw_slot(Slot.objects.last().pk, by=olga)
    setting_up.invite(review_session.pk, [made[-1].pk], by=olga)
    assert set(times(review_session)) == {190_000}


def test_too_many_for_the_time_are_refused_with_how_many_fit(review_session, conference, olga):
    made = Delegation.objects.bulk_create(
        [Delegation(conference=conference, name=f"Delegation {number:03}", position=number) for number in range(61)]
    )
    with pytest.raises(TooManyError) as refused:
        setting_up.invite(review_session.pk, [each.pk for each in made], by=olga)
    assert refused.value.fit == 60
    assert not Slot.objects.exists()


def test_inviting_twice_is_inviting_once(review_session, slots, fiji, olga, followed, topics):
    with followed(*topics(fiji), changes=False):
        setting_up.invite(review_session.pk, [fiji.pk], by=olga)
    with pytest.raises(Invalid):
        setting_up.invite(review_session.pk, [10**9], by=olga)


def test_whoever_withdraws_leaves_their_time_to_the_others_and_may_be_invited_again(
    review_session, slots, fiji, olga, ben, gus, followed, topics
):
    setting_up.set_up_review(review_session.pk, budget_minutes=9, by=olga)
    assert set(times(review_session)) == {150_000}
    with pytest.raises(NotThere):
        setting_up.withdraw_slot(slots[0].pk, by=gus)
    with followed(*topics(fiji)):
        setting_up.withdraw_slot(slots[0].pk, reason="The minister is ill.", by=ben)
    setting_up.withdraw_slot(slots[0].pk, by=ben)
    assert (order(review_session), set(times(review_session))) == (["Finland", "Ghana"], {240_000})
    with followed(*topics(fiji)):
        setting_up.invite(review_session.pk, [fiji.pk], by=olga)
    assert order(review_session) == ["Fiji", "Finland", "Ghana"]


def test_whoever_is_struck_at_the_desk_goes_from_every_page_and_leaves_their_time_too(
    review_session, slots, fiji, olga, chen, followed, topics
):
    setting_up.set_up_review(review_session.pk, budget_minutes=9, by=olga)
    with followed(*topics(fiji)) as events:
        ordering.strike_turn(review_session.pk, slots[0].turn_id, reason="They said so", by=chen)
    assert f"session.{review_session.pk}.review" in {event.topic_id for event in events}
    assert (order(review_session), set(times(review_session))) == (["Finland", "Ghana"], {240_000})


def test_nobody_comes_goes_or_changes_places_after_the_session(review_session, slots, fiji, olga, ben, vera, chen):
    go_live(review_session.pk, by=chen)
    end_session(review_session.pk, by=chen)
    fijis, finlands = slots[0], slots[1]
    for refused in (
        lambda: ordering.strike_turn(review_session.pk, fijis.turn_id, reason="Not here", by=chen),
        lambda: ordering.add_turn(review_session.pk, kind=Spoken.COMMENT, name="Ana", by=chen),
        lambda: setting_up.withdraw_slot(fijis.pk, by=ben),
        lambda: swapping.accept_swap(swapping.propose_swap(fijis.pk, finlands.pk, by=ben).pk, by=vera),
        lambda: handing_in.say_ready(fijis.pk, by=ben),
    ):
        with pytest.raises(WrongMove):
            refused()
    # But what is there in writing can be filed still.
    handing_in.hand_in_statement(fijis.pk, language="en", text="Excellencies.", by=ben)
    desk.file_turn(review_session.pk, fijis.turn_id, by=chen)
    assert Turn.objects.get(pk=fijis.turn_id).state == "filed"


def test_observers_have_a_time_of_their_own(review_session, slots, ben, olga, followed, topics):
    setting_up.set_up_review(review_session.pk, time=TimePolicy.BY_KIND, by=olga)
    with pytest.raises(Invalid):
        setting_up.change_slot(slots[0].pk, kind=Kind.OBSERVER, by=ben)
    with followed(*topics()):
        setting_up.change_slot(slots[0].pk, kind=Kind.OBSERVER, by=olga)
    assert times(review_session) == [120_000, 180_000, 180_000]


def test_what_is_only_filed_takes_no_time(review_session, slots, vera, olga, followed, topics):
    setting_up.set_up_review(review_session.pk, budget_minutes=5, by=olga)
    with followed(*topics()):
        setting_up.change_slot(slots[1].pk, mode=Mode.WRITTEN, by=vera)
    assert times(review_session) == [120_000, 0, 120_000]


def test_a_text_that_is_said_after_all_has_its_share_of_the_time(
    review_session, slots, vera, chen, olga, followed, topics
):
    setting_up.set_up_review(review_session.pk, budget_minutes=5, by=olga)
    setting_up.change_slot(slots[1].pk, mode=Mode.WRITTEN, by=vera)
    with followed(*topics()):
        desk.go_on_live(review_session.pk, slots[1].turn_id, mode=Mode.ROOM, by=chen)
    assert times(review_session) == [70_000, 70_000, 70_000]


@pytest.mark.parametrize("is_called", [False, True], ids=["waits", "called"])
def test_a_text_that_is_said_once_the_session_is_live_has_the_time_of_its_like(
    review_session, slots, vera, chen, olga, followed, is_called, topics
):
    setting_up.set_up_review(review_session.pk, time=TimePolicy.BY_KIND, by=olga)
    for slot in slots[1:]:
        setting_up.change_slot(slot.pk, kind=Kind.OBSERVER, by=olga)
    setting_up.change_slot(slots[1].pk, mode=Mode.WRITTEN, by=vera)
    go_live(review_session.pk, by=chen)
    if is_called:
        desk.call_turn(review_session.pk, slots[1].turn_id, by=chen)
    with followed(*topics()):
        desk.go_on_live(review_session.pk, slots[1].turn_id, mode=Mode.ROOM, by=chen)
    assert times(review_session) == [180_000, 120_000, 120_000]


def test_where_the_time_is_not_enough_whoever_says_it_live_is_refused_and_nobody_who_withdraws(
    review_session, slots, ben, chen, olga
):
    for slot in slots[1:]:
        setting_up.change_slot(slot.pk, mode=Mode.WRITTEN, by=olga)
    setting_up.set_up_review(review_session.pk, budget_minutes=2, by=olga)
    with pytest.raises(TooManyError):
        desk.go_on_live(review_session.pk, slots[1].turn_id, mode=Mode.ROOM, by=chen)
    # As it may have been before the time was asked for.
    Turn.objects.update(mode=Mode.ROOM)
    setting_up.withdraw_slot(slots[0].pk, by=ben)
    ordering.strike_turn(review_session.pk, slots[1].turn_id, reason="Ill", by=chen)
    assert (order(review_session), times(review_session)) == (["Ghana"], [90_000])


def test_a_delegation_says_who_speaks_and_on_which_theme(review_session, slots, fiji, ben, gus, olga, followed, topics):
    with followed(*topics()):
        themes = setting_up.set_themes(review_session.pk, [{"en": "Crisis"}, {"en": "Opportunities"}], by=olga)
    with followed(*topics(fiji)):
        setting_up.change_slot(
            slots[0].pk, theme_id=themes[1].pk, name=" Adi  Kini ", honorific="H.E. Ms", function="Minister", by=ben
        )
    turn = Turn.objects.get(pk=slots[0].turn_id)
    assert (turn.name, str(turn.theme)) == ("Adi Kini", "Opportunities")
    with pytest.raises(NotThere):
        setting_up.change_slot(slots[0].pk, name="Somebody else", by=gus)
    with pytest.raises(Invalid):
        setting_up.change_slot(slots[0].pk, theme_id=10**9, by=ben)
    setting_up.change_slot(slots[2].pk, theme_id=themes[0].pk, by=gus)
    # By theme: Ghana's comes first, Finland has none yet.
    assert order(review_session) == ["Ghana", "Fiji", "Finland"]


def test_once_it_is_over_a_delegation_that_was_not_reached_changes_nothing(review_session, slots, ben, gus, chen):
    go_live(review_session.pk, by=chen)
    end_session(review_session.pk, by=chen)
    with pytest.raises(WrongMove):
        setting_up.change_slot(slots[0].pk, name="Adi Kini", by=ben)
    with pytest.raises(WrongMove):
        swapping.propose_swap(slots[0].pk, slots[2].pk, by=ben)


def test_what_the_site_says_itself_is_on_record_in_every_language(review_session, slots, olga, ben, vera):
    with override("ar"):
        setting_up.set_up_review(review_session.pk, order=OrderPolicy.REQUEST, by=olga)
        swapping.accept_swap(swapping.propose_swap(slots[0].pk, slots[1].pk, by=ben).pk, by=vera)
    said = [str(minute.words) for minute in Minute.objects.filter(what="floor.reordered")]
    assert said[-2:] == ["The rules were changed.", "Fiji and Finland agreed to change places."]


def test_rules_are_the_organisers(review_session, chen, ben):
    for person in (chen, ben):
        with pytest.raises(NotAllowed):
            setting_up.set_up_review(review_session.pk, budget_minutes=75, by=person)


def test_the_same_rules_again_change_nothing(review_session, slots, olga, followed, topics):
    with followed(*topics()):
        setting_up.set_up_review(review_session.pk, order=OrderPolicy.REQUEST, by=olga)
    with followed(*topics(), changes=False):
        setting_up.set_up_review(review_session.pk, order=OrderPolicy.REQUEST, by=olga)
    with pytest.raises(ValueError, match="frozen_at"):
        setting_up.set_up_review(review_session.pk, frozen_at=None, by=olga)


def test_once_the_session_is_live_order_and_time_stay(
    review_session, slots, chen, olga, fiji, finland, followed, topics
):
    before = times(review_session)
    with followed(*topics()):
        go_live(review_session.pk, by=chen)
    assert Review.objects.get().frozen_at is not None
    with pytest.raises(WrongMove):
        setting_up.set_up_review(review_session.pk, budget_minutes=60, by=olga)
    with pytest.raises(WrongMove):
        setting_up.set_themes(review_session.pk, [{"en": "Crisis"}], by=olga)
    setting_up.withdraw_slot(slots[0].pk, by=olga)
    assert times(review_session) == before[1:]


COMING_AND_GOING = ("invite", "withdraw", "strike", "in writing", "spoken", "observer", "member")


@pytest.mark.anywhere
@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    moves=st.lists(st.tuples(st.sampled_from(COMING_AND_GOING), st.integers(0, 2)), max_size=8), goes_live=st.booleans()
)
def test_time_is_never_over_budget_and_frozen_once_it_is_live(review_session, slots, olga, chen, moves, goes_live):
    with transaction.atomic():
        setting_up.set_up_review(review_session.pk, budget_minutes=7, by=olga)
        if goes_live:
            go_live(review_session.pk, by=chen)
        for move, which in moves:
            before = allotted(review_session)
            with suppress(Refusal):
                comes_or_goes(move, slots[which], olga, chen)
            now = allotted(review_session)
            if goes_live:
                assert all(now[turn] == before[turn] for turn in now.keys() & before.keys() if before[turn])
            handover = review_session.floor.handover_seconds * 1000
            assert goes_live or sum(ms + handover for ms in now.values() if ms) <= 7 * 60_000
        transaction.set_rollback(True)


def allotted(session) -> dict[int, int]:
    return {slot.turn_id: slot.turn.allotted_ms for slot in slots_of(session.pk)}


def comes_or_goes(move, slot, olga, chen):
    slot = Slot.objects.get(pk=slot.pk)
    match move:
        case "invite":
            setting_up.invite(slot.review_id, [slot.delegation_id], by=olga)
        case "withdraw":
            setting_up.withdraw_slot(slot.pk, by=olga)
        case "strike":
            ordering.strike_turn(slot.review_id, slot.turn_id, reason="Ill", by=chen)
        case "in writing" | "spoken":
            mode = Mode.WRITTEN if move == "in writing" else Mode.ROOM
            setting_up.change_slot(slot.pk, mode=mode, by=olga)
        case _:
            setting_up.change_slot(slot.pk, kind=move, by=olga)


# The lot


def test_a_lot_is_bound_drawn_and_checked_by_anybody(review_session, slots, olga, followed, topics):
    with followed(*topics()) as events:
        committed = lots.commit_lot(review_session.pk, by=olga)
    assert {event.name for event in events} == {"lot.committed"}
    with followed(*topics()):
        drawn = lots.draw_lot(review_session.pk, by=olga)
    assert drawn.commitment == committed.commitment
    assert lot.verify(drawn.commitment, drawn.seed, drawn.lines, drawn.index).holds
    names = ["Fiji", "Finland", "Ghana"]
    assert order(review_session) == names[drawn.index :] + names[: drawn.index]


def test_nobody_is_told_the_seed_before_the_draw(review_session, slots, olga):
    seed = lots.commit_lot(review_session.pk, by=olga).seed
    setting_up.set_up_review(review_session.pk, budget_minutes=60, by=olga)
    assert not Event.objects.filter(cards__icontains=seed).exists()
    # Control: after the draw they are.
    lots.draw_lot(review_session.pk, by=olga)
    assert Event.objects.filter(cards__icontains=seed).exists()


def test_a_lot_that_is_drawn_stays(review_session, slots, olga, followed, topics):
    with pytest.raises(WrongMove):
        lots.draw_lot(review_session.pk, by=olga)
    lots.commit_lot(review_session.pk, by=olga)
    first = lots.draw_lot(review_session.pk, by=olga)
    with followed(*topics(), changes=False):
        assert lots.draw_lot(review_session.pk, by=olga).seed == first.seed
        assert lots.commit_lot(review_session.pk, by=olga).commitment == first.commitment
    assert LotDraw.objects.count() == 1


def test_nobody_is_drawn_from_an_empty_list(review_session, olga):
    lots.commit_lot(review_session.pk, by=olga)
    with pytest.raises(WrongMove):
        lots.draw_lot(review_session.pk, by=olga)


def test_a_live_session_draws_nothing(review_session, slots, chen, olga):
    go_live(review_session.pk, by=chen)
    with pytest.raises(WrongMove):
        lots.commit_lot(review_session.pk, by=olga)


# Swaps


def test_two_agree_and_change_places(review_session, slots, fiji, ghana, ben, gus, vera, followed, topics):
    with followed(*topics(fiji, ghana)) as events:
        swap = swapping.propose_swap(slots[0].pk, slots[2].pk, by=ben)
    assert {event.topic_id for event in events} == {f"delegation.{fiji.pk}", f"delegation.{ghana.pk}"}
    assert swapping.propose_swap(slots[0].pk, slots[2].pk, by=ben).pk == swap.pk
    for person in (ben, vera):
        with pytest.raises(NotThere):
            swapping.accept_swap(swap.pk, by=person)
    with followed(*topics(fiji, ghana)):
        swapping.accept_swap(swap.pk, by=gus)
    swapping.accept_swap(swap.pk, by=gus)
    assert order(review_session) == ["Ghana", "Finland", "Fiji"]


def test_a_newcomer_undoes_no_swap(review_session, slots, conference, ben, gus, olga):
    swap = swapping.propose_swap(slots[0].pk, slots[2].pk, by=ben)
    swapping.accept_swap(swap.pk, by=gus)
    japan = Delegation.objects.create(conference=conference, country="JP", name="Japan", position=4)
    setting_up.invite(review_session.pk, [japan.pk], by=olga)
    assert order(review_session) == ["Ghana", "Finland", "Fiji", "Japan"]


def test_two_who_ask_each_other_have_agreed(review_session, slots, ben, gus):
    swapping.propose_swap(slots[0].pk, slots[2].pk, by=ben)
    assert swapping.propose_swap(slots[2].pk, slots[0].pk, by=gus).state == SwapState.APPLIED
    assert Swap.objects.count() == 1


def test_a_second_press_that_comes_after_the_agreement_does_not_ask_to_change_back(
    review_session, slots, fiji, ghana, ben, gus, server_clock, followed, topics
):
    swapping.propose_swap(slots[0].pk, slots[2].pk, by=ben)
    agreed = swapping.propose_swap(slots[2].pk, slots[0].pk, by=gus)
    server_clock.tick(59)
    with followed(*topics(fiji, ghana), changes=False):
        assert swapping.propose_swap(slots[2].pk, slots[0].pk, by=gus) == agreed
        assert swapping.propose_swap(slots[0].pk, slots[2].pk, by=ben) == agreed
    # Who thinks better of it later asks again.
    server_clock.tick(1)
    assert swapping.propose_swap(slots[2].pk, slots[0].pk, by=gus).state == SwapState.PROPOSED


def test_a_swap_is_declined_or_taken_back(review_session, slots, fiji, ghana, ben, gus, followed, topics):
    swap = swapping.propose_swap(slots[0].pk, slots[2].pk, by=ben)
    with followed(*topics(fiji, ghana)):
        swapping.decline_swap(swap.pk, by=gus)
    swapping.decline_swap(swap.pk, by=gus)
    with pytest.raises(WrongMove):
        swapping.accept_swap(swap.pk, by=gus)
    another = swapping.propose_swap(slots[0].pk, slots[2].pk, by=ben)
    with followed(*topics(fiji, ghana)):
        swapping.take_swap_back(another.pk, by=ben)


def test_nobody_swaps_once_one_of_them_was_called(review_session, slots, chen, ben, vera, gus):
    swap = swapping.propose_swap(slots[0].pk, slots[2].pk, by=ben)
    go_live(review_session.pk, by=chen)
    desk.call_next(review_session.pk, by=chen)
    with pytest.raises(WrongMove):
        swapping.accept_swap(swap.pk, by=gus)
    with pytest.raises(WrongMove):
        swapping.propose_swap(slots[0].pk, slots[1].pk, by=ben)
    with pytest.raises(Invalid):
        swapping.propose_swap(slots[1].pk, slots[1].pk, by=vera)


# By hand, and what became of all


def test_an_order_by_hand_stays_when_somebody_is_invited(
    review_session, slots, conference, chen, olga, followed, topics
):
    ids = [slot.turn_id for slot in slots]
    with followed(*topics()):
        ordering.set_order(review_session.pk, ids[::-1], reason="As the bureau decided", by=chen)
    assert Review.objects.get().order == OrderPolicy.MANUAL
    australia = Delegation.objects.create(conference=conference, country="AU", name="Australia", position=4)
    setting_up.invite(review_session.pk, [australia.pk], by=olga)
    assert order(review_session) == ["Ghana", "Finland", "Fiji", "Australia"]


def test_a_delegation_arrives_at_the_moment_of_the_press_and_not_of_the_floor_s_last_move(
    review_session, slots, chen, server_clock, followed, topics
):
    server_clock.tick(600)
    with followed(*topics()):
        setting_up.mark_attended(slots[0].pk, by=chen)
    assert Slot.objects.get(pk=slots[0].pk).attended_at == server_clock.at


def test_invited_attended_delivered_filed_absent(review_session, slots, chen, server_clock, followed, topics):
    go_live(review_session.pk, by=chen)
    desk.call_next(review_session.pk, by=chen)
    with followed(*topics()) as events:
        desk.start_turn(review_session.pk, slots[0].turn_id, by=chen)
    assert "slot.attended" in {event.name for event in events}
    server_clock.tick(200)
    with followed(*topics()) as events:
        desk.end_turn(review_session.pk, slots[0].turn_id, by=chen)
    with followed(*topics()):
        setting_up.mark_attended(slots[1].pk, by=chen)
    Turn.objects.filter(pk=slots[1].turn_id).update(can_be_filed=True)
    desk.file_turn(review_session.pk, slots[1].turn_id, by=chen)
    for _ in range(2):
        desk.call_turn(review_session.pk, slots[2].turn_id, by=chen)
        desk.mark_absent(review_session.pk, slots[2].turn_id, by=chen)
    numbers = numbers_of(review_session)
    assert (numbers.invited, numbers.attended, numbers.delivered, numbers.filed, numbers.absent) == (3, 2, 1, 1, 1)
    assert (numbers.allotted_ms, numbers.consumed_ms, numbers.under_ms) == (300_000, 200_000, 100_000)
    assert Turn.objects.get(pk=slots[2].turn_id).state == State.FORFEITED


def test_a_session_with_a_statement_stays_on_record(review_session, slots, olga):
    Statement.objects.create(slot=slots[0], language="en", text="Excellencies,")
    with pytest.raises(WrongMove):
        remove_session(review_session.pk, by=olga)
    Statement.objects.all().delete()
    remove_session(review_session.pk, by=olga)
    assert not Turn.objects.exists()


def test_what_was_of_a_session_that_is_removed_leaves_the_pages_of_its_delegations(
    review_session, slots, fiji, finland, ghana, ben, vera, gus, olga, followed
):
    setting_up.set_up_review(review_session.pk, remarks=Remarks.AFTER_EACH, by=olga)
    swapping.propose_swap(slots[0].pk, slots[1].pk, by=ben)
    remarking.submit_remark(slots[1].pk, kind=RemarkKind.COMMENT, text="Well done.", by=gus)
    setting_up.withdraw_slot(slots[2].pk, by=gus)
    delegations = [f"delegation.{each.pk}" for each in (fiji, finland, ghana)]
    with followed(*delegations) as events:
        remove_session(review_session.pk, by=olga)
    assert {event.topic_id for event in events} == set(delegations)
    assert [snapshot(topic).cards for topic in delegations] == [{}, {}, {}]


def test_what_nobody_reached_is_told_as_such(review_session, slots, chen):
    go_live(review_session.pk, by=chen)
    end_session(review_session.pk, by=chen)
    assert numbers_of(review_session).delivered == 0


@pytest.mark.parametrize("name", ["Adi\x07 Kini", "Adi \u202eikniK", "\u200b"])
@pytest.mark.parametrize("field", ["name", "function", "honorific"])
def test_nobody_is_announced_by_what_cannot_be_seen(slots, ben, field, name):
    with pytest.raises(Invalid) as refused:
        setting_up.change_slot(slots[0].pk, by=ben, **{field: name})
    assert set(refused.value.fields) == {field}


def test_nobody_proposes_to_change_places_in_a_session_that_is_over(review_session, slots, ben, chen):
    go_live(review_session.pk, by=chen)
    end_session(review_session.pk, by=chen)
    with pytest.raises(WrongMove):
        swapping.propose_swap(slots[0].pk, slots[1].pk, by=ben)
    assert not Swap.objects.exists()


def test_a_rehearsal_holds_nobody_up_who_prepares(review_session, slots, ben, vera, gus, olga, chen, followed):
    rehearsing.begin_rehearsal(review_session.pk, by=chen)
    seen = Floor.objects.get().rev
    with followed(f"session.{review_session.pk}.speakers", f"session.{review_session.pk}.board"):
        handing_in.hand_in_statement(slots[0].pk, language="en", text="Excellencies,", by=ben)
    setting_up.change_slot(slots[0].pk, name="Adi Kini", by=ben)
    swapping.accept_swap(swapping.propose_swap(slots[1].pk, slots[2].pk, by=vera).pk, by=gus)
    setting_up.withdraw_slot(slots[2].pk, reason="Ill", by=olga)
    # The desk, which rehearses, is not held up either.
    desk.call_next(review_session.pk, rev=seen, by=chen)
    rehearsing.end_rehearsal(review_session.pk, by=chen)
    prepared = Turn.objects.get(pk=slots[0].turn_id)
    assert (prepared.can_be_filed, prepared.name) == (True, "Adi Kini")
    assert Turn.objects.get(pk=slots[2].turn_id).state == State.WITHDRAWN
    assert {"floor.reordered", "turn.withdrawn"} <= set(Minute.objects.values_list("what", flat=True))
