"""Converting the marks of an exam that declared it: a table for every paper, or the reason why raw marks count."""

from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Any
from uuid import UUID

import numpy as np
from sqlalchemy import insert, select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import Session
from uuid_utils.compat import uuid7

from exam_service import clock
from exam_service.actor import Actor
from exam_service.audit import record
from exam_service.calibration.exam_scale import ExamScale, load_scale, read_papers
from exam_service.calibration.models import ConversionOutcome, ExamConversion, FormConversion
from exam_service.periods.models import Exam, MarkScale, Period, PeriodState
from question_bank.calibration import CalibrationRefused
from question_bank.calibration.curves import expected_score
from question_bank.calibration.equating import NoConversion
from question_bank.calibration.mark_table import (
    GRID,
    IDENTITY,
    WHOLE,
    conversion_errors,
    mark_tables,
)

LEAST_ESTIMATED = 0.9
"""Share of the points of every paper that must stand on estimates of its own items."""

BATCH = 2000


class FewEstimates(CalibrationRefused):
    """A paper has too many items without an estimate of their own."""

    code = "few_estimates"


def convert_exams(session: Session, actor: Actor, *, period: Period, run_id: UUID) -> list[ExamConversion]:
    """Every exam of the marked period that declared a conversion has one from the newest calibration, or raw marks
    with the reason. Nothing is overwritten, and nothing changes once results are released.
    """
    if period.state != PeriodState.MARKED:
        return []
    declared = [exam for exam in period.exams if exam.mark_scale == MarkScale.CONVERTED]
    return [_convert(session, actor, exam, run_id=run_id) for exam in declared]


def _convert(session: Session, actor: Actor, exam: Exam, *, run_id: UUID) -> ExamConversion:
    head = {"id": uuid7(), "exam_id": exam.id, "run_id": run_id, "made_at": clock.now()}
    scale: ExamScale | None = None
    try:
        scale = load_scale(session, period_id=exam.period_id, run_id=run_id, exam_id=exam.id)
        found = _converted(session, exam, scale, head=head)
    except CalibrationRefused as refusal:
        found = _raw(refusal, scale, head=head)
        session.add(found)
        session.flush()  # results of the same transaction may refer to it
    record(
        session,
        actor,
        "exam.convert",
        ("exam", exam.id),
        conversion=found.id,
        run=run_id,
        outcome=found.outcome,
        reason=found.reason.get("code", ""),
        papers=found.papers,
    )
    return found


def _raw(refusal: CalibrationRefused, scale: ExamScale | None, *, head: dict[str, Any]) -> ExamConversion:
    return ExamConversion(
        **head,
        outcome=ConversionOutcome.RAW.value,
        reason={"code": refusal.code, **refusal.params},
        calibration_id=None,
        papers=scale.papers if scale else 0,
        items=len(scale.columns) if scale else 0,
        estimated=int(scale.is_estimated.sum()) if scale else 0,
        largest_change=None,
        error=None,
    )


def _converted(session: Session, exam: Exam, scale: ExamScale, *, head: dict[str, Any]) -> ExamConversion:
    """Raises NoConversion, FewEstimates."""
    forms, papers = read_papers(session, exam.id, scale.columns)
    if len(forms) != scale.papers:
        raise NoConversion("A paper has no item that is worth points.")
    known = papers @ scale.is_estimated.astype(np.float64) / papers.sum(axis=1)
    if known.min() < LEAST_ESTIMATED:
        raise FewEstimates(
            "A paper has too many items without an estimate.",
            percent=int(100 * known.min()),
            least=int(100 * LEAST_ESTIMATED),
        )
    tables = mark_tables(scale.items, papers, reference=scale.reference)
    theta = ability_at_share(scale, exam.cut_percent)
    errors = conversion_errors(scale.items, papers, reference=scale.reference, error=scale.error, theta=theta)
    row = ExamConversion(
        **head,
        outcome=ConversionOutcome.CONVERTED.value,
        reason={},
        calibration_id=scale.calibration.id,
        papers=len(forms),
        items=len(scale.columns),
        estimated=int(scale.is_estimated.sum()),
        largest_change=float(np.abs(tables - np.array(IDENTITY.worth)).max()) * 100 / WHOLE,
        error=100 * float(errors.mean()),
    )
    session.add(row)
    session.flush()  # the tables of papers refer to it
    for batch in _batches(forms, tables.tolist()):
        session.execute(
            insert(FormConversion),
            [{"conversion_id": row.id, "form_id": form_id, "worth": worth} for form_id, worth in batch],
        )
    return row


def ability_at_share(scale: ExamScale, percent: Decimal) -> float:
    """The ability whose expected mark on the mean paper is `percent` of all points; the end of the scale beyond it."""
    curve = expected_score(scale.items, GRID, points=scale.reference) / scale.reference.sum()
    return float(np.interp(float(percent) / 100, curve, GRID))


def _batches(forms: list[UUID], tables: list[list[int]]) -> Iterator[Sequence[tuple[UUID, list[int]]]]:
    pairs = list(zip(forms, tables, strict=True))
    for start in range(0, len(pairs), BATCH):
        yield pairs[start : start + BATCH]


def conversions_of_run(session: Session, run_id: UUID) -> dict[UUID, ExamConversion]:
    """Exam → the conversion that counts after this scoring run."""
    rows = session.scalars(
        select(ExamConversion)
        .where(ExamConversion.run_id == run_id)
        .order_by(ExamConversion.exam_id, ExamConversion.made_at.desc(), ExamConversion.id.desc())
        .ext(distinct_on(ExamConversion.exam_id))
    )
    return {row.exam_id: row for row in rows}
