"""Persons: found by address whatever its case, made once, changed by themselves, barred by an administrator."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.contrib.auth import get_user_model
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.urls import reverse

from accounts.actions import change_profile, change_standing, demo_person, ensure_person
from accounts.models import User, check_name
from accounts.unseen import IN_TEXTS, holds_unseen
from outbox.errors import Invalid, NotAllowed, WrongMove
from outbox.models import Event

PROFILE = "/profile/"


@pytest.fixture
def root(db):
    return User.objects.create_superuser("root@example.org", name="Root")


def test_an_address_belongs_to_one_person_whatever_its_case(mia):
    with pytest.raises(IntegrityError), transaction.atomic():
        User(email="Mia@Example.org").save()
    assert User.objects.known_as(" MIA@example.ORG ") == mia
    assert get_user_model().objects.get_by_natural_key("Mia@example.org") == mia


def test_an_address_belongs_to_one_person_however_its_domain_is_written(db):
    ana = User.objects.create_user("ana@xn--r8jz45g.jp", name="Ana")
    assert ana.email == "ana@例え.jp"
    assert User.objects.known_as("Ana@例え.JP") == User.objects.known_as("ana@xn--r8jz45g.jp") == ana
    # Older rules have both at strasse.example, which is somebody else's.
    assert User.objects.create_user("ana@straße.example").email == "ana@straße.example"


@pytest.mark.parametrize(
    "name",
    [
        "Ana\u200bBo",  # a space without width
        "Ana\u2028Bo",
        "Ana\u2029Bo",
        "Ana\U000e0041",  # a letter of a tag
        "Ana\ufeff",
        "Ana\u00adBo",
        "Ana\u2060Bo",
        "A\u034fna",
        "Ana\u3164",
        "Ana\u200e",
        "Ana\ufe0f",
        "Ana \ufe0f",
        "An\u200da",
        "An\u200ca",
        "علی\u200c",
        "\u200cعلی",
        "می\u200c\u200cنا",
        "Ana\x7f",
        "Ana\x85",
        "Ana\u202e",
        "Ana\ud800",
    ],
)
def test_a_name_holds_nothing_that_nobody_sees(name):
    with pytest.raises(ValidationError):
        check_name(name)


@pytest.mark.parametrize(
    "name",
    [
        "پیمان کاظمی\u200cنژاد",  # Persian: a joiner that parts two letters
        "क्\u200dषमा",  # Hindi
        "ශ්\u200dරී ලංකා",  # Sinhala
        "র\u200d্যাব",  # Bengali
        "രാമന്\u200d",  # Malayalam as it was written before 2008
        "葛\U000e0100城",  # Japanese: one of two shapes
        "ᠮᠣᠩᠭᠣᠯ\u180eᠠ",
        "Nguyễn Thị Ánh",
        "ʻOfa Mālie",
        "Jean\u00a0Dupont",
        "김\u3000철수",
        "علي \u0601",
        "សុខ សុភា",
    ],
)
def test_a_name_keeps_what_its_script_cannot_do_without(name):
    check_name(name)


def test_a_text_may_be_broken_and_hold_emoji():
    assert not holds_unseen("Dear all,\r\n\tភាសា\u200bខ្មែរ — 👩🏽\u200d💻 ❤\ufe0f\u200d🔥 1\ufe0f\u20e3", but=IN_TEXTS)
    for hidden in ("\u202e", "\u2066", "\U000e0041", "\x00", "\x1b"):
        assert holds_unseen(f"Dear{hidden} all", but=IN_TEXTS)


class TestEnsurePerson:
    def test_makes_somebody_who_signs_in_by_code_only(self, mia):
        ben = ensure_person(" Ben@Example.org", " Ben Wati ", by=mia)
        assert (ben.email, ben.name, ben.has_usable_password()) == ("ben@example.org", "Ben Wati", False)

    def test_finds_whoever_is_there_and_leaves_their_name(self, mia):
        assert ensure_person("MIA@example.org", "Somebody else", by=None) == mia
        assert User.objects.get().name == "Mia"

    @pytest.mark.parametrize(
        ("email", "name", "field"),
        [
            ("nonsense", "Ben", "email"),
            ("ben@[127.0.0.1]", "Ben", "email"),
            ("ben@[IPv6:::1]", "Ben", "email"),
            ("b@example.org", "\u202e", "name"),
        ],
    )
    def test_refuses_nonsense_by_field(self, db, email, name, field):
        with pytest.raises(Invalid) as refused:
            ensure_person(email, name, by=None)
        assert list(refused.value.fields) == [field]
        assert User.objects.count() == 0

    @pytest.mark.django_db(transaction=True)
    def test_called_by_many_at_once_makes_one(self):
        def invite(n):
            try:
                return ensure_person(["ben@example.org", "BEN@example.org"][n % 2], "Ben", by=None).pk
            finally:
                connection.close()

        with ThreadPoolExecutor(4) as organisers:
            assert len(set(organisers.map(invite, range(8)))) == 1
        assert User.objects.count() == 1


class TestProfile:
    def test_is_for_oneself_only(self, client):
        assert client.get(PROFILE).url == f"/account/login/?next={PROFILE}"

    def test_keeps_name_and_language(self, client, mia):
        client.force_login(mia)
        assert client.post(PROFILE, {"name": "Mía Ñandú", "language": "id"}).url == PROFILE
        mia.refresh_from_db()
        assert (mia.name, mia.language) == ("Mía Ñandú", "id")

    def test_shows_what_was_typed_beside_what_is_wrong(self, client, mia):
        client.force_login(mia)
        page = client.post(PROFILE, {"name": "12", "language": "id"})
        assert page.context["form"].errors == {"name": ["A name needs at least one letter."]}
        assert page.context["form"]["name"].value() == "12"
        assert User.objects.get().name == "Mia"

    def test_costs_the_same_with_one_sign_in_and_with_three(self, mia, django_assert_num_queries):
        for _ in range(3):
            browser = Client()
            browser.force_login(mia)
            with django_assert_num_queries(5):
                browser.get(PROFILE)

    def test_language_that_is_not_offered_is_refused(self, mia):
        with pytest.raises(Invalid) as refused:
            change_profile(name="Mia", language="tlh", by=mia)
        assert list(refused.value.fields) == ["language"]

    @pytest.mark.parametrize(
        "name",
        ["account_email", "account_change_password", "mfa_index", "usersessions_list"],
    )
    def test_leads_to_every_way_of_signing_in(self, client, mia, name):
        client.force_login(mia)
        assert f'href="{reverse(name)}"' in client.get(PROFILE).text
        assert client.get(reverse(name)).status_code == 200


class TestStanding:
    def test_barring_somebody_closes_their_pages_and_their_way_in(self, root, mia, client, signed_in):
        client.force_login(mia)
        change_standing(mia.pk, is_active=False, is_staff=False, is_superuser=False, by=root)
        assert signed_in(client) is None
        assert Event.objects.get().cards == {f"user.{mia.pk}": None}

    def test_done_already_is_told_to_nobody(self, root, mia):
        change_standing(mia.pk, is_active=True, is_staff=False, is_superuser=False, by=root)
        assert Event.objects.count() == 0

    def test_is_changed_by_administrators_only_and_never_one_s_own(self, root, mia):
        wanted = {"is_active": False, "is_staff": False, "is_superuser": False}
        with pytest.raises(NotAllowed):
            change_standing(root.pk, **wanted, by=mia)
        with pytest.raises(WrongMove):
            change_standing(root.pk, **wanted, by=root)
        root.refresh_from_db()
        assert root.is_superuser is True

    def test_is_changed_in_the_admin_through_the_same_door(self, root, mia, client):
        client.force_login(root)
        url = reverse("admin:accounts_user_change", args=[mia.pk])
        assert client.get(url).status_code == 200
        assert client.post(url, {"is_staff": "on"}).status_code == 302
        mia.refresh_from_db()
        assert (mia.is_active, mia.is_staff) == (False, True)
        assert Event.objects.get().name == "rights.changed"


class TestDemoPeople:
    def test_sign_in_by_password_at_once(self, settings, client, signed_in):
        settings.DEMO = True
        demo_person("olga@demo.example", "Olga", "conference", language="id")
        demo_person("Olga@demo.example", "Olga", "conference day")
        client.post("/account/login/", {"login": "olga@demo.example", "password": "conference day"})
        assert signed_in(client) == "olga@demo.example"

    def test_exist_in_the_demonstration_only(self, db):
        with pytest.raises(NotAllowed):
            demo_person("olga@demo.example", "Olga", "conference")
        assert User.objects.count() == 0
