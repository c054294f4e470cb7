"""The link beside the code in a mail that asks whether an address is somebody's own.

Mail scanners open links, so opening it changes nothing: the page it leads to has a button that confirms. It works in
any browser, which the code does not: mail is often read on another device.
"""

from dataclasses import dataclass

from allauth.account.adapter import get_adapter
from allauth.account.models import EmailAddress
from django.conf import settings
from django.core import signing
from django.http import HttpRequest

SALT = "accounts.confirmation"


@dataclass(frozen=True)
class Confirmation:
    """An address that a person wants to be known by: at sign-up their only one, later one not yet written down."""

    user_id: int
    email: str

    @classmethod
    def of(cls, address: EmailAddress) -> "Confirmation":
        return cls(address.user_id, address.email)

    @classmethod
    def read(cls, key: str) -> "Confirmation | None":
        """The confirmation that `key` stands for, or None when it is forged or as old as the code beside it."""
        try:
            user_id, email = signing.loads(key, salt=SALT, max_age=settings.ACCOUNT_EMAIL_VERIFICATION_BY_CODE_TIMEOUT)
        except signing.BadSignature:
            return None
        return cls(user_id, email)

    @property
    def key(self) -> str:
        return signing.dumps([self.user_id, self.email], salt=SALT)

    def is_wanted(self) -> bool:
        """Whether it still changes anything: the person exists and no one, they included, has verified the address."""
        from accounts.models import User  # noqa: PLC0415  the adapter, which models are read through, imports this

        taken = EmailAddress.objects.filter(email=self.email, verified=True).exists()
        return not taken and User.objects.filter(pk=self.user_id, is_active=True).exists()

    def confirm(self, request: HttpRequest) -> EmailAddress | None:
        """Verifies the address (allauth calls this); None if somebody else was quicker."""
        if not self.is_wanted():
            return None
        address = EmailAddress.objects.filter(user_id=self.user_id, email=self.email).first()
        address = address or EmailAddress(user_id=self.user_id, email=self.email)
        return address if get_adapter(request).confirm_email(request, address) else None
