"""Whatever the chair, delegates and the clock do in whatever order: one holder, true sums, and no page behind."""

from contextlib import suppress

import pytest
from django.db import transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from conferences.rules import speaks_for
from outbox.errors import Refusal, WrongMove
from outbox.reading import missed, snapshot
from sessions.floor.actions import course, desk, listing, ordering, points
from sessions.floor.models import (
    HOLDING,
    MOVES,
    OPEN_POINTS,
    POINT_MOVES,
    RULINGS,
    WAITING,
    Floor,
    Kind,
    Mode,
    PointOfOrder,
    PointState,
    Segment,
    State,
    Turn,
)
from sessions.programme import actions as programme
from sessions.programme.models import State as SessionState

TURNS = st.integers(0, 5)


@pytest.fixture
def machine(db, floor, statements, chen, dev, ben, vera, gus, server_clock):
    """A machine for hypothesis, in the transaction of each run."""
    Turn.objects.filter(pk=statements[1].pk).update(mode=Mode.RECORDED)

    class TheFloor(RuleBasedStateMachine):
        def __init__(self):
            super().__init__()
            # All that a run does is undone with it.
            self.run = transaction.atomic()
            self.run.__enter__()
            self.topics = [
                f"session.{floor.pk}.speakers",
                f"session.{floor.pk}.chair",
                f"screen.{floor.pk}.{floor.screen_key}",
            ]
            self.pages = {topic: snapshot(topic) for topic in self.topics}
            self.states = self._states()
            self.spoken = {}

        def teardown(self):
            for topic, seen in self.pages.items():
                cards = dict(seen.cards)
                for event in missed(topic, seen.standing.position):
                    for key, card in event.cards.items():
                        cards.pop(key, None) if card is None else cards.__setitem__(key, card)
                assert cards == snapshot(topic).cards, topic
            transaction.set_rollback(True)
            self.run.__exit__(None, None, None)

        def _states(self):
            return dict(Turn.objects.values_list("pk", "state"))

        def _turn(self, number):
            ids = list(Turn.objects.order_by("pk").values_list("pk", flat=True))
            return ids[number % len(ids)]

        @rule(seconds=st.sampled_from([0.001, 1, 29.999, 60, 200]))
        def time_passes(self, seconds):
            server_clock.tick(seconds)

        @rule()
        def call_next(self):
            with suppress(Refusal):
                desk.call_next(floor.pk, by=chen)

        @rule(
            number=TURNS,
            verb=st.sampled_from(
                [
                    desk.call_turn,
                    desk.take_call_back,
                    desk.start_turn,
                    desk.pause_turn,
                    desk.resume_turn,
                    desk.start_over,
                    desk.extend_turn,
                    desk.interrupt_turn,
                    desk.end_turn,
                    desk.cut_turn,
                    desk.mark_absent,
                    desk.defer_turn,
                    desk.file_turn,
                ]
            ),
        )
        def at_the_desk(self, number, verb):
            with suppress(Refusal):
                verb(floor.pk, self._turn(number), by=chen)

        @rule(
            verb=st.sampled_from(
                [
                    desk.start_turn,
                    desk.pause_turn,
                    desk.resume_turn,
                    desk.start_over,
                    desk.end_turn,
                    desk.cut_turn,
                    desk.mark_absent,
                ]
            )
        )
        def with_the_holder(self, verb):
            """Most moves are of whoever has the floor: chosen at random alone they would mostly be refused."""
            holder = Turn.objects.filter(state__in=HOLDING).first()
            if holder is not None:
                with suppress(Refusal):
                    verb(floor.pk, holder.pk, by=chen)

        @rule(number=TURNS, place=st.integers(1, 6))
        def move(self, number, place):
            before = self._waiting()
            with suppress(Refusal):
                ordering.move_turn(floor.pk, self._turn(number), place=place, reason="Because", by=chen)
            assert sorted(self._waiting()) == sorted(before)

        @rule(order=st.permutations(range(6)))
        def reorder(self, order):
            waiting = self._waiting()
            wanted = [waiting[place] for place in order if place < len(waiting)]
            with suppress(Refusal):
                ordering.set_order(floor.pk, wanted, reason="Because", by=chen)
                if len(waiting) <= len(order):
                    assert self._waiting() == wanted

        def _waiting(self):
            return list(Turn.objects.filter(state__in=WAITING).values_list("pk", flat=True))

        @rule(who=st.sampled_from([ben, vera, gus]), kind=st.sampled_from([Kind.COMMENT, Kind.QUESTION, Kind.REPLY]))
        def join(self, who, kind):
            with suppress(Refusal):
                listing.join_list(floor.pk, kind=kind, by=who)

        @rule(
            who=st.sampled_from([ben, vera, gus]),
            number=TURNS,
            verb=st.sampled_from([listing.leave_list, listing.say_ready, listing.say_here, listing.yield_floor]),
        )
        def of_ones_own(self, who, number, verb):
            was_called = set(Turn.objects.filter(state__in=HOLDING).values_list("pk", flat=True))
            with suppress(Refusal):
                verb(self._turn(number), by=who)
            # The chair alone takes a call back.
            assert not was_called & set(self._waiting())

        @rule(ready=st.booleans())
        def answer_as_one_is_called(self, ready):
            called = Turn.objects.filter(state=State.CALLED, delegation__isnull=False).first()
            if called is None:
                return
            voice = next(
                who for who in (ben, vera, gus) if speaks_for(who, floor.session.conference_id) == called.delegation
            )
            with pytest.raises(WrongMove):
                listing.say_ready(called.pk, ready=ready, by=voice)

        @rule(who=st.sampled_from([ben, vera, gus]))
        def raise_point(self, who):
            with suppress(Refusal):
                points.raise_point(floor.pk, by=who)

        @rule(ruling=st.sampled_from(RULINGS), hear=st.booleans())
        def rule_on_it(self, ruling, hear):
            point = PointOfOrder.objects.filter(state__in=OPEN_POINTS).first()
            if point is None:
                return
            with suppress(Refusal):
                if hear:
                    points.recognise_point(floor.pk, point.pk, by=chen)
                if point.state == PointState.APPEALED:
                    points.decide_appeal(floor.pk, point.pk, outcome=PointState.OVERRULED, by=chen)
                else:
                    points.rule_on_point(floor.pk, point.pk, ruling=ruling, by=chen)

        @rule(who=st.sampled_from([ben, vera, gus]))
        def appeal(self, who):
            point = PointOfOrder.objects.order_by("-pk").first()
            if point is not None:
                with suppress(Refusal):
                    points.appeal(point.pk, by=who)

        @rule(verb=st.sampled_from([programme.suspend, programme.resume]))
        def meeting(self, verb):
            with suppress(Refusal):
                verb(floor.pk, by=chen)

        @rule()
        def the_clock_cuts(self):
            Floor.objects.update(cuts_by_itself=True)
            course.cut_what_ran_over()
            Floor.objects.update(cuts_by_itself=False)

        @rule(number=TURNS, mode=st.sampled_from([Mode.ROOM, Mode.REMOTE]))
        def go_on_live(self, number, mode):
            with suppress(Refusal):
                desk.go_on_live(floor.pk, self._turn(number), mode=mode, by=chen)

        @rule(by=st.sampled_from([chen, dev]))
        def hand_over(self, by):
            desk.take_desk(floor.pk, by=by)
            desk.take_desk(floor.pk, by=chen)

        @invariant()
        def what_must_hold(self):
            turns = list(Turn.objects.all())
            holders = [turn for turn in turns if turn.state in HOLDING]
            assert len(holders) <= 1
            for turn in turns:
                was = self.states.get(turn.pk)
                reached = {State(was)} if was else {State.INSCRIBED}
                # One verb may make two moves: a point stops what the ruling lets go on.
                for _ in range(2):
                    reached |= {to for state in reached for to in MOVES[state]}
                assert turn.state in reached
                assert turn.consumed_ms == sum(Segment.objects.filter(turn=turn).values_list("ms", flat=True))
                assert (turn.running_since is not None) == (turn.state == State.SPEAKING)
            open_points = PointOfOrder.objects.filter(state__in=OPEN_POINTS).exists()
            live = Floor.objects.select_related("session").get().session.state == SessionState.LIVE
            assert not (any(turn.state == State.SPEAKING for turn in turns) and (open_points or not live))
            assert len({(turn.block, turn.position) for turn in turns}) == len(turns)
            self.states = self._states()

    return TheFloor


@pytest.mark.anywhere
@pytest.mark.timeout(300)
def test_no_order_of_moves_breaks_what_must_hold(machine):
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=25,
            stateful_step_count=30,
            deadline=None,
            suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
        ),
    )


def test_the_tables_of_moves_know_every_state():
    assert set(MOVES) == set(State)
    assert set(POINT_MOVES) == set(PointState)
    assert all(not MOVES[state] for state in State if state not in (*WAITING, *HOLDING))
