"""The review on a session’s page, and on the floor’s page in words."""

from sessions.floor.text_parts import TEXT_PARTS, TextPart
from sessions.programme.panels import PANELS, Panel
from sessions.review.views import panel


def add() -> None:
    PANELS.register(
        Panel(
            name="review",
            template="review/_panel.html",
            context=panel.panel,
            topics=panel.topics,
            position="main",
            rank=20,
            styles=("review/panel.css",),
            scripts=("review/panel.js",),
        )
    )
    TEXT_PARTS.register(
        TextPart(
            name="review",
            now="review/_in_words_now.html",
            below="review/_in_words.html",
            context=panel.in_words,
        )
    )
