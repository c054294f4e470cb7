"""Every page there is, found in the list of addresses: axe finds nothing, in light, in dark and from right to left.

A new address is walked at once; one that is no page says here what it is.
"""

from collections.abc import Iterator
from contextlib import suppress
from datetime import timedelta
from itertools import combinations
from pathlib import Path

import pytest
from django.test import Client
from django.urls import NoReverseMatch, URLPattern, URLResolver, get_resolver, reverse
from playwright.sync_api import Page

from jobs.actions import start
from sessions.attendance.models import Attendance, How
from sessions.programme.models import Access, Appointment, Duty, Speaker
from sessions.questions.models import Capacity, Question, QuestionTime, Status, Vote, Window
from sessions.stage.actions import set_source

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

AXE = (Path(__file__).parents[2] / "node_modules" / "axe-core" / "axe.min.js").read_text()
AXE_RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}

NO_PAGES = {
    # Asked by scripts, or answered with a file, a redirect or a part of a page.
    "web:set_language", "web:set_theme", "web:health", "web:accent", "web:robots", "web:manifest", "web:favicon",
    "realtime:do", "realtime:events", "realtime:since", "files:download", "stage:hls",
    "attendance:export",
    "questions:similar", "questions:short", "questions:stage_here", "mfa_download_recovery_codes",
    # Forms of other pages post to these.
    "conferences:add_delegations", "conferences:reorder_delegations", "conferences:remove_delegation",
    "conferences:remove_member", "programme:move", "programme:remove_room", "programme:remove_session",
    "programme:appoint", "programme:dismiss",
    "questions:support", "questions:withdraw", "questions:move", "questions:window", "questions:new_address",
    "reactions:give", "stage:clear",
    # Steps of signing in and of second factors: tests/accounts walks them in their order.
    "account_email_verification_sent", "account_confirm_login_code", "account_confirm_password_reset_code",
    "account_complete_password_reset", "account_reauthenticate", "account_change_password", "account_set_password",
    "mfa_authenticate", "mfa_reauthenticate", "mfa_activate_totp", "mfa_deactivate_totp", "mfa_view_recovery_codes",
    "mfa_generate_recovery_codes", "mfa_list_webauthn", "mfa_add_webauthn", "mfa_reauthenticate_webauthn",
    "mfa_remove_webauthn", "mfa_edit_webauthn", "mfa_login_webauthn", "accounts:confirm_address", "accounts:setup",
    # Only in the demonstration.
    "mail:inbox",
}  # fmt: skip


@pytest.fixture
def house(panel, ada, ben, chen, olga, finland, settings):
    """Something of everything: questions in every state, a picture, people present, speakers, staff, a job."""
    panel.access = Access.PUBLIC
    panel.about = "What small firms need."
    panel.save()
    question_time = QuestionTime.objects.create(session=panel, window=Window.OPEN)
    questions = [
        Question.objects.create(
            session=panel,
            author=ben,
            text=f"How do small firms on islands get online, part {number}?",
            status=status,
            reason="tone" if status == Status.DISMISSED else "",
            capacity=Capacity.ANONYMOUS if number % 2 else Capacity.SELF,
        )
        for number, status in enumerate([*Status, Status.LIVE, Status.PENDING])
    ]
    Vote.objects.create(question=questions[1], voter=ada)
    Attendance.objects.create(
        session=panel,
        user=ben,
        how=How.ONLINE,
        from_at=panel.went_live_at,
        to_at=panel.went_live_at + timedelta(hours=1),
    )
    Speaker.objects.create(session=panel, name="Retno L. P. Marsudi", title="Minister", delegation=finland)
    set_source(panel.pk, hls_url="https://cdn.example.org/panel/master.m3u8", by=olga)
    job = start("populate", {"people": 1, "conference": panel.conference.slug}, by=olga)
    return {
        "slug": panel.conference.slug,
        "session_id": panel.pk,
        "question_id": questions[0].pk,
        "key": question_time.stage_key,
        "room_id": panel.room_id,
        "delegation_id": finland.pk,
        "membership_id": ben.memberships.get().pk,
        "appointment_id": Appointment.objects.get(user=ada, duty=Duty.MODERATOR).pk,
        "job_id": job.pk,
    }


def names_of(resolver: URLResolver, namespace: str = "") -> Iterator[str]:
    """The name of every address but the admin's, whose pages are Django's."""
    for pattern in resolver.url_patterns:
        if isinstance(pattern, URLResolver):
            inner = f"{namespace}{pattern.namespace}:" if pattern.namespace else namespace
            if inner != "admin:":
                yield from names_of(pattern, inner)
        elif isinstance(pattern, URLPattern) and pattern.name:
            yield f"{namespace}{pattern.name}"


def address_of(name: str, house: dict) -> str | None:
    """The address with the arguments it takes, or None where it wants one that the house does not have."""
    for size in range(5):
        for names in combinations(house, size):
            with suppress(NoReverseMatch):
                return reverse(name, kwargs={each: house[each] for each in names})
    return None


def candidates(house: dict) -> dict[str, str]:
    """name -> address, of all that is said to be a page."""
    names = dict.fromkeys(name for name in names_of(get_resolver()) if name not in NO_PAGES)
    return {name: path for name in names if (path := address_of(name, house)) is not None}


def complaints_of_axe(page: Page) -> list[str]:
    page.evaluate(AXE)
    found = page.evaluate("rules => axe.run(document, rules)", AXE_RULES)
    return [
        f"{violation['id']}: {node['html'][:160]} ({node['failureSummary'].splitlines()[-1].strip()})"
        for violation in found["violations"]
        for node in violation["nodes"]
    ]


def test_every_address_is_a_page_or_says_what_it_is(house, olga):
    assert set(names_of(get_resolver())) - candidates(house).keys() == NO_PAGES
    organiser, nobody = Client(), Client()
    organiser.force_login(olga)
    for name, path in candidates(house).items():
        answers = [client.get(path) for client in (organiser, nobody)]
        assert any(answer.status_code == 200 and b"<html" in answer.content[:500] for answer in answers), name


@pytest.mark.parametrize("look", ["light", "dark", "from right to left"])
def test_axe_finds_nothing(visit, site, house, olga, look):
    def reader(person) -> Page:
        page = visit(person, "/health/", color_scheme="dark" if look == "dark" else "light")
        if look == "from right to left":
            home = f"http://localhost:{site.port}"
            page.context.add_cookies([{"name": "django_language", "value": "ar", "url": home}])
        return page

    organiser, nobody = reader(olga), reader(None)
    complaints = {}
    for name, path in candidates(house).items():
        # Pages of signing in send on whoever is signed in.
        page = next(
            (each for each in (organiser, nobody) if each.request.get(path, max_redirects=0).status == 200), nobody
        )
        page.goto(path)
        assert page.locator("html").get_attribute("dir") == ("rtl" if look == "from right to left" else "ltr")
        if found := complaints_of_axe(page):
            complaints[name] = found
    assert complaints == {}


def test_a_session_is_light_on_the_wire(visit, site, house, ben):
    """Text at most 50 kB, with its scripts at most 150 kB, everything compressed as it is served."""
    path = reverse("programme:session", args=[house["slug"], house["session_id"]])
    assert weight_of(visit, ben, path, scripts=False) <= 50_000
    assert weight_of(visit, ben, path, scripts=True) <= 150_000


def weight_of(visit, person, path: str, *, scripts: bool) -> int:
    """Bytes on the wire, headers included, of a first visit."""
    page = visit(person, "/health/", scripts=scripts)
    link = page.context.new_cdp_session(page)
    link.send("Network.enable")
    weights: list[float] = []
    link.on("Network.loadingFinished", lambda event: weights.append(event["encodedDataLength"]))
    page.goto(path, wait_until="networkidle")
    assert weights
    return int(sum(weights))
