"""Reads of people that other apps share."""

from importlib import import_module

from django.conf import settings
from django.contrib.auth import get_user
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest

from accounts.models import User
from accounts.rules import Person


def person(user_id: int | None) -> Person:
    """The person as they are now, or nobody in particular where they are gone or may not sign in."""
    found = User.objects.filter(pk=user_id, is_active=True).first() if user_id is not None else None
    return found or AnonymousUser()


def person_of_browser(session_key: str) -> tuple[int | None, str]:
    """Whom a browser's session names now, and the language they chose; (None, "") for whoever did not sign in.

    The session is checked as for any page: it has not ended, and the password is still the one it began with.
    """
    if not session_key:
        return None, ""
    request = HttpRequest()
    request.session = import_module(settings.SESSION_ENGINE).SessionStore(session_key)
    user = get_user(request)
    if not user.is_authenticated or not user.is_active:
        return None, ""
    return int(user.pk), getattr(user, "language", "")
