"""HLS bundles that this site serves itself: one folder of playlists and segments, made once and never changed.

A new picture is a new bundle under a new name, so what a browser keeps of it is never wrong.
"""

import re
import secrets
import shutil
from pathlib import Path

from django.conf import settings
from django.urls import reverse

from sessions.programme.models import Session

NAME = r"[0-9a-f]{12}"
FILE = r"[a-z0-9-]{1,40}\.(?:m3u8|m4s|mp4)"
MASTER = "master.m3u8"
TYPES = {".m3u8": "application/vnd.apple.mpegurl", ".m4s": "video/mp4", ".mp4": "video/mp4"}


def new_name() -> str:
    return secrets.token_hex(6)


def folder(session_id: int) -> Path:
    """Where a session's bundles lie."""
    return Path(settings.MEDIA_ROOT) / "hls" / str(session_id)


def path_of(session_id: int, bundle: str, file: str) -> str:
    """A file's path within the storage. Raises ValueError for a name that no bundle has."""
    if not re.fullmatch(NAME, bundle, re.ASCII) or not re.fullmatch(FILE, file, re.ASCII):
        raise ValueError(f"no bundle holds {bundle}/{file}")
    return f"hls/{session_id}/{bundle}/{file}"


def address(session: Session, bundle: str) -> str:
    """What a player is given: the path of the bundle's first playlist."""
    return reverse("stage:hls", args=[session.conference.slug, session.pk, bundle, MASTER])


def forget_others(session_id: int, kept: str) -> None:
    """Deletes the session's bundles but the one that is kept, and what an unfinished making left."""
    if not folder(session_id).is_dir():
        return
    for other in folder(session_id).iterdir():
        if other.name != kept:
            shutil.rmtree(other, ignore_errors=True)
