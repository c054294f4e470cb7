"""A list is read as it is: whatever a spreadsheet wrote, and nothing of what would hurt."""

import csv
import io
import zipfile
from datetime import date, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import Workbook, load_workbook

from outbox.errors import Invalid
from registration import importing
from registration.exporting import as_csv, defused, write_workbook
from registration.importing import read_table

LIST = "Name;E-mail\r\nJosé Ñandú;jose@example.org\r\n"
# What spreadsheets calculate; East Asian ones also where it is written wide.
FORMULAS = tuple("=+-@\uff1d\uff0b\uff0d\uff20")
ROW = ["José Ñandú", "jose@example.org"]


def read(content: bytes, **how):
    return read_table(io.BytesIO(content), **how)


def workbook(*rows) -> bytes:
    book, into = Workbook(), io.BytesIO()
    for row in rows:
        book.active.append(row)
    book.save(into)
    return into.getvalue()


def refusal(content: bytes, **how) -> str:
    with pytest.raises(Invalid) as refused:
        read(content, **how)
    return str(refused.value.fields["file"])


# What is read


@pytest.mark.parametrize(
    ("encoding", "is_guessed"),
    [
        ("utf-8", False),
        ("utf-8-sig", False),
        ("utf-16", False),
        ("utf-16-le", False),
        ("utf-16-be", False),
        ("latin-1", True),
    ],
)
def test_a_csv_is_read_whatever_its_encoding_and_says_when_that_was_a_guess(encoding, is_guessed):
    table = read(LIST.encode(encoding))
    assert list(table.headings) == ["Name", "E-mail"]
    assert [list(row.cells) for row in table.rows] == [ROW]
    assert table.is_guessed is is_guessed


def test_an_encoding_that_nothing_says_can_be_chosen():
    content = "Имя,Email\nИван,ivan@example.org\n".encode("cp1251")
    assert read(content).rows[0].cells[0] != "Иван"
    assert read(content, encoding="cp1251").rows[0].cells[0] == "Иван"


def test_what_is_shown_where_nobody_chose_is_shown_when_that_is_chosen():
    # In Windows' Western European some bytes of these names stand for nothing.
    content = "Name,Email\nチーム,team@example.org\n".encode("cp932")
    assert "\ufffd" in read(content).rows[0].cells[0]
    assert read(content, encoding="cp1252").rows == read(content).rows


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_columns_are_told_apart_by_what_stands_between_the_headings(delimiter):
    content = f'Name{delimiter}"E-mail; or, other"\nAna{delimiter}ana@example.org\n'.encode()
    assert list(read(content).rows[0].cells) == ["Ana", "ana@example.org"]


def test_a_first_line_that_only_says_what_stands_between_is_no_row():
    table = read(b"sep=;\r\nName;E-mail\r\nAna;a@example.org\r\n")
    assert (list(table.headings), table.rows[0].number) == (["Name", "E-mail"], 2)


def test_rows_are_numbered_as_a_spreadsheet_shows_them():
    content = b'\nName,Note\nAna,"two\nlines"\n\n,\nBo,x\n'
    assert [(row.number, row.cells[0]) for row in read(content).rows] == [(3, "Ana"), (6, "Bo")]
    book = workbook(["Name"], ["Ana"], [], ["Bo"])
    assert [(row.number, row.cells[0]) for row in read(book).rows] == [(2, "Ana"), (4, "Bo")]


def test_what_a_workbook_holds_is_read_as_somebody_would_type_it():
    # A spreadsheet knows no time zones.
    moment = datetime(2021, 1, 2, 3, 4)  # noqa: DTZ001
    table = read(workbook(["a", "b", "c", "d", "e"], [date(2021, 11, 16), 1234567.0, 1.5, True, moment]))
    assert list(table.rows[0].cells) == ["2021-11-16", "1234567", "1.5", "yes", "2021-01-02 03:04"]


def test_a_formula_is_told_by_its_column_and_never_calculated():
    book = read(workbook(["Name", "E-mail"], ["Ana", '=HYPERLINK("http://x")']))
    assert list(book.rows[0].problems) == [1]
    text = read(b'Name,E-mail\n"=cmd|calc!A1",a@example.org\n')
    assert list(text.rows[0].problems) == [0]


def test_names_stay_exactly_as_they_were_written():
    names = ["de la Cruz-Ñúñez, JOSÉ", "ỌLÁ  Adé", "O’Neill", "ʻOfa", "'Ofa", "محمد علي", "สมชาย", "李 小龙"]
    table = read("".join(f'"{line}"\n' for line in ["Name", *names]).encode())
    assert [row.cells[0] for row in table.rows] == names
    assert [row.cells[0] for row in read(workbook(["Name"], *([name] for name in names))).rows] == names


# What is refused, in clear words


def test_an_empty_file_is_told():
    for content in (b"", b"\xef\xbb\xbf", b"\n\n , \n", workbook()):
        assert refusal(content) == "This file is empty."


def test_a_list_without_headings_is_told():
    for content in (b"ana@example.org,1\nbo@example.org,2\n", b"1,2\n3,4\n"):
        assert "first row" in refusal(content)
    assert "no row below" in refusal(b"Name,E-mail\n")


@pytest.mark.parametrize(
    ("content", "word"),
    [
        (b"%PDF-1.7 ...", "PDF"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1old", "older kind of Excel"),
        (b"PK\x03\x04 broken", "damaged"),
        (b"\x89PNG\r\n\x1a\n\x00\x00\x00\x0dIHDR", "neither a CSV nor an XLSX"),
        (b'Name\n"never closed' + b"x" * 200_000, "quotation mark"),
    ],
)
def test_what_is_no_list_is_refused_in_its_own_words(content, word):
    assert word in refusal(content)


def archive(**entries) -> bytes:
    into = io.BytesIO()
    with zipfile.ZipFile(into, "w", zipfile.ZIP_DEFLATED) as written:
        for name, content in entries.items():
            written.writestr(name.replace("__", "/").replace("_xml", ".xml"), content)
    return into.getvalue()


def test_another_archive_is_no_workbook():
    assert "not an XLSX" in refusal(archive(mimetype="application/vnd.oasis.opendocument.spreadsheet"))


def test_an_archive_that_unpacks_to_too_much_is_not_unpacked():
    bomb = archive(xl__workbook_xml="<workbook/>", bomb=b"\0" * (importing.LARGEST_UNPACKED + 1))
    assert len(bomb) < 200_000
    assert "unpacks to more than" in refusal(bomb)


def changed(book: bytes, name: str, change) -> bytes:
    into = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(book)) as read_, zipfile.ZipFile(into, "w", zipfile.ZIP_DEFLATED) as written:
        for entry in read_.namelist():
            content = read_.read(entry)
            written.writestr(entry, change(content) if entry == name else content)
    return into.getvalue()


def test_entities_in_a_workbook_are_not_unfolded():
    sheet, book = "xl/worksheets/sheet1.xml", workbook(["Name"], ["Ana"])
    harmless = changed(book, sheet, lambda xml: b"<!-- nothing -->" + xml)
    assert read(harmless).rows[0].cells == ["Ana"]
    entities = b'<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]>'
    assert "damaged" in refusal(changed(book, sheet, lambda xml: entities + xml))


def test_a_row_that_claims_to_be_the_billionth_ends_the_reading():
    book = changed(
        workbook(["Name"], ["Ana"]), "xl/worksheets/sheet1.xml", lambda xml: xml.replace(b'r="2"', b'r="999999999"')
    )
    assert "too large" in refusal(book)


def test_too_many_rows_columns_and_cells_are_refused(monkeypatch):
    monkeypatch.setattr(importing, "MOST_ROWS", 3)
    monkeypatch.setattr(importing, "MOST_COLUMNS", 4)
    assert len(read(b"Name\na\nb\nc\n").rows) == 3
    assert "3 rows" in refusal(b"Name\na\nb\nc\nd\n")
    assert "4 columns" in refusal(b"Name,b,c,d,e\na\n")
    monkeypatch.setattr(importing, "MOST_CELLS", 5)
    assert "too large" in refusal(b"Name,b\na,b\nc,d\n")


@pytest.mark.parametrize(
    ("name", "rows", "words"),
    [
        # As wide as a sheet can be, and empty.
        ("xl/worksheets/sheet1.xml", b'<row><c r="XFD1"/></row>' * 100_001, "10000 rows"),
        ("xl/worksheets/sheet1.xml", b"<row/>" * 100_001, "10000 rows"),
        ("xl/worksheets/sheet1.xml", b"<row>" + b"<c/>" * 500_001 + b"</row>", "too large"),
        ("xl/worksheets/sheet1.xml", b"<row>" + b"<c><is/></c>" * 300_001 + b"</row>", "too large"),
        ("xl/styles.xml", b"<xf/>" * 50_001, "too large"),
    ],
    ids=["wide rows", "empty rows", "empty cells", "empty texts", "styles"],
)
def test_what_is_small_and_would_take_long_is_refused_before_it_is_laid_out(monkeypatch, name, rows, words):
    monkeypatch.setattr(importing, "load_workbook", lambda *_, **__: pytest.fail("laid out"))
    book = changed(workbook(["Name"], ["Ana"]), name, lambda xml: xml[: xml.rindex(b"</")] + rows)
    assert len(book) < 50_000
    assert words in refusal(book)


def test_texts_that_cells_share_are_counted_too():
    texts = f"<sst>{'<si><t/></si>' * 200_001}</sst>"
    assert "too large" in refusal(archive(xl__workbook_xml="<workbook/>", xl__sharedStrings_xml=texts))


def test_an_empty_cell_at_the_edge_of_the_sheet_makes_no_row_wide(monkeypatch):
    edge = b'<row r="2"><c r="XFD2" s="0"/>'
    book = changed(
        workbook(["Name"], ["Ana"]), "xl/worksheets/sheet1.xml", lambda xml: xml.replace(b'<row r="2">', edge)
    )
    widths = []
    monkeypatch.setattr(importing, "_row", lambda n, cells, _: widths.append(len(cells)) or importing.Row(n, cells))
    assert [row.number for row in read(book).rows] == [2]
    assert widths == [1, 1]


def test_a_text_beyond_the_last_column_is_told_and_not_lost():
    assert "200 columns" in refusal(workbook(["Name"], ["Ana", *[None] * 300, "far out"]))


@pytest.mark.parametrize(
    ("content", "words"),
    [(b"Name\nAna" + b"\n" * 100_001, "10000 rows"), (b"Name\nAna" + b"," * 1_000_001, "too large")],
    ids=["rows", "cells"],
)
def test_a_csv_of_empty_rows_or_cells_is_refused(content, words):
    assert words in refusal(content)


def test_a_list_that_was_coloured_far_below_its_rows_is_read():
    book, into = Workbook(), io.BytesIO()
    for row in (["Name", "Mail"], ["Ana", "ana@example.org"]):
        book.active.append(row)
    for row in range(3, 3000):
        for column in range(1, 20):
            book.active.cell(row, column).number_format = "0.00"
    book.save(into)
    assert [list(row.cells) for row in read(into.getvalue()).rows] == [["Ana", "ana@example.org"]]


def test_a_file_that_is_too_large_is_refused_unread(monkeypatch):
    monkeypatch.setattr(importing, "LARGEST", 10)
    assert "at most" in refusal(b"Name,E-mail\nAna,\n")


# Properties

texts = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), max_size=40).map(str.strip)


@settings(max_examples=60)
@given(st.lists(st.lists(texts, min_size=1, max_size=4), min_size=1, max_size=6), st.sampled_from(",;\t"))
def test_what_was_written_here_is_read_here_to_the_letter(rows, delimiter):
    whole = [["Name", "b", "c", "d"], *([words or "x" for words in row] for row in rows)]
    text = read(b"".join(as_csv(whole, delimiter=delimiter)))
    into = io.BytesIO()
    write_workbook(whole, into, title="x")
    book = read(into.getvalue())
    for table in (text, book):
        # A text that begins like a formula is kept as it is, and told.
        assert [list(row.cells) for row in table.rows] == [[words.strip() for words in row] for row in whole[1:]]


@settings(max_examples=60)
@given(st.text(st.characters(codec="utf-8"), max_size=30))
def test_no_cell_of_an_exported_csv_begins_as_a_formula_does(words):
    text = b"".join(as_csv([[words, "x"]])).decode("utf-8-sig")
    [cell, _other] = next(csv.reader(io.StringIO(text, newline="")))
    assert cell.strip()[:1] not in FORMULAS
    assert cell[:1] not in ("\t", "\r", "\n")
    assert cell in (words, f"'{words}")


@settings(max_examples=60)
@given(st.text(st.characters(codec="utf-8", exclude_categories=["Cs"]), max_size=30))
def test_no_cell_of_an_exported_workbook_is_a_formula(words):
    into = io.BytesIO()
    write_workbook([["Name"], [words or "x"]], into, title="=1+1")
    cell = load_workbook(into).active["A2"]
    assert cell.data_type in ("s", "inlineStr")


def test_the_signs_that_begin_a_formula_are_told_from_a_name():
    assert [defused(words) for words in ("=1", " +1", "-", "@x", "'=1", "\ta")] == [
        "'=1", "' +1", "'-", "'@x", "''=1", "'\ta",
    ]  # fmt: skip
    assert [defused(words) for words in ("Ana-Lee", "'Ofa", "a=b", "")] == ["Ana-Lee", "'Ofa", "a=b", ""]
