"""Whether it was shown lately who sits at the device: asked before what cannot be undone."""

import time

from allauth.account import app_settings
from allauth.account.adapter import get_adapter
from allauth.account.internal.flows.login import get_authentication_records, record_authentication
from allauth.account.internal.flows.reauthentication import get_reauthentication_flows
from django.http import HttpRequest

from accounts.actions import enter_by_code, issue_entry
from accounts.models import User
from outbox.errors import Invalid


def is_fresh(request: HttpRequest) -> bool:
    """Whether this person signed in, or showed again that it is them, in the last minutes on this device."""
    if not isinstance(request.user, User):
        return False
    records = get_authentication_records(request, request.user)
    return bool(records) and time.time() - records[-1]["at"] < app_settings.REAUTHENTICATION_TIMEOUT


def has_other_ways(person: User) -> bool:
    """Whether there is a password, a passkey or an app to show it by; whoever has none types a mailed code."""
    return bool(get_reauthentication_flows(person))


def mail_code(person: User) -> None:
    _token, code = issue_entry(person)
    get_adapter().send_mail("account/email/login_code", person.email, {"user": person, "code": code})


def show_by_code(request: HttpRequest, code: str) -> None:
    """Raises Invalid where this is not the code that was mailed to whoever is signed in."""
    person = request.user
    if not isinstance(person, User) or enter_by_code(person.email, code).pk != person.pk:
        raise Invalid
    record_authentication(request, person, method="code", email=person.email, reauthenticated=True)
