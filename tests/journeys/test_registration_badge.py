"""Who is registered comes to the badge from their application, shows its code on a phone and has its sheet."""

from uuid import uuid4

import pytest
from django.contrib.auth.models import AnonymousUser
from playwright.sync_api import expect

from accounts.models import User
from registration.actions import confirm_applications, submit_application
from registration.models import Badge, Capacity, Category
from registration.wishes import Facts, Wish

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def retno(conference) -> User:
    """A public person who is approved and confirmed."""
    public = Category.objects.create(
        conference=conference, capacity=Capacity.PUBLIC, name="Public", needs_approval=False
    )
    facts = Facts(name="Retno L. P. Marsudi", email="retno@example.org")
    application = submit_application(Wish(category_id=public.pk, facts=facts, submit_key=uuid4()), by=AnonymousUser())
    confirm_applications(of=application.user)
    return application.user


@pytest.mark.parametrize("scripts", [True, False])
def test_who_is_registered_gets_a_badge_on_a_phone(visit, retno, scripts):
    page = visit(retno, "/c/icdd/registration/mine/", viewport="phone", scripts=scripts)
    page.get_by_role("link", name="Your badge").click()
    assert not Badge.objects.exists()
    page.get_by_role("button", name="Make my badge").click()
    expect(page.get_by_role("heading", name="Retno L. P. Marsudi")).to_be_visible()
    code = page.get_by_role("img", name="The code of your badge")
    expect(code).to_be_visible()
    # Large enough to be read from another phone, and within this one.
    assert 280 <= code.bounding_box()["width"] <= 390
    sheet = page.request.get(page.get_by_role("link", name="Badge to print (PDF)").get_attribute("href"))
    assert sheet.headers["content-type"] == "application/pdf"
    assert sheet.body().startswith(b"%PDF-")
    assert Badge.objects.get(revoked_at=None).application.user == retno
