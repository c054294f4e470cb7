"""The verbs of an import: a list is taken in, its columns are named, it is tried, and then handed in as applications.

Nothing is announced before the last step, which goes the way that every application goes.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import IO, Any, cast

from django.core.exceptions import ValidationError
from django.core.files import File
from django.db import transaction
from django.utils import timezone, translation
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from conferences.rules import Person
from files.actions import discard_upload, store_upload
from files.contents import UNKNOWN
from files.models import Upload
from jobs import actions as jobs
from jobs.errors import HopelessError
from jobs.models import Job, State
from jobs.registry import Progress
from mail.addresses import as_kept
from outbox.errors import Invalid, NotThere, Refusal, Words, WrongMove
from registration.actions import submit_applications
from registration.answers import asked
from registration.columns import WHAT_IS_WRONG, Reading, ReadRow, fold, guess_columns, guess_passport, meanings_of
from registration.delegations import categories_for, check_nomination, delegation_for
from registration.importing import ENCODINGS, LARGEST, Row, Table, read_table
from registration.models import Attendance, Category, Field, FieldKind, Import
from registration.problems import SOURCE, in_words, kept
from registration.rules import may_decide, may_import
from registration.wishes import AppliedAlready, check_applications

# Of the uploads: their guard asks for whose conference they are.
PURPOSE = "registration.list"
TRYING, IMPORTING = "try_import", "import_people"
# Handed in within one transaction: nobody else waits long for the quotas, and a killed worker loses this much at most.
CHUNK = 250
# By which meaning a row's problem is told where no single column is wrong.
WHOLE_ROW = ""


def take_in_list(
    conference_id: int, *, category_id: int, attendance: str, file: File, delegation_id: int | None = None, by: Person
) -> Import:
    """Stores a list of people for a category, with a first guess at its columns. To be called outside a transaction.

    `attendance` is that of rows which do not say. With `delegation_id` all are that delegation's: its focal points may
    do so while members are named. Raises NotThere, WrongMove, and Invalid beside `file` for what cannot be read.
    """
    category = _category(conference_id, category_id, delegation_id, by)
    if attendance not in Attendance.values:
        raise Invalid(fields={"attendance": _("Choose how they take part.")})
    table = read_table(cast(IO[bytes], file))
    try:
        upload = store_upload(file, purpose=PURPOSE, accepts=(UNKNOWN,), largest=LARGEST, by=cast(User, by))
    except ValidationError as error:
        raise Invalid(fields={"file": " ".join(error.messages)}) from error
    return Import.objects.create(
        conference=category.conference,
        category=category,
        delegation_id=delegation_id,
        upload=upload,
        attendance=attendance,
        encoding=table.encoding if table.is_guessed else "",
        passport=guess_passport(category),
        columns={
            key: column
            for key, column in guess_columns(table.headings, category).items()
            if delegation_id is None or key != "delegation"
        },
        row_count=len(table.rows),
        made_by=cast(User, by),
    )


def _category(conference_id: int, category_id: int, delegation_id: int | None, by: Person) -> Category:
    categories = Category.objects.all()
    if delegation_id is not None:
        delegation = delegation_for(delegation_id, by)
        categories = categories_for(delegation)
        if not may_decide(by, delegation.conference):
            check_nomination(delegation.conference_id)
    category = categories.select_related("conference").filter(pk=category_id, conference=conference_id).first()
    if category is None or (delegation_id is None and not may_decide(by, category.conference)):
        raise NotThere
    return category


@transaction.atomic
def try_import(
    import_id: int,
    *,
    columns: Mapping[str, int],
    encoding: str = "",
    passport_id: int | None = None,
    by: Person,
) -> Job:
    """Says which column means what, and starts the dry run, which finds all that is wrong and makes nothing.

    Raises NotThere, Invalid, and WrongMove once it was handed in.
    """
    imported = _locked(import_id, by)
    if imported.started_at is not None:
        raise WrongMove(_("This list was imported already. To import more people, start with another list."))
    if imported.job is not None and not imported.job.is_over:
        raise WrongMove(_("This list is being tried now. Wait until that is done."))
    known = meanings_of(imported.category, for_delegation=imported.delegation_id is not None)
    wrong = {}
    if "name" not in columns:
        wrong["name"] = _("Choose the column that holds the name.")
    for key, column in columns.items():
        if key not in known:
            raise NotThere
        others = [other for other, number in columns.items() if number == column and other != key]
        if others:
            wrong[key] = _("Each column can mean one thing only.")
    if encoding and encoding not in ENCODINGS:
        wrong["encoding"] = _("This encoding is not known here.")
    if wrong:
        raise Invalid(fields=wrong)
    imported.columns, imported.encoding = dict(columns), encoding
    imported.passport = _passport(imported.category, passport_id)
    imported.tried_at, imported.problems, imported.failed_count = None, [], 0
    imported.job = jobs.start(TRYING, {"import": imported.pk}, by=cast(User, by))
    imported.save()
    return imported.job


def _passport(category: Category, field_id: int | None) -> Field | None:
    if field_id is None:
        return None
    field = Field.objects.filter(pk=field_id, category=category, kind=FieldKind.TEXT, retired_at=None).first()
    if field is None:
        raise NotThere
    return field


@transaction.atomic
def start_import(import_id: int, *, by: Person) -> Job:
    """Starts handing in the rows. Started twice it is done once; started after it failed it goes on.

    Raises NotThere, and WrongMove before the dry run.
    """
    imported = _locked(import_id, by)
    if imported.started_at is not None and imported.job is not None and imported.job.state != State.FAILED:
        return imported.job
    if imported.tried_at is None:
        raise WrongMove(_("Try the list first: nothing is made by that."))
    imported.started_at = timezone.now()
    imported.job = jobs.start(IMPORTING, {"import": imported.pk}, by=cast(User, by))
    imported.save()
    return imported.job


def _locked(import_id: int, by: Person) -> Import:
    found = Import.objects.select_for_update(of=("self",), no_key=True).select_related(
        "conference", "category__conference", "upload", "job", "passport"
    )
    imported = found.filter(pk=import_id).first()
    if imported is None or not may_import(by, imported):
        raise NotThere
    return imported


@transaction.atomic
def discard_import(import_id: int, *, by: Person) -> None:
    """Forgets a list and its file; who was imported from it stays. Raises NotThere, and WrongMove while it is read."""
    imported = _locked(import_id, by)
    if imported.job is not None and not imported.job.is_over:
        raise WrongMove(_("This list is being read now. Wait until that is done."))
    upload_id = imported.upload_id
    imported.delete()
    discard_upload(upload_id)


# Reading it again


def table_of(imported: Import) -> Table:
    """The list as its file holds it. Raises Invalid beside `encoding` where it cannot be read so."""
    with imported.upload.file.open("rb") as file:
        try:
            return read_table(file, encoding=imported.encoding)
        except Invalid as refusal:
            raise Invalid(fields={"encoding": next(iter(refusal.fields.values()))}) from refusal


def wrong_rows(imported: Import, table: Table) -> Iterator[list[str]]:
    """The headings, then the rows that something is wrong with and what that is: to be corrected and imported again.

    `table` is the list as `table_of` reads it.
    """
    kept = [number for number, heading in enumerate(table.headings) if not _is_ours(heading)]
    labels = {key: str(label) for key, label in meanings_of(imported.category).items()}
    wrong: dict[int, list[str]] = {}
    for problem in imported.problems:
        column = problem["column"]
        words = f"{labels[column]}: {in_words(problem)}" if column in labels else in_words(problem)
        wrong.setdefault(problem["row"], []).append(words)
    yield [*(table.headings[number] for number in kept), str(WHAT_IS_WRONG)]
    for row in table.rows:
        if row.number in wrong:
            yield [*(row.cell(number) for number in kept), "; ".join(wrong[row.number])]


def _is_ours(heading: str) -> bool:
    return fold(heading) == fold(str(WHAT_IS_WRONG))


# What the jobs do


def try_rows(arguments: Mapping[str, Any], progress: Progress) -> Mapping[str, Any]:
    """The dry run of `import`: writes down every problem by row and column. Raises HopelessError."""
    imported, doer = _of_job(arguments)
    with translation.override(SOURCE):
        table = _table_of_job(imported)
        progress(0, len(table.rows))
        problems: list[dict[str, Any]] = []
        seen: dict[str, int] = {}
        for done, chunk in _chunks(table, Reading(imported)):
            refusals = check_applications([row.wish for row in chunk], by=doer, in_list=True)
            for row, refusal in zip(chunk, refusals, strict=True):
                problems += _problems(imported, row, refusal, _twice(row, refusal, seen))
            progress(done, len(table.rows))
    wrong_count = len({problem["row"] for problem in problems})
    Import.objects.filter(pk=imported.pk, started_at=None).update(
        problems=problems, failed_count=wrong_count, row_count=len(table.rows), tried_at=timezone.now()
    )
    return {"rows": len(table.rows), "wrong": wrong_count}


def import_rows(arguments: Mapping[str, Any], progress: Progress) -> Mapping[str, Any]:
    """Hands in every good row of `import`, a chunk at a time. Done again it makes nobody twice.

    Raises HopelessError.
    """
    imported, doer = _of_job(arguments)
    with translation.override(SOURCE):
        table = _table_of_job(imported)
        progress(0, len(table.rows))
        problems: list[dict[str, Any]] = []
        for done, chunk in _chunks(table, Reading(imported)):
            good = [row for row in chunk if not row.problems]
            # Those are not handed in; what else is wrong with them is told all the same.
            bad = [row for row in chunk if row.problems]
            answers: list[Any] = []
            if good:
                answers += submit_applications([row.wish for row in good], by=doer, telling=False, in_list=True)
            if bad:
                answers += check_applications([row.wish for row in bad], by=doer, in_list=True)
            told = zip([*good, *bad], answers, strict=True)
            for row, answer in sorted(told, key=lambda pair: pair[0].number):
                problems += _problems(imported, row, answer if isinstance(answer, Refusal) else None)
            progress(done, len(table.rows))
    wrong_count = len({problem["row"] for problem in problems})
    done_count = len(table.rows) - wrong_count
    Import.objects.filter(pk=imported.pk).update(
        problems=problems, failed_count=wrong_count, done_count=done_count, row_count=len(table.rows)
    )
    return {"rows": len(table.rows), "wrong": wrong_count}


def _of_job(arguments: Mapping[str, Any]) -> tuple[Import, User]:
    imported = (
        Import.objects.select_related("conference", "category__conference", "upload", "passport", "made_by")
        .filter(pk=arguments["import"])
        .first()
    )
    if imported is None:
        raise HopelessError(_("This list is gone."))
    doer = imported.made_by
    if doer is None or not may_import(doer, imported):
        raise HopelessError(_("Whoever handed in this list may not import people any more."))
    return imported, doer


def _table_of_job(imported: Import) -> Table:
    try:
        return table_of(imported)
    except Invalid as refusal:
        raise HopelessError(" ".join(str(words) for words in refusal.fields.values())) from refusal


def _chunks(table: Table, reading: Reading) -> Iterator[tuple[int, list[ReadRow]]]:
    """How many rows are done with this chunk, and the chunk."""
    for first in range(0, len(table.rows), CHUNK):
        rows: Sequence[Row] = table.rows[first : first + CHUNK]
        yield first + len(rows), [reading.read(row) for row in rows]


def _problems(
    imported: Import, row: ReadRow, refusal: Refusal | None, twice: Mapping[str, Words] | None = None
) -> list[dict[str, Any]]:
    """By column; what cannot be understood goes before what follows from it."""
    found: dict[str, Words] = dict(refusal.fields) if refusal is not None else {}
    if refusal is not None and not found:
        # Somebody who holds a capacity is known by the address.
        found = {"email" if isinstance(refusal, AppliedAlready) else WHOLE_ROW: refusal.words}
    found |= {**(twice or {}), **row.problems}
    name, columns = row.wish.facts.name, imported.columns
    return [
        kept(row.number, key, words, name=name, value=row.row.cell(columns[key]) if key in columns else "")
        for key, words in found.items()
    ]


def _twice(row: ReadRow, refusal: Refusal | None, seen: dict[str, int]) -> dict[str, Words]:
    """Where a row further up has the same address, that one is imported."""
    address = as_kept(row.wish.facts.email)
    if not address:
        return {}
    if address in seen:
        return {"email": _("Row %(number)d has the same address.") % {"number": seen[address]}}
    if refusal is None and not row.problems:
        seen[address] = row.number
    return {}


def text_fields(category: Category) -> list[Field]:
    """Those that may hold a passport's number."""
    return [field for field in asked(category) if field.kind == FieldKind.TEXT]


def may_read_list(user: Person, upload: Upload) -> bool:
    """Those who may import it."""
    imported = Import.objects.select_related("conference").filter(upload=upload).first()
    return imported is not None and may_import(user, imported)
