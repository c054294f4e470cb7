"""How a session goes: its chair opens, suspends, resumes and ends it; an organiser may take an end back."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.utils import timezone

from outbox.commands import perform
from outbox.errors import Invalid, NotAllowed, NotThere, WrongMove
from sessions.programme import actions
from sessions.programme.models import MOVES, Access, Session, State
from sessions.programme.signals import session_ended

VERBS = {
    "go_live": lambda session, by: actions.go_live(session.pk, by=by),
    "suspend": lambda session, by: actions.suspend(session.pk, by=by),
    "resume": lambda session, by: actions.resume(session.pk, by=by),
    "end": lambda session, by: actions.end_session(session.pk, by=by),
    "reopen": lambda session, by: actions.reopen_session(session.pk, reason="Too early", by=by),
}
# What each verb makes of each state; None is a wrong move, the state itself means nothing is left to do.
TABLE = {
    "go_live": {"scheduled": "live", "live": "live", "suspended": None, "ended": None},
    "suspend": {"scheduled": None, "live": "suspended", "suspended": "suspended", "ended": None},
    "resume": {"scheduled": None, "live": "live", "suspended": "live", "ended": None},
    "end": {"scheduled": None, "live": "ended", "suspended": "ended", "ended": "ended"},
    "reopen": {"scheduled": None, "live": "live", "suspended": None, "ended": "live"},
}


def put(session, state):
    session.state = state
    session.ended_at = timezone.now() if state == State.ENDED else None
    session.save()


def test_a_session_goes_its_way_and_open_pages_see_each_step(scheduled, olga, followed):
    with followed(scheduled) as opened:
        actions.go_live(scheduled.pk, by=olga)
    with followed(scheduled) as paused:
        actions.suspend(scheduled.pk, by=olga)
    with followed(scheduled) as went_on:
        actions.resume(scheduled.pk, by=olga)
    with followed(scheduled) as ended:
        actions.end_session(scheduled.pk, by=olga)
    with followed(scheduled) as taken_back:
        actions.reopen_session(scheduled.pk, reason="Ended by mistake", by=olga)
    told = [opened, paused, went_on, ended, taken_back]
    assert [[event.name for event in events] for events in told] == [
        ["session.live"],
        ["session.suspended"],
        ["session.resumed"],
        ["session.ended"],
        ["session.reopened"],
    ]
    scheduled.refresh_from_db()
    assert (scheduled.state, scheduled.ended_at, scheduled.reopened_because) == ("live", None, "Ended by mistake")


@pytest.mark.parametrize("verb", VERBS)
@pytest.mark.parametrize("state", State.values)
def test_each_verb_makes_its_move_does_nothing_twice_and_refuses_the_rest(panel, olga, followed, verb, state):
    put(panel, state)
    expected = TABLE[verb][state]
    if expected is None:
        with followed(panel, changes=False), pytest.raises(WrongMove):
            VERBS[verb](panel, olga)
        expected = state
    else:
        with followed(panel, changes=expected != state):
            VERBS[verb](panel, olga)
    panel.refresh_from_db()
    assert panel.state == expected


def test_the_table_of_moves_and_the_verbs_agree():
    made = {
        (state, after)
        for outcomes in TABLE.values()
        for state, after in outcomes.items()
        if after is not None and after != state
    }
    assert made == {(state.value, after.value) for state, moves in MOVES.items() for after in moves}


def test_when_it_went_live_and_ended_is_kept(scheduled, olga):
    before = timezone.now()
    actions.go_live(scheduled.pk, by=olga)
    actions.suspend(scheduled.pk, by=olga)
    session = actions.resume(scheduled.pk, by=olga)
    first_live = session.went_live_at
    assert before <= first_live <= timezone.now()
    session = actions.end_session(scheduled.pk, by=olga)
    assert first_live <= session.ended_at
    assert session.went_live_at == first_live


def test_the_chair_runs_it_but_only_an_organiser_takes_the_end_back(panel, chen):
    actions.suspend(panel.pk, by=chen)
    actions.end_session(panel.pk, by=chen)
    with pytest.raises(NotAllowed):
        actions.reopen_session(panel.pk, reason="Too early", by=chen)


@pytest.mark.parametrize("verb", VERBS)
def test_moderators_and_delegates_see_it_and_may_not_run_it(panel, ada, ben, verb):
    for person in (ada, ben):
        with pytest.raises(NotAllowed):
            VERBS[verb](panel, person)


@pytest.mark.parametrize("verb", VERBS)
def test_for_a_stranger_it_is_not_there(panel, eve, verb):
    with pytest.raises(NotThere):
        VERBS[verb](panel, eve)
    with pytest.raises(NotThere):
        VERBS[verb](Session(pk=10**9), eve)


def test_half_an_hour_after_its_end_it_stays_ended(panel, olga):
    put(panel, State.ENDED)
    for minutes, may in ((31, False), (29, True)):
        Session.objects.update(ended_at=timezone.now() - timedelta(minutes=minutes))
        if may:
            actions.reopen_session(panel.pk, reason="One more statement", by=olga)
        else:
            with pytest.raises(WrongMove):
                actions.reopen_session(panel.pk, reason="One more statement", by=olga)


@pytest.mark.parametrize("reason", ["", "   ", "x" * 201])
def test_taking_an_end_back_needs_a_reason(panel, olga, reason):
    put(panel, State.ENDED)
    with pytest.raises(Invalid) as refused:
        actions.reopen_session(panel.pk, reason=reason, by=olga)
    assert set(refused.value.fields) == {"reason"}


def test_its_end_is_told_once_inside_the_transaction(panel, olga):
    heard = []

    def hear(sender, session, **kwargs):
        heard.append((session.pk, session.state))

    session_ended.connect(hear)
    try:
        actions.end_session(panel.pk, by=olga)
        actions.end_session(panel.pk, by=olga)
    finally:
        session_ended.disconnect(hear)
    assert heard == [(panel.pk, "ended")]


def test_an_end_that_a_receiver_cannot_bear_does_not_happen(panel, olga, topic, followed):
    def object_to(sender, session, **kwargs):
        raise WrongMove("Somebody still speaks")

    session_ended.connect(object_to)
    try:
        with followed(topic, changes=False), pytest.raises(WrongMove):
            actions.end_session(panel.pk, by=olga)
    finally:
        session_ended.disconnect(object_to)
    panel.refresh_from_db()
    assert panel.state == State.LIVE


def test_a_command_sent_twice_is_done_once_even_after_it_was_undone(panel, olga):
    command_id = uuid4()
    perform("session.suspend", {"session_id": panel.pk}, by=olga, command_id=command_id)
    actions.resume(panel.pk, by=olga)
    perform("session.suspend", {"session_id": panel.pk}, by=olga, command_id=command_id)
    panel.refresh_from_db()
    assert panel.state == State.LIVE


@pytest.mark.parametrize(
    ("name", "payload", "field"),
    [
        ("session.end", {"session_id": "1"}, "session_id"),
        ("session.end", {"session_id": 0}, "session_id"),
        ("session.end", {"session_id": 2**63}, "session_id"),
        ("session.end", {"session_id": 1, "extra": 1}, "with"),
        ("session.reopen", {"session_id": 1}, "with"),
    ],
)
def test_a_command_that_cannot_be_read_says_where(olga, name, payload, field):
    with pytest.raises(Invalid) as refused:
        perform(name, payload, by=olga, command_id=uuid4())
    assert set(refused.value.fields) == {field}


def test_a_closed_session_is_run_by_its_chair(panel, chen, ben):
    Session.objects.update(access=Access.CLOSED)
    with pytest.raises(NotThere):
        actions.suspend(panel.pk, by=ben)
    assert actions.suspend(panel.pk, by=chen).state == State.SUSPENDED
