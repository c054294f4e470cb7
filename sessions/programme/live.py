"""The programme as it changes: for everybody, one card a session."""

from collections.abc import Iterable, Iterator

import msgspec
from django.db.models import Case, IntegerField, QuerySet, Value, When

from conferences.models import Conference
from conferences.rules import Person
from conferences.texts import in_languages
from outbox.reading import SNAPSHOT_CARDS
from outbox.registry import Placement, TopicKind, register_announcer, register_topic
from sessions.programme.models import ON, Session, State
from web.moments import machine


class SessionCard(msgspec.Struct, frozen=True, kw_only=True):
    """The public facts of a session. `title` and `room` by language's code; times in UTC (ISO 8601)."""

    id: int
    title: dict[str, str]
    format: str
    room_id: int
    room: dict[str, str]
    # Rooms are listed by it; two may have the same.
    room_position: int
    state: str
    access: str
    starts_at: str
    ends_at: str


def session_card(session: Session) -> SessionCard:
    return SessionCard(
        id=session.pk,
        title=in_languages(session.title),
        format=session.format,
        room_id=session.room_id,
        room=in_languages(session.room.name),
        room_position=session.room.position,
        state=session.state,
        access=session.access,
        starts_at=machine(session.starts_at),
        ends_at=machine(session.ends_at),
    )


def with_rooms() -> QuerySet[Session]:
    return Session.objects.select_related("room")


def _may_follow(user: Person, conference_id: int) -> bool:
    return Conference.objects.filter(pk=conference_id).exists()


def _snapshot(conference_id: int) -> Iterator[tuple[str, SessionCard]]:
    # A programme may be longer than a snapshot: what is on comes first, then what comes, then what was.
    importance = Case(
        When(state__in=ON, then=Value(0)),
        When(state=State.SCHEDULED, then=Value(1)),
        default=Value(2),
        output_field=IntegerField(),
    )
    ordered = with_rooms().filter(conference_id=conference_id).order_by(importance, "starts_at", "pk")
    for session in ordered[:SNAPSHOT_CARDS]:
        yield f"session.{session.pk}", session_card(session)


PROGRAMME = TopicKind(
    pattern="conference.{conference_id}.programme",
    cards=(SessionCard,),
    may_follow=_may_follow,
    snapshot=_snapshot,
)


def _placements(session: Session) -> Iterable[Placement]:
    yield Placement(PROGRAMME.name(conference_id=session.conference_id), f"session.{session.pk}", session_card(session))


def register() -> None:
    register_topic(PROGRAMME)
    register_announcer(
        Session,
        _placements,
        reread=with_rooms,
        events=(
            "session.scheduled",
            "session.changed",
            "session.removed",
            "session.live",
            "session.suspended",
            "session.resumed",
            "session.ended",
            "session.reopened",
        ),
    )
