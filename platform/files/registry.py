"""Who may read what. Apps register a guard for each purpose they store files for, in their `AppConfig`."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from django.contrib.auth.models import AbstractBaseUser, AnonymousUser

if TYPE_CHECKING:
    from files.models import Upload

Guard = Callable[[AbstractBaseUser | AnonymousUser, "Upload"], bool]

_guards: dict[str, Guard] = {}


def register_guard(purpose: str, may_read: Guard) -> None:
    """`may_read(user, upload)` is the whole permission to read uploads of this purpose."""
    if purpose in _guards:
        raise ValueError(f"the purpose {purpose} has a guard already")
    _guards[purpose] = may_read


def guard_of(purpose: str) -> Guard:
    """Raises LookupError for a purpose nobody guards."""
    try:
        return _guards[purpose]
    except KeyError:
        raise LookupError(f"nobody guards files for {purpose}") from None
