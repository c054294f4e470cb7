"""Exports of applications: a short one at once, a long one as a job that leaves a file."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict
from datetime import timedelta
from io import BytesIO
from tempfile import TemporaryFile
from typing import Any, cast

from django.core.files import File
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import User
from conferences.letters import language_for
from conferences.models import Conference
from conferences.rules import Person
from files.actions import discard_upload, store_upload
from files.contents import UNKNOWN
from files.models import Upload
from jobs import actions as jobs
from jobs.errors import HopelessError
from jobs.models import Job
from jobs.registry import Progress
from outbox.errors import NotThere
from registration.desk import Wanted, applications_of
from registration.exporting import FORMATS, application_rows, as_csv, write_workbook
from registration.rules import may_decide

PURPOSE = "registration.export"
EXPORTING = "export_applications"
# More rows than this are written by a worker.
AT_ONCE = 1000
LARGEST = 200 * 1024 * 1024  # bytes
# An export is a copy of everybody's data: it is kept as long as it takes to fetch it.
KEPT_FOR = timedelta(days=1)


def export_now(conference: Conference, wanted: Wanted, format_: str, *, by: Person) -> bytes | None:
    """The file of the applications that are wanted; None where there are more than AT_ONCE. Raises NotThere."""
    _check(conference, format_, by)
    applications = applications_of(conference, wanted)
    if applications.count() > AT_ONCE:
        return None
    into = BytesIO()
    _write(application_rows(conference, applications), into, format_, title=conference.acronym)
    return into.getvalue()


def start_export(conference: Conference, wanted: Wanted, format_: str, *, by: Person) -> Job:
    """Starts writing it; the job's page shows how far it is and leads to the file. Raises NotThere."""
    _check(conference, format_, by)
    _forget_old_ones()
    arguments = {"conference": conference.pk, "wanted": asdict(wanted), "format": format_}
    return jobs.start(EXPORTING, {**arguments, "by": by.pk}, by=cast(User, by))


def _check(conference: Conference, format_: str, by: Person) -> None:
    if format_ not in FORMATS or not may_decide(by, conference):
        raise NotThere


def file_name(conference: Conference, format_: str) -> str:
    """With the day on the conference's clock."""
    return f"{conference.slug}-{timezone.localtime(timezone.now(), conference.zone):%Y-%m-%d}.{format_}"


def export_in_background(arguments: Mapping[str, Any], progress: Progress) -> Mapping[str, Any]:
    """Writes the export of `conference` and stores it for whoever asked. Raises HopelessError."""
    conference = Conference.objects.filter(pk=arguments["conference"]).first()
    doer = User.objects.filter(pk=arguments["by"]).first()
    if conference is None or doer is None or not may_decide(doer, conference):
        raise HopelessError(gettext_lazy("Whoever asked for this export may not have it any more."))
    applications = applications_of(conference, Wanted(**arguments["wanted"]))
    total = applications.count()
    with translation.override(language_for(doer, conference)), TemporaryFile() as file:
        rows = _telling(application_rows(conference, applications), progress, total)
        _write(rows, file, arguments["format"], title=conference.acronym)
        file.seek(0)
        upload = store_upload(
            File(file, name=file_name(conference, arguments["format"])),
            purpose=PURPOSE,
            accepts=(UNKNOWN,),
            largest=LARGEST,
            by=doer,
        )
    return {"upload": upload.pk, "rows": total}


def _telling(rows: Iterable[Sequence[str]], progress: Progress, total: int) -> Iterator[Sequence[str]]:
    for number, row in enumerate(rows):
        if number % 50 == 0:
            progress(number, total)
        yield row
    progress(total, total)


def _write(rows: Iterable[Sequence[str]], into: Any, format_: str, *, title: str) -> None:
    if format_ == "csv":
        into.writelines(as_csv(rows))
    else:
        write_workbook(rows, into, title=f"{title} {_('Applications')}")


def _forget_old_ones() -> None:
    old = Upload.objects.filter(purpose=PURPOSE, made_at__lt=timezone.now() - KEPT_FOR)
    for upload_id in old.values_list("pk", flat=True):
        discard_upload(upload_id)


def may_read_export(user: Person, upload: Upload) -> bool:
    """Whoever asked for it, as long as they decide on applications there."""
    if not user.is_authenticated or upload.owner_id != user.pk:
        return False
    job = Job.objects.filter(kind=EXPORTING, started_by_id=user.pk, result__upload=upload.pk).first()
    conference = Conference.objects.filter(pk=job.arguments["conference"]).first() if job else None
    return conference is not None and may_decide(user, conference)
