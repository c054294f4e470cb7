"""The secretariat's pages, by plain forms in a browser."""

import re
from html.parser import HTMLParser
from uuid import uuid4

import pytest
from allauth.account.models import EmailAddress
from django.core.files.base import ContentFile
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from conferences.models import Conference, Rank
from files.models import Upload
from outbox.reading import may_follow
from registration.actions import confirm_applications
from registration.answers import YES, Given, asked
from registration.likeness_actions import merge_applications
from registration.live import SECRETARIAT
from registration.models import (
    Answer,
    Application,
    Attendance,
    Category,
    Field,
    FieldKind,
    Likeness,
    Look,
    Post,
    Quota,
    Status,
    Work,
)

pytestmark = pytest.mark.django_db


class Page(HTMLParser):
    """The words of a page, the addresses its links lead to, and what its forms hold."""

    def __init__(self, response):
        super().__init__()
        self.words, self.links, self.inputs, self.checked = [], [], {}, []
        self.described = {}
        self._silent = 0
        self.feed(response.content.decode())

    def handle_starttag(self, tag, attrs):
        attrs = dict(attrs)
        self._silent += tag in ("script", "style", "template")
        if tag == "a":
            self.links.append(attrs.get("href"))
        if tag in ("input", "textarea") and "name" in attrs:
            self.inputs[attrs["name"]] = attrs.get("value", "")
            self.described[attrs["name"]] = attrs.get("aria-invalid") == "true"
            if "checked" in attrs:
                self.checked.append(attrs.get("value"))

    def handle_endtag(self, tag):
        self._silent -= tag in ("script", "style", "template")

    def handle_data(self, data):
        if not self._silent:
            self.words.append(data)

    @property
    def text(self):
        return " ".join(" ".join(self.words).split())


@pytest.fixture
def sefa(conference):
    """Works in the secretariat, and organises nothing."""
    sefa = User.objects.create_user("sefa@example.org", name="Sefa")
    Post.objects.create(conference=conference, user=sefa, work=Work.SECRETARIAT)
    return sefa


@pytest.fixture
def secretary(client, sefa):
    client.force_login(sefa)
    return client


@pytest.fixture
def organiser(client, olga):
    client.force_login(olga)
    return client


def at(name, *args):
    return reverse(f"registration:{name}", args=["icdd", *args])


def stood(application):
    return Application.objects.get(pk=application.pk).status


# Who comes in

DESK_PAGES = ["desk", "applications", "places"]
ORGANISERS_PAGES = ["organise_categories", "posts"]


@pytest.mark.parametrize("name", DESK_PAGES + ORGANISERS_PAGES)
def test_each_page_is_open_to_these_and_nobody_else(client, conference, press, olga, sefa, ben, eve, name):
    codes = {}
    for person in (olga, sefa, ben, eve):
        client.force_login(person)
        codes[person.name] = client.get(at(name)).status_code
    client.logout()
    assert client.get(at(name))["Location"].startswith("/account/login/")
    assert codes == {"Olga": 200, "Sefa": 200 if name in DESK_PAGES else 403, "Ben": 403, "Eve": 403}


def test_what_is_of_another_conference_is_not_here(client, organiser, conference, press, apply, olga):
    now = timezone.now()
    other = Conference.objects.create(
        slug="other", acronym="O", name="Other", opens_at=now, closes_at=now + timezone.timedelta(hours=1)
    )
    foreign = Category.objects.create(conference=other, capacity="press", name="Their press")
    field = Field.objects.create(category=foreign, kind="text", label="Outlet")
    theirs = apply(foreign, "Ana")
    for name, number in [
        ("application", theirs.pk),
        ("change_application", theirs.pk),
        ("change_category", foreign.pk),
        ("category_form", foreign.pk),
        ("change_field", field.pk),
    ]:
        assert organiser.get(at(name, number)).status_code == 404, name
    for name, number in [
        ("move", theirs.pk),
        ("remove_category", foreign.pk),
        ("move_category", foreign.pk),
        ("remove_field", field.pk),
        ("move_field", field.pk),
    ]:
        assert organiser.post(at(name, number), {"to": "withdrawn"}).status_code == 404, name
    assert stood(theirs) == Status.SUBMITTED
    organiser.post(at("move_several"), {"ticked": [theirs.pk], "to": "approved"})
    assert stood(theirs) == Status.SUBMITTED


def test_the_page_follows_what_its_person_may_follow(secretary, sefa, eve, conference):
    topic = SECRETARIAT.name(conference_id=conference.pk)
    assert secretary.get(at("applications")).context["topic"] == topic
    assert may_follow(topic, sefa)
    assert not may_follow(topic, eve)


# Numbers


def test_the_overview_counts_each_category_status_and_place(secretary, conference, public, press, quota, apply):
    quota(conference, 3)
    quota(conference, 2, category=public)
    for name in ("Ana", "Bo", "Cleo"):
        apply(public, name)
    apply(press, "Dan", attendance=Attendance.ONLINE)
    response = secretary.get(at("desk"))
    page = Page(response)
    assert "1 application waits for a decision." in page.text
    assert "2 of 3" in page.text
    assert "2 of 2 full" in page.text
    assert f"{at('applications')}?category={public.pk}&status=waiting" in page.links
    assert {value: count for value, _label, count in response.context["totals"] if count} == {
        "approved": 2, "waiting": 1, "submitted": 1,
    }  # fmt: skip


def test_a_conference_without_categories_says_what_to_do(client, organiser, secretary, conference, olga):
    client.force_login(olga)
    assert at("organise_categories") in Page(client.get(at("desk"))).links


def test_the_pages_ask_as_often_for_many_as_for_few(
    client, secretary, public, fiji, apply, olga, django_assert_max_num_queries
):
    apply(public, "Ana")
    for number in range(12):
        Category.objects.create(conference=public.conference, capacity="press", name=f"Press {number}")
        apply(public, f"Bo{number}", delegation_id=fiji.pk, by=olga)
    for name, most in (("desk", 12), ("places", 12), ("applications", 16)):
        with django_assert_max_num_queries(most):
            assert secretary.get(at(name)).status_code == 200


# The list


@pytest.fixture
def crowd(public, press, fiji, apply, olga):
    apply(public, "Ana", email="ana@suva.example.org")
    apply(public, "Bo", attendance=Attendance.ONLINE)
    apply(press, "Cleo")
    apply(public, "Dewi", by=olga, delegation_id=fiji.pk)


def shown(response):
    return sorted(application.name for application in response.context["applications"])


@pytest.mark.parametrize(
    ("asked_for", "found"),
    [
        ({}, ["Ana", "Bo", "Cleo", "Dewi"]),
        ({"status": "submitted"}, ["Cleo"]),
        ({"attendance": "online"}, ["Bo"]),
        ({"category": "press"}, ["Cleo"]),
        ({"delegation": "fiji"}, ["Dewi"]),
        ({"words": "AN"}, ["Ana"]),
        ({"words": "suva ana"}, ["Ana"]),
        ({"words": "suva bo"}, []),
        ({"words": "\x00"}, ["Ana", "Bo", "Cleo", "Dewi"]),
        ({"words": "%"}, []),
        ({"status": "approved", "attendance": "in_room"}, ["Ana", "Dewi"]),
        ({"status": "king", "category": "x", "delegation": "999999", "page": "-3"}, ["Ana", "Bo", "Cleo", "Dewi"]),
    ],
)
def test_the_list_is_narrowed_down(secretary, crowd, press, fiji, asked_for, found):
    numbers = {"press": press.pk, "fiji": fiji.pk}
    query = {name: numbers.get(value, value) for name, value in asked_for.items()}
    response = secretary.get(at("applications"), query)
    assert shown(response) == found
    assert response.context["applications"].paginator.count == len(found)


def test_the_list_comes_fifty_a_page_and_keeps_its_filter(secretary, public, press, apply):
    Application.objects.bulk_create(
        Application(conference=public.conference, category=public, name=f"P{number}", submit_key=uuid4())
        for number in range(120)
    )
    first = secretary.get(at("applications"), {"status": "draft"})
    assert len(first.context["applications"]) == 50
    assert "?status=draft&page=2" in Page(first).links
    last = secretary.get(at("applications"), {"status": "draft", "page": 3})
    assert len(last.context["applications"]) == 20
    assert {"status=draft"} == {last.context["query"]}


def test_several_are_moved_each_by_itself_and_the_page_says_how_each_went(secretary, press, apply, mailoutbox):
    ana, bo, cleo = (apply(press, name) for name in ("Ana", "Bo", "Cleo"))
    Application.objects.filter(pk=bo.pk).update(status=Status.WITHDRAWN)
    mailoutbox.clear()
    response = secretary.post(
        f"{at('move_several')}?status=submitted", {"ticked": [ana.pk, bo.pk, cleo.pk], "to": "approved"}
    )
    assert [stood(one) for one in (ana, bo, cleo)] == ["approved", "withdrawn", "approved"]
    page = Page(response)
    assert page.text.count("Somebody was quicker") == 1
    assert f"{at('applications')}?status=submitted" in page.links
    assert sorted(mail.to[0] for mail in mailoutbox) == ["ana@example.org", "cleo@example.org"]


def test_several_are_not_declined_without_saying_why(secretary, press, apply):
    ana, bo = apply(press, "Ana"), apply(press, "Bo")
    response = secretary.post(f"{at('move_several')}?words=ana", {"ticked": [ana.pk], "to": "rejected"})
    assert response.status_code == 422
    page = Page(response)
    assert "Say why: it is told with the decision." in page.text
    assert page.described["reason"]
    # What was ticked and what the list was narrowed to are still there.
    assert (page.checked, shown(response)) == ([str(ana.pk)], ["Ana"])
    assert stood(ana) == stood(bo) == Status.SUBMITTED


@pytest.mark.parametrize("to", ["withdrawn", "submitted", "waiting", "king", ""])
def test_several_cannot_be_moved_anywhere_else(secretary, press, apply, to):
    ana = apply(press, "Ana")
    assert secretary.post(at("move_several"), {"ticked": [ana.pk], "to": to}).status_code == 404
    assert stood(ana) == Status.SUBMITTED


def test_nothing_ticked_is_said(secretary, press, apply):
    apply(press, "Ana")
    response = secretary.post(at("move_several"), {"to": "approved", "ticked": ["", "x", "9" * 30]})
    assert response.status_code == 422
    assert "Tick the applications first." in Page(response).text


@pytest.fixture
def waiting(conference, public, press, quota, apply):
    """One place in the room, and who waits for it in the order they came."""
    quota(conference, 1)
    apply(public, "Ana")
    return [apply(public, name) for name in ("Wei", "Xia")] + [apply(press, "Zoe")]


def test_before_somebody_is_approved_the_page_says_that_the_room_is_full(secretary, waiting, conference, public, apply):
    zoe = waiting[-1]
    page = Page(secretary.get(at("application", zoe.pk)))
    assert "The room is full (1 of 1): approving puts them on the waiting list." in page.text
    told = Page(secretary.post(at("move", zoe.pk), {"to": "approved"}, follow=True))
    assert "Zoe: on the waiting list. The room is full (1 of 1)." in told.text
    assert "number 3 in line" in told.text
    # Approving again would change nothing, so it is not offered.
    assert "approved" not in {value for value, _verb in secretary.get(at("application", zoe.pk)).context["moves"]}
    online = apply(public, "Rae", attendance=Attendance.ONLINE)
    assert "full" not in Page(secretary.get(at("application", online.pk))).text


def test_the_waiting_list_is_shown_in_its_order_with_places_in_line(secretary, waiting):
    wei, xia, _zoe = waiting
    listed = secretary.get(at("applications"), {"status": "waiting"})
    assert shown(listed) == ["Wei", "Xia"]
    assert re.findall(r"number \d in line", Page(listed).text) == ["number 1 in line", "number 2 in line"]
    secretary.post(at("move", wei.pk), {"to": "rejected", "reason": "No."})
    assert "number 1 in line" in Page(secretary.get(at("application", xia.pk))).text


def test_an_applicant_reads_their_place_in_line(client, waiting, conference):
    client.force_login(waiting[1].user)
    assert "You are number 2 in line." in client.get(reverse("registration:mine", args=["icdd"])).content.decode()


def test_how_it_went_says_why_somebody_waits(secretary, waiting):
    went = Page(secretary.post(at("move_several"), {"ticked": [waiting[-1].pk], "to": "approved"}))
    assert "The room is full (1 of 1)." in went.text
    assert "number 3 in line" in went.text


def test_after_places_were_added_the_page_says_how_many_moved_up(secretary, waiting):
    saved = Page(secretary.post(at("places"), {"conference_in_room": "2"}, follow=True))
    assert "The places are saved. 1 person moved up from the waiting list." in saved.text


def test_somebody_is_admitted_beyond_the_limit_with_a_reason(secretary, waiting, conference):
    xia = waiting[1]
    missing = secretary.post(at("admit_beyond", xia.pk), {"reason": ""})
    assert missing.status_code == 422
    assert Page(missing).described["reason"]
    told = Page(secretary.post(at("admit_beyond", xia.pk), {"reason": "The host insists."}, follow=True))
    assert "Xia: approved." in told.text
    assert stood(waiting[0]) == Status.WAITING
    assert Quota.objects.get(category=None, delegation=None, attendance="in_room").size == 2


def test_approving_and_declining_are_never_neighbours_and_in_one_order(secretary, press, apply):
    ana = apply(press, "Ana")
    for status in (Status.DRAFT, Status.SUBMITTED, Status.ON_HOLD, Status.WAITING):
        Application.objects.filter(pk=ana.pk).update(status=status, waiting_since=timezone.now())
        offered = [value for value, _verb in secretary.get(at("application", ana.pk)).context["moves"]]
        assert offered == sorted(offered, key=["approved", "submitted", "on_hold", "rejected"].index)
        assert "rejected" not in offered or offered.index("rejected") > 1
    listed = secretary.get(at("applications"))
    assert [value for value, _verb in listed.context["verbs"]] == ["approved", "on_hold", "rejected"]


def test_a_row_of_the_list_says_who_somebody_is(secretary, press, apply):
    ana = apply(press, "Ana")
    Application.objects.filter(pk=ana.pk).update(
        honorific="H.E. Ms", function="Minister for Foreign Affairs", rank=Rank.MINISTER
    )
    listed = Page(secretary.get(at("applications"))).text
    assert "H.E. Ms Ana Minister for Foreign Affairs" in " ".join(listed.split())
    assert str(Rank.MINISTER.label) in listed


def test_withdrawing_for_the_applicant_is_asked_about_also_without_scripts(secretary, press, apply):
    ana = apply(press, "Ana")
    sure = at("withdraw_application", ana.pk)
    assert sure in Page(secretary.get(at("application", ana.pk))).links
    assert secretary.post(at("move", ana.pk), {"to": "withdrawn"}).url == sure
    asked = Page(secretary.get(sure))
    assert "A withdrawn application cannot be taken up again" in asked.text
    assert stood(ana) == Status.SUBMITTED
    assert "Ana: withdrawn." in Page(secretary.post(sure, follow=True)).text
    assert stood(ana) == Status.WITHDRAWN


def test_what_just_happened_is_a_list_within_a_status(secretary, press, apply):
    ana = apply(press, "Ana")
    told = secretary.post(at("move", ana.pk), {"to": "approved"}, follow=True).content.decode()
    assert re.search(r'<div role="status"><ul class="messages"><li class="message"', re.sub(r">\s+<", "><", told))


def test_what_a_category_takes_people_in_as_is_chosen_and_the_secretariat_decides_unless_told(organiser, conference):
    form = organiser.get(at("organise_categories")).context["form"]
    assert form["capacity"].value() is None
    assert form.fields["capacity"].choices[0][0] == ""
    assert form["needs_approval"].value() is True
    wrong = organiser.post(at("organise_categories"), {"name_en": "Guests", "capacity": ""})
    assert list(wrong.context["form"].errors) == ["capacity"]


# One application


def test_the_page_of_an_application_says_all_that_is_known(secretary, press, apply, sefa):
    meal = Field.objects.create(
        category=press,
        kind=FieldKind.CHOICE,
        label="Meal",
        choices=[{"key": "fish", "words": {"en": "Grilled fish"}}, {"key": "rice", "words": {"en": "Rice"}}],
    )
    country = Field.objects.create(category=press, kind=FieldKind.COUNTRY, label="Nationality", position=1)
    made = apply(press, "Ana", answers=[Given(meal.pk, "fish"), Given(country.pk, "FJ")])
    secretary.post(at("move", made.pk), {"to": "on_hold", "reason": "Which outlet do you write for?"})
    page = Page(secretary.get(at("application", made.pk)))
    for words in ("Ana", "Press", "Meal Grilled fish", "Nationality Fiji", "on hold", "Which outlet do you write for?"):
        assert words in page.text
    assert "Sefa" in page.text


def test_the_page_says_who_answers_for_an_address(secretary, press, delegates, fiji, fia, apply, sefa):
    def said(application) -> str:
        return Page(secretary.get(at("application", application.pk))).text

    stranger = apply(press, "Ana")
    assert "ana@example.org not confirmed yet" in said(stranger)
    listed = apply(press, "Bo", by=sefa)
    assert "bo@example.org from a list, not confirmed" in said(listed)
    named = apply(delegates, "Cleo", by=fia, delegation_id=fiji.pk)
    assert "cleo@example.org given by a focal point, not confirmed" in said(named)
    for one in (stranger, listed, named):
        EmailAddress.objects.create(user=one.user, email=one.email, verified=True, primary=True)
        confirm_applications(of=one.user)
        assert f"{one.email} confirmed" in said(one)


@pytest.mark.parametrize("status", Status)
def test_the_buttons_are_the_moves_that_there_are(secretary, press, apply, status):
    from registration.rules import moves_of  # noqa: PLC0415

    made = apply(press, "Ana")
    Application.objects.filter(pk=made.pk).update(
        status=status, waiting_since=timezone.now() if status == Status.WAITING else None
    )
    response = secretary.get(at("application", made.pk))
    offered = {value for value, _verb in response.context["moves"]}
    if response.context["may_withdraw"]:
        offered.add(Status.WITHDRAWN)
    assert offered == set(moves_of(response.context["user"], Application.objects.get(pk=made.pk)))


def test_a_decline_without_a_reason_comes_back_beside_the_reason(secretary, press, apply):
    made = apply(press, "Ana")
    response = secretary.post(at("move", made.pk), {"to": "rejected", "reason": " "})
    assert response.status_code == 422
    page = Page(response)
    assert page.described["reason"]
    assert stood(made) == Status.SUBMITTED


def test_a_move_that_somebody_else_made_impossible_is_said_and_keeps_what_was_typed(secretary, press, apply):
    made = apply(press, "Ana")
    Application.objects.filter(pk=made.pk).update(status=Status.WITHDRAWN)
    response = secretary.post(at("move", made.pk), {"to": "rejected", "reason": "Too late."})
    assert response.status_code == 422
    assert "Somebody was quicker" in Page(response).text


def test_the_facts_are_changed_by_the_secretariat(secretary, public, quota, conference, apply):
    quota(conference, 0, attendance=Attendance.ONLINE)
    made = apply(public, "Ana")
    page = Page(secretary.get(at("change_application", made.pk)))
    typed = {"name": "Ana Vula", "function": "Editor", "rank": "99", "language": "", "attendance": "in_room"}
    assert page.inputs["name"] == "Ana"
    full = secretary.post(at("change_application", made.pk), {**typed, "attendance": "online"})
    assert full.status_code == 422
    assert "No place is free there." in Page(full).text
    hidden = secretary.post(at("change_application", made.pk), {**typed, "name": "Ana\u202eVula"})
    assert hidden.status_code == 422
    assert secretary.post(at("change_application", made.pk), typed).status_code == 302
    made.refresh_from_db()
    assert (made.name, made.function, made.email) == ("Ana Vula", "Editor", "ana@example.org")


def test_the_answers_are_changed_by_the_secretariat_and_no_consent_is_given_for_anybody(secretary, public, apply):
    diet = Field.objects.create(category=public, kind=FieldKind.TEXT, label="Diet", is_required=True)
    agrees = Field.objects.create(category=public, kind=FieldKind.CONSENT, label="The rules", position=1)
    gone = Field.objects.create(category=public, kind=FieldKind.TEXT, label="Hobby", position=2)
    made = apply(public, "Ana", answers=[Given(diet.pk, "fish"), Given(agrees.pk, YES), Given(gone.pk, "chess")])
    Field.objects.filter(pk=gone.pk).update(retired_at=timezone.now())
    address = at("change_application", made.pk)
    page = secretary.get(address).content.decode()
    assert 'value="fish"' in page
    assert f"field_{agrees.pk}" not in page
    typed = {"name": "Ana", "rank": 99, "attendance": "in_room"}
    assert secretary.post(address, {**typed, f"field_{diet.pk}": ""}).status_code == 422
    assert secretary.post(address, {**typed, f"field_{diet.pk}": "none"}).status_code == 302
    said = dict(made.answers.values_list("field", "words"))
    assert said == {diet.pk: "none", agrees.pk: YES, gone.pk: "chess"}
    Answer.objects.filter(field=agrees).delete()
    assert secretary.post(address, {**typed, f"field_{diet.pk}": "fish", f"field_{agrees.pk}": YES}).status_code == 302
    assert not made.answers.filter(field=agrees).exists()


def test_a_withdrawn_application_is_changed_by_nobody(secretary, press, apply):
    made = apply(press, "Ana")
    Application.objects.update(status=Status.WITHDRAWN)
    assert at("change_application", made.pk) not in Page(secretary.get(at("application", made.pk))).links
    typed = {"name": "Eve", "rank": "99", "attendance": "in_room"}
    assert secretary.post(at("change_application", made.pk), typed).status_code == 422
    assert Application.objects.get().name == "Ana"


# Papers


@pytest.fixture
def passport(press, apply, tmp_path, settings):
    settings.MEDIA_ROOT = tmp_path
    field = Field.objects.create(category=press, kind=FieldKind.FILE, label="Passport", is_sensitive=True)
    made = apply(press, "Ana")
    upload = Upload(purpose="registration", name="ana.pdf", size=4, sha256="0" * 64, content_type="application/pdf")
    upload.file.save("ana.pdf", ContentFile(b"%PDF"), save=False)
    upload.save()
    return Answer.objects.create(application=made, field=field, upload=upload)


def test_a_passport_is_opened_by_a_button_that_notes_who_looks(secretary, passport, sefa):
    page = secretary.get(at("application", passport.application_id))
    opening = at("open_paper", passport.application_id, passport.pk)
    download = reverse("files:download", args=[passport.upload_id])
    assert opening in page.content.decode()
    assert download not in page.content.decode()
    assert secretary.get(opening).status_code == 405
    assert not Look.objects.exists()
    # Without the button the file is not there for the secretariat either.
    assert secretary.get(download).status_code == 404
    assert secretary.post(opening)["Location"] == download
    opened = secretary.get(download)
    assert (opened.status_code, opened["Content-Type"]) == (200, "application/pdf")
    assert [(look.by, look.answer) for look in Look.objects.all()] == [(sefa, passport)]
    assert "Opened 1 time so far." in Page(secretary.get(at("application", passport.application_id))).text


def test_a_passport_is_not_opened_by_strangers_or_at_a_wrong_address(client, secretary, press, passport, apply, eve):
    other = apply(press, "Bo")
    assert secretary.post(at("open_paper", other.pk, passport.pk)).status_code == 404
    client.force_login(eve)
    assert client.post(at("open_paper", passport.application_id, passport.pk)).status_code == 403
    assert not Look.objects.exists()


def test_a_passport_that_came_by_a_merge_is_opened_through_the_application_that_is_kept(
    client, secretary, press, passport, apply, sefa
):
    kept = apply(press, "Anna", email="anna@example.org")
    pair = Likeness.objects.create(first=passport.application, second=kept, why="name")
    download = reverse("files:download", args=[passport.upload_id])
    merge_applications(pair.pk, keep=kept.pk, by=sefa)
    assert secretary.head(download).status_code == 404
    assert secretary.post(at("open_paper", kept.pk, kept.answers.get().pk))["Location"] == download
    assert secretary.head(download).status_code == 200
    assert [(look.by, look.answer) for look in Look.objects.all()] == [(sefa, kept.answers.get())]
    for owner in (kept.user, passport.application.user):
        client.force_login(owner)
        assert client.head(download).status_code == 200


# Places


def test_places_are_set_beside_how_many_are_taken(secretary, conference, public, fiji, apply):
    apply(public, "Ana")
    page = Page(secretary.get(at("places")))
    names = {name for name in page.inputs if name.startswith(("conference_", "category_", "delegation_"))}
    assert names == {
        "conference_in_room", "conference_online", f"category_{public.pk}_in_room", f"category_{public.pk}_online",
        f"delegation_{fiji.pk}_in_room", f"delegation_{fiji.pk}_online",
    }  # fmt: skip
    assert "1 taken" in page.text
    full = secretary.post(at("places"), {"conference_in_room": "10", f"category_{public.pk}_in_room": "0"})
    assert full.status_code == 422
    shown_again = Page(full)
    assert "1 places are taken already." in shown_again.text
    assert {name for name, wrong in shown_again.described.items() if wrong} == {f"category_{public.pk}_in_room"}
    assert shown_again.inputs["conference_in_room"] == "10"
    assert not Quota.objects.filter(size__isnull=False).exists()
    for wrong in ("-1", "many", "1.5", "9" * 12):
        assert secretary.post(at("places"), {"conference_in_room": wrong}).status_code == 422
    done = secretary.post(at("places"), {"conference_in_room": "10", f"delegation_{fiji.pk}_online": "2"})
    assert done.status_code == 302
    sizes = {(q.delegation_id, q.attendance): q.size for q in Quota.objects.filter(size__isnull=False)}
    assert sizes == {(None, "in_room"): 10, (fiji.pk, "online"): 2}


# The builder


FIELDS = {
    FieldKind.TEXT: {},
    FieldKind.LONG_TEXT: {"help_en": "In your own words."},
    FieldKind.CHOICE: {"choices_en": "Vegetarian\nFish", "choices_ar": "نباتي\nسمك"},
    FieldKind.COUNTRY: {},
    FieldKind.DATE: {"is_required": "on"},
    FieldKind.FILE: {"is_sensitive": "on", "why_en": "For the visa."},
    FieldKind.PHOTO: {},
    FieldKind.CONSENT: {"is_required": "on", "help_en": "You can take this back at any time."},
}
assert set(FIELDS) == set(FieldKind)


@pytest.mark.parametrize("kind", FieldKind)
def test_a_field_of_each_kind_is_made_shown_again_and_saved_as_it_was(organiser, press, kind):
    typed = {"label_en": "Question", "label_id": "Pertanyaan", "kept_for_days": "30", **FIELDS[kind]}
    asking = at("add_field", press.pk, kind)
    assert organiser.get(asking).status_code == 200
    assert organiser.post(asking, typed)["Location"] == at("category_form", press.pk)
    (field,) = asked(press)
    before = Field.objects.filter(pk=field.pk).values().get()
    assert (field.kind, field.kept_for_days, field.is_required) == (kind, 30, "is_required" in typed)
    shown_again = organiser.get(at("change_field", field.pk)).context["form"]
    again = {bound.html_name: bound.value() for bound in shown_again}
    saved = {name: value for name, value in again.items() if value not in (None, False)}
    assert {name: value for name, value in typed.items() if value != "on"}.items() <= {
        name: str(value) for name, value in saved.items()
    }.items()
    assert organiser.post(at("change_field", field.pk), saved).status_code == 302
    assert Field.objects.filter(pk=field.pk).values().get() == before
    assert "Question" in Page(organiser.get(at("category_form", press.pk))).text


def test_the_preview_shows_the_form_as_an_applicant_sees_it(organiser, client, press, olga):
    for kind in FieldKind:
        typed = {"label_en": f"Your {kind}", "kept_for_days": "30", **FIELDS[kind]}
        organiser.post(at("add_field", press.pk, kind), typed)
    preview = Page(organiser.get(at("preview_form", press.pk)))
    client.logout()
    real = Page(client.get(at("apply", press.pk)))
    keys = {"csrfmiddlewaretoken", "submit_key", "next", "language", "theme"}
    assert preview.inputs.keys() - keys == real.inputs.keys() - keys
    for kind in FieldKind:
        assert f"Your {kind}" in preview.text


def test_what_is_wrong_with_a_field_comes_back_beside_it_with_what_was_typed(organiser, press):
    typed = {"label_en": "Meal", "choices_en": "Fish", "kept_for_days": "90"}
    response = organiser.post(at("add_field", press.pk, "choice"), typed)
    assert response.status_code == 422
    page = Page(response)
    assert page.described["choices_en"]
    assert page.inputs["label_en"] == "Meal"
    assert organiser.get(at("add_field", press.pk, "essay")).status_code == 404


def test_fields_and_categories_are_ordered_and_removed_by_buttons(organiser, public, press):
    for label in ("A", "B"):
        organiser.post(at("add_field", press.pk, "text"), {"label_en": label, "kept_for_days": "90"})
    first, second = asked(press)
    organiser.post(at("move_field", second.pk), {"up": "yes"})
    assert asked(press) == [second, first]
    organiser.post(at("remove_field", first.pk))
    assert asked(press) == [second]
    organiser.post(at("move_category", press.pk), {"up": "yes"})
    assert list(press.conference.categories.order_by("position")) == [press, public]
    refused = organiser.post(at("remove_category", press.pk), follow=True)
    assert "People may be applying in it now." in Page(refused).text
    Category.objects.update(is_listed=False)
    organiser.post(at("remove_category", press.pk))
    assert list(press.conference.categories.all()) == [public]


def test_a_category_is_made_with_dates_on_the_conferences_clock(organiser, conference):
    typed = {
        "name_en": "Observers",
        "capacity": "observer",
        "needs_approval": "on",
        "is_listed": "on",
        "opens_at": "2027-01-05T09:00",
        "closes_at": "2027-02-05T18:00",
    }
    assert organiser.post(at("organise_categories"), typed).status_code == 302
    category = Category.objects.get()
    assert category.opens_at.isoformat() == "2027-01-05T01:00:00+00:00"
    form = organiser.get(at("change_category", category.pk)).context["form"]
    assert form["closes_at"].value().astimezone(conference.zone).isoformat() == "2027-02-05T18:00:00+08:00"
    wrong = organiser.post(at("change_category", category.pk), {**typed, "closes_at": "2027-01-01T09:00"})
    assert wrong.status_code == 422
    assert Page(wrong).described["closes_at"]


# Who works here


def test_a_post_is_given_and_taken_back(organiser, conference):
    typed = {"work": "door", "email": "tia@example.org", "name": "Tia"}
    assert organiser.post(at("posts"), typed).status_code == 302
    post = Post.objects.get()
    assert "tia@example.org" in Page(organiser.get(at("posts"))).text
    organiser.post(at("remove_post", post.pk))
    assert not Post.objects.exists()
    assert organiser.post(at("remove_post", post.pk)).status_code == 404
    assert organiser.post(at("posts"), {**typed, "email": "tia"}).status_code == 422


# The admin looks


def test_the_admin_shows_and_changes_nothing(client, press, apply):
    boss = User.objects.create_superuser("root@example.org", "a-long-word-for-the-door", name="Root")
    client.force_login(boss)
    made = apply(press, "Ana")
    assert client.get(f"/admin/registration/application/{made.pk}/change/").status_code == 200
    client.post(f"/admin/registration/application/{made.pk}/change/", {"name": "Eve", "status": "approved"})
    client.post(f"/admin/registration/application/{made.pk}/delete/", {"post": "yes"})
    made.refresh_from_db()
    assert (made.name, made.status) == ("Ana", Status.SUBMITTED)


# The way around


class Tabs(HTMLParser):
    """The rows of tabs of a page: for each the words of its links, and which is open."""

    def __init__(self, response):
        super().__init__()
        self.rows, self._at = [], None
        self.feed(response.content.decode())

    def handle_starttag(self, tag, attrs):
        given = dict(attrs)
        if tag == "nav" and "tabs" in given.get("class", "").split():
            self.rows.append([])
            self._at = "row"
        elif tag == "nav":
            self._at = None
        elif tag == "a" and self._at == "row":
            self.rows[-1].append([given["href"], "", "aria-current" in given])
            self._at = "link"

    def handle_endtag(self, tag):
        if tag == "nav":
            self._at = None
        elif tag == "a" and self._at == "link":
            self._at = "row"

    def handle_data(self, data):
        if self._at == "link":
            self.rows[-1][-1][1] += data


@pytest.mark.parametrize("who", ["organiser", "secretary"])
def test_the_desk_has_five_tabs_a_second_row_at_most_and_no_name_twice(request, conference, who):
    browser = request.getfixturevalue(who)
    groups = Tabs(browser.get(at("desk"))).rows[0]
    assert [words for _href, words, _open in groups] == [
        "Applications", "Nominations", "Lists and letters", "On site", "Set-up",
    ]  # fmt: skip
    for href, _words, _open in groups:
        answer = browser.get(href)
        assert answer.status_code == 200
        rows = Tabs(answer).rows
        names = [words for row in rows for _href, words, _open in row]
        assert len(rows) == 2
        assert len(names) == len(set(names))
        # Where the reader is stands out in both rows, and each page is there for whoever sees its tab.
        assert all(sum(is_open for _href, _words, is_open in row) == 1 for row in rows)
        assert {browser.get(inner).status_code for inner, _words, _open in rows[1]} == {200}


@pytest.mark.parametrize(("work", "page"), [(Work.DOOR, "gates"), (Work.HELP_DESK, "help_desk")])
def test_who_keeps_a_desk_finds_it_from_every_page_and_no_closed_one(client, conference, work, page):
    person = User.objects.create_user("dita@example.org", name="Dita")
    Post.objects.create(conference=conference, user=person, work=work)
    client.force_login(person)
    assert at(page) in Page(client.get("/c/icdd/")).links
    desk = client.get(at(page))
    assert desk.status_code == 200
    assert at("desk") not in Page(desk).links


def test_organising_leads_to_registration(organiser, conference):
    overview = Page(organiser.get("/c/icdd/organise/"))
    assert at("desk") in overview.links
    assert "Nobody can apply before there is a category." in overview.text
