"""The comment round: what other delegations say on a statement, typed beforehand and shown when it is read."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from conferences.models import Delegation
from conferences.rules import Person, speaks_for
from conferences.texts import one_line
from outbox.changes import action, record
from outbox.errors import Invalid, NotAllowed, NotThere, Refusal, SignInFirst, Words, WrongMove
from sessions.floor.actions.listing import join_list
from sessions.floor.actions.standing import floor_under_lock
from sessions.floor.models import State, Turn
from sessions.programme.models import State as SessionState
from sessions.programme.queries import session_to_act_in
from sessions.review.commenting import SPOKEN_AS, waiting_to_speak
from sessions.review.models import Answer, Remark, RemarkKind, Remarks, RemarkState, Slot
from sessions.review.queries import remarks_with_names, slots_with_names
from sessions.review.rules import may_answer_for

LONGEST = 300
LONGEST_ANSWER = 1000


@action
def submit_remark(slot_id: int, *, kind: RemarkKind, text: str, focus_area: str = "", by: Person) -> Remark:
    """Hands in what the delegation will say on another’s statement. Interpreters and that delegation have it at once.

    The same words twice are one remark. Raises NotThere, SignInFirst, NotAllowed, Invalid (`text`), and WrongMove
    (there is no comment round, it is one’s own statement or is withdrawn, or no recommendation is left).
    """
    slot, author = _as_author(slot_id, by)
    kept = one_line(text, "text", longest=LONGEST, missing=_("Write what you will say."))
    _require_round(slot, author)
    mine = slot.remarks.filter(author=author).exclude(state=RemarkState.WITHDRAWN)
    same = mine.filter(kind=kind, text=kept, state=RemarkState.SUBMITTED).first()
    if same is not None:
        return same
    most = slot.review.most_recommendations
    if kind == RemarkKind.RECOMMENDATION and mine.filter(kind=kind).count() >= most:
        raise WrongMove(_("Your delegation has made all the recommendations it has for this statement."))
    remark = Remark.objects.create(
        slot=slot, author=author, kind=kind, text=kept, focus_area=" ".join(focus_area.split())[:200], typed_by_id=by.pk
    )
    record("remark.submitted", remark, new=True)
    return remark


@dataclass(frozen=True, kw_only=True)
class HandedIn:
    """A remark, and the turn in which it will be read; or why the list takes nobody."""

    remark: Remark
    turn: Turn | None = None
    why_not: Words = ""


@action
def submit_and_join(slot_id: int, *, kind: RemarkKind, text: str, focus_area: str = "", by: Person) -> HandedIn:
    """Hands a remark in, and puts its delegation on the speakers’ list with the statement, once for all its remarks.

    It stays handed in where the list takes nobody. Raises as `submit_remark`.
    """
    remark = submit_remark(slot_id, kind=kind, text=text, focus_area=focus_area, by=by)
    slot = remark.slot
    turn = waiting_to_speak(slot, remark.author_id)
    if turn is not None:
        return HandedIn(remark=remark, turn=turn)
    try:
        # It refuses before it changes anything.
        turn = join_list(slot.review_id, kind=SPOKEN_AS[kind], about_id=slot.turn_id, by=by)
    except Refusal as refusal:
        return HandedIn(remark=remark, why_not=refusal.words)
    return HandedIn(remark=remark, turn=turn)


def _as_author(slot_id: int, by: Person) -> tuple[Slot, Delegation]:
    if not by.is_authenticated:
        raise SignInFirst
    session_id = Slot.objects.filter(pk=slot_id).values_list("review_id", flat=True).first()
    if session_id is None:
        raise NotThere
    floor_under_lock(session_to_act_in(session_id, by))
    slot = slots_with_names().get(pk=slot_id)
    author = speaks_for(by, slot.review.session.conference_id)
    if author is None:
        raise NotAllowed(_("Only those who may speak for a delegation can do this."))
    return slot, author


def _require_round(slot: Slot, author: Delegation) -> None:
    if slot.review.remarks == Remarks.NONE:
        raise WrongMove(_("There is no comment round in this review."))
    if slot.review.session.state == SessionState.ENDED:
        raise WrongMove(_("The session has ended."))
    if slot.delegation_id == author.pk:
        raise WrongMove(_("This is your own delegation’s statement."))
    if slot.turn.state == State.WITHDRAWN:
        raise WrongMove(_("%(delegation)s is withdrawn.") % {"delegation": slot.delegation})


@action
def withdraw_remark(remark_id: int, *, by: Person) -> None:
    """The delegation takes it back before it is read. Raises NotThere, SignInFirst, WrongMove."""
    remark = _locked(remark_id, by, _is_author)
    if remark.state == RemarkState.WITHDRAWN:
        return
    if remark.state != RemarkState.SUBMITTED:
        raise WrongMove
    record("remark.withdrawn", remark)
    remark.state = RemarkState.WITHDRAWN
    remark.save(update_fields=["state"])


@action
def answer_remark(remark_id: int, *, answer: Answer, text: str = "", due_on: date | None = None, by: Person) -> None:
    """The delegation that was spoken to supports it, notes it, or answers later in writing, by a day that it names.

    Raises NotThere, SignInFirst, Invalid (`due_on`, `text`), and WrongMove before it was read or filed, or once the
    answer is given for good.
    """
    remark = _locked(remark_id, by, lambda user, remark: may_answer_for(user, remark.slot))
    kept = one_line(text, "text", longest=LONGEST_ANSWER)
    if answer == Answer.PENDING and (due_on is None or due_on < timezone.localdate()):
        raise Invalid(fields={"due_on": _("Say by which day it is answered in writing.")})
    if (remark.answer, remark.answer_text, remark.due_on) == (answer, kept, due_on):
        return
    if remark.state not in (RemarkState.DELIVERED, RemarkState.FILED):
        raise WrongMove(_("It was not read out yet."))
    if remark.answer in (Answer.SUPPORTED, Answer.NOTED) and remark.slot.published_at is not None:
        raise WrongMove(_("The report is published with this answer."))
    record("remark.answered", remark)
    remark.answer, remark.answer_text, remark.answered_at = answer, kept, timezone.now()
    remark.due_on = due_on if answer == Answer.PENDING else None
    remark.save()


def _is_author(user: Person, remark: Remark) -> bool:
    author = speaks_for(user, remark.slot.review.session.conference_id)
    return author is not None and author.pk == remark.author_id


def _locked(remark_id: int, by: Person, may: Callable[[Person, Remark], bool]) -> Remark:
    """Under the floor’s lock, for whoever may. Raises NotThere, SignInFirst."""
    if not by.is_authenticated:
        raise SignInFirst
    floor_under_lock(_remark_for(remark_id, by, may).slot.review.session)
    return _remark_for(remark_id, by, may)


def _remark_for(remark_id: int, by: Person, may: Callable[[Person, Remark], bool]) -> Remark:
    remark = remarks_with_names().filter(pk=remark_id).first()
    if remark is None or not may(by, remark):
        raise NotThere
    return remark
