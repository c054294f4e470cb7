"""`manage.py load_conference icdd-2021 --shift now --demo`"""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from outbox.errors import Refusal
from sessions.programme.conference_files.reading import BadFileError, plan_at
from sessions.programme.demo import make_demo_people
from sessions.programme.loading import load_conference, shift_to_now


class Command(BaseCommand):
    help = "Makes a conference of a file, or brings the one at its short address up to date with it."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", help="a conference file (JSON), or the name of one that comes along: icdd-2021")
        parser.add_argument(
            "--shift", choices=["now"], help="move the day so that most of its concurrent sessions are on now"
        )
        parser.add_argument("--demo", action="store_true", help="make the people of the demonstration too")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["demo"] and not settings.DEMO:
            raise CommandError("Demo people exist in the demonstration only: start it with DEMO=True.")
        try:
            plan = plan_at(options["file"])
            shift = shift_to_now(plan, timezone.now()) if options["shift"] else None
            loaded = load_conference(plan, shift=shift)
            people = make_demo_people(loaded.conference) if options["demo"] else []
        except BadFileError as error:
            raise CommandError(str(error)) from error
        except Refusal as refusal:
            answer = refusal.as_answer()
            fields = "; ".join(f"{name}: {words}" for name, words in answer.get("fields", {}).items())
            raise CommandError(f"{options['file']}: {fields or answer['message']}") from refusal

        for words in plan.notes:
            self.stdout.write(f"  note: {words}")
        done = "loaded" if loaded.is_new else "brought up to date"
        self.stdout.write(
            f"{plan.facts['acronym']} is {done}: {len(plan.sessions)} sessions, {len(plan.rooms)} rooms, "
            f"{len(plan.delegations)} delegations" + (f", {len(people)} demo people" if people else "") + "."
        )
        if shift is not None:
            self.stdout.write(f"Its day is moved by {shift}, to {loaded.conference.opens_at:%Y-%m-%d %H:%M} UTC.")
