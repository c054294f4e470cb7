"""What the focal points of a delegation are told of its members: by mail, in their language.

It is they who tell a member without an address, so they hear of every decision that they did not take themselves.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from django.db import transaction
from django.urls import reverse

from conferences.letters import send_letter
from conferences.rules import Person
from registration.models import Application, FocalPoint, Status

# What is only kept is nobody's business yet.
UNTOLD = (Status.DRAFT,)


@dataclass(frozen=True, slots=True)
class Told:
    """A member in a letter to a focal point; `gets_mail` false where only the focal point can tell them."""

    application: Application
    gets_mail: bool


@transaction.atomic
def tell_focal_points_of(applications: Sequence[Application], *, by: Person) -> int:
    """One letter to each focal point for all of these that were decided on together. Returns how many letters left."""
    return write_to_focal_points(applications, by=by)


def write_to_focal_points(applications: Sequence[Application], *, by: Person) -> int:
    """As `tell_focal_points_of`, in the caller's transaction."""
    decided: dict[int, list[Application]] = defaultdict(list)
    for application in applications:
        if application.delegation_id is not None and application.status not in UNTOLD:
            decided[application.delegation_id].append(application)
    if not decided:
        return 0
    focal_points = (
        FocalPoint.objects.filter(delegation__in=decided, user__is_active=True)
        .exclude(user_id=by.pk or 0)
        .select_related("user", "delegation__conference")
        .order_by("pk")
    )
    letters = 0
    for focal_point in focal_points:
        # Who is a member too has a letter of their own about themselves.
        members = [
            Told(application, gets_mail=application.user_id is not None)
            for application in decided[focal_point.delegation_id]
            if application.user_id != focal_point.user_id
        ]
        if members:
            _write(focal_point, members)
            letters += 1
    return letters


def _write(focal_point: FocalPoint, members: list[Told]) -> None:
    delegation = focal_point.delegation
    send_letter(
        focal_point.user,
        delegation.conference,
        "registration/mail/members_decided",
        leads_to=reverse("registration:delegation", args=[delegation.conference.slug, delegation.pk]),
        delegation=delegation,
        members=members,
    )


def told_of(application: Application) -> list[FocalPoint]:
    """The focal points who hear of a decision about this member."""
    if application.delegation_id is None:
        return []
    found = FocalPoint.objects.filter(delegation=application.delegation_id, user__is_active=True)
    return list(found.exclude(user=application.user_id).select_related("user").order_by("pk"))
