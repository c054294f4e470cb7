"""The picture as it changes: one card for whoever may enter, so that pages switch without being reloaded."""

from collections.abc import Iterable, Iterator
from datetime import UTC
from typing import Literal

import msgspec
from django.db.models import QuerySet
from django.urls import reverse

from conferences.rules import Person
from outbox.registry import Placement, TopicKind, register_announcer, register_topic
from sessions.floor.models import Floor
from sessions.programme.queries import may_in
from sessions.programme.rules import may_enter
from sessions.stage import bundles
from sessions.stage.models import Playing, StageSource

KEY = "stage_source"
PLAYING_KEY = "playing"


class StageSourceCard(msgspec.Struct, frozen=True, kw_only=True):
    """What a page needs to play. `seconds` is how long it lasts, where that is known."""

    kind: Literal["hls", "file"]
    url: str
    content_type: str
    has_picture: bool
    title: str
    repeats: bool
    seconds: float | None


class PlayingCard(msgspec.Struct, frozen=True, kw_only=True):
    """What is played to everybody. `since` is ISO 8601 in UTC with milliseconds, or null where it is held.

    Its position is `position_ms` until `since`, and from then on by so much more as has passed on the server's clock.
    """

    url: str
    title: str
    seconds: float
    position_ms: int
    since: str | None
    poster: str


def playing_card_of(playing: Playing, *, screen_key: int | None = None) -> PlayingCard:
    """`playing` comes with its session and conference. With the big screen's key, at an address that is open to it."""
    session = playing.session
    at_screen = None if screen_key is None else bundles.screen_address(session.pk, screen_key, playing.bundle)
    return PlayingCard(
        url=at_screen or bundles.address(session, playing.bundle),
        title=playing.title,
        seconds=playing.seconds,
        position_ms=playing.position_ms,
        since=playing.since.astimezone(UTC).isoformat(timespec="milliseconds") if playing.since else None,
        # A big screen begins at once and has no use for a still.
        poster="" if at_screen else bundles.poster_address(session, playing.bundle),
    )


def card_of(source: StageSource) -> StageSourceCard:
    if source.upload is None:
        return StageSourceCard(
            kind="hls",
            url=source.hls_url,
            content_type="application/vnd.apple.mpegurl",
            has_picture=True,
            title=source.title,
            repeats=source.repeats,
            seconds=None,
        )
    return StageSourceCard(
        kind="file",
        url=reverse("files:download", args=[source.upload.pk]),
        content_type=source.upload.content_type,
        has_picture=source.upload.has_picture,
        title=source.title,
        repeats=source.repeats,
        seconds=source.upload.seconds,
    )


def _may_follow(user: Person, session_id: int) -> bool:
    return may_in(user, session_id, may_enter)


def _with_uploads() -> QuerySet[StageSource]:
    return StageSource.objects.select_related("upload")


def _played() -> QuerySet[Playing]:
    return Playing.objects.select_related("session__conference")


def _snapshot(session_id: int) -> Iterator[tuple[str, StageSourceCard | PlayingCard]]:
    for source in _with_uploads().filter(session_id=session_id):
        yield KEY, card_of(source)
    for playing in _played().filter(session_id=session_id):
        yield PLAYING_KEY, playing_card_of(playing)


PICTURE = TopicKind(
    pattern="session.{session_id}.picture",
    cards=(StageSourceCard, PlayingCard),
    may_follow=_may_follow,
    snapshot=_snapshot,
)


def _may_follow_screen(user: Person, session_id: int, key: int) -> bool:
    return _screen_key(session_id) == key


def _screen_key(session_id: int) -> int | None:
    """The big screen's, where the session's floor was ever used."""
    return Floor.objects.filter(pk=session_id).values_list("screen_key", flat=True).first()


def _on_screen_now(session_id: int, key: int) -> Iterator[tuple[str, PlayingCard]]:
    if _screen_key(session_id) == key:
        for playing in _played().filter(session_id=session_id):
            yield PLAYING_KEY, playing_card_of(playing, screen_key=key)


# The big screen signs in to nothing: its topic's name holds the key that its address holds.
ON_SCREEN = TopicKind(
    pattern="screen.{session_id}.{key}.film",
    cards=(PlayingCard,),
    may_follow=_may_follow_screen,
    snapshot=_on_screen_now,
)


def _placements(source: StageSource) -> Iterable[Placement]:
    yield Placement(PICTURE.name(session_id=source.session_id), KEY, card_of(source))


def _playing_placements(playing: Playing) -> Iterable[Placement]:
    yield Placement(PICTURE.name(session_id=playing.session_id), PLAYING_KEY, playing_card_of(playing))
    if (key := _screen_key(playing.session_id)) is not None:
        card = playing_card_of(playing, screen_key=key)
        yield Placement(ON_SCREEN.name(session_id=playing.session_id, key=key), PLAYING_KEY, card)


def register() -> None:
    register_topic(PICTURE)
    register_topic(ON_SCREEN)
    register_announcer(
        StageSource,
        _placements,
        reread=_with_uploads,
        events=("stage_source.changed", "stage_source.cleared"),
    )
    register_announcer(
        Playing,
        _playing_placements,
        reread=_played,
        events=("playing.started", "playing.held", "playing.stopped"),
    )
