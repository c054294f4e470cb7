"""The chair’s console in a real browser: by keys alone, at two desks, over links that fail and servers that die."""

import re
import signal
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import Error, Page, expect

from sessions.floor.actions import desk, listing, ordering, points
from sessions.floor.actions.standing import Statement, inscribe_statements
from sessions.floor.models import Floor, Kind, Minute, Mode, PointOfOrder, PointState, Speakers, State, Turn
from sessions.programme.models import Session
from sessions.programme.models import State as SessionState

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

CALM = 650  # ms in which a button that became another one is not pressed
LAPTOP = {"width": 1280, "height": 720}


@pytest.fixture
def floor(panel):
    return Floor.objects.create(session=panel, speakers=Speakers.DELEGATIONS, list_is_open=True)


@pytest.fixture
def statements(floor, fiji, finland, ghana, chen):
    wished = [
        Statement(delegation=fiji, name="Ms Adi Kini", mode=Mode.REMOTE, allotted_ms=180_000),
        Statement(delegation=finland, name="Mr Otso Laine", allotted_ms=180_000),
        Statement(delegation=ghana, name="Ms Efua Mensah", allotted_ms=180_000),
    ]
    return inscribe_statements(floor.session, wished, by=chen)


@pytest.fixture
def console(visit, floor, statements):
    """`console(chen)` is Chen's browser at the console, once it has its cards."""

    def opened(person, **options) -> Page:
        page = visit(person, address(floor), **options)
        if options.get("scripts", True):
            page.set_viewport_size(LAPTOP)
            is_drawn(page)
        return page

    return opened


def address(floor) -> str:
    return reverse("floor:console", args=[floor.session.conference.slug, floor.pk])


def is_drawn(page: Page) -> None:
    # Nothing is `disabled` once the page is drawn from its cards.
    expect(page.locator("[data-console] [data-act]:disabled")).to_have_count(0)
    expect(page.locator("body")).to_have_attribute("data-link", "connected")


def big(page: Page):
    return page.locator(".console-big")


def is_at(page: Page, act: str, *, within: int = 10_000) -> None:
    """The next right act is this one, and its button has been so long enough to be pressed."""
    expect(big(page)).to_have_attribute("data-act", act, timeout=within)
    page.wait_for_timeout(CALM)


def is_free(page: Page) -> None:
    """What was pressed is answered, and something can be pressed again."""
    expect(big(page)).not_to_have_attribute("aria-disabled", "true")


def state_of(turn) -> str:
    return Turn.objects.get(pk=turn.pk).state


def seconds_shown(page: Page) -> int:
    shown = page.locator("[data-view-clock] [data-face]").inner_text()
    minutes, seconds = shown.lstrip("+").split(":")
    return (-1 if shown.startswith("+") else 1) * (int(minutes) * 60 + int(seconds))


def clock_is_right(page: Page, turn) -> None:
    """Within a second of what the server's record says, looked at in the same moment."""
    expect(page.locator("[data-view-clock]")).not_to_have_attribute("data-doubtful", "")
    shown = seconds_shown(page)
    left = Turn.objects.get(pk=turn.pk).clock.remaining_at(timezone.now()) / 1000
    assert abs(shown - left) <= 1.5, (shown, left)


def talk_for(turn, seconds: int) -> None:
    """As if the one who speaks had begun so long ago."""
    desk.pause_turn(turn.floor_id, turn.pk, by=turn.floor.desk_holder)
    Turn.objects.filter(pk=turn.pk).update(consumed_ms=seconds * 1000)
    desk.resume_turn(turn.floor_id, turn.pk, by=turn.floor.desk_holder)


# By keys alone


def test_a_round_by_the_keyboard_alone(console, floor, statements, chen):
    page = console(chen)
    fiji, finland, ghana = statements

    page.keyboard.press("n")
    is_at(page, "start")
    expect(page.locator("#floor-title")).to_have_text("Fiji")
    expect(page.locator("[data-sentences]")).to_have_text("I give the floor to Fiji.")
    page.keyboard.press(" ")
    is_at(page, "end")
    clock_is_right(page, fiji)
    page.keyboard.press(" ")
    is_at(page, "resume")
    page.keyboard.press("+")
    expect(page.locator("[data-view-extended]")).to_have_text("1/2")
    page.keyboard.press(" ")
    is_at(page, "end")

    # It began only a moment ago, so ending it asks once.
    page.keyboard.press("e")
    expect(page.locator("#ask-end_early h2")).to_have_text("End the turn of Fiji already?")
    expect(page.locator("#ask-end_early [data-closes]")).to_be_focused()
    page.keyboard.press("Escape")
    assert state_of(fiji) == State.SPEAKING
    talk_for(Turn.objects.select_related("floor__desk_holder").get(pk=fiji.pk), 60)
    expect(page.locator("[data-view-used]")).to_have_text(re.compile("^1:0"))

    page.keyboard.press("o")
    expect(page.locator("#note_point-delegation_id")).to_be_focused()
    page.keyboard.type("Ghana")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    expect(page.locator("#ask-note_point [data-yes]")).to_be_focused()
    page.keyboard.press("Enter")
    is_at(page, "recognise")
    assert state_of(fiji) == State.PAUSED
    page.locator(".console-big").focus()
    page.keyboard.press("Enter")
    is_at(page, "rule")
    page.keyboard.press("Enter")
    expect(page.locator("#ask-rule h2")).to_have_text("Your ruling on the point of order of Ghana")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Tab")
    page.keyboard.type("The statement is in order.")
    page.wait_for_timeout(CALM)
    page.keyboard.press("Enter")
    is_at(page, "end")
    point = PointOfOrder.objects.get()
    assert (point.state, point.ruling) == (PointState.REJECTED, "The statement is in order.")
    expect(page.locator("[data-points] [data-ruling]")).to_have_text("The statement is in order.")

    # A delegation in the room appeals at once: the clock stops again until the meeting has decided.
    page.locator("[data-points] [data-act=note_appeal]").focus()
    page.keyboard.press("Enter")
    expect(page.locator("#note_appeal-delegation_id")).to_be_focused()
    page.keyboard.type("Finland")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    is_at(page, "decide")
    expect(page.locator("[data-appealed-by]")).to_have_text("Finland")
    assert state_of(fiji) == State.PAUSED
    page.locator(".console-big").focus()
    page.keyboard.press("Enter")
    page.keyboard.press(" ")
    page.wait_for_timeout(CALM)
    page.keyboard.press("Enter")
    is_at(page, "end")
    expect(page.locator("[data-points] [data-act=note_appeal]")).to_be_hidden()

    page.keyboard.press("e")
    is_at(page, "call_next")
    assert state_of(fiji) == State.COMPLETED
    page.keyboard.press("n")
    is_at(page, "start")
    page.keyboard.press("p")
    expect(page.locator("#ask-not_present")).to_contain_text("Finland goes to the end of the block")
    page.keyboard.press("Tab")
    page.wait_for_timeout(CALM)
    page.keyboard.press("Enter")
    is_at(page, "call_next")
    assert (state_of(finland), state_of(ghana)) == (State.DEFERRED, State.INSCRIBED)
    expect(page.locator("[data-waiting] .flag-name")).to_have_text(["Ghana", "Finland"])
    expect(page.locator("[data-done] .flag-name")).to_have_text(["Fiji"], use_inner_text=False)


def test_the_bar_stops_a_speech_and_never_ends_it(console, statements, chen):
    page = console(chen)
    page.keyboard.press("n")
    is_at(page, "start")
    big(page).focus()
    page.keyboard.press(" ")
    is_at(page, "end")
    # The focus is on the button that ends the speech now.
    expect(big(page)).to_be_focused()
    page.keyboard.press(" ")
    is_at(page, "resume")
    assert state_of(statements[0]) == State.PAUSED


def test_a_turn_is_moved_by_keys_with_its_reason_and_keeps_the_focus(console, statements, chen):
    page = console(chen)
    row = page.locator(f'[data-turn="{statements[2].pk}"] summary')
    row.focus()
    page.keyboard.press("Alt+ArrowUp")
    expect(page.locator("#ask-move h2")).to_have_text("Move Ghana on the list")
    expect(page.locator("#move-reason")).to_be_focused()
    expect(page.locator("#move-place")).to_have_value("2")
    page.keyboard.type("Has a flight")
    page.wait_for_timeout(CALM)
    page.keyboard.press("Enter")
    expect(page.locator("[data-waiting] .flag-name")).to_have_text(["Fiji", "Ghana", "Finland"])
    expect(row).to_be_focused()
    assert Minute.objects.get(what="floor.reordered").words == "Has a flight"


def test_a_hand_raised_in_the_room_is_added_on_the_statement_that_is_on(console, floor, statements, finland, chen):
    page = console(chen)
    _fiji, finlands, ghanas = statements
    about = page.locator("#add-about_id")
    page.locator("[data-act=add]").click()
    expect(about).to_have_value("")
    expect(about.locator("option")).to_have_text(["None in particular", "Fiji", "Finland", "Ghana"])
    page.keyboard.press("Escape")
    ordering.strike_turn(floor.pk, finlands.pk, reason="As they asked", by=chen)
    desk.call_turn(floor.pk, ghanas.pk, by=chen)
    desk.start_turn(floor.pk, ghanas.pk, by=chen)
    is_at(page, "end")
    page.locator("[data-act=add]").click()
    expect(about.locator("option")).to_have_text(["None in particular", "Ghana", "Fiji"])
    expect(about).to_have_value(str(ghanas.pk))
    page.locator("#add-delegation_id").select_option(str(finland.pk))
    page.locator("#ask-add [data-yes]").click()
    expect(page.locator("#ask-add")).to_be_hidden()
    assert Turn.objects.get(delegation=finland, kind=Kind.COMMENT).about_id == ghanas.pk


def test_keys_are_off_while_one_types_and_when_they_are_switched_off(console, statements, chen):
    page = console(chen)
    page.locator("[data-act=add]").click()
    page.locator("#add-name").fill("")
    page.locator("#add-name").press_sequentially("nope ")
    page.keyboard.press("Escape")
    page.keyboard.press("?")
    page.locator("[data-keys-on]").uncheck()
    page.keyboard.press("Escape")
    page.keyboard.press("n")
    page.reload()
    is_drawn(page)
    page.keyboard.press("n")
    page.wait_for_timeout(300)
    assert not Turn.objects.filter(state=State.CALLED).exists()
    assert not Minute.objects.filter(what="turn.called").exists()
    page.locator("[data-keys-help]").click()
    page.locator("[data-keys-on]").check()
    page.keyboard.press("Escape")
    page.keyboard.press("n")
    expect(big(page)).to_have_attribute("data-act", "start")


def test_the_end_of_the_list_stands_beside_the_planned_end_and_moves_with_the_list(console, floor, statements, chen):
    Session.objects.filter(pk=floor.pk).update(ends_at=timezone.now() + timedelta(minutes=5))
    page = console(chen)
    line = page.locator("[data-through]")
    expect(line).to_contain_text("5 min after the planned end.")
    expect(line).to_have_attribute("data-how", "late")
    for statement in statements[1:]:
        ordering.strike_turn(floor.pk, statement.pk, reason="Not here", by=chen)
    expect(line).to_contain_text("2 min in hand.")


# What cannot be misclicked


def test_who_is_called_is_awaited_by_the_second_and_answers_from_afar(console, floor, statements, chen, ben):
    page = console(chen)
    waited, here = page.locator("[data-called]"), page.locator("[data-view-here]")
    expect(waited).to_be_hidden()
    page.keyboard.press("n")
    is_at(page, "start")
    called_at = Turn.objects.get(pk=statements[0].pk).called_at
    for _look in range(2):
        expect(waited).to_have_text(re.compile(r"^0:\d\d ago$"))
        shown = waited.inner_text()
        assert abs((timezone.now() - called_at).total_seconds() - int(shown[2:4])) <= 1.5
        # It goes on by itself.
        expect(waited).not_to_have_text(shown)
    expect(here).to_be_hidden()
    listing.say_here(statements[0].pk, by=ben)
    expect(here).to_have_text("They say that they are here")
    expect(page.get_by_text("Fiji says: here.")).to_be_visible()
    # What is pressed after the answer is not of an older page.
    page.keyboard.press(" ")
    is_at(page, "end")
    expect(waited).to_be_hidden()
    expect(here).to_be_hidden()


def test_a_double_click_calls_and_does_not_start(console, statements, chen):
    page = console(chen)
    big(page).dblclick()
    expect(big(page)).to_have_attribute("data-act", "start")
    page.wait_for_timeout(CALM)
    assert state_of(statements[0]) == State.CALLED


def test_a_press_on_a_page_that_has_only_just_opened_counts(console, chen):
    page = console(chen)
    # As on the quickest of laptops: here its clock goes slowly.
    page.add_init_script("const now = performance.now.bind(performance); performance.now = () => now() / 20;")
    page.reload()
    is_drawn(page)
    big(page).click()
    is_at(page, "start")


def test_a_button_that_has_just_become_another_one_waits_to_be_read(console, statements, chen):
    page = console(chen)
    page.evaluate(
        """() => new MutationObserver(() => document.querySelector(".console-big").click())
            .observe(document.querySelector(".console-big"), { attributeFilter: ["data-act"] })"""
    )
    desk.call_next(statements[0].floor_id, by=chen)
    expect(page.locator("#status")).to_have_text("This button has just changed. Look, and press again.")
    assert state_of(statements[0]) == State.CALLED


def test_between_two_events_of_one_change_nothing_else_is_offered(console, statements, chen):
    page = console(chen)
    page.evaluate(
        """() => { window.offered = []; const big = document.querySelector(".console-big");
            const note = () => window.offered.push(big.dataset.act);
            new MutationObserver(note).observe(big, { attributeFilter: ["data-act"] }); }"""
    )
    desk.call_next(statements[0].floor_id, by=chen)
    is_at(page, "start")
    assert page.evaluate("[...new Set(window.offered)]") == ["start"]


def test_the_microphone_is_cut_only_after_the_grace_and_asks_whose(console, statements, chen):
    page = console(chen)
    cut = page.locator("#floor [data-act=cut]")
    desk.call_next(statements[0].floor_id, by=chen)
    desk.start_turn(statements[0].floor_id, statements[0].pk, by=chen)
    is_at(page, "end")
    cut.click(force=True)
    expect(page.locator("#status")).to_have_text("Only once the time and its grace are over.")
    talk_for(Turn.objects.select_related("floor__desk_holder").get(pk=statements[0].pk), 180 + 10)
    expect(page.locator(".console-prompt")).to_be_hidden()
    expect(cut).to_have_attribute("aria-disabled", "true")
    # By the clock alone: nothing is sent meanwhile.
    expect(page.locator(".console-prompt")).to_have_text("15 s over: cut?")
    expect(cut).not_to_have_attribute("aria-disabled", "true")
    page.keyboard.press("c")
    expect(page.locator("#ask-cut h2")).to_have_text("Cut the microphone of Fiji?")
    assert state_of(statements[0]) == State.SPEAKING
    page.wait_for_timeout(CALM)
    page.locator("#ask-cut [data-yes]").click()
    is_at(page, "call_next")
    assert state_of(statements[0]) == State.CUT


def test_a_question_is_closed_where_it_asks_of_what_is_over(console, statements, chen):
    page = console(chen)
    page.keyboard.press("n")
    is_at(page, "start")
    page.keyboard.press("p")
    expect(page.locator("#ask-not_present")).to_be_visible()
    desk.start_turn(statements[0].floor_id, statements[0].pk, by=chen)
    expect(page.locator("#ask-not_present")).to_be_hidden()
    expect(page.locator("#status")).to_have_text("The floor has moved on: look at it now.")


def told(page: Page) -> None:
    """From now on `window.told` has everything that the page says."""
    page.evaluate(
        """() => { window.told = []; const status = document.querySelector("#status");
            new MutationObserver(() => window.told.push(status.textContent.trim()))
                .observe(status, { childList: true, characterData: true, subtree: true }); }"""
    )


def test_what_was_asked_and_answered_raises_no_alarm_of_its_own(console, statements, chen):
    page = console(chen)
    told(page)
    for key, act, then in (("p", "not_present", "call_next"), ("e", "end_early", "call_next")):
        page.keyboard.press("n")
        is_at(page, "start")
        if key == "e":
            page.keyboard.press(" ")
            is_at(page, "end")
        page.keyboard.press(key)
        page.wait_for_timeout(CALM)
        page.locator(f"#ask-{act} [data-yes]").click()
        is_at(page, then)
        is_free(page)
        expect(page.locator(f"#ask-{act}")).to_be_hidden()
    assert [state_of(turn) for turn in statements[:2]] == [State.DEFERRED, State.COMPLETED]
    said = page.evaluate("window.told")
    assert "Finland: Called" in said
    assert not [words for words in said if words.startswith("The floor has moved on")]


def test_an_answer_that_came_too_late_is_refused_in_words(console, network, statements, chen):
    page = console(chen, through=network, silent=False)
    page.keyboard.press("n")
    is_at(page, "start")
    page.keyboard.press("p")
    page.wait_for_timeout(CALM)
    network.cut()
    expect(page.locator("body")).to_have_attribute("data-link", "reconnecting")
    page.locator("#ask-not_present [data-yes]").click()
    desk.start_turn(statements[0].floor_id, statements[0].pk, by=chen)
    told(page)
    network.mend()
    is_at(page, "end", within=40_000)
    is_free(page)
    expect(page.locator("#ask-not_present")).to_be_hidden()
    # By the refusal, or, where the change is here before it, by the question that is closed.
    assert [words for words in page.evaluate("window.told") if "The floor has moved on" in words]
    assert state_of(statements[0]) == State.SPEAKING


def test_a_film_that_is_called_is_said_live_where_it_cannot_be_shown(console, statements, chen, complaints_of_axe):
    Turn.objects.filter(pk=statements[0].pk).update(mode=Mode.RECORDED)
    page = console(chen)
    choices = page.locator("[data-choices]")
    expect(choices).to_be_hidden()
    page.keyboard.press("n")
    is_at(page, "start")
    expect(choices.locator("[data-act=say_remote]")).to_be_visible()
    expect(choices.locator("[data-act=defer]")).to_be_hidden()
    expect(choices.locator("[data-act=file]")).to_have_attribute("aria-disabled", "true")
    cut = page.locator("#floor [data-act=cut]").bounding_box()
    assert cut["y"] + cut["height"] <= LAPTOP["height"]
    assert complaints_of_axe(page) == []
    choices.locator("[data-act=say_in_room]").click()
    expect(choices).to_be_hidden()
    expect(page.locator("[data-view-mode]")).to_have_text("Live in the room")
    is_free(page)
    page.keyboard.press(" ")
    is_at(page, "end")


def test_once_it_is_to_be_said_live_only_other_ways_are_offered_and_go_on_says_how(console, floor, statements, chen):
    turn = statements[0]
    Turn.objects.filter(pk=turn.pk).update(mode=Mode.RECORDED)
    for verb in (desk.call_turn, desk.start_turn, desk.interrupt_turn):
        verb(floor.pk, turn.pk, by=chen)
    page = console(chen)
    room, remote = (page.locator(f"[data-choices] [data-act={act}]") for act in ("say_in_room", "say_remote"))
    expect(big(page)).to_contain_text("Go on: Recorded")
    for button, other, words in ((room, remote, "Live in the room"), (remote, room, "Live, from elsewhere")):
        button.click()
        expect(big(page)).to_contain_text(f"Go on: {words}")
        expect(page.locator("[data-view-mode]")).to_have_text(words)
        expect(button).to_be_hidden()
        expect(other).to_be_visible()
        is_free(page)
    page.keyboard.press(" ")
    is_at(page, "end")


def test_a_film_that_showed_nothing_is_shown_again_from_its_beginning(console, statements, chen, complaints_of_axe):
    turn = statements[0]
    Turn.objects.filter(pk=turn.pk).update(mode=Mode.RECORDED)
    desk.call_next(turn.floor_id, by=chen)
    desk.start_turn(turn.floor_id, turn.pk, by=chen)
    desk.pause_turn(turn.floor_id, turn.pk, by=chen)
    Turn.objects.filter(pk=turn.pk).update(consumed_ms=20_000)
    page = console(chen)
    again = page.locator("[data-beside] [data-act=start_over]")
    expect(again).to_be_visible()
    expect(page.locator("[data-choices]")).to_be_hidden()
    assert complaints_of_axe(page) == []
    again.click()
    expect(page.locator("#ask-start_over h2")).to_have_text("Show the film of Fiji from the beginning?")
    page.wait_for_timeout(CALM)
    page.locator("#ask-start_over [data-yes]").click()
    is_at(page, "end")
    expect(again).to_be_hidden()
    clock_is_right(page, turn)
    row = Turn.objects.get(pk=turn.pk)
    assert (row.state, row.consumed_ms) == (State.SPEAKING, 0)


def test_the_acts_are_on_a_laptop_s_screen_without_scrolling(console, statements, chen):
    page = console(chen)
    for act in ("cut", "not_present", "interrupt", "pause", "extend", "end", "call_back"):
        box = page.locator(f"#floor [data-act={act}]").first.bounding_box()
        assert box, act
        assert box["y"] >= 0
        assert box["y"] + box["height"] <= LAPTOP["height"], act
    apart = page.locator("#floor [data-act=cut]").bounding_box()
    beside = page.locator("[data-beside]").bounding_box()
    assert apart["y"] - (beside["y"] + beside["height"]) >= 24


def test_what_is_read_out_is_in_view_on_a_laptop_whatever_can_be_pressed(console, floor, statements, chen):
    recorded = statements[0]
    Turn.objects.filter(pk=recorded.pk).update(mode=Mode.RECORDED)
    page = console(chen)
    for verb in (desk.call_turn, desk.start_turn, desk.pause_turn, desk.interrupt_turn):
        verb(floor.pk, recorded.pk, by=chen)
        if verb is desk.pause_turn:
            Turn.objects.filter(pk=recorded.pk).update(consumed_ms=5_000)
        expect(page.locator("#floor")).to_have_attribute("data-state", Turn.objects.get(pk=recorded.pk).state)
        expect(page.locator("[data-sentences] p").first).to_be_in_viewport(ratio=1)
        for button in page.locator("#floor [data-act]:visible").all():
            expect(button).to_be_in_viewport(ratio=1)


def test_a_button_that_is_gone_leaves_the_focus_to_its_twin_and_never_to_a_call(console, floor, statements, chen):
    page = console(chen)
    for act, twin in (
        ("close_list", "open_list"),
        ("open_list", "close_list"),
        ("release", "take"),
        ("take", "release"),
    ):
        if act == "release":
            desk.take_desk(floor.pk, by=chen)
        button = page.locator(f".console-order [data-act={act}], .console-desk [data-act={act}]")
        expect(button).to_be_visible()
        button.focus()
        page.keyboard.press("Enter")
        expect(button).to_be_hidden()
        expect(page.locator(f"[data-act={twin}]:visible")).to_be_focused()
        is_free(page)
    page.locator("[data-act=suspend]").focus()
    page.keyboard.press("Enter")
    page.wait_for_timeout(CALM)
    page.locator("#ask-suspend [data-yes]").press("Enter")
    expect(page.locator(".console-meeting [data-act=session_resume]")).to_be_focused()
    is_free(page)
    page.keyboard.press("Enter")
    expect(page.locator(".console-meeting [data-act=suspend]")).to_be_focused()
    # Without a twin it is on the name of whoever is in view.
    page.keyboard.press("n")
    is_at(page, "start")
    page.evaluate("document.activeElement.blur()")
    page.keyboard.press("p")
    page.wait_for_timeout(CALM)
    page.locator("#ask-not_present [data-yes]").press("Enter")
    is_at(page, "call_next")
    expect(page.locator("#floor-title")).to_be_focused()
    page.keyboard.press("Enter")
    page.wait_for_timeout(CALM)
    assert not Turn.objects.filter(state=State.CALLED).exists()


@pytest.mark.parametrize("is_rehearsed", [False, True])
def test_three_lines_of_what_is_read_out_have_their_room_on_a_laptop(
    console, floor, fiji, statements, chen, is_rehearsed
):
    type(fiji).objects.filter(pk=fiji.pk).update(name="Lao People’s Democratic Republic")
    Turn.objects.filter(pk=statements[0].pk).update(mode=Mode.RECORDED)
    if is_rehearsed:
        Session.objects.update(state=SessionState.SCHEDULED, went_live_at=None)
    page = console(chen)
    if is_rehearsed:
        page.get_by_role("button", name="Rehearse").click()
    is_at(page, "call_next")
    for key, act in (("n", "start"), (" ", "end"), (" ", "resume")):
        page.keyboard.press(key)
        is_at(page, act)
        # More than there can be room for.
        lines, hidden = page.evaluate(
            """() => { const script = document.querySelector("[data-script]");
                const [title, box] = script.children;
                const sentence = () => Object.assign(document.createElement("p"), { textContent: "One." });
                box.replaceChildren(...Array.from({ length: 30 }, sentence));
                const room = script.clientHeight - title.offsetHeight;
                return [room / box.firstElementChild.offsetHeight, script.scrollHeight - script.clientHeight]; }"""
        )
        assert lines >= 3, act
        assert hidden > 0
        expect(page.locator("[data-script]")).to_be_in_viewport(ratio=1)
        for button in page.locator("#floor [data-act]:visible").all():
            expect(button).to_be_in_viewport(ratio=1)


# Two desks


def test_a_deputy_takes_the_desk_of_a_laptop_that_died(console, statements, chen, dev):
    first = console(chen, silent=False)
    first.keyboard.press("n")
    is_at(first, "start")
    first.keyboard.press(" ")
    is_at(first, "end")
    # Its renderer is killed, without a goodbye.
    with pytest.raises(Error):
        first.goto("chrome://crash")

    second = console(dev)
    expect(second.locator("[data-taken-words]")).to_contain_text("Chen has held the desk since")
    clock_is_right(second, statements[0])
    second.locator('[data-band="taken"] [data-act=take]').click()
    expect(second.locator('[data-band="taken"]')).to_be_hidden()
    assert state_of(statements[0]) == State.SPEAKING
    clock_is_right(second, statements[0])
    is_free(second)
    second.keyboard.press(" ")
    is_at(second, "resume")
    turn = Turn.objects.get(pk=statements[0].pk)
    assert turn.consumed_ms == sum(segment.ms for segment in turn.segments.all())
    assert turn.consumed_ms > 0


def test_whoever_loses_the_desk_sees_it_at_once_and_can_take_it_back(console, statements, chen, dev):
    page = console(chen)
    page.keyboard.press("n")
    is_at(page, "start")
    desk.take_desk(statements[0].floor_id, by=dev)
    band = page.locator('[data-band="taken"]')
    expect(band).to_be_visible()
    expect(band).to_contain_text("Dev has held the desk since")
    page.keyboard.press(" ")
    expect(page.locator("#status")).to_have_text("Somebody else holds the desk. Take it back first.")
    shown = page.locator("[data-act]:visible:not([aria-disabled])")
    assert shown.evaluate_all("nodes => nodes.map((node) => node.dataset.act)") == ["take", "notice"]
    assert state_of(statements[0]) == State.CALLED
    band.get_by_role("button", name="Take it back").click()
    expect(band).to_be_hidden()
    is_free(page)
    page.keyboard.press(" ")
    is_at(page, "end")


def test_two_chairs_press_call_next_at_once(console, statements, chen, dev):
    pages = [console(chen), console(dev)]
    # Both press before either hears of the other: at the same moment of the same clock.
    moment = pages[0].evaluate("() => Date.now() + 1000")
    for page in pages:
        page.evaluate(
            "(moment) => setTimeout(() => document.querySelector('.console-big').click(), moment - Date.now())", moment
        )
    for page in pages:
        expect(big(page)).to_have_attribute("data-act", "start")
        expect(page.locator("#floor-title")).to_have_text("Fiji")
    assert [state_of(turn) for turn in statements] == [State.CALLED, State.INSCRIBED, State.INSCRIBED]
    told = [page.locator("#status").inner_text() for page in pages]
    assert sum("holds the desk" in words or "has moved on" in words or "Somebody else" in words for words in told) <= 1
    assert Minute.objects.filter(what="turn.called").count() == 1


# Links and servers


def test_a_server_that_dies_in_the_middle_of_a_speech(console, site, statements, chen):
    page = console(chen, silent=False)
    page.evaluate("window.sameLoad = true")
    page.keyboard.press("n")
    is_at(page, "start")
    page.keyboard.press(" ")
    is_at(page, "end")
    site.stop(signal.SIGKILL)
    expect(page.locator("body")).not_to_have_attribute("data-link", "connected")
    before = seconds_shown(page)
    page.wait_for_timeout(2_000)
    assert seconds_shown(page) < before  # it counts down by itself
    site.start()
    expect(page.locator("body")).to_have_attribute("data-link", re.compile("connected|fallback"), timeout=40_000)
    clock_is_right(page, statements[0])
    page.keyboard.press(" ")
    # A page that fell back to asking asks every few seconds.
    is_at(page, "resume", within=30_000)
    assert page.evaluate("window.sameLoad")


def test_a_press_while_the_link_is_away_is_sent_once_when_it_is_back(console, network, statements, chen):
    page = console(chen, through=network, silent=False)
    network.cut()
    expect(page.locator("body")).to_have_attribute("data-link", "reconnecting")
    page.keyboard.press("n")
    expect(page.locator("#status")).to_contain_text("This is sent once when the link is back")
    expect(big(page)).to_have_attribute("aria-disabled", "true")
    network.mend()
    expect(big(page)).to_have_attribute("data-act", "start", timeout=40_000)
    assert Minute.objects.filter(what="turn.called").count() == 1


def test_a_press_from_before_the_floor_moved_on_does_nothing_when_the_link_is_back(console, network, statements, chen):
    page = console(chen, through=network, silent=False)
    network.cut()
    expect(page.locator("body")).to_have_attribute("data-link", "reconnecting")
    page.keyboard.press("n")
    ordering.close_list(statements[0].floor_id, by=chen)
    network.mend()
    expect(page.locator("#status")).to_contain_text("The floor has moved on since you looked.", timeout=40_000)
    expect(page.locator("[data-list-word]")).to_have_text("closed")
    expect(big(page)).to_have_attribute("data-act", "call_next")
    assert not Turn.objects.filter(state=State.CALLED).exists()


def test_a_meeting_that_went_on_without_a_console_is_not_ended_by_what_waited_there(
    console, network, floor, statements, chen
):
    page = console(chen, through=network, silent=False)
    page.locator("[data-act=end_session]").click()
    page.wait_for_timeout(CALM)
    network.cut()
    expect(page.locator("body")).to_have_attribute("data-link", "reconnecting")
    page.locator("#ask-end_session [data-yes]").click()
    expect(page.locator("#status")).to_contain_text("This is sent once when the link is back")
    desk.call_next(floor.pk, by=chen)
    network.mend()
    expect(page.get_by_text("The floor has moved on since you looked.").first).to_be_visible(timeout=40_000)
    expect(big(page)).to_have_attribute("data-act", "start")
    assert Session.objects.get(pk=floor.pk).state == SessionState.LIVE


# The rehearsal


def test_a_rehearsal_is_seen_at_once_on_every_console_and_leaves_none(console, statements, chen, dev):
    Session.objects.update(state=SessionState.SCHEDULED, went_live_at=None)
    page, other = console(chen), console(dev)
    for each in (page, other):
        expect(big(each)).to_have_attribute("data-act", "go_live")
    page.get_by_role("button", name="Rehearse").click()
    for each in (page, other):
        expect(each.locator('[data-band="rehearsal"]')).to_contain_text("Rehearsal: nobody else sees this.")
    is_at(page, "call_next")
    page.keyboard.press("n")
    is_at(page, "start")
    assert {state_of(turn) for turn in statements} == {State.INSCRIBED}
    page.get_by_role("button", name="End the rehearsal…").click()
    page.wait_for_timeout(CALM)
    page.locator("#ask-end_rehearsal [data-yes]").click()
    for each in (page, other):
        expect(each.locator('[data-band="rehearsal"]')).to_be_hidden()
        expect(each.locator("[data-waiting] > li")).to_have_count(3)
        expect(big(each)).to_have_attribute("data-act", "go_live")
    assert not Turn.objects.filter(is_rehearsal=True).exists()


def test_a_list_longer_than_a_snapshot_is_read_on_as_it_goes_through(console, floor, statements, chen):
    for number in range(52):
        ordering.add_turn(floor.pk, kind=Kind.COMMENT, name=f"Somebody {number}", by=chen)
    page = console(chen)
    expect(page.locator("[data-more]")).to_have_text("More who wait: 11")
    for turn in Turn.objects.order_by("block", "position")[:36]:
        ordering.strike_turn(floor.pk, turn.pk, reason="Not needed", by=chen)
    expect(page.locator("[data-waiting] > li")).to_have_count(19)
    expect(page.locator("[data-more]")).to_be_hidden()


# Without scripts, and for everybody


def test_the_console_works_without_scripts(console, statements, chen):
    page = console(chen, scripts=False)
    for act, then in (("call_next", "start"), ("start", "end"), ("end", "call_next")):
        page.locator(f".console-big[data-act={act}]").click()
        expect(page.locator(".console-big")).to_have_attribute("data-act", then)
    page.locator("#points [data-act=note_point]").click()
    page.locator("select").select_option("Ghana")
    page.get_by_role("button", name="Note the point of order").click()
    expect(page.locator(".console-big")).to_have_attribute("data-act", "recognise")


def every_state(floor, statements, chen, dev):
    """The main states of the console, one after the other."""
    fiji = statements[0]
    yield "free"
    desk.call_next(floor.pk, by=chen)
    yield "called"
    desk.start_turn(floor.pk, fiji.pk, by=chen)
    yield "speaking"
    desk.pause_turn(floor.pk, fiji.pk, by=chen)
    Turn.objects.filter(pk=fiji.pk).update(consumed_ms=200_000)
    desk.resume_turn(floor.pk, fiji.pk, by=chen)
    yield "over"
    point = points.note_point(floor.pk, delegation_id=statements[2].delegation_id, by=chen)
    points.recognise_point(floor.pk, point.pk, by=chen)
    yield "point"
    points.rule_on_point(floor.pk, point.pk, ruling=PointState.REJECTED, words="It is in order.", by=chen)
    yield "ruled"
    desk.interrupt_turn(floor.pk, fiji.pk, by=chen)
    yield "interrupted"
    desk.take_desk(floor.pk, by=dev)
    yield "taken"


def test_from_right_to_left_the_clock_stands_at_the_edge_and_keys_are_written_in_joined_letters(
    console, site, floor, statements, chen
):
    page = console(chen)
    page.context.add_cookies([{"name": "django_language", "value": "ar", "url": f"http://localhost:{site.port}"}])
    page.reload()
    is_drawn(page)
    page.keyboard.press("n")
    is_at(page, "start")
    edges = """() => { const face = document.querySelector("[data-view-clock] [data-face]");
        const range = document.createRange(); range.selectNodeContents(face);
        const next = document.querySelector(".console-next");
        return [range, next].map((one) => one.getBoundingClientRect().right); }"""
    figures, column = page.evaluate(edges)
    assert abs(column - figures) <= 4
    fonts = "nodes => nodes.map((node) => getComputedStyle(node).fontFamily)"
    assert len(set(page.locator("body, .console-big kbd").evaluate_all(fonts))) == 1


@pytest.mark.parametrize("look", ["laptop", "phone", "from right to left"])
def test_axe_finds_nothing_in_any_state(console, site, floor, statements, chen, dev, look, complaints_of_axe):
    page = console(chen)
    if look == "phone":
        page.set_viewport_size({"width": 390, "height": 844})
    if look == "from right to left":
        home = f"http://localhost:{site.port}"
        page.context.add_cookies([{"name": "django_language", "value": "ar", "url": home}])
        page.reload()
        is_drawn(page)
    found = {}
    for state in every_state(floor, statements, chen, dev):
        page.wait_for_timeout(400)
        page.evaluate("for (const one of document.querySelectorAll('[data-waiting] details')) one.open = true")
        if complaints := complaints_of_axe(page):
            found[state] = complaints
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), state
    assert found == {}


def test_axe_finds_nothing_in_what_is_asked(console, statements, chen, complaints_of_axe):
    page = console(chen)
    found = {}
    for act in page.locator("dialog[data-asks]").evaluate_all("nodes => nodes.map((node) => node.dataset.asks)"):
        page.evaluate(
            """(act) => { const one = document.getElementById(`ask-${act}`); one.showModal();
                for (const node of one.querySelectorAll("[data-pattern]")) node.append(node.dataset.pattern); }""",
            act,
        )
        if complaints := complaints_of_axe(page):
            found[act] = complaints
        page.evaluate("(act) => document.getElementById(`ask-${act}`).close()", act)
    assert found == {}


def test_a_console_is_light_on_the_wire(visit, floor, statements, chen):
    """At most 150 kB of a first visit, everything compressed as it is served."""
    page = visit(chen, "/health/")
    link = page.context.new_cdp_session(page)
    link.send("Network.enable")
    weights: list[float] = []
    link.on("Network.loadingFinished", lambda event: weights.append(event["encodedDataLength"]))
    page.goto(address(floor), wait_until="networkidle")
    assert 0 < sum(weights) <= 150_000


def test_the_clock_of_a_device_whose_own_is_wrong_is_right(console, statements, chen):
    desk.call_next(statements[0].floor_id, by=chen)
    desk.start_turn(statements[0].floor_id, statements[0].pk, by=chen)
    page = console(chen)
    page.add_init_script("const own = Date.now; Date.now = () => own() + 7_000_000;")
    page.reload()
    is_drawn(page)
    expect(page.locator("[data-view-clock]")).to_have_attribute("data-runs", "yes")
    clock_is_right(page, statements[0])
