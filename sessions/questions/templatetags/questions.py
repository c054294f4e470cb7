"""What a hall reads as one is written once: most pages show the same fifty questions and the same empty form."""

from collections.abc import Hashable
from functools import lru_cache

from django import forms, template
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


@register.simple_tag
def form_field(form: forms.Form, name: str) -> SafeString:
    """One field of a form as Django writes it. Nobody has typed into most: those are written once for all alike."""
    field = form[name]
    if form.is_bound:
        return field.as_field_group()
    choices = tuple((value, str(words)) for value, words in getattr(field.field, "choices", ()))
    alike = (type(form), name, choices, field.initial, form.auto_id, form.prefix, get_language())
    if alike not in _written:
        if len(_written) >= KEPT:
            _written.clear()
        _written[alike] = field.as_field_group()
    return _written[alike]


_written: dict[Hashable, SafeString] = {}
