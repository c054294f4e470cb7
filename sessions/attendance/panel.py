"""On a session's page: the reader's own minutes, and for those who may the way to everybody's."""

from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest

from sessions.attendance.queries import minutes_of
from sessions.attendance.rules import may_read_attendance, may_read_minutes
from sessions.programme.models import Session
from sessions.programme.panels import PANELS, Panel


def attendance(request: HttpRequest, session: Session) -> Mapping[str, Any] | None:
    person = request.user
    if not person.is_authenticated:
        return None
    minutes = minutes_of(person, session) if may_read_minutes(person, session, person.pk) else 0
    may_read = may_read_attendance(person, session)
    if not minutes and not may_read:
        return None
    return {"attendance": {"minutes": minutes, "may_read": may_read}}


PANEL = Panel(name="attendance", template="attendance/_panel.html", context=attendance, position="main", rank=90)


def add() -> None:
    PANELS.register(PANEL)
