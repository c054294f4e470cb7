"""Who may be there twice, what leaves as a file, and the list of participants."""

import csv
import io
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import load_workbook
from pypdf import PdfReader

from conferences.models import Membership, Rank
from files.models import Upload
from jobs import actions as jobs
from jobs.models import Job, State
from outbox.errors import NotThere, WrongMove
from registration import export_actions, likeness, likeness_actions
from registration.actions import move_application
from registration.answers import Given
from registration.desk import Wanted
from registration.likeness import (
    EMAIL,
    MOST_IN_ONE,
    NAME,
    PASSPORT,
    Pair,
    Person,
    Tie,
    clusters_of,
    mailbox,
    pairs_of,
)
from registration.likeness_actions import (
    find_likenesses,
    merge_applications,
    merge_cluster,
    open_clusters,
    open_likenesses,
    say_they_are_different,
    say_they_are_two,
)
from registration.live import SECRETARIAT
from registration.models import Application, Attendance, Field, FieldKind, Import, Likeness, Phases, Status
from web.moments import day

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def media_root(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "files"


def done(job: Job) -> Job:
    """As a worker does it."""
    jobs.carry_out(jobs.claim(job.pk))
    job.refresh_from_db()
    assert job.state == State.DONE, job.error
    return job


# Likeness


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Mohamed Ali", "Mohammed Ali"),
        ("José García Márquez", "Jose Garcia Marquez"),
        ("RABUKA, Sitiveni", "Sitiveni Rabuka"),
        ("Siti Rahmawati", "Siti Rachmawati"),
        ("李 小龙", "李小龙"),
        ("محمد عبد الله", "محمد عبد اللّٰه"),
    ],
)
def test_names_that_are_nearly_alike_are_a_pair(one, other):
    assert pairs_of([Person(1, one), Person(2, "Somebody Else"), Person(3, other)]) == [Pair(1, 3, NAME)]


@pytest.mark.parametrize(
    ("one", "other"), [("John Smith", "Joan Smyth"), ("王伟", "王芳"), ("Ana", "Ann"), ("Ratu Epeli", "Ratu Inoke")]
)
def test_names_of_two_people_are_no_pair(one, other):
    assert pairs_of([Person(1, one), Person(2, other)]) == []


def test_a_mailbox_is_one_however_it_is_written():
    assert mailbox("A.Na+icdd@googlemail.com") == mailbox("ana@gmail.com")
    assert mailbox("a.na@example.org") != mailbox("ana@example.org")
    people = [Person(1, "Ana", "ana@x.org"), Person(2, "Bo", "ANA+two@x.org"), Person(3, "Cleo", "")]
    assert pairs_of(people) == [Pair(1, 2, EMAIL)]


def test_a_passport_is_one_however_it_is_spaced():
    people = [Person(1, "Ana", "", "X 123-45"), Person(2, "Bo", "", "x12345"), Person(3, "Cleo", "", "")]
    assert pairs_of(people) == [Pair(1, 2, PASSPORT)]


@settings(max_examples=40)
@given(st.lists(st.text("abcdeé ", min_size=1, max_size=12), max_size=12))
def test_each_pair_comes_once_in_one_order_and_the_same_name_always(names):
    people = [Person(number, name) for number, name in enumerate(names)]
    pairs = [(pair.first, pair.second) for pair in pairs_of(people)]
    assert len(set(pairs)) == len(pairs)
    assert all(first < second for first, second in pairs)
    same = {
        (a, b) for a in range(len(names)) for b in range(a + 1, len(names)) if names[a] == names[b] and names[a].strip()
    }
    assert same <= set(pairs)


def test_what_many_share_says_of_no_two_that_they_are_one():
    office = [Person(number, chr(ord("a") + number) * 9, "protocol@mfa.example") for number in range(11)]
    placeholders = [Person(number, "To be confirmed") for number in range(11, 11 + 3000)]
    twins = [Person(5000, "Ana Waqa"), Person(5001, "Ana Waqa")]
    assert pairs_of([*office, *placeholders, *twins]) == [Pair(5000, 5001, NAME)]


@pytest.fixture
def passport(delegates):
    return Field.objects.create(category=delegates, kind=FieldKind.TEXT, label="Passport number")


@pytest.fixture
def meal(delegates):
    return Field.objects.create(category=delegates, kind=FieldKind.TEXT, label="Meal", position=1)


@pytest.fixture
def twins(delegates, fiji, apply, olga, passport, meal):
    """Two applications of one person: by mail, and by her focal point with no address."""
    first = apply(
        delegates, "Ana", delegation_id=fiji.pk, by=olga, answers=[Given(passport.pk, "X1"), Given(meal.pk, "fish")]
    )
    second = apply(
        delegates, "Anna Ratu", email="", delegation_id=fiji.pk, by=olga, answers=[Given(passport.pk, "x 1")]
    )
    return first, second


@pytest.fixture
def pair(twins, conference, delegates, passport, olga):
    """As it is found after an import that said which question asks for the passport."""
    upload = Upload.objects.create(purpose="registration.list", name="x", file="x", size=1, sha256="", owner=olga)
    Import.objects.create(conference=conference, category=delegates, upload=upload, passport=passport)
    done(find_likenesses(conference.pk, by=olga))
    return Likeness.objects.get()


def test_who_shares_a_passport_is_found_and_found_once(pair, twins, conference, olga):
    assert (pair.first, pair.second, pair.why) == (*twins, PASSPORT)
    assert done(find_likenesses(conference.pk, by=olga)).result == {"found": 0, "is_cut": False}


def test_merging_keeps_one_with_what_only_the_other_said(pair, twins, conference, followed, olga, mailoutbox, meal):
    first, second = twins
    mailoutbox.clear()
    with followed(SECRETARIAT.name(conference_id=conference.pk)) as events:
        kept = merge_applications(pair.pk, keep=second.pk, by=olga)
    assert [event.name for event in events] == ["application.withdrawn"]
    first.refresh_from_db()
    assert (first.status, kept.status) == (Status.WITHDRAWN, Status.APPROVED)
    assert (kept.name, kept.user, kept.email) == ("Anna Ratu", first.user, "ana@example.org")
    assert kept.answers.get(field=meal).words == "fish"
    assert Membership.objects.filter(user=first.user, delegation=kept.delegation).exists()
    assert [mail.to for mail in mailoutbox] == [["ana@example.org"]]
    assert "stands" in mailoutbox[0].body
    assert not open_likenesses(conference).exists()
    with pytest.raises(WrongMove):
        merge_applications(pair.pk, keep=second.pk, by=olga)


def test_merging_passes_a_place_on_to_the_one_that_waited_first(
    delegates, fiji, finland, apply, olga, quota, conference
):
    quota(conference, 1)
    has_a_place = apply(delegates, "Ana", delegation_id=fiji.pk, by=olga)
    earlier = apply(delegates, "Bo", delegation_id=finland.pk, by=olga)
    waits = apply(delegates, "Anna", delegation_id=fiji.pk, by=olga)
    Application.objects.filter(pk=has_a_place.pk).update(submitted_at=has_a_place.submitted_at - timedelta(hours=1))
    pair = Likeness.objects.create(first=has_a_place, second=waits, why=NAME)
    assert merge_applications(pair.pk, keep=waits.pk, by=olga).status == Status.APPROVED
    earlier.refresh_from_db()
    assert earlier.status == Status.WAITING


def test_two_who_are_two_are_not_shown_again(pair, conference, olga):
    say_they_are_two(pair.pk, by=olga)
    done(find_likenesses(conference.pk, by=olga))
    assert not open_likenesses(conference).exists()
    assert Application.objects.filter(status=Status.APPROVED).count() == 2


def test_a_pair_of_which_one_left_is_not_shown(pair, twins, conference, olga):
    move_application(twins[0].pk, to=Status.WITHDRAWN, by=olga)
    assert not open_likenesses(conference).exists()


def test_only_the_secretariat_decides_who_is_one(pair, twins, conference, ben, client):
    for verb in (
        lambda: merge_applications(pair.pk, keep=twins[0].pk, by=ben),
        lambda: say_they_are_two(pair.pk, by=ben),
    ):
        with pytest.raises(NotThere):
            verb()
    with pytest.raises(NotThere):
        find_likenesses(conference.pk, by=ben)
    client.force_login(ben)
    assert client.get(reverse("registration:likenesses", args=["icdd"])).status_code == 403


def test_a_stranger_to_the_pair_is_not_kept_in_its_place(pair, delegates, fiji, apply, olga):
    other = apply(delegates, "Bo", delegation_id=fiji.pk, by=olga)
    with pytest.raises(NotThere):
        merge_applications(pair.pk, keep=other.pk, by=olga)


def test_the_page_shows_both_and_its_buttons_decide(pair, twins, client, olga):
    client.force_login(olga)
    page = reverse("registration:likenesses", args=["icdd"])
    shown = client.get(page).content.decode()
    assert "Anna Ratu" in shown
    assert "The same passport" in shown
    assert shown.index("withdrawn for good") < shown.index("<h2>The same passport")
    decide = reverse("registration:decide_likeness", args=["icdd", pair.pk])
    asked = client.post(decide, {"keep": twins[0].pk})
    assert "One person: keep the application of Ana?" in asked.content.decode()
    assert not Application.objects.filter(status=Status.WITHDRAWN).exists()
    answer = client.post(decide, {"keep": twins[0].pk, "sure": "yes", "one": [twins[1].pk]}, follow=True)
    assert "They are one: Ana stays" in answer.content.decode()
    assert "Somebody decided on these already." in client.post(decide, {"keep": ""}, follow=True).content.decode()


@pytest.fixture
def triplets(conference, delegates, press, fiji, finland, apply, olga):
    """Three rows of one name, and somebody whose name is nearly theirs."""
    made = [
        apply(delegates, "Mohamed Ali", email=f"ali{number}@example.org", delegation_id=seat.pk, by=olga)
        for number, seat in enumerate((fiji, fiji, finland))
    ]
    made.append(apply(press, "Mohammed Ali", email="", by=olga))
    done(find_likenesses(conference.pk, by=olga))
    return made


def test_rows_of_one_name_are_one_question_and_the_surest_come_first(triplets, apply, press, conference, client, olga):
    assert open_likenesses(conference).count() == 6
    (cluster,) = open_clusters(conference)
    assert cluster.numbers == [one.pk for one in triplets]
    assert (cluster.ties[0].first, cluster.ties[0].second) == (triplets[0].pk, triplets[1].pk)  # both of Fiji
    first, second = (apply(press, name, email=f"x+{name}@example.org", by=olga) for name in ("Bo", "Zoe"))
    done(find_likenesses(conference.pk, by=olga))
    assert [one.numbers for one in open_clusters(conference)] == [[first.pk, second.pk], cluster.numbers]
    client.force_login(olga)
    page = client.get(reverse("registration:likenesses", args=["icdd"])).content.decode()
    assert page.index("The same mailbox") < page.index("Names alike, of one delegation or organisation")
    assert page.count("One person: keep this") == 6


def test_of_a_cluster_some_are_merged_and_the_rest_are_others(triplets, conference, client, olga, followed):
    first, second, third, other = triplets
    client.force_login(olga)
    (cluster,) = open_clusters(conference)
    decide = reverse("registration:decide_likeness", args=["icdd", cluster.ties[0].key])
    with followed(SECRETARIAT.name(conference_id=conference.pk)):
        client.post(decide, {"keep": first.pk, "sure": "yes", "one": [second.pk, third.pk]})
    standing = Application.objects.exclude(status=Status.WITHDRAWN)
    assert set(standing) == {first, other}
    (left,) = open_clusters(conference)
    assert left.numbers == [first.pk, other.pk]
    client.post(reverse("registration:decide_likeness", args=["icdd", left.ties[0].key]), {"keep": ""})
    assert open_clusters(conference) == []
    assert standing.count() == 2


def test_nobody_is_merged_whom_no_pair_leads_to(triplets, apply, press, conference, olga, ben):
    stranger = apply(press, "Zoe", by=olga)
    for keep, others, by in (
        (triplets[0].pk, [stranger.pk], olga),
        (triplets[0].pk, [triplets[0].pk], olga),
        (triplets[0].pk, [], olga),
        (triplets[0].pk, [triplets[1].pk], ben),
    ):
        with pytest.raises(NotThere):
            merge_cluster(conference.pk, keep=keep, others=others, by=by)


@settings(max_examples=60)
@given(st.lists(st.tuples(st.integers(0, 20), st.integers(21, 40), st.sampled_from([EMAIL, NAME])), unique=True))
def test_each_tie_is_in_one_cluster_and_none_is_too_large(ties):
    found = clusters_of(Tie(key, first, second, why) for key, (first, second, why) in enumerate(ties))
    assert sorted(tie.key for cluster in found for tie in cluster.ties) == list(range(len(ties)))
    for cluster in found:
        assert 2 <= len(cluster.numbers) <= MOST_IN_ONE
        assert set(cluster.numbers) == {number for tie in cluster.ties for number in (tie.first, tie.second)}
    ranks = [cluster.ties[0].rank for cluster in found]
    assert ranks == sorted(ranks)


def test_a_look_that_found_more_than_it_keeps_says_so(conference, public, apply, olga, client, monkeypatch):
    for module in (likeness, likeness_actions):
        monkeypatch.setattr(module, "MOST_PAIRS", 3)
    for number in range(4):
        apply(public, "Ana", email=f"ana{number}@example.org")
    assert done(find_likenesses(conference.pk, by=olga)).result == {"found": 3, "is_cut": True}
    client.force_login(olga)
    page = reverse("registration:likenesses", args=["icdd"])
    assert "At least 2,000 pairs are alike." in client.get(page).content.decode()
    say_they_are_different(open_likenesses(conference).values_list("pk", flat=True), by=olga)
    assert done(find_likenesses(conference.pk, by=olga)).result == {"found": 3, "is_cut": True}
    say_they_are_different(open_likenesses(conference).values_list("pk", flat=True), by=olga)
    assert done(find_likenesses(conference.pk, by=olga)).result == {"found": 0, "is_cut": False}
    assert "At least" not in client.get(page).content.decode()


# Export


@pytest.fixture
def exported(conference, delegates, fiji, apply, olga, passport):
    """`exported("csv", status="approved")` is what the file holds, row by row."""
    apply(delegates, "Ana", delegation_id=fiji.pk, by=olga, answers=[Given(passport.pk, "=1+1")])
    bo = apply(delegates, "=cmd|' /C calc'!A0", email="bo@example.org", delegation_id=fiji.pk, by=olga)
    move_application(bo.pk, to=Status.ON_HOLD, reason="A question.", by=olga)

    def rows(format_, **wanted):
        content = export_actions.export_now(conference, Wanted(**wanted), format_, by=olga)
        if format_ == "csv":
            return list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline="")))
        sheet = load_workbook(io.BytesIO(content)).active
        assert {cell.data_type for row in sheet.rows for cell in row} <= {"s", "n", "inlineStr"}
        return [["" if cell is None else cell for cell in row] for row in sheet.iter_rows(values_only=True)]

    return rows


def test_an_export_holds_all_that_was_said_and_nothing_that_calculates(exported):
    as_csv, as_book = exported("csv"), exported("xlsx")
    head = as_csv[0]
    assert head == as_book[0]
    assert head[:3] == ["Number", "Name", "E-mail"]
    by_name = {row[1]: dict(zip(head, row, strict=True)) for row in as_csv[1:]}
    assert set(by_name) == {"Ana", "'=cmd|' /C calc'!A0"}
    ana = by_name["Ana"]
    assert (ana["Delegation"], ana["Category"], ana["Status"]) == ("Fiji", "Delegates", "approved")
    assert ana["Passport number"] == "'=1+1"
    in_book = {row[1]: dict(zip(head, row, strict=True)) for row in as_book[1:]}
    assert in_book["Ana"]["Passport number"] == "=1+1"
    assert "=cmd|' /C calc'!A0" in in_book


def test_an_export_can_be_narrowed(exported, finland):
    assert [row[1] for row in exported("csv", status="approved")[1:]] == ["Ana"]
    assert exported("csv", delegation=finland.pk)[1:] == []


def test_a_long_export_is_written_by_a_worker_and_is_for_whoever_asked(
    exported, conference, olga, ben, client, monkeypatch
):
    monkeypatch.setattr(export_actions, "AT_ONCE", 1)
    client.force_login(olga)
    answer = client.post(reverse("registration:start_export", args=["icdd"]), {"format": "xlsx", "status": ""})
    job = done(Job.objects.get(kind=export_actions.EXPORTING))
    assert answer["Location"] == job.get_absolute_url()
    assert (job.done_count, job.total_count) == (2, 2)
    answer = client.get(job.leads_to)
    assert (answer.status_code, answer["Content-Disposition"][:10]) == (200, "attachment")
    with Upload.objects.get(pk=job.result["upload"]).file.open("rb") as file:
        assert load_workbook(file).active.max_row == 3
    client.force_login(ben)
    assert client.get(job.leads_to).status_code == 404
    Membership.objects.filter(user=olga).delete()
    client.force_login(olga)
    assert client.get(job.leads_to).status_code == 404


def test_an_export_is_forgotten_after_a_day(exported, conference, olga):
    first = export_actions.start_export(conference, Wanted(), "csv", by=olga)
    upload_id = done(first).result["upload"]
    export_actions.start_export(conference, Wanted(), "csv", by=olga)
    assert Upload.objects.filter(pk=upload_id).exists()
    Upload.objects.filter(pk=upload_id).update(made_at="2020-01-01T00:00:00Z")
    export_actions.start_export(conference, Wanted(), "csv", by=olga)
    assert not Upload.objects.filter(pk=upload_id).exists()


def test_only_the_secretariat_exports(exported, conference, ben, client):
    with pytest.raises(NotThere):
        export_actions.export_now(conference, Wanted(), "csv", by=ben)
    client.force_login(ben)
    assert client.post(reverse("registration:start_export", args=["icdd"]), {"format": "csv"}).status_code == 403


def test_an_export_can_be_imported_elsewhere_as_it_is(exported, conference, delegates, olga):
    from registration.import_actions import take_in_list  # noqa: PLC0415

    content = export_actions.export_now(conference, Wanted(status="approved"), "xlsx", by=olga)
    imported = take_in_list(
        conference.pk,
        category_id=delegates.pk,
        attendance=Attendance.IN_ROOM,
        file=SimpleUploadedFile("export.xlsx", content),
        by=olga,
    )
    assert {"name", "email", "delegation", "attendance", "rank", "is_listed"} <= set(imported.columns)


# The list of participants


@pytest.fixture
def taking_part(conference, delegates, public, fiji, finland, apply, olga):
    """Two of Fiji and one of Finland who are in the list, one of no delegation, and three who are not in it."""
    people = [
        (
            "Zed",
            delegates,
            fiji,
            {"is_listed": True, "rank": Rank.MINISTER, "honorific": "H.E.", "function": "Minister"},
        ),
        ("Ana", delegates, fiji, {"is_listed": True, "function": "Minister’s adviser"}),
        ("Fin", delegates, finland, {"is_listed": True, "organisation": "Ministry of Fish"}),
        ("Pub", public, None, {"is_listed": True}),
        ("Shy", delegates, fiji, {"is_listed": False}),
        ("Gone", delegates, fiji, {"is_listed": True, "status": Status.WITHDRAWN}),
        ("Secret", delegates, finland, {"is_listed": True, "status": Status.SUBMITTED}),
    ]
    for name, category, delegation, facts in people:
        application = apply(category, name, delegation_id=delegation and delegation.pk, by=olga)
        Application.objects.filter(pk=application.pk).update(**facts)


LIST = "/c/icdd/registration/participants/"


def test_the_list_names_who_agreed_by_delegation_and_rank_and_says_nothing_else(taking_part, client, olga):
    client.force_login(olga)
    answer = client.get(LIST)
    groups = [
        (str(group.delegation or ""), [person.name for person in group.people]) for group in answer.context["groups"]
    ]
    assert groups == [("Fiji", ["Zed", "Ana"]), ("Finland", ["Fin"]), ("", ["Pub"])]
    shown = answer.content.decode()
    for hidden in ("Shy", "Gone", "Secret", "ana@example.org", "zed@example.org"):
        assert hidden not in shown


def test_it_is_for_those_who_take_part_until_it_is_made_public(taking_part, conference, client, ben, eve):
    assert client.get(LIST).status_code in (302, 403)
    client.force_login(eve)
    assert client.get(LIST).status_code == 403
    assert client.get(f"{LIST}pdf/").status_code == 403
    client.force_login(ben)
    assert "noindex" in client.get(LIST).content.decode()
    Phases.objects.create(conference=conference, list_is_public=True)
    client.logout()
    assert client.get(LIST).status_code == client.get(f"{LIST}pdf/").status_code == 200


def test_it_is_searched_by_what_it_shows_and_not_by_addresses(taking_part, client, olga):
    client.force_login(olga)

    def found(words):
        return [person.name for person in client.get(LIST, {"words": words}).context["people"]]

    assert found("minist") == ["Zed", "Ana", "Fin"]
    assert found("ana ADVISER") == ["Ana"]
    assert found("zed@example.org") == found("nobody") == []


def test_the_same_list_is_there_for_paper(taking_part, client, olga):
    client.force_login(olga)
    answer = client.get(f"{LIST}pdf/")
    assert answer["Content-Type"] == "application/pdf"
    text = " ".join(page.extract_text() for page in PdfReader(io.BytesIO(answer.content)).pages)
    # The day is written as everywhere else.
    assert day(timezone.now(), "Asia/Makassar") in text
    for shown in ("List of participants", "Fiji", "H.E. Zed", "Ministry of Fish", "Other participants", "Pub"):
        assert shown in text
    for hidden in ("Shy", "Gone", "Secret", "@"):
        assert hidden not in text


def test_pages_of_lists_are_told_apart_from_pages_that_are_not_there(client, olga, db):
    client.force_login(olga)
    for name in ("imports", "export", "likenesses", "participants"):
        assert client.get(reverse(f"registration:{name}", args=["icdd"])).status_code == 200
        assert client.get(reverse(f"registration:{name}", args=["none"])).status_code == 404
    assert client.get(reverse("registration:import", args=["icdd", 99])).status_code == 404
