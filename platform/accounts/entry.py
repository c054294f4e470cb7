"""The two secrets of an entry pass: how they are made, what is kept of them, and how long they are good for.

The link's token cannot be guessed. The code can be, so it is kept as a keyed hash, which a copy of the database alone
does not answer, and only a few tries are let.
"""

import secrets
from datetime import timedelta

from django.utils.crypto import salted_hmac

# By mail, which is read when there is time for it; from a help desk, where its person stands.
MAILED_FOR = timedelta(days=7)
BY_DESK_FOR = timedelta(minutes=15)
MOST_TRIES = 5
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
