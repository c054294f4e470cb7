"""Small pictures of faces for the door and for badges: a few kilobytes each, so that a phone can keep thousands."""

from collections.abc import Sequence
from fractions import Fraction
from typing import cast

import av
from av.filter import Graph
from av.video.codeccontext import VideoCodecContext
from django.db.models import QuerySet

from files.actions import keep_made_of, made_of
from files.models import Upload
from registration.models import Answer, FieldKind
from registration.pictures import NoPicture, read_picture

WIDTH, TALLEST = 240, 480  # pixels
END_OF_JPEG = b"\xff\xd9"
# By how many degrees a camera was held askew, as it noted: how the picture is turned upright.
TURNS = {-90: ("clock",), 90: ("cclock",), 180: ("clock", "clock"), -180: ("clock", "clock")}


def portraits() -> QuerySet[Answer]:
    """Pictures of faces that people handed in, the first of each before the others. A scan of papers is none."""
    faces = Answer.objects.filter(field__kind=FieldKind.PHOTO, field__is_sensitive=False, upload__isnull=False)
    return faces.order_by("field__position", "field_id")


def small_picture(upload: Upload) -> bytes:
    """The picture as a JPEG of WIDTH pixels, upright as its camera was held. It is made once. Raises NoPicture."""
    kept = made_of(upload)
    # Another request may be writing it at this moment.
    if not kept.endswith(END_OF_JPEG):
        kept = _small(upload)
        keep_made_of(upload, kept)
    return kept


def _small(upload: Upload) -> bytes:
    # Sides twice as long as needed, so that scaling has something to choose from.
    frame = read_picture(upload, at_least=2 * WIDTH)
    turns = TURNS.get(frame.rotation, ())
    # What will be its sides once it is upright.
    wide, tall = (frame.height, frame.width) if len(turns) == 1 else (frame.width, frame.height)
    scale = min(WIDTH / wide, TALLEST / tall)
    width, height = (max(2, round(side * scale)) for side in (frame.width, frame.height))
    try:
        return _jpeg(_turned(frame.reformat(width=width, height=height, format="yuvj420p"), turns))
    except (av.FFmpegError, ValueError) as error:
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
