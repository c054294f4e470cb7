"""The demonstration's hall: plausible, made once, and by the real verbs."""

import pytest
from django.core.management import CommandError, call_command

from accounts.models import User
from conferences.models import Membership
from sessions.programme.models import Appointment, Duty
from sessions.questions.models import Question, Status, Vote


@pytest.fixture
def demo(settings, panel, conference, fiji, finland):
    settings.DEMO = True
    ada = User.objects.create_user("ada@demo.example", name="Ada")
    ben = User.objects.create_user("ben@demo.example", name="Ben")
    Membership.objects.create(conference=conference, user=ada)
    Membership.objects.create(conference=conference, user=ben, delegation=fiji, role="delegate", may_speak_for=True)
    Appointment.objects.create(session=panel, user=ada, duty=Duty.MODERATOR)
    return conference


def test_the_demonstration_shows_questions_in_every_state(demo, panel, followed):
    with followed(f"session.{panel.pk}.floor", f"session.{panel.pk}.desk"):
        call_command("demo_questions", "icdd")
    states = set(Question.objects.values_list("status", flat=True))
    assert states == {Status.PENDING, Status.LIVE, Status.ANSWERED, Status.DISMISSED}
    for question in Question.objects.all():
        assert question.vote_count == question.votes.count()
        assert not question.votes.filter(voter=question.author_id).exists()
    assert Question.objects.filter(status=Status.LIVE).order_by("-vote_count").first().vote_count > 50


def test_made_again_it_makes_no_second_questions(demo):
    call_command("demo_questions", "icdd")
    before = (Question.objects.count(), Vote.objects.count(), User.objects.count())
    call_command("demo_questions", "icdd")
    assert (Question.objects.count(), Vote.objects.count(), User.objects.count()) == before


def test_outside_the_demonstration_nothing_is_made(demo, settings):
    settings.DEMO = False
    with pytest.raises(CommandError):
        call_command("demo_questions", "icdd")
    assert not Question.objects.exists()
