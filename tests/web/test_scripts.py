"""What the small scripts of every page add, in a real browser. No server: pages and files are answered from here."""

import mimetypes
import os
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from django.conf import settings
from django.contrib.staticfiles import finders
from django.template import engines
from playwright.sync_api import Browser, Page, Route, expect, sync_playwright

pytestmark = pytest.mark.browser

SITE = "http://sidang.test"
PHONE = {"width": 390, "height": 800}
BODY = """{% extends "base.html" %}{% load web %}{% block title %}Scripts{% endblock %}{% block main %}<h1>Scripts</h1>
<p id="when">{% when opening "Asia/Makassar" "short" %}</p>
<p id="span">{% span opening end "Asia/Makassar" %}</p>
<label>Question <textarea id="counted" maxlength="60" data-counted></textarea></label>
<a id="ask" href="/elsewhere/" data-opens="sheet">Ask</a>
<section class="section"><h2>Sheet</h2>
<dialog id="sheet" class="sheet" aria-label="Ask"><textarea id="typed" aria-label="Words"></textarea>
<button type="button" data-closes>Later</button></dialog></section>
<form id="act" action="/done/" data-confirm="sure"><button>End</button></form>
<dialog id="sure" class="dialog" aria-label="Sure"><button type="button" data-confirms>Yes</button></dialog>
<nav data-tabs aria-label="Columns"><a href="#one">One</a> <a href="#two">Two</a></nav>
<div class="columns-three"><section id="one">First</section><section id="two">Second</section></div>
{% endblock %}"""


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with sync_playwright() as driver:
        program = os.environ.get("CHROMIUM", "/usr/bin/chromium")
        browser = driver.chromium.launch(executable_path=program, args=["--no-sandbox"])
        yield browser
        browser.close()


class Nobody:
    is_authenticated = False
    pk = None


@pytest.fixture
def opened(chromium, rf):
    """Opens the page as somebody in a zone of the world, on a screen of some size."""
    contexts = []

    def open_page(zone: str = "Europe/Helsinki", viewport: dict[str, int] | None = None, language: str = "en") -> Page:
        request = rf.get("/")
        request.user = Nobody()
        moments = {"opening": datetime(2021, 11, 16, 5, tzinfo=UTC), "end": datetime(2021, 11, 16, 6, 30, tzinfo=UTC)}
        html = engines["django"].from_string(BODY).render(moments, request)
        html = html.replace('lang="en"', f'lang="{language}"', 1)
        context = chromium.new_context(timezone_id=zone, viewport=viewport or {"width": 1280, "height": 800})
        contexts.append(context)
        page = context.new_page()
        page.route("**/*", lambda route: answer(route, html))
        page.goto(f"{SITE}/")
        expect(page.locator("html.scripted")).to_be_attached()
        return page

    yield open_page
    for context in contexts:
        context.close()


def answer(route: Route, html: str) -> None:
    # Where files were collected before, by a journey, pages name them with their hashes.
    path = re.sub(r"\.[0-9a-f]{12}(?=\.)", "", urlsplit(route.request.url).path)
    if not path.startswith(settings.STATIC_URL):
        route.fulfill(body=html, content_type="text/html; charset=utf-8")
    elif found := finders.find(path.removeprefix(settings.STATIC_URL)):
        kind = mimetypes.guess_type(path)[0] or "text/plain"
        route.fulfill(body=Path(found).read_bytes(), content_type=kind)
    else:
        route.fulfill(status=404)


@pytest.mark.parametrize(
    ("zone", "when", "span"),
    [
        ("Europe/Helsinki", "16 Nov, 13:00 07:00 your time", "13:00–14:30 07:00–08:30 your time"),
        # Another day for the reader is said.
        ("Pacific/Honolulu", "16 Nov, 13:00 15 Nov, 19:00 your time", "13:00–14:30 15 Nov, 19:00–20:30 your time"),
        # And each day of a span that runs into the next one.
        (
            "America/Chicago",
            "16 Nov, 13:00 15 Nov, 23:00 your time",
            "13:00–14:30 15 Nov, 23:00 – 16 Nov, 00:30 your time",
        ),
        # Their clocks are alike: nothing to add.
        ("Asia/Singapore", "16 Nov, 13:00", "13:00–14:30"),
    ],
)
def test_times_are_told_in_the_reader_s_zone_too(opened, zone, when, span):
    page = opened(zone)
    assert " ".join(page.locator("#when").inner_text().split()) == when
    assert " ".join(page.locator("#span").inner_text().split()) == span


def test_a_dialog_takes_the_focus_and_gives_it_back(opened):
    page = opened()
    page.click("#ask")
    expect(page.locator("#typed")).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.locator("#ask")).to_be_focused()
    assert page.url == f"{SITE}/"


def test_a_page_stays_where_it_is_read_when_a_dialog_closes(opened):
    page = opened()
    page.evaluate("document.querySelector('main').style.paddingBlockEnd = '3000px'")
    page.focus("#ask")
    page.evaluate("scrollTo(0, 1500)")
    page.evaluate("document.getElementById('ask').click()")
    page.keyboard.press("Escape")
    expect(page.locator("#sheet")).not_to_be_visible()
    expect(page.locator("#ask")).to_be_focused()
    assert page.evaluate("scrollY") == 1500


def test_a_sheet_comes_from_below_on_a_phone(opened):
    page = opened(viewport=PHONE)
    page.click("#ask")
    page.wait_for_function(
        "!document.getElementById('sheet').getAnimations().some((one) => one.playState === 'running')"
    )
    sheet = page.locator("#sheet").bounding_box()
    assert sheet is not None
    assert (sheet["width"], sheet["y"] + sheet["height"]) == (PHONE["width"], PHONE["height"])
    assert sheet["y"] > PHONE["height"] / 4


def test_a_tap_beside_a_dialog_throws_away_no_words(opened):
    page = opened()
    page.click("#ask")
    page.mouse.click(5, 5)
    expect(page.locator("#sheet")).not_to_be_visible()
    page.click("#ask")
    page.fill("#typed", "half a question")
    page.mouse.click(5, 5)
    expect(page.locator("#sheet")).to_be_visible()


def test_a_grave_act_asks_once(opened):
    page = opened()
    page.click("#act button")
    expect(page.locator("#sure")).to_be_visible()
    assert page.url == f"{SITE}/"
    page.click("[data-confirms]")
    page.wait_for_url(f"{SITE}/done/**")


def test_what_is_left_is_counted_as_the_server_counts(opened):
    page = opened()
    page.fill("#counted", "🇫🇯 Bula")
    expect(page.locator(".field-left")).to_have_text("53 characters left")


def test_columns_become_tabs_on_a_phone(opened):
    page = opened(viewport=PHONE)
    expect(page.locator("#one")).to_be_visible()
    expect(page.locator("#two")).not_to_be_visible()
    page.click("text=Two")
    expect(page.locator("#one")).not_to_be_visible()
    expect(page.locator("#two")).to_be_visible()
    page.keyboard.press("ArrowLeft")
    expect(page.locator("#one")).to_be_visible()


def test_columns_stand_side_by_side_on_a_wide_screen(opened):
    page = opened()
    expect(page.locator("#one")).to_be_visible()
    expect(page.locator("#two")).to_be_visible()


def test_the_appearance_changes_without_losing_the_page(opened):
    page = opened()
    page.fill("#counted", "typed")
    page.click("summary:has-text('language')")
    page.click("button[name=theme][value=dark]")
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    assert page.input_value("#counted") == "typed"


def test_a_menu_closes_with_escape_and_gives_the_focus_back(opened):
    page = opened()
    page.click("summary:has-text('language')")
    page.keyboard.press("Tab")
    page.keyboard.press("Escape")
    expect(page.locator("details.menu")).not_to_have_attribute("open", "")
    expect(page.locator("summary:has-text('language')")).to_be_focused()


def test_the_status_line_tells_of_the_link_and_offers_to_undo(opened):
    page = opened()
    page.evaluate(
        """async () => {
            const { say, watchLink } = await import("/static/web/status.js");
            window.live = new EventTarget();
            window.say = say;
            watchLink(window.live);
        }"""
    )
    tell = "(word) => window.live.dispatchEvent(new CustomEvent('status', { detail: word }))"
    page.evaluate(tell, "reconnecting")
    expect(page.locator("#status")).to_have_text("Reconnecting, nothing is lost.")
    page.evaluate(tell, "connected")
    expect(page.locator("#status")).to_have_text("Connected again. Nothing is lost.")
    page.evaluate("() => window.say('Dismissed.', { undo: () => { window.undone = true; } })")
    page.click("text=Undo")
    assert page.evaluate("window.undone")
    expect(page.locator("#status")).to_be_empty()


def test_a_break_too_short_to_notice_is_not_told(opened):
    page = opened()
    page.clock.install()
    page.evaluate(
        """async () => {
            const { watchLink } = await import("/static/web/status.js");
            const live = new EventTarget();
            const line = document.getElementById("status");
            window.heard = [];
            new MutationObserver(() => window.heard.push(line.textContent)).observe(line, { childList: true });
            watchLink(live);
            for (const detail of ["reconnecting", "connected"]) {
                live.dispatchEvent(new CustomEvent("status", { detail }));
            }
        }"""
    )
    page.clock.run_for(5000)
    assert page.evaluate("window.heard") == []


def test_a_flag_made_by_a_script_is_the_one_of_the_page(opened):
    page = opened()
    made = page.evaluate(
        """async () => {
            const { flagPicture } = await import("/static/web/flags.js");
            return [flagPicture("fj")?.getAttribute("src"), flagPicture(""), flagPicture("../x")];
        }"""
    )
    assert made == ["/static/vendor/flags/FJ.svg", None, None]


@pytest.mark.parametrize("viewport", [{"width": 320, "height": 640}, PHONE, {"width": 1920, "height": 1080}])
def test_no_page_is_wider_than_its_screen(opened, viewport):
    page = opened(viewport=viewport)
    assert page.evaluate("document.documentElement.scrollWidth") == viewport["width"]
