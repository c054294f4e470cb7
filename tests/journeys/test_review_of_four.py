"""The whole review of four delegations, one recorded, one live, one absent, one in writing, seen from every place.

Chen chairs by the keyboard alone. Fiji’s statement is a film, Finland’s is live, Ghana does not come, Japan files a
text. Fiji and Finland change places; Finland raises a point of order and has a right of reply.
"""

import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import Page, expect

from conferences.models import Delegation
from files.actions import store_upload
from jobs.actions import carry_out, claim
from sessions.floor.models import Floor, Mode, PointOfOrder, PointState, State, Turn
from sessions.programme.models import Access, Format
from sessions.programme.models import State as SessionState
from sessions.review.actions import course, handing_in, setting_up, swapping
from sessions.review.models import Slot, TimePolicy
from sessions.review.orders import OrderPolicy
from sessions.review.queries import numbers_of
from sessions.review.rules import CLIPS, FILMS
from sessions.stage.clips.cards import make_card_clip

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

CALM = 650  # ms in which a button that became another one is not pressed
FILM = 12  # seconds
SPEECH = "Excellencies, small islands are first in every storm."


@pytest.fixture
def review(panel, conference, fiji, finland, olga, ben, vera, tmp_path):
    """Four delegations with what they hand in, not begun; Fiji and Finland have agreed to change places."""
    panel.format, panel.state, panel.went_live_at = Format.COUNTRIES_REVIEW, SessionState.SCHEDULED, None
    panel.title, panel.access = "Countries’ Review", Access.REGISTERED
    panel.save()
    ghana = Delegation.objects.create(conference=conference, country="GH", name="Ghana", position=3)
    japan = Delegation.objects.create(conference=conference, country="JP", name="Japan", position=4)
    setting_up.set_up_review(
        panel.pk, order=OrderPolicy.LOT_ALPHA, time=TimePolicy.FIXED, statement_seconds=60, by=olga
    )
    setting_up.invite(panel.pk, [fiji.pk, finland.pk, ghana.pk, japan.pk], by=olga)
    slots = {str(slot.delegation.country): slot for slot in Slot.objects.select_related("delegation", "turn")}
    for country, mode in (("FI", Mode.ROOM), ("GH", Mode.ROOM), ("JP", Mode.WRITTEN)):
        setting_up.change_slot(slots[country].pk, mode=mode, by=olga)
    handing_in.hand_in_statement(slots["FJ"].pk, language="en", text=SPEECH, by=ben)
    handing_in.hand_in_statement(slots["JP"].pk, language="en", text="In writing only.", by=olga)
    make_card_clip(tmp_path / "fiji.mp4", name="Fiji", country="FJ", seconds=FILM, number=1)
    film = store_upload(
        SimpleUploadedFile("fiji.mp4", (tmp_path / "fiji.mp4").read_bytes()),
        purpose=CLIPS,
        accepts=FILMS,
        largest=10**8,
        plays=False,
        by=ben,
    )
    carry_out(claim(handing_in.hand_in_clip(slots["FJ"].pk, film.pk, by=ben).job_id))
    swap = swapping.propose_swap(slots["FJ"].pk, slots["FI"].pk, by=ben)
    swapping.accept_swap(swap.pk, by=vera)
    panel.refresh_from_db()
    return panel


def turn_of(country: str, kind: str = "statement") -> Turn:
    return Turn.objects.select_related("floor").get(delegation__country=country, kind=kind)


def is_at(page: Page, act: str) -> None:
    """The chair’s next right act is this one, and its button has been so long enough to be pressed."""
    expect(page.locator(".console-big")).to_have_attribute("data-act", act)
    page.wait_for_timeout(CALM)


def seconds_on(page: Page, clock: str) -> int:
    shown = page.locator(f"{clock} [data-face]").inner_text()
    minutes, seconds = shown.lstrip("+").split(":")
    return (-1 if shown.startswith("+") else 1) * (int(minutes) * 60 + int(seconds))


def clocks_are_right(turn: Turn, **pages: Page) -> None:
    for name, page in pages.items():
        clock = "[data-view-clock]" if name == "console" else "[data-holder] [data-clock]"
        shown = seconds_on(page, clock)
        left = Turn.objects.get(pk=turn.pk).clock.remaining_at(timezone.now()) / 1000
        assert abs(shown - left) <= 1.5, (name, shown, left)


def test_four_delegations_are_reviewed(visit, review, chen, ben, vera, ines):
    address = review.get_absolute_url()
    console = visit(chen, reverse("floor:console", args=[review.conference.slug, review.pk]))
    phone = visit(ben, address, viewport="phone")
    laptop = visit(vera, address)
    booth = visit(ines, reverse("review:booth", args=[review.conference.slug, review.pk]))
    wall = visit(None, reverse("floor:screen", args=[review.pk, Floor.objects.get().screen_key]), viewport="projector")
    text = visit(ben, reverse("floor:text", args=[review.conference.slug, review.pk]), scripts=False)
    expect(console.locator("[data-console] [data-act]:disabled")).to_have_count(0)

    # The swap stands: Finland comes first. Interpreters have Fiji’s text, the hall has not.
    expect(console.locator("[data-waiting] .flag-name")).to_have_text(["Finland", "Fiji", "Ghana", "Japan"])
    booth.locator("article", has_text="Fiji").get_by_text("Check against delivery").click()
    expect(booth.get_by_text(SPEECH)).to_be_visible()
    expect(laptop.get_by_text(SPEECH)).to_have_count(0)
    expect(phone.locator(".hall-own")).to_contain_text("You are second")

    opened_by_keys(console)
    finland_speaks_live(console, phone, laptop, wall, text)
    fijis_film_is_stopped_by_a_point_of_order(console, phone, laptop, booth, wall, text)
    ghana_does_not_come(console, wall, laptop)
    japan_files_its_text(console, laptop)
    finland_replies(console, laptop, wall)
    what_remains(console, review, laptop)


def press(console: Page, *, sure: bool = False) -> None:
    """The one big button, by the keyboard; `sure` answers what it asks once."""
    console.locator(".console-big").focus()
    console.keyboard.press("Enter")
    if sure:
        console.locator("dialog[open] [data-yes]").focus()
        console.wait_for_timeout(CALM)
        console.keyboard.press("Enter")


def opened_by_keys(console: Page) -> None:
    is_at(console, "go_live")
    press(console, sure=True)
    is_at(console, "call_next")


def finland_speaks_live(console: Page, phone: Page, laptop: Page, wall: Page, text: Page) -> None:
    console.keyboard.press("n")
    is_at(console, "start")
    own = laptop.locator(".hall-own")
    expect(own).to_contain_text("You are called")
    expect(console.locator("[data-called]")).to_have_text(re.compile(r"^0:\d\d ago$"))
    own.get_by_role("button", name="I am here").click()
    expect(own).to_contain_text("The chair sees that you are here.")
    expect(console.locator("[data-view-here]")).to_be_visible()
    expect(phone.locator(".hall-own")).to_contain_text("You are next")
    console.keyboard.press(" ")
    is_at(console, "end")
    for page in (phone, laptop, wall):
        expect(page.locator("[data-holder]")).to_contain_text("Finland")
    clocks_are_right(turn_of("FI"), console=console, phone=phone, wall=wall)
    text.reload()
    expect(text.locator(".text-who")).to_have_text("Finland")
    phone.get_by_role("button", name="I am ready").click()
    expect(console.locator("[data-waiting]")).to_contain_text("Ready")
    laptop.locator(".hall-own").get_by_role("link", name="I yield").click()
    laptop.get_by_role("dialog").get_by_role("button", name="I yield").click()
    is_at(console, "call_next")


def fijis_film_is_stopped_by_a_point_of_order(
    console: Page, phone: Page, laptop: Page, booth: Page, wall: Page, text: Page
) -> None:
    console.keyboard.press("n")
    is_at(console, "start")
    console.keyboard.press(" ")
    is_at(console, "end")
    for page in (phone, laptop, booth, wall):
        expect(page.locator("body")).to_contain_text("Fiji")
    expect(wall.locator("together-player")).to_be_visible()
    wall.wait_for_function("() => document.querySelector('together-player video')?.currentTime > 0.5")
    clocks_are_right(turn_of("FJ"), console=console, phone=phone)

    laptop.get_by_role("link", name="Point of order").click()
    laptop.locator("dialog[open]").get_by_role("button").first.click()
    expect(phone.locator("[data-holder]")).to_contain_text("point of order")
    expect(wall.locator("[data-point]")).to_contain_text("Finland")
    wall.wait_for_function("() => document.querySelector('together-player video').paused")
    is_at(console, "recognise")
    stopped = Turn.objects.get(pk=turn_of("FJ").pk)
    assert (stopped.state, stopped.stopped_by) == (State.PAUSED, "point")
    press(console)
    is_at(console, "rule")
    press(console)
    console.keyboard.press("ArrowDown")
    console.locator("#ask-rule [data-yes]").focus()
    console.wait_for_timeout(CALM)
    console.keyboard.press("Enter")
    is_at(console, "end")
    assert PointOfOrder.objects.get().state in (PointState.UPHELD, PointState.REJECTED, PointState.NOTED)
    wall.wait_for_function("() => !document.querySelector('together-player video').paused")
    text.reload()
    expect(text.locator(".text-who")).to_have_text("Fiji")

    # The film comes to its end, and a worker says so.
    wall.wait_for_timeout((FILM + 4) * 1000)
    course.end_films_that_are_over()
    is_at(console, "call_next")
    turn = turn_of("FJ")
    assert (turn.state, turn.consumed_ms) == (State.COMPLETED, turn.slot.clip.milliseconds)
    expect(wall.locator("together-player")).to_be_hidden()
    # What was said may be read by all.
    laptop.get_by_role("link", name=re.compile("^Statement: ")).first.click()
    expect(laptop.get_by_text(SPEECH)).to_be_visible()
    laptop.go_back()


def is_not_present(console: Page) -> None:
    is_at(console, "start")
    console.keyboard.press("p")
    console.locator("#ask-not_present [data-yes]").focus()
    console.wait_for_timeout(CALM)
    console.keyboard.press("Enter")


def ghana_does_not_come(console: Page, wall: Page, laptop: Page) -> None:
    console.keyboard.press("n")
    expect(wall.locator("[data-holder]")).to_contain_text("Ghana")
    is_not_present(console)
    is_at(console, "call_next")
    assert turn_of("GH").state == State.DEFERRED
    expect(console.locator("[data-waiting] .flag-name")).to_have_text(["Japan", "Ghana"])


def japan_files_its_text(console: Page, laptop: Page) -> None:
    console.keyboard.press("n")
    is_at(console, "file")
    press(console, sure=True)
    is_at(console, "call_next")
    assert turn_of("JP").state == State.FILED
    # Ghana is called a second time, and is not there.
    console.keyboard.press("n")
    is_not_present(console)
    expect(console.locator(".console-big")).to_have_text("Nobody waits for the floor")
    assert turn_of("GH").state == State.FORFEITED


def finland_replies(console: Page, laptop: Page, wall: Page) -> None:
    laptop.get_by_role("button", name="Right of reply").click()
    expect(console.locator("[data-waiting] .flag-name")).to_have_text(["Finland"])
    is_at(console, "call_next")
    console.keyboard.press("n")
    is_at(console, "start")
    console.keyboard.press(" ")
    is_at(console, "end")
    expect(wall.locator("[data-holder]")).to_contain_text("Right of reply")
    reply = turn_of("FI", "right_of_reply")
    assert reply.allotted_ms == 180_000
    clocks_are_right(reply, console=console, wall=wall)
    laptop.locator(".hall-own").get_by_role("link", name="I yield").click()
    laptop.get_by_role("dialog").get_by_role("button", name="I yield").click()
    expect(wall.locator("[data-nobody]")).to_be_visible()


def what_remains(console: Page, review, laptop: Page) -> None:
    numbers = numbers_of(review)
    assert (numbers.invited, numbers.delivered, numbers.filed, numbers.absent) == (4, 2, 1, 1)
    console.goto(console.url.replace("/chair/", "/record/"))
    for words in ("Finland", "Fiji", "Ghana", "Japan", "Point of order"):
        expect(console.locator("main")).to_contain_text(words)
