"""A curve as a drawing. Its path lies in a square of 100 by 100, which the page stretches to its width and HEIGHT.

Numbers of the drawing are texts, since a language that writes 12,5 must not write it into a path.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sessions.attendance.models import How
from sessions.attendance.queries import CurvePoint
from web import moments

# Steps that people read easily, in minutes: the finest of them that needs no more than so many labels is taken.
STEPS = (1, 2, 5, 10, 15, 30, 60, 120, 240, 480, 1440)
MOST_TIMES = 5
LINES = 4
HEIGHT = 220  # pixels, as in session.css
# The table says the same in so many rows.
TABLE_ROWS = 12


@dataclass(frozen=True, slots=True)
class Tick:
    """`place` is a percentage of the width, or pixels from the top; `anchor` says how the label stands to it."""

    place: str
    label: str
    anchor: str = "middle"


@dataclass(frozen=True, slots=True)
class Part:
    """Those who were present one way: a line of its own below that of all, and its figure in each row of the table."""

    how: How
    line: str
    figures: list[int]


@dataclass(frozen=True, slots=True)
class Chart:
    line: str
    area: str
    heights: list[Tick]
    times: list[Tick]
    highest: CurvePoint
    rows: list[CurvePoint]
    # Empty where everybody was present the same way: the one line says all.
    parts: list[Part]

    @property
    def table(self) -> list[tuple[CurvePoint, list[int]]]:
        return [(point, [part.figures[place] for part in self.parts]) for place, point in enumerate(self.rows)]


def chart_of(
    points: Sequence[CurvePoint], zone: str, apart: Mapping[How, Sequence[CurvePoint]] | None = None
) -> Chart | None:
    """The drawing of a curve, its times on the clock of `zone`; None where nobody was ever present.

    `apart` are the curves of those who were present in the room and online, at the same moments.
    """
    highest = max(points, key=lambda point: point.present, default=None)
    if highest is None or not highest.present:
        return None
    begins, ends, top = points[0].at, points[-1].at, top_of(highest.present)
    line = _line(points, top)
    seen = {how: curve for how, curve in (apart or {}).items() if any(point.present for point in curve)}
    return Chart(
        line=line,
        area=f"{line}L100 100L0 100Z",
        heights=[
            Tick(f"{HEIGHT - HEIGHT * number / top:.0f}", str(number)) for number in range(0, top + 1, top // LINES)
        ],
        times=_times(begins, ends, zone),
        highest=highest,
        rows=_rows(points),
        parts=[
            Part(how, _line(curve, top), [point.present for point in _rows(curve)])
            for how, curve in seen.items()
            if len(seen) > 1 or how == How.IN_ROOM
        ],
    )


def _line(points: Sequence[CurvePoint], top: int) -> str:
    begins, ends = points[0].at, points[-1].at
    corners = [(_share(point.at, begins, ends), 100 - 100 * point.present / top) for point in points]
    return "M" + "L".join(f"{x:.2f} {y:.2f}" for x, y in corners)


def top_of(highest: int) -> int:
    """The end of the scale: the least of 4, 8, 20, 40, 80, 200 and so on that is not below, so every line is whole."""
    power = 1
    while True:
        for first in (4, 8, 20):
            if (top := first * power) >= highest:
                return top
        power *= 10


def _times(begins: datetime, ends: datetime, zone: str) -> list[Tick]:
    """Round times of the clock, which is that of the zone: Kathmandu's hours begin at a quarter of ours."""
    length = (ends - begins) / timedelta(minutes=1)
    minutes = next((step for step in STEPS if length / step <= MOST_TIMES), STEPS[-1])
    step = timedelta(minutes=minutes)
    midnight = moments.local(begins, zone).replace(hour=0, minute=0, second=0, microsecond=0)
    at = midnight + -(-(moments.local(begins, zone) - midnight) // step) * step
    ticks = []
    while at <= ends:
        share = _share(at, begins, ends)
        anchor = "start" if share < 6 else "end" if share > 94 else "middle"
        ticks.append(Tick(f"{share:.2f}%", moments.clock(at, zone), anchor))
        at += step
    return ticks


def _share(at: datetime, begins: datetime, ends: datetime) -> float:
    return 100 * ((at - begins) / (ends - begins))


def _rows(points: Sequence[CurvePoint]) -> list[CurvePoint]:
    """Points at even distances, the first and the last among them."""
    if len(points) <= TABLE_ROWS:
        return list(points)
    places = [round(number * (len(points) - 1) / (TABLE_ROWS - 1)) for number in range(TABLE_ROWS)]
    return [points[place] for place in places]
