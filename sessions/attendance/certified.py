"""What a certificate of attendance says of somebody: in how many sessions of a conference they were, and how long."""

from collections import defaultdict
from collections.abc import Collection, Mapping

from django.utils import timezone

from conferences.models import Conference
from registration.presence import Attended, register_ledger
from sessions.attendance.models import Attendance
from sessions.attendance.queries import held
from sessions.attendance.spans import Span, merged, so_far, whole_minutes
from sessions.programme.models import Session


def attended(conference: Conference, user_ids: Collection[int]) -> Mapping[int, Attended]:
    """Of these people, those who were in a session while it was held, online or in the room. Two queries."""
    within = {session.pk: held(session) for session in Session.objects.filter(conference=conference)}
    rows = Attendance.objects.filter(session__in=within, user__in=user_ids)
    now = timezone.now()
    spans: dict[tuple[int, int], list[Span]] = defaultdict(list)
    for user_id, session_id, from_at, to_at, is_open in rows.values_list(
        "user_id", "session_id", "from_at", "to_at", "is_open"
    ):
        spans[user_id, session_id].append(so_far(from_at, to_at, is_open=is_open, now=now))
    minutes: dict[int, list[int]] = defaultdict(list)
    for (user_id, session_id), theirs in spans.items():
        session = within[session_id]
        laid = merged(theirs, session) if session else []
        if laid:
            minutes[user_id].append(whole_minutes(laid))
    return {user_id: Attended(len(each), sum(each)) for user_id, each in minutes.items()}


def register() -> None:
    register_ledger(attended)
