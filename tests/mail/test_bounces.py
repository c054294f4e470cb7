"""Mail that comes back is noted where it was posted, with what the reader's server said."""

import io
import sys
from datetime import timedelta
from types import SimpleNamespace

import pytest
from django.core import mail as sent_mail
from django.core.mail import EmailMessage, send_mail
from django.core.management import call_command
from django.utils import timezone

from mail.actions import deliver, not_arrived, record_bounce
from mail.bounces import Bounce, bounces_in
from mail.models import OutgoingMail, State

POSTFIX = b"""\
Return-Path: <>
From: MAILER-DAEMON@mx.example.org (Mail Delivery System)
To: sidang@icdd.example
Subject: Undelivered Mail Returned to Sender
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="AA/mx"

--AA/mx
Content-Type: text/plain; charset=us-ascii

This is the mail system at host mx.example.org.

--AA/mx
Content-Description: Delivery report
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example.org
X-Postfix-Queue-ID: 7F3A
Arrival-Date: Tue, 16 Nov 2021 09:00:00 +0800 (WITA)

Final-Recipient: rfc822; ben@example.org
Original-Recipient: rfc822;ben@example.org
Action: failed
Status: 5.1.1
Remote-MTA: dns; mail.example.org
Diagnostic-Code: smtp; 550 5.1.1 <ben@example.org>: Recipient address
    rejected: User unknown

--AA/mx
Content-Description: Undelivered Message
Content-Type: message/rfc822

From: Sidang <sidang@icdd.example>
To: ben@example.org
Subject: ICDD: you are registered
Message-ID: <%s>

Dear Ben,

--AA/mx--
"""

HEADERS_ONLY = b"""\
From: postmaster@gov.example
To: sidang@icdd.example
Subject: Delivery Status Notification (Failure)
Content-Type: multipart/report; report-type=delivery-status; boundary=X

--X
Content-Type: message/delivery-status

Reporting-MTA: dns;gov.example

Final-Recipient: RFC822; <Ana@gov.example>
Action: FAILED
Status: 5.2.2

Final-Recipient: rfc822; bo@gov.example
Action: failed
Status: 5.1.1
Diagnostic-Code: X-Postfix; unknown user

--X
Content-Type: text/rfc822-headers

Subject: ICDD
Message-Id: <%s>

--X--
"""


def posted(**fields) -> OutgoingMail:
    defaults = {
        "to": ["ben@example.org"],
        "from_address": "s@icdd.example",
        "subject": "Hello",
        "text": "Hi",
        "state": State.SENT,
    }
    return OutgoingMail.objects.create(**defaults | fields)


# Reading


def test_a_report_names_the_mail_the_address_and_the_reason():
    assert bounces_in(POSTFIX % b"abc@icdd.example") == [
        Bounce(
            "ben@example.org",
            "abc@icdd.example",
            "5.1.1 550 5.1.1 <ben@example.org>: Recipient address rejected: User unknown",
        )
    ]


def test_a_report_may_name_many_addresses_and_return_the_head_of_the_mail_only():
    assert bounces_in(HEADERS_ONLY % b"x@y") == [
        Bounce("Ana@gov.example", "x@y", "5.2.2"),
        Bounce("bo@gov.example", "x@y", "5.1.1 unknown user"),
    ]


def test_a_report_of_a_delay_or_of_success_is_no_bounce():
    assert bounces_in((POSTFIX % b"x@y").replace(b"Action: failed", b"Action: delayed")) == []
    assert bounces_in((POSTFIX % b"x@y").replace(b"Action: failed", b"Action: delivered")) == []


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"Subject: I am away until Monday\n\nAction: failed\nFinal-Recipient: rfc822; ben@example.org\n",
        (POSTFIX % b"x@y")[:400],
        b"\xff\xfe\x00 no mail at all \r\n\r\n",
        b"Content-Type: message/delivery-status\n\nnothing: that fits\n",
    ],
)
def test_what_is_no_report_says_nothing(raw):
    assert bounces_in(raw) == []


def test_a_report_that_breaks_off_is_read_as_far_as_it_goes():
    raw = POSTFIX % b"x@y"
    assert bounces_in(raw[: raw.index(b"Remote-MTA")]) == [Bounce("ben@example.org", "", "5.1.1")]


# Noting


@pytest.mark.django_db
class TestRecording:
    def test_finds_the_mail_by_the_name_under_which_it_left(self, settings):
        settings.EMAIL_BACKEND = "mail.backends.OutboxBackend"
        settings.MAIL_DELIVERY_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
        settings.DEFAULT_FROM_EMAIL = "Sidang <no-reply@icdd.example>"
        for _ in range(2):
            send_mail("Hello", "Hi", None, ["ben@example.org"])
        first, second = OutgoingMail.objects.order_by("pk")
        assert deliver(first.pk)
        assert deliver(second.pk)
        left = sent_mail.outbox[0].message()["Message-ID"]
        assert left.endswith("@icdd.example>")
        assert record_bounce(message_id=left, words="550\nno such user") == first
        first.refresh_from_db()
        second.refresh_from_db()
        assert (first.bounce_words, second.bounced_at) == ("550 no such user", None)
        assert abs(first.bounced_at - timezone.now()) < timedelta(minutes=1)

    def test_keeps_the_name_that_the_sender_gave(self, settings):
        settings.EMAIL_BACKEND = "mail.backends.OutboxBackend"
        settings.MAIL_DELIVERY_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
        EmailMessage("S", "T", None, ["ben@example.org"], headers={"Message-ID": "<mine@icdd.example>"}).send()
        row = OutgoingMail.objects.get()
        deliver(row.pk)
        assert sent_mail.outbox[0].message().get_all("Message-ID") == ["<mine@icdd.example>"]
        assert record_bounce(message_id="mine@icdd.example", words="no") == row

    def test_without_a_name_means_the_latest_mail_that_went_to_the_address_alone(self):
        posted()
        latest = posted()
        posted(state=State.WAITING)
        posted(to=["ben@example.org", "ada@example.org"])
        posted(to=["ada@example.org"])
        assert record_bounce(address="Ben@Example.org", words="full") == latest

    def test_knows_an_address_of_any_script_as_mail_servers_write_it(self):
        mail = posted(to=["ana@例え.jp"])
        assert record_bounce(address="Ana@xn--r8jz45g.jp", words="full") == mail
        assert not_arrived("ana@例え.jp") == mail

    def test_of_a_mail_that_nobody_knows_changes_nothing(self):
        posted()
        assert record_bounce(message_id="other@elsewhere", address="eve@example.org", words="no") is None
        assert record_bounce(words="no") is None
        assert not OutgoingMail.objects.exclude(bounced_at=None).exists()

    def test_twice_keeps_the_first_answer(self):
        mail = posted(message_id="a@b")
        record_bounce(message_id="a@b", words="first")
        record_bounce(message_id="a@b", words="second")
        mail.refresh_from_db()
        assert mail.bounce_words == "first"

    def test_tells_of_an_address_what_did_not_arrive_there_last(self):
        assert not_arrived("ben@example.org") is None
        posted()
        assert not_arrived("ben@example.org") is None
        posted(state=State.FAILED)
        came_back = posted(bounced_at=timezone.now(), bounce_words="full")
        posted(to=["ada@example.org"], state=State.FAILED)
        assert not_arrived("ben@example.org") == came_back
        assert not_arrived("") is None


# The command and the page


@pytest.mark.django_db
def test_the_mail_server_pipes_what_comes_back_into_a_command(monkeypatch, capsys):
    mail = posted(message_id="abc@icdd.example")
    raw = POSTFIX % b"abc@icdd.example"
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BytesIO(raw)))
    call_command("read_bounce")
    mail.refresh_from_db()
    assert mail.bounce_words.endswith("Recipient address rejected: User unknown")
    assert f"ben@example.org: mail {mail.pk} (5.1.1 550" in capsys.readouterr().out


@pytest.mark.django_db
def test_the_command_ends_well_for_any_other_mail(tmp_path, capsys):
    file = tmp_path / "mail"
    file.write_bytes(b"Subject: Thank you\n\nSee you there.\n")
    call_command("read_bounce", str(file))
    assert "none that it came back" in capsys.readouterr().out


@pytest.mark.django_db
def test_the_mail_page_says_that_a_mail_came_back(client, settings):
    settings.DEMO = True
    posted(bounced_at=timezone.now(), bounce_words="550 no such <user>")
    assert "It came back: 550 no such &lt;user&gt;" in client.get("/mail/").text
