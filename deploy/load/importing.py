"""A list of people in XLSX is tried and imported as a worker does it, beside bare inserts in the same call.

`python deploy/load/importing.py --rows 5000 --json -` prints one JSON object on the standard output. Two rows in a
hundred are bad. The database is a fresh one of SQLite, or the empty one that DATABASE_URL names.
"""

import argparse
import json
import os
import sys
import threading
from dataclasses import dataclass
from datetime import timedelta
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter, process_time
from uuid import uuid4

import django

FOLDER = TemporaryDirectory()
os.environ["DATA_DIR"] = FOLDER.name
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
sys.path[:0] = [str(Path(__file__).parents[2]), str(Path(__file__).parents[2] / "platform")]
django.setup()

from django.core.files.base import File  # noqa: E402  what follows needs the apps
from django.core.management import call_command  # noqa: E402
from django.db import connection  # noqa: E402
from django.utils import timezone  # noqa: E402
from django_countries import countries  # noqa: E402
from openpyxl import Workbook  # noqa: E402

from accounts.models import User  # noqa: E402
from conferences.models import Conference, Delegation, Membership, Role  # noqa: E402
from jobs import actions as jobs  # noqa: E402
from jobs.models import Job  # noqa: E402
from registration.import_actions import start_import, take_in_list, try_import  # noqa: E402
from registration.likeness_actions import find_likenesses  # noqa: E402
from registration.models import Application, Attendance, Capacity, Category, Field, FieldKind, Quota  # noqa: E402

DELEGATIONS = 21
# One in so many rows is bad: two in a hundred.
BAD_EACH = 50
YARDSTICK_ROWS = 500
# Seconds between two looks at the job.
LOOKED_EACH = 0.1
HEADINGS = ("Full name", "E-mail", "Title", "Function", "Organisation", "Country", "Passport number", "Meal", "Listed")


def prepare() -> tuple[Category, list[Delegation], User]:
    """A conference of 21 delegations with a category of delegates that asks three things, and its organiser."""
    call_command("migrate", verbosity=0)
    now = timezone.now()
    conference = Conference.objects.create(
        slug="load", acronym="LOAD", name="Load", opens_at=now, closes_at=now + timedelta(days=1)
    )
    organiser = User.objects.create_user("organiser@example.org", name="Organiser")
    Membership.objects.create(conference=conference, user=organiser, role=Role.ORGANISER)
    seated = [
        Delegation.objects.create(conference=conference, country=code, name=name, position=position)
        for position, (code, name) in enumerate(list(countries)[:DELEGATIONS])
    ]
    category = Category.objects.create(conference=conference, capacity=Capacity.DELEGATE, name="Delegates")
    meals = [{"key": key, "words": {"en": key.capitalize()}} for key in ("vegetarian", "anything")]
    Field.objects.create(category=category, kind=FieldKind.TEXT, label="Passport number", is_required=True)
    Field.objects.create(category=category, kind=FieldKind.CHOICE, label="Meal", choices=meals, is_required=True)
    for delegation in seated:
        Quota.objects.create(conference=conference, delegation=delegation, attendance=Attendance.IN_ROOM, size=200)
    return category, seated, organiser


def workbook(rows: int, seated: list[Delegation]) -> BytesIO:
    book, into = Workbook(write_only=True), BytesIO()
    sheet = book.create_sheet()
    sheet.append(HEADINGS)
    for number in range(1, rows + 1):
        is_bad = number % BAD_EACH == 0
        sheet.append(
            [
                f"Nguyễn Délégué {number} 李",
                "not an address" if is_bad else f"p{number:05d}@example.org",
                "Ms",
                "Adviser",
                "Ministry of Foreign Affairs",
                str(seated[number % len(seated)].name),
                f"X{number:07d}",
                # Every other bad row has two things wrong with it.
                "fish" if number % (2 * BAD_EACH) == 0 else "vegetarian",
                "yes",
            ]
        )
    book.save(into)
    into.seek(0)
    return into


@dataclass(frozen=True)
class Took:
    """Seconds by the clock, and of a core; and the numbers that the job's page showed meanwhile."""

    clock: float
    core: float
    shown: list[int]


def carried_out(job: Job) -> Took:
    """Does the job as a worker does it."""
    seen: list[int] = []
    is_over = threading.Event()

    def look() -> None:
        while not is_over.wait(LOOKED_EACH):
            seen.append(Job.objects.values_list("done_count", flat=True).get(pk=job.pk))
        connection.close()

    looking = threading.Thread(target=look, daemon=True)
    looking.start()
    clock, core = perf_counter(), process_time()
    claimed = jobs.claim(job.pk)
    if claimed is None:
        sys.exit("somebody else has this job: is a worker running on this database?")
    jobs.carry_out(claimed)
    clock, core = perf_counter() - clock, process_time() - core
    is_over.set()
    looking.join()
    job.refresh_from_db()
    if job.error:
        sys.exit(f"the job failed: {job.error}")
    return Took(round(clock, 2), round(core, 2), sorted(set(seen) - {0}))


def bare_inserts(category: Category) -> float:
    """Rows a second, each saved by itself without a check, a place, an event or a person."""
    started = perf_counter()
    for number in range(YARDSTICK_ROWS):
        Application.objects.create(
            conference=category.conference, category=category, name=f"Bare {number}", submit_key=uuid4()
        )
    took = perf_counter() - started
    Application.objects.filter(name__startswith="Bare ").delete()
    return YARDSTICK_ROWS / took


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--rows", type=int, default=5000)
    parser.add_argument("--json", metavar="FILE", default="-", help="where to write the result; - is standard output")
    asked = parser.parse_args()
    category, seated, organiser = prepare()
    yardstick = bare_inserts(category)
    file = File(workbook(asked.rows, seated), name="people.xlsx")
    started = perf_counter()
    imported = take_in_list(
        category.conference_id, category_id=category.pk, attendance=Attendance.IN_ROOM, file=file, by=organiser
    )
    taking_in = perf_counter() - started
    trying = carried_out(try_import(imported.pk, columns=imported.columns, by=organiser))
    importing = carried_out(start_import(imported.pk, by=organiser))
    imported.refresh_from_db()
    alike = carried_out(find_likenesses(category.conference_id, by=organiser))
    result = {
        "rows": asked.rows,
        "database": connection.vendor,
        "taking_in_s": round(taking_in, 2),
        "trying_s": trying.clock,
        "importing_s": importing.clock,
        "importing_core_s": importing.core,
        "rows_per_s": round(asked.rows / importing.clock),
        "imported": Application.objects.count(),
        "bad_rows": asked.rows // BAD_EACH,
        "bad_rows_told": len({problem["row"] for problem in imported.problems}),
        "problems_told": len(imported.problems),
        "progress_shown": importing.shown,
        "looking_for_likenesses_s": alike.clock,
        "yardstick_per_s": round(yardstick),
        "ratio": round(asked.rows / importing.clock / yardstick, 2),
    }
    text = json.dumps(result, indent=2)
    if asked.json == "-":
        sys.stdout.write(f"{text}\n")
    else:
        Path(asked.json).write_text(f"{text}\n", encoding="utf-8")


if __name__ == "__main__":
    main()
