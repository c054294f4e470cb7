"""Who was there: what the doors and the ledger of presence, which stands above this app, know of people."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass

from conferences.models import Conference
from registration.models import Application, Direction, Scan
from registration.passages import WENT_THROUGH


@dataclass(frozen=True, slots=True)
class Attended:
    """What the ledger knows of somebody at a conference: in how many sessions they were, and for how long in all."""

    session_count: int
    minutes: int


# (conference, numbers of users) -> what each attended; who attended nothing is not in it.
Ledger = Callable[[Conference, Collection[int]], Mapping[int, Attended]]
_ledgers: list[Ledger] = []


def register_ledger(ledger: Ledger) -> None:
    """Called by the app that keeps the ledger of presence in its `AppConfig`."""
    _ledgers.append(ledger)


def attended_by(conference: Conference, applications: Sequence[Application]) -> dict[int, Attended]:
    """What these people attended, by the number of their user. Who has no account stands in no ledger."""
    users = {application.user_id for application in applications if application.user_id is not None}
    attended: dict[int, Attended] = {}
    for ledger in _ledgers:
        attended |= ledger(conference, users)
    return attended


def present(conference: Conference, applications: Sequence[Application]) -> list[Application]:
    """Those of them who were there: let in at a door, or present in a session, in the room or online."""
    attended = attended_by(conference, applications)
    came_in = Scan.objects.filter(WENT_THROUGH, direction=Direction.IN, application__conference=conference)
    at_a_door = set(came_in.values_list("application_id", flat=True).distinct())
    return [one for one in applications if one.pk in at_a_door or one.user_id in attended]
