"""People come as a list: tried first, then imported once, with what is wrong coming back to be corrected."""

import csv
import io
from datetime import timedelta
from uuid import UUID

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext
from i18nfield.strings import LazyI18nString

from accounts.models import User
from conferences.models import Membership, Rank, Role
from jobs import actions as jobs
from jobs.models import Job, State
from outbox.errors import Invalid, NotThere, WrongMove
from registration import import_actions
from registration.actions import move_application
from registration.columns import fold, guess_columns
from registration.import_actions import discard_import, start_import, table_of, take_in_list, try_import, wrong_rows
from registration.live import SECRETARIAT
from registration.models import (
    Application,
    Attendance,
    Category,
    Field,
    FieldKind,
    FocalPoint,
    Import,
    Phases,
    Post,
    Quota,
    Status,
    Work,
)
from registration.problems import in_words

pytestmark = pytest.mark.django_db

HEADINGS = "Name,E-mail,Country,Passport number,Meal,Rank"


@pytest.fixture(autouse=True)
def media_root(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "files"


@pytest.fixture
def passport(delegates):
    return Field.objects.create(
        category=delegates, kind=FieldKind.TEXT, label={"en": "Passport number"}, is_required=True
    )


@pytest.fixture
def meal(delegates):
    choices = [
        {"key": "vegetarian", "words": {"en": "Vegetarian", "fr": "Végétarien"}},
        {"key": "any", "words": {"en": "Anything"}},
    ]
    return Field.objects.create(category=delegates, kind=FieldKind.CHOICE, label="Meal", choices=choices, position=1)


@pytest.fixture
def take_in(conference, delegates, passport, meal, fiji, finland, olga):
    """`take_in("Ana,ana@example.org,Fiji,A1,,")` is a list of delegates as it was handed in."""

    def taken(*rows, headings=HEADINGS, name="list.csv", category=delegates, **how):
        file = SimpleUploadedFile(name, "\n".join([headings, *rows]).encode())
        return take_in_list(
            conference.pk,
            **{"category_id": category.pk, "attendance": Attendance.IN_ROOM, "file": file, "by": olga, **how},
        )

    return taken


@pytest.fixture
def work(olga):
    """Lets the worker do it: `work(start_import, imported)`."""

    def done(verb, imported, by=olga, **how):
        job = verb(imported.pk, by=by, **how)
        jobs.carry_out(jobs.claim(job.pk))
        job.refresh_from_db()
        assert job.state == State.DONE, job.error
        imported.refresh_from_db()
        return job

    return done


def tried(imported, work):
    work(try_import, imported, columns=imported.columns)
    return [(problem["row"], problem["column"]) for problem in imported.problems]


def test_the_columns_are_guessed_from_what_stands_above_them(take_in, passport, meal):
    imported = take_in("Ana,,,,,")
    assert imported.columns == {
        "name": 0, "email": 1, "delegation": 2, f"field_{passport.pk}": 3, f"field_{meal.pk}": 4, "rank": 5,
    }  # fmt: skip
    assert imported.passport == passport


@pytest.mark.parametrize(
    "headings",
    [
        ["Full name", "E-Mail *", "Delegation"],
        ["Nom complet", "Courriel", "Pays"],
        ["NOMBRE COMPLETO", "Correo electrónico", "País"],
        ["Nama Lengkap", "Alamat surel", "Negara"],
        ["الاسم الكامل", "البريد الإلكتروني", "الدولة"],
        ["ФИО", "Электронная почта", "Страна"],
        ["姓名", "邮箱", "国家"],
        ["Name (as in the passport)", "Email address", "Member State"],
    ],
)
def test_headings_are_known_in_the_languages_of_lists(delegates, headings):
    assert guess_columns(headings, delegates) == {"name": 0, "email": 1, "delegation": 2}


def test_a_good_list_becomes_applications_that_say_what_it_says(
    take_in, work, fiji, finland, passport, meal, mailoutbox
):
    imported = take_in(
        "H.E. ỌLÁ  de la Cruz,OLA@example.org,the Republic of Fiji,X 1,végétarien,minister",
        "李 小龙,,FIN,X2,,",
    )
    fiji.name = LazyI18nString({"en": "Republic of Fiji"})
    fiji.save()
    assert tried(imported, work) == []
    assert Application.objects.count() == 0
    work(start_import, imported)
    ola, li = Application.objects.order_by("pk")
    assert (ola.name, ola.email, ola.delegation, ola.rank) == (
        "H.E. ỌLÁ  de la Cruz", "ola@example.org", fiji, Rank.MINISTER,
    )  # fmt: skip
    assert dict(ola.answers.values_list("field", "words")) == {passport.pk: "X 1", meal.pk: "vegetarian"}
    assert (li.name, li.user, li.delegation) == ("李 小龙", None, finland)
    assert ola.status == li.status == Status.APPROVED
    assert Membership.objects.get(user=ola.user).role == Role.DELEGATE
    assert (imported.done_count, imported.failed_count) == (2, 0)
    assert mailoutbox == []


def test_the_dry_run_tells_all_that_is_wrong_with_each_row_and_makes_nothing(take_in, work, passport, meal):
    imported = take_in(
        "Ana,ana@example.org,Fiji,A1,,",
        ",not an address,Atlantis,,Fish,emperor",
        f"{'x' * 10_000},b@example.org,Fiji,B1,,",
        "Turned \u202eeman,c@example.org,Fiji,C1,,",
        "=1+1,d@example.org,Fiji,D1,,",
        "Again,ANA@example.org,Fiji,E1,,",
    )
    passports, meals = f"field_{passport.pk}", f"field_{meal.pk}"
    assert sorted(tried(imported, work)) == sorted(
        [
            *((3, column) for column in ("name", "email", "delegation", "rank", passports, meals)),
            (4, "name"),
            (5, "name"),
            (6, "name"),
            (7, "email"),
        ]
    )
    assert (imported.row_count, imported.failed_count) == (6, 5)
    assert not Application.objects.exists()
    assert not User.objects.filter(email__contains="ana").exists()
    words = {problem["column"]: problem["words"] for problem in imported.problems if problem["row"] == 3}
    assert words["delegation"] == "No delegation of this conference is called so."
    assert [in_words(problem) for problem in imported.problems if problem["row"] == 7] == [
        "Row 2 has the same address."
    ]


def test_wrong_rows_lose_none_of_the_others(take_in, work, followed, conference):
    imported = take_in(
        "Ana,ana@example.org,Fiji,A1,,", "Bo,nonsense,Fiji,B1,,", "Cleo,,Atlantis,C1,,", "Dan,,Fiji,D1,,"
    )
    tried(imported, work)
    with followed(SECRETARIAT.name(conference_id=conference.pk)) as events:
        work(start_import, imported)
    assert [event.name for event in events] == ["application.approved"] * 2
    assert sorted(Application.objects.values_list("name", flat=True)) == ["Ana", "Dan"]
    assert [(problem["row"], problem["column"]) for problem in imported.problems] == [(3, "email"), (4, "delegation")]
    assert (imported.done_count, imported.failed_count) == (2, 2)


def test_a_job_that_is_repeated_makes_nobody_twice(take_in, work, monkeypatch):
    monkeypatch.setattr(import_actions, "CHUNK", 2)
    imported = take_in(
        *(f"Person {number},p{number}@example.org,Fiji,A{number},," for number in range(5)), "No,x,Fiji,,,"
    )
    tried(imported, work)

    class KilledError(Exception):
        pass

    def dies(done, total):
        if done >= 2:
            raise KilledError

    with pytest.raises(KilledError):
        import_actions.import_rows({"import": imported.pk}, dies)
    assert Application.objects.count() == 2
    seen = []
    for _again in range(2):
        result = import_actions.import_rows({"import": imported.pk}, lambda done, total: seen.append((done, total)))
        assert result == {"rows": 6, "wrong": 1}
    assert seen == [(0, 6), (2, 6), (4, 6), (6, 6)] * 2
    assert Application.objects.count() == Membership.objects.filter(role=Role.DELEGATE).count() == 5


def test_whoever_withdrew_after_an_import_is_not_brought_back_by_it(take_in, work, olga):
    imported = take_in("Ana,ana@example.org,Fiji,A1,,")
    tried(imported, work)
    work(start_import, imported)
    move_application(Application.objects.get().pk, to=Status.WITHDRAWN, by=olga)
    import_actions.import_rows({"import": imported.pk}, lambda done, total: None)
    assert [application.status for application in Application.objects.all()] == [Status.WITHDRAWN]


def test_an_import_counts_places_as_everybody_does(take_in, work, quota, conference):
    quota(conference, 2)
    imported = take_in(*(f"Person {number},,Fiji,A{number},," for number in range(4)))
    tried(imported, work)
    work(start_import, imported)
    assert (
        list(Application.objects.order_by("pk").values_list("status", flat=True)) == ["approved"] * 2 + ["waiting"] * 2
    )
    assert Quota.objects.get(attendance=Attendance.IN_ROOM, category=None, delegation=None).used_count == 2


def test_somebody_who_takes_part_already_is_told_by_the_address(take_in, work):
    first = take_in("Ana,ana@example.org,Fiji,A1,,")
    tried(first, work)
    work(start_import, first)
    assert tried(take_in("Anna,Ana@Example.org,Fiji,A2,,"), work) == [(2, "email")]


def test_the_wrong_rows_come_back_as_a_file_and_import_once_they_are_right(take_in, work, client, olga, conference):
    imported = take_in("Ana,ana@example.org,Fiji,A1,,", "Bo,bo at example,Fiji,+62 1,,", "Cleo,,Nowhere,C1,,")
    tried(imported, work)
    work(start_import, imported)
    client.force_login(olga)
    answer = client.get(reverse("registration:import_errors", args=["icdd", imported.pk]))
    assert answer["Content-Disposition"] == 'attachment; filename="list-to correct.csv"'
    rows = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert rows[0] == [*HEADINGS.split(","), "What is wrong"]
    assert [row[:4] for row in rows[1:]] == [["Bo", "bo at example", "Fiji", "'+62 1"], ["Cleo", "", "Nowhere", "C1"]]
    assert all(row[-1] for row in rows[1:])
    corrected = answer.content.decode().replace("bo at example", "bo@example.org").replace("Nowhere", "Finland")
    again = take_in(headings="", file=SimpleUploadedFile("again.csv", corrected.encode()))
    assert tried(again, work) == []
    work(start_import, again)
    assert sorted(Application.objects.values_list("name", flat=True)) == ["Ana", "Bo", "Cleo"]
    assert Application.objects.get(name="Bo").answers.get().words == "+62 1"
    assert [row[-1] for row in wrong_rows(again, table_of(again))] == ["What is wrong"]


def test_what_is_wrong_is_read_in_the_language_of_whoever_reads_it(take_in, work, client, olga):
    olga.language = "ar"
    olga.save()
    rows = [
        "Ana,ana@example.org,Fiji,A1,,",
        "Bo,ana@example.org,Fiji,B1,,",
        f"Cleo,,Fiji,{'C' * 301},,",
        "Di,,Atlantis,D1,,",
    ]
    imported = take_in(*rows)
    tried(imported, work)
    client.force_login(olga)
    page = reverse("registration:import", args=["icdd", imported.pk])
    read = {}
    for language in ("en", "ar", "id"):
        client.cookies["django_language"] = language
        read[language] = [problem["words"] for problem in client.get(page).context["problems"]]
        with translation.override(language):
            assert read[language] == [
                gettext("Row %(number)d has the same address.") % {"number": 2},
                gettext("At most %(count)d characters.") % {"count": 300},
                gettext("No delegation of this conference is called so."),
            ]
        file = client.get(reverse("registration:import_errors", args=["icdd", imported.pk])).content.decode()
        assert all(words in file for words in read[language])
    assert len({tuple(words) for words in read.values()}) == 3


def test_what_is_wrong_names_the_person_and_what_stands_in_the_cell(take_in, work, client, olga):
    imported = take_in("Bo,bo at example,Fiji,B1,,")
    tried(imported, work)
    (problem,) = imported.problems
    assert (problem["name"], problem["value"]) == ("Bo", "bo at example")
    client.force_login(olga)
    page = client.get(reverse("registration:import", args=["icdd", imported.pk])).content.decode()
    assert "bo at example" in page


def test_rows_kept_in_words_before_are_still_read(take_in, client, olga):
    imported = take_in("Ana,,Fiji,A1,,")
    Import.objects.filter(pk=imported.pk).update(
        job=Job.objects.create(
            kind="try_import", arguments={"import": imported.pk}, state=State.DONE, beat_at=timezone.now()
        ),
        problems=[
            {"row": 2, "column": "name", "words": "At most 200 characters."},
            {"row": 2, "column": "email", "words": "البريد غير صالح 100%"},
        ],
    )
    client.force_login(olga)
    client.cookies["django_language"] = "id"
    shown = client.get(reverse("registration:import", args=["icdd", imported.pk])).context["problems"]
    with translation.override("id"):
        assert [one["words"] for one in shown] == [
            gettext("At most %(count)d characters.") % {"count": 200},
            "البريد غير صالح 100%",
        ]


def test_the_page_says_in_its_language_what_a_list_may_hold_and_presets_no_category(client, olga, delegates, press):
    client.force_login(olga)
    client.cookies["django_language"] = "id"
    form = client.get(reverse("registration:imports", args=["icdd"])).context["form"]
    assert form.fields["category"].choices[0] == ("", "—")
    assert form["category"].value() is None
    typed = {"category": "", "attendance": "in_room", "file": SimpleUploadedFile("list.csv", b"Name\nAna\n")}
    answer = client.post(reverse("registration:imports", args=["icdd"]), typed)
    assert list(answer.context["form"].errors) == ["category"]


def test_only_the_secretariat_imports_and_reads_what_was_imported(take_in, conference, ben, eve, client):
    imported = take_in("Ana,,Fiji,A1,,")
    for person in (ben, eve):
        with pytest.raises(NotThere):
            take_in("Ana,,Fiji,A1,,", by=person)
        with pytest.raises(NotThere):
            try_import(imported.pk, columns=imported.columns, by=person)
        with pytest.raises(NotThere):
            start_import(imported.pk, by=person)
        client.force_login(person)
        assert client.get(f"/files/{imported.upload_id}/").status_code == 404
        assert client.get(reverse("registration:import", args=["icdd", imported.pk])).status_code == 403
    Post.objects.create(conference=conference, user=eve, work=Work.SECRETARIAT)
    assert client.get(reverse("registration:import", args=["icdd", imported.pk])).status_code == 200


def test_a_list_is_imported_once_and_only_after_it_was_tried(take_in, work, olga):
    imported = take_in("Ana,,Fiji,A1,,")
    with pytest.raises(WrongMove):
        start_import(imported.pk, by=olga)
    tried(imported, work)
    job = start_import(imported.pk, by=olga)
    assert start_import(imported.pk, by=olga) == job
    with pytest.raises(WrongMove):
        try_import(imported.pk, columns=imported.columns, by=olga)
    with pytest.raises(WrongMove):
        discard_import(imported.pk, by=olga)


def test_columns_must_name_a_name_and_mean_one_thing_each(take_in, olga):
    imported = take_in("Ana,,Fiji,A1,,")
    with pytest.raises(Invalid) as refused:
        try_import(imported.pk, columns={"email": 1, "function": 1}, by=olga)
    assert set(refused.value.fields) == {"name", "email", "function"}
    with pytest.raises(NotThere):
        try_import(imported.pk, columns={"name": 0, "field_0": 1}, by=olga)


def test_whoever_may_not_decide_any_more_imports_nothing(take_in, work, olga):
    imported = take_in("Ana,,Fiji,A1,,")
    tried(imported, work)
    job = start_import(imported.pk, by=olga)
    Membership.objects.filter(user=olga).delete()
    jobs.carry_out(jobs.claim(job.pk))
    job.refresh_from_db()
    assert (job.state, Application.objects.count()) == (State.FAILED, 0)


def test_an_import_that_failed_goes_on_where_it_stopped(take_in, work, olga):
    imported = take_in("Ana,,Fiji,A1,,", "Bo,,Fiji,B1,,")
    tried(imported, work)
    job = start_import(imported.pk, by=olga)
    Job.objects.filter(pk=job.pk).update(state=State.FAILED, error="The disk is full.")
    work(start_import, imported)
    assert sorted(Application.objects.values_list("name", flat=True)) == ["Ana", "Bo"]
    assert start_import(imported.pk, by=olga).state == State.DONE


def test_nobody_agrees_by_a_column_of_a_list(take_in, work, delegates):
    consent = Field.objects.create(category=delegates, kind=FieldKind.CONSENT, label="The rules", position=5)
    imported = take_in("Ana,Fiji,A1,yes", headings="Name,Country,Passport number,The rules")
    assert f"field_{consent.pk}" not in imported.columns
    assert tried(imported, work) == []
    work(start_import, imported)
    assert not Application.objects.get().answers.filter(field=consent).exists()


def test_given_and_family_names_in_two_columns_are_one_name(take_in, work):
    imported = take_in("Jane,Doe,,Fiji,A1", headings="First name,Last name,E-mail,Country,Passport number")
    assert tried(imported, work) == []
    work(start_import, imported)
    assert Application.objects.get().name == "Jane Doe"


def test_a_row_says_itself_how_its_person_attends(take_in, work):
    imported = take_in("Ana,Fiji,A1,en ligne", "Bo,Fiji,B1,", headings="Name,Country,Passport number,Attendance")
    assert tried(imported, work) == []
    work(start_import, imported)
    assert dict(Application.objects.values_list("name", "attendance")) == {"Ana": "online", "Bo": "in_room"}


def test_photos_and_consents_are_not_asked_of_a_list_but_all_else_is(take_in, work, delegates, passport):
    for kind in (FieldKind.PHOTO, FieldKind.CONSENT):
        Field.objects.create(category=delegates, kind=kind, label=str(kind.label), is_required=True, position=5)
    imported = take_in("Ana,,Fiji,A1,,", "Bo,,Fiji,,,")
    assert tried(imported, work) == [(3, f"field_{passport.pk}")]
    work(start_import, imported)
    assert Application.objects.get().name == "Ana"


# The pages


def test_a_list_goes_from_file_to_people_through_the_pages(take_in, client, olga, delegates, fiji, passport):
    client.force_login(olga)
    page = reverse("registration:imports", args=["icdd"])
    form = {"category": delegates.pk, "attendance": "in_room"}
    file = SimpleUploadedFile("people.csv", b"Name,Country,Passport number\nAna,Fiji,A1\nBo,Atlantis,B1\n")
    answer = client.post(page, {**form, "file": file})
    imported = Import.objects.get()
    assert answer["Location"] == reverse("registration:import_columns", args=["icdd", imported.pk])
    shown = client.get(answer["Location"]).content.decode()
    assert "Atlantis" in shown
    assert "A: Name" in shown
    answer = client.post(answer["Location"], {**imported.columns, "passport": passport.pk})
    assert answer["Location"] == reverse("registration:import", args=["icdd", imported.pk])
    imported.refresh_from_db()
    assert "every 1s" in client.get(answer["Location"]).content.decode()
    jobs.carry_out(jobs.claim(imported.job.pk))
    shown = client.get(answer["Location"]).content.decode()
    assert "No delegation of this conference is called so." in shown
    assert "Import 1 person" in shown
    client.post(reverse("registration:start_import", args=["icdd", imported.pk]))
    imported.refresh_from_db()
    jobs.carry_out(jobs.claim(imported.job.pk))
    shown = client.get(answer["Location"]).content.decode()
    assert "1 person was imported." in shown
    assert Application.objects.get().name == "Ana"
    assert client.get(page).status_code == 200


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "This file is empty."),
        (b"a@example.org\nb@example.org\n", "The first row must say"),
        (b"%PDF-1.7", "This is a PDF."),
    ],
)
def test_a_bad_file_is_told_beside_its_field_and_the_rest_stays(client, olga, delegates, press, content, words):
    client.force_login(olga)
    form = {"category": press.pk, "attendance": "online", "file": SimpleUploadedFile("people.csv", content)}
    answer = client.post(reverse("registration:imports", args=["icdd"]), form)
    assert answer.status_code == 422
    assert words in answer.context["form"].errors["file"][0]
    shown = answer.content.decode()
    assert f'<option value="{press.pk}" selected>' in shown
    assert not Import.objects.exists()


def test_a_list_in_an_old_encoding_is_shown_and_read_in_the_one_that_is_chosen(take_in, client, olga, work):
    content = f"{HEADINGS}\nЖанна,z@example.org,Fiji,A1,,\n".encode("cp1251")
    imported = take_in(file=SimpleUploadedFile("people.csv", content))
    assert imported.encoding == "cp1252"
    client.force_login(olga)
    page = reverse("registration:import_columns", args=["icdd", imported.pk])
    assert "Жанна" not in client.get(page).content.decode()
    answer = client.post(page, {**imported.columns, "encoding": "cp1251", "look": "yes"})
    assert (answer.status_code, "Жанна" in answer.content.decode()) == (200, True)
    work(try_import, imported, columns=imported.columns, encoding="cp1251")
    work(start_import, imported)
    assert Application.objects.get().name == "Жанна"


def test_folding_tells_no_two_words_of_a_list_apart_by_accents_case_or_signs():
    assert fold("  Côte d’IVOIRE ") == fold("cote d'ivoire") == "cote d ivoire"
    assert fold("✓") == "✓"


def test_submit_keys_are_of_the_import_and_the_row(take_in, work):
    first, second = take_in("Ana,,Fiji,A1,,"), take_in("Ana,,Fiji,A1,,")
    for imported in (first, second):
        tried(imported, work)
        work(start_import, imported)
    keys = list(Application.objects.values_list("submit_key", flat=True))
    assert len(set(keys)) == 2
    assert all(isinstance(key, UUID) for key in keys)


# A delegation's own list


@pytest.fixture
def fias(take_in, fia, fiji):
    """`fias("Ana,...")` is a list that Fiji's focal point handed in."""

    def taken(*rows, **how):
        return take_in(*rows, by=fia, delegation_id=fiji.pk, **how)

    return taken


def test_a_focal_point_hands_in_a_list_of_their_own_delegation_whatever_its_rows_say(fias, work, fia, fiji, finland):
    imported = fias("Ana,ana@example.org,Finland,A1,,", "Bo,,,B1,,")
    assert "delegation" not in imported.columns
    done = [work(try_import, imported, columns=imported.columns, by=fia), work(start_import, imported, by=fia)]
    assert [job.state for job in done] == [State.DONE, State.DONE]
    named = Application.objects.order_by("pk")
    assert list(named.values_list("name", "delegation", "made_by", "status")) == [
        ("Ana", fiji.pk, fia.pk, Status.SUBMITTED),
        ("Bo", fiji.pk, fia.pk, Status.SUBMITTED),
    ]


def test_a_focal_point_hands_in_no_list_of_others_and_reads_none(take_in, fias, fia, fiji, finland, public, client):
    theirs = take_in("Ana,,Fiji,A1,,")
    for wrong in ({"delegation_id": finland.pk}, {"delegation_id": None}, {"category": public}):
        with pytest.raises(NotThere):
            fias("Ana,,,A1,,", **wrong) if "category" in wrong else take_in("Ana,,,A1,,", by=fia, **wrong)
    client.force_login(fia)
    mine = fias("Ana,,,A1,,")
    answers = [
        client.get(reverse(f"registration:{page}", args=["icdd", imported.pk])).status_code
        for page in ("import", "import_columns", "import_errors")
        for imported in (theirs, mine)
    ]
    assert answers == [403, 200, 403, 200, 403, 200]
    with pytest.raises(NotThere):
        try_import(mine.pk, columns={**mine.columns, "delegation": 2}, by=fia)


def test_a_list_of_a_delegation_is_handed_in_while_members_are_named(fias, fia, conference, fiji, client):
    Phases.objects.create(conference=conference, nomination_closes_at=timezone.now() - timedelta(days=1))
    with pytest.raises(WrongMove):
        fias("Ana,,,A1,,")
    client.force_login(fia)
    page = reverse("registration:delegation_list", args=["icdd", fiji.pk])
    file = SimpleUploadedFile("list.csv", b"Name\nAna\n")
    category = Category.objects.get(name__icontains="Delegates")
    refused = client.post(page, {"file": file, "category": category.pk, "attendance": "in_room"})
    assert refused.status_code == 422
    assert "Nomination is closed" in refused.content.decode()


def test_who_is_no_focal_point_any_more_imports_nobody(fias, work, fia, fiji):
    imported = fias("Ana,,,A1,,")
    work(try_import, imported, columns=imported.columns, by=fia)
    job = start_import(imported.pk, by=fia)
    FocalPoint.objects.all().delete()
    jobs.carry_out(jobs.claim(job.pk))
    job.refresh_from_db()
    assert job.state == State.FAILED
    assert not Application.objects.exists()


def test_the_delegations_page_leads_to_its_lists(client, fias, fia, fiji, eve):
    imported = fias("Ana,,,A1,,")
    client.force_login(fia)
    page = reverse("registration:delegation_list", args=["icdd", fiji.pk])
    assert page in client.get(reverse("registration:delegation", args=["icdd", fiji.pk])).content.decode()
    assert imported.upload.name in client.get(page).content.decode()
    client.force_login(eve)
    assert client.get(page).status_code == 404
