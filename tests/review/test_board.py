"""The board: who is behind stands first; and a reminder to them, once an hour, in each reader’s language."""

import re
from datetime import timedelta

import pytest
from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.core import mail
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from conferences.models import Membership
from jobs.actions import carry_out, claim
from jobs.models import Job
from outbox.errors import NotAllowed, NotThere, SignInFirst, WrongMove
from outbox.models import Event
from registration.models import FocalPoint
from sessions.floor.actions.desk import call_next
from sessions.floor.models import Mode, State, Turn
from sessions.programme.actions import end_session, go_live
from sessions.review.actions import reminding, setting_up
from sessions.review.actions.reminding import remind_all, remind_delegation, remind_those_behind
from sessions.review.due import Thing, behind_first, due_of, standings_of
from sessions.review.models import Slot, Statement, Theme


def client_of(person) -> Client:
    client = Client()
    client.force_login(person)
    return client


@pytest.fixture
def at(review_session, conference):
    def address(name: str) -> str:
        return reverse(f"review:{name}", args=[conference.slug, review_session.pk])

    return address


def words(answer) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", answer.content.decode()))


def nobody_watches(done, total):
    """Progress that nobody watches."""


@pytest.fixture
def lina(conference, fiji):
    """A focal point of Fiji, who reads Arabic."""
    lina = User.objects.create_user("lina@example.org", name="Lina", language="ar")
    Membership.objects.create(conference=conference, user=lina)
    FocalPoint.objects.create(delegation=fiji, user=lina)
    return lina


# Who may, and what they see


def test_it_is_the_chairs_and_the_organisers(at, slots, olga, chen, ben, ines, eve):
    for page in ("board", "remind"):
        for person in (olga, chen):
            assert client_of(person).get(at(page)).status_code == 200
        for person in (ben, ines, eve):
            assert client_of(person).get(at(page)).status_code == 404
            assert client_of(person).post(at("mark_attended"), {"slot": slots[0].pk}).status_code == 404
            assert client_of(person).post(at("remind")).status_code == 404
        assert Client().get(at(page)).status_code == 302
    assert not Job.objects.exists()


def test_what_is_due_goes_by_how_it_is_given(slots):
    slot = slots[0]
    assert Thing.FILM not in due_of(slot, has_themes=False)
    assert Thing.THEME not in due_of(slot, has_themes=False)
    slot.turn.mode = Mode.RECORDED
    assert due_of(slot, has_themes=True) == tuple(Thing)


def test_whoever_misses_most_stands_first(at, slots, review_session, chen):
    Statement.objects.create(slot=slots[0], language="en", text="Excellencies,")
    Turn.objects.filter(pk=slots[0].turn_id).update(name="Adi Kini")
    Turn.objects.filter(pk=slots[1].turn_id).update(name="Otso Laine")
    found = behind_first(standings_of(review_session))
    assert [str(one.slot.delegation) for one in found] == ["Ghana", "Finland", "Fiji"]
    page = words(client_of(chen).get(at("board")))
    assert page.index("Ghana") < page.index("Finland") < page.index("Fiji")
    assert "Statement handed in 1 of 3" in page
    assert "Speaker named 2 of 3" in page
    assert "There English" in page


def test_whoever_has_had_the_floor_is_not_behind(slots, review_session):
    assert all(one.is_behind for one in standings_of(review_session))
    Turn.objects.filter(pk=slots[0].turn_id).update(state=State.COMPLETED)
    assert [one.is_behind for one in standings_of(review_session)] == [False, True, True]


def test_a_place_counts_those_who_wait_and_is_gone_once_a_turn_has_come(at, slots, review_session, chen):
    """As the set-up and the session’s page count them."""
    Statement.objects.create(slot=slots[1], language="en", text="Excellencies,")

    def places() -> dict[str, int | None]:
        rows = client_of(chen).get(at("board")).context["rows"]
        return {str(row.standing.slot.delegation): row.place for row in rows}

    assert places() == {"Fiji": 1, "Ghana": 3, "Finland": 2}
    assert "Place 3" in words(client_of(chen).get(at("board")))
    go_live(review_session.pk, by=chen)
    call_next(review_session.pk, by=chen)
    assert places() == {"Fiji": None, "Ghana": 2, "Finland": 1}
    assert "Place 3" not in words(client_of(chen).get(at("board")))


def test_only_those_who_are_behind_are_shown_when_one_asks(at, slots, chen):
    Turn.objects.filter(pk=slots[0].turn_id).update(state=State.COMPLETED)
    page = client_of(chen).get(at("board"), {"behind": ""})
    assert [str(row.standing.slot.delegation) for row in page.context["rows"]] == ["Finland", "Ghana"]
    assert "Show all 3" in words(page)


def test_a_theme_is_due_once_there_are_any(slots, review_session):
    assert all(Thing.THEME not in one.missing for one in standings_of(review_session))
    Theme.objects.create(review_id=review_session.pk, title="Crisis")
    assert all(Thing.THEME in one.missing for one in standings_of(review_session))


def test_it_is_marked_who_is_here_and_that_they_are_not(at, slots, chen):
    desk = client_of(chen)
    answer = desk.post(at("mark_attended"), {"slot": slots[0].pk, "attended": "yes"})
    assert answer.headers["Location"] == f"{at('board')}#slot-{slots[0].pk}"
    assert Slot.objects.get(pk=slots[0].pk).attended_at is not None
    assert "Here already 1" in words(desk.get(at("board")))
    desk.post(at("mark_attended"), {"slot": slots[0].pk, "attended": "no", "behind": "yes"})
    assert Slot.objects.get(pk=slots[0].pk).attended_at is None
    assert desk.post(at("mark_attended"), {"slot": "many"}).status_code == 404


def test_what_became_of_them_is_counted_from_the_beginning(at, slots, review_session, chen):
    assert "Absent" not in words(client_of(chen).get(at("board")))
    go_live(review_session.pk, by=chen)
    Turn.objects.filter(pk=slots[0].turn_id).update(state=State.COMPLETED, consumed_ms=1000)
    page = words(client_of(chen).get(at("board")))
    assert "Invited 3 Attended 0 Delivered 1 Filed 0 Absent 0 Still to come 2" in page
    end_session(review_session.pk, by=chen)
    assert "Delivered 1 Filed 0 Absent 0 Not reached 2" in words(client_of(chen).get(at("board")))


# Reminders


def test_each_reader_has_it_in_their_own_language(slots, review_session, lina, ben, vera, olga):
    """Fiji: Ben speaks for it and Lina is its focal point. Finland: Vera. Nobody is known of Ghana."""
    job = remind_those_behind(review_session.pk, by=olga)
    carry_out(claim(job.pk))
    letters = {letter.to[0]: letter for letter in mail.outbox}
    assert letters.keys() == {"ben@example.org", "lina@example.org", "vera@example.org"}
    for address in ("ben@example.org", "vera@example.org"):
        assert "Dear " in letters[address].body
        assert "- the text of the statement" in letters[address].body
    assert "Dear " not in letters["lina@example.org"].body
    assert "Fiji" in letters["lina@example.org"].body
    fijis = reverse("review:slot", args=[review_session.conference.slug, review_session.pk, slots[0].pk])
    assert f"{settings.SITE_URL}{fijis}\n" in letters["lina@example.org"].body
    assert fijis not in letters["vera@example.org"].body
    assert "Finland" not in letters["ben@example.org"].body
    job.refresh_from_db()
    assert (job.result, job.done_count, job.total_count) == ({"letters": 3}, 2, 2)


def test_a_reader_who_is_both_has_one_letter(slots, review_session, ben, fiji, olga):
    FocalPoint.objects.create(delegation=fiji, user=ben)
    assert reminding.readers_of([fiji.pk]) == {fiji.pk: [ben]}


def test_only_what_is_missing_is_named(slots, review_session, ben, olga):
    Statement.objects.create(slot=slots[0], language="en", text="Excellencies,")
    remind_delegation(slots[0].pk, asked_at=timezone.now())
    assert "the text of the statement" not in mail.outbox[0].body
    assert "- the name of who speaks" in mail.outbox[0].body


def test_when_it_is_due_is_said_on_the_conferences_clock(slots, review_session, conference, ben, olga):
    setting_up.set_up_review(review_session.pk, due_at=timezone.now() + timedelta(days=2), by=olga)
    remind_delegation(slots[0].pk, asked_at=timezone.now())
    local = (timezone.now() + timedelta(days=2)).astimezone(conference.zone)
    assert f"until: {local:%Y-%m-%d}" in mail.outbox[0].body


def test_once_an_hour_at_most(slots, review_session, ben, vera, gus, olga, server_clock):
    carry_out(claim(remind_those_behind(review_session.pk, by=olga).pk))
    assert len(mail.outbox) == 3
    server_clock.tick(59 * 60)
    with pytest.raises(WrongMove):
        remind_those_behind(review_session.pk, by=olga)
    server_clock.tick(60)
    carry_out(claim(remind_those_behind(review_session.pk, by=olga).pk))
    assert len(mail.outbox) == 6


def test_a_job_that_is_done_again_writes_to_nobody_twice(slots, review_session, ben, vera, gus, olga, server_clock):
    """The worker was killed after the first delegation, and the job came back hours later."""
    job = remind_those_behind(review_session.pk, by=olga)

    def killed(done, total):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        remind_all(job.arguments, killed)
    assert len(mail.outbox) == 1
    server_clock.tick(3 * 3600)
    remind_all(job.arguments, nobody_watches)
    assert sorted(letter.to[0] for letter in mail.outbox) == ["ben@example.org", "gus@example.org", "vera@example.org"]


def test_two_jobs_at_once_write_once(slots, review_session, ben, vera, gus, olga):
    jobs = [remind_those_behind(review_session.pk, by=olga) for _ in range(2)]
    for job in jobs:
        carry_out(claim(job.pk))
    assert len(mail.outbox) == 3


def test_whoever_caught_up_meanwhile_is_left_in_peace(slots, review_session, ben, olga):
    job = remind_those_behind(review_session.pk, by=olga)
    setting_up.withdraw_slot(slots[0].pk, by=ben)
    remind_all(job.arguments, nobody_watches)
    assert mail.outbox == []


def test_the_board_alone_is_told(slots, review_session, fiji, ben, olga, followed):
    name = f"session.{review_session.pk}"
    with followed(*(f"{name}.{each}" for each in ("review", "booth", "board")), f"delegation.{fiji.pk}") as events:
        remind_delegation(slots[0].pk, asked_at=timezone.now())
    assert {event.topic_id for event in events} == {f"{name}.board"}
    assert {event.topic_id for event in Event.objects.filter(name="slot.reminded")} == {f"{name}.board"}


def test_whom_nobody_can_write_to_is_not_called_reminded(slots, review_session, olga):
    remind_delegation(slots[2].pk, asked_at=timezone.now())
    assert Slot.objects.get(pk=slots[2].pk).reminded_at is None


def test_reminding_is_the_chairs_and_the_organisers(slots, review_session, ben, eve):
    with pytest.raises(NotAllowed):
        remind_those_behind(review_session.pk, by=ben)
    with pytest.raises(NotThere):
        remind_those_behind(review_session.pk, by=eve)
    with pytest.raises((NotThere, SignInFirst)):
        remind_those_behind(review_session.pk, by=AnonymousUser())


def test_one_letter_is_shown_before_any_leaves(at, slots, lina, ben, vera, chen):
    page = client_of(chen).get(at("remind"))
    assert "Send 3 letters" in words(page)
    assert mail.outbox == []
    chosen = client_of(chen).get(at("remind"), {"slot": slots[1].pk})
    assert "Finland" in chosen.context["letter"].subject
    assert "Dear Vera" in words(chosen)
    assert "Nobody to write to 1" in words(chosen)


def test_the_button_starts_a_job_and_leads_to_its_page(at, slots, ben, chen):
    answer = client_of(chen).post(at("remind"))
    job = Job.objects.get()
    assert answer.headers["Location"] == job.get_absolute_url()
    carry_out(claim(job.pk))
    page = client_of(chen).get(job.get_absolute_url())
    assert at("board") in page.content.decode()
    assert "reminded" in words(client_of(chen).get(at("board")))
    again = client_of(chen).post(at("remind"), follow=True)
    assert "nobody to remind now" in words(again)
