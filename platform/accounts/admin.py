"""People in the admin, which is entered through the site's own sign-in, with its limits and second factors."""

from typing import Any

from allauth.account.decorators import secure_admin_login
from django.contrib import admin
from django.forms import ModelForm
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from accounts.actions import change_standing
from accounts.models import User
from accounts.rules import may_change_standing

admin.site.login = secure_admin_login(admin.site.login)  # type: ignore[method-assign]

STANDING = ("is_active", "is_staff", "is_superuser")


@admin.register(User)
class UserAdmin(admin.ModelAdmin):
    """Found by address or name, barred or let in. Nobody sets another's password, address or name here."""

    list_display = ["email", "name", "is_active", "is_staff", "joined_at", "last_login"]
    list_filter = ["is_active", "is_staff"]
    search_fields = ["email", "name"]
    ordering = ["email"]
    fieldsets = [
        (None, {"fields": ["email", "name", "language", "joined_at", "last_login"]}),
        (_("Standing"), {"fields": STANDING}),
    ]

    def get_readonly_fields(self, request: HttpRequest, obj: User | None = None) -> list[str]:
        own = ["email", "name", "language", "joined_at", "last_login"]
        return own if may_change_standing(request.user) else [*own, *STANDING]

    def has_add_permission(self, request: HttpRequest) -> bool:
        # People sign up, or are invited.
        return False

    def has_delete_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        # What they asked and said stays theirs: bar them instead.
        return False

    def save_model(self, request: HttpRequest, obj: User, form: ModelForm, change: bool) -> None:
        standing: dict[str, Any] = {name: getattr(obj, name) for name in STANDING}
        assert isinstance(request.user, User)  # noqa: S101  for the type checker
        change_standing(obj.pk, by=request.user, **standing)
