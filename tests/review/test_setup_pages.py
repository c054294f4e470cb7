"""The organisers’ pages of a review: rules, themes, who is invited, and one slot."""

import re

import pytest
from django.test import Client
from django.urls import reverse

from conferences.models import Delegation
from sessions.floor.actions.setting import set_rules
from sessions.floor.models import Floor, Mode, Turn
from sessions.programme.actions import go_live
from sessions.review.actions import planning, setting_up, themes
from sessions.review.models import Review, Slot, Theme
from sessions.review.orders import OrderPolicy
from sessions.review.queries import slots_of
from sessions.review.times import TooManyError

pytestmark = pytest.mark.page

RULES = {
    "order": "lot_alpha",
    "order_language": "en",
    "host": "among",
    "time": "divided",
    "budget_minutes": "90",
    "statement_seconds": "180",
    "observer_seconds": "120",
    "handover_seconds": "30",
    "grace_seconds": "15",
    "speakers": "delegations",
    "remarks": "none",
    "most_recommendations": "2",
    "due_at": "",
}


def client_of(person) -> Client:
    client = Client()
    client.force_login(person)
    return client


@pytest.fixture
def desk(olga):
    """Olga’s browser."""
    return client_of(olga)


@pytest.fixture
def at(review_session, conference):
    """The address of a page of the review."""

    def address(name: str, *numbers: int) -> str:
        return reverse(f"review:{name}", args=[conference.slug, review_session.pk, *numbers])

    return address


def words(answer) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", answer.content.decode()))


def order(session) -> list[str]:
    return [str(slot.delegation.name) for slot in slots_of(session.pk)]


# Who may


ORGANISERS_PAGES = ["set_up", "plan", "draw"]


@pytest.mark.parametrize("page", ORGANISERS_PAGES)
def test_the_pages_are_the_organisers(at, page, slots, olga, chen, ben, eve):
    assert client_of(olga).get(at(page)).status_code == 200
    for person in (chen, ben, eve):
        assert client_of(person).get(at(page)).status_code == 404
    assert Client().get(at(page)).status_code == 302


def test_a_session_that_is_no_review_has_none_of_them(panel, conference, olga):
    for page in ("set_up", "lot", "board"):
        assert client_of(olga).get(reverse(f"review:{page}", args=[conference.slug, panel.pk])).status_code == 404


def test_a_review_is_not_found_under_another_conference(at, review_session, olga):
    assert client_of(olga).get(f"/c/elsewhere/sessions/{review_session.pk}/review/set-up/").status_code == 404


def test_nobody_else_changes_anything(at, slots, review_session, chen, ben, eve):
    theme = Theme.objects.create(review_id=review_session.pk, title="Crisis")
    forms = {
        at("set_up"): {**RULES, "budget_minutes": "60"},
        at("invite"): {"all": "yes"},
        at("back_to_rule"): {"order": "request"},
        at("change_slot", slots[0].pk): {"name": "Nobody", "mode": "written", "kind": "member", "rank": "99"},
        at("move_slot", slots[0].pk): {"place": "3", "reason": "So that it is last"},
        at("withdraw_slot", slots[0].pk): {"why": "They did not answer"},
        at("add_theme"): {"title_en": "Opportunities"},
        at("change_theme", theme.pk): {"title_en": "Other"},
        at("move_theme", theme.pk): {"place": "1"},
        at("remove_theme", theme.pk): {},
        at("commit_lot"): {},
        at("draw"): {},
    }

    def everything():
        return [list(model.objects.order_by("pk").values()) for model in (Review, Slot, Theme, Turn, Floor, Delegation)]

    before = everything()
    for path, data in forms.items():
        for person in (chen, ben, eve):
            assert client_of(person).post(path, data).status_code == 404, path
        assert Client().post(path, data).status_code == 302, path
    assert everything() == before


def test_a_slot_of_another_review_is_not_there(at, slots, desk):
    assert desk.get(at("change_slot", 10**9)).status_code == 404
    assert desk.get(at("change_theme", 10**9)).status_code == 404


# Rules


def test_rules_and_the_floors_are_saved_together(at, slots, desk, review_session):
    form = {**RULES, "budget_minutes": "9", "handover_seconds": "60", "grace_seconds": "20", "remarks": "after_each"}
    answer = desk.post(at("set_up"), form, follow=True)
    assert "The rules are saved." in words(answer)
    assert "3 statements, 60 s between: 2:00 each, 0:00 spare" in words(answer)
    floor, review = Floor.objects.get(), Review.objects.get()
    assert (floor.handover_seconds, floor.grace_seconds, review.remarks) == (60, 20, "after_each")
    assert {slot.turn.allotted_ms for slot in slots_of(review_session.pk)} == {120_000}


def test_another_hand_over_alone_gives_everybody_another_time(review_session, slots, olga, fiji, followed, topics):
    setting_up.set_up_review(review_session.pk, budget_minutes=9, by=olga)
    with followed(*topics(fiji)):
        planning.plan_review(review_session.pk, speakers="delegations", seconds={"handover_seconds": 60}, by=olga)
    assert {slot.turn.allotted_ms for slot in slots_of(review_session.pk)} == {120_000}


def test_another_hand_over_set_as_a_rule_of_the_floor_gives_everybody_another_time(
    review_session, slots, olga, chen, fiji, followed, topics
):
    setting_up.set_up_review(review_session.pk, budget_minutes=9, by=olga)
    with followed(*topics(fiji)):
        set_rules(review_session.pk, handover_seconds=60, by=chen)
    assert {slot.turn.allotted_ms for slot in slots_of(review_session.pk)} == {120_000}
    with pytest.raises(TooManyError):
        set_rules(review_session.pk, handover_seconds=300, by=chen)


def test_less_time_with_a_shorter_hand_over_is_not_refused_half_way(at, slots, desk, review_session):
    desk.post(at("set_up"), {**RULES, "budget_minutes": "20", "handover_seconds": "300"})
    assert Floor.objects.get().handover_seconds == 300
    answer = desk.post(at("set_up"), {**RULES, "budget_minutes": "9", "handover_seconds": "60"}, follow=True)
    assert "The rules are saved." in words(answer)
    assert {slot.turn.allotted_ms for slot in slots_of(review_session.pk)} == {120_000}


def test_twenty_one_in_ninety_minutes_are_told_as_they_are(at, desk, conference):
    made = [Delegation(conference=conference, name=f"Delegation {number:02}", position=number) for number in range(21)]
    Delegation.objects.bulk_create(made)
    answer = desk.post(at("invite"), {"all": "yes"}, follow=True)
    assert "21 statements, 30 s between: 3:45 each, 0:45 spare" in words(answer)


def test_too_many_for_the_time_is_said_at_the_field_and_what_was_typed_is_kept(at, slots, desk):
    answer = desk.post(at("set_up"), {**RULES, "budget_minutes": "3", "grace_seconds": "21"})
    assert answer.status_code == 422
    form = answer.context["rules"]
    assert "at most" in form.errors["budget_minutes"][0]
    assert "2 statements" in form.errors["budget_minutes"][0]
    assert (form["budget_minutes"].value(), form["grace_seconds"].value()) == ("3", "21")
    assert (Review.objects.get().budget_minutes, Floor.objects.get().grace_seconds) == (90, 15)


def test_too_many_to_invite_is_said_there_and_who_was_chosen_stays_chosen(at, desk, conference):
    made = [Delegation(conference=conference, name=f"Delegation {number:03}", position=number) for number in range(61)]
    rows = Delegation.objects.bulk_create(made)
    answer = desk.post(at("invite"), {"delegations": [row.pk for row in rows]})
    assert answer.status_code == 422
    form = answer.context["invitation"]
    assert "60 statements" in form.errors["delegations"][0]
    assert answer.content.decode().count(" checked") == 61
    assert not Slot.objects.exists()


def test_what_is_typed_is_worked_out_before_it_is_saved(at, slots, desk):
    told = desk.get(at("plan"), {**RULES, "time": "by_kind", "statement_seconds": "200"})
    assert "3 statements, 30 s between: 3 × 3:20 each" in words(told)
    told = desk.get(at("plan"), {**RULES, "budget_minutes": "3"})
    assert "2 statements at most" in words(told)
    # What cannot be read is left out; it is said when it is saved.
    assert desk.get(at("plan"), {**RULES, "budget_minutes": "many"}).status_code == 200
    assert Review.objects.get().time == "divided"


def test_due_is_on_the_conferences_clock(at, slots, desk, conference):
    conference.time_zone = "Asia/Makassar"
    conference.save()
    desk.post(at("set_up"), {**RULES, "due_at": "2021-11-15T18:00"})
    assert Review.objects.get().due_at.isoformat() == "2021-11-15T10:00:00+00:00"
    assert 'value="2021-11-15T18:00"' in desk.get(at("set_up")).content.decode()


def test_once_the_session_was_live_order_and_time_are_fixed(at, slots, desk, review_session, chen):
    assert "3 statements" in words(desk.get(at("set_up")))
    go_live(review_session.pk, by=chen)
    answer = desk.get(at("set_up"))
    assert "order and time are fixed" in words(answer)
    # Nor are other times proposed, also on a page that was open before.
    assert "3 statements" not in words(answer)
    assert words(desk.get(at("plan"), RULES)).strip() == ""
    assert answer.context["rules"].fields["budget_minutes"].disabled
    desk.post(at("set_up"), {**RULES, "budget_minutes": "10", "remarks": "after_block"})
    review = Review.objects.get()
    assert (review.budget_minutes, review.remarks) == (90, "after_block")
    refused = desk.post(at("move_slot", slots[2].pk), {"place": "1", "reason": "The minister must leave"})
    assert (refused.status_code, order(review_session)) == (422, ["Fiji", "Finland", "Ghana"])


# Who is invited


def test_one_is_invited_or_all_and_in_protocol_order(at, desk, fiji, finland, ghana, review_session):
    desk.post(at("invite"), {"delegations": [finland.pk]})
    assert order(review_session) == ["Finland"]
    page = words(desk.get(at("set_up")))
    assert "Invite all 2 that have no slot" in page
    assert page.index("Fiji") < page.index("Ghana")
    desk.post(at("invite"), {"all": "yes"})
    assert order(review_session) == ["Fiji", "Finland", "Ghana"]


def test_a_slot_is_changed(at, slots, desk, review_session, olga):
    theme = themes.add_theme(review_session.pk, title={"en": "Crisis"}, by=olga)
    form = {
        "theme_id": str(theme.pk),
        "mode": "live_remote",
        "kind": "observer",
        "honorific": "H.E. Ms",
        "name": "Adi Kini",
        "function": "Minister",
        "rank": "4",
    }
    desk.post(at("change_slot", slots[0].pk), form)
    slot = Slot.objects.select_related("turn").get(pk=slots[0].pk)
    assert (slot.theme_id, slot.kind, slot.honorific, slot.rank) == (theme.pk, "observer", "H.E. Ms", 4)
    assert (slot.turn.name, slot.turn.function, slot.turn.mode) == ("Adi Kini", "Minister", "live_remote")
    row = words(desk.get(at("set_up")))
    assert "H.E. Ms Adi Kini" in row
    assert "minister for foreign affairs" in row


def test_a_refused_change_keeps_what_was_typed(at, slots, desk, review_session, olga):
    Turn.objects.filter(pk=slots[0].turn_id).update(mode=Mode.WRITTEN)
    setting_up.set_up_review(review_session.pk, budget_minutes=3, by=olga)
    form = {"mode": "live_room", "kind": "member", "rank": "99", "name": "Adi Kini", "function": "Minister"}
    answer = desk.post(at("change_slot", slots[0].pk), form)
    assert answer.status_code == 422
    assert "2 statements" in answer.context["form"].errors["mode"][0]
    assert answer.context["form"]["name"].value() == "Adi Kini"


def test_whoever_withdraws_is_listed_with_the_reason_and_may_come_again(at, slots, desk, review_session, fiji):
    assert desk.post(at("withdraw_slot", slots[0].pk), {"why": ""}).status_code == 422
    desk.post(at("withdraw_slot", slots[0].pk), {"why": "The minister is ill."})
    assert order(review_session) == ["Finland", "Ghana"]
    assert "The minister is ill." in words(desk.get(at("set_up")))
    assert "may be invited again" in words(desk.get(at("change_slot", slots[0].pk)))
    desk.post(at("invite"), {"delegations": [fiji.pk]})
    assert order(review_session) == ["Fiji", "Finland", "Ghana"]


def test_a_move_by_hand_takes_the_order_from_the_rule_until_it_is_given_back(
    at, slots, desk, review_session, olga, fiji, followed, topics
):
    assert desk.post(at("move_slot", slots[2].pk), {"place": "1", "reason": ""}).status_code == 422
    with followed(*topics(fiji)):
        planning.move_slot(slots[2].pk, place=1, reason="The minister must leave", by=olga)
    assert order(review_session) == ["Ghana", "Fiji", "Finland"]
    # The desk is nobody's, as before.
    assert Floor.objects.get().desk_holder_id is None
    assert "no rule changes it" in words(desk.get(at("set_up")))
    desk.post(at("back_to_rule"), {"order": "lot_alpha"})
    assert (order(review_session), Review.objects.get().order) == (["Fiji", "Finland", "Ghana"], OrderPolicy.LOT_ALPHA)


def test_a_place_that_is_not_there_is_refused_with_what_was_typed(at, slots, desk):
    answer = desk.post(at("move_slot", slots[2].pk), {"place": "9", "reason": "Because"})
    assert (answer.status_code, answer.context["place_form"]["reason"].value()) == (422, "Because")
    assert "from 1 to 3" in answer.context["place_form"].errors["place"][0]


def test_whoever_holds_the_desk_keeps_it(at, slots, desk, review_session, chen):
    Floor.objects.update(desk_holder=chen)
    answer = desk.post(at("move_slot", slots[2].pk), {"place": "1", "reason": "Because"})
    assert (answer.status_code, Floor.objects.get().desk_holder) == (422, chen)
    assert "holds the desk" in words(answer)


# Themes


def test_a_theme_takes_its_statements_along_wherever_it_stands(
    review_session, slots, fiji, olga, ben, followed, topics
):
    with followed(*topics()):
        crisis = themes.add_theme(review_session.pk, title={"en": "Crisis"}, by=olga)
    chances = themes.add_theme(review_session.pk, title={"en": "Opportunities"}, by=olga)
    assert themes.add_theme(review_session.pk, title={"en": "Crisis"}, by=olga).pk == crisis.pk
    setting_up.change_slot(slots[0].pk, theme_id=crisis.pk, by=olga)
    setting_up.change_slot(slots[2].pk, theme_id=chances.pk, by=olga)
    assert order(review_session) == ["Fiji", "Ghana", "Finland"]
    with followed(*topics(fiji)):
        themes.move_theme(review_session.pk, chances.pk, place=1, by=olga)
    assert order(review_session) == ["Ghana", "Fiji", "Finland"]
    with followed(*topics(fiji)):
        themes.rename_theme(review_session.pk, crisis.pk, title={"en": "In times of crisis"}, by=olga)
    turn = Turn.objects.get(pk=slots[0].turn_id)
    assert str(turn.theme) == "In times of crisis"
    with followed(*topics(fiji)):
        themes.remove_theme(review_session.pk, crisis.pk, by=olga)
    themes.remove_theme(review_session.pk, crisis.pk, by=olga)
    assert str(Turn.objects.get(pk=slots[0].turn_id).theme) == ""
    assert Slot.objects.get(pk=slots[0].pk).theme_id is None


def test_themes_are_added_renamed_moved_and_removed_on_the_page(at, desk, review_session):
    assert desk.post(at("add_theme"), {}).status_code == 422
    for title in ("Crisis", "Opportunities"):
        desk.post(at("add_theme"), {"title_en": title, "title_ar": f"{title} ar"})
    first, second = Theme.objects.all()
    desk.post(at("move_theme", second.pk), {"place": "1"})
    desk.post(at("change_theme", first.pk), {"title_en": "In times of crisis"})
    assert [str(theme) for theme in Theme.objects.all()] == ["Opportunities", "In times of crisis"]
    desk.post(at("remove_theme", second.pk))
    assert [(str(theme), theme.position) for theme in Theme.objects.all()] == [("In times of crisis", 0)]
