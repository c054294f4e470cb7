"""Pages for an ASGI server: a request goes through all middlewares and its view in one thread, in one step."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import django
from asgiref.sync import sync_to_async
from django.conf import settings
from django.core.handlers.asgi import ASGIHandler
from django.core.handlers.exception import convert_exception_to_response
from django.db import close_old_connections
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.middleware.security import SecurityMiddleware
from servestatic.middleware import ServeStaticMiddleware

from config.admission import AT_ONCE

# More than are let in at a time: a request that its browser gave up goes on in its thread after its place is given
# back. With those of the live edge they are still fewer than the connections of the database's pool.
THREADS = 2 * AT_ONCE


class Pages(ASGIHandler):
    """Django's handler with threads that stay, and without its way back to the loop around each middleware.

    Its own makes a thread for every request and goes there and back twice for each middleware: half the processor time
    of a short page. Static files are served on the loop; an asynchronous view is run from the thread.
    """

    def __init__(self) -> None:
        super().__init__()
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="page")

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        # Not within a ThreadSensitiveContext, which is what makes the threads.
        await self.handle(scope, receive, send)

    def load_middleware(self, is_async: bool = False) -> None:
        super().load_middleware(is_async=False)
        self._files: Any = convert_exception_to_response(SecurityMiddleware(ServeStaticMiddleware(self._page)))

    async def get_response_async(self, request: HttpRequest) -> HttpResponseBase:
        is_file = request.path.startswith(settings.STATIC_URL)
        answered: HttpResponseBase = await (self._files(request) if is_file else self._page(request))
        return answered

    async def _page(self, request: HttpRequest) -> HttpResponseBase:
        return await sync_to_async(self._answer, thread_sensitive=False, executor=self._threads)(request)

    def _answer(self, request: HttpRequest) -> HttpResponseBase:
        """What Django's signals around a request see to, they do for another thread."""
        close_old_connections()
        try:
            return self.get_response(request)
        finally:
            close_old_connections()


def pages_application() -> Pages:
    """The pages with their apps loaded, as django.core.asgi.get_asgi_application gives them."""
    django.setup(set_prefix=False)
    return Pages()
