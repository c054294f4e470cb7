"""Reactions on a session's page: under what is seen and heard."""

from collections.abc import Mapping
from typing import Any
from uuid import uuid4

from django.http import HttpRequest

from outbox.models import Tally
from outbox.tickets import open_topics
from sessions.programme.models import Session, State
from sessions.programme.panels import PANELS, Panel
from sessions.reactions.live import KEY, REACTIONS
from sessions.reactions.models import Kind


def topics(request: HttpRequest, session: Session) -> list[str]:
    return [REACTIONS.name(session_id=session.pk)] if session.state == State.LIVE else []


def reactions(request: HttpRequest, session: Session) -> Mapping[str, Any] | None:
    """Only while the session is live; before and after there is nothing to applaud."""
    if session.state != State.LIVE:
        return None
    topic = REACTIONS.name(session_id=session.pk)
    standing = open_topics(request, topic)[topic]
    told = Tally.objects.filter(topic=topic, key=KEY).first()
    counts = told.counts if told else {}
    return {
        "reactions": {
            "topic": topic,
            "standing": standing,
            "kinds": [{"kind": kind, "count": counts.get(kind.value, 0)} for kind in Kind],
            "may_react": request.user.is_authenticated,
            "command_id": uuid4(),
        }
    }


PANEL = Panel(
    name="reactions",
    template="reactions/_panel.html",
    context=reactions,
    topics=topics,
    position="main",
    rank=-5,
    styles=("reactions/panel.css",),
    scripts=("reactions/panel.js",),
)


def add() -> None:
    PANELS.register(PANEL)
