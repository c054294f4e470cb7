"""What a file is, by its content: its name and what the browser says of it are claims."""

import struct
import zipfile
import zlib
from collections.abc import Collection
from dataclasses import dataclass

import av
from av.container import InputContainer
from django.core.exceptions import ValidationError
from django.core.files import File
from django.utils.translation import gettext_lazy as _

UNKNOWN = "application/octet-stream"
TEXT = "text/plain"
DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
ODT = "application/vnd.oasis.opendocument.text"
QUICKTIME = "video/quicktime"
MATROSKA = "video/x-matroska"
UNPLAYABLE = _("This file cannot be played: it is damaged or incomplete, or holds neither picture nor sound.")

# How many bytes at the start of a file are enough to tell what it may be.
HEAD = 4096
# How files of a type begin: (offset, bytes).
BEGINNINGS: dict[str, tuple[int, bytes]] = {
    "application/pdf": (0, b"%PDF-"),
    "image/png": (0, b"\x89PNG\r\n\x1a\n"),
    "image/jpeg": (0, b"\xff\xd8\xff"),
    "image/webp": (8, b"WEBP"),
    QUICKTIME: (4, b"ftypqt  "),
    "video/mp4": (4, b"ftyp"),
    "video/webm": (0, b"\x1a\x45\xdf\xa3"),
}
# How names of files of a type end, the usual way first. What is UNKNOWN ends as its owner called it: it is never shown.
ENDINGS: dict[str, tuple[str, ...]] = {
    "application/pdf": (".pdf",),
    DOCX: (".docx",),
    ODT: (".odt",),
    TEXT: (".txt", ".md", ".csv", ".vtt", ".srt"),
    "image/png": (".png",),
    "image/jpeg": (".jpg", ".jpeg"),
    "image/webp": (".webp",),
    "video/mp4": (".mp4", ".m4v", ".mov"),
    QUICKTIME: (".mov", ".qt"),
    "video/webm": (".webm",),
    MATROSKA: (".mkv",),
    "audio/mp4": (".m4a", ".mp4", ".mov"),
    "audio/webm": (".weba", ".webm"),
    "audio/x-matroska": (".mka", ".mkv"),
}
# What a film's type is called where it holds sound alone.
SOUND_ALONE = {
    "video/mp4": "audio/mp4",
    QUICKTIME: "audio/mp4",
    "video/webm": "audio/webm",
    MATROSKA: "audio/x-matroska",
}
# Which part of PyAV reads a type, and what every current browser can play of it.
DEMUXERS = {"video/mp4": "mp4", QUICKTIME: "mp4", "video/webm": "matroska", MATROSKA: "matroska"}
_OF_MP4 = ({"h264", "av1"}, {"aac", "mp3", "opus"})
PLAYABLE: dict[str, tuple[set[str], set[str]]] = {
    "video/mp4": _OF_MP4,
    QUICKTIME: _OF_MP4,
    "video/webm": ({"vp8", "vp9", "av1"}, {"opus", "vorbis"}),
    MATROSKA: (set(), set()),
}

# QuickTime of old begins with one of these and its length; a length of less than 16 MiB begins with a zero, which no
# text does, and so does the one that says "to the end".
_OLD_QUICKTIME = {b"moov", b"mdat", b"wide", b"free", b"skip"}
_DOC_TYPE = b"\x42\x82"  # of an EBML header: "webm" or "matroska"
# A document of a word processor is a ZIP. Its list of contents is bounded before it is read into memory.
_ZIP = b"PK\x03\x04"
_ZIP_END = struct.Struct("<4s4H2LH")
_MOST_IN_ZIP = 10_000
_LARGEST_LIST = 2 * 1024 * 1024  # bytes
_LARGEST_TYPES = 1024 * 1024  # bytes
_DOCX_BODY = b'"application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"'


@dataclass(frozen=True, slots=True)
class Content:
    content_type: str
    # For films and recordings, where it can be known.
    seconds: float | None = None
    # What of it not every browser can play, by its name; "" where there is nothing such.
    unplayable: str = ""


def may_become(head: bytes, accepts: Collection[str]) -> bool:
    """Whether a file that begins with these HEAD bytes, or fewer if it is shorter, can be of one of these types.

    A film that is refused by its first bytes need not be sent over a bad link to its end.
    """
    found = _type_by(head)
    if found in accepts or UNKNOWN in accepts:
        return True
    if found in SOUND_ALONE:
        return SOUND_ALONE[found] in accepts
    if head.startswith(_ZIP):
        return DOCX in accepts or ODT in accepts
    return found == UNKNOWN and TEXT in accepts and _is_text(head)


def examine(file: File, *, text: bool = False) -> Content:
    """What the file is; UNKNOWN for what is not in ENDINGS. Leaves it at its start. Reads no more than it needs.

    Films and recordings are opened and their first picture or sound decoded. Raises ValidationError, in words for
    whoever handed it in, where that cannot be done. With `text`, what reads as text in UTF-8 to its end is TEXT:
    lists and scripts are text as well, so only whoever asks for text gets that answer.
    """
    file.seek(0)
    head = file.read(HEAD)
    file.seek(0)
    content_type = _type_by(head)
    try:
        if head.startswith(_ZIP):
            return Content(_document_in(file))
        if content_type == UNKNOWN and text and _is_text(head) and _is_text_throughout(file):
            return Content(TEXT)
        if content_type not in DEMUXERS:
            return Content(content_type)
        # One demuxer by name: left to guess, FFmpeg would also read playlists, which can name other files.
        with av.open(file.file, "r", format=DEMUXERS[content_type]) as container:
            return _examine_media(container, content_type)
    except (av.FFmpegError, UnicodeDecodeError) as error:
        raise ValidationError(UNPLAYABLE) from error
    finally:
        file.seek(0)


def _type_by(head: bytes) -> str:
    if head[:1] == b"\0" and head[4:8] in _OLD_QUICKTIME:
        return QUICKTIME
    begun = (name for name, (at, bytes_) in BEGINNINGS.items() if head[at : at + len(bytes_)] == bytes_)
    found = next(begun, UNKNOWN)
    return MATROSKA if found == "video/webm" and _doc_type(head) == b"matroska" else found


def _doc_type(head: bytes) -> bytes:
    at = head[:128].find(_DOC_TYPE)
    if at < 0 or at + 2 >= len(head):
        return b""
    # A length of one byte has its highest bit set.
    length = head[at + 2] & 0x7F
    return head[at + 3 : at + 3 + length].rstrip(b"\0")


def _is_text(head: bytes) -> bool:
    """Whether this is text in UTF-8, as far as it goes: it may end within a letter."""
    if b"\0" in head:
        return False
    try:
        head.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        return error.end == len(head) and len(head) - error.start < 4
    return True


def _is_text_throughout(file: File) -> bool:
    left_over = b""
    for chunk in file.chunks():
        read = left_over + chunk
        if not _is_text(read):
            return False
        left_over = _letter_begun(read)
    return not left_over


def _letter_begun(read: bytes) -> bytes:
    try:
        read.decode()
    except UnicodeDecodeError as error:
        return read[error.start :]
    return b""


def _document_in(file: File) -> str:
    """Which word processor's document the ZIP is, or UNKNOWN: also for one with macros, or that is no ZIP after all."""
    if not _list_is_bounded(file):
        return UNKNOWN
    try:
        with zipfile.ZipFile(file) as parts:
            if _part(parts, "mimetype") == ODT.encode():
                return ODT
            return DOCX if _DOCX_BODY in _part(parts, "[Content_Types].xml") else UNKNOWN
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, OSError, EOFError, ValueError, zlib.error):
        return UNKNOWN


def _part(parts: zipfile.ZipFile, name: str) -> bytes:
    try:
        with parts.open(name) as part:
            return part.read(_LARGEST_TYPES)
    except KeyError:
        return b""


def _list_is_bounded(file: File) -> bool:
    """Whether the ZIP's list of contents is short enough to be read: half a megabyte can claim millions."""
    size = file.seek(0, 2)
    file.seek(max(0, size - _ZIP_END.size - 0xFFFF))
    tail = file.read()
    file.seek(0)
    at = tail.rfind(b"PK\x05\x06")
    if at < 0 or len(tail) - at < _ZIP_END.size:
        return False
    _, _, _, _, count, length, _, _ = _ZIP_END.unpack_from(tail, at)
    # The end of a ZIP64 would name another list, of any length.
    return count <= _MOST_IN_ZIP and length <= _LARGEST_LIST and b"PK\x06\x07" not in tail[max(0, at - 20) : at]


def _examine_media(container: InputContainer, content_type: str) -> Content:
    pictures, sounds = container.streams.video, container.streams.audio
    unplayable = ""
    for stream, playable in zip((pictures, sounds), PLAYABLE[content_type], strict=True):
        for one in stream:
            # PyAV has no decoder for what it does not know (subtitles of a camera, say): it has no codec context.
            codec = one.codec_context.codec.canonical_name if one.codec_context else "?"
            if codec not in playable:
                unplayable = unplayable or ("Matroska" if content_type == MATROSKA else codec)
    known = [stream for stream in (*pictures, *sounds) if stream.codec_context]
    if not known or next(container.decode(known[0]), None) is None:
        raise ValidationError(UNPLAYABLE)
    seconds = container.duration / av.time_base if container.duration else None
    return Content(content_type if pictures else SOUND_ALONE[content_type], seconds, unplayable)
