"""What an audience may not see never reaches it: secrets are planted in private fields and searched for everywhere."""

import json

import msgspec
import pytest
from django.contrib.auth.models import AnonymousUser
from django.test import Client

from accounts.models import User
from conferences.models import Membership, Role
from outbox.changes import frame
from outbox.models import Event
from outbox.reading import may_follow, snapshot
from outbox.registry import kinds
from sessions.questions import actions
from sessions.questions.models import Capacity, Question, QuestionTime, Reason, Status

WAITING, DISMISSED, WITHDRAWN = "SECRET-WAITING text", "SECRET-DISMISSED text", "SECRET-WITHDRAWN text"
NOTE, MAIL, ANONYMOUS = "SECRET-NOTE to the author", "secret-mail@example.org", "SECRET-NAME of who asked anonymously"
UUID = "5ec4e700-0000-4000-8000-000000000000"


@pytest.fixture
def secretive(conference, fiji):
    """Somebody with a name for anonymous questions alone."""
    person = User.objects.create_user(MAIL, name=ANONYMOUS)
    Membership.objects.create(
        conference=conference, user=person, role=Role.DELEGATE, delegation=fiji, may_speak_for=True
    )
    return person


@pytest.fixture
def nameless(conference):
    """Somebody who is known by their address alone."""
    person = User.objects.create_user("secret-nameless@example.org")
    Membership.objects.create(conference=conference, user=person)
    return person


@pytest.fixture
def busy_panel(open_panel, ada, ben, secretive, nameless, dina, a_question):
    """Every move was made, with secrets in all that is private."""
    a_question(open_panel, ben, Status.PENDING, text=WAITING)
    published = a_question(
        open_panel, secretive, Status.PENDING, capacity=Capacity.ANONYMOUS, text="An open question?", uuid=UUID
    )
    by_nameless = a_question(open_panel, nameless, Status.PENDING, text="Another open question?")
    dismissed = a_question(open_panel, ben, Status.PENDING, text=DISMISSED)
    withdrawn = a_question(open_panel, ben, Status.PENDING, text=WITHDRAWN)
    actions.dismiss_question(dismissed.pk, reason=Reason.TONE, note=NOTE, by=ada)
    actions.withdraw_question(withdrawn.pk, by=ben)
    for question in (published, by_nameless):
        actions.approve_question(question.pk, by=ada)
        actions.vote_for(question.pk, by=dina)
        actions.stage_question(question.pk, by=ada)
    actions.answer_question(by_nameless.pk, by=ada)
    actions.stage_question(published.pk, by=ada)
    return open_panel


PUBLIC_SECRETS = [WAITING, DISMISSED, WITHDRAWN, NOTE, MAIL, ANONYMOUS, "secret-nameless", UUID, "tone"]


def told(topic: str) -> str:
    """All that a topic ever told and would tell now."""
    frames = [frame(event) for event in Event.objects.filter(topic=topic)]
    now = snapshot(topic)
    return "\n".join([*frames, json.dumps([now.cards, now.tallies], ensure_ascii=False)])


def leaks(text: str, secrets) -> list[str]:
    return [secret for secret in secrets if secret.casefold() in text.casefold()]


def stage_of(session) -> str:
    return f"stage.{session.pk}.{QuestionTime.objects.get(session=session).stage_key}"


def test_nothing_private_reaches_the_floor_or_the_stage(busy_panel):
    for topic in (f"session.{busy_panel.pk}.floor", stage_of(busy_panel)):
        text = told(topic)
        assert "An open question?" in text
        assert leaks(text, PUBLIC_SECRETS) == []


def test_the_desk_is_not_told_who_asked_anonymously_nor_what_is_between_author_and_desk(busy_panel):
    text = told(f"session.{busy_panel.pk}.desk")
    assert WAITING in text
    assert leaks(text, [NOTE, MAIL, ANONYMOUS, "secret-nameless", UUID]) == []


def test_people_are_told_of_their_own_questions_alone(busy_panel, ben, secretive, dina):
    assert leaks(told(f"user.{ben.pk}"), PUBLIC_SECRETS) == [WAITING, DISMISSED, WITHDRAWN, NOTE, "tone"]
    assert leaks(told(f"user.{secretive.pk}"), PUBLIC_SECRETS) == [UUID]
    assert leaks(told(f"user.{dina.pk}"), PUBLIC_SECRETS) == []


def pages(session):
    base = session.get_absolute_url()
    stage = f"/s/{session.pk}/{QuestionTime.objects.get(session=session).stage_key}/"
    return [base, f"{base}questions/", f"{base}questions/?show=answered", f"{base}questions/ask/", stage]


def read(person, path) -> str:
    client = Client()
    if person is not None:
        client.force_login(person)
    answer = client.get(path)
    assert answer.status_code == 200, path
    return answer.content.decode()


def test_nothing_private_is_on_a_page_of_the_floor(busy_panel, dina):
    for path in pages(busy_panel):
        assert leaks(read(dina, path), [secret for secret in PUBLIC_SECRETS if secret != "tone"]) == []


def test_the_projector_shows_nothing_private_without_a_sign_in(busy_panel):
    assert leaks(read(None, pages(busy_panel)[-1]), PUBLIC_SECRETS) == []


def test_nothing_of_an_anonymous_author_is_on_the_desk(busy_panel, ada):
    text = read(ada, f"{busy_panel.get_absolute_url()}desk/")
    assert WAITING in text
    assert leaks(text, [NOTE, MAIL, ANONYMOUS, "secret-nameless", UUID]) == []


def test_nothing_of_an_anonymous_author_is_in_the_admin(busy_panel):
    operator = User.objects.create_superuser("operator@example.org", name="Operator")
    question = Question.objects.get(capacity=Capacity.ANONYMOUS)
    for path in ("/admin/questions/question/", f"/admin/questions/question/{question.pk}/change/"):
        assert leaks(read(operator, path), [NOTE, MAIL, ANONYMOUS, UUID]) == []


def test_nothing_told_names_a_voter(busy_panel, dina):
    text = "\n".join(told(topic) for topic in (f"session.{busy_panel.pk}.floor", f"session.{busy_panel.pk}.desk"))
    assert leaks(text, ["Dina", "dina@example.org"]) == []


def test_cards_of_the_floor_and_the_stage_have_exactly_these_fields():
    allowed = {
        "PublicQuestion": {"id", "text", "language", "status", "capacity", "author", "delegation", "asked_at"},
        "StageQuestion": {"id", "text", "language", "capacity", "author", "delegation"},
        "QuestionTimeCard": {"window"},
    }
    for kind in kinds():
        if kind.pattern in ("session.{session_id}.floor", "stage.{session_id}.{key}"):
            for card in kind.cards:
                assert set(card.__struct_fields__) == allowed[card.__name__]
                assert issubclass(card, msgspec.Struct)


def test_each_topic_is_followed_by_its_audience_alone(busy_panel, ada, ben, chen, eve, olga):
    nobody = AnonymousUser()
    people = {"ada": ada, "ben": ben, "chen": chen, "eve": eve, "olga": olga, "nobody": nobody}

    def who(topic):
        return {name for name, person in people.items() if may_follow(topic, person)}

    assert who(f"session.{busy_panel.pk}.floor") == {"ada", "ben", "chen", "olga"}
    assert who(f"session.{busy_panel.pk}.desk") == {"ada", "olga"}
    assert who(f"user.{ben.pk}") == {"ben"}
    assert who(stage_of(busy_panel)) == set(people)
    assert who(f"stage.{busy_panel.pk}.123456789012345678") == set()
    assert who("session.999999.floor") == who("stage.999999.1") == set()


def test_a_person_who_may_no_longer_sign_in_follows_nothing_of_their_own(ben):
    ben.is_active = False
    assert not may_follow(f"user.{ben.pk}", ben)
