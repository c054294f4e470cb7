"""`manage.py populate --people 4300`"""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.urls import reverse

from conferences.models import Conference
from conferences.population import KIND, MOST
from jobs.actions import start


class Command(BaseCommand):
    help = "Starts a background job that adds plausible participants to a conference, and returns at once."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--people", type=int, required=True, help="how many there are to be in the end")
        parser.add_argument("--conference", default="icdd-2021", help="its short address")

    def handle(self, *args: Any, **options: Any) -> None:
        people, slug = options["people"], options["conference"]
        if not 1 <= people <= MOST:
            raise CommandError(f"--people must be between 1 and {MOST:,}.")
        if not Conference.objects.filter(slug=slug).exists():
            known = ", ".join(Conference.objects.values_list("slug", flat=True)) or "none"
            raise CommandError(f"There is no conference {slug}. Known: {known}.")
        job = start(KIND, {"conference": slug, "people": people})
        address = f"{settings.SITE_URL}{reverse('jobs:job', args=[job.pk])}"
        self.stdout.write(f"Job {job.pk} adds {people:,} people to {slug} in the background: {address}")
