"""Which verb moves a turn from which state to which: no verb makes a move that is another's."""

from contextlib import suppress
from datetime import timedelta
from functools import partial
from itertools import product

import pytest
from django.db import transaction
from django.utils import timezone

from outbox.errors import Refusal
from sessions.floor.actions import desk, listing, ordering
from sessions.floor.actions.standing import set_ready
from sessions.floor.models import MOVES, WAITING, Kind, Mode, State, Turn

pytestmark = [pytest.mark.django_db, pytest.mark.anywhere]

SPOKEN = (State.SPEAKING, State.PAUSED)


def all_to(to: State, *states: State) -> dict[State, set[State]]:
    return {state: {to} for state in states}


def at_the_desk(verb, turn, chen, _ben, **more):
    verb(turn.floor_id, turn.pk, by=chen, **more)


def with_a_film(verb, turn, chen, _ben):
    Turn.objects.filter(pk=turn.pk).update(mode=Mode.RECORDED)
    verb(turn.floor_id, turn.pk, by=chen)


def by_oneself(verb, turn, _chen, ben, **more):
    verb(turn.pk, by=ben, **more)


def of_the_review(turn, _chen, ben):
    set_ready(turn, ready=True, by=ben)


VERBS = {
    "call": (partial(at_the_desk, desk.call_turn), all_to(State.CALLED, *WAITING)),
    "take the call back": (
        partial(at_the_desk, desk.take_call_back),
        {State.CALLED: {State.INSCRIBED, State.READY, State.DEFERRED, State.PUT_OFF}},
    ),
    "start": (partial(at_the_desk, desk.start_turn), all_to(State.SPEAKING, State.CALLED)),
    "pause": (partial(at_the_desk, desk.pause_turn), all_to(State.PAUSED, State.SPEAKING)),
    "resume": (partial(at_the_desk, desk.resume_turn), all_to(State.SPEAKING, State.PAUSED, State.INTERRUPTED)),
    "start over": (
        partial(with_a_film, desk.start_over),
        all_to(State.SPEAKING, State.CALLED, State.PAUSED, State.INTERRUPTED),
    ),
    "extend": (partial(at_the_desk, desk.extend_turn), {}),
    "interrupt": (partial(at_the_desk, desk.interrupt_turn), all_to(State.INTERRUPTED, *SPOKEN)),
    "end": (partial(at_the_desk, desk.end_turn), all_to(State.COMPLETED, *SPOKEN)),
    "cut": (partial(at_the_desk, desk.cut_turn), all_to(State.CUT, *SPOKEN)),
    "mark absent": (partial(at_the_desk, desk.mark_absent), {State.CALLED: {State.DEFERRED, State.FILED}}),
    "defer": (partial(at_the_desk, desk.defer_turn), all_to(State.PUT_OFF, State.INTERRUPTED)),
    "file": (partial(at_the_desk, desk.file_turn), all_to(State.FILED, *WAITING, State.CALLED, State.INTERRUPTED)),
    "strike": (partial(at_the_desk, ordering.strike_turn, reason="Not here"), all_to(State.WITHDRAWN, *WAITING)),
    "say ready": (partial(by_oneself, listing.say_ready), all_to(State.READY, State.INSCRIBED)),
    "take ready back": (partial(by_oneself, listing.say_ready, ready=False), all_to(State.INSCRIBED, State.READY)),
    "be said ready": (of_the_review, all_to(State.READY, State.INSCRIBED)),
    "say here": (partial(by_oneself, listing.say_here), {}),
    "leave": (partial(by_oneself, listing.leave_list), all_to(State.WITHDRAWN, *WAITING)),
    "yield": (partial(by_oneself, listing.yield_floor), all_to(State.COMPLETED, *SPOKEN)),
}


def stands(turn: Turn, state: State, absent_count: int, called_from: State) -> Turn:
    """The turn as it might be in that state, its time and its grace over."""
    since = timezone.now() - timedelta(minutes=10) if state == State.SPEAKING else None
    Turn.objects.filter(pk=turn.pk).update(
        state=state,
        absent_count=absent_count,
        running_since=since,
        called_from=called_from,
        called_at=timezone.now(),
        consumed_ms=turn.allotted_ms + 60_000 if state == State.PAUSED else 0,
        can_be_filed=True,
    )
    return Turn.objects.select_related("floor__session").get(pk=turn.pk)


@pytest.mark.parametrize("name", VERBS)
def test_a_verb_makes_its_own_moves_and_no_others(floor, fiji, ben, chen, name):
    verb, moves = VERBS[name]
    turn = Turn.objects.create(floor=floor, kind=Kind.COMMENT, delegation=fiji, person=ben, allotted_ms=90_000)
    reached = {}
    for state, absent_count, called_from in product(State, (0, 1), WAITING):
        if state != State.CALLED and called_from != State.INSCRIBED:
            continue  # where it was called from is asked while it is called
        with suppress(_Undone), transaction.atomic():
            with suppress(Refusal):
                verb(stands(turn, state, absent_count, called_from), chen, ben)
            reached.setdefault(state, set()).add(Turn.objects.get(pk=turn.pk).state)
            raise _Undone
    for state, to in reached.items():
        assert to <= moves.get(state, {state}), state
    # And those it does make: otherwise all of this would hold of a verb that refuses everything.
    assert all(reached[state] & to for state, to in moves.items())


def test_together_they_make_every_move_of_the_table():
    made = {(state, to) for _verb, moves in VERBS.values() for state, reached in moves.items() for to in reached}
    known = {(state, to) for state, reached in MOVES.items() for to in reached}
    # Where there is a text it is filed; without one the same verb, and the end of the session, forfeit.
    assert known - made == {(State.CALLED, State.FORFEITED), (State.DEFERRED, State.FORFEITED)}
    assert made <= known


class _Undone(Exception):
    """What was tried is undone."""
