"""Where a refusal goes in a form, so that what was typed stays under what is wrong with it."""

from collections.abc import Mapping

from django.forms import BaseForm

from outbox.errors import Refusal, Words


class Marking(BaseForm):
    """A form in which what an action refused finds its field."""

    def mark(self, refusal: Refusal, also: Mapping[str, Words] | None = None) -> None:
        """Puts each of the refusal's fields beside what it is about, and above the form what the form does not show.

        `also`, by field, goes before what the refusal says of the same one.
        """
        wrong = {**refusal.fields, **(also or {})}
        for name, words in wrong.items():
            field = self.fields.get(self.field_of(name))
            is_shown = field is not None and not field.widget.is_hidden
            self.add_error(self.field_of(name) if is_shown else None, str(words))
        if not wrong:
            self.add_error(None, str(refusal.words))

    def field_of(self, name: str) -> str:
        """What the form calls that which the action calls `name`."""
        return name
