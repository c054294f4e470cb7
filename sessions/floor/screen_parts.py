"""What apps above put onto the big screen, over the floor's own line. They register in their `AppConfig`.

The screen has a region for one thing to be looked at. Each part there is an element that its script shows or hides
(`hidden`): while all are hidden the floor has the wall to itself, and beside one that is shown who speaks and the clock
stand at the foot. The screen signs in to nothing: a part shows what the hall sees, and follows topics that are open to
whoever has its address.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest

from sessions.floor.models import Floor


@dataclass(frozen=True)
class ScreenPart:
    """`template` is included in the region with what `context(request, floor)` returns, or left out where that is None.

    A context that follows a topic calls `open_topics`. `styles` and `scripts` (modules) are static paths.
    """

    name: str
    template: str
    context: Callable[[HttpRequest, Floor], Mapping[str, Any] | None]
    styles: tuple[str, ...] = ()
    scripts: tuple[str, ...] = ()


_parts: dict[str, ScreenPart] = {}


def register(part: ScreenPart) -> ScreenPart:
    if part.name in _parts:
        raise ValueError(f"the part {part.name} of the big screen is registered twice")
    _parts[part.name] = part
    return part


def fill(request: HttpRequest, floor: Floor) -> list[tuple[ScreenPart, Mapping[str, Any]]]:
    """The parts with something to show, by name. The caller has checked `may_open_screen`."""
    filled = ((part, part.context(request, floor)) for _name, part in sorted(_parts.items()))
    return [(part, context) for part, context in filled if context is not None]
