"""Sending a file that lies in the storage, whole or in part, without holding a thread or a database connection."""

import asyncio
from collections.abc import AsyncIterator
from typing import IO

from django.core.files.storage import Storage
from django.db import connections
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.utils.cache import get_conditional_response

from files.ranges import NotSatisfiableError, Span, wanted

CHUNK = 256 * 1024  # bytes


def send(
    request: HttpRequest, *, storage: Storage, path: str, size: int, etag: str, content_type: str
) -> HttpResponseBase:
    """The answer to GET or HEAD for a file of `size` bytes: 200, 206, 304, 412 or 416.

    `etag` is strong and quoted: it changes when a single byte does.
    """
    # GZipMiddleware would squeeze what is squeezed already, and drop the length that ranges and players need.
    request.META.pop("HTTP_ACCEPT_ENCODING", None)
    unchanged = get_conditional_response(request, etag=etag)
    if unchanged is not None:
        unchanged["ETag"] = etag
        return unchanged
    try:
        span = _wanted(request, size, etag)
    except NotSatisfiableError:
        return HttpResponse(status=416, headers={"Content-Range": f"bytes */{size}", "Accept-Ranges": "bytes"})
    part = span or Span(0, size)
    response: HttpResponseBase
    if request.method == "HEAD":
        response = HttpResponse(content_type=content_type)
    else:
        response = StreamingHttpResponse(_read(storage, path, part), content_type=content_type)
    if span:
        response.status_code = 206
        response["Content-Range"] = f"bytes {span.first}-{span.last}/{size}"
    response["Content-Length"] = str(part.length)
    response["Accept-Ranges"] = "bytes"
    response["ETag"] = etag
    return response


def release_connections() -> None:
    """Gives this thread's database connections back: a film is sent for minutes, and needs none of them.

    Inside a transaction (of a test: requests have none) they stay.
    """
    for connection in connections.all(initialized_only=True):
        if not connection.in_atomic_block:
            connection.close()


def _wanted(request: HttpRequest, size: int, etag: str) -> Span | None:
    header = request.headers.get("Range")
    # If-Range: a part is of use only to whoever has the rest of this very file. Dates are not ours: no match.
    if header is None or request.headers.get("If-Range", etag) != etag:
        return None
    return wanted(header, size)


async def _read(storage: Storage, path: str, part: Span) -> AsyncIterator[bytes]:
    file: IO[bytes] = await asyncio.to_thread(storage.open, path, "rb")
    try:
        await asyncio.to_thread(file.seek, part.first)
        left = part.length
        while left and (chunk := await asyncio.to_thread(file.read, min(CHUNK, left))):
            left -= len(chunk)
            yield chunk
    finally:
        file.close()
