"""From an empty installation to a session that is live, with staff who came by mail: all of it in plain clicks."""

import re

import pytest
from django.urls import reverse
from playwright.sync_api import Page, expect

from accounts.actions import make_setup_link
from mail.models import OutgoingMail

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

CODE = re.compile(r"^\d{4}-\d{4}$", re.MULTILINE)
SIGN_IN = re.compile(r"^http\S+/account/login/code/\S*$", re.MULTILINE)


def mail_to(address: str, about: str) -> str:
    """The words of the one mail to this address whose subject names this."""
    mails = [mail for mail in OutgoingMail.objects.filter(subject__icontains=about) if mail.to == [address]]
    assert len(mails) == 1, [(mail.to, mail.subject) for mail in OutgoingMail.objects.all()]
    return mails[0].text


def found(pattern: re.Pattern[str], words: str) -> str:
    match = pattern.search(words)
    assert match, words
    return match[0]


def press(page: Page, name: str) -> None:
    page.get_by_role("main").get_by_role("button", name=name, exact=True).click()


def step(page: Page, name: str) -> None:
    """A tab of the organisers' pages."""
    page.get_by_role("navigation", name="Organise").get_by_role("link", name=name, exact=True).click()
    expect(page.get_by_role("heading", level=1, name=name)).to_be_visible()


def become_the_first_organiser(page: Page) -> None:
    page.get_by_label("Your name").fill("Sera Vula")
    page.get_by_label("E-mail address").fill("sera@example.org")
    page.get_by_label("Password").fill("coral-and-copper-77")
    press(page, "Make my account")
    expect(page.get_by_role("heading", level=1)).to_have_text("New conference")


def make_the_conference(page: Page) -> None:
    page.get_by_label("Acronym").fill("PDC 2027")
    page.get_by_label("Short address").fill("pdc-2027")
    page.get_by_label("Name, in English").fill("Pacific Digital Conference")
    page.get_by_label("Country").select_option("Fiji")
    page.get_by_label("Time zone").select_option("Pacific/Fiji")
    page.get_by_label("Opens").fill("2027-03-02T09:00")
    page.get_by_label("Closes").fill("2027-03-03T17:00")
    press(page, "Make the conference")
    expect(page.get_by_role("heading", level=1)).to_have_text("Organise")


def add_rooms_and_delegations(page: Page) -> None:
    page.get_by_role("link", name="Add the first room").click()
    for room in ("Coral Hall", "Lagoon Room"):
        page.get_by_label("Name of the room, in English").fill(room)
        press(page, "Add the room")
        expect(page.get_by_role("main").get_by_role("link", name=room)).to_be_visible()
    step(page, "Delegations")
    for country in ("Tonga", "Fiji", "Samoa"):
        page.get_by_role("checkbox", name=country, exact=True).check()
    press(page, "Add these countries")
    expect(page.locator(".list-row .flag-name")).to_have_text(["Fiji", "Samoa", "Tonga"])


def schedule_a_session(page: Page) -> None:
    step(page, "Sessions")
    page.get_by_role("link", name="Schedule the first session").click()
    page.get_by_label("Format").select_option("Panel")
    page.get_by_label("Title, in English").fill("Reefs and Data")
    page.get_by_label("Room").select_option("Lagoon Room")
    page.get_by_label("Starts").fill("2027-03-02T10:00")
    page.get_by_label("Ends").fill("2027-03-02T11:30")
    speaker = page.get_by_role("group", name="Speaker 1")
    speaker.get_by_label("Name").fill("Ana Waqa")
    speaker.get_by_label("Delegation").select_option("Fiji")
    press(page, "Schedule it")
    expect(page.get_by_role("heading", level=1)).to_have_text("Reefs and Data")


def appoint_by_mail(page: Page, address: str, name: str, duty: str) -> None:
    page.get_by_text("Appoint by mail").click()
    appointing = page.locator("form", has=page.get_by_label("Duty"))
    appointing.get_by_label("E-mail address").fill(address)
    appointing.get_by_label("Name", exact=True).fill(name)
    appointing.get_by_label("Duty").select_option(duty)
    appointing.get_by_role("button", name="Appoint").click()
    expect(page.get_by_role("main").get_by_text(name, exact=True)).to_be_visible()


def sign_in_by_mail(page: Page, address: str) -> None:
    page.get_by_label("E-mail address").fill(address)
    page.keyboard.press("Enter")
    code = page.get_by_label("Code")
    expect(code).to_be_visible()
    code.fill(found(CODE, mail_to(address, "code")))
    page.keyboard.press("Enter")


def test_from_the_set_up_link_to_a_live_session(visit):
    way_in = reverse("accounts:setup", args=[make_setup_link()])
    organiser = visit(None, way_in)
    become_the_first_organiser(organiser)
    make_the_conference(organiser)
    add_rooms_and_delegations(organiser)
    schedule_a_session(organiser)
    appoint_by_mail(organiser, "ada@example.org", "Ada Khalil", "moderator")

    visitor = visit(None, "/")
    coming = visitor.get_by_role("region", name="Next").locator("li").filter(has_text="Reefs and Data")
    expect(coming).to_contain_text("2 Mar, 10:00–11:30")
    organiser.get_by_label("Starts").fill("2027-03-02T10:15")
    press(organiser, "Save")
    expect(coming).to_contain_text("2 Mar, 10:15–11:30")

    moderator = visit(None, found(SIGN_IN, mail_to("ada@example.org", "PDC 2027")), viewport="phone")
    sign_in_by_mail(moderator, "ada@example.org")
    expect(moderator.get_by_role("heading", level=1)).to_have_text("Reefs and Data")
    state = moderator.locator(".page-head .state")
    expect(state).to_have_text("Scheduled")

    organiser.get_by_role("link", name="Its page").click()
    press(organiser, "Go live")
    for page in (organiser, moderator):
        expect(page.locator(".page-head .state")).to_have_text("Live")

    moderator.get_by_role("link", name="Open the desk").click()
    press(moderator, "Open")
    expect(organiser.get_by_text("Questions are open", exact=True)).to_be_visible()

    expect(visitor.get_by_role("region", name="Now").get_by_role("heading", name="Reefs and Data")).to_be_visible()

    # English names stand where an Arabic page has its names.
    reader = visit(None, "/", locale="ar")
    expect(reader.get_by_role("heading", name="Reefs and Data")).to_have_css("text-align", "right")

    # The link was for one, once.
    refused = visitor.request.get(way_in)
    assert refused.status == 410
    assert "no longer works" in refused.text()
