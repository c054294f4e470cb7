"""What a film is, by its own word and the first picture of it. Whatever it claims to be is read in bounded memory."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from typing import Final

import av
from av.audio.stream import AudioStream
from av.container import InputContainer
from av.frame import Frame
from av.stream import Disposition
from av.video.frame import VideoFrame
from av.video.stream import VideoStream
from django.db import models
from django.utils.translation import gettext_lazy as _

MOST_SECONDS = 20 * 60
MOST_SIDE = 4096  # pixels
# What 4K has. A decoder holds a score of pictures, of three bytes a pixel at most.
MOST_PIXELS = 4096 * 2304
WIDEST_PIXEL = 3
# Of a second: more than any camera here. Who declares a higher rate wants to be decoded for hours.
MOST_RATE = 240

# How files begin, and which part of FFmpeg reads them. One by name: left to guess, it would also read playlists, which
# can name other files.
DEMUXERS = (
    (4, b"ftyp", "mov"),
    (4, b"moov", "mov"),
    (4, b"mdat", "mov"),
    (4, b"wide", "mov"),
    (4, b"free", "mov"),
    (4, b"skip", "mov"),
    (0, b"\x1a\x45\xdf\xa3", "matroska"),
    (8, b"AVI ", "avi"),
    (0, b"\x00\x00\x01\xba", "mpeg"),
    (0, b"G", "mpegts"),
    (4, b"G", "mpegts"),
)
# What cameras, phones and cutting programs write.
PICTURES = {"h264", "hevc", "vp8", "vp9", "av1", "mpeg4", "mpeg2video", "mpeg1video", "mjpeg", "prores", "dnxhd"}
SOUNDS = {"aac", "mp3", "mp2", "opus", "vorbis", "ac3", "eac3", "flac", "alac"}
PLAIN_SOUND = "pcm_"
USUAL_LAYOUTS = {1: "mono", 2: "stereo"}
# What a packet of a protected film brings along.
PROTECTION: Final = "encryption_info"


class Trouble(models.TextChoices):
    """Why a file is not taken at all, in words for whoever handed it in."""

    EMPTY = "empty", _("This file is empty. Export your film again and upload the new file.")
    NO_FILM = "no_film", _("This is no film that can be read here. Export it as MP4 (H.264 and AAC) and upload that.")
    DAMAGED = (
        "damaged",
        _("This film is damaged or was cut off on its way. Play it to its end on your computer, then upload it again."),
    )
    ENCRYPTED = "encrypted", _("This film is protected against copying. Upload one without protection.")
    UNKNOWN_CODING = (
        "unknown_coding",
        _("This film is coded in a way that cannot be read here. Export it as MP4 (H.264 and AAC) and upload that."),
    )
    NO_PICTURE = (
        "no_picture",
        _("The file has sound and no picture. Export it with its picture, or with your flag, and upload it again."),
    )
    NO_SOUND = "no_sound", _("The film has no sound. Export it with its sound and upload it again.")
    TOO_LARGE = (
        "too_large",
        _("The pictures of this film are larger than 4K. Export it with 1080 lines and upload that."),
    )
    TOO_LONG = "too_long", _("This film is longer than 20 minutes. Shorten it and upload it again.")


class ClipError(Exception):
    """The file is not taken. `words` say why and what to do, in the language that is active when they are shown."""

    def __init__(self, trouble: Trouble) -> None:
        super().__init__(trouble.value)
        self.trouble = trouble

    @property
    def words(self) -> str:
        return str(self.trouble.label)


@dataclass(frozen=True, slots=True, kw_only=True)
class ClipFacts:
    """`width` and `height` are of the picture as it is shown: turned upright, with square pixels; 0 without one.

    `rotation` is by how many degrees clockwise it is turned for that. `frame_rate` counts pictures a second on the
    average.
    """

    seconds: float
    width: int
    height: int
    rotation: int
    frame_rate: float
    video_codec: str
    has_picture: bool
    has_sound: bool
    sound_channels: int


def inspect_clip(path: Path) -> ClipFacts:
    """What the file declares, checked against its first picture. Quick, however long it is.

    Raises ClipError for what cannot be read at all, and for what is too large or too long to be worked on.
    """
    with opened(path) as container:
        seconds = _declared_seconds(container)
        facts = _facts_of(container, seconds or 0.0)
    if seconds is None:  # as browsers record it, say
        with opened(path) as container:
            facts = replace(facts, seconds=_counted_seconds(container))
    if facts.seconds > MOST_SECONDS:
        raise ClipError(Trouble.TOO_LONG)
    return facts


def _facts_of(container: InputContainer, seconds: float) -> ClipFacts:
    """While it is open: a stream that is looked at once its container is closed is memory of something else.

    Raises ClipError where it has neither picture nor sound.
    """
    picture, sound = picture_of(container), sound_of(container)
    if picture is None and sound is None:
        raise ClipError(Trouble.NO_FILM)
    first = _first_picture(container) if picture else None
    width, height = shown_size(first, picture) if first and picture else (0, 0)
    return ClipFacts(
        seconds=seconds,
        width=width,
        height=height,
        rotation=rotation_of(first) if first else 0,
        frame_rate=float(picture.average_rate or 0) if picture else 0.0,
        video_codec=picture.codec_context.codec.canonical_name if picture else "",
        has_picture=picture is not None,
        has_sound=sound is not None,
        sound_channels=sound.codec_context.layout.nb_channels if sound else 0,
    )


@contextmanager
def opened(path: Path) -> Iterator[InputContainer]:
    """The film, for reading. What FFmpeg cannot make sense of within the block is a ClipError."""
    # Neither while it is probed nor later is a larger picture unpacked; nor does a file lead to other files.
    options = {"max_pixels": str(MOST_PIXELS), "protocol_whitelist": "file"}
    try:
        with av.open(str(path), "r", format=_demuxer(path), options=options, metadata_errors="replace") as container:
            _check(container)
            yield container
    except av.FFmpegError as error:
        raise ClipError(Trouble.DAMAGED) from error


def _demuxer(path: Path) -> str:
    with path.open("rb") as file:
        head = file.read(16)
    if not head:
        raise ClipError(Trouble.EMPTY)
    for at, beginning, demuxer in DEMUXERS:
        if head[at : at + len(beginning)] == beginning:
            return demuxer
    raise ClipError(Trouble.NO_FILM)


def _check(container: InputContainer) -> None:
    streams = [stream for stream in (picture_of(container), sound_of(container)) if stream]
    for stream in streams:
        codec = stream.codec_context.codec.canonical_name
        if codec not in PICTURES | SOUNDS and not codec.startswith(PLAIN_SOUND):
            raise ClipError(Trouble.UNKNOWN_CODING)
        if isinstance(stream, VideoStream):
            width, height = stream.codec_context.width, stream.codec_context.height
            if max(width, height) > MOST_SIDE or width * height > MOST_PIXELS:
                raise ClipError(Trouble.TOO_LARGE)
            # Threads that decode are bounded by what each holds, see MOST_PIXELS.
            stream.codec_context.options = {"max_pixels": str(MOST_PIXELS)}
            stream.thread_type = "AUTO"
        elif stream.codec_context.layout.nb_channels in USUAL_LAYOUTS:
            # Plain sound says how many channels it has, and not which.
            stream.codec_context.layout = USUAL_LAYOUTS[stream.codec_context.layout.nb_channels]


def picture_of(container: InputContainer) -> VideoStream | None:
    """The film's first moving picture; a cover of its file is none."""
    # PyAV has no codec context for what it cannot decode.
    moving = (one for one in container.streams.video if one.codec_context and not _is_cover(one))
    return next(moving, None)


def _is_cover(stream: VideoStream) -> bool:
    return bool(stream.disposition & Disposition.attached_pic)


def sound_of(container: InputContainer) -> AudioStream | None:
    """The sound that is meant to be heard first: the file's default, or its first."""
    sounds = [one for one in container.streams.audio if one.codec_context and one.codec_context.layout.nb_channels]
    default = (one for one in sounds if one.disposition & Disposition.default)
    return next(default, sounds[0] if sounds else None)


def _first_picture(container: InputContainer) -> VideoFrame:
    """A film that was cut out of another one may begin in the middle, with what cannot be decoded."""
    for frame in frames(container):
        if isinstance(frame, VideoFrame):
            return frame
    raise ClipError(Trouble.DAMAGED)


def rotation_of(frame: VideoFrame) -> int:
    """By how many degrees clockwise the frame is to be turned: 0, 90, 180 or 270. Phones say so, and do not turn."""
    return round(-frame.rotation / 90) * 90 % 360


def shown_size(frame: VideoFrame, picture: VideoStream) -> tuple[int, int]:
    """Width and height of a frame as it is shown, in square pixels."""
    width = round(frame.width * pixel_shape(picture))
    return (frame.height, width) if rotation_of(frame) in (90, 270) else (width, frame.height)


def pixel_shape(picture: VideoStream) -> Fraction:
    """How much wider than high its pixels are; 1 where a file claims what no camera has."""
    shape = picture.sample_aspect_ratio or Fraction(1)
    return shape if 1 / WIDEST_PIXEL <= shape <= WIDEST_PIXEL else Fraction(1)


def _declared_seconds(container: InputContainer) -> float | None:
    if container.duration:
        return float(container.duration / av.time_base)
    lengths = [
        float(one.duration * one.time_base) for one in container.streams if one.duration and one.time_base is not None
    ]
    return max(lengths, default=None)


def _counted_seconds(container: InputContainer) -> float:
    """Until where its packets go, for a file that does not declare it."""
    end, start = 0.0, (container.start_time or 0) / av.time_base
    for packet in packets(container):
        end = max(end, end_of(packet) - start)
        if end > MOST_SECONDS:
            raise ClipError(Trouble.TOO_LONG)
    return end


def packets(container: InputContainer) -> Iterator[av.Packet]:
    """What is in its picture and sound, up to where the file breaks off. Raises ClipError for a protected film."""
    wanted = [stream for stream in (picture_of(container), sound_of(container)) if stream]
    demuxed = container.demux(*wanted)
    while True:
        try:
            packet = next(demuxed)
        except (StopIteration, av.EOFError, av.InvalidDataError):
            return
        if packet.has_sidedata(PROTECTION):
            raise ClipError(Trouble.ENCRYPTED)
        if packet.size:  # PyAV ends with empty ones, which tell decoders to give what they hold
            yield packet


def frames(container: InputContainer) -> Iterator[Frame]:
    """Picture and sound as they come, and last what decoders still hold at the end of the file."""
    for packet in packets(container):
        yield from decoded(packet)
    for stream in (picture_of(container), sound_of(container)):
        if stream is not None and stream.codec_context.is_open:
            yield from held(stream)


def decoded(packet: av.Packet) -> Iterator[Frame]:
    """What is in a packet, or nothing where it is damaged: one hole is no reason to refuse a film."""
    try:
        yield from (one for one in packet.decode() if isinstance(one, Frame))
    except (av.InvalidDataError, av.EOFError):
        return


def held(stream: VideoStream | AudioStream) -> Iterator[Frame]:
    """What a stream's decoder gives when it hears that nothing more comes: an empty packet says so."""
    last = av.Packet()
    last.stream = stream
    if stream.time_base is not None:
        last.time_base = stream.time_base
    yield from decoded(last)


def end_of(packet: av.Packet) -> float:
    """Seconds on the file's own clock."""
    at = packet.pts if packet.pts is not None else packet.dts
    return float(((at or 0) + (packet.duration or 0)) * packet.time_base)
