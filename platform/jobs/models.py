"""Background jobs. The row is the truth about a job; the broker only wakes a worker."""

from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from jobs.registry import kind_named


class State(models.TextChoices):
    WAITING = "waiting", _("Waiting for a worker")
    RUNNING = "running", _("Running")
    DONE = "done", _("Done")
    FAILED = "failed", _("Failed")


class Job(models.Model):
    """One piece of background work, from the wish to its result.

    `attempts` counts the claims and so names the current one: whoever claimed it as attempt 2 may write only
    while it still reads 2.
    """

    kind = models.CharField(max_length=60)
    arguments = models.JSONField(default=dict)
    state = models.CharField(max_length=10, choices=State, default=State.WAITING)
    done_count = models.PositiveIntegerField(default=0)
    # 0 as long as nobody knows how much there is to do.
    total_count = models.PositiveIntegerField(default=0)
    attempts = models.PositiveSmallIntegerField(default=0)
    # Why it failed, or why the last attempt did while there are more to come.
    error = models.TextField(blank=True)
    result = models.JSONField(default=dict)
    started_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="jobs"
    )
    made_at = models.DateTimeField(auto_now_add=True)
    started_at = models.DateTimeField(null=True)
    # The last sign of life: of the worker that holds it or, while it waits, the last call for a worker.
    beat_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("job")
        verbose_name_plural = _("jobs")
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(total_count=0) | Q(done_count__lte=F("total_count")),
                name="job_does_no_more_than_all",
            ),
        ]
        indexes = [
            models.Index(fields=["beat_at"], condition=Q(state__in=["waiting", "running"]), name="jobs_unfinished")
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.pk}: {self.state}"

    def get_absolute_url(self) -> str:
        return reverse("jobs:job", args=[self.pk])

    @property
    def title(self) -> str:
        return str(kind_named(self.kind).title)

    @property
    def standing(self) -> str:
        """How it stands, for those who know of no workers."""
        return str(_("Begins in a moment")) if self.state == State.WAITING else str(self.get_state_display())

    @property
    def offers(self) -> str:
        """What one gets where it leads to."""
        return str(kind_named(self.kind).offers)

    def frame_for(self, user: object) -> Mapping[str, Any]:
        """What its page stands in for this reader."""
        frame = kind_named(self.kind).frame
        return frame(self, user) if frame else {}

    @property
    def is_over(self) -> bool:
        return self.state in (State.DONE, State.FAILED)

    @property
    def leads_to(self) -> str:
        """Where its result can be seen, or "" where there is no such page."""
        leads_to = kind_named(self.kind).leads_to
        return leads_to(self) if leads_to else ""
