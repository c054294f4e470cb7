"""Pages that belong to no app: language, appearance, help, health, and what to show when something went wrong."""

from email.utils import parseaddr
from urllib.parse import urlsplit

from django.conf import settings
from django.db import OperationalError, connection
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.templatetags.static import static
from django.urls import Resolver404, resolve
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import check_for_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_POST, require_safe
from django.views.i18n import set_language as set_language_cookie

from web.colour import accent_stylesheet
from web.signals import language_chosen
from web.themes import THEME_COOKIE, THEMES

YEAR = 365 * 24 * 3600
# The parts of the page of help, and which of them come first for a page or for all pages of an app.
HELP_PARTS = ("follow", "ask", "times", "sign_in", "registration", "display")
HELP_OF = {
    "accounts": ("sign_in",),
    "programme:timetable": ("times", "follow"),
    "programme:home": ("registration", "times"),
    "questions": ("ask", "follow"),
    "registration": ("registration", "sign_in"),
}


@require_POST
def set_language(request: HttpRequest) -> HttpResponse:
    """Changes the language and comes back to the page in `next`; whoever is signed in finds it so next time."""
    response = set_language_cookie(request)
    language = request.POST.get("language", "")
    if request.user.is_authenticated and language in dict(settings.LANGUAGES) and check_for_language(language):
        language_chosen.send(sender=None, user=request.user, language=language)
    return response


@require_POST
def set_theme(request: HttpRequest) -> HttpResponse:
    """Keeps the chosen appearance in a cookie for a year and comes back to the page in `next`."""
    response = HttpResponseRedirect(_on_this_site(request, request.POST.get("next", "")))
    theme = request.POST.get("theme", "")
    if theme and theme in THEMES:
        response.set_cookie(THEME_COOKIE, theme, max_age=YEAR, samesite="Lax", secure=settings.HTTPS, path="/")
    else:
        response.delete_cookie(THEME_COOKIE, path="/", samesite="Lax")
    return response


@require_safe
def help_page(request: HttpRequest) -> HttpResponse:
    """What to do when something does not work; `from` is the page that the reader came from."""
    came_from = _on_this_site(request, request.GET.get("from", ""))
    return render(
        request,
        "web/help.html",
        {
            "came_from": came_from,
            "came_from_address": request.build_absolute_uri(came_from),
            "contact_address": _contact_address(),
            "parts": [f"web/help/{part}.html" for part in _parts_for(came_from)],
        },
    )


def _parts_for(address: str) -> list[str]:
    """What help has to say, beginning with what fits the page that it was opened from."""
    try:
        match = resolve(urlsplit(address).path)
    except Resolver404:
        return list(HELP_PARTS)
    of_page = HELP_OF.get(match.view_name) or HELP_OF.get(match.view_name.partition(":")[0]) or ()
    if match.view_name.startswith(("account_", "mfa_")):
        of_page = ("sign_in",)
    return list(dict.fromkeys((*of_page, *HELP_PARTS)))


def _contact_address() -> str:
    """Where a person reads mail; "" where none is known: nobody is asked to write to an address that is not read."""
    address = settings.CONTACT_EMAIL or parseaddr(settings.DEFAULT_FROM_EMAIL)[1]
    box, _at, domain = address.lower().partition("@")
    is_read = "." in domain and box.replace("-", "").replace("_", "") != "noreply"
    return address if is_read else ""


@require_safe
@cache_control(no_store=True)
def health(request: HttpRequest) -> JsonResponse:
    """Whether this process answers and reaches its database: 200, or 503 for whoever balances load."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except OperationalError:
        return JsonResponse({"database": "unreachable"}, status=503)
    return JsonResponse({"database": "reachable"})


@require_safe
@cache_control(max_age=YEAR, immutable=True, public=True)
def accent(request: HttpRequest, colour: str) -> HttpResponse:
    """The stylesheet of a conference's colour. Its address says all that it depends on."""
    return HttpResponse(accent_stylesheet(f"#{colour}"), content_type="text/css; charset=utf-8")


@require_safe
@cache_control(max_age=24 * 3600, public=True)
def robots(request: HttpRequest) -> HttpResponse:
    closed = ("/account/", "/admin/", "/files/", "/jobs/", "/live/", "/mail/")
    lines = ["User-agent: *", *(f"Disallow: {path}" for path in closed)]
    return HttpResponse("\n".join(lines) + "\n", content_type="text/plain; charset=utf-8")


@require_safe
@cache_control(max_age=24 * 3600, public=True)
def favicon(request: HttpRequest) -> HttpResponse:
    """For whoever asks by habit; pages name the picture itself."""
    return HttpResponseRedirect(static("web/mark.svg"))


@require_safe
@cache_control(max_age=24 * 3600, public=True)
def manifest(request: HttpRequest) -> JsonResponse:
    """What a phone needs to put the site on its first screen."""
    return JsonResponse(
        {
            "name": "Sidang",
            "short_name": "Sidang",
            "start_url": "/",
            "display": "browser",
            "background_color": "#fcfbf8",
            "theme_color": "#fcfbf8",
            "icons": [{"src": static("web/mark.svg"), "sizes": "any", "type": "image/svg+xml"}],
        },
        content_type="application/manifest+json",
    )


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    return render(request, "400.html", status=400)


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    return render(request, "403.html", status=403)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """A form that stood open too long, or a browser that keeps no cookies: nobody did wrong."""
    if not request.accepts("text/html"):  # a page's script, which has a line for what to tell
        words = _("This page stood open for too long. Reload it and try again.")
        return JsonResponse({"refused": {"code": "failed", "message": words}}, status=403)
    return render(request, "403_csrf.html", {"no_cookies": not request.COOKIES}, status=403)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    return render(request, "404.html", status=404)


def server_error(request: HttpRequest) -> HttpResponse:
    """Nothing is asked of the database or the session here: one of them may be what failed."""
    return HttpResponse(render_to_string("500.html"), status=500)


def _on_this_site(request: HttpRequest, address: str) -> str:
    """The address if it leads to this site, or the front page: nobody is sent elsewhere by a crafted link."""
    hosts = {request.get_host()}
    if url_has_allowed_host_and_scheme(address, allowed_hosts=hosts, require_https=request.is_secure()):
        return address
    return "/"
