"""A film over a bad link: cut, reloaded, paused, or without a script, it comes whole, and no byte of it twice."""

import hashlib
import io
import re
import secrets
from pathlib import Path

import av
import pytest
from django.conf import settings
from playwright.sync_api import Page, expect

from files.models import PartialUpload
from sessions.stage.models import StageSource

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

MIB = 1024 * 1024
SLOW = 2 * MIB  # bytes a second


@pytest.fixture
def film(tmp_path) -> Path:
    """Half a second of H.264, with 14 MiB behind it that a player skips."""
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
    skipped = secrets.token_bytes(14 * MIB)
    path = tmp_path / "Opening “1”.mp4"
    path.write_bytes(written.getvalue() + (len(skipped) + 8).to_bytes(4, "big") + b"free" + skipped)
    return path


class Wire:
    """What a page's link carries, and what went over it: (from, to) of each part that was taken."""

    def __init__(self, page: Page) -> None:
        self._chrome = page.context.new_cdp_session(page)
        self.taken: list[tuple[int, int]] = []
        self.unanswered: list[int] = []
        page.on("response", self._note)
        page.on("requestfailed", self._note_failed)

    def carries(self, rate: int) -> None:
        self._say(rate, offline=False)

    def is_cut(self) -> None:
        self._say(0, offline=True)

    def _say(self, rate: int, *, offline: bool) -> None:
        told = {"offline": offline, "latency": 0, "downloadThroughput": -1, "uploadThroughput": rate}
        self._chrome.send("Network.emulateNetworkConditions", told)

    def _note(self, answer) -> None:
        if answer.request.method == "PATCH" and answer.status == 204:
            self.taken.append((int(answer.request.headers["upload-offset"]), int(answer.headers["upload-offset"])))

    def _note_failed(self, request) -> None:
        if request.method == "PATCH":
            self.unanswered.append(int(request.headers["upload-offset"]))


@pytest.fixture
def form(conference, panel):
    return f"/c/{conference.slug}/sessions/{panel.pk}/source/"


def choose(page: Page, film: Path) -> None:
    page.get_by_label("Or a film").set_input_files(film)


def shown(page: Page):
    return page.locator("[data-part=words]")


def some_arrived(page: Page, wire: Wire, more_than: int = 0) -> int:
    for _ in range(600):
        stands = PartialUpload.objects.values_list("offset", flat=True).first() or 0
        if stands > more_than:
            return stands
        page.wait_for_timeout(25)
    raise AssertionError(f"nothing arrived: {wire.taken}")


def hand_in(page: Page) -> None:
    page.get_by_role("button", name="Show this").click()
    page.wait_for_url(re.compile(r"/sessions/\d+/$"))


def is_shown_whole(film: Path) -> None:
    upload = StageSource.objects.get().upload
    content = film.read_bytes()
    assert (upload.name, upload.size) == (film.name, len(content))
    assert upload.sha256 == hashlib.sha256(content).hexdigest()


def percent_of(film: Path, arrived: int) -> int:
    return round(100 * arrived / film.stat().st_size)


def came_once(wire: Wire, film: Path) -> None:
    """The parts lie side by side: none was taken twice. One whose answer was lost with the link lies in between."""
    ends = [0, *(end for _, end in wire.taken)]
    for (begin, _), end in zip(wire.taken, ends, strict=False):
        assert begin == end or (begin > end and end in wire.unanswered)
    assert ends[-1] == film.stat().st_size


def test_a_cut_and_a_reload_lose_nothing_and_send_nothing_again(visit, film, form, olga):
    page = visit(olga, form, silent=False)
    assert not page.evaluate("() => Boolean(window.tus)")
    wire = Wire(page)
    wire.carries(SLOW)
    choose(page, film)
    expect(shown(page)).to_contain_text(re.compile(r"\d+% · [\d.]+ (k|M)B of 14 MB"))
    before = some_arrived(page, wire)

    wire.is_cut()
    expect(shown(page)).to_have_text("Reconnecting, nothing is lost.")
    expect(page.get_by_role("status").filter(has_text="Reconnecting, nothing is lost.")).to_have_count(1)
    wire.carries(SLOW)
    then = some_arrived(page, wire, before)

    page.reload()
    offered = page.get_by_text("Continue your upload of")
    expect(offered).to_contain_text("Opening “1”.mp4")
    (percent,) = re.findall(r"(\d+)% is here already", offered.inner_text())
    # What was under way as the page went may arrive behind its back.
    by_now = some_arrived(page, wire, then - 1)
    assert percent_of(film, then) <= int(percent) <= percent_of(film, by_now)
    wire.carries(-1)
    already = len(wire.taken)
    choose(page, film)
    expect(shown(page)).to_contain_text("is here. It goes with the form.", timeout=30_000)
    assert wire.taken[already][0] >= then > 0
    came_once(wire, film)

    sent = []
    page.on("request", lambda request: sent.append(len(request.post_data_buffer or b"")))
    hand_in(page)
    assert max(sent) < 4096, "the form carried the film"
    is_shown_whole(film)
    page.goto(form)
    expect(page.get_by_text("Continue your upload of")).to_be_hidden()


def test_a_form_that_is_sent_too_early_follows_its_film(visit, film, form, olga):
    page = visit(olga, form)
    wire = Wire(page)
    wire.carries(4 * SLOW)
    choose(page, film)
    some_arrived(page, wire)
    page.get_by_label("What will be seen").fill("The opening")
    page.get_by_role("button", name="Show this").click()
    expect(page.locator("[data-part=waits]")).to_be_visible()
    page.wait_for_url(re.compile(r"/sessions/\d+/$"), timeout=30_000)
    is_shown_whole(film)
    assert StageSource.objects.get().title == "The opening"


def test_a_pause_and_a_form_that_is_put_right(visit, film, form, olga):
    page = visit(olga, form, silent=False)
    wire = Wire(page)
    wire.carries(SLOW)
    choose(page, film)
    some_arrived(page, wire)
    page.get_by_role("button", name="Pause the upload").click()
    expect(shown(page)).to_have_text("Paused. What arrived is kept.")
    wire.carries(-1)
    page.get_by_role("button", name="Continue the upload").click()
    expect(shown(page)).to_contain_text("is here. It goes with the form.", timeout=30_000)
    page.get_by_label("HLS address").fill("https://cdn.example.org/a/master.m3u8")
    page.get_by_role("button", name="Show this").click()
    expect(page.get_by_text("Give either an address or a film, not both.").first).to_be_visible()
    expect(shown(page)).to_contain_text("is here. It goes with the form.")
    page.get_by_label("HLS address").fill("")
    hand_in(page)
    is_shown_whole(film)
    came_once(wire, film)


def test_what_is_no_film_is_told_with_its_first_part_and_another_is_chosen(visit, film, form, olga, tmp_path):
    wrong = tmp_path / "Film.mp4"
    wrong.write_bytes(b"GIF89a" * 2 * MIB)
    page = visit(olga, form, silent=False)
    choose(page, wrong)
    expect(page.get_by_role("alert")).to_contain_text("not of a kind that can be used here")
    choose(page, film)
    expect(shown(page)).to_contain_text("is here. It goes with the form.", timeout=30_000)
    expect(page.get_by_role("alert")).to_have_count(0)
    hand_in(page)
    is_shown_whole(film)


def test_a_file_that_is_changed_under_the_hands_is_chosen_again(visit, film, form, olga):
    page = visit(olga, form, silent=False)
    wire = Wire(page)
    wire.carries(SLOW)
    choose(page, film)
    some_arrived(page, wire)
    changed = film.with_name("Changed.mp4")
    changed.write_bytes(film.read_bytes()[:-1] + b"!")
    changed.replace(film)
    expect(page.get_by_role("alert")).to_contain_text("The file was changed meanwhile", timeout=30_000)
    wire.carries(-1)
    choose(page, film)
    expect(shown(page)).to_contain_text("is here. It goes with the form.", timeout=30_000)
    hand_in(page)
    is_shown_whole(film)


def test_a_film_can_be_taken_away_again(visit, film, form, olga):
    page = visit(olga, form, silent=False)
    wire = Wire(page)
    wire.carries(SLOW)
    choose(page, film)
    some_arrived(page, wire)
    page.get_by_role("button", name="Take the file away").click()
    expect(page.get_by_label("Or a film")).to_be_focused()
    expect(page.locator("[data-part=standing]")).to_be_hidden()
    page.wait_for_function("() => !Object.keys(localStorage).some((name) => name.startsWith('tus::'))")
    for _ in range(400):
        if not PartialUpload.objects.exists():
            return
        page.wait_for_timeout(25)
    raise AssertionError("it is still kept")


@pytest.mark.parametrize(("language", "viewport"), [("en", "desktop"), ("ar", "phone"), ("ar", "desktop")])
def test_it_is_for_everybody_while_it_goes(visit, film, form, olga, site, language, viewport, complaints_of_axe):
    page = visit(olga, form, viewport=viewport, silent=False)
    page.context.add_cookies(
        [{"name": settings.LANGUAGE_COOKIE_NAME, "value": language, "url": f"http://localhost:{site.port}"}]
    )
    page.reload()
    wire = Wire(page)
    wire.carries(SLOW // 4)
    page.locator("input[type=file]").set_input_files(film)
    some_arrived(page, wire)
    assert complaints_of_axe(page) == []
    assert page.evaluate("() => document.documentElement.scrollWidth <= innerWidth")


def test_without_a_script_the_film_goes_with_the_form(visit, film, form, olga):
    page = visit(olga, form, scripts=False)
    choose(page, film)
    hand_in(page)
    is_shown_whole(film)
