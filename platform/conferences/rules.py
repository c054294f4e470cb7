"""Who may do what in a conference as a whole. Pure sentences: they read, they never write."""

from django.contrib.auth.models import AbstractBaseUser, AnonymousUser

from conferences.models import Conference, Delegation, Membership, Role
from outbox.once import once

Person = AbstractBaseUser | AnonymousUser


def membership_of(user: Person, conference_id: int) -> Membership | None:
    """How this person takes part, or None for a public viewer."""
    if not user.is_authenticated or not user.is_active:
        return None
    theirs = Membership.objects.filter(conference_id=conference_id, user_id=user.pk).select_related("delegation")
    return once(("membership", user.pk, conference_id), theirs.first)


def is_organiser(user: Person, conference_id: int) -> bool:
    membership = membership_of(user, conference_id)
    return membership is not None and membership.role == Role.ORGANISER


def is_registered(user: Person, conference_id: int) -> bool:
    return membership_of(user, conference_id) is not None


def is_delegate(user: Person, conference_id: int) -> bool:
    """Whether this person belongs to a delegation, in whatever role."""
    membership = membership_of(user, conference_id)
    return membership is not None and membership.delegation_id is not None


def is_public_viewer(user: Person, conference_id: int) -> bool:
    return not is_registered(user, conference_id)


def may_organise(user: Person, conference: Conference) -> bool:
    return is_organiser(user, conference.pk)


def may_create_conferences(user: Person) -> bool:
    """Whoever runs this installation (the set-up link made the first one), or organises a conference on it."""
    if not user.is_authenticated or not user.is_active:
        return False
    return (
        bool(getattr(user, "is_staff", False))
        or Membership.objects.filter(user_id=user.pk, role=Role.ORGANISER).exists()
    )


def speaks_for(user: Person, conference_id: int) -> Delegation | None:
    """The delegation in whose name this person may ask and speak, if any."""
    membership = membership_of(user, conference_id)
    return membership.delegation if membership and membership.may_speak_for else None
