"""Votes of many people at once: for each what it would have got alone, one after another."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.contrib.auth.models import AnonymousUser
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.models import User
from outbox.errors import Refusal
from outbox.models import Event
from sessions.programme.models import Access, Room, Session
from sessions.questions import actions
from sessions.questions.actions import MOST_VOTES, Support, change_support
from sessions.questions.models import Question, QuestionTime, Status, Vote, VotingPace, Window


def wish(by, question, wanted=True):
    return Support(question.pk, by=by, wanted=wanted)


def change(*wishes):
    """The number of votes that each is answered with, or the code of its refusal."""
    return [_went(result) for result in change_support(wishes)]


def _went(result):
    return result.code if isinstance(result, Refusal) else result.vote_count


def test_every_open_page_learns_the_counts_of_all_of_them_at_once(
    open_panel, ada, ben, dina, fiji, a_question, participants, conference, followed
):
    first, staged = a_question(open_panel, ada), a_question(open_panel, ada, Status.ON_STAGE)
    people = participants(conference, 3, [fiji])
    with followed(first, staged) as events:
        assert change(*(wish(person, question) for person in (ben, dina, *people) for question in (first, staged)))
    assert events == []
    for question in (first, staged):
        question.refresh_from_db()
        assert (question.vote_count, question.delegation_count) == (5, 2)
    with followed(first, staged):
        assert change(wish(dina, first, wanted=False), wish(ben, staged, wanted=False)) == [4, 4]


def test_what_changes_nothing_is_told_to_nobody(open_panel, ben, dina, chen, a_question, followed):
    question = a_question(open_panel, ben)
    change(wish(dina, question))
    with followed(question, changes=False):
        assert change(wish(dina, question), wish(chen, question, wanted=False), wish(ben, question)) == [
            1,
            1,
            "not_allowed",
        ]


def test_a_persons_wishes_are_carried_out_in_the_order_they_came(open_panel, ben, dina, chen, a_question):
    question = a_question(open_panel, ben)
    for wishes, supporters in [
        ((True, False), []),
        ((False, True), [dina]),
        ((False, True, True), [dina]),
        ((True, False, True, False), []),
    ]:
        VotingPace.objects.all().delete()
        change(*(wish(dina, question, wanted) for wanted in wishes))
        assert [vote.voter for vote in Vote.objects.all()] == supporters


def test_a_vote_taken_back_and_given_again_is_a_new_one(open_panel, ben, dina, fiji, a_question):
    """As one after another: it counts for the delegation that the person belongs to by then."""
    question = a_question(open_panel, ben)
    change(wish(dina, question))
    dina.memberships.update(delegation=fiji)
    change(wish(dina, question, wanted=False), wish(dina, question))
    assert Vote.objects.get().delegation == fiji


def test_ten_votes_in_ten_seconds_hold_within_a_group_too(open_panel, ben, dina, chen, a_question):
    question = a_question(open_panel, ben)
    there_and_back = [wish(dina, question, wanted=number % 2 == 0) for number in range(MOST_VOTES)]
    went = change(*there_and_back, wish(dina, question), wish(chen, question), wish(dina, question, wanted=False))
    # Taking back what she does not support is done already, and costs nothing.
    assert went == [1] * MOST_VOTES + ["too_fast", 1, 1]
    VotingPace.objects.update(since=timezone.now() - timedelta(seconds=10))
    assert change(wish(dina, question)) == [2]


def test_a_hundred_votes_cost_as_many_queries_as_three(open_panel, ben, a_question, participants, conference):
    """Whoever votes on whatever; and one vote costs no more than many."""
    questions = [a_question(open_panel, ben, text=f"Question {n} of many?") for n in range(5)]
    people = iter(participants(conference, 104))
    ran = []
    for many in (1, 3, 100):
        voters = [next(people) for _ in range(many)]
        VotingPace.objects.bulk_create([VotingPace(voter=person) for person in voters])
        with CaptureQueriesContext(connection) as queries:
            change(*(wish(person, questions[number % 5]) for number, person in enumerate(voters)))
        ran.append(len(queries))
    assert ran[0] <= ran[1] == ran[2]
    assert sum(question.vote_count for question in Question.objects.all()) == Vote.objects.count() == 104


def test_a_refused_vote_does_not_start_the_clock_of_ten_seconds(open_panel, ben, dina, chen, a_question):
    question, answered = a_question(open_panel, ben), a_question(open_panel, ben, Status.ANSWERED)
    change(wish(dina, answered), wish(chen, question))
    VotingPace.objects.update(since=timezone.now() - timedelta(seconds=8))
    change(wish(dina, question))
    assert timezone.now() - VotingPace.objects.get(voter=dina).since < timedelta(seconds=8)


# One after another

PEOPLE = ("ada", "ben", "dina", "chen", "olga", "eve", "nobody", "barred")
QUESTIONS = ("live", "staged", "dinas", "answered", "waiting", "dismissed", "closed", "public", "missing")
WISHES = st.lists(
    st.tuples(st.sampled_from(PEOPLE), st.sampled_from(QUESTIONS), st.booleans())
    # Enough of one person's to be too fast.
    | st.tuples(st.just("dina"), st.sampled_from(("live", "staged", "public")), st.booleans()),
    max_size=40,
)


@pytest.fixture
def people(ada, ben, dina, chen, olga, eve):
    barred = User.objects.create_user("barred@example.org", name="Barred", is_active=False)
    cast = {"ada": ada, "ben": ben, "dina": dina, "chen": chen, "olga": olga, "eve": eve}
    return {**cast, "nobody": AnonymousUser(), "barred": barred}


@pytest.fixture
def questions(open_panel, another_panel, ben, dina, conference, a_question):
    QuestionTime.objects.create(session=another_panel, window=Window.READ_ONLY)
    public = Session.objects.create(
        conference=conference,
        room=Room.objects.create(conference=conference, name="Room 3", position=3),
        title="Opening",
        starts_at=open_panel.starts_at,
        ends_at=open_panel.ends_at,
        access=Access.PUBLIC,
        state=open_panel.state,
    )
    return {
        "live": a_question(open_panel, ben),
        "staged": a_question(open_panel, ben, Status.ON_STAGE),
        "dinas": a_question(open_panel, dina),
        "answered": a_question(open_panel, ben, Status.ANSWERED),
        "waiting": a_question(open_panel, ben, Status.PENDING),
        "dismissed": a_question(open_panel, ben, Status.DISMISSED),
        "closed": a_question(another_panel, ben),
        "public": a_question(public, ben),
        "missing": Question(pk=10**12, uuid=uuid4()),
    }


def as_found(questions, ada, olga):
    """Some supported some before, also what can be supported no more."""
    Vote.objects.all().delete()
    VotingPace.objects.all().delete()
    for name in ("live", "answered", "dismissed", "closed"):
        Vote.objects.bulk_create(Vote(question=questions[name], voter=person) for person in (ada, olga))
        Question.objects.filter(pk=questions[name].pk).update(vote_count=2, delegation_count=0)
    untouched = [questions[name].pk for name in ("staged", "dinas", "public")]
    Question.objects.filter(pk__in=untouched).update(vote_count=0, delegation_count=0)


def as_left():
    return (
        sorted(Vote.objects.values_list("question", "voter", "delegation")),
        list(Question.objects.order_by("pk").values_list("pk", "vote_count", "delegation_count")),
        list(VotingPace.objects.filter(count__gt=0).order_by("pk").values_list("pk", "count")),
        Event.objects.count(),
    )


def alone(support):
    verb = actions.vote_for if support.wanted else actions.take_vote_back
    try:
        verb(support.question_id, by=support.by)
    except Refusal as refusal:
        return refusal.as_answer()
    return "done"


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(wishes=WISHES, size=st.integers(1, 40))
def test_groups_come_to_what_the_same_wishes_come_to_one_after_another(people, questions, ada, olga, wishes, size):
    supports = [wish(people[who], questions[what], wanted) for who, what, wanted in wishes]
    as_found(questions, ada, olga)
    one_by_one = [alone(support) for support in supports]
    expected = as_left()
    as_found(questions, ada, olga)
    in_groups = []
    for start in range(0, len(supports), size):
        results = change_support(supports[start : start + size])
        counts = dict(Question.objects.values_list("pk", "vote_count"))
        for result in results:
            if isinstance(result, Refusal):
                in_groups.append(result.as_answer())
            else:
                assert result.vote_count == counts[result.pk]
                in_groups.append("done")
    assert in_groups == one_by_one
    assert as_left() == expected
