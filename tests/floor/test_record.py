"""What remains of a floor: true sums, one order, one hash for pages and rows, and nobody’s name for the hall."""

import msgspec
import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from outbox.errors import Refusal
from outbox.reading import snapshot
from sessions.floor.actions import course, desk, listing, ordering, points, rehearsing
from sessions.floor.models import Floor, Kind, Mode, PointOfOrder, PointState, Segment, State, Turn
from sessions.floor.record import FloorRecord, hash_of_cards, hash_of_rows, record_of, rows_of
from sessions.programme.actions import end_session

pytestmark = [pytest.mark.django_db, pytest.mark.page]


def recorded(floor: Floor, *, with_names: bool = False) -> FloorRecord:
    return record_of(rows_of(Floor.objects.select_related("session").get(pk=floor.pk)), with_names=with_names)


def speak(floor, turn, chen, server_clock, seconds):
    desk.call_turn(floor.pk, turn.pk, by=chen)
    server_clock.tick(5)
    desk.start_turn(floor.pk, turn.pk, by=chen)
    server_clock.tick(seconds)
    desk.end_turn(floor.pk, turn.pk, by=chen)


@pytest.fixture
def played(floor, statements, chen, ben, vera, gus, server_clock):
    """A course with all that happens: Ghana first, a pause, a point of order with an appeal, an absence, a comment."""
    fiji, finland, ghana = statements
    ordering.move_turn(floor.pk, ghana.pk, place=1, reason="The minister has to leave", by=chen)
    speak(floor, ghana, chen, server_clock, 200)
    desk.call_next(floor.pk, by=chen)
    desk.start_turn(floor.pk, fiji.pk, by=chen)
    server_clock.tick(60)
    desk.pause_turn(floor.pk, fiji.pk, by=chen)
    server_clock.tick(15)
    desk.resume_turn(floor.pk, fiji.pk, by=chen)
    server_clock.tick(10)
    point = points.raise_point(floor.pk, by=vera)
    server_clock.tick(20)
    points.rule_on_point(floor.pk, point.pk, ruling=PointState.REJECTED, words="It is about substance", by=chen)
    points.appeal(point.pk, by=gus)
    points.decide_appeal(floor.pk, point.pk, outcome=PointState.SUSTAINED, words="By a show of hands", by=chen)
    desk.extend_turn(floor.pk, fiji.pk, by=chen)
    server_clock.tick(30)
    desk.end_turn(floor.pk, fiji.pk, by=chen)
    comment = listing.join_list(floor.pk, kind=Kind.COMMENT, about_id=fiji.pk, by=gus)
    withdrawn = listing.join_list(floor.pk, kind=Kind.QUESTION, by=ben)
    ordering.strike_turn(floor.pk, withdrawn.pk, reason="Not about the item", by=chen)
    desk.call_turn(floor.pk, finland.pk, by=chen)
    desk.mark_absent(floor.pk, finland.pk, by=chen)
    return {"fiji": fiji, "finland": finland, "ghana": ghana, "comment": comment, "withdrawn": withdrawn}


def test_turns_stand_in_the_order_in_which_they_were_called(floor, played):
    assert [turn.id for turn in recorded(floor).turns] == [
        played[name].pk for name in ("ghana", "fiji", "comment", "finland")
    ]


def test_it_says_how_long_each_had_and_used_and_when_the_clock_stood(floor, played):
    fiji = recorded(floor).turn(played["fiji"].pk)
    assert (fiji.allotted_ms, fiji.extended_ms, fiji.consumed_ms, fiji.under_ms) == (210_000, 30_000, 100_000, 110_000)
    assert [stretch.ms for stretch in fiji.stretches] == [60_000, 10_000, 0, 30_000]
    assert [pause.ms for pause in fiji.pauses] == [15_000, 20_000, 0]
    ghana = recorded(floor).turn(played["ghana"].pk)
    assert (ghana.over_ms, ghana.under_ms) == (20_000, 0)


def test_points_of_order_have_their_rulings_and_appeals(floor, played, ghana):
    (point,) = recorded(floor).points
    assert (point.state, point.ruling, point.appeal) == ("sustained", "It is about substance", "By a show of hands")
    assert point.appealed_by.id == ghana.pk


def test_a_change_of_the_order_has_its_reason(floor, played):
    assert [each.words for each in recorded(floor).reorders] == [{"en": "The minister has to leave"}]


def test_the_totals_are_those_of_what_was_delivered(floor, played):
    totals = recorded(floor).totals
    assert (totals.turns, totals.delivered, totals.not_reached, totals.withdrawn) == (4, 2, 2, 1)
    assert (totals.consumed_ms, totals.over_ms, totals.under_ms) == (300_000, 20_000, 110_000)


def test_the_chair_reads_who_acted_and_the_hall_reads_the_chair(floor, played):
    told = msgspec.json.encode(recorded(floor)).decode()
    for name in ("Chen", "Vera"):
        assert name not in told
    assert {minute.by for minute in recorded(floor).minutes} == {"chair", "delegation"}
    assert {minute.by_name for minute in recorded(floor).minutes} == {""}
    assert "Chen" in {minute.by_name for minute in recorded(floor, with_names=True).minutes}


def test_of_what_was_withdrawn_the_hall_reads_the_number_alone(floor, played):
    told = msgspec.json.encode(recorded(floor)).decode()
    assert "Not about the item" not in told
    assert played["withdrawn"].pk not in {turn.id for turn in recorded(floor).turns}
    full = recorded(floor, with_names=True)
    assert full.turns[-1].id == played["withdrawn"].pk
    assert {"en": "Not about the item"} in [minute.words for minute in full.minutes]


def test_the_session_that_ends_by_the_clock_is_nobodys_doing(floor, played, chen, server_clock):
    desk.call_turn(floor.pk, played["comment"].pk, by=chen)
    desk.start_turn(floor.pk, played["comment"].pk, by=chen)
    end_session(floor.pk, by=chen)
    assert recorded(floor, with_names=True).minutes[-1].by == "clock"


def test_a_rehearsal_leaves_nothing_in_it(floor, statements, chen, server_clock):
    before = recorded(floor, with_names=True)
    floor.session.state = "scheduled"
    floor.session.save()
    rehearsing.begin_rehearsal(floor.pk, by=chen)
    copy = Turn.objects.get(stands_for=statements[0])
    desk.call_turn(floor.pk, copy.pk, by=chen)
    desk.start_turn(floor.pk, copy.pk, by=chen)
    server_clock.tick(77)
    points.note_point(floor.pk, delegation_id=statements[1].delegation_id, by=chen)
    assert Segment.objects.get().ms == 77_000
    assert recorded(floor, with_names=True) == before


def test_it_comes_back_from_json_as_it_was(floor, played):
    record = recorded(floor, with_names=True)
    assert msgspec.json.decode(msgspec.json.encode(record), type=FloorRecord) == record


# The hash


def test_rows_and_cards_have_one_hash(floor, played, chen):
    cards = snapshot(f"session.{floor.pk}.speakers").cards
    assert hash_of_cards(cards) == hash_of_rows(floor.pk) == recorded(floor).hash
    assert recorded(floor, with_names=True).hash == recorded(floor).hash


def test_the_hash_changes_with_a_state_an_order_and_a_time(floor, played, chen, server_clock):
    seen = {hash_of_rows(floor.pk)}
    ordering.move_turn(floor.pk, played["comment"].pk, place=2, reason="Because", by=chen)
    seen.add(hash_of_rows(floor.pk))
    desk.call_turn(floor.pk, played["comment"].pk, by=chen)
    seen.add(hash_of_rows(floor.pk))
    Turn.objects.filter(pk=played["fiji"].pk).update(consumed_ms=99_999)
    seen.add(hash_of_rows(floor.pk))
    assert len(seen) == 4


def test_a_page_that_holds_fewer_cards_is_compared_with_those_alone(floor, played):
    cards = snapshot(f"session.{floor.pk}.speakers").cards
    del cards[f"turn.{played['ghana'].pk}"]
    held = {card["id"] for key, card in cards.items() if key.startswith("turn.")}
    assert hash_of_cards(cards) == hash_of_rows(floor.pk, among=held)
    assert hash_of_cards(cards) != hash_of_rows(floor.pk)


def test_its_canonical_form_is_as_written_down(floor, statements):
    from hashlib import sha256  # noqa: PLC0415  what anybody would do by hand

    lines = [f"{place} {turn.pk} inscribed 0 180000" for place, turn in enumerate(statements, start=1)]
    told = "".join(f"{line}\n" for line in ("sidang.floor/1", *lines))
    assert hash_of_rows(floor.pk) == sha256(told.encode()).hexdigest()


VERBS = st.sampled_from(
    [
        "next",
        "start",
        "pause",
        "resume",
        "start over",
        "extend",
        "interrupt",
        "end",
        "cut",
        "absent",
        "defer",
        "point",
        "rule",
        "comment",
        "suspend",
    ]
)


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(moves=st.lists(st.tuples(VERBS, st.integers(0, 200_000)), min_size=5, max_size=40))
def test_whatever_happens_the_sums_are_true_and_pages_agree(floor, statements, chen, vera, server_clock, moves):
    with transaction.atomic():
        Turn.objects.filter(pk=statements[0].pk).update(mode=Mode.RECORDED)
        for verb, ms in moves:
            server_clock.tick(ms / 1000)
            try:
                _move(floor, verb, chen, vera)
            except Refusal:
                continue
        record = recorded(floor)
        for turn in record.turns:
            assert turn.consumed_ms == sum(stretch.ms for stretch in turn.stretches)
        assert record.totals.turns == len(record.turns)
        assert record.hash == hash_of_cards(snapshot(f"session.{floor.pk}.speakers").cards)
        transaction.set_rollback(True)


def _move(floor, verb, chen, vera):
    holder = Turn.objects.filter(state__in=("called", "speaking", "paused", "interrupted")).first()
    point = PointOfOrder.objects.filter(state=PointState.RAISED).first()
    of_holder = {
        "start": desk.start_turn,
        "pause": desk.pause_turn,
        "resume": desk.resume_turn,
        "start over": desk.start_over,
        "extend": desk.extend_turn,
        "interrupt": desk.interrupt_turn,
        "end": desk.end_turn,
        "cut": desk.cut_turn,
        "absent": desk.mark_absent,
        "defer": desk.defer_turn,
    }
    if verb in of_holder and holder is not None:
        of_holder[verb](floor.pk, holder.pk, by=chen)
    elif verb == "next":
        desk.call_next(floor.pk, by=chen)
    elif verb == "comment":
        listing.join_list(floor.pk, kind=Kind.COMMENT, by=vera)
    elif verb == "point":
        points.raise_point(floor.pk, by=vera)
    elif verb == "rule" and point is not None:
        points.rule_on_point(floor.pk, point.pk, ruling=PointState.NOTED, by=chen)
    elif verb == "suspend":
        course.stop_with_session(floor.session)


def test_a_cut_at_its_time_is_delivered(floor, statements, chen, server_clock):
    desk.call_next(floor.pk, by=chen)
    desk.start_turn(floor.pk, statements[0].pk, by=chen)
    server_clock.tick(240)
    desk.cut_turn(floor.pk, statements[0].pk, by=chen)
    record = recorded(floor)
    assert (record.totals.delivered, record.totals.cut, record.turns[0].over_ms) == (1, 1, 60_000)
    assert record.turns[0].state == State.CUT
