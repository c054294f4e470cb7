"""The verbs of accounts. Signing in and up, passwords and second factors are allauth's."""

import logging
import secrets
from collections.abc import Collection, Mapping

from allauth.account.models import EmailAddress
from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import F
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.crypto import constant_time_compare
from django.utils.translation import gettext_lazy as _

from accounts.entry import (
    BY_DESK_FOR,
    MAILED_FOR,
    MOST_TRIES_IN_ALL,
    hash_of_code,
    may_try_from,
    new_code,
    new_token,
)
from accounts.models import EntryPass, SetupLink, User, check_name
from accounts.rules import hash_of, is_set_up, lets_in, may_change_standing
from mail.addresses import as_kept, check_mailbox
from outbox.changes import action, change_rights
from outbox.errors import Invalid, NotAllowed, NotThere, Refusal, WrongMove

logger = logging.getLogger(__name__)


class EntryEnded(Refusal):
    """The link of an entry pass was used, is too old, or never was one: the three read alike."""

    code = "entry_ended"
    status = 410
    words = _("This link no longer works. Have a new code sent to your address.")


@transaction.atomic
def ensure_person(email: str, name: str, *, by: User | None) -> User:
    """The person with this address, made if there is none: then with no password, to sign in by a mailed code.

    The address counts whatever its case; a person who exists keeps the name they have, if they have one. They are under
    their lock, so that they leave for good before the caller's transaction or after it; call it before the conference
    is locked. Two calls at once yield one person. `by` is whoever invites, or None for a loader. Raises Invalid.
    """
    email, name = _checked_email(email), _checked_name(name)
    if person := _held([email]).get(email):
        if not person.is_active:
            raise Invalid(fields={"email": _("This account is closed. Ask the organisers.")})
        give_name(person, name)
        return person
    try:
        with transaction.atomic():
            person = User.objects.create_user(email, name=name)
    except IntegrityError:
        # Somebody made the same person in the meantime; the unique index waited for their commit.
        return User.objects.get_by_natural_key(email)
    logger.info("person %s was made by %s", person.pk, by.pk if by else "a loader")
    return person


def give_name(person: User, name: str) -> None:
    """Calls somebody so whom nobody has named yet, but a stranger who typed their address into a form."""
    if not person.name and User.objects.filter(pk=person.pk, name="").update(name=name):
        person.name = name


def ensure_people(names: Mapping[str, str], *, by: User | None) -> tuple[dict[str, User], set[int]]:
    """As `ensure_person` for many in three statements: `names` by address; the people by the same addresses.

    With them the numbers of those who were there before, of whom alone something may be known. They are under their
    locks, so that none of them leaves for good before the caller's transaction ends; an address that somebody left
    while this waited is a new person's. A name may be "" for whoever is to be named later (`give_name`); of those who
    exist it is not looked at. Raises Invalid where one of them cannot be.
    """
    checked = {_checked_email(email): _checked_name(name) if name else "" for email, name in names.items()}
    people = _held(checked)
    known = {person.pk for person in people.values()}
    # In one order, so that two lists with the same strangers do not wait for each other crosswise.
    strangers = [
        User(email=email, name=name, password=make_password(None))
        for email, name in sorted(checked.items())
        if email not in people
    ]
    if strangers:
        # Of somebody who was made by others in the meantime this changes nothing, and says who they are.
        made = User.objects.bulk_create(
            strangers, update_conflicts=True, unique_fields=["email"], update_fields=["email"]
        )
        people |= {person.email: person for person in made}
        logger.info("%s people were made by %s", len(strangers), by.pk if by else "a loader")
    return {email: people[_checked_email(email)] for email in names}, known


def _held(emails: Collection[str]) -> dict[str, User]:
    """Who has these addresses, by address, each under their lock; in one order, as whoever leaves locks themselves."""
    known = User.objects.alias(address=Lower("email")).filter(address__in=list(emails))
    return {person.email.lower(): person for person in known.select_for_update(no_key=True).order_by("pk")}


def hold_person(person: User) -> User:
    """This person as they are now, under their lock; whoever left for good meanwhile is not active any more."""
    return User.objects.select_for_update(no_key=True).get(pk=person.pk)


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


def issue_entry(person: User, *, by: User | None = None, words: str = "") -> tuple[str, str]:
    """A link's token and a code that let this person in once: for seven days by mail, for 15 minutes from a help desk.

    `by` is whoever checked at a help desk who this is, and `words` how; the caller has asked whether they may. It is
    written down and logged. The code counts until a newer one is made, the link as long as it is good. Raises
    Invalid, and NotAllowed for somebody who runs this installation or may not sign in.
    """
    if by is not None:
        words = words.strip()
        if person.is_staff or not person.is_active:
            raise NotAllowed(_("This person cannot be let in by a help desk."))
        if not words or len(words) > 500:
            raise Invalid(fields={"words": _("Write how you know who this is, in at most 500 characters.")})
    token, code, now = new_token(), new_code(), timezone.now()
    EntryPass.objects.create(
        user=person,
        email=person.email,
        token_hash=hash_of(token),
        code_hash=hash_of_code(code, email=person.email),
        made_at=now,
        expires_at=now + (MAILED_FOR if by is None else BY_DESK_FOR),
        issued_by=by,
        words=words,
    )
    if by is not None:
        logger.info("person %s gave person %s an entry pass: %s", by.pk, person.pk, words)
    return token, code


def enter_by_link(token: str) -> User:
    """Whom the link lets in; it lets in nobody else from now on. Raises EntryEnded."""
    entry = EntryPass.objects.select_related("user").filter(token_hash=hash_of(token)).first()
    if entry is None or not lets_in(entry) or not _use(entry):
        raise EntryEnded
    return entry.user


def enter_by_code(email: str, code: str, *, address: str = "") -> User:
    """Whom the code lets in, which is used up by it. To be called outside a transaction: a wrong try is to be counted.

    `address` is that of whoever asks: a few tries are let from its network, and not many more from all of them. Raises
    Invalid, in the same words whatever is wrong: who has an account here is nobody's business.
    """
    wrong = Invalid(fields={"code": _("This is not the code, or it no longer counts. Look at the newest mail.")})
    email = as_kept(email)
    typed = hash_of_code(code, email=email)
    entry = EntryPass.objects.select_related("user").filter(user__email=email, expires_at__gt=timezone.now()).last()
    if entry is None or not lets_in(entry):
        raise wrong
    # Counted before it is looked at, so that many at once are no more than a few either. A network that has had its
    # tries uses up none of those in all.
    if not may_try_from(address, token_hash=entry.token_hash):
        raise wrong
    counted = EntryPass.objects.filter(pk=entry.pk, tries__lt=MOST_TRIES_IN_ALL).update(tries=F("tries") + 1)
    if not counted or not constant_time_compare(typed, entry.code_hash) or not _use(entry):
        raise wrong
    return entry.user


def _use(entry: EntryPass) -> bool:
    """Of two that come at once, one is let in."""
    return EntryPass.objects.filter(pk=entry.pk, used_at=None).update(used_at=timezone.now()) == 1


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
    email = as_kept(email)
    try:
        check_mailbox(email)
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
