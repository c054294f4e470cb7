"""The review on the floor’s page in words alone: what is read out, what was heard, and how to comment on it."""

import html
import re

import pytest
from django.urls import reverse

from sessions.floor.actions import desk, listing
from sessions.floor.models import Kind
from sessions.programme.actions import go_live
from sessions.review.actions import handing_in, remarking, setting_up
from sessions.review.models import Remark, RemarkKind, Remarks

pytestmark = pytest.mark.page

TEXT = "Consider a hotline for small islands."


@pytest.fixture
def on(review_session, slots, olga, ben, chen):
    """The session is live, Fiji speaks, and comments are heard after each statement."""
    setting_up.set_up_review(review_session.pk, remarks=Remarks.AFTER_EACH, by=olga)
    handing_in.hand_in_statement(slots[0].pk, language="en", text="Excellencies, thank you.", by=ben)
    go_live(review_session.pk, by=chen)
    desk.call_next(review_session.pk, by=chen)
    desk.start_turn(review_session.pk, slots[0].turn_id, by=chen)
    return slots[0]


@pytest.fixture
def words(review_session, client):
    """`words(vera)` is the page in words, as she sees it; with a `section`, from that heading to the next."""

    def got(person, section=None):
        client.force_login(person)
        page = html.unescape(client.get(address(review_session)).content.decode())
        return page if section is None else re.split(rf"<h2>{section}</h2>", page)[1].partition("<h2>")[0]

    return got


def address(session):
    return reverse("floor:text", args=[session.conference.slug, session.pk])


def comment_page(slot):
    return reverse("review:comment", args=["icdd", slot.review_id, slot.pk])


def test_a_remark_stands_under_who_speaks_while_it_is_read_and_never_before(words, review_session, on, vera, ada, chen):
    remarking.submit_remark(on.pk, kind=RemarkKind.RECOMMENDATION, text=TEXT, by=vera)
    turn = listing.join_list(review_session.pk, kind=Kind.COMMENT, about_id=on.turn_id, by=vera)
    desk.end_turn(review_session.pk, on.turn_id, by=chen)
    desk.call_turn(review_session.pk, turn.pk, by=chen)
    assert TEXT not in words(ada)
    desk.start_turn(review_session.pk, turn.pk, by=chen)
    said = re.sub(r"<[^>]*>", "", words(ada, "Now"))
    assert TEXT in said
    assert "Recommendation to Fiji" in " ".join(said.split())
    desk.end_turn(review_session.pk, turn.pk, by=chen)
    assert TEXT not in words(ada, "Now")


def test_it_leads_to_the_comment_s_own_page_and_back(words, review_session, on, slots, client, vera, ben, ada):
    offered = f"{comment_page(on)}?back={address(review_session)}"
    assert offered in words(vera, "Now")
    for person in (ben, ada):
        assert offered not in words(person, "Now")
    assert comment_page(slots[2]) in words(vera, "Statements")
    assert comment_page(slots[1]) not in words(vera)
    assert "/comment/" not in words(ada)
    client.force_login(vera)
    form = client.get(offered).content.decode()
    assert f'name="back" value="{address(review_session)}"' in form
    answer = client.post(offered, {"kind": "comment", "text": TEXT, "back": address(review_session)})
    assert answer.url == address(review_session)
    assert Remark.objects.get().text == TEXT
    elsewhere = client.post(offered, {"kind": "comment", "text": "More.", "back": "https://elsewhere.example/"})
    assert elsewhere.url == review_session.get_absolute_url()


def test_it_leads_to_each_statement_once_it_was_heard(words, review_session, on, ada, chen):
    link = reverse("review:statement", args=["icdd", review_session.pk, on.statements.get().pk])
    assert link not in words(ada)
    desk.end_turn(review_session.pk, on.turn_id, by=chen)
    assert link in words(ada, "Statements")


def test_a_session_that_is_no_review_has_nothing_of_it(panel, client, ada):
    client.force_login(ada)
    shown = client.get(address(panel))
    assert shown.status_code == 200
    assert "<h2>Statements</h2>" not in shown.content.decode()
