"""What everybody sees of the floor, by plain forms: what works here works without any script."""

import html
import re
from datetime import timedelta

import pytest
from django.contrib.admin.sites import site as admin_site
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from config.celery import app as celery
from outbox import kept
from outbox.models import Receipt
from sessions.floor.actions.desk import call_next, call_turn, end_turn, start_turn
from sessions.floor.actions.listing import join_list, leave_list, say_ready
from sessions.floor.actions.points import appeal, decide_appeal, raise_point, recognise_point, rule_on_point
from sessions.floor.actions.rehearsing import begin_rehearsal
from sessions.floor.models import Floor, Kind, PointOfOrder, PointState, Speakers, State, Turn
from sessions.floor.screen_parts import SCREEN_PARTS, ScreenPart
from sessions.floor.tasks import cut_what_runs_over
from sessions.programme.actions import end_session, reopen_session
from sessions.programme.models import Access, Format, Session
from sessions.programme.models import State as SessionState

pytestmark = pytest.mark.page


@pytest.fixture(autouse=True)
def always_read(monkeypatch):
    """These tests change rows behind the actions’ back too."""
    monkeypatch.setattr(kept, "KEPT_FOR", 0)


@pytest.fixture(autouse=True)
def review(panel):
    """A meeting of delegations, open to the public."""
    Session.objects.filter(pk=panel.pk).update(format=Format.COUNTRIES_REVIEW, access=Access.PUBLIC)
    panel.refresh_from_db()
    return panel


def browser(person: User | None = None) -> Client:
    client = Client()
    if person:
        client.force_login(person)
    return client


def address(name, session, *more):
    return reverse(f"floor:{name}", args=[session.conference.slug, session.pk, *more])


def page(client, where, status=200) -> str:
    answer = client.get(where)
    assert answer.status_code == status
    return html.unescape(answer.content.decode())


def shown(markup: str) -> str:
    """The words that are to be seen: without hidden parts and what is kept for scripts."""
    for element in ("template", "script", "dialog", "head"):
        markup = re.sub(rf"<{element}\b.*?</{element}>", "", markup, flags=re.S)
    while (found := re.search(r"<(\w+)\b[^>]*\shidden\b[^>]*>", markup)) is not None:
        markup = markup[: found.start()] + markup[_end_of(markup, found) :]
    return " ".join(re.sub(r"<[^>]*>", " ", markup).split())


def _end_of(markup: str, opening: re.Match) -> int:
    """Where the element ends that begins there."""
    depth, tag = 0, opening[1]
    if tag == "input":
        return opening.end()
    for found in re.finditer(rf"<(/?){tag}\b[^>]*>", markup[opening.start() :]):
        depth += -1 if found[1] else 1
        if depth == 0:
            return opening.start() + found.end()
    raise AssertionError(f"<{tag}> has no end")


def press(client, session, **button):
    """Presses a button of the hall’s form as the session’s page has it."""
    markup = client.get(session.get_absolute_url()).content.decode()
    form = re.search(r'<form id="hall-form".*?</form>', markup, re.S)[0]
    hidden = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', form))
    return client.post(address("speak", session), {**hidden, **button}, follow=True)


def seen_by(person, session) -> str:
    return shown(page(browser(person), session.get_absolute_url()))


def test_a_turn_goes_from_the_request_to_the_end_by_plain_forms(floor, panel, ben, chen):
    delegate = browser(ben)
    answer = press(delegate, panel, join="comment", mode="live_remote")
    assert "You are on the list." in html.unescape(answer.content.decode())
    turn = Turn.objects.get()
    assert (turn.kind, turn.mode, str(turn.delegation), turn.person) == ("comment", "live_remote", "Fiji", ben)
    assert "You are next" in seen_by(ben, panel)
    assert "Are you ready?" in seen_by(ben, panel)

    press(delegate, panel, ready=turn.pk)
    assert "The chair sees that you are ready." in seen_by(ben, panel)
    call_next(panel.pk, by=chen)
    assert "You are called: you have the floor when the chair starts your clock" in seen_by(ben, panel)
    start_turn(panel.pk, turn.pk, by=chen)
    assert "You have the floor" in seen_by(ben, panel)
    assert re.search(r"Speaking Fiji Ben .* 1:[0-3]\d left to speak", seen_by(None, panel))
    press(delegate, panel, **{"yield": turn.pk})
    turn.refresh_from_db()
    assert turn.state == State.COMPLETED
    assert "Nobody has the floor." in seen_by(None, panel)


def test_whoever_is_called_says_that_they_are_here_by_a_plain_form(statements, panel, ben, vera, chen):
    call_next(panel.pk, by=chen)
    for where in (panel.get_absolute_url(), address("text", panel)):
        assert offers(page(browser(ben), where), "here", statements[0].pk)
        assert not offers(page(browser(vera), where), "here", statements[1].pk)
    answer = press(browser(ben), panel, here=statements[0].pk)
    assert "The chair sees that you are here." in html.unescape(answer.content.decode())
    assert Turn.objects.get(pk=statements[0].pk).here_at is not None
    for where in (panel.get_absolute_url(), address("text", panel)):
        markup = page(browser(ben), where)
        assert not offers(markup, "here", statements[0].pk)
        assert "The chair sees that you are here." in shown(markup)


def test_one_s_own_place_is_told_with_the_time(statements, panel, ben, gus, vera):
    join_list(panel.pk, kind=Kind.COMMENT, by=ben)
    assert re.search(
        r"You are next soon Statement .* You are number 4 on the list about \d\d:\d\d", seen_by(ben, panel)
    )
    assert re.search(r"You are second about \d\d:\d\d Statement", seen_by(vera, panel))
    assert re.search(r"You are third about \d\d:\d\d Statement", seen_by(gus, panel))
    assert "You are" not in seen_by(None, panel)


def test_whoever_is_far_behind_is_not_asked_whether_they_are_ready(statements, panel, ben):
    turn = join_list(panel.pk, kind=Kind.COMMENT, by=ben)
    markup = browser(ben).get(panel.get_absolute_url()).content.decode()
    assert not offers(markup, "ready", turn.pk)
    assert offers(markup, "ready", statements[0].pk)


def offers(markup: str, name: str, value) -> bool:
    """Whether a button with this name and value is to be seen."""
    return re.search(rf'<button[^>]* name="{name}" value="{value}"(?![^>]*\shidden)[^>]*>', markup) is not None


def test_what_can_be_asked_for_is_a_button_and_what_cannot_says_why(floor, panel, ben, ada):
    markup = browser(ben).get(panel.get_absolute_url()).content.decode()
    assert all(offers(markup, "join", kind) for kind in ("comment", "question", "right_of_reply"))
    Floor.objects.update(list_is_open=False)
    Turn.objects.create(
        floor=floor,
        kind=Kind.REPLY,
        delegation=ben.memberships.get().delegation,
        allotted_ms=1000,
        state=State.COMPLETED,
    )
    Turn.objects.create(
        floor=floor, kind=Kind.REPLY, delegation=ben.memberships.get().delegation, allotted_ms=1000, state=State.CUT
    )
    markup = browser(ben).get(panel.get_absolute_url() + "?still").content.decode()
    assert not any(offers(markup, "join", kind) for kind in ("comment", "question", "right_of_reply"))
    seen = shown(html.unescape(markup))
    assert "Comment: The list is closed." in seen
    assert "Right of reply: Your delegation has no right of reply left on this item." in seen
    assert "Only those who may speak for a delegation can ask for this." in seen_by(ada, panel)
    assert "Sign in to ask for the floor." in seen_by(None, panel)


def test_a_button_that_comes_too_late_is_told_on_the_next_page(floor, panel, ben):
    Floor.objects.update(list_is_open=False)
    answer = press(browser(ben), panel, join="comment")
    assert answer.status_code == 200
    assert "The list is closed." in html.unescape(answer.content.decode())
    assert not Turn.objects.exists()


def test_a_button_pressed_twice_is_done_once(floor, panel, ben, gus):
    client = browser(ben)
    markup = client.get(panel.get_absolute_url()).content.decode()
    command_id = re.search(r'id="hall-form".*?name="command_id" value="([^"]+)"', markup, re.S)[1]
    for _ in range(2):
        client.post(address("speak", panel), {"command_id": command_id, "join": "comment"})
    assert (Turn.objects.count(), Receipt.objects.count()) == (1, 1)
    client.post(address("speak", panel), {"command_id": command_id, "join": "question"})
    assert Turn.objects.count() == 2


def test_the_graver_acts_ask_once_and_say_what_they_do(floor, panel, ben, chen):
    turn = join_list(panel.pk, kind=Kind.COMMENT, by=ben)
    client = browser(ben)
    markup = client.get(panel.get_absolute_url()).content.decode()
    assert re.search(rf'<a[^>]*href="{address("sure", panel, "leave", turn.pk)}"(?![^>]*hidden)', markup)
    asked = page(client, address("sure", panel, "raise_point", panel.pk))
    assert "The clock stops for everybody, and the chair rules." in asked
    assert f'name="raise_point" value="{panel.pk}"' in asked
    assert page(client, address("sure", panel, "leave", turn.pk)).count("You leave the list.") == 1
    assert client.get(address("sure", panel, "elope", turn.pk)).status_code == 404
    assert browser().get(address("sure", panel, "leave", turn.pk)).status_code == 302
    press(client, panel, leave=turn.pk)
    turn.refresh_from_db()
    assert turn.state == State.WITHDRAWN


def test_the_safe_answer_has_the_focus_where_an_act_asks_first(statements, panel, ben):
    markup = browser(ben).get(panel.get_absolute_url()).content.decode()
    asked = re.findall(r'<dialog id="sure-(\w+)".*?</dialog>', markup, re.DOTALL)
    assert {"raise_point", "yield", "leave"} <= set(asked)
    for dialog in re.findall(r'<dialog id="sure-.*?</dialog>', markup, re.DOTALL):
        assert re.findall(r"<button[^>]* autofocus>([^<]*)", dialog) == ["Cancel"]


def test_a_statement_is_not_taken_back_by_one_press(statements, panel, ben):
    markup = browser(ben).get(panel.get_absolute_url()).content.decode()
    assert re.search(rf'data-opens="sure-leave" data-of="{statements[0].pk}"[^>]*\shidden', markup)


def test_a_point_of_order_stops_the_clock_on_every_page_and_its_ruling_is_shown(
    statements, panel, ben, gus, vera, chen
):
    turn = call_next(panel.pk, by=chen)
    start_turn(panel.pk, turn.pk, by=chen)
    press(browser(gus), panel, raise_point=panel.pk)
    point = PointOfOrder.objects.get()
    wall = reverse("floor:screen", args=[panel.pk, panel.floor.screen_key])
    for client, where in (
        (browser(), panel.get_absolute_url()),
        (browser(), address("text", panel)),
        (browser(), wall),
    ):
        seen = shown(page(client, where))
        assert re.search(r"Point of order.*Ghana", seen)
        assert "Clock stopped by a point of order" in seen
        assert "Raised" in seen
    markup = browser(gus).get(panel.get_absolute_url()).content.decode()
    assert offers(markup, "take_point_back", point.pk)
    recognise_point(panel.pk, point.pk, by=chen)
    assert re.search(r"Ghana Being heard [01]:\d\d", seen_by(None, panel))
    rule_on_point(panel.pk, point.pk, ruling=PointState.REJECTED, words="The order was announced.", by=chen)
    assert "Not upheld The order was announced." in seen_by(None, panel)
    appeals = re.compile(rf'<a[^>]*href="{address("sure", panel, "appeal", point.pk)}"(?![^>]*hidden)')
    assert appeals.search(browser(vera).get(panel.get_absolute_url()).content.decode())
    assert not appeals.search(browser(chen).get(panel.get_absolute_url()).content.decode())
    press(browser(vera), panel, appeal=point.pk)
    assert "Appealed against by Finland" in seen_by(None, panel)
    decide_appeal(panel.pk, point.pk, outcome=PointState.SUSTAINED, by=chen)
    assert "The ruling stands" in seen_by(None, panel)
    end_turn(panel.pk, turn.pk, by=chen)
    call_next(panel.pk, by=chen)
    assert "The ruling stands" not in seen_by(None, panel)


def test_a_point_of_order_is_taken_back_by_its_delegation(statements, panel, gus, ben):
    point = raise_point(panel.pk, by=gus)
    assert browser(ben).post(address("speak", panel), {"take_point_back": point.pk}).status_code == 404
    press(browser(gus), panel, take_point_back=point.pk)
    point.refresh_from_db()
    assert point.state == PointState.WITHDRAWN


def test_the_whole_list_says_who_was_heard_and_who_waits(statements, panel, chen, gus):
    first = call_next(panel.pk, by=chen)
    start_turn(panel.pk, first.pk, by=chen)
    end_turn(panel.pk, first.pk, by=chen)
    say_ready(statements[2].pk, by=gus)
    call_turn(panel.pk, statements[2].pk, by=chen)
    whole = shown(page(browser(), panel.get_absolute_url())).split("The whole list")[1]
    assert [whole.index(words) for words in ("Fiji", "Delivered", "Ghana", "Called", "Finland")] == sorted(
        whole.index(words) for words in ("Fiji", "Delivered", "Ghana", "Called", "Finland")
    )


def test_a_point_that_is_appealed_against_keeps_its_delegation_from_no_other(panel, floor, ben, vera, chen):
    first = raise_point(panel.pk, by=ben)
    rule_on_point(panel.pk, first.pk, ruling=PointState.REJECTED, by=chen)
    appeal(first.pk, by=vera)
    assert "data-takes-back hidden" in page(browser(ben), panel.get_absolute_url())
    second = raise_point(panel.pk, by=ben)
    assert f'value="{second.pk}" data-takes-back>' in page(browser(ben), panel.get_absolute_url())


def test_once_it_is_over_nobody_is_next_and_whoever_was_not_reached_waits_again_if_it_goes_on(
    panel, floor, statements, ben, chen, olga, followed
):
    topics = [f"session.{panel.pk}.speakers", f"session.{panel.pk}.chair", f"screen.{panel.pk}.{floor.screen_key}"]
    desk = reverse("floor:console", args=["icdd", panel.pk])
    with followed(*topics):
        end_session(panel.pk, by=chen)
    texts = [
        page(browser(), panel.get_absolute_url()),
        page(browser(), wall_of(panel)),
        page(browser(ben), address("text", panel)),
    ]
    assert not any("Finland" in shown(each) for each in texts)
    console = page(browser(chen), desk)
    assert "Next to be called" not in shown(console)
    # Whose text is filed all the same, is chosen from the list.
    assert shown(console).count("Finland")
    with followed(*topics):
        reopen_session(panel.pk, reason="Too early", by=olga)
    assert "Next Fiji" in shown(page(browser(), wall_of(panel)))
    assert "Next to be called" in shown(page(browser(chen), desk))


# Where there is something to see


def has_panel(client, session) -> str:
    """Whether the floor is on a session’s page: "shown", "waits" to be shown, or ""."""
    found = re.search(r"<section[^>]* data-hall [^>]*>", client.get(session.get_absolute_url()).content.decode())
    return "" if found is None else "waits" if re.search(r"\shidden>", found[0]) else "shown"


@pytest.mark.parametrize(
    ("kind", "state", "used", "expected"),
    [
        (Format.COUNTRIES_REVIEW, SessionState.LIVE, False, "shown"),
        (Format.COUNTRIES_REVIEW, SessionState.SCHEDULED, False, "waits"),
        (Format.COUNTRIES_REVIEW, SessionState.SCHEDULED, True, "shown"),
        (Format.COUNTRIES_REVIEW, SessionState.ENDED, False, ""),
        (Format.COUNTRIES_REVIEW, SessionState.ENDED, True, "shown"),
        (Format.PANEL, SessionState.LIVE, False, "waits"),
        (Format.PANEL, SessionState.LIVE, True, "shown"),
        (Format.PANEL, SessionState.ENDED, False, ""),
    ],
)
def test_the_floor_is_on_the_page_where_there_is_something_to_see(panel, ben, kind, state, used, expected):
    Session.objects.filter(pk=panel.pk).update(format=kind, state=state)
    if used:
        Floor.objects.create(session=panel, speakers=Speakers.DELEGATIONS)
        # Nobody waits any more once it is over; who was heard stays.
        stands = State.COMPLETED if state == SessionState.ENDED else State.INSCRIBED
        Turn.objects.create(
            floor=panel.floor, kind=Kind.COMMENT, person=ben, name="Ben", allotted_ms=1000, state=stands
        )
    assert has_panel(browser(), panel) == expected


def test_in_a_panel_everybody_raises_a_hand(panel, ada, floor):
    Session.objects.filter(pk=panel.pk).update(format=Format.PANEL)
    Floor.objects.update(speakers=Speakers.PARTICIPANTS)
    client = browser(ada)
    seen = shown(page(client, panel.get_absolute_url()))
    assert "Raise your hand" in seen
    assert "Right of reply" not in seen
    assert "Point of order" not in seen
    press(client, panel, join="question")
    assert "You are next" in seen_by(ada, panel)
    assert "Ada" in seen_by(None, panel)


def test_after_its_end_a_session_shows_what_was_heard_and_takes_nothing(statements, panel, olga, chen, ben):
    turn = call_next(panel.pk, by=chen)
    start_turn(panel.pk, turn.pk, by=chen)
    end_session(panel.pk, by=olga)
    markup = browser(ben).get(panel.get_absolute_url()).content.decode()
    assert "Delivered" in shown(html.unescape(markup))
    assert not any(offers(markup, "join", kind) for kind in ("comment", "question", "right_of_reply"))


# In words alone


def test_the_page_in_words_has_no_script_and_renews_itself(statements, panel, ben, chen):
    call_next(panel.pk, by=chen)
    answer = browser(ben).get(address("text", panel))
    markup = answer.content.decode()
    assert answer["Refresh"] == "20"
    assert "<script" not in markup
    assert "<img" not in markup
    seen = shown(html.unescape(markup))
    for words in ("Fiji", "Ms Adi Kini", "Called", "3:00 left to speak", "You are called", "Next Finland", "As of"):
        assert words in seen
    still = browser(ben).get(address("text", panel) + "?still")
    assert "Refresh" not in still
    assert "This page is held still." in still.content.decode()


def test_what_is_done_on_the_page_in_words_comes_back_to_it(floor, panel, ben):
    client = browser(ben)
    markup = client.get(address("text", panel)).content.decode()
    form = re.search(r'<form id="hall-form".*?</form>', markup, re.S)[0]
    hidden = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', form))
    assert client.post(address("speak", panel), {**hidden, "join": "comment"}).url == address("text", panel)
    assert "You are next" in shown(page(client, address("text", panel)))


# The big screen


def wall_of(session) -> str:
    return reverse("floor:screen", args=[session.pk, Floor.objects.get(session=session).screen_key])


def test_the_big_screen_needs_its_key_and_nothing_else(statements, panel, chen):
    call_next(panel.pk, by=chen)
    seen = shown(page(browser(), wall_of(panel)))
    for words in ("Called", "Fiji", "Ms Adi Kini", "Live, from elsewhere", "3:00 left to speak", "Next Finland Ghana"):
        assert words in seen
    for key in (0, 1, 10**17, 10**30):
        assert browser(chen).get(f"/f/{panel.pk}/{key}/").status_code == 404
    assert browser(chen).get(f"/f/{panel.pk + 1}/{panel.floor.screen_key}/").status_code == 404


def test_while_nobody_has_the_floor_the_big_screen_says_where_one_is_and_who_comes(statements, panel):
    seen = shown(page(browser(), wall_of(panel)))
    assert "Digital Innovation for SMEs Next Fiji" in seen
    assert "left to speak" not in seen


def test_the_chair_finds_the_big_screen_and_gives_it_another_address(floor, panel, chen, ben):
    old = wall_of(panel)
    assert browser(chen).get(address("screen_here", panel)).url == old
    answer = browser(chen).post(address("new_screen_address", panel), follow=True)
    assert "The big screen has a new address." in answer.content.decode()
    assert browser().get(old).status_code == 404
    assert browser().get(wall_of(panel)).status_code == 200
    new = wall_of(panel)
    assert browser(ben).get(address("screen_here", panel)).status_code == 404
    assert browser(ben).post(address("new_screen_address", panel)).status_code == 404
    assert wall_of(panel) == new


def test_a_floor_that_was_never_used_has_no_big_screen_yet(panel, chen):
    answer = browser(chen).get(address("screen_here", panel), follow=True)
    assert "Take the desk first" in answer.content.decode()


def test_an_app_above_puts_something_onto_the_big_screen(floor, panel, monkeypatch):
    monkeypatch.setattr(SCREEN_PARTS, "_parts", {})
    assert re.search(r"<div[^>]*data-film></div>", browser().get(wall_of(panel)).content.decode())
    for name, context in (("menu", {"words": {"film": "A film"}}), ("tabs", None)):
        SCREEN_PARTS.register(
            ScreenPart(
                name=name,
                template="floor/_words.html",
                context=lambda _request, _floor, context=context: context,
                scripts=(f"web/{name}.js",),
            )
        )
    markup = browser().get(wall_of(panel)).content.decode()
    film = re.search(r"<div[^>]*data-film>(.*?)</div>", markup, re.S)[1]
    assert "A film" in film
    assert [name for name in ("menu", "tabs") if re.search(rf"web/{name}[.\w]*\.js", markup)] == ["menu"]


# Who sees what


@pytest.mark.parametrize("name", ["text", "speak"])
def test_a_closed_door_is_closed_here_too(floor, panel, eve, ben, name):
    Session.objects.filter(pk=panel.pk).update(access=Access.REGISTERED)
    ask = (lambda client, where: client.get(where)) if name == "text" else (lambda client, where: client.post(where))
    assert ask(browser(eve), address(name, panel)).status_code == 404
    assert ask(browser(), address(name, panel)).status_code == 302
    elsewhere = address(name, panel).replace("/c/icdd/", "/c/other/")
    assert ask(browser(ben), elsewhere).status_code == 404


@pytest.mark.parametrize(
    "button",
    [{}, {"join": "statement"}, {"join": ""}, {"join": "comment", "mode": "telepathy"}, {"ready": "x"}, {"leave": "0"},
     {"yield": "9" * 40}, {"appeal": "-1"}, {"take_point_back": "٣"}, {"ready": "123456"}],
)  # fmt: skip
def test_a_button_that_no_page_has_finds_nothing(floor, panel, ben, button):
    assert browser(ben).post(address("speak", panel), button).status_code == 404
    assert not Turn.objects.exists()


def test_a_turn_of_somebody_else_is_not_there(statements, panel, ben, vera):
    turn = join_list(panel.pk, kind=Kind.COMMENT, by=vera)
    for verb in ("ready", "not_ready", "here", "leave", "yield"):
        assert browser(ben).post(address("speak", panel), {verb: turn.pk}).status_code == 404
    leave_list(turn.pk, by=vera)


def test_nobody_is_sent_off_this_site_by_a_form(floor, panel, ben):
    for elsewhere in ("https://evil.example/", "//evil.example/", "javascript:alert(1)"):
        answer = browser(ben).post(address("speak", panel), {"join": "comment", "back": elsewhere})
        assert answer.url == panel.get_absolute_url()
    markup = browser(ben).get(address("sure", panel, "leave", 1) + "?back=javascript:alert(1)").content.decode()
    assert '="javascript:' not in markup


def test_pages_tell_nothing_of_the_desk_and_of_how_to_reach_people(statements, panel, ben, vera, chen, dev):
    call_next(panel.pk, by=chen)
    join_list(panel.pk, kind=Kind.COMMENT, by=ben)
    raise_point(panel.pk, by=vera)
    Floor.objects.update(rev=918273)
    where = [panel.get_absolute_url(), address("text", panel), wall_of(panel)]
    for client in (browser(), browser(ben)):
        for each in where:
            markup = client.get(each).content.decode()
            assert "Fiji" in markup
            assert "918273" not in markup
            assert "example.org" not in markup
            assert "Chen" not in markup
            assert "desk_holder" not in markup
            # The key opens the big screen: it stands on the big screen alone.
            assert (str(panel.floor.screen_key) in markup) == (each == where[2])


def test_a_rehearsal_is_on_none_of_these_pages(panel, fiji, finland, chen, ben, floor):
    Session.objects.filter(pk=panel.pk).update(state=SessionState.SCHEDULED, went_live_at=None)
    Turn.objects.create(floor=floor, kind=Kind.STATEMENT, delegation=finland, name="Mr Laine", allotted_ms=1000)
    before = {where: shown(page(browser(ben), where)) for where in (address("text", panel), wall_of(panel))}
    begin_rehearsal(panel.pk, by=chen)
    rehearsed = call_next(panel.pk, by=chen)
    start_turn(panel.pk, rehearsed.pk, by=chen)
    assert rehearsed.is_rehearsal
    as_of = re.compile(r"As of \d\d:\d\d")
    for where, words in before.items():
        assert as_of.sub("", shown(page(browser(ben), where))) == as_of.sub("", words)
    assert "Speaking" not in seen_by(ben, panel)
    assert f"turn.{rehearsed.pk}" not in browser(ben).get(panel.get_absolute_url()).content.decode()
    assert browser(ben).post(address("speak", panel), {"yield": rehearsed.pk}).status_code == 404


def test_what_people_are_called_ends_no_script(floor, panel, ben):
    User.objects.filter(pk=ben.pk).update(name="</script><script>alert(1)</script>")
    ben.refresh_from_db()
    Floor.objects.update(speakers=Speakers.PARTICIPANTS)
    join_list(panel.pk, kind=Kind.COMMENT, by=ben)
    for where in (panel.get_absolute_url(), wall_of(panel)):
        markup = browser().get(where).content.decode()
        assert "alert(1)" in markup
        assert "<script>alert" not in markup


@pytest.mark.parametrize("name", ["session", "text", "screen"])
def test_pages_run_as_many_queries_for_many_turns_as_for_one(floor, panel, ben, fiji, name):
    where = {"session": panel.get_absolute_url(), "text": address("text", panel), "screen": wall_of(panel)}[name]
    client = browser(ben)
    client.get(where)
    ran = []
    for count in (1, 3, 60):
        for position in range(Turn.objects.count(), count):
            Turn.objects.create(
                floor=floor, kind=Kind.COMMENT, delegation=fiji, allotted_ms=1000, position=position,
                state=(State.INSCRIBED, State.COMPLETED)[position % 2],
            )  # fmt: skip
        with CaptureQueriesContext(connection) as queries:
            assert client.get(where).status_code == 200
        ran.append(len(queries))
    assert ran == [ran[0]] * 3


def test_a_hall_that_comes_in_reads_the_floor_once(statements, panel, ben, vera, monkeypatch):
    monkeypatch.setattr(kept, "KEPT_FOR", 5)
    browser(ben).get(panel.get_absolute_url())
    client = browser(vera)
    with CaptureQueriesContext(connection) as queries:
        client.get(panel.get_absolute_url())
    assert [query["sql"] for query in queries if "floor_turn" in query["sql"]] == []


# By itself, and for looking only


def test_a_floor_that_cuts_by_itself_is_looked_at_every_two_seconds(statements, panel, chen):
    entry = next(
        each for each in celery.conf.beat_schedule.values() if each["task"] == "sessions.floor.tasks.cut_what_runs_over"
    )
    assert entry["schedule"] == timedelta(seconds=2)
    assert cut_what_runs_over.name == entry["task"]
    turn = call_next(panel.pk, by=chen)
    start_turn(panel.pk, turn.pk, by=chen)
    Floor.objects.update(cuts_by_itself=True)
    assert cut_what_runs_over() == 0
    Turn.objects.filter(pk=turn.pk).update(running_since=timezone.now() - timedelta(minutes=4))
    assert cut_what_runs_over() == 1
    turn.refresh_from_db()
    assert turn.state == State.CUT


@pytest.mark.parametrize("model", [Floor, Turn, PointOfOrder])
def test_the_admin_looks_and_changes_nothing(model, rf, statements):
    admin = admin_site.get_model_admin(model)
    request = rf.get("/")
    assert not admin.has_add_permission(request)
    assert not admin.has_change_permission(request)
    assert not admin.has_delete_permission(request)


def test_the_admin_does_not_show_the_key_of_the_big_screen(floor, admin_client):
    markup = admin_client.get(reverse("admin:floor_floor_change", args=[floor.pk])).content.decode()
    assert "Digital Innovation" in markup
    assert str(floor.screen_key) not in markup
