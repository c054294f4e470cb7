"""How long a delegation's film takes to become a clip, and how much memory: examined and converted as the job does it.

`python deploy/load/clips.py [--seconds 225] [--kinds h264 hevc hdr card] [--json -]` makes a film of each kind in a
folder that is removed, and converts each in a process of its own, one after the other.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import nullcontext
from pathlib import Path

import av
import django
from av.filter import Graph

KINDS = ("h264", "hevc", "hdr", "card")
SIZE, RATE = (1920, 1080), 30
PIECE = 15  # seconds that are made; a film is so many of them
X265 = "log-level=none"
HLG = f"{X265}:colorprim=bt2020:transfer=arib-std-b67:colormatrix=bt2020nc"
# How each is coded, at the rates of telephones: encoder, pixels, options, ending.
CODINGS: dict[str, tuple[str, str, dict[str, str], str]] = {
    "h264": ("libx264", "yuv420p", {"preset": "superfast", "b": "16M"}, "mp4"),
    "hevc": ("libx265", "yuv420p", {"preset": "ultrafast", "b": "8M", "tag": "hvc1", "x265-params": X265}, "mov"),
    # As recent telephones record by themselves.
    "hdr": ("libx265", "yuv420p10le", {"preset": "ultrafast", "b": "8M", "tag": "hvc1", "x265-params": HLG}, "mov"),
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=int, default=225)
    parser.add_argument("--kinds", nargs="+", choices=KINDS, default=list(KINDS))
    parser.add_argument("--json", default="-", help="where the result goes; - is the screen")
    parser.add_argument("--film", type=Path, help="converts this one film, in this process")
    arguments = parser.parse_args()
    if arguments.film:
        result: object = converted(arguments.film)
    else:
        result = {kind: measured(kind, arguments.seconds) for kind in arguments.kinds}
    with nullcontext(sys.stdout) if arguments.json == "-" else Path(arguments.json).open("w") as out:
        out.write(f"{json.dumps(result, indent=2)}\n")


def measured(kind: str, seconds: int) -> dict[str, object]:
    """One film of this kind, made and converted. Ends where that fails."""
    with tempfile.TemporaryDirectory() as folder:
        begun = time.monotonic()
        path = make_film(Path(folder), kind, seconds)
        made = time.monotonic() - begun
        words = [sys.executable, __file__, "--film", str(path)]
        done = subprocess.run(words, capture_output=True, text=True, check=True)
        return {
            "film_mb": round(path.stat().st_size / 1e6, 1),
            "made_s": round(made, 1),
            "load": round(os.getloadavg()[0], 1),
            **json.loads(done.stdout),
        }


def converted(path: Path) -> dict[str, object]:
    """Seconds and MiB of examining and converting this film, as the background job does."""
    set_up_django()
    from sessions.stage.clips import convert_clip, inspect_clip, measure_clip  # noqa: PLC0415  settings first

    before = most_memory()
    with tempfile.TemporaryDirectory() as folder:
        begun, spent = time.monotonic(), time.process_time()
        facts = inspect_clip(path)
        inspected = time.monotonic()
        measures = measure_clip(path, lambda part: None)
        measured_at = time.monotonic()
        clip = convert_clip(path, Path(folder), lambda part: None, measures=measures)
        ended = time.monotonic()
        size = sum(file.stat().st_size for file in Path(folder).iterdir())
    return {
        "seconds": facts.seconds,
        "inspect_s": round(inspected - begun, 2),
        "measure_s": round(measured_at - inspected, 1),
        "convert_s": round(ended - measured_at, 1),
        "all_s": round(ended - begun, 1),
        "times_real_time": round(clip.seconds / (ended - begun), 2),
        "processor_s": round(time.process_time() - spent, 1),
        "memory_before_mib": before,
        "memory_most_mib": most_memory(),
        "sizes": [f"{width}x{height}" for width, height in clip.sizes],
        "bundle_mb": round(size / 1e6, 1),
    }


def most_memory() -> int:
    """MiB that this process had at most. The kernel's figure for `getrusage` would begin with the parent's."""
    status = Path("/proc/self/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0]) // 1024


def make_film(folder: Path, kind: str, seconds: int) -> Path:
    if kind == "card":
        set_up_django()
        from sessions.stage.clips import make_card_clip  # noqa: PLC0415  settings first

        path = folder / "card.mp4"
        make_card_clip(path, name="Fiji", country="FJ", seconds=seconds, number=1)
        return path
    encoder, pixels, options, ending = CODINGS[kind]
    piece, path = folder / f"piece.{ending}", folder / f"{kind}.{ending}"
    with av.open(str(piece), "w") as container:
        picture = container.add_stream(encoder, rate=RATE, options=options)
        (picture.width, picture.height), picture.pix_fmt = SIZE, pixels
        picture.gop_size = 2 * RATE
        sound = container.add_stream("aac", rate=48_000, layout="stereo")
        waves = drained(("sine", f"frequency=300:sample_rate=48000:duration={PIECE}"), *SOUND, "abuffersink")
        heard = 0.0
        # Something that moves everywhere, and the noise of a camera.
        source = ("testsrc2", f"size={SIZE[0]}x{SIZE[1]}:rate={RATE}:duration={PIECE}")
        for frame in drained(source, ("noise", "alls=3:allf=t"), ("format", pixels), "buffersink"):
            frame.pict_type = 0
            container.mux(picture.encode(frame))
            while heard <= frame.time and (wave := next(waves, None)) is not None:
                heard = wave.time
                container.mux(sound.encode(wave))
        container.mux(picture.encode(None))
        container.mux(sound.encode(None))
    repeat(piece, path, seconds)
    piece.unlink()
    return path


def repeat(piece: Path, path: Path, seconds: int) -> None:
    """One film after the other, as they are coded: that is decoded and coded anew like any other, and quickly made."""
    with av.open(str(path), "w") as container, av.open(str(piece)) as first:
        streams = [container.add_stream_from_template(stream) for stream in first.streams]
        for number in range(seconds // PIECE):
            with av.open(str(piece)) as source:
                for packet in source.demux():
                    if packet.dts is None:
                        continue
                    moved = round(number * PIECE / packet.time_base)
                    packet.pts, packet.dts = packet.pts + moved, packet.dts + moved
                    packet.stream = streams[packet.stream_index]
                    container.mux(packet)


SOUND = (
    ("tremolo", "f=3:d=0.8"),
    ("aformat", "sample_fmts=fltp:channel_layouts=stereo"),
    ("asetnsamples", "1024:pad=0"),
)


def drained(*filters: tuple[str, str] | str) -> Iterator[av.frame.Frame]:
    graph, last = Graph(), None
    for one in filters:
        following = graph.add(*one) if isinstance(one, tuple) else graph.add(one)
        if last is not None:
            last.link_to(following)
        last = following
    graph.configure()
    while True:
        try:
            yield last.pull()
        except (EOFError, av.EOFError):
            return


def set_up_django() -> None:
    data = tempfile.gettempdir() + "/sidang-clips"
    os.environ.setdefault("DATA_DIR", data)
    os.environ["DJANGO_SETTINGS_MODULE"] = "config.settings"
    django.setup()


if __name__ == "__main__":
    # This folder has modules of the names of apps.
    sys.path.pop(0)
    main()
