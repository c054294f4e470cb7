"""What apps above say on the floor’s page in words alone. They register in their `AppConfig`.

The page is for the weakest link: what a part shows is words and links, with no script, no picture and no style of its
own, and its forms are pages.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest

from sessions.programme.models import Session


@dataclass(frozen=True)
class TextPart:
    """`now` and `below` are templates, included under who has the floor and under the whole list, each with the page’s
    context and what `context(request, session)` returns, or left out where that is None."""

    name: str
    now: str
    below: str
    context: Callable[[HttpRequest, Session], Mapping[str, Any] | None]


_parts: dict[str, TextPart] = {}


def register(part: TextPart) -> TextPart:
    if part.name in _parts:
        raise ValueError(f"the part {part.name} of the page in words is registered twice")
    _parts[part.name] = part
    return part


def fill(request: HttpRequest, session: Session) -> list[tuple[TextPart, Mapping[str, Any]]]:
    """The parts with something to say, by name. The caller has checked `may_enter`."""
    filled = ((part, part.context(request, session)) for _name, part in sorted(_parts.items()))
    return [(part, context) for part, context in filled if context is not None]
