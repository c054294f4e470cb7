"""Refusals: what an edge turns into a clear answer. None of them closes a socket or shows a trace."""

from collections.abc import Mapping
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

Words = str | Promise


class Refusal(Exception):
    """A command that was understood and not carried out. `code` is for machines, `words` for the person who asked."""

    code = "refused"
    status = 409
    words: Words = _("This cannot be done now.")

    def __init__(self, words: Words | None = None, *, fields: Mapping[str, Words] | None = None) -> None:
        super().__init__(self.code)
        if words is not None:
            self.words = words
        self.fields = dict(fields or {})

    def as_answer(self) -> dict[str, Any]:
        """The wire's form, in the language that is active now."""
        answer: dict[str, Any] = {"code": self.code, "message": str(self.words)}
        if self.fields:
            answer["fields"] = {name: str(words) for name, words in self.fields.items()}
        return answer


class NotThere(Refusal):
    """There is no such thing, or it is not for this person: the two read alike."""

    code = "not_there"
    status = 404
    words = _("There is no such thing here, or it is not open to you.")


class SignInFirst(Refusal):
    code = "sign_in"
    status = 403
    words = _("Sign in first.")


class NotAllowed(Refusal):
    """The person sees the thing and may not do this to it."""

    code = "not_allowed"
    status = 403
    words = _("You may see this, but not change it.")


class WrongMove(Refusal):
    """The thing's state does not allow this move."""

    code = "wrong_move"
    words = _("Somebody was quicker, or it is too late for this. Look at the current state and try again.")


class Invalid(Refusal):
    """What was sent cannot be read or does not fit; `fields` says where."""

    code = "invalid"
    status = 400
    words = _("Please correct what is marked.")


class UnknownCommand(Refusal):
    code = "unknown_command"
    status = 400
    words = _("This page asked for something that does not exist. Reload it.")


class Failed(Refusal):
    """Something on our side broke, which is in the server's log. The edges say so where a page waits for an answer."""

    code = "failed"
    status = 500
    words = _("Something went wrong on our side. Wait a moment and try again.")


class TooFast(Refusal):
    code = "too_fast"
    status = 429
    words = _("That was very quick. Wait a moment and try again.")
