"""`manage.py demo_review [CONFERENCE]`: a countries' review that is ready to be replayed."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from sessions.review.demo.films import make_films
from sessions.review.demo.replay import Replay
from sessions.review.management.commands.replay_review import SPEED, session_of


class Command(BaseCommand):
    help = "Sets up the review of a demonstration: slots, statements, the lot, and films in the background."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("conference", nargs="?", default="icdd-2021", help="its short address (icdd-2021)")
        parser.add_argument("--speed", type=float, default=SPEED, help="for which replay the films are made (20)")

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.DEMO:
            raise CommandError("A review is invented in the demonstration only: start it with DEMO=True.")
        session = session_of(options["conference"])
        replay = Replay(session, options["speed"], told=self.stdout.write)
        slots = replay.set_up()
        job = make_films(session, by=replay.organiser)
        address = f"{settings.SITE_URL}{job.get_absolute_url()}"
        self.stdout.write(f"{len(slots)} delegations have a slot each. Their films: {address}")
