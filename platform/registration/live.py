"""Applications as they change, for the secretariat of their conference."""

from collections.abc import Iterable, Iterator

import msgspec
from django.db.models import QuerySet

from conferences.models import Conference
from conferences.rules import Person
from outbox.reading import SNAPSHOT_CARDS
from outbox.registry import Placement, TopicKind, register_announcer, register_topic
from registration.models import Application
from registration.rules import may_decide


class ApplicationCard(msgspec.Struct, frozen=True, kw_only=True):
    """What the secretariat's list shows of an application; the rest is on its page."""

    id: int
    name: str
    category_id: int
    delegation_id: int | None
    attendance: str
    status: str


def application_card(application: Application) -> ApplicationCard:
    return ApplicationCard(
        id=application.pk,
        name=application.name,
        category_id=application.category_id,
        delegation_id=application.delegation_id,
        attendance=application.attendance,
        status=application.status,
    )


def _may_follow(user: Person, conference_id: int) -> bool:
    return may_decide(user, Conference(pk=conference_id))


def _snapshot(conference_id: int) -> Iterator[tuple[str, ApplicationCard]]:
    for application in Application.objects.filter(conference_id=conference_id).order_by("-pk")[:SNAPSHOT_CARDS]:
        yield f"application.{application.pk}", application_card(application)


SECRETARIAT = TopicKind(
    pattern="conference.{conference_id}.registration",
    cards=(ApplicationCard,),
    may_follow=_may_follow,
    snapshot=_snapshot,
)

EVENTS = (
    "application.drafted",
    "application.submitted",
    "application.held",
    "application.approved",
    "application.rejected",
    "application.queued",
    "application.withdrawn",
    "application.changed",
)


def _placements(application: Application) -> Iterable[Placement]:
    topic = SECRETARIAT.name(conference_id=application.conference_id)
    yield Placement(topic, f"application.{application.pk}", application_card(application))


def _anew() -> QuerySet[Application]:
    """With what a card shows, and no more: thousands of them are made in an hour."""
    return Application.objects.only("conference", "name", "category", "delegation", "attendance", "status").order_by()


def register() -> None:
    register_topic(SECRETARIAT)
    register_announcer(Application, _placements, reread=_anew, events=EVENTS)
