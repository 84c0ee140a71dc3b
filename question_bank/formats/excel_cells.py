"""The cells of one question in a spreadsheet: their text as a person reads it, with a finding for every doubt."""

from collections.abc import Mapping
from datetime import date, time, timedelta

from question_bank.formats.excel_layout import MARKUP_HTML, Column, Header
from question_bank.formats.layout_lines import Line, Span, tidy
from question_bank.formats.reading import RowFinding, Verdict
from question_bank.formats.workbook import CellValue, Sheet, cell_name, number_text
from question_bank.formats.workbook_scan import Look, NoteKind
from question_bank.text import clean_text, fold, rich_from_plain, sanitise

Place = Column | int

_SHARED_COLUMNS = frozenset(
    {Column.PASSAGE, Column.COMPETENCY, Column.LEVEL, Column.TYPE, Column.TAGS, Column.BASIS}
)
"""Columns in which one merged cell speaks for every row that it covers."""


def merged_values(sheet: Sheet, header: Header) -> Mapping[tuple[int, int], tuple[int, int]]:
    """Return, by each covered cell of the columns that rows may share, the cell that holds the value."""
    shared = {place for column, place in header.columns.items() if column in _SHARED_COLUMNS}
    return {
        (row, merge.left): (merge.top, merge.left)
        for merge in sheet.merges
        if merge.left in shared and merge.bottom - merge.top < len(sheet.rows)
        for row in range(merge.top + 1, merge.bottom + 1)
    }


class RowCells:
    """One row; `below` are the rows that only go on with its options. Findings collect in `findings`."""

    def __init__(
        self,
        sheet: Sheet,
        header: Header,
        *,
        row: int,
        below: tuple[int, ...] = (),
        merged: Mapping[tuple[int, int], tuple[int, int]] | None = None,
    ) -> None:
        self.sheet, self.header, self.row, self.below = sheet, header, row, below
        self.findings: list[RowFinding] = []
        self._merged = merged or {}
        self.is_html = fold(self.raw_text(Column.MARKUP)) == fold(MARKUP_HTML)

    def _position(self, place: Place) -> int | None:
        return self.header.options.get(place) if isinstance(place, int) else self.header.columns.get(place)

    def cell_name(self, place: Place) -> str | None:
        """Return the name of the cell at the place, or None where the sheet has no such column."""
        position = self._position(place)
        return None if position is None else cell_name(self.row, position)

    def _at(self, place: Place, row: int | None = None) -> tuple[int, int] | None:
        position = self._position(place)
        at = None if position is None else (self.row if row is None else row, position)
        return None if at is None else self._merged.get(at, at)

    def value(self, place: Place, row: int | None = None) -> CellValue:
        """Return what the cell holds, the empty string for nothing."""
        at = self._at(place, row)
        if at is None or at[0] >= len(self.sheet.rows):
            return ""
        cells = self.sheet.rows[at[0]]
        return cells[at[1]] if at[1] < len(cells) else ""

    def raw_text(self, place: Place) -> str:
        """Return the cell's text where it is text; says nothing."""
        value = self.value(place)
        return clean_text(value) if isinstance(value, str) else ""

    def notes(self, place: Place) -> set[NoteKind]:
        """Return what the cell hides."""
        at = self._at(place)
        return set() if at is None else self.sheet.notes.get(at, set())

    def look(self, place: Place, row: int | None = None) -> Look:
        """Return how the cell is set."""
        at = self._at(place, row)
        return Look() if at is None else self.sheet.looks.get(at, Look())

    def say(self, code: str, severity: Verdict, place: Place | None = None, **params: str | int) -> None:
        """Add a finding."""
        cell = None if place is None else self.cell_name(place)
        self.findings.append(RowFinding(code, severity, cell, params))

    def is_filled(self, place: Place) -> bool:
        """Tell whether the cell holds something, be it an error or a formula without a value."""
        value = self.value(place)
        return bool(clean_text(value) if isinstance(value, str) else True) or bool(self.notes(place))

    def filled_options(self) -> list[int]:
        """Return the indexes of the option columns that are filled here."""
        return [index for index in sorted(self.header.options) if self.is_filled(index)]

    def text(self, place: Place) -> str:
        """Return the cell as a person would read it, saying so where that is not certain."""
        value, notes = self.value(place), self.notes(place)
        if NoteKind.ERROR in notes:
            self.say("error_cell", Verdict.HOLD, place)
            return ""
        if NoteKind.FORMULA in notes and value == "":
            self.say("formula_without_value", Verdict.HOLD, place)
        text = self._value_text(value, place, notes=notes)
        if NoteKind.FORMULA in notes and text:
            self.say("formula_value", Verdict.WARNING, place, text=text[:80])
        return text

    def _value_text(self, value: CellValue, place: Place, *, notes: set[NoteKind]) -> str:
        match value:
            case str():
                return value.strip() if self.is_html else clean_text(value)
            case bool():
                text = "Đúng" if value else "Sai"
                if place is not Column.KEY:
                    self.say("boolean_rendered", Verdict.WARNING, place, text=text)
                return text
            case int() | float():
                text = number_text(value, notes)
                if notes & {NoteKind.PERCENT, NoteKind.FRACTION}:
                    self.say("number_rendered", Verdict.WARNING, place, text=text)
                return text
            case date():
                readings = date_readings(value)
                where = {"option": place} if isinstance(place, int) else {}
                self.say("date_cell", Verdict.HOLD, place, readings=readings, **where)
            case time() | timedelta():
                self.say("time_cell", Verdict.HOLD, place)
        return ""

    def rich(self, text: str) -> str:
        """Return a cell's text as rich text: HTML only where the row says that it is."""
        return sanitise(text) if self.is_html else self.sheet.objects.placed(rich_from_plain(text))

    def lines(self, place: Place) -> list[Line]:
        """Return the lines of the cell, and of the same cell in the rows below, with what is set off in them."""
        lines: list[Line] = []
        for row in (self.row, *self.below):
            value = self.value(place, row)
            at = self._at(place, row)
            if isinstance(value, str) and at is not None:
                lines += _lines_of(value, row, spans=self.sheet.spans.get(at, ()), look=self.look(place, row))
            elif value != "":
                lines.append(Line(row, number_text(value) if isinstance(value, int | float) else ""))
        return [line for line in lines if line.text.strip()]


def _lines_of(text: str, row: int, *, spans: tuple[Span, ...], look: Look) -> list[Line]:
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    spans = (*spans, *(Span(0, len(text), emphasis) for emphasis in look.emphases))
    whole = Line(row, text, spans)
    lines: list[Line] = []
    start = 0
    for part in text.split("\n"):
        line = whole.part(start, start + len(part))
        # Spans count characters of the text as stored; tidying changes few, and none inside most lines.
        lines.append(Line(row, tidy(line.text), line.spans))
        start += len(part) + 1
    return lines


def date_readings(value: date) -> str:
    """Return what may have been typed where a spreadsheet made a date of it."""
    # 1/3 typed into a spreadsheet becomes 3 January of the current year, or 1 March, by the sender's locale.
    pairs = dict.fromkeys([(value.day, value.month), (value.month, value.day)])
    short = [f"{first}/{second}" for first, second in pairs]
    long = [f"{first:02d}/{second:02d}/{value.year}" for first, second in pairs if second <= 12]
    return "; ".join(short + long)
