"""What the door and accounts tell, and what the ledger makes of it."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.dispatch import receiver

from accounts.models import User
from accounts.signals import asked_for_data
from registration.models import Application
from registration.signals import forgotten, passed
from sessions.attendance.actions import keep_delegations, note_in_room
from sessions.attendance.models import Attendance


@receiver(passed)
def note_passage(application: Application, at: datetime, **_kwargs: Any) -> None:
    """In the transaction that writes the scan. Whoever has no account stands in no ledger: there is nobody to name."""
    if application.user_id is not None:
        note_in_room(application.conference, application.user_id, around=at)


@receiver(forgotten)
def keep_the_numbers_of_delegations(user: User, delegations: Mapping[int, int], **_kwargs: Any) -> None:
    """The ledger goes on counting whoever left, as a person without a name."""
    keep_delegations(user.pk, delegations)


@receiver(asked_for_data)
def tell_where_a_person_was(user: User, **_kwargs: Any) -> tuple[str, Any]:
    spans = Attendance.objects.filter(user=user).select_related("session__conference").order_by("from_at")
    return "presence", [
        {
            "conference": span.session.conference.acronym,
            "session": str(span.session.title),
            "how": span.how,
            "from": span.from_at,
            "to": span.to_at,
        }
        for span in spans
    ]
