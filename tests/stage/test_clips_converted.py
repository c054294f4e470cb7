"""A film of any kind becomes one bundle: every quality whole, in step, as loud as the others, and as long as it was."""

import itertools
import re
from array import array
from dataclasses import replace

import av
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sessions.stage.bundles import FILE, MASTER, POSTER
from sessions.stage.clips import ClipError, Trouble, convert_clip, inspect_clip, make_card_clip, measure_clip
from sessions.stage.clips.converting import TARGET
from sessions.stage.clips.measuring import Hearing
from sessions.stage.clips.renditions import LADDER, rate_for, shapes_for

VP9 = {
    "picture_codec": "libvpx-vp9",
    "sound_codec": "libopus",
    "picture_options": {"deadline": "realtime", "cpu-used": "8"},
}
HEVC = {
    "picture_codec": "libx265",
    "picture_options": {"preset": "ultrafast", "x265-params": "log-level=none", "tag": "hvc1"},
}
FLASH = "color=black|drawbox=color=white:t=fill:enable='between(t,1,1.49)'"
BEEP = "aevalsrc='0.4*sin(2*PI*1000*t)*between(t,1,1.5)'"


@pytest.fixture
def bundle(film_file, tmp_path):
    """`bundle("a.mov", ...)` converts such a film: what `convert_clip` says, and where the bundle is."""
    numbers = itertools.count()

    def convert(name, **what):
        folder = tmp_path / f"bundle-{next(numbers)}"
        folder.mkdir()
        return convert_clip(film_file(name, **what), folder, lambda part: None), folder

    return convert


def playlists(folder):
    """{name: the lengths of its segments in seconds} of all that the master names."""
    found = {}
    for name in {*re.findall(r'^(?!#)\S+\.m3u8$|URI="([^"]+)"', (folder / MASTER).read_text(), re.MULTILINE)} - {""}:
        found[name] = lengths(folder, name)
    for name in re.findall(r"^[^#\s]\S*\.m3u8$", (folder / MASTER).read_text(), re.MULTILINE):
        found[name] = lengths(folder, name)
    return found


def lengths(folder, name):
    text = (folder / name).read_text()
    assert text.rstrip().endswith("#EXT-X-ENDLIST")
    assert all((folder / line).stat().st_size for line in text.splitlines() if not line.startswith("#"))
    return [float(length) for length in re.findall(r"#EXTINF:([\d.]+)", text)]


def seconds_of(folder, name):
    """How long a rendition plays, by decoding all of it."""
    end = 0.0
    with av.open(str(folder / name)) as container:
        for frame in container.decode(container.streams[0]):
            length = frame.samples / frame.sample_rate if isinstance(frame, av.AudioFrame) else 0
            end = max(end, frame.time + length)
        stream = container.streams[0]
        return end if stream.type == "audio" else end + float(1 / stream.average_rate)


def loudness_of(folder):
    hearing = Hearing()
    with av.open(str(folder / "sound.m3u8")) as container:
        for frame in container.decode(audio=0):
            hearing.hear(frame)
    return hearing.loudness


@pytest.mark.parametrize(
    ("name", "what", "sizes"),
    [
        ("a.mov", {"size": (640, 360)}, [(640, 360), (320, 180)]),
        ("a.mov", {**HEVC, "size": (640, 360)}, [(640, 360), (320, 180)]),
        ("a.webm", {**VP9, "size": (320, 240)}, [(320, 240), (240, 180)]),
        ("a.mov", {"size": (640, 360), "turned": 90}, [(304, 540), (202, 360), (102, 180)]),
        ("a.mov", {"size": (640, 360), "turned": 180}, [(640, 360), (320, 180)]),
        ("a.mp4", {"layout": "5.1", "sample_rate": 44_100}, [(320, 180)]),
        ("a.mkv", {"layout": "mono", "sample_rate": 22_050, "size": (333, 251), "pixels": "yuv444p"}, None),
        ("a.mkv", {"drops": 3}, [(320, 180)]),
        ("a.ts", {}, [(320, 180)]),
        ("a.avi", {"picture_codec": "mjpeg", "sound_codec": "pcm_s16le", "pixels": "yuvj420p"}, [(320, 180)]),
    ],
)
def test_films_of_every_kind(bundle, name, what, sizes):
    converted, folder = bundle(name, **what)
    if sizes is not None:
        assert list(converted.sizes) == sizes
    assert converted.seconds == pytest.approx(2, abs=0.1)
    heights = [f"{height}p.m3u8" for _, height in converted.sizes]
    assert set(playlists(folder)) == {*heights, "sound.m3u8"}
    for playlist in (*heights, "sound.m3u8"):
        assert seconds_of(folder, playlist) == pytest.approx(2, abs=0.1), playlist
    for width, height in converted.sizes:
        with av.open(str(folder / f"{height}p.m3u8")) as container:
            (stream,) = container.streams
            assert (stream.width, stream.height, stream.codec_context.name) == (width, height, "h264")
    with av.open(str(folder / POSTER)) as poster:
        assert (poster.streams.video[0].width, poster.streams.video[0].height) == converted.sizes[0]
    assert loudness_of(folder) == pytest.approx(TARGET, abs=1)
    assert all(re.fullmatch(FILE, path.name) for path in folder.iterdir())


def test_large_films_get_the_whole_ladder_and_none_is_made_larger(bundle):
    converted, folder = bundle("a.mp4", size=(1920, 1080), rate=60, seconds=0.5, picture="color=red")
    assert [height for _, height in converted.sizes] == [720, 540, 360, 180]
    assert converted.frame_rate == 30
    master = (folder / MASTER).read_text()
    assert re.findall(r"RESOLUTION=(\S+?),FRAME-RATE=(\d+)", master) == [
        ("1280x720", "30"),
        ("960x540", "30"),
        ("640x360", "30"),
        ("320x180", "30"),
    ]


@given(width=st.integers(16, 4096), height=st.integers(16, 2304))
def test_no_rung_has_more_lines_than_the_film(width, height):
    shapes = shapes_for(width, height)
    assert shapes
    assert shapes == sorted(shapes, key=lambda shape: -shape.height)
    assert all(shape.width % 2 == shape.height % 2 == 0 for shape in shapes)
    assert all(shape.height <= min(height, LADDER[-1]) for shape in shapes)
    for shape in shapes:  # to the nearest even number
        assert abs(shape.width - width * shape.height / height) <= 1 or shape.width == 2


@given(st.floats(0, 1000))
def test_at_most_thirty_pictures_a_second(rate):
    assert 5 <= rate_for(rate) <= 30
    assert [rate_for(usual) for usual in (23.976, 25, 29.97, 50, 59.94, 120)] == [24, 25, 30, 25, 30, 30]


def test_segments_begin_at_the_same_moments_with_whole_pictures(bundle):
    converted, folder = bundle("a.mp4", seconds=10, size=(320, 240), rate=15)
    cut = playlists(folder)
    assert cut["240p.m3u8"] == cut["180p.m3u8"] == pytest.approx([4, 4, 2])
    assert cut["sound.m3u8"] == pytest.approx([4, 4, 2], abs=0.05)
    for _, height in converted.sizes:
        with av.open(str(folder / f"{height}p.m3u8")) as container:
            keys = [float(packet.pts * packet.time_base) for packet in container.demux(video=0) if packet.is_keyframe]
        assert keys == pytest.approx([0, 4, 8])


def test_the_master_says_what_it_is_and_what_it_takes(bundle):
    _, folder = bundle("a.mp4", seconds=6, size=(640, 360))
    master = (folder / MASTER).read_text()
    assert 'TYPE=AUDIO,GROUP-ID="sound"' in master
    said = re.findall(r'BANDWIDTH=(\d+),AVERAGE-BANDWIDTH=(\d+),CODECS="([^"]+)"(.*)\n(\S+)', master)
    assert [playlist for *_, playlist in said] == ["360p.m3u8", "180p.m3u8", "sound.m3u8"]
    (sound_peak, *_), *_ = reversed(said)
    for peak, mean, codecs, _, playlist in said:
        name = playlist.removesuffix(".m3u8")
        sizes = [path.stat().st_size for path in sorted(folder.glob(f"{name}-*.m4s"))]
        weights = [size * 8 / length for size, length in zip(sizes, lengths(folder, playlist), strict=True)]
        own = max(weights) + (0 if name == "sound" else int(sound_peak))
        assert int(peak) == pytest.approx(own, rel=0.001)
        assert int(mean) <= int(peak)
        if name != "sound":
            assert int(peak) < 1_300_000
            with av.open(str(folder / playlist)) as container:
                head = container.streams.video[0].codec_context.extradata
            # In an MP4 the configuration begins with version, profile, constraints and level.
            assert codecs == f"avc1.{head[1:4].hex()},mp4a.40.2"
    assert said[-1][2] == "mp4a.40.2"


@pytest.mark.parametrize("volume", [-25, 0, 18])
def test_quiet_and_loud_films_end_equally_loud(bundle, volume):
    """The last one is louder than the target by some twenty LU, and close to full scale."""
    converted, folder = bundle("a.mp4", seconds=4, volume=volume)
    assert converted.loudness == pytest.approx(-21.9 + volume, abs=1.5)
    assert loudness_of(folder) == pytest.approx(TARGET, abs=1)


def test_peaks_are_limited_and_what_that_costs_is_given_back(bundle):
    """Speech as it is recorded without care: quiet, with a thump of the desk each second."""
    thumps = "aevalsrc='0.02*sin(2*PI*300*t)+0.95*sin(2*PI*80*t)*between(mod(t,1),0,0.02)'"
    converted, folder = bundle("a.mp4", seconds=5, sound=thumps)
    assert converted.gain > 0
    assert loudness_of(folder) == pytest.approx(TARGET, abs=1)
    hearing = Hearing()
    with av.open(str(folder / "sound.m3u8")) as container:
        for frame in container.decode(audio=0):
            hearing.hear(frame)
    assert hearing.peak < 0.5
    assert hearing.clipped < 0.0005


def test_silence_stays_silence(bundle):
    converted, folder = bundle("a.mp4", volume=-100)
    assert (converted.gain, loudness_of(folder)) == (0.0, -70.0)


@pytest.mark.parametrize("delay", [0, 0.6])
def test_picture_and_sound_stay_in_step(bundle, delay):
    """A flash and a beep at the same moment; also where the picture begins later than the sound."""
    shifted = {"picture": f"{FLASH}|setpts=PTS"} if not delay else {"picture": f"{FLASH}|trim=start={delay}"}
    _, folder = bundle("a.mkv", rate=25, seconds=2, sound=BEEP, **shifted)
    with av.open(str(folder / "180p.m3u8")) as container:
        flash = next(frame.time for frame in container.decode(video=0) if bytes(frame.planes[0])[5000] > 128)
    with av.open(str(folder / "sound.m3u8")) as container:
        beep = next(
            frame.time + index / frame.sample_rate
            for frame in container.decode(audio=0)
            for index, sample in enumerate(array("f", bytes(frame.planes[0])[: frame.samples * 4]))
            if abs(sample) > 0.05
        )
    assert flash == pytest.approx(1, abs=0.045)
    assert beep == pytest.approx(1, abs=0.02)


def test_a_phones_picture_stands_upright(bundle):
    """Its left half, which is white, comes to the top."""
    _, folder = bundle(
        "a.mov", picture="color=black|drawbox=x=0:y=0:w=iw/2:h=ih:color=white:t=fill", size=(640, 360), turned=90
    )
    with av.open(str(folder / "180p.m3u8")) as container:
        frame = next(container.decode(video=0))
        plane, pitch = bytes(frame.planes[0]), frame.planes[0].line_size
    column = [plane[row * pitch + frame.width // 2] for row in (20, 70, 110, 160)]
    assert [light > 128 for light in column] == [True, True, False, False]


def test_high_dynamic_range_becomes_what_browsers_show(bundle):
    options = {"preset": "ultrafast", "tag": "hvc1"}
    options["x265-params"] = "log-level=none:colorprim=bt2020:transfer=arib-std-b67:colormatrix=bt2020nc"
    _, folder = bundle("a.mov", picture_codec="libx265", picture_options=options, pixels="yuv420p10le", seconds=0.5)
    with av.open(str(folder / "180p.m3u8")) as container:
        frame = next(container.decode(video=0))
        assert frame.format.name == "yuv420p"
        assert (frame.color_trc, frame.color_primaries, frame.colorspace) == (1, 1, 1)


@pytest.mark.parametrize(
    "what", [{"sound_seconds": 1}, {"picture_seconds": 1}, {"sound_seconds": 1, "container_options": {}}]
)
def test_what_ends_earlier_is_held_to_the_end(bundle, what):
    converted, folder = bundle("a.mkv", seconds=3, **what)
    assert converted.seconds == pytest.approx(3, abs=0.1)
    assert seconds_of(folder, "180p.m3u8") == pytest.approx(3, abs=0.1)
    assert seconds_of(folder, "sound.m3u8") == pytest.approx(3, abs=0.1)


def test_a_film_that_breaks_off_ends_there(film_file, tmp_path):
    path = film_file("a.mp4", seconds=6, container_options={"movflags": "faststart"})
    data = path.read_bytes()
    path.write_bytes(data[: len(data) // 2])
    folder = tmp_path / "bundle"
    folder.mkdir()
    converted = convert_clip(path, folder, lambda part: None)
    assert 1 < converted.seconds < 5
    assert seconds_of(folder, "sound.m3u8") == pytest.approx(converted.seconds, abs=0.1)


def test_a_hole_in_the_middle_does_no_harm(film_file, tmp_path):
    path = film_file("a.ts", seconds=4)
    data = bytearray(path.read_bytes())
    middle = len(data) // 2 // 188 * 188
    data[middle : middle + 40 * 188] = bytes(40 * 188)
    path.write_bytes(data)
    folder = tmp_path / "bundle"
    folder.mkdir()
    converted = convert_clip(path, folder, lambda part: None)
    assert seconds_of(folder, "180p.m3u8") == pytest.approx(converted.seconds, abs=0.1)
    assert seconds_of(folder, "sound.m3u8") == pytest.approx(converted.seconds, abs=0.1)


def test_what_comes_after_the_end_that_was_measured_is_left_out(film_file, tmp_path):
    path = film_file("a.mp4", seconds=4)
    folder = tmp_path / "bundle"
    folder.mkdir()
    shorter = replace(measure_clip(path, lambda part: None), seconds=2.0)
    assert convert_clip(path, folder, lambda part: None, measures=shorter).seconds == 2
    assert seconds_of(folder, "180p.m3u8") == pytest.approx(2, abs=0.1)
    assert seconds_of(folder, "sound.m3u8") == pytest.approx(2, abs=0.1)


@pytest.mark.parametrize(
    ("what", "trouble"), [({"picture": None}, Trouble.NO_PICTURE), ({"sound": None}, Trouble.NO_SOUND)]
)
def test_half_a_film_is_not_converted(film_file, tmp_path, what, trouble):
    with pytest.raises(ClipError) as caught:
        convert_clip(film_file("a.mp4", **what), tmp_path, lambda part: None)
    assert caught.value.trouble == trouble


def test_progress_moves_evenly_to_the_end(film_file, tmp_path):
    told = []
    folder = tmp_path / "bundle"
    folder.mkdir()
    convert_clip(film_file("a.mp4", seconds=4), folder, told.append)
    assert told[-1] == 1
    assert all(0 <= part <= 1 for part in told)
    assert max(after - before for before, after in itertools.pairwise(told)) < 0.15
    assert min(after - before for before, after in itertools.pairwise(told)) > -0.05


@pytest.mark.django_db
def test_a_card_is_a_film_against_which_nothing_stands(tmp_path):
    path = tmp_path / "card.mp4"
    make_card_clip(path, name="Côte d’Ivoire · كوت ديفوار", country="CI", seconds=6, number=7)
    facts, measures = inspect_clip(path), measure_clip(path, lambda part: None)
    assert (facts.width, facts.height, facts.video_codec) == (1280, 720, "h264")
    assert facts.seconds == pytest.approx(6, abs=0.1)
    assert (measures.dark, measures.still) == (0, 0)
    assert measures.loudness > -35
