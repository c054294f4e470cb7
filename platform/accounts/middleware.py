"""How often one address may send the account's forms: generously, since a whole venue shares one."""

import time
from collections.abc import Callable

from allauth.account.adapter import get_adapter
from django.core.cache import cache
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

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
    key = f"account-forms:{get_adapter().get_client_ip(request)}:{int(time.time()) // 60}"
    cache.add(key, 0, timeout=120)
    if cache.incr(key) <= MOST_A_MINUTE:
        return None
    return render(request, "429.html", status=429)
