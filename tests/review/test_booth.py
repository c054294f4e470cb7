"""The interpreters’ page: all that will be said, before it is said, and nobody else reads it there."""

import pytest
from django.core import mail
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from sessions.floor.actions import desk, listing
from sessions.floor.models import Kind
from sessions.programme.actions import appoint, go_live
from sessions.programme.models import Duty
from sessions.questions.models import Question, QuestionTime, Status, Window
from sessions.review.actions import handing_in, remarking, setting_up
from sessions.review.models import RemarkKind, Remarks

TEXT = "Excellencies, SECRET-SPEECH.\n\nThank you."


@pytest.fixture
def page(review_session, client):
    def got(person, name="booth", *numbers):
        client.logout()
        if person is not None:
            client.force_login(person)
        conference = review_session.conference
        return client.get(reverse(f"review:{name}", args=[conference.slug, review_session.pk, *numbers]))

    return got


@pytest.fixture
def statement(slots, ben):
    return handing_in.hand_in_statement(slots[0].pk, language="en", text=TEXT, by=ben)


def text_of(answer):
    return answer.content.decode()


def test_it_is_for_interpreters_and_the_desk(page, slots, ines, chen, olga, ada, ben, vera, eve):
    for person in (ines, chen, olga):
        assert page(person).status_code == 200
    for person in (ada, ben, vera, eve, None):
        assert page(person).status_code == 404


def test_a_session_that_is_no_review_has_none(panel, client, ines, chen):
    client.force_login(chen)
    assert client.get(reverse("review:booth", args=[panel.conference.slug, panel.pk])).status_code == 404


def test_next_speakers_come_with_their_texts_which_are_fetched_by_whoever_may(
    page, slots, statement, ines, chen, ben, vera, ada, eve
):
    shown = text_of(page(ines))
    address = reverse("review:statement_text", args=["icdd", slots[0].review_id, statement.pk])
    assert address in shown
    # What is opened in place is fetched then, and asked for its right again.
    assert "SECRET-SPEECH" not in shown
    for person in (ines, chen, ben):
        words = page(person, "statement_text", statement.pk)
        assert (text_of(words), words["Content-Language"]) == (TEXT, "en")
        assert words["Content-Type"].startswith("text/plain")
        assert "no-store" in words["Cache-Control"]
    for person in (vera, ada, eve):
        assert page(person, "statement_text", statement.pk).status_code == 404
        assert page(person, "statement", statement.pk).status_code == 404
    assert "/login/" in page(None, "statement", statement.pk).headers["Location"]


def test_a_statement_handed_in_anew_is_another_version(page, slots, statement, ines, ben):
    before = text_of(page(ines))
    handing_in.hand_in_statement(slots[0].pk, language="en", text="Excellencies, once more.", by=ben)
    version = f'data-version="{statement.pk}-'
    assert version in before
    after = text_of(page(ines))
    assert after.split(version)[1].split('"')[0] != before.split(version)[1].split('"')[0]


def test_remarks_stand_there_before_they_are_read_and_with_the_turn_that_reads_them(
    page, review_session, slots, olga, vera, chen, ines
):
    setting_up.set_up_review(review_session.pk, remarks=Remarks.AFTER_EACH, by=olga)
    go_live(review_session.pk, by=chen)
    desk.call_next(review_session.pk, by=chen)
    desk.start_turn(review_session.pk, slots[0].turn_id, by=chen)
    remarking.submit_remark(slots[0].pk, kind=RemarkKind.QUESTION, text="SECRET-REMARK", by=vera)
    assert text_of(page(ines)).count("SECRET-REMARK") == 1
    turn = listing.join_list(review_session.pk, kind=Kind.QUESTION, about_id=slots[0].turn_id, by=vera)
    # Among what waits, and with whoever comes next.
    assert text_of(page(ines)).count("SECRET-REMARK") == 2
    desk.end_turn(review_session.pk, slots[0].turn_id, by=chen)
    desk.call_next(review_session.pk, by=chen)
    desk.start_turn(review_session.pk, turn.pk, by=chen)
    assert text_of(page(ines)).count("SECRET-REMARK") == 1


def test_the_clock_of_whoever_speaks_is_there_without_a_script(page, review_session, slots, chen, ines, server_clock):
    go_live(review_session.pk, by=chen)
    desk.call_next(review_session.pk, by=chen)
    turn = desk.start_turn(review_session.pk, slots[0].turn_id, by=chen)
    server_clock.tick(61)
    left = (turn.allotted_ms - 61_000) // 1000
    assert f"{left // 60}:{left % 60:02d}</time>" in text_of(page(ines))


def test_questions_of_the_audience_stand_there_as_they_are_published(page, review_session, slots, ines, ben):
    QuestionTime.objects.create(session=review_session, window=Window.OPEN)
    for status in (Status.PENDING, Status.LIVE, Status.ON_STAGE):
        Question.objects.create(session=review_session, author=ben, text=f"Asked and {status}", status=status)
    shown = text_of(page(ines))
    assert "Asked and live" in shown
    assert "Asked and on_stage" in shown
    assert "Asked and pending" not in shown


def test_an_interpreter_is_appointed_and_told_by_mail(review_session, olga, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        appoint(review_session.pk, email="iris@example.org", name="Iris", duty=Duty.INTERPRETER, by=olga)
    iris = User.objects.get(email="iris@example.org")
    assert iris.appointments.get().duty == Duty.INTERPRETER
    (letter,) = mail.outbox
    assert letter.subject == "ICDD: you are interpreter"
    assert "Olga appointed you as interpreter of this session" in letter.body


def test_the_text_has_a_page_of_its_own_with_what_counts(page, slots, statement, ines, ben):
    shown = text_of(page(ines, "statement", statement.pk))
    assert 'lang="en" dir="auto"' in shown
    assert "SECRET-SPEECH" in shown
    assert "Check against delivery" in shown
    assert "You read this before the hall does." in shown
    handing_in.hand_in_statement(
        slots[0].pk, language="en", text=TEXT, embargoed_until=timezone.now() + timezone.timedelta(days=1), by=ben
    )
    assert "Under embargo until" in text_of(page(ines, "statement", statement.pk))
