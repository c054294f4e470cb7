"""The direct way to the wire: a prebuilt frame goes to the server's own transport, past its `send`.

Each server keeps its transport where it likes, so each has a line of its own here. That the line writes the same bytes
as the server's `send` is proved at the start of every process (`realtime.proof`); until it is, and on any other server,
frames go by `send`. A server's upgrade can so cost speed, and never a frame.
"""

import os
import socket
from collections.abc import Callable
from typing import Any, Protocol

# What may wait in user space for one socket; a page that owes us more is told of later, by a resume.
MOST_WAITING = 64 * 1024
# What the kernel may hold for a socket: without a bound it grows to megabytes for each phone that does not read.
KERNEL_HOLDS = 64 * 1024


class Line(Protocol):
    name: str

    def write(self, wire: bytes) -> bool:
        """Never waits. False where MOST_WAITING wait already: nothing was taken. A socket that is gone takes all."""

    def waiting(self) -> int:
        """Bytes that wait in user space."""

    def abort(self) -> None:
        """Ends the connection at once, with all that waits."""


class AsyncioLine:
    """uvicorn: a websocket protocol over a transport of asyncio or uvloop."""

    __slots__ = ("_descriptor", "_protocol", "_transport")
    name = "asyncio"

    def __init__(self, protocol: Any, transport: Any, descriptor: int) -> None:
        self._protocol = protocol
        self._transport = transport
        self._descriptor = descriptor

    def write(self, wire: bytes) -> bool:
        transport = self._transport
        # Asked first: the number of a descriptor that is closed may be another socket's by now.
        if self._protocol.close_sent or transport.is_closing():
            return True
        waiting = transport.get_write_buffer_size()
        if waiting > MOST_WAITING:
            return False
        sent = 0
        if not waiting:
            try:
                sent = os.write(self._descriptor, wire)
            except BlockingIOError:
                sent = 0
            except OSError:
                return True  # the server is about to hear of it
        if sent < len(wire):
            transport.write(wire[sent:] if sent else wire)
        return True

    def waiting(self) -> int:
        return 0 if self._transport.is_closing() else int(self._transport.get_write_buffer_size())

    def abort(self) -> None:
        self._transport.abort()


class TwistedLine:
    """Daphne: a websocket protocol of autobahn over a transport of Twisted."""

    __slots__ = ("_protocol", "_transport")
    name = "twisted"

    def __init__(self, protocol: Any, transport: Any) -> None:
        self._protocol = protocol
        self._transport = transport

    def write(self, wire: bytes) -> bool:
        transport = self._transport
        if self._protocol.state != self._protocol.STATE_OPEN or not transport.connected:
            return True
        waiting = self.waiting()
        if waiting > MOST_WAITING:
            return False
        sent = 0 if waiting else transport.writeSomeData(wire)
        # In place of a number it may be the reason why the connection is lost, which the server is about to hear of.
        if isinstance(sent, int) and sent < len(wire):
            transport.write(wire[sent:] if sent else wire)
        return True

    def waiting(self) -> int:
        transport = self._transport
        return len(transport.dataBuffer) - transport.offset + transport._tempDataLen if transport.connected else 0

    def abort(self) -> None:
        self._transport.abortConnection()


def line_of(send: Callable[..., Any]) -> Line | None:
    """The line behind a server's `send`, or None where there is none that we know: TLS on this hop, another server."""
    protocol = getattr(send, "__self__", None)  # uvicorn gives a method of its protocol
    if protocol is not None and hasattr(protocol, "close_sent"):
        return _asyncio_line(protocol)
    arguments = getattr(send, "args", ())  # Daphne gives a partial with the protocol
    if arguments and hasattr(arguments[0], "STATE_OPEN"):
        return _twisted_line(arguments[0])
    return None


def _asyncio_line(protocol: Any) -> Line | None:
    transport: Any = getattr(protocol, "transport", None)
    if not hasattr(transport, "get_write_buffer_size") or transport.get_extra_info("sslcontext") is not None:
        return None
    its_socket = transport.get_extra_info("socket")
    if its_socket is None:
        return None
    _bound(its_socket)
    return AsyncioLine(protocol, transport, its_socket.fileno())


def _twisted_line(protocol: Any) -> Line | None:
    transport: Any = getattr(protocol, "transport", None)
    # A transport with TLS has no writeSomeData.
    if not all(hasattr(transport, name) for name in ("writeSomeData", "dataBuffer", "offset", "_tempDataLen")):
        return None
    _bound(transport.socket)
    return TwistedLine(protocol, transport)


def _bound(its_socket: Any) -> None:
    its_socket.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, KERNEL_HOLDS)
