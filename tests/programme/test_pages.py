"""What people see: the home, the timetable, a session's page, and its door."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from conferences.models import Conference, Delegation, Membership
from outbox.reading import standing_of
from sessions.programme.models import Access, Room, Session, State
from sessions.programme.panels import PANELS, Panel


def page(client, name, *args):
    response = client.get(reverse(name, args=args))
    return response, response.content.decode()


def of(panel):
    return (panel.conference.slug, panel.pk)


# The list of conferences


def test_with_one_conference_the_front_page_is_its_home(client, conference):
    response = client.get("/")
    assert (response.status_code, response["Location"]) == (302, "/c/icdd/")


def test_with_more_of_them_the_front_page_lists_them(client, conference):
    Conference.objects.create(
        slug="rcdd", acronym="RCDD", name="Regional", opens_at=conference.opens_at, closes_at=conference.closes_at
    )
    words = client.get("/").content.decode()
    assert "/c/icdd/" in words
    assert "/c/rcdd/" in words


def test_with_none_it_says_what_will_be_here(client, db):
    words = client.get("/").content.decode()
    assert "No conference yet" in words


# Home


def test_the_home_shows_what_is_on_with_a_way_in_and_what_comes(client, panel, scheduled, ben):
    client.force_login(ben)
    response, words = page(client, "programme:home", "icdd")
    assert [session.pk for session in response.context["now"]] == [panel.pk]
    assert [session.pk for session in response.context["next"]] == [scheduled.pk]
    assert f'href="/c/icdd/sessions/{panel.pk}/">Enter</a>' in words


def test_whoever_may_not_enter_is_told_who_may(client, panel):
    _, words = page(client, "programme:home", "icdd")
    assert f'href="/c/icdd/sessions/{panel.pk}/">Enter</a>' not in words
    assert "For registered participants" in words


def test_those_who_work_here_find_their_sessions(client, panel, scheduled, ada):
    client.force_login(ada)
    response, words = page(client, "programme:home", "icdd")
    assert response.context["mine"] == [panel]
    assert "Your sessions" in words


def test_an_empty_and_an_ended_conference_say_so(client, conference, room):
    assert "The programme is not out yet" in page(client, "programme:home", "icdd")[1]
    Session.objects.create(
        conference=conference,
        room=room,
        title="Closing",
        starts_at=conference.opens_at,
        ends_at=conference.closes_at,
        state=State.ENDED,
    )
    assert "All sessions have ended" in page(client, "programme:home", "icdd")[1]


def test_a_conference_that_is_not_there_is_not_found(client, db):
    assert client.get("/c/nowhere/").status_code == 404
    assert client.get("/c/nowhere/timetable/").status_code == 404


# Timetable


def test_the_timetable_marks_now_and_my_sessions(client, panel, scheduled, ada):
    client.force_login(ada)
    _, words = page(client, "programme:timetable", "icdd")
    assert words.count("data-mine") == 1
    assert words.count('class="now-line"') == 1
    assert 'data-zone="Asia/Makassar"' in words


def test_one_room_is_shown_by_its_tab(client, panel, sessions_beside):
    sessions_beside(2)
    room = Room.objects.get(position=2)
    response = client.get(f"/c/icdd/timetable/?room={room.pk}")
    shown = [s.room for day in response.context["days"] for row in day.rows for c in row.cells for s in c.sessions]
    assert shown == [room]
    assert client.get("/c/icdd/timetable/?room=nonsense").context["room"] is None


def test_the_timetable_follows_from_where_it_was_rendered(client, panel, topic):
    _, words = page(client, "programme:timetable", "icdd")
    assert f'data-topic="{topic}" data-at="{standing_of(topic).position}"' in words


# A session's page


def test_a_session_page_says_state_title_room_and_both_clocks(client, panel, ben):
    client.force_login(ben)
    response, words = page(client, "programme:session", *of(panel))
    assert response.status_code == 200
    assert words.count("<h1") == 1
    assert '<span class="state" data-state="live">Live</span>' in words
    assert 'data-zone="Asia/Makassar"' in words


def test_the_strip_leads_to_the_other_rooms_in_one_click(client, panel, sessions_beside, ben):
    sessions_beside(3)
    client.force_login(ben)
    response, words = page(client, "programme:session", *of(panel))
    assert [str(other.room) for other in response.context["rooms_on"]] == ["Room 2", "Room 3", "Room 4"]
    for other in response.context["rooms_on"]:
        assert f'<a href="/c/icdd/sessions/{other.pk}/">' in words


def test_without_scripts_the_page_renews_itself_unless_it_is_held_still(client, panel, ben):
    client.force_login(ben)
    refresh = '<noscript><meta http-equiv="refresh" content="20"></noscript>'
    address = reverse("programme:session", args=of(panel))
    assert refresh in client.get(address).content.decode()
    assert refresh not in client.get(f"{address}?still=1").content.decode()


def test_a_signed_out_visitor_is_asked_to_sign_in_and_comes_back(client, panel):
    address = reverse("programme:session", args=of(panel))
    response = client.get(address)
    assert response.status_code == 302
    assert response["Location"] == f"/account/login/?next={address}"


def test_a_stranger_reads_who_may_enter_and_nothing_of_what_happens_inside(client, panel, eve):
    Session.objects.update(about="What is said inside")
    client.force_login(eve)
    response, words = page(client, "programme:session", *of(panel))
    assert response.status_code == 404
    assert "For registered participants" in words
    assert "What is said inside" not in words
    assert "data-floor" not in words


def test_the_address_names_the_right_conference(client, panel, ben):
    Conference.objects.create(
        slug="other", acronym="O", name="Other", opens_at=panel.starts_at, closes_at=panel.ends_at
    )
    client.force_login(ben)
    assert client.get(f"/c/other/sessions/{panel.pk}/").status_code == 404
    assert client.get("/c/icdd/sessions/999999/").status_code == 404


def test_panels_come_from_apps_and_only_for_those_who_may_enter(client, panel, ben, eve, monkeypatch):
    asked = []

    def context(request, session):
        asked.append(request.user)
        return {"refusal": {"words": "from a panel"}}

    monkeypatch.setattr(PANELS, "_parts", {})
    PANELS.register(
        Panel(name="shown", template="outbox/refused.html", context=context, scripts=("programme/home.js",))
    )
    PANELS.register(Panel(name="nothing", template="nowhere.html", context=lambda *_: None, position="aside"))
    client.force_login(eve)
    page(client, "programme:session", *of(panel))
    assert asked == []
    client.force_login(ben)
    response, words = page(client, "programme:session", *of(panel))
    assert asked == [ben]
    assert len(response.context["main_panels"]) == 1
    assert response.context["aside_panels"] == []
    assert "programme/home" in words


# The chair's buttons


def send(client, panel, move, **more):
    return client.post(reverse("programme:move", args=of(panel)), {"move": move, "command_id": uuid4(), **more})


def state_of(panel):
    return Session.objects.get(pk=panel.pk).state


def test_the_chair_sees_the_buttons_and_others_do_not(client, panel, chen, ben):
    client.force_login(chen)
    assert 'value="suspend"' in page(client, "programme:session", *of(panel))[1]
    client.force_login(ben)
    assert 'value="suspend"' not in page(client, "programme:session", *of(panel))[1]


def test_the_chair_runs_a_session_by_plain_forms(client, panel, chen):
    client.force_login(chen)
    for move, state in (("suspend", "suspended"), ("resume", "live"), ("end", "ended")):
        assert send(client, panel, move).status_code == 302
        assert state_of(panel) == state


def test_the_same_form_sent_twice_acts_once(client, panel, chen):
    client.force_login(chen)
    command_id = uuid4()
    for move in ("suspend", "resume", "suspend"):
        send(client, panel, move, command_id=command_id)
    # The third is the first once more: it was done already.
    assert state_of(panel) == "live"


def test_a_move_that_comes_too_late_is_told_on_the_page(client, panel, chen):
    Session.objects.update(state=State.ENDED, ended_at=timezone.now())
    client.force_login(chen)
    response = client.post(
        reverse("programme:move", args=of(panel)), {"move": "suspend", "command_id": uuid4()}, follow=True
    )
    assert response.status_code == 200
    assert "Somebody was quicker" in response.content.decode()


def test_reopening_without_a_reason_comes_back_with_the_mistake_marked(client, panel, olga):
    Session.objects.update(state=State.ENDED, ended_at=timezone.now())
    client.force_login(olga)
    response = send(client, panel, "reopen", reason=" ")
    words = response.content.decode()
    assert response.status_code == 422
    assert 'aria-invalid="true"' in words
    assert "Say why" in words
    too_long = "because " * 30
    assert too_long in send(client, panel, "reopen", reason=too_long).content.decode()
    assert send(client, panel, "reopen", reason="Ended by mistake").status_code == 302
    assert state_of(panel) == "live"


def test_others_cannot_press_the_chairs_buttons(client, panel, ben, eve):
    client.force_login(ben)
    send(client, panel, "end")
    client.force_login(eve)
    assert send(client, panel, "end").status_code == 404
    client.logout()
    send(client, panel, "end")
    assert state_of(panel) == "live"


def test_a_move_there_is_not_is_not_found(client, panel, chen):
    client.force_login(chen)
    assert send(client, panel, "explode").status_code == 404
    assert client.get(reverse("programme:move", args=of(panel))).status_code == 405


# As many queries with thirty as with one


@pytest.fixture
def count_queries():
    """Counts what a request needs once caches are warm."""

    def count(client, address):
        client.get(address)
        with CaptureQueriesContext(connection) as captured:
            assert client.get(address).status_code == 200
        return len(captured)

    return count


@pytest.mark.parametrize("name", ["programme:home", "programme:timetable"])
@pytest.mark.parametrize("who", ["nobody", "ben", "olga"])
def test_lists_cost_the_same_with_one_three_and_thirty_sessions(
    client, panel, sessions_beside, ben, olga, count_queries, name, who
):
    if who != "nobody":
        client.force_login({"ben": ben, "olga": olga}[who])
    address = reverse(name, args=["icdd"])
    costs = [count_queries(client, address)]
    for more in (2, 27):
        sessions_beside(more)
        costs.append(count_queries(client, address))
    assert len(set(costs)) == 1, costs
    assert costs[0] <= 14


def test_a_session_page_costs_the_same_with_many_rooms_on(client, panel, sessions_beside, ben, count_queries):
    client.force_login(ben)
    address = reverse("programme:session", args=of(panel))
    alone = count_queries(client, address)
    sessions_beside(1)
    beside_one = count_queries(client, address)
    sessions_beside(29)
    assert count_queries(client, address) == beside_one == alone


@pytest.mark.parametrize("name", ["programme:rooms", "programme:sessions", "conferences:delegations"])
def test_organisers_lists_cost_the_same_with_one_and_with_thirty(
    client, panel, sessions_beside, olga, count_queries, name
):
    client.force_login(olga)
    Delegation.objects.create(conference=panel.conference, name="One")
    address = reverse(name, args=["icdd"])
    one = count_queries(client, address)
    sessions_beside(29)
    Delegation.objects.bulk_create(Delegation(conference=panel.conference, name=f"D{n}") for n in range(29))
    assert count_queries(client, address) == one


def test_the_list_of_people_costs_the_same_with_one_and_with_thirty(client, conference, olga, fiji, count_queries):
    client.force_login(olga)
    address = reverse("conferences:members", args=["icdd"])
    one = count_queries(client, address)
    for number in range(29):
        person = User.objects.create_user(f"p{number}@example.org", name=f"P{number}")
        Membership.objects.create(conference=conference, user=person, role="delegate", delegation=fiji)
    assert count_queries(client, address) == one


def test_the_list_of_conferences_costs_the_same_with_one_and_with_thirty(client, conference, olga, count_queries):
    client.force_login(olga)
    one = count_queries(client, "/")
    for number in range(29):
        Conference.objects.create(
            slug=f"c{number}",
            acronym=f"C{number}",
            name="Another",
            opens_at=conference.opens_at + timedelta(days=number),
            closes_at=conference.closes_at + timedelta(days=number),
        )
    assert count_queries(client, "/") == one


def test_an_open_session_can_be_entered_signed_out(client, panel):
    Session.objects.update(access=Access.PUBLIC)
    response, _ = page(client, "programme:session", *of(panel))
    assert response.status_code == 200


REOPENED_BY_ORGANISERS = "An organiser can open it again within 30 minutes of its end."


@pytest.mark.parametrize(("minutes", "who", "offered"), [(5, "olga", True), (31, "olga", False), (5, "chen", False)])
def test_an_ended_session_says_who_can_open_it_again(client, panel, olga, chen, minutes, who, offered):
    panel.state, panel.ended_at = State.ENDED, timezone.now() - timedelta(minutes=minutes)
    panel.save()
    client.force_login({"olga": olga, "chen": chen}[who])
    words = client.get(panel.get_absolute_url()).content.decode()
    assert ('name="reason"' in words, REOPENED_BY_ORGANISERS in words) == (offered, not offered)


def test_an_organiser_goes_from_a_session_to_what_they_planned(client, panel, olga, ben):
    address = reverse("programme:change_session", args=["icdd", panel.pk])
    for person, shown in ((olga, True), (ben, False)):
        client.force_login(person)
        assert (address in client.get(panel.get_absolute_url()).content.decode()) == shown
