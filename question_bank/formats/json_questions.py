"""Questions as data: JSON, JSON lines, arrays and objects of JavaScript files, in the common shapes.

Each list of the file is read as a table by the rules of spreadsheets; where its field names say nothing, a person
says what they hold, as for columns. Every member of a list is read or named.
"""

import re
from collections.abc import Mapping
from dataclasses import replace

from question_bank.formats.column_mapping import ColumnMapping, SheetColumns, describe_columns
from question_bank.formats.comparing import compare_rows
from question_bank.formats.encoding import Encoding, UnreadableText, decode
from question_bank.formats.excel_layout import MAX_OPTION_COLUMNS, Header, find_header, seen_headings
from question_bank.formats.excel_sheets import read_sheet
from question_bank.formats.json_records import QuestionList, question_lists
from question_bank.formats.json_table import DataTable, table_of
from question_bank.formats.moodle_reading import MAX_QUESTIONS
from question_bank.formats.reading import ImportReading, RowFinding, RowVerdict, Verdict
from question_bank.formats.soundness import checked_rows
from question_bank.formats.workbook import UnreadableWorkbook

_CELL = re.compile(r"([A-Z]+)[0-9]+")


def read(
    data: bytes, *, columns: Mapping[str, ColumnMapping] | None = None, encoding: Encoding | None = None
) -> ImportReading:
    """Return the verdict on every member of every list of questions.

    `columns` is what a person says of the fields of a list, by the list's name.

    Raises:
        UnreadableText: see `decode` and `question_lists`; also `too_many_questions`.
        UnreadableWorkbook: `no_header` where no list has names that say what they hold.
    """
    decoded = decode(data, confirmed=encoding)
    lists = _lists(decoded.text)
    rows: list[RowVerdict] = []
    findings = list(decoded.findings)
    tables = [table_of(found) for found in lists]
    mapped = columns or {}
    headers = [
        mapped[table.sheet.name].header() if table.sheet.name in mapped else find_header(table.sheet)
        for table in tables
    ]
    if all(header is None for header in headers):
        raise UnreadableWorkbook("no_header", {"headers": seen_headings([table.sheet for table in tables])})
    for found, table, header in zip(lists, tables, headers, strict=True):
        if header is None:
            findings.append(RowFinding("sheet_skipped", Verdict.WARNING, None, {"sheet": found.name}))
            rows += [_unread(found.name, entry.number, "data_not_a_question") for entry in found.entries]
            continue
        findings += [
            RowFinding("column_ignored", Verdict.WARNING, found.name, {"heading": heading[:60]})
            for _column, heading in header.ignored
        ]
        rows += _rows(found, table, header)
    return ImportReading(tuple(compare_rows(checked_rows(rows))), tuple(findings))


def describe(data: bytes, *, encoding: Encoding | None = None) -> tuple[SheetColumns, ...]:
    """Return the fields of every list of questions, for a person to say what they are.

    Raises:
        UnreadableText: see `decode` and `question_lists`.
    """
    found = (describe_columns(table_of(one).sheet) for one in _lists(decode(data, confirmed=encoding).text))
    return tuple(columns for columns in found if columns is not None)


def _lists(text: str) -> tuple[QuestionList, ...]:
    lists = question_lists(text)
    if sum(len(found.entries) for found in lists) > MAX_QUESTIONS:
        raise UnreadableText("too_many_questions", {"limit": MAX_QUESTIONS})
    return lists


def _rows(found: QuestionList, table: DataTable, header: Header) -> list[RowVerdict]:
    """Return a verdict for every member of the list, in its order."""
    read_rows = {verdict.row - 2: verdict for verdict in read_sheet(table.sheet, header)}
    by_number = {
        table.numbers[place]: _named(read_rows.get(place), table, place)
        for place in range(len(table.numbers))
    }
    return [
        by_number[entry.number] if entry.record is not None else _unread(found.name, entry.number, entry.code)
        for entry in found.entries
    ]


def _named(verdict: RowVerdict | None, table: DataTable, place: int) -> RowVerdict:
    """Return the verdict with the number of the entry and the names of its fields instead of rows and cells."""
    number = table.numbers[place]
    if verdict is None:  # every cell that the header knows is empty
        return _unread(table.sheet.name, number, "data_not_a_question")
    findings = [replace(found, cell=_field(found.cell, table)) for found in verdict.findings]
    if (text := table.ambiguous.get(place)) is not None:
        findings = [one for one in findings if one.code != "no_key"]
        findings.append(RowFinding("key_number_ambiguous", Verdict.HOLD, None, {"text": text}))
    count = table.option_counts[place]
    if count > MAX_OPTION_COLUMNS:
        limits = {"count": count, "limit": MAX_OPTION_COLUMNS}
        findings.append(RowFinding("too_many_options", Verdict.ERROR, None, limits))
    severity = max((found.severity for found in findings), key=lambda s: s.rank, default=Verdict.OK)
    draft = None if severity is Verdict.ERROR else verdict.draft
    return replace(verdict, row=number, findings=tuple(findings), severity=severity, draft=draft)


def _field(cell: str | None, table: DataTable) -> str | None:
    """Return the name of the field behind a cell such as D7."""
    match = _CELL.fullmatch(cell or "")
    if match is None:
        return cell
    column = 0
    for letter in match[1]:
        column = column * 26 + ord(letter) - ord("A") + 1
    return table.fields[column - 1] if column <= len(table.fields) else cell


def _unread(sheet: str, number: int, code: str) -> RowVerdict:
    return RowVerdict(sheet, number, Verdict.ERROR, (RowFinding(code, Verdict.ERROR),), None, "")
