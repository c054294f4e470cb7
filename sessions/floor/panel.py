"""The floor on a session's page: under what is seen and heard."""

from sessions.floor.views import hall
from sessions.programme.panels import PANELS, Panel

PANEL = Panel(
    name="floor",
    template="floor/_panel.html",
    context=hall.panel,
    topics=hall.topics,
    position="main",
    # The picture and the applause come before.
    rank=10,
    styles=("floor/panel.css", "floor/notices.css"),
    scripts=("floor/panel.js",),
)


def add() -> None:
    PANELS.register(PANEL)
