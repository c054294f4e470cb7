"""The record of a review: who reads it when, what it says, and what it tells nobody."""

import json
from dataclasses import asdict
from io import BytesIO

import msgspec
import pytest
from django.contrib.auth.models import AnonymousUser
from pypdf import PdfReader

from sessions.floor.actions import desk, ordering, rehearsing
from sessions.floor.models import Floor, PointOfOrder, State, Turn
from sessions.programme.actions import end_session, go_live
from sessions.programme.models import Access, Session
from sessions.review.actions import setting_up, swapping
from sessions.review.chart import bars_of
from sessions.review.queries import numbers_of
from sessions.review.record import SessionRecord, record_for, recorded_session
from sessions.review.told import length, told_record

pytestmark = [pytest.mark.django_db, pytest.mark.page]

KINDS = ("record/", "record.json", "record.pdf")
SECRETS = ("SECRET-UNDER-EMBARGO", "SECRET-TAKEN-BACK", "SECRET-NEVER-READ", "SECRET-NOT-READ-YET")


def address(session: Session, kind: str = "record/") -> str:
    return f"/c/{session.conference.slug}/sessions/{session.pk}/{kind}"


def read(client, session, person=None, kind="record/"):
    client.logout()
    if person is not None:
        client.force_login(person)
    return client.get(address(session, kind))


def record(session: Session, person) -> SessionRecord:
    found, floor = recorded_session(person, session.pk, slug=session.conference.slug)
    return record_for(person, found, floor)


def words_of(answer) -> str:
    if answer["Content-Type"] == "application/pdf":
        # Its lines end where paper does.
        return "".join(page.extract_text() for page in PdfReader(BytesIO(answer.content)).pages)
    return answer.content.decode()


# Who, and when


def test_the_chair_and_the_organisers_read_it_while_the_session_is_on_and_nobody_else(
    client, review_session, heard, chen, olga, ben, eve
):
    for kind in KINDS:
        for person in (chen, olga):
            assert read(client, review_session, person, kind).status_code == 200
        for person in (ben, eve, None):
            assert read(client, review_session, person, kind).status_code == 404


def test_whoever_may_enter_reads_it_once_the_session_has_ended(client, review_session, over, ben, eve):
    for kind in KINDS:
        assert read(client, review_session, ben, kind).status_code == 200
        for stranger in (eve, None):
            assert read(client, review_session, stranger, kind).status_code == 404
    Session.objects.filter(pk=review_session.pk).update(access=Access.PUBLIC)
    assert [read(client, review_session, None, kind).status_code for kind in KINDS] == [200, 200, 200]


def test_it_is_found_under_its_own_conference_alone_and_only_where_there_was_a_floor(client, review_session, ben, olga):
    assert read(client, review_session, olga).status_code == 404
    client.force_login(olga)
    assert client.get(f"/c/other/sessions/{review_session.pk}/record/").status_code == 404


@pytest.mark.parametrize("gone", [0, 1], ids=["who proposed it withdrew", "who agreed withdrew"])
def test_of_a_swap_with_one_who_withdrew_nobody_reads_but_the_chair_and_the_organisers(
    client, review_session, slots, ben, vera, gus, chen, server_clock, gone
):
    kept = swapping.propose_swap(slots[1].pk, slots[2].pk, by=vera)
    swapping.accept_swap(kept.pk, by=gus)
    server_clock.tick(1)
    swap = swapping.propose_swap(slots[0].pk, slots[1].pk, by=ben)
    swapping.accept_swap(swap.pk, by=vera)
    setting_up.withdraw_slot(slots[gone].pk, by=(ben, vera)[gone])
    go_live(review_session.pk, by=chen)
    end_session(review_session.pk, by=chen)
    withdrawn = ("Fiji", "Finland")[gone]
    agreed = "Fiji and Finland agreed to change places."
    for kind in KINDS:
        told = " ".join(words_of(read(client, review_session, gus, kind)).split())
        assert agreed not in told
        assert withdrawn not in told
        # Control: it is there for the chair.
        assert agreed in " ".join(words_of(read(client, review_session, chen, kind)).split())
    others = [minute for minute in record(review_session, gus).floor.reorders if "agreed" in minute.words["en"]]
    assert len(others) == 1 - gone


def test_a_panel_has_a_record_of_its_floor(client, panel, chen, ben):
    ordering.add_turn(panel.pk, kind="comment", name="Ana Silva", by=chen)
    desk.call_next(panel.pk, by=chen)
    end_session(panel.pk, by=chen)
    page = read(client, panel, ben).content.decode()
    assert "Ana Silva" in page
    assert json.loads(read(client, panel, ben, "record.json").content)["review"] is None
    assert "Ana Silva" in words_of(read(client, panel, ben, "record.pdf"))


def test_a_session_in_which_nobody_spoke_says_so(client, panel, chen):
    Floor.objects.create(session=panel, speakers="participants")
    assert "Nobody was on the list of speakers." in read(client, panel, chen).content.decode()
    assert read(client, panel, chen, "record.pdf").content.startswith(b"%PDF")


# What it says


def test_it_tells_the_numbers_apart(review_session, over, ben):
    numbers = record(review_session, ben).review.numbers
    assert asdict(numbers_of(review_session)) == msgspec.to_builtins(numbers)
    assert (numbers.invited, numbers.delivered, numbers.filed, numbers.absent) == (3, 2, 0, 1)


def test_it_tells_each_slot_with_its_outcome_in_the_order_in_which_they_were_called(review_session, over, ben):
    told = record(review_session, ben)
    assert [(slot.delegation.country, slot.outcome) for slot in told.review.slots] == [
        ("FJ", "delivered"),
        ("FI", "delivered"),
        ("GH", "absent"),
    ]
    finland = told.floor.turn(told.review.slots[1].turn)
    assert finland.over_ms == 10_000
    assert told.floor.turn(told.review.slots[2].turn).absent_count == 2


def test_it_has_the_lot_with_its_seed_the_swaps_and_the_reasons(review_session, over, ben, chen):
    told = record(review_session, ben)
    assert (len(told.review.lot.seed), len(told.review.lot.lines)) == (64, 3)
    assert [(swap.proposer.country, swap.other.country) for swap in told.review.swaps] == [("FI", "GH")]
    assert {"en": "As agreed in the bureau"} in [each.words for each in told.floor.reorders]
    assert told.review.lot.drawn_by == ""
    assert record(review_session, chen).review.lot.drawn_by == "Olga"


def test_it_has_remarks_with_their_answers(review_session, over, ben):
    told = record(review_session, ben).review.remarks
    assert [(remark.text, remark.answer) for remark in told] == [
        ("Consider a hotline for small islands.", "supported"),
        ("Which form do you use?", "pending"),
    ]
    assert told[0].answer_text == "With pleasure."


def test_it_comes_back_from_json_as_it_was(client, review_session, over, ben):
    told = record(review_session, ben)
    raw = read(client, review_session, ben, "record.json").content
    assert msgspec.json.decode(raw, type=SessionRecord) == told
    assert json.loads(raw)["schema"] == "sidang.record"
    assert json.loads(raw)["version"] == 1


def test_its_keys_stay():
    """Whoever reads the file counts on these: a change of one is a new version."""
    assert SessionRecord.__struct_fields__ == (
        "schema", "version", "conference", "session", "is_complete", "names_actors", "floor", "review",
    )  # fmt: skip


def test_the_pdf_can_be_read_back_with_names_in_every_script(client, review_session, over, ben):
    words = words_of(read(client, review_session, ben, "record.pdf"))
    for expected in ("Record of the session", "Adi Kini", "Finland", "With pleasure.", "As agreed in the bureau"):
        assert expected in words
    assert "محمد" in words
    fonts = _fonts(read(client, review_session, ben, "record.pdf").content)
    assert any("NotoSansArabic" in font for font in fonts)


def _fonts(content: bytes) -> set[str]:
    resources = (page["/Resources"].get("/Font", {}) for page in PdfReader(BytesIO(content)).pages)
    return {font.get_object()["/BaseFont"] for fonts in resources for font in fonts.values()}


def test_it_is_set_in_arabic_too(client, review_session, over, ben):
    client.force_login(ben)
    client.cookies["django_language"] = "ar"
    answer = client.get(address(review_session, "record.pdf"))
    assert "Adi Kini" in words_of(answer)
    assert 'dir="rtl"' in client.get(address(review_session)).content.decode()


# What it tells nobody


def test_nothing_leaks_to_the_hall(client, review_session, over, ben):
    for kind in KINDS:
        words = words_of(read(client, review_session, ben, kind))
        assert "Consider a hotline" in words
        for secret in (*SECRETS, "clip-0123456789abcdef", "Chen", "Olga"):
            assert secret not in words, (kind, secret)


def test_the_chair_reads_who_acted_and_what_was_filed_and_nothing_that_was_taken_back(
    client, review_session, over, chen
):
    for kind in KINDS:
        words = words_of(read(client, review_session, chen, kind))
        for told in ("Chen", "SECRET-NEVER-READ"):
            assert told in words, (kind, told)
        for secret in ("SECRET-UNDER-EMBARGO", "SECRET-TAKEN-BACK", "clip-0123456789abcdef"):
            assert secret not in words, (kind, secret)


def test_a_rehearsal_is_in_nobodys_record(client, review_session, prepared, chen):
    before = record(review_session, chen)
    rehearsing.begin_rehearsal(review_session.pk, by=chen)
    copy = Turn.objects.get(stands_for=prepared[1].turn_id)
    desk.call_turn(review_session.pk, copy.pk, by=chen)
    desk.start_turn(review_session.pk, copy.pk, by=chen)
    assert PointOfOrder.objects.count() == 0
    assert record(review_session, chen) == before
    rehearsing.end_rehearsal(review_session.pk, by=chen)
    go_live(review_session.pk, by=chen)
    assert {turn.state for turn in record(review_session, chen).floor.turns} <= {State.INSCRIBED, State.READY}


def test_a_delegation_that_withdrew_is_a_number_for_the_hall(review_session, prepared, chen, gus, ben, server_clock):
    from sessions.review.actions.setting_up import withdraw_slot  # noqa: PLC0415

    withdraw_slot(prepared[2].pk, reason="SECRET-REASON", by=gus)
    go_live(review_session.pk, by=chen)
    end_session(review_session.pk, by=chen)
    told = record(review_session, ben)
    assert "SECRET-REASON" not in told.as_json().decode()
    assert (told.review.numbers.invited, len(told.review.slots), told.floor.totals.withdrawn) == (3, 2, 1)
    assert told.review.swaps == []
    assert "SECRET-REASON" in record(review_session, chen).as_json().decode()


def test_nobody_is_asked_who_is_not_there(review_session):
    with pytest.raises(Exception, match="not_there"):
        recorded_session(AnonymousUser(), review_session.pk, slug="icdd")


# The drawing


def test_the_drawing_has_a_bar_for_each_who_spoke_and_beside_the_outline_what_was_over(review_session, over, ben):
    told = record(review_session, ben)
    chart = bars_of(told.floor, statements_alone=True)
    assert [bar.who.country for bar in chart.bars] == ["FJ", "FI"]
    assert (chart.bars[0].over, chart.bars[0].used_words) == (None, "1:00")
    assert chart.bars[1].over_words == "0:10"
    assert float(chart.bars[1].over.x) == pytest.approx(
        float(chart.bars[1].allotted.x) + float(chart.bars[1].allotted.width), abs=0.02
    )


def test_from_right_to_left_it_is_its_own_mirror(review_session, over, ben):
    floor = record(review_session, ben).floor
    plain, mirrored = (bars_of(floor, statements_alone=True, mirrored=each) for each in (False, True))
    for one, other in zip(plain.bars, mirrored.bars, strict=True):
        assert float(other.allotted.x) == pytest.approx(
            100 - float(one.allotted.x) - float(one.allotted.width), abs=0.02
        )
    assert [tick.label for tick in plain.ticks] == [tick.label for tick in mirrored.ticks]


def test_without_anybody_who_spoke_there_is_no_drawing(review_session, prepared, chen):
    assert bars_of(record(review_session, chen).floor, statements_alone=True) is None


@pytest.mark.parametrize(
    ("ms", "words"), [(0, "0:00"), (499, "0:00"), (500, "0:01"), (225_000, "3:45"), (3_600_000, "1:00:00")]
)
def test_lengths_are_whole_minutes_and_seconds(ms, words):
    assert length(ms) == words


def test_in_words_it_says_who_was_over_and_by_how_much(review_session, over, ben):
    told = told_record(record(review_session, ben))
    finland = next(turn for turn in told.turns if turn.who.country == "FI" and turn.kind == "Statement")
    assert (finland.balance, finland.is_over) == ("0:10 over", True)
