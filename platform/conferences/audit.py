"""Who changed what, kept for good in the admin's own history: every row there can be read under its thing."""

from typing import cast

from django.contrib.admin.models import ADDITION, CHANGE, DELETION, LogEntry
from django.contrib.contenttypes.models import ContentType
from django.db.models import Model

from accounts.leaving import NAMELESS
from accounts.models import User
from conferences.rules import Person

__all__ = ["ADDITION", "CHANGE", "DELETION", "forget_names_of", "note"]


def note(thing: Model, what: int, *, by: Person, words: str = "") -> None:
    """Notes in the caller's transaction that `by` added, changed or removed `thing`.

    `words` say more, in English and without secrets. Call it before a removal, while the thing still has its number.
    Of a thing that is somebody's, such as a role, it is said whose by their number too: the thing may be gone when they
    leave, and its name here has theirs in it.
    """
    whose = getattr(thing, "user_id", None)
    LogEntry.objects.create(
        user=cast(User, by),
        content_type=ContentType.objects.get_for_model(thing),
        object_id=str(thing.pk),
        object_repr=str(thing)[:200],
        action_flag=what,
        change_message=f"{words[:500]} {_of_person(whose)}".strip() if whose else words[:500],
    )


def forget_names_of(person: User) -> None:
    """Takes a person's name out of what was noted of things that are or were theirs."""
    LogEntry.objects.filter(change_message__endswith=_of_person(person.pk)).update(object_repr=NAMELESS)


def _of_person(number: int) -> str:
    return f"[person {number}]"
