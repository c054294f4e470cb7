"""Who may do what with questions. Pure sentences: they read, they never write."""

from secrets import compare_digest

from conferences.rules import Person
from sessions.programme.models import Duty, Session
from sessions.programme.rules import RightsOfMany, has_duty, may_chair, may_enter, may_moderate
from sessions.questions.models import PUBLIC, Question, QuestionTime

__all__ = [
    "is_author",
    "may_answer",
    "may_ask",
    "may_moderate",
    "may_open_stage",
    "may_see",
    "may_stage",
    "may_vote",
]


def may_ask(user: Person, session: Session, rights: RightsOfMany | None = None) -> bool:
    """Whoever is signed in and may enter; whether questions are open is the session's state, not a right.

    `rights` as in `may_see`.
    """
    if not user.is_authenticated or not user.is_active:
        return False
    return rights.may_enter(user, session) if rights else may_enter(user, session)


def is_author(user: Person, question: Question) -> bool:
    return user.is_authenticated and question.author_id == user.pk


def may_see(user: Person, question: Question, rights: RightsOfMany | None = None) -> bool:
    """What is published is for all who may enter; the rest is for its author and for the desk.

    `rights` are this person's and others', where many are asked about at once.
    """
    rights = rights or RightsOfMany([user], [question.session])
    if question.status in PUBLIC or is_author(user, question):
        return rights.may_enter(user, question.session)
    return rights.may_moderate(user, question.session)


def may_vote(user: Person, question: Question, rights: RightsOfMany | None = None) -> bool:
    """Everybody who may ask, but for one's own question. `rights` as in `may_see`."""
    return may_ask(user, question.session, rights) and not is_author(user, question)


def may_stage(user: Person, session: Session) -> bool:
    """Put a question on stage: the desk, and the chair from the chair's place."""
    return may_moderate(user, session) or may_chair(user, session)


def may_answer(user: Person, session: Session) -> bool:
    """Mark as answered: the desk, the chair, and the panellists who answered it."""
    return has_duty(user, session, Duty.CHAIR, Duty.MODERATOR, Duty.PANELLIST) or may_moderate(user, session)


def may_open_stage(key: int, question_time: QuestionTime) -> bool:
    """Whoever holds the projector's key, signed in or not."""
    return compare_digest(str(key), str(question_time.stage_key))
