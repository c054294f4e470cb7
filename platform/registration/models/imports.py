"""Lists that were handed in as a file, and people who may be there twice."""

from uuid import uuid4

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from conferences.models import Conference, Delegation
from files.models import Upload
from jobs.models import Job
from registration.models.applications import Application, Attendance, Category, Field


class Import(models.Model):
    """A list of people: the file, which column means what, and what became of each row."""

    conference = models.ForeignKey(Conference, on_delete=models.CASCADE, related_name="imports")
    category = models.ForeignKey(Category, on_delete=models.PROTECT, related_name="+")
    # Whose members all of them are, where its focal point handed the list in; the secretariat's say so row by row.
    delegation = models.ForeignKey(
        Delegation, on_delete=models.PROTECT, related_name="+", null=True, blank=True, verbose_name=_("delegation")
    )
    # Of submit keys: the same row is the same application however often it is handed in, and nobody else makes its key.
    secret = models.UUIDField(default=uuid4, editable=False)
    upload = models.ForeignKey(Upload, on_delete=models.PROTECT, related_name="+")
    # Of rows that do not say how their person attends.
    attendance = models.CharField(_("attendance"), max_length=10, choices=Attendance, default=Attendance.IN_ROOM)
    # What a CSV is read as where it is in none of Unicode's encodings.
    encoding = models.CharField(_("encoding"), max_length=20, blank=True)
    # Which of the form's fields holds the number of a passport: who shares one is shown as a possible duplicate.
    passport = models.ForeignKey(Field, on_delete=models.SET_NULL, related_name="+", null=True, blank=True)
    # {"name": 0, "email": 3, "field_12": 4}: by what a column means, its number in the file from 0.
    columns = models.JSONField(default=dict, blank=True)
    # Of the dry run, then of the import, rows as a spreadsheet counts; put into words where they are read (`problems`):
    # [{"row": 7, "column": "name", "words": "At most %(count)d characters.", "numbers": {"count": 200}, "name": "Ana",
    # "value": "what stands in the cell"}].
    problems = models.JSONField(default=list, blank=True)
    row_count = models.PositiveIntegerField(default=0)
    done_count = models.PositiveIntegerField(default=0)
    failed_count = models.PositiveIntegerField(default=0)
    job = models.ForeignKey(Job, on_delete=models.SET_NULL, related_name="+", null=True, blank=True)
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, related_name="+", null=True, blank=True
    )
    made_at = models.DateTimeField(auto_now_add=True)
    tried_at = models.DateTimeField(null=True, blank=True)
    started_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("import")
        verbose_name_plural = _("imports")
        ordering = ["-pk"]

    def __str__(self) -> str:
        return self.upload.name


class Likeness(models.Model):
    """Two applications that may be one person's: the secretariat merges them or says that they are two."""

    first = models.ForeignKey(Application, on_delete=models.CASCADE, related_name="+")
    second = models.ForeignKey(Application, on_delete=models.CASCADE, related_name="+")
    # "email", "passport" or "name".
    why = models.CharField(max_length=20)
    are_two = models.BooleanField(default=False)
    made_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("possible duplicate")
        verbose_name_plural = _("possible duplicates")
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["first", "second"], name="alike_once"),
            models.CheckConstraint(condition=Q(first__lt=F("second")), name="alike_in_one_order"),
        ]

    def __str__(self) -> str:
        return f"{self.first} / {self.second}"
