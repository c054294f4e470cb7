"""`DEMO=True manage.py replay_review --speed 20` beside `./run`: the review again, in minutes, on all open pages."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from conferences.models import Conference
from outbox.errors import Refusal
from sessions.programme.models import Session
from sessions.review.demo.preparing import review_session
from sessions.review.demo.replay import Replay, summary

SPEED = 20.0
SLOWEST, FASTEST = 1.0, 400.0


def session_of(slug: str) -> Session:
    """Raises CommandError."""
    conference = Conference.objects.filter(slug=slug).first()
    if conference is None:
        raise CommandError(f"There is no conference {slug}. First: manage.py load_conference icdd-2021 --demo.")
    try:
        return review_session(conference)
    except LookupError as error:
        raise CommandError(str(error)) from error


class Command(BaseCommand):
    help = "Runs a demonstration's review from its beginning through the real actions. Ends with one line of numbers."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("conference", nargs="?", default="icdd-2021", help="its short address (icdd-2021)")
        parser.add_argument("--speed", type=float, default=SPEED, help="how many times faster (20)")
        parser.add_argument("--live", action="store_true", help="all speak live: no films, no worker needed")

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.DEMO:
            raise CommandError("A review is replayed in the demonstration only: start it with DEMO=True.")
        if not SLOWEST <= options["speed"] <= FASTEST:
            raise CommandError(f"--speed is from {SLOWEST:.0f} to {FASTEST:.0f}.")
        session = session_of(options["conference"])
        self.stdout.write(f"Watch it: {settings.SITE_URL}{session.get_absolute_url()}")
        replay = Replay(session, options["speed"], told=self.stdout.write, with_films=not options["live"])
        try:
            numbers = replay.run()
        except (Refusal, TimeoutError) as error:
            raise CommandError(str(getattr(error, "words", error))) from error
        self.stdout.write(summary(numbers))
