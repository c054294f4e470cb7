"""The review on a session’s page: what each audience sees of it, and when; and the comment round."""

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from conferences.models import Delegation
from sessions.floor.actions import desk, ordering
from sessions.floor.models import Floor, Kind, State, Turn
from sessions.programme.actions import end_session, go_live
from sessions.review.actions import handing_in, lots, remarking, setting_up
from sessions.review.models import Remark, RemarkKind, Remarks, RemarkState

pytestmark = pytest.mark.page

TEXT = "Excellencies, SECRET-SPEECH, thank you."


@pytest.fixture
def panel_of(review_session, client):
    """The session’s page as somebody sees it."""

    def got(person):
        if client.session.get("_auth_user_id") != str(person.pk):
            client.force_login(person)
        return client.get(review_session.get_absolute_url()).content.decode()

    return got


@pytest.fixture
def comments(review_session, client):
    """`comments(vera, slot, kind=…, text=…)` hands a remark in by the page’s form."""

    def sent(person, slot, **typed):
        client.force_login(person)
        address = reverse("review:comment", args=[review_session.conference.slug, review_session.pk, slot.pk])
        return client.post(address, {"kind": "comment", **typed}) if typed else client.get(address)

    return sent


@pytest.fixture
def on(review_session, slots, olga, ben, chen):
    """The session is live, Fiji speaks, and comments are heard after each statement."""
    setting_up.set_up_review(review_session.pk, remarks=Remarks.AFTER_EACH, by=olga)
    handing_in.hand_in_statement(slots[0].pk, language="en", text=TEXT, by=ben)
    go_live(review_session.pk, by=chen)
    desk.call_next(review_session.pk, by=chen)
    desk.start_turn(review_session.pk, slots[0].turn_id, by=chen)
    return slots[0]


def test_only_a_review_has_it(panel, client, ada):
    client.force_login(ada)
    assert "data-review" not in client.get(panel.get_absolute_url()).content.decode()


def test_it_says_how_the_review_goes_and_how_many_were_invited(panel_of, review_session, slots, olga, ada):
    setting_up.set_themes(review_session.pk, [{"en": "Crisis management"}], by=olga)
    shown = panel_of(ada)
    assert "Crisis management" in shown
    assert "by theme, then alphabetical from the delegation that was drawn" in shown
    assert '<dd class="count">3</dd>' in shown
    assert "<div hidden><dt>Delivered" in shown


def test_each_is_led_to_their_delegation_with_what_is_missing(panel_of, slots, ben, ada, vera):
    address = f"/review/slots/{slots[0].pk}/"
    own = panel_of(ben)
    assert address in own
    assert "Missing:" in own
    for person in (ada, vera):
        assert f'href="/c/icdd/sessions/{slots[0].review_id}{address}"' not in panel_of(person)
    assert "Missing:" not in panel_of(ada)


def test_how_much_is_asked_of_the_database_does_not_grow_with_the_delegations(
    panel_of, review_session, conference, slots, olga, ada, ben, fay, client
):
    def to_their_own(person):
        client.force_login(person)
        return client.get(reverse("review:mine", args=["icdd", review_session.pk]))

    def asked():
        """By each who looks; what is the same for everybody is read by whoever comes first."""
        numbers = []
        for look, person in ((panel_of, ada), (panel_of, ben), (to_their_own, fay)):
            look(person)
            with CaptureQueriesContext(connection) as queries:
                look(person)
            numbers.append(len(queries))
        return numbers

    few = asked()
    more = [
        Delegation.objects.create(conference=conference, country=code, name=code, position=9)
        for code in ("ID", "JP", "KE", "LA", "MX")
    ]
    setting_up.invite(review_session.pk, [each.pk for each in more], by=olga)
    assert asked() == few


def test_a_statement_is_named_once_it_was_heard_and_its_text_stands_on_its_own_page(
    panel_of, review_session, on, ada, ines, chen
):
    statement = on.statements.get()
    link = f"/review/statements/{statement.pk}/"
    for person in (ada, ines):
        assert link not in panel_of(person)
    desk.end_turn(review_session.pk, on.turn_id, by=chen)
    shown = panel_of(ada)
    assert link in shown
    assert "SECRET-SPEECH" not in shown
    assert '<dd class="count" data-delivered>1</dd>' in shown


def test_what_is_under_embargo_is_named_without_a_link(panel_of, review_session, on, ada, ben, chen, client):
    until = timezone.now() + timedelta(days=1)
    statement = handing_in.hand_in_statement(on.pk, language="en", text=TEXT, embargoed_until=until, by=ben)
    desk.end_turn(review_session.pk, on.turn_id, by=chen)
    shown = panel_of(ada)
    assert "under embargo until" in shown
    assert f"/review/statements/{statement.pk}/" not in shown
    page = reverse("review:statement", args=["icdd", review_session.pk, statement.pk])
    assert client.get(page).status_code == 404


# The comment round


def test_whoever_speaks_for_another_delegation_may_comment_while_it_is_on_and_just_after(
    panel_of, review_session, on, ben, vera, ada, chen
):
    sheet, offered = 'id="remark-sheet"', "data-comment-part>"
    for person, has_sheet, is_offered in ((vera, True, True), (ben, True, False), (ada, False, False)):
        shown = panel_of(person)
        assert (sheet in shown, offered in shown) == (has_sheet, is_offered)
    desk.end_turn(review_session.pk, on.turn_id, by=chen)
    assert offered in panel_of(vera)


def offered_in(page):
    """The slots that a page leads to a comment on from their own place in the list."""
    statements = page.partition("data-slots>")[2]
    return [int(number) for number in re.findall(r'data-comments-on="(\d+)"', statements)]


def test_a_comment_is_typed_on_any_statement_but_ones_own_before_it_begins_too(
    panel_of, review_session, slots, vera, ada, chen, olga
):
    fiji, _finland, ghana = (slot.pk for slot in slots)
    assert "remark-sheet" not in panel_of(vera)
    setting_up.set_up_review(review_session.pk, remarks=Remarks.AFTER_EACH, by=olga)
    shown = panel_of(vera)
    assert "data-comment-part hidden" in shown
    assert offered_in(shown) == [fiji, ghana]
    assert reverse("review:comment", args=["icdd", review_session.pk, ghana]) in shown
    assert offered_in(panel_of(ada)) == []
    go_live(review_session.pk, by=chen)
    end_session(review_session.pk, by=chen)
    assert offered_in(panel_of(vera)) == []


def test_after_a_block_each_of_its_statements_can_be_commented_on_also_where_ones_own_was_last(
    panel_of, comments, review_session, on, slots, vera, chen, olga
):
    setting_up.set_up_review(review_session.pk, remarks=Remarks.AFTER_BLOCK, by=olga)
    finland = slots[1]
    desk.end_turn(review_session.pk, on.turn_id, by=chen)
    desk.call_turn(review_session.pk, finland.turn_id, by=chen)
    desk.start_turn(review_session.pk, finland.turn_id, by=chen)
    assert offered_in(panel_of(vera)) == [on.pk, slots[2].pk]
    assert comments(vera, on, text="Well said.").status_code == 302
    assert Turn.objects.get(about=on.turn_id).state == State.INSCRIBED


def test_a_comment_is_handed_in_and_its_delegation_is_on_the_list(comments, on, finland, vera):
    assert comments(vera, on, text="Well said.", kind="recommendation", focus_area="Trust").status_code == 302
    remark = Remark.objects.get()
    assert (remark.text, remark.kind, remark.focus_area) == ("Well said.", RemarkKind.RECOMMENDATION, "Trust")
    turn = Turn.objects.get(about=on.turn_id)
    assert (turn.kind, turn.delegation) == (Kind.COMMENT, finland)


def test_a_second_comment_joins_no_second_time(comments, on, vera):
    comments(vera, on, text="Well said.")
    comments(vera, on, text="And a question to it.", kind="question")
    assert Remark.objects.count() == 2
    assert Turn.objects.filter(about=on.turn_id).count() == 1


def test_where_the_list_is_closed_it_is_handed_in_all_the_same_and_told(
    comments, panel_of, review_session, on, vera, chen
):
    floor = Floor.objects.get()
    ordering.close_list(review_session.pk, rev=floor.rev, by=chen)
    comments(vera, on, text="Well said.")
    assert Remark.objects.get().state == RemarkState.SUBMITTED
    assert "you are not on the speakers’ list: The list is closed." in panel_of(vera)


@pytest.mark.parametrize("text", [" ", "x" * 301])
def test_what_cannot_be_taken_comes_back_as_it_was_typed(comments, on, vera, text):
    answer = comments(vera, on, text=text, focus_area="SECRET-AREA")
    assert answer.status_code == 422
    assert "SECRET-AREA" in answer.content.decode()
    assert not Remark.objects.exists()
    assert not Turn.objects.filter(about=on.turn_id).exists()


def test_who_speaks_for_nobody_or_for_the_same_delegation_finds_no_form(comments, on, ben, ada, eve):
    for person in (ben, ada, eve):
        assert comments(person, on).status_code == 404
        assert comments(person, on, text="Well said.").status_code == 404


def test_a_remark_is_read_large_while_it_is_read_and_not_seen_before(
    panel_of, comments, review_session, on, vera, ada, ines, chen
):
    comments(vera, on, text="SECRET-REMARK")
    for person in (ada, ines, vera):
        assert "SECRET-REMARK" not in panel_of(person)
    desk.end_turn(review_session.pk, on.turn_id, by=chen)
    turn = Turn.objects.get(about=on.turn_id)
    desk.call_next(review_session.pk, by=chen)
    desk.start_turn(review_session.pk, turn.pk, by=chen)
    shown = panel_of(ada)
    assert '<blockquote dir="auto" data-said>SECRET-REMARK</blockquote>' in shown
    desk.end_turn(review_session.pk, turn.pk, by=chen)
    shown = panel_of(ada)
    assert '<blockquote dir="auto" data-said>SECRET-REMARK</blockquote>' not in shown
    assert "SECRET-REMARK" in shown


def test_its_answer_stands_beside_it(panel_of, comments, review_session, on, ben, vera, ada):
    comments(vera, on, text="Consider it.")
    Remark.objects.update(state=RemarkState.DELIVERED, delivered_at=timezone.now())
    remarking.answer_remark(Remark.objects.get().pk, answer="supported", text="We shall.", by=ben)
    shown = panel_of(ada)
    assert "Supported" in shown
    assert "We shall." in shown


def test_the_lot_s_seed_is_on_no_page_before_it_is_drawn(panel_of, review_session, slots, olga, ada, ben):
    lot = lots.commit_lot(review_session.pk, by=olga)
    for person in (ada, ben, olga):
        assert lot.seed not in panel_of(person)


def test_the_film_s_name_is_on_no_page(panel_of, slots, ben, ada, chen):
    assert all("clip-" not in panel_of(person) for person in (ben, ada, chen))


def test_after_the_session_all_numbers_are_told(panel_of, review_session, on, ada, chen):
    desk.end_turn(review_session.pk, on.turn_id, by=chen)
    end_session(review_session.pk, by=chen)
    shown = panel_of(ada)
    assert "Absent" in shown
    assert Turn.objects.get(pk=on.turn_id).state == State.COMPLETED
