"""What the programme tells, and what questions make of it."""

from typing import Any

from django.dispatch import receiver
from django.utils.translation import gettext_lazy as _

from outbox.errors import WrongMove
from sessions.programme.models import Session
from sessions.programme.signals import session_ended, session_removed
from sessions.questions.actions import close_with_session


@receiver(session_ended)
def close_questions(session: Session, **_kwargs: Any) -> None:
    """In the transaction that ends the session: whoever sees it ended sees its questions closed."""
    close_with_session(session)


@receiver(session_removed)
def keep_what_was_asked(session: Session, **_kwargs: Any) -> None:
    """A session goes with its question time, and not with anybody's question."""
    if session.questions.exists():
        raise WrongMove(_("Questions were asked in this session: it stays on record."))
