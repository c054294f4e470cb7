"""A call for help, from a phone that is signed in to nothing to the desk and back, while both pages stand open."""

import pytest
from playwright.sync_api import expect

from accounts.models import User
from registration.models import Post, Ticket, Work

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def hana(conference):
    hana = User.objects.create_user("hana@example.org", name="Hana")
    Post.objects.create(conference=conference, user=hana, work=Work.HELP_DESK)
    return hana


def test_a_call_is_answered_while_both_look_on(visit, conference, panel, hana):
    desk = visit(hana, "/c/icdd/organise/help/")
    expect(desk.get_by_text("Nobody waits. Calls come here by themselves.")).to_be_visible()

    phone = visit(None, f"/help/?from={panel.get_absolute_url()}", viewport="phone")
    phone.get_by_role("link", name="I need help from a person").click()
    phone.get_by_label("What do you need?").fill("I hear nothing.")
    phone.get_by_label("Where you are").fill("Room 1")
    # Measured here and shown before it is sent.
    expect(phone.locator("[data-link]")).to_contain_text("news come at once")
    phone.get_by_role("button", name="Call the help desk").click()
    expect(phone.get_by_text("Your call is with the desk.")).to_be_visible()

    call = desk.get_by_role("link", name="No name given")
    expect(desk.locator("[data-queue]")).to_contain_text("Room 1")
    call.click()
    expect(desk.get_by_text("390x")).to_be_visible()
    desk.get_by_label("Your message").fill("Choose “Sound only” under the picture.")
    desk.get_by_role("button", name="Answer").click()

    expect(phone.get_by_text("Choose “Sound only” under the picture.")).to_be_visible()
    expect(phone.get_by_text("Hana is at it.")).to_be_visible()
    phone.get_by_label("Your message").fill("That did it, thank you.")
    phone.get_by_role("button", name="Send").click()
    expect(desk.get_by_text("That did it, thank you.")).to_be_visible()
    expect(phone.get_by_label("Your message")).to_have_value("")

    phone.get_by_role("button", name="I am helped: close the call").click()
    expect(desk.get_by_text("This call is closed.")).to_be_visible()
    ticket = Ticket.objects.get()
    assert ticket.link["way"] == "socket"
    assert (ticket.link["lost"], ticket.page) == (0, panel.get_absolute_url())


def test_words_that_did_not_go_are_kept_and_go_once(visit, network, conference, hana):
    phone = visit(None, "/help/call/", viewport="phone", through=network, silent=False)
    phone.get_by_label("What do you need?").fill("I hear nothing.")
    phone.get_by_role("button", name="Call the help desk").click()
    expect(phone.get_by_text("Your call is with the desk.")).to_be_visible()
    expect(phone.locator("body[data-link=connected]")).to_be_attached()
    network.cut()
    phone.get_by_label("Your message").fill("Still nothing.")
    phone.get_by_role("button", name="Send").click()
    expect(phone.get_by_text("This did not go. It is kept here: try again.")).to_be_visible()
    expect(phone.get_by_label("Your message")).to_have_value("Still nothing.")
    network.mend()
    phone.get_by_role("button", name="Send").click()
    expect(phone.get_by_role("list", name="What was said").get_by_text("Still nothing.")).to_be_visible()
    assert list(Ticket.objects.get().messages.values_list("words", flat=True)) == ["I hear nothing.", "Still nothing."]
