"""Pages for an ASGI server: a request goes through all middlewares and its view in one thread, in one step."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from io import BytesIO
from typing import Any, TypeVar

import django
from asgiref.sync import sync_to_async
from django.conf import settings
from django.core.handlers.asgi import ASGIHandler
from django.core.handlers.exception import convert_exception_to_response
from django.core.signals import request_started
from django.db import close_old_connections
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.middleware.security import SecurityMiddleware
from servestatic.middleware import ServeStaticMiddleware

from config.admission import AT_ONCE
from files.reception import ON_THE_WIRE, Reception, stays_on_the_wire

R = TypeVar("R")

# More than are let in at a time: a request that its browser gave up goes on in its thread after its place is given
# back. With those of the live edge they are still fewer than the connections of the database's pool.
THREADS = 2 * AT_ONCE
# Those that write down what arrives in parts: a slow disk holds up no page.
WRITERS = 2


class Pages(ASGIHandler):
    """Django's handler with threads that stay, and without its way back to the loop around each middleware.

    Its own makes a thread for every request and goes there and back twice for each middleware: half the processor time
    of a short page. Static files are served on the loop; an asynchronous view is run from the thread.
    """

    def __init__(self) -> None:
        super().__init__()
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="page")
        self._writers = ThreadPoolExecutor(WRITERS, thread_name_prefix="arriving")

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        # Not within a ThreadSensitiveContext, which is what makes the threads.
        if stays_on_the_wire(scope):
            await self._handle_before_its_body(scope, receive, send)
        else:
            await self.handle(scope, receive, send)

    async def _handle_before_its_body(self, scope: Any, receive: Any, send: Any) -> None:
        """As `handle`, with the body left on the wire: all middlewares and the view come first, then a Reception
        takes the body in, while no thread waits for it."""
        await request_started.asend(sender=self.__class__, scope=scope)
        request, refusal = self.create_request(scope, BytesIO())
        response: Any = refusal
        if request is not None:
            request.META[ON_THE_WIRE] = True
            response = await self.run_get_response(request)
        if isinstance(response, Reception):
            await response.take(receive, self._write)
        await self.send_response(response, send)
        await sync_to_async(response.close, thread_sensitive=False, executor=self._threads)()

    def load_middleware(self, is_async: bool = False) -> None:
        super().load_middleware(is_async=False)
        self._files: Any = convert_exception_to_response(SecurityMiddleware(ServeStaticMiddleware(self._page)))

    async def get_response_async(self, request: HttpRequest) -> HttpResponseBase:
        is_file = request.path.startswith(settings.STATIC_URL)
        answered: HttpResponseBase = await (self._files(request) if is_file else self._page(request))
        return answered

    async def _write(self, step: Callable[[], None]) -> None:
        await asyncio.get_running_loop().run_in_executor(self._writers, partial(_with_connections, step))

    async def _page(self, request: HttpRequest) -> HttpResponseBase:
        return await sync_to_async(self._answer, thread_sensitive=False, executor=self._threads)(request)

    def _answer(self, request: HttpRequest) -> HttpResponseBase:
        return _with_connections(partial(self.get_response, request))


def _with_connections(work: Callable[[], R]) -> R:
    """What Django's signals around a request see to, they do for another thread."""
    close_old_connections()
    try:
        return work()
    finally:
        close_old_connections()


def pages_application() -> Pages:
    """The pages with their apps loaded, as django.core.asgi.get_asgi_application gives them."""
    django.setup(set_prefix=False)
    return Pages()
