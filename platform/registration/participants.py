"""The list of participants: who is approved and agreed to stand in it, by delegation in protocol order."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Q, QuerySet
from django.utils.timezone import now
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from conferences.models import Conference, Delegation
from conferences.queries import conference_at, delegations_of
from conferences.rules import Person, is_registered
from outbox.errors import NotAllowed, SignInFirst
from registration.models import Application, Phases, Status
from registration.printing import flags, render
from registration.rules import may_decide
from web.moments import day


@dataclass(frozen=True, slots=True)
class Group:
    """Those of a delegation, or of none, by rank and then by name."""

    delegation: Delegation | None
    people: list[Application] = field(default_factory=list)


def conference_with_list(slug: str, user: Person) -> Conference:
    """The conference at this address, for whoever may read its list. Raises NotThere, SignInFirst, NotAllowed."""
    conference = conference_at(slug)
    if may_read_list(user, conference):
        return conference
    if not user.is_authenticated:
        raise SignInFirst(gettext_lazy("The list of participants is for those who take part. Sign in first."))
    raise NotAllowed(gettext_lazy("The list of participants is for those who take part."))


def may_read_list(user: Person, conference: Conference) -> bool:
    """Whoever takes part and the secretariat; everybody where it is public."""
    return is_registered(user, conference.pk) or may_decide(user, conference) or is_public(conference)


def is_public(conference: Conference) -> bool:
    return Phases.objects.filter(conference=conference, list_is_public=True).exists()


def listed(conference: Conference, words: str = "") -> QuerySet[Application]:
    """Who stands in it, with `words` in their name, function or organisation. Nobody's address is looked in.

    Whoever applied in somebody else's name puts nobody into it: the address is shown to be theirs first.
    """
    found = conference.applications.filter(status=Status.APPROVED, is_listed=True, confirmed_at__isnull=False)
    # PostgreSQL knows no U+0000, which an address may hold as %00.
    for word in words.replace("\x00", " ").split():
        found = found.filter(Q(name__icontains=word) | Q(function__icontains=word) | Q(organisation__icontains=word))
    # Nothing else of them is read for a page that may be public.
    return found.only("name", "honorific", "function", "organisation", "rank", "delegation_id", "conference_id")


def grouped(conference: Conference, people: Iterable[Application]) -> list[Group]:
    """Delegations in their protocol order, then those who come for none."""
    groups = {delegation.pk: Group(delegation) for delegation in delegations_of(conference)}
    others = Group(None)
    for person in sorted(people, key=lambda person: (person.rank, person.name.casefold(), person.pk)):
        groups.get(person.delegation_id or 0, others).people.append(person)
    return [group for group in (*groups.values(), others) if group.people]


def as_pdf(conference: Conference, groups: Iterable[Group]) -> bytes:
    """The list for paper, in the language that is active."""
    groups = list(groups)
    codes = [str(group.delegation.country) for group in groups if group.delegation is not None]
    pictures = flags(codes)
    data: dict[str, Any] = {
        "language": get_language() or "en",
        "conference": str(conference.name),
        "title": _("List of participants"),
        "date": day(now(), conference.time_zone),
        "groups": [
            {
                "name": str(group.delegation or _("Other participants")),
                "flag": _flag(group, pictures),
                "people": [_on_paper(person) for person in group.people],
            }
            for group in groups
        ],
    }
    return render("participants", data, pictures=pictures)


def _flag(group: Group, pictures: dict[str, bytes]) -> str:
    code = str(group.delegation.country) if group.delegation is not None else ""
    return code if f"flags/{code}.svg" in pictures else ""


def _on_paper(person: Application) -> dict[str, str]:
    return {
        "name": " ".join(words for words in (person.honorific, person.name) if words),
        "does": ", ".join(words for words in (person.function, person.organisation) if words),
    }
