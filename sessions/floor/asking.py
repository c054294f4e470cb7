"""What somebody may ask of the floor at this moment, and in words why not the rest.

Pages say it before a button is pressed; the actions decide. `static/floor/asking.js` says the same as the floor moves
on.
"""

from collections.abc import Set
from dataclasses import dataclass

from django.db import models
from django.utils.translation import gettext_lazy as _

from sessions.floor.models import Kind, Speakers


class WhyNot(models.TextChoices):
    SIGN_IN = "sign_in", _("Sign in to ask for the floor.")
    NO_VOICE = "no_voice", _("Only those who may speak for a delegation can ask for this.")
    ON_LIST = "on_list", _("You are on the list for this.")
    NOT_ON = "not_on", _("This can be asked for while the session is on.")
    NO_REPLY_LEFT = "no_reply_left", _("Your delegation has no right of reply left on this item.")
    CLOSED = "closed", _("The list is closed.")
    FULL = "full", _("The list is full: as many wait as there is time for.")
    POINT_IS_OPEN = "point_is_open", _("Your delegation has one open.")


@dataclass(frozen=True, kw_only=True)
class Asker:
    """One person before one floor. `open_kinds`: what they have a turn for that is not over."""

    signed_in: bool
    has_voice: bool
    session_is_on: bool
    speakers: str
    list_is_open: bool
    # Statements are not asked for and not counted.
    waiting_count: int
    longest_list: int
    most_replies: int
    open_kinds: Set[str] = frozenset()
    replies_given: int = 0
    has_open_point: bool = False


def why_not(kind: Kind, asker: Asker) -> WhyNot | None:
    """Why this person cannot ask for it now, in the order in which `join_list` refuses. None where they can."""
    if not asker.signed_in:
        return WhyNot.SIGN_IN
    if not asker.has_voice and (kind == Kind.REPLY or asker.speakers == Speakers.DELEGATIONS):
        return WhyNot.NO_VOICE
    if kind in asker.open_kinds:
        return WhyNot.ON_LIST
    if kind == Kind.REPLY and not asker.session_is_on:
        return WhyNot.NOT_ON
    if kind == Kind.REPLY and asker.replies_given >= asker.most_replies:
        return WhyNot.NO_REPLY_LEFT
    if kind != Kind.REPLY and not asker.list_is_open:
        return WhyNot.CLOSED
    if asker.waiting_count >= asker.longest_list:
        return WhyNot.FULL
    return None


def why_no_point(asker: Asker) -> WhyNot | None:
    """Why this person cannot rise to a point of order now."""
    if not asker.signed_in:
        return WhyNot.SIGN_IN
    if not asker.has_voice:
        return WhyNot.NO_VOICE
    if not asker.session_is_on:
        return WhyNot.NOT_ON
    return WhyNot.POINT_IS_OPEN if asker.has_open_point else None
