"""A test card as an HLS bundle: colour bars, a panel's number, a moving hand, a quiet tone.

Made with the FFmpeg that PyAV brings along, so that the demonstration has pictures that no one else owns.
"""

import math
from array import array
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
from av.container import OutputContainer
from av.filter import Graph
from av.filter.context import FilterContext
from av.video.frame import PictureType

from sessions.stage.bundles import MASTER

SECONDS = 36
RATE = 15  # pictures a second
SEGMENT = 4  # seconds
SAMPLE_RATE = 48_000
SAMPLES = 1024  # in a frame, as AAC has it
TURN = 12  # seconds that the hand takes to go round

# Which of the seven bars of a digit are on, named a to g clockwise from the top, g in the middle.
BARS = ["abcdef", "bc", "abged", "abgcd", "fgbc", "afgcd", "afgedc", "abc", "abcdefg", "abcdfg"]


@dataclass(frozen=True)
class Rendition:
    """One quality. `height` 0 is sound only."""

    name: str
    width: int
    height: int
    bitrate: int  # bits a second, of the picture
    codecs: str


RENDITIONS = (
    Rendition("360p", 640, 360, 400_000, "avc1.42c01e,mp4a.40.2"),
    Rendition("180p", 320, 180, 120_000, "avc1.42c01e,mp4a.40.2"),
    Rendition("sound", 0, 0, 0, "mp4a.40.2"),
)
SOUND_BITRATE = 48_000


def make_bundle(folder: Path, number: int, told: Callable[[float], None]) -> None:
    """Writes a card with this number (0 to 99) into an empty folder; `told(part)` hears how far it is, 0 to 1."""
    makings = [_Making(folder, rendition) for rendition in RENDITIONS]
    pictures = zip(*_pictures(number), strict=True)
    sounds = _sounds(number)
    total = SECONDS * RATE
    sound = next(sounds, None)
    for count, (large, small) in enumerate(pictures):
        makings[0].show(large)
        makings[1].show(small)
        # Sound goes along with the picture, so that both are written into segments as they come.
        while sound is not None and (sound.pts or 0) <= (count + 1) * SAMPLE_RATE // RATE:
            for making in makings:
                making.play(sound)
            sound = next(sounds, None)
        if count % RATE == 0:
            told(count / total)
    for making in makings:
        making.end()
    (folder / MASTER).write_text(_master(folder))
    told(1.0)


class _Making:
    """One rendition while it is written: a playlist and its segments."""

    def __init__(self, folder: Path, rendition: Rendition) -> None:
        self.container: OutputContainer = av.open(
            str(folder / f"{rendition.name}.m3u8"),
            "w",
            format="hls",
            options={
                "hls_time": str(SEGMENT),
                "hls_playlist_type": "vod",
                "hls_flags": "independent_segments",
                # Transport streams would double the size of sound alone.
                "hls_segment_type": "fmp4",
                "hls_fmp4_init_filename": f"{rendition.name}-init.mp4",
                "hls_segment_filename": str(folder / f"{rendition.name}-%03d.m4s"),
            },
        )
        self.picture = None
        if rendition.height:
            # Every segment begins with a whole picture, as switching between renditions needs it.
            self.picture = self.container.add_stream(
                "libx264",
                rate=RATE,
                options={"preset": "veryfast", "profile": "baseline", "level": "3.0", "sc_threshold": "0"},
            )
            self.picture.width, self.picture.height = rendition.width, rendition.height
            self.picture.pix_fmt = "yuv420p"
            self.picture.bit_rate = rendition.bitrate
            self.picture.gop_size = SEGMENT * RATE
            self.picture.codec_context.thread_count = 1
        self.sound = self.container.add_stream("aac", rate=SAMPLE_RATE, layout="mono")
        self.sound.bit_rate = SOUND_BITRATE

    def show(self, frame: av.VideoFrame) -> None:
        if self.picture:
            self.container.mux(self.picture.encode(frame))

    def play(self, frame: av.AudioFrame) -> None:
        self.container.mux(self.sound.encode(frame))

    def end(self) -> None:
        if self.picture:
            self.container.mux(self.picture.encode())
        self.container.mux(self.sound.encode())
        self.container.close()


def _pictures(number: int) -> tuple[Iterator[av.VideoFrame], Iterator[av.VideoFrame]]:
    """The card's frames, large and small."""
    graph = Graph()
    last = graph.add("smptehdbars", f"size=640x360:rate={RATE}:duration={SECONDS}")
    last = _then(graph, last, "drawbox", "x=120:y=70:w=400:h=190:color=0x101820:t=fill")
    tens, ones = divmod(number % 100, 10)
    for left, digit in ((150, tens), (240, ones)) if tens else ((190, ones),):
        for x, y, width, height in _digit(digit, left, 95, 80, 140, 16):
            last = _then(graph, last, "drawbox", f"x={x}:y={y}:w={width}:h={height}:color=white:t=fill")
    # The dial that the hand turns on: a mark at each quarter.
    for x, y, width, height in ((417, 80, 6, 12), (417, 238, 6, 12), (335, 162, 12, 6), (493, 162, 12, 6)):
        last = _then(graph, last, "drawbox", f"x={x}:y={y}:w={width}:h={height}:color=white:t=fill")
    hand = graph.add("color", f"color=white@0:size=160x160:rate={RATE}:duration={SECONDS}")
    hand = _then(graph, hand, "format", "rgba")
    hand = _then(graph, hand, "drawbox", "x=77:y=16:w=6:h=68:color=white@1:t=fill:replace=1")
    hand = _then(graph, hand, "rotate", f"a=2*PI*t/{TURN}:c=none")
    card = graph.add("overlay", "x=340:y=85:shortest=1")
    last.link_to(card, 0, 0)
    hand.link_to(card, 0, 1)
    both = _then(graph, _then(graph, card, "format", "yuv420p"), "split", "2")
    large, small = graph.add("buffersink"), graph.add("buffersink")
    both.link_to(large, 0, 0)
    shrunk = graph.add("scale", "320:180")
    both.link_to(shrunk, 1, 0)
    shrunk.link_to(small)
    graph.configure()
    return _pulled(graph, large), _pulled(graph, small)


def _then(graph: Graph, last: FilterContext, name: str, arguments: str) -> FilterContext:
    following = graph.add(name, arguments)
    last.link_to(following)
    return following


def _pulled(graph: Graph, sink: FilterContext) -> Iterator[av.VideoFrame]:
    while True:
        try:
            frame = sink.pull()
        except (av.EOFError, EOFError):
            return
        if isinstance(frame, av.VideoFrame):
            # Else the encoder would take over what the graph thinks of key pictures.
            frame.pict_type = PictureType.NONE
            yield frame


def _digit(digit: int, x: int, y: int, width: int, height: int, thick: int) -> Iterator[tuple[int, int, int, int]]:
    """The bars of a seven-segment digit, each as x, y, width, height."""
    half = (height - thick) // 2
    upright = half + thick
    places = {
        "a": (x, y, width, thick),
        "b": (x + width - thick, y, thick, upright),
        "c": (x + width - thick, y + half, thick, upright),
        "d": (x, y + 2 * half, width, thick),
        "e": (x, y + half, thick, upright),
        "f": (x, y, thick, upright),
        "g": (x, y + half, width, thick),
    }
    return (places[bar] for bar in BARS[digit])


def _sounds(number: int) -> Iterator[av.AudioFrame]:
    """A quiet tone, higher with the card's number, that swells and falls with each turn of the hand."""
    pitch = 220 * 2 ** (number % 12 / 12)  # Hz
    # One frame less than fits: the encoder adds one, and a segment of a blink would be made for it.
    for at in range(0, SECONDS * SAMPLE_RATE - SAMPLES, SAMPLES):
        loudness = 0.04 * (1 - math.cos(2 * math.pi * at / SAMPLE_RATE / TURN))
        wave = (loudness * math.sin(2 * math.pi * pitch * (at + sample) / SAMPLE_RATE) for sample in range(SAMPLES))
        frame = av.AudioFrame("fltp", "mono", SAMPLES)
        frame.planes[0].update(array("f", wave).tobytes())
        frame.sample_rate, frame.pts, frame.time_base = SAMPLE_RATE, at, Fraction(1, SAMPLE_RATE)
        yield frame


def _master(folder: Path) -> str:
    """The playlist of playlists. FFmpeg would guess BANDWIDTH; here it is the largest segment's, as the RFC has it."""
    lines = ["#EXTM3U", "#EXT-X-VERSION:7", "#EXT-X-INDEPENDENT-SEGMENTS"]
    for rendition in RENDITIONS:
        sizes = [segment.stat().st_size for segment in folder.glob(f"{rendition.name}-*.m4s")]
        peak = max(sizes) * 8 // SEGMENT
        mean = sum(sizes) * 8 // SECONDS
        shape = f",RESOLUTION={rendition.width}x{rendition.height},FRAME-RATE={RATE}" if rendition.height else ""
        lines.append(f'#EXT-X-STREAM-INF:BANDWIDTH={peak},AVERAGE-BANDWIDTH={mean},CODECS="{rendition.codecs}"{shape}')
        lines.append(f"{rendition.name}.m3u8")
    return "\n".join(lines) + "\n"
