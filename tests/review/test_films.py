"""Recorded statements: who may hand in a film, what a worker says of it, and that it goes with the clock."""

from contextlib import suppress
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction

from conferences.models import Delegation
from files.actions import store_upload
from files.models import Upload
from files.rules import may_read
from jobs.actions import carry_out, claim
from jobs.models import Job
from outbox.errors import NotThere, WrongMove
from outbox.models import Event
from outbox.reading import snapshot
from sessions.floor.actions import desk, ordering, rehearsing
from sessions.floor.models import Mode, State, Turn
from sessions.programme.actions import end_session, go_live, remove_session
from sessions.review.actions import course, handing_in, setting_up
from sessions.review.due import Thing, standings_of
from sessions.review.models import Clip, ClipState
from sessions.review.queries import slots_with_names
from sessions.review.rules import CLIPS, FILMS
from sessions.stage import bundles, clip_jobs
from sessions.stage.clip_jobs import Outcome
from sessions.stage.clips.cards import make_card_clip
from sessions.stage.clips.converting import convert_clip
from sessions.stage.clips.facts import ClipFacts, Trouble
from sessions.stage.models import Playing


@pytest.fixture(scope="module")
def film(tmp_path_factory):
    """A film of two seconds, as a delegation would record it."""
    path = tmp_path_factory.mktemp("films") / "fiji.mp4"
    make_card_clip(path, name="Fiji", country="FJ", seconds=2, number=1)
    return path.read_bytes()


def uploaded(content, by, name="fiji.mp4"):
    file = SimpleUploadedFile(name, content)
    return store_upload(file, purpose=CLIPS, accepts=FILMS, largest=10**8, plays=False, by=by)


@pytest.fixture
def fijis_film(film, ben):
    return uploaded(film, ben)


@pytest.fixture
def shown(review_session, slots, fijis_film, ben, chen):
    """Fiji's film is ready, and the session live."""
    setting_up.change_slot(slots[0].pk, mode=Mode.RECORDED, by=ben)
    clip = handing_in.hand_in_clip(slots[0].pk, fijis_film.pk, by=ben)
    carry_out(claim(clip.job_id))
    go_live(review_session.pk, by=chen)
    return Clip.objects.get(pk=clip.pk)


def test_a_film_is_checked_and_converted_by_a_worker(
    review_session, slots, fiji, fijis_film, ben, vera, followed, topics
):
    with pytest.raises(NotThere):
        handing_in.hand_in_clip(slots[0].pk, fijis_film.pk, by=vera)
    with followed(*topics(fiji)) as events:
        clip = handing_in.hand_in_clip(slots[0].pk, fijis_film.pk, by=ben)
    assert {event.name for event in events} == {"clip.handed_in"}
    with followed(*topics(fiji)) as events:
        carry_out(claim(clip.job_id))
    assert {event.name for event in events} == {"clip.checked"}
    clip.refresh_from_db()
    assert (clip.state, abs(clip.milliseconds - 2000) < 100) == (ClipState.READY, True)
    bundle = clip.bundle
    assert bundle
    assert not Event.objects.filter(cards__icontains=bundle).exists()


def test_a_film_that_is_too_long_is_refused_with_the_reason(review_session, slots, ben, tmp_path):
    Turn.objects.filter(pk=slots[0].turn_id).update(allotted_ms=1_000)
    make_card_clip(tmp_path / "long.mp4", name="Fiji", country="FJ", seconds=12, number=1)
    upload = uploaded((tmp_path / "long.mp4").read_bytes(), ben)
    clip = handing_in.hand_in_clip(slots[0].pk, upload.pk, by=ben)
    carry_out(claim(clip.job_id))
    clip.refresh_from_db()
    assert (clip.state, clip.bundle) == (ClipState.REFUSED, "")
    card = snapshot(f"session.{review_session.pk}.board").cards[f"slot.{slots[0].pk}"]
    assert "too_long" in card["problems"]


LASTS = 225  # seconds: 3:45
BUNDLE = "clip-0123456789abcdef0123456789abcdef"


def found(*, bundle=""):
    """What a worker finds in a film of 3:45 in which all is well."""
    facts = ClipFacts(
        seconds=LASTS,
        width=1280,
        height=720,
        rotation=0,
        frame_rate=25,
        video_codec="h264",
        has_picture=True,
        has_sound=True,
        sound_channels=2,
    )
    return Outcome(bundle=bundle, facts=facts)


@pytest.fixture
def give(review_session, olga):
    """`give(190)` gives every delegation so many seconds."""

    def given(seconds):
        setting_up.set_up_review(review_session.pk, time="fixed", statement_seconds=seconds, by=olga)

    return given


@pytest.fixture
def recorded(slots, fijis_film, ben, give):
    """Fiji’s statement is recorded, and as long as its time."""
    give(LASTS)
    setting_up.change_slot(slots[0].pk, mode=Mode.RECORDED, by=ben)
    return handing_in.hand_in_clip(slots[0].pk, fijis_film.pk, by=ben)


def is_missed(slot):
    (standing,) = standings_of(slot.review.session, [slots_with_names().get(pk=slot.pk)])
    return Thing.FILM in standing.missing


def test_a_film_that_less_time_leaves_too_long_is_asked_for_until_there_is_time_again(
    review_session, slots, recorded, fiji, give, followed, topics
):
    handing_in.take_outcome(review_session.pk, recorded.upload_id, found(bundle=BUNDLE))
    assert not is_missed(slots[0])
    with followed(*topics(fiji)) as events:
        give(190)
    assert "clip.checked" in {event.name for event in events}
    recorded.refresh_from_db()
    assert (recorded.state, recorded.bundle, is_missed(slots[0])) == (ClipState.REFUSED, BUNDLE, True)
    card = snapshot(f"session.{review_session.pk}.board").cards[f"slot.{slots[0].pk}"]
    assert (card["clip"], card["problems"]) == ("refused", ["too_long"])
    with followed(*topics(fiji)):
        give(LASTS)
    job = recorded.job_id
    recorded.refresh_from_db()
    assert (recorded.state, recorded.job_id, is_missed(slots[0])) == (ClipState.READY, job, False)


def test_who_is_invited_later_takes_time_from_a_film(
    review_session, slots, recorded, conference, fiji, olga, give, followed, topics
):
    setting_up.set_up_review(review_session.pk, time="divided", budget_minutes=13, by=olga)
    handing_in.take_outcome(review_session.pk, recorded.upload_id, found(bundle=BUNDLE))
    assert Clip.objects.get().state == ClipState.READY
    kenya = Delegation.objects.create(conference=conference, country="KE", name="Kenya", position=9)
    with followed(*topics(fiji)):
        setting_up.invite(review_session.pk, [kenya.pk], by=olga)
    assert Clip.objects.get().state == ClipState.REFUSED


def test_a_film_that_was_refused_for_its_length_is_converted_once_there_is_time(
    review_session, slots, recorded, fiji, give, followed, topics
):
    give(190)
    handing_in.take_outcome(review_session.pk, recorded.upload_id, found())
    recorded.refresh_from_db()
    assert recorded.state == ClipState.REFUSED
    with followed(*topics(fiji)):
        give(LASTS)
    job = recorded.job_id
    recorded.refresh_from_db()
    assert (recorded.state, recorded.job_id != job) == (ClipState.CHECKING, True)
    assert recorded.job.arguments["allotted_ms"] == LASTS * 1000
    with followed(*topics(fiji)):
        handing_in.take_outcome(review_session.pk, recorded.upload_id, found(bundle=BUNDLE))
    assert Clip.objects.get().state == ClipState.READY


def test_a_film_of_a_delegation_that_presents_in_writing_is_converted_once_it_presents_by_film(
    review_session, slots, recorded, ben
):
    setting_up.change_slot(slots[0].pk, mode=Mode.WRITTEN, by=ben)
    handing_in.take_outcome(review_session.pk, recorded.upload_id, found())
    assert Clip.objects.get().state == ClipState.REFUSED
    setting_up.change_slot(slots[0].pk, mode=Mode.RECORDED, by=ben)
    assert Clip.objects.get().state == ClipState.CHECKING


def test_a_film_is_judged_by_the_time_there_is_when_the_worker_is_through(review_session, slots, recorded, give):
    give(190)
    assert Clip.objects.get().state == ClipState.CHECKING
    handing_in.take_outcome(review_session.pk, recorded.upload_id, found(bundle=BUNDLE))
    assert (Clip.objects.get().state, Clip.objects.get().bundle) == (ClipState.REFUSED, BUNDLE)


def test_what_a_camera_did_wrong_no_time_mends(review_session, slots, recorded, give):
    give(190)
    handing_in.take_outcome(review_session.pk, recorded.upload_id, Outcome(trouble=Trouble.NO_PICTURE))
    give(LASTS)
    assert Clip.objects.get().state == ClipState.REFUSED


def test_what_is_no_film_is_refused_by_the_worker(review_session, slots, fijis_film, ben):
    with fijis_film.file.open("wb") as file:
        file.write(b"no film at all")
    clip = handing_in.hand_in_clip(slots[0].pk, fijis_film.pk, by=ben)
    carry_out(claim(clip.job_id))
    clip.refresh_from_db()
    assert clip.state == ClipState.REFUSED
    assert snapshot(f"session.{review_session.pk}.board").cards[f"slot.{slots[0].pk}"]["problems"]


def test_an_outcome_that_comes_twice_or_too_late_changes_nothing(
    review_session, shown, slots, ben, fiji, followed, topics
):
    with followed(*topics(fiji), changes=False):
        handing_in.take_outcome(review_session.pk, shown.upload_id, Outcome())
        handing_in.take_outcome(review_session.pk, 10**9, Outcome())
        handing_in.take_outcome(10**9, shown.upload_id, Outcome())


def test_a_film_is_replaced_and_taken_back_until_it_is_called(
    review_session, slots, film, fijis_film, fiji, ben, followed, django_capture_on_commit_callbacks, topics
):
    handing_in.hand_in_clip(slots[0].pk, fijis_film.pk, by=ben)
    another = uploaded(film, ben, "fiji-2.mp4")
    with django_capture_on_commit_callbacks(execute=True), followed(*topics(fiji)):
        handing_in.hand_in_clip(slots[0].pk, another.pk, by=ben)
    assert not Upload.objects.filter(pk=fijis_film.pk).exists()
    with followed(*topics(fiji)):
        handing_in.remove_clip(slots[0].pk, by=ben)
    handing_in.remove_clip(slots[0].pk, by=ben)
    assert not Clip.objects.exists()


@pytest.fixture
def bundle(review_session):
    """What a worker made of a film."""
    with bundles.making(review_session.pk, BUNDLE) as folder:
        (folder / bundles.MASTER).write_text("#EXTM3U")
    yield bundles.folder(review_session.pk) / BUNDLE
    bundles.remove_bundle(review_session.pk, BUNDLE)


def test_what_was_made_of_a_film_that_was_taken_back_meanwhile_does_not_stay(
    review_session, slots, fijis_film, ben, monkeypatch
):
    made = []

    def convert(*args, **kwargs):
        done = convert_clip(*args, **kwargs)
        handing_in.remove_clip(slots[0].pk, by=ben)
        made.append(args[1])
        return done

    monkeypatch.setattr(clip_jobs, "convert_clip", convert)
    clip = handing_in.hand_in_clip(slots[0].pk, fijis_film.pk, by=ben)
    carry_out(claim(clip.job_id))
    assert not Clip.objects.exists()
    assert [folder.parent for folder in made] == [bundles.folder(review_session.pk)]
    assert not (bundles.folder(review_session.pk) / Job.objects.get(pk=clip.job_id).arguments["bundle"]).exists()


def test_of_a_film_that_was_converted_twice_the_one_that_is_shown_stays(
    review_session, recorded, bundle, django_capture_on_commit_callbacks
):
    another = bundles.new_clip_name()
    handing_in.take_outcome(review_session.pk, recorded.upload_id, found(bundle=another))
    with django_capture_on_commit_callbacks(execute=True):
        handing_in.take_outcome(review_session.pk, recorded.upload_id, found(bundle=BUNDLE))
    assert not bundle.exists()
    assert Clip.objects.get().bundle == another


def test_what_is_told_twice_takes_no_film_away(review_session, recorded, bundle, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        for _time in range(2):
            handing_in.take_outcome(review_session.pk, recorded.upload_id, found(bundle=BUNDLE))
    assert bundle.exists()


def test_a_film_goes_with_what_was_made_of_it_once_that_is_committed(
    review_session, slots, recorded, ben, bundle, django_capture_on_commit_callbacks
):
    handing_in.take_outcome(review_session.pk, recorded.upload_id, found(bundle=BUNDLE))
    with suppress(ZeroDivisionError), transaction.atomic():
        handing_in.remove_clip(slots[0].pk, by=ben)
        raise ZeroDivisionError
    assert Clip.objects.exists()
    assert bundle.exists()
    with django_capture_on_commit_callbacks(execute=True):
        handing_in.remove_clip(slots[0].pk, by=ben)
    assert not bundle.exists()


def test_who_may_look_at_the_film_as_it_was_handed_in(slots, fijis_film, ben, vera, ada, chen, ines):
    handing_in.hand_in_clip(slots[0].pk, fijis_film.pk, by=ben)
    people = {"ben": ben, "vera": vera, "ada": ada, "chen": chen, "ines": ines}
    assert {name for name, person in people.items() if may_read(person, fijis_film)} == {"ben", "chen"}


def test_the_film_goes_with_the_clock_through_a_pause_to_its_end(
    review_session, shown, slots, chen, fiji, server_clock, followed, topics
):
    desk.call_next(review_session.pk, by=chen)
    with followed(*topics(fiji)) as events:
        turn = desk.start_turn(review_session.pk, slots[0].turn_id, by=chen)
    assert "playing.started" in {event.name for event in events}
    playing = Playing.objects.get()
    assert (playing.position_ms, playing.since) == (0, turn.running_since)
    assert playing.since == server_clock.at + timedelta(seconds=2.5)
    server_clock.tick(3.5)
    with followed(*topics(fiji)):
        desk.pause_turn(review_session.pk, turn.pk, by=chen)
    playing.refresh_from_db()
    assert (playing.position_ms, playing.since) == (1000, None)
    server_clock.tick(10)
    with followed(*topics(fiji)):
        desk.resume_turn(review_session.pk, turn.pk, by=chen)
    assert course.end_films_that_are_over() == 0
    server_clock.tick(8)
    with followed(*topics(fiji)):
        assert course.end_films_that_are_over() == 1
    turn.refresh_from_db()
    assert (turn.state, turn.consumed_ms) == (State.COMPLETED, Clip.objects.get().milliseconds)
    assert not Playing.objects.exists()
    assert course.end_films_that_are_over() == 0


def test_a_film_plays_on_whatever_becomes_of_those_who_wait(review_session, shown, slots, chen, olga, vera):
    desk.call_next(review_session.pk, by=chen)
    desk.start_turn(review_session.pk, slots[0].turn_id, by=chen)
    handing_in.say_ready(slots[1].pk, by=vera)
    ordering.strike_turn(review_session.pk, slots[1].turn_id, reason="Ill", by=chen)
    setting_up.withdraw_slot(slots[2].pk, reason="Not coming", by=olga)
    assert Playing.objects.get().since is not None


def test_a_film_that_fails_is_tried_again_said_live_or_filed(review_session, shown, slots, chen, ben, server_clock):
    handing_in.hand_in_statement(slots[0].pk, language="en", text="Excellencies,", by=ben)
    desk.call_next(review_session.pk, by=chen)
    turn = desk.start_turn(review_session.pk, slots[0].turn_id, by=chen)
    server_clock.tick(3)
    desk.interrupt_turn(review_session.pk, turn.pk, reason="No sound", by=chen)
    assert Playing.objects.get().since is None
    desk.resume_turn(review_session.pk, turn.pk, by=chen)
    assert Playing.objects.get().position_ms == 500
    desk.pause_turn(review_session.pk, turn.pk, by=chen)
    desk.start_over(review_session.pk, turn.pk, by=chen)
    assert Playing.objects.get().position_ms == 0
    desk.interrupt_turn(review_session.pk, turn.pk, by=chen)
    desk.go_on_live(review_session.pk, turn.pk, mode=Mode.ROOM, by=chen)
    assert not Playing.objects.exists()
    desk.resume_turn(review_session.pk, turn.pk, by=chen)
    desk.interrupt_turn(review_session.pk, turn.pk, by=chen)
    desk.file_turn(review_session.pk, turn.pk, by=chen)
    assert Turn.objects.get(pk=turn.pk).state == State.FILED


@pytest.mark.parametrize("exchanged", [True, False], ids=["exchanged", "taken back"])
def test_a_film_that_stands_still_leaves_everybodys_picture_where_it_is_exchanged_or_taken_back(
    review_session, slots, chen, ben, fiji, server_clock, followed, exchanged, topics
):
    first, second = (
        Upload.objects.create(
            purpose=CLIPS, name=f"{name}.mp4", file=name, size=1, sha256="0" * 64, content_type="video/mp4", owner=ben
        )
        for name in ("first", "second")
    )
    Clip.objects.create(slot=slots[0], upload=first, state=ClipState.READY, bundle=BUNDLE, milliseconds=60_000)
    Turn.objects.filter(pk=slots[0].turn_id).update(mode=Mode.RECORDED)
    go_live(review_session.pk, by=chen)
    desk.call_next(review_session.pk, by=chen)
    desk.start_turn(review_session.pk, slots[0].turn_id, by=chen)
    server_clock.tick(10)
    desk.interrupt_turn(review_session.pk, slots[0].turn_id, reason="No sound", by=chen)
    with followed(*topics(fiji)) as events:
        if exchanged:
            handing_in.hand_in_clip(slots[0].pk, second.pk, by=ben)
        else:
            handing_in.remove_clip(slots[0].pk, by=ben)
    assert f"session.{review_session.pk}.picture" in {event.topic_id for event in events}
    assert not Playing.objects.exists()


def test_a_film_that_is_not_ready_does_not_start(review_session, slots, ben, chen):
    setting_up.change_slot(slots[0].pk, mode=Mode.RECORDED, by=ben)
    go_live(review_session.pk, by=chen)
    desk.call_next(review_session.pk, by=chen)
    with pytest.raises(WrongMove):
        desk.start_turn(review_session.pk, slots[0].turn_id, by=chen)
    assert Turn.objects.get(pk=slots[0].turn_id).state == State.CALLED


def test_a_rehearsed_film_has_to_be_there_too(review_session, slots, ben, chen):
    setting_up.change_slot(slots[0].pk, mode=Mode.RECORDED, by=ben)
    rehearsing.begin_rehearsal(review_session.pk, by=chen)
    turn = desk.call_next(review_session.pk, by=chen)
    assert turn.stands_for_id == slots[0].turn_id
    with pytest.raises(WrongMove):
        desk.start_turn(review_session.pk, turn.pk, by=chen)
    desk.go_on_live(review_session.pk, turn.pk, mode=Mode.ROOM, by=chen)
    desk.start_turn(review_session.pk, turn.pk, by=chen)
    assert Turn.objects.get(pk=slots[0].turn_id).mode == Mode.RECORDED


def test_a_rehearsed_film_ends_its_turn_and_is_shown_to_nobody(
    review_session, slots, recorded, fiji, chen, server_clock, followed, topics
):
    handing_in.take_outcome(review_session.pk, recorded.upload_id, found(bundle=BUNDLE))
    rehearsing.begin_rehearsal(review_session.pk, by=chen)
    turn = desk.call_next(review_session.pk, by=chen)
    with followed(*topics(fiji)) as events:
        desk.start_turn(review_session.pk, turn.pk, by=chen)
        server_clock.tick(2.5 + LASTS - 1)
        assert course.end_films_that_are_over() == 0
        server_clock.tick(1)
        assert course.end_films_that_are_over() == 1
    assert {event.topic_id for event in events} == {f"session.{review_session.pk}.chair"}
    turn.refresh_from_db()
    assert (turn.state, turn.consumed_ms) == (State.COMPLETED, LASTS * 1000)
    assert not Playing.objects.exists()
    assert Turn.objects.get(pk=slots[0].turn_id).state == State.INSCRIBED


def test_nothing_plays_after_the_session(review_session, shown, slots, chen):
    desk.call_next(review_session.pk, by=chen)
    desk.start_turn(review_session.pk, slots[0].turn_id, by=chen)
    end_session(review_session.pk, by=chen)
    assert not Playing.objects.exists()


def test_whoever_withdrew_takes_their_film_back_and_hands_in_no_other(
    review_session, slots, fiji, ben, olga, fijis_film, followed, topics
):
    handing_in.hand_in_clip(slots[0].pk, fijis_film.pk, by=ben)
    setting_up.withdraw_slot(slots[0].pk, by=ben)
    with followed(*topics(fiji)):
        handing_in.remove_clip(slots[0].pk, by=ben)
    with pytest.raises(WrongMove):
        handing_in.hand_in_clip(slots[0].pk, fijis_film.pk, by=ben)
    remove_session(review_session.pk, by=olga)
