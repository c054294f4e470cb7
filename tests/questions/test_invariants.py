"""Whatever people do in whatever order: one question on stage, counts that are the votes, and silence on the rest."""

from contextlib import suppress
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from conferences.actions import remove_delegation, remove_member
from outbox.errors import Refusal, WrongMove
from outbox.models import Event
from outbox.reading import snapshot
from sessions.questions import actions
from sessions.questions.models import MOVES, PUBLIC, Capacity, Question, Reason, Status, Vote, VotingPace, Window

TEXTS = ("First waiting question?", "Second waiting question?", "Third waiting question?")
VERBS = ("approve", "dismiss", "restore", "stage", "unstage", "answer", "reopen", "withdraw", "vote", "unvote")
STEPS = st.lists(
    st.one_of(
        st.tuples(st.sampled_from(VERBS), st.integers(0, 2), st.sampled_from(("ada", "ben", "dina", "chen", "eve"))),
        st.tuples(st.just("window"), st.sampled_from(list(Window)), st.just("ada")),
        st.tuples(st.just("end"), st.none(), st.none()),
    ),
    max_size=30,
)


def act(verb, question, by):
    match verb:
        case "dismiss":
            actions.dismiss_question(question.pk, reason=Reason.OTHER, by=by)
        case "vote":
            actions.vote_for(question.pk, by=by)
        case "unvote":
            actions.take_vote_back(question.pk, by=by)
        case _:
            getattr(actions, f"{verb}_question")(question.pk, by=by)


@pytest.mark.anywhere
@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS)
def test_no_order_of_acts_breaks_what_must_hold(open_panel, ada, ben, dina, chen, eve, steps):
    cast = {"ada": ada, "ben": ben, "dina": dina, "chen": chen, "eve": eve}
    Question.objects.all().delete()
    Event.objects.all().delete()
    questions = [
        Question.objects.create(session=open_panel, author=author, text=text, uuid=uuid4(), capacity=Capacity.SELF)
        for author, text in zip((ben, ben, dina), TEXTS, strict=True)
    ]
    topics = [f"session.{open_panel.pk}.floor", f"session.{open_panel.pk}.desk", f"user.{ben.pk}", f"user.{dina.pk}"]
    open_pages = {topic: snapshot(topic) for topic in topics}
    for verb, what, who in steps:
        before = {question.pk: question.status for question in Question.objects.all()}
        # The pace of votes has its own tests; here nobody is too fast.
        VotingPace.objects.all().delete()
        with suppress(Refusal):
            if verb == "window":
                actions.set_window(open_panel.pk, window=what, by=ada)
            elif verb == "end":
                actions.close_with_session(open_panel)
            else:
                act(verb, questions[what], cast[who])
        _holds(open_panel, before)
    for topic, seen in open_pages.items():
        _caught_up(topic, seen)


def _holds(session, before):
    rows = {question.pk: question for question in Question.objects.all()}
    assert sum(row.status == Status.ON_STAGE for row in rows.values()) <= 1
    for pk, row in rows.items():
        votes = Vote.objects.filter(question=pk)
        assert row.vote_count == votes.count()
        delegations = votes.exclude(delegation=None).values("delegation").distinct()
        assert row.delegation_count == delegations.count()
        assert not votes.filter(voter=row.author_id).exists()
        assert row.status == before[pk] or row.status in MOVES[Status(before[pk])]
        assert bool(row.reason) == (row.status == Status.DISMISSED)
    public = {f"question.{pk}" for pk, row in rows.items() if row.status in PUBLIC}
    on_floor = set(snapshot(f"session.{session.pk}.floor").cards)
    assert on_floor - {"question_time"} == public


def _caught_up(topic, seen):
    """A page that was open all the while shows what one opened now shows, and was never told what is not public."""
    cards = dict(seen.cards)
    for event in Event.objects.filter(topic=topic, seq__gt=seen.standing.position.seq).order_by("seq"):
        for key, card in event.cards.items():
            if topic.endswith(".floor") and card and key != "question_time":
                assert card["status"] in PUBLIC
            if card is None:
                cards.pop(key, None)
            else:
                cards[key] = card
    assert cards == snapshot(topic).cards


def test_a_delegation_that_supports_a_question_stays_as_long_as_it_is_counted(
    open_panel, ben, dina, finland, olga, a_question
):
    question = a_question(open_panel, ben)
    actions.vote_for(question.pk, by=dina)
    remove_member(dina.memberships.get().pk, by=olga)
    with pytest.raises(WrongMove):
        remove_delegation(finland.pk, by=olga)
    question.refresh_from_db()
    delegations = question.votes.values("delegation").exclude(delegation=None).distinct().count()
    assert question.delegation_count == delegations == 1
