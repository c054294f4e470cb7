"""The verbs of live questions: the only door to change them.

Locks are taken in one order: the session's QuestionTime, then a person's VotingPace, then questions. A vote needs no
QuestionTime, so that a hall that votes does not wait for the desk.
"""

from collections.abc import Callable
from datetime import timedelta
from math import ceil
from uuid import UUID

from django.db.models import Count
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from conferences.rules import Person, membership_of, speaks_for
from outbox.changes import action, change_rights, record, record_tally
from outbox.errors import Invalid, NotAllowed, NotThere, Refusal, SignInFirst, TooFast, WrongMove
from sessions.programme.models import Session
from sessions.questions.live import counts_of, key_of, tally_topics
from sessions.questions.models import (
    MOVES,
    SUPPORTABLE,
    UNDER_WAY,
    Capacity,
    Question,
    QuestionTime,
    Reason,
    Status,
    Vote,
    VotingPace,
    Window,
    new_stage_key,
)
from sessions.questions.queries import on_stage, questions_with_names, session_to_enter
from sessions.questions.rules import (
    is_author,
    may_answer,
    may_ask,
    may_moderate,
    may_see,
    may_stage,
    may_vote,
)
from sessions.questions.wording import normalised, question_language, question_text

# Long enough that nobody fills the desk by hand, short enough for a second thought.
BETWEEN_QUESTIONS = timedelta(seconds=30)
# A desk of one reads a hall's questions only if nobody sends their whole list at once.
MOST_WAITING_OF_A_PERSON = 3
# So that 21 delegations all get a word in; the published and the staged one count, the answered one does not.
MOST_UNDER_WAY_OF_A_DELEGATION = 2
# Faster than anybody reads, slow enough to make a script pointless.
MOST_VOTES = 10
VOTES_WITHIN = timedelta(seconds=10)
LONGEST_NOTE = 300


@action
def ask_question(
    session_id: int, *, text: str, capacity: Capacity, uuid: UUID, language: str = "", by: Person
) -> Question:
    """Hands a question to the desk, where it waits. Asking again with the same `uuid` returns the first one.

    Raises NotThere, SignInFirst, WrongMove (questions are not open, or too many wait), TooFast, Invalid (`text`,
    `capacity`, `language`).
    """
    session = session_to_enter(session_id, by)
    author_id = _signed_in(by)
    if not may_ask(by, session):
        raise NotAllowed
    question_time = _locked_question_time(session)
    asked = questions_with_names().filter(author_id=author_id, uuid=uuid).first()
    if asked is not None:
        if asked.session_id != session.pk:
            raise Invalid(fields={"uuid": _("Reload the page and ask again.")})
        return asked
    kept = question_text(text)
    code = question_language(language)
    _require_open(question_time)
    delegation_id = _delegation_of(by, session, capacity)
    _keep_to_limits(by, session, delegation_id)
    question = Question.objects.create(
        uuid=uuid,
        session=session,
        author_id=author_id,
        capacity=capacity,
        delegation_id=delegation_id,
        text=kept,
        language=code,
    )
    question.session.question_time = question_time
    record("question.submitted", question, new=True)
    return question


@action
def withdraw_question(question_id: int, *, by: Person) -> None:
    """The author takes it back, unless it is on stage. Raises NotThere, NotAllowed, WrongMove."""
    question = _locked(question_id, by, is_author)
    _move(question, Status.WITHDRAWN, "question.withdrawn")


@action
def vote_for(question_id: int, *, by: Person) -> Question:
    """Supports a published question, once. Raises NotThere, SignInFirst, NotAllowed (one's own), WrongMove, TooFast.

    Returns the question with the counts that include this vote.
    """
    question, pace = _locked_for_vote(question_id, by)
    if Vote.objects.filter(question=question, voter_id=pace.voter_id).exists():
        return question
    _require_supportable(question)
    _keep_pace(pace)
    membership = membership_of(by, question.session.conference_id)
    Vote.objects.create(
        question=question,
        voter_id=pace.voter_id,
        delegation_id=membership.delegation_id if membership else None,
    )
    recount(question)
    return question


@action
def take_vote_back(question_id: int, *, by: Person) -> Question:
    """Supports it no longer. Raises NotThere, SignInFirst, WrongMove, TooFast."""
    question, pace = _locked_for_vote(question_id, by)
    vote = Vote.objects.filter(question=question, voter_id=pace.voter_id)
    if not vote.exists():
        return question
    _require_supportable(question)
    _keep_pace(pace)
    vote.delete()
    recount(question)
    return question


@action
def approve_question(question_id: int, *, by: Person) -> None:
    """Publishes a waiting question. Raises NotThere, NotAllowed, WrongMove."""
    question = _locked(question_id, by, _moderates)
    _move(question, Status.LIVE, "question.approved", only_from=Status.PENDING)
    if question.vote_count:
        # It was published and dismissed before: the floor forgot the count with the card.
        _tell_count(question)


@action
def dismiss_question(question_id: int, *, reason: Reason, note: str = "", by: Person) -> None:
    """Does not take a waiting or published question; its author is told the reason and the note.

    Raises NotThere, NotAllowed, WrongMove (on stage, answered or withdrawn), Invalid (`note`).
    """
    question = _locked(question_id, by, _moderates)
    kept = normalised(note)
    if len(kept) > LONGEST_NOTE:
        raise Invalid(fields={"note": _("Write at most %(number)s characters.") % {"number": LONGEST_NOTE}})
    _move(question, Status.DISMISSED, "question.dismissed", reason=reason, note=kept)


@action
def restore_question(question_id: int, *, by: Person) -> None:
    """Puts a dismissed question back among the waiting. Raises NotThere, NotAllowed, WrongMove."""
    question = _locked(question_id, by, _moderates)
    _move(question, Status.PENDING, "question.restored", reason="", note="")


@action
def stage_question(question_id: int, *, by: Person) -> None:
    """Puts a published question on stage; the one that was there goes back to the published ones.

    Raises NotThere, NotAllowed, WrongMove.
    """
    question = _found(question_id, by)
    _locked_question_time(question.session)
    was = on_stage(question.session_id)
    ids = [question.pk] if was is None else [question.pk, was.pk]
    locked = {row.pk: row for row in _rows(ids)}
    question = _permitted(locked.get(question_id), by, _stages)
    if question.status == Status.ON_STAGE:
        return
    # Checked before the other one leaves: a wrong move must not empty the stage.
    _require_move(question, Status.ON_STAGE)
    if was is not None:
        _move(locked[was.pk], Status.LIVE, "question.unstaged")
    _move(question, Status.ON_STAGE, "question.staged")
    _tell_count(question)


@action
def unstage_question(question_id: int, *, by: Person) -> None:
    """Takes a question off the stage, back among the published. Raises NotThere, NotAllowed, WrongMove."""
    question = _locked(question_id, by, _stages)
    _move(question, Status.LIVE, "question.unstaged", only_from=Status.ON_STAGE)


@action
def answer_question(question_id: int, *, by: Person) -> None:
    """Marks a published or staged question as answered. Raises NotThere, NotAllowed, WrongMove."""
    question = _locked(question_id, by, _answers)
    _move(question, Status.ANSWERED, "question.answered")


@action
def reopen_question(question_id: int, *, by: Person) -> None:
    """An answered question is published again. Raises NotThere, NotAllowed, WrongMove."""
    question = _locked(question_id, by, _moderates)
    _move(question, Status.LIVE, "question.reopened", only_from=Status.ANSWERED)


@action
def set_window(session_id: int, *, window: Window, by: Person) -> None:
    """Opens or closes questions, or leaves them to be read only. Raises NotThere, NotAllowed."""
    session = _session_to_moderate(session_id, by)
    question_time = _locked_question_time(session)
    _set_window(question_time, window)


@action
def renew_stage_key(session_id: int, *, by: Person) -> QuestionTime:
    """Gives the projector's page a new address; pages under the old one are closed. Raises NotThere, NotAllowed."""
    session = _session_to_moderate(session_id, by)
    question_time = _locked_question_time(session)
    record("question_time.changed", question_time)
    question_time.stage_key = new_stage_key()
    question_time.save(update_fields=["stage_key"])
    staged = on_stage(session_id)
    if staged is not None:
        # Locked, since a vote needs no QuestionTime: its count must not be told over by an older one.
        _tell_count(_rows([staged.pk])[0])
    # Closes whoever follows the stage by whatever key, and nobody in the hall.
    change_rights(f"stage.{session_id}")
    return question_time


@action
def close_with_session(session: Session) -> None:
    """The session has ended: its questions can be read only, and nothing stays on stage unanswered.

    Called within the transaction that ends the session, by nobody's own right.
    """
    question_time = _locked_question_time(session)
    _set_window(question_time, Window.READ_ONLY)
    staged = on_stage(session.pk)
    if staged is not None:
        _move(_rows([staged.pk])[0], Status.LIVE, "question.unstaged")


# Rights, with the person first as in rules.py


def _moderates(by: Person, question: Question) -> bool:
    return may_moderate(by, question.session)


def _stages(by: Person, question: Question) -> bool:
    return may_stage(by, question.session)


def _answers(by: Person, question: Question) -> bool:
    return may_answer(by, question.session)


# Fetching, with the permission in the same step


def _signed_in(by: Person) -> int:
    if not by.is_authenticated or by.pk is None:
        raise SignInFirst
    return int(by.pk)


def _found(question_id: int, by: Person) -> Question:
    question = questions_with_names().filter(pk=question_id).first()
    if question is None or not may_see(by, question):
        raise NotThere
    return question


def _rows(ids: list[int]) -> list[Question]:
    """Locked, in the order of their keys, so that two who want the same rows never wait for each other."""
    return list(questions_with_names().select_for_update(of=("self",), no_key=True).filter(pk__in=ids).order_by("pk"))


def _locked(question_id: int, by: Person, right: Callable[[Person, Question], bool]) -> Question:
    # Read first without a lock: the session's row comes before its questions' rows.
    _locked_question_time(_found(question_id, by).session)
    return _permitted(next(iter(_rows([question_id])), None), by, right)


def _permitted(question: Question | None, by: Person, right: Callable[[Person, Question], bool]) -> Question:
    if question is None or not may_see(by, question):
        raise NotThere
    if not right(by, question):
        raise NotAllowed
    return question


def _locked_for_vote(question_id: int, by: Person) -> tuple[Question, VotingPace]:
    voter_id = _signed_in(by)
    _found(question_id, by)
    pace, _made = VotingPace.objects.select_for_update(no_key=True).get_or_create(voter_id=voter_id)
    question = _permitted(next(iter(_rows([question_id])), None), by, lambda *_: True)
    if is_author(by, question):
        raise NotAllowed(_("You cannot support your own question."))
    if not may_vote(by, question):
        raise NotAllowed
    if question.status == Status.ON_STAGE:
        # Read again under the lock: what is joined to a row may be older than the row that was waited for, and the
        # count goes to the projector's address of now.
        question.session.question_time.refresh_from_db()
    return question, pace


def _session_to_moderate(session_id: int, by: Person) -> Session:
    session = session_to_enter(session_id, by)
    if not may_moderate(by, session):
        raise NotAllowed
    return session


def _locked_question_time(session: Session) -> QuestionTime:
    question_time, made = QuestionTime.objects.select_for_update(no_key=True).get_or_create(session=session)
    if made:
        record("question_time.changed", question_time, new=True)
    return question_time


# Moving


def _require_move(question: Question, to: Status) -> None:
    if to not in MOVES[Status(question.status)]:
        raise WrongMove


def _move(question: Question, to: Status, event: str, *, only_from: Status | None = None, **fields: object) -> None:
    """By the table of moves; the same move a second time is already done.

    `only_from` tells apart the moves to one state: an answered question is reopened, not approved.
    """
    if question.status == to:
        return
    _require_move(question, to)
    if only_from is not None and question.status != only_from:
        raise WrongMove
    record(event, question)
    question.status = to
    question.moved_at = timezone.now()
    for name, value in fields.items():
        setattr(question, name, value)
    question.save(update_fields=["status", "moved_at", *fields])


def _set_window(question_time: QuestionTime, window: Window) -> None:
    if question_time.window == window:
        return
    record("question_time.changed", question_time)
    question_time.window = window
    question_time.save(update_fields=["window"])


def _require_open(question_time: QuestionTime) -> None:
    if question_time.window == Window.CLOSED:
        raise WrongMove(_("Questions are closed now. The desk opens them; nothing you typed is lost."))
    if question_time.window == Window.READ_ONLY:
        raise WrongMove(_("Questions can be read only now."))


def _require_supportable(question: Question) -> None:
    if question.status not in SUPPORTABLE:
        raise WrongMove(_("This question is no longer open for support."))
    # Not locked: a vote that meets the closing of questions may be counted or refused, and either is right.
    _require_open(question.session.question_time)


# Limits


def _delegation_of(by: Person, session: Session, capacity: Capacity) -> int | None:
    if capacity != Capacity.DELEGATION:
        return None
    delegation = speaks_for(by, session.conference_id)
    if delegation is None:
        raise Invalid(fields={"capacity": _("You may not speak for a delegation here.")})
    return delegation.pk


def _keep_to_limits(by: Person, session: Session, delegation_id: int | None) -> None:
    last = Question.objects.filter(author_id=by.pk).order_by("-pk").values_list("asked_at", flat=True).first()
    if last is not None and (wait := _seconds(last + BETWEEN_QUESTIONS - timezone.now())) > 0:
        raise TooFast(
            ngettext("You can ask again in %(seconds)s second.", "You can ask again in %(seconds)s seconds.", wait)
            % {"seconds": wait}
        )
    here = Question.objects.filter(session=session)
    if here.filter(author_id=by.pk, status=Status.PENDING).count() >= MOST_WAITING_OF_A_PERSON:
        raise _full(
            _("%(number)s of your questions wait for the desk. Withdraw one, or wait until one is taken."),
            MOST_WAITING_OF_A_PERSON,
        )
    if delegation_id is None:
        return
    if here.filter(delegation_id=delegation_id, status__in=UNDER_WAY).count() >= MOST_UNDER_WAY_OF_A_DELEGATION:
        raise _full(
            _("Your delegation has %(number)s questions under way in this session, and may have no more."),
            MOST_UNDER_WAY_OF_A_DELEGATION,
        )


def _full(words: str, number: int) -> Refusal:
    return WrongMove(words % {"number": number})


def _keep_pace(pace: VotingPace) -> None:
    now = timezone.now()
    if now - pace.since >= VOTES_WITHIN:
        pace.since, pace.count = now, 0
    if pace.count >= MOST_VOTES:
        raise TooFast
    pace.count += 1
    pace.save(update_fields=["since", "count"])


def _seconds(rest: timedelta) -> int:
    return ceil(rest.total_seconds())


# Counting


def recount(question: Question) -> None:
    """Sets a question's counts from its votes and tells them. The caller holds its lock, inside an @action."""
    # Counted again rather than added to: under the question's lock this is exact, and heals whatever was not.
    counted = Vote.objects.filter(question=question).aggregate(
        votes=Count("pk"), delegations=Count("delegation", distinct=True)
    )
    question.vote_count, question.delegation_count = counted["votes"], counted["delegations"]
    question.save(update_fields=["vote_count", "delegation_count"])
    _tell_count(question)


def _tell_count(question: Question) -> None:
    for topic in tally_topics(question):
        record_tally(topic, key_of(question), counts_of(question))
