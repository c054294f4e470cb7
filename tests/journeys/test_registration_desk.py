"""The secretariat at work: applications come in and are decided on while the list stands open."""

from uuid import uuid4

import pytest
from django.contrib.auth.models import AnonymousUser
from playwright.sync_api import expect

from accounts.models import User
from registration.actions import move_application, submit_application
from registration.models import Application, Capacity, Category, Post, Status, Work
from registration.wishes import Facts, Wish

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

LIST = "/c/icdd/organise/registration/applications/"


@pytest.fixture
def press(conference):
    return Category.objects.create(conference=conference, capacity=Capacity.PRESS, name="Press")


@pytest.fixture
def sefa(conference):
    sefa = User.objects.create_user("sefa@example.org", name="Sefa")
    Post.objects.create(conference=conference, user=sefa, work=Work.SECRETARIAT)
    return sefa


def apply(category, name):
    facts = Facts(name=name, email=f"{name.lower()}@example.org")
    return submit_application(Wish(category_id=category.pk, facts=facts, submit_key=uuid4()), by=AnonymousUser())


def row(page, name):
    return page.locator("[data-rows] > li").filter(has=page.get_by_role("link", name=name, exact=True))


def test_the_list_follows_what_comes_in_and_what_others_decide(visit, press, sefa):
    ana = apply(press, "Ana")
    page = visit(sefa, LIST)
    held_only = visit(sefa, f"{LIST}?status=on_hold")
    expect(row(page, "Ana")).to_contain_text("submitted")
    for each in (page, held_only):
        expect(each.locator("body[data-link=connected]")).to_be_attached()

    bo = apply(press, "Bo")
    expect(row(page, "Bo")).to_contain_text("Press")
    expect(row(page, "Bo")).to_contain_text("in the room")
    expect(page.locator("[data-rows] > li")).to_have_count(2)
    expect(page.locator("[data-rows] > li").first).to_contain_text("Bo")
    expect(page.locator("[data-count]")).to_have_text("2")

    move_application(ana.pk, to=Status.ON_HOLD, reason="Which outlet?", by=sefa)
    expect(row(page, "Ana")).to_contain_text("on hold")
    # What the other list was narrowed to holds her now, and each who is held later in their place.
    expect(row(held_only, "Ana")).to_contain_text("on hold")
    move_application(apply(press, "Cleo").pk, to=Status.ON_HOLD, reason="Which outlet?", by=sefa)
    expect(held_only.locator("[data-rows] [data-name]")).to_have_text(["Cleo", "Ana"])
    move_application(bo.pk, to=Status.ON_HOLD, reason="Which outlet?", by=sefa)
    expect(held_only.locator("[data-rows] [data-name]")).to_have_text(["Cleo", "Bo", "Ana"])

    # A row that came by itself is one like the others: it can be ticked, and leads to its page.
    page.get_by_role("checkbox", name="Bo").check()
    page.get_by_role("button", name="Approve").click()
    expect(page.get_by_role("heading", name="How it went")).to_be_visible()
    page.get_by_role("link", name="Bo").click()
    expect(page.get_by_role("heading", name="Bo")).to_be_visible()
    assert dict(Application.objects.values_list("name", "status")) == {
        "Ana": "on_hold", "Bo": "approved", "Cleo": "on_hold",
    }  # fmt: skip


def test_without_a_script_on_a_phone_somebody_is_declined_with_a_reason(visit, press, sefa):
    apply(press, "Ana")
    page = visit(sefa, LIST, viewport="phone", scripts=False, silent=False)
    page.get_by_role("checkbox", name="Ana").check()
    page.get_by_role("button", name="Decline").click()
    expect(page.get_by_text("Say why: it is told with the decision.").first).to_be_visible()
    expect(page.get_by_role("checkbox", name="Ana")).to_be_checked()
    page.get_by_label("Reason").fill("Only accredited outlets take part.")
    page.get_by_role("button", name="Decline").click()
    page.get_by_role("link", name="Ana").click()
    expect(page.get_by_text("Only accredited outlets take part.")).to_be_visible()
    assert Application.objects.get().status == Status.REJECTED


def test_an_organiser_builds_a_form_and_sees_it(visit, conference, press, olga):
    page = visit(olga, "/c/icdd/organise/registration/categories/")
    page.get_by_role("link", name="Form, 0 questions").click()
    page.get_by_role("link", name="A choice").click()
    page.get_by_label("Question, in English").fill("Your meal")
    page.get_by_label("Choices, one a line, in English").fill("Vegetarian\nFish")
    page.get_by_label("Must be answered").check()
    page.get_by_role("button", name="Add to the form").click()
    page.get_by_role("link", name="A consent").click()
    page.get_by_label("Question, in English").fill("My photo may be published")
    page.get_by_role("button", name="Add to the form").click()
    page.get_by_role("button", name="Move My photo may be published up").click()
    page.get_by_role("link", name="See it as an applicant does").click()
    asked = page.locator("label").filter(has_text="My photo").or_(page.locator("label").filter(has_text="Your meal"))
    expect(asked).to_have_count(2)
    expect(asked.first).to_contain_text("My photo may be published")
    assert page.get_by_label("Your meal").locator("option").all_inner_texts() == ["—", "Vegetarian", "Fish"]
