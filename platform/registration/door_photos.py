"""Small pictures of faces for the door and for badges: a few kilobytes each, so that a phone can keep thousands."""

from collections.abc import Sequence
from fractions import Fraction
from typing import cast

import av
from av.filter import Graph
from av.video.codeccontext import VideoCodecContext
from django.db.models import QuerySet

from files.models import Upload
from registration.models import Answer, FieldKind

# How each type of picture is read; others are shown nowhere.
PIPES = {"image/jpeg": "jpeg_pipe", "image/png": "png_pipe", "image/webp": "webp_pipe"}
WIDTH = 240  # pixels
# By how many degrees a camera was held askew, as it noted: how the picture is turned upright.
TURNS = {-90: ("clock",), 90: ("cclock",), 180: ("clock", "clock"), -180: ("clock", "clock")}
# A picture that claims more would take memory for itself alone.
MOST_PIXELS = 60_000_000


class NoPicture(Exception):
    """The file is no picture that can be read, or it is too large to be one of a face."""


def portraits() -> QuerySet[Answer]:
    """Pictures of faces that people handed in, the first of each before the others. A scan of papers is none."""
    faces = Answer.objects.filter(field__kind=FieldKind.PHOTO, field__is_sensitive=False, upload__isnull=False)
    return faces.order_by("field__position", "field_id")


def check_picture(upload: Upload, *, most_pixels: int) -> None:
    """Raises NoPicture for what cannot be read, or has more pixels than that."""
    try:
        _read(upload, most_pixels)
    except (av.FFmpegError, StopIteration, IndexError) as error:
        raise NoPicture from error


def _read(upload: Upload, most_pixels: int) -> av.VideoFrame:
    if upload.content_type not in PIPES or not upload.file.storage.exists(upload.path):
        raise NoPicture
    with upload.file.open("rb") as file, av.open(file, "r", format=PIPES[upload.content_type]) as box:
        stream = box.streams.video[0]
        if not 0 < stream.codec_context.width * stream.codec_context.height <= most_pixels:
            raise NoPicture
        return next(box.decode(stream))


def small_picture(upload: Upload) -> bytes:
    """The picture as a JPEG of WIDTH pixels, upright as its camera was held. Raises NoPicture."""
    try:
        frame = _read(upload, MOST_PIXELS)
        turns = TURNS.get(frame.rotation, ())
        # What will be the width once it is upright.
        scale = WIDTH / (frame.height if len(turns) == 1 else frame.width)
        width, height = (max(2, round(side * scale)) for side in (frame.width, frame.height))
        return _jpeg(_turned(frame.reformat(width=width, height=height, format="yuvj420p"), turns))
    except (av.FFmpegError, StopIteration, IndexError) as error:
        raise NoPicture from error


def _turned(frame: av.VideoFrame, turns: Sequence[str]) -> av.VideoFrame:
    for turn in turns:
        graph = Graph()
        source = graph.add_buffer(width=frame.width, height=frame.height, format=frame.format, time_base=Fraction(1, 1))
        transpose, sink = graph.add("transpose", turn), graph.add("buffersink")
        source.link_to(transpose)
        transpose.link_to(sink)
        graph.configure()
        frame.pts = 0
        graph.push(frame)
        frame = cast(av.VideoFrame, graph.pull())
    return frame


def _jpeg(frame: av.VideoFrame) -> bytes:
    coder = VideoCodecContext.create("mjpeg", "w")
    coder.width, coder.height, coder.pix_fmt, coder.time_base = frame.width, frame.height, "yuvj420p", Fraction(1, 1)
    return b"".join(bytes(packet) for packet in [*coder.encode(frame), *coder.encode(None)])
