"""What apps above say on the floor’s page in words alone.

The page is for the weakest link: what a part shows is words and links, with no script, no picture and no style of its
own, and its forms are pages.
"""

from dataclasses import dataclass

from sessions.programme.models import Session
from web.parts import Part, Parts


@dataclass(frozen=True, kw_only=True)
class TextPart(Part[Session]):
    """`now` and `below` are templates, included under who has the floor and under the whole list."""

    now: str
    below: str


TEXT_PARTS = Parts[TextPart]("the floor’s page in words")
