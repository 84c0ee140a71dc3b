"""All rows of a question sheet: which belong together, what each says, and the cases that several make."""

from collections import Counter
from collections.abc import Iterable

from question_bank.formats.excel_cases import join_cases
from question_bank.formats.excel_cells import RowCells, merged_values
from question_bank.formats.excel_layout import Column, Header
from question_bank.formats.excel_options import emphasised_options, is_systematic
from question_bank.formats.excel_rows import RowReader
from question_bank.formats.reading import RowVerdict
from question_bank.formats.workbook import Sheet
from question_bank.formats.workbook_scan import NoteKind


def read_sheet(sheet: Sheet, header: Header) -> list[RowVerdict]:
    """Return the verdict on every question below the header."""
    merged = merged_values(sheet, header)
    rows = _questions(sheet, header)
    lengths = Counter(_option_count(sheet, header, row=row, below=below) for row, below in rows)
    usual = lengths.most_common(1)[0][0] if lengths else 0

    def cells(row: int, below: tuple[int, ...]) -> RowCells:
        return RowCells(sheet, header, row=row, below=below, merged=merged)

    reads_emphasis = not header.is_house and not _is_decorated(cells(row, below) for row, below in rows)
    read = [cells(row, below) for row, below in rows]
    verdicts = [RowReader(one, usual_options=usual, reads_emphasis=reads_emphasis).read() for one in read]
    return join_cases(read, verdicts)


def _is_decorated(rows: Iterable[RowCells]) -> bool:
    return is_systematic([emphasised_options(cells) for cells in rows])


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
