"""The review on a session’s page."""

from sessions.programme.panels import Panel, register
from sessions.review.views import panel


def add() -> None:
    register(
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
