"""The demonstration's mail page, and that an installation in earnest has none."""

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.models import User
from mail.checks import check_that_mail_leaves
from mail.models import OutgoingMail

MAIL = {"to": ["ben@example.org"], "from_address": "s@example.org", "subject": "Your sign-in code"}
TEXT = "Enter:\n\n1234-5678\n\nhttp://localhost:8000/confirm/x/ <script>"


@pytest.fixture
def demo(settings):
    settings.DEMO = True


@pytest.mark.django_db
class TestInbox:
    def test_shows_the_code_large_and_links_to_click_and_nothing_as_markup(self, demo, client):
        OutgoingMail.objects.create(**MAIL, text=TEXT)
        page = client.get("/mail/").text
        assert '<p class="mail-code" dir="ltr">1234-5678</p>' in page
        assert '<a href="http://localhost:8000/confirm/x/"' in page
        assert "&lt;script&gt;" in page
        assert "ben@example.org" in page

    def test_keeps_to_the_last_day(self, demo, client):
        OutgoingMail.objects.create(**MAIL, text=TEXT, made_at=timezone.now() - timedelta(hours=25))
        assert client.get("/mail/").context["mails"] == []

    @pytest.mark.parametrize("count", [1, 3])
    def test_asks_the_database_once(self, demo, client, count, django_assert_num_queries):
        for _ in range(count):
            OutgoingMail.objects.create(**MAIL, text=TEXT)
        with django_assert_num_queries(1):
            assert len(client.get("/mail/").context["mails"]) == count

    def test_does_not_exist_outside_the_demonstration(self, client):
        OutgoingMail.objects.create(**MAIL, text=TEXT)
        page = client.get("/mail/")
        assert page.status_code == 404
        assert "1234-5678" not in page.text

    def test_the_admin_shows_what_went_where_but_never_a_code(self, client):
        client.force_login(User.objects.create_superuser("root@example.org"))
        mail = OutgoingMail.objects.create(**MAIL, text=TEXT, html=TEXT)
        for page in ("", f"{mail.pk}/change/"):
            shown = client.get(f"/admin/mail/outgoingmail/{page}").text
            assert "Your sign-in code" in shown
            assert "1234-5678" not in shown


def test_an_installation_in_earnest_that_prints_its_mails_is_warned(settings):
    settings.MAIL_DELIVERY_BACKEND = "mail.backends.ConsoleBackend"
    assert [warning.id for warning in check_that_mail_leaves()] == ["mail.W001"]
    settings.DEMO = True
    assert check_that_mail_leaves() == []
