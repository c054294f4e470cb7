"""Who may do what in a review. Pure sentences: they read, they never write."""

from collections.abc import Set

from django.utils import timezone

from conferences.rules import Person, speaks_for
from files.models import Upload
from registration.rules import represented
from sessions.floor.models import State
from sessions.programme.models import Duty, Session
from sessions.programme.rules import has_duty, may_chair, may_enter, may_organise_session
from sessions.review.models import Clip, Slot, Statement

__all__ = [
    "answers_for",
    "may_answer_for",
    "may_chair",
    "may_enter",
    "may_interpret",
    "may_organise_session",
    "may_prepare",
    "may_read_page",
    "may_read_statement",
    "may_see_board",
]

# What was said or filed can be read afterwards.
HEARD = (State.COMPLETED, State.CUT, State.FILED)


def may_prepare(user: Person, slot: Slot) -> bool:
    """Hand in the statement and the film, say who speaks, agree to a swap: whoever speaks for the delegation, its
    focal points, and the organisers."""
    if not user.is_authenticated or not user.is_active:
        return False
    return may_answer_for(user, slot) or may_organise_session(user, slot.review.session)


def may_answer_for(user: Person, slot: Slot) -> bool:
    """In the delegation’s name: its voice and its focal points."""
    return slot.delegation_id in answers_for(user, slot.review.session.conference_id)


def answers_for(user: Person, conference_id: int) -> Set[int]:
    """The delegations that somebody answers for in a conference; as a focal point in others too."""
    voice = speaks_for(user, conference_id)
    return represented(user) | ({voice.pk} if voice is not None else set())


def may_see_board(user: Person, session: Session) -> bool:
    """Who is behind with what: the organisers and the chair."""
    return may_chair(user, session)


def may_interpret(user: Person, session: Session) -> bool:
    """Read statements and remarks before they are delivered: interpreters on duty, and the desk."""
    return has_duty(user, session, Duty.INTERPRETER) or may_chair(user, session)


def may_read_page(user: Person, slot: Slot) -> bool:
    """The report on a delegation: those who prepare it or run the session, and once it is published whoever may
    enter."""
    session = slot.review.session
    if slot.published_at is not None and slot.published_at <= timezone.now() and may_enter(user, session):
        return True
    return may_prepare(user, slot) or may_chair(user, session)


def may_read_statement(user: Person, statement: Statement) -> bool:
    """Everybody who may enter, once it was delivered or filed and no embargo is left; interpreters and those who
    prepare it before."""
    slot = statement.slot
    session = slot.review.session
    if is_open_to_all(statement) and may_enter(user, session):
        return True
    return may_prepare(user, slot) or may_interpret(user, session)


def is_open_to_all(statement: Statement) -> bool:
    """Whether it was delivered or filed, and its embargo is over."""
    embargo = statement.embargoed_until
    return statement.slot.turn.state in HEARD and (embargo is None or embargo <= timezone.now())


# Files: for what, of which kinds, and how large. Films come as they were recorded and are converted.

STATEMENTS = "review.statement"
CLIPS = "review.clip"
DOCUMENTS = (
    "application/pdf",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "application/vnd.oasis.opendocument.text",
    "text/plain",
)
FILMS = ("video/mp4", "video/quicktime", "video/webm", "video/x-matroska")
LARGEST_DOCUMENT = 25 * 1024**2  # bytes
LARGEST_FILM = 4 * 1024**3


def may_bring(user: Person, slot_id: int | None) -> bool:
    """Begin an upload for this slot."""
    slot = Slot.objects.select_related("review__session").filter(pk=slot_id or 0).first()
    return slot is not None and may_prepare(user, slot)


def may_read_document(user: Person, upload: Upload) -> bool:
    """A statement’s file, as the statement; one that is not handed in yet, whoever uploaded it."""
    statements = Statement.objects.select_related("slot__turn", "slot__review__session")
    statement = statements.filter(upload=upload).first()
    if statement is None:
        return bool(user.is_authenticated and upload.owner_id == user.pk)
    return may_read_statement(user, statement)


def may_read_film(user: Person, upload: Upload) -> bool:
    """A film as it was handed in: those who prepare it, and the desk. The hall sees it when it is played."""
    clip = Clip.objects.select_related("slot__review__session").filter(upload=upload).first()
    if clip is None:
        return bool(user.is_authenticated and upload.owner_id == user.pk)
    return may_prepare(user, clip.slot) or may_chair(user, clip.slot.review.session)


def is_used(upload: Upload) -> bool:
    return Statement.objects.filter(upload=upload).exists() or Clip.objects.filter(upload=upload).exists()
