"""What a device at the door knows of the people: no more than it shows, and nothing that would make a badge.

A badge's code never lies on a device. It holds the code's *mark*, a hash with a salt of the conference: with a code in
hand one finds its mark, and not the other way round. Devices name badges to the server by their marks too.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils import timezone
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext as _

from conferences.models import Conference, Delegation
from conferences.rules import Person
from outbox.reading import Position, missed, standing_of
from registration.door_photos import portraits
from registration.live import SECRETARIAT
from registration.models import (
    Application,
    Attendance,
    Badge,
    Category,
    Device,
    Field,
    FieldKind,
    Status,
)
from registration.passages import A_DAY, Result, corrections, latest
from registration.rules import is_open, may_decide
from web.posted import whole_number

# What stands before the code in the picture on a badge.
PREFIX = "SIDANG1:"
# Rows are dated before they are committed: a list reaches back so far behind the one before.
OVERLAP = timedelta(minutes=2)
# Who applied and is not admitted: the door hears their names and which of the two it is, to send them to the desk.
# Nothing is told of drafts, and nothing of those who were declined or withdrew: they are no business of a gate's.
WAITING, UNDECIDED = "waiting", "undecided"
STANDINGS = {Status.WAITING: WAITING, Status.SUBMITTED: UNDECIDED, Status.ON_HOLD: UNDECIDED}
# By conference: mark -> number of the badge. A code never changes, so a find is right where the badge says the same.
_known: dict[int, dict[str, int]] = {}


def mark_of(conference: Conference, code: str) -> str:
    """The mark of a badge's code at this conference: 64 hexadecimal digits."""
    return hashlib.sha256((salt_of(conference.pk) + code).encode()).hexdigest()


@cache
def salt_of(conference_id: int) -> str:
    """The same as long as the installation's key is; kept, since every badge of a list asks for it."""
    return salted_hmac("registration.door", str(conference_id), algorithm="sha256").hexdigest()


def code_in(text: str) -> str:
    """The code in what a scanner typed or a camera read."""
    return text.strip().removeprefix(PREFIX)


def badge_by_mark(conference: Conference, mark: str) -> Badge | None:
    """The badge of this mark, revoked or not. What is not remembered is looked for among all of the conference's."""
    badge = _remembered(conference, mark)
    if badge is None:
        codes = Badge.objects.filter(application__conference=conference).values_list("pk", "code")
        _known[conference.pk] = {mark_of(conference, code): pk for pk, code in codes}
        badge = _remembered(conference, mark)
    return badge


def _remembered(conference: Conference, mark: str) -> Badge | None:
    pk = _known.get(conference.pk, {}).get(mark)
    badge = Badge.objects.filter(pk=pk, application__conference=conference).first() if pk else None
    return badge if badge is not None and mark_of(conference, badge.code) == mark else None


@dataclass(frozen=True, slots=True)
class WalkIns:
    """A category as the door finds it. `consents` are read to whoever comes; `hindrance`: why it takes nobody in."""

    category: Category
    consents: tuple[Field, ...]
    hindrance: str = ""


def for_walk_ins(device: Device) -> list[WalkIns]:
    """What somebody can be registered as at the door, where a name, an address and consents are asked, nothing else.

    A device of the secretariat takes people into every category of the public page, others into those that are open to
    all at this moment.
    """
    return [one for one in walk_ins(device.conference, by=device.made_by) if not one.hindrance]


def walk_ins(conference: Conference, *, by: Person | None) -> list[WalkIns]:
    """All categories, for a device that `by` answers for, with what keeps people out of them at the door."""
    decides = by is not None and may_decide(by, conference)
    asked: dict[int, list[Field]] = {}
    required = Field.objects.filter(category__conference=conference, is_required=True, retired_at=None)
    for field in required.order_by("position", "pk"):
        asked.setdefault(field.category_id, []).append(field)
    now = timezone.now()
    found = []
    for category in conference.categories.order_by("position", "pk"):
        fields = asked.get(category.pk, [])
        consents = tuple(field for field in fields if field.kind == FieldKind.CONSENT)
        others = [field for field in fields if field.kind != FieldKind.CONSENT]
        found.append(WalkIns(category, consents, _hindrance(category, others, decides=decides, now=now)))
    return found


def _hindrance(category: Category, questions: Sequence[Field], *, decides: bool, now: datetime) -> str:
    """Why nobody is taken into it at the door, in words; "" where somebody can be."""
    if category.is_of_a_delegation:
        return _("Its people come for a delegation: the focal point or the secretariat registers them.")
    if not category.is_listed:
        return _("It is not shown on the public page: the secretariat registers its people.")
    if questions:
        named = "; ".join(str(field) for field in questions)
        return _("Its form asks for what cannot be given at a gate: %(questions)s") % {"questions": named}
    if decides:
        return ""
    if category.needs_approval:
        return _("The secretariat decides: only devices that somebody of the secretariat invites take people in.")
    return "" if is_open(category, now) else _("Applications are not open now.")


def door_list(device: Device, since: str = "") -> dict[str, Any]:
    """The people of the device's conference as JSON, or with `since` (the `at` of a list before) what changed.

    `people` may pass; `others` applied and may not, of whom no more than the name is told. Who is `gone` is in neither,
    unless they stand in one of them here.

    `whole` says which of the two it is: a `since` that is too old gets the whole. Moments are milliseconds since 1970.
    """
    conference = device.conference
    topic = SECRETARIAT.name(conference_id=conference.pk)
    # Read before the data: what is committed between the two is told twice, never not at all.
    standing, now = standing_of(topic), timezone.now()
    changed = _changed(conference, topic, since)
    heard = _moment(since) if changed is not None else None
    of_interest = Application.objects.filter(conference=conference)
    if changed is not None:
        of_interest = of_interest.filter(pk__in=changed)
    entries = _entries(conference, of_interest.filter(status=Status.APPROVED))
    others = of_interest.filter(status__in=STANDINGS).order_by("pk").values_list("pk", "name", "status")
    there = {entry["id"] for entry in entries}
    return {
        "at": f"{standing.position}~{_milliseconds(now)}",
        "now": _milliseconds(now),
        "whole": changed is None,
        "salt": salt_of(conference.pk),
        "people": entries,
        "others": [{"id": pk, "name": name, "standing": STANDINGS[Status(status)]} for pk, name, status in others],
        "gone": sorted(changed - there) if changed is not None else [],
        "revoked": _revoked(conference, changed),
        "passages": [
            [person, direction, _milliseconds(at), gate]
            for person, direction, at, gate in latest(device.gate, heard_since=heard and heard - OVERLAP)
        ],
        "differs": [as_json(result) for result in corrections(device)],
    }


def as_json(result: Result) -> dict[str, Any]:
    """Moments are milliseconds since 1970, by the server's clock."""
    before = result.before
    return {
        "nonce": str(result.nonce),
        "outcome": result.outcome,
        "name": result.name,
        "at": _milliseconds(result.at),
        "before": None if before is None else {"at": _milliseconds(before.at), "gate": before.gate.name},
    }


def _changed(conference: Conference, topic: str, since: str) -> set[int] | None:
    """Whose entries may differ from those of a list before; None where only the whole list will do."""
    position, moment = Position.parse(since.partition("~")[0]), _moment(since)
    if position is None or moment is None or moment < timezone.now() - A_DAY:
        return None
    events = missed(topic, position)
    if events is None:
        return None
    keys = {key for event in events for key in event.cards}
    told = {int(key.partition(".")[2]) for key in keys if key.startswith("application.")}
    touched = Q(issued_at__gte=moment - OVERLAP) | Q(revoked_at__gte=moment - OVERLAP)
    badges = Badge.objects.filter(touched, application__conference=conference)
    return told | set(badges.values_list("application_id", flat=True))


def _moment(since: str) -> datetime | None:
    milliseconds = whole_number(since.partition("~")[2], digits=14)
    if not milliseconds:
        return None
    return datetime.fromtimestamp(milliseconds / 1000, tz=timezone.get_default_timezone())


def _milliseconds(moment: datetime) -> int:
    return int(moment.timestamp() * 1000)


def _entries(conference: Conference, people: QuerySet[Application]) -> list[dict[str, Any]]:
    """A fixed number of queries for however many people; names and words in the language that is active."""
    categories = {
        category.pk: (str(category.name), category.capacity)
        for category in Category.objects.filter(conference=conference)
    }
    delegations = {
        delegation.pk: (str(delegation.name), str(delegation.country))
        for delegation in Delegation.objects.filter(conference=conference)
    }
    rows = list(people.order_by("pk").values_list("pk", "name", "category_id", "delegation_id", "attendance"))
    ids = [row[0] for row in rows]
    some = Q(application__conference=conference) if len(ids) > 500 else Q(application__in=ids)
    codes = Badge.objects.filter(some, revoked_at=None).values_list("application_id", "code")
    marks = {application_id: mark_of(conference, code) for application_id, code in codes}
    photos: dict[int, int] = {}
    for application_id, upload_id in portraits().filter(some).values_list("application_id", "upload_id"):
        photos.setdefault(application_id, upload_id)
    entries = []
    for pk, name, category_id, delegation_id, attendance in rows:
        words, capacity = categories[category_id]
        delegation, country = delegations.get(delegation_id, ("", ""))
        entries.append(
            {
                "id": pk,
                "name": name,
                "category": words,
                "capacity": capacity,
                "delegation": delegation,
                "country": country,
                "online": attendance == Attendance.ONLINE,
                "photo": reverse("registration:door_photo", args=[photos[pk]]) if pk in photos else "",
                "mark": marks.get(pk, ""),
            }
        )
    return entries


def _revoked(conference: Conference, changed: set[int] | None) -> list[str]:
    """Marks that open no door: of badges that were revoked, and of people who are not approved any more."""
    shut = Badge.objects.filter(application__conference=conference)
    shut = shut.filter(~Q(revoked_at=None) | ~Q(application__status=Status.APPROVED))
    if changed is not None:
        shut = shut.filter(application__in=changed)
    return sorted(mark_of(conference, code) for code in shut.values_list("code", flat=True))
