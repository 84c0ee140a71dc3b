"""Excel (.xlsx): question spreadsheets in, the house template out.

Reading gives a verdict for every source row; nothing is dropped without a word. Writing gives a file that
reads back with the same meaning, byte for byte the same for the same items.
"""

from collections import Counter
from collections.abc import Iterable, Mapping

from question_bank.formats.column_mapping import ColumnMapping, SheetColumns, describe_columns
from question_bank.formats.comparing import compare_rows
from question_bank.formats.encoding import Encoding
from question_bank.formats.excel_cells import RowCells, merged_values
from question_bank.formats.excel_fonts import unicode_sheets
from question_bank.formats.excel_layout import Column, Header, find_header, seen_headings
from question_bank.formats.excel_options import is_systematic, read_options
from question_bank.formats.excel_rows import RowReader
from question_bank.formats.excel_writing import Unsupported, UnsupportedItem, template, unsupported, write
from question_bank.formats.reading import MESSAGES, ImportReading, RowFinding, RowVerdict, Verdict
from question_bank.formats.soundness import checked_rows
from question_bank.formats.workbook import Sheet, UnreadableWorkbook, cell_name, read_workbook
from question_bank.formats.workbook_scan import NoteKind

__all__ = [
    "MESSAGES",
    "ImportReading",
    "RowFinding",
    "RowVerdict",
    "UnreadableWorkbook",
    "Unsupported",
    "UnsupportedItem",
    "Verdict",
    "describe",
    "read",
    "template",
    "unsupported",
    "write",
]


def read(
    data: bytes, *, columns: Mapping[str, ColumnMapping] | None = None, encoding: Encoding | None = None
) -> ImportReading:
    """Return the verdict on every filled row below the header of every question sheet.

    `columns` is what a person says of sheets, by their names; `encoding` confirms the reading of fonts of
    before Unicode (UTF-8: leave the text as it is). Formulas count by their stored value, and the row is
    flagged.

    Raises:
        UnreadableWorkbook: see `read_workbook`; also `no_header` when no sheet has a recognisable header row.
    """
    book = read_workbook(data)
    sheets, findings = unicode_sheets(book.sheets, confirmed=encoding)
    verdicts: list[RowVerdict] = []
    mapped = columns or {}
    headers = [
        (sheet, mapped[sheet.name].header() if sheet.name in mapped else find_header(sheet))
        for sheet in sheets
        if sheet.rows
    ]
    for sheet, header in headers:
        if header is None:
            findings.append(RowFinding("sheet_skipped", Verdict.OK, None, {"sheet": sheet.name}))
            continue
        for column, heading in header.ignored:
            place = cell_name(header.row, column)
            findings.append(RowFinding("column_ignored", Verdict.WARNING, place, {"heading": heading[:60]}))
        verdicts += read_sheet(sheet, header)
    if all(header is None for _, header in headers):
        raise UnreadableWorkbook("no_header", {"headers": seen_headings(sheets)})
    if not verdicts:
        raise UnreadableWorkbook("empty")
    return ImportReading(tuple(compare_rows(checked_rows(verdicts))), tuple(findings))


def describe(data: bytes) -> tuple[SheetColumns, ...]:
    """Return the columns of every sheet that may hold questions, for a person to say what they are.

    Raises:
        UnreadableWorkbook: see `read_workbook`.
    """
    found = (describe_columns(sheet) for sheet in read_workbook(data).sheets)
    return tuple(columns for columns in found if columns is not None)


def read_sheet(sheet: Sheet, header: Header) -> list[RowVerdict]:
    """Return the verdict on every question below the header."""
    merged = merged_values(sheet, header)
    rows = _questions(sheet, header)
    lengths = Counter(_option_count(sheet, header, row=row, below=below) for row, below in rows)
    usual = lengths.most_common(1)[0][0] if lengths else 0

    def cells(row: int, below: tuple[int, ...]) -> RowCells:
        return RowCells(sheet, header, row=row, below=below, merged=merged)

    reads_emphasis = not header.is_house and not _is_decorated(cells(row, below) for row, below in rows)
    return [
        RowReader(cells(row, below), usual_options=usual, reads_emphasis=reads_emphasis).read()
        for row, below in rows
    ]


def _is_decorated(rows: Iterable[RowCells]) -> bool:
    return is_systematic([frozenset(read_options(cells).emphasised) for cells in rows])


def _questions(sheet: Sheet, header: Header) -> list[tuple[int, tuple[int, ...]]]:
    """Return the row of every question with the rows below that hold nothing but more of its options."""
    found: list[tuple[int, tuple[int, ...]]] = []
    for row in range(header.row + 1, len(sheet.rows)):
        if not _is_filled(sheet, header, row=row):
            continue
        if found and _goes_on(sheet, header, row=row) and row == found[-1][0] + len(found[-1][1]) + 1:
            first, below = found[-1]
            found[-1] = (first, (*below, row))
        else:
            found.append((row, ()))
    return found


def _goes_on(sheet: Sheet, header: Header, *, row: int) -> bool:
    options = header.columns.get(Column.OPTIONS)
    if options is None or header.options:
        return False
    cells = sheet.rows[row]
    filled = {c for c, p in header.columns.items() if p < len(cells) and cells[p] not in ("", None)}
    return Column.OPTIONS in filled and filled <= {Column.OPTIONS, Column.KEY}


def _is_filled(sheet: Sheet, header: Header, *, row: int) -> bool:
    # A running number alone is an empty line of a form; a cell that hides an error or a formula is not empty.
    places = [*header.options.values(), *(p for c, p in header.columns.items() if c.name != "SEQUENCE")]
    cells = sheet.rows[row]
    values = (cells[place] for place in places if place < len(cells))
    if any(value.strip() if isinstance(value, str) else True for value in values):
        return True
    return any(sheet.notes.get((row, place), set()) & {NoteKind.ERROR, NoteKind.FORMULA} for place in places)


def _option_count(sheet: Sheet, header: Header, *, row: int, below: tuple[int, ...]) -> int:
    cells = sheet.rows[row]
    if Column.OPTIONS in header.columns and not header.options:
        place = header.columns[Column.OPTIONS]
        value = cells[place] if place < len(cells) else ""
        return len(below) + 1 if below else len(str(value).split("\n"))
    filled = [i for i, place in header.options.items() if place < len(cells) and cells[place] != ""]
    return max(filled, default=-1) + 1
