"""The fairness report as a PDF: sentences, charts and tables, for the file of the period."""

import json
from collections.abc import Iterator, Sequence
from typing import Any

import typst

from exam_service import clock
from exam_service.fairness.overview import ExamReport
from exam_service.i18n import format_moment, format_number, language
from exam_service.i18n import gettext as _
from exam_service.periods.models import Period
from exam_service.templates import HERE

SOURCE = HERE / "templates" / "fairness" / "report.typ"


def report_pdf(period: Period, reports: Sequence[ExamReport], *, organisation: str) -> bytes:
    """The report in the reader's language, accessible (PDF/UA-1). Texts are its data, never part of its source."""
    content = {
        "language": language().value,
        "organisation": organisation,
        "title": _("Báo cáo công bằng của đề thi"),
        "period": f"{period.name} ({period.code})",
        "made": _("Lập lúc %(moment)s", moment=format_moment(clock.now())),
        "exams": [_exam(report) for report in reports],
        "empty": _("Kỳ này chưa bốc đề nên chưa có gì để báo cáo."),
    }
    inputs = {"content": json.dumps(content, ensure_ascii=False)}
    return bytes(
        typst.compile(SOURCE.read_bytes(), sys_inputs=inputs, ignore_system_fonts=True, pdf_standards="ua-1")
    )


def _exam(report: ExamReport) -> dict[str, Any]:
    missing = [text for text in (report.sat_missing, report.drawn_missing) if text]
    return {
        "title": f"{report.exam.code} · {report.exam.title}",
        "missing": list(dict.fromkeys(missing)),
        "sentences": report.sentences,
        "charts": list(_charts(report)),
        "tables": [table for table in (_sat_table(report), _balance_table(report)) if table],
    }


def _charts(report: ExamReport) -> Iterator[dict[str, str]]:
    """What the answers showed and what the draw promised, each where it is there."""
    if report.sat is not None:
        caption = _("Điểm chênh so với đề trung bình của ngân hàng, ở ngưỡng đạt; chiều cao cột là số đề.")
        yield {"image": str(report.chart(for_print=True)), "caption": caption}
    if report.has_drawn_chart:
        caption = _("Điểm chênh theo độ khó ước lượng khi bốc, người trung bình; chiều cao cột là số đề.")
        yield {"image": str(report.drawn_chart(for_print=True)), "caption": caption}


def _number(value: float) -> str:
    return format_number(round(value, 2))


def _sat_table(report: ExamReport) -> dict[str, Any] | None:
    sat = report.sat
    if sat is None:
        return None
    columns = [(sat.drawn, sat.effect), (sat.at_random, sat.random_effect)]
    rows = [
        [_("Độ lệch chuẩn giữa các đề (điểm)"), *(_number(spread.sd) for spread, _effect in columns)],
        [
            _("Đề khó nhất, đề dễ nhất (điểm)"),
            *(f"{_number(spread.lowest)} / +{_number(spread.highest)}" for spread, _effect in columns),
        ],
        [_("Số người đạt hay không chỉ vì đề"), *(_number(effect.flips) for _spread, effect in columns)],
        [
            _("Cơ hội đạt đổi nhiều nhất (điểm phần trăm)"),
            *(_number(effect.largest_shift) for _spread, effect in columns),
        ],
    ]
    return {"head": ["", _("Đề đã bốc"), _("Bốc ngẫu nhiên thuần túy")], "rows": rows}


def _balance_table(report: ExamReport) -> dict[str, Any] | None:
    if not report.balance:
        return None
    return {
        "head": [
            _("Chênh lệch theo độ khó ước lượng khi bốc (điểm)"),
            _("Đề đã bốc"),
            _("Bốc ngẫu nhiên thuần túy"),
        ],
        "rows": [[line.ability, _number(line.drawn), _number(line.at_random)] for line in report.balance],
    }
