"""The rules of a floor: who sets them, within what, and to whom they apply."""

import html
import re

import pytest
from django.contrib.auth.models import AnonymousUser
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse

from outbox.errors import Invalid, NotAllowed, NotThere, SignInFirst, WrongMove
from sessions.floor.actions.desk import call_next, end_turn, start_turn
from sessions.floor.actions.listing import join_list
from sessions.floor.actions.points import raise_point, recognise_point
from sessions.floor.actions.setting import set_rules
from sessions.floor.forms import Preset
from sessions.floor.models import BOUNDS, Floor, Kind, Minute, Speakers, State, Turn
from sessions.floor.tasks import cut_what_runs_over

# As the page of a new floor sends them.
AS_THEY_ARE = {
    "comment_seconds": "90",
    "most_replies": "2",
    "first_reply_seconds": "180",
    "second_reply_seconds": "120",
    "point_seconds": "60",
    "speakers": "delegations",
    "longest_list": "60",
    "handover_seconds": "30",
    "grace_seconds": "15",
}


def topics(floor):
    return [f"session.{floor.pk}.speakers", f"session.{floor.pk}.chair", f"screen.{floor.pk}.{floor.screen_key}"]


def browser(person) -> Client:
    client = Client()
    client.force_login(person)
    return client


def address(session, name="rules"):
    return reverse(f"floor:{name}", args=[session.conference.slug, session.pk])


def words(answer) -> str:
    return html.unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", answer.content.decode())))


# The verb


@pytest.mark.parametrize("who", ["olga", "chen"])
def test_an_organiser_and_the_chair_set_the_rules_of_the_floor(request, floor, who, followed):
    by = request.getfixturevalue(who)
    wanted = {"speakers": Speakers.PARTICIPANTS, "longest_list": 20, "most_replies": 1, "grace_seconds": 5}
    with followed(*topics(floor)) as events:
        set_rules(floor.pk, **wanted, by=by)
    assert {event.name for event in events} == {"floor.rules_changed"}
    assert {name: getattr(Floor.objects.get(), name) for name in wanted} == wanted
    assert Minute.objects.get().by == by
    with followed(*topics(floor), changes=False):
        set_rules(floor.pk, **wanted, by=by)


def test_nobody_else_sets_them(floor, ada, ben, eve):
    for person, refusal in ((ada, NotAllowed), (ben, NotAllowed), (eve, NotThere), (AnonymousUser(), SignInFirst)):
        with pytest.raises(refusal):
            set_rules(floor.pk, comment_seconds=60, by=person)


@pytest.mark.parametrize("name", BOUNDS)
def test_a_rule_beyond_what_is_sensible_is_refused_by_name_and_by_the_database(floor, chen, name):
    least, most = BOUNDS[name]
    for wrong in (least - 1, most + 1):
        with pytest.raises(Invalid) as refused:
            set_rules(floor.pk, **{name: wrong}, by=chen)
        assert list(refused.value.fields) == [name]
        with pytest.raises(IntegrityError), transaction.atomic():
            Floor.objects.update(**{name: wrong})
    for right in (least, most):
        set_rules(floor.pk, **{name: right}, by=chen)
    assert getattr(Floor.objects.get(), name) == most


def test_what_was_asked_for_keeps_its_time_and_what_comes_next_has_the_new_one(floor, ben, vera, gus, chen, followed):
    before = [join_list(floor.pk, kind=kind, by=ben) for kind in (Kind.COMMENT, Kind.REPLY)]
    raised = raise_point(floor.pk, by=vera)
    recognise_point(floor.pk, raised.pk, by=chen)
    with followed(*topics(floor)):
        set_rules(floor.pk, comment_seconds=60, first_reply_seconds=600, point_seconds=30, by=chen)
    assert [Turn.objects.get(pk=turn.pk).allotted_ms for turn in before] == [90_000, 180_000]
    later = [join_list(floor.pk, kind=kind, by=gus).allotted_ms for kind in (Kind.COMMENT, Kind.REPLY)]
    assert later == [60_000, 600_000]
    raised.refresh_from_db()
    assert (raised.seconds, raise_point(floor.pk, by=gus).seconds) == (60, 30)


@pytest.mark.parametrize("most", [0, 1, 2])
def test_a_delegation_has_as_many_rights_of_reply_as_the_rules_give_it(floor, ben, chen, most):
    set_rules(floor.pk, most_replies=most, by=chen)
    for _number in range(most):
        join_list(floor.pk, kind=Kind.REPLY, by=ben)
        turn = call_next(floor.pk, by=chen)
        start_turn(floor.pk, turn.pk, by=chen)
        end_turn(floor.pk, turn.pk, by=chen)
    with pytest.raises(WrongMove) as refused:
        join_list(floor.pk, kind=Kind.REPLY, by=ben)
    assert refused.value.words == "Your delegation has no right of reply left on this item."


def test_cutting_by_itself_is_switched_on_while_somebody_speaks(floor, statements, chen, server_clock, again):
    turn = call_next(floor.pk, by=chen)
    start_turn(floor.pk, turn.pk, by=chen)
    server_clock.tick(180 + 15)
    cut_what_runs_over()
    assert again(turn).state == State.SPEAKING
    set_rules(floor.pk, cuts_by_itself=True, by=chen)
    cut_what_runs_over()
    assert again(turn).state == State.CUT


def test_the_general_assembly_gives_ten_minutes_and_then_five():
    own, assembly = Preset.HOUSE.rules, Preset.GENERAL_ASSEMBLY.rules
    assert own.keys() == assembly.keys() == BOUNDS.keys()
    assert (own["first_reply_seconds"], own["second_reply_seconds"]) == (180, 120)
    assert assembly == {**own, "first_reply_seconds": 600, "second_reply_seconds": 300, "most_replies": 2}


# The page


@pytest.mark.page
def test_the_page_saves_them_for_a_floor_that_was_never_used(panel, chen):
    form = {**AS_THEY_ARE, "first_reply_seconds": "600", "second_reply_seconds": "300", "cuts_by_itself": "on"}
    answer = browser(chen).post(address(panel), form, follow=True)
    assert "The rules are saved." in words(answer)
    floor = Floor.objects.get()
    kept = (floor.first_reply_seconds, floor.second_reply_seconds, floor.cuts_by_itself, floor.speakers)
    assert kept == (600, 300, True, Speakers.DELEGATIONS)
    assert [answer.context["form"][name].value() for name in ("first_reply_seconds", "cuts_by_itself")] == [600, True]


@pytest.mark.page
def test_what_is_wrong_is_said_at_its_field_and_what_was_typed_is_kept(floor, panel, olga):
    answer = browser(olga).post(address(panel), {**AS_THEY_ARE, "comment_seconds": "5", "point_seconds": "45"})
    assert answer.status_code == 422
    form = answer.context["form"]
    assert list(form.errors) == ["comment_seconds"]
    assert (form["comment_seconds"].value(), form["point_seconds"].value()) == ("5", "45")
    assert Floor.objects.get().point_seconds == 60


@pytest.mark.page
def test_a_preset_fills_the_form_in_and_saves_nothing(floor, panel, chen):
    set_rules(floor.pk, comment_seconds=60, speakers=Speakers.PARTICIPANTS, by=chen)
    answer = browser(chen).get(address(panel), {"preset": "general_assembly"})
    form = answer.context["form"]
    names = ("comment_seconds", "first_reply_seconds", "second_reply_seconds", "speakers")
    assert [form[name].value() for name in names] == [90, 600, 300, Speakers.PARTICIPANTS]
    assert "Nothing is saved yet." in words(answer)
    assert (Floor.objects.get().comment_seconds, Floor.objects.get().first_reply_seconds) == (60, 180)
    assert "Nothing is saved yet." not in words(browser(chen).get(address(panel), {"preset": "mine"}))


@pytest.mark.page
def test_the_page_is_there_for_whoever_may_chair_and_found_from_where_they_work(floor, panel, chen, olga, ada, ben):
    for person in (ada, ben):
        assert browser(person).get(address(panel)).status_code == 404
        assert browser(person).post(address(panel), AS_THEY_ARE).status_code == 404
    assert Client().get(address(panel)).status_code == 302
    link = f'href="{address(panel)}"'.encode()
    for person in (chen, olga):
        assert browser(person).get(address(panel)).status_code == 200
        for page in (address(panel, "console"), panel.get_absolute_url()):
            assert link in browser(person).get(page).content
    organised = reverse("programme:change_session", args=[panel.conference.slug, panel.pk])
    assert link in browser(olga).get(organised).content
    assert link not in browser(ben).get(panel.get_absolute_url()).content
