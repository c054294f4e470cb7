"""The desk under keys, the timetable under a finger, the wall under the longest question."""

import pytest
from django.urls import reverse
from playwright.sync_api import Page, expect

from sessions.programme.models import Room
from sessions.questions.models import Question, QuestionTime, Status, Window

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def desk(visit, panel, ben, ada) -> Page:
    """Ada's desk: one question waits, two are published."""
    QuestionTime.objects.create(session=panel, window=Window.OPEN)
    for text, status in (
        ("Which question waits here?", Status.PENDING),
        ("Which question goes on stage?", Status.LIVE),
        ("Which question is still to come?", Status.LIVE),
    ):
        Question.objects.create(session=panel, author=ben, text=text, status=status)
    return visit(ada, reverse("questions:desk", args=[panel.conference.slug, panel.pk]))


def in_hand(page: Page):
    return page.locator("li[data-current]")


def test_what_was_put_on_stage_stays_in_hand_and_is_what_is_answered_next(desk):
    desk.keyboard.press("j")
    desk.keyboard.press("j")
    expect(in_hand(desk)).to_contain_text("Which question goes on stage?")
    desk.keyboard.press("s")
    expect(desk.locator("#done li[data-current]")).to_contain_text("Which question goes on stage?")
    expect(in_hand(desk).locator("article")).to_be_focused()
    desk.keyboard.press("x")
    expect(desk.locator('[data-list-of="answered"] li')).to_contain_text("Which question goes on stage?")
    # Nothing else is on stage: the first of all comes into hand, and the focus with it.
    expect(in_hand(desk)).to_contain_text("Which question waits here?")
    expect(in_hand(desk).locator("article")).to_be_focused()


def test_after_a_dismissal_the_next_question_has_the_focus(desk):
    desk.keyboard.press("j")
    desk.keyboard.press("d")
    desk.keyboard.press("3")
    expect(desk.locator("#waiting li")).to_have_count(0)
    expect(in_hand(desk)).to_contain_text("Which question goes on stage?")
    expect(in_hand(desk).locator("article")).to_be_focused()


def test_a_button_under_a_pointer_does_not_move_away_before_it_is_released(desk, panel, ben):
    long = "What do the smallest States need first, " + "and what comes after that, " * 14 + "in your view?"
    Question.objects.create(session=panel, author=ben, text=long, status=Status.LIVE)
    desk.reload()
    item = desk.locator("#live li").filter(has_text=long)
    item.get_by_role("button", name="Put on stage").click()
    expect(desk.locator("#done li")).to_contain_text(long)


@pytest.mark.parametrize("size", [{"width": 1920, "height": 1080}, {"width": 1024, "height": 768}])
@pytest.mark.parametrize(
    "text", ["小岛屿国家" * 100, "How do small islands " * 23 + "get online?", "តើប្រទេសកោះតូចៗ " * 31]
)
def test_the_longest_question_fits_the_wall_in_any_script(visit, panel, ben, text, size):
    time = QuestionTime.objects.create(session=panel, window=Window.OPEN)
    Question.objects.create(session=panel, author=ben, text=text, status=Status.ON_STAGE)
    wall = visit(None, reverse("questions:stage", args=[panel.pk, time.stage_key]), viewport="projector", screen=size)
    wall.set_viewport_size(size)
    wall.reload()
    expect(wall.locator("[data-by]")).to_be_in_viewport(ratio=1)
    assert wall.evaluate("document.querySelector('.stage-head').getBoundingClientRect().bottom") < wall.evaluate(
        "document.querySelector('.stage-text').getBoundingClientRect().top"
    )


def swipe(page: Page, start: int, end: int, y: int = 500) -> None:
    """A finger goes across the page, from one x to another."""
    page.wait_for_load_state()
    wire = page.context.new_cdp_session(page)
    wire.send("Input.dispatchTouchEvent", {"type": "touchStart", "touchPoints": [{"x": start, "y": y}]})
    for step in range(1, 5):
        x = start + (end - start) * step // 4
        wire.send("Input.dispatchTouchEvent", {"type": "touchMove", "touchPoints": [{"x": x, "y": y}]})
    wire.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})


def test_a_swipe_goes_from_room_to_room_on_a_phone(visit, panel):
    Room.objects.create(conference=panel.conference, name="Room 2", position=2)
    page = visit(
        None,
        reverse("programme:timetable", args=[panel.conference.slug]),
        viewport="phone",
        has_touch=True,
        # While one page turns into the next one, the browser shows a picture of both, which no finger gets through.
        reduced_motion="reduce",
        is_mobile=True,
    )
    here = page.locator('.tabs a[aria-current="page"]')
    expect(here).to_have_text("All rooms")
    swipe(page, 330, 60)
    expect(here).to_have_text(str(panel.room))
    swipe(page, 330, 60)
    expect(here).to_have_text("Room 2")
    # There is nothing beyond the last; a short move and a tap are no swipes.
    swipe(page, 330, 60)
    swipe(page, 100, 140)
    expect(here).to_have_text("Room 2")
    swipe(page, 60, 330)
    expect(here).to_have_text(str(panel.room))
