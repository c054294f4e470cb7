"""What is being read out on a statement, on the big screen of the floor."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest

from outbox.tickets import open_topics
from sessions.floor.models import HOLDING, Floor
from sessions.floor.screen_parts import SCREEN_PARTS, ScreenPart
from sessions.review.live import ON_SCREEN
from sessions.review.models import Remark, RemarkKind, Remarks, RemarkState, Review
from sessions.review.queries import remarks_with_names


@dataclass(frozen=True)
class OnScreen:
    topic: str
    read: Sequence[Remark]

    @property
    def kinds(self) -> Mapping[str, str]:
        """In words, by RemarkKind."""
        return {kind.value: str(kind.label) for kind in RemarkKind}


def on_screen(request: HttpRequest, floor: Floor) -> dict[str, Any] | None:
    """Nothing where no remarks are read."""
    if not Review.objects.filter(pk=floor.pk).exclude(remarks=Remarks.NONE).exists():
        return None
    topic = ON_SCREEN.name(session_id=floor.pk, key=floor.screen_key)
    open_topics(request, topic)
    read = remarks_with_names().filter(slot__review_id=floor.pk, state=RemarkState.DELIVERED, turn__state__in=HOLDING)
    return {"remarks": OnScreen(topic, list(read.order_by("pk")))}


def add() -> None:
    SCREEN_PARTS.register(
        ScreenPart(
            name="remarks",
            template="review/_on_screen.html",
            context=on_screen,
            styles=("review/screen.css",),
            scripts=("review/screen.js",),
        )
    )
