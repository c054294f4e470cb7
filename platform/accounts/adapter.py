"""Where allauth asks us: how a new person is written down, what mails say in which language, who is calling."""

import base64
from hashlib import sha256
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.models import EmailAddress
from allauth.core.internal.httpkit import get_client_ip
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from cryptography.fernet import Fernet, MultiFernet
from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser
from django.http import HttpRequest
from django.urls import reverse
from django.utils import translation
from django.utils.encoding import force_str
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.confirmation import Confirmation
from accounts.models import User
from mail.addresses import as_kept, check_mailbox


class AccountAdapter(DefaultAccountAdapter):
    error_messages = DefaultAccountAdapter.error_messages | {
        "account_inactive": _("This account is closed. Ask the organisers."),
        "duplicate_email": _("This is your address already."),
        "email_password_mismatch": _(
            "This address and password do not belong together. Try again, or have a code sent by mail."
        ),
        "email_taken": _("Somebody else uses this address."),
        "enter_current_password": _("This is not your current password."),
        "incorrect_code": _("This is not the code. Look at the newest mail, or at your app."),
        "incorrect_password": _("This is not your password."),
        "invalid_login": _("This did not work. Try again."),
        "invalid_password_reset": _("This is no longer valid. Ask for a new code."),
        "too_many_login_attempts": _(
            "Too many attempts. Wait five minutes, or sign in another way: by a code sent by mail, or a passkey."
        ),
        "rate_limited": _("That was too often. Wait a minute and try again."),
        "same_as_current": _("This is the address you have. Enter the new one."),
        "unverified_primary_email": _("Confirm your address first."),
    }

    def clean_email(self, email: str) -> str:
        email = as_kept(email)
        check_mailbox(email)
        return email

    def save_user(self, request: HttpRequest, user: Any, form: Any, commit: bool = True) -> AbstractBaseUser:
        user.name = form.cleaned_data["name"]
        user.language = translation.get_language() or ""
        return super().save_user(request, user, form, commit)

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Writes in the language of whoever reads it, which need not be that of the page."""
        person = context.get("user") or User.objects.known_as(email)
        language = getattr(person, "language", "") or translation.get_language()
        with translation.override(language):
            super().send_mail(template_prefix, email, context)

    def send_confirmation_mail(self, request: HttpRequest, emailconfirmation: Any, signup: bool) -> None:
        address: EmailAddress = emailconfirmation.email_address
        path = reverse("accounts:confirm_address", args=[Confirmation.of(address).key])
        template = "account/email/email_confirmation_signup" if signup else "account/email/email_confirmation"
        self.send_mail(
            template,
            address.email,
            {
                "user": address.user,
                "code": emailconfirmation.key,
                "link": request.build_absolute_uri(path),
            },
        )

    def send_account_already_exists_mail(self, email: str) -> None:
        code_path = reverse("account_request_login_code")
        link = self.request.build_absolute_uri(code_path)
        self.send_mail("account/email/account_already_exists", email, {"link": link})

    def get_client_ip(self, request: HttpRequest) -> str:
        """Whoever cannot be told apart shares one address, with one generous limit, rather than being turned away."""
        return get_client_ip(request) or "::"

    def get_password_change_redirect_url(self, request: HttpRequest) -> str:
        return reverse("accounts:profile")

    def get_email_verification_redirect_url(self, email_address: EmailAddress) -> str:
        return reverse("accounts:profile" if self.request.user.is_authenticated else "account_login")


class MFAAdapter(DefaultMFAAdapter):
    error_messages = DefaultMFAAdapter.error_messages | {
        "cannot_delete_authenticator": _("This cannot be turned off."),
        "cannot_generate_recovery_codes": _("Recovery codes need an authenticator app or a passkey first."),
        "incorrect_code": _("This is not the code. Look at the newest one in your app."),
        "unverified_email": _("Confirm your e-mail address first."),
    }

    def encrypt(self, text: str) -> str:
        """Authenticator secrets are not readable in a copy of the database alone."""
        return _safe().encrypt(text.encode()).decode()

    def decrypt(self, encrypted_text: str) -> str:
        return _safe().decrypt(encrypted_text.encode()).decode()

    def generate_authenticator_name(self, user: AbstractBaseUser, type: Authenticator.Type) -> str:
        number = Authenticator.objects.filter(user_id=user.pk, type=type).count() + 1
        return gettext("Passkey %(number)s") % {"number": number}

    def get_public_key_credential_rp_entity(self) -> dict[str, str]:
        return super().get_public_key_credential_rp_entity() | {"name": settings.MFA_TOTP_ISSUER}


def _safe() -> MultiFernet:
    # The first key locks; those of a secret that was replaced still open.
    secrets = [force_str(secret) for secret in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)]
    keys = [sha256(f"accounts.authenticators {secret}".encode()).digest() for secret in secrets]
    return MultiFernet([Fernet(base64.urlsafe_b64encode(key)) for key in keys])
