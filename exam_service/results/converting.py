"""Converted marks of a period: applied to exact raw marks, by the table of each paper."""

from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from exam_service.calibration.conversion_view import mark_lines
from exam_service.calibration.conversions import conversions_of_run
from exam_service.calibration.models import ConversionOutcome, ExamConversion, FormConversion
from exam_service.errors import Refusal
from exam_service.marking.service import newest_run_id
from exam_service.periods.models import Exam, MarkScale, SealedForm
from exam_service.results.models import Result
from question_bank.calibration.mark_table import MarkTable

OWN_PARTS = 20


class ConversionWaits(Refusal):
    code = "conversion_waits"
    message = (
        "%(exam)s: điểm chưa được quy đổi theo lượt chấm mới nhất. Hệ thống tự hiệu chuẩn và quy đổi trong khoảng một "
        "phút; hãy thử lại sau."
    )


@dataclass(frozen=True)
class Conversions:
    """How the marks of a period count after its newest scoring run: by exam, and the tables by paper."""

    by_exam: dict[UUID, ExamConversion] = field(default_factory=dict)
    tables: dict[UUID, list[int]] = field(default_factory=dict)

    def of(self, exam_id: UUID) -> ExamConversion | None:
        return self.by_exam.get(exam_id)

    def mark(self, exam: Exam, form_id: UUID, points: Fraction, *, max_points: Decimal) -> Decimal | None:
        """The converted mark, rounded as the exam declared; None where raw marks count.

        Points taken off below 0 are worth 0.
        """
        worth = self.tables.get(form_id)
        if worth is None:
            return None
        held = min(max(points, Fraction(0)), Fraction(max_points))
        return MarkTable(tuple(worth)).mark(held, max_points, step=exam.mark_step)


def load_conversions(session: Session, period_id: UUID) -> Conversions:
    """With at most three SELECTs; empty where no exam of the period declared a conversion."""
    declared = select(Exam.id).where(
        Exam.period_id == period_id, Exam.mark_scale == MarkScale.CONVERTED.value
    )
    run_id = newest_run_id(session, period_id) if session.scalar(declared.limit(1)) else None
    if run_id is None:
        return Conversions()
    by_exam = conversions_of_run(session, run_id)
    made = [row.id for row in by_exam.values() if row.outcome == ConversionOutcome.CONVERTED]
    rows = session.execute(
        select(FormConversion.form_id, FormConversion.worth).where(FormConversion.conversion_id.in_(made))
    )
    return Conversions(by_exam, dict(rows.all()) if made else {})


def refuse_unconverted(session: Session, period_id: UUID) -> None:
    """Raises ConversionWaits while an exam that declared it has no conversion of the newest scores."""
    conversions = load_conversions(session, period_id)
    declared = session.scalars(
        select(Exam)
        .where(Exam.period_id == period_id, Exam.mark_scale == MarkScale.CONVERTED.value)
        .order_by(Exam.code)
    )
    for exam in declared:
        if conversions.of(exam.id) is None:
            raise ConversionWaits(exam=exam.code)


def conversion_of(session: Session, result: Result) -> ExamConversion | None:
    """How the marks of a released result were converted, or why not; None where the exam declared nothing."""
    return None if result.conversion_id is None else session.get_one(ExamConversion, result.conversion_id)


def own_lines(session: Session, result: Result, exam: Exam) -> list[tuple[Decimal, Decimal]]:
    """(raw, converted) marks of the paper behind a converted result: at every mark, of long papers at every
    twentieth of the points."""
    worth = session.scalar(
        select(FormConversion.worth)
        .join(SealedForm, SealedForm.id == FormConversion.form_id)
        .where(
            FormConversion.conversion_id == result.conversion_id,
            SealedForm.candidate_id == result.candidate_id,
        )
    )
    parts = None if result.max_points <= OWN_PARTS else OWN_PARTS
    return [] if worth is None else mark_lines(worth, result.max_points, step=exam.mark_step, parts=parts)
