"""The roster file to fill in: headings, formats that keep leading zeros, and lists of units and positions."""

import io
from collections.abc import Sequence

import xlsxwriter
from sqlalchemy.orm import Session

from exam_service.people.positions import all_positions
from exam_service.people.units import all_units, unit_title

HEADINGS = (
    ("STT", 6),
    ("Mã CBCC", 14),
    ("Họ đệm", 22),
    ("Tên", 12),
    ("Ngày sinh", 13),
    ("Giới tính", 10),
    ("Số CCCD", 16),
    ("Đơn vị", 28),
    ("Chức vụ/chức danh", 34),
    ("Vị trí việc làm", 34),
    ("Từ ngày", 13),
    ("Ghi chú", 24),
)
_TEXT_COLUMNS = ("Mã CBCC", "Số CCCD")
_DATE_COLUMNS = ("Ngày sinh", "Từ ngày")
_ROWS = 5000


def roster_template(session: Session) -> bytes:
    """An .xlsx whose cells take codes and CCCD as text and offer the units and positions in use."""
    units = [unit_title(unit) for unit in all_units(session, active_only=True)]
    positions = [position.title for position in all_positions(session, active_only=True)]
    buffer = io.BytesIO()
    book = xlsxwriter.Workbook(buffer, {"in_memory": True})
    sheet, lists = book.add_worksheet("Danh sách"), book.add_worksheet("Danh mục")
    bold = book.add_format({"bold": True, "bottom": 1, "text_wrap": True, "valign": "top"})
    text = book.add_format({"num_format": "@"})
    day = book.add_format({"num_format": "dd/mm/yyyy"})
    for column, (heading, width) in enumerate(HEADINGS):
        form = text if heading in _TEXT_COLUMNS else day if heading in _DATE_COLUMNS else None
        sheet.set_column(column, column, width, form)
        sheet.write_string(0, column, heading, bold)
    sheet.freeze_panes(1, 4)
    _offer(sheet, "Giới tính", ["Nam", "Nữ"])
    for column, (heading, entries) in enumerate((("Đơn vị", units), ("Vị trí", positions))):
        lists.set_column(column, column, 48)
        lists.write_string(0, column, heading, bold)
        lists.write_column(1, column, entries)
    if units:
        _offer(sheet, "Đơn vị", f"='Danh mục'!$A$2:$A${len(units) + 1}")
    if positions:
        for heading in ("Chức vụ/chức danh", "Vị trí việc làm"):
            _offer(sheet, heading, f"='Danh mục'!$B$2:$B${len(positions) + 1}")
    book.close()
    return buffer.getvalue()


def _offer(sheet: xlsxwriter.worksheet.Worksheet, heading: str, source: Sequence[str] | str) -> None:
    column = [name for name, _width in HEADINGS].index(heading)
    rule = {"validate": "list", "source": source, "error_type": "warning"}
    sheet.data_validation(1, column, _ROWS, column, rule)
