"""The interpreters’ page: who speaks, what they will say, and who comes next with which texts."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from outbox.errors import NotThere
from outbox.reading import Standing
from outbox.tickets import open_topics
from sessions.floor.live import HALL as SPEAKERS
from sessions.floor.models import Kind
from sessions.floor.queries import floor_of
from sessions.floor.views.shown import ShownFloor, ShownTurn, shown_floor
from sessions.programme.models import Session
from sessions.questions.live import FLOOR as QUESTIONS
from sessions.questions.models import Question, Status
from sessions.questions.queries import in_status, page_of
from sessions.review.live import BOOTH
from sessions.review.models import Remark, RemarkState, Slot
from sessions.review.queries import remarks_with_names, slots_of
from sessions.review.rules import may_interpret
from sessions.review.views.reached import entered_review, of_session
from sessions.review.views.shown import Text, texts_of

# Turns beyond the next one whose texts are shown; the whole list has its page.
NEXT_SHOWN = 6
QUESTIONS_SHOWN = 5


@dataclass(frozen=True, kw_only=True)
class BoothTurn:
    """A turn with all that interpreters may read before it is said."""

    turn: ShownTurn
    honorific: str
    texts: Sequence[Text]
    remarks: Sequence[Remark]


@dataclass(frozen=True, kw_only=True)
class Booth:
    floor: ShownFloor
    grace_ms: int
    holder: BoothTurn | None
    coming: Sequence[BoothTurn]
    waiting: Sequence[Remark]
    staged: Sequence[Question]
    questions: Sequence[Question]
    topics: dict[str, Standing]


@require_safe
@never_cache
def booth(request: HttpRequest, slug: str, session_id: int) -> HttpResponse:
    session, _review = entered_review(request.user, slug, session_id)
    if not may_interpret(request.user, session):
        raise NotThere
    topics = open_topics(request, *(kind.name(session_id=session.pk) for kind in (BOOTH, SPEAKERS, QUESTIONS)))
    context = {**of_session(request, session), "booth": booth_now(session, topics)}
    return render(request, "review/booth.html", context)


def booth_now(session: Session, topics: dict[str, Standing]) -> Booth:
    floor = floor_of(session)
    shown = shown_floor(floor)
    slots = {slot.turn_id: slot for slot in slots_of(session.pk)}
    remarks = list(_unread(session))
    questions, _more = page_of(session.pk, Status.LIVE)
    return Booth(
        floor=shown,
        grace_ms=floor.grace_seconds * 1000,
        holder=_turn(shown.holder, slots, remarks, session) if shown.holder else None,
        coming=[_turn(turn, slots, remarks, session) for turn in shown.waiting[:NEXT_SHOWN]],
        waiting=remarks,
        staged=list(in_status(session.pk, Status.ON_STAGE)[:1]),
        questions=questions[:QUESTIONS_SHOWN],
        topics=topics,
    )


def _unread(session: Session) -> Sequence[Remark]:
    waiting = remarks_with_names().filter(slot__review_id=session.pk, state=RemarkState.SUBMITTED)
    return list(waiting.order_by("pk"))


def _turn(turn: ShownTurn, slots: dict[int, Slot], unread: Sequence[Remark], session: Session) -> BoothTurn:
    slot = slots.get(turn.id)
    return BoothTurn(
        turn=turn,
        honorific=slot.honorific if slot else "",
        texts=texts_of(slot) if slot else (),
        remarks=_remarks_of(turn, unread, session) if turn.kind != Kind.STATEMENT else (),
    )


def _remarks_of(turn: ShownTurn, unread: Sequence[Remark], session: Session) -> list[Remark]:
    """What is read in a turn of the comment round: what waits to be, and once it has begun what is being read."""
    waiting = [one for one in unread if one.author_id == turn.delegation_id and one.slot.turn_id == turn.about]
    read = remarks_with_names().filter(slot__review_id=session.pk, turn_id=turn.id, state=RemarkState.DELIVERED)
    return [*read.order_by("pk"), *waiting]
