"""Setting and taking away a session's picture, and playing a clip to everybody. The only door to change either."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.utils.translation import gettext_lazy as _

from conferences.rules import Person
from files.actions import discard_upload
from files.models import Upload
from outbox.changes import action, record
from outbox.errors import Invalid, NotAllowed, NotThere
from sessions.programme.models import Session
from sessions.programme.rules import may_enter, may_organise_session
from sessions.stage import bundles
from sessions.stage.models import Playing, StageSource
from sessions.stage.rules import PURPOSE, is_hls_address


@action
def set_source(
    session_id: int,
    *,
    hls_url: str = "",
    upload_id: int | None = None,
    title: str = "",
    repeats: bool = False,
    by: Person,
) -> StageSource:
    """Makes an HLS address or an uploaded film the picture of a session, in place of what was there.

    A film is one that `by` uploaded for a stage and that is shown nowhere else. What was there before, if it was a
    film, is deleted. Raises NotThere, NotAllowed, and Invalid for an address that pages could not play.
    """
    session = _organised(session_id, by)
    if bool(hls_url) == (upload_id is not None):
        raise Invalid(_("Give either an address or a film."))
    if hls_url and not is_hls_address(hls_url):
        raise Invalid(
            fields={"hls_url": _("Give an address that begins with https:// (or / on this site) and ends in .m3u8.")}
        )
    source = StageSource.objects.filter(session=session).first()
    if upload_id is not None and (source is None or source.upload_id != upload_id):
        _check_free(upload_id, by)
    wanted = {"hls_url": hls_url, "upload_id": upload_id, "title": title.strip(), "repeats": repeats}
    is_new = source is None
    if source is None:
        source = StageSource(session=session)
    elif all(getattr(source, name) == value for name, value in wanted.items()):
        return source
    else:
        record("stage_source.changed", source)
    replaced = source.upload_id
    for name, value in wanted.items():
        setattr(source, name, value)
    source.save()
    if is_new:
        record("stage_source.changed", source, new=True)
    if replaced is not None and replaced != upload_id:
        discard_upload(replaced)
    return source


@action
def clear_source(session_id: int, *, by: Person) -> None:
    """Takes the picture away; a film is deleted. Quietly done where there is none. Raises NotThere, NotAllowed."""
    session = _organised(session_id, by)
    source = StageSource.objects.filter(session=session).first()
    if source is None:
        return
    record("stage_source.cleared", source)
    film = source.upload_id
    source.delete()
    if film is not None:
        discard_upload(film)


# A clip that is played to everybody. Called by the apps above, within their own change, under a lock of their own that
# orders all that is played in the session, and by nobody's own right.


@action
def play_together(
    session: Session, *, bundle: str, title: str, seconds: float, position_ms: int, since: datetime
) -> Playing:
    """Plays a clip of the session to everybody, in place of its source: at `position_ms` at the moment `since`.

    Also goes on with one that is held, and moves one that is playing. `bundle` is a name of bundles.py, `since` aware;
    two or three seconds ahead of now, everybody has loaded it when it begins. Raises ValueError for what cannot be.
    """
    bundles.check_name(bundle)
    if not 0 <= position_ms <= seconds * 1000:
        raise ValueError(f"{position_ms} ms is no position in a clip of {seconds} s")
    if since.tzinfo is None:
        raise ValueError("since must say its time zone")
    playing = _locked_playing(session)
    wanted = {
        "bundle": bundle,
        "title": title,
        "seconds": seconds,
        "position_ms": position_ms,
        "since": since,
    }
    if playing is None:
        playing = Playing.objects.create(session=session, **wanted)
        record("playing.started", playing, new=True)
    elif any(getattr(playing, name) != value for name, value in wanted.items()):
        record("playing.started", playing)
        _set(playing, wanted)
    return playing


@action
def hold_playing(session: Session, *, position_ms: int) -> None:
    """Everybody's clip stands still at this position. Quietly done where nothing is played, or it stands there."""
    playing = _locked_playing(session)
    if playing is None:
        return
    wanted = {"position_ms": min(max(position_ms, 0), int(playing.seconds * 1000)), "since": None}
    if any(getattr(playing, name) != value for name, value in wanted.items()):
        record("playing.held", playing)
        _set(playing, wanted)


@action
def stop_playing(session: Session) -> None:
    """The session's usual source is back. Quietly done where nothing is played."""
    playing = _locked_playing(session)
    if playing is not None:
        record("playing.stopped", playing)
        playing.delete()


def _locked_playing(session: Session) -> Playing | None:
    """The lock that the caller holds orders changes of what may have no row yet; the session's row comes before it."""
    locked = Playing.objects.select_for_update(no_key=True, of=("self",)).filter(session=session)
    return locked.select_related("session__conference").first()


def _set(playing: Playing, wanted: Mapping[str, Any]) -> None:
    for name, value in wanted.items():
        setattr(playing, name, value)
    playing.save()


def _organised(session_id: int, by: Person) -> Session:
    """The session, locked: its row orders changes of its picture, which may have no row yet."""
    session = Session.objects.select_for_update(no_key=True, of=("self",)).filter(pk=session_id).first()
    if session is None or not may_enter(by, session):
        raise NotThere
    if not may_organise_session(by, session):
        raise NotAllowed
    return session


def _check_free(upload_id: int, by: Person) -> None:
    free = Upload.objects.filter(pk=upload_id, purpose=PURPOSE, owner_id=by.pk, stage_source__isnull=True)
    if not free.exists():
        raise NotThere
