"""The stage on a session's page."""

from collections.abc import Mapping
from typing import Any

import msgspec
from django.http import HttpRequest

from outbox.kept import kept
from outbox.tickets import open_topics
from sessions.programme.models import Session
from sessions.programme.panels import PANELS, Panel
from sessions.programme.rules import may_organise_session
from sessions.stage.live import PICTURE, card_of, playing_card_of
from sessions.stage.queries import playing_in, source_of


def stage(request: HttpRequest, session: Session) -> Mapping[str, Any]:
    """The picture as it is now and the position from which the page follows it, read before it."""
    topic = PICTURE.name(session_id=session.pk)
    standing = open_topics(request, topic)[topic]
    source, playing = kept("picture", session.pk, standing, lambda: (source_of(session), playing_in(session)))
    played = playing_card_of(playing) if playing else None
    return {
        "stage": {
            "topic": topic,
            "at": standing.position,
            "card": card_of(source) if source else None,
            "playing": played,
            "playing_json": msgspec.json.encode(played).decode() if played else "",
            "may_set": may_organise_session(request.user, session),
        }
    }


def topics(request: HttpRequest, session: Session) -> list[str]:
    return [PICTURE.name(session_id=session.pk)]


PANEL = Panel(
    name="stage",
    template="stage/_panel.html",
    context=stage,
    topics=topics,
    position="main",
    rank=-10,
    styles=("stage/panel.css",),
    scripts=("stage/panel.js",),
)


def add() -> None:
    PANELS.register(PANEL)
