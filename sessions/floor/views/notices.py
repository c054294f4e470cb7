"""What the desk tells delegations, as pages show it. Templates get this and never the rows."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sessions.floor.live_notices import AT_DESK, OWN, notices_at_desk, notices_to
from sessions.floor.models import Notice


@dataclass(frozen=True, kw_only=True)
class ShownNotice:
    """`phrase` in the reader’s language; times are UTC. `sent_at` is None for the blank of a page’s script."""

    id: int
    delegation: str
    country: str
    phrase: str
    text: str
    sent_at: datetime | None
    acknowledged_at: datetime | None
    acknowledged_by: str

    @property
    def is_read(self) -> bool:
        return self.acknowledged_at is not None


BLANK = ShownNotice(
    id=0, delegation="", country="", phrase="", text="", sent_at=None, acknowledged_at=None, acknowledged_by=""
)


@dataclass(frozen=True, kw_only=True)
class Notices:
    """Those that a page begins with, and the topic that tells all of them to its script."""

    topic: str
    shown: Sequence[ShownNotice]
    blank: ShownNotice = BLANK


def desk_topic(session_id: int) -> str:
    return AT_DESK.name(session_id=session_id)


def own_topic(session_id: int, delegation_id: int) -> str:
    return OWN.name(session_id=session_id, delegation_id=delegation_id)


def sent_from_desk(session_id: int) -> Notices:
    return Notices(topic=desk_topic(session_id), shown=_shown(notices_at_desk(session_id)))


def sent_to(delegation_id: int, session_id: int) -> Notices:
    return Notices(topic=own_topic(session_id, delegation_id), shown=_shown(notices_to(delegation_id, session_id)))


def _shown(notices: Iterable[Notice]) -> Sequence[ShownNotice]:
    return [
        ShownNotice(
            id=notice.pk,
            delegation=str(notice.delegation.name),
            country=str(notice.delegation.country),
            phrase=str(notice.get_phrase_display()),
            text=notice.text,
            sent_at=notice.sent_at,
            acknowledged_at=notice.acknowledged_at,
            acknowledged_by=str(notice.acknowledged_by) if notice.acknowledged_by else "",
        )
        for notice in notices
    ]
