"""The HTTP edge: where rights stand when a request comes in, and what becomes of a refusal."""

from collections.abc import Callable
from contextlib import nullcontext
from urllib.parse import urlsplit

from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.deprecation import MiddlewareMixin
from django.utils.http import url_has_allowed_host_and_scheme

from outbox.errors import NotThere, Refusal, SignInFirst
from outbox.once import each_read_once
from outbox.tickets import note_rights

Answer = Callable[[HttpRequest], HttpResponse]

# Methods that change nothing.
READING = ("GET", "HEAD", "OPTIONS")


def rights_middleware(get_response: Answer) -> Answer:
    """First of those that ask who somebody is: a change of rights after this moment must not be overlooked."""

    def noting(request: HttpRequest) -> HttpResponse:
        note_rights(request)
        with each_read_once() if request.method in READING else nullcontext():
            return get_response(request)

    return noting


class RefusalMiddleware(MiddlewareMixin):
    """Views raise a Refusal like every action does; one that a view did not place in its form ends here.

    A page that says what to do next, or JSON for a script.
    """

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if not isinstance(exception, Refusal):
            return None
        if request.accepts("text/html"):
            if isinstance(exception, SignInFirst):
                return redirect_to_login(_page_to_come_back_to(request))
            template = "404.html" if isinstance(exception, NotThere) else "outbox/refused.html"
            return render(request, template, {"refusal": exception}, status=exception.status)
        return JsonResponse({"refused": exception.as_answer()}, status=exception.status)


def _page_to_come_back_to(request: HttpRequest) -> str:
    """The page itself, or the page whose form was sent: what only takes forms cannot be opened after signing in."""
    if request.method in ("GET", "HEAD"):
        return request.get_full_path()
    form_page = request.headers.get("Referer", "")
    hosts = {request.get_host()}
    if not url_has_allowed_host_and_scheme(form_page, allowed_hosts=hosts, require_https=request.is_secure()):
        return "/"
    parts = urlsplit(form_page)
    return f"{parts.path or '/'}?{parts.query}" if parts.query else parts.path or "/"
