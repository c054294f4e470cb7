"""A delegation in a countries’ review: from a phone on a bad link to the hall, with interpreters reading along."""

import re

import pytest
from django.conf import settings
from django.urls import reverse
from playwright.sync_api import Page, expect

from accounts.models import User
from conferences.models import Delegation
from jobs.actions import carry_out, claim
from registration.models import FocalPoint
from sessions.floor.actions import desk
from sessions.floor.actions.notices import send_notice
from sessions.floor.models import Floor, Mode, Notice, Phrase, Turn
from sessions.programme.actions import go_live
from sessions.programme.models import Access, Format, State
from sessions.review.actions import handing_in, setting_up
from sessions.review.models import Clip, Remark, Remarks, Slot, Statement, Swap
from sessions.stage.clips.cards import make_card_clip

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

TEXT = "Excellencies, small islands are first in every storm.\n\nThank you."
SLOW = 200 * 1024  # bytes a second


@pytest.fixture
def review_session(panel, olga):
    """A countries’ review with comments after each statement, not begun."""
    panel.format, panel.state, panel.went_live_at = Format.COUNTRIES_REVIEW, State.SCHEDULED, None
    panel.title, panel.access = "Countries’ Review", Access.REGISTERED
    panel.save()
    setting_up.set_up_review(panel.pk, remarks=Remarks.AFTER_EACH, by=olga)
    setting_up.set_themes(panel.pk, [{"en": "Digital Diplomacy for Crisis Management"}], by=olga)
    return panel


@pytest.fixture
def slots(review_session, conference, fiji, finland, olga):
    ghana = Delegation.objects.create(conference=conference, country="GH", name="Ghana", position=3)
    setting_up.invite(review_session.pk, [fiji.pk, finland.pk, ghana.pk], by=olga)
    return list(Slot.objects.select_related("turn").order_by("delegation__position"))


@pytest.fixture
def fay(fiji):
    """A focal point of Fiji, who takes part in nothing else."""
    fay = User.objects.create_user("fay@example.org", name="Fay")
    FocalPoint.objects.create(delegation=fiji, user=fay)
    return fay


@pytest.fixture(scope="module")
def films(tmp_path_factory):
    """A film of three seconds, and one of forty."""
    folder = tmp_path_factory.mktemp("films")
    for name, seconds in (("fiji", 3), ("long", 40)):
        make_card_clip(folder / f"{name}.mp4", name="Fiji", country="FJ", seconds=seconds, number=1)
    return folder


def address(slot: Slot, name: str, *numbers: int) -> str:
    return reverse(f"review:{name}", args=[slot.review.session.conference.slug, slot.review_id, *numbers])


def link(page: Page, rate: int, *, cut: bool = False) -> None:
    chrome = page.context.new_cdp_session(page)
    told = {"offline": cut, "latency": 0, "downloadThroughput": -1, "uploadThroughput": rate}
    chrome.send("Network.emulateNetworkConditions", told)


@pytest.fixture
def axe_finds_nothing(complaints_of_axe):
    def found(page: Page) -> None:
        assert complaints_of_axe(page) == []
        assert page.evaluate("() => document.documentElement.scrollWidth <= innerWidth")

    return found


def test_a_focal_point_hands_in_a_statement_and_a_film_over_a_link_that_is_cut(
    visit, slots, fay, films, axe_finds_nothing
):
    slot = slots[0]
    page = visit(fay, address(slot, "mine"), viewport="phone", silent=False)
    expect(page.get_by_role("heading", name="things are missing")).to_be_visible()

    page.get_by_role("link", name="Hand in a statement").click()
    page.get_by_label("Text").fill(TEXT)
    page.get_by_role("button", name="Hand in").click()
    expect(page.get_by_text("The statement is handed in.")).to_be_visible()
    assert Statement.objects.get().text.replace("\r\n", "\n") == TEXT

    page.get_by_role("link", name="Hand in a film").click()
    link(page, SLOW // 4)
    page.get_by_label("Film").set_input_files(films / "fiji.mp4")
    shown = page.locator("[data-part=words]")
    expect(shown).to_contain_text(re.compile(r"\d+%"))
    link(page, 0, cut=True)
    expect(shown).to_have_text("Reconnecting, nothing is lost.")
    link(page, -1)
    expect(shown).to_contain_text("is here. It goes with the form.", timeout=30_000)
    page.get_by_role("button", name="Hand in").click()

    expect(page.locator("#film-now")).to_contain_text("Being checked and converted")
    expect(page.get_by_role("progressbar")).to_be_visible()
    clip = Clip.objects.get()
    assert clip.upload.size == (films / "fiji.mp4").stat().st_size
    carry_out(claim(clip.job_id))
    # By itself, while nobody touches the page.
    expect(page.locator("#film-now")).to_contain_text("Ready to be shown")
    expect(page.get_by_role("progressbar")).to_have_count(0)
    axe_finds_nothing(page)

    page.get_by_role("link", name="Look at it").click()
    page.evaluate("() => { const film = document.querySelector('video'); film.muted = true; film.play(); }")
    page.wait_for_function("() => document.querySelector('video').currentTime > 0.5")


def test_a_film_that_is_too_long_is_refused_with_clear_words(visit, slots, fay, films, axe_finds_nothing):
    Turn.objects.filter(pk=slots[0].turn_id).update(allotted_ms=20_000)
    page = visit(fay, address(slots[0], "hand_in_film", slots[0].pk), viewport="phone")
    page.get_by_label("Film").set_input_files(films / "long.mp4")
    page.get_by_role("button", name="Hand in").click()
    expect(page.locator("#film-now")).to_contain_text("Being checked and converted", timeout=30_000)
    carry_out(claim(Clip.objects.get().job_id))
    expect(page.locator("#film-now")).to_contain_text(
        "The film lasts 0:40, and your time is 0:20. Shorten it and upload it again."
    )
    expect(page.get_by_role("link", name="Hand in another film")).to_be_visible()
    expect(page.get_by_role("heading", name="things are missing")).to_be_visible()
    axe_finds_nothing(page)


def test_two_delegations_change_places_before_each_other_s_eyes(visit, slots, ben, vera, axe_finds_nothing):
    fijis = visit(ben, address(slots[0], "mine"))
    finlands = visit(vera, address(slots[1], "mine"), viewport="phone")
    expect(fijis.locator("#place")).to_contain_text("You are next")
    expect(finlands.locator("#place")).to_contain_text("Number 2 of those who wait")
    # Nobody is chosen for them: a press alone proposes nothing.
    expect(fijis.get_by_label("With")).to_have_value("")
    fijis.get_by_role("button", name="Propose").click()
    expect(fijis.get_by_label("With")).to_be_focused()
    assert not Swap.objects.exists()
    fijis.get_by_label("With").select_option(str(slots[1].pk))
    fijis.get_by_role("button", name="Propose").click()
    expect(fijis.get_by_text("Waits for their answer")).to_be_visible()
    expect(fijis.locator("#swap")).to_be_focused()

    agree = finlands.get_by_role("button", name=re.compile("Agree ?: Fiji"))
    expect(agree).to_be_visible()
    axe_finds_nothing(finlands)
    agree.click()
    expect(finlands.locator("#place")).to_contain_text("You are next")
    expect(fijis.locator("#place")).to_contain_text("Number 2 of those who wait")
    expect(fijis.get_by_text("Waits for their answer")).to_have_count(0)
    assert Swap.objects.get().state == "applied"


def test_whoever_says_that_they_are_ready_stays_where_they_pressed(visit, slots, ben, olga):
    title = "Digital Diplomacy and the New Era of Opportunities"
    theme = setting_up.set_themes(slots[0].review_id, [{"en": title}], by=olga)[0]
    Slot.objects.filter(pk=slots[0].pk).update(theme=theme)
    page = visit(ben, address(slots[0], "mine"), viewport="phone")
    # The mark stands beside its words also where they wrap.
    assert page.locator(".checks .state", has_text=title).evaluate("it => getComputedStyle(it).textAlign") == "start"
    page.get_by_role("button", name="We are ready").click()
    expect(page.locator("#ready").get_by_text("You said that you are ready")).to_be_in_viewport()
    expect(page.locator("#ready")).to_be_focused()
    # A part that is written anew under the focus keeps it.
    handing_in.hand_in_statement(slots[0].pk, language="fr", text="Excellences", by=olga)
    expect(page.locator("#statement")).to_contain_text("Français")
    expect(page.locator("#ready")).to_be_focused()


def test_what_somebody_chooses_stays_while_the_page_changes_around_them(visit, slots, ben, vera, olga):
    page = visit(ben, address(slots[0], "mine"))
    page.get_by_label("With").focus()
    page.get_by_label("With").select_option(str(slots[2].pk))
    handing_in.hand_in_statement(slots[0].pk, language="fr", text="Excellences", by=olga)
    expect(page.locator("#statement")).to_contain_text("Français")
    expect(page.get_by_label("With")).to_have_value(str(slots[2].pk))
    expect(page.get_by_label("With")).to_be_focused()


def test_an_interpreter_reads_at_once_and_a_delegate_once_it_was_delivered(
    visit, review_session, slots, ben, vera, ines, chen, axe_finds_nothing
):
    Turn.objects.update(mode=Mode.ROOM)
    booth = visit(ines, address(slots[0], "booth"))
    hall = visit(vera, review_session.get_absolute_url())
    handing_in.hand_in_statement(slots[0].pk, language="en", text=TEXT, by=ben)
    text = booth.locator("[data-part=next] details").first
    expect(text).to_be_visible()
    text.locator("summary").click()
    expect(booth.get_by_text("small islands are first")).to_be_visible()
    axe_finds_nothing(booth)
    page = address(slots[0], "statement", Statement.objects.get().pk)
    assert hall.request.get(page).status == 404

    go_live(review_session.pk, by=chen)
    desk.call_next(review_session.pk, by=chen)
    desk.start_turn(review_session.pk, slots[0].turn_id, by=chen)
    # The text of whoever speaks opens by itself, and the clock runs.
    expect(booth.locator("[data-part=now]").get_by_text("small islands are first")).to_be_visible()
    expect(booth.locator("[data-clock]")).to_have_attribute("data-runs", "yes")
    expect(hall.locator("#review").get_by_role("link", name="Statement:")).to_have_count(0)
    assert hall.request.get(page).status == 404

    desk.end_turn(review_session.pk, slots[0].turn_id, by=chen)
    expect(hall.locator("[data-delivered]")).to_have_text("1")
    hall.locator("#review").get_by_role("link", name="Statement:").click()
    expect(hall.get_by_text("small islands are first")).to_be_visible()
    axe_finds_nothing(hall)


def test_a_comment_goes_from_a_delegate_s_sheet_to_the_booth_and_then_to_the_hall(
    visit, review_session, slots, ben, vera, ines, ada, chen, axe_finds_nothing
):
    Turn.objects.update(mode=Mode.ROOM)
    go_live(review_session.pk, by=chen)
    finlands = visit(vera, review_session.get_absolute_url(), viewport="phone")
    booth, hall = visit(ines, address(slots[0], "booth")), visit(ada, review_session.get_absolute_url())
    its_address = reverse("floor:screen", args=[review_session.pk, Floor.objects.get().screen_key])
    wall = visit(None, its_address, viewport="projector")
    offer = finlands.get_by_role("link", name="Comment on this statement")
    expect(offer).to_have_count(0)
    desk.call_next(review_session.pk, by=chen)
    desk.start_turn(review_session.pk, slots[0].turn_id, by=chen)
    offer.click()
    finlands.get_by_label("Recommendation").check()
    finlands.get_by_label("What you will say").fill("A hotline for small islands.")
    axe_finds_nothing(finlands)
    finlands.get_by_role("button", name="Hand in and join the list").click()
    expect(finlands.locator("#status")).to_contain_text("you are on the speakers’ list")
    expect(booth.locator("[data-part=remarks]")).to_contain_text("A hotline for small islands.")
    expect(hall.get_by_text("A hotline for small islands.")).to_have_count(0)

    desk.end_turn(review_session.pk, slots[0].turn_id, by=chen)
    turn = desk.call_next(review_session.pk, by=chen)
    assert turn.about_id == slots[0].turn_id
    desk.start_turn(review_session.pk, turn.pk, by=chen)
    large = hall.locator("[data-reading] blockquote")
    expect(large).to_have_text("A hotline for small islands.")
    axe_finds_nothing(hall)
    on_wall = wall.locator("[data-wall-remarks]")
    expect(on_wall.locator("blockquote")).to_have_text("A hotline for small islands.")
    expect(on_wall.locator("figcaption")).to_have_text(re.compile(r"Recommendation\s+to Fiji"))
    expect(wall.locator("[data-holder]")).to_contain_text("Finland")
    axe_finds_nothing(wall)
    wall.reload()
    expect(on_wall.locator("blockquote")).to_have_text("A hotline for small islands.")
    desk.end_turn(review_session.pk, turn.pk, by=chen)
    expect(large).to_have_count(0)
    expect(on_wall).to_be_hidden()
    expect(hall.locator("[data-remarks]")).to_contain_text("A hotline for small islands.")
    assert Remark.objects.get().turn_id == turn.pk


def called(session, slot, chen):
    """This slot’s statement begins; the one before it is over."""
    Turn.objects.update(mode=Mode.ROOM)
    before = Turn.objects.filter(floor_id=session.pk, state="speaking").first()
    if before is not None:
        desk.end_turn(session.pk, before.pk, by=chen)
    desk.call_turn(session.pk, slot.turn_id, by=chen)
    desk.start_turn(session.pk, slot.turn_id, by=chen)


def test_a_comment_goes_to_the_statement_it_was_begun_on_though_the_next_has_begun(
    visit, review_session, slots, vera, chen
):
    fijis, _finlands, ghanas = slots
    go_live(review_session.pk, by=chen)
    called(review_session, fijis, chen)
    page = visit(vera, review_session.get_absolute_url(), viewport="phone")
    sheet = page.locator("#remark-sheet")
    page.locator("[data-comment-part]").get_by_role("link").click()
    page.get_by_label("What you will say").fill("For Fiji: a hotline.")
    called(review_session, ghanas, chen)
    expect(page.locator("[data-comment-of]")).to_have_text(": Ghana")
    expect(sheet.locator("h2")).to_have_text("Comment on the statement of Fiji")
    sheet.get_by_role("button", name="Hand in and join the list").click()
    expect(page.locator("#status")).to_contain_text("you are on the speakers’ list")
    assert Remark.objects.get().slot == fijis
    assert Turn.objects.get(about__isnull=False).about_id == fijis.turn_id


def test_what_was_begun_for_one_state_is_not_in_the_sheet_for_another(visit, review_session, slots, vera, chen):
    fijis, _finlands, ghanas = slots
    go_live(review_session.pk, by=chen)
    called(review_session, fijis, chen)
    page = visit(vera, review_session.get_absolute_url(), viewport="phone")
    sheet, text = page.locator("#remark-sheet"), page.get_by_label("What you will say")
    offer = page.locator("[data-comment-part]").get_by_role("link")
    later = sheet.get_by_role("button", name="Later: keep as a draft")
    offer.click()
    page.get_by_label("Recommendation").check()
    text.fill("For Fiji: a hotline.")
    later.click()
    called(review_session, ghanas, chen)
    expect(page.locator("[data-comment-of]")).to_have_text(": Ghana")
    offer.click()
    expect(sheet.locator("h2")).to_have_text("Comment on the statement of Ghana")
    expect(text).to_have_value("")
    expect(page.get_by_label("Recommendation")).not_to_be_checked()
    text.fill("For Ghana: another.")
    page.get_by_label("Focus area").fill("Trust")
    later.click()
    page.reload()
    expect(page.locator("body")).to_have_attribute("data-link", "connected")
    offer.click()
    expect(text).to_have_value("For Ghana: another.")
    expect(page.get_by_label("Focus area")).to_have_value("Trust")


def test_any_statement_on_the_list_leads_to_the_sheet_and_back_to_its_own_draft(
    visit, review_session, slots, vera, chen, axe_finds_nothing
):
    go_live(review_session.pk, by=chen)
    page = visit(vera, review_session.get_absolute_url(), viewport="phone")
    expect(page.locator("body")).to_have_attribute("data-link", "connected")
    sheet, text = page.locator("#remark-sheet"), page.get_by_label("What you will say")
    later = sheet.get_by_role("button", name="Later: keep as a draft")
    offers = page.locator("[data-slots]").get_by_role("link", name="Comment")
    expect(offers).to_have_text([re.compile("Fiji"), re.compile("Ghana")])
    for name in ("Fiji", "Ghana"):
        offers.filter(has_text=name).click()
        expect(sheet.locator("h2")).to_have_text(f"Comment on the statement of {name}")
        expect(text).to_have_value("")
        text.fill(f"For {name}.")
        later.click()
    axe_finds_nothing(page)
    offers.first.click()
    expect(text).to_have_value("For Fiji.")


def test_in_words_alone_a_comment_is_handed_in_and_one_is_back_where_one_was(
    visit, review_session, slots, ben, vera, chen, axe_finds_nothing
):
    handing_in.hand_in_statement(slots[0].pk, language="en", text=TEXT, by=ben)
    go_live(review_session.pk, by=chen)
    called(review_session, slots[0], chen)
    where = reverse("floor:text", args=[review_session.conference.slug, review_session.pk]) + "?still"
    page = visit(vera, where, viewport="phone", scripts=False)
    page.get_by_role("link", name="Comment on this statement").click()
    page.get_by_label("What you will say").fill("A hotline for small islands.")
    page.get_by_role("button", name="Hand in and join the list").click()
    expect(page).to_have_url(re.compile(re.escape(where) + "$"))
    expect(page.get_by_text("you are on the speakers’ list")).to_be_visible()
    turn = Turn.objects.get(about=slots[0].turn_id)
    desk.end_turn(review_session.pk, slots[0].turn_id, by=chen)
    desk.call_turn(review_session.pk, turn.pk, by=chen)
    desk.start_turn(review_session.pk, turn.pk, by=chen)
    words = visit(vera, where, viewport="phone")
    expect(words.locator("blockquote")).to_have_text("A hotline for small islands.")
    expect(words.get_by_role("link", name="Statement:")).to_be_visible()
    axe_finds_nothing(words)


@pytest.mark.parametrize("viewport", ["phone", "desktop"])
def test_it_is_for_everybody(visit, site, review_session, slots, ben, ines, chen, viewport, axe_finds_nothing):
    handing_in.hand_in_statement(slots[0].pk, language="ar", text="أصحاب السعادة، شكرا", by=ben)
    go_live(review_session.pk, by=chen)
    desk.call_next(review_session.pk, by=chen)
    own = slots[0].pk
    for person, name, numbers in (
        (ben, "slot", [own]),
        (ben, "hand_in_statement", [own]),
        (ben, "speaker", [own]),
        (ben, "achievements", [own]),
        (ines, "booth", []),
        (ines, "statement", [Statement.objects.get().pk]),
    ):
        page = visit(person, "/health/", viewport=viewport)
        cookie = {"name": settings.LANGUAGE_COOKIE_NAME, "value": "ar", "url": f"http://localhost:{site.port}"}
        page.context.add_cookies([cookie])
        page.goto(address(slots[0], name, *numbers))
        axe_finds_nothing(page)


def test_what_the_desk_wants_comes_to_the_delegations_own_page(
    visit, review_session, slots, ben, chen, complaints_of_axe
):
    page = visit(ben, address(slots[0], "slot", slots[0].pk), viewport="phone")
    expect(page.locator("body")).to_have_attribute("data-link", "connected")
    send_notice(review_session.pk, slots[0].delegation_id, phrase=Phrase.TEXT, by=chen)
    expect(page.locator("[data-notices]")).to_contain_text("The interpreters need your text. Please hand it in.")
    expect(page.locator("#status")).to_contain_text("From the desk: The interpreters need your text.")
    # Where the message is in view, what says so covers the page for a moment only.
    expect(page.locator("#status")).to_be_empty(timeout=10_000)
    assert complaints_of_axe(page) == []
    page.get_by_role("button", name="We have read it").click()
    expect(page.get_by_text("The desk sees that you have read it.")).to_be_visible()
    assert Notice.objects.get().acknowledged_by == ben
