"""A film such as a delegation would hand in, for the demonstration: its flag and name, a moving hand, a tone."""

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import av
from av.filter import Graph
from av.filter.context import FilterContext
from av.video.frame import PictureType, VideoFrame

from registration.printing import draw, flags
from sessions.stage.clips.measuring import pulled

WIDTH, HEIGHT = 1280, 720
RATE = 15  # pictures a second
SAMPLE_RATE = 48_000
TURN = 12  # seconds that the hand takes to go round
DIAL = 240  # pixels across
BAR = 14  # pixels that the bar of time is high
TEMPLATES = Path(__file__).with_name("typst")


def make_card_clip(path: Path, *, name: str, country: str, seconds: float, number: int) -> None:
    """Writes an MP4 to `path`: a card with the delegation's flag and name, a hand that turns, a bar that fills, a tone.

    `country` is an ISO 3166 code, and one that has no flag gets none; `number` chooses the pitch.
    """
    sounds = _sounds(seconds, number)
    with av.open(str(path), "w", format="mp4", options={"movflags": "faststart"}) as container:
        picture = container.add_stream("libx264", rate=RATE, options={"preset": "superfast", "crf": "26"})
        picture.width, picture.height, picture.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        picture.gop_size = 2 * RATE
        sound = container.add_stream("aac", rate=SAMPLE_RATE, layout="mono")
        sound.bit_rate = 64_000
        heard = 0.0
        for frame in _pictures(_card(name, country), seconds):
            container.mux(picture.encode(frame))
            # Sound goes along with the picture, as a file has it.
            while heard <= frame.time and (wave := next(sounds, None)) is not None:
                heard = wave.time or 0.0
                container.mux(sound.encode(wave))
        container.mux(picture.encode(None))
        for wave in sounds:
            container.mux(sound.encode(wave))
        container.mux(sound.encode(None))


def _card(name: str, country: str) -> VideoFrame:
    """What stands still of it, set by Typst: it draws flags and names in every script."""
    (png,) = draw(
        "card",
        {"name": name, "flag": country if flags([country]) else ""},
        pictures=flags([country]),
        templates=TEMPLATES,
        dots_per_inch=72,
    )
    decoder = av.CodecContext.create("png", "r")
    frame = next(iter(decoder.decode(av.Packet(png))))
    return frame.reformat(width=WIDTH, height=HEIGHT, format="yuv420p")


def _pictures(card: VideoFrame, seconds: float) -> Iterator[VideoFrame]:
    """The card, with what moves on it."""
    graph = Graph()
    source = graph.add(
        "buffer", f"video_size={WIDTH}x{HEIGHT}:pix_fmt=yuv420p:time_base=1/{RATE}:frame_rate={RATE}:pixel_aspect=1/1"
    )
    card.pts, card.time_base = 0, Fraction(1, RATE)
    last = _chain(graph, source, ("loop", "loop=-1:size=1"), ("setpts", "N"))
    hand = _chain(
        graph,
        graph.add("color", f"color=white@0:size={DIAL}x{DIAL}:rate={RATE}"),
        ("format", "rgba"),
        ("drawbox", f"x={DIAL // 2 - 6}:y=8:w=12:h={DIAL // 2}:color=white@1:t=fill:replace=1"),
        ("rotate", f"a=2*PI*t/{TURN}:c=none"),
    )
    bar = graph.add("color", f"color=0xf2c14e:size={WIDTH}x{BAR}:rate={RATE}")
    last = _over(graph, last, hand, f"x={WIDTH - DIAL - 70}:y={(HEIGHT - DIAL) // 2}")
    last = _over(graph, last, bar, f"x=-w+w*t/{seconds}:y={HEIGHT - BAR}")
    last = _chain(graph, last, ("trim", f"end_frame={round(seconds * RATE)}"), ("format", "yuv420p"))
    sink = _chain(graph, last, ("buffersink", ""))
    graph.configure()
    source.push(card)
    source.push(None)
    for frame in pulled(sink):
        if isinstance(frame, VideoFrame):
            # Else the encoder would take over what the graph thinks of key pictures.
            frame.pict_type = PictureType.NONE
            yield frame


def _over(graph: Graph, below: FilterContext, above: FilterContext, where: str) -> FilterContext:
    both = graph.add("overlay", where)
    below.link_to(both, 0, 0)
    above.link_to(both, 0, 1)
    return both


def _chain(graph: Graph, last: FilterContext, *filters: tuple[str, str]) -> FilterContext:
    for name, arguments in filters:
        following = graph.add(name, arguments or None)
        last.link_to(following)
        last = following
    return last


def _sounds(seconds: float, number: int) -> Iterator[av.AudioFrame]:
    """A quiet tone, higher with the number, that swells and falls."""
    graph = Graph()
    pitch = 220 * 2 ** (number % 12 / 12)  # Hz
    source = graph.add("sine", f"frequency={pitch:.2f}:sample_rate={SAMPLE_RATE}:duration={seconds}")
    sink = _chain(
        graph,
        source,
        ("tremolo", "f=0.25:d=0.7"),
        ("aformat", "sample_fmts=fltp:channel_layouts=mono"),
        ("asetnsamples", "1024:pad=0"),
        ("abuffersink", ""),
    )
    graph.configure()
    for frame in pulled(sink):
        if isinstance(frame, av.AudioFrame):
            yield frame
