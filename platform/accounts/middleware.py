"""How often one address may send the account's forms: generously, since a whole venue shares one."""

import time
from collections.abc import Awaitable, Callable
from inspect import iscoroutinefunction

from allauth.account.adapter import get_adapter
from asgiref.sync import sync_to_async
from django.core.cache import cache
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.decorators import sync_and_async_middleware

FORMS = "/account/"
# A hall of 4,300 that signs in within five minutes sends 1,800 a minute. What one account allows is allauth's to bound.
MOST_A_MINUTE = 3000

Answer = Callable[[HttpRequest], HttpResponse | Awaitable[HttpResponse]]


@sync_and_async_middleware
def address_pace_middleware(get_response: Answer) -> Answer:
    """Counts in one step of the cache. allauth's own limit for an address holds a lock while it reads and writes a
    history, and refuses whoever waits for that lock for a second: in a hall that comes in together, honest people.
    """

    async def paced(request: HttpRequest) -> HttpResponse:
        refused = await sync_to_async(_refused)(request) if _is_form(request) else None
        return refused or await get_response(request)  # type: ignore[misc]

    def paced_at_once(request: HttpRequest) -> HttpResponse | Awaitable[HttpResponse]:
        return (_refused(request) if _is_form(request) else None) or get_response(request)

    return paced if iscoroutinefunction(get_response) else paced_at_once


def _is_form(request: HttpRequest) -> bool:
    return request.method == "POST" and request.path.startswith(FORMS)


def _refused(request: HttpRequest) -> HttpResponse | None:
    key = f"account-forms:{get_adapter().get_client_ip(request)}:{int(time.time()) // 60}"
    cache.add(key, 0, timeout=120)
    if cache.incr(key) <= MOST_A_MINUTE:
        return None
    return render(request, "429.html", status=429)
