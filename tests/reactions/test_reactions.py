"""A hall reacts at the same moment: every reaction counts, and nobody is told who gave it."""

from uuid import uuid4

import pytest
from django.contrib.auth.models import AnonymousUser
from django.core.cache import cache
from django.urls import reverse

from outbox.commands import Sent, perform, perform_together
from outbox.errors import Refusal
from outbox.registry import command
from sessions.programme.models import Access, State
from sessions.reactions.actions import MOST_OF_ONE, MOST_TIMES, Reaction, react
from sessions.reactions.commands import GIVE
from sessions.reactions.live import REACTIONS
from sessions.reactions.models import Reactions

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def nobody_reacted_lately():
    cache.clear()


@pytest.fixture
def topic(panel):
    return REACTIONS.name(session_id=panel.pk)


def wish(by, session, kind="applause", times=1):
    return Reaction(session.pk, kind, times, by)


def went(results) -> list:
    return [result.code if isinstance(result, Refusal) else dict(result) for result in results]


def test_open_pages_learn_the_totals_and_no_names(panel, topic, ben, ada, followed):
    with followed(topic) as events:
        react([wish(ben, panel, times=3), wish(ada, panel), wish(ada, panel, "thanks")])
    assert events == []
    assert Reactions.objects.get().counts == {"applause": 4, "agree": 0, "thanks": 1}


def test_one_that_is_refused_fails_no_other(panel, ben, eve):
    results = react(
        [
            wish(ben, panel),
            wish(eve, panel),
            wish(AnonymousUser(), panel),
            wish(ben, panel, "boo"),
            wish(ben, panel, times=MOST_TIMES + 1),
            wish(ben, panel, times=0),
            wish(ben, panel, "agree"),
        ]
    )
    counts = {"applause": 1, "agree": 1, "thanks": 0}
    assert went(results) == [counts, "not_there", "sign_in", "invalid", "invalid", "invalid", counts]


@pytest.mark.parametrize("state", [State.SCHEDULED, State.SUSPENDED, State.ENDED])
def test_only_what_is_live_is_reacted_to(panel, ben, state):
    type(panel).objects.filter(pk=panel.pk).update(state=state, ended_at=panel.starts_at)
    assert went(react([wish(ben, panel)])) == ["wrong_move"]


def test_nobody_claps_like_a_machine(panel, ben, ada):
    results = react([wish(ben, panel, times=MOST_TIMES) for _ in range(MOST_OF_ONE // MOST_TIMES + 1)])
    assert went(results)[-1] == "too_fast"
    assert went(react([wish(ada, panel)]))[0]["applause"] == MOST_OF_ONE + 1


def test_a_command_that_is_sent_again_counts_once(panel, ben):
    sent_as = uuid4()
    for _ in range(2):
        perform(GIVE, {"session_id": panel.pk, "kind": "agree", "times": 2}, by=ben, command_id=sent_as)
    assert Reactions.objects.get().agree_count == 2


def test_many_at_once_are_one_change(panel, topic, ben, ada, followed, django_assert_max_num_queries):
    payload = {"session_id": panel.pk, "kind": "applause"}
    everybody = [Sent(GIVE, payload, person.pk, uuid4()) for person in (ben, ada, ben)]
    with followed(topic), django_assert_max_num_queries(40):
        perform_together(command(GIVE).group, everybody)
    assert Reactions.objects.get().applause_count == 3


def test_the_page_shows_them_while_the_session_is_live(client, panel, ben):
    react([wish(ben, panel, times=7)])
    client.force_login(ben)
    page = reverse("programme:session", args=[panel.conference.slug, panel.pk])
    assert '<span class="reaction-count" data-count>7</span>' in client.get(page).content.decode()
    type(panel).objects.filter(pk=panel.pk).update(state=State.SUSPENDED)
    assert "data-reactions" not in client.get(page).content.decode()


def test_a_plain_button_works_once_for_each_page(client, panel, ben):
    client.force_login(ben)
    form = {"kind": "applause", "command_id": str(uuid4())}
    for _ in range(2):
        client.post(reverse("reactions:give", args=[panel.conference.slug, panel.pk]), form)
    assert Reactions.objects.get().applause_count == 1


def test_a_stranger_finds_neither_the_button_nor_its_topic(client, panel, topic, eve):
    client.force_login(eve)
    assert (
        client.post(reverse("reactions:give", args=[panel.conference.slug, panel.pk]), {"kind": "agree"}).status_code
        == 404
    )
    assert not REACTIONS.may_follow(eve, session_id=panel.pk)
    type(panel).objects.filter(pk=panel.pk).update(access=Access.PUBLIC)
    assert REACTIONS.may_follow(eve, session_id=panel.pk)
