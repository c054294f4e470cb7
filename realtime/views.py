"""The same events over HTTP, for networks that block websockets: a stream, a question since when, and commands."""

import asyncio
import logging
from collections.abc import AsyncIterator

import msgspec
from django.http import HttpRequest, HttpResponse, JsonResponse, StreamingHttpResponse
from django.utils.translation import get_language
from django.views.decorators.http import require_GET, require_POST

from outbox.commands import perform
from outbox.errors import Failed, Invalid, NotThere, Refusal
from realtime.arrivals import arrive, next_ticket
from realtime.frames import frame, hello_frame, spread_ms
from realtime.hub import Stand, hub
from realtime.sockets import LARGEST_MESSAGE, MOST_TOPICS, may_follow, read_uuid
from realtime.times import TimeAsked
from realtime.writers import COME_BACK, Collector, Follower, QueueWriter, write_each

logger = logging.getLogger(__name__)


class Doing(msgspec.Struct, forbid_unknown_fields=True, rename={"with_": "with"}):
    do: str
    id: str
    with_: dict[str, object] = {}


@require_POST
def do(request: HttpRequest) -> HttpResponse:
    """One command, answered like over the socket; a Refusal becomes JSON with its own status."""
    try:
        if len(request.body) > LARGEST_MESSAGE:
            raise Invalid(fields={"message": f"at most {LARGEST_MESSAGE} bytes of JSON"})
        try:
            doing = msgspec.json.decode(request.body, type=Doing)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise Invalid(fields={"message": str(error)}) from error
        answer = perform(doing.do, doing.with_, by=request.user, command_id=read_uuid(doing.id))
    except Refusal as refusal:
        return JsonResponse({"refused": refusal.as_answer()}, status=refusal.status)
    except Exception:
        logger.exception("a command failed")
        return JsonResponse({"refused": Failed().as_answer()}, status=Failed.status)
    return JsonResponse({"done": answer})


@require_GET
async def since(request: HttpRequest) -> HttpResponse:
    """Frames of the topics asked for (`?topic=NAME&at=POSITION&tallies=N`, repeated) since where the page stands.

    From the hub, as a socket would get them: thousands who ask every few seconds do not reach the database.
    """
    asked, stands, page = _time_asked(request), _stands(request), Collector()
    try:
        await _come_in(page, request, stands)
    finally:
        hub().leave(page)
    if asked is not None:
        page.write(asked.answer())
    body = '{"frames":[' + ",".join(each.text for each in page.frames) + "]}"
    return HttpResponse(body, content_type="application/json", headers={"Cache-Control": "no-store"})


@require_GET
async def events(request: HttpRequest) -> StreamingHttpResponse:
    """The same frames as server-sent events, through the same hub. A page that must wait longer asks again."""
    asked, stands = _time_asked(request), _stands(request)
    headers = {
        "Cache-Control": "no-store",
        "X-Accel-Buffering": "no",
        # Said so that nothing on the way compresses, and thereby holds back, what should leave at once.
        "Content-Encoding": "identity",
    }
    return StreamingHttpResponse(_stream(request, stands, asked), content_type="text/event-stream", headers=headers)


@require_GET
async def time(request: HttpRequest) -> HttpResponse:
    """What the time is, for a page whose stream brings no answers. `?time=` is what its own clock shows."""
    asked = _time_asked(request)
    if asked is None:
        raise Invalid(fields={"time": "what the page's clock shows"})
    return HttpResponse(asked.answer().text, content_type="application/json", headers={"Cache-Control": "no-store"})


async def _stream(request: HttpRequest, stands: dict[str, Stand], asked: TimeAsked | None = None) -> AsyncIterator[str]:
    page = QueueWriter()
    if asked is not None:
        page.write(asked.answer())
    # Beside the reading: what was missed may be more than the queue holds.
    coming_in = asyncio.ensure_future(_come_in_or_back(page, request, stands))
    try:
        async for text in page.taken():
            yield f"data: {text}\n\n"
        yield f"event: closed\ndata: {frame(code=page.closed_because).text}\n\n"
    finally:
        coming_in.cancel()
        hub().leave(page)


async def _come_in_or_back(page: QueueWriter, request: HttpRequest, stands: dict[str, Stand]) -> None:
    try:
        await _come_in(page, request, stands)
    except Exception:
        logger.exception("a stream could not be opened")
        page.close(COME_BACK, "come back")


async def _come_in(page: Follower, request: HttpRequest, stands: dict[str, Stand]) -> None:
    """What a socket's first message does. Refusals are in the request's own language, which is active here."""
    ticket, browser = request.GET.get("ticket", ""), request.session.session_key or ""
    arrived = await arrive(page, ticket=ticket, browser=browser)
    page.write(hello_frame(arrived.user_id, spread_ms(hub().size)))
    for topic in await hub().follow(page, stands, arrived.opens, may_follow):
        await write_each(page, [frame(topic=topic, refused=NotThere().as_answer())])
    if not arrived.by_ticket:
        await write_each(page, [next_ticket(page, arrived, get_language() or "")])


def _time_asked(request: HttpRequest) -> TimeAsked | None:
    yours = request.GET.get("time")
    return None if yours is None else TimeAsked.in_words(yours)


def _stands(request: HttpRequest) -> dict[str, Stand]:
    topics, positions = request.GET.getlist("topic"), request.GET.getlist("at")
    versions = request.GET.getlist("tallies")
    if not 0 < len(topics) <= MOST_TOPICS:
        raise Invalid(fields={"topic": f"between 1 and {MOST_TOPICS} topics"})
    stands = {}
    for number, topic in enumerate(topics):
        version = versions[number] if number < len(versions) else ""
        at = positions[number] if number < len(positions) else ""
        stands[topic] = Stand(at, int(version) if version.isdecimal() and len(version) < 18 else 0)
    return stands
