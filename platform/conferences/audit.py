"""Who changed what, kept for good in the admin's own history: every row there can be read under its thing."""

from typing import cast

from django.contrib.admin.models import ADDITION, CHANGE, DELETION, LogEntry
from django.contrib.contenttypes.models import ContentType
from django.db.models import Model

from accounts.models import User
from conferences.rules import Person

__all__ = ["ADDITION", "CHANGE", "DELETION", "note"]


def note(thing: Model, what: int, *, by: Person, words: str = "") -> None:
    """Notes in the caller's transaction that `by` added, changed or removed `thing`.

    `words` say more, in English and without secrets. Call it before a removal, while the thing still has its number.
    """
    LogEntry.objects.create(
        user=cast(User, by),
        content_type=ContentType.objects.get_for_model(thing),
        object_id=str(thing.pk),
        object_repr=str(thing)[:200],
        action_flag=what,
        change_message=words[:500],
    )
