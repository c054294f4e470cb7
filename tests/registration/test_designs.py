"""What of a conference's own stands on its papers, and whose certificate of attendance is given."""

from datetime import timedelta
from io import BytesIO
from uuid import uuid4

import pytest
import segno
from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone
from pypdf import PdfReader

from conferences.models import Conference
from files.models import Upload
from outbox.errors import Invalid, NotAllowed, WrongMove
from registration import presence
from registration.badges import issue_badge
from registration.designs import MOST_PIXELS, DesignFacts, set_design, store_picture
from registration.door import Scanned, add_gate, enrol_device, invite_device, take_scans
from registration.models import CertificateFor, Design, Direction
from registration.paper import badges_on_paper, certificates_on_paper, plates_on_paper
from registration.presence import Attended
from registration.print_jobs import is_certified, people_to_certify, start_certificates

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _kept_files(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path


def drawn(words="logo", *, scale=4) -> bytes:
    """Some PNG."""
    file = BytesIO()
    segno.make(words).save(file, kind="png", scale=scale)
    return file.getvalue()


@pytest.fixture
def picture(olga):
    """`picture()` is a logo that Olga handed in."""

    def handed_in(content=None, by=olga):
        return store_picture(ContentFile(content or drawn(), name="logo.png"), by=by)

    return handed_in


@pytest.fixture
def badge(public, apply, olga):
    return issue_badge(apply(public, "Ana").pk, by=olga)


@pytest.fixture
def over(conference):
    now = timezone.now()
    Conference.objects.update(opens_at=now - timedelta(days=3), closes_at=now - timedelta(hours=1))
    conference.refresh_from_db()
    return conference


def words_in(pdf: bytes) -> str:
    return " ".join(" ".join(page.extract_text().split()) for page in PdfReader(BytesIO(pdf)).pages).replace("ị", "i")


def pictures_in(pdf: bytes) -> int:
    found = set()
    for page in PdfReader(BytesIO(pdf)).pages:
        for reference in page["/Resources"].get("/XObject", {}).values():
            if reference.get_object()["/Subtype"] == "/Image":
                found.add(reference.idnum)
    return len(found)


# What stands on the papers


def test_a_logo_stands_on_every_paper(conference, badge, fiji, olga, picture):
    def papers():
        return [
            badges_on_paper(conference, [badge]),
            plates_on_paper(conference, [fiji]),
            certificates_on_paper(conference, [badge.application]),
        ]

    before = [pictures_in(pdf) for pdf in papers()]
    set_design(conference.pk, DesignFacts(logo=picture().pk), by=olga)
    assert [pictures_in(pdf) for pdf in papers()] == [count + 1 for count in before]


def test_a_logo_whose_file_is_lost_stops_no_printing(conference, badge, olga, picture):
    logo = picture()
    set_design(conference.pk, DesignFacts(logo=logo.pk), by=olga)
    logo.file.storage.delete(logo.path)
    assert "Ana" in words_in(badges_on_paper(conference, [badge]))


def test_the_conferences_own_words_stand_on_its_papers(conference, badge, olga):
    facts = DesignFacts(
        back_words="If found: +62 361 000",
        certificate_title="Certificate of participation",
        certifies="We gladly confirm that",
        took_part="contributed to",
        signed_by="Secretary-General",
    )
    set_design(conference.pk, facts, by=olga)
    assert "If found: +62 361 000" in words_in(badges_on_paper(conference, [badge]))
    certificate = words_in(certificates_on_paper(conference, [badge.application]))
    for words in ("Certificate of participation", "We gladly confirm that", "contributed to", "Secretary-General"):
        assert words.replace("ị", "i") in certificate


def test_what_people_wrote_is_no_markup(conference, badge, olga):
    set_design(conference.pk, DesignFacts(back_words="#panic() *bold* $x$"), by=olga)
    assert "#panic() *bold* $x$" in words_in(badges_on_paper(conference, [badge]))


def test_a_signature_stands_above_the_line(conference, badge, olga, picture):
    set_design(conference.pk, DesignFacts(signature=picture().pk), by=olga)
    assert pictures_in(certificates_on_paper(conference, [badge.application])) == 1
    assert pictures_in(badges_on_paper(conference, [badge])) == 1  # its code


# Setting it


@pytest.mark.parametrize("content", [drawn()[:100], b"\x89PNG\r\n\x1a\n nothing", b"%PDF-1.7", b"<svg/>"])
def test_what_cannot_be_set_on_paper_is_refused_when_it_is_handed_in(picture, content):
    with pytest.raises(ValidationError):
        picture(content)
    assert not Upload.objects.exists()


def test_a_picture_of_too_many_dots_is_refused(picture):
    content = drawn(scale=140)
    assert MOST_PIXELS < (140 * 29) ** 2
    with pytest.raises(ValidationError, match="6 megapixels"):
        picture(content)


def test_a_picture_that_is_replaced_is_gone(conference, olga, picture):
    first, second = picture(), picture(drawn("second"))
    set_design(conference.pk, DesignFacts(logo=first.pk), by=olga)
    set_design(conference.pk, DesignFacts(logo=second.pk), by=olga)
    assert list(Upload.objects.all()) == [second]
    set_design(conference.pk, DesignFacts(), by=olga)
    assert not Upload.objects.exists()


def test_somebody_elses_picture_is_nobodys_logo(conference, olga, ben, picture):
    theirs = picture(by=ben)
    for wrong in (theirs.pk, theirs.pk + 1000):
        with pytest.raises(Invalid) as refused:
            set_design(conference.pk, DesignFacts(logo=wrong), by=olga)
        assert set(refused.value.fields) == {"logo"}
    assert not Design.objects.exists()


def test_a_design_is_the_secretariats(client, conference, ben, olga, picture):
    with pytest.raises(NotAllowed):
        set_design(conference.pk, DesignFacts(), by=ben)
    logo = picture()
    set_design(conference.pk, DesignFacts(logo=logo.pk), by=olga)
    pages = [
        reverse("registration:design", args=[conference.slug]),
        reverse("registration:design_sample", args=[conference.slug, "badge-front"]),
    ]
    client.force_login(ben)
    assert [client.get(page).status_code for page in pages] == [403, 403]
    assert client.get(reverse("files:download", args=[logo.pk])).status_code == 404
    client.force_login(olga)
    assert [client.get(page).status_code for page in pages] == [200, 200]
    assert client.get(reverse("files:download", args=[logo.pk])).status_code == 200


@pytest.mark.parametrize(
    "given", [{"back_words": "x" * 301}, {"certificate_for": "kings"}, {"certifies": "\x00"}, {"signed_by": "\u202e"}]
)
def test_what_does_not_fit_is_said_at_its_field(conference, olga, given):
    with pytest.raises(Invalid) as refused:
        set_design(conference.pk, DesignFacts(**given), by=olga)
    assert set(refused.value.fields) == set(given)


def test_the_page_takes_a_logo_and_keeps_it_until_it_is_taken_off(client, conference, olga):
    client.force_login(olga)
    page = reverse("registration:design", args=[conference.slug])
    facts = {"shows_flag": "on", "certificate_for": "approved", "back_words": "Wi-Fi: ICDD"}
    logo = SimpleUploadedFile("logo.png", drawn(), content_type="image/png")
    assert client.post(page, {**facts, "logo": logo}).status_code == 302
    design = Design.objects.get()
    assert (design.shows_flag, design.shows_photo, design.certificate_for) == (True, False, CertificateFor.APPROVED)
    assert client.post(page, facts).status_code == 302
    assert Design.objects.get().logo == design.logo
    assert client.post(page, {**facts, "without_logo": "on"}).status_code == 302
    assert Design.objects.get().logo is None


def test_a_broken_logo_is_told_beside_the_field_and_nothing_typed_is_lost(client, conference, olga):
    client.force_login(olga)
    logo = SimpleUploadedFile("logo.png", b"GIF89a", content_type="image/png")
    facts = {"certificate_for": "approved", "back_words": "Wi-Fi: ICDD", "logo": logo}
    answer = client.post(reverse("registration:design", args=[conference.slug]), facts)
    assert answer.status_code == 422
    assert "logo" in answer.context["form"].errors
    assert "Wi-Fi: ICDD" in answer.content.decode()


@pytest.mark.parametrize("which", ["badge-front", "badge-back", "plate", "certificate"])
def test_each_paper_can_be_looked_at_before_anybody_is_approved(client, conference, fiji, olga, which):
    client.force_login(olga)
    answer = client.get(reverse("registration:design_sample", args=[conference.slug, which]))
    assert answer.content.startswith(b"\x89PNG")


# Whose certificate


@pytest.fixture
def scan(conference, olga):
    """`scan(application, "in")` as a door reads it."""
    gate = add_gate(conference.pk, name="North", by=olga)
    device, _ = enrol_device(invite_device(gate.pk, name="Phone", by=olga)[1])

    def read(application, direction="in"):
        one = Scanned(nonce=uuid4(), direction=Direction(direction), at=timezone.now(), application_id=application.pk)
        take_scans(device, [one])

    return read


def test_a_certificate_of_attendance_is_for_those_who_were_there(over, public, apply, scan, monkeypatch, olga):
    at_the_door, in_a_session, _at_home, left = (apply(public, name) for name in ("Ana", "Bo", "Cleo", "Dan"))
    with pytest.raises(Invalid):
        start_certificates(over.pk, by=olga)
    scan(at_the_door)
    scan(left, "out")
    monkeypatch.setattr(presence, "_ledgers", [lambda _conference, _users: {in_a_session.user_id: Attended(1, 20)}])
    assert people_to_certify(over) == [at_the_door, in_a_session]
    assert is_certified(at_the_door)
    assert not is_certified(left)
    set_design(over.pk, DesignFacts(certificate_for=CertificateFor.APPROVED), by=olga)
    assert len(people_to_certify(over)) == 4


def test_whoever_was_not_there_is_told_whom_to_ask(client, over, public, apply, scan):
    ana = apply(public, "Ana")
    client.force_login(ana.user)
    mine = reverse("registration:my_certificate", args=[over.slug])
    told = client.get(mine)
    assert told.status_code == WrongMove.status
    assert "ask the secretariat" in told.content.decode()
    scan(ana)
    assert client.get(mine).content.startswith(b"%PDF-")
