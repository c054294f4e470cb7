"""`manage.py demo_stage [CONFERENCE]`: gives each panel of the demonstration a picture."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts.models import User
from conferences.models import Conference, Role
from sessions.programme.models import Format, Session
from sessions.stage.demo import show_test_cards


class Command(BaseCommand):
    help = "Starts the background job that makes a test card for each panel of a conference. Needs DEMO=True."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("conference", nargs="?", help="its short address; left out, the only conference")

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.DEMO:
            raise CommandError("Test cards are for the demonstration: set DEMO=True.")
        conference = _conference(options["conference"])
        organiser = (
            User.objects.filter(memberships__conference=conference, memberships__role=Role.ORGANISER)
            .order_by("pk")
            .first()
        )
        if organiser is None:
            raise CommandError(f"{conference.slug} has no organiser who could set pictures.")
        panels = list(
            Session.objects.filter(conference=conference, format=Format.PANEL)
            .order_by("starts_at", "room__position", "pk")
            .values_list("pk", flat=True)
        )
        if not panels:
            raise CommandError(f"{conference.slug} has no panels.")
        job = show_test_cards(panels, by=organiser)
        self.stdout.write(f"Test cards for {len(panels)} panels: {settings.SITE_URL}{job.get_absolute_url()}")


def _conference(slug: str | None) -> Conference:
    found = list(Conference.objects.filter(slug=slug) if slug else Conference.objects.all()[:2])
    if len(found) != 1:
        raise CommandError(f"There is no conference {slug}." if slug else "Name a conference: there is not just one.")
    return found[0]
