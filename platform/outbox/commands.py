"""Carrying out a command once, however often and by whichever way it was sent."""

import re
from typing import Any
from uuid import UUID

import msgspec
from django.contrib.auth.models import AbstractBaseUser, AnonymousUser
from django.db import transaction

from outbox.errors import Invalid, SignInFirst
from outbox.models import Receipt
from outbox.registry import command as command_named

# PostgreSQL keeps no U+0000, and half a character (a lone surrogate) has no UTF-8.
NOT_KEPT = re.compile("[\x00\ud800-\udfff]")


def perform(name: str, payload: object, *, by: AbstractBaseUser | AnonymousUser, command_id: UUID) -> dict[str, Any]:
    """Runs the command, or returns the first answer again where this person sent this id before.

    `command_id` is made by the page; the receipt is written in the transaction of the change, so a command whose
    answer was lost can be sent again safely. Raises a Refusal, which leaves no receipt: it may be tried again.
    """
    command = command_named(name)
    if not by.is_authenticated:
        raise SignInFirst
    data = _read(payload, command.payload)
    with transaction.atomic():
        receipt, fresh = Receipt.objects.get_or_create(doer_id=by.pk, command_id=command_id, defaults={"command": name})
        if not fresh:
            if receipt.command != name:
                raise Invalid(fields={"id": "used for another command"})
            return receipt.answer
        answer = dict(command.run(data, by=by) or {})
        if answer:
            receipt.answer = answer
            receipt.save(update_fields=["answer"])
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
