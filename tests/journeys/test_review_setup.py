"""A review is set up from nothing, its lot is drawn in front of everybody, and any browser works it out again."""

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from conferences.models import Delegation
from sessions.floor.models import Turn
from sessions.programme.models import Access, Format, State
from sessions.review.actions import setting_up
from sessions.review.lot import commitment_of
from sessions.review.models import LotDraw, Review, Slot, Theme
from sessions.review.queries import slots_of

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def review_session(panel):
    """A countries’ review that everybody may enter, scheduled and not set up."""
    panel.format, panel.state, panel.went_live_at = Format.COUNTRIES_REVIEW, State.SCHEDULED, None
    panel.title, panel.access = "Countries’ Review", Access.PUBLIC
    panel.save()
    return panel


@pytest.fixture
def four(conference, fiji, finland):
    """Fiji, Finland, Ghana and an organisation."""
    return [
        fiji,
        finland,
        Delegation.objects.create(conference=conference, country="GH", name="Ghana", position=3),
        Delegation.objects.create(conference=conference, name="Pacific Islands Forum", position=4),
    ]


@pytest.fixture
def address(conference, review_session):
    return f"/c/{conference.slug}/sessions/{review_session.pk}/review/"


def order(session) -> list[str]:
    return [str(slot.delegation.name) for slot in slots_of(session.pk)]


def button(page: Page, name: str) -> Locator:
    """“Mark as here: Ghana”: what is behind the colon is hidden from sight, and stands a space apart."""
    what, _colon, whose = name.partition(": ")
    words = re.compile(rf"^{re.escape(what)}" + (rf"\s*: {re.escape(whose)}$" if whose else "$"))
    return page.get_by_role("main").get_by_role("button", name=words)


def press(page: Page, name: str) -> None:
    button(page, name).click()


def press_with_keys(page: Page, name: str) -> None:
    pressed = button(page, name)
    pressed.focus()
    pressed.press("Enter")


def says(page: Page, words: str) -> None:
    expect(page.locator(".message")).to_contain_text(words)


def test_from_nothing_to_a_lot_that_a_stranger_checks(visit, address, review_session, four, olga, ben):
    # Not silent: the browser notes a form that was refused as an error.
    desk = visit(olga, f"{address}set-up/", silent=False)
    expect(desk.get_by_role("main")).to_contain_text("Nobody is invited yet")

    # By mouse: two themes, one is moved up.
    for title in ("Digital services in a crisis", "Opportunities"):
        desk.locator("summary", has_text="Add a theme").click()
        desk.get_by_label("Theme, in English").fill(title)
        press(desk, "Add the theme")
        says(desk, title)
    press(desk, "Up: Opportunities")
    expect(desk.locator(".themes > li").first).to_contain_text("Opportunities")

    # By keys: everybody is invited.
    press_with_keys(desk, "Invite all 4 that have no slot")
    says(desk, "4 delegations are invited.")
    expect(desk.locator("#plan")).to_have_text("4 statements, 30 s between: 5:00 each, 1:08:00 spare")

    # What the rules make is worked out while they are typed, and refused where it does not fit.
    desk.get_by_label("Time there is, in minutes").fill("3")
    expect(desk.locator("#plan")).to_contain_text("The time is enough for 2 statements at most")
    press(desk, "Save the rules")
    expect(desk.locator(".error-summary")).to_contain_text("2 statements at most")
    expect(desk.get_by_label("Time there is, in minutes")).to_have_value("3")
    desk.get_by_label("Time there is, in minutes").fill("12")
    expect(desk.locator("#plan")).to_have_text("4 statements, 30 s between: 2:30 each, 0:00 spare")
    desk.get_by_label("Order", exact=True).select_option("lot_alpha")
    press_with_keys(desk, "Save the rules")
    says(desk, "The rules are saved.")

    # One slot: who speaks, and another place by hand; then back to the rule.
    desk.get_by_role("link", name=re.compile("Change.*Ghana")).click()
    desk.get_by_label("Speaker").fill("Efua Mensah")
    desk.get_by_label("Form of address").fill("H.E. Ms")
    press(desk, "Save")
    expect(desk.locator(".slots")).to_contain_text("H.E. Ms Efua Mensah")
    desk.get_by_role("link", name=re.compile("Change.*Ghana")).click()
    desk.get_by_label("Place").fill("1")
    desk.get_by_label("Reason").first.fill("The minister has to leave early")
    press(desk, "Move it there")
    says(desk, "no rule changes it")
    assert order(review_session) == ["Ghana", "Fiji", "Finland", "Pacific Islands Forum"]
    desk.get_by_label("Order again").select_option("lot_alpha")
    press(desk, "Back to the rule")
    says(desk, "The rule orders the list again.")

    # A delegate and somebody in the public watch; the commitment comes to them by itself.
    delegate, public = (
        visit(ben, f"{address}lot/", viewport="phone"),
        visit(None, f"{address}lot/", viewport="projector"),
    )
    for page in (delegate, public):
        expect(page.locator(".lot-stage")).to_contain_text("No commitment yet")
    press(desk, "Publish the commitment")
    desk.get_by_role("button", name="Publish it").click()
    says(desk, "The commitment is published")
    made = LotDraw.objects.get()
    for page in (delegate, public):
        expect(page.locator(".lot-stage")).to_contain_text("The lot is not drawn yet")
        expect(page.locator(".lot-number")).to_have_text(made.commitment)
        assert made.seed not in page.content()

    desk.get_by_role("link", name="Draw", exact=True).click()
    expect(desk.get_by_role("main")).to_contain_text("The lot falls on one of the 4 delegations")
    press(desk, "Draw now")
    made.refresh_from_db()
    for page in (desk, delegate, public):
        expect(page.locator("[data-drawn]")).to_have_text(str(made.delegation))

    # The stranger's browser works it out by itself, from the file and the commitment it saw before.
    public.get_by_role("button", name="Check it here").click()
    expect(public.locator("[data-end]")).to_have_text("It holds: nobody could choose.")
    expect(public.locator("[data-step=commitment]")).to_contain_text(made.commitment)
    expect(public.locator("[data-step=drawn]")).to_contain_text(str(made.delegation))
    assert public.locator(".lot-steps > li:visible .state").all_inner_texts() == ["holds"] * 4
    with public.expect_download() as download:
        public.get_by_role("link", name="canonical.txt").click()
    assert download.value.path().read_bytes() == "".join(f"{line}\n" for line in made.lines).encode()
    names = ["Fiji", "Finland", "Ghana", "Pacific Islands Forum"]
    assert order(review_session) == names[made.index :] + names[: made.index]


def test_a_browser_finds_out_what_does_not_hold(visit, address, review_session, four, olga):
    """The server says it holds; the browser saw another commitment before the draw."""
    setting_up.invite(review_session.pk, [each.pk for each in four], by=olga)
    desk = visit(olga, f"{address}set-up/")
    press(desk, "Publish the commitment")
    desk.get_by_role("button", name="Publish it").click()
    says(desk, "The commitment is published")
    LotDraw.objects.update(commitment="0" * 64)
    public = visit(None, f"{address}lot/")
    expect(public.locator(".lot-number")).to_have_text("0" * 64)
    LotDraw.objects.update(commitment=commitment_of(LotDraw.objects.get().seed))
    desk.goto(f"{address}set-up/draw/")
    press(desk, "Draw now")
    expect(public.locator(".lot-verdict")).to_contain_text("It holds")
    public.get_by_role("button", name="Check it here").click()
    expect(public.locator("[data-end]")).to_have_text("It does not hold. Tell the organisers.")
    assert public.locator(".lot-steps > li:visible .state").all_inner_texts() == ["holds", "does not hold"]


def test_it_all_goes_without_scripts(visit, address, review_session, four, olga):
    desk = visit(olga, f"{address}set-up/", scripts=False)
    desk.locator("summary", has_text="Choose whom to invite").click()
    for name in ("Fiji", "Ghana"):
        desk.get_by_label(name, exact=True).check()
    press(desk, "Invite them")
    says(desk, "2 delegations are invited.")
    desk.get_by_label("Time there is, in minutes").fill("6")
    press(desk, "Save the rules")
    expect(desk.locator("#plan")).to_have_text("2 statements, 30 s between: 2:30 each, 0:00 spare")
    desk.locator("summary", has_text="Add a theme").click()
    desk.get_by_label("Theme, in English").fill("Crisis")
    press(desk, "Add the theme")
    assert [str(theme) for theme in Theme.objects.all()] == ["Crisis"]
    press(desk, "Publish the commitment")
    desk.get_by_role("link", name="Draw", exact=True).click()
    press(desk, "Draw now")
    made = LotDraw.objects.get()
    public = visit(None, f"{address}lot/", scripts=False)
    expect(public.locator("[data-drawn]")).to_have_text(str(made.delegation))
    expect(public.locator(".lot-verdict")).to_contain_text("It holds")
    public.locator("summary", has_text="Or in a terminal").click()
    expect(public.locator("#recipe")).to_contain_text(f"printf %s {made.seed} | sha256sum")
    expect(public.get_by_role("button", name="Check it here")).to_be_hidden()
    desk.goto(f"{address}board/")
    press(desk, "Mark as here: Ghana")
    assert Slot.objects.get(delegation=four[2]).attended_at is not None
    assert Review.objects.get().budget_minutes == 6


def test_the_board_follows_and_keeps_the_focus(visit, address, review_session, four, olga, chen):
    setting_up.invite(review_session.pk, [each.pk for each in four], by=olga)
    board = visit(chen, f"{address}board/")
    expect(board.locator(".board-rows tbody tr")).to_have_count(4)
    press_with_keys(board, "Mark as here: Ghana")
    ghana = Slot.objects.get(delegation=four[2])
    expect(board.locator(f"#slot-{ghana.pk}")).to_contain_text("Not here")
    assert board.evaluate("() => document.activeElement.id") == f"attended-{ghana.pk}"
    # Somebody names a speaker elsewhere.
    desk = visit(olga, f"{address}set-up/slots/{ghana.pk}/")
    desk.get_by_label("Speaker").fill("Efua Mensah")
    press(desk, "Save")
    expect(board.locator(f"#slot-{ghana.pk}")).to_contain_text("Efua Mensah")
    expect(board.locator(".board-chart")).to_contain_text(re.compile(r"Speaker named\s+1 of 4"))
    # And whoever withdraws goes from it.
    setting_up.withdraw_slot(ghana.pk, reason="Ill", by=olga)
    expect(board.locator(".board-rows tbody tr")).to_have_count(3)


@pytest.mark.parametrize("language", ["en", "id", "ar"])
def test_the_board_fits_a_laptop_and_the_act_is_in_sight(visit, address, review_session, four, olga, chen, language):
    """The longest words that a row can have; and in a window that is too narrow for them, the table alone scrolls."""
    theme = setting_up.set_themes(review_session.pk, [{"en": "Digital Diplomacy for Crisis Management"}], by=olga)[0]
    setting_up.invite(review_session.pk, [each.pk for each in four], by=olga)
    Slot.objects.update(theme=theme)
    Turn.objects.filter(slot__delegation=four[1]).update(state="deferred", name="Otso Laine-Virtanen")
    Turn.objects.filter(slot__delegation=four[2]).update(mode="video", function="Minister of Communications")
    board = visit(chen, f"{address}board/")
    board.context.add_cookies([{"name": "django_language", "value": language, "url": board.url}])
    board.reload()
    expect(board.locator("html")).to_have_attribute("lang", language)
    for width in (1280, 900, 700):
        board.set_viewport_size({"width": width, "height": 800})
        assert board.evaluate("() => document.documentElement.scrollWidth <= innerWidth"), width
        for act in board.locator("[data-attended-form] button").all():
            box = act.bounding_box()
            assert box["x"] >= 0, width
            assert box["x"] + box["width"] <= width
