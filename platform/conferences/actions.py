"""The verbs of a conference as a whole: itself, its delegations, and who takes part.

The conference's row is the lock for all of them: members and delegations of one conference change one after the other.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from random import SystemRandom
from typing import TypedDict, Unpack, cast

from django.db.models import ProtectedError
from django.utils.translation import gettext_lazy as _
from i18nfield.strings import LazyI18nString

from accounts.actions import ensure_person
from accounts.models import User
from conferences.audit import ADDITION, CHANGE, DELETION, note
from conferences.checking import check
from conferences.letters import send_letter
from conferences.models import Conference, Delegation, Membership, Role
from conferences.order import HostSeat, Order, english_name, ordered, placed, protocol_order
from conferences.protocol_names import protocol_name
from conferences.queries import organised
from conferences.rules import Person, may_create_conferences, may_organise
from outbox.changes import action, change_rights
from outbox.errors import Invalid, NotAllowed, NotThere, WrongMove

Texts = Mapping[str, str]


class ConferenceFacts(TypedDict, total=False):
    """What an organiser says of a conference. Texts by language's code; `languages` with the leading one first."""

    slug: str
    acronym: str
    name: Texts
    theme: Texts
    about: Texts
    organiser: Texts
    mode: str
    venue: str
    city: str
    country: str
    time_zone: str
    languages: list[str]
    opens_at: datetime
    closes_at: datetime
    accent: str


TEXTS = ("name", "theme", "about", "organiser")


@action
def create_conference(*, by: Person, **facts: Unpack[ConferenceFacts]) -> Conference:
    """Makes a conference, with whoever makes it as its first organiser. Raises NotAllowed, and Invalid."""
    if not may_create_conferences(by):
        raise NotAllowed
    conference = Conference()
    _set_facts(conference, facts)
    conference.save()
    Membership.objects.create(conference=conference, user=cast(User, by), role=Role.ORGANISER)
    note(conference, ADDITION, by=by)
    change_rights(f"user.{by.pk}")
    return conference


@action
def change_conference(conference_id: int, *, by: Person, **facts: Unpack[ConferenceFacts]) -> Conference:
    """Changes the facts that are given, and no others. Raises NotThere, NotAllowed, and Invalid."""
    conference = organised(conference_id, by)
    _set_facts(conference, facts)
    conference.save()
    note(conference, CHANGE, by=by, words=", ".join(sorted(facts)))
    return conference


def _set_facts(conference: Conference, facts: ConferenceFacts) -> None:
    for field, value in facts.items():
        setattr(conference, field, LazyI18nString(dict(cast(Texts, value))) if field in TEXTS else value)
    if conference.opens_at and conference.closes_at and conference.closes_at <= conference.opens_at:
        raise Invalid(fields={"closes_at": _("It must close after it opens.")})
    check(conference)


# Delegations


@action
def add_delegation(
    conference_id: int, *, country: str = "", name: Texts | None = None, is_host: bool = False, by: Person
) -> Delegation:
    """A country by its ISO code, under its protocol name where none is given; or, with no code, an organisation.

    It takes its alphabetical place, or the last where organisers chose another order. A country that is there already
    is returned as it is. Raises NotThere, NotAllowed, and Invalid.
    """
    conference = organised(conference_id, by)
    seated = list(conference.delegations.order_by("position", "pk"))
    for delegation in seated:
        if country and str(delegation.country) == country:
            return delegation
    delegation = Delegation(conference=conference, country=country, name=LazyI18nString(_name_of(country, name)))
    if is_host:
        _make_host(delegation)
    check(delegation)
    delegation.save()
    _save_order(placed(delegation, seated))
    note(delegation, ADDITION, by=by)
    return delegation


@action
def add_delegations(conference_id: int, *, countries: Iterable[str], by: Person) -> list[Delegation]:
    """Several countries by their ISO codes, each as by `add_delegation`; all of them or none."""
    return [add_delegation(conference_id, country=country, by=by) for country in countries]


@action
def change_delegation(
    delegation_id: int, *, name: Texts | None = None, is_host: bool | None = None, by: Person
) -> Delegation:
    """Sets its protocol name, or makes it the host in place of another. Raises NotThere, NotAllowed, and Invalid."""
    delegation = _delegation(delegation_id, by)
    if name is not None:
        delegation.name = LazyI18nString(_name_of("", name))
    if is_host is not None and is_host != delegation.is_host:
        if is_host:
            _make_host(delegation)
        delegation.is_host = is_host
    check(delegation)
    delegation.save()
    note(delegation, CHANGE, by=by)
    return delegation


def _name_of(country: str, name: Texts | None) -> dict[str, str]:
    given = {language: words.strip() for language, words in (name or {}).items() if words.strip()}
    if given:
        return given
    if not country:
        raise Invalid(fields={"name": _("An organisation needs a name.")})
    try:
        return protocol_name(country)
    except LookupError:
        raise Invalid(fields={"country": _("There is no country with this code.")}) from None


def _make_host(delegation: Delegation) -> None:
    # One host a conference: the database refuses a second even for a moment.
    Delegation.objects.filter(conference_id=delegation.conference_id, is_host=True).update(is_host=False)
    delegation.is_host = True


@action
def remove_delegation(delegation_id: int, *, by: Person) -> None:
    """Raises NotThere, NotAllowed, and WrongMove where it has members, or asked or supported questions."""
    delegation = _delegation(delegation_id, by)
    if delegation.members.exists():
        raise WrongMove(_("This delegation has members. Move or remove them first."))
    note(delegation, DELETION, by=by)
    try:
        delegation.delete()
    except ProtectedError:
        raise WrongMove(_("This delegation is named in what was said here, so it stays.")) from None


@action
def reorder_delegations(conference_id: int, *, order: Sequence[int] | None = None, by: Person) -> None:
    """Seats the delegations in this order of their numbers; with none given, in protocol order.

    Raises NotThere, NotAllowed, and Invalid where `order` does not name each delegation once.
    """
    conference = organised(conference_id, by)
    seated = {delegation.pk: delegation for delegation in conference.delegations.order_by("position", "pk")}
    if order is None:
        wished = protocol_order(seated.values())
    elif sorted(order) == sorted(seated):
        wished = [seated[pk] for pk in order]
    else:
        raise Invalid(_("The delegations changed meanwhile. Look at them and order them again."))
    if _save_order(wished):
        note(conference, CHANGE, by=by, words="order of delegations")


@action
def draw_first_seat(conference_id: int, *, by: Person) -> Delegation:
    """Draws the delegation at which the alphabet begins. Every draw is noted; it moves nobody by itself.

    Raises NotThere, NotAllowed, and WrongMove where there is no delegation.
    """
    conference = organised(conference_id, by)
    seated = list(conference.delegations.order_by("pk"))
    if not seated:
        raise WrongMove(_("No delegation yet"))
    drawn = SystemRandom().choice(seated)
    note(conference, CHANGE, by=by, words=f"drawn for the first seat: {english_name(drawn)}")
    return drawn


@action
def arrange_delegations(
    conference_id: int,
    *,
    order: Order,
    ranks: Mapping[int, int] | None = None,
    seen: Sequence[int] | None = None,
    by: Person,
) -> list[Delegation]:
    """Seats the delegations in a protocol order; `ranks` as in `conferences.order.ordered`.

    `seen` is the order that was shown beforehand. Raises NotThere, NotAllowed, and Invalid where it would be another
    one by now.
    """
    conference = organised(conference_id, by)
    try:
        wished = ordered(conference.delegations.all(), order, ranks=ranks)
    except LookupError:
        raise Invalid(_("The delegations changed meanwhile. Look at them and order them again.")) from None
    if seen is not None and [delegation.pk for delegation in wished] != list(seen):
        raise Invalid(_("The delegations changed meanwhile. Look at them and order them again."))
    if _save_order(wished):
        note(conference, CHANGE, by=by, words=f"order of delegations: {_words_of(order, wished)}")
    return wished


def _words_of(order: Order, delegations: Iterable[Delegation]) -> str:
    words = [f"by {order.by}", f"{order.name} names in {order.language}"]
    words += [f"from {english_name(delegation)}" for delegation in delegations if delegation.pk == order.first]
    words += [f"host {order.host}"] if order.host != HostSeat.AMONG else []
    return ", ".join(words)


def _save_order(delegations: Sequence[Delegation]) -> bool:
    moved = []
    for position, delegation in enumerate(delegations, start=1):
        if delegation.position != position:
            delegation.position = position
            moved.append(delegation)
    Delegation.objects.bulk_update(moved, ["position"])
    return bool(moved)


# Members


@action
def invite_member(
    conference_id: int,
    *,
    email: str,
    name: str,
    role: str,
    delegation: int | None = None,
    by: Person,
) -> Membership:
    """Takes somebody in, known or new here, and tells them by mail in their language.

    Somebody who takes part in just this way already is left alone, with no second mail. `delegation` is a number.
    Raises NotThere, NotAllowed, and Invalid, also where they take part in another way: that is changed in the list.
    """
    conference = organised(conference_id, by, lock=False)
    wished = Membership(conference=conference, role=role, delegation_id=delegation)
    _check_place(wished)
    person = ensure_person(email, name, by=cast(User, by))
    organised(conference_id, by)
    mine = Membership.objects.select_for_update(no_key=True).filter(conference=conference, user=person)
    if there := mine.first():
        if _place(there) == _place(wished):
            # From now on not only because they registered.
            Membership.objects.filter(pk=there.pk).update(registered_over=None)
            return there
        raise Invalid(fields={"email": _("This person takes part already. Change their role in the list.")})
    wished.user = person
    wished.save()
    note(wished, ADDITION, by=by)
    change_rights(f"user.{person.pk}")
    send_letter(
        person,
        conference,
        "conferences/mail/invitation",
        leads_to=conference.get_absolute_url(),
        membership=wished,
        by=by,
    )
    return wished


@action
def change_membership(membership_id: int, *, role: str, delegation: int | None = None, by: Person) -> Membership:
    """Sets a person's role and delegation (by number). What is so already is left alone.

    A voice belongs to the delegation that gave it, and ends with it; verified credentials alone give one. Raises
    NotThere, NotAllowed, Invalid, and WrongMove for the last organiser.
    """
    membership = _membership(membership_id, by)
    before = _place(membership)
    membership.may_speak_for = membership.may_speak_for and membership.delegation_id == delegation
    membership.role, membership.delegation_id, membership.registered_over = role, delegation, None
    if _place(membership) == before:
        return membership
    _check_place(membership)
    if before[0] == Role.ORGANISER and role != Role.ORGANISER:
        _check_not_last(membership)
    membership.save()
    note(membership, CHANGE, by=by, words=f"from {before} to {_place(membership)}")
    change_rights(f"user.{membership.user_id}")
    return membership


@action
def remove_member(membership_id: int, *, by: Person) -> None:
    """Ends somebody's part in the conference: they become a public viewer, and keep their account.

    Raises NotThere, NotAllowed, and WrongMove for the last organiser.
    """
    membership = _membership(membership_id, by)
    if membership.role == Role.ORGANISER:
        _check_not_last(membership)
    note(membership, DELETION, by=by)
    membership.delete()
    change_rights(f"user.{membership.user_id}")


def take_in(conference: Conference, person: User) -> None:
    """Makes somebody who works in a conference one of its participants, unless they take part already.

    To be called inside an action, which says why and tells them.
    """
    _there, made = Membership.objects.get_or_create(conference=conference, user=person)
    if made:
        change_rights(f"user.{person.pk}")
    else:
        # They go on taking part when their registration ends.
        registered = Membership.objects.filter(conference=conference, user=person, registered_over={})
        registered.update(registered_over=_kept(Role.PARTICIPANT, None))


@dataclass(frozen=True, slots=True)
class Seat:
    """The place that somebody's registration is for."""

    person: User
    role: str
    delegation_id: int | None


def seat_all(conference: Conference, seats: Sequence[Seat]) -> None:
    """Gives each the place their registration is for; each person is named once.

    It takes nothing from anybody: an organiser stays one, a delegation that somebody was given by hand stays theirs,
    and a voice with it. To be called inside an action, which says why and tells them.
    """
    theirs = Membership.objects.select_for_update(no_key=True).filter(
        conference=conference, user__in=[one.person.pk for one in seats]
    )
    there = {membership.user_id: membership for membership in theirs.order_by("user_id")}
    newcomers: list[Membership] = []
    changed: list[Membership] = []
    for one in sorted(seats, key=lambda one: one.person.pk):
        membership = there.get(one.person.pk) or Membership(conference=conference, user=one.person)
        role = _role_of(membership, one)
        if membership.pk is not None and (membership.role, membership.delegation_id) == (role, one.delegation_id):
            continue
        if membership.registered_over is None:
            if membership.delegation_id not in (None, one.delegation_id):
                continue
            is_new = membership.pk is None
            membership.registered_over = {} if is_new else _kept(membership.role, membership.delegation_id)
        membership.may_speak_for = membership.may_speak_for and membership.delegation_id == one.delegation_id
        membership.role, membership.delegation_id = role, one.delegation_id
        (newcomers if membership.pk is None else changed).append(membership)
        change_rights(f"user.{one.person.pk}")
    Membership.objects.bulk_create(newcomers)
    Membership.objects.bulk_update(changed, ["role", "delegation", "may_speak_for", "registered_over"])


def _role_of(membership: Membership, seat: Seat) -> str:
    """What a registration makes of somebody: never less than the organisers made of them by hand."""
    by_hand = membership.registered_over is None
    is_theirs = by_hand and membership.role == Role.DELEGATE and membership.delegation_id == seat.delegation_id
    return membership.role if membership.role == Role.ORGANISER or is_theirs else seat.role


def unseat(conference: Conference, person: User) -> None:
    """Takes away again what `seat_all` gave, and no more: what somebody was before, they are afterwards."""
    membership = Membership.objects.select_for_update(no_key=True).filter(conference=conference, user=person).first()
    if membership is None or membership.registered_over is None:
        return
    if membership.registered_over:
        membership.role = membership.registered_over["role"]
        delegation = Delegation.objects.filter(pk=membership.registered_over["delegation"] or 0).first()
        membership.may_speak_for = membership.may_speak_for and membership.delegation == delegation
        membership.delegation, membership.registered_over = delegation, None
        membership.save()
    else:
        membership.delete()
    change_rights(f"user.{person.pk}")


def _kept(role: str, delegation_id: int | None) -> dict[str, str | int | None]:
    return {"role": str(role), "delegation": delegation_id}


def set_voice(conference_id: int, person: User, *, delegation_id: int, may_speak: bool) -> bool:
    """Lets a member of this delegation speak for it, or no longer; says whether that changed anything.

    Somebody who is no member of it has no voice to give. To be called inside an action, which says why.
    """
    members = Membership.objects.filter(conference_id=conference_id, user=person, delegation_id=delegation_id)
    membership = members.select_for_update(no_key=True).first()
    if membership is None or membership.may_speak_for == may_speak:
        return False
    membership.may_speak_for = may_speak
    membership.save(update_fields=["may_speak_for"])
    change_rights(f"user.{person.pk}")
    return True


def _place(membership: Membership) -> tuple[str, int | None]:
    return (str(membership.role), membership.delegation_id)


def _check_place(membership: Membership) -> None:
    if membership.role not in Role.values:
        raise Invalid(fields={"role": _("There is no such role.")})
    if membership.delegation_id is None:
        if membership.role == Role.DELEGATE:
            raise Invalid(fields={"delegation": _("A delegate belongs to a delegation: choose it.")})
    elif not Delegation.objects.filter(pk=membership.delegation_id, conference_id=membership.conference_id).exists():
        raise Invalid(fields={"delegation": _("This delegation does not take part.")})


def _check_not_last(membership: Membership) -> None:
    others = Membership.objects.filter(
        conference_id=membership.conference_id, role=Role.ORGANISER, user__is_active=True
    )
    if not others.exclude(pk=membership.pk).exists():
        raise WrongMove(_("A conference needs an organiser: appoint another one first."))


# Fetching with permission, under the conference's lock


def _delegation(delegation_id: int, by: Person) -> Delegation:
    found = Delegation.objects.filter(pk=delegation_id).values_list("conference_id", flat=True).first()
    if found is None:
        raise NotThere
    organised(found, by)
    delegation = Delegation.objects.filter(pk=delegation_id).first()
    if delegation is None:
        # Removed by somebody while this waited for the conference.
        raise NotThere
    return delegation


def _membership(membership_id: int, by: Person) -> Membership:
    found = Membership.objects.filter(pk=membership_id).values_list("conference_id", flat=True).first()
    if found is None or not may_organise(by, Conference(pk=found)):
        # Who takes part is told to organisers only.
        raise NotThere
    organised(found, by)
    memberships = Membership.objects.select_related("user", "delegation").filter(pk=membership_id)
    membership = memberships.select_for_update(of=("self",), no_key=True).first()
    if membership is None:
        raise NotThere
    return membership
