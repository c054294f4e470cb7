"""Two people in one session: what one applauds the other sees, and without a script a button is enough."""

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from sessions.reactions.models import Reactions

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_applause_is_seen_by_everybody(visit, panel, ben, ada):
    page_of = reverse("programme:session", args=[panel.conference.slug, panel.pk])
    here, there = visit(ben, page_of, viewport="phone"), visit(ada, page_of)
    applaud = here.get_by_role("button", name="Applause")
    for _ in range(3):
        applaud.click()
    expect(there.locator("button[value=applause] [data-count]")).to_have_text("3")
    expect(applaud.locator("[data-count]")).to_have_text("3")
    assert Reactions.objects.get().applause_count == 3


def test_a_reaction_that_is_refused_is_not_counted_on_the_page(visit, panel, ben):
    page = visit(ben, reverse("programme:session", args=[panel.conference.slug, panel.pk]))
    type(panel).objects.filter(pk=panel.pk).update(state="suspended")
    thank = page.get_by_role("button", name="Thank you")
    thank.click()
    expect(page.get_by_text("The session is not live now.")).to_be_visible()
    expect(thank.locator("[data-count]")).to_have_text("0")
