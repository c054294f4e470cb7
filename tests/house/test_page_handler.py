"""Pages of an ASGI server: one thread for a request, whatever it meets on its way."""

import asyncio
import threading

import pytest
from asgiref.testing import ApplicationCommunicator
from django.conf import settings
from django.core.cache import cache
from django.http import HttpResponse, StreamingHttpResponse
from django.test import override_settings
from django.urls import path
from django.utils.module_loading import import_string

from config.pages import Pages

# What is sent around each request asks whatever connection there is in its thread, also one of an earlier test.
pytestmark = pytest.mark.django_db

met: list[tuple[str, str]] = []


def noting(get_response):
    def middleware(request):
        met.append(("middleware", threading.current_thread().name))
        return get_response(request)

    return middleware


def plain(request):
    met.append(("view", threading.current_thread().name))
    return HttpResponse("plain")


async def asynchronous(request):
    await asyncio.sleep(0)
    return HttpResponse("asynchronous")


def streamed(request):
    async def parts():
        for part in (b"a", b"b", b"c"):
            yield part

    return StreamingHttpResponse(parts())


def broken(request):
    raise ValueError("broken")


urlpatterns = [
    path("plain", plain),
    path("asynchronous", asynchronous),
    path("streamed", streamed),
    path("broken", broken),
]


def handler404(request, exception=None):
    return HttpResponse("nothing here", status=404)


@pytest.fixture
def ask():
    async def asked(path: str) -> tuple[int, bytes]:
        with override_settings(ROOT_URLCONF=__name__, MIDDLEWARE=[f"{__name__}.noting"] * 3):
            scope = {"type": "http", "method": "GET", "path": path, "query_string": b"", "headers": []}
            page = ApplicationCommunicator(Pages(), {**scope, "http_version": "1.1"})
            await page.send_input({"type": "http.request", "body": b""})
            start = await page.receive_output(5)
            body = b""
            while True:
                part = await page.receive_output(5)
                body += part.get("body", b"")
                if not part.get("more_body"):
                    break
            await page.wait()
            return start["status"], body

    return asked


async def test_all_middlewares_and_the_view_are_met_in_one_thread(ask):
    met.clear()
    assert await ask("/plain") == (200, b"plain")
    assert [what for what, _ in met] == ["middleware"] * 3 + ["view"]
    threads = {thread for _, thread in met}
    assert len(threads) == 1
    assert threads != {threading.current_thread().name}


@pytest.mark.parametrize(("path", "answer"), [("/asynchronous", b"asynchronous"), ("/streamed", b"abc")])
async def test_what_is_asynchronous_is_answered_too(ask, path, answer):
    assert await ask(path) == (200, answer)


async def test_a_view_that_breaks_is_answered_in_words(ask, caplog):
    status, _ = await ask("/broken")
    assert status == 500
    assert "broken" in caplog.text


@pytest.fixture
def a_style(settings, tmp_path):
    (tmp_path / "a.css").write_text("main { color: navy }")
    settings.STATIC_ROOT = tmp_path
    settings.SERVESTATIC_USE_MANIFEST = False
    settings.SERVESTATIC_USE_STATIC_ROOT = True


async def test_a_static_file_comes_without_a_page(ask, a_style):
    met.clear()
    assert await ask("/static/a.css") == (200, b"main { color: navy }")
    assert met == []


async def test_a_static_file_that_is_not_there_is_a_page_that_says_so(ask, a_style):
    met.clear()
    assert await ask("/static/b.css") == (404, b"nothing here")
    assert met


def test_no_middleware_leaves_the_thread():
    """One that is asynchronous only would send every page to the loop and back."""
    kinds = [import_string(name) for name in settings.MIDDLEWARE]
    assert [kind for kind in kinds if not getattr(kind, "sync_capable", True)] == []


async def test_requests_share_the_connections_of_the_cache():
    """Each request has a cache of its own; one that dialled Redis for itself would do so twice a page."""
    clients = set()

    async def a_request() -> None:
        cache.set("here", 1)
        clients.add(id(getattr(cache, "_cache", None)))

    for _ in range(3):
        await asyncio.create_task(a_request())
    assert len(clients) == 1
    assert cache.get("here") == 1
