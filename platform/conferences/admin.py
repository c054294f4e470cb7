"""Conferences in the admin: to look, with the history of who changed what. Changes go through the organisers' pages."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from conferences.models import Conference, Delegation, Membership


class ReadOnlyAdmin(admin.ModelAdmin):
    """Nothing is written past the actions."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(Conference)
class ConferenceAdmin(ReadOnlyAdmin):
    list_display = ["acronym", "slug", "opens_at", "closes_at", "time_zone"]


@admin.register(Delegation)
class DelegationAdmin(ReadOnlyAdmin):
    list_display = ["name", "conference", "country", "position", "is_host"]
    list_filter = ["conference"]
    list_select_related = ["conference"]


@admin.register(Membership)
class MembershipAdmin(ReadOnlyAdmin):
    list_display = ["user", "conference", "role", "delegation", "may_speak_for", "sector"]
    list_filter = ["conference", "role"]
    list_select_related = ["user", "conference", "delegation"]
    search_fields = ["user__email", "user__name"]
