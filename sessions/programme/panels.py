"""The parts of a session's page. Apps register theirs in their `AppConfig`; the page knows none of them.

So that live questions, the stage or a speakers' list come onto the page without it being touched.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from django.http import HttpRequest

from sessions.programme.models import Session

Position = Literal["main", "aside"]


@dataclass(frozen=True)
class Panel:
    """One part: `template` is included with the page's context and what `context(request, session)` returns.

    `context` may return None where there is nothing to show in this session. It is asked only for people who may
    enter. Names in it should not clash with the page's own: `conference`, `session`, `refreshes`, `panel`.
    `styles` and `scripts` (modules) are static paths that the page links once, in its head and at its end.
    "main" is the wide column (what is seen and heard), "aside" the narrow one; `rank` orders within a column.
    """

    name: str
    template: str
    context: Callable[[HttpRequest, Session], Mapping[str, Any] | None]
    position: Position = "main"
    rank: int = 0
    # Which topics its part of the page follows, where it follows any: the page asks where they stand once for all.
    topics: Callable[[HttpRequest, Session], Iterable[str]] = lambda request, session: ()
    styles: tuple[str, ...] = ()
    scripts: tuple[str, ...] = ()


@dataclass(frozen=True)
class FilledPanel:
    """A panel with what it shows in one session to one person."""

    panel: Panel
    context: Mapping[str, Any]


_panels: dict[str, Panel] = {}


def register(panel: Panel) -> Panel:
    if panel.name in _panels:
        raise ValueError(f"the panel {panel.name} is registered twice")
    _panels[panel.name] = panel
    return panel


def topics_of(request: HttpRequest, session: Session) -> list[str]:
    """What all panels follow in this session."""
    return [topic for panel in _panels.values() for topic in panel.topics(request, session)]


def fill(request: HttpRequest, session: Session) -> list[FilledPanel]:
    """The panels with something to show to this person, in the page’s order. The caller has checked `may_enter`."""
    ordered = sorted(_panels.values(), key=lambda panel: (panel.rank, panel.name))
    filled = ((panel, panel.context(request, session)) for panel in ordered)
    return [FilledPanel(panel, context) for panel, context in filled if context is not None]
