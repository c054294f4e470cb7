"""A dry run: the whole course on copies of the turns, on its own clock, behind closed doors, and without a trace."""

from django.utils.translation import gettext_lazy as _

from conferences.rules import Person
from outbox.changes import action, begin_anew
from outbox.errors import WrongMove
from sessions.floor.actions.steps import OnFloor, on_floor
from sessions.floor.live import DESK
from sessions.floor.models import WAITING, Floor, Minute, PointOfOrder, State, Turn
from sessions.floor.rules import may_chair
from sessions.programme.models import State as SessionState

# What a copy does not take along from the turn that it stands for.
OWN = {"id", "is_rehearsal", "stands_for", "state", "absent_count", "called_from"}


@action
def begin_rehearsal(session_id: int, *, by: Person) -> Floor:
    """Goes through it all on copies of the turns that wait. Only the desk sees it.

    Raises NotThere, SignInFirst, NotAllowed, and WrongMove once the session has begun.
    """
    now = on_floor(session_id, by, may_chair)
    if now.floor.is_rehearsed:
        return now.floor
    if now.session.state != SessionState.SCHEDULED:
        raise WrongMove(_("The session has begun: there is nothing left to rehearse."))
    for turn in now.turns.filter(state__in=WAITING):
        _copy(turn).save()
    now.floor.rehearsed_since = now.at
    now.floor.desk_holder_id, now.floor.desk_since = by.pk, now.at
    _anew(now)
    return now.floor


def _copy(turn: Turn) -> Turn:
    fields = (field for field in Turn._meta.concrete_fields if field.name not in OWN)
    kept = {field.attname: getattr(turn, field.attname) for field in fields}
    return Turn(**kept, state=State.INSCRIBED, is_rehearsal=True, stands_for_id=turn.pk)


@action
def end_rehearsal(session_id: int, *, by: Person) -> Floor:
    """Forgets all that was rehearsed. Quietly done where nothing is. Raises NotThere, SignInFirst, NotAllowed."""
    now = on_floor(session_id, by, may_chair)
    if now.floor.is_rehearsed:
        forget_rehearsal(now)
    return now.floor


def forget_rehearsal(now: OnFloor) -> None:
    """Inside the caller’s action, under the floor’s lock."""
    Minute.objects.filter(floor=now.floor, is_rehearsal=True).delete()
    PointOfOrder.objects.filter(floor=now.floor, is_rehearsal=True).delete()
    Turn.objects.filter(floor=now.floor, is_rehearsal=True).delete()
    now.floor.rehearsed_since = None
    now.floor.desk_holder, now.floor.desk_since = None, None
    _anew(now)


def _anew(now: OnFloor) -> None:
    now.floor.rev += 1
    now.floor.save()
    # The desk’s log held the one and now holds the other: nothing of either is continued.
    begin_anew(DESK.name(session_id=now.floor.pk))
