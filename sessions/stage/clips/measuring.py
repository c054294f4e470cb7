"""How loud a film is, and whether its picture is one: a pass over all of its sound and a picture a second."""

from array import array
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from math import log10
from pathlib import Path

import av
from av.audio.frame import AudioFrame
from av.audio.resampler import AudioResampler
from av.filter import Graph
from av.filter.context import FilterContext
from av.frame import Frame
from av.video.frame import VideoFrame
from av.video.reformatter import Interpolation

from sessions.stage.clips.facts import (
    MOST_SECONDS,
    ClipError,
    Trouble,
    decoded,
    end_of,
    held,
    opened,
    packets,
    picture_of,
    sound_of,
)

SAMPLE_RATE = 48_000
NOTHING_HEARD = -70.0  # LUFS: where EBU R 128's gate lies
# For looking at, each picture is made as small as this; noise of a camera or of its coding vanishes in it.
THUMBNAIL = (32, 18)
EVERY = 1.0  # seconds from one picture that is looked at to the next
DARK = 12  # of 255, on the average
MOVES = 0.2  # of 255, the least average difference of pictures between which something moved

# `told(part)` hears how far something is, 0 to 1.
Told = Callable[[float], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Measures:
    """`loudness` is EBU R 128's integrated loudness in LUFS, `peak` the true peak in dBTP; both NOTHING_HEARD at least.

    `clipped` is the share of samples at full scale; `dark` and `still` the shares of pictures that are black, and
    that differ in nothing from the one before, all 0 to 1. `seconds` is how long it really is.
    """

    seconds: float
    loudness: float
    peak: float
    clipped: float
    dark: float
    still: float


def measure_clip(path: Path, told: Told) -> Measures:
    """Decodes all sound and the key pictures. Raises ClipError where the film cannot be read or does not end."""
    with opened(path) as container:
        picture, sound = picture_of(container), sound_of(container)
        start = (container.start_time or 0) / av.time_base
        whole = (container.duration or 0) / av.time_base
        hearing = Hearing()
        looking = _Looking()
        end = 0.0
        for packet in packets(container):
            end = max(end, end_of(packet) - start)
            if end > MOST_SECONDS:
                raise ClipError(Trouble.TOO_LONG)
            if packet.stream is sound:
                for frame in decoded(packet):
                    hearing.hear(frame)
            elif packet.stream is picture and looking.wants(packet):
                looking.look(decoded(packet))
            if whole:
                told(min(end / whole, 1.0))
        if picture is not None and picture.codec_context.is_open:
            looking.look(held(picture))
    told(1.0)
    return Measures(
        seconds=end,
        loudness=hearing.loudness,
        peak=hearing.peak,
        clipped=hearing.clipped,
        dark=looking.dark / looking.count if looking.count else 0.0,
        still=looking.still / (looking.count - 1) if looking.count > 1 else 0.0,
    )


class Evened:
    """Sound in one form, two channels at SAMPLE_RATE, also where its form changes within the film.

    Of whole numbers FFmpeg makes two channels of six so that nothing clips, and of fractions so that all stays as loud.
    """

    def __init__(self, format_: str) -> None:
        self.format = format_
        self.resampler: AudioResampler | None = None
        self.form: tuple[str, str, int] | None = None

    def __call__(self, frame: AudioFrame) -> list[AudioFrame]:
        form = (frame.format.name, frame.layout.name, frame.sample_rate)
        if self.resampler is None or form != self.form:
            self.resampler, self.form = AudioResampler(self.format, "stereo", SAMPLE_RATE), form
        return self.resampler.resample(frame)


class Hearing:
    """Measures sound as it will be heard: in two channels. `chain` names filters that it goes through before."""

    def __init__(self, *chain: tuple[str, str]) -> None:
        self.evened, self.counted = Evened("fltp"), Evened("s16")
        self.graph = Graph()
        self.source = self.graph.add_abuffer(sample_rate=SAMPLE_RATE, format="fltp", layout="stereo")
        self.sink = self.graph.add("abuffersink")
        last = self.source
        for name, arguments in (*chain, ("ebur128", "metadata=1:peak=true:framelog=quiet")):
            following = self.graph.add(name, arguments)
            last.link_to(following)
            last = following
        last.link_to(self.sink)
        self.graph.configure()
        self.loudness = self.peak = NOTHING_HEARD
        self.samples = self.full_scale = 0
        self.position = 0

    def hear(self, frame: Frame) -> None:
        if not isinstance(frame, AudioFrame):
            return
        for whole in self.counted(frame):
            waves = array("h", bytes(whole.planes[0])[: whole.samples * 4])
            self.samples += len(waves)
            self.full_scale += waves.count(32767) + waves.count(-32768)
        for even in self.evened(frame):
            # Where the film has holes in its sound they are left out: they are not loud.
            even.pts, self.position = self.position, self.position + even.samples
            self.source.push(even)
            for measured in pulled(self.sink):
                self._note(measured.metadata)

    @property
    def clipped(self) -> float:
        return self.full_scale / self.samples if self.samples else 0.0

    def _note(self, said: dict[str, str]) -> None:
        self.loudness = max(float(said["lavfi.r128.I"]), NOTHING_HEARD)
        self.peak = max(20 * log10(max(float(said["lavfi.r128.true_peak"]), 1e-9)), NOTHING_HEARD)


def pulled(sink: FilterContext) -> Iterator[Frame]:
    """What a graph has ready at its end."""
    while True:
        try:
            yield sink.pull()
        except (av.BlockingIOError, av.EOFError):
            return


@dataclass
class _Looking:
    """Counts pictures that are black or do not move."""

    count: int = 0
    dark: int = 0
    still: int = 0
    next_at: float | None = None
    before: bytes = field(default=b"", repr=False)

    def wants(self, packet: av.Packet) -> bool:
        """Only pictures that stand alone are decoded, and not more than are needed."""
        at = end_of(packet)
        if not packet.is_keyframe or (self.next_at is not None and at < self.next_at):
            return False
        self.next_at = at + EVERY
        return True

    def look(self, frames: Iterator[Frame]) -> None:
        for frame in frames:
            if isinstance(frame, VideoFrame):
                self._count(_thumbnail(frame))

    def _count(self, seen: bytes) -> None:
        self.dark += sum(seen) < DARK * len(seen)
        if self.before:
            differences = sum(abs(one - other) for one, other in zip(seen, self.before, strict=True))
            self.still += differences < MOVES * len(seen)
        self.before = seen
        self.count += 1


def _thumbnail(frame: VideoFrame) -> bytes:
    width, height = THUMBNAIL
    small = frame.reformat(width=width, height=height, format="gray", interpolation=Interpolation.AREA)
    plane, pitch = bytes(small.planes[0]), small.planes[0].line_size
    return b"".join(plane[row * pitch : row * pitch + width] for row in range(height))
