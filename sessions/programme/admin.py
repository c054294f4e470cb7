"""The programme in the admin: to look, with the history of who changed what. Changes go through the actions."""

from django.contrib import admin

from conferences.admin import ReadOnlyAdmin
from sessions.programme.models import Appointment, Room, Session


@admin.register(Room)
class RoomAdmin(ReadOnlyAdmin):
    list_display = ["name", "conference", "position"]
    list_filter = ["conference"]
    list_select_related = ["conference"]


@admin.register(Session)
class SessionAdmin(ReadOnlyAdmin):
    list_display = ["title", "conference", "format", "room", "starts_at", "state", "access"]
    list_filter = ["conference", "format", "state"]
    list_select_related = ["conference", "room"]


@admin.register(Appointment)
class AppointmentAdmin(ReadOnlyAdmin):
    list_display = ["user", "duty", "session"]
    list_filter = ["session__conference", "duty"]
    list_select_related = ["user", "session"]
