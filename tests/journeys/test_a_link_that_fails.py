"""Links fail, servers restart, logs are restored: pages catch up by themselves, nothing missing, nothing twice."""

import signal
from uuid import uuid4

import pytest
from django.urls import reverse
from playwright.sync_api import Page, expect

from accounts.models import User
from conferences.models import Membership
from outbox.models import Event, Log, Topic
from sessions.questions.actions import approve_question, vote_for
from sessions.questions.models import Question, QuestionTime, Window

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def floor_is_open(panel):
    return QuestionTime.objects.create(session=panel, window=Window.OPEN)


@pytest.fixture
def asked(panel, ben, floor_is_open):
    """Questions that wait for the desk."""
    return [Question.objects.create(session=panel, author=ben, text=f"What about island number {n}?") for n in range(5)]


@pytest.fixture
def dewi(conference):
    dewi = User.objects.create_user("dewi@example.org", name="Dewi")
    Membership.objects.create(conference=conference, user=dewi)
    return dewi


@pytest.fixture
def watch(visit, panel):
    """A page of Dewi's that remembers whether it was loaded again."""

    def watched(user, **options) -> Page:
        page = visit(
            user, reverse("programme:session", args=[panel.conference.slug, panel.pk]), silent=False, **options
        )
        page.evaluate("window.sameLoad = true")
        return page

    return watched


def texts(page: Page) -> list[str]:
    return page.locator("#questions [data-live] [data-text]").all_inner_texts()


def vote(page: Page) -> None:
    page.locator("#questions [data-live] [data-vote]").click()


def vote_is_answered(page: Page) -> None:
    """The count moves when the button is pressed; the button is busy until the server has answered."""
    expect(page.locator("#questions [data-live] [data-vote]")).not_to_have_attribute(
        "aria-busy", "true", timeout=20_000
    )


def connected(page: Page) -> None:
    expect(page.locator("body")).to_have_attribute("data-link", "connected")


def test_ten_seconds_without_a_network(watch, network, panel, asked, dewi, ada):
    page = watch(dewi, through=network)
    connected(page)
    approve_question(asked[0].pk, by=ada)
    expect(page.locator("#questions [data-live] li")).to_have_count(1)

    network.cut()
    expect(page.locator("body")).to_have_attribute("data-link", "reconnecting")
    approve_question(asked[1].pk, by=ada)
    approve_question(asked[2].pk, by=ada)
    vote_for(asked[0].pk, by=ada)
    page.wait_for_timeout(10_000)  # the outage itself
    assert len(texts(page)) == 1
    network.mend()

    expect(page.locator("#questions [data-live] li")).to_have_count(3, timeout=40_000)
    first = page.locator("#questions [data-live] li").filter(has_text="island number 0")
    expect(first.locator("[data-votes]")).to_have_text("1")
    assert sorted(texts(page)) == sorted(question.text for question in asked[:3])
    assert page.evaluate("window.sameLoad")


def test_what_is_sent_while_the_link_is_away_is_done_once_when_it_is_back(watch, network, asked, dewi, ada):
    approve_question(asked[0].pk, by=ada)
    page = watch(dewi, through=network)
    connected(page)
    network.cut()
    expect(page.locator("body")).to_have_attribute("data-link", "reconnecting")
    vote(page)
    expect(page.locator("#questions [data-live] [data-vote]")).to_have_attribute("aria-busy", "true")
    network.mend()
    connected(page)
    vote_is_answered(page)
    expect(page.locator("#questions [data-live] [data-votes]")).to_have_text("1")
    asked[0].refresh_from_db()
    assert asked[0].vote_count == 1


def test_a_server_that_restarts_under_open_pages(watch, site, asked, dewi, ada):
    page = watch(dewi)
    connected(page)
    site.stop(signal.SIGKILL)
    approve_question(asked[0].pk, by=ada)
    approve_question(asked[1].pk, by=ada)
    site.start()
    expect(page.locator("#questions [data-live] li")).to_have_count(2, timeout=40_000)
    assert page.evaluate("window.sameLoad")


@pytest.mark.parametrize("what", ["a position too old", "another epoch"])
def test_a_position_that_leads_nowhere_any_more(watch, network, panel, asked, dewi, ada, what):
    page = watch(dewi, through=network)
    connected(page)
    approve_question(asked[0].pk, by=ada)
    expect(page.locator("#questions [data-live] li")).to_have_count(1)
    network.cut()
    expect(page.locator("body")).to_have_attribute("data-link", "reconnecting")
    for question in asked[1:4]:
        approve_question(question.pk, by=ada)
    if what == "another epoch":
        Log.objects.update(epoch=uuid4().hex[:6])
    else:
        floor = f"session.{panel.pk}.floor"
        newest = Topic.objects.get(name=floor).seq
        Event.objects.filter(topic=floor, seq__lt=newest).delete()
        Topic.objects.filter(name=floor).update(pruned_to=newest - 1)
    network.mend()
    expect(page.locator("#questions [data-live] li")).to_have_count(4, timeout=40_000)
    assert sorted(texts(page)) == sorted(question.text for question in asked[:4])
    assert page.evaluate("window.sameLoad")


def test_a_network_that_blocks_websockets(watch, asked, dewi, ada):
    """The page finds another way by itself: a stream, or asking now and then."""
    page = watch(dewi)
    page.context.route_web_socket("**/live/socket/", lambda link: link.close(code=1011))
    page.reload()
    page.evaluate("window.sameLoad = true")
    expect(page.locator("body")).to_have_attribute("data-link", "fallback", timeout=60_000)
    approve_question(asked[0].pk, by=ada)
    expect(page.locator("#questions [data-live] li")).to_have_count(1, timeout=20_000)
    vote(page)
    vote_is_answered(page)
    expect(page.locator("#questions [data-live] [data-votes]")).to_have_text("1")
    asked[0].refresh_from_db()
    assert asked[0].vote_count == 1
