"""Films and recordings, made on the spot: small, real, and of the coding a test asks for."""

import io
import itertools

import av
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from files import registry


@pytest.fixture(autouse=True)
def media_root(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "files"


@pytest.fixture
def film():
    """`film(format, video, audio)` is the bytes of half a second of it."""

    def make(format="mp4", *, video="libx264", audio="aac"):
        written = io.BytesIO()
        with av.open(written, "w", format=format) as container:
            picture = container.add_stream(video, rate=10) if video else None
            sound = container.add_stream(audio, rate=48000, layout="mono") if audio else None
            if picture:
                picture.width, picture.height, picture.pix_fmt = 64, 48, "yuv420p"
                for number in range(5):
                    frame = av.VideoFrame(64, 48, "yuv420p")
                    for plane in frame.planes:
                        plane.update(bytes([number * 40]) * plane.buffer_size)
                    container.mux(picture.encode(frame))
                container.mux(picture.encode())
            if sound:
                size = sound.codec_context.frame_size or 960
                for number in range(24000 // size):
                    frame = av.AudioFrame(sound.codec_context.format.name, "mono", size)
                    frame.sample_rate, frame.pts = 48000, number * size
                    for plane in frame.planes:
                        plane.update(bytes(plane.buffer_size))
                    container.mux(sound.encode(frame))
                container.mux(sound.encode())
        return written.getvalue()

    return make


@pytest.fixture
def handed_in():
    """`handed_in(bytes, name)` as a form gives it on."""
    names = (f"file {number}" for number in itertools.count())

    def make(content, name=None):
        return SimpleUploadedFile(name or next(names), content, content_type="video/mp4")

    return make


@pytest.fixture
def purpose(monkeypatch):
    """Registers guards for one test: `purpose(may_read)` returns the purpose's name."""
    monkeypatch.setattr(registry, "_guards", {})

    def register(may_read):
        registry.register_guard("test", may_read)
        return "test"

    return register
