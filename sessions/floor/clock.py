"""A speaker's clock: absolute times and no ticks, so that every page counts down by itself."""

from dataclasses import dataclass
from datetime import datetime, timedelta

MILLISECOND = timedelta(milliseconds=1)
# What the chair gives more at a time.
EXTENSION_MS = 30_000


@dataclass(frozen=True, slots=True)
class Clock:
    """`consumed_ms` is what ran before the last stop; `running_since` (aware) is None while it stands."""

    allotted_ms: int
    consumed_ms: int = 0
    running_since: datetime | None = None

    def consumed_at(self, now: datetime) -> int:
        """Milliseconds spoken until `now`. A moment before it ran counts as none."""
        if self.running_since is None:
            return self.consumed_ms
        return self.consumed_ms + max(0, (now - self.running_since) // MILLISECOND)

    def remaining_at(self, now: datetime) -> int:
        """Milliseconds that are left; below zero is the overrun."""
        return self.allotted_ms - self.consumed_at(now)

    def runs_out_at(self) -> datetime | None:
        """When nothing is left, or None while it stands."""
        if self.running_since is None:
            return None
        return self.running_since + (self.allotted_ms - self.consumed_ms) * MILLISECOND
