"""The two secrets of an entry pass: how they are made, what is kept of them, and how long they are good for.

The link's token cannot be guessed. The code can be, so it is kept as a keyed hash, which a copy of the database alone
does not answer, and only a few tries are let: a few from one network, so that a stranger who types wrong codes does not
use up the tries of its person, and not many more from all of them.
"""

import secrets
from datetime import timedelta
from ipaddress import IPv6Address, ip_address, ip_network

from django.core.cache import cache
from django.utils.crypto import salted_hmac

# By mail, which is read when there is time for it; from a help desk, where its person stands.
MAILED_FOR = timedelta(days=7)
BY_DESK_FOR = timedelta(minutes=15)
# Of one pass's code: from one network, and from wherever. Of a hundred million codes fifty are still next to none.
MOST_TRIES = 5
MOST_TRIES_IN_ALL = 50
# Of an IPv6 address, the part that its whole site shares: within it anybody has as many addresses as they like.
SITE_BITS = 48
DIGITS = 8


def new_token() -> str:
    return secrets.token_urlsafe(32)


def new_code() -> str:
    """Eight digits with a dash between, as sign-in codes are."""
    digits = f"{secrets.randbelow(10**DIGITS):0{DIGITS}}"
    return f"{digits[:4]}-{digits[4:]}"


def hash_of_code(code: str, *, email: str) -> str:
    """What is kept of a code, or compared with that: of its digits alone, in whatever script they were typed."""
    digits = "".join(str(int(char)) for char in code if char.isdecimal())
    return salted_hmac("accounts.entry", f"{email}:{digits}", algorithm="sha256").hexdigest()


def may_try_from(address: str, *, token_hash: str) -> bool:
    """Counts one more try of the pass with this hash, from the network of `address`; whether it is one of the few.

    Kept in the cache: an address is written into no table, and the count in all, which is, bounds what a cache loses.
    """
    key = f"entry-tries:{token_hash}:{network_of(address)}"
    cache.add(key, 0, timeout=MAILED_FOR.total_seconds())
    return cache.incr(key) <= MOST_TRIES


def network_of(address: str) -> str:
    """By what whoever asks from there is counted; what is no address counts as it is."""
    try:
        known = ip_address(address)
    except ValueError:
        return address
    if not isinstance(known, IPv6Address):
        return str(known)
    return str(known.ipv4_mapped or ip_network((known, SITE_BITS), strict=False).network_address)
