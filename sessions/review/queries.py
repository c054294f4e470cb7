"""Reads that pages, topics and actions share."""

from collections.abc import Iterable, Sequence

from django.db.models import Prefetch, QuerySet

from conferences.models import Delegation
from sessions.attendance.queries import attendees, presences
from sessions.floor.models import DONE, WAITING, State
from sessions.programme.models import Session
from sessions.review.counting import Course, Tally, tallied
from sessions.review.models import LotDraw, Remark, Review, Slot, Statement, Swap
from sessions.review.orders import Entrant


def with_rules() -> QuerySet[Review]:
    return Review.objects.select_related("session__conference", "lot__delegation")


def slots_with_names() -> QuerySet[Slot]:
    """All that a card needs."""
    return Slot.objects.select_related(
        "delegation", "theme", "turn__floor__session", "turn__person", "review__session__conference", "clip__upload"
    ).prefetch_related(Prefetch("statements", Statement.objects.order_by("language")))


def slots_of(session_id: int) -> QuerySet[Slot]:
    """In calling order, without those that were withdrawn."""
    slots = slots_with_names().filter(review_id=session_id).exclude(turn__state=State.WITHDRAWN)
    return slots.order_by("turn__block", "turn__position", "pk")


def remarks_with_names() -> QuerySet[Remark]:
    return Remark.objects.select_related("author", "slot__delegation", "slot__turn__floor", "slot__review__session")


def swaps_with_names() -> QuerySet[Swap]:
    return Swap.objects.select_related(
        "proposer__delegation", "proposer__turn", "other__delegation", "other__turn", "review__session"
    )


def lot_of(session_id: int) -> LotDraw | None:
    return LotDraw.objects.select_related("delegation", "review__session").filter(review_id=session_id).first()


def entrants(slots: Iterable[Slot]) -> list[Entrant]:
    """What orders are made of."""
    return [
        Entrant(
            slot_id=slot.pk,
            delegation=slot.delegation,
            theme_id=slot.theme_id,
            theme_position=slot.theme.position if slot.theme else 0,
            rank=slot.rank,
            requested_at=slot.requested_at,
        )
        for slot in slots
    ]


def numbers_of(session: Session) -> Tally:
    """Invited, attended, delivered, filed, absent, as they stand.

    A delegation attended where the desk said so, where it spoke, and where the ledger of presence knows one of its
    members in this session.
    """
    slots = list(slots_with_names().filter(review_id=session.pk))
    there = present_in(session)
    return tallied(
        Course(
            state=slot.turn.state,
            attended=slot.attended_at is not None or slot.delegation_id in there,
            allotted_ms=slot.turn.allotted_ms,
            consumed_ms=slot.turn.consumed_ms,
        )
        for slot in slots
    )


def present_in(session: Session) -> set[int]:
    """The delegations of whom the ledger of presence knows somebody in this session."""
    listed = attendees(session, presences(session))
    return {each.delegation.pk for each in listed if each.delegation is not None}


def is_open(slot: Slot) -> bool:
    """Whether it was neither heard nor given up."""
    return slot.turn.state not in DONE


def is_waiting(slot: Slot) -> bool:
    """Whether it was not called yet: then what is announced of it may still change."""
    return slot.turn.state in WAITING


def without_slot(session: Session, slots: Sequence[Slot]) -> list[Delegation]:
    """Delegations of the conference that have no slot, in protocol order."""
    taken = {slot.delegation_id for slot in slots}
    return [each for each in session.conference.delegations.order_by("position", "pk") if each.pk not in taken]
