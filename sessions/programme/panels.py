"""The parts of a session's page."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Literal

from django.http import HttpRequest

from sessions.programme.models import Session
from web.parts import Part, Parts

Position = Literal["main", "aside"]


@dataclass(frozen=True, kw_only=True)
class Panel(Part[Session]):
    """One part. Its context is asked only for people who may enter.

    Names in it should not clash with the page's own: `conference`, `session`, `refreshes`.
    "main" is the wide column (what is seen and heard), "aside" the narrow one; `rank` orders within a column.
    """

    template: str
    position: Position = "main"
    # Which topics its part of the page follows, where it follows any: the page asks where they stand once for all.
    topics: Callable[[HttpRequest, Session], Iterable[str]] = lambda request, session: ()


PANELS = Parts[Panel]("a session’s page")


def topics_of(request: HttpRequest, session: Session) -> list[str]:
    """What all panels follow in this session."""
    return [topic for panel in PANELS for topic in panel.topics(request, session)]
