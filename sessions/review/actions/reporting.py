"""The report page of a delegation: what it achieved, what it undertakes, and whether everybody may read it."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from conferences.checking import check
from conferences.rules import Person
from outbox.changes import action, record
from outbox.errors import Invalid, WrongMove
from sessions.review.actions.steps import locked_slot
from sessions.review.models import Achievement, Commitment, Slot
from sessions.review.rules import HEARD, may_prepare

MOST_ACHIEVEMENTS = 10
MOST_COMMITMENTS = 20


@action
def set_achievements(slot_id: int, rows: Sequence[Mapping[str, Any]], *, by: Person) -> None:
    """What, figure, evidence and focus area of each, ten at most; an empty line is none.

    Raises NotThere, SignInFirst, Invalid (`achievements`, or the field of a row).
    """
    slot = locked_slot(slot_id, by, may_prepare)
    kept = [row for row in rows if any(str(value).strip() for value in row.values())]
    if len(kept) > MOST_ACHIEVEMENTS:
        raise Invalid(fields={"achievements": _("At most %(number)s can be named.") % {"number": MOST_ACHIEVEMENTS}})
    made = [Achievement(slot=slot, position=position, **row) for position, row in enumerate(kept)]
    for one in made:
        check(one)
    slot.achievements.all().delete()
    Achievement.objects.bulk_create(made)


@action
def set_commitments(slot_id: int, rows: Sequence[Mapping[str, Any]], *, by: Person) -> None:
    """Text and follow-up of each, twenty at most. Raises as `set_achievements`."""
    slot = locked_slot(slot_id, by, may_prepare)
    kept = [row for row in rows if str(row.get("text", "")).strip()]
    if len(kept) > MOST_COMMITMENTS:
        raise Invalid(fields={"commitments": _("At most %(number)s can be named.") % {"number": MOST_COMMITMENTS}})
    made = [Commitment(slot=slot, position=position, **row) for position, row in enumerate(kept)]
    for one in made:
        check(one)
    slot.commitments.all().delete()
    Commitment.objects.bulk_create(made)


@action
def publish_page(slot_id: int, *, by: Person) -> Slot:
    """Opens the report to everybody who may enter the session. Raises NotThere, SignInFirst, and WrongMove before the
    statement was delivered or filed."""
    slot = locked_slot(slot_id, by, may_prepare)
    if slot.published_at is not None:
        return slot
    if slot.turn.state not in HEARD:
        raise WrongMove(_("It can be published once the statement was delivered or filed."))
    return _set_published(slot, True)


@action
def unpublish_page(slot_id: int, *, by: Person) -> Slot:
    """Closes it again. Raises NotThere, SignInFirst."""
    slot = locked_slot(slot_id, by, may_prepare)
    return _set_published(slot, False) if slot.published_at is not None else slot


def _set_published(slot: Slot, is_published: bool) -> Slot:
    record("slot.published", slot)
    slot.published_at = timezone.now() if is_published else None
    slot.save(update_fields=["published_at"])
    return slot
