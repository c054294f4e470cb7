"""How often one network may do something: counted in one step of the cache, within spans of the clock."""

import time

from allauth.account.adapter import get_adapter
from django.core.cache import cache
from django.http import HttpRequest


def is_too_often(what: str, request: HttpRequest, *, most: int, within: int) -> bool:
    """Counts that the asking network did `what` once more; whether that is more than `most` within so many seconds.

    A whole venue shares one network, so `most` is for all who are in it.
    """
    key = f"pace:{what}:{get_adapter().get_client_ip(request)}:{int(time.time()) // within}"
    cache.add(key, 0, timeout=2 * within)
    return cache.incr(key) > most
