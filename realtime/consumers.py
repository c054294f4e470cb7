"""The websocket: a page follows topics and sends commands. No bad message closes it; each gets a typed answer."""

import logging
from typing import Any
from uuid import UUID

import msgspec
from channels.consumer import get_handler_name
from channels.generic.websocket import AsyncWebsocketConsumer
from django.conf import settings
from django.utils.translation import get_supported_language_variant

from outbox.commands import perform
from outbox.errors import Failed, Invalid, Refusal
from outbox.reading import Position
from realtime.frames import frame, hello_frame
from realtime.hub import hub
from realtime.threads import in_language, in_thread
from realtime.writers import SocketWriter, write_each

logger = logging.getLogger(__name__)

LARGEST_MESSAGE = 64 * 1024  # bytes
MOST_TOPICS = 20


class Stand(msgspec.Struct, forbid_unknown_fields=True):
    """Where a page stands in a topic, as the server told it: both empty on arrival."""

    at: str = ""
    tallies: int = 0


class Message(msgspec.Struct, forbid_unknown_fields=True, rename={"with_": "with"}):
    """What a page sends: it follows, it leaves, or it does one thing."""

    follow: dict[str, Stand] | None = None
    leave: list[str] | None = None
    do: str | None = None
    with_: dict[str, Any] | None = None
    id: str | None = None


class LiveConsumer(AsyncWebsocketConsumer):
    # There is none of this name: sockets are never in a channel layer. The hub reaches them.
    channel_layer_alias = "none"

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        self.writer = SocketWriter(send, scope["user"].pk)
        try:
            await super().__call__(scope, receive, send)
        finally:
            # However a socket ends, by its page, by an error or by the server, the hub keeps nothing of it.
            hub().leave(self.writer)

    async def dispatch(self, message: dict[str, Any]) -> None:
        # Channels' own dispatch takes a thread hop for each message to tidy database connections of a thread that
        # this consumer never uses: its database work happens in realtime.threads, which tidies after itself.
        await getattr(self, get_handler_name(message))(message)

    async def connect(self) -> None:
        user = self.scope["user"]
        self.language = _language(self.scope)
        await self.accept()
        await hub().arrive(self.writer, self.scope["rights_at"])
        await write_each(self.writer, [hello_frame(user.pk)])

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        command_id = None
        try:
            message = _read(text_data, bytes_data)
            command_id = message.id
            if message.follow is not None:
                await self._follow(message.follow)
            for topic in message.leave or ():
                hub().unfollow(self.writer, topic)
            if message.do is not None:
                await self._do(message.do, message.with_ or {}, message.id)
        except Refusal as refusal:
            await self._refuse(refusal, id=command_id)

    async def _follow(self, wanted: dict[str, Stand]) -> None:
        following = hub().topics_of(self.writer)
        if len(following.union(wanted)) > MOST_TOPICS:
            raise Invalid(fields={"follow": f"at most {MOST_TOPICS} topics"})
        for topic, stand in wanted.items():
            try:
                await hub().follow(
                    self.writer, self.scope["user"], topic, Position.parse(stand.at), max(stand.tallies, 0)
                )
            except Refusal as refusal:
                await self._refuse(refusal, topic=topic)

    async def _do(self, name: str, payload: dict[str, Any], command_id: str | None) -> None:
        sent_as = read_uuid(command_id)
        try:
            answer = await in_thread(
                in_language, self.language, perform, name, payload, by=self.scope["user"], command_id=sent_as
            )
        except Refusal:
            raise
        except Exception as error:
            # Answered, since a page sends what was not answered again as soon as it is back.
            logger.exception("the command %s failed", name)
            raise Failed from error
        await self._answer(id=command_id, done=answer)

    async def _refuse(self, refusal: Refusal, **about: Any) -> None:
        words = await in_thread(in_language, self.language, refusal.as_answer)
        await self._answer(**about, refused=words)

    async def _answer(self, **parts: Any) -> None:
        """Answers are not repaired by a resume, so this one waits where frames of a topic would be dropped."""
        await write_each(self.writer, [frame(**parts)])


def _read(text: str | None, data: bytes | None) -> Message:
    """Raises Invalid for whatever is not a message."""
    raw = data if text is None else text.encode(errors="replace")
    if raw is None or len(raw) > LARGEST_MESSAGE:
        raise Invalid(fields={"message": f"at most {LARGEST_MESSAGE} bytes of JSON"})
    try:
        return msgspec.json.decode(raw, type=Message)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Invalid(fields={"message": str(error)}) from error


def read_uuid(text: str | None) -> UUID:
    try:
        return UUID(text or "")
    except ValueError as error:
        raise Invalid(fields={"id": "a UUID made by the page"}) from error


def _language(scope: dict[str, Any]) -> str:
    """The language of the page that opened the socket (its cookie), or the installation's."""
    wanted = scope.get("cookies", {}).get(settings.LANGUAGE_COOKIE_NAME) or getattr(scope["user"], "language", "")
    try:
        return get_supported_language_variant(wanted)
    except LookupError:
        return settings.LANGUAGE_CODE
