"""HLS bundles that this site serves itself: one folder of playlists and segments, made once and never changed.

A new picture is a new bundle under a new name, so what a browser keeps of it is never wrong.
"""

import re
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.conf import settings
from django.urls import reverse

from sessions.programme.models import Session

# A delegation's clip lies here before it is played, and whoever may enter the session could fetch it: its name is the
# secret until then, and is never told earlier.
CLIP = "clip-"
NAME = rf"(?:[0-9a-f]{{12}}|{CLIP}[0-9a-f]{{32}})"
FILE = r"[a-z0-9-]{1,40}\.(?:m3u8|m4s|mp4|jpg)"
MASTER = "master.m3u8"
POSTER = "poster.jpg"
UNFINISHED = ".unfinished"
TYPES = {
    ".m3u8": "application/vnd.apple.mpegurl",
    ".m4s": "video/mp4",
    ".mp4": "video/mp4",
    ".jpg": "image/jpeg",
}


def new_name() -> str:
    """For a picture of the session's own."""
    return secrets.token_hex(6)


def new_clip_name() -> str:
    """For a clip: nobody guesses it."""
    return f"{CLIP}{secrets.token_hex(16)}"


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
    return address_of(session, bundle, MASTER)


def screen_address(session_id: int, key: int, bundle: str) -> str:
    """The same for the big screen, which signs in to nothing and has its key."""
    return reverse("stage:hls_on_screen", args=[session_id, key, bundle, MASTER])


def poster_address(session: Session, bundle: str) -> str:
    """The path of a clip's still picture."""
    return address_of(session, bundle, POSTER)


def address_of(session: Session, bundle: str, file: str) -> str:
    return reverse("stage:hls", args=[session.conference.slug, session.pk, bundle, file])


@contextmanager
def making(session_id: int, name: str) -> Iterator[Path]:
    """A new folder to write a bundle into, which becomes the bundle when the block ends well, and vanishes if not.

    Safe to repeat: what a killed worker left of the same bundle is removed, and where two write it after all, the
    first to end has made it.
    """
    remove_unfinished(session_id, name)
    unfinished = folder(session_id) / f"{name}{UNFINISHED}-{secrets.token_hex(4)}"
    unfinished.mkdir(parents=True)
    try:
        yield unfinished
        _become(unfinished, unfinished.with_name(name))
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)


def _become(unfinished: Path, whole: Path) -> None:
    try:
        unfinished.rename(whole)
    except OSError:
        if not whole.is_dir():
            raise


def remove_bundle(session_id: int, name: str) -> None:
    """Deletes this bundle, and what an unfinished making of it left. Quietly done where there is none."""
    check_name(name)
    remove_unfinished(session_id, name)
    shutil.rmtree(folder(session_id) / name, ignore_errors=True)


def remove_unfinished(session_id: int, name: str) -> None:
    check_name(name)
    for left in folder(session_id).glob(f"{name}{UNFINISHED}*"):
        shutil.rmtree(left, ignore_errors=True)


def check_name(name: str) -> None:
    """Raises ValueError for a name that no bundle has."""
    if not re.fullmatch(NAME, name, re.ASCII):
        raise ValueError(f"no bundle is called {name}")


def forget_others(session_id: int, kept: str) -> None:
    """Deletes the session's own pictures but the one that is kept, and what an unfinished making left.

    Clips are left alone: whoever made them removes them.
    """
    if not folder(session_id).is_dir():
        return
    for other in folder(session_id).iterdir():
        if other.name != kept and not other.name.startswith(CLIP):
            shutil.rmtree(other, ignore_errors=True)
