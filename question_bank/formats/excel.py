"""Excel (.xlsx, .xlsm): question spreadsheets in, the house template out.

Reading gives a verdict for every source row; nothing is dropped without a word. Writing gives a file that
reads back with the same meaning, byte for byte the same for the same items.
"""

from collections import Counter

from question_bank.formats.comparing import compare_rows
from question_bank.formats.excel_layout import Header, find_header, seen_headings
from question_bank.formats.excel_rows import RowReader
from question_bank.formats.excel_writing import Unsupported, UnsupportedItem, template, unsupported, write
from question_bank.formats.reading import MESSAGES, ImportReading, RowFinding, RowVerdict, Verdict
from question_bank.formats.workbook import (
    NoteKind,
    Sheet,
    UnreadableWorkbook,
    cell_name,
    read_workbook,
)

__all__ = [
    "MESSAGES",
    "ImportReading",
    "RowFinding",
    "RowVerdict",
    "UnreadableWorkbook",
    "Unsupported",
    "UnsupportedItem",
    "Verdict",
    "read",
    "template",
    "unsupported",
    "write",
]


def read(data: bytes) -> ImportReading:
    """Return the verdict on every filled row below the header of every question sheet.

    Macros are ignored and the file is flagged; formulas count by their stored value and the row is flagged.

    Raises:
        UnreadableWorkbook: see `read_workbook`; also `no_header` when no sheet has a recognisable header row.
    """
    workbook = read_workbook(data)
    findings = [RowFinding("macros_ignored", Verdict.WARNING)] if workbook.has_macros else []
    verdicts: list[RowVerdict] = []
    headers = [(sheet, find_header(sheet)) for sheet in workbook.sheets if sheet.rows]
    for sheet, header in headers:
        if header is None:
            findings.append(RowFinding("sheet_skipped", Verdict.OK, None, {"sheet": sheet.name}))
            continue
        for column, heading in header.ignored:
            place = cell_name(header.row, column)
            findings.append(RowFinding("column_ignored", Verdict.WARNING, place, {"heading": heading[:60]}))
        verdicts += read_sheet(sheet, header)
    if all(header is None for _, header in headers):
        raise UnreadableWorkbook("no_header", {"headers": seen_headings(workbook.sheets)})
    if not verdicts:
        raise UnreadableWorkbook("empty")
    return ImportReading(tuple(compare_rows(verdicts)), tuple(findings))


def read_sheet(sheet: Sheet, header: Header) -> list[RowVerdict]:
    """Return the verdict on every filled row below the header."""
    rows = [index for index in range(header.row + 1, len(sheet.rows)) if _is_filled(sheet, header, row=index)]
    lengths = Counter(_option_count(sheet, header, row=index) for index in rows)
    usual = lengths.most_common(1)[0][0] if lengths else 0
    return [RowReader(sheet, header, row=index, usual_options=usual).read() for index in rows]


def _is_filled(sheet: Sheet, header: Header, *, row: int) -> bool:
    # A running number alone is an empty line of a form; a cell that hides an error or a formula is not empty.
    places = [*header.options.values(), *(p for c, p in header.columns.items() if c.name != "SEQUENCE")]
    cells = sheet.rows[row]
    values = (cells[place] for place in places if place < len(cells))
    if any(value.strip() if isinstance(value, str) else True for value in values):
        return True
    return any(sheet.notes.get((row, place), set()) & {NoteKind.ERROR, NoteKind.FORMULA} for place in places)


def _option_count(sheet: Sheet, header: Header, *, row: int) -> int:
    cells = sheet.rows[row]
    filled = [i for i, place in header.options.items() if place < len(cells) and cells[place] != ""]
    return max(filled, default=-1) + 1
