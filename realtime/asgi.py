"""The websocket's way in: our own pages only, with the person their cookie names."""

from typing import Any

from channels.auth import AuthMiddlewareStack
from channels.routing import URLRouter
from channels.security.websocket import AllowedHostsOriginValidator
from django.urls import path

from realtime.consumers import LiveConsumer
from realtime.hub import hub

_sockets = AuthMiddlewareStack(URLRouter([path("live/socket/", LiveConsumer.as_asgi())]))


async def _with_rights(scope: dict[str, Any], receive: Any, send: Any) -> None:
    # Before the cookie is read: rights that change while the person is looked up must still reach this socket.
    await _sockets({**scope, "rights_at": await hub().rights_at()}, receive, send)


live = AllowedHostsOriginValidator(_with_rights)
