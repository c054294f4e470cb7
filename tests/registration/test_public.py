"""People apply by the public form, confirm their address, and see, change and withdraw what they handed in."""

import re
from base64 import b64decode
from datetime import timedelta
from uuid import uuid4

import pytest
from allauth.account.models import EmailAddress
from django.core.files.uploadedfile import SimpleUploadedFile, TemporaryUploadedFile
from django.test import Client
from django.utils import timezone

from accounts.models import EntryPass, User
from conferences.models import Membership, Mode
from files.models import Upload
from registration.actions import move_application
from registration.live import SECRETARIAT
from registration.models import (
    Answer,
    Application,
    Attendance,
    Capacity,
    Category,
    Field,
    FieldKind,
    Look,
    Status,
    Work,
)
from registration.models import Post as Desk

pytestmark = pytest.mark.django_db

LIST, MINE, SENT = "/c/icdd/registration/", "/c/icdd/registration/mine/", "/c/icdd/registration/sent/"
OVERRIDE = "\u202e"
UNSEEN = "This holds characters that cannot be seen. Type it anew."
# One dark pixel.
PNG = b64decode("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg==")


def form(category) -> str:
    return f"{LIST}{category.pk}/"


def typed(**more) -> dict:
    return {"name": "Ana", "email": "ana@example.org", "attendance": "in_room", "submit_key": str(uuid4()), **more}


def errors(answer) -> dict[str, list[str]]:
    assert answer.status_code == 422
    return dict(answer.context["form"].errors)


def photo(name="ana.png") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, PNG, content_type="image/png")


def way_in(mail) -> tuple[str, str]:
    """The link's path and the code of a mail."""
    link = re.search(r"^http://[^/]+(/account/enter/\S+)$", mail.body, re.MULTILINE)[1]
    return link, re.search(r"^(\d{4}-\d{4})$", mail.body, re.MULTILINE)[1]


@pytest.fixture
def ana(public, client, mailoutbox):
    """Registered by the form, and in by the mailed code: (her browser, her application)."""
    client.post(form(public), typed())
    client.post("/account/enter/", {"email": "ana@example.org", "code": way_in(mailoutbox[0])[1]})
    mailoutbox.clear()
    return client, Application.objects.get()


@pytest.fixture
def ask(press):
    """`ask(FieldKind.PHOTO)` puts a field into the form of the press."""

    def asked(kind, label="Question", category=press, **more):
        return Field.objects.create(category=category, kind=kind, label=label, **more)

    return asked


class TestCategories:
    def test_are_told_with_their_places(self, client, conference, public, press, delegates, quota):
        quota(conference, 5)
        quota(conference, 2, category=public)
        quota(conference, 0, attendance=Attendance.ONLINE, category=press)
        offers = client.get(LIST).context["offers"]
        found = {str(offer.category.name): [(r.attendance, r.left_count) for r in offer.room] for offer in offers}
        assert found == {"Public": [("in_room", 2), ("online", None)], "Press": [("in_room", 5), ("online", 0)]}
        page = client.get(LIST).text
        assert "2 places left" in page
        assert "full, with a waiting list" in page

    def test_say_when_they_open_and_that_they_closed(self, client, public, press):
        public.opens_at = timezone.now() + timedelta(days=1)
        public.save()
        press.closes_at = timezone.now() - timedelta(days=1)
        press.save()
        page = client.get(LIST).text
        assert ("Not open yet" in page, "Applications open on" in page, "Closed" in page) == (True, True, True)
        assert form(public) not in page
        assert "Applications are not open yet" in client.get(form(public)).text
        assert "Applications are closed" in client.get(form(press)).text

    def test_of_another_conference_and_unlisted_ones_are_not_there(self, client, public, delegates):
        assert client.get(form(delegates)).status_code == 404
        assert client.get(f"/c/other/registration/{public.pk}/").status_code == 404
        assert client.post(form(delegates), typed()).status_code == 404

    def test_none_at_all_is_no_dead_end(self, client, conference):
        assert "Nobody can apply here yet" in client.get(LIST).text

    def test_are_linked_from_the_conference(self, client, conference, delegates):
        assert LIST not in client.get("/c/icdd/").text
        delegates.is_listed = True
        delegates.save()
        assert f'href="{LIST}"' in client.get("/c/icdd/").text


class TestApplying:
    def test_needs_no_account_and_is_confirmed_by_the_mailed_code(
        self, client, conference, public, mailoutbox, followed
    ):
        with followed(SECRETARIAT.name(conference_id=conference.pk)):
            answer = client.post(form(public), typed())
        assert (answer.status_code, answer.url) == (302, SENT)
        application = Application.objects.get()
        assert (application.status, application.confirmed_at, application.email) == (
            "approved",
            None,
            "ana@example.org",
        )
        assert not Membership.objects.exists()
        assert "ana@example.org" in client.get(SENT).text

        [mail] = mailoutbox
        _, code = way_in(mail)
        answer = client.post("/account/enter/", {"email": "ana@example.org", "code": code, "next": MINE})
        assert answer.url == MINE
        application.refresh_from_db()
        assert application.confirmed_at is not None
        assert Membership.objects.get().user.email == "ana@example.org"
        assert EmailAddress.objects.get().verified
        assert "You are registered" in client.get(MINE).text

    def test_is_confirmed_by_the_mailed_link_in_another_browser(self, client, press, mailoutbox):
        client.post(form(press), typed())
        link, _ = way_in(mailoutbox[0])
        phone = Client()
        assert phone.get(link).status_code == 200
        assert Application.objects.get().confirmed_at is None
        assert phone.post(link).url == MINE
        assert Application.objects.get().confirmed_at is not None
        assert "Your application is with the secretariat" in phone.get(MINE).text

    @pytest.mark.parametrize("address", ["ana@例え.jp", "ana@xn--r8jz45g.jp", "ana@пример.рф", "ana@مثال.السعودية"])
    def test_from_an_address_in_any_script_is_confirmed_by_its_code(self, client, public, mailoutbox, address):
        answer = client.post(form(public), typed(email=address))
        # What is not ASCII goes into no header of an answer.
        assert (answer.url, answer.cookies.output().isascii()) == (SENT, True)
        assert address in client.get(SENT).text
        _, code = way_in(mailoutbox[0])
        assert client.post("/account/enter/", {"email": address, "code": code, "next": MINE}).url == MINE
        assert Application.objects.get().confirmed_at is not None

    def test_with_an_address_written_in_another_way_is_no_second_application(self, client, public, press, mailoutbox):
        for category, address in ((public, "ana@例え.jp"), (press, "Ana@XN--R8JZ45G.jp")):
            Client().post(form(category), typed(email=address))
        assert (Application.objects.get().email, User.objects.get().email) == ("ana@例え.jp", "ana@例え.jp")

    def test_twice_with_the_same_key_is_one_application_and_the_same_answer(self, client, public, mailoutbox):
        sent = typed()
        answers = [client.post(form(public), sent) for _ in range(2)]
        assert [answer.url for answer in answers] == [SENT, SENT]
        assert (Application.objects.count(), len(mailoutbox)) == (1, 1)

    def test_again_looks_like_success_to_a_stranger_and_is_told_by_mail(self, client, public, press, mailoutbox):
        client.post(form(public), typed())
        EntryPass.objects.update(made_at=timezone.now() - timedelta(hours=1))
        answers = [Client().post(form(press), typed(email=email)) for email in ("ANA@example.org", "new@example.org")]
        assert [(answer.status_code, answer.url) for answer in answers] == [(302, SENT), (302, SENT)]
        assert Application.objects.filter(user__email="ana@example.org").count() == 1
        mails = [(mail.to[0], mail.subject) for mail in mailoutbox]
        assert mails[1] == ("ana@example.org", "ICDD: you applied already")
        link, code = way_in(mailoutbox[1])
        assert client.post(link).url == MINE
        assert code not in mailoutbox[0].body

    def test_for_a_closed_account_looks_like_success_and_makes_nothing(self, client, public, eve, mailoutbox):
        User.objects.filter(pk=eve.pk).update(is_active=False)
        answer = client.post(form(public), typed(email=eve.email))
        assert (answer.status_code, answer.url) == (302, SENT)
        assert (Application.objects.count(), len(mailoutbox)) == (0, 0)

    def test_again_and_again_sends_no_flood_of_mails(self, client, public, press, mailoutbox):
        for _ in range(4):
            Client().post(form(public), typed())
        assert len(mailoutbox) == 1

    def test_signed_in_asks_for_no_address_and_is_confirmed_at_once(self, client, public, eve):
        client.force_login(eve)
        page = client.get(form(public))
        assert "email" not in page.context["form"].fields
        assert client.post(form(public), typed(email="other@example.org")).url == MINE
        application = Application.objects.get()
        assert (application.user, application.email) == (eve, eve.email)
        assert application.confirmed_at is not None
        assert not User.objects.filter(email="other@example.org").exists()

    def test_signed_in_and_again_leads_to_ones_own(self, client, public, press, eve):
        client.force_login(eve)
        client.post(form(public), typed())
        assert client.get(form(press)).url == MINE
        assert client.post(form(press), typed()).url == MINE
        assert Application.objects.count() == 1

    def test_by_an_organiser_is_for_themselves(self, client, public, olga):
        client.force_login(olga)
        client.post(form(public), typed())
        assert Application.objects.get().user == olga

    def test_that_came_too_late_keeps_what_was_typed(self, client, public):
        public.closes_at = timezone.now() - timedelta(seconds=1)
        public.save()
        answer = client.post(form(public), typed(name="Retno L. P. Marsudi"))
        assert errors(answer) == {"__all__": ["Applications are not open now."]}
        assert 'value="Retno L. P. Marsudi"' in answer.text

    def test_where_all_places_are_taken_waits(self, client, conference, public, quota, mailoutbox):
        quota(conference, 0)
        client.post(form(public), typed())
        assert Application.objects.get().status == Status.WAITING
        assert "waiting list" in mailoutbox[0].subject

    def test_names_the_delegation_where_the_category_is_of_one(self, client, delegates, fiji):
        delegates.is_listed = True
        delegates.save()
        assert set(errors(client.post(form(delegates), typed()))) == {"delegation"}
        for wrong in ("x", "9" * 40, "0"):
            assert set(errors(client.post(form(delegates), typed(delegation=wrong)))) == {"delegation"}
        client.post(form(delegates), typed(delegation=fiji.pk))
        assert Application.objects.get().delegation == fiji

    def test_offers_the_one_way_there_is_to_take_part(self, client, conference, public):
        conference.mode = Mode.ONLINE
        conference.save()
        assert "attendance" not in client.get(form(public)).context["form"].fields
        client.post(form(public), typed(attendance="in_room"))
        assert Application.objects.get().attendance == Attendance.ONLINE

    def test_keeps_a_name_as_it_was_written(self, client, public):
        for number, name in enumerate(("Nguyễn Thị Ánh", "សុខ សុភា", "محمد  بن علي", "O'Neill-García")):
            Client().post(form(public), typed(name=name, email=f"{number}@example.org"))
        names = list(Application.objects.order_by("pk").values_list("name", flat=True))
        assert names == ["Nguyễn Thị Ánh", "សុខ សុភា", "محمد  بن علي", "O'Neill-García"]

    def test_of_somebody_who_signs_in_otherwise_is_confirmed_by_a_button(self, client, public, eve):
        Client().post(form(public), typed(email=eve.email))
        client.force_login(eve)
        assert "Is this your application?" in client.get(MINE).text
        client.post(f"{MINE}confirm/")
        assert Application.objects.get().confirmed_at is not None
        assert "Is this your application?" not in client.get(MINE).text


class TestBadInput:
    @pytest.mark.parametrize(
        ("wrong", "field", "said"),
        [
            ({"name": "x" * 10_000}, "name", "At most 200 characters."),
            ({"name": f"Ana{OVERRIDE}gro"}, "name", "A name may not hold control characters."),
            ({"name": ""}, "name", "A name needs at least one letter."),
            (
                {"organisation": f"Ministry{OVERRIDE}"},
                "organisation",
                "This holds characters that cannot be seen. Type it anew.",
            ),
            ({"organisation": "Ministry\u200b"}, "organisation", UNSEEN),
            ({"function": "Head\u2028of section"}, "function", UNSEEN),
            ({"organisation": "Ministry\U000e0041"}, "organisation", UNSEEN),
            ({"function": "x" * 201}, "function", "At most 200 characters."),
            ({"email": ""}, "email", "Enter your e-mail address."),
            ({"email": "ana@"}, "email", "Enter a valid email address."),
            ({"email": "ana@[127.0.0.1]"}, "email", "Enter a valid email address."),
            ({"attendance": "moon"}, "attendance", "Choose how you take part."),
            ({"attendance": ""}, "attendance", "Choose how you take part."),
        ],
    )
    def test_is_said_beside_the_field_and_everything_typed_stays(self, client, public, mailoutbox, wrong, field, said):
        sent = typed(honorific="H.E. Ms", **{"organisation": "Kementerian Luar Negeri", "is_listed": "on", **wrong})
        answer = client.post(form(public), sent)
        assert errors(answer) == {field: [said]}
        shown = answer.context["form"]
        for name in ("name", "email", "honorific", "function", "organisation", "submit_key", "attendance"):
            assert (shown[name].value() or "") == sent.get(name, "")
        assert shown["is_listed"].value() is True
        assert (Application.objects.count(), User.objects.count(), mailoutbox) == (0, 0, [])

    def test_is_said_all_at_once(self, client, press, ask):
        question, consent = ask(FieldKind.TEXT, is_required=True), ask(FieldKind.CONSENT, is_required=True)
        answer = client.post(form(press), typed(name="", email="nothing"))
        assert set(errors(answer)) == {"name", "email", f"field_{question.pk}", f"field_{consent.pk}"}
        assert "4 things need correcting" in answer.text

    @pytest.mark.parametrize("key", ["", "x", "1" * 500])
    def test_a_form_without_its_key_comes_back_with_a_new_one(self, client, public, key):
        answer = client.post(form(public), typed(submit_key=key))
        assert errors(answer) == {"__all__": ["Reload the page and send the form again."]}
        again = typed(submit_key=answer.context["form"]["submit_key"].value())
        assert client.post(form(public), again).url == SENT

    def test_a_key_that_somebody_else_used_gives_nothing_away(self, client, public, eve):
        sent = typed()
        Client().post(form(public), sent)
        client.force_login(eve)
        assert "__all__" in errors(client.post(form(public), sent))
        assert "Ana" not in client.get(MINE).text


class TestFields:
    def test_say_why_they_ask_and_how_long_the_answer_is_kept(self, client, press, ask):
        ask(FieldKind.DATE, "Arrival", help="Of your flight.", why="For the airport shuttle.", kept_for_days=1)
        page = client.get(form(press)).text
        assert "Of your flight." in page
        assert "Why it is asked: For the airport shuttle." in page
        assert "Kept for 1 day after the conference." in page

    def test_of_every_kind_are_asked_and_answered(self, client, press, ask):
        choices = [{"key": "veg", "words": {"en": "Vegetarian"}}, {"key": "all", "words": {"en": "Everything"}}]
        fields = {
            kind: ask(kind, str(kind.label), choices=choices if kind == FieldKind.CHOICE else []) for kind in FieldKind
        }
        words = {"text": "Ana's", "long_text": "One\r\nTwo", "choice": "veg", "country": "FJ", "date": "2021-11-16"}
        sent = {f"field_{fields[FieldKind(kind)].pk}": answer for kind, answer in words.items()}
        sent[f"field_{fields[FieldKind.CONSENT].pk}"] = "on"
        sent[f"field_{fields[FieldKind.PHOTO].pk}"] = photo()
        sent[f"field_{fields[FieldKind.FILE].pk}"] = SimpleUploadedFile("letter.pdf", b"%PDF-1.7 letter")
        assert client.post(form(press), typed(**sent)).url == SENT
        answers = {answer.field.kind: answer for answer in Answer.objects.select_related("upload", "field")}
        assert {kind: answers[kind].words for kind in words} == words
        assert answers["consent"].words == "yes"
        assert [answers[kind].upload.name for kind in ("photo", "file")] == ["ana.png", "letter.pdf"]

    @pytest.mark.parametrize(
        ("kind", "words"),
        [("text", OVERRIDE + "x"), ("text", "x" * 301), ("choice", "moon"), ("country", "XX"), ("date", "16/11/2021")],
    )
    def test_that_are_answered_wrongly_come_back_as_they_were_typed(self, client, press, ask, kind, words):
        field = ask(kind, choices=[{"key": "veg", "words": {"en": "Vegetarian"}}] if kind == "choice" else [])
        answer = client.post(form(press), typed(**{f"field_{field.pk}": words}))
        assert list(errors(answer)) == [f"field_{field.pk}"]
        assert answer.context["form"][f"field_{field.pk}"].value() == words

    def test_that_were_retired_are_asked_no_more(self, client, press, ask):
        field = ask(FieldKind.TEXT, is_required=True, retired_at=timezone.now())
        assert f"field_{field.pk}" not in client.get(form(press)).text
        assert client.post(form(press), typed()).url == SENT


class TestFiles:
    @pytest.fixture
    def picture(self, ask):
        return ask(FieldKind.PHOTO, "Photo", is_required=True)

    def test_survive_a_form_that_comes_back(self, client, press, picture):
        name = f"field_{picture.pk}"
        sent = typed(name="")
        answer = client.post(form(press), {**sent, name: photo()})
        assert set(errors(answer)) == {"name"}
        assert 'We have <strong dir="auto">ana.png</strong>' in answer.text
        word = re.search(rf'name="{name}_kept" value="([^"]+)"', answer.text)[1]
        assert client.post(form(press), {**sent, "name": "Ana", f"{name}_kept": word}).url == SENT
        assert Answer.objects.get().upload == Upload.objects.get()

    def test_of_one_form_are_of_no_use_to_another(self, client, press, picture):
        name = f"field_{picture.pk}"
        answer = client.post(form(press), {**typed(name=""), name: photo()})
        word = re.search(rf'name="{name}_kept" value="([^"]+)"', answer.text)[1]
        for stolen in (word, word + "x", "[]"):
            answer = client.post(form(press), typed(**{f"{name}_kept": stolen}))
            assert errors(answer) == {name: ["Please answer this."]}

    def test_of_100_mb_are_refused_with_the_limit_and_the_rest_stays(self, client, press, picture):
        name = f"field_{picture.pk}"
        with TemporaryUploadedFile("huge.jpg", "image/jpeg", 0, None) as huge:
            huge.write(b"\xff\xd8\xff")
            huge.truncate(100 * 1024 * 1024)
            huge.seek(0)
            huge.size = 100 * 1024 * 1024
            answer = client.post(form(press), typed(function="Correspondent", **{name: huge}))
        [said] = errors(answer)[name]
        assert "100.0\xa0MB" in said
        assert "10.0\xa0MB at most" in said
        assert answer.context["form"]["function"].value() == "Correspondent"
        assert not Upload.objects.exists()

    def test_that_are_no_picture_although_they_begin_as_one_are_refused_beside_the_field(self, client, press, picture):
        name = f"field_{picture.pk}"
        # It says of itself that it has 400 megapixels.
        vast = PNG[:16] + (20_000).to_bytes(4) * 2 + PNG[24:]
        for content in (vast, PNG[:40], b"\xff\xd8\xff nothing"):
            answer = client.post(form(press), typed(**{name: SimpleUploadedFile("me.png", content)}))
            [said] = errors(answer)[name]
            assert said.startswith("This picture cannot be read, or it is too large")
            assert not Upload.objects.exists()

    @pytest.mark.parametrize("content", [b"%PDF-1.7 not a picture", b"<svg onload='alert(1)'/>", b"PK\x03\x04"])
    def test_are_what_they_hold_whatever_their_name_says(self, client, press, picture, content):
        name = f"field_{picture.pk}"
        answer = client.post(form(press), typed(name="", **{name: SimpleUploadedFile("me.jpg", content)}))
        assert set(errors(answer)) == {name, "name"}
        assert "whatever its name says" in errors(answer)[name][0]
        assert not Upload.objects.exists()

    def test_that_fail_leave_the_one_that_was_taken(self, client, press, picture):
        name = f"field_{picture.pk}"
        sent = typed(name="")
        word = re.search(
            rf'name="{name}_kept" value="([^"]+)"', client.post(form(press), {**sent, name: photo()}).text
        )[1]
        wrong = SimpleUploadedFile("me.jpg", b"%PDF-1.7")
        answer = client.post(form(press), {**sent, f"{name}_kept": word, name: wrong})
        assert "ana.png" in answer.text
        assert set(errors(answer)) == {name, "name"}

    @pytest.mark.parametrize("is_sensitive", [False, True])
    def test_are_read_by_whom_they_concern(self, client, press, picture, olga, eve, is_sensitive):
        picture.is_sensitive = is_sensitive
        picture.save()
        client.force_login(eve)
        client.post(form(press), typed(**{f"field_{picture.pk}": photo()}))
        answer = Answer.objects.get()
        desk = User.objects.create_user("desk@example.org", name="Desk")
        Desk.objects.create(conference=press.conference, user=desk, work=Work.SECRETARIAT)
        door = User.objects.create_user("door@example.org", name="Door")
        Desk.objects.create(conference=press.conference, user=door, work=Work.DOOR)

        def reads(*people) -> list[bool]:
            found = []
            for person in people:
                browser = Client()
                if person:
                    browser.force_login(person)
                found.append(browser.get(f"/files/{answer.upload_id}/").status_code == 200)
            return found

        assert reads(eve, olga, desk, door, None) == [True, not is_sensitive, not is_sensitive, False, False]
        look = Look.objects.create(answer=answer, by=desk)
        assert reads(desk, olga) == [True, not is_sensitive]
        Look.objects.filter(pk=look.pk).update(at=timezone.now() - timedelta(hours=1))
        assert reads(desk) == [not is_sensitive]

    def test_that_belong_to_no_application_yet_are_read_by_nobody(self, client, press, picture):
        client.post(form(press), {**typed(name=""), f"field_{picture.pk}": photo()})
        assert Upload.objects.count() == 1
        assert client.get(f"/files/{Upload.objects.get().pk}/").status_code == 404


class TestMine:
    def test_asks_to_sign_in(self, client, conference):
        assert client.get(MINE).url == f"/account/login/?next={MINE}"

    def test_of_somebody_who_never_applied_leads_on(self, client, conference, eve):
        client.force_login(eve)
        page = client.get(MINE).text
        assert "You have not applied" in page
        assert LIST in page

    def test_tells_the_reason_and_every_step(self, client, press, eve, olga):
        client.force_login(eve)
        client.post(form(press), typed())
        application = Application.objects.get()
        move_application(application.pk, to=Status.ON_HOLD, reason="Send your press card.", by=olga)
        page = client.get(MINE)
        assert "Your application is on hold" in page.text
        assert "Send your press card." in page.text
        assert [step.after for step in page.context["application"].steps.all()] == ["submitted", "on_hold"]

    def test_is_changed_while_pending(self, client, press, eve, ask, followed):
        field = ask(FieldKind.TEXT, "Medium")
        client.force_login(eve)
        client.post(form(press), typed(**{f"field_{field.pk}": "Fiji Times"}))
        page = f"{MINE}{Application.objects.get().pk}/"
        assert 'value="Fiji Times"' in client.get(page).text
        with followed(SECRETARIAT.name(conference_id=press.conference_id)):
            answer = client.post(
                page, {"name": "Ana V.", "attendance": "online", "is_listed": "on", f"field_{field.pk}": "Fiji Sun"}
            )
        assert answer.url == MINE
        application = Application.objects.get()
        assert (application.name, application.attendance, application.is_listed) == ("Ana V.", "online", True)
        assert application.answers.get().words == "Fiji Sun"

    def test_keeps_a_file_that_is_not_replaced(self, client, press, eve, ask):
        picture = ask(FieldKind.PHOTO, is_required=True)
        client.force_login(eve)
        client.post(form(press), typed(**{f"field_{picture.pk}": photo("first.png")}))
        page = f"{MINE}{Application.objects.get().pk}/"
        assert "first.png" in client.get(page).text
        client.post(page, typed(name="Ana V."))
        assert Answer.objects.get().upload.name == "first.png"
        client.post(page, typed(name="Ana V.", **{f"field_{picture.pk}": photo("second.png")}))
        assert Answer.objects.get().upload.name == "second.png"

    def test_says_all_that_is_wrong_with_a_change(self, client, press, eve, ask):
        field = ask(FieldKind.TEXT, is_required=True)
        client.force_login(eve)
        client.post(form(press), typed(**{f"field_{field.pk}": "Fiji Times"}))
        answer = client.post(f"{MINE}{Application.objects.get().pk}/", typed(name="", **{f"field_{field.pk}": ""}))
        assert set(errors(answer)) == {"name", f"field_{field.pk}"}
        assert Application.objects.get().name == "Ana"

    def test_is_not_changed_once_it_is_decided(self, ana):
        browser, application = ana
        page = f"{MINE}{application.pk}/"
        assert browser.get(page).status_code == 403
        assert browser.post(page, typed(name="Bo")).status_code == 403
        assert "Change it" not in browser.get(MINE).text
        assert Application.objects.get().name == "Ana"

    def test_is_withdrawn_after_one_question(self, ana, mailoutbox):
        browser, application = ana
        page = f"{MINE}{application.pk}/withdraw/"
        assert "Withdraw your application?" in browser.get(page).text
        assert Application.objects.get().status == Status.APPROVED
        assert browser.post(page).url == MINE
        assert Application.objects.get().status == Status.WITHDRAWN
        assert not Membership.objects.exists()
        assert "Your application is withdrawn" in browser.get(MINE).text
        assert [mail.subject for mail in mailoutbox] == ["ICDD: your application is withdrawn"]
        assert browser.get(page).url == MINE

    def test_may_be_followed_by_another(self, ana, press):
        browser, application = ana
        browser.post(f"{MINE}{application.pk}/withdraw/")
        browser.post(form(press), typed())
        page = browser.get(MINE)
        assert "Your application is with the secretariat" in page.text
        assert [str(one.category) for one in page.context["earlier"]] == ["Public"]

    def test_of_others_is_not_there(self, ana, eve):
        _, application = ana
        stranger = Client()
        stranger.force_login(eve)
        for page in (f"{MINE}{application.pk}/", f"{MINE}{application.pk}/withdraw/"):
            assert stranger.get(page).status_code == 404
            assert stranger.post(page, typed()).status_code == 404
        assert "Ana" not in stranger.get(MINE).text
        assert Application.objects.get().status == Status.APPROVED


class TestDraft:
    def test_is_kept_unfinished_and_sent_when_it_is_complete(self, client, press, eve, ask, mailoutbox):
        field = ask(FieldKind.TEXT, is_required=True)
        client.force_login(eve)
        client.post(form(press), typed(draft="1"))
        application = Application.objects.get()
        assert (application.status, mailoutbox) == ("draft", [])
        page = f"{MINE}{application.pk}/"
        assert client.post(page, typed(name="Ana V.", draft="1")).url == MINE
        assert set(errors(client.post(page, typed()))) == {f"field_{field.pk}"}
        assert Application.objects.get().status == Status.DRAFT
        client.post(page, typed(**{f"field_{field.pk}": "Fiji Times"}))
        assert Application.objects.get().status == Status.SUBMITTED
        assert len(mailoutbox) == 1

    def test_is_not_offered_to_whoever_could_not_find_it_again(self, client, press):
        assert 'name="draft"' not in client.get(form(press)).text
        client.post(form(press), typed(draft="1"))
        assert Application.objects.get().status == Status.SUBMITTED

    def test_is_not_sent_after_the_category_closed(self, client, press, eve):
        client.force_login(eve)
        client.post(form(press), typed(draft="1"))
        Category.objects.filter(capacity=Capacity.PRESS).update(closes_at=timezone.now() - timedelta(seconds=1))
        answer = client.post(f"{MINE}{Application.objects.get().pk}/", typed(name="Ana V."))
        assert errors(answer) == {"__all__": ["Applications are not open now."]}
        assert Application.objects.get().status == Status.DRAFT


class TestManyAtOnce:
    """The page of a form is written once for all who come in the same two seconds."""

    @staticmethod
    def secrets(page) -> tuple[set[str], str]:
        tokens = set(re.findall(r'name="csrfmiddlewaretoken" value="([^"]+)"', page.text))
        return tokens, re.search(r'name="submit_key" value="([^"]+)"', page.text)[1]

    def test_ask_the_database_as_little_as_can_be(
        self, client, public, django_assert_num_queries, django_assert_max_num_queries
    ):
        with django_assert_num_queries(2):
            client.get(form(public))
        with django_assert_num_queries(0):
            Client().get(form(public))
        client.post(form(public), typed())
        with django_assert_max_num_queries(22):
            client.post(form(public), typed(name="Bo", email="bo@example.org"))

    def test_have_a_token_and_a_key_of_their_own_that_work(self, public):
        browsers = [Client(enforce_csrf_checks=True) for _ in range(2)]
        pages = [browser.get(form(public)) for browser in browsers]
        (mine, my_key), (yours, your_key) = map(self.secrets, pages)
        assert len(mine) == len(yours) == 1
        assert not mine & yours
        assert my_key != your_key
        sent = typed(submit_key=my_key)
        assert browsers[0].post(form(public), {**sent, "csrfmiddlewaretoken": yours.pop()}).status_code == 403
        assert browsers[0].post(form(public), {**sent, "csrfmiddlewaretoken": mine.pop()}).url == SENT

    def test_see_a_change_at_once(self, client, public, ask, conference):
        client.get(form(public))
        public.name = "Everybody"
        public.save()
        assert "Everybody" in client.get(form(public)).text
        field = ask(FieldKind.TEXT, "Where do you come from?", category=public)
        assert "Where do you come from?" in client.get(form(public)).text
        field.delete()
        assert "Where do you come from?" not in client.get(form(public)).text
        public.is_listed = False
        public.save()
        assert client.get(form(public)).status_code == 404

    def test_read_their_own_language_and_theme(self, client, public):
        client.get(form(public))
        assert '<html lang="id"' in Client(headers={"accept-language": "id"}).get(form(public)).text
        dark = Client()
        dark.cookies["theme"] = "dark"
        assert 'data-theme="dark"' in dark.get(form(public)).text
        assert "data-theme=" not in client.get(form(public)).text

    def test_are_not_told_what_one_of_them_is_told(self, client, public, eve):
        client.force_login(eve)
        client.post("/account/logout/")
        assert "You are signed out" in client.get(form(public)).text
        assert "You are signed out" not in Client().get(form(public)).text


class TestWhatIsSaid:
    """Nobody is told what is not so where they stand."""

    def test_the_page_after_the_form_promises_no_place(self, client, public, quota, conference):
        quota(conference, 0)
        page = client.post(form(public), typed(), follow=True).text
        assert "Otherwise your application is withdrawn." in page
        assert "place goes to somebody else" not in page

    @pytest.mark.parametrize(
        ("status", "next_", "of_list"),
        [
            (Status.APPROVED, "We look forward to seeing you.", "You are shown in it."),
            (Status.WAITING, "As soon as a place is free it is yours", "You will be shown in it once you take part."),
        ],
    )
    def test_the_list_of_participants_shows_who_takes_part(self, ana, status, next_, of_list):
        browser, application = ana
        Application.objects.filter(pk=application.pk).update(
            status=status, is_listed=True, waiting_since=timezone.now()
        )
        page = browser.get(MINE).text
        assert next_ in page
        assert of_list in page

    @pytest.mark.parametrize(
        ("size", "said"),
        [(None, "Your place goes to whoever waits for one."), (0, "You no longer wait for a place.")],
    )
    def test_a_place_is_given_back_only_by_who_had_one(self, client, public, quota, conference, mailoutbox, size, said):
        quota(conference, size)
        client.post(form(public), typed(is_listed="on"))
        client.post("/account/enter/", {"email": "ana@example.org", "code": way_in(mailoutbox[0])[1]})
        client.post(f"{MINE}{Application.objects.get().pk}/withdraw/")
        page = client.get(MINE).text
        assert said in page
        assert "You are not shown in it." in page

    def test_who_comes_online_is_not_sent_to_a_door(self, ana):
        browser, application = ana
        Application.objects.filter(pk=application.pk).update(attendance=Attendance.ONLINE)
        assert "You take part online: enter the conference" in browser.get(MINE).text
        badge = browser.get(f"{MINE}badge/").text
        assert "You take part online, and need no badge for that." in badge
        assert "With the badge you come in at the door" not in badge

    def test_who_takes_part_is_led_to_the_list_of_participants(self, ana):
        browser, _application = ana
        link = 'href="/c/icdd/registration/participants/"'
        assert link in browser.get(MINE).text
        assert link in browser.get("/c/icdd/").text
        assert link not in Client().get("/c/icdd/").text
