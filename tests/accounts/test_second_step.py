"""Authenticator apps and recovery codes."""

import time

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from django.core.cache import cache
from django.test import Client

from accounts.adapter import MFAAdapter
from accounts.models import User

PASSWORD = "correct horse battery"
ACTIVATE, AUTHENTICATE = "/account/2fa/totp/activate/", "/account/2fa/authenticate/"


def digits(secret: str) -> str:
    """What an authenticator app would show now."""
    return format_hotp_value(hotp_value(secret, int(time.time()) // 30))


@pytest.fixture
def secret(client, mia):
    """Mia signed in and turned on an authenticator app; its secret."""
    client.post("/account/login/", {"login": mia.email, "password": PASSWORD})
    client.post("/account/reauthenticate/", {"password": PASSWORD})
    secret = client.get(ACTIVATE).context["form"].secret
    client.post(ACTIVATE, {"code": digits(secret)})
    # An app's digits work once; a test does not wait half a minute for the next ones.
    cache.clear()
    return secret


def by_password(mia) -> Client:
    browser = Client()
    assert browser.post("/account/login/", {"login": mia.email, "password": PASSWORD}).url == AUTHENTICATE
    return browser


def test_the_password_alone_no_longer_opens_the_account(mia, secret, signed_in):
    browser = by_password(mia)
    assert signed_in(browser) is None
    browser.post(AUTHENTICATE, {"code": digits(secret)})
    assert signed_in(browser) == mia.email


def test_neither_does_a_mailed_code(mia, secret, mailoutbox, code_in, signed_in):
    mailoutbox.clear()
    browser = Client()
    browser.post("/account/login/code/", {"email": mia.email})
    answer = browser.post("/account/login/code/confirm/", {"code": code_in(mailoutbox[0])})
    assert answer.url == AUTHENTICATE
    assert signed_in(browser) is None


def test_digits_work_once(mia, secret, signed_in):
    code = digits(secret)
    by_password(mia).post(AUTHENTICATE, {"code": code})
    again = by_password(mia)
    again.post(AUTHENTICATE, {"code": code})
    assert signed_in(again) is None


def test_guessing_is_limited_for_the_account(mia, secret, signed_in):
    wrong = "000000" if digits(secret) != "000000" else "111111"
    for _ in range(5):
        by_password(mia).post(AUTHENTICATE, {"code": wrong})
    browser = by_password(mia)
    browser.post(AUTHENTICATE, {"code": digits(secret)})
    assert signed_in(browser) is None


def test_a_recovery_code_signs_in_once(client, mia, secret, signed_in):
    codes = client.get("/account/2fa/recovery-codes/").context["unused_codes"]
    assert len(codes) == len(set(codes)) == 10
    first, again = by_password(mia), by_password(mia)
    first.post(AUTHENTICATE, {"code": codes[0]})
    again.post(AUTHENTICATE, {"code": codes[0]})
    assert (signed_in(first), signed_in(again)) == (mia.email, None)


def test_recovery_codes_can_be_kept_as_a_file_and_made_anew(client, secret):
    kept = client.get("/account/2fa/recovery-codes/download/")
    assert kept["Content-Type"].startswith("text/plain")
    old = kept.text.split()
    client.post("/account/2fa/recovery-codes/generate/")
    new = client.get("/account/2fa/recovery-codes/").context["unused_codes"]
    assert len(old) == len(new) == 10
    assert not set(old) & set(new)


@pytest.mark.django_db(transaction=True)
def test_turning_it_on_or_off_asks_who_it_is_and_tells_the_owner(mailoutbox, client, mia, secret):
    stolen = Client()
    stolen.force_login(mia)
    assert stolen.post("/account/2fa/totp/deactivate/").url.startswith("/account/reauthenticate/")
    client.post("/account/2fa/totp/deactivate/")
    assert [mail.subject for mail in mailoutbox] == ["Authenticator app turned on", "Authenticator app turned off"]
    assert Authenticator.objects.count() == 0


def test_a_copy_of_the_database_holds_no_secret_that_an_app_could_use(mia, secret):
    stored = Authenticator.objects.get(type=Authenticator.Type.TOTP).data["secret"]
    assert secret not in stored
    assert MFAAdapter().decrypt(stored) == secret


def test_the_secret_opens_after_the_site_s_key_was_changed(settings):
    locked = MFAAdapter().encrypt("JBSWY3DP")
    settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
    settings.SECRET_KEY = "another-key-of-this-site"
    assert MFAAdapter().decrypt(locked) == "JBSWY3DP"


def test_an_invited_person_without_a_password_can_turn_it_on(db, client):
    ben = User.objects.create_user("ben@example.org", name="Ben")
    client.force_login(ben)
    assert client.get("/account/password/change/").url == "/account/password/set/"
    assert client.get(ACTIVATE, follow=True).status_code == 200
