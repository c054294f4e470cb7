"""How often one address may send the account's forms: generously, since a whole venue shares one."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from accounts.pace import is_too_often

FORMS = "/account/"
# A hall of 4,300 that signs in within five minutes sends 1,800 a minute. What one account allows is allauth's to bound.
MOST_A_MINUTE = 3000

Answer = Callable[[HttpRequest], HttpResponse]


def address_pace_middleware(get_response: Answer) -> Answer:
    """Counts in one step of the cache. allauth's own limit for an address holds a lock while it reads and writes a
    history, and refuses whoever waits for that lock for a second: in a hall that comes in together, honest people.
    """

    def paced(request: HttpRequest) -> HttpResponse:
        return (_refused(request) if _is_form(request) else None) or get_response(request)

    return paced


def _is_form(request: HttpRequest) -> bool:
    return request.method == "POST" and request.path.startswith(FORMS)


def _refused(request: HttpRequest) -> HttpResponse | None:
    if is_too_often("account-forms", request, most=MOST_A_MINUTE, within=60):
        return render(request, "429.html", status=429)
    return None
