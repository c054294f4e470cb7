"""The verbs of accounts. Signing in and up, passwords and second factors are allauth's."""

import logging
import secrets

from allauth.account.models import EmailAddress
from django.conf import settings
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import SetupLink, User, check_name
from accounts.rules import hash_of, is_set_up, may_change_standing
from outbox.changes import action, change_rights
from outbox.errors import Invalid, NotAllowed, NotThere, WrongMove

logger = logging.getLogger(__name__)


def ensure_person(email: str, name: str, *, by: User | None) -> User:
    """The person with this address, made if there is none: then with no password, to sign in by a mailed code.

    The address counts whatever its case; a person who exists keeps the name they gave themselves. Two calls at once
    yield one person. `by` is whoever invites, or None for a loader. Raises Invalid.
    """
    email, name = _checked_email(email), _checked_name(name)
    if person := User.objects.known_as(email):
        return person
    try:
        with transaction.atomic():
            person = User.objects.create_user(email, name=name)
    except IntegrityError:
        # Somebody made the same person in the meantime; the unique index waited for their commit.
        return User.objects.get_by_natural_key(email)
    logger.info("person %s was made by %s", person.pk, by.pk if by else "a loader")
    return person


@transaction.atomic
def change_profile(*, name: str, language: str, by: User) -> User:
    """Sets one's own name, as it is to be shown, and language (a code of settings.LANGUAGES, or "" for the browser's).

    Raises Invalid.
    """
    if language and language not in dict(settings.LANGUAGES):
        raise Invalid(fields={"language": _("This language is not offered.")})
    person = User.objects.select_for_update(no_key=True).get(pk=by.pk)
    person.name, person.language = _checked_name(name), language
    person.save(update_fields=["name", "language"])
    return person


def choose_language(language: str, *, by: User) -> None:
    """Remembers the language that a signed-in person switched to; one that is not offered is passed over."""
    if language in dict(settings.LANGUAGES):
        User.objects.filter(pk=by.pk).exclude(language=language).update(language=language)


@action
def change_standing(person_id: int, *, is_active: bool, is_staff: bool, is_superuser: bool, by: User) -> User:
    """Lets a person sign in or bars them, and opens the admin to them or closes it. Their open pages learn it at once.

    Raises NotThere, NotAllowed, and WrongMove for one's own account: nobody locks themselves out.
    """
    if not may_change_standing(by):
        raise NotAllowed
    person = User.objects.select_for_update(no_key=True).filter(pk=person_id).first()
    if person is None:
        raise NotThere
    if (person.is_active, person.is_staff, person.is_superuser) == (is_active, is_staff, is_superuser):
        return person
    if person.pk == by.pk:
        raise WrongMove(_("You cannot change your own standing. Ask another administrator."))
    person.is_active, person.is_staff, person.is_superuser = is_active, is_staff, is_superuser
    person.save(update_fields=["is_active", "is_staff", "is_superuser"])
    change_rights(f"user.{person.pk}")
    return person


def drop_unproved_password(*, of: User) -> None:
    """Forgets a password that was set before anybody showed the address to be theirs.

    Whoever signed up with somebody else's address must not be let in by it once its owner is; an owner who set it
    signs in by a code and chooses another.
    """
    if of.has_usable_password():
        of.set_unusable_password()
        of.save(update_fields=["password"])


@action
def end_live_pages(*, of: User) -> None:
    """Closes the sockets of a person who signed out or whose password changed; pages that may come back do so."""
    change_rights(f"user.{of.pk}")


@transaction.atomic
def make_setup_link() -> str:
    """The secret of a fresh set-up link; earlier ones end. Raises WrongMove if somebody runs this installation."""
    if is_set_up():
        raise WrongMove(_("This installation has an organiser already: sign in instead."))
    SetupLink.objects.filter(used_at=None).delete()
    token = secrets.token_urlsafe(32)
    SetupLink.objects.create(token_hash=hash_of(token))
    return token


@transaction.atomic
def set_up(token: str, *, name: str, email: str, password: str) -> User:
    """Makes the first organiser: may create conferences and open the admin, with an address that counts as verified.

    One call wins, ever. Raises WrongMove for a link that is used, replaced or wrong, and Invalid.
    """
    email, name = _checked_email(email), _checked_name(name)
    # All links, not only this one: two people with two links must not both be first.
    links = {link.token_hash: link for link in SetupLink.objects.select_for_update(no_key=True).order_by("pk")}
    link = links.get(hash_of(token))
    if link is None or link.used_at or is_set_up():
        raise WrongMove(_("This set-up link was used already, or a newer one was made."))
    if User.objects.known_as(email):
        raise Invalid(fields={"email": _("Somebody has an account with this address. Choose another.")})
    try:
        validate_password(password, User(email=email, name=name))
    except ValidationError as error:
        raise Invalid(fields={"password": " ".join(error.messages)}) from error
    organiser = User.objects.create_superuser(email, password, name=name)
    EmailAddress.objects.create(user=organiser, email=email, verified=True, primary=True)
    link.used_at = timezone.now()
    link.save(update_fields=["used_at"])
    return organiser


@transaction.atomic
def demo_person(email: str, name: str, password: str, *, language: str = "") -> User:
    """A person of the demonstration who can sign in by password at once. Made again, they get the password anew.

    Raises NotAllowed outside the demonstration, and Invalid.
    """
    if not settings.DEMO:
        raise NotAllowed(_("Demo people exist in the demonstration only."))
    person = ensure_person(email, name, by=None)
    person.language = language
    person.set_password(password)
    person.save(update_fields=["language", "password"])
    EmailAddress.objects.update_or_create(user=person, email=person.email, defaults={"verified": True, "primary": True})
    return person


def _checked_email(email: str) -> str:
    email = email.strip().lower()
    try:
        validate_email(email)
    except ValidationError as error:
        raise Invalid(fields={"email": " ".join(error.messages)}) from error
    return email


def _checked_name(name: str) -> str:
    name = name.strip()
    try:
        check_name(name)
    except ValidationError as error:
        raise Invalid(fields={"name": " ".join(error.messages)}) from error
    if len(name) > 200:
        raise Invalid(fields={"name": _("A name has at most 200 characters.")})
    return name
