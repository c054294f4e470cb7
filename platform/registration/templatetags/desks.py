"""At which desks of a conference somebody works, for the navigation of its pages."""

from typing import Any

from django import template
from django.contrib.auth.models import AnonymousUser

from registration.models import Work
from registration.rules import works_at

register = template.Library()


@register.simple_tag(takes_context=True)
def own_desks(context: dict[str, Any]) -> list[str]:
    """The desks of whoever reads the page, by their values."""
    request, conference = context.get("request"), context.get("conference")
    user = getattr(request, "user", AnonymousUser())
    return [work.value for work in Work if conference and works_at(user, conference, work)]
