"""A review to be set up: Olga organises, Chen chairs, Ben speaks for Fiji, Vera for Finland, Gus for Ghana."""

from datetime import timedelta

import pytest

from accounts.models import User
from files.models import Upload
from registration.models import FocalPoint
from sessions.floor.actions import desk, listing, ordering
from sessions.floor.models import Kind, Mode, Turn
from sessions.programme.actions import end_session, go_live
from sessions.programme.models import Format, State
from sessions.review.actions import handing_in, lots, remarking, reporting, setting_up, swapping
from sessions.review.models import Answer, Clip, ClipState, Remark, RemarkKind, Remarks, Slot
from sessions.review.rules import CLIPS


@pytest.fixture
def review_session(panel):
    """The countries' review, scheduled."""
    panel.format, panel.state, panel.went_live_at = Format.COUNTRIES_REVIEW, State.SCHEDULED, None
    panel.title = "Countries’ Review"
    panel.save()
    return panel


@pytest.fixture
def topics(review_session):
    """`topics(fiji)` are those of the review and of Fiji."""
    name = f"session.{review_session.pk}"
    audiences = ("speakers", "chair", "review", "booth", "board", "picture")

    def named(*delegations):
        return [*(f"{name}.{each}" for each in audiences), *(f"delegation.{each.pk}" for each in delegations)]

    return named


@pytest.fixture
def slots(review_session, fiji, finland, ghana, olga):
    """A slot each for Fiji, Finland and Ghana, in this order."""
    setting_up.invite(review_session.pk, [fiji.pk, finland.pk, ghana.pk], by=olga)
    # Films have tests of their own.
    Turn.objects.update(mode=Mode.ROOM)
    return list(Slot.objects.select_related("turn").order_by("delegation__position"))


@pytest.fixture
def fay(fiji):
    """A focal point of Fiji, who takes part in nothing."""
    fay = User.objects.create_user("fay@example.org", name="Fay")
    FocalPoint.objects.create(delegation=fiji, user=fay)
    return fay


# A course that was played to its end

BUNDLE = "clip-0123456789abcdef0123456789abcdef"
# Words that must come to nobody before their time, or never.
SECRETS = {
    "embargoed": "SECRET-UNDER-EMBARGO",
    "withdrawn": "SECRET-TAKEN-BACK",
    "filed": "SECRET-NEVER-READ",
    "submitted": "SECRET-NOT-READ-YET",
}


@pytest.fixture
def prepared(review_session, slots, olga, ben, vera, gus, server_clock):
    """Two themes, a drawn lot, a swap, statements, a film, remarks and a report, before the session: Fiji’s statement
    is recorded, Finland’s in the room and in Arabic too, and Ghana hands nothing in."""
    fiji, finland, ghana = slots
    review_session.starts_at = server_clock.at
    review_session.ends_at = server_clock.at + timedelta(hours=1)
    review_session.save()
    session_id = review_session.pk
    setting_up.set_up_review(session_id, order="lot_alpha", remarks=Remarks.AFTER_EACH, by=olga)
    lots.commit_lot(session_id, by=olga)
    lots.draw_lot(session_id, by=olga)
    # By no lot: whoever is drawn, the alphabet goes on around, so this is a change each time.
    by_hand = [each.turn_id for each in (fiji, ghana, finland)]
    ordering.set_order(session_id, by_hand, reason="As agreed in the bureau", by=olga)
    desk.release_desk(session_id, by=olga)
    swap = swapping.propose_swap(finland.pk, ghana.pk, by=vera)
    swapping.accept_swap(swap.pk, by=gus)
    facts = {
        fiji: {"name": "Adi Kini", "function": "Minister for Foreign Affairs", "honorific": "H.E. Ms"},
        finland: {"name": "محمد بن عبد الله", "function": "Ambassador", "honorific": "H.E. Mr"},
        ghana: {"name": "Efua Mensah", "function": "Director"},
    }
    for slot, told in facts.items():
        setting_up.change_slot(slot.pk, by=olga, **told)
    handing_in.hand_in_statement(
        fiji.pk, language="en", text="Excellencies. We built HEARD-OF-FIJI. Thank you.", by=ben
    )
    until = server_clock.at + timedelta(days=2)
    handing_in.hand_in_statement(
        fiji.pk, language="fr", text=f"Excellences, {SECRETS['embargoed']}.", embargoed_until=until, by=ben
    )
    handing_in.hand_in_statement(finland.pk, language="ar", text="أصحاب المعالي والسعادة، شكرا لكم.", by=vera)
    upload = Upload.objects.create(
        purpose=CLIPS, name="fiji.mp4", file="none", size=1, sha256="0" * 64, content_type="video/mp4", owner=ben
    )
    Clip.objects.create(slot=fiji, upload=upload, state=ClipState.READY, bundle=BUNDLE, milliseconds=60_000)
    Turn.objects.filter(pk=fiji.turn_id).update(mode=Mode.RECORDED)
    reporting.set_achievements(
        fiji.pk,
        [
            {"what": "Islands that are online", "figure": "110 of 110", "evidence": "https://example.org/islands"},
            {"what": "Offices with one form", "figure": "7", "focus_area": "Capacity Building"},
        ],
        by=ben,
    )
    reporting.set_commitments(fiji.pk, [{"text": "A hotline for travellers", "follow_up": "ongoing"}], by=ben)
    for slot, by, kind, text in (
        (fiji, vera, RemarkKind.RECOMMENDATION, "Consider a hotline for small islands."),
        (fiji, vera, RemarkKind.QUESTION, "Which form do you use?"),
        (fiji, gus, RemarkKind.RECOMMENDATION, SECRETS["filed"]),
        (finland, ben, RemarkKind.RECOMMENDATION, SECRETS["submitted"]),
    ):
        remarking.submit_remark(slot.pk, kind=kind, text=text, by=by)
    taken_back = remarking.submit_remark(fiji.pk, kind=RemarkKind.COMMENT, text=SECRETS["withdrawn"], by=gus)
    remarking.withdraw_remark(taken_back.pk, by=gus)
    return slots


@pytest.fixture
def heard(review_session, prepared, chen, vera, server_clock):
    """Fiji’s film was shown, and Finland read its remarks on it; the session is on."""
    fiji = prepared[0]
    go_live(review_session.pk, by=chen)
    desk.call_turn(review_session.pk, fiji.turn_id, by=chen)
    desk.start_turn(review_session.pk, fiji.turn_id, by=chen)
    server_clock.tick(62.5)
    desk.end_turn(review_session.pk, fiji.turn_id, by=chen)
    comment = listing.join_list(review_session.pk, kind=Kind.COMMENT, about_id=fiji.turn_id, by=vera)
    desk.call_turn(review_session.pk, comment.pk, by=chen)
    desk.start_turn(review_session.pk, comment.pk, by=chen)
    server_clock.tick(45)
    desk.end_turn(review_session.pk, comment.pk, by=chen)
    return prepared


@pytest.fixture
def over(review_session, heard, chen, ben, server_clock):
    """Finland spoke ten seconds over its time, Ghana was absent twice, Fiji answered, and the session has ended."""
    _fiji, finland, ghana = heard
    session_id = review_session.pk
    desk.call_turn(session_id, finland.turn_id, by=chen)
    desk.start_turn(session_id, finland.turn_id, by=chen)
    server_clock.tick(Turn.objects.get(pk=finland.turn_id).allotted_ms / 1000 + 10)
    desk.end_turn(session_id, finland.turn_id, by=chen)
    for _time in range(2):
        desk.call_turn(session_id, ghana.turn_id, by=chen)
        desk.mark_absent(session_id, ghana.turn_id, by=chen)
    remark = Remark.objects.get(text="Consider a hotline for small islands.")
    remarking.answer_remark(remark.pk, answer=Answer.SUPPORTED, text="With pleasure.", by=ben)
    question = Remark.objects.get(text="Which form do you use?")
    due = (server_clock.at + timedelta(days=30)).date()
    remarking.answer_remark(question.pk, answer=Answer.PENDING, due_on=due, by=ben)
    end_session(session_id, by=chen)
    return heard
