"""Which column of a roster means what: headings are recognised in any order, with and without diacritics."""

import re
from dataclasses import dataclass
from enum import StrEnum

from exam_service.errors import Refusal
from exam_service.people.roster_file import RosterFile, RosterSheet
from question_bank.formats.workbook import CellValue, cell_name
from question_bank.text import fold

SEARCHED_ROWS = 30


class Column(StrEnum):
    ORDINAL = "ordinal"
    CANDIDATE_NUMBER = "candidate_number"
    STAFF_CODE = "staff_code"
    FULL_NAME = "full_name"
    FAMILY_NAMES = "family_names"
    GIVEN_NAME = "given_name"
    BIRTH_DATE = "birth_date"
    SEX = "sex"
    CCCD = "cccd"
    UNIT_CODE = "unit_code"
    UNIT = "unit"
    TITLE = "title"
    JOB_POSITION = "job_position"
    FROM_DATE = "from_date"
    EMAIL = "email"
    NOTE = "note"


# Folded headings: as the lists of agencies print them.
HEADINGS: dict[str, Column] = {
    heading: column
    for column, headings in {
        Column.ORDINAL: "stt|tt|so tt|so thu tu",
        Column.CANDIDATE_NUMBER: "sbd|so bao danh",
        Column.STAFF_CODE: (
            "ma cbcc|ma so cbcc|ma can bo|ma cong chuc|ma so cong chuc|ma can bo cong chuc|ma cb|ma nhan su|"
            "ma nhan vien|so hieu|so hieu cbcc|so hieu cong chuc"
        ),
        Column.FULL_NAME: "ho va ten|ho ten|ho va ten khai sinh|ho ten khai sinh|ten cbcc",
        Column.FAMILY_NAMES: "ho dem|ho lot|ho|ho va dem|ho va ten dem|ho va ten lot|ho va chu lot|ho va chu dem",
        Column.GIVEN_NAME: "ten",
        Column.BIRTH_DATE: "ngay sinh|ngay thang nam sinh|sinh ngay|nam sinh|ngay thang nam",
        Column.SEX: "gioi tinh|phai|gioi",
        Column.CCCD: (
            "so cccd|cccd|so can cuoc|can cuoc|so can cuoc cong dan|can cuoc cong dan|so dinh danh|"
            "so dinh danh ca nhan|so cccd cmnd|so cmnd cccd|cccd cmnd|cmnd cccd|so cccd so dinh danh ca nhan"
        ),
        Column.UNIT_CODE: "ma don vi",
        Column.UNIT: (
            "don vi|don vi cong tac|ten don vi|co quan don vi|noi cong tac|co quan|xa phuong|xa phuong dac khu|"
            "don vi cap xa"
        ),
        Column.TITLE: (
            "chuc vu|chuc danh|chuc vu chuc danh|chuc danh chuc vu|chuc vu hien nay|chuc vu chuc danh hien nay|"
            "chuc vu hoac chuc danh"
        ),
        Column.JOB_POSITION: "vtvl|vi tri viec lam|ten vi tri viec lam|ten vtvl|ma vtvl",
        Column.FROM_DATE: "tu ngay|ngay bo nhiem|giu tu ngay|ngay giu chuc vu|thoi diem giu|tu ngay giu vi tri",
        Column.EMAIL: "email|e mail|thu dien tu|dia chi email",
        Column.NOTE: "ghi chu",
    }.items()
    for heading in headings.split("|")
}
_KEYS = (Column.STAFF_CODE, Column.CCCD)


class NoRosterHeading(Refusal):
    """`seen`: the headings that were read, so that the user sees which row was taken for them."""

    code = "no_roster_heading"
    status = 422
    message = (
        "Không tìm thấy dòng tiêu đề có họ tên và mã CBCC hoặc số CCCD. Các tiêu đề đã gặp: %(seen)s. "
        "Hãy dùng tệp mẫu hoặc sửa tên cột."
    )


@dataclass(frozen=True)
class Heading:
    """Where the table of `sheet` begins: its columns by index, the first row of data, headings that mean nothing."""

    sheet: RosterSheet
    columns: dict[Column, int]
    first_row: int
    ignored: tuple[tuple[str, str], ...]  # (cell, heading)


def find_heading(file: RosterFile) -> Heading:
    """The first table with a recognisable heading, in one row or in two (merged cells). Raises NoRosterHeading."""
    for sheet in file.sheets:
        for number in range(min(SEARCHED_ROWS, len(sheet.rows))):
            found = _heading_at(sheet, number)
            if found is not None:
                return found
    rows = [row for sheet in file.sheets for row in sheet.rows[:SEARCHED_ROWS]]
    widest = max(rows, key=lambda row: sum(isinstance(cell, str) and bool(cell.strip()) for cell in row))
    seen = ", ".join(f"“{str(cell).strip()[:40]}”" for cell in widest if str(cell).strip())
    raise NoRosterHeading(field="file", seen=seen or "–")


def _heading_at(sheet: RosterSheet, number: int) -> Heading | None:
    columns, ignored = _recognised(sheet.rows[number], number)
    first_row = number + 1
    if len(columns) >= 2 and first_row < len(sheet.rows):
        below, _ = _recognised(sheet.rows[first_row], first_row)
        # The second row of a heading names parts ("Họ đệm", "Tên") under a merged cell, and holds nothing else.
        texts = [cell for cell in sheet.rows[first_row] if str(cell).strip()]
        if below and len(below) == len(texts):
            if Column.FAMILY_NAMES in below:
                columns.pop(Column.FULL_NAME, None)
            columns |= below
            first_row += 1
    if Column.FULL_NAME in columns:
        _split_merged_name(sheet, columns, first_row)
    has_name = Column.FULL_NAME in columns or {Column.FAMILY_NAMES, Column.GIVEN_NAME} <= columns.keys()
    if not has_name or not any(key in columns for key in _KEYS):
        return None
    taken = set(columns.values())
    left = tuple((cell, text) for column, cell, text in ignored if column not in taken)
    return Heading(sheet, columns, _after_numbering(sheet, first_row), left)


def _recognised(row: list[CellValue], number: int) -> tuple[dict[Column, int], list[tuple[int, str, str]]]:
    columns: dict[Column, int] = {}
    ignored: list[tuple[int, str, str]] = []
    for index, cell in enumerate(row):
        if not isinstance(cell, str) or not cell.strip():
            continue
        column = HEADINGS.get(fold(re.sub(r"\(.*?\)", " ", cell)))
        if column is None or column in columns:
            ignored.append((index, cell_name(number, index), cell.strip()[:60]))
        else:
            columns[column] = index
    return columns, ignored


def _split_merged_name(sheet: RosterSheet, columns: dict[Column, int], first_row: int) -> None:
    """A heading "Họ và tên" merged over two columns: the one beside it has no heading and holds the given names."""
    here = columns[Column.FULL_NAME]
    if here + 1 in columns.values() or _is_filled(sheet.rows[first_row - 1], here + 1):
        return
    data = sheet.rows[first_row : first_row + 200]
    both = sum(_is_filled(row, here) and _is_filled(row, here + 1) for row in data)
    if both and both * 2 > sum(_is_filled(row, here) for row in data):
        del columns[Column.FULL_NAME]
        columns[Column.FAMILY_NAMES], columns[Column.GIVEN_NAME] = here, here + 1


def _is_filled(row: list[CellValue], column: int) -> bool:
    return column < len(row) and str(row[column]).strip() != ""


def _after_numbering(sheet: RosterSheet, first_row: int) -> int:
    """Printed lists number their columns under the heading: (1) (2) (3); that row is no person."""
    if first_row < len(sheet.rows):
        texts = [str(cell).strip() for cell in sheet.rows[first_row] if str(cell).strip()]
        if len(texts) > 1 and all(re.fullmatch(r"\(?\d{1,2}(\.0)?\)?", text) for text in texts):
            return first_row + 1
    return first_row
