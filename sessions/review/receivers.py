"""What the programme and the floor tell, and what the review makes of it."""

from datetime import datetime
from typing import Any

from django.dispatch import receiver
from django.utils import timezone

from sessions.floor.models import Floor, Turn
from sessions.floor.models import State as TurnState
from sessions.floor.signals import mode_changed, reordered_by_hand, rules_changed, turn_moved
from sessions.programme.models import Session, State
from sessions.programme.signals import session_ended, session_moved, session_removed
from sessions.review.actions.course import (
    file_what_was_not_read,
    follow_turn,
    freeze,
    give_time,
    keep_order_by_hand,
    remove_review,
    take_film_away,
    take_up_what_was_filed,
)
from sessions.review.actions.handing_in import take_outcome
from sessions.review.actions.planning import follow_handover
from sessions.stage.clip_jobs import Outcome
from sessions.stage.signals import clip_examined


@receiver(session_moved)
def follow_the_session(session: Session, was: State, **_kwargs: Any) -> None:
    if session.state == State.LIVE and was == State.SCHEDULED:
        freeze(session, at=session.went_live_at or timezone.now())
    elif session.state == State.LIVE and was == State.ENDED:
        take_up_what_was_filed(session)


@receiver(session_ended)
def file_remarks(session: Session, **_kwargs: Any) -> None:
    file_what_was_not_read(session)


@receiver(session_removed)
def keep_what_was_handed_in(session: Session, **_kwargs: Any) -> None:
    remove_review(session)


@receiver(turn_moved)
def follow_the_turn(turn: Turn, was: TurnState, at: datetime, **_kwargs: Any) -> None:
    follow_turn(turn, was=was, at=at)


@receiver(mode_changed)
def follow_the_mode(turn: Turn, **_kwargs: Any) -> None:
    take_film_away(turn)
    give_time(turn)


@receiver(clip_examined)
def take_the_outcome(session_id: int, upload_id: int, outcome: Outcome, **_kwargs: Any) -> None:
    take_outcome(session_id, upload_id, outcome)


@receiver(reordered_by_hand)
def keep_the_order(floor: Floor, **_kwargs: Any) -> None:
    keep_order_by_hand(floor)


@receiver(rules_changed)
def give_time_anew(floor: Floor, changed: set[str], by: Any, **_kwargs: Any) -> None:
    if "handover_seconds" in changed:
        follow_handover(floor, by=by)
