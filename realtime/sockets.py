"""The websocket: a page follows topics and sends commands. No bad message closes it; each gets a typed answer."""

import logging
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any
from uuid import UUID

import msgspec
from django.conf import settings
from django.http.cookie import parse_cookie
from django.utils.translation import get_supported_language_variant

from accounts.queries import person
from outbox import reading
from outbox.commands import Sent, perform
from outbox.errors import Failed, Invalid, NotThere, Refusal
from outbox.registry import command
from realtime.arrivals import Arrived, arrive, next_ticket, renewed
from realtime.frames import frame, hello_frame, spread_ms
from realtime.hub import Stand, hub
from realtime.threads import in_language, in_thread
from realtime.times import PageTime, TimeAsked
from realtime.writers import SocketWriter, write_each

logger = logging.getLogger(__name__)

LARGEST_MESSAGE = 64 * 1024  # bytes
MOST_TOPICS = 20

Told = dict[str, Any]
Receive = Callable[[], Awaitable[Told]]
Send = Callable[[Told], Coroutine[Any, Any, None]]


class Message(msgspec.Struct, forbid_unknown_fields=True, rename={"with_": "with"}):
    """What a page sends. First its ticket, if it has one; then it follows, leaves, or does one thing.

    Any message may ask for the time beside that.
    """

    ticket: str = ""
    time: PageTime | None = None
    renew: bool = False
    follow: dict[str, Stand] | None = None
    leave: list[str] | None = None
    do: str | None = None
    with_: dict[str, Any] | None = None
    id: str | None = None


async def socket(scope: dict[str, Any], receive: Receive, send: Send) -> None:
    """One page's websocket, from its acceptance to its end.

    A plain ASGI application and no consumer of Channels: a consumer costs a task for each message and wraps `send`,
    and there is no channel layer here whose messages it would bring together with the page's. The hub reaches sockets.
    """
    await receive()  # websocket.connect
    # Before anything is known of the page: however many come at once, no handshake waits for somebody's cookie.
    await send({"type": "websocket.accept"})
    page = _Page(scope, send)
    try:
        while (message := await receive())["type"] == "websocket.receive":
            await page.take(message.get("text"), message.get("bytes"))
    finally:
        # However a socket ends, by its page, by an error or by the server, the hub keeps nothing of it.
        hub().leave(page.writer)


class _Page:
    __slots__ = ("arrived", "browser", "language", "writer")

    def __init__(self, scope: dict[str, Any], send: Send) -> None:
        cookies = cookies_of(scope)
        self.browser = cookies.get(settings.SESSION_COOKIE_NAME, "")
        self.language = cookies.get(settings.LANGUAGE_COOKIE_NAME, "")
        self.arrived: Arrived | None = None
        self.writer = SocketWriter(send)
        self.writer.opened(scope.get("server"))

    async def take(self, text: str | None, data: bytes | None) -> None:
        """Whatever the page sent, it is answered."""
        command_id = asked = None
        # One way to the wire for all that answers a message: a page that joins gets one packet.
        self.writer.hold()
        try:
            message = _read(text, data)
            command_id = message.id
            asked = None if message.time is None else TimeAsked(message.time)
            first = self.arrived is None
            arrived = self.arrived or await self._arrive(message.ticket)
            if message.follow is not None:
                await self._follow(arrived, message.follow)
            if message.renew and (again := await renewed(self.writer, arrived)) is not None:
                self.arrived = arrived = again
                await write_each(self.writer, [next_ticket(self.writer, arrived, self.language)])
            elif first and not arrived.by_ticket:
                await write_each(self.writer, [next_ticket(self.writer, arrived, self.language)])
            for topic in message.leave or ():
                hub().unfollow(self.writer, topic)
            if message.do is not None:
                self._let_go(asked)
                asked = None
                await self._do(arrived, message.do, message.with_ or {}, message.id)
        except Refusal as refusal:
            await self._refuse(refusal, id=command_id)
        finally:
            self._let_go(asked)

    def _let_go(self, asked: TimeAsked | None) -> None:
        """Sends what was kept: the time as it is now, and first, since the rest may take long to come through."""
        self.writer.let_go(None if asked is None else asked.answer())

    async def _arrive(self, ticket: str) -> Arrived:
        """The page's cookie says its language where nobody chose it for this page or for themselves."""
        arrived = await arrive(self.writer, ticket=ticket, browser=self.browser)
        self.language = _language(arrived.language or self.language)
        self.arrived = arrived
        await write_each(self.writer, [hello_frame(arrived.user_id, spread_ms(hub().size))])
        return arrived

    async def _follow(self, arrived: Arrived, wanted: dict[str, Stand]) -> None:
        if len(hub().topics_of(self.writer).union(wanted)) > MOST_TOPICS:
            raise Invalid(fields={"follow": f"at most {MOST_TOPICS} topics"})
        for topic in await hub().follow(self.writer, wanted, arrived.opens, may_follow):
            await self._refuse(NotThere(), topic=topic)

    async def _do(self, arrived: Arrived, name: str, payload: dict[str, Any], command_id: str | None) -> None:
        sent_as, who = read_uuid(command_id), arrived.user_id
        group = command(name).group
        try:
            if group is not None and who is not None:
                answer = await hub().together.perform(group, Sent(name, payload, who, sent_as))
            else:
                answer = await in_thread(in_language, self.language, perform_for, who, name, payload, sent_as)
        except Refusal:
            raise
        except Exception as error:
            # Answered, since a page sends what was not answered again as soon as it is back.
            logger.exception("the command %s failed", name)
            raise Failed from error
        await self._answer(id=command_id, done=answer)

    async def _refuse(self, refusal: Refusal, **about: Any) -> None:
        words = await in_thread(in_language, self.language or settings.LANGUAGE_CODE, refusal.as_answer)
        await self._answer(**about, refused=words)

    async def _answer(self, **parts: Any) -> None:
        """Answers are not repaired by a resume, so this one waits where frames of a topic would be dropped."""
        await write_each(self.writer, [frame(**parts)])


def may_follow(topics: list[str], user_id: int | None) -> set[str]:
    """Which of these topics are there for this person."""
    user = person(user_id)
    return {topic for topic in topics if reading.may_follow(topic, user)}


def perform_for(user_id: int | None, name: str, payload: object, command_id: UUID) -> dict[str, Any]:
    """The person is looked up for each command: whoever was barred since the page came in does nothing more."""
    return perform(name, payload, by=person(user_id), command_id=command_id)


def _read(text: str | None, data: bytes | None) -> Message:
    """Raises Invalid for whatever is not a message."""
    raw = data if text is None else text.encode(errors="replace")
    if raw is None or len(raw) > LARGEST_MESSAGE:
        raise Invalid(fields={"message": f"at most {LARGEST_MESSAGE} bytes of JSON"})
    try:
        return _decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Invalid(fields={"message": str(error)}) from error


_decode = msgspec.json.Decoder(Message).decode


def read_uuid(text: str | None) -> UUID:
    try:
        return UUID(text or "")
    except ValueError as error:
        raise Invalid(fields={"id": "a UUID made by the page"}) from error


def cookies_of(scope: dict[str, Any]) -> dict[str, str]:
    for name, value in scope.get("headers", ()):
        if name == b"cookie":
            return parse_cookie(value.decode("latin1"))
    return {}


def _language(wanted: str) -> str:
    try:
        return get_supported_language_variant(wanted)
    except LookupError:
        return settings.LANGUAGE_CODE
