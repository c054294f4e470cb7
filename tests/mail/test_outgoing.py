"""Outgoing mail: one row, sent once, tried again, given up with a reason, and telling nobody what is in it."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from smtplib import SMTPRecipientsRefused, SMTPServerDisconnected
from threading import Barrier

import pytest
from django.core import mail as sent_mail
from django.core.mail import EmailMessage, EmailMultiAlternatives, send_mail
from django.core.mail.backends.base import BaseEmailBackend
from django.db import connection, transaction
from django.utils import timezone

from mail import actions, tasks
from mail.actions import DELAYS, KEPT_FOR, LEASE, deliver, try_again
from mail.backends import ConsoleBackend
from mail.models import OutgoingMail, State


@pytest.fixture(autouse=True)
def outbox(settings):
    settings.EMAIL_BACKEND = "mail.backends.OutboxBackend"
    settings.MAIL_DELIVERY_BACKEND = "django.core.mail.backends.locmem.EmailBackend"


@pytest.fixture
def woken(monkeypatch):
    """The mails that a worker was asked to send."""
    asked = []
    monkeypatch.setattr(tasks.send_mail, "apply_async", lambda kwargs, retry: asked.append(kwargs["mail_id"]))
    return asked


@pytest.fixture
def server_says(monkeypatch):
    """Makes the mail server answer each attempt with one of these errors; an answer of None takes the mail."""

    def answer(*errors):
        left = list(errors)

        def hand_over(mail):
            error = left.pop(0)
            if error is not None:
                raise error

        monkeypatch.setattr(actions, "_hand_over", hand_over)

    return answer


def test_within_a_story_that_nobody_lived_through_nothing_is_posted(db, woken):
    with actions.posting_nothing():
        assert send_mail("Hello", "Hi", None, ["ben@example.org"]) == 0
    assert not OutgoingMail.objects.exists()
    send_mail("Hello", "Hi", None, ["ben@example.org"])
    assert OutgoingMail.objects.count() == 1


def posted(**fields) -> OutgoingMail:
    defaults = {"to": ["ben@example.org"], "from_address": "sidang@example.org", "subject": "Hello", "text": "Hi"}
    return OutgoingMail.objects.create(**defaults | fields)


def pass_time(mail: OutgoingMail, delay: timedelta) -> None:
    """Brings the next try to now, and checks that it was `delay` away."""
    mail.refresh_from_db()
    assert abs(mail.next_try_at - timezone.now() - delay) < timedelta(seconds=5)
    OutgoingMail.objects.update(next_try_at=timezone.now())


@pytest.mark.django_db
class TestPosting:
    def test_makes_one_row_and_wakes_a_worker_after_the_commit(self, woken, django_capture_on_commit_callbacks):
        with django_capture_on_commit_callbacks(execute=True):
            send_mail("A\nsubject", "Text", None, ["ben@example.org"], html_message="<p>Text</p>")
            assert woken == []
        row = OutgoingMail.objects.get()
        assert (row.to, row.subject, row.text, row.html) == (
            ["ben@example.org"],
            "A subject",
            "Text",
            "<p>Text</p>",
        )
        assert (row.state, row.attempts, woken) == (State.WAITING, 0, [row.pk])
        assert sent_mail.outbox == []

    def test_belongs_to_the_transaction(self):
        with transaction.atomic():
            send_mail("Never", "Text", None, ["ben@example.org"])
            transaction.set_rollback(True)
        assert OutgoingMail.objects.count() == 0

    def test_succeeds_when_the_broker_is_away_and_the_scheduler_sends_it(
        self, monkeypatch, caplog, django_capture_on_commit_callbacks
    ):
        def away(**kwargs):
            raise ConnectionRefusedError("no broker")

        monkeypatch.setattr(tasks.send_mail, "apply_async", away)
        with django_capture_on_commit_callbacks(execute=True):
            send_mail("Subject", "Text", None, ["ben@example.org"])
        assert "the broker is away" in caplog.text
        tasks.send_waiting()
        assert [mail.subject for mail in sent_mail.outbox] == ["Subject"]

    @pytest.mark.parametrize(
        ("address", "known_to_servers_as"),
        [
            ("ana@例え.jp", "ana@xn--r8jz45g.jp"),
            ("ana@пример.рф", "ana@xn--e1afmkfd.xn--p1ai"),
            ("ana@straße.example", "ana@xn--strae-oqa.example"),
            ("ana@example.org", "ana@example.org"),
        ],
    )
    def test_reaches_an_address_in_any_script(self, address, known_to_servers_as):
        EmailMessage("S", "T", None, [address], bcc=[address]).send()
        assert OutgoingMail.objects.get().to == [address]
        assert deliver(OutgoingMail.objects.get().pk)
        (sent,) = sent_mail.outbox
        assert (sent.recipients(), sent.message()["To"]) == ([known_to_servers_as] * 2, known_to_servers_as)

    def test_keeps_copies_reply_address_and_headers(self):
        EmailMessage(
            "S",
            "T",
            None,
            ["ben@example.org"],
            cc=["ada@example.org"],
            bcc=["olga@example.org"],
            reply_to=["desk@example.org"],
            headers={"X-Conference": "ICDD"},
        ).send()
        deliver(OutgoingMail.objects.get().pk)
        [mail] = sent_mail.outbox
        assert set(mail.recipients()) == {"ben@example.org", "ada@example.org", "olga@example.org"}
        written = mail.message()
        assert (written["Cc"], written["Reply-To"], written["X-Conference"], written["Bcc"]) == (
            "ada@example.org",
            "desk@example.org",
            "ICDD",
            None,
        )

    def test_carries_a_small_text_as_it_was_attached(self, settings):
        settings.DEMO = False
        message = EmailMultiAlternatives("S", "T", None, ["ben@example.org"])
        message.attach("conference.ics", "BEGIN:VCALENDAR\r\nSUMMARY:Résumé\r\n", "text/calendar")
        message.send()
        row = OutgoingMail.objects.get()
        assert deliver(row.pk)
        body, file = sent_mail.outbox[0].message().get_payload()
        assert (body.get_payload(), file.get_content_type(), file.get_filename()) == (
            "T",
            "text/calendar",
            "conference.ics",
        )
        assert file.get_payload(decode=True).decode().splitlines() == ["BEGIN:VCALENDAR", "SUMMARY:Résumé"]
        row.refresh_from_db()
        assert row.attachments == []

    @pytest.mark.parametrize(
        "attachment", [("badge.pdf", b"%PDF", "application/pdf"), (None, "words", "text/plain"), ("x", "y", None)]
    )
    def test_carries_no_files(self, attachment):
        message = EmailMultiAlternatives("S", "T", None, ["ben@example.org"])
        message.attachments.append(attachment)
        with pytest.raises(ValueError, match="carries no files"):
            message.send()


@pytest.mark.django_db
class TestSending:
    def test_happens_once(self):
        mail = posted()
        assert [deliver(mail.pk), deliver(mail.pk)] == [True, False]
        mail.refresh_from_db()
        assert (mail.state, mail.attempts, len(sent_mail.outbox)) == (State.SENT, 1, 1)
        assert mail.sent_at is not None

    def test_drops_the_words_outside_the_demonstration(self, settings):
        mail = posted(text="1234-5678", html="<b>1234-5678</b>")
        deliver(mail.pk)
        mail.refresh_from_db()
        assert (mail.text, mail.html) == ("", "")
        assert sent_mail.outbox[0].body == "1234-5678"

        settings.DEMO = True
        shown = posted(text="1234-5678")
        deliver(shown.pk)
        shown.refresh_from_db()
        assert shown.text == "1234-5678"

    def test_html_alone_is_sent_as_html(self):
        deliver(posted(text="", html="<p>Hi</p>").pk)
        assert sent_mail.outbox[0].content_subtype == "html"

    def test_of_a_mail_that_is_gone_is_no_error(self):
        assert deliver(404) is False

    def test_does_not_touch_what_another_worker_holds_and_takes_it_from_a_dead_one(self, server_says):
        server_says(KeyboardInterrupt(), None)
        mail = posted()
        with pytest.raises(KeyboardInterrupt):
            deliver(mail.pk)
        tasks.send_waiting()
        pass_time(mail, LEASE)
        tasks.send_waiting()
        mail.refresh_from_db()
        assert (mail.state, mail.attempts) == (State.SENT, 2)

    def test_is_tried_again_later_and_later_and_then_given_up_with_the_reason(self, server_says, caplog):
        server_says(*[SMTPServerDisconnected("went away")] * (len(DELAYS) + 1))
        mail = posted()
        for delay in DELAYS:
            assert deliver(mail.pk) is False
            assert deliver(mail.pk) is False
            pass_time(mail, delay)
        deliver(mail.pk)
        mail.refresh_from_db()
        assert (mail.state, mail.last_error) == (State.FAILED, "SMTPServerDisconnected: went away")
        assert mail.attempts == len(DELAYS) + 1
        assert "failed after 7 attempts" in caplog.text

    def test_stops_at_once_when_the_server_knows_no_such_address(self, server_says):
        server_says(SMTPRecipientsRefused({"ben@example.org": (550, b"no such user")}))
        mail = posted()
        deliver(mail.pk)
        mail.refresh_from_db()
        assert (mail.state, mail.attempts) == (State.FAILED, 1)

    def test_goes_on_when_the_server_is_only_busy(self, server_says):
        server_says(SMTPRecipientsRefused({"ben@example.org": (451, b"later")}), None)
        mail = posted()
        deliver(mail.pk)
        pass_time(mail, DELAYS[0])
        assert deliver(mail.pk) is True

    def test_of_a_failed_mail_starts_anew_when_asked(self, woken, django_capture_on_commit_callbacks):
        failed, sent = posted(state=State.FAILED, attempts=7), posted(state=State.SENT)
        with django_capture_on_commit_callbacks(execute=True):
            try_again(failed.pk)
            try_again(sent.pk)
        assert woken == [failed.pk]
        assert deliver(failed.pk) is True

    def test_old_mails_are_forgotten_but_those_that_wait_are_not(self):
        long_ago = timezone.now() - KEPT_FOR - timedelta(hours=1)
        posted(state=State.SENT, made_at=long_ago)
        waiting = posted(made_at=long_ago, next_try_at=timezone.now() + timedelta(hours=1))
        fresh = posted(state=State.SENT)
        tasks.send_waiting()
        assert set(OutgoingMail.objects.all()) == {waiting, fresh}

    def test_an_error_tells_the_log_nothing_of_the_words(self, server_says, caplog):
        server_says(*[SMTPServerDisconnected("went away")] * 7)
        mail = posted(text="code 1234-5678", subject="planted-secret")
        for _ in range(7):
            deliver(mail.pk)
            OutgoingMail.objects.update(next_try_at=timezone.now())
        assert "1234-5678" not in caplog.text
        assert "planted-secret" not in caplog.text


class SlowServer(BaseEmailBackend):
    """Keeps every worker that reaches it until the others had their chance."""

    taken: list[str] = []

    def send_messages(self, messages):
        SlowServer.taken += [message.subject for message in messages]
        return len(messages)


@pytest.mark.django_db(transaction=True)
def test_of_many_workers_at_once_each_mail_is_sent_by_one(settings):
    settings.MAIL_DELIVERY_BACKEND = f"{__name__}.SlowServer"
    SlowServer.taken = []
    mails = [posted(subject=str(n)).pk for n in range(5)]
    together = Barrier(4)

    def work(_):
        try:
            together.wait()
            return [deliver(pk) for pk in mails]
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as workers:
        outcomes = list(workers.map(work, range(4)))
    assert sorted(SlowServer.taken) == ["0", "1", "2", "3", "4"]
    assert [sum(column) for column in zip(*outcomes, strict=True)] == [1] * 5
    assert set(OutgoingMail.objects.values_list("state", "attempts")) == {(State.SENT, 1)}


@pytest.mark.django_db(transaction=True)
def test_without_the_conditional_claim_the_test_above_would_see_it(settings, monkeypatch):
    """The control: a claim that looks first and writes later sends twice."""
    settings.MAIL_DELIVERY_BACKEND = f"{__name__}.SlowServer"
    SlowServer.taken = []
    mail = posted()
    together = Barrier(2)

    def look_then_write(mail_id):
        found = OutgoingMail.objects.get(pk=mail_id)
        together.wait()
        return found if found.state == State.WAITING else None

    monkeypatch.setattr(actions, "_claim", look_then_write)

    def work(_):
        try:
            return deliver(mail.pk)
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as workers:
        assert list(workers.map(work, range(2))) == [True, True]
    assert len(SlowServer.taken) == 2


def test_the_console_shows_mails_as_a_person_reads_them(capsys):
    ConsoleBackend().send_messages([EmailMessage("Kode masuk", "رمز\n1234-5678", None, ["ben@example.org"])])
    assert "To: ben@example.org\nSubject: Kode masuk\n\nرمز\n1234-5678\n" in capsys.readouterr().out
