"""The head of every page, the pages for when something went wrong, and the small addresses that browsers ask for."""

import json
import re
from datetime import timedelta

import pytest
from django.conf import settings
from django.core.exceptions import BadRequest, PermissionDenied
from django.db import OperationalError, connection
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse
from django.utils.translation import gettext

from outbox import rights
from outbox.reading import Position
from web import views
from web.signals import language_chosen

HELP = "/help/?from=/c/icdd/%3Fday%3D2"


@pytest.fixture
def told():
    """What `web` told the apps above it."""
    heard = []

    def hear(sender, *, user, language, **kwargs):
        heard.append((user, language))

    language_chosen.connect(hear)
    yield heard
    language_chosen.disconnect(hear)


@pytest.mark.django_db
class TestLanguage:
    def test_the_page_says_its_language_and_direction(self, client):
        assert '<html lang="en" dir="ltr">' in client.get(HELP).text

    def test_arabic_runs_from_right_to_left(self, client):
        client.cookies[settings.LANGUAGE_COOKIE_NAME] = "ar"
        assert '<html lang="ar" dir="rtl">' in client.get(HELP).text

    def test_the_switch_knows_the_page(self, client):
        assert '<input type="hidden" name="next" value="/help/?from=/c/icdd/%3Fday%3D2">' in client.get(HELP).text

    def test_switching_keeps_the_page(self, client):
        answer = client.post(reverse("web:set_language"), {"language": "id", "next": HELP})
        assert (answer.status_code, answer["location"]) == (302, HELP)
        assert '<html lang="id" dir="ltr">' in client.get(HELP).text

    @pytest.mark.parametrize("elsewhere", ["https://example.com/", "//example.com", "javascript:alert(1)", "\\\\x"])
    @pytest.mark.parametrize("name", ["web:set_language", "web:set_theme"])
    def test_nobody_is_sent_elsewhere(self, client, name, elsewhere):
        answer = client.post(reverse(name), {"language": "id", "theme": "dark", "next": elsewhere})
        assert answer["location"] == "/"

    def test_a_look_changes_nothing(self, client):
        assert settings.LANGUAGE_COOKIE_NAME not in client.get(reverse("web:set_language")).cookies

    def test_whoever_is_signed_in_finds_it_next_time(self, client, eve, told):
        client.force_login(eve)
        client.post(reverse("web:set_language"), {"language": "ar", "next": "/"})
        assert told == [(eve, "ar")]

    def test_a_language_that_is_not_ours_is_told_to_nobody(self, client, eve, told):
        client.force_login(eve)
        client.post(reverse("web:set_language"), {"language": "xx", "next": "/"})
        assert told == []


@pytest.mark.django_db
class TestTheme:
    def test_the_system_decides_unless_the_reader_did(self, client):
        assert "data-theme=" not in client.get(HELP).text.split("<body")[0]

    def test_the_choice_is_kept(self, client):
        answer = client.post(reverse("web:set_theme"), {"theme": "dark", "next": HELP})
        assert answer["location"] == HELP
        assert '<html lang="en" dir="ltr" data-theme="dark">' in client.get(HELP).text

    def test_the_choice_can_be_given_back(self, client):
        client.post(reverse("web:set_theme"), {"theme": "dark", "next": HELP})
        client.post(reverse("web:set_theme"), {"theme": "", "next": HELP})
        assert "data-theme=" not in client.get(HELP).text.split("<body")[0]

    def test_a_made_up_theme_never_reaches_the_page(self, client):
        client.cookies["theme"] = '"><script>'
        assert "data-theme=" not in client.get(HELP).text.split("<body")[0]


@pytest.mark.django_db
class TestPage:
    def test_a_page_has_its_landmarks_one_title_and_a_way_past_the_head(self, client):
        page = client.get(HELP).text
        assert [page.count(part) for part in ("<h1>", "<main ", '<header class="site-head"', "<footer ")] == [1] * 4
        assert page.index('<a class="skip" href="#main">') < page.index("site-head")

    def test_help_knows_where_it_was_asked_for(self, client, settings):
        settings.CONTACT_EMAIL = "help@icdd.example"
        page = client.get(HELP).text
        assert 'href="/c/icdd/?day=2"' in page
        assert "http://testserver/c/icdd/?day=2" in page

    @pytest.mark.parametrize(
        ("page", "first"),
        [
            ("/account/login/", "help-sign-in"),
            ("/c/icdd/registration/", "help-registration"),
            ("/c/icdd/timetable/", "help-times"),
            ("/nowhere/", "help-follow"),
        ],
    )
    def test_help_begins_with_what_fits_the_page_it_was_opened_from(self, client, page, first):
        parts = re.findall(r'<h2 id="(help-[a-z-]+)">', client.get("/help/", {"from": page}).text)
        assert parts[0] == first
        assert sorted(parts) == [
            "help-ask", "help-display", "help-follow", "help-registration", "help-sign-in", "help-times",
        ]  # fmt: skip

    @pytest.mark.parametrize(
        ("sender", "contact", "named"),
        [
            ("Sidang <no-reply@localhost>", "", ""),
            ("Sidang <no-reply@icdd.example>", "", ""),
            ("Sidang <desk@icdd.example>", "", "desk@icdd.example"),
            ("Sidang <no-reply@icdd.example>", "help@icdd.example", "help@icdd.example"),
        ],
    )
    def test_help_names_an_address_that_somebody_reads_or_none(self, client, settings, sender, contact, named):
        settings.DEFAULT_FROM_EMAIL, settings.CONTACT_EMAIL = sender, contact
        page = client.get("/help/").text
        assert re.findall(r"mailto:([^?]+)", page) == ([named] if named else [])

    def test_help_says_where_people_help_at_the_venue(self, client, conference):
        conference.venue, conference.city = "Convention Centre", "Makassar"
        conference.save()
        page = client.get("/help/", {"from": "/c/icdd/"}).text
        assert "At the venue people help you at the entrance: <bdi>Convention Centre</bdi>, <bdi>Makassar</bdi>" in page

    def test_help_links_to_this_site_only(self, client):
        assert (
            "evil.example"
            not in client.get("/help/?from=https://evil.example/").text.split("<main")[1].split("</main>")[0]
        )

    def test_a_demonstration_says_when_the_day_really_was(self, rf, conference, client):
        from django.shortcuts import render  # noqa: PLC0415  only this test renders a page of a conference

        conference.shifted_by = timedelta(days=1)
        conference.opens_at = conference.opens_at.replace(year=2021, month=11, day=17, hour=5)
        request = rf.get("/")
        request.user = type("Nobody", (), {"is_authenticated": False, "pk": None})()
        page = render(request, "base.html", {"conference": conference}).text
        assert "A demonstration: ICDD as if it were today." in page
        assert "Tuesday, 16 November 2021" in page
        assert '<link rel="stylesheet" href="/accent/0b5fa5.css">' in page


def raising(error):
    def view(request):
        raise error

    return view


@pytest.mark.django_db
class TestWentWrong:
    def test_an_address_that_leads_nowhere_offers_a_way_on(self, client):
        answer = client.get("/no/such/page/?x=1")
        assert answer.status_code == 404
        assert 'href="/account/login/?next=/no/such/page/%3Fx%3D1"' in answer.text
        assert "There is no such page" in answer.text

    @pytest.mark.parametrize(
        "number", [str(2**63), "9" * 30, "9" * 5000], ids=["too large", "far too large", "no number that is read"]
    )
    def test_a_number_that_no_row_can_have_leads_nowhere(self, client, conference, olga, routes, number):
        client.force_login(olga)
        numbered = [route for route in routes if "<int:" in route]
        assert "files/<int:upload_id>/" in numbered
        paths = [f"/{re.sub('<int:[a-z_]+>', number, route)}" for route in numbered]
        paths = [re.sub("<[a-z]+:[a-z_]+>", "icdd", path) for path in paths]
        answers = {path: ask(path).status_code for path in paths for ask in (client.get, client.post)}
        assert {path[:80] for path, status in answers.items() if status != 404} == set()

    def test_whoever_is_signed_in_is_not_asked_to_sign_in(self, client, eve):
        client.force_login(eve)
        assert "account/login" not in client.get("/no/such/page/").text

    @pytest.mark.parametrize(
        ("view", "error", "status", "words"),
        [
            (views.bad_request, BadRequest(), 400, "Nothing was changed."),
            (views.forbidden, PermissionDenied(), 403, "This is not open to you"),
        ],
    )
    def test_an_error_page_says_what_to_do(self, rf, eve, view, error, status, words):
        request = rf.get("/somewhere/")
        request.user = eve
        answer = view(request, error)
        assert (answer.status_code, words in answer.text) == (status, True)

    @pytest.mark.parametrize("host", ["elsewhere.example", "no host", "example..org"])
    def test_an_unknown_host_is_told_so_before_anybody_is_asked_who_they_are(self, client, monkeypatch, host):
        # As in a process that serves live pages too.
        monkeypatch.setattr(rights.known, "_at", Position("e", 1))
        answer = client.get("/help/", headers={"host": host})
        assert (answer.status_code, "We could not read what was sent" in answer.text) == (400, True)

    def test_a_failure_of_ours_needs_no_database(self, rf):
        answer = views.server_error(rf.get("/"))
        assert (answer.status_code, "our fault" in answer.text) == (500, True)

    def test_a_form_that_stood_open_too_long_loses_nothing(self, eve):
        client = Client(enforce_csrf_checks=True)
        answer = client.post(reverse("web:set_theme"), {"theme": "dark"})
        assert (answer.status_code, gettext("Please send that again") in answer.text) == (403, True)


@pytest.mark.django_db
class TestSmallAddresses:
    def test_health_is_told_and_never_kept(self, client):
        answer = client.get(reverse("web:health"))
        assert (answer.status_code, answer.json()) == (200, {"database": "reachable"})
        assert answer["cache-control"] == "no-store"

    def test_a_database_out_of_reach_is_told(self, client, monkeypatch):
        def unreachable():
            raise OperationalError

        monkeypatch.setattr(connection, "cursor", unreachable)
        assert client.get(reverse("web:health")).status_code == 503

    def test_the_accent_is_kept_for_ever_under_its_own_address(self, client):
        answer = client.get("/accent/0b5fa5.css")
        assert answer["content-type"] == "text/css; charset=utf-8"
        assert "immutable" in answer["cache-control"]
        assert "--accent:#0b5fa5" in answer.text

    def test_an_address_that_is_no_colour_leads_nowhere(self, client):
        assert client.get("/accent/url(evil).css").status_code == 404

    def test_robots_stay_out_of_what_is_personal(self, client):
        assert "Disallow: /account/" in client.get("/robots.txt").text

    def test_a_phone_can_keep_the_site(self, client):
        manifest = json.loads(client.get("/manifest.webmanifest").content)
        assert (manifest["name"], manifest["start_url"]) == ("Sidang", "/")

    def test_the_old_address_of_the_icon_leads_to_it(self, client):
        assert isinstance(answer := client.get("/favicon.ico"), HttpResponse)
        assert answer["location"].startswith("/static/web/mark")
