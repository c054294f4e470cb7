"""What the desk tells a delegation reaches its people wherever they look, and the desk sees who has read it."""

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from sessions.floor.actions.notices import send_notice
from sessions.floor.models import Floor, Notice, Phrase, Speakers
from sessions.programme.models import Format

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

LAPTOP = {"width": 1280, "height": 720}


@pytest.fixture
def review(panel):
    panel.format = Format.COUNTRIES_REVIEW
    panel.save()
    Floor.objects.create(session=panel, speakers=Speakers.DELEGATIONS, list_is_open=True)
    return panel


@pytest.fixture
def console(visit, review):
    def opened(person):
        page = visit(person, reverse("floor:console", args=[review.conference.slug, review.pk]))
        page.set_viewport_size(LAPTOP)
        expect(page.locator("[data-console] [data-act]:disabled")).to_have_count(0)
        return page

    return opened


def arabic(page, review):
    page.context.add_cookies([{"name": "django_language", "value": "ar", "url": page.url}])
    page.goto(review.get_absolute_url())


def test_from_the_desk_to_a_phone_and_back(visit, console, review, chen, ben, nina, vera, complaints_of_axe):
    phone, other = visit(ben, review.get_absolute_url(), viewport="phone"), visit(vera, review.get_absolute_url())
    reader = visit(nina, review.get_absolute_url(), viewport="phone")
    arabic(reader, review)
    desk = console(chen)
    desk.locator("#points [data-act=notice]").click()
    asked = desk.locator("#ask-notice")
    asked.get_by_label("To whom").select_option(label="Fiji")
    asked.get_by_label("You cannot be heard").check()
    asked.get_by_label("In your own words").fill("Channel 3")
    asked.get_by_role("button", name="Send").click()

    row = desk.locator("[data-notices] > li")
    expect(row).to_contain_text("Fiji")
    expect(row).to_contain_text("Not read yet")
    notices = phone.locator("[data-notices]")
    expect(notices).to_contain_text("You cannot be heard. Please check your microphone. Channel 3")
    expect(phone.locator("#status")).to_contain_text("From the desk: You cannot be heard.")
    # It covers nothing for long where the message itself is in view.
    expect(phone.locator("#status")).to_be_empty(timeout=10_000)
    expect(reader.locator("[data-notices]")).to_contain_text("صوتكم غير مسموع. يُرجى التحقق من الميكروفون.")
    expect(other.locator("[data-notices]")).to_be_hidden()
    assert complaints_of_axe(phone) == complaints_of_axe(desk) == []

    notices.get_by_role("button", name="We have read it").click()
    for page in (phone, reader):
        expect(page.locator("[data-notice]").first.locator(".state")).to_have_attribute("data-state", "done")
        expect(page.get_by_role("button", name="We have read it")).to_be_hidden()
    expect(row).to_contain_text("Ben")
    expect(desk.locator("#status")).to_contain_text("Fiji has read your message.")
    expect(phone.locator("#notices-title")).to_be_focused()


def test_what_is_not_read_stands_above_what_is(visit, review, chen, ben, fiji):
    phone = visit(ben, review.get_absolute_url(), viewport="phone")
    for words in ("One", "Two", "Three", "Four"):
        send_notice(review.pk, fiji.pk, text=words, by=chen)
    words = phone.locator("[data-notice] [data-text]")
    expect(words).to_have_text(["Four", "Three", "Two", "One"])
    for number in range(3):
        phone.get_by_role("button", name="We have read it").first.click()
        expect(phone.locator("[data-notice]:not([data-read])")).to_have_count(3 - number)
    # Of what was read, the last two.
    expect(words).to_have_text(["One", "Two", "Three"])
    assert Notice.objects.filter(acknowledged_by=ben).count() == 3


def test_a_notice_that_came_while_the_link_was_away_is_there_with_the_link(visit, network, review, chen, ben, fiji):
    phone = visit(ben, review.get_absolute_url(), viewport="phone", through=network, silent=False)
    expect(phone.locator("body")).to_have_attribute("data-link", "connected")
    network.cut()
    send_notice(review.pk, fiji.pk, phrase=Phrase.BE_READY, by=chen)
    network.mend()
    expect(phone.locator("[data-notices]")).to_contain_text("You are called soon.", timeout=30_000)


def test_the_deputy_tells_while_the_chair_holds_the_desk(console, review, chen, dev, ben, fiji):
    first = console(chen)
    first.locator("[data-act=take]:visible").click()
    second = console(dev)
    expect(second.locator('[data-band="taken"]')).to_contain_text("Chen")
    second.locator("#points [data-act=notice]").click()
    second.locator("#ask-notice").get_by_label("To whom").select_option(label="Fiji")
    second.locator("#ask-notice").get_by_label("Please come to the podium.").check()
    second.locator("#ask-notice [data-yes]").click()
    for page in (first, second):
        expect(page.locator("[data-notices] > li")).to_contain_text("Please come to the podium.")
    assert Notice.objects.get().sent_by == dev
