"""A speaker's clock: absolute times and no ticks, so that every page counts down by itself."""

from dataclasses import dataclass
from datetime import datetime, timedelta

MILLISECOND = timedelta(milliseconds=1)
# So long before the end it is told that little is left.
AMBER_MS = 30_000
# What the chair gives more at a time.
EXTENSION_MS = 30_000


@dataclass(frozen=True, slots=True)
class Clock:
    """`consumed_ms` is what ran before the last stop; `running_since` (aware) is None while it stands."""

    allotted_ms: int
    consumed_ms: int = 0
    running_since: datetime | None = None

    @property
    def has_begun(self) -> bool:
        return self.running_since is not None or self.consumed_ms > 0

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


def face(ms: int) -> str:
    """3:45, 1:02:03, and counted up after the end: +0:12. A second that has begun is shown whole until the end, so that
    0:00 appears exactly then, as in static/floor/clock.js."""
    seconds = -(-ms // 1000) if ms > 0 else -ms // 1000
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    shown = f"{hours}:{minutes:02d}:{seconds:02d}" if hours else f"{minutes}:{seconds:02d}"
    return f"+{shown}" if ms <= -1000 else shown


def phase(ms: int, *, grace_ms: int, has_begun: bool = True) -> str:
    """Of a clock with `ms` left: "normal"; "amber" half a minute before the end, once it has begun; "over" from the
    end; "grace_over"."""
    if ms > AMBER_MS:
        return "normal"
    if ms > 0:
        return "amber" if has_begun else "normal"
    return "over" if ms > -grace_ms else "grace_over"
