"""A published question as an item of a list, which a hall reads as one: most pages show the same fifty."""

from functools import lru_cache

from django import template
from django.template.loader import render_to_string
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language

from sessions.questions.views.shown import ShownQuestion

register = template.Library()

# Some forty lists of a page's length; a count that changes makes another item.
KEPT = 2000


@register.simple_tag
def question_item(question: ShownQuestion, zone: object, is_open: object) -> SafeString:
    """`zone` is the conference's, an IANA name; `is_open`: whether it can be supported now."""
    return _item(question, str(zone), bool(is_open), get_language())


@lru_cache(maxsize=KEPT)
def _item(question: ShownQuestion, zone: str, is_open: bool, language: str | None) -> SafeString:
    """Written once for all readers of a language to whom it looks the same; nothing else may be in its template."""
    context = {"question": question, "zone": zone, "is_open": is_open}
    return mark_safe(render_to_string("questions/_question.html", context))  # noqa: S308  a template escapes
