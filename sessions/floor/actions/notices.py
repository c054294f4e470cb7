"""What the desk tells delegations, and that they have read it."""

from collections.abc import Sequence

from django.utils.translation import gettext_lazy as _

from conferences.models import Delegation
from conferences.rules import Person
from outbox.changes import action, record
from outbox.errors import Invalid, NotThere, WrongMove
from sessions.floor.actions.steps import on_floor, reason_given
from sessions.floor.models import OPEN, Notice, Phrase
from sessions.floor.queries import notices_with_names
from sessions.floor.rules import may_chair, may_read_notices


@action
def send_notice(
    session_id: int, delegation_id: int | None, *, phrase: str = "", text: str = "", by: Person
) -> Sequence[Notice]:
    """Tells one delegation something, or (with None) each that is on the list or has the floor: a `phrase` (of
    Phrase), a `text` in one's own words, or both.

    Whoever may chair can, also while another one holds the desk. Raises NotThere, SignInFirst, NotAllowed, Invalid
    (`text`, `delegation`), and WrongMove: in a rehearsal, and after the end, nobody is told anything.
    """
    now = on_floor(session_id, by, may_chair)
    if now.floor.is_rehearsed:
        raise WrongMove(_("This is a rehearsal: nobody is told anything."))
    now.require_not_over()
    words = reason_given(text, required=False, field="text")
    if phrase not in ("", *Phrase.values) or not (phrase or words):
        raise Invalid(fields={"text": _("Choose what to tell, or write it.")})
    told = Delegation.objects.filter(conference_id=now.session.conference_id)
    if delegation_id is None:
        told = told.filter(pk__in=now.turns.filter(state__in=OPEN, delegation__isnull=False).values("delegation"))
    else:
        told = told.filter(pk=delegation_id)
    notices = [
        Notice(floor=now.floor, delegation=delegation, phrase=phrase, text=words, sent_by_id=by.pk, sent_at=now.at)
        for delegation in told.order_by("position", "pk")
    ]
    if not notices:
        nobody = _("No delegation is on the list.") if delegation_id is None else _("Choose a delegation.")
        raise Invalid(fields={"delegation": nobody})
    for notice in notices:
        notice.save()
        record("notice.sent", notice, new=True)
    return notices


@action
def acknowledge_notice(notice_id: int, *, by: Person) -> None:
    """Says that it was read; once somebody of the delegation did, that stands. Raises NotThere, SignInFirst."""
    session_id = Notice.objects.filter(pk=notice_id).values_list("floor_id", flat=True).first()
    if session_id is None:
        raise NotThere
    now = on_floor(session_id, by)
    notice = notices_with_names().get(pk=notice_id)
    if not may_read_notices(by, now.session, notice.delegation_id):
        raise NotThere
    if notice.acknowledged_at is not None:
        return
    record("notice.acknowledged", notice)
    notice.acknowledged_by_id, notice.acknowledged_at = by.pk, now.at
    notice.save()
