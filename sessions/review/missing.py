"""What is there of what a delegation hands in for a review, and what is missing. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from sessions.floor.models import HOLDING, Mode, State
from sessions.review.models import ClipState, Slot
from sessions.review.queries import is_open, is_waiting
from sessions.review.rules import HEARD


class Part(StrEnum):
    """What is asked of a delegation, in the order in which it is shown."""

    STATEMENT = "statement"
    FILM = "film"
    SPEAKER = "speaker"
    THEME = "theme"
    READY = "ready"


# As pages show states (base.css): missing, on its way, refused, there.
MISSING, ON_ITS_WAY, REFUSED, THERE = "pending", "waiting", "failed", "done"


@dataclass(frozen=True, slots=True)
class Item:
    """One thing that is asked of a delegation: how it stands, for a stylesheet and in words."""

    part: Part
    state: str
    says: str | Promise

    @property
    def title(self) -> str | Promise:
        return TITLES[self.part]

    @property
    def is_missing(self) -> bool:
        return self.state in (MISSING, REFUSED)


TITLES: dict[Part, Promise] = {
    Part.STATEMENT: _("Statement"),
    Part.FILM: _("Film"),
    Part.SPEAKER: _("Speaker"),
    Part.THEME: _("Theme"),
    Part.READY: _("Ready"),
}


def items_of(slot: Slot, *, has_themes: bool) -> Sequence[Item]:
    """All that is asked of the slot’s delegation, whether it is there or not; nothing once it was heard or given up."""
    if not is_open(slot):
        return []
    items = [_statement(slot)]
    if slot.turn.mode == Mode.RECORDED:
        items.append(_film(slot))
    items.append(_speaker(slot))
    if has_themes:
        items.append(_theme(slot))
    if slot.turn.mode != Mode.WRITTEN:
        items.append(_ready(slot))
    return items


def missing_of(slot: Slot, *, has_themes: bool) -> Sequence[Item]:
    return [item for item in items_of(slot, has_themes=has_themes) if item.is_missing]


def _statement(slot: Slot) -> Item:
    if slot.statements.all():
        return Item(Part.STATEMENT, THERE, _("Handed in"))
    return Item(Part.STATEMENT, MISSING, _("Missing"))


def _film(slot: Slot) -> Item:
    clip = getattr(slot, "clip", None)
    if clip is None:
        return Item(Part.FILM, MISSING, _("Missing"))
    state = {ClipState.CHECKING: ON_ITS_WAY, ClipState.READY: THERE, ClipState.REFUSED: REFUSED}[ClipState(clip.state)]
    return Item(Part.FILM, state, ClipState(clip.state).label)


def _speaker(slot: Slot) -> Item:
    if not slot.turn.name:
        return Item(Part.SPEAKER, MISSING, _("Not named yet"))
    return Item(Part.SPEAKER, THERE, slot.turn.name)


def _theme(slot: Slot) -> Item:
    if slot.theme is None:
        return Item(Part.THEME, MISSING, _("Not chosen yet"))
    return Item(Part.THEME, THERE, str(slot.theme))


def _ready(slot: Slot) -> Item:
    if slot.turn.state in (State.READY, *HOLDING):
        return Item(Part.READY, THERE, _("You said that you are ready"))
    return Item(Part.READY, ON_ITS_WAY, _("Say so before you are called"))


def may_change(slot: Slot) -> bool:
    """Whether speaker, theme, statement and film may still be changed or taken back."""
    return is_waiting(slot)


def was_heard(slot: Slot) -> bool:
    return slot.turn.state in HEARD
