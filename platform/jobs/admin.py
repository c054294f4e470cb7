from django.contrib import admin
from django.http import HttpRequest

from jobs.models import Job


@admin.register(Job)
class JobAdmin(admin.ModelAdmin):
    """To look at only: jobs are started by what needs them."""

    list_display = [
        "kind",
        "state",
        "done_count",
        "total_count",
        "attempts",
        "started_by",
        "made_at",
        "ended_at",
    ]
    list_filter = ["state", "kind"]
    list_select_related = ["started_by"]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Job | None = None) -> bool:
        return False
