"""The film that everybody sees, on the big screen of the floor."""

from typing import Any

from django.http import HttpRequest

from outbox.tickets import open_topics
from sessions.floor.models import Floor
from sessions.floor.screen_parts import SCREEN_PARTS, ScreenPart
from sessions.stage.live import ON_SCREEN

PART = ScreenPart(
    name="film",
    template="stage/_on_screen.html",
    context=lambda request, floor: on_screen(request, floor),
    styles=("stage/screen.css",),
    scripts=("stage/screen.js",),
)


def on_screen(request: HttpRequest, floor: Floor) -> dict[str, Any]:
    topic = ON_SCREEN.name(session_id=floor.pk, key=floor.screen_key)
    return {"film_topic": topic, "film_standing": open_topics(request, topic)[topic]}


def add() -> None:
    SCREEN_PARTS.register(PART)
