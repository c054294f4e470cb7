"""What the door tells, and what the ledger makes of it."""

from datetime import datetime
from typing import Any

from django.dispatch import receiver

from registration.models import Application
from registration.signals import passed
from sessions.attendance.actions import note_in_room


@receiver(passed)
def note_passage(application: Application, at: datetime, **_kwargs: Any) -> None:
    """In the transaction that writes the scan. Whoever has no account stands in no ledger: there is nobody to name."""
    if application.user_id is not None:
        note_in_room(application.conference, application.user_id, around=at)
