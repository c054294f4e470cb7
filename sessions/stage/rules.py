"""What may be a source, and who may read what is shown."""

from urllib.parse import urlsplit

from conferences.rules import Person
from files.models import Upload
from sessions.programme.models import Session
from sessions.programme.rules import may_enter, may_organise_session
from sessions.stage.models import StageSource

# The purpose under which films are uploaded (files.registry).
PURPOSE = "stage"
FILMS = ("video/mp4", "video/quicktime", "video/webm", "audio/mp4", "audio/webm")
LARGEST = 500 * 1024 * 1024  # bytes


def may_read_film(user: Person, upload: Upload) -> bool:
    """Whoever may enter the session it is shown in; before it is shown anywhere, its owner."""
    source = StageSource.objects.filter(upload_id=upload.pk).select_related("session").first()
    if source is None:
        return user.is_authenticated and upload.owner_id == user.pk
    return may_enter(user, source.session)


def may_bring_film(user: Person, session_id: int | None) -> bool:
    """Whoever organises the session may begin to upload a film for it."""
    session = Session.objects.filter(pk=session_id).first() if session_id else None
    return session is not None and may_enter(user, session) and may_organise_session(user, session)


def is_shown(upload: Upload) -> bool:
    return StageSource.objects.filter(upload_id=upload.pk).exists()


def is_hls_address(address: str) -> bool:
    """A playlist over https, or on this site by its path; pages are https, so plain http could not play."""
    if any(letter.isspace() or letter in '\\"<>' or not letter.isprintable() for letter in address):
        return False
    try:
        parts = urlsplit(address)
    except ValueError:
        return False
    here = not parts.scheme and not parts.netloc and parts.path.startswith("/")
    there = parts.scheme == "https" and bool(parts.hostname) and "@" not in parts.netloc
    return (here or there) and parts.path.endswith(".m3u8")
