"""Tickets: what a page brings to its socket so that thousands can join without a question to the database.

A ticket says who the page is for, which topics its view found open to that person, and where rights stood before the
view asked. It opens what it names as long as nobody's rights concerned have changed since (`rights.known`), for
TICKET_LIFE, and only beside the browser session it was made for. One that is over still tells what was open, and so
whoever holds it is only asked who they are. Where it does not open, the cookie is asked: a ticket saves work, it
decides nothing.
"""

import time
from collections.abc import Iterable
from datetime import timedelta
from typing import Any

import msgspec
from django.core import signing
from django.http import HttpRequest
from django.utils.crypto import constant_time_compare, salted_hmac
from django.utils.translation import get_language

from outbox import rights
from outbox.reading import TICKET_LIFE, Position, Standing, standings_of
from outbox.rights import whom_of

_SALT = "sidang.ticket"
_READ_FOR = timedelta(days=1)


class Ticket(msgspec.Struct, frozen=True, array_like=True):
    """`rights_at` is a Position as text; `language` is the page's; `browser` stands for the browser session.

    `made_at` in seconds since 1970.
    """

    user_id: int | None
    rights_at: str
    topics: tuple[str, ...]
    language: str
    browser: str
    made_at: int

    @property
    def whom(self) -> set[str]:
        """Whose rights decide about it."""
        whom = {whom_of(topic) for topic in self.topics}
        return whom if self.user_id is None else whom | {f"user.{self.user_id}"}

    @property
    def is_over(self) -> bool:
        return time.time() - self.made_at > TICKET_LIFE.total_seconds()


class _Json:
    """msgspec in the shape that django.core.signing calls a serializer."""

    def dumps(self, ticket: Any) -> bytes:
        return msgspec.json.encode(ticket)

    def loads(self, data: bytes) -> Ticket:
        return msgspec.json.decode(data, type=Ticket)


def make_ticket(user_id: int | None, topics: Iterable[str], rights_at: Position, *, language: str, browser: str) -> str:
    """A signed ticket. `browser` is the key of the browser's session, "" where there is none.

    The caller has found each topic open to this person, at a time when rights stood at `rights_at` or later.
    """
    ticket = Ticket(user_id, str(rights_at), tuple(topics), language, _standing_for(browser), int(time.time()))
    return signing.dumps(ticket, salt=_SALT, serializer=_Json)


def read_ticket(text: str, *, browser: str) -> tuple[Ticket, Position] | None:
    """The ticket and where rights stood; None for one that is forged, of another browser, of another day, or overtaken
    by a change of rights. It may be over.
    """
    try:
        ticket: Ticket = signing.loads(text, salt=_SALT, serializer=_Json, max_age=_READ_FOR)
    except (signing.BadSignature, msgspec.DecodeError):
        return None
    since = Position.parse(ticket.rights_at)
    if since is None or not constant_time_compare(ticket.browser, _standing_for(browser)):
        return None
    return (ticket, since) if rights.known.unchanged(since, ticket.whom) else None


def _standing_for(browser: str) -> str:
    return salted_hmac(_SALT, browser, algorithm="sha256").hexdigest()[:16] if browser else ""


# The page's side


def note_rights(request: HttpRequest) -> None:
    """Notes where rights stand, before anything is asked about them: tickets of this request are measured from here."""
    request.rights_at = rights.known.at  # type: ignore[attr-defined]
    request.open_topics = {}  # type: ignore[attr-defined]
    request.standings = {}  # type: ignore[attr-defined]


def let_follow(request: HttpRequest, *names: str) -> None:
    """Lets the page follow these topics.

    The caller has asked the rule that the topics' `may_follow` asks; a test walks the pages and compares.
    """
    opened: dict[str, None] | None = getattr(request, "open_topics", None)
    if opened is not None:
        opened.update(dict.fromkeys(names))


def open_topics(request: HttpRequest, *names: str) -> dict[str, Standing]:
    """Lets the page follow these topics, and returns where they stand: call it before the page's data is read.

    Where somebody asked in this request already, the answer is the earlier one: it is before the data too.
    """
    let_follow(request, *names)
    known: dict[str, Standing] = getattr(request, "standings", {})
    known |= standings_of([name for name in names if name not in known])
    return {name: known[name] for name in names}


def ticket_of(request: HttpRequest) -> str:
    """The ticket that goes with a page, or "" where the socket has to ask by the cookie."""
    rights_at: Position | None = getattr(request, "rights_at", None)
    user = getattr(request, "user", None)
    # Some requests are refused before anybody asks whose they are: one for an unknown host, say.
    if rights_at is None or user is None:
        return ""
    topics: dict[str, None] = request.open_topics  # type: ignore[attr-defined]
    return make_ticket(
        int(user.pk) if user.is_authenticated and user.is_active and user.pk else None,
        topics,
        rights_at,
        language=get_language() or "",
        browser=request.session.session_key or "",
    )


def on_page(request: HttpRequest) -> dict[str, Any]:
    """For the template of every page: its ticket, made when the page asks for it, last of all."""
    return {"live_ticket": lambda: ticket_of(request)}
