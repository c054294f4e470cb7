"""What every page needs to know."""

from urllib.parse import urlencode

from django.conf import settings
from django.http import HttpRequest
from django.templatetags.static import static
from django.urls import reverse

from web.finders import FLAGS
from web.themes import THEME_COOKIE, THEMES


def page(request: HttpRequest) -> dict[str, object]:
    chosen = request.COOKIES.get(THEME_COOKIE, "")
    here = request.get_full_path()
    return {
        "demo": settings.DEMO,
        "theme": chosen if chosen in THEMES else "",
        "themes": THEMES,
        "here": here,
        "help_url": f"{reverse('web:help')}?{urlencode({'from': here})}",
        # The folder of all live addresses (realtime's, in config.urls).
        "live_url": "/live/",
        "flags_url": static(FLAGS),
    }
