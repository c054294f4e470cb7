"""`manage.py demo_questions icdd-2021`: a hall that asks, for the demonstration."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts.models import User
from conferences.models import Conference
from sessions.questions.demo import MODERATOR, make_demo_questions


class Command(BaseCommand):
    help = "Fills the panels of a demonstration with questions in several states. Run again, it makes no second ones."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("conference", nargs="?", default="icdd-2021", help="its short address (icdd-2021)")

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.DEMO:
            raise CommandError("Demo questions exist in the demonstration only: start it with DEMO=True.")
        conference = Conference.objects.filter(slug=options["conference"]).first()
        if conference is None or not User.objects.filter(email=MODERATOR).exists():
            raise CommandError("First: manage.py load_conference icdd-2021 --demo.")
        made = make_demo_questions(conference)
        self.stdout.write(f"{made} questions are asked." if made else "The questions are there already.")
