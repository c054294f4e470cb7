"""A clip is played to everybody at the same moment: whoever comes, whenever, sees what the others see."""

import os
import re
import time
from datetime import timedelta

import av
import pytest
from av.filter import Graph
from django.utils import timezone
from playwright.sync_api import Page, expect

from sessions.stage import bundles
from sessions.stage.actions import hold_playing, play_together, set_source, stop_playing
from sessions.stage.clips import convert_clip
from sessions.stage.models import Playing

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

SECONDS = 60
LEAD = timedelta(seconds=3)
IN_STEP = 0.3  # s
PLAYER = "#stage video[data-part=player]"


def film(path):
    """A minute that is quick to make and to convert."""
    graph = Graph()
    picture = graph.add("testsrc", f"size=320x180:rate=10:duration={SECONDS}")
    sink = graph.add("buffersink")
    even = graph.add("format", "yuv420p")
    picture.link_to(even)
    even.link_to(sink)
    sound = graph.add("sine", f"frequency=330:sample_rate=48000:duration={SECONDS}")
    frames = graph.add("asetnsamples", "1024:pad=0")
    stereo = graph.add("aformat", "channel_layouts=stereo:sample_fmts=fltp")
    heard = graph.add("abuffersink")
    sound.link_to(stereo)
    stereo.link_to(frames)
    frames.link_to(heard)
    graph.configure()
    with av.open(str(path), "w", format="mp4") as container:
        pictures = container.add_stream("libx264", rate=10, options={"preset": "ultrafast"})
        pictures.width, pictures.height, pictures.pix_fmt = 320, 180, "yuv420p"
        sounds = container.add_stream("aac", rate=48_000, layout="stereo")
        for stream, source in ((pictures, sink), (sounds, heard)):
            while True:
                try:
                    frame = source.pull()
                except (EOFError, av.EOFError):
                    break
                if stream is pictures:
                    frame.pict_type = 0
                container.mux(stream.encode(frame))
            container.mux(stream.encode(None))
    return path


@pytest.fixture(scope="module")
def converted(tmp_path_factory):
    """The bundle, made once for this module."""
    home = tmp_path_factory.mktemp("clip")
    folder = home / "bundle"
    folder.mkdir()
    convert_clip(film(home / "a.mp4"), folder, lambda part: None)
    return folder


@pytest.fixture
def clip(converted, site, panel):
    """The name of a bundle of the panel's."""
    name = bundles.new_clip_name()
    with bundles.making(panel.pk, name) as folder:
        for path in converted.iterdir():
            (folder / path.name).write_bytes(path.read_bytes())
    yield name
    bundles.remove_bundle(panel.pk, name)


@pytest.fixture
def play(panel, clip):
    """`play()` begins the clip for everybody in three seconds; `play(20)` at its twentieth second."""

    def begin(at=0.0, *, lead=LEAD):
        return play_together(
            panel,
            bundle=clip,
            title="Fiji: what the ocean teaches",
            seconds=SECONDS,
            position_ms=int(at * 1000),
            since=timezone.now() + lead,
        )

    return begin


def places(*pages: Page) -> list[float]:
    """How far each page is from where the server says it should be, in seconds."""
    found = [page.evaluate(f"() => [document.querySelector('{PLAYER}').currentTime, Date.now()]") for page in pages]
    playing = Playing.objects.get()
    since = playing.since.timestamp() if playing.since else None
    return [
        at - min(playing.position_ms / 1000 + (max(now / 1000 - since, 0) if since else 0), playing.seconds)
        for at, now in found
    ]


def is_moving(page: Page) -> bool:
    return page.evaluate(
        f"() => {{ const v = document.querySelector('{PLAYER}'); return !v.paused && v.readyState > 2 }}"
    )


def come_into_step(*pages: Page, seconds: float = 20) -> None:
    """They move, and are all where the server says, and stay there for a second."""
    deadline = time.monotonic() + seconds
    good_since = None
    while good_since is None or time.monotonic() - good_since < 1:
        drifts = places(*pages)
        good = all(abs(drift) < IN_STEP for drift in drifts) and all(is_moving(page) for page in pages)
        good_since = (good_since or time.monotonic()) if good else None
        assert time.monotonic() < deadline, f"out of step by {drifts}"
        pages[0].wait_for_timeout(50)


def stand_still(*pages: Page, seconds: float = 5) -> None:
    deadline = time.monotonic() + seconds
    while any(is_moving(page) for page in pages) or any(abs(drift) > IN_STEP for drift in places(*pages)):
        assert time.monotonic() < deadline, f"they do not stand: {places(*pages)}"
        pages[0].wait_for_timeout(50)


def join(page: Page) -> None:
    page.get_by_role("button", name=re.compile("press to join")).click()


def test_everybody_is_at_the_same_place_whenever_they_come(visit, panel, play, clip, ben, ada, olga):
    set_source(panel.pk, hls_url=bundles.address(panel, clip), title="The hall", by=olga)
    bens = visit(ben, panel.get_absolute_url())
    expect(bens.locator(".stage-poster")).to_contain_text("The hall")
    play()
    expect(bens.locator(".stage-poster")).to_contain_text("Fiji: what the ocean teaches")
    join(bens)
    expect(bens.locator("#stage")).to_contain_text("It begins in a moment.")
    come_into_step(bens)
    bens.wait_for_timeout(2_000)

    adas = visit(ada, panel.get_absolute_url())
    join(adas)
    come_into_step(bens, adas)

    at = Playing.objects.get().position_at(timezone.now())
    hold_playing(panel, position_ms=int(at * 1000))
    stand_still(bens, adas)
    expect(adas.locator("#stage")).to_contain_text("Held")

    play(at, lead=timedelta(seconds=2))
    come_into_step(bens, adas)

    stop_playing(panel)
    for page in (bens, adas):
        expect(page.locator(".stage-what")).to_have_text("The hall")
        expect(page.get_by_role("button", name="Pause for me")).to_be_hidden()
        # Whoever was there sees what comes next, with all that a player has.
        page.wait_for_function(
            f"() => {{ const v = document.querySelector('{PLAYER}'); return v.controls && !v.paused }}"
        )


def test_a_link_that_was_away_is_back_in_step(visit, network, panel, play, ben):
    play(lead=timedelta(seconds=1))
    page = visit(ben, panel.get_absolute_url(), through=network, silent=False)
    join(page)
    come_into_step(page)
    network.cut()
    page.wait_for_timeout(2_500)
    # What happens meanwhile is not heard of.
    play(20, lead=timedelta(seconds=0))
    page.wait_for_timeout(2_500)
    network.mend()
    come_into_step(page, seconds=25)


def test_ones_own_pause_is_ones_own(visit, panel, play, ben, ada):
    play(lead=timedelta(seconds=1))
    bens, adas = visit(ben, panel.get_absolute_url()), visit(ada, panel.get_absolute_url())
    join(bens)
    join(adas)
    come_into_step(bens, adas)
    bens.get_by_role("button", name="Pause for me").click()
    expect(bens.locator("#stage")).to_contain_text("Paused for you")
    bens.wait_for_timeout(1_500)
    assert not is_moving(bens)
    come_into_step(adas)
    bens.get_by_role("button", name="Back to live").click()
    come_into_step(bens, adas)


@pytest.fixture
def strict(chromium):
    """A browser that lets nothing sound before somebody pressed something, as people's own do."""
    browser = chromium.browser_type.launch(
        executable_path=os.environ.get("CHROMIUM", "/usr/bin/chromium"),
        args=["--no-sandbox", "--autoplay-policy=document-user-activation-required"],
    )
    yield browser
    browser.close()


def test_whoever_joined_today_joins_the_next_one_and_turns_the_sound_on(visit, strict, panel, play, ben):
    play(lead=timedelta(seconds=0))
    page = visit(ben, panel.get_absolute_url())
    join(page)
    come_into_step(page)
    assert not page.evaluate(f"() => document.querySelector('{PLAYER}').muted")
    # The browser is opened anew: nothing was pressed in it, so that it lets us play without sound only.
    address = page.url
    page = strict.new_context(storage_state=page.context.storage_state()).new_page()
    with page.expect_request(lambda request: "p-0" in request.url, timeout=20_000):
        page.goto(address)
    page.wait_for_timeout(1_500)  # the driver's own questions would count as presses
    come_into_step(page)
    assert page.evaluate(f"() => document.querySelector('{PLAYER}').muted")
    page.get_by_role("button", name="Turn the sound on").click()
    expect(page.get_by_role("button", name="Turn the sound on")).to_be_hidden()
    assert not page.evaluate(f"() => document.querySelector('{PLAYER}').muted")
    come_into_step(page)


def test_sound_only_and_text_only_are_kept_to(visit, panel, play, ben):
    page = visit(ben, panel.get_absolute_url())
    page.evaluate("() => localStorage.setItem('stage.receive', 'text')")
    play(lead=timedelta(seconds=0))
    page.reload()
    files: list[str] = []
    page.on("request", lambda request: files.append(request.url) if "/hls/" in request.url else None)
    expect(page.locator("#stage")).to_contain_text("neither picture nor sound is loaded")
    page.wait_for_timeout(1_000)
    assert files == []
    page.get_by_role("radio", name="Sound only").check()
    join(page)
    come_into_step(page)
    loaded = {url.rpartition("/")[2].partition("-")[0] for url in files if url.endswith(".m4s")}
    assert loaded == {"sound"}


def test_without_scripts_there_is_a_link(visit, panel, play, clip, ben):
    play()
    page = visit(ben, panel.get_absolute_url(), scripts=False)
    link = page.get_by_role("link", name=re.compile("Open the film in your player"))
    expect(link).to_have_attribute("href", bundles.address(panel, clip))


def test_a_wall_shows_it_by_itself(visit, panel, play, ben):
    """The element that a projector's page uses: no page of the session's around it."""
    playing = play(lead=timedelta(seconds=0))
    page = visit(ben, "/c/icdd/")
    found = page.evaluate(
        """async ({ card, script, hls }) => {
          await import(script);
          const wall = document.createElement("together-player");
          wall.dataset.hls = hls;
          wall.dataset.wordsSound = "Turn the sound on";
          document.body.replaceChildren(wall);
          wall.show(card);
          const video = wall.querySelector("video");
          const until = performance.now() + 8000;
          const wanted = () => (card.position_ms + Date.now() - Date.parse(card.since)) / 1000;
          while (performance.now() < until) {
            await new Promise((resolve) => setTimeout(resolve, 100));
            if (video.currentTime > 1 && Math.abs(video.currentTime - wanted()) < 0.3) return wall.dataset.state;
          }
          return `${video.currentTime} and not ${wanted()}`;
        }""",
        {
            "card": {
                "url": bundles.address(panel, playing.bundle),
                "title": playing.title,
                "seconds": playing.seconds,
                "position_ms": 0,
                "since": playing.since.isoformat(),
                "poster": bundles.poster_address(panel, playing.bundle),
            },
            **page_scripts(page, panel),
        },
    )
    assert found == "playing"


def page_scripts(page: Page, panel) -> dict[str, str]:
    """The addresses under which the session's page loads the module and hls.js."""
    there = page.request.get(panel.get_absolute_url()).text()
    hls = re.search(r'data-hls="([^"]+)"', there)[1]
    panel_script = re.search(r'src="([^"]+stage/panel[^"]*\.js)"', there)[1]
    together = re.search(r'from "\./(together[^"]*\.js)"', page.request.get(panel_script).text())[1]
    return {"hls": hls, "script": f"{panel_script.rpartition('/')[0]}/{together}"}
