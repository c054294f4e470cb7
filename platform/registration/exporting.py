"""Lists for spreadsheets, in which no text is ever taken for a formula, and applications as such a list."""

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from typing import IO, Any

from django.db.models import Exists, OuterRef, Prefetch, Q, QuerySet
from django.utils import timezone
from django.utils.translation import get_language_info
from django.utils.translation import gettext as _
from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.styles import Font
from openpyxl.utils import get_column_letter

from conferences.models import Conference, Rank
from registration.columns import MEANINGS
from registration.desk import words_of
from registration.importing import TAKEN_FOR_A_FORMULA
from registration.models import Answer, Application, Field

FORMATS = ("xlsx", "csv")
CONTENT_TYPES = {
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "csv": "text/csv; charset=utf-8",
}
# Read from the database at once.
CHUNK = 500
REPLACEMENT = "\ufffd"
# Of columns, in characters.
NARROWEST, WIDEST = 10, 40


def defused(words: str) -> str:
    """The text with an apostrophe before it where a spreadsheet would calculate it; reading it here takes that away."""
    return f"'{words}" if TAKEN_FOR_A_FORMULA.match(words) else words


def as_csv(rows: Iterable[Sequence[str]], *, delimiter: str = ",") -> Iterator[bytes]:
    """In UTF-8 with the mark by which spreadsheets know it, a line at a time."""
    line = io.StringIO(newline="")
    writer = csv.writer(line, delimiter=delimiter)
    line.write("\ufeff")
    for row in rows:
        writer.writerow([defused(words) for words in row])
        yield line.getvalue().encode()
        line.seek(0)
        line.truncate()


def write_workbook(rows: Iterable[Sequence[str]], into: IO[bytes], *, title: str) -> None:
    """An XLSX whose every cell is text, whatever it begins with; the first of `rows` are the headings."""
    workbook = Workbook(write_only=True)
    # What a sheet's name may not hold.
    sheet = workbook.create_sheet("".join(char for char in title if char not in r"\/*?:[]")[:31] or "1")
    sheet.freeze_panes = "A2"
    bold = Font(bold=True)
    for number, row in enumerate(rows):
        cells = [_cell(sheet, words) for words in row]
        if number == 0:
            for column, cell in enumerate(cells):
                cell.font = bold
                width = min(max(len(row[column]) + 2, NARROWEST), WIDEST)
                sheet.column_dimensions[get_column_letter(column + 1)].width = width
        sheet.append(cells)
    workbook.save(into)


def _cell(sheet: Any, words: str) -> Any:
    cell = WriteOnlyCell(sheet, ILLEGAL_CHARACTERS_RE.sub(REPLACEMENT, words))
    # Set last: the library takes whatever begins with "=" for a formula.
    cell.data_type = "s"
    if TAKEN_FOR_A_FORMULA.match(words):
        # It stays a text also when somebody edits it.
        cell.quotePrefix = True
    return cell


# Applications


def application_rows(conference: Conference, applications: QuerySet[Application]) -> Iterator[list[str]]:
    """The headings, then a row for each application with all its answers, in the language that is active.

    Fields that ask the same in several categories share a column. Times are on the conference's clock.
    """
    columns = _columns_of_fields(applications)
    facts = ("name", "email", "honorific", "function", "organisation", "delegation", "attendance", "rank", "language")
    yield [
        _("Number"),
        *(str(MEANINGS[name]) for name in (*facts, "is_listed")),
        _("Category"),
        _("Status"),
        _("Submitted"),
        *columns,
    ]
    fields = {field.pk: field for asked in columns.values() for field in asked}
    answers = Prefetch("answers", Answer.objects.select_related("upload"))
    found = applications.select_related("category", "delegation").prefetch_related(answers)
    for application in found.iterator(chunk_size=CHUNK):
        said = {answer.field_id: _said(answer, fields) for answer in application.answers.all()}
        submitted_at = application.submitted_at
        yield [
            str(application.pk),
            application.name,
            application.email,
            application.honorific,
            application.function,
            application.organisation,
            str(application.delegation or ""),
            str(application.get_attendance_display()),
            "" if application.rank == Rank.NONE else str(application.get_rank_display()),
            _language(application.language),
            _("yes") if application.is_listed else _("no"),
            str(application.category),
            str(application.get_status_display()),
            f"{timezone.localtime(submitted_at, conference.zone):%Y-%m-%d %H:%M}" if submitted_at else "",
            *("; ".join(said[field.pk] for field in asked if said.get(field.pk)) for asked in columns.values()),
        ]


def _columns_of_fields(applications: QuerySet[Application]) -> dict[str, list[Field]]:
    """The fields by what they ask: those that are asked now, and those that one of these people answered."""
    of_them = applications.order_by()
    answered = Answer.objects.filter(field=OuterRef("pk"), application__in=of_them.values("pk"))
    fields = Field.objects.filter(category__in=of_them.values("category")).filter(
        Q(retired_at=None) | Q(Exists(answered))
    )
    columns: dict[str, list[Field]] = {}
    for field in fields.order_by("category__position", "category", "position", "pk"):
        columns.setdefault(str(field.label), []).append(field)
    return columns


def _said(answer: Answer, fields: dict[int, Field]) -> str:
    field = fields.get(answer.field_id)
    if field is None:
        return ""
    answer.field = field
    # Of a file its name: the file itself is looked at where looking is noted.
    return answer.upload.name if answer.upload is not None else words_of(answer)


def _language(code: str) -> str:
    try:
        return str(get_language_info(code)["name_local"]) if code else ""
    except KeyError:
        return code
