"""The verbs of live questions: the only door to change them.

Locks are taken in one order: the session's QuestionTime, then people's VotingPace, then questions. A vote needs no
QuestionTime, so that a hall that votes does not wait for the desk.
"""

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from math import ceil
from typing import ParamSpec, TypeVar
from uuid import UUID

from django.db.models import Count, Model, QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from accounts.models import User
from conferences.rules import Person, speaks_for
from outbox.changes import action, change_rights, record, record_tally
from outbox.errors import Invalid, NotAllowed, NotThere, Refusal, SignInFirst, TooFast, Words, WrongMove
from sessions.programme.models import Session
from sessions.programme.queries import session_to_enter
from sessions.programme.rules import RightsOfMany
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
from sessions.questions.queries import on_stage, questions_with_names
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

P = ParamSpec("P")
R = TypeVar("R")
T = TypeVar("T", bound=Model)

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
    question_time = _locked_question_time(session.pk)
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
    return _one(change_support([Support(question_id, by=by, wanted=True)]))


@action
def take_vote_back(question_id: int, *, by: Person) -> Question:
    """Supports it no longer. Raises NotThere, SignInFirst, WrongMove, TooFast."""
    return _one(change_support([Support(question_id, by=by, wanted=False)]))


@dataclass(frozen=True, slots=True)
class Support:
    """Somebody's wish to support a question, or no longer to."""

    question_id: int
    by: Person
    wanted: bool


@action
def change_support(wishes: Sequence[Support]) -> list[Question | Refusal]:
    """Many people's votes in one change: a result for each, in order; one that is refused fails no other.

    What becomes of each is what would become of it alone, one after another in the order they came. A result is the
    question, with the counts of this commit, or what `vote_for` and `take_vote_back` raise.
    """
    questions = {question.pk: question for question in _seen(_wished(wishes))}
    rights = RightsOfMany([wish.by for wish in wishes], [question.session for question in questions.values()])
    # Whoever may not is refused before anything is locked.
    sought = [_outcome(_to_vote_on, questions.get(wish.question_id), wish.by, rights) for wish in wishes]
    allowed = [wish for wish, found in zip(wishes, sought, strict=True) if not isinstance(found, Refusal)]
    if not allowed:
        return sought
    votes = _locked_votes(allowed, rights)
    carried_out = iter([_outcome(votes.carry_out, wish) for wish in allowed])
    votes.save()
    recount(votes.changed)
    return [found if isinstance(found, Refusal) else next(carried_out) for found in sought]


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
    _locked_question_time(question.session_id)
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
    question_time = _locked_question_time(session.pk)
    _set_window(question_time, window)


@action
def renew_stage_key(session_id: int, *, by: Person) -> QuestionTime:
    """Gives the projector's page a new address; pages under the old one are closed. Raises NotThere, NotAllowed."""
    session = _session_to_moderate(session_id, by)
    question_time = _locked_question_time(session.pk)
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
    question_time = _locked_question_time(session.pk)
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
    # Read first without a lock: the session's row comes before its questions' rows. Who may is asked under both.
    session_id = Question.objects.filter(pk=question_id).values_list("session_id", flat=True).first()
    if session_id is None:
        raise NotThere
    _locked_question_time(session_id)
    return _permitted(next(iter(_rows([question_id])), None), by, right)


def _permitted(question: Question | None, by: Person, right: Callable[[Person, Question], bool]) -> Question:
    if question is None or not may_see(by, question):
        raise NotThere
    if not right(by, question):
        raise NotAllowed
    return question


def _session_to_moderate(session_id: int, by: Person) -> Session:
    session = session_to_enter(session_id, by)
    if not may_moderate(by, session):
        raise NotAllowed
    return session


def _locked_question_time(session_id: int) -> QuestionTime:
    question_time, made = QuestionTime.objects.select_for_update(no_key=True).get_or_create(session_id=session_id)
    if made:
        record("question_time.changed", question_time, new=True)
    return question_time


# Voting


@dataclass
class _Votes:
    """Votes under the locks of their voters and questions, as they are and as they change. Pairs: question, voter."""

    rights: RightsOfMany
    paces: dict[int, VotingPace]
    questions: dict[int, Question]
    # One that is not written yet has no key.
    standing: dict[tuple[int, int], Vote]
    taken_back: list[Vote] = field(default_factory=list)
    voter_ids: set[int] = field(default_factory=set)
    question_ids: set[int] = field(default_factory=set)

    @property
    def changed(self) -> list[Question]:
        return [self.questions[pk] for pk in sorted(self.question_ids)]

    def carry_out(self, wish: Support) -> Question:
        """Raises what `vote_for` and `take_vote_back` raise."""
        # Permitted again, since the question may have left sight while its lock was waited for.
        question = _to_vote_on(self.questions.get(wish.question_id), wish.by, self.rights)
        voter_id = _signed_in(wish.by)
        pair = question.pk, voter_id
        if (pair in self.standing) == wish.wanted:
            return question
        _require_supportable(question)
        _keep_pace(self.paces[voter_id])
        self.voter_ids.add(voter_id)
        self.question_ids.add(question.pk)
        if wish.wanted:
            membership = self.rights.membership_of(wish.by, question.session.conference_id)
            delegation_id = membership.delegation_id if membership else None
            self.standing[pair] = Vote(question=question, voter_id=voter_id, delegation_id=delegation_id)
        else:
            self.taken_back.append(self.standing.pop(pair))
        return question

    def save(self) -> None:
        """In a number of statements that does not grow with the votes."""
        _save_all(VotingPace, [self.paces[pk] for pk in sorted(self.voter_ids)], "since", "count")
        if gone := [vote.pk for vote in self.taken_back if vote.pk]:
            Vote.objects.filter(pk__in=gone).delete()
        cast = [vote for _pair, vote in sorted(self.standing.items()) if not vote.pk]
        Vote.objects.bulk_create(cast, ignore_conflicts=True)


def _locked_votes(wishes: Sequence[Support], rights: RightsOfMany) -> _Votes:
    paces = _locked_paces({_signed_in(wish.by) for wish in wishes})
    questions = {question.pk: question for question in _rows(_wished(wishes))}
    _read_stage_again(questions.values())
    votes = Vote.objects.filter(question_id__in=questions, voter_id__in=paces)
    return _Votes(rights, paces, questions, {(vote.question_id, vote.voter_id): vote for vote in votes})


def _locked_paces(voter_ids: Collection[int]) -> dict[int, VotingPace]:
    """Locked in the order of their keys, as questions are; made first where somebody never voted."""
    ordered = sorted(voter_ids)
    rows = VotingPace.objects.select_for_update(no_key=True).filter(pk__in=ordered).order_by("pk")
    # A single row is taken in no order, so that of somebody who voted before is looked for first. Of many, those that
    # are missing are made before any is locked: nobody waits to insert one while holding another's lock.
    paces = list(rows) if len(ordered) == 1 else []
    if len(paces) < len(ordered):
        VotingPace.objects.bulk_create([VotingPace(voter_id=pk) for pk in ordered], ignore_conflicts=True)
        paces = list(rows.all())
    return {pace.voter_id: pace for pace in paces}


def _read_stage_again(questions: Iterable[Question]) -> None:
    # Under the locks: what is joined to a row may be older than the row that was waited for, and the count of what is
    # on stage goes to the projector's address of now.
    staged = [question for question in questions if question.status == Status.ON_STAGE]
    if not staged:
        return
    times = QuestionTime.objects.in_bulk([question.session_id for question in staged])
    for question in staged:
        question.session.question_time = times[question.session_id]


def _to_vote_on(question: Question | None, by: Person, rights: RightsOfMany) -> Question:
    """The question, for somebody who may vote on it. Raises SignInFirst, NotThere, NotAllowed."""
    _signed_in(by)
    if question is None or not may_see(by, question, rights):
        raise NotThere
    if is_author(by, question):
        raise NotAllowed(_("You cannot support your own question."))
    if not may_vote(by, question, rights):
        raise NotAllowed
    return question


def _outcome(act: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R | Refusal:
    """What it returns, or the Refusal that it raises: one of many must not end the others."""
    try:
        return act(*args, **kwargs)
    except Refusal as refusal:
        return refusal


def _seen(question_ids: Iterable[int]) -> QuerySet[Question]:
    """What says who may vote on them, and no more: it is read for every vote, and read again under the lock."""
    asked = ("status", "author_id", "session__access", "session__conference_id")
    return Question.objects.select_related("session").only(*asked).filter(pk__in=question_ids)


def _save_all(model: type[T], rows: Sequence[T], *fields: str) -> None:
    """Saves these fields of rows that are all there, and locked by the caller."""
    # An insert of which every row conflicts is one short statement; an update would name the case of each row.
    model._default_manager.bulk_create(
        rows, update_conflicts=True, unique_fields=[model._meta.pk.name], update_fields=fields
    )


def _wished(wishes: Iterable[Support]) -> list[int]:
    return sorted({wish.question_id for wish in wishes})


def _one(results: Sequence[Question | Refusal]) -> Question:
    (result,) = results
    if isinstance(result, Refusal):
        raise result
    return result


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


def _full(words: Words, number: int) -> Refusal:
    return WrongMove(words % {"number": number})


def _keep_pace(pace: VotingPace) -> None:
    now = timezone.now()
    # One that stands at nothing was made for a vote that was then refused, whenever that was.
    if pace.count == 0 or now - pace.since >= VOTES_WITHIN:
        pace.since, pace.count = now, 0
    if pace.count >= MOST_VOTES:
        raise TooFast
    pace.count += 1


def _seconds(rest: timedelta) -> int:
    return ceil(rest.total_seconds())


@action
def make_authorless(*, of: User) -> None:
    """Somebody leaves for good: what they asked stays, for their delegation or anonymously, and names them no more."""
    theirs = questions_with_names().filter(author=of).order_by("pk")
    for question in theirs.select_for_update(of=("self",), no_key=True):
        # Also where only the name goes, which is the account's and leaves it at the end of the same transaction.
        record("question.orphaned", question)
        if question.capacity == Capacity.SELF:
            question.capacity = Capacity.ANONYMOUS
            question.save(update_fields=["capacity"])


# Counting


def recount(questions: Sequence[Question]) -> None:
    """Sets questions' counts from their votes and tells them. The caller holds their locks, inside an @action."""
    # Counted again rather than added to: under the question's lock this is exact, and heals whatever was not.
    votes = Vote.objects.filter(question__in=questions).values_list("question")
    counted = {pk: counts for pk, *counts in votes.annotate(Count("pk"), Count("delegation", distinct=True))}
    for question in questions:
        question.vote_count, question.delegation_count = counted.get(question.pk, (0, 0))
        _tell_count(question)
    _save_all(Question, questions, "vote_count", "delegation_count")


def _tell_count(question: Question) -> None:
    for topic in tally_topics(question):
        record_tally(topic, key_of(question), counts_of(question))
