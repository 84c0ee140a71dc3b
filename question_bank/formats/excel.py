"""Excel (.xlsx): question spreadsheets in, the house template out.

Reading gives a verdict for every source row; nothing is dropped without a word. Writing gives a file that
reads back with the same meaning, byte for byte the same for the same items.
"""

from collections.abc import Mapping

from question_bank.formats.column_mapping import ColumnMapping, SheetColumns, describe_columns
from question_bank.formats.comparing import compare_rows
from question_bank.formats.encoding import Encoding
from question_bank.formats.excel_fonts import unicode_sheets
from question_bank.formats.excel_layout import find_header, seen_headings
from question_bank.formats.excel_sheets import read_sheet
from question_bank.formats.excel_writing import Unsupported, UnsupportedItem, template, unsupported, write
from question_bank.formats.reading import MESSAGES, ImportReading, RowFinding, RowVerdict, Verdict
from question_bank.formats.soundness import checked_rows
from question_bank.formats.workbook import UnreadableWorkbook, cell_name, read_workbook

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
