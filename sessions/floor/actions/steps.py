"""What the verbs share: the floor under its lock at one moment, and the steps that each change is made of."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TypeAlias

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from i18nfield.strings import LazyI18nString

from conferences.rules import Person
from conferences.texts import one_line
from outbox.changes import record
from outbox.errors import NotAllowed, NotThere, WrongMove
from outbox.once import each_read_once
from sessions.floor.live import POINTS_SHOWN, points_shown
from sessions.floor.models import (
    HOLDING,
    LONGEST_REASON,
    MOVES,
    POINT_MOVES,
    WAITING,
    Floor,
    Minute,
    Mode,
    PointOfOrder,
    PointState,
    Segment,
    State,
    StoppedBy,
    Turn,
)
from sessions.floor.queries import default_speakers, is_over, is_running, open_points_of, points_with_names, turns_of
from sessions.floor.rules import may_chair, may_enter
from sessions.floor.signals import turn_moved
from sessions.programme.models import Session
from sessions.programme.queries import session_to_act_in

# What is kept on record: somebody’s own words, or the site’s in each language.
Said: TypeAlias = LazyI18nString | str
# From the press to the first picture.
FILM_LEAD = timedelta(seconds=2.5)


@dataclass
class OnFloor:
    """A locked floor at one moment of the server’s clock. `by` is None where the clock or the session does it.

    While it is rehearsed the desk goes through the rehearsal’s own list. Delegations and the programme go on with the
    real one: for them it `is_real` all the same.
    """

    floor: Floor
    by: Person | None
    at: datetime = field(default_factory=lambda: timezone.now())
    is_real: bool = False

    # Looking

    @property
    def session(self) -> Session:
        return self.floor.session

    @property
    def is_rehearsed(self) -> bool:
        """Whether what is done here goes without a trace."""
        return self.floor.is_rehearsed and not self.is_real

    @property
    def turns(self) -> QuerySet[Turn]:
        return turns_of(self.floor.pk, rehearsal=self.is_rehearsed)

    def turn(self, turn_id: int) -> Turn:
        """Raises NotThere, also for one of a rehearsal that is over."""
        return self._mine(self.turns.filter(pk=turn_id).first())

    def holder(self) -> Turn | None:
        found = self.turns.filter(state__in=HOLDING).first()
        return None if found is None else self._mine(found)

    def waiting(self) -> list[Turn]:
        return [self._mine(turn) for turn in self.turns.filter(state__in=WAITING)]

    def open_points(self) -> list[PointOfOrder]:
        points = list(open_points_of(self.floor.pk, rehearsal=self.is_rehearsed))
        for point in points:
            point.floor = self.floor
        return points

    def point(self, point_id: int) -> PointOfOrder:
        """Raises NotThere."""
        found = points_with_names().filter(pk=point_id, floor_id=self.floor.pk, is_rehearsal=self.is_rehearsed)
        point = found.first()
        if point is None:
            raise NotThere
        point.floor = self.floor
        return point

    def _mine(self, turn: Turn | None) -> Turn:
        if turn is None:
            raise NotThere
        # What is joined to a row may be older than the lock.
        turn.floor = self.floor
        return turn

    # Refusing

    def require_running(self) -> None:
        if not is_running(self.floor):
            raise WrongMove(_("The session is not live. Open it, or resume it, first."))

    def require_not_over(self) -> None:
        """Once the session has ended its list is its record. Whoever reopens it goes on with both."""
        if is_over(self.floor):
            raise WrongMove(_("The session has ended."))

    def require_no_open_point(self) -> None:
        if self.open_points():
            raise WrongMove(_("A point of order is open. Rule on it first."))

    # Changing

    def moved(self, event: str = "floor.moved", *, anew: bool = False) -> None:
        """Says that the desk is about to change the floor: call it before the first change. A press on a page that had
        not seen it is refused. `anew` where the session has moved already: what pages saw before cannot be read then,
        and they are told all of it."""
        record(event, self.floor, new=anew)
        self.floor.rev += 1
        self.floor.moved_at = self.at
        self.floor.save()

    @contextmanager
    def list_changed(self, event: str = "floor.moved") -> Iterator[None]:
        """Around a change of the list by others than the desk: a press at the desk still fits, unless it would concern
        somebody else by then, or them in another way."""
        before = self._at_hand()
        record(event, self.floor)
        yield
        if self.is_rehearsed == self.floor.is_rehearsed:
            self.floor.moved_at = self.at
        if self._at_hand() != before:
            self.floor.rev += 1
        self.floor.save()

    def _at_hand(self) -> tuple[int, str, bool] | None:
        """Whom the desk’s next press concerns, and what it would do."""
        turns = turns_of(self.floor.pk, rehearsal=self.floor.is_rehearsed)
        turn = turns.filter(state__in=HOLDING).first() or turns.filter(state__in=WAITING).first()
        return None if turn is None else (turn.pk, turn.mode, turn.can_be_filed)

    def move(self, turn: Turn, to: State, event: str, *, words: Said = "", **fields: object) -> None:
        """Raises WrongMove where the table does not know the move. Call `moved` first."""
        was = State(turn.state)
        if to not in MOVES[was]:
            raise WrongMove
        record(event, turn)
        turn.state = to
        for name, value in fields.items():
            setattr(turn, name, value)
        turn.save()
        self.note(event, turn=turn, words=words)
        turn_moved.send(sender=Turn, turn=turn, was=was, at=self.at)

    def answer(self, turn: Turn, *, ready: bool) -> None:
        """What whoever waits says to “ready?”; it is no move of the floor. Raises WrongMove once they were called: an
        answer that crosses the call does not take it back."""
        self.require_not_over()
        if turn.state not in WAITING:
            raise WrongMove(_("You are called already."))
        wanted = State.READY if ready else State.INSCRIBED
        if turn.state not in (wanted, State.DEFERRED, State.PUT_OFF):
            self.move(turn, wanted, "turn.ready_changed")

    def answer_call(self, turn: Turn) -> None:
        """What whoever is called says: that they are there. No move of the floor either, so that it stops no press of
        the chair. Raises WrongMove where they are not called, or not any more."""
        if turn.state != State.CALLED:
            raise WrongMove(_("You are not called now."))
        if turn.here_at is None:
            record("turn.answered", turn)
            turn.here_at = self.at
            turn.save()
            self.note("turn.answered", turn=turn)

    def run(self, turn: Turn, event: str, *, words: Said = "", **fields: object) -> None:
        """Lets the clock go on; a film and its clock begin a little later, when everybody has loaded it."""
        since = self.at + FILM_LEAD if turn.mode == Mode.RECORDED else self.at
        self.move(turn, State.SPEAKING, event, words=words, running_since=since, stopped_by="", **fields)

    def stop(self, turn: Turn, to: State, event: str, *, words: Said = "", **fields: object) -> None:
        """Stops the clock, where it runs, and keeps what ran as a segment of the record."""
        if turn.running_since is not None:
            fields["consumed_ms"] = turn.clock.consumed_at(self.at)
            fields["running_since"] = None
            Segment.objects.create(
                turn=turn,
                began_at=turn.running_since,
                ended_at=max(self.at, turn.running_since),
                ms=turn.clock.consumed_at(self.at) - turn.consumed_ms,
            )
        self.move(turn, to, event, words=words, **fields)

    def close(self, turn: Turn, to: State, event: str, *, words: Said = "") -> None:
        self.stop(turn, to, event, words=words, ended_at=self.at, stopped_by="")

    def move_point(
        self, point: PointOfOrder, to: PointState, event: str, *, words: Said = "", **fields: object
    ) -> None:
        """Raises WrongMove where the table does not know the move."""
        if to not in POINT_MOVES[PointState(point.state)]:
            raise WrongMove
        self.points_change(event, point)
        record(event, point)
        point.state = to
        for name, value in fields.items():
            setattr(point, name, value)
        point.save()
        self.note(event, point=point, words=words)

    def points_change(self, event: str, changed: PointOfOrder | None = None) -> None:
        """Call it before a point is raised, or `changed`: where pages hold as many as they can, another one leaves
        their sight or comes into it."""
        at_hand = points_shown(self.floor.pk, rehearsal=self.is_rehearsed, most=POINTS_SHOWN + 1)
        if len(at_hand) + (changed is None) > POINTS_SHOWN:
            for point in at_hand:
                if point != changed:
                    record(event, point)

    def go_on_after_points(self) -> None:
        """Once the last open point is ruled on, a clock that it stopped runs again."""
        turn = self.holder()
        if (
            turn is not None
            and turn.stopped_by == StoppedBy.POINT
            and not self.open_points()
            and is_running(self.floor)
        ):
            self.run(turn, "turn.resumed")

    def note(
        self,
        what: str,
        *,
        turn: Turn | None = None,
        point: PointOfOrder | None = None,
        words: Said = "",
    ) -> Minute:
        return Minute.objects.create(
            floor=self.floor,
            at=self.at,
            by_id=None if self.by is None else self.by.pk,
            what=what,
            turn=turn,
            point=point,
            words=words,
            is_rehearsal=self.is_rehearsed,
        )

    def hand_desk_to(self, user_id: int | None, event: str) -> None:
        """Whatever the new holder sees is still so: this is no move of the floor."""
        record(event, self.floor)
        self.floor.desk_holder_id = user_id
        self.floor.desk_since = None if user_id is None else self.at
        self.floor.save()
        self.note(event)

    # The list

    def place(self, newcomer: Turn, *, after: Turn | None, block: int) -> None:
        """Gives a turn that is not saved yet its place: after that one, or at the end of its block."""
        turns = list(self.turns)
        if after is None:
            before = sum(1 for turn in turns if turn.block <= block)
        else:
            before = 1 + next(place for place, turn in enumerate(turns) if turn.pk == after.pk)
        newcomer.block = block if after is None else after.block
        newcomer.position = before + 1
        _renumber(turns[:before], 1)
        _renumber(turns[before:], before + 2)

    def to_end_of_block(self, turn: Turn) -> None:
        """Behind all others of its block, whether they wait or are done."""
        last = self.turns.filter(block=turn.block).order_by("position").last()
        if last is None or last.pk == turn.pk:
            return
        turns = [each for each in self.turns if each.pk != turn.pk]
        before = sum(1 for each in turns if each.block <= turn.block)
        turn.position = before + 1
        _renumber(turns[:before], 1)
        _renumber(turns[before:], before + 2)

    def reorder(self, order: Sequence[Turn]) -> None:
        """Sets the order of those that wait. The places stay as they are, each in its block; who is on them changes."""
        places = sorted((turn.block, turn.position) for turn in order)
        for turn, (block, position) in zip(order, places, strict=True):
            turn.block, turn.position = block, position
        Turn.objects.bulk_update(order, ["block", "position"])


def _renumber(turns: Iterable[Turn], first: int) -> None:
    changed = []
    for position, turn in enumerate(turns, start=first):
        if turn.position != position:
            turn.position = position
            changed.append(turn)
    Turn.objects.bulk_update(changed, ["position"])


# Coming onto the floor, with the permission in the same step


def locked_floor(session: Session) -> Floor:
    """The session’s floor under its lock, made on first use; its session is read again under it."""
    floor, made = Floor.objects.select_for_update(no_key=True).get_or_create(
        session=session, defaults={"speakers": default_speakers(session)}
    )
    floor.session = Session.objects.select_related("conference").get(pk=session.pk)
    if made:
        record("floor.opened", floor, new=True)
    return floor


def on_floor(
    session_id: int, by: Person, may: Callable[[Person, Session], bool] = may_enter, *, is_real: bool = False
) -> OnFloor:
    """For whoever may. Raises NotThere, SignInFirst, and NotAllowed for whoever may only enter."""
    with each_read_once():
        session = session_to_act_in(session_id, by)
        if not may(by, session):
            raise NotAllowed
    # Nobody else waits for the lock; and whoever did may have lost a duty or a seat meanwhile.
    floor = locked_floor(session)
    with each_read_once():
        if not may_enter(by, floor.session):
            raise NotThere
        if not may(by, floor.session):
            raise NotAllowed
    return OnFloor(floor, by, is_real=is_real)


def at_desk(session_id: int, by: Person, rev: int | None, *, even_after: bool = False) -> OnFloor:
    """For whoever holds the desk; a desk that nobody holds is theirs with the first press.

    `rev` is what the page that was pressed on had seen: a press on an older one changes nothing. None asks for no
    agreement. Raises NotThere, SignInFirst, NotAllowed (no chair, or another one holds the desk), and WrongMove, also
    where the session is over and this is not done `even_after` it.
    """
    now = on_floor(session_id, by, may_chair)
    if not even_after:
        now.require_not_over()
    floor = now.floor
    if floor.desk_holder_id is None:
        now.hand_desk_to(by.pk, "floor.desk_taken")
    elif floor.desk_holder_id != by.pk:
        raise NotAllowed(_("%(name)s holds the desk. Take it over first.") % {"name": floor.desk_holder})
    if rev is not None and rev != floor.rev:
        raise WrongMove(_("The floor has moved on since you looked. Look at it now, and press again if it still fits."))
    return now


def reason_given(text: str, *, required: bool = True, field: str = "reason") -> str:
    """In one line. Raises Invalid (of that `field`)."""
    why = _("Say why: it stays on record.")
    return one_line(text, field, longest=LONGEST_REASON, missing=why if required else "")
