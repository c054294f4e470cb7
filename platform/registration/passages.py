"""Who went through which gate, and when: what devices told, put in order. Read only; `door.py` writes it down."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import F, Q
from django.utils import timezone

from conferences.models import Conference
from registration.models import Application, Device, Direction, Gate, Outcome, Scan

# Who came in longer ago went home without being read.
A_DAY = timedelta(hours=16)
# Whoever is refused stays out; whoever leaves has left, with whatever badge.
WENT_THROUGH = ~Q(outcome=Outcome.REVOKED, direction=Direction.IN)
# A page at a gate has room for so many of what it could not know.
MOST_CORRECTIONS = 20


@dataclass(frozen=True, slots=True)
class Result:
    """What became of a badge that was read at `at` (aware). `name` is empty where nobody is known by it; `before` is
    the passage that makes it `again`."""

    nonce: UUID
    outcome: Outcome
    name: str
    at: datetime
    before: Scan | None


def result_of(scan: Scan) -> Result:
    """As the server knows it now: what another device tells later may change it."""
    before = None
    if scan.outcome == Outcome.AGAIN and scan.application is not None:
        before = next((was for one, was in passages(scan.application, scan.gate) if one.pk == scan.pk), None)
    name = scan.application.name if scan.application else ""
    return Result(scan.nonce, Outcome(scan.outcome), name, scan.at, before)


def passages(application: Application, gate: Gate) -> list[tuple[Scan, Scan | None]]:
    """A person's passages through the gates of one place, in order, each with the one that makes it `again`."""
    mine = Scan.objects.filter(
        WENT_THROUGH, application=application, gate__conference=gate.conference_id, gate__area=gate.area
    )
    told: list[tuple[Scan, Scan | None]] = []
    came_in: Scan | None = None
    for scan in mine.select_related("gate").order_by("at", "pk"):
        is_in = scan.direction == Direction.IN
        if came_in is not None and scan.at - came_in.at >= A_DAY:
            came_in = None
        told.append((scan, came_in if is_in else None))
        came_in = scan if is_in else None
    return told


def latest(gate: Gate, *, heard_since: datetime | None = None) -> list[tuple[int, str, datetime, str]]:
    """Everybody's latest passage through the gates of this place: person's number, direction, moment, gate's name.

    With `heard_since` (aware) of those people only of whom a passage was heard since then.
    """
    scans = Scan.objects.filter(gate__conference=gate.conference_id, gate__area=gate.area, application__isnull=False)
    scans = scans.filter(WENT_THROUGH)
    if heard_since is not None:
        scans = scans.filter(application__in=scans.filter(heard_at__gte=heard_since).values("application"))
    scans = scans.filter(at__gte=timezone.now() - A_DAY).annotate(gate_name=F("gate__name")).order_by("at", "pk")
    rows = scans.values_list("application_id", "direction", "at", "gate_name")
    return list({row[0]: row for row in rows}.values())


def inside(conference: Conference) -> dict[str, int]:
    """How many are in each place now: whoever was read coming in and not going out. By what gates lead into."""
    scans = Scan.objects.filter(gate__conference=conference, application__isnull=False)
    scans = scans.filter(WENT_THROUGH, at__gte=timezone.now() - A_DAY).order_by("at", "pk")
    newest = {
        (area, person): direction
        for area, person, direction in scans.values_list("gate__area", "application_id", "direction")
    }
    return Counter(area for (area, _), direction in newest.items() if direction == Direction.IN)


def corrections(device: Device) -> list[Result]:
    """What this device said of a badge and what turned out otherwise, the newest first.

    It may turn out long after the server wrote it down: a device without a link tells late of who came in before.
    """
    mine = (
        Scan.objects.filter(device=device, at__gte=timezone.now() - A_DAY).exclude(said="").exclude(said=F("outcome"))
    )
    return [result_of(scan) for scan in mine.select_related("application", "gate").order_by("-at")[:MOST_CORRECTIONS]]
