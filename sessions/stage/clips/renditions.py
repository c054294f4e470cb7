"""Which qualities a film gets, and how one of them is written."""

from dataclasses import dataclass
from pathlib import Path

import av
from av.audio.frame import AudioFrame
from av.container import OutputContainer
from av.video.frame import PictureType, VideoFrame

from sessions.stage.bundles import MASTER

SEGMENT = 4  # seconds
MOST_A_SECOND = 30  # pictures
FEWEST_A_SECOND = 5
LADDER = (180, 360, 540, 720)  # lines
# A source between two rungs is worth one of its own where it has so much more than the rung below.
WORTH_A_RUNG = 1.25
# The most that a picture of 720 lines may take for long. Smaller ones need a little more for each pixel.
MOST_BITS = 1_600_000
PIXELS_OF_MOST_BITS = 1280 * 720
SMALLER_NEEDS = 0.85
QUALITY = 23  # x264's: nobody sees the difference on a projector
SAMPLE_RATE = 48_000
# In a frame of AAC, and what its encoder puts before the first sound.
SAMPLES = 1024
SOUND_BITS = 64_000
SOUND = "sound"
AAC = "mp4a.40.2"
BT_709 = 1
LIMITED_RANGE = 1


@dataclass(frozen=True, slots=True)
class Shape:
    """The size of one picture quality in pixels; both sides are even."""

    width: int
    height: int

    @property
    def name(self) -> str:
        return f"{self.height}p"

    @property
    def most_bits(self) -> int:
        """A second, for long."""
        return round(MOST_BITS * (self.width * self.height / PIXELS_OF_MOST_BITS) ** SMALLER_NEEDS)


def shapes_for(width: int, height: int) -> list[Shape]:
    """The ladder for a picture of this size as it is shown: the largest first, none with more lines than it has."""
    lines = [rung for rung in LADDER if rung <= height]
    if height < LADDER[-1] and (not lines or height >= lines[-1] * WORTH_A_RUNG):
        lines.append(height - height % 2)
    return [Shape(_even(width * rung / height), rung) for rung in reversed(lines)]


def _even(pixels: float) -> int:
    return max(2, round(pixels / 2) * 2)


def rate_for(pictures_a_second: float) -> int:
    """A whole number of pictures a second, so that a segment holds a whole number of them: 30 for 29.97 and for 60."""
    rate = pictures_a_second if pictures_a_second > 0 else MOST_A_SECOND
    while round(rate) > MOST_A_SECOND:
        rate /= 2
    return max(round(rate), FEWEST_A_SECOND)


class PictureRendition:
    """One size of the picture while it is written: a playlist and its segments, without sound."""

    def __init__(self, folder: Path, shape: Shape, rate: int) -> None:
        self.shape, self.rate = shape, rate
        self.container = _hls(folder, shape.name)
        self.stream = self.container.add_stream(
            "libx264",
            rate=rate,
            options={
                "preset": "veryfast",
                "crf": str(QUALITY),
                "maxrate": str(shape.most_bits),
                "bufsize": str(2 * shape.most_bits),
                # Every segment begins with a whole picture, at the same moment in all sizes.
                "sc_threshold": "0",
                # Pictures in their order: then a picture's time is that of its packet, and sound beside it is in step.
                "bf": "0",
            },
        )
        self.stream.width, self.stream.height, self.stream.pix_fmt = shape.width, shape.height, "yuv420p"
        self.stream.gop_size = SEGMENT * rate
        context = self.stream.codec_context
        context.colorspace = context.color_primaries = context.color_trc = BT_709
        context.color_range = LIMITED_RANGE

    def show(self, frame: VideoFrame) -> None:
        # Else the encoder would take over what the source thought of key pictures.
        frame.pict_type = PictureType.NONE
        self.container.mux(self.stream.encode(frame))

    def end(self) -> None:
        self.container.mux(self.stream.encode(None))

    @property
    def codecs(self) -> str:
        """As RFC 6381 names what x264 chose: profile, constraints and level, from the sequence's own head."""
        head = self.stream.codec_context.extradata or b""
        at = head.index(b"\x00\x00\x01\x67") + 4
        return f"avc1.{head[at : at + 3].hex()}"


class SoundRendition:
    """The sound while it is written: once for all sizes, and to be had alone."""

    def __init__(self, folder: Path) -> None:
        self.container = _hls(folder, SOUND)
        self.stream = self.container.add_stream("aac", rate=SAMPLE_RATE, layout="stereo")
        self.stream.bit_rate = SOUND_BITS

    def play(self, frame: AudioFrame) -> None:
        self.container.mux(self.stream.encode(frame))

    def end(self) -> None:
        self.container.mux(self.stream.encode(None))


def _hls(folder: Path, name: str) -> OutputContainer:
    return av.open(
        str(folder / f"{name}.m3u8"),
        "w",
        format="hls",
        options={
            "hls_time": str(SEGMENT),
            "hls_playlist_type": "vod",
            "hls_flags": "independent_segments",
            # Transport streams would double the size of sound alone.
            "hls_segment_type": "fmp4",
            "hls_fmp4_init_filename": f"{name}-init.mp4",
            "hls_segment_filename": str(folder / f"{name}-%03d.m4s"),
        },
    )


@dataclass(frozen=True, slots=True)
class _Weight:
    """Bits a second: the heaviest segment's, and of all of them."""

    peak: int
    mean: int


def write_master(folder: Path, renditions: list[PictureRendition]) -> None:
    """The playlist of playlists. FFmpeg would guess BANDWIDTH; here it is the largest segment's, as RFC 8216 has it."""
    sound = _weight(folder, SOUND)
    lines = [
        "#EXTM3U",
        "#EXT-X-VERSION:7",
        "#EXT-X-INDEPENDENT-SEGMENTS",
        f'#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="{SOUND}",NAME="{SOUND}",DEFAULT=YES,AUTOSELECT=YES,URI="{SOUND}.m3u8"',
    ]
    for rendition in renditions:
        weight, shape = _weight(folder, rendition.shape.name), rendition.shape
        lines += [
            f"#EXT-X-STREAM-INF:BANDWIDTH={weight.peak + sound.peak},AVERAGE-BANDWIDTH={weight.mean + sound.mean},"
            f'CODECS="{rendition.codecs},{AAC}",RESOLUTION={shape.width}x{shape.height},'
            f'FRAME-RATE={rendition.rate},AUDIO="{SOUND}"',
            f"{shape.name}.m3u8",
        ]
    lines += [
        f'#EXT-X-STREAM-INF:BANDWIDTH={sound.peak},AVERAGE-BANDWIDTH={sound.mean},CODECS="{AAC}",AUDIO="{SOUND}"',
        f"{SOUND}.m3u8",
    ]
    (folder / MASTER).write_text("\n".join(lines) + "\n")


def _weight(folder: Path, name: str) -> _Weight:
    seconds: list[float] = []
    sizes: list[int] = []
    for line in (folder / f"{name}.m3u8").read_text().splitlines():
        if line.startswith("#EXTINF:"):
            seconds.append(float(line.removeprefix("#EXTINF:").partition(",")[0]))
        elif line and not line.startswith("#"):
            sizes.append((folder / line).stat().st_size)
    peak = max(size * 8 / length for size, length in zip(sizes, seconds, strict=True))
    return _Weight(round(peak), round(sum(sizes) * 8 / sum(seconds)))
