"""The yardstick `bare`: a hub with nothing around it, on the same server. What one socket sends, all others get."""

from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

Send = Callable[[dict[str, Any]], Coroutine[Any, Any, None]]

_followers: dict[Send, None] = {}


async def application(scope: dict[str, Any], receive: Callable[[], Awaitable[dict[str, Any]]], send: Send) -> None:
    """`/follow` listens; what is sent to `/publish` reaches all who listen."""
    if scope["type"] != "websocket":
        return
    await receive()
    await send({"type": "websocket.accept"})
    follows = scope["path"] == "/follow"
    if follows:
        _followers[send] = None
    try:
        while (message := await receive())["type"] == "websocket.receive":
            if not follows:
                _tell(message["text"])
    finally:
        _followers.pop(send, None)


def _tell(text: str) -> None:
    told = {"type": "websocket.send", "text": text}
    for send in list(_followers):
        sending = send(told)
        try:
            sending.send(None)
        except StopIteration:
            continue
        except Exception:
            _followers.pop(send, None)
        else:
            sending.close()  # its buffer is full, and this hub keeps nothing for later
            _followers.pop(send, None)
