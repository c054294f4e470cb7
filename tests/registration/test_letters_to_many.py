"""A letter to many waits for a look, reaches each reader once, and can be stopped."""

import re
from concurrent.futures import ThreadPoolExecutor
from email import message_from_bytes, policy
from threading import Barrier

import pytest
from django.contrib.auth.models import AnonymousUser
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from jobs import actions as jobs
from jobs.models import Job
from jobs.models import State as JobState
from mail.models import OutgoingMail
from outbox.errors import Invalid, NotAllowed, NotThere, WrongMove
from registration import letter_actions
from registration.actions import move_application
from registration.letter_actions import (
    change_mailing,
    discard_mailing,
    draft_mailing,
    look_at_mailing,
    post_mailing,
    send_mailing,
    stop_mailing,
    unsubscribe,
)
from registration.letters import Words
from registration.mailings import fitting, recipients_of, unsubscribe_address
from registration.models import (
    Application,
    Attendance,
    Delivery,
    FocalPoint,
    Mailing,
    MailingState,
    Status,
    Unsubscribed,
)

pytestmark = pytest.mark.django_db

WORDS = {"en": Words("News for {name}", "Dear {name},\n\nthe hall opens at nine.")}


def nothing(done, total):
    """Progress that nobody watches."""


@pytest.fixture
def many(public, press, apply, conference):
    """Ana, Bo, Cleo and Dan are approved; Pia waits for the secretariat. All have confirmed their addresses."""
    for name in ("Ana", "Bo", "Cleo"):
        apply(public, name)
    apply(public, "Dan", attendance=Attendance.ONLINE)
    apply(press, "Pia")
    Application.objects.update(confirmed_at=timezone.now())
    return {application.name: application for application in Application.objects.select_related("user", "conference")}


@pytest.fixture
def draft(conference, many, olga):
    def drafted(words=WORDS, *, is_essential=False, **recipients):
        chosen = recipients or {"status": [Status.APPROVED]}
        return draft_mailing(conference.pk, words=words, recipients=chosen, is_essential=is_essential, by=olga)

    return drafted


@pytest.fixture
def released(draft, many, olga, mailoutbox):
    """A letter that was looked at and let go, with a job that waits for a worker."""

    def release(mailing=None):
        mailing = mailing or draft()
        look_at_mailing(mailing.pk, application_id=recipients_of(mailing)[0].pk, by=olga)
        mailoutbox.clear()
        return send_mailing(mailing.pk, version=mailing.version, by=olga)

    return release


def work(mailing):
    """What a worker does."""
    job = jobs.claim(mailing.job_id)
    jobs.carry_out(job)
    job.refresh_from_db()
    mailing.refresh_from_db()
    return job


def names(applications) -> list[str]:
    return [application.name for application in applications]


# Who gets it


def test_an_empty_choice_is_everybody_and_choices_narrow_one_another(draft, many, public, press, fiji):
    assert names(recipients_of(draft(status=[]))) == ["Ana", "Bo", "Cleo", "Dan", "Pia"]
    assert names(recipients_of(draft(status=[Status.APPROVED, Status.SUBMITTED], category=[press.pk]))) == ["Pia"]
    assert names(recipients_of(draft(category=[public.pk], attendance=[Attendance.ONLINE]))) == ["Dan"]
    assert names(recipients_of(draft(delegation=[fiji.pk]))) == []


def test_nobody_is_written_to_at_an_address_that_a_stranger_may_have_typed(draft, many):
    Application.objects.filter(name="Bo").update(confirmed_at=None)
    User.objects.filter(email="cleo@example.org").update(is_active=False)
    Application.objects.filter(name="Dan").update(user=None)
    assert names(recipients_of(draft())) == ["Ana"]


def test_a_person_with_two_applications_gets_one_copy(draft, many, press, apply, released):
    move_application(many["Ana"].pk, to=Status.WITHDRAWN, by=many["Ana"].user)
    apply(press, "Ana", by=many["Ana"].user)
    mailing = draft(status=[])
    assert fitting(mailing).filter(name="Ana").count() == 2
    assert sorted(names(recipients_of(mailing))) == ["Ana", "Bo", "Cleo", "Dan", "Pia"]


def test_a_new_application_in_the_midst_of_sending_brings_no_second_copy(
    draft, many, press, apply, released, olga, mailoutbox
):
    mailing = released(draft(status=[]))
    work(mailing)
    move_application(many["Ana"].pk, to=Status.WITHDRAWN, by=many["Ana"].user)
    apply(press, "Ana", by=many["Ana"].user)
    mailoutbox.clear()
    Mailing.objects.update(state=MailingState.LEAVING)
    post_mailing({"mailing": mailing.pk}, nothing)
    assert mailoutbox == []


# The look


def test_nothing_leaves_before_somebody_looked_at_it_since_its_last_change(draft, many, olga):
    mailing = draft()
    with pytest.raises(WrongMove):
        send_mailing(mailing.pk, version=1, by=olga)
    look_at_mailing(mailing.pk, application_id=many["Ana"].pk, by=olga)
    change_mailing(mailing.pk, words=WORDS, recipients={"status": []}, by=olga)
    for version in (1, 2):
        with pytest.raises(WrongMove):
            send_mailing(mailing.pk, version=version, by=olga)
    look_at_mailing(mailing.pk, application_id=many["Ana"].pk, by=olga)
    # Whoever still has the page of the first version in front of them sends nothing.
    with pytest.raises(WrongMove):
        send_mailing(mailing.pk, version=1, by=olga)
    assert not Job.objects.exists()
    assert send_mailing(mailing.pk, version=2, by=olga).state == MailingState.LEAVING


def test_a_look_is_a_look_at_what_one_of_its_readers_gets(draft, many, olga):
    mailing = draft()
    with pytest.raises(NotThere):
        look_at_mailing(mailing.pk, application_id=many["Pia"].pk, by=olga)
    mailing.refresh_from_db()
    assert not mailing.is_looked_at


def test_a_letter_to_nobody_does_not_leave(draft, many, olga):
    mailing = draft()
    look_at_mailing(mailing.pk, application_id=many["Ana"].pk, by=olga)
    Application.objects.update(confirmed_at=None)
    with pytest.raises(Invalid):
        send_mailing(mailing.pk, version=1, by=olga)


# Leaving


def test_it_reaches_each_reader_once_and_the_job_says_how_many(released, mailoutbox):
    mailing = released()
    job = work(mailing)
    assert [mail.to for mail in mailoutbox] == [[f"{name}@example.org"] for name in ("ana", "bo", "cleo", "dan")]
    assert (job.state, job.result, job.done_count, job.total_count) == (JobState.DONE, {"sent": 4}, 4, 4)
    assert (mailing.state, mailing.sent_count, mailing.recipient_count) == (MailingState.SENT, 4, 4)
    assert job.leads_to == mailing.get_absolute_url()


def test_a_job_that_is_repeated_sends_none_twice(released, monkeypatch, mailoutbox):
    monkeypatch.setattr(letter_actions, "AT_ONCE", 1)
    mailing = released()
    message_of, posted = letter_actions.message_of, []

    def fails_at_the_third(mailing, reader):
        posted.append(reader.name)
        if len(posted) == 3:
            raise OSError("no room left")
        return message_of(mailing, reader)

    monkeypatch.setattr(letter_actions, "message_of", fails_at_the_third)
    assert work(mailing).state == JobState.WAITING
    # The third had its delivery taken back together with the mail that never was.
    assert len(mailoutbox) == Delivery.objects.count() == mailing.sent_count == 2
    assert work(mailing).state == JobState.DONE
    assert [mail.to[0] for mail in mailoutbox] == [f"{name}@example.org" for name in ("ana", "bo", "cleo", "dan")]
    assert mailing.sent_count == 4
    post_mailing({"mailing": mailing.pk}, nothing)
    assert len(mailoutbox) == 4


def test_a_delivery_and_its_mail_are_one_commit(released, settings):
    settings.EMAIL_BACKEND = "mail.backends.OutboxBackend"
    mailing = released()
    work(mailing)
    assert OutgoingMail.objects.count() == Delivery.objects.count() == 4


@pytest.mark.django_db(transaction=True)
def test_two_workers_at_once_send_each_reader_one_copy(released, monkeypatch, settings):
    settings.EMAIL_BACKEND = "mail.backends.OutboxBackend"
    monkeypatch.setattr(letter_actions, "AT_ONCE", 1)
    mailing = released()
    together = Barrier(2)

    def worker(_):
        try:
            together.wait()
            post_mailing({"mailing": mailing.pk}, nothing)
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as workers:
        list(workers.map(worker, range(2)))
    mailing.refresh_from_db()
    addresses = [mail.to[0] for mail in OutgoingMail.objects.filter(subject__startswith="News")]
    assert sorted(addresses) == [f"{name}@example.org" for name in ("ana", "bo", "cleo", "dan")]
    assert (mailing.state, mailing.sent_count) == (MailingState.SENT, 4)


def test_stopped_it_keeps_the_rest_back_and_the_rest_can_be_sent(released, olga, monkeypatch, mailoutbox):
    monkeypatch.setattr(letter_actions, "AT_ONCE", 1)
    mailing = released()
    seen = []

    def stops_after_two(done, total):
        seen.append((done, total))
        if done == 2:
            stop_mailing(mailing.pk, by=olga)

    assert post_mailing({"mailing": mailing.pk}, stops_after_two) == {"sent": 2}
    assert seen == [(1, 4), (2, 4)]
    mailing.refresh_from_db()
    assert (mailing.state, len(mailoutbox)) == (MailingState.STOPPED, 2)
    send_mailing(mailing.pk, version=1, by=olga)
    mailing.refresh_from_db()
    work(mailing)
    assert (mailing.state, mailing.sent_count, mailing.recipient_count) == (MailingState.SENT, 4, 4)
    assert len({mail.to[0] for mail in mailoutbox}) == len(mailoutbox) == 4


def test_what_has_left_is_not_changed_discarded_or_sent_again(released, olga):
    mailing = released()
    for act in (
        lambda: change_mailing(mailing.pk, words=WORDS, recipients={}, by=olga),
        lambda: discard_mailing(mailing.pk, by=olga),
        lambda: send_mailing(mailing.pk, version=1, by=olga),
    ):
        with pytest.raises(WrongMove):
            act()
    work(mailing)
    assert stop_mailing(mailing.pk, by=olga).state == MailingState.SENT


def test_a_draft_can_be_thrown_away(draft, olga):
    discard_mailing(draft().pk, by=olga)
    assert not Mailing.objects.exists()


def test_each_reader_gets_their_language_and_nobody_nothing(draft, many, released, conference, mailoutbox):
    conference.languages = ["fr", "en"]
    conference.save()
    User.objects.filter(name="Ana").update(language="ar")
    Application.objects.filter(name="Bo").update(language="id")
    words = {code: Words(f"{code} {{name}}", "…") for code in ("fr", "id")}
    work(released(draft(words)))
    assert {mail.subject for mail in mailoutbox} == {"fr Ana", "id Bo", "fr Cleo", "fr Dan"}


# Writing


def test_what_is_wrong_with_a_letter_is_said_for_each_language_and_choice(conference, olga, many):
    with pytest.raises(Invalid) as refused:
        draft_mailing(
            conference.pk,
            words={"en": Words("", "Dear {nam}"), "ar": Words("S", "{reason}"), "id": Words("", "")},
            recipients={"status": ["great"], "category": [404], "attendance": [], "rank": []},
            by=olga,
        )
    assert set(refused.value.fields) == {"subject_en", "text_en", "text_ar", "status", "category", "rank"}
    with pytest.raises(Invalid) as refused:
        draft_mailing(conference.pk, words={}, recipients={}, by=olga)
    assert set(refused.value.fields) == {"subject_en"}


def test_letters_to_many_are_for_the_secretariat(draft, conference, ben, eve, many):
    mailing = draft()
    for person in (ben, eve, AnonymousUser()):
        with pytest.raises(NotAllowed):
            draft_mailing(conference.pk, words=WORDS, recipients={}, by=person)
        for act in (
            lambda: change_mailing(mailing.pk, words=WORDS, recipients={}, by=person),  # noqa: B023
            lambda: look_at_mailing(mailing.pk, application_id=many["Ana"].pk, by=person),  # noqa: B023
            lambda: send_mailing(mailing.pk, version=1, by=person),  # noqa: B023
            lambda: stop_mailing(mailing.pk, by=person),  # noqa: B023
            lambda: discard_mailing(mailing.pk, by=person),  # noqa: B023
        ):
            with pytest.raises(NotThere):
                act()


# Unsubscribing


def test_every_copy_has_one_link_that_ends_such_mails_and_a_head_that_mail_programs_know(released, mailoutbox, many):
    work(released())
    mail = mailoutbox[0]
    link = unsubscribe_address(many["Ana"])
    assert mail.body.count("/unsubscribe/") == mail.body.count(link) == 1
    arrived = message_from_bytes(mail.message().as_bytes(), policy=policy.default)
    assert arrived["List-Unsubscribe"].strip() == f"<{link}>"
    assert arrived["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert link != unsubscribe_address(many["Bo"])


def test_who_wants_no_such_mails_is_left_out_unless_it_is_essential(draft, released, many, mailoutbox):
    unsubscribe(unsubscribe_address(many["Bo"]).rstrip("/").rpartition("/")[2])
    unsubscribe(unsubscribe_address(many["Bo"]).rstrip("/").rpartition("/")[2])
    work(released())
    assert [mail.to[0] for mail in mailoutbox] == ["ana@example.org", "cleo@example.org", "dan@example.org"]
    work(released(draft(is_essential=True)))
    assert len(mailoutbox) == 4
    assert not any("unsubscribe" in mail.message().as_string().lower() for mail in mailoutbox)


def test_a_mail_program_unsubscribes_by_one_post_without_signing_in(many):
    client = Client(enforce_csrf_checks=True)
    link = unsubscribe_address(many["Ana"])
    answer = client.post(link, "List-Unsubscribe=One-Click", content_type="application/x-www-form-urlencoded")
    assert answer.status_code == 200
    assert [row.user for row in Unsubscribed.objects.all()] == [many["Ana"].user]


def test_opening_the_link_changes_nothing_and_its_button_can_be_taken_back(many, client):
    link = unsubscribe_address(many["Ana"])
    assert "Get no more of them" in client.get(link).text
    assert not Unsubscribed.objects.exists()
    assert "Get them again" in client.post(link).text
    assert Unsubscribed.objects.get().user == many["Ana"].user
    assert "Get no more of them" in client.post(link, {"again": "1"}).text
    assert not Unsubscribed.objects.exists()


def test_a_link_that_nobody_signed_is_no_link(many, client):
    link = unsubscribe_address(many["Ana"])
    forged = [re.sub("unsubscribe/.", "unsubscribe/A", link), "/unsubscribe/x/", "/unsubscribe/e30.x/"]
    assert {client.post(address).status_code for address in forged} == {404}
    many["Ana"].user.delete()
    assert client.post(link).status_code == 404


# Pages


def fields(**more):
    return {
        "to": "applicants",
        "subject_en": "News for {name}",
        "text_en": "Dear {name},\r\n\r\nthe hall opens.",
        **more,
    }


def test_from_the_form_to_the_last_copy(client, olga, many, conference, mailoutbox):
    client.force_login(olga)
    form = reverse("registration:write_mailing", args=["icdd"])
    page = client.post(form, fields(status="approved"), follow=True)
    mailing = Mailing.objects.get()
    here = mailing.get_absolute_url()
    assert page.context["recipient_count"] == 4
    assert "Ana" in page.text
    assert "Pia" not in page.text
    send = reverse("registration:send_mailing", args=["icdd", mailing.pk])
    assert send not in page.text
    assert "Look first at the letter" in client.post(send, {"version": "1"}, follow=True).text

    look = reverse("registration:look_at_mailing", args=["icdd", mailing.pk])
    page = client.post(look, {"reader": many["Bo"].pk}, follow=True)
    seen = page.context["seen"]
    assert send in page.text
    assert "It goes to 4 people" in page.text
    mailoutbox.clear()
    client.post(send, {"version": "1"})
    mailing.refresh_from_db()
    assert 'http-equiv="refresh"' in client.get(here).text
    work(mailing)
    [mail] = [mail for mail in mailoutbox if mail.to == ["bo@example.org"]]
    assert (mail.subject, mail.body) == (seen.subject, seen.text)
    part = client.get(here, headers={"HX-Request": "true"}).text
    assert "4 of 4" in part
    assert "hx-get" not in part
    assert "<html" not in part


def test_a_letter_that_is_sent_shows_who_got_it_whatever_became_of_them(client, olga, many, released):
    mailing = released()
    work(mailing)
    move_application(many["Ana"].pk, to=Status.WITHDRAWN, by=many["Ana"].user)
    client.force_login(olga)
    page = client.get(mailing.get_absolute_url(), {"reader": many["Ana"].pk})
    assert names(page.context["readers"]) == ["Ana", "Bo", "Cleo", "Dan"]
    assert page.context["seen"].subject == "News for Ana"
    assert "Who got it" in page.text


def test_a_letter_that_cannot_be_taken_comes_back_with_all_that_was_typed(client, olga, conference):
    client.force_login(olga)
    form = reverse("registration:write_mailing", args=["icdd"])
    page = client.post(form, fields(subject_ar="موضوع {nam}", status="approved"))
    assert page.status_code == 422
    assert set(page.context["form"].errors) == {"subject_ar", "text_ar"}
    assert "موضوع {nam}" in page.text
    assert not Mailing.objects.exists()


def test_a_reader_is_found_by_name_or_address(client, olga, draft):
    client.force_login(olga)
    here = draft().get_absolute_url()
    assert names(client.get(here, {"words": "cleo@"}).context["readers"]) == ["Cleo"]
    assert client.get(here, {"words": "Pia"}).context["readers"] == []
    assert client.get(here, {"reader": "x", "words": "a\x00"}).status_code == 200


def test_a_change_needs_another_look(client, olga, draft, many):
    client.force_login(olga)
    mailing = draft()
    look_at_mailing(mailing.pk, application_id=many["Ana"].pk, by=olga)
    form = reverse("registration:change_mailing", args=["icdd", mailing.pk])
    assert client.get(form).context["form"]["text_en"].value() == WORDS["en"].text
    page = client.post(form, fields(status="approved"), follow=True)
    assert not page.context["may_send"]
    assert client.post(reverse("registration:discard_mailing", args=["icdd", mailing.pk])).status_code == 302
    assert client.get(mailing.get_absolute_url()).status_code == 404


def test_a_job_that_failed_says_what_to_do(client, olga, released):
    client.force_login(olga)
    mailing = released()
    Job.objects.update(state=JobState.FAILED)
    assert "nobody gets it twice" in client.get(mailing.get_absolute_url()).text
    stop = reverse("registration:stop_mailing", args=["icdd", mailing.pk])
    assert "Send the rest" in client.post(stop, follow=True).text


# Focal points


def test_focal_points_are_written_to_by_delegation_each_once(conference, fiji, finland, fia, olga, mailoutbox):
    lia = User.objects.create_user("lia@example.org", name="Lia")
    for delegation in (fiji, finland):
        FocalPoint.objects.create(delegation=delegation, user=lia)
    words = {"en": Words("News for {delegation}", "{salutation}\n\nYou come as {category}. Your page: {address}")}

    def drafted(**recipients):
        recipients = {"to": ["focal_points"], **recipients}
        return draft_mailing(conference.pk, words=words, recipients=recipients, by=olga)

    assert [each.user.name for each in recipients_of(drafted(delegation=[fiji.pk]))] == ["Fia", "Lia"]
    mailing = drafted(status=[Status.REJECTED])
    assert sorted(each.user.name for each in recipients_of(mailing)) == ["Fia", "Lia"]
    look_at_mailing(mailing.pk, application_id=recipients_of(mailing)[0].pk, by=olga)
    send_mailing(mailing.pk, version=mailing.version, by=olga)
    for _ in range(2):
        post_mailing({"mailing": mailing.pk}, nothing)
    letters = {mail.to[0]: mail for mail in mailoutbox}
    assert len(mailoutbox) == len(letters) == Delivery.objects.count() == 2
    letter = letters["fia@example.org"]
    assert letter.subject == "News for Fiji"
    assert letter.body.startswith("Dear Fia,\n\nYou come as focal point.")
    assert f"/c/icdd/registration/delegation/{fiji.pk}/" in letter.body
    assert "because you are a focal point" in letter.body


def test_the_page_of_a_letter_to_focal_points_is_theirs(client, conference, fiji, fia, olga):
    client.force_login(olga)
    sent = {"subject_en": "News", "text_en": "Hello {name}", "to": "focal_points", "status": ["approved"]}
    page = client.post(reverse("registration:write_mailing", args=["icdd"]), sent, follow=True)
    assert [reader.name for reader in page.context["readers"]] == ["Fia"]
    mailing = Mailing.objects.get()
    look = reverse("registration:look_at_mailing", args=["icdd", mailing.pk])
    seen = client.post(look, {"reader": page.context["readers"][0].pk}, follow=True)
    assert "Hello Fia" in seen.text
    assert client.get(reverse("registration:change_mailing", args=["icdd", mailing.pk])).status_code == 200


def test_who_cannot_be_written_to_is_counted_and_who_was_not_reached_is_named(client, many, draft, released, olga):
    Application.objects.filter(name="Bo").update(user=None, email="")
    Application.objects.filter(name="Cleo").update(confirmed_at=None)
    client.force_login(olga)
    mailing = draft()
    page = client.get(mailing.get_absolute_url())
    assert "2 people fit whose address is not known or not confirmed, and get nothing." in page.text
    released(mailing)
    post_mailing({"mailing": mailing.pk}, nothing)
    OutgoingMail.objects.create(
        to=["ana@example.org"],
        from_address="a@example.org",
        subject="News",
        state="failed",
        last_error="550 no such user",
    )
    page = " ".join(client.get(mailing.get_absolute_url()).text.split())
    assert "The copy of 1 person did not arrive:" in page
    assert '<bdi>Ana</bdi>, <bdi dir="ltr">ana@example.org</bdi>: <bdi>550 no such user</bdi>' in page


def test_a_preview_for_somebody_without_an_address_says_so(client, many, olga):
    Application.objects.filter(name="Ana").update(user=None, email="")
    client.force_login(olga)
    typed = {"subject": "Hi", "text": "{salutation} {entry_code}", "preview": "1", "person": "Ana"}
    page = client.post(reverse("registration:letter", args=["icdd", "approved", "en"]), typed)
    assert "To Ana, who has no address and so gets no mail. Language: English" in page.text
