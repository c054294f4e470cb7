"""The ledger in the admin: to look. It is written by server processes alone."""

from django.contrib import admin

from conferences.admin import ReadOnlyAdmin
from sessions.attendance.models import Attendance, SessionPresence


@admin.register(Attendance)
class AttendanceAdmin(ReadOnlyAdmin):
    list_display = ["user", "session", "how", "from_at", "to_at"]
    list_filter = ["session__conference", "how"]
    list_select_related = ["user", "session"]


@admin.register(SessionPresence)
class SessionPresenceAdmin(ReadOnlyAdmin):
    list_display = ["session", "online_now", "peak", "peak_at"]
    list_filter = ["session__conference"]
    list_select_related = ["session"]
