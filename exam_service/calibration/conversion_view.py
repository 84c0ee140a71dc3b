"""What is shown of conversions: per exam with its declared rule, per paper as a table, and why raw marks count."""

import csv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from io import StringIO
from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from exam_service.actor import Actor
from exam_service.calibration.conversions import conversions_of_run
from exam_service.calibration.models import ConversionOutcome, ExamConversion, FormConversion
from exam_service.calibration.overview import reason_sentence
from exam_service.errors import NotFound
from exam_service.i18n import format_number
from exam_service.i18n import gettext as _
from exam_service.marking.overview import get_markable_period
from exam_service.marking.service import newest_run_id
from exam_service.periods.models import Candidate, Exam, FormSlot, MarkScale, Period, SealedForm
from question_bank.calibration.mark_table import KNOTS, WHOLE, MarkTable

Lines = list[tuple[Decimal, Decimal]]
SUMMARY_STEP = 5


@dataclass(frozen=True)
class Spread:
    """What a share of the points is worth over all papers of an exam, in percent of all points."""

    percent: int
    lowest: float
    mean: float
    highest: float


@dataclass(frozen=True)
class ConversionView:
    """An exam that declared a conversion; `made` is None until the newest scores are converted, `why` says why raw
    marks count all the same."""

    exam: Exam
    made: ExamConversion | None
    why: str
    spread: Sequence[Spread]


@dataclass(frozen=True)
class PaperTable:
    """The conversion table of one paper."""

    number: str
    form_hash: str
    max_points: Decimal
    worth: list[int]


def why_raw(made: ExamConversion | None) -> str:
    """Why raw marks count though a conversion was declared, as a sentence; empty when they are converted."""
    if made is None or made.outcome == ConversionOutcome.CONVERTED:
        return ""
    return scale_sentence(made.reason)


def scale_sentence(reason: dict[str, Any]) -> str:
    """Why an exam has no scale or its marks no conversion, as a sentence; `reason` is {code, figures}."""
    params = {name: format_number(value) for name, value in reason.items() if isinstance(value, int | float)}
    match reason["code"]:
        case "not_calibrated" if "because" in reason:
            return reason_sentence({**reason, "code": reason["because"]})
        case "not_calibrated":
            return _("Lượt chấm này chưa hiệu chuẩn được câu nào của nội dung.")
        case "several_scales":
            return _("Các câu của nội dung nằm trên nhiều thang đo không nối được với nhau.")
        case "few_estimates":
            return _(
                "Có đề chỉ %(percent)s%% số điểm thuộc các câu ước lượng được độ khó; cần ít nhất %(least)s%%.",
                **params,
            )
        case "no_conversion":
            return _("Có câu phân biệt ngược hoặc đề không xác định được bảng quy đổi.")
        case code:
            return _("Không quy đổi được (%(code)s).", code=code)


def view_conversions(
    session: Session, actor: Actor, *, period_id: UUID
) -> tuple[Period, list[ConversionView]]:
    """Raises NotFound: also for who may not see marking."""
    period, made = _made(session, actor, period_id)
    return period, [
        ConversionView(exam, found := made.get(exam.id), why_raw(found), _spread(session, found))
        for exam in period.exams
        if exam.mark_scale == MarkScale.CONVERTED
    ]


def _spread(session: Session, made: ExamConversion | None) -> list[Spread]:
    if made is None or made.outcome != ConversionOutcome.CONVERTED:
        return []
    scale = 100 / WHOLE
    found = []
    for percent in range(0, KNOTS + 1, SUMMARY_STEP):
        worth = FormConversion.worth[percent + 1]  # arrays of the database count from 1
        low, mean, high = session.execute(
            select(func.min(worth), func.avg(worth), func.max(worth)).where(
                FormConversion.conversion_id == made.id
            )
        ).one()
        found.append(Spread(percent, low * scale, float(mean) * scale, high * scale))
    return found


def paper_tables(
    session: Session, made: ExamConversion, *, number: str | None = None
) -> Iterator[PaperTable]:
    """The tables of the papers of a conversion, or that of one candidate's number, in the order of numbers."""
    worth = (
        select(func.sum(FormSlot.points))
        .where(FormSlot.form_id == SealedForm.id, ~FormSlot.is_pretest)
        .correlate(SealedForm)
        .scalar_subquery()
    )
    rows = (
        select(Candidate.number, SealedForm.form_hash, worth, FormConversion.worth)
        .join(SealedForm, SealedForm.id == FormConversion.form_id)
        .join(Candidate, Candidate.id == SealedForm.candidate_id)
        .where(FormConversion.conversion_id == made.id)
        .order_by(Candidate.number)
    )
    if number is not None:
        rows = rows.where(Candidate.number == number)
    for found in session.execute(rows):
        yield PaperTable(*found)


def get_conversion(
    session: Session, actor: Actor, *, period_id: UUID, exam_id: UUID
) -> tuple[Period, Exam, ExamConversion]:
    """The conversion that counts. Raises NotFound: also while marks are raw, or for who may not see marking."""
    period, views = _made(session, actor, period_id)
    made = views.get(exam_id)
    if made is None or made.outcome != ConversionOutcome.CONVERTED:
        raise NotFound
    return period, next(exam for exam in period.exams if exam.id == exam_id), made


def _made(session: Session, actor: Actor, period_id: UUID) -> tuple[Period, dict[UUID, ExamConversion]]:
    period = get_markable_period(session, actor, period_id)
    run_id = newest_run_id(session, period_id)
    return period, conversions_of_run(session, run_id) if run_id else {}


def mark_lines(worth: list[int], max_points: Decimal, *, step: Decimal, parts: int | None = None) -> Lines:
    """(raw, converted) marks: at every whole mark, or at `parts` equal parts of the points."""
    table = MarkTable(tuple(worth))
    count = parts or int(max_points)
    unit = Fraction(max_points) / parts if parts else Fraction(1)
    raws = [unit * place for place in range(count + 1)]
    if raws[-1] != max_points:
        raws.append(Fraction(max_points))
    return [(_shown(raw), table.mark(raw, max_points, step=step)) for raw in raws]


def _shown(raw: Fraction) -> Decimal:
    return (Decimal(raw.numerator) / Decimal(raw.denominator)).quantize(Decimal("0.001")).normalize()


def tables_csv(tables: Iterator[PaperTable]) -> str:
    """One row per paper: number, hash of the paper, all points, and the worth of 0 … 100 % of them in percent."""
    buffer = StringIO()
    writer = csv.writer(buffer)
    writer.writerow(["number", "form_hash", "max_points", *range(KNOTS + 1)])
    for table in tables:
        shares = [f"{worth * 100 // WHOLE}.{worth * 100 % WHOLE:06d}" for worth in table.worth]
        writer.writerow([table.number, table.form_hash, f"{table.max_points.normalize():f}", *shares])
    return buffer.getvalue()
