"""Registration in the admin: to look, with the history of who changed what. Changes go through the desk's pages."""

from django.contrib import admin

from conferences.admin import ReadOnlyAdmin
from registration.models import Application, Category, Field, Look, Post, Quota, Step


class FieldInline(admin.TabularInline):
    model = Field
    fields = ("label", "kind", "is_required", "is_sensitive", "kept_for_days", "version", "retired_at")
    readonly_fields = ("label", "kind", "is_required", "is_sensitive", "kept_for_days", "version", "retired_at")
    can_delete = False
    max_num = 0


@admin.register(Category)
class CategoryAdmin(ReadOnlyAdmin):
    list_display = ["name", "conference", "capacity", "needs_approval", "is_listed", "opens_at", "closes_at"]
    list_filter = ["conference", "capacity"]
    list_select_related = ["conference"]
    inlines = [FieldInline]


@admin.register(Quota)
class QuotaAdmin(ReadOnlyAdmin):
    list_display = ["conference", "category", "delegation", "attendance", "size", "used_count"]
    list_filter = ["conference", "attendance"]
    list_select_related = ["conference", "category", "delegation"]


class StepInline(admin.TabularInline):
    model = Step
    fields = ("at", "before", "after", "reason", "by")
    readonly_fields = ("at", "before", "after", "reason", "by")
    can_delete = False
    max_num = 0


@admin.register(Application)
class ApplicationAdmin(ReadOnlyAdmin):
    """Without the answers: those are read at the desk, where it is noted who opens what is sensitive."""

    list_display = ["name", "email", "conference", "category", "delegation", "attendance", "status", "submitted_at"]
    list_filter = ["conference", "status", "attendance"]
    list_select_related = ["conference", "category", "delegation"]
    search_fields = ["name", "email"]
    inlines = [StepInline]


@admin.register(Post)
class PostAdmin(ReadOnlyAdmin):
    list_display = ["user", "conference", "work", "made_at"]
    list_filter = ["conference", "work"]
    list_select_related = ["user", "conference"]


@admin.register(Look)
class LookAdmin(ReadOnlyAdmin):
    """Who opened whose papers, and when; not the papers."""

    list_display = ["at", "by", "application", "field"]
    list_select_related = ["by", "answer__application", "answer__field"]
    fields = ["at", "by", "application", "field"]

    @admin.display(description=Application._meta.verbose_name)
    def application(self, look: Look) -> str:
        return look.answer.application.name

    @admin.display(description=Field._meta.verbose_name)
    def field(self, look: Look) -> str:
        return str(look.answer.field)
