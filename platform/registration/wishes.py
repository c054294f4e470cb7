"""What somebody hands in, one wish or a whole list, read and checked against what is so now. It changes nothing."""

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from copy import copy
from dataclasses import dataclass, field
from itertools import chain
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db.models import Value
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User, check_name
from accounts.unseen import UNSEEN, holds_unseen
from conferences.models import Delegation, Membership, Rank
from conferences.rules import Person
from mail.addresses import as_kept, check_mailbox
from outbox.errors import Invalid, NotThere, Refusal, Words, WrongMove
from registration.answers import Checked, Given, asked, check
from registration.delegations import WITH_A_DELEGATION, check_nomination, led
from registration.models import ACTIVE, Application, Attendance, Capacity, Category, Field, FieldKind
from registration.rules import is_open, may_decide, represents

# In place of a delegation's number.
APPLIED = 0
ONE_HEAD = _("This delegation has a head already. Replace them, or register a delegate.")
LINK = re.compile(r"://|\bwww\.", re.IGNORECASE)
# Characters of each of the facts.
LONGEST = {"name": 200, "email": 254, "language": 10, "honorific": 60, "function": 200, "organisation": 200}


class AppliedAlready(Refusal):
    """This person holds a capacity at the conference. The edge tells them by mail, and nobody else."""

    code = "applied_already"
    words = _("There is an application for this person already. Nobody takes part in two capacities.")


class TakesPartOtherwise(AppliedAlready):
    """The organisers gave this person a place for a delegation; their registration is for it or for none."""

    words = _("This person takes part for another delegation already. The organisers can change that.")


@dataclass(frozen=True, kw_only=True)
class Facts:
    """What every application says of its person. `name` is kept exactly as written; `email` may be "" for others."""

    name: str
    email: str = ""
    language: str = ""
    honorific: str = ""
    function: str = ""
    organisation: str = ""
    rank: int = Rank.NONE
    is_listed: bool = False


@dataclass(frozen=True, kw_only=True)
class Wish:
    """An application as somebody hands it in. `submit_key` is the form's: sent twice it is one application."""

    category_id: int
    facts: Facts
    submit_key: UUID
    attendance: str = Attendance.IN_ROOM
    delegation_id: int | None = None
    answers: Sequence[Given] = field(default=())
    # At the door: whoever hands it in read the consents to the person, who agrees. Otherwise nobody gives another's.
    consents_read_out: bool = False


@dataclass(frozen=True, slots=True)
class Entry:
    """A wish that can be granted, and in whose right it is handed in."""

    wish: Wish
    category: Category
    answers: Sequence[Checked]
    on_behalf: bool
    decides: bool
    # "" where the application is the doer's own, or of somebody without an address.
    address: str


HandedIn = dict[UUID, Application | Refusal]


def check_applications(wishes: Sequence[Wish], *, by: Person, in_list: bool = False) -> list[Refusal | None]:
    """What `submit_applications` would refuse, in the same order, and nothing is made: a dry run."""
    made = made_with(wishes, by)
    read = read_wishes(wishes, by, complete=True, in_list=in_list)
    applying = granted(read)
    addresses = {entry.address for entry in applying} - {""}
    known = User.objects.alias(address=Lower("email")).filter(address__in=addresses)
    people = {person.email.lower(): person for person in known}
    whose = [(entry, people.get(entry.address)) for entry in applying]
    refuse_twice(read, whose, {person.pk for person in people.values()})
    return [
        refusal if isinstance(refusal := made.get(wish.submit_key) or read[wish.submit_key], Refusal) else None
        for wish in wishes
    ]


def granted(read: Mapping[UUID, Entry | Refusal]) -> list[Entry]:
    """Those that nothing speaks against yet."""
    return [entry for entry in read.values() if not isinstance(entry, Refusal)]


def made_with(wishes: Sequence[Wish], by: Person) -> HandedIn:
    """What was handed in before with these submit keys."""
    maker = by.pk if by.is_authenticated else None
    sent_before = Application.objects.filter(submit_key__in=[wish.submit_key for wish in wishes]).order_by()
    # Most are new: they are asked for in as few words as there are.
    known = list(sent_before.values_list("pk"))
    made = sent_before.select_related("category", "conference") if known else ()
    conferences = set(
        Category.objects.filter(pk__in={wish.category_id for wish in wishes}).values_list("conference", flat=True)
        if known
        else ()
    )
    return {
        application.submit_key: (
            application
            if application.made_by_id == maker and application.conference_id in conferences
            else Invalid(_("Reload the page and send the form again."))
        )
        for application in made
    }


def read_wishes(
    wishes: Sequence[Wish], by: Person, *, complete: bool, nominating: bool = True, in_list: bool = False
) -> dict[UUID, Entry | Refusal]:
    """Each wish with what it is checked against, or with all that is wrong with it."""
    categories = Category.objects.select_related("conference").order_by().in_bulk({wish.category_id for wish in wishes})
    conferences = {category.conference_id: category.conference for category in categories.values()}
    if len(conferences) > 1:
        raise ValueError("a list of applications is for one conference")
    decides = any(may_decide(by, conference) for conference in conferences.values())
    wished = {wish.delegation_id for wish in wishes if wish.delegation_id is not None}
    seated = set(
        Delegation.objects.filter(pk__in=wished, conference__in=conferences).values_list("pk", flat=True)
        if wished
        else ()
    )
    represented = {pk for pk in seated if not decides and represents(by, pk)}
    fields = {pk: asked(category) for pk, category in categories.items()}
    if in_list:
        for one in chain.from_iterable(fields.values()):
            one.is_required &= not one.is_given_in_person
    now = timezone.now()

    def read(wish: Wish) -> Entry:
        category = categories.get(wish.category_id)
        # The press and the public come by themselves, whoever fills in their form.
        comes_with_one = category is not None and category.capacity in WITH_A_DELEGATION
        on_behalf = decides or (comes_with_one and wish.delegation_id in represented)
        if category is None or not (category.is_listed or on_behalf):
            raise NotThere
        if not on_behalf and not is_open(category, now):
            raise WrongMove(_("Applications are not open now."))
        if nominating and on_behalf and not decides:
            check_nomination(category.conference_id)
        wrong = wrong_facts(wish.facts)
        if wish.attendance not in Attendance.values:
            wrong["attendance"] = _("Choose how you take part.")
        if wish.delegation_id is None:
            if category.is_of_a_delegation:
                wrong["delegation"] = _("Choose the delegation.")
        elif wish.delegation_id not in seated:
            wrong["delegation"] = _("This delegation does not take part.")
        elif not on_behalf and not category.is_of_a_delegation:
            # Its flag, its places and its closed sessions are not for the taking.
            wrong["delegation"] = _("In this category nobody comes for a delegation.")
        is_own = by.is_authenticated and not on_behalf
        address = "" if is_own else as_kept(wish.facts.email)
        if not is_own and not on_behalf and not address:
            wrong["email"] = _("Enter your e-mail address.")
        answers: Sequence[Checked] = ()
        asked_for, given = fields[category.pk], wish.answers
        if on_behalf:
            asked_for = [as_asked_for_others(one) for one in asked_for]
            given = given if wish.consents_read_out else without_consents(asked_for, given)
        try:
            answers = check(asked_for, given, complete=complete)
        except Invalid as refusal:
            wrong |= refusal.fields
        if wrong:
            raise Invalid(fields=wrong)
        return Entry(wish, category, answers, on_behalf, decides, address)

    entries: dict[UUID, Entry | Refusal] = {}
    for wish in wishes:
        if wish.submit_key in entries:
            continue
        try:
            entries[wish.submit_key] = read(wish)
        except Refusal as refusal:
            entries[wish.submit_key] = refusal
    # Before it is asked who has applied already, which is told by mail: the page answers everybody alike.
    return {**entries, **second_heads(granted(entries))}


def as_asked_for_others(field: Field) -> Field:
    """The field as it is asked of whoever names somebody: what its person gives themselves may be missing."""
    if not (field.is_required and field.is_given_in_person):
        return field
    relaxed = copy(field)
    relaxed.is_required = False
    return relaxed


def without_consents(fields: Iterable[Field], given: Sequence[Given]) -> list[Given]:
    """Nobody agrees in another's name."""
    consents = {field.pk for field in fields if field.kind == FieldKind.CONSENT}
    return [one for one in given if one.field_id not in consents]


def wrong_facts(facts: Facts) -> dict[str, Words]:
    """What of the facts cannot be kept, in words for whoever wrote them, by the name of each."""
    wrong: dict[str, Words] = {}
    try:
        check_name(facts.name)
    except ValidationError as error:
        wrong["name"] = " ".join(error.messages)
    if facts.email.strip():
        try:
            check_mailbox(as_kept(facts.email))
        except ValidationError as error:
            wrong["email"] = " ".join(error.messages)
    if facts.rank not in Rank.values:
        wrong["rank"] = _("There is no such rank.")
    for name in ("name", "email", "language", "honorific", "function", "organisation"):
        words, longest = getattr(facts, name), LONGEST[name]
        if len(words) > longest:
            wrong[name] = _("At most %(count)d characters.") % {"count": longest}
        elif name not in wrong and holds_unseen(words):
            wrong[name] = UNSEEN
        elif name not in wrong and LINK.search(words):
            # The first letter goes to an address that anybody may have typed: it carries nobody's advertisement.
            wrong[name] = _("Leave out web addresses.")
    return wrong


def refuse_twice(
    read: dict[UUID, Entry | Refusal], people: Sequence[tuple[Entry, User | None]], known: Collection[int]
) -> None:
    """Refuses whoever holds a capacity at the conference already, or is twice in the list.

    `known` are the numbers of those who were known before: nobody else can hold one.
    """
    if not people:
        return
    held = _held(people[0][0].category.conference_id, known) if known else {}
    strangers = set()
    for entry, person in people:
        who = person.pk if person is not None else entry.address
        if who in strangers or held.get(who) == APPLIED:
            read[entry.wish.submit_key] = AppliedAlready()
        elif held.get(who, entry.wish.delegation_id) != entry.wish.delegation_id:
            read[entry.wish.submit_key] = TakesPartOtherwise()
        elif who:
            strangers.add(who)


def _held(conference_id: int, people: Collection[int]) -> dict[int | str, int]:
    """What these hold at the conference: APPLIED, or the number of the delegation that the organisers put them in."""
    seated = Membership.objects.filter(
        conference=conference_id, user__in=people, delegation__isnull=False, registered_over__isnull=True
    )
    active = Application.objects.filter(conference=conference_id, user__in=people, status__in=ACTIVE)
    seats = seated.order_by().values_list("user_id", "delegation_id")
    applied = active.order_by().values_list("user_id", Value(APPLIED))
    # What somebody applied for counts before where the organisers put them.
    return dict(sorted(seats.union(applied), key=lambda held: -held[1]))


def second_heads(entries: Sequence[Entry]) -> dict[UUID, WrongMove]:
    heads = [entry for entry in entries if entry.category.capacity == Capacity.HEAD]
    has_one = led(entry.wish.delegation_id for entry in heads) if heads else set()
    refused: dict[UUID, WrongMove] = {}
    for entry in heads:
        if entry.wish.delegation_id in has_one:
            refused[entry.wish.submit_key] = WrongMove(ONE_HEAD)
        elif entry.wish.delegation_id is not None:
            has_one.add(entry.wish.delegation_id)
    return refused


def stands(read: Mapping[UUID, Entry | Refusal], entry: Entry) -> bool:
    return read[entry.wish.submit_key] is entry
