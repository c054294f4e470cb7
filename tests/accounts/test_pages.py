"""Every page of an account is one of ours, and keeps to the policy: nothing inline, fields told apart by labels."""

import re
from pathlib import Path

import allauth.account.views as account
import allauth.mfa.base.views as mfa
import allauth.mfa.recovery_codes.views as recovery
import allauth.mfa.totp.views as totp
import allauth.mfa.webauthn.views as passkeys
import allauth.usersessions.views as devices
import pytest
from django.conf import settings as site
from django.template.loader import get_template
from django.urls import reverse

PASSWORD = "correct horse battery"
STRANGERS_PAGES = [
    "account_login",
    "account_signup",
    "account_request_login_code",
    "account_reset_password",
    "account_inactive",
    "account_password_reset_completed",
]
OWN_PAGES = [
    "accounts:profile",
    "account_email",
    "account_change_password",
    "account_logout",
    "account_reauthenticate",
    "mfa_index",
    "mfa_activate_totp",
    "mfa_add_webauthn",
    "mfa_list_webauthn",
    "usersessions_list",
]


def check(response) -> None:
    """What the strict policy and a screen reader ask of a page."""
    page = response.text
    assert response.status_code == 200
    assert "· Sidang</title>" in page
    assert len(re.findall("<h1", page)) == 1
    assert re.findall(r"<[^>]*\sstyle=|<style|\son\w+=", page) == []
    scripts = re.findall(r"<script[^>]*>", page)
    assert [tag for tag in scripts if "src=" not in tag and "application/json" not in tag] == []
    assert "placeholder=" not in page
    for field in re.findall(r"<(?:input|select|textarea)[^>]*>", page):
        if 'type="hidden"' not in field and not field.endswith(" hidden>"):
            own_id = re.search(r'\sid="([^"]*)"', field)[1]
            assert f'<label for="{own_id}"' in page
            for told in re.findall(r'aria-describedby="([^"]*)"', field):
                assert [part for part in told.split() if f'id="{part}"' not in page] == []


@pytest.fixture
def owner(client, mia):
    """Mia's browser, where she has just shown that it is her."""
    client.post("/account/login/", {"login": mia.email, "password": PASSWORD})
    client.post("/account/reauthenticate/", {"password": PASSWORD})
    return client


@pytest.mark.parametrize("name", STRANGERS_PAGES)
def test_a_stranger_s_page(client, db, name):
    check(client.get(reverse(name)))


@pytest.mark.parametrize("name", OWN_PAGES)
def test_a_page_of_one_s_own(owner, name):
    check(owner.get(reverse(name)))


def test_the_page_that_asks_for_a_code(client, mia):
    check(client.post("/account/login/code/", {"email": mia.email}, follow=True))
    check(client.post("/account/login/code/confirm/", {"code": "wrong"}))


def test_the_page_where_an_invited_person_sets_a_password(client, mia):
    mia.set_unusable_password()
    mia.save()
    client.force_login(mia)
    check(client.get(reverse("account_set_password")))


def test_a_form_with_mistakes_ties_each_to_its_field(client, db):
    page = client.post("/account/signup/", {"name": "", "email": "nonsense", "password1": "x"})
    check(page)
    for field in ("id_name", "id_email", "id_password1"):
        tag = re.search(rf'<input[^>]*id="{field}"[^>]*>', page.text)[0]
        assert 'aria-invalid="true"' in tag
        assert f"{field}_error" in tag


@pytest.mark.parametrize(
    ("name", "field", "autocomplete"),
    [
        ("account_login", "login", "username webauthn"),
        ("account_login", "password", "current-password"),
        ("account_signup", "name", "name"),
        ("account_signup", "email", "email"),
        ("account_signup", "password1", "new-password"),
        ("account_request_login_code", "email", "username"),
    ],
)
def test_fields_say_what_a_browser_may_fill_in(client, db, name, field, autocomplete):
    form = client.get(reverse(name)).context["form"]
    assert form.fields[field].widget.attrs["autocomplete"] == autocomplete


def test_no_template_of_a_page_that_can_be_reached_is_a_stock_one():
    # For settings that this site does not use: no address leads to them.
    unused = {
        "account/email_confirm.html",
        "account/password_reset_done.html",
        "account/phone_change.html",
        "account/confirm_phone_verification_code.html",
        "account/signup_by_passkey.html",
        "account/verification_sent.html",
        "mfa/recovery_codes/download.txt",
        "mfa/trust.html",
        "mfa/webauthn/signup_form.html",
    }
    modules = (account, mfa, recovery, totp, passkeys, devices)
    named = {
        view.template_name
        for module in modules
        for view in vars(module).values()
        if isinstance(view, type) and isinstance(getattr(view, "template_name", None), str)
    }
    ours = site.ROOT / "templates"
    stock = {name for name in named if ours not in Path(get_template(name).origin.name).parents}
    assert "account/login.html" in named
    assert stock == unused
