"""Points of order: raised at any time, they stop the clock until the chair has ruled."""

from django.utils.translation import gettext_lazy as _

from conferences.models import Delegation
from conferences.rules import Person
from outbox.changes import action, record
from outbox.errors import Invalid, NotAllowed, NotThere, WrongMove
from sessions.floor.actions.steps import OnFloor, at_desk, on_floor, reason_given
from sessions.floor.models import BEFORE_THE_CHAIR, ON_APPEAL, RULINGS, PointOfOrder, PointState, State, StoppedBy
from sessions.floor.rules import may_raise_point, may_take_back, voice_of
from sessions.programme.models import ON


@action
def raise_point(session_id: int, *, by: Person) -> PointOfOrder:
    """Rises to a point of order, in the name of the delegation that the person speaks for. The clock stops.

    Whoever has one open that is not ruled on gets that one. Raises NotThere, SignInFirst, NotAllowed, and WrongMove
    where nothing is on.
    """
    now = on_floor(session_id, by)
    voice = voice_of(by, now.session)
    if voice is None or not may_raise_point(by, now.session):
        raise NotAllowed(_("A point of order is raised by those who may speak for a delegation."))
    if now.session.state not in ON:
        raise WrongMove(_("A point of order can be raised while the session is on."))
    if now.floor.is_rehearsed:
        raise WrongMove
    return _raised(now, voice)


@action
def note_point(session_id: int, *, delegation_id: int, rev: int | None = None, by: Person) -> PointOfOrder:
    """Notes at the desk a point of order that was raised in the room. Raises as `at_desk`, and Invalid, WrongMove."""
    now = at_desk(session_id, by, rev)
    now.require_running()
    return _raised(now, _in_the_room(now, delegation_id))


def _in_the_room(now: OnFloor, delegation_id: int) -> Delegation:
    found = Delegation.objects.filter(pk=delegation_id, conference_id=now.session.conference_id).first()
    if found is None:
        raise Invalid(fields={"delegation": _("Choose a delegation of this conference.")})
    return found


def _raised(now: OnFloor, delegation: Delegation) -> PointOfOrder:
    mine = (point for point in now.open_points() if point.delegation_id == delegation.pk)
    open_one = next((point for point in mine if point.state in BEFORE_THE_CHAIR), None)
    if open_one is not None:
        return open_one
    now.moved()
    _stop_the_clock(now)
    now.points_change("point.raised")
    point = PointOfOrder.objects.create(
        floor=now.floor,
        delegation=delegation,
        raised_by_id=None if now.by is None else now.by.pk,
        raised_at=now.at,
        seconds=now.floor.point_seconds,
        is_rehearsal=now.floor.is_rehearsed,
    )
    record("point.raised", point, new=True)
    now.note("point.raised", point=point)
    return point


@action
def take_point_back(point_id: int, *, by: Person) -> None:
    """The delegation that raised it withdraws it before the ruling. Raises NotThere, SignInFirst, WrongMove."""
    now, point = _found(point_id, by)
    if not may_take_back(by, point):
        raise NotThere
    if point.state == PointState.WITHDRAWN:
        return
    now.moved()
    now.move_point(point, PointState.WITHDRAWN, "point.withdrawn")
    now.go_on_after_points()


@action
def recognise_point(session_id: int, point_id: int, *, rev: int | None = None, by: Person) -> None:
    """Lets the delegation say what its point is; one at a time. Raises as `at_desk`, and WrongMove."""
    now = at_desk(session_id, by, rev)
    point = now.point(point_id)
    if point.state == PointState.RECOGNISED:
        return
    if any(other.state == PointState.RECOGNISED for other in now.open_points()):
        raise WrongMove(_("Another point of order is being heard. Rule on it first."))
    now.moved()
    now.move_point(point, PointState.RECOGNISED, "point.recognised", recognised_at=now.at)


@action
def rule_on_point(
    session_id: int, point_id: int, *, ruling: PointState, words: str = "", rev: int | None = None, by: Person
) -> None:
    """Rules: upheld, not upheld, or noted. A clock that the point stopped runs on when no other is open.

    Raises as `at_desk`, Invalid (`ruling`, `reason`), and WrongMove.
    """
    now = at_desk(session_id, by, rev)
    point = now.point(point_id)
    if ruling not in RULINGS:
        raise Invalid(fields={"ruling": _("Choose how you rule.")})
    kept = reason_given(words, required=False)
    if point.state == ruling:
        return
    now.moved()
    now.move_point(point, ruling, "point.ruled", words=kept, ruled_at=now.at, ruling=kept)
    now.go_on_after_points()


@action
def appeal(point_id: int, *, by: Person) -> None:
    """Any delegation appeals against a ruling, at once: nobody else may have been called since. The clock stops again.

    Raises NotThere, SignInFirst, NotAllowed, WrongMove.
    """
    now, point = _found(point_id, by)
    voice = voice_of(by, now.session)
    if voice is None:
        raise NotAllowed(_("An appeal is made by those who may speak for a delegation."))
    if now.session.state not in ON:
        raise WrongMove
    _appealed(now, point, voice)


@action
def note_appeal(session_id: int, point_id: int, *, delegation_id: int, rev: int | None = None, by: Person) -> None:
    """Notes at the desk that a delegation in the room appeals against a ruling. Raises as `note_point`, and as `appeal`
    where it comes too late."""
    now = at_desk(session_id, by, rev)
    now.require_running()
    point = now.point(point_id)
    _appealed(now, point, _in_the_room(now, delegation_id))


def _appealed(now: OnFloor, point: PointOfOrder, appealing: Delegation) -> None:
    if point.state == PointState.APPEALED:
        return
    if point.ruled_at is None or now.turns.filter(called_at__gt=point.ruled_at).exists():
        raise WrongMove(_("An appeal is made at once: the floor was given to somebody since."))
    now.moved()
    _stop_the_clock(now)
    now.move_point(point, PointState.APPEALED, "point.appealed", appealed_by=appealing)


def _stop_the_clock(now: OnFloor) -> None:
    turn = now.holder()
    if turn is not None and turn.state == State.SPEAKING:
        now.stop(turn, State.PAUSED, "turn.paused", stopped_by=StoppedBy.POINT)


@action
def decide_appeal(
    session_id: int, point_id: int, *, outcome: PointState, words: str = "", rev: int | None = None, by: Person
) -> None:
    """What the meeting decided: the ruling stands, or is overruled. Raises as `rule_on_point`."""
    now = at_desk(session_id, by, rev)
    point = now.point(point_id)
    if outcome not in ON_APPEAL:
        raise Invalid(fields={"ruling": _("Choose what the meeting decided.")})
    if point.state == outcome:
        return
    kept = reason_given(words, required=False)
    now.moved()
    now.move_point(point, outcome, "point.appeal_decided", words=kept)
    now.go_on_after_points()


def _found(point_id: int, by: Person) -> tuple[OnFloor, PointOfOrder]:
    session_id = PointOfOrder.objects.filter(pk=point_id, is_rehearsal=False).values_list("floor_id", flat=True).first()
    if session_id is None:
        raise NotThere
    now = on_floor(session_id, by)
    if now.floor.is_rehearsed:
        raise NotThere
    return now, now.point(point_id)
