"""A comment on a statement: what is said is handed in, and its delegation joins the speakers’ list with it."""

from collections.abc import Mapping
from typing import Any

from sessions.floor.models import WAITING, Kind, State, Turn
from sessions.programme.models import ON, Session
from sessions.review.models import RemarkKind, Remarks, Review, Slot
from sessions.review.queries import slots_with_names

# As what a remark of each kind is on the speakers’ list.
SPOKEN_AS: Mapping[str, Kind] = {
    RemarkKind.COMMENT: Kind.COMMENT,
    RemarkKind.QUESTION: Kind.QUESTION,
    RemarkKind.RECOMMENDATION: Kind.COMMENT,
}
# A statement on which can be commented: it is being heard, or was.
OPEN_TO_COMMENTS = (State.SPEAKING, State.PAUSED, State.INTERRUPTED, State.COMPLETED, State.CUT)


def slot_on(session: Session, review: Review) -> Slot | None:
    """Whose statement is on, or was the last one; None before the first, and where nobody comments."""
    if review.remarks == Remarks.NONE or session.state not in ON:
        return None
    begun = slots_with_names().filter(review=review, turn__started_at__isnull=False, turn__state__in=OPEN_TO_COMMENTS)
    return begun.order_by("-turn__started_at", "-pk").first()


def joining(slot: Slot, kind: str) -> dict[str, Any]:
    """What is asked of the floor for a remark of this kind on this slot’s statement."""
    return {"session_id": slot.review_id, "kind": SPOKEN_AS[kind], "about_id": slot.turn_id}


def waits_to_speak(slot: Slot, delegation_id: int) -> bool:
    """Whether this delegation is on the list with this statement already."""
    waiting = Turn.objects.filter(state__in=(*WAITING, State.CALLED))
    return waiting.filter(about_id=slot.turn_id, delegation_id=delegation_id).exists()
