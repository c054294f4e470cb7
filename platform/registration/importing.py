"""Reading a list of people from a file that somebody handed in: CSV or XLSX, as it is and not as it should be.

Everything is bounded before it is read, since a small file can unpack to a large one.
"""

import codecs
import csv
import io
import logging
import re
import zipfile
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date, datetime, time
from typing import IO, Any, NoReturn
from xml.parsers.expat import ExpatError, ParserCreate

from django.template.defaultfilters import filesizeformat
from django.utils.translation import gettext_lazy as _
from openpyxl import load_workbook

from outbox.errors import Invalid, Words

logger = logging.getLogger(__name__)

LARGEST = 10 * 1024 * 1024  # bytes, as handed in
LARGEST_UNPACKED = 64 * 1024 * 1024  # bytes, of all that an XLSX holds
MOST_ROWS = 10_000
MOST_COLUMNS = 200
MOST_CELLS = 500_000
# Also of those that hold nothing: a spreadsheet writes them where somebody set a colour or a border.
MOST_ROWS_WRITTEN, MOST_CELLS_WRITTEN = 100_000, 1_000_000
# What spreadsheets can hold; an XLSX may claim any number.
LAST_ROW = 1_048_576
# Elements of an XLSX by name, also of empty ones: a few kilobytes can hold millions, and the reader takes 5 to 50
# microseconds for each. `si` are texts that cells share, `is` those that stand in one.
MOST_ELEMENTS = {
    "row": MOST_ROWS_WRITTEN,
    "c": MOST_CELLS,
    "v": MOST_CELLS,
    "si": 200_000,
    "is": 300_000,
    "t": 500_000,
}
MOST_OTHERS = 50_000
TOO_LARGE = _("This list is too large. Divide it into several files.")
DAMAGED = _("This file is damaged, or it is not an XLSX file. Save it as XLSX or CSV once more.")
LONGEST_CELL = 20_000  # characters
CHUNK = 64 * 1024  # bytes

# Read where a file is in none of Unicode's encodings and nobody said otherwise: what most spreadsheets write then.
FALLBACK = "cp1252"
# What else people's spreadsheets write, for choosing.
ENCODINGS: dict[str, Words] = {
    "cp1252": _("Western European (Windows-1252)"),
    "cp1250": _("Central European (Windows-1250)"),
    "cp1251": _("Cyrillic (Windows-1251)"),
    "cp1256": _("Arabic (Windows-1256)"),
    "cp1258": _("Vietnamese (Windows-1258)"),
    "cp874": _("Thai (Windows-874)"),
    "gb18030": _("Chinese (GB 18030)"),
    "cp932": _("Japanese (Shift JIS)"),
    "cp949": _("Korean (Windows-949)"),
}
BOMS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
DELIMITERS = ",;\t|"
# What a spreadsheet takes for a formula, also where East Asian settings write it wide. Files that are made here have an
# apostrophe before such texts, and before those that begin so behind apostrophes of their own.
TAKEN_FOR_A_FORMULA = re.compile(r"'*\s*[=+\-@\uff1d\uff0b\uff0d\uff20]|'*[\t\r\n]")
SIGNATURES: tuple[tuple[bytes, Words], ...] = (
    (b"\xd0\xcf\x11\xe0", _("This is an older kind of Excel file, or it is protected by a password. Save it as XLSX.")),
    (b"%PDF-", _("This is a PDF. Save the list as XLSX or CSV.")),
)


@dataclass(frozen=True, slots=True)
class Row:
    """`number` as a spreadsheet shows it; `problems` by column: what a cell holds in place of a text."""

    number: int
    cells: Sequence[str]
    problems: dict[int, Words] = field(default_factory=dict)

    def cell(self, column: int) -> str:
        return self.cells[column] if column < len(self.cells) else ""


@dataclass(frozen=True, slots=True)
class Table:
    headings: Sequence[str]
    rows: Sequence[Row]
    is_workbook: bool
    # What a CSV was read as; `is_guessed` where nothing in it says so.
    encoding: str = ""
    is_guessed: bool = False
    delimiter: str = ","


def read_table(file: IO[bytes], *, encoding: str = "") -> Table:
    """The headings and all rows that hold anything. `encoding` is for a CSV that is not in Unicode.

    Raises Invalid, in words beside `file`, for what is no such list or is larger than is read here.
    """
    file.seek(0, io.SEEK_END)
    size = file.tell()
    file.seek(0)
    if not size:
        _refuse(_("This file is empty."))
    if size > LARGEST:
        _refuse(
            _("This file is %(size)s. It can be %(largest)s at most.")
            % {"size": filesizeformat(size), "largest": filesizeformat(LARGEST)}
        )
    head = file.read(8)
    file.seek(0)
    for signature, words in SIGNATURES:
        if head.startswith(signature):
            _refuse(words)
    if head.startswith(b"PK"):
        return _with_headings(list(_bounded(_rows_of_workbook(file))), is_workbook=True)
    text, read_as, is_guessed = _decoded(file.read(), encoding)
    delimiter, lines = _delimiter_of(text)
    rows = list(_bounded(_rows_of_text(lines, delimiter)))
    return _with_headings(rows, is_workbook=False, encoding=read_as, is_guessed=is_guessed, delimiter=delimiter)


def _refuse(words: Words) -> NoReturn:
    raise Invalid(fields={"file": words})


def _with_headings(rows: list[Row], **how: Any) -> Table:
    if not rows:
        _refuse(_("This file is empty."))
    first, *rest = rows
    headings = first.cells
    if not any(any(char.isalpha() for char in words) for words in headings) or any("@" in words for words in headings):
        _refuse(_("The first row must say what each column holds, such as Name and E-mail."))
    if not rest:
        _refuse(_("There are headings, but no row below them."))
    return Table(headings, rest, **how)


def _bounded(rows: Iterator[Row]) -> Iterator[Row]:
    """Those that hold anything. What is too much is refused as soon as it is seen."""
    count = cells = 0
    for row in rows:
        if not any(row.cells) and not row.problems:
            continue
        count += 1
        cells += len(row.cells)
        # The headings are a row too.
        if count > MOST_ROWS + 1:
            _refuse_rows()
        if len(row.cells) > MOST_COLUMNS:
            _refuse_columns()
        if cells > MOST_CELLS:
            _refuse(TOO_LARGE)
        yield row


def _refuse_rows() -> NoReturn:
    _refuse(_("At most %(count)d rows at once. Divide the list into several files.") % {"count": MOST_ROWS})


def _refuse_columns() -> NoReturn:
    _refuse(_("At most %(count)d columns. Delete those that are not needed.") % {"count": MOST_COLUMNS})


def _trimmed(words: list[str]) -> list[str]:
    while words and not words[-1]:
        words.pop()
    return words


# CSV


def _decoded(content: bytes, encoding: str) -> tuple[str, str, bool]:
    """The text, what it was read as, and whether that is a guess."""
    for bom, name in BOMS:
        if content.startswith(bom):
            return _in(content, name), name, False
    # Without its mark UTF-16 shows by the empty halves of Latin letters and of line ends.
    if b"\x00" in content[:2000]:
        name = "utf-16-le" if content[1:2] == b"\x00" else "utf-16-be"
        text = _in(content, name)
        if "\x00" in text:
            _refuse(_("This is neither a CSV nor an XLSX file, whatever its name says."))
        return text, name, False
    try:
        return content.decode("utf-8"), "utf-8", False
    except UnicodeDecodeError:
        pass
    # Chosen, this one is read as where nobody chose: what was shown once is not refused then.
    if encoding in ENCODINGS and encoding != FALLBACK:
        return _in(content, encoding), encoding, True
    if any(byte < 9 for byte in content[:2000]):
        _refuse(_("This is neither a CSV nor an XLSX file, whatever its name says."))
    # Some of its bytes stand for nothing: they are shown as such rather than refused.
    return content.decode(FALLBACK, errors="replace"), FALLBACK, True


def _in(content: bytes, encoding: str) -> str:
    try:
        return content.decode(encoding)
    except UnicodeDecodeError:
        _refuse(_("This file cannot be read as that. Choose another encoding, or save it as CSV in UTF-8."))


def _delimiter_of(text: str) -> tuple[str, str]:
    """What stands between columns, as the first line shows, and the text without a line that only says so."""
    said = re.match(r"sep=([^\r\n])\r?\n?", text)
    if said:
        return said[1], text[said.end() :]
    first = next((line for line in text.splitlines() if line.strip()), "")
    outside_quotes = re.sub(r'"[^"]*"', "", first)
    return max(DELIMITERS, key=outside_quotes.count), text


def _rows_of_text(text: str, delimiter: str) -> Iterator[Row]:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    cells_written = 0
    try:
        for number, cells in enumerate(reader, start=1):
            cells_written += len(cells)
            if number > MOST_ROWS_WRITTEN:
                _refuse_rows()
            if cells_written > MOST_CELLS_WRITTEN:
                _refuse(TOO_LARGE)
            yield _row(number, list(cells), {})
    except csv.Error:
        _refuse(_("Row %(number)d cannot be read. Is a quotation mark missing?") % {"number": reader.line_num})


def _row(number: int, cells: list[str], problems: dict[int, Words]) -> Row:
    for column, words in enumerate(cells):
        words = words.strip()
        if words.startswith("'") and TAKEN_FOR_A_FORMULA.match(words):
            words = words[1:].strip()
        elif words.startswith("="):
            problems[column] = _("This is a formula. Put the text there that it shows.")
        if len(words) > LONGEST_CELL:
            problems[column] = _("At most %(count)d characters.") % {"count": LONGEST_CELL}
            words = words[:LONGEST_CELL]
        cells[column] = words
    return Row(number, _trimmed(cells), problems)


# XLSX


def _rows_of_workbook(file: IO[bytes]) -> Iterator[Row]:
    try:
        _check_archive(file)
        workbook = load_workbook(file, read_only=True, keep_links=False)
        try:
            sheet = next((sheet for sheet in workbook.worksheets if sheet.sheet_state == "visible"), None)
            if sheet is None:
                _refuse(_("There is no sheet in this file."))
            # What a file says of its own size is a claim.
            sheet.reset_dimensions()
            # Laid out, a row would be as wide as its last cell claims.
            sheet._get_row = _as_written
            for number, cells in enumerate(sheet.iter_rows(), start=1):
                if number > LAST_ROW:
                    _refuse(TOO_LARGE)
                if cells:
                    yield _row_of_cells(number, cells)
        finally:
            workbook.close()
    except Invalid:
        raise
    except Exception as error:
        # Whatever a damaged or a made-up archive raises in the library: nothing of it is read.
        logger.info("a workbook could not be read: %s: %s", type(error).__name__, error)
        _refuse(DAMAGED)


def _as_written(cells: list[dict[str, Any]], *_how: object) -> list[dict[str, Any]]:
    return cells


def _check_archive(file: IO[bytes]) -> None:
    """Refuses what would unpack to too much or take too long. The reader stops at the sizes that are written there."""
    with zipfile.ZipFile(file) as archive:
        if "xl/workbook.xml" not in archive.namelist():
            _refuse(_("This is not an XLSX file. Save the list as XLSX or CSV."))
        if sum(entry.file_size for entry in archive.infolist()) > LARGEST_UNPACKED:
            _refuse(
                _("This file unpacks to more than %(largest)s. Is it what you meant to choose?")
                % {"largest": filesizeformat(LARGEST_UNPACKED)}
            )
        counts: Counter[str] = Counter()
        for entry in archive.infolist():
            with archive.open(entry) as part:
                _count_elements(part, counts)
    file.seek(0)


def _count_elements(part: IO[bytes], counts: Counter[str]) -> None:
    """Adds what there is in a part of the archive; refuses as soon as it is too much. What is no XML has none."""

    def count(name: str, _attributes: object) -> None:
        name = name.rpartition(":")[2]
        counts[name] += 1
        if counts[name] > MOST_ELEMENTS.get(name, MOST_OTHERS):
            _refuse_rows() if name == "row" else _refuse(TOO_LARGE)

    def refuse_entity(*_declared: object) -> None:
        _refuse(DAMAGED)

    parser = ParserCreate()
    parser.StartElementHandler, parser.EntityDeclHandler = count, refuse_entity
    with suppress(ExpatError):
        while chunk := part.read(CHUNK):
            parser.Parse(chunk, False)


def _row_of_cells(number: int, cells: Sequence[dict[str, Any]]) -> Row:
    """Of the cells as the file names them, by their column from 1."""
    filled = {cell["column"] - 1: cell for cell in cells if cell["value"] is not None}
    last = max(filled, default=-1)
    if last >= MOST_COLUMNS:
        _refuse_columns()
    words = [""] * (last + 1)
    problems: dict[int, Words] = {}
    for column, cell in filled.items():
        if cell["data_type"] == "f":
            problems[column] = _("This is a formula. Put the text there that it shows.")
            words[column] = str(cell["value"])[:LONGEST_CELL]
        elif cell["data_type"] == "e":
            problems[column] = _("This cell shows an error. Put the text there.")
        else:
            words[column] = _words_of(cell["value"])
    found = _row(number, words, {})
    return Row(number, found.cells, {**found.problems, **problems})


def _words_of(value: Any) -> str:
    """As somebody would type it: dates like 2021-11-16, whole numbers without a point."""
    match value:
        case bool():
            return "yes" if value else "no"
        case float() if value.is_integer():
            return str(int(value))
        case datetime() if value.time() == time():
            return value.date().isoformat()
        case datetime():
            return value.isoformat(" ", "minutes")
        case date():
            return value.isoformat()
        case _:
            return str(value)
