"""What `manage.py check --deploy` says about mail."""

from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Tags, Warning, register


@register(Tags.security, deploy=True)
def check_that_mail_leaves(**kwargs: Any) -> list[CheckMessage]:
    """Warns of an installation in earnest whose mails, with their codes, end in its own log."""
    if settings.DEMO or settings.MAIL_DELIVERY_BACKEND != "mail.backends.ConsoleBackend":
        return []
    return [
        Warning(
            "Mails are printed to the console, with the sign-in codes in them.",
            hint="Set EMAIL_HOST (and EMAIL_PORT, EMAIL_HOST_USER, EMAIL_HOST_PASSWORD, EMAIL_USE_TLS).",
            id="mail.W001",
        )
    ]
