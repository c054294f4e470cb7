"""Who may read what, and what arrives in parts. Apps register their purposes in their `AppConfig`."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.contrib.auth.models import AbstractBaseUser, AnonymousUser

if TYPE_CHECKING:
    from files.models import Upload

Guard = Callable[[AbstractBaseUser | AnonymousUser, "Upload"], bool]


@dataclass(frozen=True, slots=True)
class Resumable:
    """What is taken in parts for a purpose, over links that break."""

    # Content types, found by content (files.contents).
    accepts: tuple[str, ...]
    # Bytes of one file.
    largest: int
    # `may_begin(user, about)`: `about` is the number of the thing that the file is for, if the page named one. Asked
    # when an upload begins; what becomes of the finished file is asked anew by the action that uses it.
    may_begin: Callable[[AbstractBaseUser | AnonymousUser, int | None], bool]
    # Whether something shows the finished upload. What nobody used goes when its time is over.
    is_used: Callable[["Upload"], bool]
    # Whether films must be such that every current browser plays them.
    plays: bool = True


_guards: dict[str, Guard] = {}
_resumable: dict[str, Resumable] = {}


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


def register_resumable(purpose: str, taken: Resumable) -> None:
    """Files of this purpose may arrive in parts. Its guard is registered first."""
    guard_of(purpose)
    if purpose in _resumable:
        raise ValueError(f"the purpose {purpose} takes files in parts already")
    _resumable[purpose] = taken


def resumable_for(purpose: str) -> Resumable:
    """Raises LookupError for a purpose that takes no files in parts."""
    try:
        return _resumable[purpose]
    except KeyError:
        raise LookupError(f"no files arrive in parts for {purpose}") from None
