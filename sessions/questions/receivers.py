"""What the programme tells, and what questions make of it."""

from typing import Any

from django.dispatch import receiver

from sessions.programme.models import Session
from sessions.programme.signals import session_ended
from sessions.questions.actions import close_with_session


@receiver(session_ended)
def close_questions(session: Session, **_kwargs: Any) -> None:
    """In the transaction that ends the session: whoever sees it ended sees its questions closed."""
    close_with_session(session)
