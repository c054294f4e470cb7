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
from sessions.floor.actions import desk, ordering, points
from sessions.floor.models import HOLDING, Mode, PointState, Turn
from sessions.programme.actions import go_live
from sessions.review.actions import handing_in, remarking, setting_up, swapping
from sessions.review.models import Answer, Clip, ClipState, Remark, RemarkKind, Remarks, Slot
from sessions.review.rules import CLIPS
from sessions.stage.models import Playing

pytestmark = pytest.mark.django_db


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
    point = points.note_point(slot.review_id, delegation_id=slot.delegation_id, by=chen)
    points.rule_on_point(slot.review_id, point.pk, ruling=PointState.REJECTED, words="It is in order.", by=chen)


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
}


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    film_is_on=st.booleans(),
    moves=st.lists(st.tuples(st.sampled_from(sorted(MOVES)), st.integers(0, 2)), min_size=5, max_size=25),
)
def test_every_open_page_of_a_review_ends_where_one_opened_now_begins(
    review_session, filmed, voices, fiji, finland, chen, olga, server_clock, followed, film_is_on, moves
):
    audiences = ("speakers", "chair", "review", "booth", "board", "picture")
    topics = [f"session.{review_session.pk}.{each}" for each in audiences]
    with transaction.atomic():
        setting_up.set_up_review(review_session.pk, remarks=Remarks.AFTER_EACH, by=olga)
        with followed(*topics, f"delegation.{fiji.pk}", f"delegation.{finland.pk}"):
            server_clock.tick(2)
            go_live(review_session.pk, by=chen)
            if film_is_on:
                desk.call_turn(review_session.pk, filmed[0].turn_id, by=chen)
                desk.start_turn(review_session.pk, filmed[0].turn_id, by=chen)
            for name, which in moves:
                server_clock.tick(2)
                with suppress(Refusal):
                    MOVES[name](Slot.objects.get(pk=filmed[which].pk), chen, voices, olga)
                what_plays_has_the_floor()
        transaction.set_rollback(True)


def what_plays_has_the_floor() -> None:
    film = Turn.objects.filter(mode=Mode.RECORDED, state__in=("speaking", "paused", "interrupted")).first()
    assert Playing.objects.exists() == (film is not None)
    playing = Playing.objects.first()
    assert playing is None or (playing.since is not None) == (film.state == "speaking")
