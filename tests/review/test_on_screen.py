"""A remark on the big screen: while it is read, for whoever has the address, and for nobody else."""

import pytest
from django.urls import reverse

from outbox.reading import may_follow, snapshot
from sessions.floor.actions import desk, listing
from sessions.floor.actions.setting import renew_screen_key
from sessions.floor.models import Floor, Kind
from sessions.programme.actions import go_live
from sessions.review.actions import remarking, setting_up
from sessions.review.models import RemarkKind, Remarks

TEXT = "Consider <b>a hotline</b> for small islands."
ESCAPED = "Consider &lt;b&gt;a hotline&lt;/b&gt; for small islands."
WRONG = 123_456_789_012_345_678


@pytest.fixture
def asked(review_session, slots, olga, vera, chen):
    """Finland typed a remark on Fiji’s statement, and is next to read it."""
    setting_up.set_up_review(review_session.pk, remarks=Remarks.AFTER_EACH, by=olga)
    go_live(review_session.pk, by=chen)
    desk.call_next(review_session.pk, by=chen)
    desk.start_turn(review_session.pk, slots[0].turn_id, by=chen)
    remarking.submit_remark(slots[0].pk, kind=RemarkKind.RECOMMENDATION, text=TEXT, by=vera)
    turn = listing.join_list(review_session.pk, kind=Kind.COMMENT, about_id=slots[0].turn_id, by=vera)
    desk.end_turn(review_session.pk, slots[0].turn_id, by=chen)
    desk.call_turn(review_session.pk, turn.pk, by=chen)
    return turn


def topic():
    floor = Floor.objects.get()
    return f"screen.{floor.pk}.{floor.screen_key}.remarks"


def wall(client):
    """The page as one without scripts has it."""
    floor = Floor.objects.get()
    return client.get(reverse("floor:screen", args=[floor.pk, floor.screen_key])).content.decode()


def test_a_page_without_scripts_has_it_while_it_is_read(asked, chen, client):
    assert ESCAPED not in wall(client)
    desk.start_turn(asked.floor_id, asked.pk, by=chen)
    page = wall(client)
    assert ESCAPED in page
    assert TEXT not in page
    assert "Recommendation" in page
    desk.end_turn(asked.floor_id, asked.pk, by=chen)
    assert ESCAPED not in wall(client)


def test_it_is_told_once_it_is_read_and_not_before(asked, chen):
    assert snapshot(topic()).cards == {}
    desk.start_turn(asked.floor_id, asked.pk, by=chen)
    (card,) = snapshot(topic()).cards.values()
    assert (card["text"], card["turn"]) == (TEXT, asked.pk)


def test_only_the_key_follows_and_a_renewed_one_nothing(asked, chen, eve):
    desk.start_turn(asked.floor_id, asked.pk, by=chen)
    old = topic()
    assert may_follow(old, eve)
    assert not may_follow(f"screen.{asked.floor_id}.{WRONG}.remarks", chen)
    assert snapshot(f"screen.{asked.floor_id}.{WRONG}.remarks").cards == {}
    renew_screen_key(asked.floor_id, by=chen)
    assert not may_follow(old, eve)
    assert snapshot(old).cards == {}
    assert len(snapshot(topic()).cards) == 1


def test_a_review_without_comments_has_no_place_for_them(review_session, slots, olga, client):
    setting_up.set_up_review(review_session.pk, remarks=Remarks.NONE, by=olga)
    assert "data-wall-remarks" not in wall(client)
