"""Statements and films: handed in over whatever link a delegation has, checked, and kept until they are heard."""

from datetime import datetime
from functools import partial
from typing import Any, cast

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from conferences.checking import check
from conferences.rules import Person
from files.actions import discard_upload
from files.models import Upload
from outbox.changes import action, record
from outbox.errors import Invalid, NotThere, WrongMove
from sessions.floor.actions.standing import change_turn, floor_under_lock, set_here, set_ready
from sessions.floor.models import HOLDING, State
from sessions.programme.models import Session
from sessions.review.actions.steps import judge_film, locked_slot
from sessions.review.models import Clip, ClipState, Slot, Statement
from sessions.review.queries import is_waiting, slots_with_names
from sessions.review.rules import CLIPS, HEARD, STATEMENTS, may_answer_for, may_prepare
from sessions.stage.actions import stop_playing
from sessions.stage.bundles import remove_bundle
from sessions.stage.clip_jobs import Outcome, start_clip

ON_RECORD = _("It was heard or filed: what is on record stays as it is. Another language may still be added.")


@action
def hand_in_statement(
    slot_id: int,
    *,
    language: str,
    text: str = "",
    upload_id: int | None = None,
    check_against_delivery: bool = True,
    embargoed_until: datetime | None = None,
    by: Person,
) -> Statement:
    """The statement in one language, typed or as a file that `by` uploaded, in place of what was there in it.

    `embargoed_until` is aware; nobody in the hall reads it before, nor before it was delivered or filed. Interpreters
    have it at once. From then on it is on record: a language may be added, without an embargo, and none is exchanged.
    Raises NotThere, SignInFirst, Invalid (`language`, `text`, `file`, `embargoed_until`), and WrongMove.
    """
    slot = locked_slot(slot_id, by, may_prepare)
    kept = text.strip()
    found = Statement.objects.filter(slot=slot, language=language).first()
    if not kept and upload_id is None and (found is None or found.upload_id is None):
        raise Invalid(fields={"text": _("Type the statement, or choose its file.")})
    if upload_id is not None and (found is None or found.upload_id != upload_id):
        _check_free(upload_id, STATEMENTS, by)
    wanted = {
        "text": kept,
        "upload_id": upload_id if upload_id is not None else found.upload_id if found else None,
        "check_against_delivery": check_against_delivery,
        "embargoed_until": embargoed_until,
    }
    if found is not None and all(getattr(found, name) == value for name, value in wanted.items()):
        return found
    if slot.turn.state in HEARD:
        _require_addition(found, embargoed_until)
    record("statement.handed_in", slot)
    statement = found or Statement(slot=slot, language=language)
    replaced = statement.upload_id
    for name, value in wanted.items():
        setattr(statement, name, value)
    statement.handed_in_at, statement.handed_in_by_id = timezone.now(), by.pk
    check(statement)
    statement.save()
    if replaced is not None and replaced != statement.upload_id:
        discard_upload(replaced)
    _can_be_filed(slot, by)
    return statement


def _require_addition(found: Statement | None, embargoed_until: datetime | None) -> None:
    if found is not None:
        raise WrongMove(ON_RECORD)
    if embargoed_until is not None:
        raise Invalid(fields={"embargoed_until": _("It was heard or filed already. Leave this empty.")})


def _can_be_filed(slot: Slot, by: Any) -> None:
    there = Statement.objects.filter(slot=slot).exists()
    change_turn(slot.turn, can_be_filed=there, by=by)


def _check_free(upload_id: int, purpose: str, by: Person) -> None:
    free = Upload.objects.filter(pk=upload_id, purpose=purpose, owner_id=by.pk)
    if not free.filter(statement__isnull=True, clip__isnull=True).exists():
        raise NotThere


@action
def remove_statement(statement_id: int, *, by: Person) -> None:
    """Takes the statement in one language back, with its file. Quietly done where it is gone.

    Raises NotThere, SignInFirst, and WrongMove once it was delivered or filed: then it is on record.
    """
    slot = _slot_of_statement(statement_id, by)
    statement = Statement.objects.filter(pk=statement_id).first()
    if statement is None:
        return
    if not is_waiting(slot) and slot.turn.state != State.WITHDRAWN:
        raise WrongMove(_("It was called: what was handed in is on record."))
    record("statement.removed", slot)
    file = statement.upload_id
    statement.delete()
    if file is not None:
        discard_upload(file)
    _can_be_filed(slot, by)


@action
def end_embargo(statement_id: int, *, by: Person) -> None:
    """What was heard or filed can be read at once. Quietly done where there is no embargo, or no statement any more.

    Raises NotThere, SignInFirst, and WrongMove before it was heard: then it is handed in anew.
    """
    slot = _slot_of_statement(statement_id, by)
    statement = Statement.objects.filter(pk=statement_id, embargoed_until__isnull=False).first()
    if statement is None:
        return
    if slot.turn.state not in HEARD:
        raise WrongMove
    record("statement.released", slot)
    statement.embargoed_until = None
    statement.save(update_fields=["embargoed_until"])


def _slot_of_statement(statement_id: int, by: Person) -> Slot:
    slot_id = Statement.objects.filter(pk=statement_id).values_list("slot_id", flat=True).first()
    if slot_id is None:
        raise NotThere
    return locked_slot(slot_id, by, may_prepare)


@action
def hand_in_clip(slot_id: int, upload_id: int, *, by: Person) -> Clip:
    """The recorded statement, in place of an earlier one; it is checked and converted in the background.

    `upload_id` is a film that `by` uploaded for this. Raises NotThere, SignInFirst, and WrongMove once it was called.
    """
    slot = locked_slot(slot_id, by, may_prepare)
    found = Clip.objects.filter(slot=slot).first()
    if found is not None and found.upload_id == upload_id:
        return found
    _require_replaceable(slot)
    _check_free(upload_id, CLIPS, by)
    record("clip.handed_in", slot)
    if found is not None:
        _forget(slot, found)
    job = start_clip(slot.review_id, upload_id, allotted_ms=slot.turn.allotted_ms, by=cast(User, by))
    return Clip.objects.create(
        slot=slot, upload_id=upload_id, job=job, handed_in_at=timezone.now(), handed_in_by_id=by.pk
    )


def _require_replaceable(slot: Slot) -> None:
    # One that failed while it was shown may be replaced by one that works.
    if not is_waiting(slot) and slot.turn.state != State.INTERRUPTED:
        raise WrongMove(_("It was called: what was handed in is on record."))


def _forget(slot: Slot, clip: Clip) -> None:
    if slot.turn.state in HOLDING:
        # Where it stands still, everybody’s picture is of it.
        stop_playing(slot.review.session)
    session_id, bundle, upload_id = slot.review_id, clip.bundle, clip.upload_id
    clip.delete()
    discard_upload(upload_id)
    _discard_bundle(session_id, bundle)


def _discard_bundle(session_id: int, bundle: str) -> None:
    """It goes when that is committed: no row is left without its film."""
    if bundle:
        transaction.on_commit(partial(remove_bundle, session_id, bundle), robust=True)


@action
def remove_clip(slot_id: int, *, by: Person) -> None:
    """Takes the film back, also where the delegation does not present. Quietly done where there is none. Raises as
    `hand_in_clip`."""
    slot = locked_slot(slot_id, by, may_prepare)
    found = Clip.objects.filter(slot=slot).first()
    if found is None:
        return
    if slot.turn.state != State.WITHDRAWN:
        _require_replaceable(slot)
    record("clip.removed", slot)
    _forget(slot, found)


@action
def take_outcome(session_id: int, upload_id: int, outcome: Outcome) -> None:
    """A worker is through with a film: it can be shown, or the delegation is told what to change.

    By nobody’s own right; quietly done where the film was replaced meanwhile, or this was told before.
    """
    session = Session.objects.filter(pk=session_id).first()
    if session is None:
        return
    floor_under_lock(session)
    slot = slots_with_names().filter(review_id=session_id, clip__upload_id=upload_id).first()
    if slot is None:
        return
    if slot.clip.state != ClipState.CHECKING:
        if slot.clip.bundle != outcome.bundle:
            _discard_bundle(session_id, outcome.bundle)
        return
    record("clip.checked", slot)
    clip = slot.clip
    clip.outcome = outcome.as_dict()
    clip.bundle = outcome.bundle
    clip.milliseconds = None if outcome.facts is None else round(outcome.facts.seconds * 1000)
    # The time may have changed while it was worked on.
    judge_film(slot)


@action
def say_ready(slot_id: int, *, ready: bool = True, by: Person) -> None:
    """That the delegation is there and can begin, or cannot after all: by its voice or a focal point, who need not be
    let into the session. Raises NotThere, SignInFirst, WrongMove."""
    slot = locked_slot(slot_id, by, may_answer_for)
    set_ready(slot.turn, ready=ready, by=by)


@action
def say_here(slot_id: int, *, by: Person) -> None:
    """That the delegation, which is called, is there. By whom and raises as `say_ready`."""
    slot = locked_slot(slot_id, by, may_answer_for)
    set_here(slot.turn, by=by)
