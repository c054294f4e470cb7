"""How often one network may do something: counted in one step of the cache, within spans of the clock."""

import time
from ipaddress import ip_address, ip_network

from allauth.account.adapter import get_adapter
from django.core.cache import cache
from django.http import HttpRequest


def is_too_often(what: str, request: HttpRequest, *, most: int, within: int) -> bool:
    """Counts that the asking network did `what` once more; whether that is more than `most` within so many seconds.

    A whole venue shares one network, so `most` is for all who are in it.
    """
    key = f"pace:{what}:{network_of(get_adapter().get_client_ip(request))}:{int(time.time()) // within}"
    cache.add(key, 0, timeout=2 * within)
    return cache.incr(key) > most


def network_of(address: str) -> str:
    """Of IPv6 its first half: a line has all of the second, and one client could ask from each of its addresses."""
    try:
        asked_from = ip_address(address.partition("%")[0])
    except ValueError:
        return address
    mapped = getattr(asked_from, "ipv4_mapped", None)
    return str(mapped or ip_network((asked_from, 64 if asked_from.version == 6 else 32), strict=False).network_address)
