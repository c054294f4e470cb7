"""`manage.py setup_link`: the way into an empty installation."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.urls import reverse

from accounts.actions import make_setup_link
from outbox.errors import WrongMove


class Command(BaseCommand):
    help = "Prints a one-time address on which the first organiser makes an account. Earlier addresses end."

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            token = make_setup_link()
        except WrongMove as refusal:
            raise CommandError(str(refusal.words)) from refusal
        self.stdout.write(settings.SITE_URL + reverse("accounts:setup", args=[token]))
