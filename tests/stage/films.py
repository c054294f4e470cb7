"""Films of every kind that somebody might hand in, made on the spot: small, short, and with what is to be found."""

import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import av
from av.filter import Graph

ONE = 1 << 16
# How a phone says that its picture is to be turned clockwise: the matrix of a track's header.
TURNED = {90: (0, ONE, -ONE, 0), 180: (-ONE, 0, 0, -ONE), 270: (0, -ONE, ONE, 0)}


@dataclass(frozen=True, kw_only=True)
class Film:
    """What to make. `picture` and `sound` are FFmpeg's sources, without their length; None for none.

    After the picture's source come filters, each after a bar.
    """

    seconds: float = 2
    size: tuple[int, int] = (320, 180)
    rate: int = 10
    picture: str | None = "testsrc2"
    sound: str | None = "sine=frequency=300"
    picture_codec: str = "libx264"
    sound_codec: str = "aac"
    volume: float = 0  # dB, on top of the source's -21 LUFS
    layout: str = "stereo"
    sample_rate: int = 48_000
    pixels: str = "yuv420p"
    picture_options: Mapping[str, str] = field(default_factory=dict)
    container_options: Mapping[str, str] = field(default_factory=dict)
    picture_seconds: float | None = None
    sound_seconds: float | None = None
    drops: int = 0  # every so many pictures one is left out, so that they come unevenly
    turned: int = 0  # degrees clockwise


def make_film(path: Path, film: Film) -> Path:
    with av.open(str(path), "w", options=dict(film.container_options)) as container:
        pictures, sounds = _pictures(film), _sounds(film)
        if film.picture:
            picture = container.add_stream(film.picture_codec, rate=film.rate, options=dict(film.picture_options))
            picture.width, picture.height = film.size
            picture.pix_fmt = film.pixels
            picture.gop_size = film.rate
        if film.sound:
            sound = container.add_stream(film.sound_codec, rate=film.sample_rate, layout=film.layout)
        heard = 0.0
        for frame in pictures:
            container.mux(picture.encode(frame))
            while heard <= frame.time and (wave := next(sounds, None)) is not None:
                heard = wave.time
                container.mux(sound.encode(wave))
        if film.picture:
            container.mux(picture.encode(None))
        for wave in sounds:
            container.mux(sound.encode(wave))
        if film.sound:
            container.mux(sound.encode(None))
    if film.turned:
        _turn(path, film.turned)
    return path


def _pictures(film: Film) -> Iterator[av.VideoFrame]:
    if film.picture is None:
        return
    width, height = film.size
    seconds = film.picture_seconds or film.seconds
    source, *more = film.picture.split("|")
    graph = _graph(
        _with(source, f"size={width}x{height}:rate={film.rate}:duration={seconds}"),
        *((one.partition("=")[0], one.partition("=")[2]) for one in more),
        ("format", film.pixels),
        ("buffersink", None),
    )
    for number, frame in enumerate(_drained(graph)):
        frame.pict_type = 0
        if not film.drops or number % film.drops:
            yield frame


def _sounds(film: Film) -> Iterator[av.AudioFrame]:
    if film.sound is None:
        return
    seconds = film.sound_seconds or film.seconds
    samples = 960 if film.sound_codec == "libopus" else 1024
    graph = _graph(
        _with(film.sound, f"duration={seconds}:sample_rate={film.sample_rate}"),
        ("volume", f"{film.volume}dB"),
        ("aformat", f"channel_layouts={film.layout}"),
        ("asetnsamples", f"{samples}:pad=0"),
        ("abuffersink", None),
    )
    yield from _drained(graph)


def _with(source: str, more: str) -> tuple[str, str]:
    name, _, arguments = source.partition("=")
    return name, f"{arguments}:{more}" if arguments else more


def _graph(*filters: tuple[str, str | None]) -> tuple[Graph, object]:
    graph = Graph()
    last = None
    for name, arguments in filters:
        following = graph.add(name, arguments)
        if last is not None:
            last.link_to(following)
        last = following
    graph.configure()
    return graph, last


def _drained(made: tuple[Graph, object]) -> Iterator[av.frame.Frame]:
    _graph_stays, sink = made
    while True:
        try:
            yield sink.pull()
        except (EOFError, av.EOFError):
            return


def _turn(path: Path, degrees: int) -> None:
    data = bytearray(path.read_bytes())
    at = data.index(b"tkhd") + 4
    # Version and flags; times, track and length; layer, group, volume.
    matrix = at + 4 + (20 if data[at] == 0 else 32) + 16
    first, second, third, fourth = TURNED[degrees]
    data[matrix : matrix + 36] = struct.pack(">9i", first, second, 0, third, fourth, 0, 0, 0, 1 << 30)
    path.write_bytes(data)
