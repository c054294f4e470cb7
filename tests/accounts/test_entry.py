"""Entry passes: a mailed link and a code that let one person in, once, without a password."""

import logging
from datetime import timedelta

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.actions import EntryEnded, ensure_person, enter_by_code, enter_by_link, issue_entry
from accounts.entry import BY_DESK_FOR, MAILED_FOR, MOST_TRIES, MOST_TRIES_IN_ALL, network_of
from accounts.models import EntryPass, User
from accounts.signals import address_shown
from outbox.errors import Invalid, NotAllowed

ENTER = "/account/enter/"


@pytest.fixture
def ana(db):
    """Registered somewhere: no password, and no address that she has shown to be hers."""
    return ensure_person("ana@example.org", "Ana", by=None)


@pytest.fixture
def told():
    """Whose address was shown, as the apps above hear it."""
    heard = []

    def hear(user, **kwargs):
        heard.append(user)

    address_shown.connect(hear)
    yield heard
    address_shown.disconnect(hear)


def wrong(code: str) -> str:
    return f"{(int(code[0]) + 1) % 10}{code[1:]}"


def lets_in(person: User, code: str, address: str) -> bool:
    """Whether this code lets this person in, typed at that address."""
    try:
        return enter_by_code(person.email, code, address=address) == person
    except Invalid:
        return False


def age(by: timedelta) -> None:
    EntryPass.objects.update(expires_at=timezone.now() - timedelta(seconds=1) + by)


class TestLink:
    def test_opening_it_changes_nothing_and_its_button_signs_in(self, client, ana, signed_in, told):
        path = f"{ENTER}{issue_entry(ana)[0]}/"
        assert [client.get(path).status_code for _ in range(2)] == [200, 200]
        assert (signed_in(client), told, EmailAddress.objects.count()) == (None, [], 0)
        assert client.post(path, {"next": "/c/icdd/"}).url == "/c/icdd/"
        assert signed_in(client) == ana.email
        address = EmailAddress.objects.get(user=ana)
        assert (address.email, address.verified, address.primary) == (ana.email, True, True)
        assert set(told) == {ana}

    def test_lets_in_once(self, ana, signed_in):
        path = f"{ENTER}{issue_entry(ana)[0]}/"
        Client().post(path)
        late = Client()
        answer = late.post(path, {"next": "/c/icdd/"})
        assert (answer.status_code, signed_in(late)) == (410, None)
        assert "/account/login/code/?next=/c/icdd/" in answer.text

    def test_pressed_twice_goes_on(self, client, ana):
        path = f"{ENTER}{issue_entry(ana)[0]}/?next=/c/icdd/"
        client.post(path)
        assert client.post(path).url == "/c/icdd/"
        assert client.get(path).url == "/c/icdd/"

    def test_ends_after_seven_days(self, ana):
        token, _ = issue_entry(ana)
        [entry] = EntryPass.objects.all()
        assert entry.expires_at - entry.made_at == MAILED_FOR == timedelta(days=7)
        age(timedelta())
        with pytest.raises(EntryEnded):
            enter_by_link(token)

    def test_leads_nowhere_else(self, client, ana):
        path = f"{ENTER}{issue_entry(ana)[0]}/"
        assert client.post(path, {"next": "https://evil.example/"}).url == "/"

    def test_an_older_one_works_beside_a_newer(self, ana):
        older, _ = issue_entry(ana)
        newer, _ = issue_entry(ana)
        assert [enter_by_link(older), enter_by_link(newer)] == [ana, ana]

    def test_of_an_address_that_was_left_lets_nobody_in(self, ana):
        token, code = issue_entry(ana)
        User.objects.filter(pk=ana.pk).update(email="ana@elsewhere.example")
        with pytest.raises(EntryEnded):
            enter_by_link(token)
        for email in ("ana@example.org", "ana@elsewhere.example"):
            with pytest.raises(Invalid):
                enter_by_code(email, code)

    def test_of_a_barred_person_lets_nobody_in(self, ana):
        token, code = issue_entry(ana)
        User.objects.update(is_active=False)
        with pytest.raises(EntryEnded):
            enter_by_link(token)
        with pytest.raises(Invalid):
            enter_by_code(ana.email, code)

    def test_takes_away_a_password_that_somebody_else_may_have_set(self, client, ana):
        ana.set_password("set by whoever knew the address")
        ana.save()
        client.post(f"{ENTER}{issue_entry(ana)[0]}/")
        ana.refresh_from_db()
        assert not ana.has_usable_password()

    def test_asks_for_the_second_step_all_the_same(self, client, mia, signed_in):
        RecoveryCodes.activate(mia)
        TOTP.activate(mia, "JBSWY3DPEHPK3PXP")
        answer = client.post(f"{ENTER}{issue_entry(mia)[0]}/")
        assert (answer.url, signed_in(client)) == ("/account/2fa/authenticate/", None)

    def test_that_is_no_link_says_what_to_do(self, client, db):
        answer = client.get(f"{ENTER}nothing/")
        assert answer.status_code == 410
        assert "have a new code sent" in answer.text


class TestCode:
    def test_is_typed_on_whatever_device_and_keyboard(self, client, ana, signed_in, told):
        _, code = issue_entry(ana)
        typed = code.replace("-", " ").translate(str.maketrans("0123456789", "٠١٢٣٤٥٦٧٨٩"))
        assert client.post(ENTER, {"email": "ANA@example.org ", "code": typed, "next": "/c/icdd/"}).url == "/c/icdd/"
        assert signed_in(client) == ana.email
        assert set(told) == {ana}

    def test_that_is_wrong_is_said_beside_the_field_and_the_address_stays(self, client, ana, signed_in):
        issue_entry(ana)
        answer = client.post(ENTER, {"email": ana.email, "code": "abc", "next": "/c/icdd/"})
        assert (answer.status_code, signed_in(client)) == (422, None)
        assert list(answer.context["form"].errors) == ["code"]
        assert f'value="{ana.email}"' in answer.text
        assert 'name="next" value="/c/icdd/"' in answer.text

    def test_the_newest_alone_counts(self, ana):
        _, older = issue_entry(ana)
        _, newer = issue_entry(ana)
        with pytest.raises(Invalid):
            enter_by_code(ana.email, older)
        assert enter_by_code(ana.email, newer) == ana

    def test_is_used_once_and_an_older_one_does_not_come_back(self, ana):
        _, older = issue_entry(ana)
        _, newer = issue_entry(ana)
        enter_by_code(ana.email, newer)
        for code in (older, newer):
            with pytest.raises(Invalid):
                enter_by_code(ana.email, code)

    def test_ends_after_five_tries_from_one_place_and_its_link_does_not(self, ana):
        token, code = issue_entry(ana)
        for _ in range(MOST_TRIES):
            assert not lets_in(ana, wrong(code), "192.0.2.1")
        assert not lets_in(ana, code, "192.0.2.1")
        assert enter_by_link(token) == ana

    def test_is_not_used_up_by_strangers_who_type_wrong_ones(self, client, ana, signed_in):
        _, code = issue_entry(ana)
        stranger = Client(REMOTE_ADDR="198.51.100.7")
        for _ in range(MOST_TRIES * 3):
            stranger.post(ENTER, {"email": ana.email, "code": wrong(code)})
        stranger.post(ENTER, {"email": ana.email, "code": code})
        assert signed_in(stranger) is None
        client.post(ENTER, {"email": ana.email, "code": code})
        assert signed_in(client) == ana.email

    def test_of_a_help_desk_is_not_used_up_by_strangers_either(self, ana, mia):
        _, code = issue_entry(ana, by=mia, words="Passport seen")
        for _ in range(MOST_TRIES * 3):
            assert not lets_in(ana, wrong(code), "198.51.100.7")
        assert lets_in(ana, code, "192.0.2.1")

    def test_ends_after_so_many_tries_from_wherever(self, ana):
        token, code = issue_entry(ana)
        networks = [f"198.51.100.{number}" for number in range(MOST_TRIES_IN_ALL // MOST_TRIES)]
        for network in networks:
            for _ in range(MOST_TRIES):
                assert not lets_in(ana, wrong(code), network)
        assert not lets_in(ana, code, "192.0.2.1")
        assert enter_by_link(token) == ana

    @pytest.mark.parametrize(
        ("address", "network"),
        [
            ("192.0.2.1", "192.0.2.1"),
            ("::ffff:192.0.2.1", "192.0.2.1"),
            ("2001:db8:7:1::1", "2001:db8:7::"),
            ("2001:db8:7:ffff:1:2:3:4", "2001:db8:7::"),
            ("nowhere", "nowhere"),
        ],
    )
    def test_counts_whoever_can_choose_among_addresses_as_one(self, address, network):
        assert network_of(address) == network

    def test_unknown_addresses_read_as_wrong_codes_do(self, ana):
        issue_entry(ana)
        said = []
        for email in (ana.email, "nobody@example.org"):
            with pytest.raises(Invalid) as refusal:
                enter_by_code(email, "1")
            said.append(refusal.value.as_answer())
        assert said[0] == said[1]

    def test_is_not_kept_as_it_is(self, ana):
        token, code = issue_entry(ana)
        kept = " ".join(str(value) for value in EntryPass.objects.values_list().get())
        assert not any(secret in kept for secret in (token, code, code.replace("-", "")))

    def test_of_somebody_else_lets_nobody_in(self, ana, mia):
        _, code = issue_entry(ana)
        issue_entry(mia)
        with pytest.raises(Invalid):
            enter_by_code(mia.email, code)


class TestDesk:
    def test_lets_in_for_fifteen_minutes_and_is_written_down(self, ana, mia, caplog):
        with caplog.at_level(logging.INFO, logger="accounts.actions"):
            _, code = issue_entry(ana, by=mia, words=" Passport seen ")
        [entry] = EntryPass.objects.all()
        assert entry.expires_at - entry.made_at == BY_DESK_FOR == timedelta(minutes=15)
        assert (entry.issued_by, entry.words) == (mia, "Passport seen")
        assert f"person {mia.pk} gave person {ana.pk} an entry pass: Passport seen" in caplog.messages
        assert enter_by_code(ana.email, code) == ana

    @pytest.mark.parametrize("words", ["", "  ", "x" * 501])
    def test_says_how_it_knew_who_this_is(self, ana, mia, words):
        with pytest.raises(Invalid) as refusal:
            issue_entry(ana, by=mia, words=words)
        assert list(refusal.value.fields) == ["words"]

    def test_lets_nobody_into_the_admin(self, ana, mia):
        ana.is_staff = True
        ana.save()
        with pytest.raises(NotAllowed):
            issue_entry(ana, by=mia, words="Passport seen")


def test_a_code_for_signing_in_shows_the_address_too(client, ana, mailoutbox, code_in, told):
    client.post("/account/login/code/", {"email": ana.email})
    assert told == []
    client.post("/account/login/code/confirm/", {"code": code_in(mailoutbox[0])})
    assert set(told) == {ana}


@pytest.mark.parametrize("leads_to", ["word", "admin:index", "//evil.example", "x:y"])
def test_a_word_that_is_no_address_leads_nowhere_and_breaks_nothing(client, leads_to):
    client.force_login(User.objects.create_user("eva@example.org", name="Eva"))
    answer = client.get(reverse("accounts:enter_by_link", args=["x" * 20]), {"next": leads_to})
    assert answer.status_code < 500
