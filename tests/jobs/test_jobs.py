"""A job is done once, by one worker, and how it goes is seen by who started it."""

import threading
from datetime import timedelta

import pytest
from django.db import close_old_connections, connection
from django.db.models import F
from django.urls import reverse
from django.utils import timezone
from kombu.exceptions import OperationalError

from jobs import actions, registry
from jobs.errors import HopelessError, TakenOverError
from jobs.models import Job, State


@pytest.fixture
def kind(monkeypatch):
    """Registers a kind of job for one test: `kind(work)` returns its name."""
    monkeypatch.setattr(registry, "_kinds", {})

    def register(work, **more):
        registry.register_kind("test.work", work, title="Counting sheep", **more)
        return "test.work"

    return register


@pytest.fixture
def called(monkeypatch):
    """The ids for which a worker was called, in place of a broker."""
    ids = []
    monkeypatch.setattr(
        actions.current_app, "send_task", lambda name, kwargs, retry: ids.append((name, kwargs["job_id"]))
    )
    return ids


def nothing(arguments, progress):
    return None


def at(job):
    job.refresh_from_db()
    return job.state


def silent_for(job, **time):
    Job.objects.filter(pk=job.pk).update(beat_at=timezone.now() - timedelta(**time))


# Starting


def test_a_worker_is_called_after_the_commit(db, kind, called, django_capture_on_commit_callbacks, olga):
    with django_capture_on_commit_callbacks(execute=True):
        job = actions.start(kind(nothing), {"people": 3}, by=olga)
        assert called == []
    assert called == [("jobs.tasks.work_on", job.pk)]
    assert (job.state, job.arguments, job.started_by) == (State.WAITING, {"people": 3}, olga)


def test_an_unknown_kind_is_refused_at_once(db, kind):
    with pytest.raises(LookupError, match=r"test\.unknown"):
        actions.start("test.unknown", {})
    assert not Job.objects.exists()


def test_a_kind_is_registered_once(kind):
    kind(nothing)
    with pytest.raises(ValueError, match="twice"):
        kind(nothing)


def test_a_broker_that_is_away_costs_time_only(db, kind, called, monkeypatch, django_capture_on_commit_callbacks):
    def away(*args, **kwargs):
        raise OperationalError("connection refused")

    with monkeypatch.context() as broken:
        broken.setattr(actions.current_app, "send_task", away)
        with django_capture_on_commit_callbacks(execute=True):
            job = actions.start(kind(nothing), {})
        silent_for(job, seconds=16)
        actions.put_stale_back()
    assert at(job) == State.WAITING
    silent_for(job, seconds=16)
    actions.put_stale_back()
    assert called == [("jobs.tasks.work_on", job.pk)]


def test_a_waiting_job_is_not_called_out_on_every_beat(db, kind, called):
    job = actions.start(kind(nothing), {})
    silent_for(job, seconds=16)
    actions.put_stale_back()
    actions.put_stale_back()
    assert called == [("jobs.tasks.work_on", job.pk)]


# Working


def work_through(job):
    actions.carry_out(actions.claim(job.pk))
    job.refresh_from_db()
    return job


def test_a_job_is_carried_out_and_its_result_kept(db, kind):
    def count(arguments, progress):
        for number in range(arguments["sheep"]):
            progress(number + 1, arguments["sheep"])
        return {"asleep": True}

    job = work_through(actions.start(kind(count), {"sheep": 300}))
    assert (job.state, job.done_count, job.total_count) == (State.DONE, 300, 300)
    assert (job.result, job.error, job.attempts) == ({"asleep": True}, "", 1)
    assert job.ended_at is not None


def test_progress_is_saved_at_most_twice_a_second(db, kind, django_assert_num_queries):
    job = actions.claim(actions.start(kind(nothing), {}).pk)
    progress = actions._SavedProgress(job)
    with django_assert_num_queries(1):
        for number in range(1000):
            progress(number, 1000)


def test_progress_is_a_sign_of_life(db, kind):
    job = actions.claim(actions.start(kind(nothing), {}).pk)
    silent_for(job, seconds=29)
    actions._SavedProgress(job)(1, 2)
    job.refresh_from_db()
    assert timezone.now() - job.beat_at < timedelta(seconds=10)


def test_whoever_lost_the_job_is_stopped_and_writes_nothing(db, kind, called):
    def lose_it(arguments, progress):
        silent_for(job, seconds=31)
        actions.put_stale_back()
        assert actions.claim(job.pk).attempts == 2
        with pytest.raises(TakenOverError):
            progress(1, 2)
        progress.saved_at = -actions.SAVE_EVERY
        progress(1, 2)

    job = actions.start(kind(lose_it), {})
    actions.carry_out(actions.claim(job.pk))
    job.refresh_from_db()
    assert (job.state, job.attempts, job.done_count) == (State.RUNNING, 2, 0)


def test_a_result_that_comes_too_late_is_dropped(db, kind, called):
    def dawdle(arguments, progress):
        silent_for(job, seconds=31)
        actions.put_stale_back()
        return {"late": True}

    job = actions.start(kind(dawdle), {})
    actions.carry_out(actions.claim(job.pk))
    job.refresh_from_db()
    assert (job.state, job.result) == (State.WAITING, {})


def test_a_failure_is_tried_three_times_and_its_reason_kept(db, kind):
    def stumble(arguments, progress):
        raise ValueError("no sheep")

    job = actions.start(kind(stumble), {})
    states = [work_through(job).state for _ in range(3)]
    assert states == [State.WAITING, State.WAITING, State.FAILED]
    assert (job.error, job.attempts) == ("ValueError: no sheep", 3)
    assert actions.claim(job.pk) is None


def test_a_hopeless_job_fails_at_once_in_words(db, kind):
    def give_up(arguments, progress):
        raise HopelessError("The file holds no people.")

    job = work_through(actions.start(kind(give_up), {}))
    assert (job.state, job.error, job.attempts) == (State.FAILED, "The file holds no people.", 1)


def test_success_after_a_failure_forgets_the_reason(db, kind):
    def second_time_lucky(arguments, progress):
        if Job.objects.get().attempts == 1:
            raise ValueError("not yet")

    job = actions.start(kind(second_time_lucky), {})
    assert work_through(job).error == "ValueError: not yet"
    assert (work_through(job).state, job.error) == (State.DONE, "")


# Workers that die


def test_a_dead_workers_job_is_put_back_and_called_out(db, kind, called):
    job = actions.claim(actions.start(kind(nothing), {}).pk)
    silent_for(job, seconds=31)
    actions.put_stale_back()
    assert at(job) == State.WAITING
    assert called == [("jobs.tasks.work_on", job.pk)]


def test_a_living_workers_job_is_left_alone(db, kind, called):
    job = actions.claim(actions.start(kind(nothing), {}).pk)
    silent_for(job, seconds=25)
    actions.put_stale_back()
    assert at(job) == State.RUNNING
    assert called == []


def test_a_job_that_kills_every_worker_fails_with_a_reason(db, kind, called):
    job = actions.start(kind(nothing), {})
    for _ in range(3):
        assert actions.claim(job.pk)
        silent_for(job, seconds=31)
        actions.put_stale_back()
    assert at(job) == State.FAILED
    assert job.error == "The worker went away 3 times."


# Two workers at once


def read_then_write(job_id, barrier):
    """The claim as it must not be made: between its look and its writing, others look too."""
    job = Job.objects.get(pk=job_id)
    barrier.wait()
    if job.state != State.WAITING:
        return None
    Job.objects.filter(pk=job_id).update(state=State.RUNNING, attempts=F("attempts") + 1)
    return job


def one_statement(job_id, barrier):
    barrier.wait()
    return actions.claim(job_id)


@pytest.mark.parametrize(
    ("claim", "most_winners"),
    [pytest.param(one_statement, 1, id="ours"), pytest.param(read_then_write, 8, id="negative control")],
)
@pytest.mark.django_db(transaction=True)
def test_eight_workers_at_once_claim_a_job_once(kind, called, claim, most_winners):
    job = actions.start(kind(nothing), {})
    barrier, won = threading.Barrier(8, timeout=20), []

    def worker():
        close_old_connections()
        try:
            if claim(job.pk, barrier):
                won.append(1)
        finally:
            connection.close()

    threads = [threading.Thread(target=worker) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(won) == most_winners
    job.refresh_from_db()
    assert job.attempts == most_winners


# The page


@pytest.fixture
def olgas_job(kind, olga):
    return actions.start(kind(nothing), {}, by=olga)


def test_who_started_it_sees_it(client, olga, olgas_job):
    client.force_login(olga)
    page = client.get(reverse("jobs:job", args=[olgas_job.pk]))
    assert "Counting sheep" in page.text
    assert "Begins in a moment" in page.text


def test_staff_see_every_job(client, eve, olgas_job):
    eve.is_staff = True
    eve.save()
    client.force_login(eve)
    assert client.get(reverse("jobs:job", args=[olgas_job.pk])).status_code == 200


def test_eve_cannot_tell_olgas_job_from_none(client, eve, olgas_job):
    client.force_login(eve)
    hers = client.get(reverse("jobs:job", args=[olgas_job.pk]))
    none = client.get(reverse("jobs:job", args=[olgas_job.pk + 1]))
    assert hers.status_code == none.status_code == 404
    assert "Counting sheep" not in hers.text


def test_a_visitor_signs_in_first(client, olgas_job):
    address = reverse("jobs:job", args=[olgas_job.pk])
    answer = client.get(address)
    assert (answer.status_code, answer["Location"]) == (302, f"{reverse('account_login')}?next={address}")


@pytest.mark.parametrize(
    ("changes", "asks_again", "words"),
    [
        ({"state": State.WAITING}, True, "Begins in a moment"),
        ({"state": State.RUNNING, "done_count": 1200, "total_count": 4300}, True, "1,200 of 4,300"),
        ({"state": State.DONE, "done_count": 2, "total_count": 2}, False, "See the result"),
        ({"state": State.FAILED, "error": "No disk."}, False, "The reason: No disk."),
        ({"state": State.WAITING, "error": "No disk."}, True, "tried again by itself"),
    ],
)
def test_the_page_says_how_it_is_and_asks_again_until_it_is_over(client, olga, kind, changes, asks_again, words):
    job = actions.start(kind(nothing, leads_to=lambda job: "/result/"), {}, by=olga)
    Job.objects.filter(pk=job.pk).update(**changes)
    client.force_login(olga)
    whole = client.get(reverse("jobs:job", args=[job.pk])).text
    part = client.get(reverse("jobs:job", args=[job.pk]), headers={"HX-Request": "true"}).text
    assert "<html" in whole
    assert "<html" not in part
    for page in (whole, part):
        assert words in page
        assert ("every 1s" in page) is asks_again
    assert ('http-equiv="refresh"' in whole) is asks_again


def test_a_page_stands_where_its_kind_says_and_offers_what_one_gets(client, olga, kind, conference):
    def frame(job, user):
        assert user == olga
        return {"conference": conference, "may_organise": True, "back": "/list/", "back_words": "the list"}

    made = kind(nothing, leads_to=lambda job: "/file/", offers="Download the sheep (PDF)", frame=frame)
    job = actions.start(made, {}, by=olga)
    Job.objects.filter(pk=job.pk).update(state=State.DONE)
    client.force_login(olga)
    page = client.get(reverse("jobs:job", args=[job.pk])).text
    assert '<a class="button button-primary" href="/file/">Download the sheep (PDF)</a>' in page
    assert '<a href="/list/">Back to the list</a>' in page
    assert reverse("programme:organise", args=[conference.slug]) in page
