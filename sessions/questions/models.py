"""Questions to a session, and who supports them."""

import secrets
import uuid

from django.conf import settings
from django.core.validators import MinLengthValidator
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from conferences.models import Delegation
from sessions.programme.models import Session

SHORTEST = 10
LONGEST = 500


class Window(models.TextChoices):
    """Whether a session takes questions. Read-only: they can be read, not asked or voted on."""

    CLOSED = "closed", _("Questions are closed")
    OPEN = "open", _("Questions are open")
    READ_ONLY = "read_only", _("Questions can be read only")


def new_stage_key() -> int:
    """A number of 18 digits (60 bits): nobody guesses it, and it is still a number as names of topics have them."""
    return 10**17 + secrets.randbelow(9 * 10**17)


class QuestionTime(models.Model):
    """A session's questions as a whole. Its row is the lock for what concerns all of them, such as who is on stage."""

    session = models.OneToOneField(Session, on_delete=models.CASCADE, primary_key=True, related_name="question_time")
    window = models.CharField(_("questions"), max_length=20, choices=Window, default=Window.CLOSED)
    # Who has it sees what the projector shows, without signing in. It is part of the projector's address.
    stage_key = models.PositiveBigIntegerField(default=new_stage_key, editable=False)

    class Meta:
        verbose_name = _("question time")
        verbose_name_plural = _("question times")

    def __str__(self) -> str:
        return f"{self.session_id}: {self.window}"


class Capacity(models.TextChoices):
    """In whose name a question is asked."""

    SELF = "self", _("In my own name")
    DELEGATION = "delegation", _("On behalf of my delegation")
    ANONYMOUS = "anonymous", _("Anonymously")


class Status(models.TextChoices):
    """Later come returned, deferred, merged and archived (formats of live questions)."""

    PENDING = "pending", _("Waiting for the desk")
    LIVE = "live", _("Published")
    ON_STAGE = "on_stage", _("On stage")
    ANSWERED = "answered", _("Answered")
    DISMISSED = "dismissed", _("Not taken")
    WITHDRAWN = "withdrawn", _("Withdrawn")


MOVES: dict[Status, frozenset[Status]] = {
    Status.PENDING: frozenset({Status.LIVE, Status.DISMISSED, Status.WITHDRAWN}),
    Status.LIVE: frozenset({Status.ON_STAGE, Status.ANSWERED, Status.DISMISSED, Status.WITHDRAWN}),
    Status.ON_STAGE: frozenset({Status.LIVE, Status.ANSWERED}),
    Status.ANSWERED: frozenset({Status.LIVE}),
    Status.DISMISSED: frozenset({Status.PENDING}),
    Status.WITHDRAWN: frozenset(),
}
# What everybody who may enter sees.
PUBLIC = (Status.LIVE, Status.ON_STAGE, Status.ANSWERED)
# What can be supported.
SUPPORTABLE = (Status.LIVE, Status.ON_STAGE)
# What takes one of a delegation's places.
UNDER_WAY = (Status.PENDING, Status.LIVE, Status.ON_STAGE)


class Reason(models.TextChoices):
    """Why a question was not taken; the author is told."""

    DUPLICATE = "duplicate", _("It was asked already")
    OFF_TOPIC = "off_topic", _("It is not about this session")
    UNCLEAR = "unclear", _("It was not clear enough")
    TONE = "tone", _("Its tone does not fit this meeting")
    NO_TIME = "no_time", _("There is no time left for it")
    OTHER = "other", _("Another reason")


class Question(models.Model):
    """A question; `author` is told to nobody where `capacity` is anonymous, not even to the desk."""

    # Made by the page that asked: sending it again is not asking again.
    uuid = models.UUIDField(default=uuid.uuid4, editable=False)
    session = models.ForeignKey(Session, on_delete=models.CASCADE, related_name="questions")
    author = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="questions")
    capacity = models.CharField(max_length=20, choices=Capacity, default=Capacity.SELF)
    delegation = models.ForeignKey(
        Delegation, on_delete=models.PROTECT, null=True, blank=True, related_name="questions"
    )
    text = models.CharField(_("question"), max_length=LONGEST, validators=[MinLengthValidator(SHORTEST)])
    language = models.CharField(max_length=10, blank=True)
    status = models.CharField(max_length=20, choices=Status, default=Status.PENDING)
    reason = models.CharField(max_length=20, choices=Reason, blank=True)
    # For the author only, beside the reason.
    note = models.CharField(max_length=300, blank=True)
    vote_count = models.PositiveIntegerField(default=0)
    # How many delegations stand behind it.
    delegation_count = models.PositiveIntegerField(default=0)
    asked_at = models.DateTimeField(auto_now_add=True)
    moved_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("question")
        verbose_name_plural = _("questions")
        constraints = [
            models.UniqueConstraint(fields=["session"], condition=Q(status="on_stage"), name="one_question_on_stage"),
            models.UniqueConstraint(fields=["author", "uuid"], name="question_asked_once"),
            models.CheckConstraint(
                condition=(Q(capacity="delegation") & Q(delegation__isnull=False))
                | (~Q(capacity="delegation") & Q(delegation__isnull=True)),
                name="question_of_a_delegation_names_it",
            ),
            models.CheckConstraint(
                condition=Q(status="dismissed") | Q(reason=""), name="only_the_dismissed_have_a_reason"
            ),
        ]
        indexes = [
            models.Index(fields=["session", "status", "-vote_count", "id"], name="questions_by_support"),
            models.Index(fields=["session", "author"], name="questions_of_author"),
        ]

    def __str__(self) -> str:
        return self.text


class Vote(models.Model):
    """One person supports one question; the database holds that it is one."""

    question = models.ForeignKey(Question, on_delete=models.CASCADE, related_name="votes")
    voter = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="votes")
    # As it was when they voted, for the number of delegations behind a question; so it stays while the vote does.
    delegation = models.ForeignKey(Delegation, on_delete=models.PROTECT, null=True, related_name="+")
    cast_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("vote")
        verbose_name_plural = _("votes")
        constraints = [models.UniqueConstraint(fields=["question", "voter"], name="one_vote_a_person")]
        # A question's votes and the delegations behind them are counted from this alone.
        indexes = [models.Index(fields=["question", "delegation"], name="votes_by_delegation")]

    def __str__(self) -> str:
        return f"{self.voter_id} for {self.question_id}"


class VotingPace(models.Model):
    """How often a person voted lately. A vote that is taken back leaves no row, so votes alone cannot tell.

    Its row is also the lock that puts one person's votes in order.
    """

    voter = models.OneToOneField(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, primary_key=True, related_name="+")
    since = models.DateTimeField(default=timezone.now)
    count = models.PositiveSmallIntegerField(default=0)

    def __str__(self) -> str:
        return f"{self.voter_id}: {self.count} since {self.since}"
