"""A delegation’s own page: who opens it, what it asks for, its plain forms, and what of it nobody else sees."""

import re
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from conferences.models import Membership, Role
from files.models import PartialUpload, Upload
from files.resumable import begin_upload, path_on_disk
from jobs.actions import carry_out, claim
from registration.models import FocalPoint
from sessions.floor.actions import desk
from sessions.floor.actions.notices import send_notice
from sessions.floor.models import Mode, Phrase, State, Turn
from sessions.programme.actions import go_live
from sessions.programme.models import Access
from sessions.review.actions import handing_in, remarking, setting_up, swapping
from sessions.review.missing import MISSING, THERE, Part, items_of
from sessions.review.models import (
    Answer,
    Clip,
    ClipState,
    Remark,
    RemarkKind,
    Remarks,
    Slot,
    Statement,
    Swap,
    SwapState,
)
from sessions.review.queries import slots_with_names
from sessions.review.rules import STATEMENTS
from sessions.stage import bundles
from sessions.stage.clips.cards import make_card_clip

pytestmark = pytest.mark.page

TEXT = "Excellencies, SECRET-SPEECH, thank you."


@pytest.fixture
def at(review_session):
    """`at(ben).get("slot", slot_id)` is a page of the review as Ben sees it, always in the same browser."""
    browsers = {}

    class Browser:
        def __init__(self, person):
            self.client = browsers.setdefault(person and person.pk, Client())
            if person is not None and "_auth_user_id" not in self.client.session:
                self.client.force_login(person)

        def get(self, page, /, *numbers, **query):
            return self.client.get(self.address(page, *numbers), query)

        def post(self, page, /, *numbers, **typed):
            # As a browser sends it, which never sends nothing.
            return self.client.post(self.address(page, *numbers), {"sent": "yes", **typed})

        @staticmethod
        def address(page, /, *numbers):
            return reverse(f"review:{page}", args=[review_session.conference.slug, review_session.pk, *numbers])

    return Browser


@pytest.fixture(scope="module")
def film(tmp_path_factory):
    path = tmp_path_factory.mktemp("films") / "fiji.mp4"
    make_card_clip(path, name="Fiji", country="FJ", seconds=2, number=1)
    return path.read_bytes()


def slot_of(delegation):
    return slots_with_names().get(delegation=delegation)


def text_of(answer):
    return answer.content.decode()


# Who opens it


def test_one_is_led_to_the_page_of_ones_delegation(at, slots, ben, fay, ada, eve, olga):
    for person in (ben, fay):
        assert at(person).get("mine").headers["Location"] == at(person).address("slot", slots[0].pk)
    for person in (ada, eve, olga):
        assert at(person).get("mine").status_code == 404
    assert "/login/" in at(None).get("mine").headers["Location"]


def test_who_is_responsible_for_several_chooses(at, slots, fay, finland, ghana):
    FocalPoint.objects.create(delegation=finland, user=fay)
    page = text_of(at(fay).get("mine"))
    assert [str(slot.delegation.name) in page for slot in slots] == [True, True, False]


@pytest.mark.parametrize(
    "page", ["slot", "speaker", "hand_in_statement", "hand_in_film", "achievements", "commitments"]
)
def test_it_is_its_delegation_s_and_the_organisers_and_nobody_else_learns_that_it_is_there(
    at, slots, page, ben, fay, olga, vera, ada, eve, ines, chen
):
    for person in (ben, fay, olga):
        assert at(person).get(page, slots[0].pk).status_code == 200
    for person in (vera, ada, eve, ines, chen):
        assert at(person).get(page, slots[0].pk).status_code == 404
        assert at(person).post(page, slots[0].pk).status_code in (404, 405)
        assert at(person).get(page, 10**9).status_code == 404
    assert "/login/" in at(None).get(page, slots[0].pk).headers["Location"]


def test_a_focal_point_who_may_not_enter_hands_in_all_the_same(at, review_session, slots, fay):
    review_session.access = Access.CLOSED
    review_session.save()
    assert at(fay).post("hand_in_statement", slots[0].pk, language="en", text=TEXT).status_code == 302
    page = at(fay).get("slot", slots[0].pk)
    assert page.status_code == 200
    assert f"session.{review_session.pk}.speakers" not in text_of(page)


# What is missing


def test_it_says_what_is_missing_and_by_when(at, review_session, slots, ben, olga):
    Turn.objects.filter(pk=slots[0].turn_id).update(mode=Mode.RECORDED, name="")
    setting_up.set_up_review(review_session.pk, due_at=timezone.now() + timedelta(days=2), by=olga)
    setting_up.set_themes(review_session.pk, [{"en": "Trust"}], by=olga)
    items = items_of(slot_of(slots[0].delegation), has_themes=True)
    assert [item.part for item in items if item.state == MISSING] == [
        Part.STATEMENT,
        Part.FILM,
        Part.SPEAKER,
        Part.THEME,
    ]
    page = text_of(at(ben).get("slot", slots[0].pk))
    assert "4 things are missing" in page
    assert "are asked for until" in page


def test_nothing_is_asked_of_a_delegation_that_was_heard(slots):
    slot = slot_of(slots[0].delegation)
    for state in (State.COMPLETED, State.CUT, State.FILED, State.FORFEITED, State.WITHDRAWN):
        slot.turn.state = state
        assert items_of(slot, has_themes=True) == []


def test_what_is_there_is_not_missing(at, slots, ben):
    at(ben).post("hand_in_statement", slots[0].pk, language="en", text=TEXT)
    at(ben).post("speaker", slots[0].pk, honorific="H.E. Ms", name="Losa", function="Minister", mode=Mode.ROOM)
    items = {item.part: item.state for item in items_of(slot_of(slots[0].delegation), has_themes=False)}
    assert (items[Part.STATEMENT], items[Part.SPEAKER]) == (THERE, THERE)


# Its forms


def test_the_speaker_is_announced_as_they_were_typed(at, slots, ben):
    at(ben).post("speaker", slots[0].pk, honorific="H.E.  Ms", name="Losa  Vai", function="Minister", mode=Mode.REMOTE)
    slot = slot_of(slots[0].delegation)
    assert (slot.honorific, slot.turn.name, slot.turn.function, slot.turn.mode) == (
        "H.E. Ms",
        "Losa Vai",
        "Minister",
        Mode.REMOTE,
    )


def test_what_was_typed_is_kept_where_it_cannot_be_taken(at, review_session, slots, ben, chen):
    go_live(review_session.pk, by=chen)
    desk.call_next(review_session.pk, by=chen)
    answer = at(ben).post("speaker", slots[0].pk, name="Losa Vai", function="Minister", mode=Mode.ROOM)
    assert answer.status_code == 422
    assert "Losa Vai" in text_of(answer)
    assert slot_of(slots[0].delegation).turn.name == ""


def test_a_statement_is_typed_with_its_embargo_on_the_conference_s_clock(at, slots, ben):
    typed = {"language": "fr", "text": "Excellences", "embargoed_until": "2031-11-16T13:00"}
    assert at(ben).post("hand_in_statement", slots[0].pk, **typed).status_code == 302
    statement = Statement.objects.get()
    assert (statement.language, statement.check_against_delivery) == ("fr", False)
    assert statement.embargoed_until.isoformat() == "2031-11-16T05:00:00+00:00"
    again = text_of(at(ben).get("hand_in_statement", slots[0].pk, language="fr"))
    assert 'value="2031-11-16T13:00"' in again
    assert "Excellences" in again


def test_an_empty_statement_is_refused_and_what_else_was_chosen_stays(at, slots, ben):
    answer = at(ben).post("hand_in_statement", slots[0].pk, language="fr", text=" ", embargoed_until="2031-11-16T13:00")
    assert answer.status_code == 422
    page = text_of(answer)
    assert "Type the statement, or choose its file." in page
    assert 'value="2031-11-16T13:00"' in page
    assert '<option value="fr" selected>' in page
    assert not Statement.objects.exists()


def test_a_file_comes_with_the_form_and_its_fingerprint_is_shown(at, slots, ben):
    file = SimpleUploadedFile("fiji.txt", b"Excellencies", content_type="text/plain")
    assert at(ben).post("hand_in_statement", slots[0].pk, language="en", file=file).status_code == 302
    upload = Upload.objects.get()
    assert upload.sha256 in text_of(at(ben).get("slot", slots[0].pk))


def test_a_file_of_a_wrong_kind_is_refused_and_leaves_nothing(at, slots, ben):
    file = SimpleUploadedFile("fiji.pdf", b"\x89PNG\r\n\x1a\n" + bytes(100), content_type="application/pdf")
    answer = at(ben).post("hand_in_statement", slots[0].pk, language="en", text=TEXT, file=file)
    assert answer.status_code == 422
    assert TEXT in text_of(answer)
    assert not Upload.objects.exists()


def test_a_file_that_went_ahead_of_the_form_is_taken(at, slots, ben):
    words = b"Excellencies, in a file"
    begun = begin_upload(purpose=STATEMENTS, about=slots[0].pk, name="fiji.txt", size=len(words), by=ben)
    path_on_disk(begun).parent.mkdir(parents=True, exist_ok=True)
    path_on_disk(begun).write_bytes(words)
    PartialUpload.objects.filter(pk=begun.pk).update(offset=len(words))
    arrived = {"file-arrived": begun.public_id}
    assert at(ben).post("hand_in_statement", slots[0].pk, language="en", **arrived).status_code == 302
    assert Statement.objects.get().upload.size == len(words)


def test_a_file_that_went_ahead_for_another_delegation_is_not_taken(at, slots, ben, vera):
    begun = begin_upload(purpose=STATEMENTS, about=slots[0].pk, name="fiji.txt", size=1, by=ben)
    arrived = {"file-arrived": begun.public_id}
    assert at(vera).post("hand_in_statement", slots[1].pk, language="en", **arrived).status_code == 422
    assert not Statement.objects.exists()


def test_a_statement_is_taken_back_until_the_delegation_is_called(at, review_session, slots, ben, vera, chen):
    mine = handing_in.hand_in_statement(slots[0].pk, language="en", text=TEXT, by=ben)
    assert at(vera).post("remove_statement", slots[0].pk, mine.pk).status_code == 404
    at(vera).post("remove_statement", slots[1].pk, mine.pk)
    assert Statement.objects.count() == 1
    at(ben).post("remove_statement", slots[0].pk, mine.pk)
    assert not Statement.objects.exists()
    mine = handing_in.hand_in_statement(slots[0].pk, language="en", text=TEXT, by=ben)
    go_live(review_session.pk, by=chen)
    desk.call_next(review_session.pk, by=chen)
    at(ben).post("remove_statement", slots[0].pk, mine.pk)
    assert Statement.objects.exists()


def test_a_text_that_was_heard_is_not_exchanged_and_what_was_typed_for_it_is_kept(at, slots, ben):
    handing_in.hand_in_statement(slots[0].pk, language="en", text=TEXT, by=ben)
    replace = f'{at(ben).address("hand_in_statement", slots[0].pk)}?language=en"'
    assert replace in text_of(at(ben).get("slot", slots[0].pk))
    Turn.objects.filter(pk=slots[0].turn_id).update(state=State.COMPLETED)
    assert replace not in text_of(at(ben).get("slot", slots[0].pk))
    address = at(ben).address("hand_in_statement", slots[0].pk)
    led = at(ben).client.get(address, {"language": "en"}, follow=True)
    assert "Another language may still be added." in text_of(led)
    # On a page that was opened before.
    typed = {"language": "en", "text": "Something else", "embargoed_until": "2031-11-16T13:00"}
    answer = at(ben).post("hand_in_statement", slots[0].pk, **typed)
    assert answer.status_code == 422
    page = text_of(answer)
    assert "what is on record stays as it is" in page
    assert "Something else" in page
    answer = at(ben).post("hand_in_statement", slots[0].pk, **{**typed, "language": "fr"})
    assert answer.status_code == 422
    assert "Leave this empty." in text_of(answer)
    assert Statement.objects.get().text == TEXT


def test_the_embargo_on_what_was_heard_is_ended_by_a_button(at, slots, ben, vera, server_clock):
    until = server_clock.at + timedelta(days=1)
    mine = handing_in.hand_in_statement(slots[0].pk, language="en", text=TEXT, embargoed_until=until, by=ben)
    button = at(ben).address("end_embargo", slots[0].pk, mine.pk)
    assert button not in text_of(at(ben).get("slot", slots[0].pk))
    Turn.objects.filter(pk=slots[0].turn_id).update(state=State.COMPLETED)
    assert button in text_of(at(ben).get("slot", slots[0].pk))
    assert at(vera).post("end_embargo", slots[0].pk, mine.pk).status_code == 404
    assert Statement.objects.get().embargoed_until == until
    assert at(ben).post("end_embargo", slots[0].pk, mine.pk).status_code == 302
    assert Statement.objects.get().embargoed_until is None
    assert button not in text_of(at(ben).get("slot", slots[0].pk))


def test_another_language_is_added_to_what_was_heard(at, slots, ben):
    handing_in.hand_in_statement(slots[0].pk, language="en", text=TEXT, by=ben)
    Turn.objects.filter(pk=slots[0].turn_id).update(state=State.COMPLETED)
    page = text_of(at(ben).get("hand_in_statement", slots[0].pk))
    assert '<option value="en"' not in page
    assert "embargoed_until" not in page
    assert at(ben).post("hand_in_statement", slots[0].pk, language="fr", text="Excellences").status_code == 302
    assert {each.language for each in Statement.objects.all()} == {"en", "fr"}


# The film


def hand_in_film(at, slot, film, by):
    file = SimpleUploadedFile("fiji.mp4", film, content_type="video/mp4")
    return at(by).post("hand_in_film", slot.pk, film=file)


def test_a_film_is_followed_to_what_became_of_it(at, slots, film, ben, fay):
    assert hand_in_film(at, slots[0], film, ben).status_code == 302
    # Whoever prepares it sees how far it is, whoever handed it in.
    page = text_of(at(fay).get("film_now", slots[0].pk))
    assert 'hx-trigger="every 1s"' in page
    assert "Being checked and converted" in page
    carry_out(claim(Clip.objects.get().job_id))
    page = text_of(at(fay).get("film_now", slots[0].pk))
    assert "Ready to be shown" in page
    assert "hx-trigger" not in page


def test_a_film_that_is_too_long_is_refused_with_what_to_do(at, slots, ben, tmp_path):
    Turn.objects.filter(pk=slots[0].turn_id).update(allotted_ms=1_000)
    make_card_clip(tmp_path / "long.mp4", name="Fiji", country="FJ", seconds=12, number=1)
    hand_in_film(at, slots[0], (tmp_path / "long.mp4").read_bytes(), ben)
    carry_out(claim(Clip.objects.get().job_id))
    page = text_of(at(ben).get("slot", slots[0].pk))
    assert "The film lasts 0:12, and your time is 0:01. Shorten it and upload it again." in page
    assert "Cannot be shown as it is" in page


def test_a_check_that_broke_off_says_so(at, slots, film, ben):
    hand_in_film(at, slots[0], film, ben)
    Clip.objects.update(job=None)
    page = text_of(at(ben).get("film_now", slots[0].pk))
    assert "Hand it in once more" in page
    assert "hx-trigger" not in page


def test_no_film_is_no_film(at, slots, ben):
    answer = at(ben).post("hand_in_film", slots[0].pk)
    assert (answer.status_code, Clip.objects.exists()) == (422, False)
    assert "Choose the film." in text_of(answer)


@pytest.fixture
def converted(slots, film, at, ben):
    hand_in_film(at, slots[0], film, ben)
    carry_out(claim(Clip.objects.get().job_id))
    clip = Clip.objects.get()
    assert clip.state == ClipState.READY
    return clip


def test_its_delegation_and_the_desk_look_at_it_and_nobody_else(
    at, slots, converted, ben, fay, chen, olga, vera, ada, ines, eve
):
    for person in (ben, fay, chen, olga):
        assert at(person).get("preview", slots[0].pk).status_code == 200
        playlist = at(person).get("preview_file", slots[0].pk, "master.m3u8")
        assert playlist.status_code == 200
        assert playlist["Cache-Control"] == "private, no-cache"
    for person in (vera, ada, ines, eve):
        assert at(person).get("preview", slots[0].pk).status_code == 404
        assert at(person).get("preview_file", slots[0].pk, "master.m3u8").status_code == 404
    assert at(ben).get("preview_file", slots[0].pk, "nothing.m4s").status_code == 404


def test_the_name_of_what_is_played_is_told_to_nobody_beforehand(at, slots, converted, ben, chen, vera):
    pages = [at(person).get("preview", slots[0].pk) for person in (ben, chen)]
    pages += [at(ben).get("slot", slots[0].pk), at(ben).get("film_now", slots[0].pk)]
    assert all(converted.bundle.encode() not in page.content for page in pages)
    playlist = at(ben).get("preview_file", slots[0].pk, "master.m3u8")
    assert converted.bundle not in str(playlist.headers)
    for file in (bundles.folder(slots[0].review_id) / converted.bundle).glob("*.m3u8"):
        assert converted.bundle not in file.read_text()


def test_a_film_is_taken_back(at, slots, converted, ben, vera):
    assert at(vera).post("remove_film", slots[0].pk).status_code == 404
    assert Clip.objects.exists()
    at(ben).post("remove_film", slots[0].pk)
    assert not Clip.objects.exists()
    assert at(ben).get("preview", slots[0].pk).status_code == 404


# Swaps


def test_two_delegations_change_places_by_plain_forms(at, slots, ben, vera):
    at(ben).post("act", slots[0].pk, propose=slots[1].pk)
    swap = Swap.objects.get()
    assert "proposes to change places with you." in text_of(at(vera).get("slot", slots[1].pk))
    at(vera).post("act", slots[1].pk, accept=swap.pk)
    assert Swap.objects.get().state == SwapState.APPLIED
    assert slot_of(slots[0].delegation).turn.position > slot_of(slots[1].delegation).turn.position


def test_nobody_is_chosen_already_and_a_proposal_to_nobody_is_refused_at_its_field(at, slots, ben):
    page = text_of(at(ben).get("slot", slots[0].pk))
    assert 'name="propose" required><option value="">Choose…</option><option value=' in page
    answer = at(ben).post("act", slots[0].pk, propose="")
    assert answer.status_code == 422
    page = text_of(answer)
    assert '<ul class="errorlist" id="swap-with_error"><li>Choose a delegation.</li></ul>' in page
    assert 'aria-invalid="true" aria-describedby="swap-with_error"' in page
    assert not Swap.objects.exists()
    # Reloaded by its address it is the page again, and for nobody else.
    assert at(ben).get("act", slots[0].pk).headers["Location"] == at(ben).address("slot", slots[0].pk)


def test_one_is_led_back_to_the_part_in_which_one_pressed(at, slots, ben):
    page = at(ben).address("slot", slots[0].pk)
    for pressed, part in (
        ({"propose": slots[1].pk}, "swap"),
        ({"ready": slots[0].pk}, "ready"),
        ({"not_ready": slots[0].pk}, "ready"),
    ):
        assert at(ben).post("act", slots[0].pk, **pressed).headers["Location"] == f"{page}#{part}"
        assert re.search(rf'id="{part}"[^>]* tabindex="-1"', text_of(at(ben).get("slot", slots[0].pk)))


def test_a_proposal_is_declined_and_taken_back(at, slots, ben, vera):
    one = swapping.propose_swap(slots[0].pk, slots[1].pk, by=ben)
    at(vera).post("act", slots[1].pk, decline=one.pk)
    other = swapping.propose_swap(slots[0].pk, slots[1].pk, by=ben)
    at(ben).post("act", slots[0].pk, take_back=other.pk)
    assert list(Swap.objects.order_by("pk").values_list("state", flat=True)) == ["declined", "withdrawn"]


def test_others_swaps_are_seen_by_nobody_else_and_answered_by_nobody_else(at, slots, ben, gus, fay, olga):
    swap = swapping.propose_swap(slots[0].pk, slots[1].pk, by=ben)
    for person, slot in ((gus, slots[2]), (olga, slots[0])):
        page = text_of(at(person).get("slot", slot.pk))
        assert "proposes to change places with you." not in page
        assert "You proposed to change places with" not in page
    assert at(gus).post("act", slots[2].pk, accept=swap.pk).status_code == 404
    assert "You proposed to change places with" in text_of(at(fay).get("slot", slots[0].pk))
    assert Swap.objects.get().state == SwapState.PROPOSED


def test_a_swap_that_comes_too_late_is_told_in_words(at, review_session, slots, ben, vera, chen):
    swap = swapping.propose_swap(slots[0].pk, slots[1].pk, by=ben)
    swapping.decline_swap(swap.pk, by=vera)
    answer = at(vera).post("act", slots[1].pk, accept=swap.pk)
    assert answer.status_code == 302
    assert "Somebody was quicker" in text_of(at(vera).get("slot", slots[1].pk))


# Ready


def test_its_voice_or_a_focal_point_says_that_it_is_ready(at, slots, ben, fay, vera, olga):
    for person in (ben, fay):
        assert "We are ready" in text_of(at(person).get("slot", slots[0].pk))
        at(person).post("act", slots[0].pk, ready=slots[0].pk)
        assert Turn.objects.get(pk=slots[0].turn_id).state == State.READY
        at(person).post("act", slots[0].pk, not_ready=slots[0].pk)
        assert Turn.objects.get(pk=slots[0].turn_id).state == State.INSCRIBED
    assert "We are ready" not in text_of(at(olga).get("slot", slots[0].pk))
    for person, slot in ((olga, slots[0]), (vera, slots[1])):
        assert at(person).post("act", slot.pk, ready=slots[0].pk).status_code == 404


def test_its_voice_or_a_focal_point_answers_the_call(at, slots, review_session, ben, fay, vera, olga, chen):
    go_live(review_session.pk, by=chen)
    desk.call_turn(review_session.pk, slots[0].turn_id, by=chen)
    for person in (ben, fay):
        assert "We are here" in text_of(at(person).get("slot", slots[0].pk))
    assert "We are here" not in text_of(at(olga).get("slot", slots[0].pk))
    assert at(vera).post("act", slots[1].pk, here=slots[0].pk).status_code == 404
    at(fay).post("act", slots[0].pk, here=slots[0].pk)
    assert Turn.objects.get(pk=slots[0].turn_id).here_at is not None
    said = text_of(at(ben).get("slot", slots[0].pk))
    assert "The chair sees that you are here." in said
    assert "We are here" not in said


def test_what_the_desk_tells_it_is_read_and_acknowledged_on_the_page(at, slots, review_session, ben, chen, olga, fay):
    (notice,) = send_notice(review_session.pk, slots[0].delegation_id, phrase=Phrase.TEXT, by=chen)
    assert "The interpreters need your text." in text_of(at(ben).get("slot", slots[0].pk))
    for other in (olga, fay):
        assert "The interpreters need your text." not in text_of(at(other).get("slot", slots[0].pk))
        assert at(other).post("act", slots[0].pk, acknowledge=notice.pk).status_code == 404
    at(ben).post("act", slots[0].pk, acknowledge=notice.pk)
    notice.refresh_from_db()
    assert notice.acknowledged_by == ben


def test_a_button_that_there_is_not_does_nothing(at, slots, ben):
    assert at(ben).post("act", slots[0].pk, explode=1).status_code == 404
    assert at(ben).post("act", slots[0].pk, accept="x").status_code == 404


# Remarks and the report


@pytest.fixture
def remark(review_session, slots, olga, vera):
    setting_up.set_up_review(review_session.pk, remarks=Remarks.AFTER_EACH, by=olga)
    return remarking.submit_remark(slots[0].pk, kind=RemarkKind.RECOMMENDATION, text="SECRET-REMARK", by=vera)


def test_a_remark_is_seen_by_both_delegations_before_it_is_read_and_not_by_a_third(at, slots, remark, ben, vera, gus):
    assert "SECRET-REMARK" in text_of(at(ben).get("slot", slots[0].pk))
    assert "SECRET-REMARK" in text_of(at(vera).get("slot", slots[1].pk))
    assert "SECRET-REMARK" not in text_of(at(gus).get("slot", slots[2].pk))


def test_it_is_answered_once_it_was_read_or_filed_and_later_only_by_a_day(at, slots, remark, ben, vera, olga):
    page = ("answer", slots[0].pk, remark.pk)
    assert at(vera).get(*page).status_code == 404
    assert at(olga).get(*page).status_code == 404
    assert at(ben).post(*page, answer=Answer.NOTED, text="We thank Finland.").status_code == 422
    Remark.objects.update(state="filed")
    late = at(ben).post(*page, answer=Answer.PENDING, text="We shall write.")
    assert late.status_code == 422
    assert "We shall write." in text_of(late)
    assert "by which day" in text_of(late)
    day = timezone.localdate() + timedelta(days=30)
    assert at(ben).post(*page, answer=Answer.PENDING, text="We shall write.", due_on=day.isoformat()).status_code == 302
    assert "We shall write." in text_of(at(vera).get("slot", slots[1].pk))
    at(ben).post(*page, answer=Answer.SUPPORTED, text="Done.", due_on="")
    remark.refresh_from_db()
    assert (remark.answer, remark.due_on) == (Answer.SUPPORTED, None)


def test_its_author_takes_it_back(at, slots, remark, ben, vera):
    assert at(ben).post("act", slots[0].pk, withdraw_remark=remark.pk).status_code == 404
    at(vera).post("act", slots[1].pk, withdraw_remark=remark.pk)
    assert "SECRET-REMARK" not in text_of(at(ben).get("slot", slots[0].pk))


def lines(*rows):
    typed = {"rows-TOTAL_FORMS": len(rows), "rows-INITIAL_FORMS": 0}
    return {**typed, **{f"rows-{at}-{name}": value for at, row in enumerate(rows) for name, value in row.items()}}


def test_achievements_are_typed_line_by_line_and_empty_lines_are_none(at, slots, ben):
    rows = lines({"what": "Consulates online", "figure": "41 of 41", "evidence": "example.org"}, {}, {"what": "Trust"})
    assert at(ben).post("achievements", slots[0].pk, **rows).status_code == 302
    found = slots[0].achievements.values_list("what", "figure", "evidence", "position")
    assert list(found) == [("Consulates online", "41 of 41", "https://example.org", 0), ("Trust", "", "", 1)]
    assert "Consulates online" in text_of(at(ben).get("achievements", slots[0].pk))


def test_a_line_that_cannot_be_taken_comes_back_with_the_others(at, slots, ben):
    answer = at(ben).post("achievements", slots[0].pk, **lines({"what": "One"}, {"figure": "12 SECRET-FIGURE"}))
    assert answer.status_code == 422
    assert "SECRET-FIGURE" in text_of(answer)
    assert "Say what was achieved." in text_of(answer)
    assert not slots[0].achievements.exists()


def test_commitments_say_how_far_they_are(at, slots, ben):
    at(ben).post("commitments", slots[0].pk, **lines({"text": "A hotline", "follow_up": "ongoing"}, {"text": "A code"}))
    assert list(slots[0].commitments.values_list("text", "follow_up")) == [("A hotline", "ongoing"), ("A code", "none")]


def test_the_report_is_published_after_the_statement_and_closed_again(at, review_session, slots, ben):
    at(ben).post("act", slots[0].pk, publish=slots[0].pk)
    assert Slot.objects.get(pk=slots[0].pk).published_at is None
    Turn.objects.filter(pk=slots[0].turn_id).update(state=State.COMPLETED)
    at(ben).post("act", slots[0].pk, publish=slots[0].pk)
    assert Slot.objects.get(pk=slots[0].pk).published_at is not None
    at(ben).post("act", slots[0].pk, unpublish=slots[0].pk)
    assert Slot.objects.get(pk=slots[0].pk).published_at is None


def test_its_page_names_only_topics_that_its_reader_may_follow(at, review_session, slots, ben, olga, fiji):
    own, board = f"delegation.{fiji.pk}", f"session.{review_session.pk}.board"
    mine, organised = text_of(at(ben).get("slot", slots[0].pk)), text_of(at(olga).get("slot", slots[0].pk))
    assert (own in mine, board in mine) == (True, False)
    assert (own in organised, board in organised) == (False, True)


def test_a_voice_that_lost_its_right_finds_nothing(at, conference, slots, ben):
    Membership.objects.filter(user=ben).update(may_speak_for=False, role=Role.DELEGATE)
    assert at(ben).get("slot", slots[0].pk).status_code == 404
