"""The table of results as an Excel workbook (bảng điểm tổng hợp)."""

from collections.abc import Iterable
from decimal import Decimal
from io import BytesIO

from xlsxwriter import Workbook
from xlsxwriter.worksheet import Worksheet

from exam_service.i18n import gettext as _
from exam_service.i18n import language
from exam_service.periods.models import Period
from exam_service.results.grading import percent_text
from exam_service.results.listing import ListedResult
from exam_service.results.models import Outcome, Result, ResultKind
from question_bank.pass_rules import check_of

MEDIA_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
WIDTHS = (6, 10, 24, 12, 30, 32, 26, 10, 12, 10, 18, 12, 12, 30)
TITLE_ROW, HEAD_ROW = 0, 2


def results_workbook(period: Period, rows: Iterable[ListedResult]) -> bytes:
    """An .xlsx file with one line per result, in the language of the request.

    Every text is written as text: what begins with "=" is never a formula, here or after somebody edits the cell.
    """
    buffer = BytesIO()
    options = {
        "in_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
    }
    workbook = Workbook(buffer, options)
    sheet = workbook.add_worksheet(_("Kết quả"))
    _head(workbook, sheet, period)
    text = workbook.add_format({"quote_prefix": True, "valign": "top", "text_wrap": True})
    number = workbook.add_format({"num_format": "0.######", "valign": "top"})
    for place, row in enumerate(rows, start=1):
        for column, value in enumerate(_cells(place, row)):
            if isinstance(value, str):
                sheet.write_string(HEAD_ROW + place, column, value, text)
            else:
                sheet.write_number(HEAD_ROW + place, column, value, number)
    workbook.close()
    return buffer.getvalue()


def _head(workbook: Workbook, sheet: Worksheet, period: Period) -> None:
    titles = (
        _("STT"),
        _("SBD"),
        _("Họ đệm"),
        _("Tên"),
        _("Đơn vị"),
        _("Vị trí việc làm"),
        _("Nội dung sát hạch"),
        _("Điểm"),
        _("Điểm tối đa"),
        _("Tỷ lệ (%)"),
        _("Xếp mức"),
        _("Kết quả"),
        _("Điểm quy đổi"),
        _("Ghi chú"),
    )
    sheet.write_string(
        TITLE_ROW,
        0,
        _("Kết quả sát hạch – %(period)s", period=period.name),
        workbook.add_format({"bold": True, "font_size": 14}),
    )
    bold = workbook.add_format({"bold": True, "text_wrap": True, "valign": "top", "bottom": 1})
    for column, (title, width) in enumerate(zip(titles, WIDTHS, strict=True)):
        sheet.set_column(column, column, width)
        sheet.write_string(HEAD_ROW, column, title, bold)
    sheet.freeze_panes(HEAD_ROW + 1, 2)
    sheet.set_landscape()
    sheet.set_paper(9)  # A4
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(HEAD_ROW)


def _cells(place: int, row: ListedResult) -> tuple[str | int | Decimal | float, ...]:
    result, candidate, exam, person = row
    return (
        place,
        candidate.number,
        person.family_names,
        person.given_name,
        candidate.unit_name,
        candidate.position_title,
        exam.title,
        result.points,
        result.max_points,
        float(percent_text(result.counted_points, result.max_points)),
        result.band_label,
        outcome_word(result.outcome),
        "" if result.converted_points is None else result.converted_points,
        "; ".join(part for part in (*failed_rules(result), note(result.kind, result.reason)) if part),
    )


def rule_lines(result: Result) -> list[tuple[bool, str]]:
    """(met, sentence) of every rule of passing that was applied, the whole paper first."""
    return [(check.is_met, check.sentence(language().value)) for check in map(check_of, result.checks)]


def failed_rules(result: Result) -> list[str]:
    """Why the person did not pass, as sentences: "Phần II: 8/20, cần 10". Empty for who passed or has no paper."""
    return [sentence for is_met, sentence in rule_lines(result) if not is_met]


def outcome_word(outcome: str) -> str:
    return _("Đạt") if outcome == Outcome.PASS else _("Không đạt")


def note(kind: str, reason: str) -> str:
    """What stands in the last column: absent, annulled or corrected, and why."""
    if kind == ResultKind.ANNULLED:
        return _("Hủy kết quả: %(reason)s", reason=reason)
    if kind == ResultKind.CORRECTED:
        return _("Đính chính: %(reason)s", reason=reason)
    return _(reason) if reason else ""
