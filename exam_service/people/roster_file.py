"""A roster as it arrives: an Excel workbook or a CSV text, brought to rows of cells."""

import codecs
import csv
import io
from dataclasses import dataclass
from typing import ClassVar

from exam_service.errors import Refusal
from exam_service.i18n import language
from question_bank.formats.workbook import (
    MAX_COLUMNS,
    MAX_ROWS,
    MESSAGES,
    CellValue,
    UnreadableWorkbook,
    read_workbook,
)
from question_bank.formats.workbook_scan import NoteKind

LARGEST_MB = 20
_ZIP, _OLE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0"
_DELIMITERS = (";", ",", "\t")


class UnreadableRoster(Refusal):
    """The file was not read at all; `reason` says why, `reason_code` is stable."""

    code: ClassVar[str] = "unreadable_roster"
    status: ClassVar[int] = 422
    message: ClassVar[str] = "%(reason)s"


class EmptyRoster(Refusal):
    code = "empty_roster"
    status = 422
    message = "Tệp không có dữ liệu. Hãy chọn tệp danh sách có dòng tiêu đề và ít nhất một người."


class UnknownEncoding(Refusal):
    code = "unknown_encoding"
    status = 422
    message = (
        "Không đọc được chữ trong tệp CSV này. Hãy mở bằng Excel và lưu lại dạng “CSV UTF-8” hoặc .xlsx."
    )


class MalformedCsv(Refusal):
    code = "malformed_csv"
    status = 422
    message = "Tệp CSV bị hỏng hoặc không phải bảng dữ liệu. Hãy lưu lại dạng .xlsx rồi gửi lại."


class TooManyRows(Refusal):
    code = "too_many_rows"
    status = 422
    message = "Danh sách có quá %(limit)s dòng. Hãy tách thành nhiều tệp."


@dataclass(frozen=True)
class RosterSheet:
    """One table: rows from the first line on, and what cells hide, by (row, column) from 0."""

    name: str
    rows: list[list[CellValue]]
    notes: dict[tuple[int, int], set[NoteKind]]


@dataclass(frozen=True)
class RosterFile:
    sheets: tuple[RosterSheet, ...]


def read_roster_file(data: bytes) -> RosterFile:
    """The tables of a workbook, or the one of a CSV text (UTF-8, UTF-16 or Windows-1258; semicolon, comma or tab).

    A workbook with macros is refused; formulas are not computed. Raises UnreadableRoster, EmptyRoster,
    UnknownEncoding, MalformedCsv, TooManyRows.
    """
    if not data.strip():
        raise EmptyRoster(field="file")
    if data.startswith((_ZIP, _OLE)):
        return _read_excel(data)
    return _read_csv(_decoded(data))


def _read_excel(data: bytes) -> RosterFile:
    try:
        workbook = read_workbook(data)
    except UnreadableWorkbook as error:
        reason = MESSAGES[error.code][language().value].format(**error.params)
        raise UnreadableRoster(field="file", reason=reason, reason_code=error.code) from error
    sheets = tuple(RosterSheet(sheet.name, sheet.rows, sheet.notes) for sheet in workbook.sheets)
    return RosterFile(sheets)


def _decoded(data: bytes) -> str:
    is_utf16 = data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    encodings = ["utf-16"] if is_utf16 else ["utf-8-sig", "cp1258"]
    for encoding in encodings:
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" not in text:
            return text
    raise UnknownEncoding(field="file")


def _read_csv(text: str) -> RosterFile:
    first = next(line for line in text.splitlines() if line.strip())
    # Title lines above the heading hold no delimiter: the most frequent one of the first fifty lines is it.
    sample = "\n".join(text.splitlines()[:50])
    delimiter = max(_DELIMITERS, key=sample.count)
    if delimiter not in sample:
        raise MalformedCsv(field="file", line=first[:40])
    try:
        rows: list[list[CellValue]] = [
            list(row) for row in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
        ]
    except csv.Error as error:
        raise MalformedCsv(field="file") from error
    if len(rows) > MAX_ROWS:
        raise TooManyRows(field="file", limit=MAX_ROWS)
    if any(len(row) > MAX_COLUMNS for row in rows):
        raise MalformedCsv(field="file")
    return RosterFile((RosterSheet("CSV", rows, {}),))
