"""Pages that are made of parts: apps above register theirs in their `AppConfig`, and the page knows none of them.

So that live questions, the stage or a speakers' list come onto a page without it being touched.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from django.http import HttpRequest
from django.template.loader import render_to_string

About = TypeVar("About", contravariant=True)


@dataclass(frozen=True, kw_only=True)
class Part(Generic[About]):
    """One part of a page that is about something.

    `context(request, about)` is what its templates are given beside the page's own context, whose names it should not
    take; None where there is nothing to show. `rank` orders the parts of a page, then their names do. `styles` and
    `scripts` (modules) are static paths.
    """

    name: str
    context: Callable[[HttpRequest, About], Mapping[str, Any] | None]
    rank: int = 0
    styles: tuple[str, ...] = ()
    scripts: tuple[str, ...] = ()


SomePart = TypeVar("SomePart", bound=Part[Any])


@dataclass(frozen=True)
class Filled(Generic[SomePart]):
    """A part with what it shows about one thing to one person."""

    part: SomePart
    context: Mapping[str, Any]

    def render(self, template: str, page: Mapping[str, Any], request: HttpRequest) -> str:
        return render_to_string(template, {**page, **self.context}, request)


class Parts(Generic[SomePart]):
    """What a page, named in words for whoever registers twice, is made of."""

    def __init__(self, page: str) -> None:
        self._page = page
        self._parts: dict[str, SomePart] = {}

    def register(self, part: SomePart) -> None:
        if part.name in self._parts:
            raise ValueError(f"the part {part.name} of {self._page} is registered twice")
        self._parts[part.name] = part

    def __iter__(self) -> Iterator[SomePart]:
        return iter(sorted(self._parts.values(), key=lambda part: (part.rank, part.name)))

    def fill(self, request: HttpRequest, about: object) -> list[Filled[SomePart]]:
        """Those with something to show to this person, in the page's order. The caller has checked that they may see
        what it is about."""
        filled = ((part, part.context(request, about)) for part in self)
        return [Filled(part, context) for part, context in filled if context is not None]


def styles_of(filled: Iterable[Filled[Any]]) -> list[str]:
    """What a page links once in its head."""
    return list(dict.fromkeys(path for each in filled for path in each.part.styles))


def scripts_of(filled: Iterable[Filled[Any]]) -> list[str]:
    """What a page links once at its end."""
    return list(dict.fromkeys(path for each in filled for path in each.part.scripts))
