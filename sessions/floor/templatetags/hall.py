"""The floor in templates. What a hall reads as one is written once: most pages show the same list."""

from collections.abc import Container
from functools import lru_cache

from django import template
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language

from sessions.floor import clock
from sessions.floor.views.shown import ShownTurn

register = template.Library()
register.filter("clock_face", clock.face)

# Some forty lists; a turn that moves makes another item.
KEPT = 2000


@register.simple_tag
def clock_phase(shown: clock.Clock | None, left_ms: int, grace_ms: int) -> str:
    """Of none too: pages have its place before somebody has the floor."""
    return clock.phase(left_ms, grace_ms=grace_ms, has_begun=bool(shown and shown.has_begun))


@register.filter
def seconds_shown(left_ms: int) -> int:
    """As a duration has them, which knows nothing below zero."""
    return -(-left_ms // 1000) if left_ms > 0 else -left_ms // 1000


@register.filter
def among(number: int, numbers: Container[int]) -> bool:
    return number in numbers


@register.filter
def is_due(turn: ShownTurn) -> bool:
    """Whether the moment has passed at which they could expect the floor."""
    return turn.expected_at is not None and turn.expected_at <= timezone.now()


@register.simple_tag
def turn_item(turn: ShownTurn, zone: object, mine: object = False) -> SafeString:
    """`zone` is the conference's, an IANA name; `mine`: whether it is the reader's."""
    return _item(turn, str(zone), bool(mine), is_due(turn), get_language())


@lru_cache(maxsize=KEPT)
def _item(turn: ShownTurn, zone: str, mine: bool, due: bool, language: str | None) -> SafeString:
    """Written once for all readers of a language to whom it looks the same; nothing else may be in its template."""
    context = {"turn": turn, "zone": zone, "mine": mine, "due": due}
    return mark_safe(render_to_string("floor/_turn.html", context))  # noqa: S308  a template escapes
