"""The main job: a question travels from a delegate's phone to the big screen.

Before everybody concerned, and nobody else.
"""

import re
from uuid import uuid4

import pytest
from django.urls import reverse
from playwright.sync_api import Page, expect

from accounts.models import User
from conferences.models import Membership, Role
from sessions.programme.models import Access, Appointment, Duty, Room, Session, State
from sessions.questions.actions import approve_question, ask_question
from sessions.questions.models import Capacity, Question, QuestionTime, Status, Window

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

TEXT = "How do SMEs in small island States get online?"


@pytest.fixture
def floor_is_open(panel):
    return QuestionTime.objects.create(session=panel, window=Window.OPEN)


@pytest.fixture
def carla(conference, finland):
    """A second delegate."""
    carla = User.objects.create_user("carla@example.org", name="Carla")
    Membership.objects.create(conference=conference, user=carla, role=Role.DELEGATE, delegation=finland)
    return carla


@pytest.fixture
def parallel(conference, panel, ada):
    """Another panel, on at the same time, and moderated by Ada too."""
    room = Room.objects.create(conference=conference, name="Room 2", position=2)
    session = Session.objects.create(
        conference=conference,
        room=room,
        title="Big Data and Crisis Management",
        starts_at=panel.starts_at,
        ends_at=panel.ends_at,
        access=Access.REGISTERED,
        state=State.LIVE,
        went_live_at=panel.went_live_at,
    )
    QuestionTime.objects.create(session=session, window=Window.OPEN)
    Appointment.objects.create(session=session, user=ada, duty=Duty.MODERATOR)
    return session


def page_of(session) -> str:
    return reverse("programme:session", args=[session.conference.slug, session.pk])


def desk_of(session) -> str:
    return reverse("questions:desk", args=[session.conference.slug, session.pk])


def stage_of(question_time) -> str:
    return reverse("questions:stage", args=[question_time.session_id, question_time.stage_key])


def ask(page: Page, text: str) -> None:
    page.get_by_role("link", name="Ask a question").click()
    page.locator("#ask textarea").fill(text)
    page.get_by_role("button", name="Send to the desk").click()


def published(page: Page):
    return page.locator("#questions [data-live] li").filter(has_text=TEXT)


def test_from_a_phone_to_the_big_screen(visit, panel, floor_is_open, parallel, ben, carla, ada):
    delegate = visit(ben, page_of(panel), viewport="phone")
    second = visit(carla, page_of(panel))
    elsewhere = visit(carla, page_of(parallel))
    desk = visit(ada, desk_of(panel))
    projector = visit(None, stage_of(floor_is_open), viewport="projector")

    ask(delegate, TEXT)
    waiting = desk.locator("#waiting li").filter(has_text=TEXT)
    expect(waiting).to_be_visible()
    expect(delegate.locator("[data-own-list] li").filter(has_text=TEXT)).to_contain_text("Waiting for the desk")
    expect(published(second)).to_have_count(0)

    waiting.get_by_role("button", name="Approve").click()
    for page in (delegate, second):
        expect(published(page)).to_be_visible()

    published(second).locator("[data-vote]").click()
    for page in (delegate, second):
        expect(published(page).locator("[data-votes]")).to_have_text("1")
    live = desk.locator("#live li").filter(has_text=TEXT)
    expect(live.locator("[data-votes]")).to_have_text("1")

    live.get_by_role("button", name="Put on stage").click()
    expect(projector.get_by_text(TEXT)).to_be_visible()
    expect(projector.locator("[data-by]")).to_contain_text("Ben")
    expect(second.locator("[data-staged] li").filter(has_text=TEXT)).to_be_visible()

    desk.locator("#done li").filter(has_text=TEXT).get_by_role("button", name="Answered").click()
    expect(projector.get_by_text(TEXT)).to_be_hidden()
    expect(second.locator("[data-answered] li").filter(has_text=TEXT)).to_have_count(1)

    expect(elsewhere.get_by_text(TEXT)).to_have_count(0)
    assert Question.objects.get().status == Status.ANSWERED


def test_the_same_by_plain_forms(visit, panel, floor_is_open, ben, carla, ada):
    delegate = visit(ben, page_of(panel), viewport="phone", scripts=False)
    delegate.get_by_role("link", name="Ask a question").click()
    delegate.locator("textarea").fill(TEXT)
    delegate.get_by_role("button", name="Send to the desk").click()
    expect(delegate.locator("[data-own-list] li")).to_contain_text("Waiting for the desk")

    second = visit(carla, page_of(panel), scripts=False)
    expect(second.get_by_text(TEXT)).to_have_count(0)

    desk = visit(ada, desk_of(panel), scripts=False)
    desk.locator("#waiting li").filter(has_text=TEXT).get_by_role("button", name="Approve").click()
    second.reload()
    published(second).locator("[data-vote]").click()
    expect(published(second).locator("[data-votes]")).to_have_text("1")

    desk.reload()
    desk.locator("#live li").filter(has_text=TEXT).get_by_role("button", name="Put on stage").click()
    projector = visit(None, stage_of(floor_is_open), viewport="projector", scripts=False)
    expect(projector.get_by_text(TEXT)).to_be_visible()

    desk.locator("#done li").filter(has_text=TEXT).get_by_role("button", name="Answered").click()
    projector.reload()
    expect(projector.get_by_text(TEXT)).to_have_count(0)
    assert Question.objects.get().status == Status.ANSWERED
    # A page without scripts renews itself, and the page one types on does not.
    second.goto(page_of(panel))
    assert second.locator("meta[http-equiv=refresh]").count() == 1
    second.goto(reverse("questions:ask", args=[panel.conference.slug, panel.pk]))
    assert second.locator("meta[http-equiv=refresh]").count() == 0


def test_from_one_panel_to_another_in_one_click_with_the_draft_kept(
    visit, panel, floor_is_open, parallel, ben, carla, ada
):
    page = visit(ben, page_of(panel), viewport="phone")
    page.get_by_role("link", name="Ask a question").click()
    page.locator("#ask textarea").fill("A half-written thought about isl")
    page.keyboard.press("Escape")

    page.get_by_role("link", name=re.compile("Big Data")).first.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Big Data and Crisis Management")

    # Nothing of the room that was left arrives any more: what is said in both at once comes from this one.
    frames: list[str] = []
    page.on("websocket", lambda link: link.on("framereceived", lambda frame: frames.append(str(frame))))
    page.reload()
    expect(page.locator("body")).to_have_attribute("data-link", "connected")
    said = ((panel, "Only for the other room, please", ada), (parallel, "Asked in this room", carla))
    for session, text, by in said:
        asked = ask_question(session.pk, text=text, capacity=Capacity.SELF, uuid=uuid4(), by=by)
        approve_question(asked.pk, by=ada)
    expect(page.get_by_text("Asked in this room")).to_be_visible()
    expect(page.get_by_text("Only for the other room")).to_have_count(0)
    assert any(f"session.{parallel.pk}.floor" in frame for frame in frames)
    assert not any(f"session.{panel.pk}.floor" in frame for frame in frames)

    page.get_by_role("link", name="Ask a question").click()
    expect(page.get_by_role("button", name="use it here")).to_be_visible()
    page.keyboard.press("Escape")

    page.get_by_role("link", name=re.compile("Digital Innovation")).first.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Digital Innovation for SMEs")
    page.get_by_role("link", name="Ask a question").click()
    expect(page.locator("#ask textarea")).to_have_value("A half-written thought about isl")
    page.keyboard.press("Escape")

    # Or it is taken along.
    page.get_by_role("link", name=re.compile("Big Data")).first.click()
    page.get_by_role("link", name="Ask a question").click()
    page.get_by_role("button", name="use it here").click()
    expect(page.locator("#ask textarea")).to_have_value("A half-written thought about isl")
