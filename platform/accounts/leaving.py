"""Leaving for good: the account ends, its address is free again, and what must stay is nobody's any more."""

import logging

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.contrib.admin.models import LogEntry
from django.contrib.contenttypes.models import ContentType
from django.utils.translation import gettext_lazy as _

from accounts.models import EntryPass, User
from accounts.signals import leaving
from mail.models import OutgoingMail
from outbox.changes import action, change_rights
from outbox.errors import WrongMove

logger = logging.getLogger(__name__)

# What the log of changes shows in place of a name. Not for pages: it is in English, like the rest of that log.
NAMELESS = "deleted person"


@action
def leave(*, by: User) -> None:
    """Ends one's own account for good. Whoever left already is left alone.

    The row stays, since others' work names it, without a name, with an address that nobody has; nobody signs in as it.
    Apps above do their part in `accounts.signals.leaving`. Raises WrongMove for somebody who runs this installation,
    and whatever a receiver refuses; then nothing has changed.
    """
    person = User.objects.select_for_update(no_key=True).get(pk=by.pk)
    if not person.is_active:
        return
    if person.is_staff or person.is_superuser:
        raise WrongMove(_("You run this installation. Hand that over to somebody else first."))
    leaving.send(sender=User, user=person)
    addresses = {person.email, *EmailAddress.objects.filter(user=person).values_list("email", flat=True)}
    for address in addresses:
        OutgoingMail.objects.filter(to=[address]).delete()
    for rows in (EmailAddress, Authenticator, EntryPass):
        rows.objects.filter(user=person).delete()
    for device in UserSession.objects.filter(user=person):
        device.end()
    of_user = ContentType.objects.get_for_model(User)
    LogEntry.objects.filter(content_type=of_user, object_id=str(person.pk)).update(object_repr=NAMELESS)
    person.name, person.language, person.is_active = "", "", False
    # The domain is reserved for names that lead nowhere (RFC 2606).
    person.email = f"deleted-{person.pk}@deleted.invalid"
    person.set_unusable_password()
    person.save(update_fields=["name", "language", "is_active", "email", "password"])
    change_rights(f"user.{person.pk}")
    logger.info("person %s left", person.pk)
