"""What the time is here: a page measures by round trips how far its own clock is off, and counts down by itself."""

from time import monotonic, time
from typing import Annotated

import msgspec

from outbox.errors import Invalid
from realtime.frames import Frame, frame

# What a page's own clock shows, in ms since whenever it likes; said back to it, so it is kept short.
PageTime = Annotated[float, msgspec.Meta(ge=0, le=2**53)]


class TimeAsked:
    """A page's question for the time, made in the moment in which it was read."""

    __slots__ = ("_read_at", "_yours")

    def __init__(self, yours: float) -> None:
        self._yours = yours
        self._read_at = monotonic()

    @classmethod
    def in_words(cls, yours: str) -> "TimeAsked":
        """From an address. Raises Invalid for what is no number of a page's clock."""
        try:
            return cls(msgspec.convert(yours, PageTime, strict=False))
        except msgspec.ValidationError as error:
            raise Invalid(fields={"time": str(error)}) from error

    def answer(self) -> Frame:
        """Our time in ms since 1970 (UTC), and for how many ms the question waited: made when it can leave at once."""
        held_ms = round((monotonic() - self._read_at) * 1000)
        return frame(time={"yours": self._yours, "now": round(time() * 1000), "held_ms": held_ms})
