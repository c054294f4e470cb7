"""Reads that views and actions share."""

from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from conferences.models import Conference, Delegation, Membership, Role
from conferences.rules import Person, may_organise
from outbox.errors import NotAllowed, NotThere, SignInFirst


def conference_at(slug: str) -> Conference:
    """The conference at this short address; conferences are public. Raises NotThere."""
    conference = Conference.objects.filter(slug=slug).first()
    if conference is None:
        raise NotThere
    return conference


def organised(conference_id: int, by: Person, *, lock: bool = True) -> Conference:
    """The conference under its lock, for one of its organisers, in the caller's transaction.

    Without `lock` it is looked at only: people are locked before it. Raises NotThere, and NotAllowed for others.
    """
    conferences = Conference.objects.select_for_update(no_key=True) if lock else Conference.objects.all()
    conference = conferences.filter(pk=conference_id).first()
    if conference is None:
        raise NotThere
    if not may_organise(by, conference):
        raise NotAllowed
    return conference


def delegations_of(conference: Conference) -> QuerySet[Delegation]:
    """In their protocol order."""
    return conference.delegations.order_by("position", "pk")


def members_of(conference: Conference, *, role: str = "", words: str = "") -> QuerySet[Membership]:
    """Who takes part, by name; in one role, or with `words` in their name or address."""
    members = conference.memberships.select_related("user", "delegation").order_by("user__name", "pk")
    if role in Role.values:
        members = members.filter(role=role)
    # PostgreSQL knows no U+0000, which an address may hold as %00.
    for word in words.replace("\x00", " ").split():
        members = members.filter(Q(user__name__icontains=word) | Q(user__email__icontains=word))
    return members


def conference_to_organise(slug: str, user: Person) -> Conference:
    """The conference at this address, for its organisers' pages. Raises NotThere, SignInFirst, and NotAllowed."""
    conference = conference_at(slug)
    if not user.is_authenticated:
        raise SignInFirst
    if not may_organise(user, conference):
        raise NotAllowed(_("These pages are for the organisers of the conference."))
    return conference
