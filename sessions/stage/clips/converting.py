"""A film of any common kind becomes an HLS bundle that every browser plays, as much of it as a link carries.

Sound is brought to one loudness, so that nobody reaches for the volume between two delegations. The target is -18 LUFS:
AES TD1008 names it for speech on the web. At the -23 LUFS of broadcasting a laptop in a ministry's office is too quiet;
at -16 a lively speaker would be limited all the time. The gain is one number for the whole film and a limiter catches
the peaks; `loudnorm` would ride the gain through each sentence wherever peaks are in its way.
"""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import av
from av.audio.frame import AudioFrame
from av.filter import Graph
from av.filter.context import FilterContext
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from sessions.stage.bundles import MASTER, POSTER
from sessions.stage.clips.facts import (
    MOST_RATE,
    MOST_SECONDS,
    ClipError,
    ClipFacts,
    Trouble,
    decoded,
    frames,
    inspect_clip,
    opened,
    packets,
    picture_of,
    pixel_shape,
    rotation_of,
    sound_of,
)
from sessions.stage.clips.measuring import (
    NOTHING_HEARD,
    Evened,
    Hearing,
    Measures,
    Told,
    measure_clip,
    pulled,
)
from sessions.stage.clips.renditions import (
    SAMPLE_RATE,
    SAMPLES,
    PictureRendition,
    Shape,
    SoundRendition,
    rate_for,
    shapes_for,
    write_master,
)

TARGET = -18.0  # LUFS
# A whisper is raised no further: its hiss would be as loud as a voice.
MOST_GAIN = 30.0  # dB
# What AAC adds to a peak stays below full scale.
CEILING = -1.5  # dB of full scale
POSTER_AT = 0.1  # of the film
# Of the work, by the time that it takes: the first pass, the limiter's, and the last.
MEASURED, HEARD = 0.08, 0.10
HOLE = SAMPLE_RATE // 10  # samples: a shorter one is stretched away
# Transfers that are brighter than a browser's: PQ, and HLG as phones record it.
HIGH_DYNAMIC_RANGE = {16, 18}
TO_BT_709 = "out_color_matrix=bt709:out_range=tv"


@dataclass(frozen=True, slots=True, kw_only=True)
class Converted:
    """What a bundle holds. `loudness` in LUFS and `gain` in dB are of the source, and what it was changed by."""

    master: str
    poster: str
    seconds: float
    sizes: tuple[tuple[int, int], ...]
    frame_rate: int
    loudness: float
    gain: float


def convert_clip(path: Path, folder: Path, told: Told, *, measures: Measures | None = None) -> Converted:
    """Writes the film into an empty folder as an HLS bundle with a still picture; `told(part)` hears how far it is.

    `measures` spares the first pass, for whoever has them. A film that breaks off ends there. Raises ClipError for what
    cannot be read, is too long or too large, or has no picture or no sound.
    """
    facts = inspect_clip(path)
    if not facts.has_picture:
        raise ClipError(Trouble.NO_PICTURE)
    if not facts.has_sound:
        raise ClipError(Trouble.NO_SOUND)
    measures = measures or measure_clip(path, lambda part: told(part * MEASURED))
    told(MEASURED)
    if measures.seconds <= 0:
        raise ClipError(Trouble.DAMAGED)
    gain = _gain(path, measures)
    told(HEARD)
    rate = rate_for(facts.frame_rate)
    # A whole number of pictures; sound is as long as they are.
    count = max(1, round(measures.seconds * rate))
    making = _Making(folder, facts, rate, count, gain)
    try:
        _feed(path, making, count / rate, lambda part: told(HEARD + part * (1 - HEARD)))
        making.end()
    finally:
        making.close()
    write_master(folder, making.pictures)
    told(1.0)
    return Converted(
        master=MASTER,
        poster=POSTER,
        seconds=count / rate,
        sizes=tuple((one.shape.width, one.shape.height) for one in making.pictures),
        frame_rate=rate,
        loudness=measures.loudness,
        gain=gain,
    )


# Loudness


def _gain(path: Path, measures: Measures) -> float:
    """By how many dB the film is to be changed so that it has the TARGET's loudness once its peaks are limited."""
    if measures.loudness <= NOTHING_HEARD:
        return 0.0
    gain = min(TARGET - measures.loudness, MOST_GAIN)
    if measures.peak + gain <= CEILING:
        return gain
    # What the limiter takes away is measured, and given back.
    hearing = Hearing(*_loudness_filters(gain))
    with opened(path) as container:
        sound = sound_of(container)
        for packet in packets(container):
            if packet.stream is sound:
                for frame in decoded(packet):
                    hearing.hear(frame)
    return min(gain + TARGET - hearing.loudness, MOST_GAIN)


def _loudness_filters(gain: float) -> tuple[tuple[str, str], ...]:
    limit = 10 ** (CEILING / 20)
    return (
        ("volume", f"{gain:.3f}dB:precision=float"),
        # `level` would raise everything again until it touches the limit.
        ("alimiter", f"limit={limit:.4f}:attack=5:release=80:level=disabled:latency=true"),
    )


# Writing


def _feed(path: Path, making: "_Making", seconds: float, told: Told) -> None:
    """One decoding feeds all qualities: each packet goes through as it comes, so that little is ever held."""
    with opened(path) as container:
        picture = picture_of(container)
        assert picture is not None  # noqa: S101  for the type checker: inspect_clip saw it
        start = (container.start_time or 0) / av.time_base
        shown, reached = 0, 0.0
        for frame in frames(container):
            at = frame.time - start if frame.time is not None else None
            shown += isinstance(frame, VideoFrame)
            if (at or 0.0) > MOST_SECONDS or shown > MOST_SECONDS * MOST_RATE:
                raise ClipError(Trouble.TOO_LONG)
            if isinstance(frame, VideoFrame):
                making.show(frame, picture, start)
            elif isinstance(frame, AudioFrame):
                making.play(frame, at)
            reached = max(reached, at or 0.0)
            told(min(reached / seconds, 1.0))


class _Making:
    """All qualities of one film while they are written."""

    def __init__(self, folder: Path, facts: ClipFacts, rate: int, count: int, gain: float) -> None:
        self.rate, self.count = rate, count
        self.shapes = shapes_for(facts.width, facts.height)
        self.pictures = [PictureRendition(folder, shape, rate) for shape in self.shapes]
        self.poster, self.poster_at = folder / POSTER, int(count * POSTER_AT)
        self.sound = SoundRendition(folder)
        self.hearing = _SoundGraph(gain, count * SAMPLE_RATE // rate)
        # Made of the first picture, which alone says how it is held and coloured.
        self.seeing: _PictureGraph | None = None

    def show(self, frame: VideoFrame, picture: VideoStream, start: float) -> None:
        if frame.pts is None:
            return
        if self.seeing is None:
            self.seeing = _PictureGraph(frame, picture, start, self.shapes, self.rate, self.count)
        self.seeing.push(frame)
        self._take_pictures()

    def play(self, frame: AudioFrame, at: float | None) -> None:
        for ready in self.hearing.push(frame, at):
            self.sound.play(ready)

    def end(self) -> None:
        """Raises ClipError where there was no picture at all."""
        if self.seeing is None:
            raise ClipError(Trouble.DAMAGED)
        self.seeing.push(None)
        self._take_pictures()
        for ready in self.hearing.end():
            self.sound.play(ready)
        for rendition in self.pictures:
            rendition.end()
        self.sound.end()

    def close(self) -> None:
        """Lets go of all files, whether they are whole or not."""
        for rendition in self.pictures:
            rendition.container.close()
        self.sound.container.close()

    def _take_pictures(self) -> None:
        sinks = self.seeing.sinks if self.seeing else []
        for index, (rendition, sink) in enumerate(zip(self.pictures, sinks, strict=True)):
            for frame in pulled(sink):
                if not isinstance(frame, VideoFrame):
                    continue
                if index == 0 and frame.pts == self.poster_at:
                    frame.save(self.poster, qscale=3)
                rendition.show(frame)


class _PictureGraph:
    """Upright, evenly timed, in all sizes: one way in, and a sink for each size."""

    def __init__(
        self, first: VideoFrame, stream: VideoStream, start: float, shapes: list[Shape], rate: int, count: int
    ) -> None:
        self.graph = Graph()
        self.offset = round(start / float(stream.time_base)) if stream.time_base else 0
        self.source = self.graph.add("buffer", _described(first, stream))
        last = self.source
        for name, arguments in _even_pictures(first, shapes[0], rate, count):
            last = _then(self.graph, last, name, arguments)
        self.sinks = []
        for index, shape in enumerate(shapes):
            if index + 1 < len(shapes):
                both = _then(self.graph, last, "split", "2")
                last = self.graph.add("scale", f"{shapes[index + 1].width}:{shapes[index + 1].height}:flags=bicubic")
                both.link_to(last, 1, 0)
            else:
                both = last
            sink = self.graph.add("buffersink", name=f"sink{shape.height}")
            both.link_to(sink)
            self.sinks.append(sink)
        self.graph.configure()

    def push(self, frame: VideoFrame | None) -> None:
        if frame is not None and frame.pts is not None:
            frame.pts -= self.offset
        # What comes after the end that was measured is not taken any more.
        with suppress(av.EOFError):
            self.source.push(frame)


def _described(first: VideoFrame, stream: VideoStream) -> str:
    shape, base = pixel_shape(stream), stream.time_base
    assert base is not None  # noqa: S101  for the type checker: every stream that was demuxed has one
    return (
        f"video_size={first.width}x{first.height}:pix_fmt={first.format.name}"
        f":time_base={base.numerator}/{base.denominator}:pixel_aspect={shape.numerator}/{shape.denominator}"
        f":colorspace={first.colorspace}:range={first.color_range}"
    )


def _even_pictures(first: VideoFrame, largest: Shape, rate: int, count: int) -> Iterator[tuple[str, str]]:
    """The filters, in their order. Sizes come early: what is small is quickly turned."""
    if first.interlaced_frame:
        yield "bwdif", "mode=send_frame:deint=interlaced"
    # From zero on at an even pace, and the last picture for as long as the sound lasts.
    yield "fps", f"{rate}:start_time=0"
    rotation = rotation_of(first)
    width, height = (largest.height, largest.width) if rotation in (90, 270) else (largest.width, largest.height)
    yield "scale", f"{width}:{height}:flags=bicubic:{TO_BT_709}"
    if first.color_trc in HIGH_DYNAMIC_RANGE:
        yield "scale", f"{TO_BT_709}:out_primaries=bt709:out_transfer=bt709"
    if rotation:
        yield {90: ("transpose", "clock"), 270: ("transpose", "cclock"), 180: ("rotate", "PI")}[rotation]
    yield "setsar", "1"
    yield "format", "yuv420p"
    yield "tpad", "stop=-1:stop_mode=clone"
    yield "trim", f"end_frame={count}"


class _SoundGraph:
    """Two channels at one rate and loudness, without holes, exactly as long as the picture."""

    def __init__(self, gain: float, samples: int) -> None:
        self.evened = Evened("fltp")
        self.position = 0  # samples: until where there is sound
        self.graph = Graph()
        self.source = self.graph.add_abuffer(sample_rate=SAMPLE_RATE, format="fltp", layout="stereo")
        last = self.source
        for name, arguments in (
            # Small drifts are stretched.
            ("aresample", "async=1000"),
            *_loudness_filters(gain),
            ("apad", ""),
            # The encoder puts SAMPLES of silence before: with as many of the film's left out, sound is in step.
            ("atrim", f"start_sample={SAMPLES}:end_sample={samples}"),
            ("aformat", "sample_fmts=fltp:channel_layouts=stereo"),
            ("asetnsamples", f"{SAMPLES}:pad=0"),
        ):
            last = _then(self.graph, last, name, arguments)
        self.sink = _then(self.graph, last, "abuffersink", "")
        self.graph.configure()

    def push(self, frame: AudioFrame, at: float | None) -> Iterator[AudioFrame]:
        """`at` in seconds; None for right after what came before."""
        begins = self.position if at is None else round(at * SAMPLE_RATE)
        frame.pts = None
        for even in self.evened(frame):
            yield from self._fill_until(begins)
            if begins + HOLE < self.position:
                continue  # said twice
            even.pts = begins
            begins = self.position = begins + even.samples
            self._push(even)
        yield from self._ready()

    def _fill_until(self, begins: int) -> Iterator[AudioFrame]:
        """Silence in a hole, a little at a time: a film may have an hour of nothing."""
        while begins - self.position > HOLE:
            count = min(SAMPLE_RATE, begins - self.position)
            silence = AudioFrame("fltp", "stereo", count)
            for plane in silence.planes:
                plane.update(bytes(plane.buffer_size))
            silence.sample_rate, silence.pts = SAMPLE_RATE, self.position
            self.position += count
            self._push(silence)
            yield from self._ready()

    def end(self) -> Iterator[AudioFrame]:
        self._push(None)
        yield from self._ready()

    def _push(self, frame: AudioFrame | None) -> None:
        with suppress(av.EOFError):
            self.source.push(frame)

    def _ready(self) -> Iterator[AudioFrame]:
        for frame in pulled(self.sink):
            if isinstance(frame, AudioFrame):
                yield frame


def _then(graph: Graph, last: FilterContext, name: str, arguments: str) -> FilterContext:
    following = graph.add(name, arguments or None)
    last.link_to(following)
    return following
