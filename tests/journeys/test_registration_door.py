"""The door works without a link: what it reads is told when the link is back, once, and in the order it was read."""

import os
from uuid import uuid4

import pytest
import segno
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import BrowserContext, Page, expect

from registration.actions import set_places, submit_application
from registration.door import add_gate, enrol_device, invite_device, revoke_device
from registration.models import Attendance, Badge, Capacity, Category, Device, Field, FieldKind, Scan
from registration.wishes import Facts, Wish

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def public(conference):
    return Category.objects.create(conference=conference, capacity=Capacity.PUBLIC, name="Public", needs_approval=False)


@pytest.fixture
def badges(conference, public, olga):
    """Ten people with badges, by name."""
    made = {}
    for number in range(10):
        wish = Wish(category_id=public.pk, facts=Facts(name=f"Person {number}"), submit_key=uuid4())
        application = submit_application(wish, by=olga)
        made[application.name] = Badge.objects.create(application=application, code=f"code-{number}")
    return made


@pytest.fixture
def gate(conference, olga):
    return add_gate(conference.pk, name="North entrance", by=olga)


@pytest.fixture
def door(visit, gate, olga):
    """`door()` is a phone that was enrolled by scanning the code and is ready to work without a link."""

    def opened(name="Phone", at=gate) -> Page:
        _, invitation = invite_device(at.pk, name=name, by=olga)
        page = visit(None, reverse("registration:enrol_device", args=[invitation]), viewport="phone", silent=False)
        page.get_by_role("button", name="Begin").click()
        expect(page.locator("[data-door]")).to_have_attribute("data-ready", "true")
        return page

    return opened


def read(page: Page, code: str) -> None:
    """As a hand scanner does: it types the code and a line's end."""
    field = page.get_by_label("Code of the badge")
    field.fill(f"SIDANG1:{code}")
    field.press("Enter")


def said(page: Page, outcome: str, name: str = "") -> None:
    expect(page.locator("[data-result]")).to_have_attribute("data-outcome", outcome)
    expect(page.locator("[data-name]")).to_have_text(name)


def waiting(page: Page, count: int) -> None:
    expect(page.locator("[data-door]")).to_have_attribute("data-waiting", str(count))


def test_ten_badges_are_read_without_a_link_and_told_once_when_it_is_back(door, badges):
    page = door()
    page.context.set_offline(True)
    for number, name in enumerate(badges):
        read(page, f"code-{number}")
        said(page, "passed", name)
    read(page, "code-3")
    said(page, "again", "Person 3")
    waiting(page, 11)
    assert not Scan.objects.exists()

    # The phone's browser is closed and opened again: the page, the list and what waits are still there.
    page.reload()
    waiting(page, 11)
    expect(page.locator("[data-door]")).to_have_attribute("data-people", "10")
    read(page, "nothing")
    said(page, "unknown")

    page.context.set_offline(False)
    waiting(page, 0)
    expect(page.locator("[data-door]")).to_have_attribute("data-link", "linked")
    told = list(Scan.objects.order_by("at").values_list("application__name", "outcome"))
    assert told == [*((name, "passed") for name in badges), ("Person 3", "again"), (None, "unknown")]
    page.reload()
    expect(page.locator("[data-door]")).to_have_attribute("data-link", "linked")
    assert Scan.objects.count() == 12


def test_what_the_server_did_not_confirm_is_sent_again_and_written_once(door, badges):
    page = door()
    answers = []

    def lose_the_first(route) -> None:
        answers.append(route.fetch().status)
        if len(answers) == 1:
            route.abort()
        else:
            route.continue_()

    page.context.route("**/door/scans/", lose_the_first)
    read(page, "code-0")
    expect(page.locator("[data-door]")).to_have_attribute("data-link", "away")
    waiting(page, 1)
    page.evaluate("dispatchEvent(new Event('online'))")
    waiting(page, 0)
    assert answers == [200, 200]
    assert Scan.objects.count() == 1


def test_a_link_whose_return_the_browser_does_not_notice_is_found_by_trying(door, badges):
    page = door()
    page.context.route("**/door/scans/", lambda route: route.abort())
    read(page, "code-0")
    expect(page.locator("[data-door]")).to_have_attribute("data-link", "away")
    waiting(page, 1)
    page.context.unroute("**/door/scans/")
    waiting(page, 0)
    expect(page.locator("[data-door]")).to_have_attribute("data-link", "linked")
    assert Scan.objects.count() == 1


@pytest.fixture
def two_doors(badges, door, conference, olga):
    """A phone at each of two gates, without a link; Person 5 came in at the south and a minute later at the north."""
    north = door("Phone N")
    south = door("Phone S", add_gate(conference.pk, name="South entrance", by=olga))
    for page in (north, south):
        page.context.set_offline(True)
    south.clock.install()
    read(south, "code-5")
    said(south, "passed", "Person 5")
    south.clock.fast_forward("01:00")
    read(north, "code-5")
    said(north, "passed", "Person 5")
    read(north, "code-6")
    said(north, "passed", "Person 6")
    return north, south


def tells(page: Page) -> None:
    page.context.set_offline(False)
    waiting(page, 0)


def differs(page: Page) -> None:
    """Once, however often the page asks; and it is still told to somebody who comes to the gate afterwards."""
    for _ in range(2):
        lines = page.locator("[data-differs] li")
        expect(lines).to_have_count(1)
        expect(lines).to_contain_text("Person 5")
        expect(lines).to_contain_text("South entrance")
        page.reload()
        expect(page.locator("[data-door]")).to_have_attribute("data-ready", "true")


OTHERWISE = [
    ("South entrance", "Person 5", "passed"),
    ("North entrance", "Person 5", "again"),
    ("North entrance", "Person 6", "passed"),
]


def written():
    return list(Scan.objects.order_by("at").values_list("gate__name", "application__name", "outcome"))


def test_two_devices_read_one_badge_and_the_later_learns_of_it(two_doors):
    north, south = two_doors
    tells(south)
    tells(north)
    differs(north)
    expect(south.locator("[data-differs] li")).to_have_count(0)
    assert written() == OTHERWISE


def test_the_later_learns_of_it_also_if_the_earlier_tells_last(two_doors):
    north, south = two_doors
    tells(north)
    expect(north.locator("[data-door]")).to_have_attribute("data-link", "linked")
    expect(north.locator("[data-differs] li")).to_have_count(0)
    tells(south)
    north.evaluate("dispatchEvent(new Event('online'))")  # as it looks by itself every 20 seconds
    differs(north)
    assert written() == OTHERWISE


def test_a_revoked_badge_is_refused_also_without_a_link(door, badges):
    page = door()
    Badge.objects.filter(code="code-7").update(revoked_at=timezone.now())
    before = page.locator("[data-door]").get_attribute("data-heard")
    page.evaluate("dispatchEvent(new Event('online'))")  # as it looks by itself every 20 seconds
    expect(page.locator("[data-door]")).not_to_have_attribute("data-heard", before)
    page.context.set_offline(True)
    read(page, "code-7")
    said(page, "revoked")
    page.context.set_offline(False)
    waiting(page, 0)
    assert Scan.objects.get().outcome == "revoked"


def test_somebody_without_a_badge_is_found_by_name_and_goes_out_again(door, badges):
    page = door()
    page.context.set_offline(True)
    page.get_by_label("Search by name").fill("person 8")
    page.get_by_role("button", name="Let pass").click()
    said(page, "passed", "Person 8")
    page.get_by_label("Going out").check(force=True)
    page.get_by_role("button", name="Let pass").click()
    said(page, "passed", "Person 8")
    page.context.set_offline(False)
    waiting(page, 0)
    assert list(Scan.objects.order_by("at").values_list("direction", flat=True)) == ["in", "out"]


def test_a_walk_in_is_registered_and_passes(door, badges):
    page = door()
    page.get_by_text("Register somebody new").click()
    form = page.locator("[data-walk-in]")
    form.get_by_label("Name").fill("Wim")
    form.get_by_label("Category").select_option(label="Public")
    form.get_by_role("button", name="Register").click()
    said(page, "approved", "Wim")
    expect(page.locator("[data-outcome-word]")).to_have_text("Registered: may pass")
    expect(page.locator("[data-door]")).to_have_attribute("data-people", "11")
    page.get_by_label("Search by name").fill("wim")
    page.get_by_role("button", name="Let pass").click()
    said(page, "passed", "Wim")
    page.get_by_text("Register somebody new").click()
    page.context.set_offline(True)
    expect(form.get_by_role("button", name="Register")).to_be_disabled()
    expect(page.get_by_text("This needs a link to the server.")).to_be_visible()


def test_a_consent_is_read_out_for_the_category_that_asks_for_it(door, conference, public, badges):
    consent = {"kind": FieldKind.CONSENT, "is_required": True}
    Field.objects.create(category=public, label="I agree", **consent)
    press = Category.objects.create(conference=conference, capacity=Capacity.PRESS, name="Press", position=1)
    Field.objects.create(category=press, label="I hold a press card", **consent)
    page = door()
    page.get_by_text("Register somebody new").click()
    form = page.locator("[data-walk-in]")
    form.get_by_label("Category").select_option(label="Press")
    expect(form.get_by_label("I agree")).to_be_hidden()
    form.get_by_label("Name").fill("Pat")
    form.get_by_role("button", name="Register").click()
    expect(form.get_by_text("Nobody can be registered without this.")).to_be_visible()
    form.get_by_label("I hold a press card").check()
    form.get_by_role("button", name="Register").click()
    said(page, "approved", "Pat")


def test_a_new_badge_is_asked_about_by_name_and_kills_nothing_on_one_tap(door, badges):
    page = door()
    page.get_by_label("Search by name").fill("person 8")
    page.get_by_role("button", name="Lost the badge?").click()
    sure = page.get_by_role("dialog")
    expect(sure).to_contain_text("Person 8")
    sure.get_by_role("button", name="Keep the old one").click()
    expect(sure).to_be_hidden()
    assert badges["Person 8"].application.badges.count() == 1
    page.get_by_role("button", name="Lost the badge?").click()
    sure.get_by_role("button", name="Make a new badge").click()
    expect(page.locator("[data-reprinted]")).to_contain_text("Person 8")
    assert badges["Person 8"].application.badges.count() == 2


def test_a_first_badge_is_made_without_asking_since_nothing_is_lost(door, badges, public, olga):
    wish = Wish(category_id=public.pk, facts=Facts(name="Noor"), submit_key=uuid4())
    noor = submit_application(wish, by=olga)
    page = door()
    page.get_by_label("Search by name").fill("noor")
    page.get_by_role("button", name="Make a badge").click()
    expect(page.locator("[data-reprinted]")).to_have_text("Noor: The badge waits to be printed at the desk.")
    assert noor.badges.count() == 1


def test_who_waits_is_sent_to_the_desk_and_who_follows_online_is_not_green(door, badges, public, conference, olga):
    for name, wish in (("Minister Wei", {}), ("Rae", {"attendance": Attendance.ONLINE})):
        set_places(conference.pk, sizes={"in_room": 10}, by=olga)
        submit_application(Wish(category_id=public.pk, facts=Facts(name=name), submit_key=uuid4(), **wish), by=olga)
    page = door()
    page.get_by_label("Search by name").fill("wei")
    expect(page.locator("[data-found]")).to_contain_text("On the waiting list: send to the desk")
    expect(page.get_by_role("button", name="Let pass")).to_have_count(0)
    page.get_by_label("Search by name").fill("rae")
    page.get_by_role("button", name="Let pass").click()
    said(page, "passed", "Rae")
    expect(page.locator("[data-outcome-word]")).to_have_text("Follows online")
    expect(page.locator("[data-result]")).to_have_attribute("data-online", "")


def test_a_device_that_is_revoked_forgets_everybody(door, badges, olga):
    page = door()
    revoke_device(Device.objects.get().pk, by=olga)
    page.evaluate("dispatchEvent(new Event('online'))")
    expect(page.get_by_role("heading", name="This phone reads no badges")).to_be_visible()
    kept = """async () => {
      const request = indexedDB.open("door", 1);
      const database = await new Promise((resolve) => { request.onsuccess = () => resolve(request.result); });
      const list = database.transaction("kept").objectStore("kept").get("list");
      await new Promise((resolve) => { list.onsuccess = resolve; });
      return list.result ?? null;
    }"""
    assert page.evaluate(kept) is None
    page.context.set_offline(True)
    with pytest.raises(Exception, match=r"ERR_INTERNET_DISCONNECTED|ERR_FAILED"):
        page.reload()


@pytest.mark.parametrize("direction", ["ltr", "rtl"])
def test_axe_finds_nothing_at_the_door(visit, site, gate, olga, badges, direction, complaints_of_axe):
    _, invitation = invite_device(gate.pk, name="Phone", by=olga)
    page = visit(None, "/health/", viewport="phone")
    if direction == "rtl":
        home = f"http://localhost:{site.port}"
        page.context.add_cookies([{"name": "django_language", "value": "ar", "url": home}])
    page.goto(reverse("registration:enrol_device", args=[invitation]))
    page.locator("main form button").click()
    expect(page.locator("[data-door]")).to_have_attribute("data-ready", "true")
    complaints = {}
    for code, outcome in (("code-1", "passed"), ("code-1", "again"), ("nothing", "unknown")):
        page.locator("#code").fill(code)
        page.locator("#code").press("Enter")
        said(page, outcome, "" if outcome == "unknown" else "Person 1")
        page.locator("#search").fill("person")
        complaints[outcome] = complaints_of_axe(page)
    assert complaints == {"passed": [], "again": [], "unknown": []}
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


@pytest.fixture
def camera(chromium, site, tmp_path):
    """`camera("text")` is a browser whose camera sees this text as a code on a badge, and nothing else."""
    browsers = []

    def seeing(text: str) -> BrowserContext:
        film = tmp_path / "badge.y4m"
        film.write_bytes(filmed(segno.make(text, error="m", mask=3, micro=False)))
        args = [
            "--no-sandbox",
            "--use-fake-ui-for-media-stream",
            "--use-fake-device-for-media-stream",
            f"--use-file-for-fake-video-capture={film}",
        ]
        program = os.environ.get("CHROMIUM", "/usr/bin/chromium")
        browsers.append(chromium.browser_type.launch(executable_path=program, args=args))
        return browsers[-1].new_context(
            base_url=f"http://localhost:{site.port}", viewport={"width": 390, "height": 844}, permissions=["camera"]
        )

    yield seeing
    for browser in browsers:
        browser.close()


def filmed(code: segno.QRCode) -> bytes:
    """A still of 640 by 480, grey around a white badge with the code on it."""
    width, height, module = 640, 480, 8
    rows = [list(row) for row in code.matrix_iter(scale=module, border=4)]
    left, top = (width - len(rows[0])) // 2, (height - len(rows)) // 2
    grey = bytearray(b"\x80" * (width * height))
    for number, row in enumerate(rows):
        at = (top + number) * width + left
        grey[at : at + len(row)] = bytes(16 if dark else 235 for dark in row)
    colours = b"\x80" * (width * height // 2)
    return b"YUV4MPEG2 W640 H480 F10:1 Ip A1:1 C420mpeg2\n" + (b"FRAME\n" + bytes(grey) + colours) * 5


def test_the_camera_reads_a_badge_without_a_link_and_only_once(camera, gate, olga, badges):
    _, invitation = invite_device(gate.pk, name="Phone", by=olga)
    page = camera("SIDANG1:code-4").new_page()
    page.goto(reverse("registration:enrol_device", args=[invitation]))
    page.get_by_role("button", name="Begin").click()
    expect(page.locator("[data-door]")).to_have_attribute("data-ready", "true")
    page.context.set_offline(True)
    page.get_by_role("button", name="Read with the camera").click()
    said(page, "passed", "Person 4")
    page.wait_for_timeout(1500)  # the badge stays in sight
    waiting(page, 1)
    page.get_by_role("button", name="Stop the camera").click()
    expect(page.locator("[data-video]")).to_be_hidden()


def test_an_invitation_that_was_used_enrols_no_second_phone(door, visit, gate, olga):
    _, invitation = invite_device(gate.pk, name="Phone", by=olga)
    enrol_device(invitation)
    page = visit(None, reverse("registration:enrol_device", args=[invitation]), silent=False)
    expect(page.get_by_role("heading")).to_contain_text("This code was used already")
