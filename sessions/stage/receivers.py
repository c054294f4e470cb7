"""What the programme tells, and what the stage makes of it."""

from typing import Any

from django.dispatch import receiver

from conferences.rules import Person
from sessions.programme.models import Session
from sessions.programme.signals import session_ended, session_removed
from sessions.stage.actions import clear_source, stop_playing


@receiver(session_removed)
def take_the_picture_away(session: Session, by: Person, **_kwargs: Any) -> None:
    """With its film, which nothing else shows."""
    clear_source(session.pk, by=by)
    stop_playing(session)


@receiver(session_ended)
def stop_the_clip(session: Session, **_kwargs: Any) -> None:
    """In the transaction that ends the session: nothing is played in one that is over."""
    stop_playing(session)
