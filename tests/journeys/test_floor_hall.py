"""The floor as a hall sees it: on a phone, on a laptop, in words alone and on the wall, all at the same second."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from django.urls import reverse
from playwright.sync_api import Page, expect

from sessions.floor.actions.desk import call_next, call_turn, end_turn, start_turn
from sessions.floor.actions.ordering import open_list
from sessions.floor.actions.points import recognise_point, rule_on_point
from sessions.floor.actions.standing import Statement, inscribe_statements
from sessions.floor.models import Floor, PointOfOrder, PointState, Speakers, State, Turn
from sessions.programme.models import Access, Format, Session

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

A_SECOND = timedelta(seconds=1)
AMBER = timedelta(seconds=30)


@pytest.fixture
def review(panel):
    """A meeting of delegations, open to the public, whose list is open."""
    Session.objects.filter(pk=panel.pk).update(format=Format.COUNTRIES_REVIEW, access=Access.PUBLIC)
    panel.refresh_from_db()
    Floor.objects.create(session=panel, speakers=Speakers.DELEGATIONS, list_is_open=True)
    return panel


def wall_of(session) -> str:
    return reverse("floor:screen", args=[session.pk, session.floor.screen_key])


def clock_of(page: Page):
    return page.locator("[data-holder] [data-clock]")


def note_phases(page: Page) -> None:
    """From here on the page notes when its clock comes into each phase."""
    page.evaluate(
        """() => {
            window.phases = {};
            const note = ([{ target }]) => { window.phases[target.dataset.phase] ??= Date.now(); };
            const options = { attributeFilter: ["data-phase"], subtree: true };
            new MutationObserver(note).observe(document.querySelector("[data-holder]"), options);
        }"""
    )


def moment_of(page: Page, phase: str) -> datetime:
    """When this page showed that its clock is in the phase."""
    expect(clock_of(page)).to_have_attribute("data-phase", phase)
    return datetime.fromtimestamp(page.evaluate("phase => window.phases[phase]", phase) / 1000, tz=UTC)


def test_a_delegate_asks_waits_is_called_speaks_and_yields(visit, review, ben, chen, finland, ghana):
    before = [Statement(delegation=each, allotted_ms=60_000) for each in (finland, ghana)]
    first, second = inscribe_statements(review, before, by=chen)
    phone, wall = (
        visit(ben, review.get_absolute_url(), viewport="phone"),
        visit(None, wall_of(review), viewport="projector"),
    )
    phone.locator("[data-mode-choice]").select_option("live_remote")
    phone.get_by_role("button", name="Comment").click()
    own = phone.locator(".hall-own")
    expect(own).to_contain_text("You are third")
    expect(phone.locator("[data-why=comment]")).to_contain_text("You are on the list for this.")
    expect(phone.get_by_role("button", name="Comment")).to_be_hidden()
    mine = Turn.objects.get(kind="comment")
    assert (mine.mode, mine.person) == ("live_remote", ben)

    call_next(review.pk, by=chen)
    expect(own).to_contain_text("You are second")
    expect(phone.locator("[data-calls]")).to_have_text("You are second")
    expect(phone.locator("[data-holder]")).to_contain_text("Finland")
    expect(wall.locator("[data-holder]")).to_contain_text("Finland")
    start_turn(review.pk, first.pk, by=chen)
    end_turn(review.pk, first.pk, by=chen)
    call_next(review.pk, by=chen)
    expect(own).to_contain_text("You are next")

    own.get_by_role("button", name="I am ready").click()
    expect(own).to_contain_text("The chair sees that you are ready.")
    expect(own.get_by_role("button", name="Not ready after all")).to_be_focused()
    mine.refresh_from_db()
    assert mine.state == State.READY

    start_turn(review.pk, second.pk, by=chen)
    end_turn(review.pk, second.pk, by=chen)
    call_turn(review.pk, mine.pk, by=chen)
    expect(own).to_contain_text("You are called")
    expect(phone.locator("[data-calls]")).to_contain_text("You are called")
    own.get_by_role("button", name="I am here").click()
    expect(own.get_by_text("The chair sees that you are here.")).to_be_focused()
    start_turn(review.pk, mine.pk, by=chen)
    expect(own).to_contain_text("You have the floor")
    expect(wall.locator("[data-holder]")).to_contain_text("Fiji")
    own.get_by_role("link", name="I yield").click()
    phone.get_by_role("dialog").get_by_role("button", name="I yield").click()
    expect(phone.locator("[data-nobody]")).to_be_visible()
    expect(own).to_be_hidden()
    expect(wall.locator("[data-nobody]")).to_be_visible()
    mine.refresh_from_db()
    assert mine.state == State.COMPLETED


def test_every_clock_turns_amber_and_runs_out_at_the_second_of_the_server(visit, review, ben, chen, finland, fiji):
    wished = [
        Statement(delegation=finland, allotted_ms=AMBER // timedelta(milliseconds=1) + 4_000),
        Statement(delegation=fiji, allotted_ms=5_000),
    ]
    turns = inscribe_statements(review, wished, by=chen)
    pages = [
        visit(ben, review.get_absolute_url(), viewport="phone"),
        visit(None, review.get_absolute_url()),
        visit(None, wall_of(review), viewport="projector"),
    ]
    for page in pages:
        note_phases(page)
    for turn, ahead, phase, words in zip(
        turns, (AMBER, 0 * AMBER), ("amber", "over"), ("Half a minute or less", "Time is up"), strict=True
    ):
        call_turn(review.pk, turn.pk, by=chen)
        start_turn(review.pk, turn.pk, by=chen)
        turn.refresh_from_db()
        due = turn.clock.runs_out_at() - ahead
        for page in pages:
            assert abs(moment_of(page, phase) - due) < A_SECOND
            expect(clock_of(page)).to_contain_text(words)
        end_turn(review.pk, turn.pk, by=chen)
    expect(pages[0].locator("[data-holder] [data-says]")).to_have_text("The time is up.")


def test_a_point_of_order_stops_the_clock_everywhere_until_the_ruling(visit, review, ben, vera, chen, finland, fiji):
    turn = inscribe_statements(review, [Statement(delegation=finland, allotted_ms=180_000)], by=chen)[0]
    call_next(review.pk, by=chen)
    start_turn(review.pk, turn.pk, by=chen)
    here, there = visit(ben, review.get_absolute_url(), viewport="phone"), visit(vera, review.get_absolute_url())
    wall = visit(None, wall_of(review), viewport="projector")
    for page in (here, there, wall):
        expect(clock_of(page)).to_have_attribute("data-runs", "yes")
    here.get_by_role("link", name="Point of order").click()
    expect(here.get_by_role("dialog")).to_contain_text("The clock stops for everybody, and the chair rules.")
    expect(here.get_by_role("dialog").get_by_role("button", name="Cancel")).to_be_focused()
    here.get_by_role("button", name="Rise to a point of order").click()
    for page in (here, there, wall):
        expect(page.locator("[data-point]")).to_contain_text("Fiji")
        expect(page.locator("[data-holder-state]")).to_have_text("Clock stopped by a point of order")
        expect(clock_of(page)).to_have_attribute("data-runs", "no")
    faces = {clock_of(page).locator("[data-face]").inner_text() for page in (here, there, wall)}
    assert len(faces) == 1
    words = visit(vera, reverse("floor:text", args=[review.conference.slug, review.pk]), scripts=False)
    expect(words.locator("main")).to_contain_text(faces.pop())
    expect(words.locator("main")).to_contain_text(re.compile("Point of order.*Fiji", re.S))
    expect(there.locator("[data-tells]")).to_have_text("Fiji rises to a point of order.")

    point = PointOfOrder.objects.get()
    recognise_point(review.pk, point.pk, by=chen)
    expect(wall.locator("[data-point] [data-clock]")).to_be_visible()
    rule_on_point(review.pk, point.pk, ruling=PointState.REJECTED, words="The order stands.", by=chen)
    for page in (here, there, wall):
        expect(clock_of(page)).to_have_attribute("data-runs", "yes")
    expect(there.locator("[data-point]")).to_contain_text("The order stands.")
    expect(wall.locator("[data-point]")).to_be_hidden()
    there.get_by_role("link", name="Appeal against the ruling").click()
    there.get_by_role("dialog").get_by_role("button", name="Appeal").click()
    expect(here.locator("[data-point]")).to_contain_text("Appealed against by Finland")
    expect(clock_of(wall)).to_have_attribute("data-runs", "no")


def test_the_wall_keeps_what_it_shows_through_a_night_without_a_network(visit, network, review, chen, finland, fiji):
    wished = [Statement(delegation=each, allotted_ms=180_000) for each in (finland, fiji)]
    first, second = inscribe_statements(review, wished, by=chen)
    call_next(review.pk, by=chen)
    wall = visit(None, wall_of(review), viewport="projector", through=network, silent=False)
    expect(wall.locator("[data-holder]")).to_contain_text("Finland")
    network.cut()
    start_turn(review.pk, first.pk, by=chen)
    end_turn(review.pk, first.pk, by=chen)
    call_next(review.pk, by=chen)
    expect(wall.locator("[data-link]")).to_be_visible(timeout=20_000)
    expect(wall.locator("[data-holder]")).to_contain_text("Finland")
    network.mend()
    expect(wall.locator("[data-holder]")).to_contain_text("Fiji", timeout=40_000)
    expect(wall.locator("[data-link]")).to_be_hidden()
    assert second.pk


def test_a_floor_that_nobody_used_appears_with_the_first_hand(visit, panel, ben, ada, chen):
    Floor.objects.create(session=panel, speakers=Speakers.PARTICIPANTS)
    page = visit(ada, panel.get_absolute_url(), viewport="phone")
    expect(page.locator("[data-hall]")).to_be_hidden()
    open_list(panel.pk, by=chen)
    expect(page.locator("[data-hall]")).to_be_visible()
    page.get_by_role("button", name="Question", exact=True).click()
    expect(page.locator(".hall-own")).to_contain_text("You are next")
    page.get_by_role("link", name="Take back").click()
    page.get_by_role("button", name="Leave the list").click()
    expect(page.locator(".hall-own")).to_be_hidden()
    assert Turn.objects.get().state == State.WITHDRAWN


def test_what_is_refused_is_told_and_the_page_stays(visit, review, ben, chen):
    page = visit(ben, review.get_absolute_url())
    Floor.objects.update(list_is_open=False)
    page.get_by_role("button", name="Comment").click()
    expect(page.locator("#status")).to_have_text("The list is closed.")


@pytest.mark.parametrize("scripts", [True, False])
def test_the_page_in_words_is_light(visit, review, ben, chen, fiji, finland, ghana, scripts):
    wished = [Statement(delegation=each, name="H.E. Somebody", allotted_ms=60_000) for each in (fiji, finland, ghana)]
    inscribe_statements(review, wished * 7, by=chen)
    page = visit(ben, "/health/", scripts=scripts)
    link = page.context.new_cdp_session(page)
    link.send("Network.enable")
    weights: list[float] = []
    link.on("Network.loadingFinished", lambda event: weights.append(event["encodedDataLength"]))
    page.goto(reverse("floor:text", args=[review.conference.slug, review.pk]), wait_until="networkidle")
    assert 0 < sum(weights) <= 50_000
