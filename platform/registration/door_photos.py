"""Small pictures of faces for the door: a few kilobytes each, so that a phone can keep thousands."""

from fractions import Fraction

import av
from av.video.codeccontext import VideoCodecContext

from files.models import Upload

# How each type of picture is read; others are shown nowhere.
PIPES = {"image/jpeg": "jpeg_pipe", "image/png": "png_pipe", "image/webp": "webp_pipe"}
WIDTH = 240  # pixels
# A picture that claims more would take memory for itself alone.
MOST_PIXELS = 60_000_000


class NoPicture(Exception):
    """The file is no picture that can be read, or it is too large to be one of a face."""


def small_picture(upload: Upload) -> bytes:
    """The picture as a JPEG of WIDTH pixels. Raises NoPicture."""
    if upload.content_type not in PIPES or not upload.file.storage.exists(upload.path):
        raise NoPicture
    try:
        with upload.file.open("rb") as file, av.open(file, "r", format=PIPES[upload.content_type]) as box:
            stream = box.streams.video[0]
            if not 0 < stream.codec_context.width * stream.codec_context.height <= MOST_PIXELS:
                raise NoPicture
            frame = next(box.decode(stream))
        height = max(2, round(frame.height * WIDTH / frame.width))
        return _jpeg(frame.reformat(width=WIDTH, height=height, format="yuvj420p"), height)
    except (av.FFmpegError, StopIteration, IndexError) as error:
        raise NoPicture from error


def _jpeg(frame: av.VideoFrame, height: int) -> bytes:
    coder = VideoCodecContext.create("mjpeg", "w")
    coder.width, coder.height, coder.pix_fmt, coder.time_base = WIDTH, height, "yuvj420p", Fraction(1, 1)
    return b"".join(bytes(packet) for packet in [*coder.encode(frame), *coder.encode(None)])
