"""The chair’s console by plain forms: what works here works without any script."""

import gzip
import html
import re
from datetime import timedelta

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from outbox.reading import snapshot
from sessions.floor import script
from sessions.floor.actions import desk, ordering, points, rehearsing
from sessions.floor.actions.listing import forget_speaker, join_list, say_here
from sessions.floor.models import Floor, Kind, Mode, PointOfOrder, PointState, Speakers, State, Turn
from sessions.floor.views.acts import ACTS
from sessions.programme.models import Appointment, Duty, Session
from sessions.programme.models import State as SessionState

pytestmark = pytest.mark.page

LANGUAGES = {"en", "id", "ar"}


class Console:
    """Somebody's browser at the console of a session."""

    def __init__(self, session, person=None) -> None:
        self.session, self.client = session, Client()
        if person is not None:
            self.client.force_login(person)

    def address(self, name="console", *more):
        return reverse(f"floor:{name}", args=[self.session.conference.slug, self.session.pk, *more])

    def look(self) -> str:
        answer = self.client.get(self.address())
        assert answer.status_code == 200
        return answer.content.decode()

    def press(self, act: str, about=0, page: str | None = None) -> str:
        """Presses a button of a page (one that is opened now, unless it is given) and returns the page that follows."""
        page = page or self.look()
        there = [tag for tag in buttons(page) if f'name="{act}" value="{about or ""}' in tag]
        assert [tag for tag in there if " disabled" not in tag and " hidden" not in tag], f"no button {act} in {there}"
        answer = self.client.post(self.address("console_act"), {**hidden_fields(page, "console-form"), act: about})
        assert answer.status_code == 302
        return self.client.get(answer.url).content.decode()

    def asked(self, act: str, about=0) -> str:
        """The page that asks, which a button of the console leads to."""
        address = self.address("console_ask", act, about)
        assert any(f'formaction="{address}"' in tag for tag in buttons(self.look())), f"no button asks {act} {about}"
        answer = self.client.get(address)
        assert answer.status_code == 200
        return answer.content.decode()

    def answer(self, act: str, about=0, page: str | None = None, **fields):
        page = page or self.asked(act, about)
        return self.client.post(
            self.address("console_ask", act, about), {**hidden_fields(page, 'method="post" class="section"'), **fields}
        )


def buttons(page: str) -> list[str]:
    return re.findall(r"<button[^>]*>", page.split("<dialog")[0])


def hidden_fields(page: str, form_with: str) -> dict[str, str]:
    form = next(found for found in re.findall(r"<form.*?</form>", page, re.S) if form_with in found)
    hidden = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', form)
    return {name: html.unescape(value) for name, value in hidden}


def can_press(page: str, act: str) -> bool:
    found = [tag for tag in buttons(page) if f'data-act="{act}"' in tag]
    return any(" disabled" not in tag and " hidden" not in tag for tag in found)


def big_button(page: str) -> str:
    tag = next(tag for tag in buttons(page) if "console-big" in tag)
    return re.search(r'data-act="([^"]*)"', tag)[1]


def read_out(page: str) -> list[str]:
    return re.findall(r'<p dir="auto">([^<]+)</p>', re.search(r"data-sentences>(.*?)</div>", page, re.S)[1])


@pytest.fixture
def console(floor, statements, chen):
    return Console(floor.session, chen)


# Who may


def test_the_console_is_there_for_chairs_and_organisers(floor, statements, chen, olga):
    for person in (chen, olga):
        assert "Chair’s console" in Console(floor.session, person).look()


def test_for_everybody_else_there_is_no_console(floor, statements, ada, ben, eve):
    turn = statements[0]
    for person in (ada, ben, eve):
        other = Console(floor.session, person)
        asking = other.address("console_ask", "strike", turn.pk)
        assert other.client.get(other.address()).status_code == 404
        assert other.client.get(asking).status_code == 404
        assert other.client.post(asking, {"rev": 0, "reason": "x"}).status_code == 404
        assert other.client.post(other.address("console_act"), {"rev": 0, "call_next": 0}).status_code == 404
    assert set(Turn.objects.values_list("state", flat=True)) == {State.INSCRIBED}


def test_a_stranger_is_asked_to_sign_in(floor):
    nobody = Console(floor.session)
    answer = nobody.client.get(nobody.address())
    assert answer.status_code in (302, 403)
    assert b"data-console" not in answer.content


def test_a_session_is_not_found_under_another_conference(floor, chen):
    console = Console(floor.session, chen)
    assert console.client.get(console.address().replace("/c/icdd/", "/c/other/")).status_code == 404


def test_a_floor_on_which_nothing_happened_has_its_console_too(panel, chen):
    page = Console(panel, chen).look()
    assert "Nobody waits for the floor" in page
    assert not Floor.objects.exists()


# The one next act


def test_a_round_by_the_big_button_alone(console, statements):
    said = []
    page = console.look()
    for act in ("call_next", "start", "end"):
        assert big_button(page) == act
        said.append(read_out(page))
        page = console.press(act, 0 if act == "call_next" else statements[0].pk, page)
        said.append(read_out(page))
    assert Turn.objects.get(pk=statements[0].pk).state == State.COMPLETED
    assert big_button(page) == "call_next"
    assert [said[0], said[1], said[3], said[5]] == [
        ["The next speaker is Fiji."],
        ["I give the floor to Fiji."],
        ["I thank Fiji.", "The next speaker is Finland."],
        ["I thank Fiji.", "The next speaker is Finland."],
    ]


def test_a_speech_is_paused_extended_and_goes_on(console, statements, server_clock):
    turn = statements[0].pk
    console.press("call_next")
    console.press("start", turn)
    server_clock.tick(20)
    page = console.press("pause", turn)
    assert big_button(page) == "resume"
    console.press("extend", turn)
    page = console.press("extend", turn)
    assert not can_press(page, "extend")
    console.press("resume", turn)
    row = Turn.objects.get(pk=turn)
    assert (row.state, row.consumed_ms, row.allotted_ms) == (State.SPEAKING, 20_000, 240_000)


def test_a_call_is_taken_back(console, statements):
    page = console.press("call_next")
    console.press("call_back", statements[0].pk, page)
    assert Turn.objects.get(pk=statements[0].pk).state == State.INSCRIBED


def test_what_is_written_is_taken_as_read_in_place_of_a_start(console, statements, chen):
    Turn.objects.filter(pk=statements[0].pk).update(mode=Mode.WRITTEN, can_be_filed=True)
    assert big_button(console.press("call_next")) == "file"
    assert console.answer("file", statements[0].pk).status_code == 302
    assert Turn.objects.get(pk=statements[0].pk).state == State.FILED


def test_what_is_interrupted_has_its_four_ways_on(console, statements):
    turn = statements[0].pk
    Turn.objects.filter(pk=turn).update(can_be_filed=True)
    console.press("call_next")
    console.press("start", turn)
    assert console.answer("interrupt", turn, reason="The film stopped.").status_code == 302
    page = console.look()
    assert big_button(page) == "resume"
    assert all(can_press(page, act) for act in ("say_in_room", "defer", "file"))
    # It was said from elsewhere: that is what going on means, and no choice.
    assert not can_press(page, "say_remote")
    assert "Go on: Live, from elsewhere" in page
    page = console.press("say_in_room", turn)
    assert Turn.objects.get(pk=turn).mode == Mode.ROOM
    assert (can_press(page, "say_in_room"), can_press(page, "say_remote")) == (False, True)
    assert "Go on: Live in the room" in page
    console.answer("defer", turn)
    assert Turn.objects.get(pk=turn).state == State.PUT_OFF


WAYS_ON = ("say_in_room", "say_remote", "file")


def test_a_film_that_is_called_can_be_said_live_before_it_begins(console, statements):
    turn = statements[0].pk
    Turn.objects.filter(pk=turn).update(mode=Mode.RECORDED)
    page = console.press("call_next")
    assert [can_press(page, act) for act in ("call_back", *WAYS_ON, "defer")] == [True, True, True, False, False]
    page = console.press("say_in_room", turn, page)
    row = Turn.objects.get(pk=turn)
    assert (row.state, row.mode, big_button(page)) == (State.CALLED, Mode.ROOM, "start")
    assert not any(can_press(page, act) for act in WAYS_ON)
    console.press("start", turn, page)
    assert Turn.objects.get(pk=turn).state == State.SPEAKING


def test_the_text_of_a_film_that_is_called_can_be_filed(console, statements):
    turn = statements[0].pk
    Turn.objects.filter(pk=turn).update(mode=Mode.RECORDED, can_be_filed=True)
    assert can_press(console.press("call_next"), "file")
    assert console.answer("file", turn).status_code == 302
    assert Turn.objects.get(pk=turn).state == State.FILED


def test_a_film_that_was_shown_in_part_can_begin_again(console, statements, server_clock):
    turn = statements[0].pk
    Turn.objects.filter(pk=turn).update(mode=Mode.RECORDED)
    page = console.press("call_next")
    assert not can_press(page, "start_over")
    assert not can_press(console.press("start", turn, page), "start_over")
    server_clock.tick(22.5)
    assert can_press(console.press("pause", turn), "start_over")
    console.answer("interrupt", turn)
    assert can_press(console.look(), "start_over")
    console.answer("defer", turn)
    console.answer("call", turn)
    page = console.asked("start_over", turn)
    assert "Show the film of Fiji from the beginning?" in page
    assert console.answer("start_over", turn, page).status_code == 302
    row = Turn.objects.get(pk=turn)
    assert (row.state, row.consumed_ms) == (State.SPEAKING, 0)


def test_whoever_is_called_to_speak_live_has_no_such_choice(console, statements):
    Turn.objects.filter(pk=statements[0].pk).update(can_be_filed=True)
    page = console.press("call_next")
    assert not any(can_press(page, act) for act in ("say_in_room", "say_remote", "defer"))


def test_a_time_that_waits_is_the_same_on_the_clock_in_the_list_and_as_allotted(console, statements):
    Turn.objects.update(allotted_ms=11_600)
    page = console.look()
    clock = page[page.index("data-view-clock") :]
    texts = ((clock, "data-face"), (clock, "data-view-allotted"), (page, "data-figure"))
    shown = [re.search(rf"{mark}[^>]*>([^<]*)<", text)[1] for text, mark in texts]
    assert shown == ["0:12", "0:12", "0:12"]


def test_what_asks_once_beside_the_floor_has_one_look(console):
    page = console.look()
    apart = page[page.index('class="console-apart"') : page.index('id="points"')]
    looks = re.findall(r'<button class="([^"]*)"', apart)
    assert looks == ["button button-danger"] * 3


# What asks once


def test_a_microphone_is_cut_after_the_grace_and_after_a_question(console, statements, server_clock):
    turn = statements[0].pk
    console.press("call_next")
    console.press("start", turn)
    server_clock.tick(180 + 14)
    assert not can_press(console.look(), "cut")
    server_clock.tick(1)
    assert can_press(console.look(), "cut")
    page = console.asked("cut", turn)
    assert "Cut the microphone of Fiji?" in page
    assert Turn.objects.get(pk=turn).state == State.SPEAKING
    assert console.answer("cut", turn, page).status_code == 302
    assert Turn.objects.get(pk=turn).state == State.CUT


@pytest.mark.parametrize(
    ("is_second", "has_text", "says", "then"),
    [
        (False, False, "Fiji goes to the end of the block", State.DEFERRED),
        (True, True, "the text of Fiji is filed", State.FILED),
        (True, False, "Fiji forfeits the turn", State.FORFEITED),
    ],
)
def test_not_present_says_what_will_happen(console, statements, is_second, has_text, says, then):
    turn = statements[0].pk
    Turn.objects.filter(pk=turn).update(absent_count=is_second, can_be_filed=has_text)
    console.press("call_next")
    page = console.asked("not_present", turn)
    assert says in page
    assert page.count("goes to the end") + page.count("second time") == 1
    console.answer("not_present", turn, page)
    assert Turn.objects.get(pk=turn).state == then


def test_a_turn_is_moved_for_a_reason(console, statements):
    turn = statements[2].pk
    refused = console.answer("move", turn, place=1, reason=" ")
    assert refused.status_code == 422
    assert "Say why" in refused.content.decode()
    assert 'value="1"' in refused.content.decode()
    assert console.answer("move", turn, place=1, reason="Has a flight").status_code == 302
    order = Turn.objects.order_by("block", "position").values_list("pk", flat=True)
    assert list(order) == [turn, statements[0].pk, statements[1].pk]


def test_the_arrows_of_a_row_lead_to_its_neighbouring_places(console, statements):
    page = console.client.get(console.address("console_ask", "move", statements[1].pk), {"place": 1}).content.decode()
    assert re.search(r'name="place"[^>]*value="1"', page)
    arrows = [tag for tag in buttons(console.look()) if "data-by" in tag]
    assert [" disabled" in tag for tag in arrows] == [True, False, False, False, False, True]


def test_a_turn_is_struck_called_out_of_turn_and_taken_as_read(console, statements):
    Turn.objects.filter(pk=statements[1].pk).update(can_be_filed=True)
    assert "Strike Fiji off the list?" in console.asked("strike", statements[0].pk)
    console.answer("strike", statements[0].pk, reason="Withdrew by letter")
    console.answer("file", statements[1].pk)
    console.answer("call", statements[2].pk)
    states = [Turn.objects.get(pk=turn.pk).state for turn in statements]
    assert states == [State.WITHDRAWN, State.FILED, State.CALLED]


def test_somebody_who_asked_in_the_room_is_added(console, ghana):
    refused = console.answer("add", kind=Kind.QUESTION, delegation_id="", name="", function="")
    assert (refused.status_code, "Say who it is" in refused.content.decode()) == (422, True)
    console.answer("add", kind=Kind.QUESTION, delegation_id=ghana.pk, name="", function="")
    added = Turn.objects.order_by("-pk").first()
    assert (added.kind, added.delegation, added.state) == (Kind.QUESTION, ghana, State.INSCRIBED)


def test_a_hand_raised_in_the_room_is_on_the_statement_that_is_on_unless_the_desk_says_otherwise(
    console, statements, ghana, chen
):
    fiji, finland, _ghana = statements
    nobody = '<option value="" selected>None in particular</option>'
    assert nobody in console.asked("add")
    desk.call_turn(console.session.pk, fiji.pk, by=chen)
    desk.start_turn(console.session.pk, fiji.pk, by=chen)
    page = console.asked("add")
    assert nobody not in page
    assert re.search(rf'<option value="{fiji.pk}" selected>Fiji', page)
    desk.end_turn(console.session.pk, fiji.pk, by=chen)
    desk.call_turn(console.session.pk, finland.pk, by=chen)
    # It is called and has not begun: what was heard last is still what one speaks to.
    assert re.search(rf'<option value="{fiji.pk}" selected>Fiji', console.asked("add"))
    for about in (finland.pk, ""):
        console.answer("add", kind=Kind.COMMENT, delegation_id=ghana.pk, about_id=about, name="", function="")
        assert Turn.objects.order_by("-pk").first().about_id == (about or None)


def test_where_nobody_makes_a_statement_the_desk_is_not_asked_on_which(panel, chen):
    console = Console(panel, chen)
    assert 'name="about_id"' not in console.asked("add")


def test_the_list_is_closed_and_opened(console):
    console.press("close_list")
    assert not Floor.objects.get().list_is_open
    console.press("open_list")
    assert Floor.objects.get().list_is_open


def test_a_point_of_order_from_its_note_to_the_ruling(console, statements, ghana):
    turn = statements[0].pk
    console.press("call_next")
    console.press("start", turn)
    assert console.answer("note_point", delegation_id="").status_code == 422
    console.answer("note_point", delegation_id=ghana.pk)
    page = console.look()
    point = PointOfOrder.objects.get()
    assert big_button(page) == "recognise"
    assert "I give the floor to Ghana on a point of order." in read_out(page)
    assert not can_press(page, "pause")
    page = console.press("recognise", point.pk, page)
    assert big_button(page) == "rule"
    console.answer("rule", point.pk, ruling=PointState.REJECTED, reason="The statement is in order.")
    point.refresh_from_db()
    assert (point.state, point.ruling) == (PointState.REJECTED, "The statement is in order.")
    assert "The statement is in order." in console.look()
    assert Turn.objects.get(pk=turn).state == State.SPEAKING


def test_an_appeal_is_decided(console, statements, chen, ben, fiji):
    point = points.note_point(console.session.pk, delegation_id=fiji.pk, by=chen)
    points.rule_on_point(console.session.pk, point.pk, ruling=PointState.REJECTED, by=chen)
    points.appeal(point.pk, by=ben)
    assert big_button(console.look()) == "decide"
    console.answer("decide", point.pk, ruling=PointState.OVERRULED, reason="12 votes to 3")
    point.refresh_from_db()
    assert point.state == PointState.OVERRULED


def test_an_appeal_from_the_room_is_noted_until_somebody_is_called(
    console, statements, chen, fiji, ghana, server_clock
):
    point = points.note_point(console.session.pk, delegation_id=fiji.pk, by=chen)
    assert not can_press(console.look(), "note_appeal")
    points.rule_on_point(console.session.pk, point.pk, ruling=PointState.REJECTED, by=chen)
    assert can_press(console.look(), "note_appeal")
    assert console.answer("note_appeal", point.pk, delegation_id="").status_code == 422
    console.answer("note_appeal", point.pk, delegation_id=ghana.pk)
    point.refresh_from_db()
    assert (point.state, point.appealed_by) == (PointState.APPEALED, ghana)
    console.answer("decide", point.pk, ruling=PointState.SUSTAINED)
    other = points.note_point(console.session.pk, delegation_id=fiji.pk, by=chen)
    points.rule_on_point(console.session.pk, other.pk, ruling=PointState.UPHELD, by=chen)
    assert can_press(console.look(), "note_appeal")
    server_clock.tick(5)
    console.press("call_next")
    assert not can_press(console.look(), "note_appeal")
    told = console.client.get(console.address("console_ask", "note_appeal", other.pk), follow=True)
    assert "it is too late for this" in told.content.decode()


@pytest.mark.parametrize("act", [act for act, wished in ACTS.items() if wished.ask])
def test_what_asks_is_not_done_by_one_press(console, statements, act):
    rev = Floor.objects.get().rev
    answer = console.client.post(console.address("console_act"), {"rev": rev, act: statements[0].pk})
    assert answer.status_code == 404
    assert Floor.objects.get().rev == rev


def test_what_cannot_be_asked_now_is_told(console, statements):
    answer = console.client.get(console.address("console_ask", "cut", statements[0].pk), follow=True)
    assert "it is too late for this" in answer.content.decode()


# The desk


def test_a_press_on_an_older_page_is_refused_and_told(console, statements):
    old = console.look()
    console.press("close_list")
    page = console.press("call_next", page=old)
    assert "The floor has moved on since you looked." in page
    assert not Turn.objects.filter(state=State.CALLED).exists()


def test_an_answer_on_an_older_page_is_refused_and_told(console, statements):
    asked = console.asked("call", statements[1].pk)
    console.press("close_list")
    answer = console.answer("call", statements[1].pk, asked)
    assert "The floor has moved on since you looked." in console.client.get(answer.url).content.decode()
    assert not Turn.objects.filter(state=State.CALLED).exists()


def test_a_form_that_says_no_page_does_nothing(console):
    for rev in ({}, {"rev": ""}, {"rev": "-1"}, {"rev": "x"}):
        answer = console.client.post(console.address("console_act"), {"call_next": 0, **rev})
        assert answer.status_code == 404


def test_a_press_sent_twice_is_done_once(console, statements):
    page = console.look()
    console.press("call_next", page=page)
    console.press("call_next", page=page)
    assert Turn.objects.filter(state=State.CALLED).count() == 1


def test_a_taken_desk_is_said_and_only_taking_it_back_can_be_pressed(console, dev):
    desk.take_desk(console.session.pk, by=dev)
    page = console.look()
    band = re.search(r'data-band="taken"(.*?)>', page)[1]
    assert "hidden" not in band
    assert "Dev has held the desk since" in page
    pressed = {tag for tag in buttons(page) if "data-act" in tag and " disabled" not in tag and " hidden" not in tag}
    assert {re.search(r'data-act="([^"]*)"', tag)[1] for tag in pressed} == {"take", "notice"}
    page = console.press("take")
    assert can_press(page, "call_next")
    page = console.press("release", page=page)
    assert "Nobody holds the desk" in page


# The meeting and the rehearsal


def test_a_session_goes_live_is_suspended_resumed_and_ended(scheduled, chen):
    console = Console(scheduled.session, chen)
    assert big_button(console.look()) == "go_live"
    assert "This cannot be taken back." in console.asked("go_live")
    console.answer("go_live")
    console.answer("suspend")
    assert big_button(console.look()) == "session_resume"
    console.press("session_resume")
    console.press("call_next")
    page = console.asked("end_session")
    assert "Fiji has the floor and loses it." in page
    assert "Not reached, and told so on the record: Finland, Ghana." in page
    console.answer("end_session", page=page)
    assert Session.objects.get(pk=scheduled.pk).state == SessionState.ENDED
    page = console.look()
    assert big_button(page) == "over"
    assert not can_press(page, "call_next")


def test_a_rehearsal_is_seen_in_a_band_and_forgotten(scheduled, statements, chen):
    console = Console(scheduled.session, chen)
    assert not can_press(console.look(), "call_next")
    page = console.press("begin_rehearsal")
    assert "hidden" not in re.search(r'data-band="rehearsal"(.*?)>', page)[1]
    assert "Rehearsal: nobody else sees this." in page
    copy = Turn.objects.get(stands_for=statements[0])
    console.press("call_next", page=page)
    copy.refresh_from_db()
    assert copy.state == State.CALLED
    assert not can_press(console.look(), "close_list")
    console.answer("end_rehearsal")
    assert "hidden" in re.search(r'data-band="rehearsal"(.*?)>', console.look())[1]
    assert not Turn.objects.filter(is_rehearsal=True).exists()


# What is read out


def test_the_desk_s_card_has_the_script_in_each_language(console, statements, chen):
    desk.call_next(console.session.pk, by=chen)
    said = snapshot(f"session.{console.session.pk}.chair").cards["floor"]["script"]
    assert said.keys() == LANGUAGES
    assert said["en"] == ["I give the floor to Fiji."]


def test_another_app_s_script_is_read_out_instead(console, statements, chen, monkeypatch):
    heard = []

    def of_review(turn, follows, language):
        heard.append((turn.pk, follows and follows.pk, language))
        return [f"{language}: {turn.name}"] if turn.state == State.CALLED else []

    monkeypatch.setattr(script, "_scripts", [])
    script.register_script(of_review)
    script.register_script(of_review)
    desk.call_next(console.session.pk, by=chen)
    heard.clear()
    assert read_out(console.look()) == ["en: Ms Adi Kini"]
    assert heard == [(statements[0].pk, statements[1].pk, language) for language, _name in settings.LANGUAGES]
    desk.start_turn(console.session.pk, statements[0].pk, by=chen)
    assert read_out(console.look())[0] == "I thank Fiji."


@pytest.mark.parametrize(
    ("is_second", "has_text", "says"),
    [
        (False, False, "Fiji is not present and will be called again at the end."),
        (True, True, "The text of Fiji is filed and will be published."),
        (True, False, "Fiji is not present. We go on to the next speaker."),
    ],
)
def test_what_is_said_of_whoever_was_not_there(console, statements, chen, is_second, has_text, says):
    Turn.objects.filter(pk=statements[0].pk).update(absent_count=is_second, can_be_filed=has_text)
    desk.call_next(console.session.pk, by=chen)
    desk.mark_absent(console.session.pk, statements[0].pk, by=chen)
    assert read_out(console.look()) == [says, "The next speaker is Finland."]


def test_a_name_that_is_forgotten_leaves_the_script(floor, chen, followed):
    Floor.objects.update(speakers=Speakers.PARTICIPANTS)
    join_list(floor.pk, kind=Kind.COMMENT, by=chen)
    console = Console(floor.session, chen)
    assert read_out(console.look()) == ["The next speaker is Chen."]
    with followed(f"session.{floor.pk}.chair"):
        forget_speaker(of=chen)
    assert read_out(console.look()) == ["The next speaker is a participant."]


# Weight


def test_a_console_with_sixty_who_wait_is_light(console, chen, fiji):
    for number in range(60):
        ordering.add_turn(console.session.pk, kind=Kind.COMMENT, name=f"Somebody {number}", by=chen)
    answer = console.client.get(console.address())
    assert len(gzip.compress(answer.content, 6)) < 20_000


def test_the_console_asks_the_database_alike_for_three_and_for_sixty(console, chen, django_assert_max_num_queries):
    with django_assert_max_num_queries(60) as few:
        console.look()
    for number in range(57):
        ordering.add_turn(console.session.pk, kind=Kind.COMMENT, name=f"Somebody {number}", by=chen)
    with django_assert_max_num_queries(len(few.captured_queries) + 1):
        console.look()


def test_every_chair_of_the_session_has_the_console(floor, dev):
    assert Appointment.objects.filter(user=dev, duty=Duty.CHAIR).exists()
    assert "Chair’s console" in Console(floor.session, dev).look()


def test_a_rehearsal_that_another_chair_began_is_theirs(scheduled, chen, dev):
    rehearsing.begin_rehearsal(scheduled.pk, by=dev)
    page = Console(scheduled.session, chen).look()
    assert "Dev has held the desk since" in page


# Who is called


def test_the_console_shows_how_long_ago_somebody_was_called_and_that_they_answered(floor, statements, ben, chen):
    at = Console(floor.session, chen)
    assert re.search(r"data-called hidden>", at.look())
    desk.call_next(floor.pk, by=chen)
    Turn.objects.filter(pk=statements[0].pk).update(called_at=timezone.now() - timedelta(seconds=20))
    page = at.look()
    assert re.search(r"data-called><time[^>]*>0:2\d ago<", page)
    assert re.search(r"data-view-here hidden>", page)
    say_here(statements[0].pk, by=ben)
    assert re.search(r"data-view-here>.*They say that they are here", at.look())
    desk.start_turn(floor.pk, statements[0].pk, by=chen)
    page = at.look()
    assert re.search(r"data-called hidden>", page)
    assert re.search(r"data-view-here hidden>", page)
