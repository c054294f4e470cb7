"""Categories with their forms and places, applications to them, and what became of each."""

from django.conf import settings
from django.core.validators import MaxValueValidator
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from i18nfield.fields import I18nCharField, I18nTextField

from conferences.models import Conference, Delegation, Rank
from files.models import Upload


class Capacity(models.TextChoices):
    """What a category takes people in as. Nobody holds two at one conference."""

    HEAD = "head", _("head of delegation")
    ALTERNATE = "alternate", _("alternate")
    DELEGATE = "delegate", _("delegate")
    OBSERVER = "observer", _("observer")
    SPEAKER = "speaker", _("speaker")
    PRESS = "press", _("press")
    INTERPRETER = "interpreter", _("interpreter")
    STAFF = "staff", _("staff")
    PUBLIC = "public", _("public")


# Those who come for a delegation and cannot apply without one.
OF_A_DELEGATION = (Capacity.HEAD, Capacity.ALTERNATE, Capacity.DELEGATE)


class Attendance(models.TextChoices):
    IN_ROOM = "in_room", _("in the room")
    ONLINE = "online", _("online")


class Category(models.Model):
    """One way to take part in a conference, with a form of its own."""

    conference = models.ForeignKey(Conference, on_delete=models.CASCADE, related_name="categories")
    capacity = models.CharField(_("capacity"), max_length=20, choices=Capacity)
    name = I18nCharField(_("name"), max_length=200)
    about = I18nTextField(_("for whom it is"), blank=True)
    position = models.PositiveSmallIntegerField(_("order"), default=0)
    needs_approval = models.BooleanField(_("the secretariat decides on each application"), default=True)
    # Others are registered by a focal point, by the secretariat, or by whoever has the category's address.
    is_listed = models.BooleanField(_("shown on the public page"), default=True)
    opens_at = models.DateTimeField(_("applications open"), null=True, blank=True)
    closes_at = models.DateTimeField(_("applications close"), null=True, blank=True)

    class Meta:
        verbose_name = _("category")
        verbose_name_plural = _("categories")
        ordering = ["position", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(opens_at=None) | Q(closes_at=None) | Q(closes_at__gt=F("opens_at")),
                name="category_closes_after_it_opens",
            )
        ]

    def __str__(self) -> str:
        return str(self.name)

    def get_absolute_url(self) -> str:
        return reverse("registration:apply", args=[self.conference.slug, self.pk])

    @property
    def is_of_a_delegation(self) -> bool:
        return self.capacity in OF_A_DELEGATION


class FieldKind(models.TextChoices):
    TEXT = "text", _("a line of text")
    LONG_TEXT = "long_text", _("a longer text")
    CHOICE = "choice", _("a choice")
    COUNTRY = "country", _("a country")
    DATE = "date", _("a date")
    FILE = "file", _("a file")
    PHOTO = "photo", _("a photo")
    CONSENT = "consent", _("a consent")


# Whose answers are uploads.
OF_FILES = (FieldKind.FILE, FieldKind.PHOTO)


class Field(models.Model):
    """One thing that a category's form asks, why it is asked, and how long the answer is kept.

    A field that somebody has answered is retired in place of being deleted; a consent whose words change becomes a new
    version, so that it stays known what each person agreed to.
    """

    category = models.ForeignKey(Category, on_delete=models.CASCADE, related_name="fields")
    kind = models.CharField(_("kind"), max_length=20, choices=FieldKind)
    label = I18nCharField(_("question"), max_length=200)
    help = I18nTextField(_("help"), blank=True)
    why = I18nTextField(_("why it is asked"), blank=True)
    # After the conference closed; then a nightly purge forgets the answers.
    kept_for_days = models.PositiveSmallIntegerField(
        _("kept for, days after the conference"), default=90, validators=[MaxValueValidator(3650)]
    )
    is_required = models.BooleanField(_("required"), default=False)
    # [{"key": "vegetarian", "words": {"en": "Vegetarian", ...}}], of a choice.
    choices = models.JSONField(_("choices"), default=list, blank=True)
    # Files and photos of this kind show a person's papers: who looked is noted.
    is_sensitive = models.BooleanField(_("sensitive: who looks at it is noted"), default=False)
    version = models.PositiveSmallIntegerField(default=1, editable=False)
    position = models.PositiveSmallIntegerField(_("order"), default=0)
    retired_at = models.DateTimeField(null=True, blank=True, editable=False)

    class Meta:
        verbose_name = _("field of a form")
        verbose_name_plural = _("fields of forms")
        ordering = ["position", "pk"]

    def __str__(self) -> str:
        return str(self.label)

    @property
    def is_given_in_person(self) -> bool:
        """Nobody can put a photo into a list, or agree in another's name."""
        return self.is_of_files or self.kind == FieldKind.CONSENT

    @property
    def is_of_files(self) -> bool:
        return self.kind in OF_FILES


class Quota(models.Model):
    """How many may attend one way: of a whole conference, of one category, or of one delegation.

    The row is the lock for all who take or give back one of its places. `registration.places` says in which order rows
    are locked; the constraint is the last line behind it.
    """

    conference = models.ForeignKey(Conference, on_delete=models.CASCADE, related_name="quotas")
    category = models.ForeignKey(Category, on_delete=models.CASCADE, related_name="quotas", null=True, blank=True)
    delegation = models.ForeignKey(Delegation, on_delete=models.CASCADE, related_name="quotas", null=True, blank=True)
    attendance = models.CharField(_("attendance"), max_length=10, choices=Attendance)
    # None: as many as come.
    size = models.PositiveIntegerField(_("places"), null=True, blank=True)
    used_count = models.PositiveIntegerField(_("taken"), default=0, editable=False)

    class Meta:
        verbose_name = _("quota")
        verbose_name_plural = _("quotas")
        constraints = [
            models.CheckConstraint(condition=Q(size=None) | Q(used_count__lte=F("size")), name="no_place_taken_twice"),
            models.CheckConstraint(condition=Q(category=None) | Q(delegation=None), name="quota_of_one_thing"),
            models.UniqueConstraint(
                fields=["conference", "attendance"],
                condition=Q(category=None, delegation=None),
                name="one_quota_of_a_conference",
            ),
            models.UniqueConstraint(
                fields=["category", "attendance"], condition=Q(category__isnull=False), name="one_quota_of_a_category"
            ),
            models.UniqueConstraint(
                fields=["delegation", "attendance"],
                condition=Q(delegation__isnull=False),
                name="one_quota_of_a_delegation",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.category or self.delegation or self.conference} ({self.attendance})"

    @property
    def is_full(self) -> bool:
        return self.size is not None and self.used_count >= self.size


class Status(models.TextChoices):
    DRAFT = "draft", _("draft")
    SUBMITTED = "submitted", _("submitted")
    ON_HOLD = "on_hold", _("on hold")
    APPROVED = "approved", _("approved")
    REJECTED = "rejected", _("not approved")
    # Approved, or open to all, and no place is free.
    WAITING = "waiting", _("on the waiting list")
    WITHDRAWN = "withdrawn", _("withdrawn")


# From which status an application may come to which; who may do it is in rules, what happens to its place in actions.
MOVES: dict[Status, tuple[Status, ...]] = {
    Status.DRAFT: (Status.SUBMITTED, Status.APPROVED, Status.WAITING, Status.WITHDRAWN),
    Status.SUBMITTED: (Status.ON_HOLD, Status.APPROVED, Status.WAITING, Status.REJECTED, Status.WITHDRAWN),
    Status.ON_HOLD: (Status.SUBMITTED, Status.APPROVED, Status.WAITING, Status.REJECTED, Status.WITHDRAWN),
    Status.WAITING: (Status.APPROVED, Status.ON_HOLD, Status.REJECTED, Status.WITHDRAWN),
    Status.APPROVED: (Status.ON_HOLD, Status.REJECTED, Status.WITHDRAWN),
    Status.REJECTED: (Status.SUBMITTED,),
    Status.WITHDRAWN: (),
}
# As long as it stands there its person holds a capacity, and cannot apply for another.
ACTIVE = (Status.DRAFT, Status.SUBMITTED, Status.ON_HOLD, Status.WAITING, Status.APPROVED)
# The applicant may change what is in it.
EDITABLE = (Status.DRAFT, Status.SUBMITTED, Status.ON_HOLD)


class Application(models.Model):
    """One person's wish to take part, and what became of it: the row that everybody's registration is."""

    conference = models.ForeignKey(Conference, on_delete=models.CASCADE, related_name="applications")
    category = models.ForeignKey(Category, on_delete=models.PROTECT, related_name="applications")
    # None for somebody without an address, whom a focal point or the help desk registered.
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="applications", null=True, blank=True
    )
    delegation = models.ForeignKey(
        Delegation, on_delete=models.PROTECT, related_name="applications", null=True, blank=True
    )
    attendance = models.CharField(_("attendance"), max_length=10, choices=Attendance, default=Attendance.IN_ROOM)
    status = models.CharField(_("status"), max_length=20, choices=Status, default=Status.DRAFT)
    # Exactly as it was written: a badge and a seat plate show it.
    name = models.CharField(_("name"), max_length=200)
    email = models.EmailField(_("e-mail"), blank=True)
    language = models.CharField(_("language"), max_length=10, blank=True)
    # "H.E. Ms", and what somebody is at home: "Minister for Foreign Affairs".
    honorific = models.CharField(_("title"), max_length=60, blank=True)
    function = models.CharField(_("function"), max_length=200, blank=True)
    organisation = models.CharField(_("organisation"), max_length=200, blank=True)
    rank = models.PositiveSmallIntegerField(_("rank"), choices=Rank, default=Rank.NONE)
    # Agreed to stand in the list of participants.
    is_listed = models.BooleanField(_("in the list of participants"), default=False)
    # Made by the form, once for each time it is opened: sent twice it is one application.
    submit_key = models.UUIDField(unique=True)
    # What the applicant was told with the latest move.
    reason = models.TextField(_("reason"), blank=True)
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, related_name="applications_made", null=True, blank=True
    )
    made_at = models.DateTimeField(auto_now_add=True)
    submitted_at = models.DateTimeField(null=True, blank=True)
    # When the applicant showed the address to be theirs. A place is held for somebody who did not for a while only.
    confirmed_at = models.DateTimeField(null=True, blank=True)
    decided_at = models.DateTimeField(null=True, blank=True)
    # When the delegation said, in the second phase, that this person comes.
    affirmed_at = models.DateTimeField(null=True, blank=True)
    # Since when it waits for a place: the order of the waiting list.
    waiting_since = models.DateTimeField(null=True, blank=True)
    # When name, address and the like were taken out of it: its person left, or the time to keep them was over.
    forgotten_at = models.DateTimeField(null=True, blank=True, editable=False)

    class Meta:
        verbose_name = _("application")
        verbose_name_plural = _("applications")
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["conference", "user"], condition=Q(status__in=ACTIVE), name="one_capacity_a_conference"
            ),
            models.CheckConstraint(
                condition=~Q(status="waiting") | Q(waiting_since__isnull=False), name="waits_since_a_moment"
            ),
        ]
        indexes = [
            models.Index(fields=["conference", "status", "submitted_at"], name="applications_by_status"),
            models.Index(
                fields=["conference", "attendance", "waiting_since"],
                name="waiting_list",
                condition=Q(status="waiting"),
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def holds_a_place(self) -> bool:
        return self.status == Status.APPROVED


class Answer(models.Model):
    """What an application says to one field: words, or a file."""

    application = models.ForeignKey(Application, on_delete=models.CASCADE, related_name="answers")
    field = models.ForeignKey(Field, on_delete=models.PROTECT, related_name="answers")
    # Text; the key of a choice; an ISO code of a country; a date as 2021-11-16; "yes" for a consent.
    words = models.TextField(blank=True)
    upload = models.ForeignKey(Upload, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    # Of the field, when it was answered.
    version = models.PositiveSmallIntegerField(default=1)

    class Meta:
        verbose_name = _("answer")
        verbose_name_plural = _("answers")
        constraints = [models.UniqueConstraint(fields=["application", "field"], name="one_answer_a_field")]

    def __str__(self) -> str:
        return self.words


class Step(models.Model):
    """One move of an application, kept for good: who moved it where, when, and what the applicant was told."""

    application = models.ForeignKey(Application, on_delete=models.CASCADE, related_name="steps")
    before = models.CharField(max_length=20, choices=Status)
    after = models.CharField(max_length=20, choices=Status)
    reason = models.TextField(blank=True)
    # None where the program did it: a place became free, or a time was over.
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, related_name="+", null=True, blank=True)
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("step of an application")
        verbose_name_plural = _("steps of applications")
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"{self.before} -> {self.after}"
