"""Each verb: what it does, who may, when it refuses, and that every open page learns of it."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.contrib.auth.models import AnonymousUser
from django.utils import timezone

from outbox.errors import Invalid, NotAllowed, NotThere, SignInFirst, TooFast, WrongMove
from outbox.models import Event
from sessions.questions import actions
from sessions.questions.models import Capacity, Question, QuestionTime, Reason, Status, Vote, VotingPace, Window

TEXT = "How do small islands take part in this?"


def ask(session, by, *, text=TEXT, capacity=Capacity.SELF, uuid=None, language="en"):
    return actions.ask_question(
        session.pk, text=text, capacity=capacity, uuid=uuid or uuid4(), language=language, by=by
    )


def topics(session, *people):
    floor = f"session.{session.pk}"
    return [f"{floor}.floor", f"{floor}.desk", *(f"user.{person.pk}" for person in people)]


def told(events):
    return [
        (event.topic_id.rpartition(".")[2] if "session" in event.topic_id else "user", event.name) for event in events
    ]


# Asking


def test_a_question_waits_for_the_desk_and_nobody_else_is_told(open_panel, ben, followed):
    with followed(*topics(open_panel, ben)) as events:
        question = ask(open_panel, ben)
    assert told(events) == [("desk", "question.submitted"), ("user", "question.submitted")]
    assert question.status == Status.PENDING


def test_the_first_question_ever_makes_the_question_time_known(panel, ada, followed):
    with followed(*topics(panel)) as events:
        actions.set_window(panel.pk, window=Window.OPEN, by=ada)
    assert {event.name for event in events} == {"question_time.changed"}
    assert QuestionTime.objects.get().window == Window.OPEN


def test_asking_again_with_the_same_uuid_is_asking_once(open_panel, ben, followed):
    uuid = uuid4()
    first = ask(open_panel, ben, uuid=uuid)
    with followed(*topics(open_panel, ben), changes=False):
        again = ask(open_panel, ben, uuid=uuid)
    assert again.pk == first.pk
    assert Question.objects.count() == 1


def test_a_uuid_used_in_another_session_is_refused(open_panel, another_panel, ben):
    QuestionTime.objects.create(session=another_panel, window=Window.OPEN)
    uuid = uuid4()
    ask(open_panel, ben, uuid=uuid)
    with pytest.raises(Invalid):
        ask(another_panel, ben, uuid=uuid)


@pytest.mark.parametrize("window", [Window.CLOSED, Window.READ_ONLY])
def test_nobody_asks_while_questions_are_not_open(panel, ben, window):
    QuestionTime.objects.create(session=panel, window=window)
    with pytest.raises(WrongMove):
        ask(panel, ben)
    assert not Question.objects.exists()


def test_a_stranger_finds_no_session_to_ask_in(open_panel, eve):
    with pytest.raises(NotThere):
        ask(open_panel, eve)


def test_whoever_reads_without_an_account_signs_in_first(open_panel):
    open_panel.access = "public"
    open_panel.save()
    with pytest.raises(SignInFirst):
        ask(open_panel, AnonymousUser())


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("  How  do\nwe\tstart?  ", "How do we start?"),
        ("Caf\u0065\u0301 diplomacy?", "Café diplomacy?"),
        ("How\x00 do \x07we start?", "How do we start?"),
        ("How do \u202ewe start\u202c?", "How do we start?"),
        ("کتاب\u200cها چگونه؟", "کتاب\u200cها چگونه؟"),
        ("x" * 500, "x" * 500),
    ],
)
def test_the_text_is_kept_normalised(open_panel, ben, text, kept):
    assert Question.objects.get(pk=ask(open_panel, ben, text=text).pk).text == kept


@pytest.mark.parametrize(
    "text", ["", "Too short", "   short    ", "x" * 501, "?!?!?!?!?!?!", "\u202e" * 20, "x" * 100_000]
)
def test_a_text_that_is_no_question_is_refused_where_it_was_typed(open_panel, ben, text):
    with pytest.raises(Invalid) as refused:
        ask(open_panel, ben, text=text)
    assert list(refused.value.fields) == ["text"]


def test_a_language_that_is_no_code_is_refused(open_panel, ben):
    with pytest.raises(Invalid) as refused:
        ask(open_panel, ben, language='en" onload="')
    assert list(refused.value.fields) == ["language"]


def test_only_who_may_speak_for_a_delegation_asks_for_it(open_panel, ben, dina, fiji):
    assert ask(open_panel, ben, capacity=Capacity.DELEGATION).delegation == fiji
    with pytest.raises(Invalid) as refused:
        ask(open_panel, dina, capacity=Capacity.DELEGATION)
    assert list(refused.value.fields) == ["capacity"]


# Limits


def later(question, seconds):
    Question.objects.filter(pk=question.pk).update(asked_at=timezone.now() - timedelta(seconds=seconds))


def test_a_person_asks_once_in_thirty_seconds(open_panel, ben):
    first = ask(open_panel, ben)
    with pytest.raises(TooFast) as refused:
        ask(open_panel, ben)
    assert "30" in str(refused.value.words) or "29" in str(refused.value.words)
    later(first, 31)
    ask(open_panel, ben)
    assert Question.objects.count() == 2


def test_three_questions_of_a_person_wait_and_no_fourth(open_panel, ben, ada):
    for _ in range(3):
        later(ask(open_panel, ben), 31)
    with pytest.raises(WrongMove):
        ask(open_panel, ben)
    actions.approve_question(Question.objects.first().pk, by=ada)
    ask(open_panel, ben)
    assert Question.objects.filter(status=Status.PENDING).count() == 3


@pytest.mark.parametrize("status", [Status.PENDING, Status.LIVE])
def test_a_delegation_has_two_questions_under_way_in_a_session(open_panel, ben, fiji, a_question, status):
    for _ in range(2):
        later(a_question(open_panel, ben, status, delegation=fiji), 31)
    with pytest.raises(WrongMove):
        ask(open_panel, ben, capacity=Capacity.DELEGATION)
    ask(open_panel, ben, capacity=Capacity.SELF)


def test_an_answered_question_frees_the_place_of_its_delegation(open_panel, ben, fiji, a_question):
    for status in (Status.LIVE, Status.ANSWERED):
        later(a_question(open_panel, ben, status, delegation=fiji), 31)
    assert ask(open_panel, ben, capacity=Capacity.DELEGATION).status == Status.PENDING


def test_ten_votes_in_ten_seconds_and_taking_back_counts(open_panel, ben, dina, a_question):
    question = a_question(open_panel, ben)
    for _ in range(5):
        actions.vote_for(question.pk, by=dina)
        actions.take_vote_back(question.pk, by=dina)
    with pytest.raises(TooFast):
        actions.vote_for(question.pk, by=dina)
    VotingPace.objects.update(since=timezone.now() - timedelta(seconds=10))
    assert actions.vote_for(question.pk, by=dina).vote_count == 1


# The desk's verbs

MOVES = [
    # verb, from, to, event, the topics that hear of it (U: the author)
    ("approve", Status.PENDING, Status.LIVE, "question.approved", "desk floor user"),
    ("dismiss", Status.PENDING, Status.DISMISSED, "question.dismissed", "desk user"),
    ("dismiss", Status.LIVE, Status.DISMISSED, "question.dismissed", "desk floor user"),
    ("restore", Status.DISMISSED, Status.PENDING, "question.restored", "desk user"),
    ("stage", Status.LIVE, Status.ON_STAGE, "question.staged", "desk floor stage user"),
    ("unstage", Status.ON_STAGE, Status.LIVE, "question.unstaged", "desk floor stage user"),
    ("answer", Status.LIVE, Status.ANSWERED, "question.answered", "desk floor user"),
    ("answer", Status.ON_STAGE, Status.ANSWERED, "question.answered", "desk floor stage user"),
    ("reopen", Status.ANSWERED, Status.LIVE, "question.reopened", "desk floor user"),
]
VERBS = ["approve", "dismiss", "restore", "stage", "unstage", "answer", "reopen"]


def do(verb, question, by):
    more = {"reason": Reason.DUPLICATE, "note": "See the one above."} if verb == "dismiss" else {}
    getattr(actions, f"{verb}_question")(question.pk, by=by, **more)


def audience(event):
    first, *_rest = event.topic_id.split(".")
    return first if first in ("user", "stage") else event.topic_id.rpartition(".")[2]


@pytest.mark.parametrize(("verb", "start", "end", "name", "heard_by"), MOVES)
def test_a_move_by_the_desk_reaches_each_audience_that_may_see_it(
    open_panel, ada, ben, a_question, followed, verb, start, end, name, heard_by
):
    question = a_question(open_panel, ben, start)
    with followed(question) as events:
        do(verb, question, ada)
    question.refresh_from_db()
    assert question.status == end
    assert {event.name for event in events} == {name}
    assert sorted(audience(event) for event in events) == heard_by.split()


@pytest.mark.parametrize("verb", VERBS)
@pytest.mark.parametrize("start", list(Status))
def test_no_other_move_is_made_and_one_made_already_is_quiet(open_panel, ada, ben, a_question, verb, start):
    question = a_question(open_panel, ben, start)
    allowed = {(v, s): e for v, s, e, _, _ in MOVES}
    already = {s for v, _, s, _, _ in MOVES if v == verb}
    if (verb, start) in allowed:
        do(verb, question, ada)
        expected = allowed[verb, start]
    elif start in already:
        do(verb, question, ada)
        assert not Event.objects.filter(name__startswith="question.").exists()
        expected = start
    else:
        with pytest.raises(WrongMove):
            do(verb, question, ada)
        expected = start
    question.refresh_from_db()
    assert question.status == expected


@pytest.mark.parametrize("verb", VERBS)
def test_who_sees_a_question_may_not_therefore_moderate_it(open_panel, ben, dina, a_question, verb):
    question = a_question(open_panel, ben, Status.LIVE)
    for person in (ben, dina):
        with pytest.raises(NotAllowed):
            do(verb, question, person)


@pytest.mark.parametrize("verb", VERBS)
def test_not_yours_reads_like_no_such_thing(open_panel, ben, dina, eve, a_question, verb):
    waiting, public = a_question(open_panel, ben, Status.PENDING), a_question(open_panel, ben)
    missing = Question(pk=10**12)
    for question, person in [(waiting, dina), (public, eve), (missing, ben), (waiting, AnonymousUser())]:
        with pytest.raises(NotThere):
            do(verb, question, person)


@pytest.mark.parametrize(
    ("verb", "who"), [("stage", "chen"), ("unstage", "chen"), ("answer", "chen"), ("answer", "pia")]
)
def test_the_chair_stages_and_a_panellist_marks_as_answered(open_panel, ben, a_question, request, verb, who):
    question = a_question(open_panel, ben, Status.ON_STAGE if verb != "stage" else Status.LIVE)
    do(verb, question, request.getfixturevalue(who))
    question.refresh_from_db()
    assert question.status != Status.ON_STAGE or verb == "stage"


def test_a_moderator_of_one_panel_has_no_say_in_another(open_panel, another_panel, ada, ben, a_question):
    question = a_question(another_panel, ben)
    with pytest.raises(NotAllowed):
        actions.approve_question(question.pk, by=ada)


def test_the_author_is_told_why_and_a_restored_question_forgets_it(open_panel, ada, ben, a_question, followed):
    question = a_question(open_panel, ben, Status.PENDING)
    with followed(question) as events:
        actions.dismiss_question(question.pk, reason=Reason.UNCLEAR, note="  Which  islands? ", by=ada)
    told = {audience(event): event.cards[f"question.{question.pk}"] for event in events}
    assert (told["user"]["reason"], told["user"]["note"]) == ("unclear", "Which islands?")
    assert told["desk"]["reason"] == "unclear"
    with followed(question):
        actions.restore_question(question.pk, by=ada)
    question.refresh_from_db()
    assert (question.reason, question.note) == ("", "")


def test_a_note_has_a_limit(open_panel, ada, ben, a_question):
    question = a_question(open_panel, ben, Status.PENDING)
    with pytest.raises(Invalid) as refused:
        actions.dismiss_question(question.pk, reason=Reason.OTHER, note="x" * 301, by=ada)
    assert list(refused.value.fields) == ["note"]


def test_staging_sends_the_one_before_back_to_the_published(open_panel, ada, ben, a_question, followed):
    first, second = a_question(open_panel, ben, Status.ON_STAGE), a_question(open_panel, ben)
    with followed(first, second) as events:
        actions.stage_question(second.pk, by=ada)
    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.status, second.status) == (Status.LIVE, Status.ON_STAGE)
    names = [event.name for event in events if audience(event) == "floor"]
    assert names == ["question.unstaged", "question.staged"]


def test_a_refused_staging_leaves_the_stage_as_it_was(open_panel, ada, ben, a_question):
    first, waiting = a_question(open_panel, ben, Status.ON_STAGE), a_question(open_panel, ben, Status.PENDING)
    with pytest.raises(WrongMove):
        actions.stage_question(waiting.pk, by=ada)
    first.refresh_from_db()
    assert first.status == Status.ON_STAGE


def test_counts_come_back_with_a_question_that_was_dismissed_and_restored(
    open_panel, ada, ben, dina, a_question, followed
):
    question = a_question(open_panel, ben)
    actions.vote_for(question.pk, by=dina)
    actions.dismiss_question(question.pk, reason=Reason.OTHER, by=ada)
    actions.restore_question(question.pk, by=ada)
    with followed(question):
        actions.approve_question(question.pk, by=ada)


# Withdrawing


@pytest.mark.parametrize(("start", "heard_by"), [(Status.PENDING, "desk user"), (Status.LIVE, "desk floor user")])
def test_the_author_takes_a_question_back(open_panel, ben, a_question, followed, start, heard_by):
    question = a_question(open_panel, ben, start)
    with followed(question) as events:
        actions.withdraw_question(question.pk, by=ben)
    assert sorted(audience(event) for event in events) == heard_by.split()
    assert [event.cards for event in events if audience(event) == "desk"] == [{f"question.{question.pk}": None}]


@pytest.mark.parametrize("start", [Status.ON_STAGE, Status.ANSWERED, Status.DISMISSED])
def test_it_is_too_late_to_take_back_what_is_on_stage_or_done(open_panel, ben, a_question, start):
    question = a_question(open_panel, ben, start)
    with pytest.raises(WrongMove):
        actions.withdraw_question(question.pk, by=ben)


def test_only_the_author_takes_it_back(open_panel, ada, ben, dina, a_question):
    question = a_question(open_panel, ben)
    for person in (ada, dina):
        with pytest.raises(NotAllowed):
            actions.withdraw_question(question.pk, by=person)


# Voting


@pytest.mark.parametrize("start", [Status.LIVE, Status.ON_STAGE])
def test_support_counts_people_and_the_delegations_behind_them(
    open_panel, ada, ben, dina, fiji, a_question, participants, conference, followed, start
):
    question = a_question(open_panel, ada, start)
    people = participants(conference, 3, [fiji])
    with followed(question) as events:
        for person in (ben, dina, *people):
            actions.vote_for(question.pk, by=person)
    assert events == []
    question.refresh_from_db()
    assert (question.vote_count, question.delegation_count) == (5, 2)
    with followed(question):
        actions.take_vote_back(question.pk, by=dina)
    question.refresh_from_db()
    assert (question.vote_count, question.delegation_count) == (4, 1)


def test_a_vote_sent_twice_counts_once_and_so_does_its_taking_back(open_panel, ben, dina, a_question, followed):
    question = a_question(open_panel, ben)
    actions.vote_for(question.pk, by=dina)
    with followed(question, changes=False):
        assert actions.vote_for(question.pk, by=dina).vote_count == 1
    actions.take_vote_back(question.pk, by=dina)
    with followed(question, changes=False):
        assert actions.take_vote_back(question.pk, by=dina).vote_count == 0


def test_nobody_supports_their_own_question(open_panel, ben, a_question):
    question = a_question(open_panel, ben)
    with pytest.raises(NotAllowed):
        actions.vote_for(question.pk, by=ben)
    assert not Vote.objects.exists()


@pytest.mark.parametrize("start", [Status.PENDING, Status.DISMISSED, Status.WITHDRAWN])
def test_a_question_that_is_not_published_is_not_there_to_support(open_panel, ben, dina, a_question, start):
    question = a_question(open_panel, ben, start)
    with pytest.raises(NotThere):
        actions.vote_for(question.pk, by=dina)


def test_an_answered_question_keeps_its_support(open_panel, ben, dina, a_question):
    question = a_question(open_panel, ben, Status.ANSWERED)
    with pytest.raises(WrongMove):
        actions.vote_for(question.pk, by=dina)


@pytest.mark.parametrize("window", [Window.CLOSED, Window.READ_ONLY])
def test_nobody_votes_while_questions_are_not_open_but_the_desk_works_on(
    open_panel, ada, ben, dina, a_question, window
):
    question = a_question(open_panel, ben)
    actions.set_window(open_panel.pk, window=window, by=ada)
    with pytest.raises(WrongMove):
        actions.vote_for(question.pk, by=dina)
    actions.stage_question(question.pk, by=ada)
    question.refresh_from_db()
    assert question.status == Status.ON_STAGE


# The session as a whole


@pytest.mark.parametrize("window", [Window.OPEN, Window.READ_ONLY])
def test_the_desk_opens_and_closes_questions(panel, ada, followed, window):
    question_time = QuestionTime.objects.create(session=panel)
    with followed(question_time) as events:
        actions.set_window(panel.pk, window=window, by=ada)
    assert sorted(audience(event) for event in events) == ["desk", "floor", "stage"]
    with followed(question_time, changes=False):
        actions.set_window(panel.pk, window=window, by=ada)


def test_only_the_desk_opens_and_closes_questions(panel, ben, eve):
    with pytest.raises(NotAllowed):
        actions.set_window(panel.pk, window=Window.OPEN, by=ben)
    with pytest.raises(NotThere):
        actions.set_window(panel.pk, window=Window.OPEN, by=eve)


def test_a_new_address_moves_the_stage_and_shuts_the_old_one(open_panel, ada, ben, a_question, followed):
    question = a_question(open_panel, ben, Status.ON_STAGE)
    old = f"stage.{open_panel.pk}.{open_panel.question_time.stage_key}"
    with followed(old, question) as events:
        renewed = actions.renew_stage_key(open_panel.pk, by=ada)
    assert f"stage.{open_panel.pk}.{renewed.stage_key}" != old
    gone = [event.cards for event in events if event.topic_id == old]
    assert gone == [{"question_time": None, f"question.{question.pk}": None}]
    assert [event.cards for event in Event.objects.filter(topic="rights")] == [{f"stage.{open_panel.pk}": None}]


def test_only_the_desk_gives_a_new_address(open_panel, ben):
    with pytest.raises(NotAllowed):
        actions.renew_stage_key(open_panel.pk, by=ben)


def test_when_the_session_ends_questions_are_read_only_and_the_stage_is_empty(open_panel, ben, a_question, followed):
    question = a_question(open_panel, ben, Status.ON_STAGE)
    with followed(question, open_panel.question_time) as events:
        actions.close_with_session(open_panel)
    assert {event.name for event in events} == {"question_time.changed", "question.unstaged"}
    question.refresh_from_db()
    open_panel.question_time.refresh_from_db()
    assert (question.status, open_panel.question_time.window) == (Status.LIVE, Window.READ_ONLY)
