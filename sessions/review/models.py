"""A countries’ review: who presents what, in which order and for how long, and what became of it.

Whose turn it is and how long it took is the floor’s (`sessions.floor`): each slot has a turn there.
"""

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from i18nfield.fields import I18nCharField

from conferences.models import Delegation, Rank
from conferences.order import ALPHABETS, HostSeat
from files.models import Upload
from jobs.models import Job
from sessions.floor.models import Minute, Turn
from sessions.programme.models import Session
from sessions.review import times
from sessions.review.orders import OrderPolicy, OrderRule
from sessions.review.times import Kind

LANGUAGES = [(code, code) for code in ALPHABETS]


class TimePolicy(models.TextChoices):
    FIXED = "fixed", _("the same for each")
    BY_KIND = "by_kind", _("one time for members, one for observers")
    DIVIDED = "divided", _("the time there is, divided")


class Remarks(models.TextChoices):
    """Whether other delegations comment, and when they are heard."""

    NONE = "none", _("no comment round")
    AFTER_EACH = "after_each", _("after each statement")
    AFTER_BLOCK = "after_block", _("after each block of statements")


class Review(models.Model):
    """The rules of one review. Its floor’s row is the lock for all of it."""

    session = models.OneToOneField(Session, on_delete=models.CASCADE, primary_key=True, related_name="review")

    order = models.CharField(_("order"), max_length=20, choices=OrderPolicy, default=OrderPolicy.THEME_BLOCKS)
    order_language = models.CharField(_("alphabet of"), max_length=5, choices=LANGUAGES, default="en")
    host = models.CharField(_("the host speaks"), max_length=10, choices=HostSeat, default=HostSeat.AMONG)

    time = models.CharField(_("time"), max_length=20, choices=TimePolicy, default=TimePolicy.DIVIDED)
    budget_minutes = models.PositiveSmallIntegerField(
        _("time there is, in minutes"), default=90, validators=[MinValueValidator(1), MaxValueValidator(1440)]
    )
    statement_seconds = models.PositiveSmallIntegerField(
        _("for a statement, in seconds"), default=180, validators=[MinValueValidator(15), MaxValueValidator(3600)]
    )
    observer_seconds = models.PositiveSmallIntegerField(
        _("for an observer’s statement, in seconds"),
        default=120,
        validators=[MinValueValidator(15), MaxValueValidator(3600)],
    )
    # From here on a slot that comes or goes changes nobody’s time.
    frozen_at = models.DateTimeField(null=True, blank=True, editable=False)

    remarks = models.CharField(_("comment round"), max_length=20, choices=Remarks, default=Remarks.NONE)
    most_recommendations = models.PositiveSmallIntegerField(_("recommendations of a delegation to another"), default=2)
    # Until when statements and films are asked for; the board counts to it.
    due_at = models.DateTimeField(_("statements are due"), null=True, blank=True)

    class Meta:
        verbose_name = _("countries’ review")
        verbose_name_plural = _("countries’ reviews")

    def __str__(self) -> str:
        return f"{self.session_id}: {self.order}"

    def time_policy(self, handover_seconds: int) -> times.Policy:
        match self.time:
            case TimePolicy.FIXED:
                return times.Fixed(self.statement_seconds * 1000)
            case TimePolicy.BY_KIND:
                each: dict[str, int] = {
                    Kind.MEMBER: self.statement_seconds * 1000,
                    Kind.OBSERVER: self.observer_seconds * 1000,
                }
                return times.ByKind(each)
            case _:
                return times.Divided(self.budget_minutes * 60_000, handover_seconds * 1000)

    def order_rule(self, first: int | None) -> OrderRule:
        """`first` is the number of the delegation that was drawn."""
        return OrderRule(policy=self.order, language=self.order_language, first=first, host=self.host)


class Theme(models.Model):
    """What statements are on; a block of the review where the order goes by theme."""

    review = models.ForeignKey(Review, on_delete=models.CASCADE, related_name="themes")
    title = I18nCharField(_("theme"), max_length=300)
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        verbose_name = _("theme")
        verbose_name_plural = _("themes")
        ordering = ["position", "pk"]

    def __str__(self) -> str:
        return str(self.title)


class Slot(models.Model):
    """A delegation’s place in a review. Name, function, mode, state and clock are its turn’s."""

    review = models.ForeignKey(Review, on_delete=models.CASCADE, related_name="slots")
    delegation = models.ForeignKey(Delegation, on_delete=models.PROTECT, related_name="slots")
    turn = models.OneToOneField(Turn, on_delete=models.CASCADE, related_name="slot")
    theme = models.ForeignKey(Theme, on_delete=models.SET_NULL, null=True, blank=True, related_name="slots")
    kind = models.CharField(_("as"), max_length=20, choices=Kind, default=Kind.MEMBER)
    # The form of address that is read out: “H.E. Ms”.
    honorific = models.CharField(_("form of address"), max_length=60, blank=True)
    rank = models.PositiveSmallIntegerField(_("rank"), choices=Rank, default=Rank.NONE)
    requested_at = models.DateTimeField(default=timezone.now)
    # Seen here, whether they spoke or not: by the desk, or since their turn began.
    attended_at = models.DateTimeField(null=True, blank=True)
    # When the delegation was last told by mail what is missing.
    reminded_at = models.DateTimeField(null=True, blank=True, editable=False)
    # Its page and its statement may be read by everybody from this moment, once it was delivered or filed.
    published_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("slot")
        verbose_name_plural = _("slots")
        ordering = ["turn__block", "turn__position", "pk"]
        constraints = [models.UniqueConstraint(fields=["review", "delegation"], name="one_slot_a_delegation")]

    def __str__(self) -> str:
        return f"{self.delegation_id} in {self.review_id}"


class LotDraw(models.Model):
    """A lot anybody can check (`sessions.review.lot`). The seed is shown to nobody before the draw."""

    review = models.OneToOneField(Review, on_delete=models.CASCADE, related_name="lot")
    commitment = models.CharField(max_length=64)
    seed = models.CharField(max_length=64)
    committed_at = models.DateTimeField()
    drawn_at = models.DateTimeField(null=True, blank=True)
    # The lines of the list that it was drawn on, as published; and which of them, from 0.
    lines = models.JSONField(default=list)
    index = models.PositiveSmallIntegerField(null=True, blank=True)
    delegation = models.ForeignKey(Delegation, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    # Who drew: the act is on record.
    drawn_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )

    class Meta:
        verbose_name = _("lot")
        verbose_name_plural = _("lots")
        constraints = [
            models.CheckConstraint(
                condition=Q(drawn_at__isnull=True, index__isnull=True, delegation__isnull=True)
                | Q(drawn_at__isnull=False, index__isnull=False, delegation__isnull=False),
                name="a_lot_is_drawn_or_not",
            )
        ]

    def __str__(self) -> str:
        return f"{self.review_id}: {self.commitment[:8]}"


class SwapState(models.TextChoices):
    PROPOSED = "proposed", _("Proposed")
    APPLIED = "applied", _("Agreed")
    DECLINED = "declined", _("Declined")
    WITHDRAWN = "withdrawn", _("Taken back")


class Swap(models.Model):
    """Two delegations change places, if both agree; each keeps its own time."""

    review = models.ForeignKey(Review, on_delete=models.CASCADE, related_name="swaps")
    proposer = models.ForeignKey(Slot, on_delete=models.CASCADE, related_name="swaps_proposed")
    other = models.ForeignKey(Slot, on_delete=models.CASCADE, related_name="swaps_asked")
    state = models.CharField(max_length=20, choices=SwapState, default=SwapState.PROPOSED)
    proposed_at = models.DateTimeField()
    answered_at = models.DateTimeField(null=True, blank=True)
    proposed_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    answered_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    # Where the floor’s own record says that they changed places.
    minute = models.ForeignKey(Minute, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")

    class Meta:
        verbose_name = _("swap")
        verbose_name_plural = _("swaps")
        ordering = ["-proposed_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["proposer", "other"], condition=Q(state="proposed"), name="one_open_swap_of_two"
            ),
            models.CheckConstraint(condition=~Q(proposer=F("other")), name="nobody_swaps_with_themselves"),
        ]

    def __str__(self) -> str:
        return f"{self.proposer_id} with {self.other_id}: {self.state}"


class Statement(models.Model):
    """The text of a statement in one language. What was delivered may differ: “check against delivery”."""

    slot = models.ForeignKey(Slot, on_delete=models.CASCADE, related_name="statements")
    # A code of a language, of this site or any other.
    language = models.CharField(_("language"), max_length=10)
    upload = models.OneToOneField(
        Upload, on_delete=models.PROTECT, null=True, blank=True, related_name="statement", verbose_name=_("file")
    )
    # As it was typed or pasted, for interpreters, captions and whoever reads it; a file need not have one.
    text = models.TextField(_("text"), blank=True, max_length=40_000)
    check_against_delivery = models.BooleanField(_("check against delivery"), default=True)
    # Nobody but interpreters and the secretariat reads it before this moment, nor before it was delivered or filed.
    embargoed_until = models.DateTimeField(_("not before"), null=True, blank=True)
    handed_in_at = models.DateTimeField(default=timezone.now)
    handed_in_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")

    class Meta:
        verbose_name = _("statement")
        verbose_name_plural = _("statements")
        ordering = ["language"]
        constraints = [
            models.UniqueConstraint(fields=["slot", "language"], name="one_statement_a_language"),
            models.CheckConstraint(condition=~Q(text="") | Q(upload__isnull=False), name="a_statement_says_something"),
        ]

    def __str__(self) -> str:
        return f"{self.slot_id} in {self.language}"


class ClipState(models.TextChoices):
    CHECKING = "checking", _("Being checked and converted")
    READY = "ready", _("Ready to be shown")
    REFUSED = "refused", _("Cannot be shown as it is")


class Clip(models.Model):
    """A recorded statement as it was handed in, and what was found and made of it."""

    slot = models.OneToOneField(Slot, on_delete=models.CASCADE, related_name="clip")
    upload = models.OneToOneField(Upload, on_delete=models.PROTECT, related_name="clip")
    state = models.CharField(max_length=20, choices=ClipState, default=ClipState.CHECKING)
    job = models.ForeignKey(Job, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    # What the worker found and made of it (`clip_jobs.Outcome`), from which its words come in each reader’s language.
    outcome = models.JSONField(null=True, blank=True)
    milliseconds = models.PositiveIntegerField(null=True, blank=True)
    # The folder of what is played; its name is nobody’s to guess, and is told when it plays.
    bundle = models.CharField(max_length=64, blank=True)
    handed_in_at = models.DateTimeField(default=timezone.now)
    handed_in_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")

    class Meta:
        verbose_name = _("film of a statement")
        verbose_name_plural = _("films of statements")
        constraints = [
            models.CheckConstraint(condition=~Q(state="ready") | ~Q(bundle=""), name="a_ready_film_can_be_played")
        ]

    def __str__(self) -> str:
        return f"{self.slot_id}: {self.state}"


class RemarkKind(models.TextChoices):
    COMMENT = "comment", _("Comment")
    QUESTION = "question", _("Question")
    RECOMMENDATION = "recommendation", _("Recommendation")


class RemarkState(models.TextChoices):
    SUBMITTED = "submitted", _("Waits to be read")
    DELIVERED = "delivered", _("Read out")
    FILED = "filed", _("Filed, not read out")
    WITHDRAWN = "withdrawn", _("Taken back")


class Answer(models.TextChoices):
    SUPPORTED = "supported", _("Supported")
    NOTED = "noted", _("Noted")
    PENDING = "pending", _("Answered later in writing")


class Remark(models.Model):
    """What one delegation says on another’s statement, typed beforehand, so that it can be followed when it is read."""

    slot = models.ForeignKey(Slot, on_delete=models.CASCADE, related_name="remarks")
    author = models.ForeignKey(Delegation, on_delete=models.PROTECT, related_name="remarks_made")
    kind = models.CharField(_("kind"), max_length=20, choices=RemarkKind)
    text = models.CharField(_("text"), max_length=300)
    # One of the conference’s focus areas, as its outcome names them; empty for none.
    focus_area = models.CharField(_("focus area"), max_length=200, blank=True)
    # The turn in which it is read; one turn may hold several remarks of its delegation.
    turn = models.ForeignKey(Turn, on_delete=models.SET_NULL, null=True, blank=True, related_name="remarks_read")
    state = models.CharField(max_length=20, choices=RemarkState, default=RemarkState.SUBMITTED)
    typed_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    submitted_at = models.DateTimeField(default=timezone.now)
    delivered_at = models.DateTimeField(null=True, blank=True)
    answer = models.CharField(_("answer"), max_length=20, choices=Answer, blank=True)
    answer_text = models.CharField(_("words of the answer"), max_length=1000, blank=True)
    answered_at = models.DateTimeField(null=True, blank=True)
    # Until when what is pending is answered in writing.
    due_on = models.DateField(_("answered by"), null=True, blank=True)

    class Meta:
        verbose_name = _("remark")
        verbose_name_plural = _("remarks")
        ordering = ["submitted_at", "pk"]
        indexes = [models.Index(fields=["slot", "state"], name="remarks_of_slot")]

    def __str__(self) -> str:
        return self.text


class Achievement(models.Model):
    """What a delegation reports in figures, with where to find the evidence."""

    slot = models.ForeignKey(Slot, on_delete=models.CASCADE, related_name="achievements")
    what = models.CharField(_("what was achieved"), max_length=200)
    figure = models.CharField(_("in figures"), max_length=80, blank=True)
    evidence = models.URLField(_("evidence"), max_length=400, blank=True)
    focus_area = models.CharField(_("focus area"), max_length=200, blank=True)
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        verbose_name = _("achievement")
        verbose_name_plural = _("achievements")
        ordering = ["position", "pk"]

    def __str__(self) -> str:
        return self.what


class FollowUp(models.TextChoices):
    NONE = "none", _("Not begun")
    ONGOING = "ongoing", _("Under way")
    DONE = "done", _("Done")


class Commitment(models.Model):
    """What a delegation undertakes of its own will, and how far it is."""

    slot = models.ForeignKey(Slot, on_delete=models.CASCADE, related_name="commitments")
    text = models.CharField(_("commitment"), max_length=300)
    follow_up = models.CharField(_("how far it is"), max_length=20, choices=FollowUp, default=FollowUp.NONE)
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        verbose_name = _("voluntary commitment")
        verbose_name_plural = _("voluntary commitments")
        ordering = ["position", "pk"]

    def __str__(self) -> str:
        return self.text
