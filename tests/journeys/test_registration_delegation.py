"""A focal point registers five people and replaces one; the secretariat verifies the credentials: in plain clicks."""

import pytest
from playwright.sync_api import Page, expect

from accounts.models import User
from conferences.models import Membership
from conferences.rules import speaks_for
from registration.models import Application, Attendance, Capacity, Category, Post, Quota, Status, Work

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

NOTE = {
    "name": "note verbale 42.pdf",
    "mimeType": "application/pdf",
    "buffer": b"%PDF-1.7 The Ministry of Foreign Affairs of Fiji presents its compliments",
}
PEOPLE = [
    ("Head of delegation", "Sera Vakacegu", "sera@example.org", "minister"),
    ("Delegate", "Josefa Nailatikau", "josefa@example.org", "ambassador"),
    ("Delegate", "Mereani Tukana", "mereani@example.org", "senior official"),
    ("Delegate", "Ana Waqa", "", "official"),
    ("Interpreter", "Li Wei", "li@example.org", "—"),
]


@pytest.fixture
def places(conference, fiji, finland):
    """Fiji has five places in the room, which is all there are."""
    for position, (capacity, name) in enumerate(
        (
            (Capacity.HEAD, "Head of delegation"),
            (Capacity.DELEGATE, "Delegate"),
            (Capacity.INTERPRETER, "Interpreter"),
        )
    ):
        Category.objects.create(
            conference=conference,
            capacity=capacity,
            name=name,
            position=position,
            is_listed=False,
            needs_approval=False,
        )
    for delegation in (None, fiji):
        Quota.objects.create(conference=conference, delegation=delegation, attendance=Attendance.IN_ROOM, size=5)


@pytest.fixture
def sam(conference):
    """At the secretariat's desk."""
    sam = User.objects.create_user("sam@example.org", name="Sam")
    Post.objects.create(conference=conference, user=sam, work=Work.SECRETARIAT)
    return sam


def press(page: Page, name: str) -> None:
    page.get_by_role("main").get_by_role("button", name=name, exact=True).click()


def follow(page: Page, name: str, about: str = "") -> None:
    """A link; `about` is what only a screen reader is told of it."""
    links = page.get_by_role("main").get_by_role("link", name=name, exact=not about)
    (links.filter(has_text=about) if about else links).click()


def members(page: Page):
    return page.get_by_role("region", name="Members").locator(".person-name")


def fill_in(page: Page, name: str, email: str, rank: str) -> None:
    page.get_by_label("Name", exact=True).fill(name)
    page.get_by_label("E-mail address").fill(email)
    page.get_by_label("Rank").select_option(rank)


def test_from_the_first_member_to_a_voice(visit, conference, fiji, places, sam):
    """The secretariat at a desk, the focal point on a phone whose browser runs no scripts."""
    own = f"/c/{conference.slug}/registration/delegation/{fiji.pk}/"
    desk = visit(sam, own)
    desk.get_by_text("Invite a focal point").click()
    desk.get_by_label("E-mail address").fill("fia@example.org")
    desk.get_by_label("Name", exact=True).fill("Fia Vuki")
    press(desk, "Invite")
    expect(desk.get_by_role("region", name="Focal points")).to_contain_text("Fia Vuki")

    # A form that comes back is an error to the browser: it may say so.
    focal_point = User.objects.get(email="fia@example.org")
    page = visit(focal_point, own, viewport="phone", scripts=False, silent=False)
    for category, name, email, rank in PEOPLE:
        follow(page, f"Add: {category}")
        fill_in(page, name, email, rank)
        press(page, "Register")
        expect(members(page).filter(has_text=name)).to_be_visible()
    expect(members(page)).to_have_text([name for _category, name, _email, _rank in PEOPLE])
    expect(page.locator(".standing")).to_contain_text("5 of 5 taken")
    expect(page.get_by_role("link", name="Add: Head of delegation")).to_have_count(0)

    # All is full, and somebody of Finland waits: the place stays Fiji's all the same.
    waiting = Application.objects.create(
        conference=conference,
        category=Category.objects.get(capacity=Capacity.DELEGATE),
        name="Aino Virtanen",
        submit_key="00000000-0000-4000-8000-000000000000",
        delegation=conference.delegations.get(country="FI"),
        status=Status.WAITING,
        waiting_since="2026-01-01T00:00:00Z",
    )
    follow(page, "Replace", "Mereani Tukana")
    fill_in(page, "Vilimoni Ratu", "sera@example.org", "senior official")
    press(page, "Replace")
    expect(page.get_by_role("alert")).to_contain_text("Nobody takes part in two capacities.")
    # Corrected where it is marked; the rest is still there.
    page.get_by_label("E-mail address").fill("vilimoni@example.org")
    press(page, "Replace")
    expect(page.get_by_text("Vilimoni Ratu comes in place of Mereani Tukana.")).to_be_visible()
    expect(members(page)).to_have_text(["Sera Vakacegu", "Josefa Nailatikau", "Vilimoni Ratu", "Ana Waqa", "Li Wei"])
    waiting.refresh_from_db()
    assert waiting.status == Status.WAITING

    follow(page, "Hand in credentials")
    page.get_by_label("Note verbale or letter of credentials").set_input_files(NOTE)
    page.get_by_label("Sera Vakacegu").check()
    press(page, "Hand in")
    expect(page.get_by_role("region", name="Credentials")).to_contain_text("handed in")
    head = User.objects.get(email="sera@example.org")
    assert speaks_for(head, conference.pk) is None

    desk.goto(f"/c/{conference.slug}/registration/delegations/")
    expect(desk.get_by_text("Credentials to verify")).to_be_visible()
    follow(desk, "Fiji")
    with desk.expect_download() as download:
        follow(desk, NOTE["name"])
    assert download.value.suggested_filename == NOTE["name"]
    follow(desk, "Verify or refuse", NOTE["name"])
    press(desk, "Verify the credentials")
    expect(desk.get_by_role("region", name="Credentials")).to_contain_text("verified")
    assert speaks_for(head, conference.pk) == fiji
    assert list(Membership.objects.filter(may_speak_for=True).values_list("user__email", flat=True)) == [head.email]

    expect(page.get_by_role("checkbox")).to_have_count(5)
    page.get_by_role("checkbox", name="Sera Vakacegu").check()
    press(page, "Confirm who comes")
    expect(page.get_by_role("region", name="Members").locator(".list-row").first).to_contain_text("comes")
