"""What the desk tells delegations, as it changes: the desk sees all of it, a delegation its own."""

from collections.abc import Iterable, Iterator
from typing import Any

import msgspec
from django.db.models import QuerySet

from conferences.rules import Person
from conferences.texts import in_each_language
from outbox.registry import Placement, TopicKind, register_announcer, register_topic
from sessions.floor.live import Named, named, utc, utc_or_none
from sessions.floor.models import Notice, Phrase
from sessions.floor.queries import notices_with_names
from sessions.floor.rules import may_read_notices
from sessions.programme.queries import may_in
from sessions.programme.rules import may_chair

# What is not read stands until it is; of what was read, the last ones.
UNREAD_AT_DESK, READ_AT_DESK = 30, 10
UNREAD_SHOWN, READ_SHOWN = 10, 2


class NoticeCard(msgspec.Struct, frozen=True, kw_only=True):
    """A notice as its delegation sees it. `phrase`: its words by language’s code; `text`: as somebody typed them."""

    id: int
    phrase: dict[str, str]
    text: str
    sent_at: str
    acknowledged_at: str | None
    acknowledged_by: str


class DeskNoticeCard(NoticeCard, frozen=True, kw_only=True):
    """The same as the desk sees it."""

    delegation: Named
    sent_by: str


def notice_key(notice: Notice) -> str:
    return f"notice.{notice.pk}"


def notice_card(notice: Notice) -> NoticeCard:
    return NoticeCard(**_of_notice(notice))


def desk_notice_card(notice: Notice) -> DeskNoticeCard:
    sent_by = str(notice.sent_by) if notice.sent_by else ""
    return DeskNoticeCard(**_of_notice(notice), delegation=named(notice.delegation), sent_by=sent_by)


def _of_notice(notice: Notice) -> dict[str, Any]:
    """What delegation and desk see of it."""
    return {
        "id": notice.pk,
        "phrase": in_each_language(lambda _language: str(Phrase(notice.phrase).label)) if notice.phrase else {},
        "text": notice.text,
        "sent_at": utc(notice.sent_at),
        "acknowledged_at": utc_or_none(notice.acknowledged_at),
        "acknowledged_by": str(notice.acknowledged_by) if notice.acknowledged_by else "",
    }


def notices_at_desk(session_id: int) -> list[Notice]:
    """What nobody has acknowledged, then what was acknowledged last."""
    return _in_order(notices_with_names().filter(floor_id=session_id), UNREAD_AT_DESK, READ_AT_DESK)


def notices_to(delegation_id: int, session_id: int) -> list[Notice]:
    """What it has not acknowledged, then what it acknowledged last."""
    sent = notices_with_names().filter(floor_id=session_id, delegation_id=delegation_id)
    return _in_order(sent, UNREAD_SHOWN, READ_SHOWN)


def _in_order(sent: QuerySet[Notice], most_unread: int, most_read: int) -> list[Notice]:
    unread = sent.filter(acknowledged_at__isnull=True).order_by("-pk")
    read = sent.filter(acknowledged_at__isnull=False).order_by("-acknowledged_at", "-pk")
    return [*unread[:most_unread], *read[:most_read]]


def _may_follow_desk(user: Person, session_id: int) -> bool:
    return may_in(user, session_id, may_chair)


def _may_follow_own(user: Person, session_id: int, delegation_id: int) -> bool:
    return may_in(user, session_id, lambda person, session: may_read_notices(person, session, delegation_id))


def _desk_now(session_id: int) -> Iterator[tuple[str, DeskNoticeCard]]:
    for notice in notices_at_desk(session_id):
        yield notice_key(notice), desk_notice_card(notice)


def _own_now(session_id: int, delegation_id: int) -> Iterator[tuple[str, NoticeCard]]:
    for notice in notices_to(delegation_id, session_id):
        yield notice_key(notice), notice_card(notice)


AT_DESK = TopicKind(
    pattern="session.{session_id}.notices",
    cards=(DeskNoticeCard,),
    may_follow=_may_follow_desk,
    snapshot=_desk_now,
)
OWN = TopicKind(
    pattern="session.{session_id}.notices.{delegation_id}",
    cards=(NoticeCard,),
    may_follow=_may_follow_own,
    snapshot=_own_now,
)

NOTICE_EVENTS = ("notice.sent", "notice.acknowledged", "notice.orphaned")


def _placements(notice: Notice) -> Iterable[Placement]:
    key, numbers = notice_key(notice), {"session_id": notice.floor_id}
    yield Placement(AT_DESK.name(**numbers), key, desk_notice_card(notice))
    yield Placement(OWN.name(**numbers, delegation_id=notice.delegation_id), key, notice_card(notice))


def register() -> None:
    for kind in (AT_DESK, OWN):
        register_topic(kind)
    register_announcer(Notice, _placements, reread=notices_with_names, events=NOTICE_EVENTS)
