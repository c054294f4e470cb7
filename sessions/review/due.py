"""What is due of each delegation before its turn, and what of it is missing. Reads; they never write."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.db import models
from django.utils.translation import gettext_lazy as _

from registration.delegations import led
from registration.models import ACTIVE, Application, Credential, CredentialState
from sessions.floor.models import Mode
from sessions.programme.models import Session
from sessions.review.models import ClipState, Slot, Theme
from sessions.review.queries import is_waiting, slots_of


class Thing(models.TextChoices):
    """What a delegation brings, in the words of a list."""

    HEAD = "head", _("a head of delegation who is registered")
    CREDENTIALS = "credentials", _("verified credentials")
    SPEAKER = "speaker", _("the name of who speaks")
    THEME = "theme", _("the theme of the statement")
    STATEMENT = "statement", _("the text of the statement")
    FILM = "film", _("the film of the statement")


@dataclass(frozen=True, kw_only=True)
class Standing:
    """How far a delegation is. `credentials` is a CredentialState or "".

    What is being worked on (credentials at the secretariat, a film that is checked) is not there and not missing: the
    delegation has done its part.
    """

    slot: Slot
    people: int
    has_head: bool
    credentials: str
    due: tuple[Thing, ...]

    @property
    def film(self) -> str:
        """A ClipState, or "" without a film."""
        clip = getattr(self.slot, "clip", None)
        return str(clip.state) if clip is not None else ""

    def has(self, thing: Thing) -> bool:
        """Whether it is there, and is as it has to be."""
        turn = self.slot.turn
        match thing:
            case Thing.HEAD:
                return self.has_head
            case Thing.CREDENTIALS:
                return self.credentials == CredentialState.VERIFIED
            case Thing.SPEAKER:
                return bool(turn.name)
            case Thing.THEME:
                return self.slot.theme_id is not None
            case Thing.STATEMENT:
                return bool(self.slot.statements.all())
            case _:
                return self.film == ClipState.READY

    @property
    def missing(self) -> tuple[Thing, ...]:
        """Empty once its turn has come: then it is too late to remind anybody."""
        if not is_waiting(self.slot):
            return ()
        under_way = set()
        if self.credentials == CredentialState.HANDED_IN:
            under_way.add(Thing.CREDENTIALS)
        if self.film == ClipState.CHECKING:
            under_way.add(Thing.FILM)
        return tuple(thing for thing in self.due if not self.has(thing) and thing not in under_way)

    @property
    def is_behind(self) -> bool:
        return bool(self.missing)


def due_of(slot: Slot, *, has_themes: bool) -> tuple[Thing, ...]:
    """A film where it is recorded, a theme where there are any; the rest of everybody."""
    due = [Thing.HEAD, Thing.CREDENTIALS, Thing.SPEAKER]
    if has_themes:
        due.append(Thing.THEME)
    due.append(Thing.STATEMENT)
    if slot.turn.mode == Mode.RECORDED:
        due.append(Thing.FILM)
    return tuple(due)


def standings_of(session: Session, slots: Sequence[Slot] | None = None) -> list[Standing]:
    """Of all that are invited, in calling order; or of these `slots` in theirs."""
    slots = list(slots_of(session.pk)) if slots is None else list(slots)
    delegations = [slot.delegation_id for slot in slots]
    heads, people, credentials = led(delegations), _people(delegations), _credentials(delegations)
    has_themes = Theme.objects.filter(review_id=session.pk).exists()
    return [
        Standing(
            slot=slot,
            people=people[slot.delegation_id],
            has_head=slot.delegation_id in heads,
            credentials=credentials.get(slot.delegation_id, ""),
            due=due_of(slot, has_themes=has_themes),
        )
        for slot in slots
    ]


def behind_first(standings: Iterable[Standing]) -> list[Standing]:
    """Whoever is missing most stands first; of those who miss as much the order stays as it came, in which they are
    called."""
    return sorted(standings, key=lambda one: -len(one.missing))


def _people(delegation_ids: Sequence[int]) -> Counter[int]:
    standing = Application.objects.filter(delegation_id__in=delegation_ids, status__in=ACTIVE)
    return Counter(standing.values_list("delegation_id", flat=True))


def _credentials(delegation_ids: Sequence[int]) -> dict[int, str]:
    """Verified where any are, else what became of the last ones."""
    found: dict[int, str] = {}
    rows = Credential.objects.filter(delegation_id__in=delegation_ids).order_by("pk")
    for delegation_id, state in rows.values_list("delegation_id", "state"):
        if found.get(delegation_id) != CredentialState.VERIFIED:
            found[delegation_id] = state
    return found
