"""Whatever the desk, delegations and organisers do to a review, in any order: every page that was open the whole time
ends where one that is opened now begins, and no statement is played but that of whoever has the floor."""

from collections.abc import Callable
from contextlib import suppress
from functools import partial

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from files.models import Upload
from outbox.errors import Refusal
from sessions.floor.actions import course as floor_course
from sessions.floor.actions import desk, listing, notices, ordering, points, rehearsing, setting
from sessions.floor.models import HOLDING, Floor, Kind, Mode, Notice, PointOfOrder, PointState, State, Turn
from sessions.programme import actions as programme
from sessions.review.actions import course as review_course
from sessions.review.actions import handing_in, lots, planning, remarking, reporting, setting_up, swapping, themes
from sessions.review.models import Answer, Clip, ClipState, Remark, RemarkKind, Remarks, Slot, Swap, SwapState, Theme
from sessions.review.rules import CLIPS
from sessions.stage.models import Playing

pytestmark = [pytest.mark.django_db, pytest.mark.anywhere]


@pytest.fixture
def voices(fiji, finland, ghana, ben, vera, gus):
    return {fiji.pk: ben, finland.pk: vera, ghana.pk: gus}


@pytest.fixture
def filmed(slots, ben):
    """Fiji’s statement is a film."""
    upload = Upload.objects.create(
        purpose=CLIPS, name="fiji.mp4", file="none", size=1, sha256="0" * 64, content_type="video/mp4", owner=ben
    )
    bundle = "clip-0123456789abcdef0123456789abcdef"
    Clip.objects.create(slot=slots[0], upload=upload, state=ClipState.READY, bundle=bundle, milliseconds=60_000)
    Turn.objects.filter(pk=slots[0].turn_id).update(mode=Mode.RECORDED)
    return slots


def of_holder(verb: Callable, slot: Slot, chen, _voices, _olga, **more) -> None:
    holder = Turn.objects.filter(floor_id=slot.review_id, state__in=HOLDING).first()
    if holder is not None:
        verb(slot.review_id, holder.pk, by=chen, **more)


def of_slot(verb: Callable, slot: Slot, chen, _voices, _olga, **more) -> None:
    verb(slot.review_id, slot.turn_id, by=chen, **more)


def of_delegation(verb: Callable, slot: Slot, _chen, voices, _olga, **more) -> None:
    verb(slot.pk, by=voices[slot.delegation_id], **more)


def of_organiser(verb: Callable, slot: Slot, _chen, _voices, olga, **more) -> None:
    verb(slot.pk, by=olga, **more)


def invite_again(slot: Slot, _chen, _voices, olga) -> None:
    setting_up.invite(slot.review_id, [slot.delegation_id], by=olga)


def change_places(slot: Slot, _chen, voices, _olga) -> None:
    other = Slot.objects.exclude(pk=slot.pk).order_by("-pk")[0]
    swap = swapping.propose_swap(slot.pk, other.pk, by=voices[slot.delegation_id])
    swapping.accept_swap(swap.pk, by=voices[other.delegation_id])


def comment(slot: Slot, _chen, voices, _olga) -> None:
    by = next(voice for delegation, voice in voices.items() if delegation != slot.delegation_id)
    remarking.submit_and_join(slot.pk, kind=RemarkKind.COMMENT, text="Consider a hotline.", by=by)


def answer(slot: Slot, _chen, voices, _olga) -> None:
    for remark in Remark.objects.filter(slot=slot):
        remarking.answer_remark(remark.pk, answer=Answer.SUPPORTED, by=voices[slot.delegation_id])


def order_is_asked_for(slot: Slot, chen, _voices, _olga) -> None:
    points.note_point(slot.review_id, delegation_id=slot.delegation_id, by=chen)


def of_point(verb: Callable, slot: Slot, chen, _voices, _olga, **more) -> None:
    point = PointOfOrder.objects.filter(floor_id=slot.review_id, delegation_id=slot.delegation_id).last()
    if point is not None:
        verb(slot.review_id, point.pk, by=chen, **more)


def appeal(slot: Slot, _chen, voices, _olga) -> None:
    point = PointOfOrder.objects.filter(floor_id=slot.review_id).last()
    if point is not None:
        points.appeal(point.pk, by=voices[slot.delegation_id])


def take_point_back(slot: Slot, _chen, voices, _olga) -> None:
    for point in PointOfOrder.objects.filter(delegation_id=slot.delegation_id):
        points.take_point_back(point.pk, by=voices[slot.delegation_id])


def of_session(verb: Callable, slot: Slot, chen, _voices, _olga, **more) -> None:
    verb(slot.review_id, by=chen, **more)


def of_the_house(verb: Callable, slot: Slot, _chen, _voices, olga, **more) -> None:
    verb(slot.review_id, by=olga, **more)


def join(kind: Kind, slot: Slot, _chen, voices, _olga) -> None:
    about = Turn.objects.filter(kind=Kind.STATEMENT, state=State.COMPLETED).last()
    listing.join_list(slot.review_id, kind=kind, about_id=about and about.pk, by=voices[slot.delegation_id])


def leave(slot: Slot, _chen, voices, _olga) -> None:
    for turn in Turn.objects.filter(kind__in=(Kind.COMMENT, Kind.QUESTION, Kind.REPLY), delegation=slot.delegation_id):
        listing.leave_list(turn.pk, by=voices[slot.delegation_id])


def take_back_remarks(slot: Slot, _chen, voices, _olga) -> None:
    for remark in Remark.objects.filter(slot=slot):
        remarking.withdraw_remark(remark.pk, by=voices[remark.author_id])


def take_statement_back(slot: Slot, _chen, voices, _olga) -> None:
    for statement in slot.statements.all():
        handing_in.remove_statement(statement.pk, by=voices[slot.delegation_id])


def acknowledge(slot: Slot, _chen, voices, _olga) -> None:
    for notice in Notice.objects.filter(delegation=slot.delegation_id):
        notices.acknowledge_notice(notice.pk, by=voices[slot.delegation_id])


def propose_swap(slot: Slot, _chen, voices, _olga) -> None:
    other = Slot.objects.exclude(pk=slot.pk).order_by("-pk")[0]
    swapping.propose_swap(slot.pk, other.pk, by=voices[slot.delegation_id])


def of_swap(verb: Callable, whose: str, _slot: Slot, _chen, voices, _olga) -> None:
    for swap in Swap.objects.filter(state=SwapState.PROPOSED):
        verb(swap.pk, by=voices[getattr(swap, whose).delegation_id])


def of_theme(verb: Callable, slot: Slot, _chen, _voices, olga, **more) -> None:
    theme = Theme.objects.filter(review_id=slot.review_id).first()
    if theme is not None:
        verb(slot.review_id, theme.pk, by=olga, **more)


def on_theme(slot: Slot, _chen, _voices, olga) -> None:
    theme = Theme.objects.filter(review_id=slot.review_id).last()
    setting_up.change_slot(slot.pk, theme_id=theme and theme.pk, by=olga)


def cut_by_itself(slot: Slot, _chen, _voices, _olga) -> None:
    floor_course.cut_what_ran_over()
    review_course.end_films_that_are_over()


MOVES: dict[str, Callable[..., None]] = {
    "call": partial(of_slot, desk.call_turn),
    "call the next": lambda slot, chen, _voices, _olga: desk.call_next(slot.review_id, by=chen) and None,
    "take back": partial(of_holder, desk.take_call_back),
    "start": partial(of_holder, desk.start_turn),
    "pause": partial(of_holder, desk.pause_turn),
    "go on": partial(of_holder, desk.resume_turn),
    "interrupt": partial(of_holder, desk.interrupt_turn),
    "begin again": partial(of_holder, desk.start_over),
    "say it live": partial(of_holder, desk.go_on_live, mode=Mode.ROOM),
    "put off": partial(of_holder, desk.defer_turn),
    "end": partial(of_holder, desk.end_turn),
    "not present": partial(of_holder, desk.mark_absent),
    "file": partial(of_slot, desk.file_turn),
    "strike": partial(of_slot, ordering.strike_turn, reason="They said so"),
    "move": partial(of_slot, ordering.move_turn, place=1, reason="A plane to catch"),
    "a point of order": order_is_asked_for,
    "ready": partial(of_delegation, handing_in.say_ready),
    "here": partial(of_delegation, handing_in.say_here),
    "hand in": partial(of_delegation, handing_in.hand_in_statement, language="en", text="Excellencies."),
    "withdraw": partial(of_delegation, setting_up.withdraw_slot),
    "in writing": partial(of_delegation, setting_up.change_slot, mode=Mode.WRITTEN),
    "spoken": partial(of_delegation, setting_up.change_slot, mode=Mode.ROOM, name="Somebody else"),
    "came": partial(of_organiser, setting_up.mark_attended),
    "invite again": invite_again,
    "change places": change_places,
    "comment": comment,
    "answer": answer,
    "extend": partial(of_holder, desk.extend_turn),
    "cut": partial(of_holder, desk.cut_turn),
    "the clock": cut_by_itself,
    "recognise": partial(of_point, points.recognise_point),
    "rule": partial(of_point, points.rule_on_point, ruling=PointState.UPHELD),
    "appeal": appeal,
    "decide": partial(of_point, points.decide_appeal, outcome=PointState.OVERRULED),
    "take the point back": take_point_back,
    "suspend": partial(of_session, programme.suspend),
    "resume": partial(of_session, programme.resume),
    "go live": partial(of_session, programme.go_live),
    "end the session": partial(of_session, programme.end_session),
    "reopen": partial(of_session, programme.reopen_session, reason="Too early"),
    "open the list": partial(of_session, ordering.open_list),
    "close the list": partial(of_session, ordering.close_list),
    "ask for a comment": partial(join, Kind.COMMENT),
    "ask a question": partial(join, Kind.QUESTION),
    "ask for a reply": partial(join, Kind.REPLY),
    "leave": leave,
    "take remarks back": take_back_remarks,
    "take the statement back": take_statement_back,
    "tell": lambda slot, chen, _v, _o: notices.send_notice(slot.review_id, slot.delegation_id, text="Come", by=chen),
    "acknowledge": acknowledge,
    "other rules": partial(of_session, setting.set_rules, handover_seconds=10),
    "rules again": partial(of_session, setting.set_rules, handover_seconds=30),
    "take the desk": partial(of_session, desk.take_desk),
    "release the desk": partial(of_session, desk.release_desk),
    "rehearse": partial(of_session, rehearsing.begin_rehearsal),
    "end the rehearsal": partial(of_session, rehearsing.end_rehearsal),
    "commit a lot": partial(of_the_house, lots.commit_lot),
    "draw": partial(of_the_house, lots.draw_lot),
    "by lot": partial(of_the_house, setting_up.set_up_review, order="lot_alpha"),
    "by alphabet": partial(of_the_house, setting_up.set_up_review, order="alpha"),
    "in blocks": partial(of_the_house, setting_up.set_up_review, order="theme_blocks"),
    "remarks after blocks": partial(of_the_house, setting_up.set_up_review, remarks=Remarks.AFTER_BLOCK),
    "add a theme": partial(of_the_house, themes.add_theme, title={"en": "Crisis"}),
    "rename a theme": partial(of_theme, themes.rename_theme, title={"en": "Crises"}),
    "remove a theme": partial(of_theme, themes.remove_theme),
    "on a theme": on_theme,
    "another place": partial(of_organiser, planning.move_slot, place=2, reason="A plane"),
    "propose a swap": propose_swap,
    "accept": partial(of_swap, swapping.accept_swap, "other"),
    "decline": partial(of_swap, swapping.decline_swap, "other"),
    "take the swap back": partial(of_swap, swapping.take_swap_back, "proposer"),
    "achieved": partial(of_delegation, reporting.set_achievements, rows=[{"what": "Islands online"}]),
    "publish": partial(of_delegation, reporting.publish_page),
    "unpublish": partial(of_delegation, reporting.unpublish_page),
}


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    begins=st.sampled_from(["before", "live", "film"]),
    moves=st.lists(st.tuples(st.sampled_from(sorted(MOVES)), st.integers(0, 2)), min_size=5, max_size=25),
)
def test_every_open_page_of_a_review_ends_where_one_opened_now_begins(
    review_session, filmed, voices, conference, chen, olga, server_clock, followed, begins, moves
):
    with transaction.atomic():
        setting_up.set_up_review(review_session.pk, remarks=Remarks.AFTER_EACH, by=olga)
        with followed(*topics(review_session, voices, with_desk=begins != "before"), changes=None):
            server_clock.tick(2)
            if begins != "before":
                programme.go_live(review_session.pk, by=chen)
            if begins == "film":
                desk.call_turn(review_session.pk, filmed[0].turn_id, by=chen)
                desk.start_turn(review_session.pk, filmed[0].turn_id, by=chen)
            for name, which in moves:
                server_clock.tick(2)
                with suppress(Refusal):
                    MOVES[name](Slot.objects.get(pk=filmed[which].pk), chen, voices, olga)
                what_plays_has_the_floor()
        transaction.set_rollback(True)


def topics(session, voices, *, with_desk: bool) -> list[str]:
    """All but those of registration. The desk's begins anew with each rehearsal, which is before the session."""
    audiences = ["speakers", "review", "booth", "board", "picture", "notices", *(["chair"] if with_desk else [])]
    key = Floor.objects.get(pk=session.pk).screen_key
    return [
        f"conference.{session.conference_id}.programme",
        *(f"session.{session.pk}.{each}" for each in audiences),
        *(f"screen.{session.pk}.{key}{part}" for part in ("", ".film", ".remarks")),
        *(f"delegation.{delegation}" for delegation in voices),
        *(f"session.{session.pk}.notices.{delegation}" for delegation in voices),
    ]


def what_plays_has_the_floor() -> None:
    film = Turn.objects.filter(
        mode=Mode.RECORDED, state__in=("speaking", "paused", "interrupted"), is_rehearsal=False
    ).first()
    assert Playing.objects.exists() == (film is not None)
    playing = Playing.objects.first()
    assert playing is None or (playing.since is not None) == (film.state == "speaking")
