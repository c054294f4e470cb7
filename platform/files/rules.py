"""Who may read an upload: whoever the guard of its purpose lets."""

from django.contrib.auth.models import AbstractBaseUser, AnonymousUser

from files.models import Upload
from files.registry import guard_of


def may_read(user: AbstractBaseUser | AnonymousUser, upload: Upload) -> bool:
    return guard_of(upload.purpose)(user, upload)
