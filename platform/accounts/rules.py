"""Who may do what to accounts. Pure sentences: they read, they never write."""

from hashlib import sha256

from django.contrib.auth.models import AbstractBaseUser, AnonymousUser
from django.utils import timezone

from accounts.models import EntryPass, SetupLink, User

Person = AbstractBaseUser | AnonymousUser


def is_set_up() -> bool:
    """Whether somebody runs this installation already."""
    return User.objects.filter(is_staff=True).exists()


def may_set_up(token: str) -> bool:
    """Whether `token` is the unused set-up link of an installation that nobody runs yet."""
    return SetupLink.objects.filter(token_hash=hash_of(token), used_at=None).exists() and not is_set_up()


def may_change_standing(user: Person) -> bool:
    """Whether this person may bar others from signing in, or let them into the admin."""
    return bool(user.is_authenticated and user.is_active and getattr(user, "is_superuser", False))


def may_enter_by_link(token: str) -> bool:
    """Whether this link of an entry pass would let somebody in now. Asking uses nothing up."""
    entry = EntryPass.objects.select_related("user").filter(token_hash=hash_of(token)).first()
    return entry is not None and lets_in(entry)


def lets_in(entry: EntryPass) -> bool:
    """Unused, good still, and of somebody who may sign in and still has the address it went to."""
    is_theirs = entry.user.is_active and entry.user.email == entry.email
    return is_theirs and entry.used_at is None and timezone.now() < entry.expires_at


def hash_of(token: str) -> str:
    # The secret has 256 random bits, so a plain hash is enough: there is nothing to guess.
    return sha256(token.encode()).hexdigest()
