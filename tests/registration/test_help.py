"""Help: somebody calls from any page, the desk takes the call and answers, and nobody else hears of it."""

import html
import json
import re
from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import AnonymousUser
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.actions import enter_by_code
from accounts.models import User
from conferences.models import Conference
from outbox.errors import Invalid, NotAllowed, NotThere, TooFast, WrongMove
from outbox.reading import may_follow, snapshot
from registration import help as verbs
from registration.door import add_gate, invite_device
from registration.help import (
    answer_ticket,
    close_ticket,
    issue_code,
    open_ticket,
    say_more,
    take_ticket,
)
from registration.live_help import DESK, OWN, desk_topic, number_of, own_topic, queue_of, ticket_topic, waits_since
from registration.models import Message, Post, Ticket, TicketState, Work
from registration.views.help import SECRET_PARTS

pytestmark = pytest.mark.django_db

NOBODY = AnonymousUser()


@pytest.fixture
def hana(conference):
    """She works at the help desk."""
    hana = User.objects.create_user("hana@example.org", name="Hana")
    Post.objects.create(conference=conference, user=hana, work=Work.HELP_DESK)
    return hana


@pytest.fixture
def call(conference):
    """`call(by)` makes a call as the form does."""

    def called(by=NOBODY, words="I hear nothing.", *, key=None, **facts):
        return open_ticket(key=key or uuid4(), conference_id=conference.pk, words=words, by=by, **facts)

    return called


def topics_of(ticket: Ticket) -> tuple[str, str, str]:
    return desk_topic(ticket.conference), ticket_topic(ticket), own_topic(ticket)


def said(ticket: Ticket) -> list[tuple[str, bool]]:
    return list(Message.objects.filter(ticket=ticket).values_list("words", "is_of_desk"))


# What each verb announces


def test_a_call_comes_to_the_desk(followed, conference, call, ben):
    with followed(desk_topic(conference)) as events:
        call(ben, "I hear nothing.", place="Room 1", page="/c/icdd/", browser="Firefox", link={"rtt_ms": 80})
    assert [event.name for event in events] == ["ticket.opened"]
    (card,) = snapshot(desk_topic(conference)).cards.values()
    assert (card["name"], card["place"], card["page"], card["browser"], card["opening"]) == (
        "Ben",
        "Room 1",
        "/c/icdd/",
        "Firefox",
        "I hear nothing.",
    )
    assert (card["link"]["rtt_ms"], card["state"], card["waits_since"] is not None) == (80, "open", True)


def test_whoever_takes_it_is_told_to_both_sides(followed, call, ben, hana):
    ticket = call(ben)
    with followed(*topics_of(ticket)) as events:
        take_ticket(ticket.pk, by=hana)
    assert {event.name for event in events} == {"ticket.taken"}
    assert len(events) == 3
    with followed(*topics_of(ticket), changes=False):
        take_ticket(ticket.pk, by=hana)


def test_a_colleague_takes_over(followed, call, ben, hana, olga):
    ticket = call(ben)
    take_ticket(ticket.pk, by=hana)
    with followed(*topics_of(ticket)):
        take_ticket(ticket.pk, by=olga)
    ticket.refresh_from_db()
    assert ticket.taken_by == olga


def test_an_answer_takes_the_call_and_reaches_the_person(followed, call, ben, hana):
    ticket, key = call(ben), uuid4()
    with followed(*topics_of(ticket)) as events:
        answer_ticket(ticket.pk, words="Choose “Sound only”.", key=key, by=hana)
    assert {event.name for event in events} == {"ticket.answered"}
    with followed(*topics_of(ticket), changes=False):
        answer_ticket(ticket.pk, words="Choose “Sound only”.", key=key, by=hana)
    ticket.refresh_from_db()
    assert (ticket.state, ticket.taken_by) == (TicketState.TAKEN, hana)
    assert said(ticket) == [("I hear nothing.", False), ("Choose “Sound only”.", True)]
    cards = snapshot(own_topic(ticket)).cards
    assert [card["by"] for key, card in cards.items() if key.startswith("message.")] == [None, "Hana"]
    assert waits_since(ticket) is None


def test_further_words_come_to_the_desk_and_open_a_closed_call_again(followed, call, ben, hana):
    ticket = call(ben)
    answer_ticket(ticket.pk, words="Is it better?", key=uuid4(), by=hana)
    with followed(*topics_of(ticket)) as events:
        say_more(ticket.pk, words="Not yet.", key=uuid4(), by=ben)
    assert {event.name for event in events} == {"ticket.continued"}
    close_ticket(ticket.pk, by=hana)
    with followed(*topics_of(ticket)):
        say_more(ticket.pk, words="Again nothing.", key=uuid4(), by=ben)
    ticket.refresh_from_db()
    assert (ticket.state, ticket.taken_by, ticket.closed_at) == (TicketState.OPEN, None, None)


@pytest.mark.parametrize("closed_by", ["desk", "person"])
def test_a_closed_call_leaves_the_queue(followed, call, ben, hana, closed_by):
    ticket = call(ben)
    with followed(*topics_of(ticket)) as events:
        close_ticket(ticket.pk, by=hana if closed_by == "desk" else ben)
    assert {event.name for event in events} == {"ticket.closed"}
    assert snapshot(desk_topic(ticket.conference)).cards == {}
    with followed(*topics_of(ticket), changes=False):
        close_ticket(ticket.pk, by=hana)
    with pytest.raises(WrongMove):
        take_ticket(ticket.pk, by=hana)


def test_a_long_talk_keeps_to_what_a_snapshot_holds(followed, call, ben, monkeypatch):
    monkeypatch.setattr(verbs, "MOST_WORDS", 100)
    ticket = call(ben)
    for number in range(49):
        say_more(ticket.pk, words=f"Line {number}", key=uuid4(), by=ben)
    with followed(*topics_of(ticket)):
        say_more(ticket.pk, words="One more", key=uuid4(), by=ben)
    cards = snapshot(own_topic(ticket)).cards
    assert len(cards) == 50
    assert [card["words"] for card in cards.values() if "words" in card][-1] == "One more"


# Who may


def test_nobody_but_the_desk_takes_answers_or_closes(call, ben, eve, ada):
    ticket = call(ben)
    for stranger in (eve, ada, NOBODY):
        with pytest.raises(NotThere):
            take_ticket(ticket.pk, by=stranger)
        with pytest.raises(NotThere):
            answer_ticket(ticket.pk, words="Hello", key=uuid4(), by=stranger)
        with pytest.raises(NotThere):
            close_ticket(ticket.pk, by=stranger)
        with pytest.raises(NotThere):
            say_more(ticket.pk, words="Hello", key=uuid4(), by=stranger)


def test_the_key_of_a_call_with_an_account_opens_nothing_to_others(call, ben, eve):
    ticket = call(ben)
    for stranger in (eve, NOBODY):
        with pytest.raises(NotThere):
            say_more(ticket.pk, words="Hello", key=uuid4(), by=stranger, ticket_key=ticket.key)
        assert not may_follow(own_topic(ticket), stranger)
    assert may_follow(own_topic(ticket), ben)


def test_a_call_without_an_account_is_found_by_its_key_alone(call, eve):
    ticket, other = call(), call()
    say_more(ticket.pk, words="More", key=uuid4(), by=NOBODY, ticket_key=ticket.key)
    for key in (None, other.key, uuid4()):
        with pytest.raises(NotThere):
            say_more(ticket.pk, words="Hello", key=uuid4(), by=eve, ticket_key=key)
    assert may_follow(own_topic(ticket), NOBODY)
    assert not may_follow(OWN.name(ticket_id=ticket.pk, key=number_of(other.key)), NOBODY)
    assert snapshot(OWN.name(ticket_id=ticket.pk, key=number_of(other.key))).cards == {}


def test_the_desk_is_followed_by_those_who_work_there(call, conference, ben, eve, ada, hana, olga):
    ticket = call(ben)
    for topic in (desk_topic(conference), ticket_topic(ticket)):
        assert [may_follow(topic, person) for person in (hana, olga)] == [True, True]
        assert not any(may_follow(topic, person) for person in (ben, eve, ada, NOBODY))
    elsewhere = Conference.objects.create(
        slug="other", acronym="Other", name="Other", opens_at=conference.opens_at, closes_at=conference.closes_at
    )
    assert not may_follow(DESK.name(conference_id=elsewhere.pk), hana)
    assert not may_follow(f"conference.{elsewhere.pk}.help.{ticket.pk}", hana)


def test_no_card_holds_a_key_an_address_or_another_persons_words(call, ben, hana):
    mine = call(ben, "Mine")
    theirs = call(words="PLANTED-WORDS", name="Planted Name", place="PLANTED-PLACE")
    answer_ticket(theirs.pk, words="Planted answer", key=uuid4(), by=hana)
    own = json.dumps(snapshot(own_topic(mine)).cards)
    assert "Mine" in own
    assert not re.search("planted", own, re.IGNORECASE)
    for topic in topics_of(theirs):
        told = json.dumps(snapshot(topic).cards)
        assert "Planted answer" in told or "PLANTED-WORDS" in told
        for secret in (str(theirs.key), theirs.key.hex, str(number_of(theirs.key)), "example.org"):
            assert secret not in told


# One form, one call


def test_a_form_that_is_sent_twice_calls_once(call, ben):
    key = uuid4()
    assert call(ben, key=key).pk == call(ben, key=key).pk
    assert Message.objects.count() == 1


def test_nobody_gets_somebody_elses_call_by_its_key(call, ben, eve):
    key = uuid4()
    call(ben, key=key)
    for stranger in (eve, NOBODY):
        with pytest.raises(Invalid):
            call(stranger, key=key)


def test_words_cannot_be_moved_to_another_call_by_their_key(call, ben, hana):
    first, second, key = call(ben), call(ben), uuid4()
    answer_ticket(first.pk, words="Hello", key=key, by=hana)
    with pytest.raises(Invalid):
        answer_ticket(second.pk, words="Hello", key=key, by=hana)


@pytest.mark.parametrize(
    ("words", "facts", "field"),
    [
        (" \n ", {}, "words"),
        ("x" * 4001, {}, "words"),
        ("null \x00 here", {}, "words"),
        ("turned \u202e here", {}, "words"),
        ("Help", {"place": "Room\u200b 1"}, "place"),
        ("Help", {"name": "Ana\U000e0041"}, "name"),
        ("Help", {"place": "x" * 201}, "place"),
        ("Help", {"name": "x" * 201}, "name"),
    ],
)
def test_what_cannot_be_kept_is_refused_beside_its_field(call, words, facts, field):
    with pytest.raises(Invalid) as refused:
        call(words=words, **facts)
    assert list(refused.value.fields) == [field]
    assert not Ticket.objects.exists()


def test_a_call_goes_to_a_conference(ben):
    with pytest.raises(Invalid):
        open_ticket(key=uuid4(), conference_id=None, words="Help", by=ben)


@pytest.mark.parametrize(
    "link", [{"rtt_ms": "fast"}, {"rtt_ms": -1}, {"way": "x" * 21}, {"way": "\x00"}, {"lost": 10**9}]
)
def test_a_pages_odd_word_of_its_link_refuses_nobody_help(call, link):
    ticket = call(link=link)
    assert ticket.link == {"rtt_ms": None, "lost": None, "tried": None, "way": "", "screen": "", "language": ""}


def test_somebody_who_calls_again_and_again_is_heard_on_the_call_that_is_open(call, ben):
    for _ in range(verbs.MOST_OPEN):
        first = call(ben)
    with pytest.raises(WrongMove):
        call(ben)
    close_ticket(first.pk, by=ben)
    call(ben)


def test_a_script_does_not_fill_the_queue(call, monkeypatch):
    monkeypatch.setattr(verbs, "MOST_NAMELESS", 2)
    call()
    old = call()
    with pytest.raises(TooFast):
        call()
    Ticket.objects.filter(pk=old.pk).update(made_at=timezone.now() - timedelta(hours=1))
    call()


def test_one_network_does_not_use_up_the_room_of_all_who_have_no_account(conference, ben, monkeypatch):
    monkeypatch.setattr(verbs, "MOST_NAMELESS", 4)
    monkeypatch.setattr(verbs, "MOST_OF_ONE_NETWORK", 3)
    monkeypatch.setattr("accounts.pace.time.time", lambda: 1_800_000_000.0)

    def calls(network: str, client: Client):
        form = {"key": str(uuid4()), "words": "Help"}
        return client.post(reverse("registration:ask_for_help"), form, REMOTE_ADDR=network)

    answers = [calls("2001:db8::1", Client()), *(calls(f"2001:db8::{n}", Client()) for n in range(2, 12))]
    assert [answer.status_code for answer in answers] == [302] * 3 + [422] * 8
    [said] = answers[-1].context["form"].errors["__all__"]
    assert said.startswith("Very many calls came from your network.")
    assert answers[-1].context["form"]["words"].value() == "Help"
    assert calls("203.0.113.9", Client()).status_code == 302
    # Whoever signs in is heard from there too.
    assert calls("2001:db8::1", browser(ben)).status_code == 302


def test_what_is_written_on_one_call_is_bounded_in_a_while(call, ben, hana, client, monkeypatch):
    monkeypatch.setattr(verbs, "MOST_WORDS", 3)
    ticket = call(ben)
    for _ in range(2):
        say_more(ticket.pk, words="More", key=uuid4(), by=ben)
    with pytest.raises(TooFast):
        say_more(ticket.pk, words="More", key=uuid4(), by=ben)
    answer_ticket(ticket.pk, words="I am reading.", key=uuid4(), by=hana)
    client.force_login(ben)
    page = reverse("registration:ticket", args=[ticket.pk])
    answer = client.post(page, {"key": str(uuid4()), "words": "Still me"})
    assert (answer.status_code, "You wrote very much just now." in answer.text) == (422, True)
    assert answer.context["form"]["words"].value() == "Still me"
    told = client.post(page, {"key": str(uuid4()), "words": "Me"}, headers={"accept": "application/json"}).json()
    assert "You wrote very much just now." in next(iter(told["refused"]["fields"].values()))
    Message.objects.update(at=timezone.now() - timedelta(hours=1))
    assert client.post(page, {"key": str(uuid4()), "words": "Much later"}).status_code == 302
    assert [words for words, _ in said(ticket)] == ["I hear nothing.", "More", "More", "I am reading.", "Much later"]


def test_untaken_calls_come_first_and_of_each_the_oldest(call, conference, hana):
    tickets = [call(words=f"Call {number}") for number in range(4)]
    take_ticket(tickets[0].pk, by=hana)
    now = timezone.now()
    Ticket.objects.filter(pk=tickets[3].pk).update(made_at=now - timedelta(hours=1))
    assert [ticket.pk for ticket in queue_of(conference.pk)] == [tickets[number].pk for number in (3, 1, 2, 0)]


# By plain forms


def hidden(response) -> dict[str, str]:
    page = response.content.decode()
    form = next(found for found in re.findall(r"<form.*?</form>", page, re.S) if 'name="words"' in found)
    inputs = re.findall(r'<input type="hidden" name="([^"]+)"(?: value="([^"]*)")?', form)
    return {name: html.unescape(value) for name, value in inputs}


def browser(person: User | None = None) -> Client:
    client = Client(headers={"User-Agent": "Testing/1.0"})
    if person is not None:
        client.force_login(person)
    return client


def test_a_call_travels_both_ways_by_plain_forms_and_without_an_account(conference, panel, hana):
    person, desk = browser(), browser(hana)
    ask = reverse("registration:ask_for_help")
    form = person.get(ask, {"from": panel.get_absolute_url()})
    assert "Testing/1.0" in form.text
    sent = person.post(ask, {**hidden(form), "words": "No sound", "place": "Room 1", "name": "Anu"}, follow=True)
    assert "No sound" in sent.text
    ticket = Ticket.objects.get()
    assert (ticket.conference, ticket.user, ticket.name, ticket.page, ticket.browser) == (
        conference,
        None,
        "Anu",
        panel.get_absolute_url(),
        "Testing/1.0",
    )
    queue = desk.get(reverse("registration:help_desk", args=["icdd"]))
    assert "Anu" in queue.text
    at_desk = reverse("registration:help_ticket", args=["icdd", ticket.pk])
    desk.post(reverse("registration:take_ticket", args=["icdd", ticket.pk]))
    answer = hidden(desk.get(at_desk))
    assert desk.post(at_desk, {**answer, "words": "Reload the page"}).status_code == 302
    mine = reverse("registration:ticket", args=[ticket.pk])
    page = person.get(mine)
    assert "Reload the page" in page.text
    person.post(mine, {**hidden(page), "words": "That did it"})
    assert "That did it" in desk.get(at_desk).text
    person.post(reverse("registration:helped", args=[ticket.pk]))
    ticket.refresh_from_db()
    assert ticket.state == TicketState.CLOSED
    assert said(ticket) == [("No sound", False), ("Reload the page", True), ("That did it", False)]


def test_the_help_page_leads_to_the_call_and_knows_where_it_is(client, panel):
    page = client.get(reverse("web:help"), {"from": panel.get_absolute_url()})
    call = re.search(r'href="(/help/call/[^"]*)"', page.text)
    form = client.get(html.unescape(call.group(1)))
    assert f'value="{panel.get_absolute_url()}"' in form.text


@pytest.mark.parametrize(
    "address",
    ["https://evil.example/", "//evil.example/x", "javascript:alert(1)", "/no/page/", "/c/icdd/?token=a"],
)
def test_the_desk_is_led_to_pages_of_this_site_only(client, conference, address):
    form = client.get(reverse("registration:ask_for_help"), {"from": address})
    client.post(reverse("registration:ask_for_help"), {**hidden(form), "page": address, "words": "Help"})
    assert Ticket.objects.get().page in ("", "/c/icdd/")


def test_what_is_secret_in_an_address_is_not_told(client, conference):
    address = reverse("accounts:enter_by_link", args=["s3cret-token"])
    form = client.get(reverse("registration:ask_for_help"), {"from": address})
    assert hidden(form)["page"] == "/account/enter/…/"
    client.post(reverse("registration:ask_for_help"), {**hidden(form), "words": "Help"})
    assert Ticket.objects.get().page == "/account/enter/…/"


def test_what_enrols_a_device_is_not_told(client, conference, olga):
    gate = add_gate(conference.pk, name="North", by=olga)
    _device, secret = invite_device(gate.pk, name="Phone", by=olga)
    address = reverse("registration:enrol_device", args=[secret])
    client.post(reverse("registration:ask_for_help"), {"key": str(uuid4()), "words": "Help", "page": address})
    assert Ticket.objects.get().page == "/door/enrol/…/"


def test_every_part_of_an_address_is_known_to_be_secret_or_not(routes):
    known = {"slug", "language", "letter_name", "which", "kind", "colour", "verb", "what", *SECRET_PARTS}
    ours = (route for route in routes if not route.startswith("admin/"))
    assert {part for route in ours for part in re.findall(r"<(?!int:)\w+:(\w+)>", route)} - known == set()


def test_with_several_conferences_it_is_chosen(client, conference):
    other = Conference.objects.create(
        slug="other", acronym="Other", name="Other", opens_at=conference.opens_at, closes_at=conference.closes_at
    )
    ask = reverse("registration:ask_for_help")
    form = client.get(ask, {"from": "/"})
    assert client.post(ask, {**hidden(form), "words": "Help"}).status_code == 422
    client.post(ask, {**hidden(form), "words": "Help", "conference": other.pk})
    assert Ticket.objects.get().conference == other


def test_a_form_that_comes_back_keeps_what_was_typed(client, conference):
    ask = reverse("registration:ask_for_help")
    form = hidden(client.get(ask))
    page = client.post(ask, {**form, "words": "", "place": "The second gate"})
    assert page.status_code == 422
    assert 'value="The second gate"' in page.text
    assert hidden(page)["key"] == form["key"]


@pytest.mark.parametrize("who", ["ben", "eve", "nobody"])
def test_the_desks_pages_are_not_there_for_others(request, client, call, who, hana):
    ticket = call(request.getfixturevalue("ada"))
    if who != "nobody":
        client.force_login(request.getfixturevalue(who))
    for name, more in (("help_desk", []), ("help_code", []), ("help_ticket", [ticket.pk])):
        answer = client.get(reverse(f"registration:{name}", args=["icdd", *more]))
        assert answer.status_code == (302 if who == "nobody" else 404)
    for name in ("take_ticket", "close_ticket"):
        answer = client.post(reverse(f"registration:{name}", args=["icdd", ticket.pk]))
        assert answer.status_code == (302 if who == "nobody" else 404)
    assert client.get(reverse("registration:ticket", args=[ticket.pk])).status_code == 404
    ticket.refresh_from_db()
    assert ticket.state == TicketState.OPEN


def test_a_call_of_another_conference_is_not_at_this_desk(client, call, conference, hana):
    ticket = call()
    other = Conference.objects.create(
        slug="other", acronym="Other", name="Other", opens_at=conference.opens_at, closes_at=conference.closes_at
    )
    Post.objects.create(conference=other, user=hana, work=Work.HELP_DESK)
    client.force_login(hana)
    assert client.get(reverse("registration:help_ticket", args=["other", ticket.pk])).status_code == 404


def test_a_script_gets_a_new_key_or_the_words_of_a_refusal(client, call, ben):
    ticket = call(ben)
    client.force_login(ben)
    page = reverse("registration:ticket", args=[ticket.pk])
    key = hidden(client.get(page))["key"]
    answer = client.post(page, {"key": key, "words": "More"}, headers={"Accept": "application/json"})
    assert UUID(answer.json()["next_key"]) != UUID(key)
    refused = client.post(page, {"key": key, "words": ""}, headers={"Accept": "application/json"})
    assert (refused.status_code, list(refused.json()["refused"]["fields"])) == (400, ["words"])


# One-time codes


def test_the_desk_lets_in_whom_it_checked_and_it_is_noted(conference, public, apply, hana):
    person = apply(public, "Ana").user
    code = issue_code(conference.pk, email="ANA@example.org", checked="passport", by=hana)
    entry = LogEntry.objects.get(user=hana)
    assert (entry.object_id, "passport" in entry.change_message, code in entry.change_message) == (
        str(person.pk),
        True,
        False,
    )
    assert enter_by_code("ana@example.org", code) == person
    with pytest.raises(Invalid):
        enter_by_code("ana@example.org", code)


def test_a_code_is_for_people_of_this_conference_only(conference, hana, eve):
    for email in (eve.email, "nobody@example.org"):
        with pytest.raises(Invalid) as refused:
            issue_code(conference.pk, email=email, checked="passport", by=hana)
        assert list(refused.value.fields) == ["email"]


def test_nobody_with_rights_to_give_is_let_in_by_the_desk(conference, hana, olga, ben):
    colleague = User.objects.create_user("ines@example.org", name="Ines")
    Post.objects.create(conference=conference, user=colleague, work=Work.SECRETARIAT)
    conference.memberships.create(user=colleague)
    runs_it = User.objects.create_superuser("root@example.org", name="Root")
    conference.memberships.create(user=runs_it)
    for person in (olga, colleague, runs_it):
        with pytest.raises(NotAllowed):
            issue_code(conference.pk, email=person.email, checked="passport", by=hana)
    assert issue_code(conference.pk, email=ben.email, checked="passport", by=hana)


def test_who_does_not_help_issues_no_code(conference, ben, eve, ada):
    for person in (eve, ada, NOBODY):
        with pytest.raises(NotThere):
            issue_code(conference.pk, email=ben.email, checked="passport", by=person)


def test_what_was_checked_must_be_said(conference, hana, ben):
    with pytest.raises(Invalid) as refused:
        issue_code(conference.pk, email=ben.email, checked="", by=hana)
    assert list(refused.value.fields) == ["checked"]


def test_the_code_is_shown_once(client, hana, ben):
    client.force_login(hana)
    page = reverse("registration:help_code", args=["icdd"])
    answer = client.post(page, {"email": ben.email, "checked": "known"})
    code = re.search(r"<strong>([\d-]+)</strong>", answer.text).group(1)
    assert "no-store" in answer["Cache-Control"]
    assert code not in client.get(page).text
    assert enter_by_code(ben.email, code) == ben


# The way back to one's call


def test_every_page_of_the_browser_leads_back_to_an_open_call_and_no_other_browser(client, conference, public):
    sent = {"words": "I hear nothing.", "key": str(uuid4()), "page": "/c/icdd/"}
    assert client.post(reverse("registration:ask_for_help"), sent).status_code == 302
    ticket = Ticket.objects.get()
    link = f'href="{reverse("registration:ticket", args=[ticket.pk])}"'
    pages = ("/help/", "/c/icdd/", f"/c/icdd/registration/{public.pk}/", "/account/login/")
    for page in pages:
        shown = client.get(page).content.decode()
        assert "Your open call for help" in shown
        assert link in shown
        # Also of a page that is written once for all.
        assert link not in Client().get(page).content.decode()
    close_ticket(ticket.pk, by=NOBODY, ticket_key=ticket.key)
    assert all(link not in client.get(page).content.decode() for page in pages)


def test_an_account_finds_its_call_on_the_page_of_help_on_every_device(client, call, ben, eve):
    ticket = call(ben)
    link = f'href="{reverse("registration:ticket", args=[ticket.pk])}"'
    client.force_login(ben)
    assert link in client.get("/help/").content.decode()
    client.force_login(eve)
    assert link not in client.get("/help/").content.decode()


def test_who_signed_out_is_not_led_to_the_accounts_call(client, conference, ben):
    client.force_login(ben)
    sent = {"words": "I hear nothing.", "key": str(uuid4()), "page": "/c/icdd/"}
    client.post(reverse("registration:ask_for_help"), sent)
    assert "Your open call for help" in client.get("/c/icdd/").content.decode()
    client.logout()
    assert "Your open call for help" not in client.get("/c/icdd/").content.decode()


def test_a_call_that_came_just_now_does_not_wait_for_no_minutes(client, call, hana):
    call()
    client.force_login(hana)
    page = client.get(reverse("registration:help_desk", args=["icdd"])).content.decode()
    line = page.split("data-queue")[1].split("</ol>")[0]
    assert "has just called" in line
    assert "0 min" not in line
