"""What the chair reads out: now, by the turn’s state and kind, and the whole course for the lectern and for paper."""

from io import BytesIO

import pytest
from pypdf import PdfReader

from conferences.models import Delegation
from sessions.floor.actions import desk, listing, ordering, rehearsing
from sessions.floor.models import Kind, Mode, State, Turn
from sessions.programme.actions import go_live
from sessions.review.actions import setting_up
from sessions.review.models import Remarks
from sessions.review.script import script_of, sentences_for

pytestmark = [pytest.mark.django_db, pytest.mark.page]

LANGUAGES = ("en", "id", "ar")


def turn_in(slot, state, **fields) -> Turn:
    Turn.objects.filter(pk=slot.turn_id).update(state=state, **fields)
    return Turn.objects.select_related("delegation", "about__delegation").get(pk=slot.turn_id)


def page(client, session, person, query=""):
    client.logout()
    if person is not None:
        client.force_login(person)
    return client.get(f"/c/icdd/sessions/{session.pk}/review/script/{query}")


# What to say now


def test_whoever_is_called_gets_the_floor_by_name_and_function(prepared):
    fiji = turn_in(prepared[0], State.CALLED, mode=Mode.ROOM)
    assert sentences_for(fiji, None, "en") == [
        "I now give the floor to Her Excellency Ms Adi Kini, Minister for Foreign Affairs of Fiji."
    ]


def test_a_film_is_announced_as_one_and_a_text_as_published_unread(prepared):
    (shown,) = sentences_for(turn_in(prepared[0], State.CALLED), None, "en")
    assert shown.endswith("whose statement was recorded and will now be shown.")
    (filed,) = sentences_for(turn_in(prepared[0], State.CALLED, mode=Mode.WRITTEN), None, "en")
    assert filed == "The statement of Fiji was handed in in writing and will be published without being delivered."


def test_while_somebody_speaks_and_after_come_thanks_and_who_is_next(prepared):
    for state in (State.PAUSED, State.COMPLETED):
        told = sentences_for(turn_in(prepared[0], state), turn_in(prepared[1], State.INSCRIBED), "en")
        assert told == [
            "I thank the distinguished representative of Fiji for the statement.",
            "The next statement will be that of Finland.",
        ]


def test_the_last_one_is_said_to_be_the_last(prepared):
    told = sentences_for(turn_in(prepared[0], State.COMPLETED), None, "en")
    assert told[-1] == "This is the last statement on the list."


def test_a_cut_says_that_the_time_is_over(prepared):
    told = sentences_for(turn_in(prepared[0], State.CUT), None, "en")
    assert told[0] == "The time for this statement is over."


def test_who_is_absent_comes_again_and_then_is_filed_or_passed_over(prepared):
    deferred = sentences_for(turn_in(prepared[2], State.DEFERRED, absent_count=1), None, "en")
    assert "will be called again at the end of this part" in deferred[0]
    forfeited = sentences_for(turn_in(prepared[2], State.FORFEITED, absent_count=2), None, "en")
    assert "We go on to the next speaker." in forfeited[0]
    filed = sentences_for(turn_in(prepared[2], State.FILED, absent_count=2), None, "en")
    assert "still not present" in filed[0]
    taken_as_read = sentences_for(turn_in(prepared[2], State.FILED, absent_count=0), None, "en")
    assert "handed in in writing" in taken_as_read[0]


def test_what_was_put_off_is_heard_later_and_nobody_is_called_absent(prepared):
    told = sentences_for(turn_in(prepared[0], State.PUT_OFF), None, "en")
    assert told[0] == "The statement of the delegation of Fiji will be heard at the end of this part."


def test_a_failure_asks_for_patience(prepared):
    assert sentences_for(turn_in(prepared[0], State.INTERRUPTED), None, "en") == [
        "We have a technical difficulty and ask for a moment’s patience."
    ]


def test_comments_questions_and_replies_have_their_own_words(review_session, heard, vera):
    for kind, words in (
        (Kind.COMMENT, "for a comment on the statement of Fiji."),
        (Kind.QUESTION, "for a question on the statement of Fiji."),
        (Kind.REPLY, "in exercise of the right of reply."),
    ):
        turn = listing.join_list(review_session.pk, kind=kind, about_id=heard[0].turn_id, by=vera)
        turn.state = State.CALLED
        (told,) = sentences_for(turn, None, "en")
        assert told == f"I give the floor to the distinguished representative of Finland {words}"


def test_a_rehearsal_has_the_same_words(review_session, prepared, chen):
    rehearsing.begin_rehearsal(review_session.pk, by=chen)
    Turn.objects.filter(stands_for=prepared[0].turn_id).update(state=State.CALLED)
    copy = Turn.objects.get(stands_for=prepared[0].turn_id)
    assert sentences_for(copy, None, "en") == sentences_for(turn_in(prepared[0], State.CALLED), None, "en")


def test_of_a_panel_and_of_a_person_it_says_nothing(panel, chen):
    person = ordering.add_turn(panel.pk, kind=Kind.COMMENT, name="Ana", by=chen)
    assert sentences_for(person, None, "en") == []
    turn = ordering.add_turn(
        panel.pk,
        kind=Kind.COMMENT,
        delegation_id=Delegation.objects.create(conference=panel.conference, name="X").pk,
        by=chen,
    )
    assert sentences_for(turn, None, "en") == []


def test_a_language_that_the_site_does_not_speak_is_refused(prepared):
    with pytest.raises(ValueError, match="does not speak"):
        sentences_for(turn_in(prepared[0], State.CALLED), None, "tlh")


def test_every_state_has_something_to_say_in_every_language(prepared):
    following = turn_in(prepared[1], State.INSCRIBED)
    for state in State:
        runs = prepared[0].requested_at if state == State.SPEAKING else None
        turn = turn_in(prepared[0], state, running_since=runs)
        for language in LANGUAGES:
            told = sentences_for(turn, following, language)
            assert told, (state, language)
            assert all(told), (state, language)


# The whole course


def test_the_course_goes_from_the_opening_to_the_end_in_calling_order(review_session, prepared):
    script = script_of(review_session, "en")
    assert "There are 3 statements on the list." in script.opening[0]
    assert script.lot[0].startswith("The lot has fallen on ")
    (part,) = script.parts
    countries = [str(entry.turn.delegation.country) for entry in part.entries]
    assert countries == ["FJ", "FI", "GH"]
    assert part.entries[0].after == [
        "I thank the distinguished representative of Fiji for the statement.",
        "The floor is open for comments and questions on the statement of Fiji.",
        "The next statement will be that of Finland.",
    ]
    assert script.closing[-1] == "I declare the countries’ review closed."


def test_after_a_block_its_comments_come_together(review_session, prepared, olga):
    setting_up.set_up_review(review_session.pk, remarks=Remarks.AFTER_BLOCK, by=olga)
    (part,) = script_of(review_session, "en").parts
    assert part.after == ["The floor is open for comments and questions on the statements of this part."]


def test_each_time_is_named_where_it_is_the_same_for_all(review_session, prepared):
    Turn.objects.update(allotted_ms=225_000)
    assert "Each statement has 3 minutes and 45 seconds." in script_of(review_session, "en").opening
    Turn.objects.filter(pk=prepared[0].turn_id).update(allotted_ms=60_000)
    assert not any("Each statement has" in sentence for sentence in script_of(review_session, "en").opening)


def test_it_is_the_chairs_alone(client, review_session, prepared, chen, olga, ben, ines, eve):
    for person in (chen, olga):
        assert page(client, review_session, person).status_code == 200
    for person in (ben, ines, eve, None):
        assert page(client, review_session, person).status_code == 404


def test_a_session_that_is_no_review_has_none(client, panel, chen):
    assert page(client, panel, chen).status_code == 404


def test_it_is_read_in_the_chairs_own_choice_of_language(client, review_session, prepared, chen):
    shown = page(client, review_session, chen, "?language=ar").content.decode()
    assert 'lang="ar" dir="rtl">' in shown
    assert 'lang="en" dir="ltr">' in page(client, review_session, chen, "?language=tlh").content.decode()


def test_it_marks_who_has_the_floor_and_who_is_done(client, review_session, prepared, chen):
    go_live(review_session.pk, by=chen)
    desk.call_next(review_session.pk, by=chen)
    shown = page(client, review_session, chen).content.decode()
    assert shown.count('data-now aria-current="step"') == 1


def test_it_is_there_on_paper_with_names_in_every_script(client, review_session, prepared, chen):
    client.force_login(chen)
    for language in LANGUAGES:
        answer = client.get(f"/c/icdd/sessions/{review_session.pk}/review/script.pdf?language={language}")
        words = "".join(sheet.extract_text() for sheet in PdfReader(BytesIO(answer.content)).pages)
        assert "Adi Kini" in words
        # On a sheet that runs from right to left its letters are read back one by one.
        assert "محمد" in words or (language == "ar" and set("محمد") <= set(words))
    client.logout()
    assert client.get(f"/c/icdd/sessions/{review_session.pk}/review/script.pdf").status_code == 404
