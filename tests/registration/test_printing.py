"""Names come onto paper as they were written, in every script; what people wrote is never read as source."""

import re
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from io import BytesIO
from pathlib import Path

import av
import pytest
from django.core.files.base import ContentFile
from django.urls import reverse
from django.utils import timezone
from i18nfield.strings import LazyI18nString
from pypdf import PdfReader

from conferences.models import Conference
from files.actions import store_upload
from files.models import Upload
from jobs.actions import carry_out, claim
from jobs.models import Job, State
from outbox.errors import Invalid, NotAllowed, WrongMove
from registration import paper, papers, presence, print_jobs, printing
from registration.actions import confirm_applications
from registration.badges import issue_badge, reprint_badge, standing_badge
from registration.models import (
    Answer,
    Application,
    Attendance,
    Badge,
    Capacity,
    CertificateFor,
    Design,
    Field,
    FieldKind,
    Printout,
)
from registration.paper import Attended, Paper, badges_on_paper, certificates_on_paper, plates_on_paper
from registration.print_jobs import Chosen, discard_old_printouts, start_badges, start_certificates

pytestmark = pytest.mark.django_db

# A name in each script, and the font that has it.
NAMES = {
    "Josefa Ñandú": "NotoSans",
    "Nguyễn Thị Hồng Ánh": "NotoSans",
    "Σωκράτης Παπαδόπουλος": "NotoSans",
    "Володимир Їжак": "NotoSans",
    "محمد بن عبد الله": "NotoSansArabic",
    "王小明": "NotoSansCJKsc",
    "佐藤 さくら": "NotoSansCJKjp",
    "김민수": "NotoSansCJKkr",
    "สมชาย ใจดี": "NotoSansThai",
    "अनिल शर्मा": "NotoSans",
    "សុខា ចាន់": "NotoSansKhmer",
    "தமிழ்ச்செல்வி": "NotoSansTamil",
    "דוד כהן": "Heebo",
    "ຄຳຫຼ້າ ສີສະຫວາດ": "NotoSansLao",
    "အောင်ဆန်းစုကြည်": "NotoSansMyanmar",
    "অমর্ত্য সেন": "NotoSansBengali",
    "අනුර කුමාර": "NotoSansSinhala",
    "አበበ ቢቂላ": "NotoSansEthiopic",
    "შოთა რუსთაველი": "NotoSansGeorgian",
    "Արամ Խաչատրյան": "NotoSansArmenian",
}


@pytest.fixture
def closed(conference):
    """The same conference, over since an hour, with certificates for all who are approved."""
    now = timezone.now()
    Conference.objects.filter(pk=conference.pk).update(
        opens_at=now - timedelta(days=3), closes_at=now - timedelta(hours=1)
    )
    conference.refresh_from_db()
    Design.objects.create(conference=conference, certificate_for=CertificateFor.APPROVED)
    return conference


@pytest.fixture
def badge(delegates, fiji, apply, olga):
    """`badge("Ana")` is the badge of a delegate of Fiji."""

    def issued(name="Ana", **facts):
        application = apply(delegates, "Ana", by=olga, delegation_id=fiji.pk, email="")
        Application.objects.filter(pk=application.pk).update(name=name, **facts)
        return issue_badge(application.pk, by=olga)

    return issued


@pytest.fixture
def kept_files(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path


@pytest.fixture
def portrait(kept_files, olga):
    """A photo as somebody handed it in; `portrait(bytes)` is one that is broken."""

    def handed_in(content=None):
        file = ContentFile(content or drawn_photo(), name="me.jpg")
        return store_upload(file, purpose=papers.PURPOSE, accepts=["image/jpeg"], largest=10**7, by=olga)

    return handed_in


def drawn_photo() -> bytes:
    """A grey JPEG of 400 by 500."""
    coder = av.CodecContext.create("mjpeg", "w")
    coder.width, coder.height, coder.pix_fmt, coder.time_base = 400, 500, "yuvj420p", Fraction(1, 1)
    frame = av.VideoFrame(400, 500, "yuvj420p")
    for plane in frame.planes:
        plane.update(bytes([128]) * plane.buffer_size)
    return b"".join(bytes(packet) for packet in [*coder.encode(frame), *coder.encode(None)])


def pictures(pdf: bytes) -> int:
    """How many pictures of dots lie in the file: codes and photos. Flags are drawn."""
    found = {
        reference.idnum
        for page in PdfReader(BytesIO(pdf)).pages
        for reference in page["/Resources"].get("/XObject", {}).values()
        if reference.get_object()["/Subtype"] == "/Image"
    }
    return len(found)


def read(pdf: bytes) -> list[str]:
    """The words of each page, in one line."""
    return [" ".join(page.extract_text().split()) for page in PdfReader(BytesIO(pdf)).pages]


def fonts(pdf: bytes) -> set[str]:
    """The names of the fonts that lie in the file, without the weight."""
    found = set()
    for page in PdfReader(BytesIO(pdf)).pages:
        for font in page["/Resources"]["/Font"].values():
            found.add(str(font.get_object()["/BaseFont"]).partition("+")[2].partition("-")[0])
    return found


def size(pdf: bytes) -> tuple[int, int]:
    """Of the first page, in millimetres."""
    box = PdfReader(BytesIO(pdf)).pages[0].mediabox
    return round(float(box.width) / 72 * 25.4), round(float(box.height) / 72 * 25.4)


def work(job: Job) -> Job:
    """Does what a worker would."""
    carry_out(claim(job.pk))
    return Job.objects.get(pk=job.pk)


# Scripts


@pytest.mark.parametrize(("name", "font"), NAMES.items(), ids=NAMES.values())
def test_every_letter_of_a_name_has_its_shape(conference, badge, name, font, monkeypatch):
    """PDF/A refuses a letter that no font has: a page with an empty box is none."""
    archived = []
    monkeypatch.setattr(
        paper, "render", lambda *args, **kwargs: archived.append(printing.render(*args, **kwargs, is_archived=True))
    )
    badges_on_paper(conference, [badge(name)])
    assert font in fonts(archived[0])
    assert printing.letters_without_a_font(name) == ""


@pytest.mark.parametrize("name", ["Josefa Ñandú", "王小明", "김민수"])
def test_a_name_is_read_back_as_it_was_written(conference, badge, name):
    (page,) = read(badges_on_paper(conference, [badge(name)]))
    assert page.count(name) == 2


def test_letters_that_no_font_has_are_known_before_they_are_printed(conference, badge):
    assert printing.letters_without_a_font("Bounmy ᏣᎳᎩ Ña 王") == "ᏣᎳᎩ"
    application = badge("ᏣᎳᎩ").application
    badge("Ana")
    assert print_jobs.people_without_letters(conference) == [(application, "ᏣᎳᎩ")]
    with pytest.raises(RuntimeError):
        printing.render("plate", plate("ᏣᎳᎩ"), is_archived=True)
    assert printing.render("plate", plate("ᏣᎳᎩ"))


def plate(name: str) -> dict:
    return {"title": "x", "acronym": "ICDD", "logo": "", "language": "en", "plates": [{"name": name, "flag": ""}]}


def test_nothing_of_the_machine_is_used_but_its_packages(settings):
    places = (str(settings.ROOT), str(settings.DATA))
    fonts = printing._fonts().fonts()
    assert "Noto Sans" in {font.family for font in fonts}
    assert [font.path for font in fonts if not font.path or not font.path.startswith(places)] == []


# Source


@pytest.mark.parametrize(
    "name",
    [
        '#panic("x")',
        '#read("/etc/passwd")',
        "*bold* $x^2$ `raw` @label <label>",
        '"] #panic("x") #["',
        "\\u{41} // comment /* comment",
        '"}, "badges": [], "x": {"',
    ],
)
def test_a_name_is_never_source(conference, badge, name):
    (page,) = read(badges_on_paper(conference, [badge(name, function=name, honorific=name[:60])]))
    # A reader of PDF tells letters, not the spaces that lines end with, and one i for all that look alike.
    assert "".join(name.split()) in "".join(page.split()).replace("ị", "i")


@pytest.mark.parametrize("name", ["Wolfeschlegelsteinhausenbergerdorff " * 5, "W" * 200, "王" * 200])
def test_a_name_of_two_hundred_letters_wraps_within_its_side(conference, badge, name):
    """Lines that begin on the page between head and band, and as many as so many letters need."""
    pdf = badges_on_paper(conference, [badge(name.strip())], paper=Paper.A6)
    for page in PdfReader(BytesIO(pdf)).pages:
        lines = set()

        def note(text, outer, inner, _font, _size, lines=lines) -> None:
            if name[0] in text:
                x = inner[4] * outer[0] + inner[5] * outer[2] + outer[4]
                y = inner[4] * outer[1] + inner[5] * outer[3] + outer[5]
                lines.add((round(x), round(y)))

        page.extract_text(visitor_text=note)
        heights = {y for _x, y in lines}
        assert 4 <= len(heights) <= 20
        # In points: margins of 8 mm, the band of 15 mm below, the head of 16 mm above.
        assert all(22 <= x <= 275 and 42 < y < 375 for x, y in lines)


# Badges


def test_a_badge_says_who_for_whom_as_what_and_holds_the_code(conference, badge):
    issued = badge(honorific="H.E. Ms", function="Minister")
    conference.name, conference.city = "Conference on Things", "Bali"
    pdf = badges_on_paper(conference, [issued])
    (page,) = read(pdf)
    for words in ("Ana", "H.E. Ms", "Minister", "Fiji", "Delegates", "Conference on Things", "Bali", "ICDD"):
        assert words in page
    assert size(pdf) == (210, 297)
    assert issued.code not in page


def test_two_badges_share_a_sheet_and_a_printer_of_badges_gets_pages_of_a6(conference, badge):
    three = [badge(name) for name in ("Ana", "Bo", "Cleo")]
    assert len(read(badges_on_paper(conference, three))) == 2
    small = badges_on_paper(conference, three, paper=Paper.A6)
    assert size(small) == (105, 148)
    assert ["Bo" in page for page in read(small)] == [False, False, True, True, False, False]


def test_a_portrait_comes_onto_the_badge_and_a_passport_does_not(conference, badge, delegates, portrait):
    issued = badge()
    passport = Field.objects.create(category=delegates, kind=FieldKind.PHOTO, label="Passport", is_sensitive=True)
    answer = Answer.objects.create(application=issued.application, field=passport, upload=portrait())
    without = badges_on_paper(conference, [issued])
    Answer.objects.filter(pk=answer.pk).update(
        field=Field.objects.create(category=delegates, kind=FieldKind.PHOTO, label="Photo")
    )
    assert pictures(badges_on_paper(conference, [issued])) == pictures(without) + 1


def test_a_portrait_that_cannot_be_read_is_left_out(conference, badge, delegates, portrait):
    issued = badge()
    photo = Field.objects.create(category=delegates, kind=FieldKind.PHOTO, label="Photo")
    Answer.objects.create(application=issued.application, field=photo, upload=portrait(b"\xff\xd8\xff broken"))
    assert "Ana" in read(badges_on_paper(conference, [issued]))[0]


# Seat plates and certificates


def test_plates_stand_in_protocol_order_with_their_name_on_both_sides(client, conference, olga, fiji, finland):
    fiji.position, finland.position = 2, 1
    fiji.save()
    finland.save()
    client.force_login(olga)
    answer = client.get(reverse("registration:plates", args=[conference.slug]))
    pages = read(answer.content)
    assert [page.count(name) for page, name in zip(pages, ("Finland", "Fiji"), strict=True)] == [2, 2]
    assert size(answer.content) == (297, 210)
    one = client.get(reverse("registration:plates", args=[conference.slug]), {"delegation": fiji.pk})
    assert [page.count("Fiji") for page in read(one.content)] == [2]


def test_plates_come_in_the_language_that_is_asked_for(conference, finland):
    finland.name = LazyI18nString({"en": "Finland", "fr": "Finlande"})
    assert "Finlande" in read(plates_on_paper(conference, [finland], language="fr"))[0]
    assert "Finlande" not in read(plates_on_paper(conference, [finland]))[0]


def test_plates_are_for_the_secretariat(client, conference, fiji, ben):
    client.force_login(ben)
    assert client.get(reverse("registration:plates", args=[conference.slug])).status_code == 403


def test_a_certificate_says_who_took_part_in_what_and_when(conference, public, apply):
    application = apply(public, "Ana")
    conference.opens_at, conference.closes_at = datetime(2021, 11, 16, tzinfo=UTC), datetime(2021, 11, 19, tzinfo=UTC)
    pdf = certificates_on_paper(conference, [application])
    (page,) = read(pdf)
    for words in ("Certificate of attendance", "Ana", "Conference on Digital Diplomacy", "16–19 Nov 2021"):
        assert words in page.replace("ị", "i")
    assert size(pdf) == (297, 210)


def test_a_certificate_says_what_the_ledger_knows(conference, public, apply, monkeypatch):
    ana, bo = apply(public, "Ana"), apply(public, "Bo")
    monkeypatch.setattr(presence, "_ledgers", [lambda _conference, _users: {ana.user_id: Attended(3, 150)}])
    first, second = read(certificates_on_paper(conference, [ana, bo]))
    assert "Present in 3 sessions, 150 minutes in all" in first.replace("ị", "i")
    assert "Present" not in second


def test_certificates_are_given_when_the_conference_is_over(client, conference, public, apply, closed, olga):
    ana = apply(public, "Ana")
    confirm_applications(of=ana.user)
    mine = reverse("registration:my_certificate", args=[conference.slug])
    client.force_login(ana.user)
    assert client.get(mine).content.startswith(b"%PDF-")
    Conference.objects.filter(pk=conference.pk).update(closes_at=timezone.now() + timedelta(hours=1))
    assert client.get(mine).status_code == 409
    with pytest.raises(WrongMove):
        start_certificates(conference.pk, by=olga)


def test_who_was_not_approved_gets_no_certificate(client, press, apply, closed):
    waiting = apply(press, "Ana")
    client.force_login(waiting.user)
    assert client.get(reverse("registration:my_certificate", args=[closed.slug])).status_code == 404


# Jobs


def printed(job: Job) -> list[str]:
    """The pages of what a job made."""
    done = work(job)
    assert (done.state, done.error) == (State.DONE, "")
    printout = Printout.objects.select_related("upload").get(pk=done.result["printout"])
    with printout.upload.file.open("rb") as file:
        return read(file.read())


@pytest.mark.usefixtures("kept_files")
def test_all_badges_come_in_one_file_by_delegation_category_and_name(
    conference, public, delegates, fiji, finland, apply, olga, monkeypatch
):
    monkeypatch.setattr(print_jobs, "CHUNK", 2)
    for name, category, seat in (
        ("Zoe", public, None),
        ("Bo", delegates, finland),
        ("Cleo", delegates, fiji),
        ("Ana", public, None),
        ("Dan", delegates, fiji),
    ):
        apply(category, name, by=olga, delegation_id=seat.pk if seat else None)
    apply(public, "Online", by=olga, attendance=Attendance.ONLINE)
    job = start_badges(conference.pk, Chosen(), paper=Paper.A6, by=olga)
    fronts = printed(job)[::2]
    order = [next(name for name in ("Zoe", "Bo", "Cleo", "Ana", "Dan") if name in page) for page in fronts]
    assert order == ["Cleo", "Dan", "Bo", "Ana", "Zoe"]
    job.refresh_from_db()
    assert (job.done_count, job.total_count) == (5, 5)
    assert Badge.objects.exclude(printed_at=None).count() == 5


@pytest.mark.usefixtures("kept_files")
def test_what_is_printed_is_not_printed_again_but_what_is_new_is(conference, public, apply, olga):
    ana, bo = apply(public, "Ana"), apply(public, "Bo")
    printed(start_badges(conference.pk, Chosen(only_new=True), by=olga))
    with pytest.raises(Invalid):
        start_badges(conference.pk, Chosen(only_new=True), by=olga)
    apply(public, "Cleo")
    reprint_badge(bo.pk, reason="Lost", by=olga)
    (page,) = printed(start_badges(conference.pk, Chosen(only_new=True), by=olga))
    assert [name in page for name in ("Ana", "Bo", "Cleo")] == [False, True, True]
    assert standing_badge(ana) is not None


@pytest.mark.usefixtures("kept_files")
def test_a_job_that_is_repeated_prints_the_same_people(conference, public, apply, olga):
    apply(public, "Ana")
    job = start_badges(conference.pk, Chosen(only_new=True), by=olga)
    printed(job)
    Job.objects.filter(pk=job.pk).update(state=State.WAITING)
    assert "Ana" in printed(job)[0]
    assert Badge.objects.count() == 1


@pytest.mark.usefixtures("kept_files")
def test_a_category_or_a_delegation_is_printed_alone(conference, public, delegates, fiji, finland, apply, olga):
    apply(public, "Ana")
    apply(delegates, "Bo", by=olga, delegation_id=fiji.pk)
    apply(delegates, "Cleo", by=olga, delegation_id=finland.pk)
    (page,) = printed(start_badges(conference.pk, Chosen(category_id=public.pk), by=olga))
    assert [name in page for name in ("Ana", "Bo", "Cleo")] == [True, False, False]
    (page,) = printed(start_badges(conference.pk, Chosen(delegation_id=finland.pk), by=olga))
    assert [name in page for name in ("Ana", "Bo", "Cleo")] == [False, False, True]


def test_only_the_secretariat_prints(conference, public, apply, ben):
    apply(public, "Ana")
    with pytest.raises(NotAllowed):
        start_badges(conference.pk, Chosen(), by=ben)
    with pytest.raises(NotAllowed):
        start_certificates(conference.pk, by=ben)


@pytest.mark.usefixtures("kept_files")
def test_the_page_of_the_job_leads_to_the_file_and_back_to_the_desk(client, conference, public, apply, olga):
    apply(public, "Ana")
    job = start_badges(conference.pk, Chosen(), by=olga)
    client.force_login(olga)
    desk = reverse("registration:print", args=[conference.slug])
    begins = client.get(job.get_absolute_url()).content.decode()
    assert f'href="{desk}">Back to Print</a>' in begins
    assert "ICDD" in begins
    printed(job)
    page = client.get(job.get_absolute_url()).content.decode()
    file = reverse("files:download", args=[Printout.objects.get().upload_id])
    assert f'href="{file}">Download the badges (PDF)</a>' in page
    Printout.objects.all().delete()
    job.refresh_from_db()
    assert job.leads_to == f"{desk}#files"


def test_who_may_print_no_longer_gets_nothing_from_a_job_that_waited(conference, public, apply, olga):
    apply(public, "Ana")
    job = start_badges(conference.pk, Chosen(), by=olga)
    olga.memberships.all().delete()
    assert work(job).state == State.FAILED
    assert not Printout.objects.exists()
    assert not Badge.objects.exists()


@pytest.mark.usefixtures("kept_files")
def test_a_file_is_read_by_the_secretariat_and_gone_after_a_day(client, conference, public, apply, olga, ben):
    apply(public, "Ana")
    done = work(start_badges(conference.pk, Chosen(), by=olga))
    printout = Printout.objects.get(pk=done.result["printout"])
    file = reverse("files:download", args=[printout.upload_id])
    client.force_login(ben)
    assert client.get(file).status_code == 404
    client.force_login(olga)
    assert client.get(file).status_code == 200
    assert discard_old_printouts() == 0
    Printout.objects.update(made_at=timezone.now() - timedelta(days=1, minutes=1))
    assert client.get(file).status_code == 404
    assert discard_old_printouts() == 1
    assert not Upload.objects.exists()


@pytest.mark.usefixtures("kept_files")
def test_everybodys_certificate_comes_in_one_file(conference, public, press, apply, closed, olga):
    for name in ("Ana", "Bo"):
        apply(public, name)
    apply(press, "Cleo")
    pages = printed(start_certificates(conference.pk, by=olga))
    assert len(pages) == 2
    assert not any("Cleo" in page for page in pages)


# The page


def test_the_secretariat_starts_printing_from_its_page(client, conference, public, apply, olga):
    client.force_login(olga)
    page = reverse("registration:print", args=[conference.slug])
    assert b'value="a4" required id="id_paper_0" checked' in client.get(page).content
    nobody = client.post(page, {"paper": "a4"})
    assert nobody.status_code == 422
    assert b"Nobody fits" in nobody.content
    apply(public, "Ana")
    assert client.post(page, {"paper": "a4", "category": public.pk}).url == Job.objects.get().get_absolute_url()
    assert Job.objects.get().arguments["category"] == public.pk
    assert client.post(page, {"paper": "a3"}).status_code == 422


@pytest.mark.usefixtures("kept_files")
def test_the_badges_that_wait_at_the_desk_are_named_and_printed_alone(client, conference, public, apply, olga):
    ana, bo, cleo = apply(public, "Ana"), apply(public, "Bo"), apply(public, "Cleo")
    remote = apply(public, "Rae", attendance=Attendance.ONLINE)
    client.force_login(olga)
    page = reverse("registration:print", args=[conference.slug])
    issue_badge(cleo.pk, by=cleo.user)  # on a phone
    assert b"Print just these" not in client.get(page).content
    assert client.post(page, {"queue": "yes", "paper": "a4"}, follow=True).context["queue_count"] == 0
    assert not Job.objects.exists()

    reprint_badge(bo.pk, reason="Lost", by=olga)
    issue_badge(remote.pk, by=olga)
    shown = client.get(page)
    assert [badge.application for badge in shown.context["queue"]] == [bo]
    assert b"1 badge waits to be printed" in shown.content
    client.post(page, {"queue": "yes", "paper": "a6"})
    job = Job.objects.get()
    assert (job.arguments["only_waiting"], job.arguments["paper"]) == (True, "a6")
    front, _back = printed(job)
    assert [name in front for name in ("Ana", "Bo", "Cleo")] == [False, True, False]
    assert client.get(page).context["queue_count"] == 0
    assert standing_badge(ana) is None
    Job.objects.filter(pk=job.pk).update(state=State.WAITING)
    assert "Bo" in printed(job)[0]


def test_the_page_names_whose_letters_no_font_has(client, conference, public, apply, olga):
    application = apply(public, "Ana")
    client.force_login(olga)
    page = reverse("registration:print", args=[conference.slug])
    assert b"empty boxes" not in client.get(page).content
    Application.objects.filter(pk=application.pk).update(name="ᏣᎳᎩ")
    shown = client.get(page).content.decode()
    assert "empty boxes" in shown
    assert "ᏣᎳᎩ" in shown


def test_the_page_is_for_the_secretariat(client, conference, ben):
    page = reverse("registration:print", args=[conference.slug])
    assert client.get(page).status_code in (302, 403)
    client.force_login(ben)
    assert client.get(page).status_code == 403
    assert client.post(reverse("registration:print_certificates", args=[conference.slug])).status_code == 403


def test_a_capacity_has_one_colour_on_paper_and_at_the_door():
    css = Path(paper.__file__).with_name("static").joinpath("registration/door.css").read_text()
    told = dict(re.findall(r'data-capacity="(\w+)"\] { background: (#\w+)', css))
    assert told == {str(capacity): colour for capacity, colour in paper.COLOURS.items()}
    assert set(told) == set(Capacity.values)
    for colour in told.values():
        red, green, blue = (
            channel / 12.92 if channel <= 0.03928 else ((channel + 0.055) / 1.055) ** 2.4
            for channel in (int(colour[start : start + 2], 16) / 255 for start in (1, 3, 5))
        )
        assert 1.05 / (0.2126 * red + 0.7152 * green + 0.0722 * blue + 0.05) >= 5, colour
