"""`manage.py demo_sign_ins`: as whom the demonstration can be looked at."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from sessions.programme.demo import PASSWORD, sign_ins


class Command(BaseCommand):
    help = "Prints the demo people with their addresses and their password."

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.DEMO:
            raise CommandError("There are no demo sign-ins outside the demonstration (DEMO=True).")
        people = sign_ins()
        if not people:
            raise CommandError("There are no demo people yet: manage.py load_conference icdd-2021 --demo.")
        width = max(len(email) for _, email, _ in people)
        parts = max(len(str(what)) for _, _, what in people)
        for name, email, what in people:
            # The name comes last: letters of other scripts are wider than one column.
            self.stdout.write(f"  {email:<{width}}  {PASSWORD}  {what!s:<{parts}}  {name}")
