"""What accounts and the programme tell, and what questions make of it."""

from typing import Any

from django.dispatch import receiver
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from accounts.signals import asked_for_data, leaving
from outbox.errors import WrongMove
from sessions.programme.models import Session
from sessions.programme.signals import session_ended, session_removed
from sessions.questions.actions import close_with_session, make_authorless
from sessions.questions.models import Question, Vote


@receiver(session_ended)
def close_questions(session: Session, **_kwargs: Any) -> None:
    """In the transaction that ends the session: whoever sees it ended sees its questions closed."""
    close_with_session(session)


@receiver(session_removed)
def keep_what_was_asked(session: Session, **_kwargs: Any) -> None:
    """A session goes with its question time, and not with anybody's question."""
    if session.questions.exists():
        raise WrongMove(_("Questions were asked in this session: it stays on record."))


@receiver(leaving)
def keep_what_a_person_asked(user: User, **_kwargs: Any) -> None:
    """What was asked stays, as nobody's."""
    make_authorless(of=user)


@receiver(asked_for_data)
def tell_what_a_person_asked(user: User, **_kwargs: Any) -> tuple[str, Any]:
    asked = Question.objects.filter(author=user).select_related("session__conference").order_by("pk")
    votes = Vote.objects.filter(voter=user).order_by("pk")
    return "questions", {
        "asked": [
            {
                "conference": question.session.conference.acronym,
                "session": str(question.session.title),
                "text": question.text,
                "capacity": question.capacity,
                "status": question.status,
                "reason": question.reason,
                "note": question.note,
                "asked_at": question.asked_at,
            }
            for question in asked
        ],
        "supported": [{"question": vote.question_id, "at": vote.cast_at} for vote in votes],
    }
