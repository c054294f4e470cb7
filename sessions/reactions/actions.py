"""Reacting to what is seen and heard: a whole hall at the same moment."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.core.cache import cache
from django.utils.translation import gettext_lazy as _

from conferences.rules import Person
from outbox.changes import action, record_tally
from outbox.errors import Invalid, NotThere, Refusal, SignInFirst, TooFast, WrongMove
from sessions.programme.models import Session, State
from sessions.programme.rules import RightsOfMany
from sessions.reactions.live import KEY, REACTIONS
from sessions.reactions.models import Kind, Reactions

# In one command: a page gathers what somebody taps within a second.
MOST_TIMES = 10
# Of one person, so many in so many seconds: as fast as anybody claps.
MOST_OF_ONE = 60
WITHIN = 10


@dataclass(frozen=True, slots=True)
class Reaction:
    """Somebody's wish to react to a session, so many times."""

    session_id: int
    kind: str
    times: int
    by: Person


@action
def react(wishes: Sequence[Reaction]) -> list[Mapping[str, int] | Refusal]:
    """Many people's reactions in one change: a result for each, in order; one that is refused fails no other.

    A result is the session's counts of this commit, or NotThere, SignInFirst, WrongMove (it is not live), Invalid
    (`kind`, `times`) or TooFast.
    """
    sessions = Session.objects.in_bulk({wish.session_id for wish in wishes})
    rights = RightsOfMany([wish.by for wish in wishes], sessions.values())
    refused = [_refusal(wish, sessions.get(wish.session_id), rights) for wish in wishes]
    wanted = {wish.session_id for wish, refusal in zip(wishes, refused, strict=True) if refusal is None}
    counted = _locked(wanted)
    for wish, refusal in zip(wishes, refused, strict=True):
        if refusal is None:
            counted[wish.session_id].add(wish.kind, wish.times)
    for session_id, reactions in counted.items():
        reactions.save()
        record_tally(REACTIONS.name(session_id=session_id), KEY, reactions.counts)
    return [
        counted[wish.session_id].counts if refusal is None else refusal
        for wish, refusal in zip(wishes, refused, strict=True)
    ]


def _refusal(wish: Reaction, session: Session | None, rights: RightsOfMany) -> Refusal | None:
    if not wish.by.is_authenticated or wish.by.pk is None:
        return SignInFirst()
    if session is None or not rights.may_enter(wish.by, session):
        return NotThere()
    if wish.kind not in Kind.values:
        return Invalid(fields={"kind": _("There is no such reaction.")})
    if not 1 <= wish.times <= MOST_TIMES:
        return Invalid(fields={"times": _("That is too often at once.")})
    if session.state != State.LIVE:
        return WrongMove(_("The session is not live now."))
    return TooFast() if _of_late(wish) > MOST_OF_ONE else None


def _of_late(wish: Reaction) -> int:
    """How often this person has reacted in the last seconds, this time included. Pace is not worth a row each."""
    key = f"reactions:{wish.by.pk}"
    cache.add(key, 0, timeout=WITHIN)
    try:
        return int(cache.incr(key, wish.times))
    except ValueError:
        return wish.times  # it ran out between the two


def _locked(session_ids: set[int]) -> dict[int, Reactions]:
    """In the order of their keys, so that two who want the same rows never wait for each other."""
    ordered = sorted(session_ids)
    rows = Reactions.objects.select_for_update(no_key=True).filter(pk__in=ordered).order_by("pk")
    locked = {row.pk: row for row in rows}
    if len(locked) < len(ordered):
        Reactions.objects.bulk_create([Reactions(session_id=pk) for pk in ordered], ignore_conflicts=True)
        locked = {row.pk: row for row in rows.all()}
    return locked
