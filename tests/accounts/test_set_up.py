"""The one-time link that makes the first organiser of an empty installation."""

import hashlib
from concurrent.futures import ThreadPoolExecutor
from io import StringIO

import pytest
from allauth.account.models import EmailAddress
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client
from django.urls import reverse

from accounts.actions import make_setup_link, set_up
from accounts.models import SetupLink, User
from outbox.errors import WrongMove

OLGA = {"name": "Olga", "email": "Olga@Example.org", "password": "a calm grey lantern"}


def printed_link() -> str:
    printed = StringIO()
    call_command("setup_link", stdout=printed)
    return printed.getvalue().strip().removeprefix("http://localhost:8000")


def test_the_first_organiser_is_made_signed_in_and_sent_to_create_a_conference(client, db, signed_in):
    link = printed_link()
    assert client.get(link).status_code == 200
    assert client.post(link, OLGA).url == reverse("conferences:create")
    assert signed_in(client) == "olga@example.org"
    olga = User.objects.get()
    assert (olga.name, olga.is_staff, olga.is_superuser) == ("Olga", True, True)
    assert EmailAddress.objects.get(user=olga).verified is True


def test_the_link_works_once(client, db):
    link = printed_link()
    client.post(link, OLGA)
    second = Client().post(link, {**OLGA, "email": "eve@example.org"})
    assert second.status_code == 410
    assert "no longer works" in second.text
    assert [user.email for user in User.objects.all()] == ["olga@example.org"]


def test_opening_it_uses_nothing_up_and_mistakes_may_be_corrected(client, db):
    link = printed_link()
    client.get(link)
    page = client.post(link, {**OLGA, "password": "short"})
    assert list(page.context["form"].errors) == ["password"]
    assert page.context["form"]["name"].value() == "Olga"
    assert client.post(link, OLGA).status_code == 302


def test_a_newer_link_ends_the_one_before(client, db):
    first, second = printed_link(), printed_link()
    assert client.get(first).status_code == 410
    assert client.get(second).status_code == 200


def test_a_forged_link_is_refused(client, db):
    printed_link()
    assert client.post("/setup/forged/", OLGA).status_code == 410
    assert User.objects.count() == 0


def test_there_is_none_when_somebody_runs_the_installation(db):
    User.objects.create_superuser("root@example.org")
    with pytest.raises(CommandError, match="has an organiser already"):
        call_command("setup_link")


def test_it_ends_when_an_organiser_is_made_another_way(client, db):
    link = printed_link()
    User.objects.create_superuser("root@example.org")
    assert client.get(link).status_code == 410


def test_it_takes_over_no_account_that_exists(client, mia):
    page = client.post(printed_link(), {**OLGA, "email": "MIA@example.org"})
    assert list(page.context["form"].errors) == ["email"]
    mia.refresh_from_db()
    assert (mia.is_staff, mia.check_password("correct horse battery")) == (False, True)


def test_the_database_keeps_a_hash_only(db):
    token = make_setup_link()
    assert SetupLink.objects.get().token_hash == hashlib.sha256(token.encode()).hexdigest()


@pytest.mark.django_db(transaction=True)
def test_used_by_several_at_once_one_wins_and_the_others_are_told():
    token = make_setup_link()

    def try_it(n):
        try:
            return set_up(token, name="Olga", email=f"olga{n}@example.org", password=OLGA["password"]).email
        except WrongMove as refusal:
            return refusal.code
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as people:
        outcomes = list(people.map(try_it, range(4)))
    assert outcomes.count("wrong_move") == 3
    assert User.objects.count() == 1
