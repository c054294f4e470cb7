"""Every page there is, found in the list of addresses: axe finds nothing, in light, in dark and from right to left.

A new address is walked at once; one that is no page says here what it is.
"""

from collections.abc import Iterator
from contextlib import suppress
from datetime import timedelta
from itertools import combinations
from uuid import uuid4

import pytest
from django.contrib.auth.models import AnonymousUser
from django.core.files.base import ContentFile
from django.test import Client
from django.urls import NoReverseMatch, URLPattern, URLResolver, get_resolver, reverse
from playwright.sync_api import Page

from files.actions import store_upload
from jobs.actions import carry_out, claim, start
from registration.actions import submit_application
from registration.answers import Given
from registration.badges import issue_badge
from registration.delegation_actions import hand_in_credentials
from registration.door import add_gate, invite_device
from registration.help import answer_ticket, open_ticket
from registration.import_actions import take_in_list, try_import
from registration.letter_actions import draft_mailing
from registration.letters import Words
from registration.mailings import unsubscribe_address
from registration.models import Application, Category, Field, FieldKind, Likeness
from registration.models import Capacity as Place
from registration.rules import CREDENTIALS
from registration.wishes import Facts, Wish
from sessions.attendance.actions import set_doors
from sessions.attendance.models import Attendance, How
from sessions.floor.actions.desk import call_next, start_turn
from sessions.floor.actions.points import raise_point
from sessions.floor.actions.standing import Statement, inscribe_statements
from sessions.floor.models import Floor, Speakers
from sessions.programme.models import Access, Appointment, Duty, Speaker
from sessions.questions.models import Capacity, Question, QuestionTime, Status, Vote, Window
from sessions.review.actions.handing_in import hand_in_statement
from sessions.review.actions.lots import commit_lot, draw_lot
from sessions.review.actions.reporting import set_achievements, set_commitments
from sessions.review.actions.setting_up import invite, set_up_review
from sessions.review.actions.themes import add_theme
from sessions.review.models import Remark, Remarks, Review
from sessions.stage.actions import set_source

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

NO_PAGES = {
    # Asked by scripts, or answered with a file, a redirect or a part of a page.
    "web:set_language", "web:set_theme", "web:health", "web:accent", "web:robots", "web:manifest", "web:favicon",
    "realtime:do", "realtime:events", "realtime:since", "realtime:time", "files:download", "files:uploads",
    "files:upload", "stage:hls", "stage:hls_on_screen",
    "attendance:export",
    "questions:similar", "questions:short", "questions:stage_here", "floor:screen_here", "mfa_download_recovery_codes",
    # Forms of other pages post to these.
    "conferences:add_delegations", "conferences:reorder_delegations", "conferences:remove_delegation",
    "conferences:remove_member", "programme:move", "programme:remove_room", "programme:remove_session",
    "programme:appoint", "programme:dismiss",
    "questions:support", "questions:withdraw", "questions:move", "questions:window", "questions:new_address",
    "reactions:give", "stage:clear", "floor:speak", "floor:new_screen_address", "floor:console_act",
    # Steps of signing in and of second factors: tests/accounts walks them in their order.
    "account_email_verification_sent", "account_confirm_login_code", "account_confirm_password_reset_code",
    "account_complete_password_reset", "account_reauthenticate", "account_change_password", "account_set_password",
    "mfa_authenticate", "mfa_reauthenticate", "mfa_activate_totp", "mfa_deactivate_totp", "mfa_view_recovery_codes",
    "mfa_generate_recovery_codes", "mfa_list_webauthn", "mfa_add_webauthn", "mfa_reauthenticate_webauthn",
    "mfa_remove_webauthn", "mfa_edit_webauthn", "mfa_login_webauthn", "accounts:confirm_address", "accounts:setup",
    # The page behind a mailed link: test_entry.py walks it. A form of one's own page.
    "accounts:enter_by_link", "registration:confirm", "registration:set_in_list",
    "registration:agree",
    # Only in the demonstration.
    "mail:inbox",
    # Forms of the secretariat's desk.
    "registration:move_several", "registration:move", "registration:admit_beyond", "registration:open_paper",
    "registration:remove_post",
    "registration:move_category", "registration:remove_category", "registration:move_field",
    "registration:remove_field",
    # Forms of a delegation's page, and of the page of protocol orders.
    "registration:invite_focal_point", "registration:dismiss_focal_point", "registration:affirm",
    "registration:arrange", "registration:draw",
    # Files to print, and a form.
    "registration:my_badge_file", "registration:my_certificate", "registration:badge_file", "registration:plates",
    "registration:print_certificates", "registration:design_sample",
    # Forms of letters, and a file.
    "registration:reset_letter", "registration:look_at_mailing", "registration:send_mailing",
    "registration:stop_mailing", "registration:discard_mailing", "registration:my_calendar",
    # What devices at a gate ask for, and their page: test_registration_door.py walks it with a device. Forms of gates.
    "registration:door", "registration:door_list", "registration:door_scans", "registration:door_walk_in",
    "registration:door_reprint", "registration:door_photo", "registration:door_worker",
    "registration:invite_device", "registration:revoke_device",
    # Forms of the help desk and of whoever called.
    "registration:helped", "registration:take_ticket", "registration:close_ticket", "registration:ask_for_data",
    # Forms and files of lists.
    "registration:start_import", "registration:discard_import", "registration:import_errors",
    "registration:start_export", "registration:find_likenesses", "registration:decide_likeness",
    "registration:participants_pdf",
    # Forms of a review, a file, and what a form asks while somebody types.
    "review:plan", "review:invite", "review:back_to_rule", "review:move_slot", "review:withdraw_slot",
    "review:add_theme", "review:move_theme", "review:remove_theme", "review:commit_lot", "review:canonical",
    "review:mark_attended",
    # Forms of a delegation’s page in a review, files, parts and words that scripts ask for.
    "review:act", "review:remove_statement", "review:end_embargo", "review:remove_film", "review:film_now",
    "review:preview_file", "review:statement_text",
    # Open in a delegation’s own name only, or with its film: test_review_delegation.py walks them.
    "review:mine", "review:answer", "review:comment", "review:preview",
    # Records, reports and scripts as files, captions, and a redirect.
    "review:record_json", "review:record_pdf", "review:script_pdf", "review:report_json", "review:report_pdf",
    "review:captions", "review:report_by_country",
}  # fmt: skip


@pytest.fixture
def house(panel, ada, ben, chen, olga, finland, settings):
    """Something of everything: questions in every state, a picture, people present, speakers, staff, a job."""
    panel.access = Access.PUBLIC
    panel.about = "What small firms need."
    panel.save()
    question_time = QuestionTime.objects.create(session=panel, window=Window.OPEN)
    questions = [
        Question.objects.create(
            session=panel,
            author=ben,
            text=f"How do small firms on islands get online, part {number}?",
            status=status,
            reason="tone" if status == Status.DISMISSED else "",
            capacity=Capacity.ANONYMOUS if number % 2 else Capacity.SELF,
        )
        for number, status in enumerate([*Status, Status.LIVE, Status.PENDING])
    ]
    Vote.objects.create(question=questions[1], voter=ada)
    Attendance.objects.create(
        session=panel,
        user=ben,
        how=How.ONLINE,
        from_at=panel.went_live_at,
        to_at=panel.went_live_at + timedelta(hours=1),
    )
    Speaker.objects.create(session=panel, name="Retno L. P. Marsudi", title="Minister", delegation=finland)
    set_source(panel.pk, hls_url="https://cdn.example.org/panel/master.m3u8", by=olga)
    job = start("populate", {"people": 1, "conference": panel.conference.slug}, by=olga)
    Floor.objects.create(
        session=panel,
        speakers=Speakers.DELEGATIONS,
        list_is_open=True,
        desk_holder=olga,
        screen_key=question_time.stage_key,
    )
    statements = [
        Statement(delegation=finland, name="Otso", theme={"en": "Digital diplomacy"}, allotted_ms=180_000),
        Statement(delegation=ben.memberships.get().delegation, function="Minister", allotted_ms=180_000),
    ]
    speaking = inscribe_statements(panel, statements, by=olga)[0]
    call_next(panel.pk, by=olga)
    start_turn(panel.pk, speaking.pk, by=olga)
    raise_point(panel.pk, by=ben)
    call = open_ticket(key=uuid4(), conference_id=panel.conference_id, words="I hear nothing.", by=olga)
    answer_ticket(call.pk, words="Choose “Sound only”.", key=uuid4(), by=olga)
    observers = Category.objects.create(conference=panel.conference, capacity=Place.OBSERVER, name="Observers")
    asked = Field.objects.create(category=observers, kind=FieldKind.TEXT, label="Outlet", why="For the badge.")
    applied = submit_application(
        Wish(
            category_id=observers.pk,
            facts=Facts(name="Ana", email="ana@example.org"),
            submit_key=uuid4(),
            answers=[Given(asked.pk, "The Fiji Times")],
        ),
        by=AnonymousUser(),
    )
    # Nobody comes for a delegation by the public form.
    Application.objects.filter(pk=applied.pk).update(delegation=finland)
    own = submit_application(
        Wish(
            category_id=observers.pk,
            delegation_id=finland.pk,
            facts=Facts(name="Olga", email=olga.email),
            submit_key=uuid4(),
            answers=[Given(asked.pk, "The Fiji Times")],
        ),
        by=olga,
    )
    issue_badge(own.pk, by=olga)
    note = store_upload(
        ContentFile(b"%PDF-1.7 The Ministry presents its compliments", name="note verbale.pdf"),
        purpose=CREDENTIALS,
        accepts=["application/pdf"],
        largest=1000,
        by=olga,
    )
    credential = hand_in_credentials(finland.pk, upload_id=note.pk, names=[applied.pk], by=olga)
    gate = add_gate(panel.conference_id, name="North entrance", by=olga)
    set_doors(panel.conference_id, rooms={gate.pk: panel.room_id}, by=olga)
    device, invitation = invite_device(gate.pk, name="Phone 1", by=olga)
    mailing = draft_mailing(
        panel.conference_id, words={"en": Words("News", "Dear {name}")}, recipients={"status": []}, by=olga
    )
    imported = take_in_list(
        panel.conference_id,
        category_id=observers.pk,
        attendance="online",
        file=ContentFile("Name,E-mail\nJosé,nowhere\n".encode("latin-1"), name="people.csv"),
        by=olga,
    )
    carry_out(claim(try_import(imported.pk, columns=imported.columns, encoding=imported.encoding, by=olga).pk))
    # As if it was set up before the session began: later its order and time are fixed.
    Review.objects.create(session=panel)
    theme = add_theme(panel.pk, title={"en": "Opportunities"}, by=olga)
    commit_lot(panel.pk, by=olga)
    Likeness.objects.create(first=applied, second=own, why="name")
    return {
        "slug": panel.conference.slug,
        "import_id": imported.pk,
        "letter_name": "approved",
        "language": "en",
        "mailing_id": mailing.pk,
        "signed": unsubscribe_address(applied).rstrip("/").rpartition("/")[2],
        "category_id": observers.pk,
        "field_id": asked.pk,
        "kind": FieldKind.CHOICE,
        # Her own: the pages of an applicant open for nobody else.
        "application_id": own.pk,
        "credential_id": credential.pk,
        "session_id": panel.pk,
        "question_id": questions[0].pk,
        "verb": "raise_point",
        "number": panel.pk,
        "key": question_time.stage_key,
        "room_id": panel.room_id,
        "delegation_id": finland.pk,
        "membership_id": ben.memberships.get().pk,
        "appointment_id": Appointment.objects.get(user=ada, duty=Duty.MODERATOR).pk,
        "job_id": job.pk,
        "ticket_id": call.pk,
        "gate_id": gate.pk,
        "device_id": device.pk,
        "invitation": invitation,
        # What the chair’s console asks before an act.
        "what": "note_point",
        "about_id": 0,
        "theme_id": theme.pk,
        **reviewed(panel, finland, olga),
    }


def reviewed(panel, finland, olga) -> dict[str, int]:
    """A countries’ review in the session: a slot with its statement, and what was said on it."""
    set_up_review(panel.pk, remarks=Remarks.AFTER_EACH, by=olga)
    (slot,) = invite(panel.pk, [finland.pk], by=olga)
    statement = hand_in_statement(slot.pk, language="en", text="Excellencies, thank you.", by=olga)
    set_achievements(slot.pk, [{"what": "Forms", "figure": "7", "evidence": "https://example.org/forms"}], by=olga)
    set_commitments(slot.pk, [{"text": "A hotline", "follow_up": "ongoing"}], by=olga)
    for text, state in (("Consider a hotline.", "delivered"), ("Consider two.", "filed")):
        Remark.objects.create(
            slot=slot, author=finland, kind="recommendation", text=text, state=state, answer="supported"
        )
    return {"slot_id": slot.pk, "statement_id": statement.pk}


def names_of(resolver: URLResolver, namespace: str = "") -> Iterator[str]:
    """The name of every address but the admin's, whose pages are Django's."""
    for pattern in resolver.url_patterns:
        if isinstance(pattern, URLResolver):
            inner = f"{namespace}{pattern.namespace}:" if pattern.namespace else namespace
            if inner != "admin:":
                yield from names_of(pattern, inner)
        elif isinstance(pattern, URLPattern) and pattern.name:
            yield f"{namespace}{pattern.name}"


def address_of(name: str, house: dict) -> str | None:
    """The address with the arguments it takes, or None where it wants one that the house does not have."""
    for size in range(5):
        for names in combinations(house, size):
            with suppress(NoReverseMatch):
                return reverse(name, kwargs={each: house[each] for each in names})
    return None


def candidates(house: dict) -> dict[str, str]:
    """name -> address, of all that is said to be a page."""
    names = dict.fromkeys(name for name in names_of(get_resolver()) if name not in NO_PAGES)
    return {name: path for name in names if (path := address_of(name, house)) is not None}


def test_every_address_is_a_page_or_says_what_it_is(house, olga):
    assert set(names_of(get_resolver())) - candidates(house).keys() == NO_PAGES
    organiser, nobody = Client(), Client()
    organiser.force_login(olga)
    for name, path in candidates(house).items():
        answers = [client.get(path) for client in (organiser, nobody)]
        assert any(answer.status_code == 200 and b"<html" in answer.content[:500] for answer in answers), name


@pytest.mark.parametrize("direction", ["ltr", "rtl"])
def test_axe_finds_nothing(visit, site, house, olga, direction, complaints_of_axe):
    def reader(person) -> Page:
        page = visit(person, "/health/")
        if direction == "rtl":
            home = f"http://localhost:{site.port}"
            page.context.add_cookies([{"name": "django_language", "value": "ar", "url": home}])
        return page

    organiser, nobody = reader(olga), reader(None)
    complaints = {}
    for name, path in candidates(house).items():
        page, answer = organiser, organiser.goto(path)
        if answer.request.redirected_from is not None:
            # Pages of signing in send on whoever is signed in.
            page, answer = nobody, nobody.goto(path)
        assert answer.status == 200, name
        assert page.locator("html").get_attribute("dir") == direction
        if found := complaints_of_axe(page):
            complaints[name] = found
    assert complaints == {}


@pytest.mark.parametrize("direction", ["ltr", "rtl"])
def test_axe_finds_nothing_about_a_lot_that_is_drawn(visit, site, house, olga, direction, complaints_of_axe):
    draw_lot(house["session_id"], by=olga)
    page = visit(None, "/health/")
    if direction == "rtl":
        page.context.add_cookies([{"name": "django_language", "value": "ar", "url": f"http://localhost:{site.port}"}])
    page.goto(reverse("review:lot", args=[house["slug"], house["session_id"]]))
    page.locator("#check").click()
    page.locator("[data-end]").wait_for()
    page.locator("#recipe > summary").click()
    assert complaints_of_axe(page) == []


def test_a_session_is_light_on_the_wire(visit, site, house, ben):
    """Text at most 50 kB, with its scripts at most 150 kB, everything compressed as it is served."""
    path = reverse("programme:session", args=[house["slug"], house["session_id"]])
    assert weight_of(visit, ben, path, scripts=False) <= 50_000
    assert weight_of(visit, ben, path, scripts=True) <= 150_000


def weight_of(visit, person, path: str, *, scripts: bool) -> int:
    """Bytes on the wire, headers included, of a first visit."""
    page = visit(person, "/health/", scripts=scripts)
    link = page.context.new_cdp_session(page)
    link.send("Network.enable")
    weights: list[float] = []
    link.on("Network.loadingFinished", lambda event: weights.append(event["encodedDataLength"]))
    page.goto(path, wait_until="networkidle")
    assert weights
    return int(sum(weights))
