"""What apps above put onto the big screen, over the floor's own line.

The screen has a region for one thing to be looked at. Each part there is an element that its script shows or hides
(`hidden`): while all are hidden the floor has the wall to itself, and beside one that is shown who speaks and the clock
stand at the foot. The screen signs in to nothing: a part shows what the hall sees, and follows topics that are open to
whoever has its address.
"""

from dataclasses import dataclass

from sessions.floor.models import Floor
from web.parts import Part, Parts


@dataclass(frozen=True, kw_only=True)
class ScreenPart(Part[Floor]):
    """`template` is included in the region. A context that follows a topic calls `open_topics`."""

    template: str


SCREEN_PARTS = Parts[ScreenPart]("the big screen")
