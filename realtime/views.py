"""The same events over HTTP, for networks that block websockets: a stream, a question since when, and commands."""

import asyncio
import logging
from collections.abc import AsyncIterator

import msgspec
from django.http import HttpRequest, HttpResponse, JsonResponse, StreamingHttpResponse
from django.views.decorators.http import require_GET, require_POST

from outbox import changes, reading
from outbox.commands import perform
from outbox.errors import Failed, Invalid, NotThere, Refusal
from outbox.reading import Person, Position
from realtime.consumers import LARGEST_MESSAGE, MOST_TOPICS, Stand, read_uuid
from realtime.frames import frame, hello_frame, snapshot_frames, tally_frame
from realtime.hub import hub
from realtime.writers import COME_BACK, QueueWriter, write_each

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
def since(request: HttpRequest) -> HttpResponse:
    """Frames of the topics asked for (`?topic=NAME&at=POSITION&tallies=N`, repeated) since where the page stands."""
    frames = [hello_frame(request.user.pk)]
    for topic, stand in _stands(request).items():
        try:
            frames += _frames_since(request.user, topic, stand)
        except Refusal as refusal:
            frames.append(frame(topic=topic, refused=refusal.as_answer()))
    body = b'{"frames":[' + b",".join(text.encode() for text in frames) + b"]}"
    return HttpResponse(body, content_type="application/json", headers={"Cache-Control": "no-store"})


def _frames_since(user: Person, topic: str, stand: Stand) -> list[str]:
    if not reading.may_follow(topic, user):
        raise NotThere
    at = Position.parse(stand.at)
    events = reading.missed(topic, at) if at else None
    if at is None or events is None:
        return list(snapshot_frames(reading.snapshot(topic)))
    tallies = reading.tallies_since(topic, stand.tallies)
    frames = [frame(topic=topic, at=str(at), resumed=True)]
    frames += [changes.frame(event) for event in events]
    return frames + ([tally_frame(topic, tallies)] if tallies else [])


@require_GET
async def events(request: HttpRequest) -> StreamingHttpResponse:
    """The same frames as server-sent events, through the same hub. A page that must wait longer asks again."""
    rights_at = await hub().rights_at()
    user = await request.auser()
    stream = _stream(user, rights_at, _stands(request))
    headers = {
        "Cache-Control": "no-store",
        "X-Accel-Buffering": "no",
        # Said so that nothing on the way compresses, and thereby holds back, what should leave at once.
        "Content-Encoding": "identity",
    }
    return StreamingHttpResponse(stream, content_type="text/event-stream", headers=headers)


async def _stream(user: Person, rights_at: int, stands: dict[str, Stand]) -> AsyncIterator[str]:
    follower = QueueWriter(user.pk)
    follower.write(hello_frame(user.pk))
    await hub().arrive(follower, rights_at)
    # Beside the reading: what was missed may be more than the queue holds.
    following = asyncio.ensure_future(_follow_all(follower, user, stands))
    try:
        async for text in follower.taken():
            yield f"data: {text}\n\n"
        yield f"event: closed\ndata: {frame(code=follower.closed_because)}\n\n"
    finally:
        following.cancel()
        hub().leave(follower)


async def _follow_all(follower: QueueWriter, user: Person, stands: dict[str, Stand]) -> None:
    try:
        for topic, stand in stands.items():
            try:
                await hub().follow(follower, user, topic, Position.parse(stand.at), stand.tallies)
            except Refusal as refusal:
                await write_each(follower, [frame(topic=topic, refused=refusal.as_answer())])
    except Exception:
        logger.exception("a stream could not be opened")
        follower.close(COME_BACK, "come back")


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
