"""Reading a picture that somebody handed in, in bounded time and memory: a small file can claim or unpack to anything.

The decoder gets what a picture is made of and nothing else. What is packed beside it (profiles, texts, thumbnails) can
unpack to gigabytes, and is needed for nothing here.
"""

import re
from dataclasses import dataclass
from typing import cast

import av
from av.video.codeccontext import VideoCodecContext

from files.models import Upload

# How each type of picture is read; others are shown nowhere.
DECODERS = {"image/jpeg": "mjpeg", "image/png": "png", "image/webp": "webp"}
# A phone takes pictures of 12 to 64 megapixels. As JPEG they are decoded to an eighth at once, so that the large ones
# take no more memory than others; for all other ways of coding the whole must be unpacked: 64 MB of these.
MOST_PIXELS = 65_000_000
MOST_UNPACKED = 16 * 2**20  # pixels of at most four bytes
MOST_HALVINGS = 3
# Each pass over a progressive JPEG walks the whole of it, and costs a handful of bytes. Programs write about ten.
MOST_SCANS = 50

PNG_NEEDS = {b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"eXIf", b"IEND"}
PNG_HEAD = 26  # bytes: the signature, and the header up to the depth
# Between the segments of a JPEG: what is neither part of a scan's data nor a fill byte.
JPEG_MARKER = re.compile(rb"\xff([^\x00\x01\xd0-\xd7\xff])")
JPEG_START, JPEG_END, JPEG_SCAN = 0xD8, 0xD9, 0xDA
JPEG_FRAMES = {0xC0, 0xC1, 0xC2}
JPEG_PROGRESSIVE = 0xC2
# Other frames (lossless, arithmetic), texts, and data of applications but for three: how it was held, and how colours
# are coded.
JPEG_REFUSED = {0xC3, *range(0xC5, 0xC8), *range(0xC9, 0xCC), *range(0xCD, 0xD0), *range(0xF0, 0xFE)}
JPEG_DROPPED = {*range(0xE2, 0xEE), 0xEF, 0xFE}


class NoPicture(Exception):
    """The file is no picture that can be read, or it is larger than is read here."""


@dataclass(frozen=True, slots=True)
class _Coded:
    """A picture as the decoder gets it. `short_side` in pixels where the header says it, or 0."""

    content: bytes
    most_pixels: int
    short_side: int = 0


def read_picture(upload: Upload, *, most_pixels: int = MOST_PIXELS, at_least: int = 0) -> av.VideoFrame:
    """The picture. One that can be had smaller at once is, with sides of `at_least` pixels and more; 0 for its own.

    Raises NoPicture for what cannot be read, has more pixels than that, or would take too much memory.
    """
    if upload.content_type not in DECODERS or not upload.file.storage.exists(upload.path):
        raise NoPicture
    with upload.file.storage.open(upload.path) as file:
        coded = _coded(upload.content_type, file.read())
    decoder = cast(VideoCodecContext, VideoCodecContext.create(DECODERS[upload.content_type], "r"))
    # More threads would each hold a picture.
    decoder.thread_count = 1
    decoder.options = {
        "max_pixels": str(min(most_pixels, coded.most_pixels)),
        "lowres": str(_halvings(coded.short_side, at_least)),
    }
    try:
        frames = [*decoder.decode(av.Packet(coded.content)), *decoder.decode(None)]
    except (av.FFmpegError, ValueError) as error:
        raise NoPicture from error
    if not frames:
        raise NoPicture
    return frames[0]


def _halvings(side: int, at_least: int) -> int:
    """How often it can be halved and is still that long."""
    halvings = 0
    while at_least and halvings < MOST_HALVINGS and side >> (halvings + 1) >= at_least:
        halvings += 1
    return halvings


def _coded(content_type: str, content: bytes) -> _Coded:
    match content_type:
        case "image/png":
            return _png(content)
        case "image/jpeg":
            return _jpeg(content)
        case _:
            return _Coded(content, MOST_UNPACKED)


def _png(content: bytes) -> _Coded:
    if len(content) < PNG_HEAD:
        raise NoPicture
    kept, at = [content[:8]], 8
    while at < len(content):
        end = at + 12 + int.from_bytes(content[at : at + 4])
        if content[at + 4 : at + 8] in PNG_NEEDS:
            kept.append(content[at:end])
        at = end
    # With 16 bits for each colour a pixel takes twice the memory.
    is_deep = content[24] == 16
    return _Coded(b"".join(kept), MOST_UNPACKED // 2 if is_deep else MOST_UNPACKED)


def _jpeg(content: bytes) -> _Coded:
    """Raises NoPicture for what is not made of the segments that cameras and programs write."""
    kept, at, scans, short_side, most_pixels = [content[:2]], 2, 0, 0, MOST_PIXELS
    while (marker := JPEG_MARKER.search(content, at)) is not None and marker[1][0] != JPEG_END:
        code, start = marker[1][0], marker.start()
        # What stands before it is the data of a scan, or nothing.
        kept.append(content[at:start] if scans else b"")
        at = marker.end() + int.from_bytes(content[start + 2 : start + 4])
        scans += code == JPEG_SCAN
        if code in JPEG_REFUSED or code == JPEG_START or scans > MOST_SCANS:
            raise NoPicture
        if code in JPEG_FRAMES:
            height, width = content[start + 5 : start + 7], content[start + 7 : start + 9]
            short_side = min(int.from_bytes(height), int.from_bytes(width))
        if code == JPEG_PROGRESSIVE:
            # All of its coefficients are kept until the last scan, however small it is decoded.
            most_pixels = MOST_UNPACKED
        if code not in JPEG_DROPPED:
            kept.append(content[start:at])
    if not scans:
        raise NoPicture
    kept.append(content[at : marker.start() if marker else len(content)])
    return _Coded(b"".join((*kept, b"\xff\xd9")), most_pixels, short_side)
