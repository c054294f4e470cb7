"""What every page needs to know."""

from django.conf import settings
from django.http import HttpRequest


def page(request: HttpRequest) -> dict[str, object]:
    return {"demo": settings.DEMO}
