"""The board: how far each delegation is, who is behind, and a reminder to them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from conferences.models import Delegation
from outbox.errors import NotThere, Refusal
from outbox.tickets import open_topics
from sessions.floor import live as floor_live
from sessions.floor.queries import Course, course_of
from sessions.programme.models import Session, State
from sessions.review.actions import reminding, setting_up
from sessions.review.due import Standing, Thing, behind_first, standings_of
from sessions.review.live import BOARD
from sessions.review.models import Review, Slot
from sessions.review.planned import length
from sessions.review.queries import numbers_of, present_in
from sessions.review.views.frame import chaired_session, of_review
from web import moments
from web.posted import form_page, whole_number

# What stands beside a bar: so many of so many delegations have it.
HAVE = {
    Thing.HEAD: gettext_lazy("Head registered"),
    Thing.CREDENTIALS: gettext_lazy("Credentials verified"),
    Thing.SPEAKER: gettext_lazy("Speaker named"),
    Thing.THEME: gettext_lazy("Theme chosen"),
    Thing.STATEMENT: gettext_lazy("Statement handed in"),
    Thing.FILM: gettext_lazy("Film ready"),
}


@dataclass(frozen=True, kw_only=True)
class Bar:
    words: str
    done: int
    whole: int

    @property
    def percent(self) -> int:
        return 100 * self.done // self.whole

    @property
    def is_full(self) -> bool:
        return self.done == self.whole


@dataclass(frozen=True, kw_only=True)
class Row:
    """A delegation on the board; lengths in minutes and seconds. `place` is 1 for whoever is called next and None once
    their turn has come, as on every page that counts who waits."""

    standing: Standing
    place: int | None
    has: dict[str, bool]
    missing: Sequence[Thing]
    film_length: str
    allotted: str
    problems: Sequence[str]
    languages: Sequence[str]
    wants_film: bool
    # Somebody of it was seen online or at a door.
    was_seen: bool


@never_cache
@require_safe
def board(request: HttpRequest, slug: str, session_id: int) -> HttpResponse:
    """All delegations, or with `?behind` those who are."""
    session = chaired_session(request, slug, session_id)
    topics = [BOARD.name(session_id=session.pk), floor_live.HALL.name(session_id=session.pk)]
    standing = open_topics(request, *topics)
    standings = standings_of(session)
    behind = [one for one in standings if one.is_behind]
    only_behind = "behind" in request.GET
    seen = present_in(session)
    review = Review.objects.filter(pk=session.pk).first()
    course = course_of(standings[0].slot.turn.floor) if standings else None
    context = {
        **of_review(request, session),
        "board_topic": topics[0],
        "board_at": standing[topics[0]].position,
        "speakers_topic": topics[1],
        "speakers_at": standing[topics[1]].position,
        "rows": [_row(one, seen, course) for one in behind_first(behind if only_behind else standings)],
        "bars": bars_of(standings),
        "numbers": numbers_of(session),
        "has_begun": session.went_live_at is not None,
        "is_over": session.state == State.ENDED,
        "delegation_count": len(standings),
        "behind_count": len(behind),
        "only_behind": only_behind,
        "has_themes": any(Thing.THEME in one.due for one in standings),
        "due_at": review.due_at if review else None,
    }
    return render(request, "review/board.html", context)


def bars_of(standings: Sequence[Standing]) -> list[Bar]:
    """How many have each thing, of those of whom it is due."""
    bars = []
    for thing in Thing:
        whom = [one for one in standings if thing in one.due]
        if whom:
            bars.append(Bar(words=str(HAVE[thing]), done=sum(one.has(thing) for one in whom), whole=len(whom)))
    return bars


def _row(standing: Standing, seen: set[int], course: Course | None) -> Row:
    clip = getattr(standing.slot, "clip", None)
    return Row(
        standing=standing,
        place=course.place_of(standing.slot.turn_id) if course else None,
        has={str(thing): standing.has(thing) for thing in standing.due},
        missing=standing.missing,
        film_length=length(clip.milliseconds) if clip and clip.milliseconds is not None else "",
        allotted=length(standing.slot.turn.allotted_ms),
        problems=reminding.problem_words(standing.slot),
        languages=[_language(statement.language) for statement in standing.slot.statements.all()],
        wants_film=Thing.FILM in standing.due,
        was_seen=standing.slot.delegation_id in seen,
    )


def _language(code: str) -> str:
    return str(moments.locale().languages.get(code, code))


@require_POST
def mark_attended(request: HttpRequest, slug: str, session_id: int) -> HttpResponse:
    session = chaired_session(request, slug, session_id)
    slot_id = whole_number(request.POST.get("slot"))
    if not Slot.objects.filter(pk=slot_id, review_id=session.pk).exists():
        raise NotThere
    try:
        setting_up.mark_attended(slot_id, attended=request.POST.get("attended") == "yes", by=request.user)
    except Refusal as refusal:
        messages.error(request, str(refusal.words))
    query = "?behind" if "behind" in request.POST else ""
    return redirect(f"{reverse('review:board', args=[slug, session.pk])}{query}#slot-{slot_id}")


@never_cache
@form_page
def remind(request: HttpRequest, slug: str, session_id: int) -> HttpResponse:
    """Who would be written to, one letter to read, and the button; then the job’s page says how far it is."""
    session = chaired_session(request, slug, session_id)
    if request.method == "POST":
        try:
            job = reminding.remind_those_behind(session.pk, by=request.user)
        except Refusal as refusal:
            messages.error(request, str(refusal.words))
            return redirect("review:remind", slug, session.pk)
        return redirect(job)
    return render(request, "review/remind.html", {**of_review(request, session), **_readers(request, session)})


@dataclass(frozen=True, kw_only=True)
class ToRemind:
    standing: Standing
    reader_count: int

    @property
    def delegation(self) -> Delegation:
        return self.standing.slot.delegation


def _readers(request: HttpRequest, session: Session) -> dict[str, Any]:
    behind = [one for one in standings_of(session) if one.is_behind]
    wanted = reminding.to_remind(behind, timezone.now())
    readers = reminding.readers_of(one.slot.delegation_id for one in behind)
    to_write = [one for one in wanted if one.slot.delegation_id in readers]
    wished = whole_number(request.GET.get("slot"))
    shown = next((one for one in to_write if one.slot.pk == wished), to_write[0] if to_write else None)
    return {
        "to_write": [ToRemind(standing=one, reader_count=len(readers[one.slot.delegation_id])) for one in to_write],
        "not_yet": [one for one in behind if one not in wanted],
        "unreachable": [one for one in wanted if one not in to_write],
        "shown": shown,
        "letter": reminding.reminder_to(readers[shown.slot.delegation_id][0], shown) if shown else None,
        "letter_count": sum(len(readers[one.slot.delegation_id]) for one in to_write),
    }
