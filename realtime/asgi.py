"""The websocket's way in: our own pages only."""

import sys
from collections.abc import Awaitable, Callable
from typing import Any

from channels.security.websocket import AllowedHostsOriginValidator

from realtime import proof
from realtime.hub import hub
from realtime.sockets import socket
from realtime.writers import RESTARTING

PATH = "/live/socket/"

Application = Callable[[dict[str, Any], Callable[..., Any], Callable[..., Any]], Awaitable[None]]

_from_our_pages = AllowedHostsOriginValidator(socket)


async def live(scope: dict[str, Any], receive: Callable[..., Any], send: Callable[..., Any]) -> None:
    """Every websocket of this installation."""
    _begin()
    if scope["path"] == PATH:
        await _from_our_pages(scope, receive, send)
    elif scope["path"].startswith(proof.PATH):
        await proof.answer(scope, receive, send)
    else:
        await receive()
        await send({"type": "websocket.close", "code": 4404})


def with_hub(pages: Application) -> Application:
    """Pages of a process whose hub is there from the first request on, so that they can carry tickets."""

    async def application(scope: dict[str, Any], receive: Callable[..., Any], send: Callable[..., Any]) -> None:
        _begin()
        await pages(scope, receive, send)

    return application


_begun = False


def _begin() -> None:
    """Once a process: the hub, and what Daphne would not do when it stops. uvicorn closes its sockets by itself."""
    global _begun
    if _begun:
        return
    _begun = True
    ours = hub()
    reactor = sys.modules.get("twisted.internet.reactor")
    if reactor is not None and reactor.running:
        reactor.addSystemEventTrigger("before", "shutdown", ours.close_all, RESTARTING, "the server restarts")
