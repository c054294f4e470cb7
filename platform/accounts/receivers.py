"""What accounts does when allauth or the language switch tells of something."""

from typing import Any

from allauth.account.models import EmailAddress
from allauth.account.signals import (
    authentication_step_completed,
    email_confirmed,
    password_changed,
    password_reset,
    password_set,
    user_logged_in,
)
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib.auth.signals import user_logged_out
from django.db.models.signals import post_delete
from django.dispatch import receiver
from django.http import HttpRequest, HttpResponse

from accounts.actions import choose_language, drop_unproved_password, end_live_pages
from accounts.models import User
from accounts.signals import address_shown
from web.signals import language_chosen


@receiver(authentication_step_completed)
def know_the_address_a_code_came_to(user: User, method: str, email: str | None = None, **kwargs: Any) -> None:
    """An invited person has no address row before the first code; with one, the code itself verifies the address."""
    if method != "code" or email != user.email:
        return
    address, _made = EmailAddress.objects.get_or_create(user=user, email=email, defaults={"primary": True})
    if not address.verified:
        drop_unproved_password(of=user)
    address_shown.send(sender=User, user=user)


@receiver(email_confirmed)
def tell_whose_address_it_is(email_address: EmailAddress, **kwargs: Any) -> None:
    if email_address.email == email_address.user.email:
        address_shown.send(sender=User, user=email_address.user)


@receiver(user_logged_in)
def speak_the_language_chosen_before(user: User, response: HttpResponse | None = None, **kwargs: Any) -> None:
    if user.language and response is not None:
        response.set_cookie(
            settings.LANGUAGE_COOKIE_NAME,
            user.language,
            max_age=365 * 24 * 3600,
            secure=settings.HTTPS,
            httponly=True,
            samesite="Lax",
        )


@receiver(language_chosen)
def remember_the_language(user: User, language: str, **kwargs: Any) -> None:
    choose_language(language, by=user)


@receiver([password_changed, password_reset, password_set])
def close_the_live_pages(user: User, **kwargs: Any) -> None:
    end_live_pages(of=user)


@receiver(user_logged_out)
def sign_out_of_live_pages(user: User | None = None, request: HttpRequest | None = None, **kwargs: Any) -> None:
    # Nobody is signed out when a stranger asks for it.
    if user is None:
        return
    if request is not None and request.session.session_key:
        # Django ends the browser's session after it has told of it, and a page is back before that.
        request.session.delete(request.session.session_key)
    end_live_pages(of=user)


@receiver(post_delete, sender=UserSession)
def close_the_live_pages_of_a_device(instance: UserSession, **kwargs: Any) -> None:
    """Signed out from elsewhere: its session has ended by now."""
    end_live_pages(of=instance.user)
