"""The report on a delegation: closed until it is published, and then no more than may be read."""

import json
from io import BytesIO
from itertools import pairwise

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pypdf import PdfReader

from sessions.review.actions import reporting
from sessions.review.models import Achievement
from sessions.review.report import DelegationReport, readable_report, report_for, safe_address
from sessions.review.texts import LONGEST_CUE, as_webvtt, cues_of, digest_of

pytestmark = [pytest.mark.django_db, pytest.mark.page]

BUNDLE = "clip-0123456789abcdef0123456789abcdef"
KINDS = ("", "report.json", "report.pdf")


def address(session, slot, kind=""):
    return f"/c/{session.conference.slug}/sessions/{session.pk}/review/reports/{slot.pk}/{kind}"


def read(client, session, slot, person=None, kind=""):
    client.logout()
    if person is not None:
        client.force_login(person)
    return client.get(address(session, slot, kind))


def words_of(answer) -> str:
    if answer["Content-Type"] == "application/pdf":
        return "".join(page.extract_text() for page in PdfReader(BytesIO(answer.content)).pages)
    return answer.content.decode()


@pytest.fixture
def published(review_session, over, ben):
    return reporting.publish_page(over[0].pk, by=ben)


# Who, and when


def test_before_it_is_published_those_who_prepare_it_and_the_desk_read_it(
    client, review_session, over, ben, chen, olga, vera, ada, eve
):
    for kind in KINDS:
        for person in (ben, chen, olga):
            assert read(client, review_session, over[0], person, kind).status_code == 200
        for person in (vera, ada, eve, None):
            assert read(client, review_session, over[0], person, kind).status_code == 404


def test_a_band_says_so_as_long_as_it_is_not_published(client, review_session, over, ben, vera):
    assert "Not published" in read(client, review_session, over[0], ben).content.decode()
    assert "Not published" in words_of(read(client, review_session, over[0], ben, "report.pdf"))
    reporting.publish_page(over[0].pk, by=ben)
    for person in (ben, vera):
        assert "Not published" not in read(client, review_session, over[0], person).content.decode()
    assert "Not published" not in words_of(read(client, review_session, over[0], vera, "report.pdf"))


def test_once_it_is_published_whoever_may_enter_reads_it(client, review_session, published, vera, ada, eve):
    for kind in KINDS:
        for person in (vera, ada):
            assert read(client, review_session, published, person, kind).status_code == 200
        for person in (eve, None):
            assert read(client, review_session, published, person, kind).status_code == 404


@pytest.mark.parametrize("is_published", [False, True], ids=["before", "published"])
def test_a_focal_point_reads_it_without_being_let_into_the_session(
    client, review_session, over, fay, eve, ben, is_published
):
    if is_published:
        reporting.publish_page(over[0].pk, by=ben)
    for kind in (*KINDS, "captions/en.vtt"):
        assert read(client, review_session, over[0], fay, kind).status_code == 200
        assert read(client, review_session, over[0], eve, kind).status_code == 404
        assert read(client, review_session, over[1], fay, kind).status_code == 404
    client.force_login(fay)
    page = client.get(f"/c/icdd/sessions/{review_session.pk}/review/slots/{over[0].pk}/").content.decode()
    assert address(review_session, over[0]) in page
    base = f"/c/icdd/sessions/{review_session.pk}/review/reports"
    assert client.get(f"{base}/fj/")["Location"] == address(review_session, over[0])
    assert client.get(address(review_session, over[0]).replace("/c/icdd/", "/c/other/")).status_code == 404


def test_a_countrys_code_leads_to_it_for_those_who_may_read_it(client, review_session, over, ben, vera):
    base = f"/c/icdd/sessions/{review_session.pk}/review/reports"
    client.force_login(ben)
    for code in ("FJ", "fj"):
        assert client.get(f"{base}/{code}/")["Location"] == address(review_session, over[0])
    client.force_login(vera)
    assert [client.get(f"{base}/{code}/").status_code for code in ("fj", "zz")] == [404, 404]


def test_it_is_not_found_under_another_session(client, review_session, published, ben):
    client.force_login(ben)
    other = f"/c/icdd/sessions/{review_session.pk + 1}/review/reports/{published.pk}/"
    assert client.get(other).status_code == 404


# What it says


def test_it_says_who_spoke_what_was_achieved_and_what_is_undertaken(client, review_session, published, vera):
    page = read(client, review_session, published, vera).content.decode()
    for told in (
        "H.E. Ms Adi Kini",
        "Minister for Foreign Affairs",
        "110 of 110",
        "A hotline for travellers",
        "Under way",
        "HEARD-OF-FIJI",
        "Consider a hotline for small islands.",
        "Supported",
        "With pleasure.",
    ):
        assert told in page, told
    assert '<a href="https://example.org/islands" rel="noopener nofollow">' in page


def test_before_it_was_given_it_does_not_say_so(client, review_session, prepared, ben):
    for kind in ("", "report.pdf"):
        told = words_of(read(client, review_session, prepared[0], ben, kind))
        assert "On the list" in told
        assert "Given" not in told


def test_it_comes_back_from_json_as_it_was(client, review_session, published, vera):
    raw = read(client, review_session, published, vera, "report.json").content
    readable = readable_report(vera, review_session.pk, published.pk, slug="icdd")
    assert msgspec.json.decode(raw, type=DelegationReport) == report_for(vera, readable)
    told = json.loads(raw)
    assert (told["schema"], told["version"]) == ("sidang.delegation-report", 1)
    assert told["consumed_ms"] == 60_000


def test_the_pdf_can_be_read_back_with_its_address(client, review_session, published, vera):
    words = words_of(read(client, review_session, published, vera, "report.pdf"))
    for told in ("Fiji", "Adi Kini", "HEARD-OF-FIJI", "110 of 110", address(review_session, published)):
        assert told in words


def test_a_statement_in_arabic_is_set_in_arabic_letters(client, review_session, over, vera):
    """Read back letter by letter: a reader of PDFs may give a line from right to left in the order of the paper."""
    answer = read(client, review_session, over[1], vera, "report.pdf")
    assert set("شكرا") <= set(words_of(answer))
    resources = (page["/Resources"].get("/Font", {}) for page in PdfReader(BytesIO(answer.content)).pages)
    assert any("NotoSansArabic" in font.get_object()["/BaseFont"] for fonts in resources for font in fonts.values())


# What it tells nobody


def test_nothing_leaks_to_the_hall(client, review_session, published, vera):
    for kind in KINDS:
        words = words_of(read(client, review_session, published, vera, kind))
        for secret in ("SECRET-UNDER-EMBARGO", "SECRET-TAKEN-BACK", "SECRET-NEVER-READ", "Chen", "Olga"):
            assert secret not in words, (kind, secret)


def test_a_text_under_embargo_has_its_digest_and_no_words(client, review_session, published, ben, vera):
    digest = digest_of(published.statements.get(language="fr"))
    for kind in KINDS:
        told = words_of(read(client, review_session, published, vera, kind)).replace("\n", "")
        assert digest in told
        assert "SECRET-UNDER-EMBARGO" in words_of(read(client, review_session, published, ben, kind))


def test_those_who_prepare_it_read_what_was_filed_unread(client, review_session, published, ben):
    assert "SECRET-NEVER-READ" in read(client, review_session, published, ben).content.decode()


def test_the_film_has_an_address_once_it_was_shown(client, review_session, prepared, ben, chen, request):
    def told(person) -> bool:
        pages = [read(client, review_session, prepared[0], person, kind).content for kind in ("", "report.json")]
        return any(BUNDLE.encode() in page for page in pages)

    assert not told(ben)
    assert not told(chen)
    request.getfixturevalue("heard")
    assert told(ben)


def test_a_film_that_was_said_live_instead_has_none(client, review_session, over, ben):
    turn = over[0].turn
    turn.refresh_from_db()
    turn.mode = "live_room"
    turn.save()
    assert BUNDLE not in read(client, review_session, over[0], ben).content.decode()


@pytest.mark.parametrize(
    "written",
    ["javascript:alert(1)", "data:text/html,x", "file:///etc/passwd", " javascript:x", "java\nscript:x", "//x.org"],
)
def test_only_addresses_of_the_web_are_evidence(written):
    assert safe_address(written) == ""


def test_what_is_no_address_of_the_web_is_no_link(client, review_session, published, vera):
    Achievement.objects.filter(what="Islands that are online").update(evidence="javascript:alert(1)")
    page = read(client, review_session, published, vera).content.decode()
    assert "javascript:" not in page
    assert 'rel="noopener nofollow"' not in page


def test_what_people_wrote_is_text(client, review_session, published, vera):
    Achievement.objects.update(what="<script>alert(1)</script> #emph[x]")
    assert "<script>alert" not in read(client, review_session, published, vera).content.decode()
    assert "#emph[x]" in words_of(read(client, review_session, published, vera, "report.pdf"))


# Captions


def test_captions_are_there_with_the_film_for_those_who_may_read_the_text(client, review_session, published, vera, eve):
    answer = read(client, review_session, published, vera, "captions/en.vtt")
    assert answer["Content-Type"].startswith("text/vtt")
    assert answer.content.decode().startswith("WEBVTT\n\n00:00:00.000 --> ")
    assert "HEARD-OF-FIJI" in answer.content.decode()
    assert read(client, review_session, published, vera, "captions/fr.vtt").status_code == 404
    assert read(client, review_session, published, vera, "captions/de.vtt").status_code == 404
    assert read(client, review_session, published, eve, "captions/en.vtt").status_code == 404


def test_before_the_film_was_shown_there_are_no_captions(client, review_session, prepared, ben):
    assert read(client, review_session, prepared[0], ben, "captions/en.vtt").status_code == 404


@given(text=st.text(max_size=600), length_ms=st.integers(0, 1_200_000))
def test_captions_fill_the_film_without_a_gap_and_lose_no_word(text, length_ms):
    cues = cues_of(text, length_ms)
    if not cues:
        assert not text.split() or not length_ms
        return
    assert (cues[0].from_ms, cues[-1].to_ms) == (0, length_ms)
    assert all(one.to_ms == other.from_ms for one, other in pairwise(cues))
    assert "".join("".join(cue.words.split()) for cue in cues) == "".join(text.split())
    assert all(len(cue.words) <= LONGEST_CUE or " " not in cue.words for cue in cues)


def test_captions_hold_no_markup():
    assert "a &lt;b&gt; &amp; c" in as_webvtt(cues_of("a <b> & c", 1000))
