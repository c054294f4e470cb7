"""A film that is handed in: what it is, whether it can be read at all, and what stands against it."""

import struct
from random import Random

import pytest
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from sessions.stage.clips import (
    ClipError,
    ClipFacts,
    Measures,
    ProblemCode,
    Severity,
    Trouble,
    inspect_clip,
    measure_clip,
    problems_of,
)

VP9 = {
    "picture_codec": "libvpx-vp9",
    "sound_codec": "libopus",
    "picture_options": {"deadline": "realtime", "cpu-used": "8"},
}
HEVC = {
    "picture_codec": "libx265",
    "picture_options": {"preset": "ultrafast", "x265-params": "log-level=none", "tag": "hvc1"},
}
ENCRYPTED = {
    "encryption_scheme": "cenc-aes-ctr",
    "encryption_key": "76a6c65c5ea762046bd749a2e632ccbb",
    "encryption_kid": "a7e61c373e219033c21091fa607bf3b8",
}


def nothing(part):
    """Whoever is told how far it is, and does not care."""


def examined(path, *, allotted_ms=2_000):
    """The codes of what stands against a film, by how grave they are."""
    problems = problems_of(inspect_clip(path), measure_clip(path, nothing), allotted_ms=allotted_ms)
    return [(str(problem.severity), str(problem.code)) for problem in problems]


# What it is


def test_a_films_facts(film_file):
    facts = inspect_clip(film_file("a.mov", size=(640, 360), rate=25, layout="mono", seconds=2))
    assert facts.seconds == pytest.approx(2, abs=0.05)
    assert (facts.width, facts.height, facts.rotation, facts.frame_rate) == (640, 360, 0, 25)
    assert (facts.video_codec, facts.has_picture, facts.has_sound, facts.sound_channels) == ("h264", True, True, 1)


@pytest.mark.parametrize(
    ("name", "what", "codec"),
    [
        ("a.mov", HEVC, "hevc"),
        ("a.webm", VP9, "vp9"),
        ("a.mkv", {"picture_codec": "mpeg4", "sound_codec": "mp3"}, "mpeg4"),
        ("a.avi", {"picture_codec": "mjpeg", "sound_codec": "pcm_s16le", "pixels": "yuvj420p"}, "mjpeg"),
        ("a.ts", {}, "h264"),
    ],
)
def test_films_of_many_kinds_are_read(film_file, name, what, codec):
    facts = inspect_clip(film_file(name, **what))
    assert (facts.video_codec, facts.has_picture, facts.has_sound) == (codec, True, True)
    assert facts.seconds == pytest.approx(2, abs=0.15)


@pytest.mark.parametrize("degrees", [90, 180, 270])
def test_a_phones_picture_is_measured_as_it_is_shown(film_file, degrees):
    facts = inspect_clip(film_file("a.mov", size=(320, 180), turned=degrees))
    assert facts.rotation == degrees
    assert (facts.width, facts.height) == ((320, 180) if degrees == 180 else (180, 320))


def test_a_recording_that_does_not_say_how_long_it_is_is_counted(film_file):
    """As browsers write it: with the length left out."""
    facts = inspect_clip(film_file("a.webm", **VP9, container_options={"live": "1"}))
    assert facts.seconds == pytest.approx(2, abs=0.15)


def test_sound_and_picture_alone(film_file):
    sound = inspect_clip(film_file("a.mp4", picture=None))
    assert (sound.has_picture, sound.has_sound, sound.width, sound.video_codec) == (False, True, 0, "")
    picture = inspect_clip(film_file("b.mp4", sound=None))
    assert (picture.has_picture, picture.has_sound, picture.sound_channels) == (True, False, 0)


# What cannot be read


def refused(path) -> Trouble:
    with pytest.raises(ClipError) as caught:
        inspect_clip(path)
    assert caught.value.words == str(caught.value.trouble.label)
    return caught.value.trouble


def test_an_empty_file(tmp_path):
    (tmp_path / "a.mp4").write_bytes(b"")
    assert refused(tmp_path / "a.mp4") == Trouble.EMPTY


@pytest.mark.parametrize("content", [b"%PDF-1.7 and more", b"PK\x03\x04", b"#EXTM3U\nfile:///etc/passwd\n", b"\0"])
def test_what_is_no_film(tmp_path, content):
    (tmp_path / "a.mp4").write_bytes(content)
    assert refused(tmp_path / "a.mp4") == Trouble.NO_FILM


@pytest.mark.parametrize(
    "beginning", [b"\0\0\0\x18ftypmp42", b"\x1a\x45\xdf\xa3", b"RIFF\0\0\0\0AVI ", b"G", b"\0\0\1\xba"]
)
def test_garbage_behind_a_films_beginning(tmp_path, beginning):
    (tmp_path / "a.mp4").write_bytes(beginning + Random(7).randbytes(20_000))  # noqa: S311  no secret
    assert refused(tmp_path / "a.mp4") in (Trouble.DAMAGED, Trouble.NO_FILM, Trouble.UNKNOWN_CODING)


def test_a_film_without_its_end_where_its_index_is(film_file):
    path = film_file("a.mp4")
    path.write_bytes(path.read_bytes()[:-3000])
    assert refused(path) == Trouble.DAMAGED


def test_a_protected_film(film_file):
    assert refused(film_file("a.mp4", container_options=ENCRYPTED)) == Trouble.ENCRYPTED


def test_a_coding_that_nobody_hands_in(film_file):
    path = film_file("a.avi", picture_codec="ffv1", sound_codec="pcm_s16le")
    assert refused(path) == Trouble.UNKNOWN_CODING


def test_a_small_file_with_huge_pictures_is_not_unpacked(film_file):
    """Its header claims pictures of 16,000 by 16,000: 400 MB each."""
    path = film_file("a.mp4", seconds=0.5)
    data = bytearray(path.read_bytes())
    at = data.index(b"avc1", data.index(b"stsd"))
    data[at + 28 : at + 32] = struct.pack(">HH", 16_000, 16_000)
    path.write_bytes(data)
    # The pictures' own word counts: the header's size is never unpacked.
    assert inspect_clip(path).height == 180


def test_pictures_that_are_larger_than_4k(film_file):
    path = film_file("a.avi", size=(5000, 64), picture="color=red", rate=1, picture_codec="mjpeg", pixels="yuvj420p")
    assert refused(path) == Trouble.TOO_LARGE


def test_a_film_of_half_an_hour(film_file):
    path = film_file("a.mp4", seconds=1800, size=(16, 16), rate=1, picture="color=red", sound=None)
    assert refused(path) == Trouble.TOO_LONG


@given(
    st.binary(max_size=400),
    st.sampled_from([b"", b"\0\0\0\x18ftypmp42", b"\x1a\x45\xdf\xa3", b"G", b"\0\0\0\x08moov"]),
)
def test_no_bytes_break_the_judgement(tmp_path_factory, content, beginning):
    path = tmp_path_factory.mktemp("film") / "a"
    path.write_bytes(beginning + content)
    with pytest.raises(ClipError):
        inspect_clip(path)


# What stands against it


def test_nothing_stands_against_a_good_film(film_file):
    assert examined(film_file("a.mp4", size=(640, 360))) == []


@pytest.mark.parametrize(
    ("what", "found"),
    [
        ({"sound": None}, [("refuse", "no_sound")]),
        ({"picture": None}, [("refuse", "no_picture")]),
        ({"volume": -90}, [("refuse", "silent")]),
        ({"seconds": 13}, [("refuse", "too_long")]),
        ({"picture": "color=black"}, [("warn", "dark")]),
        ({"picture": "smptebars"}, [("warn", "still")]),
        ({"size": (360, 640)}, [("warn", "portrait")]),
        ({"size": (320, 240)}, [("warn", "few_lines")]),
        ({"volume": 40}, [("warn", "clipped")]),
        ({"seconds": 0.8}, [("note", "short")]),
        ({"sound": None, "picture": "color=black"}, [("refuse", "no_sound"), ("warn", "dark")]),
    ],
)
def test_what_stands_against_a_film(film_file, what, found):
    assert examined(film_file("a.mp4", **{"size": (640, 360), "seconds": 3, **what}), allotted_ms=2_500) == found


def test_a_film_that_breaks_off_is_told_apart_from_a_short_one(film_file):
    path = film_file("a.mp4", seconds=6, size=(640, 360), container_options={"movflags": "faststart"})
    data = path.read_bytes()
    path.write_bytes(data[: len(data) // 2])
    assert examined(path, allotted_ms=6_000) == [("refuse", "cut_off")]


FACTS = ClipFacts(
    seconds=225,
    width=1920,
    height=1080,
    rotation=0,
    frame_rate=30,
    video_codec="h264",
    has_picture=True,
    has_sound=True,
    sound_channels=2,
)
MEASURES = Measures(seconds=225, loudness=-20, peak=-3, clipped=0, dark=0, still=0)


@pytest.mark.parametrize(("allotted_ms", "codes"), [(215_000, []), (214_999, [ProblemCode.TOO_LONG]), (450_000, [])])
def test_ten_seconds_more_are_given(allotted_ms, codes):
    assert [problem.code for problem in problems_of(FACTS, MEASURES, allotted_ms=allotted_ms)] == codes


def test_the_words_name_both_times_in_the_readers_language():
    (problem,) = problems_of(FACTS, None, allotted_ms=190_000)
    assert problem.words == "The film lasts 3:45, and your time is 3:10. Shorten it and upload it again."
    assert problem.severity == Severity.REFUSE
    with translation.override("ar"):
        assert ClipError(Trouble.EMPTY).words == str(Trouble.EMPTY.label)


@given(
    seconds=st.floats(0.1, 1200),
    loudness=st.floats(-70, 0),
    share=st.floats(0, 1),
    allotted_ms=st.integers(60_000, 300_000),
)
def test_what_refuses_a_film_is_told_first(seconds, loudness, share, allotted_ms):
    measures = Measures(seconds=seconds, loudness=loudness, peak=-1, clipped=share, dark=share, still=share)
    severities = [problem.severity for problem in problems_of(FACTS, measures, allotted_ms=allotted_ms)]
    order = [Severity.REFUSE, Severity.WARN, Severity.NOTE]
    assert severities == sorted(severities, key=order.index)
    assert (Severity.REFUSE in severities) == (
        seconds * 1000 > allotted_ms + 10_000 or loudness < -60 or seconds < FACTS.seconds - 2
    )
