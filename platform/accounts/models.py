"""People, and nothing about what they may do: roles belong to conferences and sessions."""

import unicodedata
from typing import Any, ClassVar

from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser, BaseUserManager, PermissionsMixin
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

# They turn the direction of whatever stands beside them: a name could rewrite the line it is shown in.
DIRECTION_OVERRIDES = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def holds_unseen(words: str, *, but: str = "") -> bool:
    """Whether control characters or marks that turn the direction are in these words; `but` may be there."""
    return any(
        char in DIRECTION_OVERRIDES or (unicodedata.category(char) == "Cc" and char not in but) for char in words
    )


def check_name(name: str) -> None:
    """Names are in any script and are shown as written, so what cannot be seen may not be in them."""
    if holds_unseen(name):
        raise ValidationError(_("A name may not hold control characters."), code="control_characters")
    if not any(char.isalpha() for char in name):
        raise ValidationError(_("A name needs at least one letter."), code="no_letter")


class UserManager(BaseUserManager["User"]):
    def create_user(self, email: str, password: str | None = None, **fields: Any) -> "User":
        """A person known by `email`; with no password they sign in by a code sent there."""
        user = self.model(email=email.strip().lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> "User":
        return self.create_user(email, password, is_staff=True, is_superuser=True, **fields)

    def known_as(self, email: str) -> "User | None":
        """The person with this address, whatever its case."""
        # Through the index that also holds addresses unique; `iexact` would read the whole table.
        return self.alias(address=Lower("email")).filter(address=email.strip().lower()).first()

    def get_by_natural_key(self, username: str | None) -> "User":
        """Raises User.DoesNotExist."""
        user = self.known_as(username or "")
        if user is None:
            raise self.model.DoesNotExist
        return user


class User(AbstractBaseUser, PermissionsMixin):
    """A person. The mail address is the name they sign in with; `name` is how they are shown, exactly as written."""

    email = models.EmailField(_("e-mail address"), max_length=254, unique=True)
    name = models.CharField(_("name"), max_length=200, blank=True, validators=[check_name])
    language = models.CharField(_("language"), max_length=10, choices=settings.LANGUAGES, blank=True)
    is_active = models.BooleanField(_("may sign in"), default=True)
    is_staff = models.BooleanField(_("may open the admin"), default=False)
    joined_at = models.DateTimeField(_("joined"), default=timezone.now, editable=False)

    objects: ClassVar[UserManager] = UserManager()

    EMAIL_FIELD = "email"
    USERNAME_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["name"]

    class Meta:
        verbose_name = _("person")
        verbose_name_plural = _("people")
        constraints = [models.UniqueConstraint(Lower("email"), name="email_once_whatever_case")]

    def __str__(self) -> str:
        return self.name or self.email


class SetupLink(models.Model):
    """A one-time address for the first organiser of an empty installation. Only a hash of its secret is kept."""

    token_hash = models.CharField(max_length=64, unique=True, editable=False)
    made_at = models.DateTimeField(_("made"), default=timezone.now, editable=False)
    used_at = models.DateTimeField(_("used"), null=True, editable=False)

    class Meta:
        verbose_name = _("set-up link")
        verbose_name_plural = _("set-up links")


class EntryPass(models.Model):
    """A link and a code that let one person in, once. Only hashes of them are kept; the newest pass's code counts.

    Mailed to their address, or given to them by a help desk that checked who they are: then the row is the record of
    who let them in, and why.
    """

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="entry_passes")
    # Theirs when it was made: a mail to an address that they have left lets nobody in.
    email = models.EmailField(_("e-mail address"), max_length=254, editable=False)
    token_hash = models.CharField(max_length=64, unique=True, editable=False)
    code_hash = models.CharField(max_length=64, editable=False)
    made_at = models.DateTimeField(_("made"), default=timezone.now, editable=False)
    expires_at = models.DateTimeField(_("good until"), editable=False)
    used_at = models.DateTimeField(_("used"), null=True, editable=False)
    # Of the code, right or wrong, from wherever; how many come from one network is counted in the cache.
    tries = models.PositiveSmallIntegerField(default=0, editable=False)
    issued_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, related_name="+", null=True, editable=False
    )
    # Of the help desk: how it knew who this is.
    words = models.CharField(_("identity checked by"), max_length=500, blank=True, editable=False)

    class Meta:
        verbose_name = _("entry pass")
        verbose_name_plural = _("entry passes")
