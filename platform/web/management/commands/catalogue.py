"""`manage.py catalogue`: find texts, compile translations, refuse what is untranslated."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from web import catalogue


class Command(BaseCommand):
    help = "Keeps the translations in platform/web/locale: --update, --compile, --check (in this order)."
    # It must work before there is a database, and while pages are half-written.
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--update", action="store_true", help="write every text of the site into each django.po")
        parser.add_argument("--compile", action="store_true", help="make the django.mo files that Django reads")
        parser.add_argument(
            "--check", action="store_true", help="list each missing, stale or broken translation, and fail"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if not (options["update"] or options["compile"] or options["check"]):
            raise CommandError("Say what to do: --update, --compile or --check.")
        if options["update"]:
            for language in catalogue.languages():
                catalogue.update(language)
                self.stdout.write(f"Updated {catalogue.po_file(language)}")
        if options["compile"]:
            for made in catalogue.compile_all():
                self.stdout.write(f"Compiled {made}")
        if options["check"]:
            self.check_translations()

    def check_translations(self) -> None:
        """Raises CommandError when there is any problem, after listing all of them."""
        problems = catalogue.problems()
        for problem in problems:
            self.stdout.write(str(problem))
        if problems:
            raise CommandError(f"{len(problems)} texts would show wrong or foreign words.")
        self.stdout.write("Every text is translated.")
