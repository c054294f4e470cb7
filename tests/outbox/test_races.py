"""Many announce at the same moment: no deadlock, no gap, and the order of the log is the order of the commits."""

from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from uuid import uuid4

import pytest

from outbox.models import Event, Topic
from sessions.programme.models import Room, Session
from sessions.questions.models import Question, QuestionTime, Status, Window

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(180)]

AT_ONCE = 6
TIMES = 15


@pytest.fixture
def panels(panel):
    """Three sessions with questions open, and not one topic that anybody wrote to."""
    others = [
        Session.objects.create(
            conference=panel.conference,
            room=Room.objects.create(conference=panel.conference, name=f"Room {number}", position=number),
            title=f"Panel {number}",
            starts_at=panel.starts_at,
            ends_at=panel.ends_at,
            access=panel.access,
            state=panel.state,
        )
        for number in (2, 3)
    ]
    panels = [panel, *others]
    for each in panels:
        QuestionTime.objects.create(session=each, window=Window.OPEN)
    return panels


@pytest.fixture
def touches(panels, ben):
    """Each racer changes three questions of its own in one change, one in each session, in an order of its own."""

    def jobs(times: int = TIMES) -> list[dict]:
        jobs = []
        for number in range(AT_ONCE):
            order = panels[number % 3 :] + panels[: number % 3]
            pks = [_question(session, ben).pk for session in (order if number % 2 else reversed(order))]
            jobs.append({"do": "touch", "with": {"question_ids": pks, "times": times}})
        return jobs

    return jobs


def _question(session, author) -> Question:
    return Question.objects.create(
        session=session, author=author, text="How do small islands fare?", status=Status.PENDING, uuid=uuid4()
    )


def desk(session) -> str:
    return f"session.{session.pk}.desk"


def log_of(topic: str) -> list[int]:
    return list(Event.objects.filter(topic=topic).order_by("seq").values_list("seq", flat=True))


@pytest.mark.parametrize("round_", range(3))
def test_changes_of_many_topics_in_any_order_end_and_leave_no_gap(racers, panels, touches, round_):
    """The first of them make the topics' rows, all at once."""
    assert racers.race(touches()) == ["done"] * AT_ONCE
    for session in panels:
        assert log_of(desk(session)) == list(range(1, AT_ONCE * TIMES + 1))
        assert Topic.objects.get(name=desk(session)).seq == AT_ONCE * TIMES


def test_whoever_reads_meanwhile_never_sees_a_later_event_before_an_earlier_one(racers, panels, touches):
    """The order of the log is the order of the commits: a reader may go on from the last it saw."""
    seen: list[list[int]] = []
    with ThreadPoolExecutor(1) as aside:
        race = aside.submit(racers.race, touches())
        while not race.done():
            seen.append(log_of(desk(panels[0])))
        assert race.result() == ["done"] * AT_ONCE
    for seqs in seen:
        assert seqs == list(range(1, len(seqs) + 1))
    assert all(len(earlier) <= len(later) for earlier, later in pairwise(seen))
    assert len({len(seqs) for seqs in seen}) > 2, "the reader saw nothing of the race"


def test_what_is_pruned_meanwhile_leaves_no_gap_in_what_is_kept(racers, panels, touches):
    went = racers.race([*touches(), {"do": "prune", "with": {"times": 30}}])
    assert went == ["done"] * (AT_ONCE + 1)
    for session in panels:
        topic = Topic.objects.get(name=desk(session))
        assert topic.seq == AT_ONCE * TIMES
        assert log_of(topic.name) == list(range(topic.pruned_to + 1, topic.seq + 1))


def test_without_the_topics_lock_the_same_race_goes_wrong(racers, touches):
    """The control: if this passed with topics read but not locked, the tests above would prove nothing."""
    for _ in range(20):
        went = racers.race([job | {"unlocked": True} for job in touches()])
        if any("IntegrityError" in how or "locked" in how for how in went):
            return
    pytest.fail("twenty races without a lock, and no number was given twice: these tests cannot see a race")
