"""The verbs of help: somebody calls, the desk takes the call, answers and closes it.

The ticket's row is the lock for all that is said on it.
"""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any, cast
from uuid import UUID

import msgspec
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.actions import issue_entry
from accounts.models import User
from accounts.unseen import IN_TEXTS, UNSEEN, holds_unseen
from conferences.audit import CHANGE, note
from conferences.models import Conference, Membership, Role
from conferences.rules import Person
from outbox.changes import action, record
from outbox.commands import NOT_KEPT
from outbox.errors import Invalid, NotAllowed, NotThere, TooFast, Words, WrongMove
from registration.live_help import LinkFacts, is_asker, tickets_with_words
from registration.models import Application, FocalPoint, Message, Post, Ticket, TicketState
from registration.models.help import TICKET_MOVES
from registration.rules import may_help

LONGEST = 4000
# Who has so many calls open is heard on those.
MOST_OPEN = 3
# Of all who are signed in to nothing, in a conference: somebody fills the queue by a script.
MOST_NAMELESS = 200
# Of these, from one network: more than a venue's have need of, and few enough to leave room for everybody else's.
MOST_OF_ONE_NETWORK = 50
# Messages on one call, of whoever made it: somebody who types fast sends one in half a minute.
MOST_WORDS = 20
WITHIN = timedelta(minutes=10)

# What a colleague of the help desk looked at before they let somebody in. Kept in the log, so no words of their own.
CHECKS: dict[str, Words] = {
    "passport": _("a passport"),
    "identity_card": _("a national identity card"),
    "service_card": _("a service card of a ministry or an organisation"),
    "known": _("none: I know this person"),
}


@action
def open_ticket(
    *,
    key: UUID,
    conference_id: int | None,
    words: str,
    name: str = "",
    place: str = "",
    page: str = "",
    browser: str = "",
    link: Mapping[str, Any] | None = None,
    by: Person,
) -> Ticket:
    """Somebody needs help. The same key again returns the first ticket: a form that is sent twice calls once.

    `page` is a path on this site; `link` has the fields of LinkFacts. Who is not signed in finds the ticket again by
    its key. Raises Invalid, WrongMove where too many calls of this person are open, and TooFast.
    """
    if (made := _made_with(key, by)) is not None:
        return made
    conference = Conference.objects.filter(pk=conference_id or 0).first()
    if conference is None:
        raise Invalid(fields={"conference": _("Choose the conference.")})
    words = _checked(words)
    _check_not_too_many(conference, by)
    ticket = Ticket(
        conference=conference,
        user=cast(User, by) if by.is_authenticated else None,
        key=key,
        name="" if by.is_authenticated else _line(name, 200, "name"),
        page=page[:500],
        browser=_kept(browser)[:300],
        link=msgspec.to_builtins(_link(link or {})),
        place=_line(place, 200, "place"),
    )
    try:
        with transaction.atomic():
            ticket.save(force_insert=True)
    except IntegrityError:
        # The same form was sent a moment ago; the unique index waited for its commit.
        if (made := _made_with(key, by)) is not None:
            return made
        raise
    # The first words go by the ticket's own key: nobody else's message can have it.
    Message.objects.create(ticket=ticket, key=key, words=words, by=ticket.user)
    record("ticket.opened", ticket, new=True)
    return ticket


@action
def say_more(ticket_id: int, *, words: str, key: UUID, by: Person, ticket_key: UUID | None = None) -> Message:
    """The person who called adds words, which opens a closed ticket again. The same `key` again is the same words.

    Raises NotThere, Invalid, and TooFast for more than MOST_WORDS in a while.
    """
    ticket = _own(ticket_id, by, ticket_key)
    if (said := _said(ticket, key)) is not None:
        return said
    words = _checked(words)
    if ticket.messages.filter(is_of_desk=False, at__gt=timezone.now() - WITHIN).count() >= MOST_WORDS:
        raise TooFast(_("You wrote very much just now. The help desk reads it: write more in some minutes."))
    record("ticket.continued", ticket)
    if ticket.state == TicketState.CLOSED:
        _move(ticket, TicketState.OPEN, taken_by=None)
    return Message.objects.create(
        ticket=ticket, key=key, words=words, by=cast(User, by) if by.is_authenticated else None
    )


@action
def take_ticket(ticket_id: int, *, by: Person) -> Ticket:
    """A colleague of the desk answers this one, also in place of another. Raises NotThere, and WrongMove if closed."""
    ticket = _at_desk(ticket_id, by)
    if ticket.state == TicketState.CLOSED:
        raise WrongMove(_("This call is closed."))
    if ticket.state == TicketState.TAKEN and ticket.taken_by_id == by.pk:
        return ticket
    record("ticket.taken", ticket)
    _move(ticket, TicketState.TAKEN, taken_by=cast(User, by))
    return ticket


@action
def answer_ticket(ticket_id: int, *, words: str, key: UUID, by: Person) -> Message:
    """The desk says something; whoever does has taken the call. The same `key` again is the same answer.

    Raises NotThere, and Invalid.
    """
    ticket = _at_desk(ticket_id, by)
    if (said := _said(ticket, key)) is not None:
        return said
    words = _checked(words)
    record("ticket.answered", ticket)
    if ticket.state != TicketState.TAKEN or ticket.taken_by_id is None:
        _move(ticket, TicketState.TAKEN, taken_by=cast(User, by))
    return Message.objects.create(ticket=ticket, key=key, words=words, by=cast(User, by), is_of_desk=True)


@action
def close_ticket(ticket_id: int, *, by: Person, ticket_key: UUID | None = None) -> Ticket:
    """The person is helped: the desk says so, or they do. A closed one is left alone. Raises NotThere."""
    ticket = _locked(ticket_id)
    if not is_asker(by, ticket, ticket_key) and not _is_of_desk(by, ticket):
        raise NotThere
    if ticket.state == TicketState.CLOSED:
        return ticket
    record("ticket.closed", ticket)
    _move(ticket, TicketState.CLOSED, taken_by=ticket.taken_by)
    return ticket


@action
def issue_code(conference_id: int, *, email: str, checked: str, by: Person) -> str:
    """A one-time code by which somebody signs in, whose identity the desk has checked. Returns the code.

    `checked` is a key of CHECKS; it is noted with whoever issued the code. Only for people who applied to this
    conference or take part in it, and for nobody who has rights to give: those show their address to be theirs.
    Raises NotThere, NotAllowed, and Invalid.
    """
    conference = Conference.objects.filter(pk=conference_id).first()
    if conference is None or not may_help(by, conference):
        raise NotThere
    if checked not in CHECKS:
        raise Invalid(fields={"checked": _("Say what you looked at.")})
    person = User.objects.known_as(email)
    if person is None or not _is_of(conference, person):
        raise Invalid(fields={"email": _("Nobody with this address applied here or takes part.")})
    if not person.is_active:
        raise Invalid(fields={"email": _("This account is closed. Ask the organisers.")})
    if person.pk == by.pk or _has_rights_to_give(person):
        raise NotAllowed(_("Who works at a conference signs in by the mailed code, not by one of the help desk."))
    if _takes_part_elsewhere(person, conference):
        raise NotAllowed(_("This person takes part in another conference too, and signs in by the mailed code."))
    _token, code = issue_entry(person, by=cast(User, by), words=f"help desk of {conference.slug}: {checked}")
    note(person, CHANGE, by=by, words=f"one-time code issued by the help desk of {conference.slug} after: {checked}")
    return code


def _is_of(conference: Conference, person: User) -> bool:
    """Whether somebody applied here with this person's address, or they take part.

    That the address is theirs is what those who need a code cannot show: their mail does not reach them.
    """
    return (
        Application.objects.filter(conference=conference, user=person).exists()
        or Membership.objects.filter(conference=conference, user=person).exists()
    )


def _has_rights_to_give(person: User) -> bool:
    if person.is_staff or person.is_superuser:
        return True
    organises = Membership.objects.filter(user=person, role=Role.ORGANISER)
    works = (organises, Post.objects.filter(user=person), FocalPoint.objects.filter(user=person))
    return any(rights.exists() for rights in works)


def _takes_part_elsewhere(person: User, conference: Conference) -> bool:
    """A code opens the account, and with it all that the person may do at other conferences: as a member of one that is
    not over, or by what they handed in to any."""
    elsewhere = Conference.objects.filter(closes_at__gt=timezone.now()).exclude(pk=conference.pk)
    # Papers and answers are kept after a conference is over too.
    handed_in = Application.objects.filter(user=person, forgotten_at=None).exclude(conference=conference)
    return elsewhere.filter(memberships__user=person).exists() or handed_in.exists()


# Fetching with permission, under the ticket's lock


def _locked(ticket_id: int) -> Ticket:
    ticket = tickets_with_words().select_for_update(of=("self",), no_key=True).filter(pk=ticket_id).first()
    if ticket is None:
        raise NotThere
    return ticket


def _own(ticket_id: int, by: Person, key: UUID | None) -> Ticket:
    ticket = _locked(ticket_id)
    if not is_asker(by, ticket, key):
        raise NotThere
    return ticket


def _at_desk(ticket_id: int, by: Person) -> Ticket:
    ticket = _locked(ticket_id)
    if not _is_of_desk(by, ticket):
        raise NotThere
    return ticket


def _is_of_desk(by: Person, ticket: Ticket) -> bool:
    return ticket.conference is not None and may_help(by, ticket.conference)


def _made_with(key: UUID, by: Person) -> Ticket | None:
    made = Ticket.objects.filter(key=key).first()
    if made is not None and made.user_id != (by.pk if by.is_authenticated else None):
        raise Invalid(_("Reload the page and send the form again."))
    return made


def _said(ticket: Ticket, key: UUID) -> Message | None:
    said = Message.objects.filter(key=key).first()
    if said is not None and said.ticket_id != ticket.pk:
        raise Invalid(_("Reload the page and send the form again."))
    return said


def _move(ticket: Ticket, to: TicketState, *, taken_by: User | None) -> None:
    if to not in TICKET_MOVES[TicketState(ticket.state)]:
        raise WrongMove
    ticket.state, ticket.taken_by = to, taken_by
    ticket.closed_at = timezone.now() if to == TicketState.CLOSED else None
    ticket.save(update_fields=["state", "taken_by", "closed_at"])


# What was typed, and what a page measured


def _check_not_too_many(conference: Conference, by: Person) -> None:
    if by.is_authenticated:
        waiting = Ticket.objects.filter(user_id=by.pk).exclude(state=TicketState.CLOSED).count()
        if waiting >= MOST_OPEN:
            raise WrongMove(_("You have called already. Write more on the call that is open: it keeps its place."))
        return
    lately = Ticket.objects.filter(conference=conference, user=None, made_at__gt=timezone.now() - WITHIN)
    if lately.count() >= MOST_NAMELESS:
        raise TooFast(_("Very many people call now. Try again in some minutes, or come to the help desk."))


def _checked(words: str) -> str:
    words = words.replace("\r\n", "\n").strip()
    if not words:
        raise Invalid(fields={"words": _("Say what you need.")})
    if len(words) > LONGEST:
        raise Invalid(fields={"words": _("At most %(count)d characters.") % {"count": LONGEST}})
    if holds_unseen(words, but=IN_TEXTS):
        raise Invalid(fields={"words": UNSEEN})
    return words


def _line(words: str, longest: int, field: str) -> str:
    words = " ".join(words.split())
    if len(words) > longest:
        raise Invalid(fields={field: _("At most %(count)d characters.") % {"count": longest}})
    if holds_unseen(words):
        raise Invalid(fields={field: UNSEEN})
    return words


def _kept(words: str) -> str:
    return NOT_KEPT.sub("", words)


def _link(told: Mapping[str, Any]) -> LinkFacts:
    """What the page told of itself, without what it cannot be: a page's word is a hint and refuses nobody help."""
    try:
        facts = msgspec.convert(dict(told), LinkFacts)
    except msgspec.ValidationError:
        return LinkFacts()
    numbers = [number for number in (facts.rtt_ms, facts.lost, facts.tried) if number is not None]
    texts = (facts.way, facts.screen, facts.language)
    is_likely = all(0 <= number < 10**6 for number in numbers) and all(len(text) <= 20 for text in texts)
    return facts if is_likely and not any(NOT_KEPT.search(text) for text in texts) else LinkFacts()
