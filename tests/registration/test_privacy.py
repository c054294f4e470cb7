"""What is kept of people is shown to them, forgotten in time, and taken out of what stays when they leave."""

import json
import re
import time
import zipfile
from datetime import timedelta
from uuid import uuid4

import pytest
from allauth.account.models import EmailAddress
from django.contrib.admin.models import LogEntry
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone

from accounts.actions import ensure_person, issue_entry
from accounts.leaving import leave
from accounts.models import EntryPass, User
from conferences.actions import invite_member, remove_member
from conferences.audit import CHANGE, note
from conferences.models import Conference, Membership, Role
from config import settings as configured
from files.actions import store_upload
from files.contents import UNKNOWN
from files.models import Upload
from jobs.actions import carry_out, claim
from jobs.errors import HopelessError
from jobs.models import Job
from mail.models import OutgoingMail
from outbox.errors import NotAllowed, SignInFirst, WrongMove
from outbox.reading import snapshot
from registration import privacy
from registration.actions import change_application, move_application
from registration.answers import Given
from registration.badges import issue_badge, reprint_badge, revoke_badge
from registration.delegation_actions import (
    dismiss_focal_point,
    hand_in_credentials,
    invite_focal_point,
    verify_credentials,
)
from registration.help import answer_ticket, issue_code, open_ticket
from registration.live import SECRETARIAT
from registration.live_help import desk_topic, own_topic
from registration.models import (
    Answer,
    Application,
    Badge,
    Credential,
    Field,
    FieldKind,
    FocalPoint,
    Import,
    Likeness,
    Look,
    Message,
    Post,
    Quota,
    Status,
    Step,
    Ticket,
    Wording,
    Work,
)
from registration.my_data import MY_DATA, all_of, ask_for_my_data, gather
from registration.papers import PURPOSE as PAPERS
from registration.post_actions import add_post, remove_post
from registration.rules import CREDENTIALS
from registration.tasks import forget_what_is_over, release_late_places
from registration.wishes import Facts
from sessions.attendance.models import Attendance, How
from sessions.programme.actions import appoint, dismiss_from_duty
from sessions.programme.models import Appointment
from sessions.questions.models import Capacity, Question, QuestionTime, Window
from sessions.questions.models import Status as QuestionStatus

pytestmark = pytest.mark.django_db

PDF = b"%PDF-1.7 a passport"


@pytest.fixture
def paper():
    """`paper(by=ben)` is a file that came with a form."""

    def stored(*, by=None, name="passport.pdf", days_ago=0):
        file = SimpleUploadedFile(name, PDF)
        upload = store_upload(file, purpose=PAPERS, accepts=("application/pdf",), largest=1000, by=by)
        Upload.objects.filter(pk=upload.pk).update(made_at=timezone.now() - timedelta(days=days_ago))
        return upload

    return stored


@pytest.fixture
def form(public):
    """The public form asks for a passport, a meal and a consent."""
    fields = {
        "passport": Field(kind=FieldKind.FILE, label="Passport", is_sensitive=True, kept_for_days=10),
        "meal": Field(kind=FieldKind.TEXT, label="Meal", kept_for_days=30),
        "consent": Field(kind=FieldKind.CONSENT, label="Pictures", kept_for_days=365, version=2),
    }
    for field in fields.values():
        field.category = public
        field.save()
    return fields


@pytest.fixture
def anas(apply, public, form, paper):
    """Ana's application, approved, with an answer to each field."""
    person = ensure_person("ana@example.org", "Ana", by=None)
    given = [
        Given(form["passport"].pk, upload=paper(by=person)),
        Given(form["meal"].pk, "PLANTED-MEAL"),
        Given(form["consent"].pk, "yes"),
    ]
    return apply(public, "Ana", by=person, answers=given)


@pytest.fixture
def note_verbale():
    """`note_verbale(fia)` is a note verbale that Fia stored."""

    def stored(by, *, days_ago=0):
        file = SimpleUploadedFile("note verbale.pdf", b"%PDF-1.7 The Ministry presents its compliments")
        upload = store_upload(file, purpose=CREDENTIALS, accepts=("application/pdf",), largest=1000, by=by)
        Upload.objects.filter(pk=upload.pk).update(made_at=timezone.now() - timedelta(days=days_ago))
        return upload

    return stored


def answers() -> set[str]:
    return {str(answer.field) for answer in Answer.objects.select_related("field")}


def in_days(conference: Conference, days: int):
    return conference.closes_at + timedelta(days=days)


def is_stored(upload: Upload) -> bool:
    return upload.file.storage.exists(upload.path)


# The purge


def test_each_answer_is_forgotten_when_its_own_time_is_over(conference, anas, django_capture_on_commit_callbacks):
    upload = Upload.objects.get()
    Look.objects.create(answer=anas.answers.get(field__label="Passport"))
    assert privacy.purge_answers(now=in_days(conference, 9)) == 0
    with django_capture_on_commit_callbacks(execute=True):
        assert privacy.purge_answers(now=in_days(conference, 10)) == 1
    assert answers() == {"Meal", "Pictures"}
    assert not Upload.objects.exists()
    assert not Look.objects.exists()
    assert not is_stored(upload)
    assert privacy.purge_answers(now=in_days(conference, 31)) == 1
    assert privacy.purge_answers(now=in_days(conference, 400)) == 1
    assert (answers(), Application.objects.get().name) == (set(), "Ana")


def test_a_file_stays_as_long_as_one_answer_leads_to_it(conference, anas, form, apply, public):
    """Two applications that were merged may share one."""
    shared = Field.objects.create(category=public, kind=FieldKind.FILE, label="Kept", kept_for_days=100)
    Answer.objects.create(application=anas, field=shared, upload=Upload.objects.get())
    privacy.purge_answers(now=in_days(conference, 20))
    assert Upload.objects.count() == 1
    privacy.purge_answers(now=in_days(conference, 101))
    assert not Upload.objects.exists()


def test_the_purge_goes_on_in_portions_until_nothing_is_left(conference, apply, public, form, monkeypatch):
    monkeypatch.setattr(privacy, "AT_ONCE", 2)
    for number in range(5):
        apply(public, f"Person{number}", answers=[Given(form["meal"].pk, "fish")])
    assert privacy.purge_answers(now=in_days(conference, 30)) == 5


def test_another_conferences_answers_stay(conference, anas):
    Conference.objects.filter(pk=conference.pk).update(closes_at=timezone.now() + timedelta(days=100))
    forget_what_is_over()
    assert answers() == {"Passport", "Meal", "Pictures"}


def test_files_of_forms_that_were_never_sent_go_after_a_day(anas, paper):
    Upload.objects.update(made_at=timezone.now() - timedelta(days=9))
    fresh, old = paper(), paper(days_ago=2)
    other = store_upload(SimpleUploadedFile("a.zip", b"x"), purpose=MY_DATA, accepts=(UNKNOWN,), largest=9, by=None)
    assert privacy.discard_loose_files(now=timezone.now()) == 1
    left = set(Upload.objects.values_list("pk", flat=True))
    assert left == {fresh.pk, other.pk, anas.answers.get(field__label="Passport").upload_id}
    assert old.pk not in left


def test_calls_for_help_are_forgotten_long_after_the_conference(conference, ben):
    open_ticket(key=uuid4(), conference_id=conference.pk, words="Help", by=ben)
    assert privacy.purge_tickets(now=in_days(conference, 89)) == 0
    assert privacy.purge_tickets(now=in_days(conference, 91)) == 1
    assert not Message.objects.exists()


def test_lists_and_tables_go_too(conference, public, olga):
    def stored(purpose):
        file = SimpleUploadedFile("people.csv", b"name;mail")
        return store_upload(file, purpose=purpose, accepts=(UNKNOWN,), largest=99, by=olga)

    people, table, fresh = stored("registration.list"), stored("registration.export"), stored("registration.export")
    Import.objects.create(conference=conference, category=public, upload=people)
    Upload.objects.filter(pk=table.pk).update(made_at=timezone.now() - timedelta(days=2))
    forget_what_is_over()
    assert set(Upload.objects.values_list("pk", flat=True)) == {people.pk, fresh.pk}
    assert privacy.purge_lists(now=in_days(conference, 89)) == 0
    assert privacy.purge_lists(now=in_days(conference, 91)) == 1
    assert not Upload.objects.filter(pk=people.pk).exists()


def test_names_and_addresses_are_forgotten_a_year_after_the_conference(
    followed, conference, public, apply, olga, monkeypatch
):
    monkeypatch.setattr(privacy, "AT_ONCE", 2)
    made = [apply(public, name) for name in ("Anastasia", "Bodil", "Cleopatra")]
    note(made[0], CHANGE, by=olga)
    badge = issue_badge(made[0].pk, by=olga)
    reprint_badge(made[0].pk, reason="Anastasia lost it", by=olga)
    move_application(made[0].pk, to=Status.ON_HOLD, reason="Anastasia, send more", by=olga)
    facts = {"honorific": "Ms", "function": "Poet", "organisation": "Lyre", "language": "fr", "is_listed": True}
    Application.objects.update(**facts)
    Likeness.objects.create(first=made[0], second=made[1], why="name")
    assert privacy.purge_facts(now=in_days(conference, 364)) == 0
    with followed(SECRETARIAT.name(conference_id=conference.pk)):
        assert privacy.purge(now=in_days(conference, 365))["applications"] == 3
    told = json.dumps(
        [
            list(model.objects.values_list())
            for model in (Application, Badge, Step, Likeness, LogEntry)
            if model.objects.exists()
        ],
        default=str,
    )
    assert not [
        words for words in ("Anastasia", "Bodil", "Cleopatra", "example.org", "Poet", "Lyre", '"fr"') if words in told
    ]
    assert set(Application.objects.values_list("name", "is_listed")) == {("Name no longer kept", False)}
    assert sorted(Application.objects.values_list("status", flat=True)) == ["approved", "approved", "on_hold"]
    assert Application.objects.filter(user=made[0].user).exists()
    assert Badge.objects.get(pk=badge.pk).revoked_at is not None
    assert privacy.purge_facts(now=in_days(conference, 366)) == 0


def test_names_are_kept_as_long_as_the_answers_beside_them(conference, anas, form):
    form["consent"].kept_for_days = 730
    form["consent"].save()
    assert privacy.purge_facts(now=in_days(conference, 729)) == 0
    assert privacy.purge_facts(now=in_days(conference, 730)) == 1


def test_what_is_forgotten_is_not_taken_up_or_filled_in_again(conference, press, apply, olga):
    declined = move_application(apply(press, "Ana").pk, to=Status.REJECTED, reason="No.", by=olga)
    pending = apply(press, "Bo")
    privacy.purge_facts(now=in_days(conference, 365))
    for application, to in ((declined, Status.SUBMITTED), (pending, Status.APPROVED)):
        with pytest.raises(NotAllowed):
            move_application(application.pk, to=to, by=olga)
    pending.refresh_from_db()
    with pytest.raises(NotAllowed):
        change_application(pending.pk, facts=Facts(name="Bo"), by=olga)


def test_a_demonstration_that_was_off_for_long_is_not_emptied(conference, anas, delegates, fia, fiji, note_verbale):
    """Its day is moved to now as soon as it is on again; the purge may come first."""
    hand_in_credentials(fiji.pk, upload_id=note_verbale(fia).pk, names=[_member(delegates, fiji).pk], by=fia)
    Conference.objects.update(shifted_by=timedelta(days=1))
    later = in_days(conference, 5000)
    assert (privacy.purge_facts(now=later), privacy.purge_credentials(now=later)) == (0, 0)
    Conference.objects.update(shifted_by=None)
    assert (privacy.purge_facts(now=later), privacy.purge_credentials(now=later)) == (2, 1)


def _member(category, delegation) -> Application:
    return Application.objects.create(
        conference=category.conference,
        category=category,
        delegation=delegation,
        name="Mere",
        status=Status.APPROVED,
        submit_key=uuid4(),
    )


def test_notes_verbales_are_forgotten_a_year_after_the_conference(
    conference, delegates, fia, fiji, note_verbale, django_capture_on_commit_callbacks
):
    upload = note_verbale(fia)
    hand_in_credentials(fiji.pk, upload_id=upload.pk, names=[_member(delegates, fiji).pk], by=fia)
    assert privacy.purge(now=in_days(conference, 364))["credentials"] == 0
    assert is_stored(upload)
    with django_capture_on_commit_callbacks(execute=True):
        assert privacy.purge(now=in_days(conference, 365))["credentials"] == 1
    assert not Credential.objects.exists()
    assert not Upload.objects.filter(purpose=CREDENTIALS).exists()
    assert not is_stored(upload)


def test_notes_verbales_that_were_stored_and_not_handed_in_go_after_a_day(delegates, fia, fiji, note_verbale):
    handed_in, fresh, _loose = note_verbale(fia, days_ago=2), note_verbale(fia), note_verbale(fia, days_ago=2)
    hand_in_credentials(fiji.pk, upload_id=handed_in.pk, names=[_member(delegates, fiji).pk], by=fia)
    assert privacy.discard_loose_files(now=timezone.now()) == 1
    assert set(Upload.objects.values_list("pk", flat=True)) == {handed_in.pk, fresh.pk}


def test_places_of_addresses_nobody_confirmed_are_released_by_themselves(conference, public, quota, apply):
    quota(conference, 1)
    first = apply(public, "Ana")
    apply(public, "Bo")
    release_late_places()
    assert Application.objects.get(pk=first.pk).status == Status.APPROVED
    Application.objects.filter(pk=first.pk).update(submitted_at=timezone.now() - timedelta(hours=49))
    release_late_places()
    assert dict(Application.objects.values_list("name", "status")) == {"Ana": "withdrawn", "Bo": "approved"}


def test_both_run_by_the_clock():
    scheduled = {entry["task"] for entry in configured.CELERY_BEAT_SCHEDULE.values()}
    assert {forget_what_is_over.name, release_late_places.name} <= scheduled


# Who may read


def status_of(client, page: str) -> int:
    """As GET answers, without the body: a file that is sent is open until it is read."""
    return client.head(page).status_code


def test_a_paper_is_there_for_its_person_and_not_for_a_stranger(client, anas, eve, olga, paper):
    page = reverse("files:download", args=[anas.answers.get(field__label="Passport").upload_id])
    assert status_of(client, page) == 404
    client.force_login(eve)
    assert status_of(client, page) == 404
    assert status_of(client, reverse("files:download", args=[paper(by=anas.user).pk])) == 404
    client.force_login(anas.user)
    assert status_of(client, page) == 200


def test_a_copy_of_ones_data_is_there_for_a_day_and_for_nobody_else(client, ben, eve, olga):
    copy = store_upload(SimpleUploadedFile("a.zip", b"x"), purpose=MY_DATA, accepts=(UNKNOWN,), largest=9, by=ben)
    page = reverse("files:download", args=[copy.pk])
    for person, status in ((None, 404), (eve, 404), (olga, 404), (ben, 200)):
        if person is not None:
            client.force_login(person)
        assert status_of(client, page) == status
    Upload.objects.filter(pk=copy.pk).update(made_at=timezone.now() - timedelta(days=1))
    assert status_of(client, page) == 404


def test_who_looked_is_shown_to_the_person_and_to_the_secretariat(client, conference, anas, olga, eve, ben):
    Look.objects.create(answer=anas.answers.get(field__label="Passport"), by=olga)
    own, all_looks = reverse("registration:privacy"), reverse("registration:looks", args=["icdd"])
    client.force_login(anas.user)
    assert "Olga" in client.get(own).text
    assert client.get(all_looks).status_code == 404
    for person in (ben, eve):
        client.force_login(person)
        assert client.get(all_looks).status_code == 404
        assert "Olga" not in client.get(own).text
    client.force_login(olga)
    page = client.get(all_looks).text
    assert "Ana" in page
    assert "Passport" in page


def test_a_person_reads_what_they_agreed_to_in_the_words_of_then(client, anas, form):
    Wording.objects.create(field=form["consent"], version=2, label="Pictures", help="We take pictures in the hall.")
    Field.objects.filter(pk=form["consent"].pk).update(version=3, help="We also publish them.")
    client.force_login(anas.user)
    page = client.get(reverse("registration:privacy")).text
    assert "We take pictures in the hall." in page
    assert "You agreed to version 2 of these words" in page
    assert "We also publish them." not in page
    assert "PLANTED-MEAL" in page


# A copy of one's data


def test_the_copy_holds_what_is_kept_and_the_files(conference, panel, anas, olga, paper):
    person = anas.user
    Look.objects.create(answer=anas.answers.get(field__label="Passport"), by=olga)
    open_ticket(key=uuid4(), conference_id=conference.pk, words="PLANTED-CALL", by=person)
    Question.objects.create(session=panel, author=person, text="PLANTED-QUESTION")
    Attendance.objects.create(session=panel, user=person, how=How.ONLINE, from_at=timezone.now(), to_at=timezone.now())
    paper(by=olga, name="of-somebody-else.pdf")
    steps = []
    result = gather({"user_id": person.pk}, lambda done, total: steps.append((done, total)))
    copy = Upload.objects.get(pk=result["upload_id"])
    assert (copy.owner, copy.purpose) == (person, MY_DATA)
    with copy.file.open("rb") as stored, zipfile.ZipFile(stored) as box:
        data = json.loads(box.read("my-data.json"))
        files = {name: box.read(name) for name in box.namelist() if name.startswith("files/")}
    assert list(files.values()) == [PDF]
    (application,) = data["applications"]
    assert {answer["words"] for answer in application["answers"]} == {"", "PLANTED-MEAL", "yes"}
    assert next(iter(files)) in {answer["file"] for answer in application["answers"]}
    assert [look["by"] for answer in application["answers"] for look in answer["looked_at"]] == ["Olga"]
    assert data["questions"]["asked"][0]["text"] == "PLANTED-QUESTION"
    assert data["calls_for_help"][0]["said"][0]["words"] == "PLANTED-CALL"
    assert data["presence"][0]["how"] == "online"
    assert data["account"]["email"] == "ana@example.org"
    assert steps == [(0, 2)]


def boxed(person: User) -> dict[str, bytes]:
    """The files in a copy of this person's data, by name."""
    copy = Upload.objects.get(pk=gather({"user_id": person.pk}, lambda done, total: None)["upload_id"])
    with copy.file.open("rb") as stored, zipfile.ZipFile(stored) as box:
        return {name: box.read(name) for name in box.namelist() if name.startswith("files/")}


def test_a_focal_points_copy_holds_nobody_elses_passport_and_no_note_verbale(
    delegates, fia, fiji, apply, paper, note_verbale
):
    passport = Field.objects.create(category=delegates, kind=FieldKind.FILE, label="Passport", is_sensitive=True)
    given = [Given(passport.pk, upload=paper(by=fia, name="bobs.pdf"))]
    bobs = apply(delegates, "Bob", by=fia, delegation_id=fiji.pk, answers=given)
    hand_in_credentials(fiji.pk, upload_id=note_verbale(fia).pk, names=[bobs.pk], by=fia)
    begun = paper(by=fia, name="of-a-form-that-was-not-sent.pdf")
    assert list(boxed(fia)) == [f"files/{begun.pk}-of-a-form-that-was-not-sent.pdf"]
    assert list(boxed(bobs.user)) == [f"files/{bobs.answers.get().upload_id}-bobs.pdf"]
    FocalPoint.objects.all().delete()
    assert list(boxed(fia)) == [f"files/{begun.pk}-of-a-form-that-was-not-sent.pdf"]


def test_the_copy_says_when_it_was_decided_and_which_credentials_name_its_person(
    delegates, fia, fiji, apply, olga, note_verbale
):
    application = apply(delegates, "Ana", by=fia, delegation_id=fiji.pk)
    moments = {"decided_at", "affirmed_at", "waiting_since"}
    noted = {name: timezone.now() - timedelta(days=number) for number, name in enumerate(sorted(moments))}
    Application.objects.filter(pk=application.pk).update(language="fr", **noted)
    credential = hand_in_credentials(fiji.pk, upload_id=note_verbale(fia).pk, names=[application.pk], by=fia)
    credential = verify_credentials(credential.pk, by=olga)
    (told,) = all_of(application.user)["applications"]
    assert told["language"] == "fr"
    assert {name: told[name] for name in moments} == noted
    assert told["named_in_credentials"] == [
        {
            "delegation": "Fiji",
            "state": "verified",
            "handed_in_at": credential.handed_in_at,
            "decided_at": credential.decided_at,
        }
    ]


def test_the_copy_says_that_a_help_desk_let_its_person_in_and_what_it_looked_at(conference, anas, olga):
    issue_code(conference.pk, email="ana@example.org", checked="passport", by=olga)
    (told,) = all_of(anas.user)["codes_to_sign_in"]
    entry = EntryPass.objects.get()
    assert told == {
        "made_at": entry.made_at,
        "good_until": entry.expires_at,
        "used_at": None,
        "given_by": "Olga",
        "checked": "help desk of icdd: passport",
    }


def test_nobody_elses_data_is_in_the_copy(conference, anas, ben, panel):
    open_ticket(key=uuid4(), conference_id=conference.pk, words="Of Ben", by=ben)
    Question.objects.create(session=panel, author=ben, text="Of Ben")
    told = json.dumps(all_of(anas.user), default=str)
    assert "PLANTED-MEAL" in told
    assert "Ben" not in told


def test_the_copy_is_gathered_by_a_job_and_asked_for_once(client, anas, django_capture_on_commit_callbacks):
    client.force_login(anas.user)
    asked = client.post(reverse("registration:ask_for_data"))
    job = Job.objects.get()
    assert asked.url == job.get_absolute_url()
    assert ask_for_my_data(by=anas.user) == job
    carry_out(claim(job.pk))
    job.refresh_from_db()
    assert (job.state, job.error) == ("done", "")
    assert status_of(client, job.leads_to) == 200
    assert ask_for_my_data(by=anas.user) != job
    Upload.objects.filter(purpose=MY_DATA).delete()
    assert job.leads_to == reverse("registration:privacy")


def test_only_who_is_signed_in_asks(client, anas):
    assert client.post(reverse("registration:ask_for_data")).status_code == 302
    assert not Job.objects.exists()
    with pytest.raises(SignInFirst):
        ask_for_my_data(by=_nobody())
    anas.user.is_active = False
    anas.user.save()
    with pytest.raises(HopelessError):
        gather({"user_id": anas.user.pk}, lambda done, total: None)


def _nobody():
    from django.contrib.auth.models import AnonymousUser  # noqa: PLC0415

    return AnonymousUser()


# Leaving for good


def test_whoever_leaves_makes_room_and_is_named_nowhere(followed, conference, public, apply, quota, anas, olga):
    Quota.objects.update(size=1)
    apply(public, "Bo")
    other = Application.objects.get(name="Bo")
    badge = Badge.objects.create(application=anas, code="c")
    Likeness.objects.create(first=anas, second=other, why="name")
    note(anas, CHANGE, by=olga)
    issue_entry(anas.user)
    EmailAddress.objects.create(user=anas.user, email="ana@example.org", verified=True)
    person, upload = anas.user, Upload.objects.get()
    OutgoingMail.objects.create(to=["ana@example.org"], from_address="icdd@example.org", subject="Welcome, Ana")
    with followed(SECRETARIAT.name(conference_id=conference.pk)) as events:
        leave(by=person)
    assert {event.name for event in events} >= {"application.withdrawn", "application.approved", "application.changed"}
    anas.refresh_from_db()
    other.refresh_from_db()
    badge.refresh_from_db()
    person.refresh_from_db()
    assert (anas.status, anas.name, anas.email, anas.user) == ("withdrawn", "Deleted person", "", None)
    assert other.status == Status.APPROVED
    assert badge.revoked_at is not None
    assert not Answer.objects.filter(application=anas).exists()
    assert not Upload.objects.filter(pk=upload.pk).exists()
    assert not Likeness.objects.exists()
    assert (person.name, person.is_active, person.has_usable_password()) == ("", False, False)
    assert not EntryPass.objects.filter(user=person).exists()
    assert not EmailAddress.objects.exists()
    assert not OutgoingMail.objects.filter(to=["ana@example.org"]).exists()
    assert set(LogEntry.objects.filter(object_id=str(anas.pk)).values_list("object_repr", flat=True)) == {
        "deleted person"
    }
    told = json.dumps(snapshot(SECRETARIAT.name(conference_id=conference.pk)).cards)
    assert "Ana" not in told


def test_no_role_that_somebody_once_had_keeps_their_name_in_the_log(conference, panel, fiji, olga):
    """Each was noted when it was given and when it was taken back; its row is gone, and with it whose it was."""
    of_zed = {"email": "zed@example.org", "name": "Zed", "by": olga}
    roles = [
        (invite_focal_point(fiji.pk, **of_zed), dismiss_focal_point),
        (add_post(conference.pk, work="door", **of_zed), remove_post),
        (appoint(panel.pk, duty="chair", **of_zed), dismiss_from_duty),
    ]
    zed = User.objects.get(email="zed@example.org")
    roles.append((Membership.objects.get(user=zed), remove_member))
    for role, end in roles:
        end(role.pk, by=olga)
    member = invite_member(conference.pk, role="participant", **of_zed)
    remain = invite_focal_point(fiji.pk, email="zedekiah@example.org", name="Zed", by=olga)
    assert LogEntry.objects.filter(object_repr__contains="Zed").count() > len(roles) * 2
    leave(by=zed)
    named = LogEntry.objects.filter(object_repr__contains="Zed").values_list("content_type__model", "object_id")
    assert list(named) == [("focalpoint", str(remain.pk))]
    assert not Membership.objects.filter(pk=member.pk).exists()


def test_no_reason_that_was_given_keeps_the_name_of_whoever_left(conference, press, apply, olga):
    application = apply(press, "Zed")
    move_application(application.pk, to=Status.APPROVED, reason="Zed is welcome", by=olga)
    issue_badge(application.pk, by=olga)
    reprint_badge(application.pk, reason="Zed lost it", by=olga)
    revoke_badge(application.badges.last().pk, reason="Zed lost it again", by=olga)
    reprint_badge(application.pk, reason="Zed has none", by=olga)
    leave(by=application.user)
    words = [
        *Badge.objects.values_list("reason", flat=True),
        *Step.objects.values_list("reason", flat=True),
        *Application.objects.values_list("reason", flat=True),
        *LogEntry.objects.values_list("object_repr", flat=True),
        *LogEntry.objects.values_list("change_message", flat=True),
    ]
    assert not [one for one in words if "Zed" in one]


def test_notes_verbales_that_were_not_handed_in_go_with_whoever_stored_them(delegates, fia, fiji, note_verbale):
    handed_in, _loose = note_verbale(fia), note_verbale(fia)
    hand_in_credentials(fiji.pk, upload_id=handed_in.pk, names=[_member(delegates, fiji).pk], by=fia)
    leave(by=fia)
    assert list(Upload.objects.all()) == [handed_in]


def test_what_was_declined_is_not_taken_up_again_once_its_person_left(press, apply, olga):
    application = move_application(apply(press, "Ana").pk, to=Status.REJECTED, reason="No.", by=olga)
    leave(by=application.user)
    with pytest.raises(NotAllowed):
        move_application(application.pk, to=Status.SUBMITTED, by=olga)


def test_the_pages_say_how_long_each_thing_is_kept_and_what_stays(
    client, conference, delegates, fia, fiji, apply, note_verbale
):
    application = apply(delegates, "Ana", by=fia, delegation_id=fiji.pk)
    hand_in_credentials(fiji.pk, upload_id=note_verbale(fia).pk, names=[application.pk], by=fia)
    client.force_login(application.user)
    page = client.get(reverse("registration:privacy")).text
    assert "Your name, your address and your function are kept here until" in page
    assert "A note verbale of Fiji names you. It is kept until" in page
    assert "When you were in a session: for good, and once you are deleted without your name." in page
    assert "When somebody was in a session or passed a door" in client.get(reverse("registration:delete_me")).text
    privacy.purge_facts(now=in_days(conference, 365))
    assert "Your name and address are no longer kept here." in client.get(reverse("registration:privacy")).text


def test_the_address_is_free_again(anas):
    leave(by=anas.user)
    again = ensure_person("ana@example.org", "Ana", by=None)
    assert again.pk != anas.user.pk
    assert again.is_active


def test_leaving_twice_is_leaving_once(anas):
    leave(by=anas.user)
    email = User.objects.get(pk=anas.user.pk).email
    leave(by=anas.user)
    assert User.objects.get(pk=anas.user.pk).email == email


@pytest.fixture
def questions(panel, ben):
    QuestionTime.objects.update_or_create(session=panel, defaults={"window": Window.OPEN})
    return {
        capacity: Question.objects.create(
            session=panel,
            author=ben,
            text=f"How do islands fare, {capacity}?",
            capacity=capacity,
            delegation_id=ben.memberships.get().delegation_id if capacity == Capacity.DELEGATION else None,
            status=QuestionStatus.LIVE,
        )
        for capacity in Capacity
    }


def test_questions_stay_and_open_pages_hear_that_nobody_asked_them(followed, questions, ben, ada):
    with followed(*questions.values()) as events:
        leave(by=ben)
    assert {event.name for event in events} == {"question.orphaned"}
    capacities = dict(Question.objects.values_list("pk", "capacity"))
    assert capacities == {
        questions[Capacity.SELF].pk: "anonymous",
        questions[Capacity.ANONYMOUS].pk: "anonymous",
        questions[Capacity.DELEGATION].pk: "delegation",
    }
    floor = json.dumps(snapshot(f"session.{ada.appointments.get().session_id}.floor").cards)
    assert "How do islands fare" in floor
    assert "Fiji" in floor
    assert "Ben" not in floor


def test_calls_for_help_go_with_their_person(followed, conference, ben, olga):
    ticket = open_ticket(key=uuid4(), conference_id=conference.pk, words="Help", by=ben)
    answer_ticket(ticket.pk, words="Yes?", key=uuid4(), by=olga)
    with followed(desk_topic(conference), own_topic(ticket)) as events:
        leave(by=ben)
    assert {event.name for event in events} == {"ticket.closed"}
    assert not Ticket.objects.exists()


def test_what_a_helper_answered_stays_without_their_name(conference, ben, olga):
    hana = User.objects.create_user("hana@example.org", name="Hana")
    Post.objects.create(conference=conference, user=hana, work=Work.HELP_DESK)
    ticket = open_ticket(key=uuid4(), conference_id=conference.pk, words="Help", by=ben)
    answer_ticket(ticket.pk, words="Reload the page.", key=uuid4(), by=hana)
    leave(by=hana)
    told = json.dumps(snapshot(own_topic(ticket)).cards)
    assert "Reload the page." in told
    assert "Hana" not in told
    assert not Post.objects.exists()


def test_the_last_organiser_stays_until_there_is_another(conference, olga, ben, ada):
    with pytest.raises(WrongMove) as refused:
        leave(by=olga)
    assert "ICDD" in str(refused.value.words)
    assert User.objects.get(pk=olga.pk).is_active
    assert Membership.objects.filter(user=olga, role=Role.ORGANISER).exists()
    Membership.objects.filter(user=ada).update(role=Role.ORGANISER)
    leave(by=olga)
    assert not Membership.objects.filter(user=olga).exists()


def test_who_runs_the_installation_hands_it_over_first(db):
    root = User.objects.create_superuser("root@example.org", name="Root")
    with pytest.raises(WrongMove):
        leave(by=root)
    assert User.objects.get(pk=root.pk).is_active


def test_duties_end_and_a_decision_stays(conference, panel, ada, public, apply, olga):
    application = apply(public, "Ana")
    Membership.objects.filter(user=ada).update(role=Role.ORGANISER)
    move_application(application.pk, to=Status.REJECTED, reason="Not this time.", by=ada)
    leave(by=ada)
    assert not Appointment.objects.filter(user=ada).exists()
    assert application.steps.last().by_id == ada.pk
    assert application.steps.last().after == Status.REJECTED


def showed_who_they_are(client, person, *, minutes_ago=0):
    """As after a sign-in on this device."""
    session = client.session
    session["account_authentication_methods_user"] = str(person.pk)
    session["account_authentication_methods"] = [{"method": "code", "at": time.time() - 60 * minutes_ago}]
    session.save()


def test_an_account_is_deleted_only_by_somebody_who_showed_just_now_who_they_are(client, anas, mailoutbox):
    client.force_login(anas.user)
    page, again = reverse("registration:delete_me"), reverse("accounts:again")
    showed_who_they_are(client, anas.user, minutes_ago=30)
    assert 'name="sure"' not in client.get(page).text
    assert client.post(page, {"sure": "yes"}).url == f"{again}?next=%2Faccount%2Fprivacy%2Fdelete%2F"
    assert User.objects.get(pk=anas.user.pk).is_active
    # Without a password it is shown by a mailed code.
    mailoutbox.clear()
    client.post(again, {"send": "yes", "next": page})
    [mail] = mailoutbox
    [code] = re.findall(r"\d{4}-\d{4}", mail.body)
    assert client.post(again, {"code": "0000-0000", "next": page}).status_code == 422
    assert client.post(again, {"code": code, "next": page}).url == page
    assert 'name="sure"' in client.get(page).text


def test_whoever_has_a_password_shows_it(client, eve):
    eve.set_password("a long enough one")
    eve.save()
    client.force_login(eve)
    answer = client.get(reverse("accounts:again"), {"next": reverse("registration:delete_me")})
    assert answer.url == f"{reverse('account_reauthenticate')}?next=%2Faccount%2Fprivacy%2Fdelete%2F"


def test_delete_me_asks_once_and_signs_out(client, anas):
    client.force_login(anas.user)
    showed_who_they_are(client, anas.user)
    page = reverse("registration:delete_me")
    assert status_of(client, page) == 200
    refused = client.post(page)
    assert refused.status_code == 422
    assert User.objects.get(pk=anas.user.pk).is_active
    done = client.post(page, {"sure": "yes"}, follow=True)
    assert done.redirect_chain == [(reverse("registration:gone"), 302)]
    assert "Your account has ended" in done.text
    assert client.get(reverse("registration:privacy")).status_code == 302


def test_the_page_says_why_the_last_organiser_stays(client, olga):
    client.force_login(olga)
    showed_who_they_are(client, olga)
    page = client.post(reverse("registration:delete_me"), {"sure": "yes"})
    assert page.status_code == 422
    assert "You are the only organiser of ICDD. Appoint another one first." in page.text
