"""What a delegation may do when, and what it has: sentences and reads that its actions and pages share."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from conferences.models import Conference, Delegation, Rank
from conferences.queries import delegations_of
from conferences.rules import Person
from outbox.errors import NotThere, WrongMove
from registration.models import (
    ACTIVE,
    OF_A_DELEGATION,
    Application,
    Attendance,
    Capacity,
    Category,
    Phases,
    Quota,
)
from registration.rules import may_decide, represents

# As what people come with a delegation; the press and the public come by themselves.
WITH_A_DELEGATION = (*OF_A_DELEGATION, Capacity.OBSERVER, Capacity.INTERPRETER, Capacity.STAFF)


@dataclass(frozen=True, slots=True)
class Phase:
    """A time within which a delegation may do something. An end that is None is open. Aware moments."""

    opens_at: datetime | None = None
    closes_at: datetime | None = None

    def is_to_come(self, now: datetime) -> bool:
        return self.opens_at is not None and now < self.opens_at

    def is_over(self, now: datetime) -> bool:
        return self.closes_at is not None and self.closes_at <= now

    def is_open(self, now: datetime) -> bool:
        return not self.is_to_come(now) and not self.is_over(now)


@dataclass(frozen=True, slots=True)
class Calendar:
    """The two phases of a conference: delegations name their members, then they confirm who comes."""

    nomination: Phase
    confirmation: Phase

    @property
    def substitution(self) -> Phase:
        """Somebody may be replaced from when members are named until it is confirmed who comes."""
        return Phase(self.nomination.opens_at, self.confirmation.closes_at)


def calendar_of(conference_id: int) -> Calendar:
    """The conference's phases; without any, everything is open."""
    phases = Phases.objects.filter(pk=conference_id).first() or Phases()
    return Calendar(
        Phase(phases.nomination_opens_at, phases.nomination_closes_at),
        Phase(phases.confirmation_opens_at, phases.confirmation_closes_at),
    )


def check_nomination(conference_id: int) -> None:
    """Raises WrongMove, in words for a focal point, where members cannot be named now."""
    phase, now = calendar_of(conference_id).nomination, timezone.now()
    if phase.is_to_come(now):
        raise WrongMove(_("Nomination has not opened yet."))
    if phase.is_over(now):
        raise WrongMove(
            _("Nomination is closed. You may still replace a member; for anything else ask the secretariat.")
        )


def check_substitution(conference_id: int) -> None:
    """Raises WrongMove, in words for a focal point, where members cannot be replaced now."""
    phase, now = calendar_of(conference_id).substitution, timezone.now()
    if phase.is_to_come(now):
        raise WrongMove(_("Nomination has not opened yet."))
    if phase.is_over(now):
        raise WrongMove(_("It is confirmed who comes, so only the secretariat can change it. Write to them."))


def check_confirmation(conference_id: int) -> None:
    """Raises WrongMove, in words for a focal point, where it cannot be confirmed now who comes."""
    phase, now = calendar_of(conference_id).confirmation, timezone.now()
    if phase.is_to_come(now):
        raise WrongMove(_("Confirmation has not opened yet."))
    if phase.is_over(now):
        raise WrongMove(_("Confirmation is closed. Ask the secretariat."))


# Whose delegation it is


def delegation_for(delegation_id: int, by: Person) -> Delegation:
    """The delegation, for its focal points and the secretariat. Raises NotThere for everybody else."""
    delegation = Delegation.objects.select_related("conference").filter(pk=delegation_id).first()
    if delegation is None or not (may_decide(by, delegation.conference) or represents(by, delegation.pk)):
        raise NotThere
    return delegation


def delegations_for(conference: Conference, by: Person) -> QuerySet[Delegation]:
    """In protocol order: all for the secretariat, for a focal point their own."""
    return delegations_of(conference) if may_decide(by, conference) else represented_by(by, conference)


def represented_by(user: Person, conference: Conference) -> QuerySet[Delegation]:
    """The delegations whose focal point this person is, in protocol order."""
    return delegations_of(conference).filter(focal_points__user_id=user.pk or 0)


# What it has


def members_by_rank(delegation: Delegation) -> list[Application]:
    """Everybody who stands registered: the head, the alternates, then by rank; those who come with them last."""
    standing = delegation.applications.filter(status__in=ACTIVE).select_related("category", "user", "conference")

    def protocol(application: Application) -> tuple[int, int, int]:
        capacity = Capacity(application.category.capacity)
        place = OF_A_DELEGATION.index(capacity) if capacity in OF_A_DELEGATION else len(OF_A_DELEGATION)
        return place, application.rank, application.pk

    return sorted(standing, key=protocol)


def led(delegation_ids: Iterable[int | None]) -> set[int]:
    """Which of these delegations have a head who stands registered."""
    heads = Application.objects.filter(
        delegation_id__in={pk for pk in delegation_ids if pk is not None},
        category__capacity=Capacity.HEAD,
        status__in=ACTIVE,
    )
    return {pk for pk in heads.values_list("delegation_id", flat=True) if pk is not None}


def ranks_of_heads(delegations: Iterable[Delegation]) -> dict[int, int]:
    """The Rank of the head of each delegation that has one, by the delegation's number: what orders them by rank."""
    heads = Application.objects.filter(
        delegation__in=list(delegations), category__capacity=Capacity.HEAD, status__in=ACTIVE
    ).exclude(rank=Rank.NONE)
    return {pk: rank for pk, rank in heads.values_list("delegation_id", "rank") if pk is not None}


def places_of(delegation: Delegation) -> dict[str, Quota | None]:
    """Its quota by attendance; None where it has no size of its own."""
    found = {quota.attendance: quota for quota in Quota.objects.filter(delegation=delegation).exclude(size=None)}
    return {attendance: found.get(attendance) for attendance in Attendance.values}


def categories_for(delegation: Delegation) -> QuerySet[Category]:
    """As what a focal point may register somebody: who comes with a delegation, on the public page or not."""
    return Category.objects.filter(conference_id=delegation.conference_id, capacity__in=WITH_A_DELEGATION)
