"""A public person registers on a phone, shows the address to be theirs by the mailed code, and is registered."""

import re
from base64 import b64decode

import pytest
from playwright.sync_api import expect

from mail.models import OutgoingMail
from registration.models import Application, Capacity, Category, Field, FieldKind

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

CODE = re.compile(r"^\d{4}-\d{4}$", re.MULTILINE)
LINK = re.compile(r"^http://[^/]+(/account/enter/\S+)$", re.MULTILINE)
# One dark pixel.
PNG = b64decode("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg==")


@pytest.fixture
def public(conference):
    category = Category.objects.create(
        conference=conference, capacity=Capacity.PUBLIC, name="Public", needs_approval=False
    )
    Field.objects.create(category=category, kind=FieldKind.PHOTO, label="Photo for the badge", is_required=True)
    return category


@pytest.fixture
def photo(tmp_path):
    kept = tmp_path / "retno.png"
    kept.write_bytes(PNG)
    return kept


def words_of_the_mail() -> str:
    return OutgoingMail.objects.latest("pk").text


def fill_in(page, photo, *, name="Retno L. P. Marsudi"):
    page.get_by_label("Your name").fill(name)
    page.get_by_label("E-mail address").fill("retno@example.org")
    page.get_by_label("In the room").check()
    page.get_by_label("Photo for the badge").set_input_files(photo)
    page.get_by_role("main").get_by_role("button", name="Register").click()


@pytest.mark.parametrize("scripts", [True, False])
def test_a_public_person_registers_on_a_phone(visit, public, photo, scripts):
    # The first try is answered with 422, which a browser writes into its console.
    page = visit(None, "/c/icdd/", viewport="phone", scripts=scripts, silent=False)
    page.get_by_role("main").get_by_role("link", name="Register").click()
    page.get_by_role("link", name=re.compile("Apply.*Public")).click()

    not_a_photo = photo.with_name("photo.jpg")
    not_a_photo.write_bytes(b"%PDF-1.7")
    fill_in(page, not_a_photo)
    expect(page.get_by_role("alert")).to_contain_text("whatever its name says")
    expect(page.get_by_label("Your name")).to_have_value("Retno L. P. Marsudi")
    page.get_by_label("Photo for the badge").set_input_files(photo)
    page.get_by_role("main").get_by_role("button", name="Register").click()

    expect(page.get_by_role("heading", level=1)).to_have_text("Look at your mail")
    expect(page.get_by_role("main")).to_contain_text("retno@example.org")
    page.get_by_label("Code").fill(CODE.search(words_of_the_mail())[0])
    page.get_by_role("main").get_by_role("button", name="Continue").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("You are registered")
    expect(page.get_by_role("main")).to_contain_text("Retno L. P. Marsudi")

    page.get_by_role("link", name="Withdraw").click()
    page.get_by_role("main").get_by_role("button", name="Yes, withdraw it").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Your application is withdrawn")
    assert Application.objects.get().status == "withdrawn"


def test_the_link_in_the_mail_signs_in_on_another_device_once(visit, public, photo):
    page = visit(None, public.get_absolute_url(), viewport="phone")
    fill_in(page, photo)
    expect(page.get_by_role("heading", level=1)).to_have_text("Look at your mail")
    link = LINK.search(words_of_the_mail())[1]

    laptop = visit(None, link)
    laptop.get_by_role("main").get_by_role("button", name="Sign in").click()
    expect(laptop.get_by_role("heading", level=1)).to_have_text("You are registered")

    late = visit(None, link, silent=False)
    expect(late.get_by_role("heading", level=1)).to_have_text("This link no longer works")
    late.get_by_role("link", name="Send a new code").click()
    expect(late.get_by_label("E-mail address")).to_be_visible()
