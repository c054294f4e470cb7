"""A delegation’s own page in a review: what is missing and by when, its place, and all that it hands in and answers."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import uuid4

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from conferences.rules import Person
from outbox.errors import NotThere, SignInFirst
from outbox.reading import Standing
from outbox.tickets import open_topics
from sessions.floor.live import HALL as SPEAKERS
from sessions.floor.models import Floor, State
from sessions.floor.queries import course_of, is_over
from sessions.floor.rules import is_of, may_read_notices
from sessions.floor.views.notices import Notices, own_topic, sent_to
from sessions.programme.views.posted import carry_out, refusals_told, row_number
from sessions.review.live import BOARD, DELEGATION
from sessions.review.missing import Item, items_of, may_change, was_heard
from sessions.review.models import Remark, RemarkState, Slot, Swap, SwapState
from sessions.review.queries import is_waiting, remarks_with_names, slots_of, swaps_with_names
from sessions.review.rules import may_answer_for, may_enter, may_organise_session
from sessions.review.told import state_words
from sessions.review.views.film import FilmShown, film_shown
from sessions.review.views.reached import of_session, slot_page, slot_to_prepare
from sessions.review.views.shown import Text, texts_of
from web.posted import UNPROCESSABLE, form_page


@dataclass(frozen=True, slots=True)
class Act:
    """A button of the page: the command behind it, what that calls its number, what is said once it is done, and the
    part of the page in which it stands: one is led back there."""

    command: str
    number: str
    done: str | Promise
    part: str = ""


ACTS = {
    "propose": Act(
        "swap.propose", "other_id", gettext_lazy("Proposed. Once they agree, you have changed places."), "swap"
    ),
    "accept": Act("swap.accept", "swap_id", gettext_lazy("Agreed: you have changed places."), "swap"),
    "decline": Act("swap.decline", "swap_id", gettext_lazy("Declined. Everybody stays in their place."), "swap"),
    "take_back": Act("swap.take_back", "swap_id", gettext_lazy("Taken back."), "swap"),
    "ready": Act("slot.ready", "slot_id", gettext_lazy("The chair sees that you are ready."), "ready"),
    "not_ready": Act("slot.ready", "slot_id", gettext_lazy("The chair sees that you are not ready yet."), "ready"),
    "here": Act("slot.here", "slot_id", gettext_lazy("The chair sees that you are here."), "ready"),
    "acknowledge": Act("floor.acknowledge", "notice_id", gettext_lazy("The desk sees that you have read it.")),
    "withdraw_remark": Act(
        "remark.withdraw", "remark_id", gettext_lazy("Taken back. Nobody will read it out."), "remarks"
    ),
    "publish": Act("slot.publish", "slot_id", gettext_lazy("The report is published."), "report"),
    "unpublish": Act("slot.unpublish", "slot_id", gettext_lazy("The report is closed again."), "report"),
}


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where the delegation stands on the list. `place` is 1 for whoever is called next; times are UTC."""

    state: str
    words: str
    place: int | None
    expected_at: datetime | None
    seconds: int


@dataclass(frozen=True, kw_only=True)
class Own:
    """All that the page shows. `answers`: whether the reader acts in the delegation’s name, not as an organiser;
    `speaks`: whether as its voice."""

    slot: Slot
    items: Sequence[Item]
    place: Place
    texts: Sequence[Text]
    film: FilmShown
    proposed: Sequence[Swap]
    asked: Sequence[Swap]
    others: Sequence[tuple[Slot, datetime | None]]
    received: Sequence[Remark]
    made: Sequence[Remark]
    answers: bool
    speaks: bool
    may_change: bool
    was_heard: bool
    topics: dict[str, Standing]
    # What the desk tells the delegation, where the reader sits in it.
    notices: Notices | None

    @property
    def missing(self) -> Sequence[Item]:
        return [item for item in self.items if item.is_missing]

    @property
    def is_ready(self) -> bool:
        return self.slot.turn.state == State.READY

    @property
    def may_say_ready(self) -> bool:
        return (
            self.answers
            and self.slot.turn.state in (State.INSCRIBED, State.READY)
            and not is_over(self.slot.turn.floor)
        )

    @property
    def is_called(self) -> bool:
        return self.answers and self.slot.turn.state == State.CALLED


@require_safe
def mine(request: HttpRequest, slug: str, session_id: int) -> HttpResponse:
    """To the page of the one delegation that the reader is responsible for; of several they choose."""
    if not request.user.is_authenticated:
        raise SignInFirst
    slots = slots_of(session_id).filter(review__session__conference__slug=slug)
    found = [slot for slot in slots if may_answer_for(request.user, slot)]
    if not found:
        raise NotThere
    if len(found) == 1:
        return redirect("review:slot", slug, session_id, found[0].pk)
    context = {**of_session(request, found[0].review.session), "slots": found}
    return render(request, "review/choose.html", context)


@require_safe
@never_cache
def slot(request: HttpRequest, slug: str, session_id: int, slot_id: int) -> HttpResponse:
    return _page(request, slug, session_id, slot_id)


def _page(
    request: HttpRequest, slug: str, session_id: int, slot_id: int, *, swap_refused: str | Promise = ""
) -> HttpResponse:
    """The whole page; a proposal that could not be taken is on it with what is wrong."""
    found = slot_to_prepare(request.user, slug, session_id, slot_id)
    topics = open_topics(request, *topics_of(request.user, found))
    # Read anew: a page may not be older than where its topics stand.
    own = own_of(slot_to_prepare(request.user, slug, session_id, slot_id), request.user, topics)
    context = {
        **of_session(request, found.review.session),
        "own": own,
        "slot": own.slot,
        "command_id": uuid4(),
        "swap_refused": swap_refused,
    }
    return render(request, "review/slot.html", context, status=UNPROCESSABLE if swap_refused else 200)


def topics_of(user: Person, slot: Slot) -> list[str]:
    """What the page follows: its delegation’s, or the board for organisers; and the floor for whoever is let in."""
    session = slot.review.session
    topics = []
    if may_answer_for(user, slot):
        topics.append(DELEGATION.name(delegation_id=slot.delegation_id))
    elif may_organise_session(user, session):
        topics.append(BOARD.name(session_id=session.pk))
    if may_enter(user, session):
        topics.append(SPEAKERS.name(session_id=session.pk))
    if may_read_notices(user, session, slot.delegation_id):
        topics.append(own_topic(session.pk, slot.delegation_id))
    return topics


def own_of(slot: Slot, user: Person, topics: dict[str, Standing]) -> Own:
    session = slot.review.session
    answers = may_answer_for(user, slot)
    is_told = may_read_notices(user, session, slot.delegation_id)
    course = course_of(slot.turn.floor)
    swaps = list(swaps_with_names().filter(review_id=slot.review_id, state=SwapState.PROPOSED)) if answers else []
    remarks = remarks_with_names().exclude(state=RemarkState.WITHDRAWN).order_by("pk")
    return Own(
        slot=slot,
        items=items_of(slot, has_themes=slot.review.themes.exists()),
        place=_place(slot, course.place_of(slot.turn_id), course.expected_at(slot.turn_id)),
        texts=texts_of(slot),
        film=film_shown(slot),
        proposed=[swap for swap in swaps if swap.proposer_id == slot.pk],
        asked=[swap for swap in swaps if swap.other_id == slot.pk],
        others=_others(slot, slot.turn.floor, swaps)
        if answers and is_waiting(slot) and not is_over(slot.turn.floor)
        else [],
        received=list(remarks.filter(slot=slot)),
        made=list(remarks.filter(author_id=slot.delegation_id, slot__review_id=slot.review_id)),
        answers=answers,
        speaks=is_of(user, slot.turn),
        may_change=may_change(slot),
        was_heard=was_heard(slot),
        topics=topics,
        notices=sent_to(slot.delegation_id, session.pk) if is_told else None,
    )


def _place(slot: Slot, place: int | None, expected_at: datetime | None) -> Place:
    turn = slot.turn
    return Place(
        state=turn.state,
        words=state_words(turn.state, is_complete=is_over(turn.floor)),
        place=place,
        expected_at=expected_at,
        seconds=round(turn.allotted_ms / 1000),
    )


def _others(slot: Slot, floor: Floor, swaps: Sequence[Swap]) -> list[tuple[Slot, datetime | None]]:
    """With whom places can be changed, in calling order, and when each of them is expected."""
    course = course_of(floor)
    asked = {swap.other_id for swap in swaps if swap.proposer_id == slot.pk}
    others = [other for other in slots_of(slot.review_id) if other.pk != slot.pk and is_waiting(other)]
    return [(other, course.expected_at(other.turn_id)) for other in others if other.pk not in asked]


@form_page
@never_cache
def act(request: HttpRequest, slug: str, session_id: int, slot_id: int) -> HttpResponse:
    """One form for all buttons of the page: the button’s name says what is done, its value to which row.

    Asked for by its address, as a browser does that reloads a page on which something was refused, it is that page.
    """
    found = slot_to_prepare(request.user, slug, session_id, slot_id)
    if request.method != "POST":
        return redirect(slot_page(found))
    verb = next((verb for verb in ACTS if verb in request.POST), None)
    if verb is None:
        raise NotThere
    if verb == "propose" and not request.POST[verb]:
        return _page(request, slug, session_id, slot_id, swap_refused=gettext_lazy("Choose a delegation."))
    act, number = ACTS[verb], row_number(request.POST.get(verb))
    payload: dict[str, Any] = {act.number: number}
    if verb == "propose":
        payload["slot_id"] = found.pk
    if act.command == "slot.ready":
        payload["ready"] = verb == "ready"
    with refusals_told(request):
        carry_out(request, act.command, payload, verb, number)
        messages.success(request, str(act.done))
        return redirect(slot_page(found, act.part))
    # What was refused is told at the top.
    return redirect(slot_page(found))
