"""For looking only: questions change by their actions, so that every change is told and counted."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from sessions.questions.models import Capacity, Question, QuestionTime


class ReadOnly(admin.ModelAdmin):
    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(Question)
class QuestionAdmin(ReadOnly):
    """Votes are not listed: how somebody voted concerns nobody. Nor is who asked anonymously."""

    list_display = ["text", "session", "asked_by", "status", "vote_count", "asked_at"]
    list_filter = ["status", "capacity"]
    list_select_related = ["author", "session"]
    # The author's own words to the desk and the desk's to the author stay between the two.
    fields = [
        "text",
        "session",
        "asked_by",
        "capacity",
        "delegation",
        "language",
        "status",
        "reason",
        "vote_count",
        "delegation_count",
        "asked_at",
        "moved_at",
    ]

    @admin.display(description=_("asked by"))
    def asked_by(self, question: Question) -> str:
        return str(_("Anonymous")) if question.capacity == Capacity.ANONYMOUS else str(question.author)


@admin.register(QuestionTime)
class QuestionTimeAdmin(ReadOnly):
    list_display = ["session", "window"]
    list_select_related = ["session"]
    fields = ["session", "window"]
