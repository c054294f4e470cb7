"""Statements: who may hand them in, and who reads them when."""

from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from files.actions import store_upload
from files.models import Upload
from outbox.errors import Invalid, NotThere, WrongMove
from outbox.models import Event
from outbox.reading import snapshot
from sessions.floor.actions import desk
from sessions.floor.models import State, Turn
from sessions.programme.actions import go_live
from sessions.review.actions import handing_in, setting_up
from sessions.review.models import Statement
from sessions.review.queries import slots_with_names
from sessions.review.rules import DOCUMENTS, STATEMENTS, may_read_statement

TEXT = "Excellencies, SECRET-SPEECH, thank you."


def hand_in(slot, by, **facts):
    return handing_in.hand_in_statement(slot.pk, language=facts.pop("language", "en"), by=by, **{"text": TEXT, **facts})


def uploaded(content, by):
    file = SimpleUploadedFile("speech.pdf", content)
    return store_upload(file, purpose=STATEMENTS, accepts=DOCUMENTS, largest=10**6, plays=False, by=by)


def test_a_statement_is_told_to_interpreters_its_delegation_and_the_board_and_its_text_to_no_topic(
    review_session, slots, fiji, ben, followed, topics
):
    with followed(*topics(fiji)) as events:
        hand_in(slots[0], ben)
    assert "statement.handed_in" in {event.name for event in events}
    audiences = {event.topic_id.rpartition(".")[2] for event in events if event.name == "statement.handed_in"}
    assert audiences == {"booth", "board", str(fiji.pk)}
    assert not Event.objects.filter(cards__icontains="SECRET-SPEECH").exists()
    assert Turn.objects.get(pk=slots[0].turn_id).can_be_filed


def test_the_same_statement_again_changes_nothing_and_another_takes_its_place(
    review_session, slots, fiji, ben, followed, topics
):
    hand_in(slots[0], ben)
    with followed(*topics(fiji), changes=False):
        hand_in(slots[0], ben)
    with followed(*topics(fiji)):
        hand_in(slots[0], ben, language="fr", text="Excellences,")
    assert Statement.objects.count() == 2


def test_a_statement_says_something(slots, ben):
    with pytest.raises(Invalid):
        hand_in(slots[0], ben, text=" ")


def test_another_delegation_hands_nothing_in(slots, vera, eve):
    for person in (vera, eve):
        with pytest.raises(NotThere):
            hand_in(slots[0], person)


def test_a_file_is_ones_own_and_goes_with_what_replaces_it(slots, ben, vera, django_capture_on_commit_callbacks):
    pdf = b"%PDF-1.7\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n"
    mine = uploaded(pdf, ben)
    theirs = uploaded(pdf, vera)
    with pytest.raises(NotThere):
        hand_in(slots[0], ben, upload_id=theirs.pk)
    hand_in(slots[0], ben, text="", upload_id=mine.pk)
    with pytest.raises(NotThere):
        hand_in(slots[0], ben, language="fr", upload_id=mine.pk)
    with django_capture_on_commit_callbacks(execute=True):
        handing_in.remove_statement(Statement.objects.get().pk, by=ben)
    assert not Upload.objects.filter(pk=mine.pk).exists()
    assert not Turn.objects.get(pk=slots[0].turn_id).can_be_filed


def test_interpreters_read_it_before_and_the_hall_once_it_was_delivered(
    review_session, slots, ben, vera, ines, ada, eve, chen, fiji, followed, topics
):
    statement = hand_in(slots[0], ben)

    def readers():
        read = Statement.objects.select_related("slot__turn", "slot__review__session").get(pk=statement.pk)
        people = {"ben": ben, "vera": vera, "ines": ines, "ada": ada, "eve": eve, "chen": chen}
        return {name for name, person in people.items() if may_read_statement(person, read)}

    assert readers() == {"ben", "ines", "chen"}
    go_live(review_session.pk, by=chen)
    desk.call_next(review_session.pk, by=chen)
    desk.start_turn(review_session.pk, slots[0].turn_id, by=chen)
    assert readers() == {"ben", "ines", "chen"}
    with followed(*topics(fiji)) as events:
        desk.end_turn(review_session.pk, slots[0].turn_id, by=chen)
    assert "slot.heard" in {event.name for event in events}
    assert readers() == {"ben", "ines", "chen", "vera", "ada"}
    card = snapshot(f"session.{review_session.pk}.review").cards[f"slot.{slots[0].pk}"]
    assert [text["language"] for text in card["texts"]] == ["en"]
    with pytest.raises(WrongMove):
        handing_in.remove_statement(statement.pk, by=ben)


def test_an_embargo_holds_also_after_it_was_delivered(review_session, slots, ben, ada, server_clock):
    statement = hand_in(slots[0], ben, embargoed_until=server_clock.at + timedelta(hours=1))
    Turn.objects.filter(pk=slots[0].turn_id).update(state=State.COMPLETED)

    def read():
        return Statement.objects.select_related("slot__turn", "slot__review__session").get(pk=statement.pk)

    assert not may_read_statement(ada, read())
    server_clock.tick(3600)
    assert may_read_statement(ada, read())


def test_taking_a_statement_back_is_told(review_session, slots, fiji, ben, vera, followed, topics):
    statement = hand_in(slots[0], ben)
    with pytest.raises(NotThere):
        handing_in.remove_statement(statement.pk, by=vera)
    with followed(*topics(fiji)):
        handing_in.remove_statement(statement.pk, by=ben)


def test_whoever_is_invited_again_finds_their_statement_which_can_be_filed(
    review_session, slots, fiji, ben, olga, followed, topics
):
    hand_in(slots[0], ben)
    setting_up.withdraw_slot(slots[0].pk, by=ben)
    with followed(*topics(fiji)):
        setting_up.invite(review_session.pk, [fiji.pk], by=olga)
    slot = slots_with_names().get(pk=slots[0].pk)
    assert (slot.statements.count(), slot.turn.can_be_filed) == (1, True)


@pytest.mark.parametrize("state", [State.COMPLETED, State.CUT, State.FILED])
def test_a_text_on_record_is_not_exchanged_and_a_language_may_be_added(
    review_session, slots, ben, olga, fiji, server_clock, followed, state, topics
):
    statement = hand_in(slots[0], ben)
    Turn.objects.filter(pk=slots[0].turn_id).update(state=state)
    later = server_clock.at + timedelta(days=1)
    with followed(*topics(fiji), changes=False):
        hand_in(slots[0], ben)
        for by, other in (
            (ben, {"text": "Excellencies, something else."}),
            (olga, {"embargoed_until": later}),
            (ben, {"check_against_delivery": False}),
        ):
            with pytest.raises(WrongMove):
                hand_in(slots[0], by, **other)
        with pytest.raises(Invalid) as refused:
            hand_in(slots[0], ben, language="fr", embargoed_until=later)
    assert set(refused.value.fields) == {"embargoed_until"}
    kept = Statement.objects.get()
    assert (kept.text, kept.embargoed_until, kept.handed_in_at) == (TEXT, None, statement.handed_in_at)
    with followed(*topics(fiji)):
        hand_in(slots[0], ben, language="fr")
    assert Statement.objects.count() == 2


def test_an_embargo_on_what_was_heard_is_ended_and_none_is_set_again(
    review_session, slots, ben, vera, ada, fiji, server_clock, followed, topics
):
    statement = hand_in(slots[0], ben, embargoed_until=server_clock.at + timedelta(days=1))
    with pytest.raises(WrongMove):
        handing_in.end_embargo(statement.pk, by=ben)
    Turn.objects.filter(pk=slots[0].turn_id).update(state=State.COMPLETED)
    with pytest.raises(NotThere):
        handing_in.end_embargo(statement.pk, by=vera)
    with followed(*topics(fiji)) as events:
        handing_in.end_embargo(statement.pk, by=ben)
    assert {event.name for event in events} == {"statement.released"}
    with followed(*topics(fiji), changes=False):
        handing_in.end_embargo(statement.pk, by=ben)
    assert may_read_statement(ada, Statement.objects.select_related("slot__turn", "slot__review__session").get())
