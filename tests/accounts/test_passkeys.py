"""Passkeys in a real browser, under the site's real policy, with a virtual authenticator that always says yes."""

import os
from urllib.parse import urlsplit

import pytest
from allauth.mfa.models import Authenticator
from playwright.sync_api import sync_playwright

PASSWORD = "correct horse battery"
PATIENCE = 10_000


@pytest.fixture
def browser_page(live_server, monkeypatch):
    """A page whose every complaint (a blocked script, an error) fails the test."""
    # The browser's driver runs an event loop in this thread; the database is asked from it by the test only.
    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
    complaints = []

    def hear(complaint: str) -> None:
        # The fade from page to page is cut short where the test is quicker than it.
        if "ViewTransition" not in complaint:
            complaints.append(complaint)

    with sync_playwright() as driver:
        browser = driver.chromium.launch(
            executable_path=os.environ.get("CHROMIUM", "/usr/bin/chromium"), args=["--no-sandbox"]
        )
        page = browser.new_context(base_url=live_server.url).new_page()
        page.set_default_timeout(PATIENCE)
        page.on("console", lambda message: hear(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: hear(str(error)))
        yield page
        browser.close()
    assert complaints == []


@pytest.fixture
def device(browser_page):
    """A phone with a finger on it, as the browser sees one."""
    devtools = browser_page.context.new_cdp_session(browser_page)
    devtools.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
        "automaticPresenceSimulation": True,
    }
    made = devtools.send("WebAuthn.addVirtualAuthenticator", {"options": options})

    class Device:
        def verifies(self, yes: bool) -> None:
            devtools.send(
                "WebAuthn.setUserVerified",
                {"authenticatorId": made["authenticatorId"], "isUserVerified": yes},
            )

    return Device()


def sign_in_by_password(page):
    page.goto("/account/login/?next=/profile/")
    page.get_by_label("E-mail address").fill("mia@example.org")
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()


def register(page, *, alone: bool):
    sign_in_by_password(page)
    page.wait_for_url(lambda url: urlsplit(url).path == "/profile/")
    page.goto("/account/2fa/webauthn/add/")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Continue").click()
    page.get_by_label("Name of this passkey").fill("My phone")
    page.get_by_label("Sign in with it alone").set_checked(alone)
    page.get_by_role("button", name="Add the passkey").click()
    page.get_by_role("heading", name="Recovery codes").wait_for()


def sign_out(page):
    page.goto("/account/logout/?next=/account/login/%3Fnext=/profile/")
    page.locator("main").get_by_role("button", name="Sign out").click()
    page.get_by_role("heading", name="With a password").wait_for()


def shown_as(page) -> str:
    """Whose account the browser shows once it was let in."""
    page.wait_for_url(lambda url: urlsplit(url).path == "/profile/")
    return page.locator("main .lede").inner_text()


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
class TestPasskeys:
    def test_one_that_signs_in_alone(self, mia, browser_page, device):
        register(browser_page, alone=True)
        assert Authenticator.objects.get(type="webauthn").data["name"] == "My phone"

        sign_out(browser_page)
        browser_page.get_by_role("button", name="Use a passkey").click()
        assert shown_as(browser_page) == mia.email

    def test_one_that_follows_the_password(self, mia, browser_page, device):
        register(browser_page, alone=False)
        sign_out(browser_page)
        sign_in_by_password(browser_page)
        browser_page.get_by_role("heading", name="Second step").wait_for()
        browser_page.get_by_role("button", name="Use a passkey").click()
        assert shown_as(browser_page) == mia.email

    def test_one_that_shows_again_who_it_is(self, mia, browser_page, device):
        register(browser_page, alone=True)
        sign_out(browser_page)
        browser_page.get_by_role("button", name="Use a passkey").click()
        assert shown_as(browser_page) == mia.email
        browser_page.goto("/account/2fa/webauthn/reauthenticate/?next=/account/2fa/recovery-codes/")
        browser_page.get_by_role("button", name="Use a passkey").click()
        browser_page.get_by_role("heading", name="Recovery codes").wait_for()

    def test_a_device_that_refuses_is_said_in_words_and_can_be_asked_again(self, mia, browser_page, device):
        register(browser_page, alone=True)
        sign_out(browser_page)
        device.verifies(False)
        browser_page.get_by_role("button", name="Use a passkey").click()
        browser_page.get_by_text("The passkey was not used.").wait_for()
        device.verifies(True)
        browser_page.get_by_role("button", name="Use a passkey").click()
        assert shown_as(browser_page) == mia.email
