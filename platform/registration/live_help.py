"""Calls for help as they change: for the desk that answers them, and for each person who called.

Whoever called sees their own call and nothing of the others. The desk sees of each person the name, the place, the page
and what the browser told with the call; the key by which a person finds their call again is in no card.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime
from secrets import compare_digest
from uuid import UUID

import msgspec
from django.db.models import Case, QuerySet, Value, When

from conferences.models import Conference
from conferences.rules import Person
from outbox.reading import SNAPSHOT_CARDS
from outbox.registry import Placement, TopicKind, register_announcer, register_topic
from registration.models import Message, Ticket, TicketState
from registration.rules import may_help
from web.moments import machine

# As much of the first words as a line of the queue shows.
OPENING_WORDS = 200
# A conversation's newest words; with the ticket itself they are a snapshot.
MESSAGES_SHOWN = SNAPSHOT_CARDS - 1


class LinkFacts(msgspec.Struct, frozen=True, kw_only=True):
    """What the page measured before it sent the call. None and "" where it could not know.

    `rtt_ms`: the round trip to the server, milliseconds; `lost`: how many of `tried` questions had no answer;
    `way`: "socket" where news come at once, "asking" where the network lets no socket through; `screen`: "390x844".
    """

    rtt_ms: int | None = None
    lost: int | None = None
    tried: int | None = None
    way: str = ""
    screen: str = ""
    language: str = ""


class DeskTicket(msgspec.Struct, frozen=True, kw_only=True):
    """A call as the desk sees it. `waits_since` is None where the person has the desk's answer."""

    id: int
    name: str
    place: str
    page: str
    browser: str
    link: LinkFacts
    opening: str
    message_count: int
    state: str
    taken_by: str | None
    made_at: str
    waits_since: str | None


class OwnTicket(msgspec.Struct, frozen=True, kw_only=True):
    """A call as the person who made it sees it."""

    id: int
    state: str
    taken_by: str | None
    made_at: str


class HelpMessage(msgspec.Struct, frozen=True, kw_only=True):
    """What was said. `by` is the name of whoever answers at the desk, and None for the person who called."""

    id: int
    words: str
    is_of_desk: bool
    by: str | None
    at: str


def number_of(key: UUID) -> int:
    """A ticket's key as the whole number that a topic's name can hold: 59 random bits, so there is nothing to guess."""
    return (key.int & (2**59 - 1)) + 1


def is_asker(user: Person, ticket: Ticket, key: UUID | None) -> bool:
    """Whether this is who called: by their account, or for a call without one by its key."""
    if ticket.user_id is not None:
        return user.is_authenticated and user.is_active and user.pk == ticket.user_id
    return key is not None and compare_digest(key.bytes, ticket.key.bytes)


def tickets_with_words() -> QuerySet[Ticket]:
    """With all that their cards need."""
    return Ticket.objects.select_related("conference", "user", "taken_by").prefetch_related("messages__by")


def queue_of(conference_id: int) -> QuerySet[Ticket]:
    """What the desk has to do: calls that nobody took first, and of each the oldest first."""
    untaken_first = Case(When(state=TicketState.OPEN, then=Value(0)), default=Value(1))
    waiting = tickets_with_words().filter(conference_id=conference_id).exclude(state=TicketState.CLOSED)
    return waiting.order_by(untaken_first, "made_at", "pk")


def key_of(ticket: Ticket) -> str:
    return f"ticket.{ticket.pk}"


def asker_name(ticket: Ticket) -> str:
    """As the desk sees it. Never the mail address, which a person without a name is known by."""
    return (ticket.user.name if ticket.user else "") or ticket.name


def waits_since(ticket: Ticket) -> datetime | None:
    """Since when the person waits for words of the desk; None where it said the last ones, or nobody waits any more."""
    if ticket.state == TicketState.CLOSED:
        return None
    since = None
    for message in ticket.messages.all():
        if message.is_of_desk:
            since = None
        elif since is None:
            since = message.at
    return since


def desk_card(ticket: Ticket) -> DeskTicket:
    messages = list(ticket.messages.all())
    since = waits_since(ticket)
    return DeskTicket(
        id=ticket.pk,
        name=asker_name(ticket),
        place=ticket.place,
        page=ticket.page,
        browser=ticket.browser,
        link=link_facts(ticket),
        opening=messages[0].words[:OPENING_WORDS] if messages else "",
        message_count=len(messages),
        state=ticket.state,
        taken_by=_name(ticket.taken_by),
        made_at=machine(ticket.made_at),
        waits_since=machine(since) if since else None,
    )


def own_card(ticket: Ticket) -> OwnTicket:
    return OwnTicket(id=ticket.pk, state=ticket.state, taken_by=_name(ticket.taken_by), made_at=machine(ticket.made_at))


def message_card(message: Message) -> HelpMessage:
    return HelpMessage(
        id=message.pk,
        words=message.words,
        is_of_desk=message.is_of_desk,
        by=_name(message.by) if message.is_of_desk else None,
        at=machine(message.at),
    )


def link_facts(ticket: Ticket) -> LinkFacts:
    return msgspec.convert(ticket.link, LinkFacts)


def _name(person: Person | None) -> str | None:
    return None if person is None else getattr(person, "name", "") or None


def _messages(ticket: Ticket) -> Iterator[tuple[str, HelpMessage]]:
    for message in list(ticket.messages.all())[-MESSAGES_SHOWN:]:
        yield f"message.{message.pk}", message_card(message)


def _ticket(ticket_id: int) -> Ticket | None:
    return tickets_with_words().filter(pk=ticket_id).first()


def _may_follow_desk(user: Person, conference_id: int) -> bool:
    return may_help(user, Conference(pk=conference_id))


def _may_follow_at_desk(user: Person, conference_id: int, ticket_id: int) -> bool:
    of_this = Ticket.objects.filter(pk=ticket_id, conference_id=conference_id)
    return may_help(user, Conference(pk=conference_id)) and of_this.exists()


def _may_follow_own(user: Person, ticket_id: int, key: int) -> bool:
    ticket = Ticket.objects.filter(pk=ticket_id).first()
    if ticket is None or not compare_digest(str(key), str(number_of(ticket.key))):
        return False
    return is_asker(user, ticket, ticket.key)


def _desk_now(conference_id: int) -> Iterator[tuple[str, DeskTicket]]:
    for ticket in queue_of(conference_id)[:SNAPSHOT_CARDS]:
        yield key_of(ticket), desk_card(ticket)


def _at_desk_now(conference_id: int, ticket_id: int) -> Iterator[tuple[str, DeskTicket | HelpMessage]]:
    ticket = _ticket(ticket_id)
    if ticket is None or ticket.conference_id != conference_id:
        return
    yield key_of(ticket), desk_card(ticket)
    yield from _messages(ticket)


def _own_now(ticket_id: int, key: int) -> Iterator[tuple[str, OwnTicket | HelpMessage]]:
    ticket = _ticket(ticket_id)
    if ticket is None or not compare_digest(str(key), str(number_of(ticket.key))):
        return
    yield key_of(ticket), own_card(ticket)
    yield from _messages(ticket)


DESK = TopicKind(
    pattern="conference.{conference_id}.help",
    cards=(DeskTicket,),
    may_follow=_may_follow_desk,
    snapshot=_desk_now,
)
AT_DESK = TopicKind(
    pattern="conference.{conference_id}.help.{ticket_id}",
    cards=(DeskTicket, HelpMessage),
    may_follow=_may_follow_at_desk,
    snapshot=_at_desk_now,
)
# A browser that is signed in to nothing follows its call too: the topic's name holds the key that its cookie holds.
OWN = TopicKind(
    pattern="help.{ticket_id}.{key}",
    cards=(OwnTicket, HelpMessage),
    may_follow=_may_follow_own,
    snapshot=_own_now,
)

EVENTS = ("ticket.opened", "ticket.taken", "ticket.answered", "ticket.continued", "ticket.closed")


def desk_topic(conference: Conference) -> str:
    return DESK.name(conference_id=conference.pk)


def ticket_topic(ticket: Ticket) -> str:
    """The desk's topic of one call."""
    return AT_DESK.name(conference_id=ticket.conference_id or 0, ticket_id=ticket.pk)


def own_topic(ticket: Ticket) -> str:
    return OWN.name(ticket_id=ticket.pk, key=number_of(ticket.key))


def _placements(ticket: Ticket) -> Iterable[Placement]:
    key, messages = key_of(ticket), list(_messages(ticket))
    if ticket.conference is not None:
        at_desk = ticket_topic(ticket)
        is_over = ticket.state == TicketState.CLOSED
        yield Placement(desk_topic(ticket.conference), key, None if is_over else desk_card(ticket))
        yield Placement(at_desk, key, desk_card(ticket))
        for message_key, card in messages:
            yield Placement(at_desk, message_key, card)
    own = own_topic(ticket)
    yield Placement(own, key, own_card(ticket))
    for message_key, card in messages:
        yield Placement(own, message_key, card)


def register() -> None:
    for kind in (DESK, AT_DESK, OWN):
        register_topic(kind)
    register_announcer(Ticket, _placements, reread=tickets_with_words, events=EVENTS)
