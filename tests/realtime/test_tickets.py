"""A page's ticket saves the database a question, and opens nothing that the question would not."""

import re

import pytest
from asgiref.sync import sync_to_async
from django.core import signing
from django.test import Client
from django.urls import reverse

from conferences.models import Membership
from outbox import rights, tickets
from outbox.changes import action, change_rights
from outbox.reading import RIGHTS, Position, standing_of
from realtime.hub import RIGHTS_CHANGED, hub
from realtime.sockets import may_follow
from sessions.questions.models import QuestionTime, Window

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def floor(panel):
    QuestionTime.objects.update_or_create(session=panel, defaults={"window": Window.OPEN})
    return f"session.{panel.pk}.floor"


@pytest.fixture
def ticket(open_page):
    """`await ticket(ben, cookie, floor)`: as a page of ben's would carry it, made now."""

    async def made(user, browser: str, *topics: str) -> str:
        at = await hub().rights_at()
        return tickets.make_ticket(user and user.pk, topics, at, language="en", browser=browser)

    return made


@pytest.fixture
def asked(monkeypatch):
    """What the database was asked while people came in: whom a browser's session names, and what they may follow."""
    asked: list[object] = []
    for module, name in (("arrivals", "person_of_browser"), ("sockets", "may_follow")):
        really = getattr(__import__(f"realtime.{module}", fromlist=[name]), name)

        def asking(*args, _really=really, _name=name):
            asked.append(_name)
            return _really(*args)

        monkeypatch.setattr(f"realtime.{module}.{name}", asking)
    return asked


@action
def rights_change(whom: str) -> None:
    change_rights(whom)


async def test_a_ticket_opens_what_it_names_without_a_question(open_page, browser_of, ticket, asked, floor, ben):
    browser = await browser_of(ben)
    page = await open_page(cookie=browser, ticket=await ticket(ben, browser, floor, f"user.{ben.pk}"))
    await page.follow(floor, f"user.{ben.pk}")
    assert page.frames[0]["hello"]["user"] == ben.pk
    assert [frame["topic"] for frame in page.frames if "part" in frame] == [floor, f"user.{ben.pk}"]
    assert asked == []


async def test_what_a_ticket_does_not_name_is_asked_for(open_page, browser_of, ticket, asked, panel, floor, ben, ada):
    browser = await browser_of(ben)
    page = await open_page(cookie=browser, ticket=await ticket(ben, browser, f"user.{ben.pk}"))
    await page.follow(floor, f"session.{panel.pk}.desk")
    refused = [frame["topic"] for frame in page.frames if "refused" in frame]
    assert (refused, asked) == ([f"session.{panel.pk}.desk"], ["may_follow"])


async def _expired(make, monkeypatch):
    with monkeypatch.context() as patched:
        patched.setattr(signing.time, "time", lambda: 1_600_000_000.0)
        return await make()


@pytest.mark.parametrize("what", ["over", "forged", "nonsense", "of another browser", "of another log", "overtaken"])
async def test_a_ticket_that_does_not_open_costs_a_question_and_nothing_else(
    open_page, browser_of, ticket, asked, act, floor, ben, eve, what, monkeypatch
):
    browser = await browser_of(ben)
    good = await ticket(ben, browser, floor)
    if what == "over":
        bad = await _expired(lambda: ticket(ben, browser, floor), monkeypatch)
    elif what == "of another browser":
        bad = await ticket(ben, await browser_of(ben), floor)
    elif what == "of another log":
        bad = tickets.make_ticket(ben.pk, [floor], Position("other.0", 9), language="en", browser=browser)
    elif what == "overtaken":
        bad = good
        await act(rights_change, f"user.{ben.pk}")
        while rights.known.at.seq < 1:
            await (await open_page(None)).close()
    else:
        bad = f"{good[:-2]}xx" if what == "forged" else "nonsense"
    page = await open_page(cookie=browser, ticket=bad)
    await page.follow(floor)
    assert page.frames[0]["hello"]["user"] == ben.pk
    assert any("part" in frame for frame in page.frames)
    assert "person_of_browser" in asked


async def test_one_that_is_over_still_tells_what_was_open_to_whoever_is_still_here(
    open_page, browser_of, ticket, asked, act, floor, ben, monkeypatch
):
    browser = await browser_of(ben)
    with monkeypatch.context() as patched:
        now = signing.time.time()
        patched.setattr(signing.time, "time", lambda: now - 1200)
        over = await ticket(ben, browser, floor)
    page = await open_page(cookie=browser, ticket=over)
    await page.follow(floor)
    assert any("part" in frame for frame in page.frames)
    assert asked == ["person_of_browser"]
    # What it was given to come back with is good again.
    again = await open_page(cookie=browser, ticket=page.ticket)
    await again.follow(floor)
    assert asked == ["person_of_browser"]
    # And where rights changed since, all is asked.
    await act(rights_change, floor.rpartition(".")[0])
    await page.until_closed()
    back = await open_page(cookie=browser, ticket=over)
    await back.follow(floor)
    assert asked[1:] == ["person_of_browser", "may_follow"]


async def test_somebody_elses_ticket_opens_nothing(open_page, browser_of, ticket, floor, ben, eve):
    stolen = await ticket(ben, await browser_of(ben), floor)
    page = await open_page(cookie=await browser_of(eve), ticket=stolen)
    await page.follow(floor)
    assert page.frames[0]["hello"]["user"] == eve.pk
    assert any("refused" in frame for frame in page.frames)


async def test_rights_in_a_session_that_changed_since_void_its_topics_alone(
    open_page, browser_of, ticket, asked, act, panel, floor, ben, conference
):
    """The page came in before it followed: nothing closed its socket, and its ticket must not open the room."""
    browser = await browser_of(ben)
    programme = f"conference.{conference.pk}.programme"
    page = await open_page(cookie=browser, ticket=await ticket(ben, browser, floor, programme))
    await page.follow(programme)
    await act(Membership.objects.filter(user=ben).delete)
    await act(rights_change, f"session.{panel.pk}")
    while (at := rights.known.at) is None or at.seq < 1:
        await page.silence(0.05)
    await page.follow(floor)
    assert page.frames[-1]["refused"]["code"] == "not_there"
    assert asked == ["may_follow"]


async def test_a_page_that_came_by_its_cookie_gets_a_ticket_to_come_back_with(open_page, browser_of, asked, floor, ben):
    browser = await browser_of(ben)
    first = await open_page(cookie=browser)
    await first.say({"follow": {floor: {}}, "renew": True})
    await first.until(lambda frame: "part" in frame)
    await first.until(lambda frame: "ticket" in frame)
    asked.clear()
    back = await open_page(cookie=browser, ticket=first.ticket)
    await back.follow(floor)
    assert any("part" in frame for frame in back.frames)
    assert asked == []


async def test_a_ticket_is_not_renewed_for_a_browser_that_was_signed_out(
    open_page, browser_of, act, ticket, floor, ben
):
    from django.contrib.sessions.models import Session as BrowserSession  # noqa: PLC0415  ours are of conferences

    browser = await browser_of(ben)
    page = await open_page(cookie=browser, ticket=await ticket(ben, browser, floor))
    await act(BrowserSession.objects.all().delete)
    await page.say({"renew": True})
    assert await page.until_closed() == RIGHTS_CHANGED


async def test_a_renewed_ticket_is_measured_from_now(open_page, browser_of, ticket, act, floor, ben):
    """A process that begins knows the changes of the last minutes only: whoever stayed for hours must come in by it."""
    browser = await browser_of(ben)
    page = await open_page(cookie=browser, ticket=await ticket(ben, browser, floor))
    await page.follow(floor)
    await act(rights_change, "user.424242")
    while (at := rights.known.at) is None or at.seq < 1:
        await page.silence(0.05)
    await page.say({"renew": True})
    await page.until(lambda frame: "ticket" in frame)
    found = tickets.read_ticket(page.ticket, browser=browser)
    assert found is not None
    assert (found[0].topics, found[1]) == ((floor,), at)


async def test_a_renewed_ticket_names_no_topic_that_was_refused(open_page, panel, floor, eve):
    page = await open_page(eve)
    await page.until(lambda frame: "ticket" in frame)
    await page.follow(floor, f"user.{eve.pk}")
    await page.say({"renew": True})
    await page.until(lambda frame: "ticket" in frame)
    found = tickets.read_ticket(page.ticket, browser=page.cookie)
    assert found is not None
    assert found[0].topics == (f"user.{eve.pk}",)


async def test_a_server_that_begins_knows_whose_rights_changed_before(open_page, act, panel, floor, ben, browser_of):
    """A ticket made by another process, or before a restart, is measured against what the log tells of that time."""
    await act(rights_change, "user.1")
    at = (await act(standing_of, RIGHTS)).position
    browser = await browser_of(ben)
    before = tickets.make_ticket(ben.pk, [floor], at, language="en", browser=browser)
    await act(rights_change, f"user.{ben.pk}")
    await act(rights_change, "user.2")
    await hub().rights_at()
    assert tickets.read_ticket(before, browser=browser) is None
    for_eve = tickets.make_ticket(10**6, [], at, language="en", browser=browser)
    assert tickets.read_ticket(for_eve, browser=browser) is not None


# What pages carry


async def _carried(user, path: str) -> tuple[Client, str]:
    client = Client()
    if user is not None:
        await sync_to_async(client.force_login)(user)
    response = await sync_to_async(client.get)(path)
    assert response.status_code == 200, path
    return client, re.search(r'data-live-ticket="([^"]*)"', response.content.decode())[1]


@pytest.mark.parametrize("who", ["nobody", "eve", "ben", "ada", "olga"])
async def test_the_tickets_of_pages_name_what_may_be_followed_and_nothing_else(
    open_page, act, panel, conference, floor, eve, ben, ada, olga, who
):
    from sessions.programme.models import Access  # noqa: PLC0415  for whoever may enter what is public

    panel.access = Access.PUBLIC
    await act(panel.save)
    user = {"eve": eve, "ben": ben, "ada": ada, "olga": olga}.get(who)
    key = await act(lambda: QuestionTime.objects.get(session=panel).stage_key)
    await open_page(None)  # a process whose hub knows where rights stand
    paths = [
        reverse("programme:home", args=[conference.slug]),
        reverse("programme:timetable", args=[conference.slug]),
        reverse("programme:session", args=[conference.slug, panel.pk]),
        reverse("questions:stage", args=[panel.pk, key]),
    ]
    if who in ("ada", "olga"):
        paths.append(reverse("questions:desk", args=[conference.slug, panel.pk]))
    for path in paths:
        client, carried = await _carried(user, path)
        browser = client.cookies["sidang"].value if "sidang" in client.cookies else ""
        found = tickets.read_ticket(carried, browser=browser)
        assert found is not None, path
        topics = list(found[0].topics)
        assert topics, path
        assert await act(may_follow, topics, user and user.pk) == set(topics)


async def test_a_page_made_before_rights_are_known_carries_none(act, panel, conference, floor, ben):
    rights.known.forget()
    _client, carried = await _carried(ben, reverse("programme:session", args=[conference.slug, panel.pk]))
    assert carried == ""
