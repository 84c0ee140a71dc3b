"""The printed conversion table, as PDF."""

import json
from importlib import resources
from typing import Any

import typst

from exam_service.calibration.conversion_view import PaperTable, mark_lines
from exam_service.calibration.models import ExamConversion
from exam_service.i18n import format_number, language
from exam_service.i18n import gettext as _
from exam_service.periods.models import Exam, Period

TENTHS = 10


def conversion_sheet(
    period: Period, exam: Exam, made: ExamConversion, *, tables: list[PaperTable], organisation: str
) -> bytes:
    """A4 pages: of one paper every whole mark, of several papers every tenth of the points."""
    step = exam.mark_step
    rows: list[list[str]] = []
    if len(tables) == 1:
        head = [_("Điểm thô"), _("Điểm quy đổi")]
        lines = mark_lines(tables[0].worth, tables[0].max_points, step=step)
        rows = [[format_number(raw), format_number(mark)] for raw, mark in lines]
    else:
        head = [_("SBD"), *(f"{10 * part}%" for part in range(TENTHS + 1))]
        for table in tables:
            lines = mark_lines(table.worth, table.max_points, step=step, parts=TENTHS)
            rows.append([table.number, *(format_number(mark) for _raw, mark in lines)])
    data: dict[str, Any] = {
        "language": language().value,
        "organisation": organisation,
        "title": _("Bảng quy đổi điểm"),
        "lines": _facts(period, exam, made, tables=tables),
        "head": head,
        "rows": rows,
        "is_single": len(tables) == 1,
        "foot": _("Trang"),
    }
    source = resources.files("exam_service") / "templates" / "calibration" / "conversion_sheet.typ"
    return typst.compile(source.read_bytes(), sys_inputs={"data": json.dumps(data)}, ignore_system_fonts=True)


def _facts(period: Period, exam: Exam, made: ExamConversion, *, tables: list[PaperTable]) -> list[str]:
    assert made.largest_change is not None
    assert made.error is not None
    lines = [
        f"{period.name} ({period.code})",
        f"{exam.title} ({exam.code})",
        _(
            "Quy đổi về đề trung bình của kỳ theo điểm thực (IRT); làm tròn đến %(step)s điểm. Ngưỡng đạt và xếp mức "
            "theo điểm quy đổi.",
            step=format_number(exam.mark_step.normalize()),
        ),
        _(
            "%(papers)s đề, %(items)s câu; %(estimated)s câu có độ khó ước lượng từ bài làm của kỳ.",
            papers=format_number(made.papers),
            items=format_number(made.items),
            estimated=format_number(made.estimated),
        ),
        _(
            "Điểm đổi nhiều nhất %(change)s điểm phần trăm; sai số chuẩn của điểm quy đổi tại ngưỡng ±%(error)s.",
            change=format_number(round(made.largest_change, 2)),
            error=format_number(round(made.error, 2)),
        ),
    ]
    if len(tables) == 1:
        lines.append(_("Số báo danh %(number)s", number=tables[0].number))
        lines.append(tables[0].form_hash)
    return lines
