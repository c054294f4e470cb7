"""Adding thousands of plausible participants, as a background job: for rehearsals, and to see a full house."""

from collections.abc import Mapping
from random import Random
from typing import Any

from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from conferences.invented_names import NAMINGS, invented_name
from conferences.models import Conference, Delegation, Membership, Role, Sector
from conferences.signals import populated
from jobs.errors import HopelessError
from jobs.models import Job
from jobs.registry import Progress, register_kind

KIND = "populate"
CHUNK = 250
MOST = 50_000
# Of each hundred people, those who come with a delegation; and how many of a delegation may speak for it.
DELEGATES_IN_100 = 12
SPEAKERS_OF_DELEGATION = 2
# How the others divide, as at conferences that were open online.
SECTORS = {
    Sector.GOVERNMENT: 22,
    Sector.DIPLOMATIC_CORPS: 9,
    Sector.CIVIL_SOCIETY: 13,
    Sector.ACADEMIA: 24,
    Sector.PRIVATE_SECTOR: 12,
    Sector.MEDIA: 6,
    Sector.PUBLIC: 14,
}


def populate(arguments: Mapping[str, Any], progress: Progress) -> Mapping[str, Any]:
    """Brings the invented participants of `conference` (a short address) up to `people`.

    Number 17 is the same person each time, so an attempt that died halfway is simply continued, and asking again
    for as many adds nobody. None of them has a password or a real address. Raises HopelessError.
    """
    people = int(arguments["people"])
    conference = Conference.objects.filter(slug=arguments["conference"]).first()
    if conference is None:
        raise HopelessError(_("There is no conference at this short address."))
    delegations = list(conference.delegations.order_by("position", "pk"))
    added = 0
    for first in range(1, people + 1, CHUNK):
        progress(first - 1, people)
        added += _add(conference, delegations, range(first, min(first + CHUNK, people + 1)))
    progress(people, people)
    populated.send(populate, conference=conference)
    return {"people": people, "added": added}


@transaction.atomic
def _add(conference: Conference, delegations: list[Delegation], numbers: range) -> int:
    """One chunk, in one short transaction: nobody waits for it long, and a killed worker loses this much at most."""
    # No secrets: the same number is to be the same person each time.
    dice = {number: Random(f"{conference.slug} {number}") for number in numbers}  # noqa: S311
    seats = {number: _delegation(number, delegations) for number in numbers}
    users = {number: _person(conference, number, seats[number], dice[number]) for number in numbers}
    User.objects.bulk_create(users.values(), ignore_conflicts=True)
    ids = dict(User.objects.filter(email__in=[user.email for user in users.values()]).values_list("email", "pk"))
    there = set(conference.memberships.filter(user__in=ids.values()).values_list("user_id", flat=True))
    rows = []
    for number, user in users.items():
        if ids[user.email] not in there:
            rows.append(_membership(number, seats[number], len(delegations), dice[number]))
            rows[-1].conference, rows[-1].user_id = conference, ids[user.email]
    Membership.objects.bulk_create(rows)
    return len(rows)


def _address(conference: Conference, number: int) -> str:
    # RFC 2606: no mail can ever reach it.
    return f"p{number:05d}@{conference.slug}.invalid"


def _delegation(number: int, delegations: list[Delegation]) -> Delegation | None:
    # Spread over the whole house, so that a small one has every delegation too.
    turn, place = divmod(number * DELEGATES_IN_100, 100)
    return delegations[turn % len(delegations)] if delegations and place < DELEGATES_IN_100 else None


def _person(conference: Conference, number: int, delegation: Delegation | None, dice: Random) -> User:
    country = str(delegation.country) if delegation else _country(conference, dice)
    languages = [code for code, _words in settings.LANGUAGES]
    return User(
        email=_address(conference, number),
        name=invented_name(country, dice),
        language=dice.choice([*languages, ""]),
        password=make_password(None),
    )


def _country(conference: Conference, dice: Random) -> str:
    # Every other participant is from the country that the conference is held in.
    here = str(conference.country)
    return here if here in NAMINGS and dice.random() < 0.5 else dice.choice(sorted(NAMINGS))


def _membership(number: int, delegation: Delegation | None, seats: int, dice: Random) -> Membership:
    if delegation is None:
        sector = dice.choices(list(SECTORS), weights=list(SECTORS.values()))[0]
        return Membership(role=Role.PARTICIPANT, sector=sector)
    earlier_ones = number * DELEGATES_IN_100 // 100 // seats
    return Membership(
        role=Role.DELEGATE,
        delegation=delegation,
        may_speak_for=earlier_ones < SPEAKERS_OF_DELEGATION,
        sector=Sector.GOVERNMENT,
    )


def _conference_of(job: Job) -> str:
    conference = Conference.objects.filter(slug=job.arguments["conference"]).first()
    return conference.get_absolute_url() if conference else "/"


def register() -> None:
    register_kind(KIND, populate, title=_("Adding plausible participants"), leads_to=_conference_of)
