"""`manage.py read_bounce < mail`: where the mail server pipes what comes back to DEFAULT_FROM_EMAIL."""

import sys
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from mail.actions import record_bounce
from mail.bounces import bounces_in

# A report repeats at most the mail it is about; whatever is behind this is not looked at.
READ_AT_MOST = 10 * 1024 * 1024


class Command(BaseCommand):
    help = "Reads one mail from the standard input and, where it says that a mail of ours came back, notes it there."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", nargs="?", help="read this file in place of the standard input")

    def handle(self, *args: Any, **options: Any) -> None:
        """Ends well for any mail whatever: a mail server would send an error of ours back to the sender."""
        if options["file"]:
            with Path(options["file"]).open("rb") as file:
                raw = file.read(READ_AT_MOST)
        else:
            raw = sys.stdin.buffer.read(READ_AT_MOST)
        bounces = bounces_in(raw)
        if not bounces:
            self.stdout.write("This mail says of none that it came back.")
        for bounce in bounces:
            mail = record_bounce(message_id=bounce.message_id, address=bounce.address, words=bounce.words)
            told = f"mail {mail.pk}" if mail is not None else "no mail that is known"
            self.stdout.write(f"{bounce.address}: {told} ({bounce.words})")
