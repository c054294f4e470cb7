"""What the rules of a review make of its time, in one sentence for whoever sets them."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from sessions.floor.models import Mode
from sessions.review.models import Review, Slot, TimePolicy
from sessions.review.times import Kind, Plan, planned


@dataclass(frozen=True)
class PlanShown:
    """`words` say the whole of it; `fits` is false where it takes longer than there is time."""

    words: str
    fits: bool = True


def length(ms: int) -> str:
    """3:45, or from an hour on 1:28:30. Whole seconds."""
    seconds = round(abs(ms) / 1000)
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{seconds:02d}" if hours else f"{minutes}:{seconds:02d}"


def plan_shown(review: Review, slots: Sequence[Slot], *, handover_seconds: int) -> PlanShown:
    """Of the slots that take time. Raises TooManyError where a divided time is not enough for so many."""
    kinds = [slot.kind for slot in slots if slot.turn.mode != Mode.WRITTEN]
    if not kinds:
        return PlanShown(_("Nobody takes time yet: what the rules make of it stands here once somebody is invited."))
    divides = review.time == TimePolicy.DIVIDED
    there_ms = review.budget_minutes * 60_000 if divides else _planned_length(review)
    plan = planned(
        review.time_policy(handover_seconds),
        kinds,
        budget_ms=there_ms,
        handover_ms=handover_seconds * 1000,
    )
    return PlanShown(_sentence(review, kinds, plan, handover_seconds), plan.spare_ms >= 0)


def _planned_length(review: Review) -> int:
    session = review.session
    return round((session.ends_at - session.starts_at).total_seconds() * 1000)


def _sentence(review: Review, kinds: list[str], plan: Plan, handover_seconds: int) -> str:
    told = {
        "number": len(kinds),
        "handover": handover_seconds,
        "each": _each(review, kinds, plan),
        "spare": length(plan.spare_ms),
        "total": length(plan.total_ms),
        "there": length(plan.budget_ms),
    }
    if review.time == TimePolicy.DIVIDED:
        # Translators: 21 statements, 30 s between: 3:45 each, 2:30 spare
        words = ngettext(
            "%(number)s statement, %(handover)s s between: %(each)s each, %(spare)s spare",
            "%(number)s statements, %(handover)s s between: %(each)s each, %(spare)s spare",
            len(kinds),
        )
    elif plan.spare_ms >= 0:
        # Translators: 21 statements, 30 s between: 3:00 each, 1:13:30 in all; the session has 1:30:00, 16:30 spare
        words = ngettext(
            "%(number)s statement, %(handover)s s between: %(each)s each, %(total)s in all; the session has %(there)s, "
            "%(spare)s spare",
            "%(number)s statements, %(handover)s s between: %(each)s each, %(total)s in all; the session has "
            "%(there)s, %(spare)s spare",
            len(kinds),
        )
    else:
        words = ngettext(
            "%(number)s statement, %(handover)s s between: %(each)s each, %(total)s in all; the session has %(there)s, "
            "%(spare)s too little",
            "%(number)s statements, %(handover)s s between: %(each)s each, %(total)s in all; the session has "
            "%(there)s, %(spare)s too little",
            len(kinds),
        )
    return words % told


def _each(review: Review, kinds: list[str], plan: Plan) -> str:
    if review.time != TimePolicy.BY_KIND:
        return length(plan.allotted_ms[0])
    counts = Counter(kinds)
    times = {Kind.MEMBER: review.statement_seconds, Kind.OBSERVER: review.observer_seconds}
    # Translators: 18 × 3:00 and 3 × 2:00, of how many there are so long statements.
    parts = [f"{counts[kind]} × {length(seconds * 1000)}" for kind, seconds in times.items() if counts[kind]]
    return _(" and ").join(parts)
