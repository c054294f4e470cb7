"""A comment on a statement: what is said is handed in, and its delegation joins the speakers’ list with it."""

from collections.abc import Mapping

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


def waiting_to_speak(slot: Slot, delegation_id: int) -> Turn | None:
    """The turn in which this delegation will read all that it hands in on this statement, if it is on the list."""
    theirs = Turn.objects.filter(about_id=slot.turn_id, delegation_id=delegation_id, is_rehearsal=False)
    return theirs.filter(kind__in=SPOKEN_AS.values(), state__in=(*WAITING, State.CALLED)).first()
