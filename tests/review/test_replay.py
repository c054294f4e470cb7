"""The demonstration's review, replayed by the real verbs: its numbers are those of 2021."""

import pytest
from django.core.management import CommandError, call_command

from conferences.models import Delegation
from jobs.actions import carry_out, claim
from jobs.models import Job
from jobs.models import State as JobState
from outbox.errors import NotAllowed, WrongMove
from outbox.reading import missed, snapshot
from sessions.floor.actions.desk import call_next, go_on_live, start_turn
from sessions.floor.actions.rehearsing import begin_rehearsal
from sessions.floor.models import Floor, Mode, State, Turn
from sessions.programme.actions import go_live
from sessions.review.demo.preparing import prepare, put_back, review_session
from sessions.review.demo.replay import Replay, summary
from sessions.review.models import Clip, LotDraw, Slot
from sessions.review.queries import numbers_of

# Those of 2021, in the alphabet of their codes.
COUNTRIES = [
    *("AU", "BN", "KH", "CL", "CN", "FJ", "FI", "IN", "ID", "JP", "LA"),
    *("MY", "NZ", "PH", "KR", "SG", "ZA", "TH", "US", "GB", "VN"),
]


def invited(session, countries):
    Delegation.objects.bulk_create(
        [
            Delegation(conference=session.conference, country=country, name=country, position=number)
            for number, country in enumerate(countries, start=1)
        ]
    )


@pytest.fixture
def demo(settings, review_session, olga):
    """The session, in a demonstration with four delegations."""
    settings.DEMO = True
    invited(review_session, COUNTRIES[:4])
    return review_session


def replayed(session, server_clock, **wishes):
    lines = []
    replay = Replay(session, 20, told=lines.append, sleep=server_clock.tick, **wishes)
    return replay.run(), lines


def test_twenty_one_are_invited_twenty_attend_nineteen_deliver(demo, server_clock):
    invited(demo, COUNTRIES[4:])
    numbers, lines = replayed(demo, server_clock, with_films=False)
    assert summary(numbers).startswith("21 invited, 20 attended, 19 delivered, 1 filed, 1 absent;")
    assert numbers.allotted_ms == 19 * 11_250
    assert 0 < numbers.under_ms < numbers.allotted_ms / 10
    assert len(lines) == 1 + 21 + 1  # who was drawn, each of them, and the absent one a second time
    states = list(Turn.objects.values_list("state", flat=True))
    assert (states.count(State.COMPLETED), states.count(State.FILED), states.count(State.FORFEITED)) == (19, 1, 1)


def test_a_page_that_was_open_all_the_while_ends_where_one_opened_now_begins(demo, server_clock):
    prepare(demo, by=Replay(demo, 20).organiser)
    topics = [f"session.{demo.pk}.{each}" for each in ("speakers", "chair", "review", "booth", "board")]
    # What is put back begins anew: pages are thrown out and look again.
    put_back(demo)
    seen = {topic: snapshot(topic) for topic in topics}
    replay = Replay(demo, 20, told=lambda _line: None, sleep=server_clock.tick, with_films=False)
    replay.set_up = lambda: prepare(demo, by=replay.organiser)
    positions = {topic: each.standing.position.epoch for topic, each in seen.items()}
    replay.run()
    for topic, was in seen.items():
        now = snapshot(topic)
        assert now.standing.position.epoch != positions[topic]
        assert missed(topic, was.standing.position) is None
        assert now.cards


def test_a_rehearsal_that_was_left_open_is_forgotten_and_the_review_replayed(demo, olga, server_clock):
    prepare(demo, by=olga)
    begin_rehearsal(demo.pk, by=olga)
    copy = call_next(demo.pk, by=olga)
    go_on_live(demo.pk, copy.pk, mode=Mode.ROOM, by=olga)
    start_turn(demo.pk, copy.pk, by=olga)
    numbers, _lines = replayed(demo, server_clock, with_films=False)
    assert summary(numbers).startswith("4 invited, 3 attended, 2 delivered, 1 filed, 1 absent;")
    assert not Floor.objects.get().is_rehearsed
    assert not Turn.objects.filter(is_rehearsal=True).exists()


def test_replayed_again_it_leaves_nothing_of_the_time_before(demo, server_clock):
    first, _lines = replayed(demo, server_clock, with_films=False)
    seed = LotDraw.objects.get().seed
    second, _lines = replayed(demo, server_clock, with_films=False)
    assert (second.invited, second.delivered, second.absent) == (first.invited, first.delivered, first.absent)
    assert LotDraw.objects.get().seed != seed
    assert Slot.objects.count() == 4


def test_a_session_that_is_on_is_not_put_back(demo, olga):
    go_live(demo.pk, by=olga)
    with pytest.raises(WrongMove):
        put_back(demo)


def test_outside_the_demonstration_nothing_is_put_back(demo, settings):
    settings.DEMO = False
    with pytest.raises(NotAllowed):
        put_back(demo)
    for command in ("replay_review", "demo_review"):
        with pytest.raises(CommandError):
            call_command(command, "icdd")


def test_films_are_made_by_the_worker_as_long_as_the_scaled_time_and_kept_for_the_next_replay(
    settings, review_session, olga, fiji, finland, monkeypatch
):
    settings.DEMO = True
    Delegation.objects.create(conference=review_session.conference, country="GH", name="Ghana", position=3)

    def work(_seconds):
        for job in Job.objects.filter(state=JobState.WAITING).order_by("pk"):
            carry_out(claim(job.pk))

    replay = Replay(review_session, 100, told=lambda _line: None, sleep=work)
    slots = replay.set_up()
    replay._cast(slots)
    replay._have_films()
    clips = Clip.objects.select_related("slot__turn")
    # Of three, one only files a text.
    assert [clip.slot.turn.mode for clip in clips] == [Mode.RECORDED] * 2
    for clip in clips:
        assert abs(clip.milliseconds - clip.slot.turn.allotted_ms) < 1_000
    made = set(clips.values_list("bundle", flat=True))
    again = Replay(review_session, 100, told=lambda _line: None, sleep=work)
    again._cast(again.set_up())
    again._have_films()
    assert set(Clip.objects.values_list("bundle", flat=True)) >= made or Clip.objects.count() >= 2


def test_the_command_ends_with_one_line_of_numbers(demo, server_clock, monkeypatch, capsys):
    monkeypatch.setattr("time.sleep", server_clock.tick)
    call_command("replay_review", "icdd", "--speed", "400", "--live")
    last = capsys.readouterr().out.strip().splitlines()[-1]
    assert last.startswith("4 invited, 3 attended, 2 delivered, 1 filed, 1 absent;")


def test_a_conference_without_a_review_is_told(settings, conference, olga):
    settings.DEMO = True
    with pytest.raises(CommandError, match="has no countries’ review"):
        call_command("replay_review", "icdd")
    with pytest.raises(CommandError, match="There is no conference"):
        call_command("replay_review", "nowhere")


def test_the_review_is_found_by_its_format(demo, conference):
    assert review_session(conference) == demo
    assert numbers_of(demo).invited == 0
