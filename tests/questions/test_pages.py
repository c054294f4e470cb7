"""The pages, by plain forms: what works here works without any script."""

import html
import re
from urllib.parse import parse_qs, urlsplit

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import User
from sessions.questions.actions import vote_for
from sessions.questions.models import Question, QuestionTime, Status, Vote, Window

TEXT = "How do small islands take part in this?"


def browser(person: User | None = None) -> Client:
    client = Client()
    if person:
        client.force_login(person)
    return client


def address(name, session, *more):
    return reverse(f"questions:{name}", args=[session.conference.slug, session.pk, *more])


def fields(response, action_or_id) -> dict[str, str]:
    """The hidden fields of a form on a page, as a browser would send them back."""
    page = response.content.decode()
    form = next(found for found in re.findall(r"<form.*?</form>", page, re.S) if action_or_id in found)
    hidden = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', form)
    return {name: html.unescape(value) for name, value in hidden}


def texts(response) -> list[str]:
    return re.findall(r"data-text>([^<]+)<", response.content.decode())


def test_a_question_travels_from_a_phone_to_the_stage_by_plain_forms(open_panel, ada, ben, dina):
    asker, supporter, moderator, wall = browser(ben), browser(dina), browser(ada), browser()

    form = asker.get(address("ask", open_panel))
    asked = asker.post(
        address("ask", open_panel),
        {**fields(form, "ask-form"), "text": TEXT, "capacity": "delegation", "language": "en"},
    )
    assert asked.status_code == 302
    question = Question.objects.get()
    assert (question.status, str(question.delegation)) == (Status.PENDING, "Fiji")
    assert TEXT in asker.get(open_panel.get_absolute_url()).content.decode()
    assert TEXT not in supporter.get(open_panel.get_absolute_url()).content.decode()

    desk = moderator.get(address("desk", open_panel))
    moderator.post(address("move", open_panel), {**fields(desk, "desk-form"), "approve": question.pk})
    seen = supporter.get(open_panel.get_absolute_url())
    assert TEXT in seen.content.decode()

    supporter.post(address("support", open_panel), {**fields(seen, "support-form"), "support": question.pk})
    question.refresh_from_db()
    assert (question.vote_count, question.delegation_count) == (1, 1)
    assert f'name="take_back" value="{question.pk}"' in supporter.get(open_panel.get_absolute_url()).content.decode()

    desk = moderator.get(address("desk", open_panel))
    stage = QuestionTime.objects.get().stage_key
    assert TEXT not in wall.get(f"/s/{open_panel.pk}/{stage}/").content.decode()
    moderator.post(address("move", open_panel), {**fields(desk, "desk-form"), "stage": question.pk})
    shown = wall.get(f"/s/{open_panel.pk}/{stage}/").content.decode()
    assert TEXT in shown
    assert "Fiji" in shown

    desk = moderator.get(address("desk", open_panel))
    moderator.post(address("move", open_panel), {**fields(desk, "desk-form"), "answer": question.pk})
    question.refresh_from_db()
    assert question.status == Status.ANSWERED
    assert TEXT not in wall.get(f"/s/{open_panel.pk}/{stage}/").content.decode()


def test_a_form_sent_twice_asks_once(open_panel, ben):
    asker = browser(ben)
    data = {
        **fields(asker.get(address("ask", open_panel)), "ask-form"),
        "text": TEXT,
        "capacity": "self",
        "language": "en",
    }
    for _ in range(2):
        assert asker.post(address("ask", open_panel), data).status_code == 302
    assert Question.objects.count() == 1


@pytest.mark.parametrize(("text", "status"), [("Too short", 400), ("", 400), ("x" * 600, 400)])
def test_what_was_typed_is_kept_when_it_cannot_be_taken(open_panel, ben, text, status):
    answer = browser(ben).post(address("ask", open_panel), {"text": text, "capacity": "anonymous", "language": "ar"})
    page = answer.content.decode()
    assert answer.status_code == status
    assert f">\n{text}</textarea>" in page
    assert re.search(r'value="anonymous"[^>]*checked', page)
    assert "errorlist" in page


def test_what_was_typed_is_kept_when_questions_closed_meanwhile(open_panel, ben):
    QuestionTime.objects.update(window=Window.CLOSED)
    answer = browser(ben).post(address("ask", open_panel), {"text": TEXT, "capacity": "self", "language": "en"})
    assert answer.status_code == 409
    assert f">\n{TEXT}</textarea>" in answer.content.decode()


def test_whoever_may_not_speak_for_a_delegation_is_not_offered_it(open_panel, ben, dina):
    assert "On behalf of Fiji" in browser(ben).get(address("ask", open_panel)).content.decode()
    assert "On behalf of" not in browser(dina).get(address("ask", open_panel)).content.decode()
    forged = browser(dina).post(address("ask", open_panel), {"text": TEXT, "capacity": "delegation", "language": "en"})
    assert forged.status_code == 400
    assert not Question.objects.exists()


def test_a_refused_vote_is_told_on_the_next_page(open_panel, ben, a_question):
    question = a_question(open_panel, ben)
    author = browser(ben)
    answer = author.post(address("support", open_panel), {"support": question.pk}, follow=True)
    assert answer.status_code == 200
    assert "You cannot support your own question." in html.unescape(answer.content.decode())


def test_support_is_taken_back_by_the_same_form(open_panel, ben, dina, a_question):
    question = a_question(open_panel, ben)
    vote_for(question.pk, by=dina)
    browser(dina).post(address("support", open_panel), {"take_back": question.pk})
    assert not Vote.objects.exists()


def test_a_page_gone_back_to_supports_another_question_with_the_same_form(open_panel, ben, dina, a_question):
    first, second = a_question(open_panel, ben), a_question(open_panel, ben)
    supporter = browser(dina)
    form = fields(supporter.get(open_panel.get_absolute_url()), "support-form")
    for question in (first, second, second):
        supporter.post(address("support", open_panel), {**form, "support": question.pk})
    assert Vote.objects.count() == 2


def test_the_author_withdraws_by_a_form(open_panel, ben, a_question):
    question = a_question(open_panel, ben, Status.PENDING)
    author = browser(ben)
    form = fields(author.get(open_panel.get_absolute_url()), "withdraw-form")
    author.post(address("withdraw", open_panel), {**form, "question": question.pk})
    question.refresh_from_db()
    assert question.status == Status.WITHDRAWN


def test_dismissing_asks_for_a_reason_and_tells_the_author_alone(open_panel, ada, ben, dina, a_question):
    question = a_question(open_panel, ben, Status.PENDING)
    moderator = browser(ada)
    there = address("dismiss", open_panel, question.pk)
    assert moderator.get(there).status_code == 200
    assert moderator.post(there, {"note": "Which islands?"}).status_code == 400
    assert moderator.post(there, {"reason": "unclear", "note": "Which islands?"}).status_code == 302
    mine = html.unescape(browser(ben).get(open_panel.get_absolute_url()).content.decode())
    assert "It was not clear enough" in mine
    assert "Which islands?" in mine
    assert "Which islands?" not in browser(dina).get(open_panel.get_absolute_url()).content.decode()
    assert "Which islands?" not in moderator.get(address("desk", open_panel)).content.decode()


def test_the_desk_no_longer_reads_a_withdrawn_question_but_is_told_when_it_comes_too_late(
    open_panel, ada, ben, a_question
):
    question = a_question(open_panel, ben, Status.WITHDRAWN)
    there = address("dismiss", open_panel, question.pk)
    for answer in (browser(ada).get(there), browser(ada).post(there, {"note": "No reason"})):
        assert answer.status_code == 404
        assert question.text not in answer.content.decode()
    assert browser(ada).post(there, {"reason": "unclear"}).url == address("desk", open_panel)


def test_the_desk_opens_questions_and_gives_the_projector_an_address(panel, ada):
    moderator = browser(ada)
    desk = moderator.get(address("desk", panel))
    moderator.post(address("window", panel), {**fields(desk, "/desk/window/"), "window": "open"})
    question_time = QuestionTime.objects.get()
    assert question_time.window == Window.OPEN
    assert f"/s/{panel.pk}/{question_time.stage_key}/" in moderator.get(address("desk", panel)).content.decode()
    assert moderator.get(address("stage_here", panel)).url == f"/s/{panel.pk}/{question_time.stage_key}/"


def test_a_new_address_makes_the_old_one_show_nothing(open_panel, ada):
    old = f"/s/{open_panel.pk}/{open_panel.question_time.stage_key}/"
    assert browser().get(old).status_code == 200
    browser(ada).post(address("new_address", open_panel), {})
    assert browser().get(old).status_code == 404
    new = f"/s/{open_panel.pk}/{QuestionTime.objects.get().stage_key}/"
    assert browser().get(new).status_code == 200


@pytest.mark.parametrize("key", [0, 1, 10**17, 10**30])
def test_a_guessed_address_of_a_stage_is_not_there(open_panel, key):
    assert browser().get(f"/s/{open_panel.pk}/{key}/").status_code == 404


def test_the_short_address_leads_to_the_session(open_panel):
    assert browser().get(f"/s/{open_panel.pk}/").url == open_panel.get_absolute_url()
    assert browser().get("/s/999999/").status_code == 404


def test_the_stage_invites_to_ask_while_nothing_is_on_it(open_panel):
    page = browser().get(f"/s/{open_panel.pk}/{open_panel.question_time.stage_key}/").content.decode()
    assert f"testserver/s/{open_panel.pk}" in page
    assert '<svg class="stage-code"' in page or 'class="stage-code"' in page
    assert "style=" not in page


@pytest.mark.parametrize("name", ["desk", "move", "window", "new_address", "stage_here"])
def test_there_is_no_desk_for_whoever_does_not_moderate(open_panel, ben, eve, name):
    for person in (ben, eve):
        client = browser(person)
        get = client.get(address(name, open_panel)).status_code
        post = client.post(address(name, open_panel), {}).status_code
        assert {get, post} <= {404, 405}
        assert 404 in (get, post)


@pytest.mark.parametrize("name", ["list", "ask", "desk"])
def test_whoever_is_not_signed_in_is_asked_to(open_panel, name):
    answer = browser().get(address(name, open_panel))
    assert answer.status_code == 302
    assert answer.url.startswith(reverse("account_login"))


@pytest.mark.parametrize("name", ["list", "ask"])
def test_a_stranger_and_a_wrong_conference_find_nothing(open_panel, ben, eve, name):
    assert browser(eve).get(address(name, open_panel)).status_code == 404
    assert browser(ben).get(f"/c/other{address(name, open_panel).removeprefix('/c/icdd')}").status_code == 404


def test_nobody_is_sent_off_this_site_by_a_form(open_panel, ben, dina, a_question):
    question = a_question(open_panel, ben)
    for elsewhere in ("https://evil.example/", "//evil.example/", "javascript:alert(1)"):
        answer = browser(dina).post(address("support", open_panel), {"support": question.pk, "back": elsewhere})
        assert answer.url == open_panel.get_absolute_url()


@pytest.mark.parametrize("sent", ["", "x", "-1", "1e9", "٣", "9" * 40, "0"])
def test_a_button_that_says_nonsense_finds_nothing(open_panel, ada, ben, sent):
    assert browser(ben).post(address("support", open_panel), {"support": sent}).status_code in (302, 404)
    assert browser(ada).post(address("move", open_panel), {"approve": sent}).status_code in (302, 404)


def test_the_list_goes_on_where_a_page_ends(open_panel, ben, ada, a_question):
    for number in range(60):
        a_question(open_panel, ada, text=f"Question number {number}?", vote_count=60 - number)
    reader = browser(ben)
    first, second = reader.get(address("list", open_panel)), reader.get(f"{address('list', open_panel)}?page=2")
    assert texts(first) + texts(second) == [f"Question number {number}?" for number in range(60)]
    assert reader.get(f"{address('list', open_panel)}?page=x").status_code == 404
    assert reader.get(f"{address('list', open_panel)}?show=pending").status_code == 404


def test_similar_questions_are_offered_while_typing(open_panel, ben, dina, a_question):
    a_question(open_panel, ben, text="How do small islands finance digital trade?")
    a_question(open_panel, ben, Status.PENDING, text="Small islands and digital trade, secretly?")
    a_question(open_panel, ben, text="Who trains the diplomats of tomorrow?")
    answer = browser(dina).post(
        address("similar", open_panel), {"text": "Can small islands finance their digital trade?"}
    )
    page = answer.content.decode()
    assert "How do small islands finance digital trade?" in page
    assert "secretly" not in page
    assert "diplomats" not in page


@pytest.mark.parametrize("name", ["list", "desk", "session"])
def test_pages_run_as_many_queries_for_many_questions_as_for_one(open_panel, ada, dina, fiji, ben, a_question, name):
    where = open_panel.get_absolute_url() if name == "session" else address(name, open_panel)
    client = browser(ada)
    client.get(where)
    ran = []
    made = 0
    for count in (1, 3, 60):
        for number in range(made, count):
            for status in (Status.LIVE, Status.PENDING, Status.ANSWERED, Status.DISMISSED):
                a_question(open_panel, (ben, dina)[number % 2], status, text=f"Question number {number}?")
            a_question(open_panel, ben, delegation=fiji, text=f"Question of Fiji, number {number}?")
        made = count
        with CaptureQueriesContext(connection) as queries:
            assert client.get(where).status_code == 200
        ran.append(len(queries))
    assert ran == [ran[0]] * 3


@pytest.mark.parametrize("name", ["desk", "session"])
def test_a_session_with_5000_questions_reads_as_little_as_one_with_50(open_panel, another_panel, ada, ben, name):
    another_panel.appointments.create(user=ada, duty="moderator")
    QuestionTime.objects.create(session=another_panel, window=Window.OPEN)
    pages = []
    for session, count in ((another_panel, 50), (open_panel, 5000)):
        Question.objects.bulk_create(
            Question(
                session=session, author=ben, text=f"Question number {number:04}?", status=status, vote_count=number % 90
            )
            for number in range(count)
            for status in ((Status.LIVE, Status.PENDING, Status.ANSWERED, Status.LIVE)[number % 4],)
        )
        where = session.get_absolute_url() if name == "session" else address(name, session)
        client = browser(ada)
        client.get(where)
        with CaptureQueriesContext(connection) as queries:
            page = client.get(where).content
        pages.append((len(queries), page))
    (few_ran, few), (many_ran, many) = pages
    assert many_ran == few_ran
    # 50 of a list are on a page, however many there are.
    assert len(many) < 3.2 * len(few)
    assert {plan for query in queries for plan in full_scans(query["sql"])} == set()


def full_scans(sql: str) -> list[str]:
    """Steps of the query's plan that read a whole table of questions. SQLite tells; PostgreSQL decides by size."""
    if connection.vendor != "sqlite" or not sql.startswith("SELECT"):
        return []
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN QUERY PLAN {sql}")
        steps = [row[3] for row in cursor.fetchall()]
    return [step for step in steps if step.startswith("SCAN questions_") and "INDEX" not in step]


def test_a_form_sent_after_the_sign_in_ended_leads_back_to_its_page(open_panel):
    page = f"http://testserver{open_panel.get_absolute_url()}?still"
    on_this_site = page.removeprefix("http://testserver")
    for referer, leads_to in ((page, on_this_site), ("https://evil.example/x", "/"), ("", "/")):
        answer = browser().post(address("withdraw", open_panel), {"question": "1"}, headers={"Referer": referer})
        assert answer.status_code == 302
        assert parse_qs(urlsplit(answer.url).query)["next"] == [leads_to]
