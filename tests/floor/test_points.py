"""Points of order stop the clock until they are ruled on."""

from uuid import uuid4

import pytest
from django.urls import reverse

from conferences.models import Delegation
from outbox.errors import Invalid, NotAllowed, NotThere, WrongMove
from outbox.reading import snapshot
from sessions.floor.actions import course, desk, points
from sessions.floor.models import Floor, Mode, PointOfOrder, PointState, State, StoppedBy, Turn
from sessions.programme.actions import end_session, resume, suspend
from sessions.programme.models import State as SessionState


def topics(floor):
    return [f"session.{floor.pk}.speakers", f"session.{floor.pk}.chair", f"screen.{floor.pk}.{floor.screen_key}"]


@pytest.fixture
def speech(floor, statements, chen, server_clock):
    """Fiji speaks, since forty seconds."""
    desk.call_next(floor.pk, by=chen)
    desk.start_turn(floor.pk, statements[0].pk, by=chen)
    server_clock.tick(40)
    return statements[0]


def test_a_point_stops_the_clock_and_the_ruling_lets_it_go_on(floor, speech, vera, chen, server_clock, again, followed):
    with followed(*topics(floor)) as events:
        point = points.raise_point(floor.pk, by=vera)
    assert {event.name for event in events} == {"floor.moved", "turn.paused", "point.raised"}
    assert (again(speech).state, again(speech).stopped_by) == (State.PAUSED, StoppedBy.POINT)
    server_clock.tick(60)
    with followed(*topics(floor)):
        points.recognise_point(floor.pk, point.pk, by=chen)
    server_clock.tick(30)
    with followed(*topics(floor)):
        points.rule_on_point(floor.pk, point.pk, ruling=PointState.UPHELD, words="It is well taken.", by=chen)
    assert again(speech).state == State.SPEAKING
    assert again(speech).clock.remaining_at(server_clock.at) == 140_000
    assert PointOfOrder.objects.get().ruling == "It is well taken."


def test_the_clock_waits_for_the_last_of_two_points(floor, speech, vera, gus, chen, again):
    first, second = (points.raise_point(floor.pk, by=person) for person in (vera, gus))
    points.rule_on_point(floor.pk, first.pk, ruling=PointState.NOTED, by=chen)
    assert again(speech).state == State.PAUSED
    with pytest.raises(WrongMove):
        desk.resume_turn(floor.pk, speech.pk, by=chen)
    points.rule_on_point(floor.pk, second.pk, ruling=PointState.REJECTED, by=chen)
    assert again(speech).state == State.SPEAKING


def test_what_the_chair_stopped_stays_stopped_after_the_ruling(floor, speech, vera, chen, again):
    desk.pause_turn(floor.pk, speech.pk, by=chen)
    point = points.raise_point(floor.pk, by=vera)
    points.rule_on_point(floor.pk, point.pk, ruling=PointState.NOTED, by=chen)
    assert again(speech).state == State.PAUSED


def test_raising_twice_is_raising_once(floor, speech, vera, followed):
    first = points.raise_point(floor.pk, by=vera)
    with followed(*topics(floor), changes=False):
        assert points.raise_point(floor.pk, by=vera).pk == first.pk


def test_one_point_is_heard_at_a_time(floor, speech, vera, gus, chen):
    first, second = (points.raise_point(floor.pk, by=person) for person in (vera, gus))
    points.recognise_point(floor.pk, first.pk, by=chen)
    points.recognise_point(floor.pk, first.pk, by=chen)
    with pytest.raises(WrongMove):
        points.recognise_point(floor.pk, second.pk, by=chen)


def test_pages_hold_the_points_that_are_open_and_the_last_that_are_over(
    floor, speech, conference, chen, followed, server_clock
):
    names = [f"Delegation {number}" for number in range(8)]
    many = [Delegation.objects.create(conference=conference, name=name, position=9) for name in names]
    raised = []
    for delegation in many:
        server_clock.tick(1)
        with followed(*topics(floor)):
            raised.append(points.note_point(floor.pk, delegation_id=delegation.pk, by=chen).pk)
    assert held(floor) == raised[:5]
    # Out of its turn, and one that no page held until those before it were ruled on.
    for number in (4, 0, 1, 2, 3, 7, 5, 6):
        server_clock.tick(1)
        with followed(*topics(floor)):
            points.recognise_point(floor.pk, raised[number], by=chen)
        assert raised[number] in held(floor)
        with followed(*topics(floor)):
            points.rule_on_point(floor.pk, raised[number], ruling=PointState.UPHELD, by=chen)
    assert held(floor) == raised[3:]
    with followed(*topics(floor)):
        points.note_appeal(floor.pk, raised[0], delegation_id=many[1].pk, by=chen)
    assert held(floor) == [raised[0], *raised[4:]]


def held(floor) -> list[int]:
    """The points on a page that is opened now, as they were raised."""
    cards = snapshot(f"session.{floor.pk}.speakers").cards
    return sorted(card["id"] for key, card in cards.items() if key.startswith("point."))


def test_a_point_is_a_delegations_and_the_session_must_be_on(floor, speech, ada, eve, vera):
    with pytest.raises(NotAllowed):
        points.raise_point(floor.pk, by=ada)
    with pytest.raises(NotThere):
        points.raise_point(floor.pk, by=eve)
    floor.session.state = SessionState.ENDED
    floor.session.save()
    with pytest.raises(WrongMove):
        points.raise_point(floor.pk, by=vera)


def test_the_desk_notes_a_point_that_was_raised_in_the_room(floor, speech, finland, chen, again, followed):
    with followed(*topics(floor)):
        points.note_point(floor.pk, delegation_id=finland.pk, by=chen)
    assert again(speech).state == State.PAUSED
    with pytest.raises(Invalid):
        points.note_point(floor.pk, delegation_id=10**9, by=chen)


def test_its_delegation_takes_it_back_and_the_clock_runs(floor, speech, vera, gus, again, followed):
    point = points.raise_point(floor.pk, by=vera)
    with pytest.raises(NotThere):
        points.take_point_back(point.pk, by=gus)
    with followed(*topics(floor)):
        points.take_point_back(point.pk, by=vera)
    points.take_point_back(point.pk, by=vera)
    assert again(speech).state == State.SPEAKING


def test_a_ruling_is_appealed_against_at_once_and_the_meeting_decides(
    floor, speech, vera, gus, ada, chen, again, followed
):
    point = points.raise_point(floor.pk, by=vera)
    points.rule_on_point(floor.pk, point.pk, ruling=PointState.REJECTED, by=chen)
    with pytest.raises(NotAllowed):
        points.appeal(point.pk, by=ada)
    with followed(*topics(floor)):
        points.appeal(point.pk, by=gus)
    points.appeal(point.pk, by=gus)
    assert again(speech).state == State.PAUSED
    with pytest.raises(Invalid):
        points.decide_appeal(floor.pk, point.pk, outcome=PointState.UPHELD, by=chen)
    with followed(*topics(floor)):
        points.decide_appeal(floor.pk, point.pk, outcome=PointState.SUSTAINED, by=chen)
    assert again(speech).state == State.SPEAKING
    with pytest.raises(WrongMove):
        points.appeal(point.pk, by=gus)


def test_an_appeal_comes_too_late_once_somebody_else_has_the_floor(floor, speech, vera, gus, ghana, chen, server_clock):
    point = points.raise_point(floor.pk, by=vera)
    points.rule_on_point(floor.pk, point.pk, ruling=PointState.REJECTED, by=chen)
    desk.end_turn(floor.pk, speech.pk, by=chen)
    server_clock.tick(5)
    desk.call_next(floor.pk, by=chen)
    with pytest.raises(WrongMove):
        points.appeal(point.pk, by=gus)
    with pytest.raises(WrongMove) as refused:
        points.note_appeal(floor.pk, point.pk, delegation_id=ghana.pk, by=chen)
    assert "An appeal is made at once" in str(refused.value.words)


def test_an_appeal_in_the_room_is_noted_at_the_desk(floor, speech, vera, ghana, gus, chen, again, followed):
    point = points.raise_point(floor.pk, by=vera)
    with pytest.raises(WrongMove):
        points.note_appeal(floor.pk, point.pk, delegation_id=ghana.pk, by=chen)
    points.rule_on_point(floor.pk, point.pk, ruling=PointState.UPHELD, by=chen)
    with pytest.raises(NotAllowed):
        points.note_appeal(floor.pk, point.pk, delegation_id=ghana.pk, by=gus)
    with pytest.raises(Invalid):
        points.note_appeal(floor.pk, point.pk, delegation_id=10**9, by=chen)
    with followed(*topics(floor)):
        points.note_appeal(floor.pk, point.pk, delegation_id=ghana.pk, by=chen)
    points.note_appeal(floor.pk, point.pk, delegation_id=ghana.pk, by=chen)
    point.refresh_from_db()
    assert (point.state, point.appealed_by, again(speech).state) == (PointState.APPEALED, ghana, State.PAUSED)
    points.decide_appeal(floor.pk, point.pk, outcome=PointState.OVERRULED, by=chen)
    assert again(speech).state == State.SPEAKING


def test_a_delegation_that_rises_again_keeps_no_appeal_away(
    floor, speech, vera, gus, ghana, chen, again, server_clock, followed
):
    ruled = points.raise_point(floor.pk, by=vera)
    points.rule_on_point(floor.pk, ruled.pk, ruling=PointState.UPHELD, by=chen)
    server_clock.tick(1)
    risen = points.raise_point(floor.pk, by=vera)
    with followed(*topics(floor)):
        points.appeal(ruled.pk, by=gus)
    with followed(*topics(floor), changes=False):
        assert points.raise_point(floor.pk, by=vera).pk == risen.pk
    with followed(*topics(floor)):
        points.recognise_point(floor.pk, risen.pk, by=chen)
    assert points.raise_point(floor.pk, by=vera).pk == risen.pk
    with followed(*topics(floor)):
        points.rule_on_point(floor.pk, risen.pk, ruling=PointState.REJECTED, by=chen)
    # Two on appeal at once; the clock waits for both.
    with followed(*topics(floor)):
        points.note_appeal(floor.pk, risen.pk, delegation_id=ghana.pk, by=chen)
    points.decide_appeal(floor.pk, ruled.pk, outcome=PointState.SUSTAINED, by=chen)
    assert again(speech).state == State.PAUSED
    with followed(*topics(floor)):
        points.decide_appeal(floor.pk, risen.pk, outcome=PointState.OVERRULED, by=chen)
    assert again(speech).state == State.SPEAKING


def test_whoever_is_appealed_against_may_still_rise_to_another_point(floor, speech, vera, gus, chen, again, followed):
    ruled = points.raise_point(floor.pk, by=vera)
    points.rule_on_point(floor.pk, ruled.pk, ruling=PointState.UPHELD, by=chen)
    points.appeal(ruled.pk, by=gus)
    with followed(*topics(floor)):
        another = points.raise_point(floor.pk, by=vera)
    assert another.pk != ruled.pk
    with followed(*topics(floor)):
        points.take_point_back(another.pk, by=vera)
    assert again(speech).state == State.PAUSED


@pytest.mark.parametrize("when", ["risen", "recognised"])
def test_an_appeal_is_taken_from_the_form_and_at_the_desk(client, floor, speech, vera, gus, ghana, chen, when):
    ruled = points.raise_point(floor.pk, by=vera)
    points.rule_on_point(floor.pk, ruled.pk, ruling=PointState.UPHELD, by=chen)
    risen = points.raise_point(floor.pk, by=vera)
    if when == "recognised":
        points.recognise_point(floor.pk, risen.pk, by=chen)
        points.note_appeal(floor.pk, ruled.pk, delegation_id=ghana.pk, by=chen)
    else:
        client.force_login(gus)
        speak = reverse("floor:speak", args=[floor.session.conference.slug, floor.pk])
        assert client.post(speak, {"appeal": ruled.pk, "command_id": uuid4()}).status_code == 302
    ruled.refresh_from_db()
    assert (ruled.state, ruled.appealed_by) == (PointState.APPEALED, ghana)


def test_no_ruling_is_a_ruling_only_if_it_is_one(floor, speech, vera, chen):
    point = points.raise_point(floor.pk, by=vera)
    with pytest.raises(Invalid):
        points.rule_on_point(floor.pk, point.pk, ruling=PointState.APPEALED, by=chen)
    with pytest.raises(NotThere):
        points.rule_on_point(floor.pk, 10**9, ruling=PointState.NOTED, by=chen)


# With the session and the clock


def test_a_suspended_meeting_stops_the_clock_until_the_chair_lets_it_go_on(floor, speech, chen, again, followed):
    with followed(*topics(floor)):
        suspend(floor.pk, by=chen)
    assert (again(speech).state, again(speech).stopped_by) == (State.PAUSED, StoppedBy.SUSPENSION)
    with pytest.raises(WrongMove):
        desk.resume_turn(floor.pk, speech.pk, by=chen)
    resume(floor.pk, by=chen)
    desk.resume_turn(floor.pk, speech.pk, by=chen)
    assert again(speech).state == State.SPEAKING


def test_a_session_that_ends_ends_the_speech_closes_the_list_and_notes_the_point(
    floor, speech, vera, chen, again, statements, followed
):
    point = points.raise_point(floor.pk, by=vera)
    with followed(*topics(floor)):
        end_session(floor.pk, by=chen)
    point.refresh_from_db()
    assert (again(speech).state, point.state, Floor.objects.get().list_is_open) == (
        State.COMPLETED,
        PointState.NOTED,
        False,
    )
    assert again(statements[1]).state == State.INSCRIBED


@pytest.mark.parametrize(("filed", "ends"), [(True, State.FILED), (False, State.PUT_OFF)])
def test_what_was_interrupted_when_the_session_ends_is_filed_or_was_not_heard(
    floor, speech, chen, again, filed, ends, followed
):
    Turn.objects.filter(pk=speech.pk).update(can_be_filed=filed)
    desk.interrupt_turn(floor.pk, speech.pk, by=chen)
    with followed(*topics(floor)):
        end_session(floor.pk, by=chen)
    assert again(speech).state == ends


def test_whoever_was_called_when_the_session_ends_was_not_reached(floor, statements, chen, again, followed):
    desk.call_next(floor.pk, by=chen)
    with followed(*topics(floor)):
        end_session(floor.pk, by=chen)
    assert again(statements[0]).state == State.INSCRIBED


def test_a_floor_that_cuts_by_itself_cuts_at_the_moment_that_was_due(floor, speech, server_clock, again, followed):
    assert course.cut_what_ran_over() == 0
    Floor.objects.update(cuts_by_itself=True)
    server_clock.tick(154)  # 194 s of 180 and 15
    assert course.cut_what_ran_over() == 0
    server_clock.tick(9)
    with followed(*topics(floor)):
        assert course.cut_what_ran_over() == 1
    assert course.cut_what_ran_over() == 0
    assert (again(speech).state, again(speech).consumed_ms) == (State.CUT, 195_000)


def test_a_film_ends_by_itself_and_is_not_cut_by_the_clock(floor, speech, server_clock, again):
    Floor.objects.update(cuts_by_itself=True, grace_seconds=5)
    Turn.objects.filter(pk=speech.pk).update(mode=Mode.RECORDED)
    server_clock.tick(148)  # 188 s of 180 and 5
    assert course.cut_what_ran_over() == 0
    assert again(speech).state == State.SPEAKING


def test_an_end_that_was_due_before_the_clock_was_stopped_or_extended_is_not_made(floor, speech, chen, server_clock):
    due = course.due_to_be_cut(Turn.objects.select_related("floor").get(pk=speech.pk))
    desk.extend_turn(floor.pk, speech.pk, by=chen)
    assert not course.end_at(speech.pk, at=due, cut=True)
    desk.pause_turn(floor.pk, speech.pk, by=chen)
    assert not course.end_at(speech.pk, at=due)
    assert not course.end_at(10**9, at=due)
