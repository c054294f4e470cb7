"""A lot that anybody can check: who drew it could not choose, and whoever watched can work it out again.

Three things are published. While the list is open: the *commitment*, the SHA-256 of a secret seed, which binds the
draw to that seed. When the list is closed: the *list*, as a file. After the draw: the *seed*. From then on everybody
can work out with a terminal, or in their browser by `static/review/lot.js`, what was drawn.

The **seed** is 64 hexadecimal digits in lower case. Wherever it is used, its text is meant, in ASCII, and not the 32
bytes that it might stand for.

The **list** has a line for each delegation, in the order in which the page shows them:

    code TAB name LF

The code is the country's two letters of ISO 3166-1, or for an organisation its number in this conference. The name is
what the page shows. The file is UTF-8 in Unicode's normal form C; each line, the last one too, ends with one LF; there
is no byte order mark, no empty line, and no tab, line break or other control character within a name.

**Drawn** is, counting lines from 0, HMAC-SHA256 of the file with the seed's text as its key, read as one big-endian
number of 256 bits, modulo the number of lines. In a terminal, with the file as it was downloaded:

    printf %s SEED | sha256sum
    openssl dgst -sha256 -hmac SEED -r canonical.txt
    python3 -c "print(int('THE 64 DIGITS', 16) % LINES)"

**How fair.** 2²⁵⁶ is rarely a multiple of the number n of lines, so lines at the top may be likelier than those below,
by less than n parts in 2²⁵⁶. For a thousand delegations that is less than one part in 10⁷⁴.

**What it rests on.** The commitment keeps the seed from being changed to suit the list. It does not keep somebody who
knows the seed from changing the list to suit the seed. So the seed is made by the server and shown to nobody before the
list is closed, and the list's order is by rule.
"""

import hashlib
import hmac
import re
import secrets
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

_SEED = re.compile(r"[0-9a-f]{64}")
# Unicode's control characters, tabs and line breaks among them.
_BREAKS = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")


class Step(StrEnum):
    """What is checked of a draw, in this order."""

    SEED = "seed"
    COMMITMENT = "commitment"
    LIST = "list"
    DRAWN = "drawn"


@dataclass(frozen=True)
class Verdict:
    """`failed` is the first step that does not hold, or None; `drawn` what the lot fell on, where that can be said."""

    failed: Step | None
    drawn: int | None = None

    @property
    def holds(self) -> bool:
        return self.failed is None


def new_seed() -> str:
    """32 random bytes of the system, as 64 hexadecimal digits."""
    return secrets.token_hex(32)


def commitment_of(seed: str) -> str:
    """What is published while the list is open. Raises ValueError for what is no seed."""
    return hashlib.sha256(_text_of(seed)).hexdigest()


def line(code: str, name: str) -> str:
    """A delegation's line in the list, without its end. Raises ValueError where either is empty or would break it."""
    if not code or not name or _BREAKS.search(code + name):
        raise ValueError(f"no line of a list: {code!r}, {name!r}")
    return f"{code}\t{unicodedata.normalize('NFC', name)}"


def canonical(names: Sequence[str]) -> bytes:
    """The list as the file that is published; each of `names` is a `line`.

    Raises ValueError for an empty list, for what is no line and where a delegation stands twice.
    """
    parts = [name.partition("\t") for name in names]
    if not parts or len({code for code, _tab, _name in parts}) < len(parts):
        raise ValueError("a list has each delegation once, and at least one")
    return "".join(f"{line(code, name)}\n" for code, _tab, name in parts).encode()


def drawn(seed: str, names: Sequence[str]) -> int:
    """Which of `names` the lot falls on, from 0. Raises ValueError for what is no seed or no list."""
    return _number(seed, canonical(names)) % len(names)


def verify(commitment: str, seed: str, names: Sequence[str], index: int) -> Verdict:
    """Whether `index` is what was drawn, and if not, which step fails. Raises nothing, whatever it is given."""
    if not _SEED.fullmatch(seed):
        return Verdict(Step.SEED)
    if commitment_of(seed) != commitment:
        return Verdict(Step.COMMITMENT)
    try:
        fell_on = drawn(seed, names)
    except ValueError:
        return Verdict(Step.LIST)
    return Verdict(None if fell_on == index else Step.DRAWN, fell_on)


def _text_of(seed: str) -> bytes:
    if not _SEED.fullmatch(seed):
        raise ValueError("a seed is 64 hexadecimal digits in lower case")
    return seed.encode("ascii")


def _number(seed: str, message: bytes) -> int:
    return int.from_bytes(hmac.digest(_text_of(seed), message, "sha256"))
