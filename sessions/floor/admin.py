"""For looking only: the floor changes by its actions, so that every change is told and on record."""

from django.contrib import admin

from conferences.admin import ReadOnlyAdmin
from sessions.floor.models import Floor, Minute, PointOfOrder, Turn


@admin.register(Floor)
class FloorAdmin(ReadOnlyAdmin):
    """Without the big screen’s key: whoever has it needs no account."""

    list_display = ["session", "list_is_open", "speakers", "desk_holder", "moved_at"]
    list_select_related = ["session", "desk_holder"]
    exclude = ["screen_key"]


@admin.register(Turn)
class TurnAdmin(ReadOnlyAdmin):
    list_display = ["floor", "kind", "delegation", "name", "state", "block", "position", "is_rehearsal"]
    list_filter = ["kind", "state", "is_rehearsal"]
    list_select_related = ["floor__session", "delegation"]


@admin.register(PointOfOrder)
class PointOfOrderAdmin(ReadOnlyAdmin):
    list_display = ["floor", "delegation", "state", "raised_at", "ruled_at", "is_rehearsal"]
    list_filter = ["state", "is_rehearsal"]
    list_select_related = ["floor__session", "delegation"]


@admin.register(Minute)
class MinuteAdmin(ReadOnlyAdmin):
    list_display = ["at", "what", "by", "turn", "point", "words", "is_rehearsal"]
    list_filter = ["what", "is_rehearsal"]
    list_select_related = ["by", "turn", "point"]
