"""Tables in text files (tab, comma or semicolon): read by the same rules as spreadsheets."""

import csv
import io

from question_bank.formats.comparing import compare_rows
from question_bank.formats.excel import read_sheet
from question_bank.formats.excel_layout import find_header
from question_bank.formats.reading import ImportReading, RowFinding, Verdict
from question_bank.formats.soundness import checked_rows
from question_bank.formats.workbook import MAX_COLUMNS, MAX_ROWS, Sheet, cell_name

_DELIMITERS = "\t;,"


def read_table(text: str) -> ImportReading | None:
    """Return the verdict on every row if the text is a table with a question header, else None.

    Every cell is text: what looks like a formula is none.
    """
    head = text.lstrip("\n").partition("\n")[0]
    delimiter = max(_DELIMITERS, key=head.count)
    if not head.count(delimiter):
        return None
    try:
        rows = list(csv.reader(io.StringIO(text), delimiter=delimiter, strict=delimiter != "\t"))
    except csv.Error:
        return None
    if len(rows) > MAX_ROWS or max(map(len, rows)) > MAX_COLUMNS:
        return None
    sheet = Sheet("", [list(row) for row in rows], {})
    header = find_header(sheet)
    if header is None:
        return None
    findings = tuple(
        RowFinding(
            "column_ignored", Verdict.WARNING, cell_name(header.row, column), {"heading": heading[:60]}
        )
        for column, heading in header.ignored
    )
    verdicts = read_sheet(sheet, header)
    return ImportReading(tuple(compare_rows(checked_rows(verdicts))), findings) if verdicts else None
