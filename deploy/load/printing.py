"""How long the badges of a whole conference take: issued, set and joined to one file, as the background job does it.

`python deploy/load/printing.py --people 4300 [--photos 0.3] [--paper a6] --json -` makes a database of its own in a
folder that is removed, registers so many invented people, and does the job once, in this process.
"""

import argparse
import json
import os
import resource
import sys
import tempfile
import time
from contextlib import nullcontext
from datetime import timedelta
from fractions import Fraction
from pathlib import Path
from random import Random
from uuid import uuid4

import av
import django
from pypdf import PdfReader

if __name__ == "__main__":
    # This folder has a registration.py of its own.
    sys.path.pop(0)
    FOLDER = tempfile.TemporaryDirectory()
    os.environ |= {"DATA_DIR": FOLDER.name, "DJANGO_SETTINGS_MODULE": "config.settings"}
    os.environ.pop("DATABASE_URL", None)
    django.setup()

from django.core.files.base import ContentFile
from django.core.management import call_command
from django.utils import timezone

from accounts.models import User
from conferences.invented_names import NAMINGS, invented_name
from conferences.models import Conference, Delegation, Membership, Role
from files.actions import store_upload
from files.models import Upload
from jobs.actions import carry_out, claim
from jobs.models import Job, State
from registration.models import Answer, Application, Badge, Capacity, Category, Field, FieldKind, Printout, Status
from registration.papers import PURPOSE
from registration.print_jobs import Chosen, start_badges

# Of the faces that are printed; scaled down before they are set, as a phone's are.
PHOTO = (1200, 1600)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int, default=4300)
    parser.add_argument("--photos", type=float, default=0.0, help="the share of people with a photo, 0 to 1")
    parser.add_argument("--paper", choices=["a4", "a6"], default="a4")
    parser.add_argument("--json", default="-", help="where the result goes; - is the screen")
    arguments = parser.parse_args()
    with FOLDER:
        result = measured(arguments.people, arguments.photos, arguments.paper)
    words = json.dumps(result, indent=2)
    with nullcontext(sys.stdout) if arguments.json == "-" else Path(arguments.json).open("w") as out:
        out.write(f"{words}\n")


def measured(people: int, photos: float, paper: str) -> dict[str, float]:
    """Seconds, MiB and bytes of one file of badges. Ends where it is not whole."""
    call_command("migrate", verbosity=0)
    conference, olga = crowd(people, photos)

    job = start_badges(conference.pk, Chosen(), paper=paper, by=olga)
    begun, spent = time.monotonic(), time.process_time()
    carry_out(claim(job.pk))
    seconds, of_processor = time.monotonic() - begun, time.process_time() - spent
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    done = Job.objects.get(pk=job.pk)
    if done.state != State.DONE:
        raise SystemExit(done.error)
    upload = Printout.objects.select_related("upload").get(pk=done.result["printout"]).upload
    pages = len(PdfReader(upload.file.path).pages)
    if pages != (-(-people // 2) if paper == "a4" else 2 * people) or Badge.objects.count() != people:
        raise SystemExit(f"{pages} pages and {Badge.objects.count()} badges are not those of {people} people")
    return {
        "people": people,
        "with_photo": round(people * photos),
        "seconds": round(seconds, 1),
        "processor_s": round(of_processor, 1),
        "badges_per_s": round(people / seconds),
        "pages": pages,
        "file_bytes": upload.size,
        "peak_mib": peak,
        "load_average": round(os.getloadavg()[0], 1),
    }


def crowd(people: int, photos: float) -> tuple[Conference, User]:
    """A conference with 21 delegations and so many people who are approved, with names in many scripts."""
    now = timezone.now()
    conference = Conference.objects.create(
        slug="load",
        acronym="LOAD 2026",
        name="A conference to be measured",
        city="Bali",
        country="ID",
        opens_at=now,
        closes_at=now + timedelta(days=3),
    )
    olga = User.objects.create_user("olga@example.org", name="Olga")
    Membership.objects.create(conference=conference, user=olga, role=Role.ORGANISER)
    countries = (
        "AU", "BN", "FJ", "FI", "FR", "DE", "IN", "ID", "JP", "KH", "KR", "LA", "MY", "MX", "NZ", "PH", "SA", "SG",
        "TH", "TL", "VN",
    )  # fmt: skip
    delegations = [
        Delegation.objects.create(conference=conference, country=code, name=code, position=place)
        for place, code in enumerate(countries)
    ]
    categories = [
        Category.objects.create(conference=conference, capacity=capacity, name=str(capacity.label), position=place)
        for place, capacity in enumerate(Capacity)
    ]
    dice = Random(2021)  # noqa: S311  the same people each time
    namings = list(NAMINGS)
    applications = Application.objects.bulk_create(
        Application(
            conference=conference,
            category=categories[number % len(categories)],
            delegation=delegations[number // 3 % len(delegations)] if number % 3 else None,
            name=invented_name(namings[number % len(namings)], dice),
            function="Director for Digital Cooperation" if number % 2 else "",
            organisation="" if number % 3 else "University of the South Pacific",
            status=Status.APPROVED,
            submit_key=uuid4(),
        )
        for number in range(people)
    )
    fields = {
        category.pk: Field.objects.create(category=category, kind=FieldKind.PHOTO, label="Photo")
        for category in categories
    }
    for application in applications[: round(people * photos)]:
        Answer.objects.create(
            application=application, field=fields[application.category_id], upload=photo(dice.randrange(256))
        )
    return conference, olga


def photo(grey: int) -> Upload:
    """A photo as a phone would hand it in, stored as an upload."""
    width, height = PHOTO
    coder = av.CodecContext.create("mjpeg", "w")
    coder.width, coder.height, coder.pix_fmt, coder.time_base = width, height, "yuvj420p", Fraction(1, 1)
    frame = av.VideoFrame(width, height, "yuvj420p")
    for plane in frame.planes:
        plane.update(bytes([grey]) * plane.buffer_size)
    packets = [*coder.encode(frame), *coder.encode(None)]
    file = ContentFile(b"".join(bytes(packet) for packet in packets), name="face.jpg")
    return store_upload(file, purpose=PURPOSE, accepts=["image/jpeg"], largest=10**8, by=None)


if __name__ == "__main__":
    main()
