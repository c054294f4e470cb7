"""A session's picture, and films small enough to make on the spot."""

import io
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

import av
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from files.actions import store_upload
from sessions.stage.actions import set_source
from sessions.stage.rules import FILMS, LARGEST, PURPOSE

ADDRESS = "https://cdn.example.org/panel-2/master.m3u8"


@pytest.fixture(autouse=True)
def media_root(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "files"


@pytest.fixture(scope="session")
def film_bytes():
    """Half a second of H.264."""
    written = io.BytesIO()
    with av.open(written, "w", format="mp4") as container:
        picture = container.add_stream("libx264", rate=10)
        picture.width, picture.height, picture.pix_fmt = 64, 48, "yuv420p"
        for number in range(5):
            frame = av.VideoFrame(64, 48, "yuv420p")
            for plane in frame.planes:
                plane.update(bytes([number * 40]) * plane.buffer_size)
            container.mux(picture.encode(frame))
        container.mux(picture.encode())
    return written.getvalue()


@pytest.fixture
def film(film_bytes):
    """As a form gives it on."""
    return SimpleUploadedFile("Opening.mp4", film_bytes, content_type="video/mp4")


@pytest.fixture
def stored(film):
    """`stored(by)` is a film that somebody uploaded for a stage."""
    return lambda by: store_upload(film, purpose=PURPOSE, accepts=FILMS, largest=LARGEST, by=by)


@pytest.fixture
def picture(panel, olga):
    """The panel's picture comes from an HLS address."""
    return set_source(panel.pk, hls_url=ADDRESS, by=olga)


@pytest.fixture(scope="session")
def films():
    """The module that makes films of every kind."""
    spec = spec_from_file_location("films", Path(__file__).with_name("films.py"))
    films = module_from_spec(spec)
    spec.loader.exec_module(films)
    return films


@pytest.fixture
def film_file(films, tmp_path):
    """`film_file("a.mov", seconds=3)` is the path of a film as somebody would hand it in."""
    return lambda name, **what: films.make_film(tmp_path / name, films.Film(**what))
