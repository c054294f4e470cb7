"""Carrying out a command once, however often and by whichever way it was sent."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4, uuid5

import msgspec
from django.contrib.auth import get_user_model
from django.contrib.auth.models import AbstractBaseUser, AnonymousUser
from django.db import IntegrityError, transaction

from outbox.changes import as_a_whole
from outbox.errors import Invalid, Refusal, SignInFirst
from outbox.models import Receipt
from outbox.registry import Asked, CommandGroup
from outbox.registry import command as command_named

# PostgreSQL keeps no U+0000, and half a character (a lone surrogate) has no UTF-8.
NOT_KEPT = re.compile("[\x00\ud800-\udfff]")

# Who sent it, and the id that their page made.
Key = tuple[int, UUID]
# What a receipt holds until its command is carried out. It is never committed, so whoever reads it made it.
OPEN = {"": "open"}


@dataclass(frozen=True, slots=True)
class Sent:
    """A command as a page sent it, with the key of the person who is signed in there."""

    name: str
    payload: object
    by_id: int
    command_id: UUID

    @property
    def key(self) -> Key:
        return self.by_id, self.command_id


def id_of_button(form_id: str | None, button: str) -> UUID:
    """The id of a command that one of a form's buttons sends. Without a `form_id`, made with the page, it is a new one.

    One form holds several buttons, so the button is part of the id: a page that was gone back to may send another of
    them, and the same one again does nothing twice.
    """
    try:
        return uuid5(UUID(form_id or ""), button)
    except ValueError:
        return uuid4()


def perform(name: str, payload: object, *, by: AbstractBaseUser | AnonymousUser, command_id: UUID) -> dict[str, Any]:
    """Runs the command, or returns the first answer again where this person sent this id before.

    `command_id` is made by the page; the receipt is written in the transaction of the change, so a command whose
    answer was lost can be sent again safely. Raises a Refusal, which leaves no receipt: it may be tried again.
    """
    command = command_named(name)
    if not by.is_authenticated:
        raise SignInFirst
    data = _read(payload, command.payload)
    with as_a_whole():
        receipt = _new_receipt(name, by.pk, command_id)
        if receipt is None:
            return _first_answer(Receipt.objects.get(doer_id=by.pk, command_id=command_id), name)
        answer = dict(command.run(data, by=by) or {})
        if answer:
            receipt.answer = answer
            receipt.save(update_fields=["answer"])
        return answer


def _new_receipt(name: str, doer_id: int, command_id: UUID) -> Receipt | None:
    """None where there is one, having waited for whoever was carrying the same command out."""
    try:
        with transaction.atomic():
            return Receipt.objects.create(doer_id=doer_id, command_id=command_id, command=name)
    except IntegrityError:
        return None


def perform_together(group: CommandGroup, sent: Sequence[Sent]) -> list[dict[str, Any] | Refusal]:
    """Runs many people's commands of one group in one commit: for each, in order, what `perform` returns or raises.

    One that is refused fails no other. An id that is sent twice within the group is done once, and both get its
    result. What else goes wrong is raised and nothing was done: then each can still be sent to `perform` by itself.
    The words of a Refusal are put into the language that is active when they are read, which is not yet the person's.
    """
    doers = get_user_model()._default_manager.in_bulk({each.by_id for each in sent})
    read = [_asked(group, each, doers.get(each.by_id)) for each in sent]
    # In the order they came; of an id that came twice, the first.
    asked: dict[Key, Asked] = {}
    for each, what in zip(sent, read, strict=True):
        if isinstance(what, Asked):
            asked.setdefault(each.key, what)
    outcomes = _done_once(group, asked) if asked else {}
    return [
        what if isinstance(what, Refusal) else _answered(outcomes[each.key], each.name)
        for each, what in zip(sent, read, strict=True)
    ]


def _asked(group: CommandGroup, sent: Sent, doer: AbstractBaseUser | None) -> Asked | Refusal:
    command = command_named(sent.name)
    if command.group is not group:
        raise ValueError(f"{sent.name} does not belong to the group {group.name}")
    if doer is None or not doer.is_active:
        return SignInFirst()
    try:
        return Asked(sent.name, _read(sent.payload, command.payload), doer)
    except Refusal as refusal:
        return refusal


def _done_once(group: CommandGroup, asked: Mapping[Key, Asked]) -> dict[Key, Receipt | Refusal]:
    """Runs those that were not done before. What was done has its receipt, what was refused has none."""
    with transaction.atomic():
        receipts = _claimed(asked)
        fresh = [key for key in asked if receipts[key].answer == OPEN]
        results = group.run([asked[key] for key in fresh]) if fresh else ()
        refused: dict[Key, Refusal] = {}
        for key, result in zip(fresh, results, strict=True):
            if isinstance(result, Refusal):
                refused[key] = result
            else:
                receipts[key].answer = dict(result)
        _keep([receipts[key] for key in fresh if key not in refused])
        if refused:
            Receipt.objects.filter(pk__in=[receipts[key].pk for key in refused]).delete()
        return {**receipts, **refused}


def _claimed(asked: Mapping[Key, Asked]) -> dict[Key, Receipt]:
    """The receipt of each: open where it is new, or as it was given before.

    Made in one sorted statement, which waits where the same id is being carried out elsewhere.
    """
    Receipt.objects.bulk_create(
        [Receipt(doer_id=key[0], command_id=key[1], command=asked[key].name, answer=OPEN) for key in sorted(asked)],
        ignore_conflicts=True,
    )
    doer_ids, command_ids = {key[0] for key in asked}, {key[1] for key in asked}
    found = Receipt.objects.filter(doer_id__in=doer_ids, command_id__in=command_ids)
    return {(receipt.doer_id, receipt.command_id): receipt for receipt in found}


def _keep(receipts: Sequence[Receipt]) -> None:
    # They are all there: an upsert is shorter than an update, which names the case of each row.
    Receipt.objects.bulk_create(receipts, update_conflicts=True, unique_fields=["id"], update_fields=["answer"])


def _answered(outcome: Receipt | Refusal, name: str) -> dict[str, Any] | Refusal:
    if isinstance(outcome, Refusal):
        return outcome
    try:
        return _first_answer(outcome, name)
    except Refusal as refusal:
        return refusal


def _first_answer(receipt: Receipt, name: str) -> dict[str, Any]:
    if receipt.command != name:
        raise Invalid(fields={"id": "used for another command"})
    answer: dict[str, Any] = receipt.answer
    return answer


def _read(payload: object, shape: type[msgspec.Struct]) -> msgspec.Struct:
    try:
        data = msgspec.convert(payload, shape)
    except msgspec.ValidationError as error:
        # "Expected `int`, got `str` - at `$.session_id`"
        reason, _, path = str(error).partition(" - at `$.")
        raise Invalid(fields={path.rstrip("`") or "with": reason}) from error
    for name in shape.__struct_fields__:
        value = getattr(data, name)
        if isinstance(value, str) and NOT_KEPT.search(value):
            raise Invalid(fields={name: "holds a character that cannot be kept"})
    return data
