"""What a file is, by its content: its name and what the browser says of it are claims."""

from dataclasses import dataclass

import av
from av.container import InputContainer
from django.core.exceptions import ValidationError
from django.core.files import File
from django.utils.translation import gettext_lazy as _

UNKNOWN = "application/octet-stream"
UNPLAYABLE = _("This file cannot be played: it is damaged or incomplete, or holds neither picture nor sound.")

# How files of a type begin: (offset, bytes).
BEGINNINGS: dict[str, tuple[int, bytes]] = {
    "application/pdf": (0, b"%PDF-"),
    "image/png": (0, b"\x89PNG\r\n\x1a\n"),
    "image/jpeg": (0, b"\xff\xd8\xff"),
    "image/webp": (8, b"WEBP"),
    "video/mp4": (4, b"ftyp"),
    "video/webm": (0, b"\x1a\x45\xdf\xa3"),
}
# How names of files of a type end, the usual way first. What is UNKNOWN ends as its owner called it: it is never shown.
ENDINGS: dict[str, tuple[str, ...]] = {
    "application/pdf": (".pdf",),
    "image/png": (".png",),
    "image/jpeg": (".jpg", ".jpeg"),
    "image/webp": (".webp",),
    "video/mp4": (".mp4", ".m4v", ".mov"),
    "video/webm": (".webm",),
    "audio/mp4": (".m4a", ".mp4"),
    "audio/webm": (".weba", ".webm"),
}
# Which part of PyAV reads a type, and what every current browser can play of it.
DEMUXERS = {"video/mp4": "mp4", "video/webm": "matroska"}
PICTURES = {"video/mp4": {"h264", "av1"}, "video/webm": {"vp8", "vp9", "av1"}}
SOUNDS = {"video/mp4": {"aac", "mp3", "opus"}, "video/webm": {"opus", "vorbis"}}


@dataclass(frozen=True, slots=True)
class Content:
    content_type: str
    # For films and recordings, where it can be known.
    seconds: float | None = None


def examine(file: File) -> Content:
    """What the file is; UNKNOWN for what is not in BEGINNINGS. Leaves it at its start.

    Films and recordings are opened and their first picture or sound decoded. Raises ValidationError, in words for
    whoever handed it in, where that cannot be done or browsers could not play them.
    """
    file.seek(0)
    head = file.read(16)
    file.seek(0)
    content_type = next(
        (name for name, (at, bytes_) in BEGINNINGS.items() if head[at : at + len(bytes_)] == bytes_), UNKNOWN
    )
    if content_type not in DEMUXERS:
        return Content(content_type)
    try:
        # One demuxer by name: left to guess, FFmpeg would also read playlists, which can name other files.
        with av.open(file.file, "r", format=DEMUXERS[content_type]) as container:
            return _examine_media(container, content_type)
    except (av.FFmpegError, UnicodeDecodeError) as error:
        raise ValidationError(UNPLAYABLE) from error
    finally:
        file.seek(0)


def _examine_media(container: InputContainer, content_type: str) -> Content:
    pictures, sounds = container.streams.video, container.streams.audio
    for stream, playable in ((pictures, PICTURES), (sounds, SOUNDS)):
        for one in stream:
            # PyAV has no decoder for what it does not know (subtitles of a camera, say): it has no codec context.
            codec = one.codec_context.codec.canonical_name if one.codec_context else "?"
            if codec not in playable[content_type]:
                raise ValidationError(
                    _(
                        "This file is coded as %(codec)s, which not every browser can play. "
                        "Export it as MP4 with H.264 and AAC, or as WebM."
                    ),
                    params={"codec": codec},
                )
    streams = (*pictures, *sounds)
    if not streams or next(container.decode(streams[0]), None) is None:
        raise ValidationError(UNPLAYABLE)
    seconds = container.duration / av.time_base if container.duration else None
    return Content(content_type if pictures else content_type.replace("video", "audio"), seconds)
