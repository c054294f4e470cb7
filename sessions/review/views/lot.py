"""The lot, for whoever may enter the session: before it is drawn what it binds, and after it how anybody checks it."""

import hmac
from collections.abc import Sequence
from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from outbox.errors import NotThere
from outbox.tickets import open_topics
from sessions.programme.models import Session
from sessions.review import lot as drawing
from sessions.review.live import HALL
from sessions.review.models import LotDraw, Review
from sessions.review.orders import OrderPolicy, ballot
from sessions.review.queries import lot_of, slots_of, with_rules
from sessions.review.views.frame import of_review, reviewed_session

BY_LOT = (OrderPolicy.LOT_ALPHA, OrderPolicy.THEME_BLOCKS)


@dataclass(frozen=True, kw_only=True)
class ShownLine:
    """A line of the list. `country` is "" for an organisation; `delegation_id` is known while the list is open."""

    text: str
    country: str
    name: str
    delegation_id: int | None = None


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """What a terminal is told, and what it says where the lot holds."""

    seed: str
    commitment: str
    digest: str
    lines: int
    index: int
    holds: bool


@never_cache
@require_safe
def lot(request: HttpRequest, slug: str, session_id: int) -> HttpResponse:
    session = reviewed_session(request, slug, session_id)
    topic = HALL.name(session_id=session.pk)
    at = open_topics(request, topic)[topic].position
    review = with_rules().filter(pk=session.pk).first() or Review(session=session)
    found = lot_of(session.pk)
    context = {
        **of_review(request, session),
        "topic": topic,
        "at": at,
        "review": review,
        "lot": found,
        "is_by_lot": review.order in BY_LOT,
        "lines": _lines(session, review, found),
    }
    if found is not None and found.drawn_at is not None:
        context["recipe"] = _recipe(found)
        context["drawn_line"] = context["lines"][found.index or 0]
    return render(request, "review/lot.html", context)


@never_cache
@require_safe
def canonical(request: HttpRequest, slug: str, session_id: int) -> HttpResponse:
    """The list as a file, byte for byte as it was drawn on. Raises NotThere while it is open."""
    session = reviewed_session(request, slug, session_id)
    found = lot_of(session.pk)
    if found is None or found.drawn_at is None:
        raise NotThere
    return HttpResponse(
        drawing.canonical(found.lines),
        content_type="text/plain; charset=utf-8",
        headers={"Content-Disposition": 'attachment; filename="canonical.txt"'},
    )


def _lines(session: Session, review: Review, found: LotDraw | None) -> Sequence[ShownLine]:
    if found is not None and found.drawn_at is not None:
        return [_line(text) for text in found.lines]
    listed = ballot([slot.delegation for slot in slots_of(session.pk)], review.order_language)
    return [_line(text, delegation.pk) for delegation, text in listed]


def _line(text: str, delegation_id: int | None = None) -> ShownLine:
    code, _tab, name = text.partition("\t")
    # An organisation has its number in place of a country's letters.
    return ShownLine(text=text, country="" if code.isdecimal() else code, name=name, delegation_id=delegation_id)


def _recipe(found: LotDraw) -> Recipe:
    index = found.index or 0
    return Recipe(
        seed=found.seed,
        commitment=found.commitment,
        digest=hmac.digest(found.seed.encode("ascii"), drawing.canonical(found.lines), "sha256").hex(),
        lines=len(found.lines),
        index=index,
        holds=drawing.verify(found.commitment, found.seed, found.lines, index).holds,
    )
