"""Making an account: name, address, password, and a code that shows whose address it is."""

import re
from concurrent.futures import ThreadPoolExecutor

import pytest
from allauth.account.models import EmailAddress
from django.core.signing import dumps
from django.db import connection
from django.test import Client

from accounts.confirmation import SALT
from accounts.models import User

SIGN_UP, CONFIRM = "/account/signup/", "/account/confirm-email/"
EVE = {"name": "Eve Ó Súilleabháin", "email": "Eve@Example.org", "password1": "a calm grey lantern"}


def link_in(mail) -> str:
    return re.search(r"http://testserver(/confirm/\S+)", mail.body)[1]


def test_a_stranger_signs_up_enters_the_mailed_code_and_is_in(client, mailoutbox, code_in, signed_in):
    assert client.post(SIGN_UP, EVE).url == CONFIRM
    assert signed_in(client) is None

    [mail] = mailoutbox
    assert (mail.to, mail.subject) == (["eve@example.org"], "Confirm your address")
    client.post(CONFIRM, {"code": code_in(mail)})

    assert signed_in(client) == "eve@example.org"
    eve = User.objects.get()
    assert (eve.name, eve.language) == ("Eve Ó Súilleabháin", "en")
    assert eve.password.startswith("argon2$")
    assert list(EmailAddress.objects.values_list("email", "verified", "primary")) == [("eve@example.org", True, True)]


def test_the_code_may_be_typed_in_arabic_figures_and_without_the_dash(client, mailoutbox, code_in, signed_in):
    client.post(SIGN_UP, EVE)
    code = code_in(mailoutbox[0]).replace("-", " ").translate(str.maketrans("0123456789", "٠١٢٣٤٥٦٧٨٩"))
    client.post(CONFIRM, {"code": code})
    assert signed_in(client) == "eve@example.org"


def test_three_wrong_codes_end_the_attempt_even_for_the_right_one(client, mailoutbox, code_in, signed_in):
    client.post(SIGN_UP, EVE)
    right = code_in(mailoutbox[0])
    wrong = "0000-0000" if right != "0000-0000" else "1111-1111"
    for _ in range(3):
        client.post(CONFIRM, {"code": wrong})
    client.post(CONFIRM, {"code": right})
    assert signed_in(client) is None
    assert not EmailAddress.objects.filter(verified=True).exists()


def test_opening_the_mailed_link_confirms_nothing_its_button_does(client, mailoutbox, signed_in):
    client.post(SIGN_UP, EVE)
    link = link_in(mailoutbox[0])

    scanner = Client()
    assert "eve@example.org" in scanner.get(link).text
    assert scanner.head(link).status_code == 200
    assert EmailAddress.objects.get().verified is False

    assert scanner.post(link).url == "/account/login/"
    assert EmailAddress.objects.get().verified is True
    assert signed_in(scanner) is None


def test_the_button_signs_in_the_browser_that_signed_up(client, mailoutbox, signed_in):
    client.post(SIGN_UP, EVE)
    client.post(link_in(mailoutbox[0]))
    assert signed_in(client) == "eve@example.org"


def test_a_link_works_once_and_a_forged_one_never(client, mailoutbox):
    client.post(SIGN_UP, EVE)
    link = link_in(mailoutbox[0])
    client.post(link)
    assert Client().post(link).status_code == 410
    assert client.get("/confirm/forged/").status_code == 410
    assert client.get(f"/confirm/{dumps([1, 'x@example.org'], salt='other')}/").status_code == 410


def test_a_link_of_a_person_who_is_gone_confirms_nothing(client):
    assert client.post(f"/confirm/{dumps([99, 'x@example.org'], salt=SALT)}/").status_code == 410
    assert EmailAddress.objects.count() == 0


def test_signing_up_with_a_known_address_looks_the_same_and_tells_its_owner_only(mia, mailoutbox):
    known, unknown = Client(), Client()
    answers = [
        known.post(SIGN_UP, {**EVE, "email": "MIA@example.org"}, follow=True),
        unknown.post(SIGN_UP, EVE, follow=True),
    ]
    pages = [re.sub(r'(value|name)="[^"]*"', "", page.text.replace("mia@", "eve@")) for page in answers]
    assert pages[0] == pages[1]
    assert [mail.subject for mail in mailoutbox] == ["You have an account already", "Confirm your address"]
    assert User.objects.count() == 2


def test_signing_up_takes_as_long_for_a_known_address_since_it_hashes_as_often(client, mia, monkeypatch):
    hashed = []
    monkeypatch.setattr(User, "set_password", lambda self, password: hashed.append(password))
    client.post(SIGN_UP, {**EVE, "email": mia.email})
    Client().post(SIGN_UP, EVE)
    assert hashed == [EVE["password1"]] * 2


@pytest.mark.parametrize(
    ("password", "why"),
    [
        ("short", "This password is too short."),
        ("password1234", "This password is too common."),
        ("836492017465", "This password is entirely numeric."),
        ("eve@example.org", "The password is too similar to the e-mail address."),
        ("Eve Ó Súilleabháin", "The password is too similar to the name."),
    ],
)
def test_a_weak_password_is_refused_with_its_reason(client, password, why):
    form = client.post(SIGN_UP, {**EVE, "password1": password}).context["form"]
    assert why in " ".join(form.errors["password1"])
    assert User.objects.count() == 0


@pytest.mark.parametrize("email", ["eve@[127.0.0.1]", "eve@[IPv6:::1]", "eve@", "evé@example.org"])
def test_what_is_no_address_of_a_mailbox_is_refused(client, email):
    assert "email" in client.post(SIGN_UP, {**EVE, "email": email}).context["form"].errors
    assert User.objects.count() == 0


@pytest.mark.parametrize("name", ["", "   ", "Eve\u202eevE", "1234", "x" * 201])
def test_a_name_that_cannot_be_shown_is_refused(client, name):
    assert "name" in client.post(SIGN_UP, {**EVE, "name": name}).context["form"].errors
    assert User.objects.count() == 0


def test_a_name_in_any_script_is_kept_as_written(client):
    client.post(SIGN_UP, {**EVE, "name": "بنت الشاطئ"})
    assert User.objects.get().name == "بنت الشاطئ"


def test_a_name_is_not_sent_to_an_address_that_nobody_has_shown_to_be_theirs(client, mailoutbox):
    client.post(SIGN_UP, {**EVE, "name": "Win at evil.example"})
    assert "evil" not in mailoutbox[0].body + mailoutbox[0].subject


@pytest.mark.django_db(transaction=True)
def test_the_same_address_twice_at_once_makes_one_account_and_no_error_page():
    def sign_up(n):
        try:
            return Client().post(SIGN_UP, {**EVE, "email": ["eve@example.org", "EVE@example.org"][n % 2]})
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as browsers:
        answers = list(browsers.map(sign_up, range(4)))
    assert {(answer.status_code, answer.headers.get("Location")) for answer in answers} == {(302, CONFIRM)}
    assert User.objects.count() == 1


def test_a_password_set_before_the_address_was_shown_opens_nothing_once_its_owner_signs_in(
    mailoutbox, code_in, signed_in
):
    mallory, eve = Client(), Client()
    mallory.post(SIGN_UP, EVE)
    eve.post("/account/login/code/", {"email": EVE["email"]})
    eve.post("/account/login/code/confirm/", {"code": code_in(mailoutbox[-1])})
    assert signed_in(eve) == "eve@example.org"

    for browser in (mallory, Client()):
        browser.post("/account/login/", {"login": EVE["email"], "password": EVE["password1"]})
        assert signed_in(browser) is None
    assert signed_in(eve) == "eve@example.org"
