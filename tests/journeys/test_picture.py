"""A session's picture in a real browser: it plays, it obeys the reader's choice, and it switches on open pages."""

import re

import pytest
from playwright.sync_api import Page, expect

from jobs.actions import carry_out, claim
from sessions.stage import bundles
from sessions.stage.demo import show_test_cards
from sessions.stage.models import StageSource

pytestmark = pytest.mark.browser


@pytest.fixture
def card(site, panel, olga):
    """The panel shows a test card."""
    carry_out(claim(show_test_cards([panel.pk], by=olga).pk))
    return StageSource.objects.get(session=panel)


def asked_for(page: Page) -> list[str]:
    """Collects the files of the picture that a page asks for from now on."""
    files: list[str] = []
    page.on("request", lambda request: files.append(request.url.rpartition("/")[2]) if "/hls/" in request.url else None)
    return files


def plays(page: Page) -> None:
    """The picture moves on."""
    page.wait_for_function("() => document.querySelector('#stage video').currentTime > 0.3")


def test_nothing_is_loaded_before_play_and_then_it_plays(visit, card, panel, ben):
    page = visit(ben, panel.get_absolute_url())
    files = asked_for(page)
    expect(page.locator("#stage .stage-poster")).to_contain_text(str(panel.title))
    assert not page.evaluate("() => Boolean(window.Hls)")
    assert files == []
    page.get_by_role("button", name=re.compile("Press to play")).click()
    plays(page)
    assert page.evaluate("() => document.querySelector('#stage video').videoHeight") in (180, 360)
    assert "master.m3u8" in files


def test_sound_only_loads_no_picture_and_is_remembered(visit, card, panel, ben):
    page = visit(ben, panel.get_absolute_url())
    page.get_by_role("radio", name="Sound only").check()
    page.reload()
    expect(page.get_by_role("radio", name="Sound only")).to_be_checked()
    files = asked_for(page)
    page.get_by_role("button", name=re.compile("Press to play")).click()
    plays(page)
    assert page.evaluate("() => document.querySelector('#stage video').videoHeight") == 0
    assert {file.partition("-")[0] for file in files if file.endswith(".m4s")} == {"sound"}


def test_text_only_loads_nothing_and_the_picture_comes_back(visit, card, panel, ben):
    page = visit(ben, panel.get_absolute_url())
    page.get_by_role("button", name=re.compile("Press to play")).click()
    plays(page)
    page.get_by_role("radio", name="Text only").check()
    expect(page.locator("#stage .stage-frame")).to_be_hidden()
    expect(page.locator("#stage")).to_contain_text("neither picture nor sound is loaded")
    page.get_by_role("radio", name="Video").check()
    page.get_by_role("button", name=re.compile("Press to play")).click()
    plays(page)


def test_open_pages_switch_when_the_organiser_does(visit, panel, conference, ben, olga):
    page = visit(ben, panel.get_absolute_url())
    expect(page.locator("#stage")).to_contain_text("No picture yet")
    form = visit(olga, f"/c/{conference.slug}/sessions/{panel.pk}/source/")
    form.get_by_label("HLS address").fill("/nothing/master.m3u8")
    form.get_by_label("What will be seen").fill("The opening film")
    form.get_by_role("button", name="Show this").click()
    expect(page.locator("#stage .stage-poster")).to_contain_text("The opening film")
    form.goto(f"/c/{conference.slug}/sessions/{panel.pk}/source/")
    form.get_by_role("button", name="Take it away").click()
    expect(page.locator("#stage")).to_contain_text("No picture yet")


def test_a_film_handed_in_by_the_organiser_plays_on_an_open_page(visit, card, panel, conference, ben, olga):
    (bundle,) = bundles.folder(panel.pk).iterdir()
    parts = [bundle / "180p-init.mp4", *sorted(bundle.glob("180p-*.m4s"))]
    film = {"name": "Opening.mp4", "mimeType": "video/mp4", "buffer": b"".join(part.read_bytes() for part in parts)}
    page = visit(ben, panel.get_absolute_url())
    answers: list[int] = []
    page.on("response", lambda answer: answers.append(answer.status) if "/files/" in answer.url else None)
    form = visit(olga, f"/c/{conference.slug}/sessions/{panel.pk}/source/")
    form.get_by_label("Or a film").set_input_files(film)
    form.get_by_label("What will be seen").fill("The opening film")
    form.get_by_role("button", name="Show this").click()
    # The form follows its film, whatever that takes here.
    form.wait_for_url(re.compile(r"/sessions/\d+/$"), timeout=30_000)
    expect(page.locator("#stage .stage-poster")).to_contain_text("The opening film")
    page.get_by_role("button", name=re.compile("Press to play")).click()
    plays(page)
    # The end of it, at once: a player that may ask for parts need not wait for the rest.
    page.evaluate("() => { document.querySelector('#stage video').currentTime = 33 }")
    page.wait_for_function("() => document.querySelector('#stage video').currentTime > 33.3")
    assert set(answers) == {206}


def test_a_picture_that_does_not_come_says_so_and_can_be_tried_again(visit, panel, ben, card):
    StageSource.objects.update(hls_url="/nothing/master.m3u8")
    page = visit(ben, panel.get_absolute_url(), silent=False)
    page.get_by_role("button", name=re.compile("Press to play")).click()
    expect(page.locator("#stage").get_by_role("button", name="Try again")).to_be_visible()


def test_without_scripts_there_is_a_link(visit, card, panel, ben):
    page = visit(ben, panel.get_absolute_url(), scripts=False)
    link = page.get_by_role("link", name=re.compile("Open the picture in your player"))
    expect(link).to_have_attribute("href", card.hls_url)
