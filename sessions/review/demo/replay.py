"""The whole review in minutes: the real verbs at the desk, with open pages following.

Allotments are scaled; films of the scaled length play at their normal speed.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from random import Random

from django.utils import timezone

from accounts.models import User
from conferences.models import Role
from outbox.errors import WrongMove
from sessions.floor.actions import desk
from sessions.floor.actions.standing import change_turn, set_allotments
from sessions.floor.models import WAITING, Mode, State, Turn
from sessions.programme.actions import end_session, go_live
from sessions.programme.models import Duty, Session
from sessions.review.actions.course import end_films_that_are_over, film_ends_at
from sessions.review.actions.handing_in import remove_statement
from sessions.review.actions.setting_up import mark_attended
from sessions.review.counting import Tally
from sessions.review.demo.films import lacking, make_films
from sessions.review.demo.preparing import prepare
from sessions.review.models import ClipState, Slot
from sessions.review.queries import numbers_of, slots_of

HANDOVER = 30.0  # seconds, before they are scaled
WAITED_FOR = 20.0  # seconds that whoever is called has to appear
LOOKED_EVERY = 0.25  # seconds
FILMS_WITHIN = 900.0  # seconds


@dataclass
class Replay:
    """`speed` divides every time. `told` hears what happens, a line each; `sleep` waits, in seconds."""

    session: Session
    speed: float
    told: Callable[[str], None] = print
    sleep: Callable[[float], None] = field(default_factory=lambda: time.sleep)
    with_films: bool = True
    organiser: User = field(init=False)
    chair: User = field(init=False)

    def __post_init__(self) -> None:
        self.organiser = _organiser(self.session)
        self.chair = _chair(self.session) or self.organiser

    def run(self) -> Tally:
        """From the setting up to the last word. Raises TimeoutError where no worker makes the films."""
        slots = self.set_up()
        absent, filed = self._cast(slots)
        if self.with_films:
            self._have_films()
        self.told(f"The lot fell on {slots[0].review.lot.delegation}. {len(slots)} delegations are called.")
        go_live(self.session.pk, by=self.chair)
        desk.take_desk(self.session.pk, by=self.chair)
        while Turn.objects.filter(floor_id=self.session.pk, state__in=WAITING, is_rehearsal=False).exists():
            self._one_turn(absent, filed)
        end_session(self.session.pk, by=self.chair)
        return numbers_of(self.session)

    def set_up(self) -> list[Slot]:
        """Puts the review back to its beginning; allotments are scaled. In calling order."""
        slots = prepare(self.session, by=self.organiser)
        self._scale()
        return slots

    def _cast(self, slots: list[Slot]) -> tuple[int, int]:
        """Draws who stays away and who only files a text (the turns' ids): parts for a demonstration, not history."""
        away, in_writing = Random(self.session.pk).sample(range(1, len(slots)), 2)  # noqa: S311  parts, not a lot
        for statement in slots[away].statements.all():
            remove_statement(statement.pk, by=self.organiser)
        for number, slot in enumerate(slots):
            mode = Mode.WRITTEN if number == in_writing else Mode.RECORDED if self.with_films else Mode.REMOTE
            change_turn(slot.turn, mode=mode, by=self.organiser)
        return slots[away].turn_id, slots[in_writing].turn_id

    def _scale(self) -> None:
        scaled = {slot.turn_id: round(slot.turn.allotted_ms / self.speed) for slot in slots_of(self.session.pk)}
        set_allotments(self.session, scaled, by=self.organiser)

    def _have_films(self) -> None:
        """Asks the worker for the films that are lacking, and waits for all of them."""
        if lacking(self.session):
            make_films(self.session, by=self.organiser)
        waited = 0.0
        while missing := self._unready():
            if waited % 5 == 0:
                self.told(f"Films: {missing} still to be made and checked.")
            if waited >= FILMS_WITHIN:
                raise TimeoutError("The films are not made: is the worker running?")
            self.sleep(1.0)
            waited += 1.0

    def _unready(self) -> int:
        filmed = [slot for slot in slots_of(self.session.pk) if slot.turn.mode == Mode.RECORDED]
        made = {slot.pk for slot in filmed if getattr(slot, "clip", None) and slot.clip.state == ClipState.READY}
        return max(len(filmed) - len(made), len(lacking(self.session)))

    def _one_turn(self, absent: int, filed: int) -> None:
        turn = desk.call_next(self.session.pk, by=self.chair)
        if turn.pk == absent:
            self.sleep(WAITED_FOR / self.speed)
            desk.mark_absent(self.session.pk, turn.pk, by=self.chair)
            self._tell(turn, "not present")
        elif turn.pk == filed:
            self.sleep(HANDOVER / self.speed)
            mark_attended(turn.slot.pk, by=self.chair)
            desk.file_turn(self.session.pk, turn.pk, by=self.chair)
            self._tell(turn, "filed")
        else:
            self.sleep(HANDOVER / self.speed)
            self._speak(desk.start_turn(self.session.pk, turn.pk, by=self.chair))

    def _speak(self, turn: Turn) -> None:
        if turn.mode == Mode.RECORDED:
            ends_at = film_ends_at(Turn.objects.select_related("slot__clip").get(pk=turn.pk)) or timezone.now()
        else:
            share = Random(turn.pk).uniform(0.9, 1.0)  # noqa: S311  how long, not who
            ends_at = timezone.now() + timedelta(milliseconds=turn.allotted_ms * share)
        while (left := (ends_at - timezone.now()).total_seconds()) > 0:
            self.sleep(min(left, LOOKED_EVERY))
        if turn.mode == Mode.RECORDED:
            # The scheduler does the same every two seconds; whoever comes first.
            end_films_that_are_over()
        else:
            desk.end_turn(self.session.pk, turn.pk, by=self.chair)
        self._tell(turn, "delivered")

    def _tell(self, turn: Turn, what: str) -> None:
        now = Turn.objects.get(pk=turn.pk)
        used = f", {now.consumed_ms / 1000:.1f} s of {now.allotted_ms / 1000:.1f} s" if now.consumed_ms else ""
        ended = what if now.state != State.FORFEITED else "not present again: not delivered"
        self.told(f"{turn.delegation}: {ended}{used}")


def _organiser(session: Session) -> User:
    found = User.objects.filter(memberships__conference=session.conference_id, memberships__role=Role.ORGANISER)
    organiser = found.order_by("pk").first()
    if organiser is None:
        raise WrongMove("The conference has no organiser who could set the review up.")
    return organiser


def _chair(session: Session) -> User | None:
    return User.objects.filter(appointments__session=session, appointments__duty=Duty.CHAIR).order_by("pk").first()


def summary(numbers: Tally) -> str:
    """The one line at the end: who did what, and the time under and over that was left and taken."""
    return (
        f"{numbers.invited} invited, {numbers.attended} attended, {numbers.delivered} delivered, "
        f"{numbers.filed} filed, {numbers.absent} absent; "
        f"{numbers.under_ms / 1000:.1f} s under and {numbers.over_ms / 1000:.1f} s over "
        f"{numbers.allotted_ms / 1000:.1f} s allotted"
    )
